/* Rules as JSON. A single rule is a rule file (TL_RULES_SCHEMA) that reads back as the same rule. The records
 * of its samples are written anew, value by value, so that what is odd in their texts is escaped as
 * everywhere. */
#include "json.h"
#include "trailloop/json.h"

#include <stdio.h>

/* ---- records ------------------------------------------------------------------------------------------- */

/* A text as it is meant, escaped as we do. */
static int copy_text(struct js_value v, struct tl_buf *scratch, struct tl_buf *out)
{
    if (!v.escaped)
        return tl_escape_json(out, v.raw);
    scratch->n = 0;
    if (tl_buf_reserve(scratch, v.raw.n))
        return TL_ENOMEM;
    return tl_escape_json(out, (tl_str){scratch->p, js_unescape(v.raw, scratch->p)});
}

/* What comes next, on one line. It was read before: it is valid, and TL_JSON_DEPTH_MAX bounds the recursion.
 */
static int copy(struct js *j, struct tl_buf *scratch, struct tl_buf *out)
{
    struct js_value v;
    enum js_type type = js_open(j);
    bool first = true, object = type == JS_OBJECT;
    if (type == JS_NONE) {
        js_read_value(j, 0, &v);
        return v.type == JS_STRING ? copy_text(v, scratch, out) : tl_buf_add_str(out, v.raw);
    }
    int r = tl_buf_add_str(out, object ? TL_STR("{") : TL_STR("["));
    for (size_t i = 0; r == 0 && (object ? js_next_member(j, &first, &v) : js_next_element(j, &first)); i++) {
        if (i)
            r = tl_buf_add_str(out, TL_STR(", "));
        if (r == 0 && object)
            r = copy_text(v, scratch, out);
        if (r == 0 && object)
            r = tl_buf_add_str(out, TL_STR(": "));
        if (r == 0)
            r = copy(j, scratch, out);
    }
    return r ? r : tl_buf_add_str(out, object ? TL_STR("}") : TL_STR("]"));
}

static void record(struct tl_jsonw *w, tl_str json)
{
    struct js j = {json.p, json.p + json.n, NULL, NULL};
    struct tl_buf text = {0}, scratch = {0};
    if (copy(&j, &scratch, &text))
        w->rc = TL_ENOMEM;
    tl_jsonw_json(w, NULL, tl_buf_str(&text));
    tl_buf_fini(&text);
    tl_buf_fini(&scratch);
}

static void samples(struct tl_jsonw *w, const struct tl_rule *r)
{
    tl_jsonw_open(w, "samples", '[', false);
    for (size_t i = 0; i < r->n_samples; i++) {
        const struct tl_rule_sample *s = &r->samples[i];
        tl_jsonw_open(w, NULL, '{', false);
        if (s->title.n)
            tl_jsonw_str(w, "title", s->title);
        tl_jsonw_count(w, "cycles", s->n_cycles);
        tl_jsonw_open(w, "records", '[', false);
        for (size_t k = 0; k < s->n_records; k++)
            record(w, s->records[k]);
        tl_jsonw_close(w, ']');
        tl_jsonw_close(w, '}');
    }
    tl_jsonw_close(w, ']');
}

/* ---- rules --------------------------------------------------------------------------------------------- */

/* As people write it: 900 is 15m. */
static void duration(struct tl_jsonw *w, const char *key, int64_t d_s)
{
    static const struct {
        int64_t size_s;
        char unit;
    } scale[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    char text[TL_COUNT_MAX_BYTES];
    size_t i = 0;
    while (d_s % scale[i].size_s)
        i++;
    snprintf(text, sizeof text, "%lld%c", (long long)(d_s / scale[i].size_s), scale[i].unit);
    if (d_s)
        tl_jsonw_text(w, key, text);
}

static void limits(struct tl_jsonw *w, const struct tl_chain *c)
{
    if (!c->min_cycles && !c->max_step_s && !c->max_gap_s)
        return;
    tl_jsonw_open(w, "limits", '{', true);
    if (c->min_cycles)
        tl_jsonw_count(w, "min_cycles", c->min_cycles);
    duration(w, "max_step", c->max_step_s);
    duration(w, "max_gap", c->max_gap_s);
    tl_jsonw_close(w, '}');
}

/* A chain in one line has no title: a rule must have one, and its steps say what happens. */
static tl_str title_of(const struct tl_rule *r, const struct tl_chain *c)
{
    return r->title.n ? r->title : c->name;
}

/* A rule file's names hold no space and no `:`; that of a chain in one line is its steps. */
static void name(struct tl_jsonw *w, const struct tl_rule *r, const struct tl_chain *c)
{
    bool line = tl_str_eq(r->source, TL_STR(TL_RULES_LINE_SOURCE));
    tl_jsonw_str(w, "name", line ? TL_STR("my-chain") : c->name);
}

int tl_json_write_rule(const struct tl_rule *r, const struct tl_chain *c, const struct tl_style *style,
                       struct tl_buf *out)
{
    (void)style;
    struct tl_jsonw w = {.out = out};
    tl_jsonw_open(&w, NULL, '{', false);
    tl_jsonw_text(&w, "schema", TL_RULES_SCHEMA);
    tl_jsonw_open(&w, "rules", '[', false);
    tl_jsonw_open(&w, NULL, '{', false);
    name(&w, r, c);
    tl_jsonw_str(&w, "title", title_of(r, c));
    if (r->meaning.n)
        tl_jsonw_str(&w, "meaning", r->meaning);
    if (r->source.n == 0)
        tl_jsonw_bool(&w, "built_in", true);
    if (c->n_steps) {
        tl_jsonw_open(&w, "steps", '[', false);
        for (size_t i = 0; i < c->n_steps; i++)
            tl_jsonw_str(&w, NULL, tl_chain_step_text(&c->steps[i]));
        tl_jsonw_close(&w, ']');
    }
    limits(&w, c);
    if (r->n_samples)
        samples(&w, r);
    tl_jsonw_close(&w, '}');
    tl_jsonw_close(&w, ']');
    tl_jsonw_close(&w, '}');
    return tl_json_end(&w);
}

/* ---- lists --------------------------------------------------------------------------------------------- */

void tl_json_rule(struct tl_jsonw *w, const struct tl_rule *r, const struct tl_chain *c)
{
    struct tl_buf line = {0};
    int e = tl_chain_line(c, &line);
    w->rc = e < 0 ? e : w->rc;
    tl_jsonw_open(w, NULL, '{', false);
    tl_jsonw_str(w, "name", c->name);
    tl_jsonw_str_or_null(w, "title", r->title);
    tl_jsonw_str_or_null(w, "chain", e ? TL_STR_NONE : tl_buf_str(&line));
    tl_jsonw_str(w, "steps", tl_buf_str(&line));
    tl_jsonw_bool(w, "built_in", r->source.n == 0);
    tl_jsonw_str_or_null(w, "source", r->source);
    if (r->line)
        tl_jsonw_count(w, "line", r->line);
    else
        tl_jsonw_null(w, "line");
    tl_jsonw_close(w, '}');
    tl_buf_fini(&line);
}

int tl_json_write_rule_list(const struct tl_rules *s, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    struct tl_jsonw w = {.out = out};
    tl_jsonw_open(&w, NULL, '{', false);
    tl_jsonw_text(&w, "schema", "trailloop.rule-list/1");
    tl_jsonw_open(&w, "rules", '[', false);
    for (size_t i = 0; i < TL_N_CHAINS; i++)
        tl_json_rule(&w, tl_rules_built_in(i), &tl_chains[i]);
    for (size_t i = 0; i < s->n; i++)
        tl_json_rule(&w, &s->items[i], &s->chains[i]);
    tl_jsonw_close(&w, ']');
    tl_jsonw_close(&w, '}');
    return tl_json_end(&w);
}

int tl_json_write_rule_check(const struct tl_rules *s, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    struct tl_jsonw w = {.out = out};
    tl_jsonw_open(&w, NULL, '{', false);
    tl_jsonw_text(&w, "schema", "trailloop.rule-check/1");
    tl_jsonw_open(&w, "rules", '[', false);
    for (size_t i = 0; i < s->n; i++) {
        const struct tl_rule *r = &s->items[i];
        tl_jsonw_open(&w, NULL, '{', false);
        tl_jsonw_str(&w, "name", s->chains[i].name);
        tl_jsonw_str(&w, "source", r->source);
        tl_jsonw_count(&w, "line", r->line);
        tl_jsonw_open(&w, "samples", '[', false);
        for (size_t k = 0; k < r->n_samples; k++) {
            tl_jsonw_open(&w, NULL, '{', true);
            tl_jsonw_str_or_null(&w, "title", r->samples[k].title);
            tl_jsonw_count(&w, "line", r->samples[k].line);
            tl_jsonw_count(&w, "cycles", r->samples[k].n_cycles);
            tl_jsonw_close(&w, '}');
        }
        tl_jsonw_close(&w, ']');
        tl_jsonw_close(&w, '}');
    }
    tl_jsonw_close(&w, ']');
    tl_jsonw_close(&w, '}');
    return tl_json_end(&w);
}
