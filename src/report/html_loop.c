/* One loop on a page, in the order in which a person asks: what is it, does it still run, what did it look
 * like, who does it, why did the settings not stop it, which would, how does one know, what did it cost. The
 * evidence is folded away below. */
#include "explain.h"
#include "figures.h"
#include "html.h"
#include "remedy.h"
#include "timeline.h"

enum { CLOSE_UP_CYCLES = 20, EVIDENCE_CYCLES_MAX = 100, CONTROLS_MAX = 60, PHASES_MAX = 24, WINDOWS_MAX = 4 };

static void head(struct tl_html *h, const struct tl_finding *f)
{
    bool running = f->status == TL_RUNNING;
    tl_html_put(h, "<h2>");
    tl_html_code(h, f->resource.id);
    tl_html_putf(h, " <span class=\"badge %s\">%s</span></h2>\n", running ? "running" : "stopped",
                 running ? "Still running" : "Stopped");
    tl_explain_answer(&h->say, f);
    tl_html_element(h, "p class=\"lede\"");
}

static void figure(struct tl_html *h, const char *label, const char *value, const char *note)
{
    tl_html_putf(h, "<div><dt>%s</dt><dd>%s", label, value);
    if (note)
        tl_html_putf(h, " <small>%s</small>", note);
    tl_html_put(h, "</dd></div>\n");
}

static void figures(struct tl_html *h, const struct tl_finding *f)
{
    char text[TL_TIME_MAX_BYTES];
    bool running = f->status == TL_RUNNING;
    tl_html_put(h, "<dl class=\"figures\">\n");
    figure(h, "Cycles", tl_count_format(f->n_cycles, text), f->n_partial ? "complete ones" : NULL);
    if (f->period_median_s)
        figure(h, "One every", tl_duration_format(f->period_median_s, text), "median");
    figure(h, "From first to last", tl_duration_format(f->last_s - f->first_s, text), NULL);
    if (!running)
        figure(h, "Silent for", tl_duration_format(f->stopped.silence_s, text), "of log");
    figure(h, "Cost so far", tl_figure_usd_short(f->cost.so_far_usd, text), "USD");
    figure(h, running ? "Cost per 30 days" : "30 days would have cost",
           tl_figure_usd_short(f->cost.per_30_days_usd, text), "USD");
    tl_html_put(h, "</dl>\n");
}

/* ---- timeline -------------------------------------------------------------------------------- */

static void controls(struct tl_html *h, const struct tl_finding *f)
{
    if (f->n_controls == 0)
        return;
    tl_html_put(h, "<ol class=\"controls\">\n");
    for (size_t i = 0; i < f->n_controls && i < CONTROLS_MAX; i++) {
        tl_html_put(h, "<li>");
        tl_html_time(h, f->controls[i].event.time_s);
        tl_html_put(h, " ");
        tl_explain_control(&h->say, &f->controls[i]);
        tl_html_say(h);
        tl_html_put(h, "</li>\n");
    }
    tl_html_put(h, "</ol>\n");
    if (f->n_controls > CONTROLS_MAX)
        tl_html_putf(h, "<p>and %zu more.</p>\n", f->n_controls - CONTROLS_MAX);
}

static void timeline(struct tl_html *h, const struct tl_report *r, const struct tl_finding *f, size_t number)
{
    tl_html_put(h, "<h3>Timeline</h3>\n<figure>\n");
    tl_html_timeline(h, r, f, number);
    tl_html_put(h, "<figcaption>Times are UTC. ");
    if (f->status == TL_STOPPED && f->stopped.has_last_verdict)
        tl_html_put(h, "The ring is the last verdict. ");
    if (f->n_gaps)
        tl_html_put(h, "Where it is shaded from top to bottom, records are missing from the log. ");
    if (f->has_retry)
        tl_html_put(h, "Each bar below is one verdict: how many attempts AWS Config could count inside the "
                       "window before it. The dashed line is how many it takes before AWS Config gives up.");
    tl_html_put(h, "</figcaption></figure>\n");
    tl_html_close_up(h, r, f, number, CLOSE_UP_CYCLES);
    controls(h, f);
}

/* ---- what and who ---------------------------------------------------------------------------- */

static void what(struct tl_html *h, const struct tl_finding *f)
{
    tl_html_put(h, "<h3>What is going on</h3>\n<dl class=\"terms\">\n");
    tl_explain_what(&h->say, f);
    tl_html_term(h, "Looping?");
    tl_explain_resource(&h->say, &f->resource);
    tl_html_term(h, "On");
    if (f->arn.n)
        tl_prose_str(&h->say, f->arn);
    tl_html_term(h, "ARN");
    tl_explain_steps(&h->say, f);
    tl_html_term(h, "One cycle");
    tl_explain_when(&h->say, f);
    tl_html_term(h, "Since when");
    tl_explain_period(&h->say, f);
    tl_html_term(h, "How often");
    if (f->config_rule.n)
        tl_prose_str(&h->say, f->config_rule);
    tl_html_term(h, "Config rule");
    if (f->document.n)
        tl_prose_str(&h->say, f->document);
    tl_html_term(h, "Runbook");
    tl_explain_again(&h->say, f);
    tl_html_term(h, "Comes back");
    tl_explain_oddities(&h->say, f);
    tl_html_term(h, "Also");
    tl_explain_gaps(&h->say, f);
    tl_html_term(h, "Gaps in the log");
    tl_explain_failures(&h->say, f);
    tl_html_term(h, "Failed calls");
    tl_explain_certainty(&h->say, f);
    tl_html_term(h, "How sure");
    tl_html_put(h, "</dl>\n");
}

void tl_html_parties(struct tl_html *h, const struct tl_party *parties, size_t n)
{
    static const char *const roles[] = {"judges (verdicts)", "starts the runbook", "changes the resource",
                                        "undoes or changes it again"};
    tl_html_put(h, "<div class=\"parties\">\n");
    tl_html_table_begin(h, "Who takes part", "Role|Principal|Through|Calls|#Events");
    for (size_t i = 0; i < n; i++) {
        const struct tl_party *p = &parties[i];
        tl_html_putf(h, "<tr class=\"%s\">", tl_role_name(p->role));
        tl_prose_add(&h->say, "%s", roles[p->role]);
        tl_html_row_head(h);
        tl_prose_str(&h->say, p->principal);
        tl_html_cell(h);
        tl_prose_str(&h->say, tl_explain_product(p->user_agent));
        tl_html_cell(h);
        tl_explain_calls(&h->say, p);
        tl_html_cell(h);
        tl_prose_number(&h->say, p->n_events);
        tl_html_cell_number(h);
        tl_html_put(h, "</tr>\n");
    }
    tl_html_table_end(h);
    tl_html_put(h, "</div>\n");
}

/* ---- retry settings -------------------------------------------------------------------------- */

static void phase_row(struct tl_html *h, const struct tl_finding *f, size_t i)
{
    struct tl_retry_phase p = tl_phase_of(f, i);
    tl_prose_add(&h->say, "%c: ", (char)('A' + i % 26));
    tl_explain_pair(&h->say, p.attempts, p.window_s);
    if (!p.known)
        tl_prose_add(&h->say, " (default)");
    tl_html_put(h, "<tr>");
    tl_html_row_head(h);
    tl_html_put(h, "<td>");
    tl_html_time(h, p.from_s);
    tl_html_put(h, " to<br>");
    tl_html_time(h, p.to_s);
    tl_html_put(h, "</td>");
    tl_prose_number(&h->say, (uint64_t)p.n_attempts);
    tl_html_cell_number(h);
    tl_html_put(h, "<td>");
    tl_html_slots(h, p.most_attempts_in_window, p.attempts);
    tl_html_putf(h, "</td><td>%s</td></tr>\n",
                 p.trips             ? "full: AWS Config puts an exception and stops"
                 : p.n_attempts == 0 ? "nothing was tried"
                                     : "never full: the loop goes on");
}

static void would_stop(struct tl_html *h, const struct tl_finding *f)
{
    const struct tl_retry *r = &f->retry;
    tl_html_put(h, "<h3>Which settings would stop it</h3>\n");
    if (r->n_would_stop == 0) {
        tl_explain_would_stop(&h->say, r);
        tl_html_element(h, "p");
        return;
    }
    tl_html_table_begin(h, "Settings that would have stopped this loop",
                        "#Attempts (MaximumAutomaticAttempts)|#Window (RetryAttemptSeconds)|Because");
    for (size_t i = 0; i < r->n_would_stop; i++) {
        const struct tl_retry_pair *p = &r->would_stop[i];
        char window[TL_COUNT_MAX_BYTES], length[TL_TIME_MAX_BYTES];
        tl_html_putf(h, "<tr><th scope=\"row\" class=\"n\">%d</th><td class=\"n\">%s s (%s)</td><td>",
                     p->attempts, tl_count_format((uint64_t)p->window_s, window),
                     tl_duration_format(p->window_s, length));
        tl_html_putf(h, "%s</td></tr>\n",
                     p->extrapolated ? "the slowest pass seen, that many times, plus 25 % (extrapolated)"
                                     : "the slowest that many passes took, plus 25 %");
    }
    tl_html_table_end(h);
    tl_html_put(h, "<p>A longer window stops it too. The settings belong to the rule: they hold for every "
                   "resource that it judges.</p>\n");
}

static void code_block(struct tl_html *h, int r, struct tl_buf *text)
{
    tl_html_put(h, "<pre tabindex=\"0\"><code>");
    if (r && !h->rc)
        h->rc = r;
    for (tl_str rest = tl_buf_str(text); rest.n;) { /* our own line ends stay */
        size_t end = tl_str_find(rest, TL_STR("\n"));
        tl_html_text(h, tl_str_sub(rest, 0, end));
        if (end != SIZE_MAX)
            tl_html_put(h, "\n");
        rest = tl_str_sub(rest, end == SIZE_MAX ? rest.n : end + 1, rest.n);
    }
    tl_html_put(h, "</code></pre>\n");
    tl_buf_fini(text);
}

static void remedy(struct tl_html *h, const struct tl_finding *f)
{
    struct tl_buf text = {0};
    struct tl_retry_pair pair;
    if (!tl_remedy_pair(f, &pair))
        return;
    tl_html_put(h, "<details><summary>The command that sets it</summary>\n<p>What is in force now:</p>\n");
    int r = tl_remedy_look(f, &text);
    code_block(h, r, &text);
    tl_html_putf(h,
                 "<p>To set %d within %lld s and leave all else in it as it is. Where a template or a "
                 "pipeline sets the remediation, change it there, or it comes back.</p>\n",
                 pair.attempts, (long long)pair.window_s);
    r = tl_remedy_command(f, &pair, &text);
    code_block(h, r, &text);
    tl_html_put(h, "</details>\n");
}

static void retry(struct tl_html *h, const struct tl_finding *f)
{
    size_t n = tl_explain_n_phases(&f->retry), shown = n < PHASES_MAX ? n : PHASES_MAX;
    tl_html_put(h, "<h3>Why AWS Config did not stop it</h3>\n");
    tl_explain_rule_of_retry(&h->say, &f->retry);
    tl_html_element(h, "p");
    tl_html_table_begin(h, "Retry settings while it ran", "Settings|In force|#Attempts|Fullest window|So");
    for (size_t i = 0; i < shown; i++)
        phase_row(h, f, i);
    tl_html_table_end(h);
    if (n > shown)
        tl_html_putf(h, "<p>and %zu more.</p>\n", n - shown);
    tl_explain_retry_doubt(&h->say, f);
    tl_html_element(h, "p");
    tl_html_put(h, "<div class=\"windows\">\n");
    for (size_t i = n > WINDOWS_MAX ? n - WINDOWS_MAX : 0; i < n; i++)
        tl_html_window(h, f, i);
    tl_html_put(h, "</div>\n");
    would_stop(h, f);
    remedy(h, f);
}

/* ---- the end, and the bill ------------------------------------------------------------------- */

static void status(struct tl_html *h, const struct tl_report *r, const struct tl_finding *f)
{
    tl_html_put(h, "<h3>Has it stopped?</h3>\n");
    tl_explain_status(&h->say, f, &r->coverage);
    tl_html_element(h, "p");
    tl_explain_proof(&h->say, f);
    tl_html_element(h, "p class=\"proof\"");
}

static void cost_row(struct tl_html *h, const char *what, uint64_t n, double rate)
{
    char usd[TL_FIGURE_MAX_BYTES];
    tl_html_putf(h, "<tr><th scope=\"row\">%s</th>", what);
    tl_prose_number(&h->say, n);
    tl_html_cell_number(h);
    tl_prose_add(&h->say, "%s", tl_figure_usd(rate, usd));
    tl_html_cell_number(h);
    tl_prose_add(&h->say, "%s", tl_figure_usd((double)n * rate, usd));
    tl_html_cell_number(h);
    tl_html_put(h, "</tr>\n");
}

static void cost(struct tl_html *h, const struct tl_report *r, const struct tl_finding *f)
{
    char usd[TL_FIGURE_MAX_BYTES];
    tl_html_put(h, "<h3>What it cost</h3>\n");
    tl_html_table_begin(h, "Cost: an estimate by list prices, in US dollars",
                        "Billed|#Number|#Price each|#Sum");
    cost_row(h, "rule evaluations (verdicts)", f->cost.n_verdicts, r->rates.per_verdict);
    cost_row(h, "configuration items (changes recorded)", f->cost.n_items, r->rates.per_item);
    cost_row(h, "automation steps (one an attempt; the log does not say how many)",
             f->cost.n_automation_steps, r->rates.per_automation_step);
    tl_html_putf(
        h,
        "<tr class=\"sum\"><th scope=\"row\">together</th><td></td><td></td><td class=\"n\">%s</td></tr>\n",
        tl_figure_usd(f->cost.so_far_usd, usd));
    tl_html_table_end(h);
}

/* ---- evidence -------------------------------------------------------------------------------- */

static void step_row(struct tl_html *h, const struct tl_evidence_step *s, int64_t start_s)
{
    const char *link = tl_link_name(s->link);
    tl_html_put(h, "<tr><td>");
    tl_html_time(h, s->event.time_s);
    tl_html_putf(h, "</td><td class=\"n\">+%lld s</td><td>", (long long)(s->event.time_s - start_s));
    tl_html_code(h, s->api);
    tl_html_put(h, s->general ? " [general]" : "");
    if (s->error.n) {
        tl_html_put(h, " failed: ");
        tl_html_text(h, s->error);
    }
    tl_html_putf(h, "</td><td>%s</td>", link ? link : "");
    tl_html_place(h, s->event.text, s->source, s->record, s->offset);
}

static void evidence(struct tl_html *h, const struct tl_finding *f)
{
    size_t n = f->n_evidence, left_out = n > EVIDENCE_CYCLES_MAX ? n - EVIDENCE_CYCLES_MAX : 0;
    char all[TL_COUNT_MAX_BYTES];
    tl_html_putf(h,
                 "<details class=\"evidence\"><summary>Evidence: %zu of %s cycles, step by step</summary>\n",
                 n - left_out, tl_count_format(f->n_cycles, all));
    tl_html_put(
        h,
        "<p>Each row is one CloudTrail record: its eventID, and where it lies: the file, the number of the "
        "record in it, counted from 0, and the byte at which it begins once the file is unpacked. "
        "<code>trailloop show EVENT-ID</code> prints it as delivered. "
        "Tie: what joins the step to the resource.</p>\n");
    tl_html_table_begin(h, "Evidence",
                        f->without_config ? "Time (UTC)|#After first call|Call|Tie|Event|Where"
                                          : "Time (UTC)|#After verdict|Call|Tie|Event|Where");
    for (size_t i = 0; i < n; i++) {
        const struct tl_evidence *e = &f->evidence[i];
        if (left_out && i == EVIDENCE_CYCLES_MAX / 2)
            i += left_out;
        if (e->n_steps == 0)
            continue;
        e = &f->evidence[i];
        tl_html_putf(h, "<tr class=\"cycle\"><th scope=\"rowgroup\" colspan=\"6\">Cycle %u</th></tr>\n",
                     (unsigned)e->cycle);
        for (size_t k = 0; k < e->n_steps; k++)
            step_row(h, &e->steps[k], e->steps[0].event.time_s);
    }
    tl_html_table_end(h);
    tl_html_put(h, "</details>\n");
}

void tl_html_loop(struct tl_html *h, const struct tl_report *r, const struct tl_finding *f, size_t number)
{
    tl_html_putf(h, "<article id=\"loop-%zu\">\n", number);
    head(h, f);
    figures(h, f);
    timeline(h, r, f, number);
    what(h, f);
    tl_html_put(h, "<h3>Who does it, and who undoes it</h3>\n");
    tl_html_parties(h, f->parties, f->n_parties);
    tl_explain_fix(&h->say, f);
    tl_html_element(h, "p");
    if (f->has_retry)
        retry(h, f);
    status(h, r, f);
    cost(h, r, f);
    evidence(h, f);
    tl_html_putf(h, "<p class=\"id\">Loop <code>%s</code>, chain ", f->id);
    tl_html_code(h, f->rule);
    tl_html_put(h, "</p>\n</article>\n");
}
