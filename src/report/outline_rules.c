/* Rules for people: each with its steps as a line that --chain takes. */
#include "outline.h"

#include "escape.h"

static void put_source(struct tl_prose *say, const struct tl_rule *r)
{
    if (r->source.n == 0)
        tl_prose_add(say, "built in");
    else
        tl_prose_str(say, r->source);
    if (r->line)
        tl_prose_add(say, ", line %zu", r->line);
}

/* The steps as --chain takes them; unbroken, so that the line can be copied. */
static void put_line(struct tl_outline *o, const struct tl_chain *c)
{
    struct tl_buf line = {0}, option = {0};
    int r = tl_chain_line(c, &line);
    if (r == 0)
        r = tl_buf_add_str(&option, TL_STR("--chain "));
    if (r == 0)
        r = tl_escape_shell(&option, tl_buf_str(&line));
    if (r < 0)
        o->say->rc = r;
    tl_prose_str(o->say, tl_buf_str(r ? &line : &option));
    tl_prose_add(o->say, r ? " (no --chain line says this)" : "");
    tl_outline_line(o);
    tl_buf_fini(&line);
    tl_buf_fini(&option);
}

static void listed(struct tl_outline *o, const struct tl_rule *r, const struct tl_chain *c)
{
    tl_prose_str(o->say, c->name);
    tl_prose_add(o->say, " (");
    put_source(o->say, r);
    tl_prose_add(o->say, ")");
    tl_outline_heading(o);
    tl_prose_text(o->say, r->title);
    tl_outline_paragraph(o);
    put_line(o, c);
}

void tl_outline_rule_list(struct tl_outline *o, const void *rules)
{
    const struct tl_rules *s = rules;
    tl_prose_count(o->say, TL_N_CHAINS + s->n, "chain is looked for", "chains are looked for");
    tl_prose_add(o->say, s->n ? ", %d of them built in" : ", all built in", (int)TL_N_CHAINS);
    tl_outline_title(o, TL_TEXT_PLAIN);
    for (size_t i = 0; i < TL_N_CHAINS; i++)
        listed(o, tl_rules_built_in(i), &tl_chains[i]);
    for (size_t i = 0; i < s->n; i++)
        listed(o, &s->items[i], &s->chains[i]);
}

static void put_step(struct tl_outline *o, size_t i, const struct tl_chain_step *s)
{
    static const char *const kinds[] = {[TL_CHAIN_VERDICT] = "the verdict: NON_COMPLIANT",
                                        [TL_CHAIN_ATTEMPT] = "the attempt: a runbook is started",
                                        [TL_CHAIN_CHANGE] = "a change that succeeded"};
    tl_prose_add(o->say, "%zu. ", i + 1);
    tl_prose_str(o->say, tl_chain_step_text(s));
    tl_prose_add(o->say, " (%s%s)", kinds[s->kind],
                 s->repeated ? ", and what its caller goes on to change" : "");
    tl_outline_fact(o, i ? NULL : "Steps");
}

static void put_limits(struct tl_outline *o, const struct tl_chain *c)
{
    struct tl_detect_params p = TL_DETECT_PARAMS_DEFAULT;
    tl_prose_count(o->say, c->min_cycles ? c->min_cycles : p.min_cycles, "cycle", NULL);
    tl_prose_add(o->say, " make a loop%s; from step to step at most ", c->min_cycles ? "" : " (default)");
    tl_prose_duration(o->say, c->max_step_s ? c->max_step_s : p.max_step_s);
    tl_prose_add(o->say, "%s, from cycle to cycle ", c->max_step_s ? "" : " (default)");
    tl_prose_duration(o->say, c->max_gap_s ? c->max_gap_s : p.max_gap_s);
    tl_prose_add(o->say, "%s", c->max_gap_s ? "" : " (default)");
    tl_outline_fact(o, "Limits");
}

static void put_sample(struct tl_outline *o, size_t i, const struct tl_rule_sample *s)
{
    tl_prose_add(o->say, "%zu. ", i + 1);
    if (s->title.n) {
        tl_prose_text(o->say, s->title);
        tl_prose_add(o->say, ": ");
    }
    tl_prose_count(o->say, s->n_records, "record", NULL);
    tl_prose_add(o->say, s->n_cycles ? ", " : ", no cycle");
    if (s->n_cycles)
        tl_prose_count(o->say, s->n_cycles, "cycle", NULL);
}

void tl_outline_rule(struct tl_outline *o, const void *shown_rule)
{
    const struct tl_rule *r = ((const struct tl_shown_rule *)shown_rule)->rule;
    const struct tl_chain *c = ((const struct tl_shown_rule *)shown_rule)->chain;
    tl_prose_str(o->say, c->name);
    tl_outline_title(o, TL_TEXT_BOLD);
    tl_prose_text(o->say, r->title);
    tl_outline_fact(o, "Title");
    tl_prose_text(o->say, r->meaning);
    tl_outline_fact(o, "Means");
    for (size_t i = 0; i < c->n_steps; i++)
        put_step(o, i, &c->steps[i]);
    put_limits(o, c);
    for (size_t i = 0; i < r->n_samples; i++) {
        put_sample(o, i, &r->samples[i]);
        tl_outline_fact(o, i ? NULL : "Samples");
    }
    put_source(o->say, r);
    tl_outline_fact(o, "From");
    put_line(o, c);
}

static void checked(struct tl_outline *o, const struct tl_rule *r, const struct tl_chain *c)
{
    put_source(o->say, r);
    tl_prose_add(o->say, ": ");
    tl_prose_str(o->say, c->name);
    tl_prose_add(o->say, " is good, ");
    tl_prose_count(o->say, c->n_steps, "step", NULL);
    tl_prose_add(o->say, ", ");
    tl_prose_count(o->say, r->n_samples, "sample", NULL);
    tl_outline_heading(o);
    for (size_t k = 0; k < r->n_samples; k++) {
        put_sample(o, k, &r->samples[k]);
        tl_outline_entry(o);
    }
}

void tl_outline_rule_check(struct tl_outline *o, const void *rules)
{
    const struct tl_rules *s = rules;
    size_t n_samples = 0;
    for (size_t i = 0; i < s->n; i++)
        n_samples += s->items[i].n_samples;
    tl_prose_add(o->say, "Good: ");
    if (s->n == 0)
        tl_prose_add(o->say, "every rule is built in");
    else
        tl_prose_count(o->say, s->n, "rule", NULL);
    if (s->n)
        tl_prose_add(o->say, ", ");
    if (s->n)
        tl_prose_count(o->say, n_samples, "sample", NULL);
    tl_outline_title(o, TL_TEXT_CALM);
    for (size_t i = 0; i < s->n; i++)
        checked(o, &s->items[i], &s->chains[i]);
}
