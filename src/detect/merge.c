/* One loop for the same cycles. Chains come the most specific first; where loops of two chains on one stream
 * (or, where one of them has no verdicts, on one resource) overlap in time, they are the same loop told
 * twice. So are loops of calls that stand for two resources of one id: a search domain by its older type and
 * by its newer one, an account's settings everywhere and in each region where they were judged. */
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
    uint64_t *ids; /* per loop: a hash of its resource's id and account */
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

/* Whether the call of a step is one on that resource, too. */
static bool is_call_on(const struct tl_history *h, const struct tl_step *s, uint32_t resource)
{
    size_t lo = 0, hi = h->n_steps;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (h->steps[mid].time_s < s->time_s)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (; lo < h->n_steps && h->steps[lo].time_s == s->time_s; lo++)
        if (h->steps[lo].kind == TL_STEP_CHANGE && h->steps[lo].resource == resource &&
            memcmp(&h->steps[lo].event, &s->event, sizeof s->event) == 0)
            return true;
    return false;
}

/* Whether the loop, which needs no verdict, is of calls that are for that other resource, too, which differs
 * by its type or region alone. Its first cycle tells. */
static bool is_of_twin(const struct merger *m, const struct tl_loop *loop, uint32_t resource)
{
    const struct tl_history *h = m->l->h;
    const struct tl_resource *a = &h->resources[loop->resource], *b = &h->resources[resource];
    const struct tl_cycle *c = &m->l->cycles[loop->first_cycle];
    if (has_verdict(m, loop) || !tl_str_eq(a->id, b->id) || !tl_str_eq(a->account, b->account) ||
        !tl_str_eq(a->partition, b->partition))
        return false;
    for (uint32_t k = c->first_step; k < c->first_step + c->n_steps; k++) {
        const struct tl_step *s = &h->steps[m->l->steps[k].step];
        if (s->kind == TL_STEP_CHANGE && !is_call_on(h, s, resource))
            return false;
    }
    return true;
}

/* Which of two loops of twins to tell: the longer one, else by the names of the resources. */
static bool is_twin_told(const struct merger *m, const struct tl_loop *a, const struct tl_loop *b)
{
    const struct tl_resource *x = &m->l->h->resources[a->resource], *y = &m->l->h->resources[b->resource];
    if (a->n_cycles != b->n_cycles)
        return a->n_cycles > b->n_cycles;
    int c = tl_str_cmp(x->type, y->type); /* AWS::OpenSearch:: came after AWS::Elasticsearch:: */
    return c ? c > 0 : tl_str_cmp(x->region, y->region) < 0;
}

static void merge_pair(const struct merger *m, struct tl_loop *a, struct tl_loop *b)
{
    bool twins = a->resource != b->resource;
    if (twins && !is_of_twin(m, a, b->resource) && !is_of_twin(m, b, a->resource))
        return;
    if (b->chain == a->chain && m->chains[a->chain].direct)
        merge_onlookers(m, a, b);
    else if (b->chain == a->chain && twins)
        (is_twin_told(m, a, b) ? b : a)->n_cycles = 0;
    else if (b->chain != a->chain && same_place(m, a, b))
        a->chain < b->chain ? merge_two(m, a, b) : merge_two(m, b, a);
}

static int by_id(const void *a, const void *b, void *ctx)
{
    const struct merger *m = ctx;
    uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    const struct tl_loop *x = &m->l->items[i], *y = &m->l->items[k];
    if (m->ids[i] != m->ids[k])
        return m->ids[i] < m->ids[k] ? -1 : 1;
    int64_t s = first_s(m->l, x), t = first_s(m->l, y);
    if (s != t)
        return s < t ? -1 : 1;
    if (x->chain != y->chain)
        return x->chain < y->chain ? -1 : 1;
    return (x > y) - (x < y);
}

/* The loops of resources of one id, by time: each is compared with those that begin before it ends. */
static void merge_id(const struct merger *m, const uint32_t *order, size_t n)
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

static int merge(struct tl_loops *l, const struct tl_chain *chains)
{
    struct merger m = {l, chains, malloc((l->n + 1) * sizeof *m.ids)};
    uint32_t *order = malloc((l->n + 1) * sizeof *order);
    if (!order || !m.ids) {
        free(order);
        free(m.ids);
        return TL_ENOMEM;
    }
    for (uint32_t i = 0; i < l->n; i++) {
        order[i] = i;
        const struct tl_resource *x = &l->h->resources[l->items[i].resource];
        m.ids[i] = tl_str_mix(tl_str_hash(x->account), x->id);
    }
    qsort_r(order, l->n, sizeof *order, by_id, &m);
    for (size_t i = 0, end; i < l->n; i = end) {
        for (end = i; end < l->n && m.ids[order[end]] == m.ids[order[i]]; end++)
            ;
        merge_id(&m, order + i, end - i);
    }
    free(order);
    free(m.ids);
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
