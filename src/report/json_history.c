/* `trailloop.history/1`: what happened to a resource, event by event. */
#include "json.h"

static void count_or_null(struct tl_jsonw *w, const char *key, uint32_t index)
{
    if (index == TL_NONE)
        tl_jsonw_null(w, key);
    else
        tl_jsonw_count(w, key, (uint64_t)index + 1);
}

static void counts(struct tl_jsonw *w, const uint32_t n[TL_ENTRY_CONTROL + 1])
{
    tl_jsonw_count(w, "verdicts", n[TL_ENTRY_VERDICT]);
    tl_jsonw_count(w, "attempts", n[TL_ENTRY_ATTEMPT]);
    tl_jsonw_count(w, "changes", n[TL_ENTRY_CHANGE]);
    tl_jsonw_count(w, "controls", n[TL_ENTRY_CONTROL]);
}

static void parties(struct tl_jsonw *w, const struct tl_resource_history *x)
{
    tl_jsonw_open(w, "parties", '[', false);
    for (size_t i = 0; i < x->n_parties; i++) {
        const struct tl_history_party *p = &x->parties[i];
        tl_jsonw_open(w, NULL, '{', true);
        tl_jsonw_str(w, "principal", p->principal);
        tl_jsonw_str_or_null(w, "user_agent", p->user_agent);
        tl_jsonw_bool(w, "person", p->person);
        counts(w, p->n);
        tl_jsonw_close(w, '}');
    }
    tl_jsonw_close(w, ']');
    tl_jsonw_open(w, "undone", '[', false);
    for (size_t i = 0; i < x->n_undoings; i++) {
        tl_jsonw_open(w, NULL, '{', true);
        tl_jsonw_str(w, "principal", x->undoings[i].principal);
        tl_jsonw_str(w, "by", x->undoings[i].by);
        tl_jsonw_count(w, "changes", x->undoings[i].n_changes);
        tl_jsonw_close(w, '}');
    }
    tl_jsonw_close(w, ']');
}

static void undone_by(struct tl_jsonw *w, const struct tl_resource_history *x, const struct tl_entry *e)
{
    if (e->undo.by == TL_NONE) {
        tl_jsonw_null(w, "undone_by");
        return;
    }
    const struct tl_entry *by = &x->entries[e->undo.by];
    tl_jsonw_open(w, "undone_by", '{', true);
    tl_jsonw_count(w, "n", (uint64_t)e->undo.by + 1);
    tl_jsonw_str(w, "api", by->api);
    tl_jsonw_time(w, "time", by->event.time_s);
    tl_jsonw_str(w, "event_id", by->event.text);
    tl_jsonw_str(w, "principal", by->principal);
    tl_jsonw_int(w, "after", by->event.time_s - e->event.time_s);
    tl_jsonw_text(w, "proof", tl_undo_proof_name(e->undo.proof));
    tl_jsonw_close(w, '}');
}

/* Members that only one kind of event has. */
static void of_kind(struct tl_jsonw *w, const struct tl_resource_history *x, const struct tl_entry *e)
{
    if (e->kind == TL_ENTRY_VERDICT)
        tl_jsonw_text(w, "compliance", tl_compliance_name(e->compliance));
    if (e->kind != TL_ENTRY_CHANGE)
        tl_jsonw_str_or_null(w, "config_rule", e->config_rule);
    if (e->kind == TL_ENTRY_ATTEMPT || e->kind == TL_ENTRY_CONTROL)
        tl_jsonw_str_or_null(w, "document", e->document);
    if (e->kind == TL_ENTRY_ATTEMPT || e->kind == TL_ENTRY_CHANGE)
        tl_jsonw_str_or_null(w, "execution", e->execution);
    if (e->kind == TL_ENTRY_ATTEMPT) {
        tl_jsonw_text(w, "link", tl_link_name(e->link));
        count_or_null(w, "answers", e->answers);
    }
    if (e->kind == TL_ENTRY_CHANGE) {
        tl_jsonw_text(w, "link", tl_link_name(e->link));
        tl_jsonw_bool(w, "general", e->general);
        tl_jsonw_str_or_null(w, "detail", e->detail);
        undone_by(w, x, e);
    }
    if (e->test_mode)
        tl_jsonw_bool(w, "test_mode", true);
    if (e->kind == TL_ENTRY_CONTROL && e->attempts) {
        tl_jsonw_int(w, "attempts", e->attempts);
        tl_jsonw_int(w, "window", e->window_s);
        tl_jsonw_bool(w, "automatic", e->automatic);
    }
}

void tl_json_entry(struct tl_jsonw *w, const struct tl_resource_history *x, size_t i, bool alone)
{
    const struct tl_entry *e = &x->entries[i];
    tl_jsonw_open(w, NULL, '{', true);
    if (alone)
        tl_json_resource(w, &x->resource, x->arn);
    tl_jsonw_count(w, "n", i + 1);
    tl_jsonw_text(w, "kind", tl_entry_kind_name(e->kind));
    tl_jsonw_time(w, "time", e->event.time_s);
    tl_jsonw_str(w, "api", e->api);
    tl_jsonw_str(w, "event_id", e->event.text);
    tl_jsonw_str(w, "principal", e->principal);
    tl_jsonw_str_or_null(w, "session", e->session);
    tl_jsonw_str_or_null(w, "user_agent", e->user_agent);
    tl_jsonw_bool(w, "person", e->person);
    tl_jsonw_bool(w, "failed", e->failed);
    tl_jsonw_str_or_null(w, "error", e->error);
    of_kind(w, x, e);
    tl_jsonw_str(w, "source", e->source);
    tl_jsonw_count(w, "record", e->record);
    tl_jsonw_count(w, "offset", e->offset);
    tl_jsonw_close(w, '}');
}

static void item(struct tl_jsonw *w, const struct tl_resource_history *x)
{
    tl_jsonw_open(w, NULL, '{', false);
    tl_json_resource(w, &x->resource, x->arn);
    tl_jsonw_open(w, "names", '[', true);
    for (size_t i = 0; i < x->n_names; i++)
        tl_jsonw_str(w, NULL, x->names[i]);
    tl_jsonw_close(w, ']');
    counts(w, x->n);
    tl_jsonw_count(w, "failed", x->n_failed);
    tl_json_time_or_null(w, "first", x->n_entries, x->n_entries ? x->entries[0].event.time_s : 0);
    tl_json_time_or_null(w, "last", x->n_entries,
                         x->n_entries ? x->entries[x->n_entries - 1].event.time_s : 0);
    parties(w, x);
    tl_jsonw_open(w, "events", '[', false);
    for (size_t i = 0; i < x->n_entries; i++)
        if (!x->entries[i].hidden)
            tl_json_entry(w, x, i, false);
    tl_jsonw_close(w, ']');
    tl_jsonw_close(w, '}');
}

int tl_json_write_history(const struct tl_history_report *r, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    struct tl_jsonw w = {.out = out};
    tl_jsonw_open(&w, NULL, '{', false);
    tl_jsonw_text(&w, "schema", "trailloop.history/1");
    tl_jsonw_time(&w, "generated_at", r->generated_at_s);
    tl_jsonw_str(&w, "given", r->given);
    tl_jsonw_open(&w, "resources", '[', false);
    for (size_t i = 0; i < r->n; i++)
        item(&w, &r->items[i]);
    tl_jsonw_close(&w, ']');
    tl_jsonw_close(&w, '}');
    return tl_json_end(&w);
}
