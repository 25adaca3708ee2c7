/* A resource's history: who takes part, who undoes whom, then every event, each on a few lines: when and
 * what; by whom; what undid it; and where the record lies. */
#include "explain.h"
#include "text.h"

#include <string.h>

enum { ENTRY_INDENT = 2, ENTRY_HANG = 20 };

static const char *const kinds_one[] = {"verdict", "attempt", "change", "control event"};

/* What follows the account's part of an ARN: long enough to know the party by, short enough for a line. The
 * party table spells it out. */
static tl_str short_principal(tl_str principal)
{
    size_t colon = tl_str_rfind_char(principal, ':');
    bool arn = tl_str_starts(principal, TL_STR("arn:")) && colon != SIZE_MAX;
    return arn ? tl_str_sub(principal, colon + 1, principal.n) : principal;
}

static const char *person_or_automation(bool person)
{
    return person ? "person" : "automation";
}

static void counts(struct tl_prose *p, const uint32_t n[TL_ENTRY_CONTROL + 1])
{
    bool any = false;
    for (int k = 0; k <= TL_ENTRY_CONTROL; k++) {
        if (n[k] == 0)
            continue;
        tl_prose_add(p, any ? ", " : "");
        tl_prose_count(p, n[k], kinds_one[k], NULL);
        any = true;
    }
    if (!any)
        tl_prose_add(p, "nothing");
}

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
    counts(&t->say, x->n);
    if (x->n_failed) {
        tl_prose_add(&t->say, " (%u failed)", (unsigned)x->n_failed);
    }
    if (x->n_entries) {
        tl_prose_add(&t->say, ", ");
        tl_prose_span(&t->say, x->entries[0].event.time_s, x->entries[x->n_entries - 1].event.time_s);
    }
    tl_text_labelled(t, "Seen");
}

static void who(struct tl_text *t, const struct tl_resource_history *x)
{
    for (size_t i = 0; i < x->n_parties; i++) {
        const struct tl_history_party *p = &x->parties[i];
        tl_prose_str(&t->say, p->principal);
        tl_prose_add(&t->say, " (%s", person_or_automation(p->person));
        tl_explain_through(&t->say, p->user_agent);
        tl_prose_add(&t->say, "): ");
        counts(&t->say, p->n);
        tl_text_labelled(t, i ? NULL : "Who");
    }
    for (size_t i = 0; i < x->n_undoings; i++) {
        const struct tl_undoing *u = &x->undoings[i];
        tl_prose_count(&t->say, u->n_changes, "change", NULL);
        tl_prose_add(&t->say, " by ");
        tl_prose_str(&t->say, short_principal(u->principal));
        tl_prose_add(&t->say, tl_str_eq(u->principal, u->by) ? ", by itself" : ", by ");
        if (!tl_str_eq(u->principal, u->by))
            tl_prose_str(&t->say, short_principal(u->by));
        tl_text_labelled(t, i ? NULL : "Undone");
    }
}

/* ---- one entry ------------------------------------------------------------------------------- */

static void say_name(struct tl_prose *p, const char *before, tl_str name)
{
    if (name.n == 0)
        return;
    tl_prose_add(p, "%s", before);
    tl_prose_str(p, name);
}

static void say_kind(struct tl_prose *p, const struct tl_entry *e)
{
    switch (e->kind) {
    case TL_ENTRY_VERDICT:
        tl_prose_add(p, " %s", tl_compliance_name(e->compliance));
        say_name(p, " under ", e->config_rule);
        break;
    case TL_ENTRY_ATTEMPT:
        say_name(p, " ", e->document);
        if (tl_link_name(e->link))
            tl_prose_add(p, " [%s]", tl_link_name(e->link));
        if (e->answers != TL_NONE)
            tl_prose_add(p, ", answers #%u", (unsigned)e->answers + 1);
        break;
    case TL_ENTRY_CHANGE:
        say_name(p, " ", e->detail);
        break;
    case TL_ENTRY_CONTROL:
        say_name(p, " ", e->config_rule);
        say_name(p, " runs ", e->document);
        if (e->attempts) {
            tl_prose_add(p, ", ");
            tl_explain_pair(p, e->attempts, e->window_s);
            tl_prose_add(p, e->automatic ? ", automatic" : ", by hand");
        }
        break;
    }
}

static void say_what(struct tl_prose *p, const struct tl_entry *e, size_t number)
{
    char iso[TL_TIME_MAX_BYTES];
    tl_prose_add(p, "#%-6zu %.8s  ", number, tl_time_format(e->event.time_s, iso) + 11);
    tl_prose_str(p, e->api);
    say_kind(p, e);
    if (e->failed) {
        tl_prose_add(p, " FAILED: ");
        tl_prose_str(p, e->error);
    }
}

static void say_undo(struct tl_prose *p, const struct tl_resource_history *x, const struct tl_entry *e)
{
    const struct tl_entry *by = &x->entries[e->undo.by];
    tl_prose_add(p, "undone by #%u ", (unsigned)e->undo.by + 1);
    tl_prose_str(p, by->api);
    tl_prose_add(p, " after ");
    tl_prose_duration(p, by->event.time_s - e->event.time_s);
    tl_prose_add(p, ", by ");
    if (tl_str_eq(by->principal, e->principal))
        tl_prose_add(p, "the same party");
    else
        tl_prose_str(p, short_principal(by->principal));
    if (e->undo.proof == TL_UNDO_VALUE)
        tl_prose_add(p, ": the values before it are back");
}

static void entry(struct tl_text *t, const struct tl_resource_history *x, size_t i)
{
    const struct tl_entry *e = &x->entries[i];
    say_what(&t->say, e, i + 1);
    tl_text_paragraph(t, ENTRY_INDENT, ENTRY_HANG);
    tl_prose_add(&t->say, "by ");
    tl_prose_str(&t->say, short_principal(e->principal));
    if (e->session.n && !tl_str_eq(e->session, e->execution)) {
        tl_prose_add(&t->say, ", session ");
        tl_prose_str(&t->say, e->session);
    }
    tl_prose_add(&t->say, " (%s", person_or_automation(e->person));
    tl_explain_through(&t->say, e->user_agent);
    tl_prose_add(&t->say, ")");
    tl_text_paragraph(t, ENTRY_HANG, ENTRY_HANG);
    if (e->kind == TL_ENTRY_CHANGE && e->undo.by != TL_NONE) {
        say_undo(&t->say, x, e);
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
