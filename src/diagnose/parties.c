/* Who takes part: who judges, who starts the remediation, who changes the resource, and who undoes that. A
 * party is a principal in a role; its user agent is the one it used most. */
#include "internal.h"

#include <stdlib.h>

struct seen {
    enum tl_role role;
    uint32_t caller;
    uint32_t document; /* of an opponent that is another remediation; else 0 */
    uint32_t api;      /* of a change; else TL_NONE */
};

struct seen_list {
    struct seen *items;
    size_t n, cap;
};

static int see(struct seen_list *l, enum tl_role role, const struct tl_step *step, uint32_t document)
{
    int r = tl_grow(&l->items, &l->cap, l->n + 1, sizeof *l->items);
    if (r)
        return r;
    uint32_t api = step->kind == TL_STEP_CHANGE ? step->subject : TL_NONE;
    l->items[l->n++] = (struct seen){role, step->caller, document, api};
    return 0;
}

static int by_role_and_caller(const void *a, const void *b)
{
    const struct seen *x = a, *y = b;
    if (x->role != y->role)
        return x->role < y->role ? -1 : 1;
    if (x->document != y->document)
        return x->document < y->document ? -1 : 1;
    return (x->caller > y->caller) - (x->caller < y->caller);
}

static int by_importance(const void *a, const void *b)
{
    const struct tl_party *x = a, *y = b;
    if (x->role != y->role)
        return x->role < y->role ? -1 : 1;
    if (x->n_events != y->n_events)
        return x->n_events > y->n_events ? -1 : 1;
    int c = tl_str_cmp(x->principal, y->principal);
    return c ? c : tl_str_cmp(x->document, y->document);
}

/* Adds `n` events of one caller; best[] is how many of a party's events its user agent stands for. Returns
 * the party's index. */
static size_t add_party(struct tl_finding *f, uint64_t *best, enum tl_role role, const struct tl_caller *c,
                        tl_str document, uint64_t n)
{
    size_t i = 0;
    while (i < f->n_parties &&
           (f->parties[i].role != role || !tl_str_eq(f->parties[i].principal, c->principal) ||
            !tl_str_eq(f->parties[i].document, document)))
        i++;
    struct tl_party *p = &f->parties[i];
    if (i == f->n_parties) {
        f->n_parties++;
        *p = (struct tl_party){.role = role, .principal = c->principal, .document = document};
    }
    p->n_events += n;
    if (n > best[i] || (n == best[i] && tl_str_cmp(c->user_agent, p->user_agent) < 0)) {
        best[i] = n;
        p->user_agent = c->user_agent;
    }
    return i;
}

struct called { /* a party's change */
    size_t party;
    uint32_t api;
};

static int by_party_and_api(const void *a, const void *b)
{
    const struct called *x = a, *y = b;
    if (x->party != y->party)
        return x->party < y->party ? -1 : 1;
    return (x->api > y->api) - (x->api < y->api);
}

static int by_frequency(const void *a, const void *b)
{
    const struct tl_party_call *x = a, *y = b;
    if (x->n_events != y->n_events)
        return x->n_events > y->n_events ? -1 : 1;
    return tl_str_cmp(x->api, y->api);
}

/* Which calls each party makes, and how often. */
static int calls_make(const struct subject *s, struct tl_finding *f, struct called *called, size_t n)
{
    struct tl_party_call *out = tl_arena_calloc(s->arena, n + 1, sizeof *out);
    if (!out)
        return TL_ENOMEM;
    if (n)
        qsort(called, n, sizeof *called, by_party_and_api);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && by_party_and_api(&called[i], &called[end]) == 0; end++)
            ;
        struct tl_party *p = &f->parties[called[i].party];
        p->calls = p->n_calls ? p->calls : out;
        p->n_calls++;
        int r = subject_api(s, called[i].api, &out->api);
        if (r)
            return r;
        out++->n_events = end - i;
    }
    for (size_t i = 0; i < f->n_parties; i++)
        if (f->parties[i].n_calls)
            qsort(f->parties[i].calls, f->parties[i].n_calls, sizeof *f->parties[i].calls, by_frequency);
    return 0;
}

static int parties_make(const struct subject *s, struct tl_finding *f, struct seen_list *l)
{
    if (l->n)
        qsort(l->items, l->n, sizeof *l->items, by_role_and_caller);
    size_t n_distinct = 0, n_called = 0;
    for (size_t i = 0; i < l->n; i++)
        n_distinct += i == 0 || by_role_and_caller(&l->items[i], &l->items[i - 1]);
    f->parties = tl_arena_calloc(s->arena, n_distinct + 1, sizeof *f->parties);
    uint64_t *best = calloc(n_distinct + 1, sizeof *best);
    struct called *called = malloc((l->n + 1) * sizeof *called);
    int r = f->parties && best && called ? 0 : TL_ENOMEM;
    for (size_t i = 0, end; r == 0 && i < l->n; i = end) {
        for (end = i; end < l->n && by_role_and_caller(&l->items[i], &l->items[end]) == 0; end++)
            ;
        size_t party = add_party(f, best, l->items[i].role, &s->f->h->callers[l->items[i].caller],
                                 s->f->h->texts[l->items[i].document], end - i);
        for (size_t k = i; k < end; k++)
            if (l->items[k].api != TL_NONE)
                called[n_called++] = (struct called){party, l->items[k].api};
    }
    if (r == 0)
        r = calls_make(s, f, called, n_called);
    if (r == 0)
        qsort(f->parties, f->n_parties, sizeof *f->parties, by_importance);
    free(best);
    free(called);
    return r;
}

/* The principal of the cycle's first change: the remediation's own hand. */
static tl_str changer_of(const struct subject *s, const struct tl_cycle *c)
{
    const struct tl_loops *l = s->f->loops;
    for (uint32_t k = c->first_step; k < c->first_step + c->n_steps; k++) {
        const struct tl_step *step = subject_step(s, l->steps[k].step);
        if (step->kind == TL_STEP_CHANGE)
            return s->f->h->callers[step->caller].principal;
    }
    return TL_STR_NONE;
}

/* Whose hand that is in more than half of the cycles; nobody's where it changes. Where a record of it was
 * lost the first change left in its cycle may be an opponent's. */
static tl_str usual_changer(const struct subject *s)
{
    tl_str best = TL_STR_NONE;
    size_t votes = 0, n = 0;
    for (size_t i = 0; i < s->loop->n_cycles; i++) {
        tl_str who = changer_of(s, subject_cycle(s, i));
        if (votes == 0)
            best = who;
        votes += tl_str_eq(best, who) ? 1 : (size_t)-1;
    }
    for (size_t i = 0; i < s->loop->n_cycles; i++)
        n += tl_str_eq(changer_of(s, subject_cycle(s, i)), best);
    return n * 2 > s->loop->n_cycles ? best : TL_STR_NONE;
}

struct opposition { /* in one cycle */
    bool by_person, by_automation;
};

/* Whether another rule's remediation made the change: its runbook is not this loop's. */
static uint32_t other_remedy(const struct subject *s, uint32_t step)
{
    uint32_t document = s->f->remedy[step];
    return document && s->document && document != s->document ? document : 0;
}

static int see_opponent(const struct subject *s, uint32_t step, struct seen_list *l, struct opposition *o)
{
    uint32_t caller = subject_step(s, step)->caller;
    if (s->f->h->callers[caller].person)
        o->by_person = true;
    else
        o->by_automation = true;
    return see(l, TL_OPPONENT, subject_step(s, step), other_remedy(s, step));
}

/* The cycle's own steps. A change by another principal than the first one's is an opponent's, and so is one
 * that another rule's remediation made; but not the first: nothing but the sequence may tie its attempt, and
 * then it can be another rule's. */
static int see_cycle(const struct subject *s, const struct tl_cycle *c, tl_str changer, struct seen_list *l,
                     struct opposition *o)
{
    static const enum tl_role roles[] = {TL_EVALUATOR, TL_REMEDIATOR, TL_CHANGER};
    const struct tl_history *h = s->f->h;
    bool first = true;
    for (uint32_t k = c->first_step; k < c->first_step + c->n_steps; k++) {
        const struct tl_step *step = subject_step(s, s->f->loops->steps[k].step);
        enum tl_role role = roles[step->kind];
        if (role == TL_REMEDIATOR)
            continue; /* all attempts are seen at once: some answer no cycle of their own */
        uint32_t index = s->f->loops->steps[k].step;
        bool other =
            !tl_str_eq(h->callers[step->caller].principal, changer) || (!first && other_remedy(s, index));
        int r = role == TL_CHANGER && other ? see_opponent(s, index, l, o) : see(l, role, step, 0);
        if (r)
            return r;
        first &= role != TL_CHANGER;
    }
    return 0;
}

static bool in_cycle(const struct subject *s, const struct tl_cycle *c, uint32_t step)
{
    for (uint32_t k = c->first_step; k < c->first_step + c->n_steps; k++)
        if (s->f->loops->steps[k].step == step)
            return true;
    return false;
}

/* Other parties' changes after the cycle's first change and before the next verdict. `from` moves on in the
 * resource's list. */
static int see_opponents(const struct subject *s, const struct tl_cycle *c, tl_str changer, int64_t to_s,
                         uint32_t *from, struct seen_list *l, struct opposition *o)
{
    const struct tl_history *h = s->f->h;
    const struct tl_lists *list = &s->f->by_resource;
    uint32_t end = list->start[s->loop->resource + 1], i = *from;
    int64_t since_s = subject_step(s, s->f->loops->steps[c->first_step + c->n_steps - 1].step)->time_s;
    for (; i < end && h->steps[list->at[i]].time_s <= to_s; i++) {
        const struct tl_step *step = &h->steps[list->at[i]];
        if (step->kind != TL_STEP_CHANGE || (step->flags & TL_STEP_FAILED) || step->time_s < since_s ||
            (tl_str_eq(h->callers[step->caller].principal, changer) && !other_remedy(s, list->at[i])) ||
            in_cycle(s, c, list->at[i]))
            continue;
        int r = see_opponent(s, list->at[i], l, o);
        if (r)
            return r;
    }
    *from = i;
    return 0;
}

/* No one principal makes most of the opponents' changes. Parties are by role, then by events. */
static bool opponents_change(const struct tl_finding *f)
{
    uint64_t all = 0, most = 0;
    for (size_t i = 0; i < f->n_parties; i++)
        if (f->parties[i].role == TL_OPPONENT) {
            all += f->parties[i].n_events;
            most = most > f->parties[i].n_events ? most : f->parties[i].n_events;
        }
    return all > 0 && most * 2 <= all;
}

/* What drives the next verdict. People or changing parties who break what was repaired (COMPLIANT in between)
 * are drift, and no loop. */
static void kind_diagnose(struct tl_finding *f, uint32_t n_between, uint32_t n_by_person,
                          uint32_t n_by_automation)
{
    bool repaired = f->n_compliant_between * 2 >= f->n_cycles;
    bool fought = n_by_automation * 2 > n_between;
    f->is_drift = repaired && (n_by_person * 2 > n_between || (fought && opponents_change(f)));
    f->kind = fought ? TL_TUG_OF_WAR : TL_SELF_SUSTAINING;
}

struct tally {
    uint32_t n_between; /* cycles whose time up to the next one is looked at */
    uint32_t n_by_person, n_by_automation;
    uint32_t from; /* in the resource's list */
};

/* Cycle `i`, and what comes up to the next one. */
static int see_pass(const struct subject *s, struct tl_finding *f, size_t i, tl_str changer,
                    struct seen_list *l, struct tally *t)
{
    const struct tl_cycle *c = subject_cycle(s, i), *next = i + 1 < s->loop->n_cycles ? c + 1 : NULL;
    struct opposition o = {0};
    int r = see_cycle(s, c, changer, l, &o);
    bool goes_on = next && !next->episode_start;
    t->n_between += goes_on;
    if (r == 0 && goes_on)
        r = see_opponents(s, c, changer, next->first_s, &t->from, l, &o);
    t->n_by_person += o.by_person;
    t->n_by_automation += o.by_automation;
    f->n_opposed += o.by_person || o.by_automation;
    return r;
}

static int by_name(const void *a, const void *b)
{
    return tl_str_cmp(*(const tl_str *)a, *(const tl_str *)b);
}

/* The opponents seen by now, sorted. *names is the caller's to free. 0 or TL_ENOMEM. */
static int opponents_of(const struct subject *s, const struct seen_list *l, tl_str **names, size_t *n)
{
    *n = 0;
    *names = malloc((l->n + 1) * sizeof **names);
    if (!*names)
        return TL_ENOMEM;
    for (size_t i = 0; i < l->n; i++)
        if (l->items[i].role == TL_OPPONENT)
            (*names)[(*n)++] = s->f->h->callers[l->items[i].caller].principal;
    qsort(*names, *n, sizeof **names, by_name);
    return 0;
}

/* The cycles that begin with the usual hand first; then the others, which have hands of their own (a role was
 * replaced) but where their first change is by an opponent of the usual one. */
static int see_passes(const struct subject *s, struct tl_finding *f, struct seen_list *l, struct tally *t)
{
    uint32_t start = t->from;
    tl_str usual = usual_changer(s), *names = NULL;
    size_t n = 0;
    int r = 0;
    for (size_t i = 0; r == 0 && i < s->loop->n_cycles; i++)
        if (tl_str_eq(changer_of(s, subject_cycle(s, i)), usual))
            r = see_pass(s, f, i, usual, l, t);
    t->from = start;
    if (r == 0)
        r = opponents_of(s, l, &names, &n);
    for (size_t i = 0; r == 0 && i < s->loop->n_cycles; i++) {
        tl_str who = changer_of(s, subject_cycle(s, i));
        bool opposes = bsearch(&who, names, n, sizeof who, by_name) != NULL;
        if (!tl_str_eq(who, usual))
            r = see_pass(s, f, i, opposes ? usual : who, l, t);
    }
    free(names);
    return r;
}

int parties_diagnose(const struct subject *s, struct tl_finding *f)
{
    struct seen_list l = {0};
    struct tally t = {.from = s->f->by_resource.start[s->loop->resource]};
    int r = 0;
    for (size_t i = 0; r == 0 && i < s->n_answers; i++)
        r = see(&l, TL_REMEDIATOR, subject_step(s, s->answers[i].attempt), 0);
    if (r == 0)
        r = see_passes(s, f, &l, &t);
    if (r == 0)
        r = parties_make(s, f, &l);
    if (r == 0)
        kind_diagnose(f, t.n_between, t.n_by_person, t.n_by_automation);
    free(l.items);
    return r;
}
