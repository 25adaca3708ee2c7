/* The page: one file that needs nothing else. It loads nothing (its policy forbids it), runs nothing, and
 * reads well on a phone, on paper, in the dark and aloud. First the answer, then the loops, then what the log
 * can speak for. */
#include "explain.h"
#include "html.h"
#include "html_style.h"
#include "outline.h"
#include "writer.h"

/* So many loops are told in full, the running ones first, and so many rows are in the table of all: beyond
 * them a page would no longer open at once. The JSON form has them whole. */
enum { LOOPS_MAX = 60, OVERVIEW_MAX = 2000 };

void tl_html_page_begin(struct tl_html *h, const char *title)
{
    tl_html_put(h, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                   "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                   "style-src 'unsafe-inline'\">\n"
                   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                   "<meta name=\"color-scheme\" content=\"light dark\">\n"
                   "<meta name=\"generator\" content=\"trailloop " TRAILLOOP_VERSION "\">\n");
    tl_html_putf(h, "<title>%s</title>\n<style>\n", title);
    tl_html_put(h, tl_html_style);
    tl_html_put(h, "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the findings</a>\n");
}

void tl_html_page_end(struct tl_html *h, int64_t generated_at_s)
{
    tl_html_put(h, "<footer><p>Written by trailloop " TRAILLOOP_VERSION);
    if (generated_at_s != INT64_MIN) {
        tl_html_put(h, " at ");
        tl_html_time(h, generated_at_s);
        tl_html_put(h, " UTC, from CloudTrail logs alone");
    }
    tl_html_put(h, ".</p></footer>\n</body>\n</html>\n");
}

static void header(struct tl_html *h, const struct tl_report *r)
{
    tl_html_put(h, "<header>\n<p class=\"kind\">AWS Config remediation loops</p>\n");
    tl_explain_verdict(&h->say, &r->findings);
    tl_html_element(h, "h1");
    tl_explain_coverage(&h->say, &r->coverage);
    tl_html_element(h, "p");
    tl_explain_damage(&h->say, &r->coverage);
    tl_html_element(h, "p class=\"warning\"");
    tl_html_put(h, "</header>\n");
}

/* All loops at a glance, where there are several. */
static void overview(struct tl_html *h, const struct tl_findings *f)
{
    if (f->n < 2)
        return;
    tl_html_put(h, "<nav aria-labelledby=\"all\">\n<h2 id=\"all\">All loops</h2>\n");
    tl_html_table_begin(h, "Loops, the running ones first",
                        "Resource|Status|Kind|#Cycles|One every|Last sign (UTC)");
    for (size_t i = 0; i < f->n && i < OVERVIEW_MAX; i++) {
        const struct tl_finding *l = &f->items[i];
        bool running = l->status == TL_RUNNING, full = i < LOOPS_MAX;
        tl_html_put(h, "<tr><th scope=\"row\">");
        if (full)
            tl_html_putf(h, "<a href=\"#loop-%zu\">", i + 1);
        tl_html_code(h, l->resource.id);
        tl_html_putf(h, "%s</th><td><span class=\"badge %s\">%s</span></td><td>%s</td>", full ? "</a>" : "",
                     running ? "running" : "stopped", running ? "Still running" : "Stopped",
                     tl_kind_name(l->kind));
        tl_prose_number(&h->say, l->n_cycles);
        tl_html_cell_number(h);
        tl_prose_duration(&h->say, l->period_median_s);
        tl_html_cell(h);
        tl_html_put(h, "<td>");
        tl_html_time(h, l->last_s);
        tl_html_put(h, "</td></tr>\n");
    }
    tl_html_table_end(h);
    if (f->n > LOOPS_MAX)
        tl_html_putf(h,
                     "<p>The first %d are told in full below%s; <code>trailloop show</code> and the JSON "
                     "form have all.</p>\n",
                     LOOPS_MAX, f->n > OVERVIEW_MAX ? ", and this table is cut short" : "");
    tl_html_put(h, "</nav>\n");
}

static void drift(struct tl_html *h, const struct tl_findings *f)
{
    if (f->n_drift == 0)
        return;
    tl_html_put(
        h, "<section>\n<h2>Recurring drift</h2>\n<p>No loops: people or changing parties break these, and "
           "remediation repairs them, again and again.</p>\n");
    tl_html_table_begin(h, "Recurring drift", "Resource|#Times|From, to (UTC)|Broken by");
    for (size_t i = 0; i < f->n_drift; i++) {
        const struct tl_drift *d = &f->drift[i];
        tl_html_put(h, "<tr>");
        tl_explain_resource(&h->say, &d->resource);
        tl_html_row_head(h);
        tl_prose_number(&h->say, d->n_cycles);
        tl_html_cell_number(h);
        tl_prose_span(&h->say, d->first_s, d->last_s);
        tl_html_cell(h);
        const char *between = "";
        for (size_t k = 0; k < d->n_parties; k++) {
            if (d->parties[k].role != TL_OPPONENT)
                continue;
            tl_prose_add(&h->say, "%s", between);
            tl_prose_str(&h->say, d->parties[k].principal);
            between = ", ";
        }
        tl_html_cell(h);
        tl_html_put(h, "</tr>\n");
    }
    tl_html_table_end(h);
    tl_html_put(h, "</section>\n");
}

static void without_effect(struct tl_html *h, const struct tl_findings *f)
{
    if (f->n_without_effect == 0)
        return;
    tl_html_put(
        h, "<section>\n<h2>Attempts without effect</h2>\n<p>No loops, but paid for: remediation is started "
           "again and again, and no successful change follows.</p>\n");
    tl_html_table_begin(h, "Attempts without effect", "Runbook|Resource|#Attempts|From, to (UTC)|Error");
    for (size_t i = 0; i < f->n_without_effect; i++) {
        const struct tl_without_effect *e = &f->without_effect[i];
        tl_html_put(h, "<tr>");
        tl_prose_str(&h->say, e->document);
        tl_html_row_head(h);
        if (e->has_resource)
            tl_explain_resource(&h->say, &e->resource);
        else
            tl_prose_add(&h->say, "not named");
        tl_html_cell(h);
        tl_prose_number(&h->say, e->n_attempts);
        tl_html_cell_number(h);
        tl_prose_span(&h->say, e->first_s, e->last_s);
        tl_html_cell(h);
        tl_prose_str(&h->say, e->error);
        tl_html_cell(h);
        tl_html_put(h, "</tr>\n");
    }
    tl_html_table_end(h);
    tl_html_put(h, "</section>\n");
}

static void glossary(struct tl_html *h)
{
    tl_html_put(h, "<details><summary>The words on this page</summary>\n<dl class=\"terms\">\n"
                   "<div><dt>Verdict</dt><dd>One evaluation of the resource by an AWS Config rule "
                   "(PutEvaluations).</dd></div>\n"
                   "<div><dt>Attempt</dt><dd>One start of the remediation runbook "
                   "(StartAutomationExecution).</dd></div>\n"
                   "<div><dt>Change</dt><dd>One successful call that changes the resource.</dd></div>\n"
                   "<div><dt>Cycle</dt><dd>One complete pass: verdict, attempt, change. Passes with a step "
                   "missing from the log "
                   "are not counted.</dd></div>\n"
                   "<div><dt>Loop</dt><dd>Cycles in a row on one resource, three at least.</dd></div>\n"
                   "<div><dt>Retry window</dt><dd>\342\200\234N attempts within S seconds\342\200\235: at a "
                   "NON_COMPLIANT verdict AWS "
                   "Config counts the attempts of the S seconds before it. With N or more it puts a "
                   "remediation exception and "
                   "stops; with fewer it tries again.</dd></div>\n"
                   "<div><dt>Silence</dt><dd>How long the log goes on after the stop without another "
                   "attempt.</dd></div>\n"
                   "<div><dt>Tie</dt><dd>What joins an attempt or change to the resource: <b>session</b> "
                   "(the caller's session is "
                   "named after the automation), <b>parameter</b> (the runbook's parameters name the "
                   "resource), <b>rule</b> (the "
                   "rule's configuration names the runbook), <b>sequence</b> (only account, region and "
                   "order).</dd></div>\n"
                   "</dl>\n</details>\n");
}

static int html_report(const struct tl_report *r, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    struct tl_html h = {.out = out};
    tl_html_page_begin(&h, "Remediation loops");
    header(&h, r);
    tl_html_put(&h, "<main id=\"main\">\n");
    if (r->findings.n == 0) {
        tl_explain_nothing(&h.say, r);
        tl_html_element(&h, "p class=\"lede\"");
    }
    overview(&h, &r->findings);
    for (size_t i = 0; i < r->findings.n && i < LOOPS_MAX; i++)
        tl_html_loop(&h, r, &r->findings.items[i], i + 1);
    drift(&h, &r->findings);
    without_effect(&h, &r->findings);
    tl_html_put(&h, "<section>\n<h2>What the log can speak for</h2>\n");
    tl_html_coverage(&h, &r->coverage);
    glossary(&h);
    tl_html_put(&h, "</section>\n</main>\n");
    tl_html_page_end(&h, r->generated_at_s);
    return tl_html_fini(&h);
}

static int html_loop(const struct tl_report *r, const struct tl_finding *f, const struct tl_style *style,
                     struct tl_buf *out)
{
    (void)style;
    struct tl_html h = {.out = out};
    tl_html_page_begin(&h, "A remediation loop");
    tl_html_put(&h, "<header>\n<p class=\"kind\">AWS Config remediation loops</p>\n<h1>One loop, in "
                    "full</h1>\n</header>\n"
                    "<main id=\"main\">\n");
    tl_html_loop(&h, r, f, 1);
    tl_html_put(&h, "<section>\n<h2>How to read this</h2>\n");
    glossary(&h);
    tl_html_put(&h, "</section>\n</main>\n");
    tl_html_page_end(&h, r->generated_at_s);
    return tl_html_fini(&h);
}

const struct tl_writer tl_writer_html = {.name = "html",
                                         .report = html_report,
                                         .loop = html_loop,
                                         .stats = tl_html_write_stats,
                                         .discover = tl_html_write_discovery,
                                         .history = tl_html_write_history,
                                         .outline = tl_outline_write_html};
