/* A loop as a chapter of a postmortem: paste it and edit nothing. Summary, timeline, cause, action items with
 * the exact settings and the command that sets them, evidence. */
#include "explain.h"
#include "mdw.h"
#include "remedy.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- summary --------------------------------------------------------------------------------- */

static void summary(struct tl_mdw *m, const struct tl_report *r, const struct tl_finding *f)
{
    tl_mdw_put(m, "### Summary\n\n");
    tl_explain_answer(&m->say, f);
    tl_mdw_paragraph(m);
    tl_mdw_put(m, "| | |\n| --- | --- |\n");
    tl_prose_str(&m->say, f->resource.type);
    tl_prose_add(&m->say, " ");
    tl_prose_str(&m->say, f->resource.id);
    tl_mdw_fact(m, "Resource");
    if (f->arn.n)
        tl_prose_str(&m->say, f->arn);
    tl_mdw_fact(m, "ARN");
    tl_prose_str(&m->say, f->resource.account);
    tl_prose_add(&m->say, ", ");
    tl_prose_str(&m->say, f->resource.region);
    tl_mdw_fact(m, "Account, region");
    if (f->config_rule.n)
        tl_prose_str(&m->say, f->config_rule);
    tl_mdw_fact(m, "Config rule");
    if (f->document.n)
        tl_prose_str(&m->say, f->document);
    tl_mdw_fact(m, "Runbook");
    tl_explain_steps(&m->say, f);
    tl_mdw_fact(m, "One cycle");
    tl_explain_when(&m->say, f);
    tl_mdw_fact(m, "Since when");
    tl_explain_period(&m->say, f);
    tl_mdw_fact(m, "How often");
    tl_explain_cost(&m->say, f, &r->rates);
    tl_mdw_fact(m, "Cost");
    tl_explain_again(&m->say, f);
    tl_mdw_fact(m, "Comes back");
    tl_explain_oddities(&m->say, f);
    tl_mdw_fact(m, "Also");
    tl_explain_gaps(&m->say, f);
    tl_mdw_fact(m, "Gaps in the log");
    tl_explain_failures(&m->say, f);
    tl_mdw_fact(m, "Failed calls");
    tl_explain_certainty(&m->say, f);
    tl_mdw_fact(m, "How sure");
    tl_mdw_put(m, "\n");
}

/* ---- timeline -------------------------------------------------------------------------------- */

enum row_kind { ROW_FIRST, ROW_CONTROL, ROW_LAST_CYCLE, ROW_LAST_VERDICT, ROW_STOPPED, ROW_LOG_ENDS };

struct row {
    int64_t time_s;
    enum row_kind kind;
    size_t control;
};

static int by_time(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->time_s != y->time_s)
        return x->time_s < y->time_s ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return (x->control > y->control) - (x->control < y->control);
}

static size_t rows_make(const struct tl_finding *f, struct row *rows)
{
    size_t n = 0;
    rows[n++] = (struct row){.time_s = f->first_s, .kind = ROW_FIRST};
    for (size_t i = 0; i < f->n_controls; i++)
        rows[n++] = (struct row){f->controls[i].event.time_s, ROW_CONTROL, i};
    rows[n++] = (struct row){.time_s = f->cycle_ends_s[f->n_cycles - 1], .kind = ROW_LAST_CYCLE};
    if (f->status == TL_RUNNING) {
        rows[n++] = (struct row){.time_s = f->last_s, .kind = ROW_LOG_ENDS};
        return n;
    }
    if (f->stopped.has_last_verdict)
        rows[n++] = (struct row){.time_s = f->stopped.last_verdict.time_s, .kind = ROW_LAST_VERDICT};
    rows[n++] = (struct row){.time_s = f->stopped.at_s, .kind = ROW_STOPPED};
    rows[n++] = (struct row){.time_s = f->stopped.at_s + f->stopped.silence_s, .kind = ROW_LOG_ENDS};
    return n;
}

static void say_row(struct tl_mdw *m, const struct tl_finding *f, const struct row *row)
{
    char length[TL_TIME_MAX_BYTES];
    switch (row->kind) {
    case ROW_FIRST:
        tl_prose_add(&m->say, "First %s: cycle 1 begins",
                     f->without_config ? "call" : "NON_COMPLIANT verdict");
        break;
    case ROW_CONTROL:
        tl_explain_control(&m->say, &f->controls[row->control]);
        break;
    case ROW_LAST_CYCLE:
        tl_prose_add(&m->say, "Cycle %u, the last complete one, ends", (unsigned)f->n_cycles);
        break;
    case ROW_LAST_VERDICT:
        tl_prose_add(&m->say, "Last verdict: %s, %s (event ", tl_compliance_name(f->stopped.last_compliance),
                     f->stopped.last_answered ? "answered" : "not answered");
        tl_prose_str(&m->say, f->stopped.last_verdict.text);
        tl_prose_add(&m->say, ")");
        break;
    case ROW_STOPPED:
        tl_prose_add(&m->say, "The loop has stopped (cause: %s)", tl_cause_name(f->stopped.cause));
        break;
    case ROW_LOG_ENDS:
        if (f->status == TL_RUNNING)
            tl_prose_add(&m->say, "Its last sign in the log; still running");
        else
            tl_prose_add(&m->say, "The log still shows no further attempt, after %s",
                         tl_duration_format(f->stopped.silence_s, length));
        break;
    }
}

static void timeline(struct tl_mdw *m, const struct tl_finding *f)
{
    struct row *rows = malloc((f->n_controls + 5) * sizeof *rows);
    if (!rows) {
        m->rc = TL_ENOMEM;
        return;
    }
    size_t n = rows_make(f, rows);
    qsort(rows, n, sizeof *rows, by_time);
    tl_mdw_put(m, "### Timeline\n\n| Time | What happened |\n| --- | --- |\n");
    for (size_t i = 0; i < n; i++) {
        tl_mdw_put(m, "| ");
        tl_prose_time(&m->say, rows[i].time_s);
        tl_mdw_say(m);
        tl_mdw_put(m, " | ");
        say_row(m, f, &rows[i]);
        tl_mdw_say(m);
        tl_mdw_put(m, " |\n");
    }
    tl_mdw_put(m, "\n");
    free(rows);
}

/* ---- cause ----------------------------------------------------------------------------------- */

static void parties(struct tl_mdw *m, const struct tl_party *p, size_t n)
{
    static const char *const roles[] = {"judges", "starts the runbook", "changes the resource",
                                        "undoes or changes it again"};
    tl_mdw_put(m, "| Who | Does what |\n| --- | --- |\n");
    for (size_t i = 0; i < n; i++) {
        tl_mdw_put(m, "| ");
        tl_explain_party(&m->say, &p[i]);
        tl_mdw_say(m);
        tl_mdw_put(m, " | ");
        tl_mdw_put(m, roles[p[i].role]);
        tl_mdw_put(m, " |\n");
    }
    tl_mdw_put(m, "\n");
}

static void cause(struct tl_mdw *m, const struct tl_report *r, const struct tl_finding *f)
{
    tl_mdw_put(m, "### Cause\n\n");
    tl_explain_cause(&m->say, f);
    tl_mdw_paragraph(m);
    parties(m, f->parties, f->n_parties);
    if (f->has_retry) {
        tl_explain_rule_of_retry(&m->say, &f->retry);
        tl_mdw_paragraph(m);
        for (size_t i = 0; i < tl_explain_n_phases(&f->retry); i++) {
            tl_explain_phase(&m->say, f, i);
            tl_mdw_bullet(m, "- ");
        }
        tl_explain_retry_doubt(&m->say, f);
        tl_mdw_bullet(m, "- ");
        tl_mdw_put(m, "\n");
    }
    tl_mdw_put(m, "### Has it stopped?\n\n");
    tl_explain_status(&m->say, f, &r->coverage);
    tl_mdw_paragraph(m);
    tl_explain_proof(&m->say, f);
    tl_mdw_paragraph(m);
}

/* ---- action items ---------------------------------------------------------------------------- */

/* Commands, inside a list item. No name in them can end the block: JSON and quotes hold them on their line,
 * which begins with our own words. */
static void shell(struct tl_mdw *m, int r, struct tl_buf *text)
{
    if (r && !m->rc)
        m->rc = r;
    tl_mdw_put(m, "\n  ```sh\n  ");
    for (tl_str rest = tl_buf_str(text); rest.n && !m->rc;) {
        size_t line = tl_str_find(rest, TL_STR("\n"));
        m->rc = tl_buf_add_str(m->out, tl_str_sub(rest, 0, line));
        tl_mdw_put(m, line == SIZE_MAX ? "\n" : "\n  ");
        rest = tl_str_sub(rest, line == SIZE_MAX ? rest.n : line + 1, rest.n);
    }
    tl_mdw_put(m, "  ```\n\n");
    tl_buf_fini(text);
}

static void settings(struct tl_mdw *m, const struct tl_finding *f)
{
    const struct tl_retry *r = &f->retry;
    struct tl_retry_pair pair;
    struct tl_buf text = {0};
    bool hold = r->trips && f->status == TL_STOPPED;
    if (!tl_remedy_pair(f, &pair)) {
        tl_explain_would_stop(&m->say, r);
        tl_mdw_bullet(m, "- [ ] ");
        return;
    }
    tl_prose_add(&m->say,
                 hold ? "Keep the retry settings of the rule, " : "Change the retry settings of the rule, ");
    tl_explain_pair(&m->say, r->attempts, r->window_s);
    tl_prose_add(&m->say,
                 "%s: they %s. What would have stopped it: ", r->settings_known ? "" : " (the default)",
                 hold ? "stop this loop" : "did not stop this loop");
    tl_explain_would_stop(&m->say, r);
    tl_prose_add(&m->say, ". They hold for every resource that the rule judges. To see what is set now:");
    tl_mdw_bullet(m, "- [ ] ");
    int rc = tl_remedy_look(f, &text);
    shell(m, rc, &text);
    tl_prose_add(
        &m->say,
        "%s MaximumAutomaticAttempts to %d and RetryAttemptSeconds to %lld; all else in it stays as it "
        "is "
        "(where a template or a pipeline sets the remediation, change it there, or it comes back):",
        hold ? "Should that be other settings, this sets" : "To set", pair.attempts,
        (long long)pair.window_s);
    tl_mdw_bullet(m, "  ");
    rc = tl_remedy_command(f, &pair, &text);
    shell(m, rc, &text);
}

/* Whether the settings help against a tug of war AWS leaves in doubt: there they come second. */
static void actions(struct tl_mdw *m, const struct tl_finding *f)
{
    tl_mdw_put(m, "### Action items\n\n");
    if (f->kind == TL_TUG_OF_WAR)
        tl_explain_fix(&m->say, f);
    tl_mdw_bullet(m, "- [ ] ");
    if (f->has_retry)
        settings(m, f);
    if (f->kind != TL_TUG_OF_WAR)
        tl_explain_fix(&m->say, f);
    tl_mdw_bullet(m, "- [ ] ");
    if (f->status == TL_STOPPED && f->stopped.cause == TL_CAUSE_EXCEPTION)
        tl_prose_add(&m->say,
                     "Delete the remediation exception once that is done: until then nothing is remediated "
                     "on this resource.");
    tl_mdw_bullet(m, "- [ ] ");
    if (f->status == TL_STOPPED && f->stopped.last_compliance == TL_NON_COMPLIANT &&
        f->stopped.has_last_verdict)
        tl_prose_add(&m->say,
                     "The resource was NON_COMPLIANT at its last verdict: decide what it should be.");
    tl_mdw_bullet(m, "- [ ] ");
    tl_mdw_put(m, "\n");
}

/* ---- evidence -------------------------------------------------------------------------------- */

static void evidence(struct tl_mdw *m, const struct tl_finding *f)
{
    tl_mdw_put(m, "### Evidence\n\n");
    tl_prose_add(&m->say,
                 "%zu of %u cycles. Records are counted from 0; the byte is where the record begins in the "
                 "unpacked file.",
                 f->n_evidence, (unsigned)f->n_cycles);
    tl_mdw_paragraph(m);
    tl_mdw_put(m, "| Cycle | Time (UTC) | Call | Tie | Event | File | Record | Byte |\n"
                  "| ---: | --- | --- | --- | --- | --- | ---: | ---: |\n");
    for (size_t i = 0; i < f->n_evidence; i++) {
        for (size_t k = 0; k < f->evidence[i].n_steps; k++) {
            const struct tl_evidence_step *s = &f->evidence[i].steps[k];
            char iso[TL_TIME_MAX_BYTES], row[128];
            snprintf(row, sizeof row, "| %u | %s | ", (unsigned)f->evidence[i].cycle,
                     tl_time_format(s->event.time_s, iso));
            tl_mdw_put(m, row);
            tl_mdw_code(m, s->api);
            tl_mdw_put(m, s->general ? " (general)" : "");
            if (s->error.n) {
                tl_mdw_put(m, " failed: ");
                tl_mdw_code(m, s->error);
            }
            tl_mdw_put(m, " | ");
            tl_mdw_put(m, tl_link_name(s->link) ? tl_link_name(s->link) : "");
            tl_mdw_put(m, " | ");
            tl_mdw_code(m, s->event.text);
            tl_mdw_put(m, " | ");
            tl_mdw_code(m, s->source);
            snprintf(row, sizeof row, " | %llu | %llu |\n", (unsigned long long)s->record,
                     (unsigned long long)s->offset);
            tl_mdw_put(m, row);
        }
    }
    tl_mdw_put(m, "\n");
}

void tl_mdw_loop(struct tl_mdw *m, const struct tl_report *r, const struct tl_finding *f)
{
    tl_mdw_put(m, "## ");
    tl_mdw_code(m, f->resource.id);
    tl_prose_add(&m->say, ": %s (loop %s)", f->status == TL_RUNNING ? "still running" : "stopped", f->id);
    tl_mdw_paragraph(m);
    summary(m, r, f);
    timeline(m, f);
    cause(m, r, f);
    actions(m, f);
    evidence(m, f);
}
