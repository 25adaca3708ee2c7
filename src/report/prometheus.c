/* Prometheus text format 0.0.4, for node_exporter's textfile collector. Gauges only: what is counted is what
 * the log that was read holds, which is not always more than last time. Names and labels are a promise
 * (docs/FORMATS.md). Samples of one metric stand together, in the findings' order. */
#include "escape.h"
#include "figures.h"
#include "writer.h"

#include <stdio.h>

struct page {
    struct tl_buf *out;
    int rc;
};

static void put(struct page *p, const char *text)
{
    if (!p->rc)
        p->rc = tl_buf_add_str(p->out, tl_str_from(text));
}

static void metric(struct page *p, const char *name, const char *help)
{
    if (!p->rc)
        p->rc =
            tl_buf_printf(p->out, "# HELP trailloop_%s %s\n# TYPE trailloop_%s gauge\n", name, help, name);
}

static void label(struct page *p, const char *before, const char *name, tl_str value)
{
    if (!p->rc)
        p->rc = tl_buf_printf(p->out, "%s%s=", before, name);
    if (!p->rc)
        p->rc = tl_escape_prometheus(p->out, value);
}

static void value_count(struct page *p, uint64_t v)
{
    if (!p->rc)
        p->rc = tl_buf_printf(p->out, " %llu\n", (unsigned long long)v);
}

static void value_seconds(struct page *p, int64_t v)
{
    if (!p->rc)
        p->rc = tl_buf_printf(p->out, " %lld\n", (long long)v);
}

static void value_usd(struct page *p, double usd)
{
    char text[TL_FIGURE_MAX_BYTES];
    put(p, " ");
    put(p, tl_figure_usd(usd, text));
    put(p, "\n");
}

static void alone(struct page *p, const char *name, const char *help)
{
    metric(p, name, help);
    put(p, "trailloop_");
    put(p, name);
}

/* ---- the log --------------------------------------------------------------------------------- */

static void coverage(struct page *p, const struct tl_coverage *c)
{
    const struct {
        const char *name, *help;
        uint64_t v;
    } rows[] = {
        {"files_read", "Log files read whole.", c->files.n_read},
        {"files_skipped", "Files that hold no CloudTrail events.", c->files.n_skipped},
        {"files_damaged", "Log files cut, corrupt or unreadable.", c->files.n_damaged},
        {"records_read",
         "Records found in the log files; kept, duplicate, damaged and unused ones add up to it.",
         c->records.n_read},
        {"records_kept", "Records kept: distinct events.", c->records.n_kept},
        {"records_duplicate", "Records that were second copies of kept ones.", c->records.n_duplicates},
        {"records_damaged", "Records that could not be read and were left out.", c->records.n_damaged},
        {"records_unused", "Records that detection does not need and that were not kept.",
         c->records.n_unused},
        {"records_withheld", "Kept records whose parameters AWS withheld or omitted.", c->records.n_withheld},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        alone(p, rows[i].name, rows[i].help);
        value_count(p, rows[i].v);
    }
    if (c->any) {
        alone(p, "last_event_timestamp_seconds", "Time of the latest event in the log.");
        value_seconds(p, c->last_s);
    }
}

static void head(struct page *p, int64_t generated_at_s)
{
    metric(p, "build_info", "The program that wrote this.");
    put(p, "trailloop_build_info{version=\"" TRAILLOOP_VERSION "\"} 1\n");
    alone(p, "last_success_timestamp_seconds", "When this was written, after a run that did not fail.");
    value_seconds(p, generated_at_s);
}

/* ---- loops ----------------------------------------------------------------------------------- */

/* The same labels on every series of a loop; what else there is to say of it is in loop_info. */
static void of_loop(struct page *p, const char *name, const struct tl_finding *f)
{
    put(p, "trailloop_");
    put(p, name);
    label(p, "{", "loop", tl_str_from(f->id));
    label(p, ",", "account", f->resource.account);
    label(p, ",", "region", f->resource.region);
    label(p, ",", "resource_type", f->resource.type);
    label(p, ",", "resource_id", f->resource.id);
}

static void loops_by_status_and_kind(struct page *p, const struct tl_findings *f)
{
    metric(p, "loops", "Remediation loops found, by status and kind.");
    for (int status = TL_RUNNING; status <= TL_STOPPED; status++) {
        for (int kind = TL_SELF_SUSTAINING; kind <= TL_TUG_OF_WAR; kind++) {
            uint64_t n = 0;
            for (size_t i = 0; i < f->n; i++)
                n += (int)f->items[i].status == status && (int)f->items[i].kind == kind;
            put(p, "trailloop_loops");
            label(p, "{", "status", tl_str_from(tl_status_name((enum tl_status)status)));
            label(p, ",", "kind", tl_str_from(tl_kind_name((enum tl_kind)kind)));
            put(p, "}");
            value_count(p, n);
        }
    }
}

static void loop_info(struct page *p, const struct tl_findings *f)
{
    metric(p, "loop_info", "What each loop is; always 1.");
    for (size_t i = 0; i < f->n; i++) {
        const struct tl_finding *l = &f->items[i];
        of_loop(p, "loop_info", l);
        label(p, ",", "rule", l->rule);
        label(p, ",", "kind", tl_str_from(tl_kind_name(l->kind)));
        label(p, ",", "status", tl_str_from(tl_status_name(l->status)));
        label(p, ",", "config_rule", l->config_rule);
        label(p, ",", "document", l->document);
        put(p, "} 1\n");
    }
}

struct series {
    const char *name, *help;
    void (*value)(struct page *p, const struct tl_report *r, const struct tl_finding *f);
};

static void running(struct page *p, const struct tl_report *r, const struct tl_finding *f)
{
    (void)r;
    value_count(p, f->status == TL_RUNNING);
}

static void cycles(struct page *p, const struct tl_report *r, const struct tl_finding *f)
{
    (void)r;
    value_count(p, f->n_cycles);
}

static void period(struct page *p, const struct tl_report *r, const struct tl_finding *f)
{
    (void)r;
    value_seconds(p, f->period_median_s);
}

static void last_cycle(struct page *p, const struct tl_report *r, const struct tl_finding *f)
{
    (void)r;
    value_seconds(p, f->cycle_ends_s[f->n_cycles - 1]);
}

static void since_last_cycle(struct page *p, const struct tl_report *r, const struct tl_finding *f)
{
    value_seconds(p, r->generated_at_s - f->cycle_ends_s[f->n_cycles - 1]);
}

static void cost(struct page *p, const struct tl_report *r, const struct tl_finding *f)
{
    (void)r;
    value_usd(p, f->cost.so_far_usd);
}

static void monthly_cost(struct page *p, const struct tl_report *r, const struct tl_finding *f)
{
    (void)r;
    value_usd(p, f->cost.per_30_days_usd);
}

static void coverage_gaps(struct page *p, const struct tl_report *r, const struct tl_finding *f)
{
    (void)r;
    value_count(p, f->n_gaps);
}

static const struct series series[] = {
    {"loop_running", "1 while the loop is running, 0 once it has stopped.", running},
    {"loop_cycles", "Complete cycles of the loop in the log.", cycles},
    {"loop_period_seconds", "Median time from one cycle to the next.", period},
    {"loop_last_cycle_timestamp_seconds", "When the last complete cycle ended.", last_cycle},
    {"loop_since_last_cycle_seconds", "Time from the end of the last complete cycle to this report.",
     since_last_cycle},
    {"loop_cost_usd", "Estimated cost of the loop so far, US dollars.", cost},
    {"loop_monthly_cost_usd", "Estimated cost of the loop if it runs for another month of 30 d, US dollars.",
     monthly_cost},
    {"loop_coverage_gaps",
     "Rare silences of the log in which a cycle was due: the cycles are then a lower bound.", coverage_gaps},
};

static int prometheus_report(const struct tl_report *r, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    struct page p = {.out = out};
    const struct tl_findings *f = &r->findings;
    head(&p, r->generated_at_s);
    loops_by_status_and_kind(&p, f);
    if (f->n)
        loop_info(&p, f);
    for (size_t s = 0; f->n && s < sizeof series / sizeof *series; s++) {
        metric(&p, series[s].name, series[s].help);
        for (size_t i = 0; i < f->n; i++) {
            of_loop(&p, series[s].name, &f->items[i]);
            put(&p, "}");
            series[s].value(&p, r, &f->items[i]);
        }
    }
    alone(&p, "recurring_drift_resources",
          "Resources that are broken and repaired again and again, no loops.");
    value_count(&p, f->n_drift);
    alone(&p, "remediations_without_effect", "Remediations started again and again that no change followed.");
    value_count(&p, f->n_without_effect);
    coverage(&p, &r->coverage);
    return p.rc;
}

/* ---- files ----------------------------------------------------------------------------------- */

static int prometheus_stats(const struct tl_stats *s, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    struct page p = {.out = out};
    uint64_t n_gone = 0;
    head(&p, s->generated_at_s);
    coverage(&p, &s->coverage);
    for (size_t i = 0; i < s->n_sources; i++)
        n_gone += s->sources[i].gone;
    alone(&p, "files_gone", "Log files that an ingest looked for and did not find any more.");
    value_count(&p, n_gone);
    return p.rc;
}

const struct tl_writer tl_writer_prometheus = {
    .name = "prometheus", .report = prometheus_report, .stats = prometheus_stats};
