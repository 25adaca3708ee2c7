/* CSV: one table a document, for spreadsheets and data frames: one header, one row a loop (a file, a step),
 * CR LF after each. What is not known is an empty cell. Times are ISO 8601 UTC, durations seconds, money USD,
 * as in JSON. */
#include "csvw.h"
#include "figures.h"
#include "writer.h"

#include <stdio.h>

/* ---- loops ----------------------------------------------------------------------------------- */

static const char loop_columns[] =
    "id,status,kind,rule,resource_type,resource_id,account,region,arn,config_rule,document,"
    "cycles,partial_cycles,open_cycle,first,last,period_median,period_min,period_max,schedule,"
    "order_assumed,confidence,"
    "stopped_at,stopped_cause,stopped_predicted,stopped_event_id,silence,"
    "last_verdict_time,last_verdict,last_verdict_answered,"
    "evaluator,remediator,changer,opponent,"
    "retry_attempts,retry_window,retry_in_log,retry_trips,retry_trips_after,most_attempts_in_window,"
    "would_stop,failed_attempts,failed_changes,cost_so_far,cost_per_30_days,news,coverage_gaps";

static void what(struct tl_csvw *c, const struct tl_finding *f)
{
    tl_csvw_text(c, f->id);
    tl_csvw_text(c, tl_status_name(f->status));
    tl_csvw_text(c, tl_kind_name(f->kind));
    tl_csvw_str(c, f->rule);
    tl_csvw_str(c, f->resource.type);
    tl_csvw_str(c, f->resource.id);
    tl_csvw_str(c, f->resource.account);
    tl_csvw_str(c, f->resource.region);
    tl_csvw_str(c, f->arn);
    tl_csvw_str(c, f->config_rule);
    tl_csvw_str(c, f->document);
    tl_csvw_count(c, f->n_cycles);
    tl_csvw_count(c, f->n_partial);
    tl_csvw_bool(c, f->open_cycle);
    tl_csvw_time(c, f->first_s);
    tl_csvw_time(c, f->last_s);
    tl_csvw_int(c, f->period_median_s);
    tl_csvw_int(c, f->period_min_s);
    tl_csvw_int(c, f->period_max_s);
    if (f->schedule_s)
        tl_csvw_int(c, f->schedule_s);
    else
        tl_csvw_blank(c, 1);
    tl_csvw_bool(c, f->order_assumed);
    tl_csvw_text(c, tl_link_name(f->confidence));
}

static void stopped(struct tl_csvw *c, const struct tl_finding *f)
{
    if (f->status != TL_STOPPED) {
        tl_csvw_blank(c, 8);
        return;
    }
    tl_csvw_time(c, f->stopped.at_s);
    tl_csvw_text(c, tl_cause_name(f->stopped.cause));
    tl_csvw_bool(c, f->stopped.predicted);
    tl_csvw_str(c, f->stopped.has_event ? f->stopped.event.text : TL_STR_NONE);
    tl_csvw_int(c, f->stopped.silence_s);
    if (!f->stopped.has_last_verdict) {
        tl_csvw_blank(c, 3);
        return;
    }
    tl_csvw_time(c, f->stopped.last_verdict.time_s);
    tl_csvw_text(c, tl_compliance_name(f->stopped.last_compliance));
    tl_csvw_bool(c, f->stopped.last_answered);
}

/* The principal with the most events in each role: parties are in that order. */
static void parties(struct tl_csvw *c, const struct tl_finding *f)
{
    for (int role = TL_EVALUATOR; role <= TL_OPPONENT; role++) {
        size_t i = 0;
        while (i < f->n_parties && (int)f->parties[i].role != role)
            i++;
        tl_csvw_str(c, i < f->n_parties ? f->parties[i].principal : TL_STR_NONE);
    }
}

/* `1/240 5/1080`: attempts and seconds, `~` behind what is extrapolated. */
static void would_stop(struct tl_csvw *c, const struct tl_retry *r)
{
    char text[sizeof r->would_stop / sizeof *r->would_stop * 40] = "";
    size_t n = 0;
    for (size_t i = 0; i < r->n_would_stop && n < sizeof text; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%d/%lld%s", i ? " " : "",
                              r->would_stop[i].attempts, (long long)r->would_stop[i].window_s,
                              r->would_stop[i].extrapolated ? "~" : "");
    tl_csvw_text(c, text);
}

static void retry(struct tl_csvw *c, const struct tl_finding *f)
{
    const struct tl_retry *r = &f->retry;
    if (!f->has_retry) {
        tl_csvw_blank(c, 7);
        return;
    }
    tl_csvw_int(c, r->attempts);
    tl_csvw_int(c, r->window_s);
    tl_csvw_bool(c, r->settings_known);
    tl_csvw_bool(c, r->trips);
    if (r->trips)
        tl_csvw_int(c, r->trips_after);
    else
        tl_csvw_blank(c, 1);
    tl_csvw_int(c, r->most_attempts_in_window);
    would_stop(c, r);
}

static int csv_report(const struct tl_report *r, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    struct tl_csvw c = {.out = out};
    tl_csvw_header(&c, loop_columns);
    for (size_t i = 0; i < r->findings.n; i++) {
        const struct tl_finding *f = &r->findings.items[i];
        what(&c, f);
        stopped(&c, f);
        parties(&c, f);
        retry(&c, f);
        tl_csvw_count(&c, f->n_failed_attempts);
        tl_csvw_count(&c, f->n_failed_changes);
        tl_csvw_usd(&c, f->cost.so_far_usd);
        tl_csvw_usd(&c, f->cost.per_30_days_usd);
        tl_csvw_text(&c, f->news ? tl_news_name(f->news) : "");
        tl_csvw_count(&c, f->n_gaps);
        tl_csvw_end_row(&c);
    }
    return c.rc;
}

/* ---- one loop: its steps --------------------------------------------------------------------- */

static int csv_loop(const struct tl_report *r, const struct tl_finding *f, const struct tl_style *style,
                    struct tl_buf *out)
{
    (void)r, (void)style;
    struct tl_csvw c = {.out = out};
    tl_csvw_header(&c, "loop,cycle,step,time,event_id,link,source,record,offset,error,general");
    for (size_t i = 0; i < f->n_evidence; i++) {
        for (size_t k = 0; k < f->evidence[i].n_steps; k++) {
            const struct tl_evidence_step *s = &f->evidence[i].steps[k];
            tl_csvw_text(&c, f->id);
            tl_csvw_count(&c, f->evidence[i].cycle);
            tl_csvw_str(&c, s->api);
            tl_csvw_time(&c, s->event.time_s);
            tl_csvw_str(&c, s->event.text);
            tl_csvw_text(&c, tl_link_name(s->link));
            tl_csvw_str(&c, s->source);
            tl_csvw_count(&c, s->record);
            tl_csvw_count(&c, s->offset);
            tl_csvw_str(&c, s->error);
            tl_csvw_bool(&c, s->general);
            tl_csvw_end_row(&c);
        }
    }
    return c.rc;
}

/* ---- files ----------------------------------------------------------------------------------- */

static int csv_stats(const struct tl_stats *s, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    struct tl_csvw c = {.out = out};
    tl_csvw_header(&c,
                   "path,superseded,outcome,reason,container,size_bytes,inflated_bytes,sha256,gzip_members,"
                   "trailing_bytes,read,kept,duplicates,damaged,unused,foreign,gone");
    for (size_t i = 0; i < s->n_sources; i++) {
        const struct tl_source *f = &s->sources[i];
        char hex[TL_SHA256_HEX_BYTES];
        tl_csvw_str(&c, f->path);
        tl_csvw_bool(&c, f->superseded);
        tl_csvw_text(&c, tl_outcome_name(f->outcome));
        tl_csvw_str(&c, f->reason);
        tl_csvw_text(&c, tl_container_name(f->container));
        tl_csvw_int(&c, f->size_bytes);
        tl_csvw_count(&c, f->inflated_bytes);
        tl_csvw_text(&c, f->has_sha256 ? tl_figure_sha256(f->sha256, hex) : NULL);
        tl_csvw_count(&c, f->n_members);
        tl_csvw_count(&c, f->trailing_bytes);
        tl_csvw_count(&c, f->n_read);
        tl_csvw_count(&c, f->n_kept);
        tl_csvw_count(&c, f->n_duplicates);
        tl_csvw_count(&c, f->n_damaged);
        tl_csvw_count(&c, f->n_unused);
        tl_csvw_count(&c, f->n_foreign);
        tl_csvw_bool(&c, f->gone);
        tl_csvw_end_row(&c);
    }
    return c.rc;
}

const struct tl_writer tl_writer_csv = {.name = "csv",
                                        .report = csv_report,
                                        .loop = csv_loop,
                                        .stats = csv_stats,
                                        .history = tl_csv_write_history,
                                        .discover = tl_csv_write_discovery,
                                        .whatif = tl_csv_write_whatif,
                                        .verify = tl_csv_write_verify,
                                        .check = tl_csv_write_check,
                                        .rule_list = tl_csv_write_rule_list};
