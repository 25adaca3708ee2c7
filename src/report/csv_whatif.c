/* Retry settings tried on a loop, as CSV: a row for the settings that were asked about, then one for each
 * that was in force. */
#include "csvw.h"
#include "writer.h"

static void verdict(struct tl_csvw *c, bool any, const struct tl_event_ref *e)
{
    if (!any) {
        tl_csvw_blank(c, 2);
        return;
    }
    tl_csvw_time(c, e->time_s);
    tl_csvw_str(c, e->text);
}

static void row(struct tl_csvw *c, const struct tl_finding *f, const char *settings,
                const struct tl_retry_phase *p)
{
    tl_csvw_text(c, f->id);
    tl_csvw_text(c, settings);
    tl_csvw_int(c, p->attempts);
    tl_csvw_int(c, p->window_s);
    tl_csvw_time(c, p->from_s);
    tl_csvw_time(c, p->to_s);
    tl_csvw_bool(c, p->trips);
    if (p->trips)
        tl_csvw_int(c, p->trips_after);
    else
        tl_csvw_blank(c, 1);
    verdict(c, p->trips, &p->trips_at);
    tl_csvw_int(c, p->n_attempts);
    tl_csvw_int(c, p->most_attempts_in_window);
    verdict(c, p->most_attempts_in_window > 0, &p->most_at);
    tl_csvw_end_row(c);
}

int tl_csv_write_whatif(const struct tl_whatif *w, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    struct tl_csvw c = {.out = out};
    const struct tl_retry *r = &w->loop->retry;
    tl_csvw_header(&c, "loop,settings,attempts,window,from,to,trips,trips_after,trips_at,trips_at_event_id,"
                       "observed_attempts,most_attempts_in_window,most_at,most_at_event_id");
    if (w->has_attempts)
        row(&c, w->loop, "asked", &w->replay);
    for (size_t i = 0; w->has_attempts && i < r->n_phases; i++)
        row(&c, w->loop, r->phases[i].known ? "in-force" : "default", &r->phases[i]);
    return c.rc;
}
