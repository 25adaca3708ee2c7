/* A resource's history: who takes part, who undoes whom, then every event, each on a few lines: when and
 * what; by whom; what undid it; and where the record lies. */
#include "explain.h"
#include "text.h"

#include <string.h>

enum { ENTRY_INDENT = 2, ENTRY_HANG = 20 };

static void head(struct tl_text *t, const struct tl_resource_history *x)
{
    tl_explain_resource(&t->say, &x->resource);
    tl_text_row(t, TL_TEXT_BOLD);
    tl_prose_str(&t->say, x->arn);
    tl_text_labelled(t, "ARN");
    for (size_t i = 0; i < x->n_names; i++) {
        tl_prose_str(&t->say, x->names[i]);
        tl_text_labelled(t, i ? NULL : "Also known as");
    }
    tl_explain_history(&t->say, x);
    tl_text_labelled(t, "Seen");
}

static void who(struct tl_text *t, const struct tl_resource_history *x)
{
    for (size_t i = 0; i < x->n_parties; i++) {
        tl_explain_history_party(&t->say, &x->parties[i]);
        tl_text_labelled(t, i ? NULL : "Who");
    }
    for (size_t i = 0; i < x->n_undoings; i++) {
        tl_explain_undoing(&t->say, &x->undoings[i]);
        tl_text_labelled(t, i ? NULL : "Undone");
    }
}

/* ---- one entry ------------------------------------------------------------------------------- */

static void say_what(struct tl_prose *p, const struct tl_entry *e, size_t number)
{
    char iso[TL_TIME_MAX_BYTES];
    tl_prose_add(p, "#%-6zu %.8s  ", number, tl_time_format(e->event.time_s, iso) + 11);
    tl_explain_entry(p, e);
}

static void entry(struct tl_text *t, const struct tl_resource_history *x, size_t i)
{
    const struct tl_entry *e = &x->entries[i];
    say_what(&t->say, e, i + 1);
    tl_text_paragraph(t, ENTRY_INDENT, ENTRY_HANG);
    tl_prose_add(&t->say, "by ");
    tl_explain_entry_party(&t->say, e);
    tl_text_paragraph(t, ENTRY_HANG, ENTRY_HANG);
    if (e->kind == TL_ENTRY_CHANGE && e->undo.by != TL_NONE) {
        tl_explain_undo(&t->say, x, e);
        tl_text_paragraph(t, ENTRY_HANG, ENTRY_HANG);
    }
    tl_prose_str(&t->say, e->event.text);
    tl_prose_add(&t->say, " ");
    tl_prose_str(&t->say, e->source);
    tl_prose_add(&t->say, ":%llu", (unsigned long long)e->record);
    tl_text_paragraph(t, ENTRY_HANG, ENTRY_HANG);
}

static bool same_day(int64_t a_s, int64_t b_s)
{
    char a[TL_TIME_MAX_BYTES], b[TL_TIME_MAX_BYTES];
    return strncmp(tl_time_format(a_s, a), tl_time_format(b_s, b), 10) == 0;
}

static void entries(struct tl_text *t, const struct tl_resource_history *x)
{
    const struct tl_entry *last = NULL;
    char iso[TL_TIME_MAX_BYTES];
    for (size_t i = 0; i < x->n_entries; i++) {
        const struct tl_entry *e = &x->entries[i];
        if (e->hidden)
            continue;
        if (!last || !same_day(last->event.time_s, e->event.time_s)) {
            tl_text_blank(t);
            tl_prose_add(&t->say, "%.10s (UTC)", tl_time_format(e->event.time_s, iso));
            tl_text_row(t, TL_TEXT_BOLD);
        }
        entry(t, x, i);
        last = e;
    }
}

int tl_text_write_history(const struct tl_history_report *r, const struct tl_style *style, struct tl_buf *out)
{
    struct tl_text t;
    tl_text_init(&t, style, out);
    if (r->n > 1) {
        tl_prose_str(&t.say, r->given);
        tl_prose_add(&t.say, " stands for ");
        tl_prose_count(&t.say, r->n, "resource", NULL);
        tl_prose_add(&t.say, ":");
        tl_text_paragraph(&t, 0, 0);
        for (size_t i = 0; i < r->n; i++) {
            tl_explain_resource(&t.say, &r->items[i].resource);
            tl_text_paragraph(&t, 2, 4);
        }
        tl_text_blank(&t);
    }
    for (size_t i = 0; i < r->n; i++) {
        if (i)
            tl_text_blank(&t);
        head(&t, &r->items[i]);
        who(&t, &r->items[i]);
        entries(&t, &r->items[i]);
    }
    return tl_text_fini(&t);
}
