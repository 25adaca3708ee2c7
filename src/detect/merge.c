/* One loop for the same cycles. Chains come the most specific first; where loops of two chains on one stream
 * (or, where one of them has no verdicts, on one resource) overlap in time, they are the same loop told
 * twice. So are loops of calls that stand for two resources, twins: a search domain by its older type and by
 * its newer one, an account's settings everywhere and in each region where they were judged, a snapshot that
 * is shared and the account whose rule forbids it. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

static int64_t first_s(const struct tl_loops *l, const struct tl_loop *loop)
{
    return l->cycles[loop->first_cycle].first_s;
}

static int64_t last_s(const struct tl_loops *l, const struct tl_loop *loop)
{
    return l->cycles[loop->first_cycle + loop->n_cycles - 1].last_s;
}

struct merger {
    struct tl_loops *l;
    const struct tl_chain *chains;
    struct tl_lists loops_of; /* per resource: its loops, by time */
    uint8_t *judged;          /* per resource: a verdict is in the log */
};

static bool has_verdict(const struct merger *m, const struct tl_loop *loop)
{
    const struct tl_chain *chain = &m->chains[loop->chain];
    return chain->form == TL_CHAIN_STEPS && chain->steps[0].kind == TL_CHAIN_VERDICT;
}

/* How many cycles a loop that is looked at beside a shorter one has in the time of that one. */
static uint32_t cycles_within(const struct tl_loops *l, const struct tl_loop *loop, int64_t from_s,
                              int64_t to_s)
{
    uint32_t n = 0;
    for (uint32_t i = loop->first_cycle; i < loop->first_cycle + loop->n_cycles; i++)
        n += l->cycles[i].last_s >= from_s && l->cycles[i].first_s <= to_s;
    return n;
}

/* Whether, in most cycles, the last change is by another hand than the first: what undid the remediation's
 * work made the pass complete. */
static bool is_completed_by_others(const struct tl_loops *l, const struct tl_loop *loop)
{
    uint32_t n = 0;
    for (uint32_t i = loop->first_cycle; i < loop->first_cycle + loop->n_cycles; i++) {
        const struct tl_step *first = NULL, *last = NULL;
        for (uint32_t k = l->cycles[i].first_step; k < l->cycles[i].first_step + l->cycles[i].n_steps; k++) {
            const struct tl_step *s = &l->h->steps[l->steps[k].step];
            if (s->kind != TL_STEP_CHANGE)
                continue;
            first = first ? first : s;
            last = s;
        }
        n += first &&
             (first->execution != last->execution ||
              !tl_str_eq(l->h->callers[first->caller].principal, l->h->callers[last->caller].principal));
    }
    return n * 2 > loop->n_cycles;
}

/* `a` is of the more specific chain. It stands unless it explains less than four fifths of the other's
 * cycles, or less at all where its passes wait for another hand; then the general one stands. A tug is by its
 * definition without AWS Config: where verdicts explain its calls it is not named, and where they explain few
 * of them both loops are told. */
static void merge_two(const struct merger *m, struct tl_loop *a, struct tl_loop *b)
{
    bool calls = m->chains[b->chain].form != TL_CHAIN_STEPS && has_verdict(m, a);
    uint64_t explained = a->n_cycles + (calls ? a->n_partial : 0); /* calls know of no lost verdict */
    bool specific_stands = explained * 5 >= (uint64_t)b->n_cycles * 4;
    if (a->n_cycles < b->n_cycles && m->chains[b->chain].form == TL_CHAIN_STEPS &&
        is_completed_by_others(m->l, a))
        specific_stands = false;
    struct tl_loop *stays = specific_stands ? a : b, *goes = specific_stands ? b : a;
    if (calls && !specific_stands &&
        explained * 5 < (uint64_t)cycles_within(m->l, b, first_s(m->l, a), last_s(m->l, a)) * 4)
        return;
    if (calls)
        goes = b;
    else
        stays->also_mask |= goes->also_mask | UINT64_C(1) << goes->chain;
    goes->n_cycles = 0;
}

/* Two rules found the resource NON_COMPLIANT before one and the same answer: it answers the rule under which
 * it explains more; the other only looked on. */
static void merge_onlookers(const struct merger *m, struct tl_loop *a, struct tl_loop *b)
{
    const struct tl_loops *l = m->l;
    uint32_t i = a->first_cycle, k = b->first_cycle, shared = 0;
    const uint32_t i_end = i + a->n_cycles, k_end = k + b->n_cycles;
    while (i < i_end && k < k_end) {
        uint32_t x = l->steps[l->cycles[i].first_step + 1].step,
                 y = l->steps[l->cycles[k].first_step + 1].step;
        shared += x == y;
        i += x <= y;
        k += y <= x;
    }
    if (shared * 2 >= (a->n_cycles < b->n_cycles ? a : b)->n_cycles)
        (a->n_cycles < b->n_cycles ? a : b)->n_cycles = 0;
}

static bool same_place(const struct merger *m, const struct tl_loop *a, const struct tl_loop *b)
{
    return !has_verdict(m, a) || !has_verdict(m, b) || (a->rule == b->rule && a->scope == b->scope);
}

/* ---- twins ----------------------------------------------------------------------------------- */

static bool is_account(const struct tl_resource *r)
{
    return tl_str_eq(r->type, TL_STR("AWS::::Account"));
}

/* `111122223333/search` for `search`: a search domain is judged by either. */
static bool is_qualified(const struct tl_resource *a, const struct tl_resource *b)
{
    return a->id.n == a->account.n + 1 + b->id.n && tl_str_starts(a->id, a->account) &&
           a->id.p[a->account.n] == '/' && tl_str_ends(a->id, b->id);
}

/* Whether one call may stand for both: they differ by type or region alone, or one is the other's account. */
static bool may_be_twins(const struct tl_resource *a, const struct tl_resource *b)
{
    return tl_str_eq(a->account, b->account) && tl_str_eq(a->partition, b->partition) &&
           (tl_str_eq(a->id, b->id) || is_qualified(a, b) || is_qualified(b, a) || is_account(a) ||
            is_account(b));
}

/* The steps of the record that step `i` is of, one for each resource that it touches: they follow one
 * another. *from to the returned index (exclusive). */
static size_t steps_of_record(const struct tl_history *h, size_t i, size_t *from)
{
    const struct tl_event_id *id = &h->steps[i].event;
    size_t to = i + 1;
    for (*from = i; *from > 0 && memcmp(&h->steps[*from - 1].event, id, sizeof *id) == 0;)
        --*from;
    while (to < h->n_steps && memcmp(&h->steps[to].event, id, sizeof *id) == 0)
        to++;
    return to;
}

static bool is_call_on(const struct tl_history *h, size_t step, uint32_t resource)
{
    size_t i, to = steps_of_record(h, step, &i);
    for (; i < to; i++)
        if (h->steps[i].kind == TL_STEP_CHANGE && h->steps[i].resource == resource)
            return true;
    return false;
}

/* Whether the loop, which needs no verdict, is of calls on that other resource, too. Its first cycle tells.
 */
static bool is_of_twin(const struct merger *m, const struct tl_loop *loop, uint32_t resource)
{
    const struct tl_history *h = m->l->h;
    const struct tl_cycle *c = &m->l->cycles[loop->first_cycle];
    for (uint32_t k = c->first_step; k < c->first_step + c->n_steps; k++) {
        uint32_t step = m->l->steps[k].step;
        if (h->steps[step].kind == TL_STEP_CHANGE && !is_call_on(h, step, resource))
            return false;
    }
    return true;
}

/* Which of two loops of twins to tell: not the account's; the longer one; the one that AWS Config judges;
 * else by the names of the resources. */
static bool is_twin_told(const struct merger *m, const struct tl_loop *a, const struct tl_loop *b)
{
    const struct tl_resource *x = &m->l->h->resources[a->resource], *y = &m->l->h->resources[b->resource];
    if (is_account(x) != is_account(y))
        return is_account(y);
    if (a->n_cycles != b->n_cycles)
        return a->n_cycles > b->n_cycles;
    if (m->judged[a->resource] != m->judged[b->resource])
        return m->judged[a->resource];
    int c = tl_str_cmp(x->type, y->type); /* AWS::OpenSearch:: came after AWS::Elasticsearch:: */
    return c ? c > 0 : tl_str_cmp(x->region, y->region) < 0;
}

/* ---- which are compared ---------------------------------------------------------------------- */

static void merge_pair(const struct merger *m, struct tl_loop *a, struct tl_loop *b)
{
    if (b->chain == a->chain && m->chains[a->chain].direct)
        merge_onlookers(m, a, b);
    else if (b->chain == a->chain && a->resource != b->resource)
        (is_twin_told(m, a, b) ? b : a)->n_cycles = 0;
    else if (b->chain != a->chain && same_place(m, a, b))
        a->chain < b->chain ? merge_two(m, a, b) : merge_two(m, b, a);
}

/* The loops of one resource: each is compared with those that begin before it ends. */
static void merge_resource(const struct merger *m, const uint32_t *order, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct tl_loop *a = &m->l->items[order[i]];
        int64_t end_s = a->n_cycles ? last_s(m->l, a) : INT64_MIN;
        for (size_t k = i + 1; k < n && a->n_cycles; k++) {
            struct tl_loop *b = &m->l->items[order[k]];
            if (b->n_cycles == 0)
                continue;
            if (first_s(m->l, b) > end_s)
                break;
            merge_pair(m, a, b);
        }
    }
}

/* A loop that needs no verdict is compared with the loops of its twin at the same time. */
static void merge_twin(const struct merger *m, struct tl_loop *a, uint32_t twin)
{
    for (uint32_t i = m->loops_of.start[twin]; i < m->loops_of.start[twin + 1] && a->n_cycles; i++) {
        struct tl_loop *b = &m->l->items[m->loops_of.at[i]];
        if (b->n_cycles == 0 || last_s(m->l, b) < first_s(m->l, a))
            continue;
        if (first_s(m->l, b) > last_s(m->l, a))
            break;
        merge_pair(m, a, b);
    }
}

static void merge_twins(const struct merger *m, struct tl_loop *a)
{
    const struct tl_history *h = m->l->h;
    const struct tl_cycle *c = &m->l->cycles[a->first_cycle];
    size_t i, to = steps_of_record(h, m->l->steps[c->first_step].step, &i);
    for (; i < to && a->n_cycles; i++) {
        uint32_t r = h->steps[i].resource;
        if (h->steps[i].kind == TL_STEP_CHANGE && r != TL_NONE && r != a->resource &&
            may_be_twins(&h->resources[a->resource], &h->resources[r]) && is_of_twin(m, a, r))
            merge_twin(m, a, r);
    }
}

/* By time, then chain; of those of one resource, in which order they are compared. */
static int by_start(const void *a, const void *b, void *ctx)
{
    const struct tl_loops *l = ctx;
    const struct tl_loop *x = a, *y = b;
    int64_t s = first_s(l, x), t = first_s(l, y);
    if (s != t)
        return s < t ? -1 : 1;
    if (x->chain != y->chain)
        return x->chain < y->chain ? -1 : 1;
    return (x->first_cycle > y->first_cycle) - (x->first_cycle < y->first_cycle);
}

static int by_time(const void *a, const void *b, void *ctx)
{
    const struct tl_loops *l = ctx;
    const struct tl_loop *x = a, *y = b;
    int64_t s = first_s(l, x), t = first_s(l, y);
    if (s != t)
        return s < t ? -1 : 1;
    if (x->resource != y->resource)
        return x->resource < y->resource ? -1 : 1;
    if (x->rule != y->rule)
        return x->rule < y->rule ? -1 : 1;
    if (x->scope != y->scope)
        return x->scope < y->scope ? -1 : 1;
    if (x->chain != y->chain)
        return x->chain < y->chain ? -1 : 1;
    return (x->first_cycle > y->first_cycle) - (x->first_cycle < y->first_cycle);
}

static int merger_make(struct merger *m)
{
    const struct tl_history *h = m->l->h;
    uint32_t *owner = malloc((m->l->n + 1) * sizeof *owner);
    m->judged = calloc(h->n_resources + 1, 1);
    int r = owner && m->judged ? 0 : TL_ENOMEM;
    for (size_t i = 0; r == 0 && i < m->l->n; i++)
        owner[i] = m->l->items[i].resource;
    if (r == 0)
        r = tl_lists_make(&m->loops_of, (uint32_t)h->n_resources, (uint32_t)m->l->n, owner);
    for (size_t i = 0; r == 0 && i < h->n_steps; i++)
        if (h->steps[i].kind == TL_STEP_VERDICT)
            m->judged[h->steps[i].resource] = 1;
    free(owner);
    return r;
}

static int merge(struct tl_loops *l, const struct tl_chain *chains)
{
    struct merger m = {.l = l, .chains = chains};
    if (l->n)
        qsort_r(l->items, l->n, sizeof *l->items, by_start, l);
    int r = merger_make(&m);
    for (uint32_t i = 0; r == 0 && i < l->h->n_resources; i++)
        merge_resource(&m, m.loops_of.at + m.loops_of.start[i],
                       m.loops_of.start[i + 1] - m.loops_of.start[i]);
    for (size_t i = 0; r == 0 && i < l->n; i++)
        if (l->items[i].n_cycles && !has_verdict(&m, &l->items[i]))
            merge_twins(&m, &l->items[i]);
    tl_lists_fini(&m.loops_of);
    free(m.judged);
    if (r)
        return r;
    size_t n = 0;
    for (size_t i = 0; i < l->n; i++)
        if (l->items[i].n_cycles)
            l->items[n++] = l->items[i];
    l->n = n;
    if (n)
        qsort_r(l->items, n, sizeof *l->items, by_time, l);
    return 0;
}

int loops_merge(struct tl_loops *l, const struct tl_chain *chains)
{
    struct tl_loops wide = *l;
    int r = merge(l, chains);
    wide.items = l->wide;
    wide.n = l->n_wide;
    if (r == 0)
        r = merge(&wide, chains);
    l->n_wide = wide.n;
    return r;
}
