/* Repeating patterns as a page: all of them in a table, then each in full. */
#include "explain.h"
#include "html.h"
#include "writer.h"

static void row(struct tl_html *h, const struct tl_pattern *p, size_t rank)
{
    tl_html_putf(h, "<tr><td class=\"n\"><a href=\"#pattern-%zu\">%zu</a></td>", rank, rank);
    tl_explain_resource(&h->say, &p->resource);
    tl_html_row_head(h);
    tl_html_put(h, "<td class=\"wide\">");
    tl_explain_chain(&h->say, p);
    tl_html_say(h);
    tl_html_put(h, "</td>");
    tl_prose_number(&h->say, p->n_copies);
    tl_html_cell_number(h);
    if (p->period_median_s)
        tl_prose_duration(&h->say, p->period_median_s);
    tl_html_cell(h);
    tl_html_put(h, "<td>");
    tl_html_time(h, p->first_s);
    tl_html_put(h, "</td><td>");
    tl_html_time(h, p->last_s);
    tl_html_put(h, "</td><td class=\"wide\">");
    tl_explain_callers(&h->say, p);
    tl_html_say(h);
    tl_html_put(h, "</td>");
    tl_explain_standing(&h->say, p);
    tl_html_cell(h);
    tl_html_put(h, "</tr>\n");
}

static void overview(struct tl_html *h, const struct tl_discovery *d)
{
    if (d->n == 0)
        return;
    tl_html_put(h, "<section class=\"patterns\">\n<h2>Patterns by rank</h2>\n");
    tl_html_table_begin(h, "Patterns by rank",
                        "#Rank|Resource|Chain|#Times|Every|First (UTC)|Last (UTC)|By|Remark");
    for (size_t i = 0; i < d->n; i++)
        row(h, &d->items[i], i + 1);
    tl_html_table_end(h);
    tl_html_put(h, "</section>\n");
}

static void pattern(struct tl_html *h, const struct tl_pattern *p, size_t rank)
{
    tl_html_putf(h, "<section id=\"pattern-%zu\">\n", rank);
    tl_prose_add(&h->say, "Pattern %zu: ", rank);
    tl_explain_resource(&h->say, &p->resource);
    tl_html_element(h, "h2");
    tl_html_put(h, "<dl class=\"terms\">\n");
    tl_explain_chain(&h->say, p);
    tl_html_term(h, "Chain");
    tl_explain_chain_note(&h->say, p);
    tl_html_term(h, p->chain.n ? "Note" : "Chain");
    tl_explain_repetitions(&h->say, p);
    tl_html_term(h, "How often");
    tl_prose_span(&h->say, p->first_s, p->last_s);
    tl_html_term(h, "Seen");
    for (size_t i = 0; i < p->n_callers; i++) {
        tl_explain_caller(&h->say, &p->callers[i]);
        tl_html_term(h, "By");
    }
    tl_explain_score(&h->say, p);
    tl_html_term(h, "Score");
    tl_explain_explained(&h->say, p);
    tl_html_term(h, "Explained by");
    tl_html_put(h, "</dl>\n</section>\n");
}

int tl_html_write_discovery(const struct tl_discovery *d, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    struct tl_html h = {.out = out};
    tl_html_page_begin(&h, "Repeating patterns");
    tl_html_put(&h, "<header>\n<p class=\"kind\">What repeats that no rule names</p>\n"
                    "<h1>Repeating patterns</h1>\n");
    tl_explain_discovery(&h.say, d);
    tl_html_element(&h, "p class=\"lede\"");
    tl_explain_coverage(&h.say, &d->coverage);
    tl_html_element(&h, "p");
    tl_explain_damage(&h.say, &d->coverage);
    tl_html_element(&h, "p class=\"warning\"");
    tl_html_put(&h, "</header>\n<main id=\"main\">\n");
    overview(&h, d);
    for (size_t i = 0; i < d->n; i++)
        pattern(&h, &d->items[i], i + 1);
    tl_html_put(&h, "<section>\n<h2>What the log can speak for</h2>\n");
    tl_html_coverage(&h, &d->coverage);
    tl_html_put(&h, "</section>\n</main>\n");
    tl_html_page_end(&h, d->generated_at_s);
    return tl_html_fini(&h);
}
