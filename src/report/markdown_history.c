/* A resource's history as Markdown: who takes part, who undoes whom, then every event in a table. */
#include "explain.h"
#include "mdw.h"
#include "writer.h"

static void event(struct tl_mdw *m, const struct tl_resource_history *x, size_t i)
{
    const struct tl_entry *e = &x->entries[i];
    tl_mdw_put(m, "| ");
    tl_prose_number(&m->say, i + 1);
    tl_mdw_say(m);
    tl_mdw_put(m, " | ");
    tl_prose_time(&m->say, e->event.time_s);
    tl_mdw_say(m);
    tl_mdw_put(m, " | ");
    tl_explain_entry(&m->say, e);
    if (e->kind == TL_ENTRY_CHANGE && e->undo.by != TL_NONE) {
        tl_prose_add(&m->say, ", ");
        tl_explain_undo(&m->say, x, e);
    }
    tl_mdw_say(m);
    tl_mdw_put(m, " | ");
    tl_explain_entry_party(&m->say, e);
    tl_mdw_say(m);
    tl_mdw_put(m, " | ");
    tl_mdw_code(m, e->event.text);
    tl_mdw_put(m, " | ");
    tl_mdw_code(m, e->source);
    tl_prose_add(&m->say, ", record %llu, byte %llu", (unsigned long long)e->record,
                 (unsigned long long)e->offset);
    tl_mdw_say(m);
    tl_mdw_put(m, " |\n");
}

static void resource(struct tl_mdw *m, const struct tl_resource_history *x)
{
    tl_mdw_put(m, "# ");
    tl_explain_resource(&m->say, &x->resource);
    tl_mdw_paragraph(m);
    tl_prose_add(&m->say, "Seen: ");
    tl_explain_history(&m->say, x);
    tl_mdw_bullet(m, "- ");
    for (size_t i = 0; i < x->n_names; i++) {
        tl_prose_add(&m->say, "Also known as ");
        tl_prose_str(&m->say, x->names[i]);
        tl_mdw_bullet(m, "- ");
    }
    for (size_t i = 0; i < x->n_parties; i++) {
        tl_explain_history_party(&m->say, &x->parties[i]);
        tl_mdw_bullet(m, "- ");
    }
    for (size_t i = 0; i < x->n_undoings; i++) {
        tl_prose_add(&m->say, "Undone: ");
        tl_explain_undoing(&m->say, &x->undoings[i]);
        tl_mdw_bullet(m, "- ");
    }
    tl_mdw_put(m, "\n| # | Time | What | By | Event | Where |\n| ---: | --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < x->n_entries; i++)
        if (!x->entries[i].hidden)
            event(m, x, i);
    tl_mdw_put(m, "\n");
}

int tl_markdown_write_history(const struct tl_history_report *r, const struct tl_style *style,
                              struct tl_buf *out)
{
    (void)style;
    struct tl_mdw m = {.out = out};
    for (size_t i = 0; i < r->n; i++)
        resource(&m, &r->items[i]);
    return tl_mdw_end(&m);
}
