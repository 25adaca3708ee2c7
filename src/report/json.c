/* The JSON report, version 1: names, meanings and order are a promise (docs/FORMATS.md,
 * `trailloop.report/1`); fields may be added, none may change. What is not known is null, never an empty
 * text; what may be none is an empty array. */
#include "json.h"

#include "figures.h"
#include "writer.h"

void tl_json_time_or_null(struct tl_jsonw *w, const char *key, bool known, int64_t t_s)
{
    if (known)
        tl_jsonw_time(w, key, t_s);
    else
        tl_jsonw_null(w, key);
}

void tl_json_coverage(struct tl_jsonw *w, const struct tl_coverage *c)
{
    tl_jsonw_open(w, "coverage", '{', false);
    tl_jsonw_open(w, "files", '{', true);
    tl_jsonw_count(w, "read", c->files.n_read);
    tl_jsonw_count(w, "already_ingested", c->files.n_already_ingested);
    tl_jsonw_count(w, "skipped", c->files.n_skipped);
    tl_jsonw_count(w, "damaged", c->files.n_damaged);
    tl_jsonw_close(w, '}');
    tl_jsonw_open(w, "records", '{', true);
    tl_jsonw_count(w, "read", c->records.n_read);
    tl_jsonw_count(w, "kept", c->records.n_kept);
    tl_jsonw_count(w, "duplicates", c->records.n_duplicates);
    tl_jsonw_count(w, "damaged", c->records.n_damaged);
    tl_jsonw_count(w, "unused", c->records.n_unused);
    tl_jsonw_count(w, "withheld", c->records.n_withheld);
    tl_jsonw_close(w, '}');
    tl_json_time_or_null(w, "first_event", c->any, c->first_s);
    tl_json_time_or_null(w, "last_event", c->any, c->last_s);
    if (c->pruned) {
        tl_jsonw_open(w, "pruned", '{', true);
        tl_jsonw_time(w, "before", c->pruned_before_s);
        tl_jsonw_time(w, "facts_from", c->facts_from_s);
        tl_jsonw_close(w, '}');
    }
    tl_jsonw_open(w, "scopes", '[', false);
    for (size_t i = 0; i < c->n_scopes; i++) {
        const struct tl_scope *s = &c->scopes[i];
        tl_jsonw_open(w, NULL, '{', true);
        tl_jsonw_str(w, "account", s->account);
        tl_jsonw_str(w, "region", s->region);
        tl_jsonw_time(w, "first_event", s->first_s);
        tl_jsonw_time(w, "last_event", s->last_s);
        tl_jsonw_count(w, "records", s->n_records);
        tl_jsonw_close(w, '}');
    }
    tl_jsonw_close(w, ']');
    tl_jsonw_close(w, '}');
}

void tl_json_resource(struct tl_jsonw *w, const struct tl_resource *r, tl_str arn)
{
    tl_jsonw_open(w, "resource", '{', true);
    tl_jsonw_str(w, "type", r->type);
    tl_jsonw_str(w, "id", r->id);
    tl_jsonw_str(w, "account", r->account);
    tl_jsonw_str(w, "region", r->region);
    tl_jsonw_str_or_null(w, "arn", arn);
    tl_jsonw_close(w, '}');
}

void tl_json_period(struct tl_jsonw *w, int64_t median_s, int64_t min_s, int64_t max_s)
{
    tl_jsonw_open(w, "period", '{', true);
    tl_jsonw_int(w, "median", median_s);
    tl_jsonw_int(w, "min", min_s);
    tl_jsonw_int(w, "max", max_s);
    tl_jsonw_close(w, '}');
}

void tl_json_would_stop(struct tl_jsonw *w, const struct tl_retry *r)
{
    tl_jsonw_open(w, "would_stop", '[', false);
    for (size_t i = 0; i < r->n_would_stop; i++) {
        tl_jsonw_open(w, NULL, '{', true);
        tl_jsonw_int(w, "attempts", r->would_stop[i].attempts);
        tl_jsonw_int(w, "window", r->would_stop[i].window_s);
        tl_jsonw_bool(w, "extrapolated", r->would_stop[i].extrapolated);
        tl_jsonw_close(w, '}');
    }
    tl_jsonw_close(w, ']');
}

static void stopped(struct tl_jsonw *w, const struct tl_finding *f)
{
    if (f->status != TL_STOPPED) {
        tl_jsonw_null(w, "stopped");
        return;
    }
    tl_jsonw_open(w, "stopped", '{', false);
    tl_jsonw_time(w, "at", f->stopped.at_s);
    tl_jsonw_int(w, "silence", f->stopped.silence_s);
    tl_jsonw_bool(w, "predicted", f->stopped.predicted);
    if (f->stopped.has_event)
        tl_jsonw_str(w, "event_id", f->stopped.event.text);
    else
        tl_jsonw_null(w, "event_id");
    tl_jsonw_text(w, "cause", tl_cause_name(f->stopped.cause));
    if (f->stopped.has_last_verdict) {
        tl_jsonw_open(w, "last_verdict", '{', true);
        tl_jsonw_time(w, "time", f->stopped.last_verdict.time_s);
        tl_jsonw_str(w, "event_id", f->stopped.last_verdict.text);
        tl_jsonw_text(w, "compliance", tl_compliance_name(f->stopped.last_compliance));
        tl_jsonw_bool(w, "answered", f->stopped.last_answered);
        tl_jsonw_close(w, '}');
    } else {
        tl_jsonw_null(w, "last_verdict");
    }
    tl_jsonw_close(w, '}');
}

static void calls(struct tl_jsonw *w, const struct tl_party *p)
{
    tl_jsonw_open(w, "calls", '[', true);
    for (size_t i = 0; i < p->n_calls; i++) {
        tl_jsonw_open(w, NULL, '{', true);
        tl_jsonw_str(w, "api", p->calls[i].api);
        tl_jsonw_count(w, "events", p->calls[i].n_events);
        tl_jsonw_close(w, '}');
    }
    tl_jsonw_close(w, ']');
}

static void parties(struct tl_jsonw *w, const struct tl_party *p, size_t n)
{
    tl_jsonw_open(w, "parties", '[', false);
    for (size_t i = 0; i < n; i++) {
        tl_jsonw_open(w, NULL, '{', true);
        tl_jsonw_text(w, "role", tl_role_name(p[i].role));
        tl_jsonw_str(w, "principal", p[i].principal);
        tl_jsonw_str_or_null(w, "user_agent", p[i].user_agent);
        tl_jsonw_count(w, "events", p[i].n_events);
        if (p[i].n_calls)
            calls(w, &p[i]);
        if (p[i].document.n) /* an opponent that is another rule's remediation */
            tl_jsonw_str(w, "document", p[i].document);
        tl_jsonw_close(w, '}');
    }
    tl_jsonw_close(w, ']');
}

static void retry(struct tl_jsonw *w, const struct tl_finding *f)
{
    const struct tl_retry *r = &f->retry;
    if (!f->has_retry) {
        tl_jsonw_null(w, "retry");
        return;
    }
    tl_jsonw_open(w, "retry", '{', false);
    if (r->settings_known) {
        tl_jsonw_open(w, "settings", '{', true);
        tl_jsonw_int(w, "attempts", r->attempts);
        tl_jsonw_int(w, "window", r->window_s);
        tl_jsonw_str(w, "event_id", r->settings_event.text);
        tl_jsonw_close(w, '}');
    } else {
        tl_jsonw_null(w, "settings");
    }
    tl_jsonw_bool(w, "trips", r->trips);
    if (r->trips)
        tl_jsonw_int(w, "trips_after", r->trips_after);
    else
        tl_jsonw_null(w, "trips_after");
    tl_jsonw_int(w, "most_attempts_in_window", r->most_attempts_in_window);
    tl_json_would_stop(w, r);
    tl_jsonw_close(w, '}');
}

static void evidence_step(struct tl_jsonw *w, const struct tl_evidence_step *s)
{
    tl_jsonw_open(w, NULL, '{', true);
    tl_jsonw_str(w, "step", s->api);
    tl_jsonw_time(w, "time", s->event.time_s);
    tl_jsonw_str(w, "event_id", s->event.text);
    tl_jsonw_text(w, "link", tl_link_name(s->link));
    tl_jsonw_str(w, "source", s->source);
    tl_jsonw_count(w, "record", s->record);
    tl_jsonw_count(w, "offset", s->offset);
    tl_jsonw_str_or_null(w, "error", s->error);
    tl_jsonw_bool(w, "general", s->general);
    if (s->raw.n || s->raw_missing) { /* asked for */
        tl_jsonw_str_or_null(w, "raw", s->raw);
        tl_jsonw_text(w, "raw_missing", s->raw_missing);
    }
    tl_jsonw_close(w, '}');
}

static void evidence(struct tl_jsonw *w, const struct tl_finding *f)
{
    tl_jsonw_open(w, "evidence", '[', false);
    for (size_t i = 0; i < f->n_evidence; i++) {
        tl_jsonw_open(w, NULL, '{', false);
        tl_jsonw_count(w, "cycle", f->evidence[i].cycle);
        tl_jsonw_open(w, "steps", '[', false);
        for (size_t k = 0; k < f->evidence[i].n_steps; k++)
            evidence_step(w, &f->evidence[i].steps[k]);
        tl_jsonw_close(w, ']');
        tl_jsonw_close(w, '}');
    }
    tl_jsonw_close(w, ']');
}

/* What it is, on what, since when. */
static void loop_head(struct tl_jsonw *w, const struct tl_finding *f)
{
    tl_jsonw_text(w, "id", f->id);
    tl_jsonw_str(w, "rule", f->rule);
    tl_jsonw_open(w, "also", '[', true);
    for (size_t i = 0; i < f->n_also; i++)
        tl_jsonw_str(w, NULL, f->also[i]);
    tl_jsonw_close(w, ']');
    tl_jsonw_text(w, "kind", tl_kind_name(f->kind));
    tl_json_resource(w, &f->resource, f->arn);
    tl_jsonw_str_or_null(w, "config_rule", f->config_rule);
    tl_jsonw_str_or_null(w, "document", f->document);
    tl_jsonw_count(w, "cycles", f->n_cycles);
    tl_jsonw_count(w, "partial_cycles", f->n_partial);
    tl_jsonw_bool(w, "open_cycle", f->open_cycle);
    tl_jsonw_time(w, "first", f->first_s);
    tl_jsonw_time(w, "last", f->last_s);
    tl_json_period(w, f->period_median_s, f->period_min_s, f->period_max_s);
    if (f->schedule_s)
        tl_jsonw_int(w, "schedule", f->schedule_s);
    else
        tl_jsonw_null(w, "schedule");
    tl_jsonw_bool(w, "order_assumed", f->order_assumed);
    tl_jsonw_text(w, "confidence", tl_link_name(f->confidence));
    tl_jsonw_text(w, "status", tl_status_name(f->status));
    if (f->news == TL_NEWS_NONE) /* not asked for */
        return;
    tl_jsonw_text(w, "news", tl_news_name(f->news));
    tl_jsonw_count(w, "cycles_told", f->n_cycles_told);
}

/* Where the log may have missed cycles. */
static void gaps(struct tl_jsonw *w, const struct tl_finding *f)
{
    tl_jsonw_open(w, "coverage_gaps", '[', true);
    for (size_t i = 0; i < f->n_gaps; i++) {
        tl_jsonw_open(w, NULL, '{', true);
        tl_jsonw_str(w, "account", f->gaps[i].account);
        tl_jsonw_str(w, "region", f->gaps[i].region);
        tl_jsonw_time(w, "from", f->gaps[i].from_s);
        tl_jsonw_time(w, "to", f->gaps[i].to_s);
        tl_jsonw_text(w, "place", tl_gap_place_name(f->gaps[i].place));
        tl_jsonw_close(w, '}');
    }
    tl_jsonw_close(w, ']');
}

/* The same thing put and taken away again and again. */
static void proof(struct tl_jsonw *w, const struct tl_finding *f)
{
    if (!f->has_proof) {
        tl_jsonw_null(w, "proof");
        return;
    }
    tl_jsonw_open(w, "proof", '{', true);
    tl_jsonw_str_or_null(w, "what", f->proof.what);
    tl_jsonw_open(w, "calls", '[', true);
    tl_jsonw_str(w, NULL, f->proof.does);
    if (f->proof.undoes.n)
        tl_jsonw_str(w, NULL, f->proof.undoes);
    tl_jsonw_close(w, ']');
    tl_jsonw_count(w, "times", f->proof.n_times);
    tl_jsonw_close(w, '}');
}

void tl_json_loop(struct tl_jsonw *w, const struct tl_finding *f)
{
    tl_jsonw_open(w, NULL, '{', false);
    loop_head(w, f);
    stopped(w, f);
    parties(w, f->parties, f->n_parties);
    retry(w, f);
    tl_jsonw_count(w, "failed_attempts", f->n_failed_attempts);
    tl_jsonw_count(w, "failed_changes", f->n_failed_changes);
    tl_jsonw_count(w, "fired_on_compliant", f->n_fired_on_compliant);
    tl_jsonw_count(w, "fired_twice", f->n_fired_twice);
    tl_jsonw_count(w, "withheld", f->n_withheld);
    gaps(w, f);
    proof(w, f);
    tl_jsonw_open(w, "cost", '{', true);
    tl_jsonw_usd(w, "so_far", f->cost.so_far_usd);
    tl_jsonw_usd(w, "per_30_days", f->cost.per_30_days_usd);
    tl_jsonw_count(w, "verdicts", f->cost.n_verdicts);
    tl_jsonw_count(w, "items", f->cost.n_items);
    tl_jsonw_count(w, "steps", f->cost.n_automation_steps);
    tl_jsonw_close(w, '}');
    evidence(w, f);
    tl_jsonw_close(w, '}');
}

static void drift(struct tl_jsonw *w, const struct tl_findings *f)
{
    tl_jsonw_open(w, "recurring_drift", '[', false);
    for (size_t i = 0; i < f->n_drift; i++) {
        tl_jsonw_open(w, NULL, '{', false);
        tl_json_resource(w, &f->drift[i].resource, TL_STR_NONE);
        tl_jsonw_count(w, "cycles", f->drift[i].n_cycles);
        tl_jsonw_time(w, "first", f->drift[i].first_s);
        tl_jsonw_time(w, "last", f->drift[i].last_s);
        parties(w, f->drift[i].parties, f->drift[i].n_parties);
        tl_jsonw_close(w, '}');
    }
    tl_jsonw_close(w, ']');
}

static void without_effect(struct tl_jsonw *w, const struct tl_findings *f)
{
    tl_jsonw_open(w, "without_effect", '[', false);
    for (size_t i = 0; i < f->n_without_effect; i++) {
        const struct tl_without_effect *e = &f->without_effect[i];
        tl_jsonw_open(w, NULL, '{', false);
        if (e->has_resource)
            tl_json_resource(w, &e->resource, TL_STR_NONE);
        else
            tl_jsonw_null(w, "resource");
        tl_jsonw_str(w, "document", e->document);
        tl_jsonw_count(w, "attempts", e->n_attempts);
        tl_jsonw_time(w, "first", e->first_s);
        tl_jsonw_time(w, "last", e->last_s);
        tl_jsonw_str_or_null(w, "error", e->error);
        tl_jsonw_close(w, '}');
    }
    tl_jsonw_close(w, ']');
}

int tl_json_end(struct tl_jsonw *w)
{
    return w->rc ? w->rc : tl_buf_add(w->out, "\n", 1);
}

static int json_report(const struct tl_report *r, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    struct tl_jsonw w = {.out = out};
    tl_jsonw_open(&w, NULL, '{', false);
    tl_jsonw_text(&w, "schema", "trailloop.report/1");
    tl_jsonw_time(&w, "generated_at", r->generated_at_s);
    tl_json_coverage(&w, &r->coverage);
    tl_jsonw_open(&w, "loops", '[', false);
    for (size_t i = 0; i < r->findings.n; i++)
        tl_json_loop(&w, &r->findings.items[i]);
    tl_jsonw_close(&w, ']');
    drift(&w, &r->findings);
    without_effect(&w, &r->findings);
    tl_jsonw_close(&w, '}');
    return tl_json_end(&w);
}

static int json_loop(const struct tl_report *r, const struct tl_finding *f, const struct tl_style *style,
                     struct tl_buf *out)
{
    (void)r, (void)style;
    struct tl_jsonw w = {.out = out};
    tl_json_loop(&w, f);
    return tl_json_end(&w);
}

void tl_json_source(struct tl_jsonw *w, const struct tl_source *s)
{
    char hex[TL_SHA256_HEX_BYTES];
    tl_jsonw_open(w, NULL, '{', false);
    tl_jsonw_str(w, "path", s->path);
    tl_jsonw_bool(w, "superseded", s->superseded);
    tl_jsonw_bool(w, "gone", s->gone);
    tl_jsonw_text(w, "outcome", tl_outcome_name(s->outcome));
    tl_jsonw_str_or_null(w, "reason", s->reason);
    tl_jsonw_text(w, "container", tl_container_name(s->container));
    tl_jsonw_int(w, "size_bytes", s->size_bytes);
    tl_jsonw_count(w, "inflated_bytes", s->inflated_bytes);
    tl_jsonw_text(w, "sha256", s->has_sha256 ? tl_figure_sha256(s->sha256, hex) : NULL);
    tl_jsonw_count(w, "gzip_members", s->n_members);
    tl_jsonw_count(w, "trailing_bytes", s->trailing_bytes);
    tl_jsonw_open(w, "records", '{', true);
    tl_jsonw_count(w, "read", s->n_read);
    tl_jsonw_count(w, "kept", s->n_kept);
    tl_jsonw_count(w, "duplicates", s->n_duplicates);
    tl_jsonw_count(w, "damaged", s->n_damaged);
    tl_jsonw_count(w, "unused", s->n_unused);
    tl_jsonw_count(w, "foreign", s->n_foreign);
    tl_jsonw_close(w, '}');
    tl_jsonw_close(w, '}');
}

static int json_stats(const struct tl_stats *s, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    struct tl_jsonw w = {.out = out};
    tl_jsonw_open(&w, NULL, '{', false);
    tl_jsonw_text(&w, "schema", "trailloop.stats/1");
    tl_jsonw_time(&w, "generated_at", s->generated_at_s);
    tl_json_coverage(&w, &s->coverage);
    tl_jsonw_open(&w, "files", '[', false);
    for (size_t i = 0; i < s->n_sources; i++)
        tl_json_source(&w, &s->sources[i]);
    tl_jsonw_close(&w, ']');
    tl_jsonw_open(&w, "damage", '[', false);
    for (size_t i = 0; i < s->n_damage; i++) {
        tl_jsonw_open(&w, NULL, '{', true);
        tl_jsonw_str(&w, "path", s->damage[i].path);
        tl_jsonw_count(&w, "record", s->damage[i].at.record);
        tl_jsonw_count(&w, "offset", s->damage[i].at.offset);
        tl_jsonw_count(&w, "length", s->damage[i].at.length);
        tl_jsonw_str(&w, "why", s->damage[i].why);
        tl_jsonw_close(&w, '}');
    }
    tl_jsonw_close(&w, ']');
    tl_jsonw_close(&w, '}');
    return tl_json_end(&w);
}

static int json_run(const struct tl_run_report *r, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    struct tl_jsonw w = {.out = out};
    tl_jsonw_open(&w, NULL, '{', false);
    tl_jsonw_text(&w, "schema", "trailloop.ingest/1");
    tl_jsonw_time(&w, "generated_at", r->generated_at_s);
    tl_jsonw_open(&w, "run", '{', false);
    tl_jsonw_open(&w, "files", '{', true);
    tl_jsonw_count(&w, "read", r->n_files_read);
    tl_jsonw_count(&w, "already_ingested", r->n_already_ingested);
    tl_jsonw_count(&w, "skipped", r->n_skipped);
    tl_jsonw_count(&w, "damaged", r->n_damaged_files);
    tl_jsonw_count(&w, "unreadable", r->n_unreadable);
    tl_jsonw_close(&w, '}');
    tl_jsonw_open(&w, "records", '{', true);
    tl_jsonw_count(&w, "read", r->n_records_read);
    tl_jsonw_count(&w, "new", r->n_records_new);
    tl_jsonw_count(&w, "duplicates", r->n_records_duplicate);
    tl_jsonw_count(&w, "damaged", r->n_records_damaged);
    tl_jsonw_count(&w, "unused", r->n_records_unused);
    tl_jsonw_close(&w, '}');
    tl_jsonw_close(&w, '}');
    tl_json_coverage(&w, &r->coverage);
    tl_jsonw_close(&w, '}');
    return tl_json_end(&w);
}

const struct tl_writer tl_writer_json = {.name = "json",
                                         .report = json_report,
                                         .loop = json_loop,
                                         .verify = tl_json_write_verify,
                                         .check = tl_json_write_check,
                                         .stats = json_stats,
                                         .discover = tl_json_write_discovery,
                                         .history = tl_json_write_history,
                                         .whatif = tl_json_write_whatif,
                                         .run = json_run,
                                         .rule_list = tl_json_write_rule_list,
                                         .rule = tl_json_write_rule,
                                         .rule_check = tl_json_write_rule_check};
