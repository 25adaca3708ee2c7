/* A resource's history as a page: who takes part, who undoes whom, then every event. */
#include "explain.h"
#include "html.h"
#include "writer.h"

enum { EVENTS_MAX = 2000 }; /* of a resource: a page that still opens at once */

static void parties(struct tl_html *h, const struct tl_resource_history *x)
{
    tl_html_table_begin(h, "Who takes part",
                        "Principal|Who|Through|#Verdicts|#Attempts|#Changes|#Control events");
    for (size_t i = 0; i < x->n_parties; i++) {
        const struct tl_history_party *p = &x->parties[i];
        tl_html_put(h, "<tr>");
        tl_prose_str(&h->say, p->principal);
        tl_html_row_head(h);
        tl_html_putf(h, "<td>%s</td>", p->person ? "person" : "automation");
        tl_prose_str(&h->say, tl_explain_product(p->user_agent));
        tl_html_cell(h);
        for (int k = TL_ENTRY_VERDICT; k <= TL_ENTRY_CONTROL; k++) {
            tl_prose_number(&h->say, p->n[k]);
            tl_html_cell_number(h);
        }
        tl_html_put(h, "</tr>\n");
    }
    tl_html_table_end(h);
}

static void undoings(struct tl_html *h, const struct tl_resource_history *x)
{
    if (x->n_undoings == 0)
        return;
    tl_html_put(h, "<h3>Who undoes whom</h3>\n");
    tl_html_table_begin(h, "Changes that were undone", "#Changes|By|Undone by");
    for (size_t i = 0; i < x->n_undoings; i++) {
        const struct tl_undoing *u = &x->undoings[i];
        tl_html_put(h, "<tr>");
        tl_prose_number(&h->say, u->n_changes);
        tl_html_cell_number(h);
        tl_prose_str(&h->say, u->principal);
        tl_html_cell(h);
        tl_prose_str(&h->say, u->by);
        tl_html_cell(h);
        tl_html_put(h, "</tr>\n");
    }
    tl_html_table_end(h);
}

static void event(struct tl_html *h, const struct tl_resource_history *x, size_t i)
{
    const struct tl_entry *e = &x->entries[i];
    tl_html_putf(h, "<tr><th scope=\"row\" class=\"n\">%zu</th><td>", i + 1);
    tl_html_time(h, e->event.time_s);
    tl_html_put(h, "</td>");
    tl_explain_entry(&h->say, e);
    if (e->kind == TL_ENTRY_CHANGE && e->undo.by != TL_NONE) {
        tl_prose_add(&h->say, ", ");
        tl_explain_undo(&h->say, x, e);
    }
    tl_html_cell(h);
    tl_explain_entry_party(&h->say, e);
    tl_html_cell(h);
    tl_html_place(h, e->event.text, e->source, e->record, e->offset);
}

static void events(struct tl_html *h, const struct tl_resource_history *x)
{
    size_t n = 0;
    tl_html_put(h, "<h3>Every event</h3>\n<div class=\"evidence\">\n");
    tl_html_table_begin(h, "Every event", "#Number|Time (UTC)|What|By|Event|Where");
    for (size_t i = 0; i < x->n_entries; i++)
        if (!x->entries[i].hidden && n++ < EVENTS_MAX)
            event(h, x, i);
    tl_html_table_end(h);
    tl_html_put(h, "</div>\n");
    if (n > EVENTS_MAX)
        tl_html_putf(h, "<p>and %zu more; the JSON form has all.</p>\n", n - EVENTS_MAX);
}

static void resource(struct tl_html *h, const struct tl_resource_history *x)
{
    tl_html_put(h, "<article>\n");
    tl_explain_resource(&h->say, &x->resource);
    tl_html_element(h, "h2");
    tl_explain_history(&h->say, x);
    tl_html_element(h, "p class=\"lede\"");
    for (size_t i = 0; i < x->n_names; i++) {
        tl_prose_add(&h->say, "Also known as ");
        tl_prose_str(&h->say, x->names[i]);
        tl_html_element(h, "p");
    }
    tl_html_put(h, "<h3>Who takes part</h3>\n");
    parties(h, x);
    undoings(h, x);
    events(h, x);
    tl_html_put(h, "</article>\n");
}

int tl_html_write_history(const struct tl_history_report *r, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    struct tl_html h = {.out = out};
    tl_html_page_begin(&h, "History of a resource");
    tl_html_put(&h,
                "<header>\n<p class=\"kind\">What happened, by whom, and what undid it</p>\n<h1>History of ");
    tl_html_code(&h, r->given);
    tl_html_put(&h, "</h1>\n</header>\n<main id=\"main\">\n");
    for (size_t i = 0; i < r->n; i++)
        resource(&h, &r->items[i]);
    tl_html_put(&h, "</main>\n");
    tl_html_page_end(&h, r->generated_at_s);
    return tl_html_fini(&h);
}
