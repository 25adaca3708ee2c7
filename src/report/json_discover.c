/* `trailloop.discover/1`: repeating patterns. */
#include "json.h"

static const char *note_name(const struct tl_pattern *p)
{
    static const char *const names[] = {"exact", "doubled", "cut"};
    return p->chain.n ? names[p->chain_note] : NULL;
}

static void callers(struct tl_jsonw *w, const struct tl_pattern *p)
{
    tl_jsonw_open(w, "callers", '[', false);
    for (size_t i = 0; i < p->n_callers; i++) {
        tl_jsonw_open(w, NULL, '{', true);
        tl_jsonw_str(w, "principal", p->callers[i].principal);
        tl_jsonw_str_or_null(w, "user_agent", p->callers[i].user_agent);
        tl_jsonw_bool(w, "person", p->callers[i].person);
        tl_jsonw_count(w, "calls", p->callers[i].n_calls);
        tl_jsonw_close(w, '}');
    }
    tl_jsonw_close(w, ']');
}

void tl_json_pattern(struct tl_jsonw *w, const struct tl_pattern *p)
{
    tl_jsonw_open(w, NULL, '{', false);
    tl_json_resource(w, &p->resource, p->arn);
    tl_jsonw_open(w, "unit", '[', true);
    for (size_t i = 0; i < p->n_unit; i++)
        tl_jsonw_str(w, NULL, p->unit[i]);
    tl_jsonw_close(w, ']');
    tl_jsonw_str_or_null(w, "chain", p->chain);
    tl_jsonw_text(w, "chain_note", note_name(p));
    tl_jsonw_count(w, "count", p->n_copies);
    tl_jsonw_count(w, "partial", p->n_partial);
    tl_jsonw_count(w, "foreign", p->n_foreign);
    tl_jsonw_count(w, "runs", p->n_runs);
    tl_json_period(w, p->period_median_s, p->period_min_s, p->period_max_s);
    tl_jsonw_int(w, "max_step", p->max_step_s);
    tl_jsonw_count(w, "regular_percent", p->regular_percent);
    tl_jsonw_count(w, "automated_percent", p->automated_percent);
    tl_jsonw_count(w, "same_percent", p->same_percent);
    tl_jsonw_count(w, "score", p->score);
    tl_jsonw_bool(w, "weak", tl_pattern_is_weak(p));
    tl_jsonw_time(w, "first", p->first_s);
    tl_jsonw_time(w, "last", p->last_s);
    callers(w, p);
    tl_jsonw_text(w, "loop", p->loop[0] ? p->loop : NULL);
    tl_jsonw_close(w, '}');
}

int tl_json_write_discovery(const struct tl_discovery *d, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    struct tl_jsonw w = {.out = out};
    tl_jsonw_open(&w, NULL, '{', false);
    tl_jsonw_text(&w, "schema", "trailloop.discover/1");
    tl_jsonw_time(&w, "generated_at", d->generated_at_s);
    tl_json_coverage(&w, &d->coverage);
    tl_jsonw_count(&w, "found", d->n_found);
    tl_jsonw_open(&w, "patterns", '[', false);
    for (size_t i = 0; i < d->n; i++)
        tl_json_pattern(&w, &d->items[i]);
    tl_jsonw_close(&w, ']');
    tl_jsonw_close(&w, '}');
    return tl_json_end(&w);
}
