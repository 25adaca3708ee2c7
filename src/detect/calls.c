/* Loops of calls alone, without AWS Config: what is done and undone on one resource by automated callers
 * (TL_CHAIN_TUG), and one call that one of them repeats (TL_CHAIN_REPEAT).
 *
 * A tug is a call and the one that undoes it, within --max-step, again and again: by two parties, or by one
 * that does both. Deployments undo and do as well; they are told by their pace: what one party does and
 * undoes must come again within minutes and evenly, as no deployment does. And where each pass follows the
 * start of a runbook, it is that runbook's work, and the verdicts' chains tell of it or nobody does; where it
 * follows an evaluation in test mode, somebody is trying a rule. What is
 * undone must be what was done: the same statement id, rule or policy where the calls say it, else equal
 * parameters where both calls have the same ones. One call whose values come back counts too, where two
 * values make up the most of it: but not capacity, whose values are there to go up and down. */
#include "internal.h"
#include "verbs.h"

#include <stdlib.h>
#include <string.h>

enum { ONE_MIN_CYCLES = 5 }; /* by one party, within TL_TUG_ONE_GAP_S */

struct call {
    uint64_t key;  /* calls of one key belong together */
    uint64_t part; /* within the key: what was put or taken away; or a value */
    uint32_t step; /* steps are in time order */
    uint8_t side;
    bool works;
};

struct calls {
    struct call *items;
    size_t n, cap;
};

struct group {        /* of calls that belong together */
    uint32_t first;   /* one of them */
    uint32_t n, next; /* how many; where the next one of them goes */
};

/* What grouping needs beside the calls. */
struct groups {
    struct group *items;
    uint32_t *slots, *of; /* group + 1 by hash; group by call */
    struct call *copy;
    size_t n, cap, cap_slots, cap_of, cap_copy;
};

struct walker {
    struct collector *c;
    const struct world *w;
    const struct tl_chain *chain;
    uint32_t index;
    struct tl_detect_params limits;
    struct verbs *verbs; /* per api */
    struct calls calls;
    struct groups *groups;
    struct tl_lists attempts; /* per scope */
    struct tl_lists tests;    /* per resource: controls, its evaluations in test mode */
    uint32_t resource;
};

static const struct tl_step *step_of(const struct walker *k, const struct call *call)
{
    return &k->w->h->steps[call->step];
}

static int add_call(struct walker *k, struct call call)
{
    int r = tl_grow(&k->calls.items, &k->calls.cap, k->calls.n + 1, sizeof *k->calls.items);
    if (r == 0)
        k->calls.items[k->calls.n++] = call;
    return r;
}

static void groups_fini(struct groups *g)
{
    free(g->items);
    free(g->slots);
    free(g->of);
    free(g->copy);
}

/* The group of items[i], which is made where there is none. */
static uint32_t group_of(struct groups *g, size_t n_slots, const struct call *items, size_t i)
{
    const struct call *c = &items[i];
    uint64_t h = (c->key ^ c->part * 0x9e3779b97f4a7c15u) * 0x9e3779b97f4a7c15u; /* 2^64 / golden ratio */
    size_t at = h >> 32 & (n_slots - 1);
    for (; g->slots[at]; at = (at + 1) & (n_slots - 1)) {
        const struct call *other = &items[g->items[g->slots[at] - 1].first];
        if (other->key == c->key && other->part == c->part)
            return g->slots[at] - 1;
    }
    g->items[g->n++] = (struct group){.first = (uint32_t)i};
    g->slots[at] = (uint32_t)g->n;
    return (uint32_t)g->n - 1;
}

/* Brings calls of equal key and part together, each group in the order of its calls, and the groups in that
 * of their first ones: linear, where sorting took a fifth of the time of all of detection. */
static int group_calls(struct walker *k, struct call *items, size_t n)
{
    struct groups *g = k->groups;
    size_t n_slots = 16;
    while (n_slots < 2 * n)
        n_slots *= 2;
    if (tl_grow(&g->items, &g->cap, n, sizeof *g->items) || tl_grow(&g->of, &g->cap_of, n, sizeof *g->of) ||
        tl_grow(&g->copy, &g->cap_copy, n, sizeof *g->copy) ||
        tl_grow(&g->slots, &g->cap_slots, n_slots, sizeof *g->slots))
        return TL_ENOMEM;
    memset(g->slots, 0, n_slots * sizeof *g->slots);
    g->n = 0;
    for (size_t i = 0; i < n; i++)
        g->items[g->of[i] = group_of(g, n_slots, items, i)].n++;
    for (size_t i = 1; i < g->n; i++)
        g->items[i].next = g->items[i - 1].next + g->items[i - 1].n;
    for (size_t i = 0; i < n; i++)
        g->copy[g->items[g->of[i]].next++] = items[i];
    if (n)
        memcpy(items, g->copy, n * sizeof *items);
    return 0;
}

/* ---- two calls in turn ----------------------------------------------------------------------- */

static int add_two(struct walker *k, const struct call *a, const struct call *b)
{
    struct stream_cycles *out = &k->c->scratch.cycles;
    int r = cycles_add(out, step_of(k, a)->time_s, step_of(k, b)->time_s);
    if (r == 0)
        r = cycles_add_step(out, a->step, 0, TL_LINK_PARAMETER);
    return r ? r : cycles_add_step(out, b->step, 1, TL_LINK_PARAMETER);
}

/* The next call of `side` in [*i, end); NULL when there is none. */
static const struct call *next_of(const struct call *items, size_t *i, size_t end, uint8_t side)
{
    while (*i < end && items[*i].side != side)
        (*i)++;
    return *i < end ? &items[(*i)++] : NULL;
}

/* Pairs of a call of side `first` and the next one of the other side, as many as there can be: the newest
 * waits, and a second's calls may be taken in any order. Of each pair, whether a call was left over between
 * it and the one before (after_partial). */
static int match_two(struct walker *k, const struct call *items, size_t n, uint8_t first)
{
    const struct call *waits = NULL;
    struct stream_cycles *out = &k->c->scratch.cycles;
    bool left_over = false;
    int r = 0;
    out->n = out->n_steps = 0;
    for (size_t i = 0, end; r == 0 && i < n; i = end) {
        int64_t now_s = step_of(k, &items[i])->time_s;
        for (end = i; end < n && step_of(k, &items[end])->time_s == now_s; end++)
            ;
        size_t a = i, b = i;
        if (waits && now_s - step_of(k, waits)->time_s > k->limits.max_step_s) {
            waits = NULL;
            left_over = true;
        }
        for (const struct call *other; r == 0;) {
            if (!waits)
                waits = next_of(items, &a, end, first);
            if (!waits || !(other = next_of(items, &b, end, (uint8_t)!first)))
                break;
            r = add_two(k, waits, other);
            if (r == 0)
                out->items[out->n - 1].after_partial = left_over;
            waits = NULL;
            left_over = false;
        }
        left_over |= next_of(items, &b, end, (uint8_t)!first) != NULL;
        for (const struct call *newer; (newer = next_of(items, &a, end, first)) != NULL; waits = newer)
            left_over |= waits != NULL;
    }
    return r;
}

/* ---- whose they are -------------------------------------------------------------------------- */

static uint32_t principal_of(const struct walker *k, const struct stream_cycles *c, size_t cycle,
                             uint32_t position)
{
    return k->w->principal[k->w->h->steps[c->steps[c->items[cycle].first_step + position].step].caller];
}

/* Who makes most of the calls at that position, told by votes. */
static uint32_t main_principal(const struct walker *k, const struct stream_cycles *c, size_t from, size_t to,
                               uint32_t position)
{
    uint32_t best = TL_NONE;
    size_t votes = 0;
    for (size_t i = from; i < to; i++) {
        uint32_t principal = principal_of(k, c, i, position);
        if (votes == 0)
            best = principal;
        votes += best == principal ? 1 : (size_t)-1;
    }
    return best;
}

/* Soon after one another, and evenly: on average no further from the mean than a fifth. Gaps in which a pass
 * lost a record are left out, of four gaps one at most. */
static bool is_steady(const struct walker *k, const struct stream_cycles *c, size_t from, size_t to)
{
    int64_t usual_s = episode_gap(c->items + from, to - from, k->c->scratch.gaps);
    int64_t n = 0, span_s = 0, off_s = 0;
    for (size_t i = from + 1; i < to; i++) {
        int64_t gap_s = c->items[i].first_s - c->items[i - 1].first_s;
        if (lacks_pass(&c->items[i - 1], &c->items[i], usual_s))
            continue;
        if (gap_s > TL_TUG_ONE_GAP_S)
            return false;
        span_s += gap_s;
        n++;
    }
    for (size_t i = from + 1; i < to; i++)
        if (!lacks_pass(&c->items[i - 1], &c->items[i], usual_s)) /* n times as much */
            off_s += llabs((c->items[i].first_s - c->items[i - 1].first_s) * n - span_s);
    return n * 4 >= (int64_t)(to - from - 1) * 3 && off_s * 5 <= span_s * n;
}

static bool is_of_another(const struct walker *k, uint32_t attempt)
{
    return k->w->owner[attempt] != TL_NONE && k->w->owner[attempt] != k->resource;
}

/* Whether most passes follow the start of a runbook in their account and region that is not known to be
 * another resource's, sooner than it followed the pass before: one that starts at any time between them is
 * somebody else's. */
static bool follows_attempts(const struct walker *k, const struct stream_cycles *c, size_t from, size_t to)
{
    const struct tl_step *steps = k->w->h->steps;
    const struct tl_lists *l = &k->attempts;
    uint64_t n = 0;
    for (size_t i = from; i < to; i++) {
        const struct tl_step *s = &steps[c->steps[c->items[i].first_step].step];
        int64_t since_s = i > from ? c->items[i - 1].last_s : s->time_s - 2 * k->limits.max_step_s;
        uint32_t at = tl_lists_at(l, k->w->h, s->scope, s->time_s + 1), first = l->start[s->scope];
        while (at > first && steps[l->at[at - 1]].time_s >= since_s && is_of_another(k, l->at[at - 1]))
            at--;
        int64_t start_s = at > first ? steps[l->at[at - 1]].time_s : INT64_MIN;
        n += start_s >= since_s && s->time_s - start_s <= start_s - since_s;
    }
    return n * 5 >= (to - from) * 4;
}

/* Whether most passes follow an evaluation of the resource in test mode, sooner than it followed the pass
 * before, and so are what somebody made of it. */
static bool follows_tests(const struct walker *k, const struct stream_cycles *c, size_t from, size_t to)
{
    const struct tl_control_step *controls = k->w->h->controls;
    uint32_t t = k->tests.start[k->resource], end = k->tests.start[k->resource + 1];
    int64_t test_s = INT64_MIN;
    uint64_t n = 0;
    for (size_t i = from; i < to; i++) {
        int64_t first_s = c->items[i].first_s;
        int64_t since_s = i > from ? c->items[i - 1].last_s : first_s - 2 * k->limits.max_step_s;
        for (; t < end && controls[k->tests.at[t]].time_s <= first_s; t++)
            test_s = controls[k->tests.at[t]].time_s;
        n += test_s >= since_s && first_s - test_s <= test_s - since_s;
    }
    return n * 5 >= (to - from) * 4;
}

/* In how many seconds a cycle begins: what comes all at once (retries, one request for many things, a
 * script's threads) is a burst and goes round in no circle, for one call that leads to the next takes its
 * time. */
static uint64_t seconds_of(const struct stream_cycles *c, size_t from, size_t to)
{
    uint64_t n = 1;
    for (size_t i = from + 1; i < to; i++)
        n += c->items[i].first_s != c->items[i - 1].first_s;
    return n;
}

/* Deployments make a function's permissions anew, each time (terraform-aws-lambda, CloudFormation). */
static bool is_redeployed(const struct walker *k, const struct stream_cycles *c, size_t cycle)
{
    const struct tl_history *h = k->w->h;
    const struct tl_step *s = &h->steps[c->steps[c->items[cycle].first_step].step];
    const struct tl_api *a = &h->apis[s->subject];
    return tl_str_eq(a->service, TL_STR("lambda")) && tl_str_ends(a->action, TL_STR("Permission")) &&
           k->w->deploys[s->caller];
}

/* One party does and another undoes; or one does both, at a steady pace. Parties that change are people's
 * work or a deployment's. */
static bool tug_stands(const struct origin *o, const struct stream_cycles *c, size_t from, size_t to)
{
    const struct walker *k = o->ctx;
    uint32_t one = main_principal(k, c, from, to, 0), other = main_principal(k, c, from, to, 1);
    uint64_t n = 0;
    for (size_t i = from; i < to; i++)
        n += principal_of(k, c, i, 0) == one && principal_of(k, c, i, 1) == other;
    if (n * 5 < (to - from) * 4 || seconds_of(c, from, to) < k->limits.min_cycles)
        return false;
    if (one != other)
        return true;
    return !k->calls.items[0].works && !is_redeployed(k, c, from) && to - from >= ONE_MIN_CYCLES &&
           is_steady(k, c, from, to) && !follows_attempts(k, c, from, to) && !follows_tests(k, c, from, to);
}

/* More than five in a minute, and no burst: in at least half as many seconds as it must be calls. */
static bool repeat_stands(const struct origin *o, const struct stream_cycles *c, size_t from, size_t to)
{
    const struct walker *k = o->ctx;
    int64_t span_s = c->items[to - 1].first_s - c->items[from].first_s;
    for (size_t i = from + 1; i < to; i++)
        if (c->items[i].first_s - c->items[i - 1].first_s > TL_REPEAT_GAP_S)
            return false;
    return (int64_t)(to - from - 1) * 60 > 5 * span_s && seconds_of(c, from, to) * 2 >= k->limits.min_cycles;
}

static int add_loops(struct walker *k, bool (*stands)(const struct origin *o, const struct stream_cycles *c,
                                                      size_t from, size_t to))
{
    const struct stream_cycles *c = &k->c->scratch.cycles;
    if (c->n == 0)
        return 0;
    struct origin o = {.chain = k->index,
                       .key = {.resource = k->resource, .scope = k->w->h->steps[c->steps[0].step].scope},
                       .limits = &k->limits,
                       .stands = stands,
                       .ctx = k};
    return loops_add(k->c, &o);
}

/* Of the two ways to read who begins, the one with more cycles. */
static int tug_part(struct walker *k, struct call *items, size_t n)
{
    size_t count[2] = {0};
    struct walker part = *k;
    for (size_t i = 0; i < n; i++)
        count[items[i].side]++;
    if (count[0] < k->limits.min_cycles || count[1] < k->limits.min_cycles)
        return 0;
    part.calls.items = items; /* for tug_stands */
    int r = match_two(&part, items, n, 0);
    size_t n_first = k->c->scratch.cycles.n;
    if (r == 0)
        r = match_two(&part, items, n, 1);
    if (r == 0 && k->c->scratch.cycles.n <= n_first)
        r = match_two(&part, items, n, 0);
    return r ? r : add_loops(&part, tug_stands);
}

/* ---- a call and its undoing ------------------------------------------------------------------ */

/* What tells one thing that was put from another: what the calls say, or equal parameters where both calls
 * have the same ones; nothing where that cannot be compared. */
static void part_make(const struct walker *k, struct call *items, size_t n)
{
    bool told = true, alike = true;
    uint64_t keys = step_of(k, &items[0])->fingerprint >> TL_FINGERPRINT_KEYS_SHIFT;
    for (size_t i = 0; i < n; i++) {
        const struct tl_step *s = step_of(k, &items[i]);
        told &= s->detail != 0;
        alike &= s->fingerprint && s->fingerprint >> TL_FINGERPRINT_KEYS_SHIFT == keys;
    }
    for (size_t i = 0; i < n; i++) {
        const struct tl_step *s = step_of(k, &items[i]);
        items[i].part = told ? s->detail : alike ? s->fingerprint : 0;
    }
}

/* Calls `each` for every run of equal keys, or of equal keys and parts. */
static int for_runs(struct walker *k, struct call *items, size_t n, bool parts,
                    int (*each)(struct walker *, struct call *, size_t))
{
    int r = 0;
    for (size_t i = 0, end; r == 0 && i < n; i = end) {
        for (end = i;
             end < n && items[end].key == items[i].key && (!parts || items[end].part == items[i].part); end++)
            ;
        if (end - i >= k->limits.min_cycles)
            r = each(k, items + i, end - i);
    }
    return r;
}

static int pair_run(struct walker *k, struct call *items, size_t n)
{
    part_make(k, items, n);
    int r = group_calls(k, items, n);
    return r ? r : for_runs(k, items, n, true, tug_part);
}

/* ---- values that come back ------------------------------------------------------------------- */

static int by_step(const void *a, const void *b)
{
    const struct call *x = a, *y = b;
    return (x->step > y->step) - (x->step < y->step);
}

/* The two values that most calls of a run put; sides tell them apart, the one that was there first does. */
static int value_run(struct walker *k, struct call *items, size_t n)
{
    uint64_t values[2] = {0};
    size_t counts[2] = {0}, first[2] = {0};
    for (size_t i = 0; i < n; i++)
        items[i].part = step_of(k, &items[i])->fingerprint;
    if (group_calls(k, items, n))
        return TL_ENOMEM;
    for (size_t i = 0, end; i < n; i = end) { /* by value */
        for (end = i; end < n && items[end].part == items[i].part; end++)
            ;
        size_t at = end - i > counts[0] ? 0 : 1;
        if (at == 0) {
            values[1] = values[0];
            counts[1] = counts[0];
            first[1] = first[0];
        }
        if (end - i > counts[at]) {
            values[at] = items[i].part;
            counts[at] = end - i;
            first[at] = items[i].step;
        }
    }
    if (counts[1] < k->limits.min_cycles || (counts[0] + counts[1]) * 5 < n * 4)
        return 0;
    size_t kept = 0, does = first[0] < first[1] ? 0 : 1;
    for (size_t i = 0; i < n; i++)
        if (items[i].part == values[0] || items[i].part == values[1]) {
            items[kept] = items[i];
            items[kept].side = items[i].part != values[does];
            items[kept++].part = 0;
        }
    qsort(items, kept, sizeof *items, by_step);
    return tug_part(k, items, kept);
}

/* ---- one resource ---------------------------------------------------------------------------- */

static int tug_resource(struct walker *k, const uint32_t *steps, size_t n)
{
    const struct tl_history *h = k->w->h;
    int r = 0;
    k->calls.n = 0;
    for (size_t i = 0; r == 0 && i < n; i++) {
        const struct verbs *u = &k->verbs[h->steps[steps[i]].subject];
        if (u->key)
            r = add_call(k,
                         (struct call){.key = u->key, .step = steps[i], .side = u->side, .works = u->works});
    }
    if (r == 0)
        r = group_calls(k, k->calls.items, k->calls.n);
    if (r == 0)
        r = for_runs(k, k->calls.items, k->calls.n, false, pair_run);
    k->calls.n = 0;
    for (size_t i = 0; r == 0 && i < n; i++) {
        const struct tl_step *s = &h->steps[steps[i]];
        uint64_t keys = s->fingerprint >> TL_FINGERPRINT_KEYS_SHIFT;
        const struct verbs *v = &k->verbs[s->subject];
        if (s->fingerprint && v->replaces && !(v->scales && keys == TL_FINGERPRINT_CAPACITY))
            r = add_call(k, (struct call){.key = ((uint64_t)s->subject << 48 ^ keys << 32) + s->detail,
                                          .step = steps[i]});
    }
    if (r == 0)
        r = group_calls(k, k->calls.items, k->calls.n);
    return r ? r : for_runs(k, k->calls.items, k->calls.n, false, value_run);
}

static int repeat_run(struct walker *k, struct call *items, size_t n)
{
    struct stream_cycles *out = &k->c->scratch.cycles;
    int r = 0;
    out->n = out->n_steps = 0;
    for (size_t i = 0; r == 0 && i < n; i++) {
        int64_t t = step_of(k, &items[i])->time_s;
        r = cycles_add(out, t, t);
        if (r == 0)
            r = cycles_add_step(out, items[i].step, 0, TL_LINK_PARAMETER);
    }
    return r ? r : add_loops(k, repeat_stands);
}

static int repeat_resource(struct walker *k, const uint32_t *steps, size_t n)
{
    const struct tl_history *h = k->w->h;
    int r = 0;
    k->calls.n = 0;
    for (size_t i = 0; r == 0 && i < n; i++) {
        const struct tl_step *s = &h->steps[steps[i]];
        if (s->fingerprint && k->verbs[s->subject].sets)
            r = add_call(k, (struct call){.key = s->fingerprint,
                                          .part = (uint64_t)s->subject << 32 | k->w->principal[s->caller],
                                          .step = steps[i]});
    }
    if (r == 0)
        r = group_calls(k, k->calls.items, k->calls.n);
    return r ? r : for_runs(k, k->calls.items, k->calls.n, true, repeat_run);
}

/* ---- the walk -------------------------------------------------------------------------------- */

/* Changes that count, per resource: successful ones by automated callers; attempts per scope; and tests. */
static int lists_make(const struct world *w, struct tl_lists *out, struct walker *k)
{
    const struct tl_history *h = w->h;
    uint32_t *owner = malloc((h->n_steps + h->n_controls + 1) * sizeof *owner);
    if (!owner)
        return TL_ENOMEM;
    for (size_t i = 0; i < h->n_steps; i++) {
        const struct tl_step *s = &h->steps[i];
        bool counts = s->kind == TL_STEP_CHANGE && !(s->flags & TL_STEP_FAILED) && w->robot[s->caller];
        owner[i] = counts ? s->resource : TL_NONE;
    }
    int r = tl_lists_make(out, (uint32_t)h->n_resources, (uint32_t)h->n_steps, owner);
    for (size_t i = 0; i < h->n_steps; i++)
        owner[i] = h->steps[i].kind == TL_STEP_ATTEMPT ? h->steps[i].scope : TL_NONE;
    if (r == 0)
        r = tl_lists_make(&k->attempts, (uint32_t)h->n_scopes, (uint32_t)h->n_steps, owner);
    for (size_t i = 0; i < h->n_controls; i++)
        owner[i] = h->controls[i].action == TL_EVALUATE_IN_TEST_MODE ? h->controls[i].resource : TL_NONE;
    if (r == 0)
        r = tl_lists_make(&k->tests, (uint32_t)h->n_resources, (uint32_t)h->n_controls, owner);
    free(owner);
    return r;
}

int calls_loops(struct collector *c, const struct world *w, const struct tl_chain *chain, uint32_t index)
{
    struct groups groups = {0};
    struct walker k = {.c = c,
                       .w = w,
                       .chain = chain,
                       .index = index,
                       .limits = chain_limits(chain, w->params),
                       .groups = &groups};
    struct tl_lists lists = {0};
    bool tug = chain->form == TL_CHAIN_TUG;
    int r = lists_make(w, &lists, &k);
    k.verbs = malloc((w->h->n_apis + 1) * sizeof *k.verbs);
    if (!k.verbs)
        r = TL_ENOMEM;
    for (size_t i = 0; r == 0 && i < w->h->n_apis; i++)
        k.verbs[i] = verbs_of(w->h->apis[i].service, w->h->apis[i].action);
    for (uint32_t o = 0; r == 0 && o < w->h->n_resources; o++) {
        const uint32_t *steps = lists.at + lists.start[o];
        size_t n = lists.start[o + 1] - lists.start[o];
        k.resource = o;
        if (n >= (tug ? 2 * (size_t)k.limits.min_cycles : k.limits.min_cycles))
            r = tug ? tug_resource(&k, steps, n) : repeat_resource(&k, steps, n);
    }
    tl_lists_fini(&lists);
    tl_lists_fini(&k.attempts);
    tl_lists_fini(&k.tests);
    free(k.verbs);
    free(k.calls.items);
    groups_fini(&groups);
    return r;
}
