/* Rules for people: each with its steps as a line that --chain takes. */
#include "text.h"

static void put_source(struct tl_prose *say, const struct tl_rule *r)
{
    if (r->source.n == 0)
        tl_prose_add(say, "built in");
    else
        tl_prose_str(say, r->source);
    if (r->line)
        tl_prose_add(say, ", line %zu", r->line);
}

/* The steps; unbroken, so that the line can be copied. */
static void put_line(struct tl_text *t, const struct tl_chain *c, const char *before)
{
    struct tl_buf line = {0};
    int r = tl_chain_line(c, &line);
    t->rc = r < 0 ? r : t->rc;
    tl_prose_add(&t->say, "%s%s", before, r ? "" : "--chain '");
    tl_prose_str(&t->say, tl_buf_str(&line));
    tl_prose_add(&t->say, r ? " (no --chain line says this)" : "'");
    tl_buf_fini(&line);
}

static void listed(struct tl_text *t, const struct tl_rule *r, const struct tl_chain *c)
{
    tl_prose_str(&t->say, c->name);
    tl_prose_add(&t->say, " (");
    put_source(&t->say, r);
    tl_prose_add(&t->say, ")");
    tl_text_row(t, TL_TEXT_BOLD);
    tl_prose_str(&t->say, r->title);
    tl_text_paragraph(t, 2, 2);
    put_line(t, c, "  ");
    tl_text_row(t, TL_TEXT_PLAIN);
}

int tl_text_write_rule_list(const struct tl_rules *s, const struct tl_style *style, struct tl_buf *out)
{
    struct tl_text t;
    tl_text_init(&t, style, out);
    for (size_t i = 0; i < TL_N_CHAINS; i++)
        listed(&t, tl_rules_built_in(i), &tl_chains[i]);
    for (size_t i = 0; i < s->n; i++)
        listed(&t, &s->items[i], &s->chains[i]);
    return tl_text_fini(&t);
}

static void put_step(struct tl_text *t, size_t i, const struct tl_chain_step *s)
{
    static const char *const kinds[] = {[TL_CHAIN_VERDICT] = "the verdict: NON_COMPLIANT",
                                        [TL_CHAIN_ATTEMPT] = "the attempt: a runbook is started",
                                        [TL_CHAIN_CHANGE] = "a change that succeeded"};
    tl_prose_add(&t->say, "%zu. ", i + 1);
    tl_prose_str(&t->say, tl_chain_step_text(s));
    tl_prose_add(&t->say, " (%s%s)", kinds[s->kind],
                 s->repeated ? ", and what its caller goes on to change" : "");
    tl_text_labelled(t, i ? NULL : "Steps");
}

static void put_limits(struct tl_text *t, const struct tl_chain *c)
{
    struct tl_detect_params p = TL_DETECT_PARAMS_DEFAULT;
    tl_prose_count(&t->say, c->min_cycles ? c->min_cycles : p.min_cycles, "cycle", NULL);
    tl_prose_add(&t->say, " make a loop%s; from step to step at most ", c->min_cycles ? "" : " (default)");
    tl_prose_duration(&t->say, c->max_step_s ? c->max_step_s : p.max_step_s);
    tl_prose_add(&t->say, "%s, from cycle to cycle ", c->max_step_s ? "" : " (default)");
    tl_prose_duration(&t->say, c->max_gap_s ? c->max_gap_s : p.max_gap_s);
    tl_prose_add(&t->say, "%s", c->max_gap_s ? "" : " (default)");
    tl_text_labelled(t, "Limits");
}

static void put_sample(struct tl_text *t, size_t i, const struct tl_rule_sample *s)
{
    tl_prose_add(&t->say, "%zu. ", i + 1);
    if (s->title.n) {
        tl_prose_str(&t->say, s->title);
        tl_prose_add(&t->say, ": ");
    }
    tl_prose_count(&t->say, s->n_records, "record", NULL);
    tl_prose_add(&t->say, s->n_cycles ? ", " : ", no cycle");
    if (s->n_cycles)
        tl_prose_count(&t->say, s->n_cycles, "cycle", NULL);
}

int tl_text_write_rule(const struct tl_rule *r, const struct tl_chain *c, const struct tl_style *style,
                       struct tl_buf *out)
{
    struct tl_text t;
    tl_text_init(&t, style, out);
    tl_prose_str(&t.say, c->name);
    tl_text_row(&t, TL_TEXT_BOLD);
    tl_prose_str(&t.say, r->title);
    tl_text_labelled(&t, "Title");
    tl_prose_str(&t.say, r->meaning);
    tl_text_labelled(&t, "Means");
    for (size_t i = 0; i < c->n_steps; i++)
        put_step(&t, i, &c->steps[i]);
    put_limits(&t, c);
    for (size_t i = 0; i < r->n_samples; i++) {
        put_sample(&t, i, &r->samples[i]);
        tl_text_labelled(&t, i ? NULL : "Samples");
    }
    put_source(&t.say, r);
    tl_text_labelled(&t, "From");
    put_line(&t, c, "  ");
    tl_text_row(&t, TL_TEXT_PLAIN);
    return tl_text_fini(&t);
}

int tl_text_write_rule_check(const struct tl_rules *s, const struct tl_style *style, struct tl_buf *out)
{
    struct tl_text t;
    tl_text_init(&t, style, out);
    if (s->n == 0)
        tl_prose_add(&t.say, "Good: every rule is built in.");
    tl_text_paragraph(&t, 0, 0);
    for (size_t i = 0; i < s->n; i++) {
        const struct tl_rule *r = &s->items[i];
        put_source(&t.say, r);
        tl_prose_add(&t.say, ": ");
        tl_prose_str(&t.say, s->chains[i].name);
        tl_prose_add(&t.say, " is good, ");
        tl_prose_count(&t.say, s->chains[i].n_steps, "step", NULL);
        tl_prose_add(&t.say, ", ");
        tl_prose_count(&t.say, r->n_samples, "sample", NULL);
        tl_text_paragraph(&t, 0, 2);
        for (size_t k = 0; k < r->n_samples; k++) {
            put_sample(&t, k, &r->samples[k]);
            tl_text_paragraph(&t, 2, 5);
        }
    }
    return tl_text_fini(&t);
}
