/* A resource's history in sentences: what an event is, by whom, and what undid it. */
#include "explain.h"

static const char *const kinds_one[] = {"verdict", "attempt", "change", "control event"};

tl_str tl_explain_short_principal(tl_str principal)
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

static void say_name(struct tl_prose *p, const char *before, tl_str name)
{
    if (name.n == 0)
        return;
    tl_prose_add(p, "%s", before);
    tl_prose_str(p, name);
}

void tl_explain_entry(struct tl_prose *p, const struct tl_entry *e)
{
    tl_prose_str(p, e->api);
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
        if (tl_link_name(e->link))
            tl_prose_add(p, " [%s]", tl_link_name(e->link));
        tl_prose_add(p, e->general ? " [general]" : "");
        break;
    case TL_ENTRY_CONTROL:
        tl_prose_add(p, e->test_mode ? " in test mode" : "");
        say_name(p, " ", e->config_rule);
        say_name(p, " runs ", e->document);
        if (e->attempts) {
            tl_prose_add(p, ", ");
            tl_explain_pair(p, e->attempts, e->window_s);
            tl_prose_add(p, e->automatic ? ", automatic" : ", by hand");
        }
        break;
    }
    if (e->failed) {
        tl_prose_add(p, " FAILED: ");
        tl_prose_str(p, e->error);
    }
}

void tl_explain_entry_party(struct tl_prose *p, const struct tl_entry *e)
{
    tl_prose_str(p, tl_explain_short_principal(e->principal));
    if (e->session.n && !tl_str_eq(e->session, e->execution)) {
        tl_prose_add(p, ", session ");
        tl_prose_str(p, e->session);
    }
    tl_prose_add(p, " (%s", person_or_automation(e->person));
    tl_explain_through(p, e->user_agent);
    tl_prose_add(p, ")");
}

void tl_explain_undo(struct tl_prose *p, const struct tl_resource_history *x, const struct tl_entry *e)
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
        tl_prose_str(p, tl_explain_short_principal(by->principal));
    if (e->undo.proof == TL_UNDO_VALUE)
        tl_prose_add(p, ": the values before it are back");
}

void tl_explain_history_party(struct tl_prose *p, const struct tl_history_party *party)
{
    tl_prose_str(p, party->principal);
    tl_prose_add(p, " (%s", person_or_automation(party->person));
    tl_explain_through(p, party->user_agent);
    tl_prose_add(p, "): ");
    counts(p, party->n);
}

void tl_explain_undoing(struct tl_prose *p, const struct tl_undoing *u)
{
    tl_prose_count(p, u->n_changes, "change", NULL);
    tl_prose_add(p, " by ");
    tl_prose_str(p, tl_explain_short_principal(u->principal));
    tl_prose_add(p, tl_str_eq(u->principal, u->by) ? ", by itself" : ", by ");
    if (!tl_str_eq(u->principal, u->by))
        tl_prose_str(p, tl_explain_short_principal(u->by));
}

void tl_explain_history(struct tl_prose *p, const struct tl_resource_history *x)
{
    counts(p, x->n);
    if (x->n_failed)
        tl_prose_add(p, " (%u failed)", (unsigned)x->n_failed);
    if (x->n_entries) {
        tl_prose_add(p, ", ");
        tl_prose_span(p, x->entries[0].event.time_s, x->entries[x->n_entries - 1].event.time_s);
    }
}
