/* The text report: first the answer in a sentence, then each loop in the order in which a person asks: is it
 * looping and on what, since when and how often, who, why the retry settings did not stop it, which would,
 * has it stopped and how one knows, what it cost. One loop fits one screen; many come as a table with a short
 * block each. */
#include "explain.h"
#include "spark.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum { BARS_MAX = 40 }; /* what they mean stands beside them on a usual line */

enum { FULL_BLOCKS_MAX = 3 }; /* more loops than that are shown as a table and short blocks */

static void title(struct tl_text *t, const struct tl_finding *f)
{
    tl_prose_add(&t->say, "Loop %s: %s", f->id, f->status == TL_RUNNING ? "STILL RUNNING" : "STOPPED");
    if (f->news != TL_NEWS_NONE)
        tl_prose_add(&t->say, ", ");
    tl_explain_news(&t->say, f);
    tl_text_row(t, f->status == TL_RUNNING ? TL_TEXT_ALARM : TL_TEXT_CALM);
}

static void on(struct tl_text *t, const struct tl_finding *f)
{
    tl_explain_resource(&t->say, &f->resource);
    tl_text_labelled(t, "On");
}

static void over_time(struct tl_text *t, const struct tl_finding *f)
{
    int room = tl_text_room(t);
    tl_spark(&t->say, f, room < BARS_MAX ? room : BARS_MAX);
    tl_text_labelled(t, "Over time");
}

static void name(struct tl_text *t, const char *label, tl_str s)
{
    tl_prose_str(&t->say, s);
    if (s.n == 0)
        tl_prose_add(&t->say, "not named in the log");
    tl_text_labelled(t, label);
}

static void who(struct tl_text *t, const struct tl_finding *f)
{
    static const char *const labels[] = {"Judged by", "Started by", "Changed by", "Undone by"};
    if (!f->without_config)
        name(t, "Config rule", f->config_rule);
    if (f->has_retry)
        name(t, "Runbook", f->document);
    int last = -1;
    for (size_t i = 0; i < f->n_parties; i++) {
        int role = (int)f->parties[i].role;
        tl_explain_party(&t->say, &f->parties[i]);
        tl_text_labelled(t, role == last ? NULL : labels[role]);
        last = role;
    }
}

static void retry(struct tl_text *t, const struct tl_finding *f)
{
    tl_explain_rule_of_retry(&t->say, &f->retry);
    tl_text_labelled(t, "Why endless");
    for (size_t i = 0; i < tl_explain_n_phases(&f->retry); i++) {
        tl_explain_phase(&t->say, f, i);
        tl_text_item(t);
    }
    tl_explain_retry_doubt(&t->say, f);
    tl_text_item(t);
    tl_explain_would_stop(&t->say, &f->retry);
    tl_text_labelled(t, "Would stop it");
}

static void status(struct tl_text *t, const struct tl_report *r, const struct tl_finding *f)
{
    tl_explain_status(&t->say, f, &r->coverage);
    tl_text_labelled(t, "Stopped?");
    tl_explain_proof(&t->say, f);
    tl_text_labelled(t, NULL);
}

/* A rule of the user's: whoever gave several wants to know which one it was. */
static void found_by(struct tl_text *t, const struct tl_finding *f)
{
    for (size_t i = 0; i < TL_N_CHAINS; i++)
        if (tl_str_eq(f->rule, tl_chains[i].name))
            return;
    tl_prose_str(&t->say, f->rule);
    tl_text_labelled(t, "Found by rule");
}

void tl_text_loop_block(struct tl_text *t, const struct tl_report *r, const struct tl_finding *f)
{
    title(t, f);
    tl_explain_what(&t->say, f);
    tl_text_labelled(t, "Looping?");
    on(t, f);
    tl_prose_str(&t->say, f->arn);
    tl_text_labelled(t, NULL);
    tl_explain_steps(&t->say, f);
    tl_text_labelled(t, "One cycle");
    found_by(t, f);
    tl_explain_when(&t->say, f);
    tl_text_labelled(t, "Since when");
    tl_explain_period(&t->say, f);
    tl_text_labelled(t, "How often");
    over_time(t, f);
    who(t, f);
    tl_explain_again(&t->say, f);
    tl_text_labelled(t, "Comes back");
    if (f->has_retry)
        retry(t, f);
    if (f->kind == TL_TUG_OF_WAR || !f->has_retry) { /* settings do not help, or not for good */
        tl_explain_fix(&t->say, f);
        tl_text_labelled(t, "To end it");
    }
    status(t, r, f);
    tl_explain_cost(&t->say, f, &r->rates);
    tl_text_labelled(t, "Cost");
    tl_explain_failures(&t->say, f);
    tl_text_labelled(t, "Failed calls");
    tl_explain_oddities(&t->say, f);
    tl_text_labelled(t, "Also");
    tl_explain_gaps(&t->say, f);
    tl_text_labelled(t, "Gaps");
    tl_explain_certainty(&t->say, f);
    tl_text_labelled(t, "How sure");
}

/* The same loop among many: what it is on, how bad, what to do. */
static void short_block(struct tl_text *t, const struct tl_report *r, const struct tl_finding *f)
{
    title(t, f);
    on(t, f);
    tl_explain_when(&t->say, f);
    tl_prose_add(&t->say, "; ");
    tl_explain_period(&t->say, f);
    tl_text_labelled(t, "Since when");
    over_time(t, f);
    if (!f->without_config)
        name(t, "Config rule", f->config_rule);
    if (f->has_retry) {
        name(t, "Runbook", f->document);
        tl_explain_would_stop(&t->say, &f->retry);
        tl_text_labelled(t, "Would stop it");
    }
    tl_explain_status(&t->say, f, &r->coverage);
    tl_text_labelled(t, "Stopped?");
}

/* Widths of the columns whose content varies. */
struct widths {
    int id, cycles, every;
};

static void widen(int *width, const char *s)
{
    int n = (int)strlen(s);
    *width = n > *width ? n : *width;
}

static struct widths measure(const struct tl_findings *f)
{
    struct widths w = {(int)strlen("loop"), (int)strlen("cycles"), (int)strlen("every")};
    for (size_t i = 0; i < f->n; i++) {
        char cycles[TL_COUNT_MAX_BYTES], every[TL_TIME_MAX_BYTES];
        widen(&w.id, f->items[i].id);
        widen(&w.cycles, tl_count_format(f->items[i].n_cycles, cycles));
        widen(&w.every, tl_duration_format(f->items[i].period_median_s, every));
    }
    return w;
}

static void table(struct tl_text *t, const struct tl_findings *f)
{
    struct widths w = measure(f);
    tl_prose_add(&t->say, "%-*s  %-7s  %*s  %-*s  %-20s  ", w.id, "loop", "status", w.cycles, "cycles",
                 w.every, "every", "last seen");
    int hang = (int)t->say.b.n;
    tl_prose_add(&t->say, "on");
    tl_text_row(t, TL_TEXT_BOLD);
    for (size_t i = 0; i < f->n; i++) {
        const struct tl_finding *l = &f->items[i];
        char cycles[TL_COUNT_MAX_BYTES], every[TL_TIME_MAX_BYTES], last[TL_TIME_MAX_BYTES];
        tl_prose_add(&t->say, "%-*s  %-7s  %*s  %-*s  %s  ", w.id, l->id, tl_status_name(l->status), w.cycles,
                     tl_count_format(l->n_cycles, cycles), w.every,
                     tl_duration_format(l->period_median_s, every), tl_time_format(l->last_s, last));
        tl_prose_str(&t->say, l->resource.id);
        tl_text_row_hanging(t, TL_TEXT_PLAIN, hang);
    }
}

static void drift(struct tl_text *t, const struct tl_findings *f)
{
    if (f->n_drift == 0)
        return;
    tl_text_blank(t);
    tl_prose_add(
        &t->say,
        "Not loops, but repaired again and again: people or changing parties break these, and remediation "
        "works (recurring drift).");
    tl_text_paragraph(t, 0, 0);
    for (size_t i = 0; i < f->n_drift; i++) {
        tl_explain_resource(&t->say, &f->drift[i].resource);
        tl_prose_add(&t->say, ": ");
        tl_prose_count(&t->say, f->drift[i].n_cycles, "time", NULL);
        tl_prose_add(&t->say, ", ");
        tl_prose_span(&t->say, f->drift[i].first_s, f->drift[i].last_s);
        tl_explain_broken_by(&t->say, &f->drift[i]);
        tl_text_paragraph(t, 2, 4);
    }
}

static void without_effect(struct tl_text *t, const struct tl_findings *f)
{
    if (f->n_without_effect == 0)
        return;
    tl_text_blank(t);
    tl_prose_add(&t->say, "Attempts without effect: remediation was started again and again, and no "
                          "successful change followed.");
    tl_text_paragraph(t, 0, 0);
    for (size_t i = 0; i < f->n_without_effect; i++) {
        const struct tl_without_effect *e = &f->without_effect[i];
        if (e->document.n)
            tl_prose_str(&t->say, e->document);
        else
            tl_prose_add(&t->say, "a runbook that the log does not name");
        if (e->has_resource) {
            tl_prose_add(&t->say, " on ");
            tl_explain_resource(&t->say, &e->resource);
        }
        tl_prose_add(&t->say, ": ");
        tl_prose_count(&t->say, e->n_attempts, "attempt", NULL);
        tl_prose_add(&t->say, ", ");
        tl_prose_span(&t->say, e->first_s, e->last_s);
        if (e->error.n) {
            tl_prose_add(&t->say, ", error ");
            tl_prose_str(&t->say, e->error);
        }
        tl_text_paragraph(t, 2, 4);
    }
}

/* Where to look on. */
static void hint(struct tl_text *t, const struct tl_findings *f)
{
    const char *db = t->style->db;
    if (f->n == 0)
        return;
    tl_text_blank(t);
    tl_prose_add(&t->say, "Every cycle with its event ids: ");
    if (!db)
        tl_prose_add(&t->say, "scan --db FILE, then ");
    tl_prose_add(&t->say, "trailloop show --db ");
    tl_prose_str(&t->say, db ? tl_str_from(db) : TL_STR("FILE"));
    tl_prose_add(&t->say, " %s", f->n == 1 ? f->items[0].id : "LOOP");
    tl_text_paragraph(t, 0, 0);
}

int tl_text_write_report(const struct tl_report *r, const struct tl_style *style, struct tl_buf *out)
{
    const struct tl_findings *f = &r->findings;
    struct tl_text t;
    tl_text_init(&t, style, out);
    tl_explain_verdict(&t.say, f);
    tl_text_row(&t, TL_TEXT_BOLD);
    tl_explain_coverage(&t.say, &r->coverage);
    tl_text_paragraph(&t, 0, 0);
    if (f->n == 0) {
        tl_explain_nothing(&t.say, r);
        tl_text_paragraph(&t, 0, 0);
    }
    if (f->n > FULL_BLOCKS_MAX) {
        tl_text_blank(&t);
        table(&t, f);
    }
    for (size_t i = 0; i < f->n; i++) {
        tl_text_blank(&t);
        if (f->n > FULL_BLOCKS_MAX)
            short_block(&t, r, &f->items[i]);
        else
            tl_text_loop_block(&t, r, &f->items[i]);
    }
    drift(&t, f);
    without_effect(&t, f);
    hint(&t, f);
    tl_explain_damage(&t.say, &r->coverage);
    tl_text_paragraph(&t, 0, 0);
    return tl_text_fini(&t);
}
