/* `trailloop.whatif/1`: a loop replayed under other retry settings. */
#include "json.h"

static void verdict(struct tl_jsonw *w, const char *key, bool any, const struct tl_event_ref *e)
{
    if (!any) {
        tl_jsonw_null(w, key);
        return;
    }
    tl_jsonw_open(w, key, '{', true);
    tl_jsonw_time(w, "time", e->time_s);
    tl_jsonw_str(w, "event_id", e->text);
    tl_jsonw_close(w, '}');
}

static void outcome(struct tl_jsonw *w, const struct tl_retry_phase *p)
{
    tl_jsonw_int(w, "attempts", p->attempts);
    tl_jsonw_int(w, "window", p->window_s);
    tl_jsonw_bool(w, "trips", p->trips);
    if (p->trips)
        tl_jsonw_int(w, "trips_after", p->trips_after);
    else
        tl_jsonw_null(w, "trips_after");
    verdict(w, "trips_at", p->trips, &p->trips_at);
    tl_jsonw_int(w, "observed_attempts", p->n_attempts);
    tl_jsonw_int(w, "most_attempts_in_window", p->most_attempts_in_window);
    verdict(w, "most_at", p->most_attempts_in_window > 0, &p->most_at);
}

static void in_force(struct tl_jsonw *w, const struct tl_retry *r)
{
    tl_jsonw_open(w, "in_force", '[', false);
    for (size_t i = 0; i < r->n_phases; i++) {
        tl_jsonw_open(w, NULL, '{', false);
        tl_jsonw_bool(w, "known", r->phases[i].known);
        tl_jsonw_time(w, "from", r->phases[i].from_s);
        tl_jsonw_time(w, "to", r->phases[i].to_s);
        outcome(w, &r->phases[i]);
        tl_jsonw_close(w, '}');
    }
    tl_jsonw_close(w, ']');
}

void tl_json_whatif(struct tl_jsonw *w, const struct tl_whatif *what)
{
    const struct tl_finding *f = what->loop;
    tl_jsonw_open(w, NULL, '{', false);
    tl_jsonw_text(w, "schema", "trailloop.whatif/1");
    tl_jsonw_time(w, "generated_at", what->generated_at_s);
    tl_jsonw_text(w, "loop", f->id);
    tl_json_resource(w, &f->resource, f->arn);
    tl_jsonw_str_or_null(w, "config_rule", f->config_rule);
    tl_jsonw_str_or_null(w, "document", f->document);
    tl_jsonw_count(w, "cycles", f->n_cycles);
    tl_jsonw_time(w, "first", f->first_s);
    tl_jsonw_time(w, "last", f->last_s);
    tl_json_period(w, f->period_median_s, f->period_min_s, f->period_max_s);
    if (what->has_attempts) {
        tl_jsonw_open(w, "whatif", '{', false);
        outcome(w, &what->replay);
        tl_jsonw_close(w, '}');
    } else {
        tl_jsonw_null(w, "whatif");
    }
    in_force(w, &f->retry);
    tl_json_would_stop(w, &f->retry);
    tl_jsonw_close(w, '}');
}

int tl_json_write_whatif(const struct tl_whatif *what, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    struct tl_jsonw w = {.out = out};
    tl_json_whatif(&w, what);
    return tl_json_end(&w);
}
