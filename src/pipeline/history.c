/* What happened to a resource: its verdicts, the attempts that belong to it, its changes and the control
 * events of its rules, in one list in time order; and which change each one undoes. */
#include "locate.h"
#include "named.h"
#include "ties.h"

#include <stdlib.h>
#include <string.h>

struct wanted { /* attempts of one resource */
    uint32_t step, verdict;
    enum tl_link link;
};

struct gather {
    struct tl_store *s;
    const struct tl_history_options *o;
    struct tl_history_report *out;
    struct tl_history *h;
    struct tl_lists by_resource; /* verdicts and changes */
    struct tl_tied_steps tied;
    uint32_t *attempts; /* successful ones, by execution */
    size_t n_attempts;
    struct wanted *found; /* of the resource at hand */
    size_t n_found, cap_found;
    uint32_t *place; /* per step: its entry, for the resource at hand; else TL_NONE */
    struct tl_err *err;
};

/* ---- which resources ------------------------------------------------------------------------- */

static bool is_asked_for(void *ctx, const struct tl_resource *r)
{
    const struct tl_history_options *o = ctx;
    struct tl_buf arn = {0};
    if (o->account.n && !tl_str_eq(o->account, r->account))
        return false;
    if (o->region.n && !tl_str_eq(o->region, r->region) && !tl_str_eq(r->region, TL_STR("global")))
        return false;
    bool has_arn = tl_str_starts(o->name, TL_STR("arn:")) && tl_resource_arn(r, &arn) == 0;
    bool named = resource_is_named(o->name, r, has_arn ? tl_buf_str(&arn) : TL_STR_NONE);
    tl_buf_fini(&arn);
    return named;
}

static int make_items(struct gather *g, const struct tl_known_resource *known, size_t n)
{
    struct tl_arena *a = &g->out->arena;
    if (!(g->out->items = tl_arena_calloc(a, n + 1, sizeof *g->out->items)))
        return tl_err_nomem(g->err);
    for (size_t i = 0; i < n; i++) {
        struct tl_resource_history *x = &g->out->items[g->out->n++];
        struct tl_buf arn = {0};
        x->resource = known[i].resource;
        x->names = known[i].names;
        x->n_names = known[i].n_names;
        int r = tl_resource_arn(&x->resource, &arn);
        if (r == 0)
            r = tl_arena_copy(a, tl_buf_str(&arn), &x->arn);
        tl_buf_fini(&arn);
        if (r < 0)
            return tl_err_nomem(g->err);
    }
    return 0;
}

/* ---- which attempts -------------------------------------------------------------------------- */

static int by_execution(const void *a, const void *b, void *ctx)
{
    const struct tl_history *h = ctx;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    uint32_t p = h->steps[x].execution, q = h->steps[y].execution;
    return p != q ? (p > q) - (p < q) : (x > y) - (x < y);
}

static int attempts_make(struct gather *g)
{
    const struct tl_history *h = g->h;
    g->attempts = malloc((h->n_steps + 1) * sizeof *g->attempts);
    if (!g->attempts)
        return TL_ENOMEM;
    for (uint32_t i = 0; i < h->n_steps; i++)
        if (h->steps[i].kind == TL_STEP_ATTEMPT && h->steps[i].execution)
            g->attempts[g->n_attempts++] = i;
    qsort_r(g->attempts, g->n_attempts, sizeof *g->attempts, by_execution, g->h);
    return 0;
}

static int want(struct gather *g, uint32_t step, uint32_t verdict, enum tl_link link)
{
    if (tl_grow(&g->found, &g->cap_found, g->n_found + 1, sizeof *g->found))
        return TL_ENOMEM;
    g->found[g->n_found++] = (struct wanted){step, verdict, link};
    return 0;
}

/* The attempt whose session made this change, and those that it led to or that led to it. */
static int want_by_session(struct gather *g, uint32_t change)
{
    uint32_t execution = g->h->steps[change].execution;
    size_t lo = 0, hi = g->n_attempts;
    while (execution && lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (g->h->steps[g->attempts[mid]].execution < execution)
            lo = mid + 1;
        else
            hi = mid;
    }
    int r = 0;
    for (; r == 0 && execution && lo < g->n_attempts && g->h->steps[g->attempts[lo]].execution == execution;
         lo++)
        r = want(g, g->attempts[lo], TL_NONE, TL_LINK_SESSION);
    return r;
}

/* By attempt; what detection found comes first, since it knows the verdict. */
static int by_attempt(const void *a, const void *b)
{
    const struct wanted *x = a, *y = b;
    if (x->step != y->step)
        return x->step < y->step ? -1 : 1;
    if (x->verdict != y->verdict)
        return x->verdict < y->verdict ? -1 : 1;
    return (x->link > y->link) - (x->link < y->link);
}

static int attempts_of(struct gather *g, uint32_t resource)
{
    const struct tl_history *h = g->h;
    const struct tl_lists *l = &g->by_resource;
    int r = 0;
    size_t n = 0;
    g->n_found = 0;
    for (size_t i = 0; r == 0 && i < g->tied.n_attempts; i++) {
        const struct tl_tied_step *a = &g->tied.attempts[i];
        if (a->resource == resource)
            r = want(g, a->step, a->verdict, a->link);
    }
    for (size_t i = 0; r == 0 && i < g->tied.n_failed; i++) {
        const struct tl_tied_step *a = &g->tied.failed[i];
        if (a->resource == resource && h->steps[a->step].kind == TL_STEP_ATTEMPT)
            r = want(g, a->step, TL_NONE, a->link);
    }
    for (size_t i = 0; r == 0 && i < h->n_ties; i++)
        if (h->ties[i].resource == resource)
            r = want(g, h->ties[i].step, TL_NONE, TL_LINK_PARAMETER);
    for (uint32_t i = l->start[resource]; r == 0 && i < l->start[resource + 1]; i++)
        r = want_by_session(g, l->at[i]);
    if (g->n_found)
        qsort(g->found, g->n_found, sizeof *g->found, by_attempt);
    for (size_t i = 0; r == 0 && i < g->n_found; i++)
        if (n == 0 || g->found[i].step != g->found[n - 1].step)
            g->found[n++] = g->found[i];
        else if (g->found[i].link < g->found[n - 1].link) /* a stronger tie, of the same attempt */
            g->found[n - 1].link = g->found[i].link;
    g->n_found = n;
    return r;
}

/* ---- entries --------------------------------------------------------------------------------- */

static struct tl_entry *new_entry(struct tl_resource_history *x, enum tl_entry_kind kind, int64_t time_s,
                                  const struct tl_event_id *event)
{
    struct tl_entry *e = &x->entries[x->n_entries++];
    *e = (struct tl_entry){.kind = kind,
                           .event = {.time_s = time_s, .id = *event},
                           .link = TL_LINK_NONE,
                           .answers = TL_NONE,
                           .undo = {.by = TL_NONE}};
    return e;
}

static void add_step(struct gather *g, struct tl_resource_history *x, uint32_t step)
{
    const struct tl_history *h = g->h;
    const struct tl_step *s = &h->steps[step];
    bool verdict = s->kind == TL_STEP_VERDICT;
    struct tl_entry *e = new_entry(x, verdict ? TL_ENTRY_VERDICT : TL_ENTRY_CHANGE, s->time_s, &s->event);
    g->place[step] = (uint32_t)x->n_entries - 1;
    if (verdict) {
        e->compliance = (enum tl_compliance)s->compliance;
        e->config_rule = h->texts[s->subject];
    } else {
        e->detail = h->texts[s->detail];
        e->execution = h->texts[s->execution];
    }
}

static void add_attempt(struct gather *g, struct tl_resource_history *x, const struct wanted *w)
{
    const struct tl_step *s = &g->h->steps[w->step];
    struct tl_entry *e = new_entry(x, TL_ENTRY_ATTEMPT, s->time_s, &s->event);
    e->document = g->h->texts[s->subject];
    e->execution = g->h->texts[s->flags & TL_STEP_CHILD ? s->detail : s->execution];
    e->link = w->link;
    if (w->verdict != TL_NONE) {
        e->config_rule = g->h->texts[g->h->steps[w->verdict].subject];
        e->answers = g->place[w->verdict]; /* of its step; put right when the entries are in order */
    }
}

static void add_control(struct gather *g, struct tl_resource_history *x, const struct tl_control_step *c)
{
    struct tl_entry *e = new_entry(x, TL_ENTRY_CONTROL, c->time_s, &c->event);
    e->config_rule = g->h->texts[c->rule];
    e->document = g->h->texts[c->document];
    e->test_mode = c->action == TL_EVALUATE_IN_TEST_MODE;
    if (c->action == TL_PUT_REMEDIATION_CONFIGURATION) {
        e->attempts = c->attempts;
        e->window_s = c->window_s;
        e->automatic = c->automatic;
    }
}

/* Whether the control event is about the resource, or about a rule that judged it there. */
static bool is_control_of(const struct gather *g, uint32_t resource, const struct tl_control_step *c)
{
    const struct tl_lists *l = &g->by_resource;
    if (c->resource != TL_NONE)
        return c->resource == resource;
    for (uint32_t i = l->start[resource]; c->rule && i < l->start[resource + 1]; i++) {
        const struct tl_step *s = &g->h->steps[l->at[i]];
        if (s->kind == TL_STEP_VERDICT && s->subject == c->rule && s->scope == c->scope)
            return true;
    }
    return false;
}

struct order {
    const struct tl_entry *entries;
    uint32_t *at;
};

static int by_time(const void *a, const void *b, void *ctx)
{
    const struct tl_entry *e = ctx;
    uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    const struct tl_entry *x = &e[i], *y = &e[k];
    if (x->event.time_s != y->event.time_s)
        return x->event.time_s < y->event.time_s ? -1 : 1;
    int c = memcmp(x->event.id.b, y->event.id.b, sizeof x->event.id.b);
    return c ? c : (i > k) - (i < k);
}

/* In time order; what points at an entry follows it. */
static int sort_entries(struct tl_resource_history *x)
{
    size_t n = x->n_entries;
    uint32_t *order = malloc((n + 1) * sizeof *order), *to = malloc((n + 1) * sizeof *to);
    struct tl_entry *copy = malloc((n + 1) * sizeof *copy);
    bool ok = order && to && copy;
    if (ok) {
        for (uint32_t i = 0; i < n; i++)
            order[i] = i;
        qsort_r(order, n, sizeof *order, by_time, x->entries);
        for (uint32_t i = 0; i < n; i++) {
            copy[i] = x->entries[order[i]];
            to[order[i]] = i;
        }
        for (uint32_t i = 0; i < n; i++) {
            x->entries[i] = copy[i];
            if (copy[i].answers != TL_NONE)
                x->entries[i].answers = to[copy[i].answers];
            if (copy[i].undo.by != TL_NONE)
                x->entries[i].undo.by = to[copy[i].undo.by];
        }
    }
    free(order);
    free(to);
    free(copy);
    return ok ? 0 : TL_ENOMEM;
}

/* The changes are the first of the entries that are no verdicts: both were added in the order of the steps.
 */
static int undos_make(struct gather *g, struct tl_resource_history *x, uint32_t resource)
{
    const struct tl_lists *l = &g->by_resource;
    uint32_t n_steps = l->start[resource + 1] - l->start[resource];
    uint32_t *changes = malloc((n_steps + 1) * sizeof *changes);
    struct tl_undo *undo = malloc((n_steps + 1) * sizeof *undo);
    size_t n = 0;
    int r = changes && undo ? 0 : TL_ENOMEM;
    for (uint32_t i = l->start[resource]; r == 0 && i < l->start[resource + 1]; i++)
        if (g->h->steps[l->at[i]].kind == TL_STEP_CHANGE)
            changes[n++] = l->at[i];
    if (r == 0)
        r = tl_undo_find(g->h, changes, n, undo);
    for (size_t i = 0; r == 0 && i < n; i++)
        if (undo[i].by != TL_NONE)
            x->entries[g->place[changes[i]]].undo =
                (struct tl_undo){g->place[changes[undo[i].by]], undo[i].proof};
    free(changes);
    free(undo);
    return r;
}

/* What failed and has no parameters, and was found to be meant for the resource. */
static void add_failed(struct gather *g, struct tl_resource_history *x, uint32_t resource)
{
    for (size_t i = 0; i < g->tied.n_failed; i++) {
        const struct tl_tied_step *c = &g->tied.failed[i];
        if (c->resource != resource || g->h->steps[c->step].kind != TL_STEP_CHANGE)
            continue;
        add_step(g, x, c->step);
        x->entries[x->n_entries - 1].link = c->link;
    }
}

static int entries_make(struct gather *g, struct tl_resource_history *x, uint32_t resource)
{
    const struct tl_lists *l = &g->by_resource;
    if (attempts_of(g, resource))
        return TL_ENOMEM;
    size_t most =
        l->start[resource + 1] - l->start[resource] + g->n_found + g->tied.n_failed + g->h->n_controls;
    if (!(x->entries = tl_arena_calloc(&g->out->arena, most + 1, sizeof *x->entries)))
        return TL_ENOMEM;
    for (uint32_t i = l->start[resource]; i < l->start[resource + 1]; i++)
        add_step(g, x, l->at[i]);
    if (undos_make(g, x, resource))
        return TL_ENOMEM;
    add_failed(g, x, resource);
    for (size_t i = 0; i < g->n_found; i++)
        add_attempt(g, x, &g->found[i]);
    for (size_t i = 0; i < g->h->n_controls; i++)
        if (g->h->controls[i].time_s >= g->o->since_s && is_control_of(g, resource, &g->h->controls[i]))
            add_control(g, x, &g->h->controls[i]);
    return sort_entries(x);
}

static int locate_entry(struct gather *g, struct tl_entry *e)
{
    struct tl_event_origin o;
    struct tl_arena *a = &g->out->arena;
    int r = locate(g->s, a, &e->event, &o, g->err);
    if (r)
        return r;
    e->api = tl_arena_join(a, o.service, ':', o.action);
    if (!e->api.p)
        return tl_err_nomem(g->err);
    e->principal = o.principal;
    e->session = o.session;
    e->user_agent = o.user_agent;
    e->person = o.person;
    e->failed = o.failed;
    e->general = o.general;
    e->error = o.error_code;
    e->source = o.path;
    e->record = o.at.record;
    e->offset = o.at.offset;
    e->hidden = g->o->actor.n && !tl_str_glob(g->o->actor, e->principal);
    return 0;
}

/* ---- who ------------------------------------------------------------------------------------- */

static int by_principal(const void *a, const void *b)
{
    const struct tl_history_party *x = a, *y = b;
    uint64_t p = 0, q = 0;
    for (int k = 0; k <= TL_ENTRY_CONTROL; k++) {
        p += x->n[k];
        q += y->n[k];
    }
    return p != q ? (p < q) - (p > q) : tl_str_cmp(x->principal, y->principal);
}

static int by_undoing(const void *a, const void *b)
{
    const struct tl_undoing *x = a, *y = b;
    if (x->n_changes != y->n_changes)
        return x->n_changes > y->n_changes ? -1 : 1;
    int c = tl_str_cmp(x->principal, y->principal);
    return c ? c : tl_str_cmp(x->by, y->by);
}

struct tallies { /* grown in memory of their own, then copied */
    struct tl_history_party *parties;
    struct tl_undoing *undoings;
    size_t n_parties, cap_parties, n_undoings, cap_undoings;
};

static int count_party(struct tallies *t, const struct tl_entry *e)
{
    size_t i = 0;
    while (i < t->n_parties && !tl_str_eq(t->parties[i].principal, e->principal))
        i++;
    if (i == t->n_parties) {
        if (tl_grow(&t->parties, &t->cap_parties, i + 1, sizeof *t->parties))
            return TL_ENOMEM;
        t->parties[t->n_parties++] = (struct tl_history_party){
            .principal = e->principal, .user_agent = e->user_agent, .person = e->person};
    }
    t->parties[i].n[e->kind]++;
    t->parties[i].person |= e->person;
    return 0;
}

static int count_undoing(struct tallies *t, tl_str principal, tl_str by)
{
    size_t i = 0;
    while (i < t->n_undoings &&
           !(tl_str_eq(t->undoings[i].principal, principal) && tl_str_eq(t->undoings[i].by, by)))
        i++;
    if (i == t->n_undoings) {
        if (tl_grow(&t->undoings, &t->cap_undoings, i + 1, sizeof *t->undoings))
            return TL_ENOMEM;
        t->undoings[t->n_undoings++] = (struct tl_undoing){.principal = principal, .by = by};
    }
    t->undoings[i].n_changes++;
    return 0;
}

static int copy_out(struct tl_arena *a, const void *from, size_t n, size_t size, void *to)
{
    void *copy = tl_arena_alloc(a, n * size + 1);
    if (!copy)
        return TL_ENOMEM;
    if (n)
        memcpy(copy, from, n * size);
    memcpy(to, &copy, sizeof copy);
    return 0;
}

static int parties_make(struct gather *g, struct tl_resource_history *x)
{
    struct tallies t = {0};
    struct tl_arena *a = &g->out->arena;
    int r = 0;
    for (size_t i = 0; r == 0 && i < x->n_entries; i++) {
        const struct tl_entry *e = &x->entries[i];
        x->n[e->kind]++;
        x->n_failed += e->failed;
        r = count_party(&t, e);
        if (r == 0 && e->undo.by != TL_NONE)
            r = count_undoing(&t, e->principal, x->entries[e->undo.by].principal);
    }
    if (t.n_parties)
        qsort(t.parties, t.n_parties, sizeof *t.parties, by_principal);
    if (t.n_undoings)
        qsort(t.undoings, t.n_undoings, sizeof *t.undoings, by_undoing);
    if (r == 0)
        r = copy_out(a, t.parties, x->n_parties = t.n_parties, sizeof *t.parties, &x->parties);
    if (r == 0)
        r = copy_out(a, t.undoings, x->n_undoings = t.n_undoings, sizeof *t.undoings, &x->undoings);
    free(t.parties);
    free(t.undoings);
    return r;
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* The resource in the history; TL_NONE where it has no step. */
static uint32_t index_of(const struct tl_history *h, const struct tl_resource *r)
{
    for (uint32_t i = 0; i < h->n_resources; i++)
        if (tl_str_eq(h->resources[i].id, r->id) && tl_str_eq(h->resources[i].type, r->type) &&
            tl_str_eq(h->resources[i].account, r->account) && tl_str_eq(h->resources[i].region, r->region) &&
            tl_str_eq(h->resources[i].partition, r->partition))
            return i;
    return TL_NONE;
}

static int lists_make(struct gather *g)
{
    const struct tl_history *h = g->h;
    uint32_t *owner = malloc((h->n_steps + 1) * sizeof *owner);
    g->place = malloc((h->n_steps + 1) * sizeof *g->place);
    int r = owner && g->place ? 0 : TL_ENOMEM;
    for (size_t i = 0; r == 0 && i < h->n_steps; i++) {
        owner[i] = h->steps[i].kind == TL_STEP_ATTEMPT ? TL_NONE : h->steps[i].resource;
        g->place[i] = TL_NONE;
    }
    if (r == 0)
        r = tl_lists_make(&g->by_resource, (uint32_t)h->n_resources, (uint32_t)h->n_steps, owner);
    free(owner);
    return r ? r : attempts_make(g);
}

static int item_make(struct gather *g, struct tl_resource_history *x)
{
    uint32_t resource = index_of(g->h, &x->resource);
    int r = resource == TL_NONE ? 0 : entries_make(g, x, resource);
    if (r)
        return tl_err_nomem(g->err);
    for (size_t i = 0; r == 0 && i < x->n_entries; i++)
        r = locate_entry(g, &x->entries[i]);
    if (r == 0 && parties_make(g, x))
        r = tl_err_nomem(g->err);
    return r;
}

static bool has_shown_entry(const struct tl_resource_history *x)
{
    for (size_t i = 0; i < x->n_entries; i++)
        if (!x->entries[i].hidden)
            return true;
    return false;
}

static bool is_told_by(const struct tl_resource_history *x, const struct tl_resource_history *other)
{
    size_t i = 0;
    if (x->n[TL_ENTRY_VERDICT] || !tl_str_eq(x->resource.id, other->resource.id) ||
        !tl_str_eq(x->resource.account, other->resource.account) ||
        !tl_str_eq(x->resource.partition, other->resource.partition))
        return false;
    for (size_t k = 0; i < x->n_entries && k < other->n_entries; k++)
        i += memcmp(&x->entries[i].event.id, &other->entries[k].event.id, sizeof x->entries[i].event.id) == 0;
    return i == x->n_entries;
}

/* One call may stand for two resources of one id: a distribution everywhere and in the region where it was
 * judged, a search domain by its older type and by its newer one. Where one of them tells all that happened
 * to the other, which was never judged, it is enough. */
static size_t drop_twins(struct tl_resource_history *items, size_t n)
{
    size_t n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool told = false;
        for (size_t k = 0; k < n_kept && !told; k++) /* of two that tell the same the first stays */
            told = is_told_by(&items[i], &items[k]);
        for (size_t k = i + 1; k < n && !told; k++)
            told = is_told_by(&items[i], &items[k]) && !is_told_by(&items[k], &items[i]);
        if (!told)
            items[n_kept++] = items[i];
    }
    return n_kept;
}

static int load(struct gather *g, const struct tl_known_resource *known, size_t n)
{
    int64_t *ids = tl_arena_alloc(&g->out->arena, (n + 1) * sizeof *ids);
    if (!ids)
        return tl_err_nomem(g->err);
    for (size_t i = 0; i < n; i++)
        ids[i] = known[i].id;
    int r = tl_store_load_also(g->s, g->o->since_s, g->o->until_s, ids, n, g->h, g->err);
    if (r == 0 && tl_tie_attempts(g->h))
        r = tl_err_nomem(g->err);
    if (r == 0)
        r = tl_detect_tied(g->h, &g->tied, g->err);
    if (r == 0 && lists_make(g))
        r = tl_err_nomem(g->err);
    size_t n_shown = 0;
    for (size_t i = 0; r == 0 && i < n; i++) {
        r = item_make(g, &g->out->items[i]);
        if (r == 0 && has_shown_entry(&g->out->items[i]))
            g->out->items[n_shown++] = g->out->items[i];
    }
    n_shown = r ? 0 : drop_twins(g->out->items, n_shown);
    g->out->n = n_shown;
    return r || n_shown ? r : TL_HISTORY_NONE;
}

static int find_and_load(struct gather *g)
{
    struct tl_known_resource *known;
    struct tl_history_options o = *g->o;
    size_t n;
    int r = tl_store_find_resources(g->s, is_asked_for, &o, &g->out->arena, &known, &n, g->err);
    if (r == 0)
        r = make_items(g, known, n);
    if (r)
        return r;
    return n == 0 ? TL_HISTORY_NONE : n > TL_HISTORY_RESOURCES_MAX ? TL_HISTORY_MANY : load(g, known, n);
}

int tl_history_load(struct tl_store *s, const struct tl_history_options *o, struct tl_history_report *out,
                    struct tl_err *err)
{
    struct gather g = {.s = s, .o = o, .out = out, .h = &out->history, .err = err};
    *out = (struct tl_history_report){.given = o->name, .actor = o->actor};
    int r = tl_store_read_begin(s, err);
    if (r == 0) {
        r = find_and_load(&g);
        int ended = tl_store_read_end(s, r < 0 ? r : 0, err);
        r = ended ? ended : r;
    }
    tl_lists_fini(&g.by_resource);
    tl_tied_steps_fini(&g.tied);
    free(g.attempts);
    free(g.found);
    free(g.place);
    return r;
}

void tl_history_report_fini(struct tl_history_report *r)
{
    tl_history_fini(&r->history);
    tl_arena_fini(&r->arena);
}
