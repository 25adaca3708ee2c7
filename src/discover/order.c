/* The order of calls inside a second. CloudTrail's times have whole seconds, so that calls that share one are
 * in no order; left as they come, they would make noise of a pattern. Where calls stand in seconds of their
 * own, which one follows which is counted; a second's calls are then put one behind the other, each time the
 * one that has most often come after the last. */
#include "trailloop/discover.h"

#include <stdlib.h>
#include <string.h>

struct pair { /* b came after a n times; free where n is 0 */
    uint32_t a, b, n;
};

struct pairs {
    struct pair *slots;
    size_t mask;
};

static struct pair *pair_find(const struct pairs *p, uint32_t a, uint32_t b)
{
    uint64_t h = ((uint64_t)a << 32 | b) * 0x9e3779b97f4a7c15u; /* 2^64 / golden ratio */
    size_t i = (size_t)(h >> 32) & p->mask;
    while (p->slots[i].n && (p->slots[i].a != a || p->slots[i].b != b))
        i = (i + 1) & p->mask;
    return &p->slots[i];
}

/* Where the second that starts at `from` ends. */
static size_t second_end(const int64_t *times_s, size_t from, size_t n)
{
    size_t end = from + 1;
    while (end < n && times_s[end] == times_s[from])
        end++;
    return end;
}

static int pairs_make(struct pairs *p, const int64_t *times_s, const uint32_t *calls, size_t n)
{
    size_t slots = 16;
    while (slots < 2 * n)
        slots *= 2;
    p->mask = slots - 1;
    if (!(p->slots = calloc(slots, sizeof *p->slots)))
        return TL_ENOMEM;
    bool alone_before = false;
    for (size_t i = 0, end; i < n; i = end) {
        end = second_end(times_s, i, n);
        bool alone = end == i + 1;
        if (alone && alone_before) {
            struct pair *x = pair_find(p, calls[i - 1], calls[i]);
            *x = (struct pair){calls[i - 1], calls[i], x->n + 1};
        }
        alone_before = alone;
    }
    return 0;
}

enum { SECOND_MAX = 64 }; /* a second with more calls is ordered by the calls alone: that is steady too */

/* Whether a is to come before b behind `last`: it came there more often; else by the numbers of the calls. */
static bool better(const struct pairs *p, const uint32_t *calls, const uint32_t *last, uint32_t a, uint32_t b)
{
    uint32_t na = last ? pair_find(p, calls[*last], calls[a])->n : 0;
    uint32_t nb = last ? pair_find(p, calls[*last], calls[b])->n : 0;
    if (na != nb)
        return na > nb;
    return calls[a] != calls[b] ? calls[a] < calls[b] : a < b;
}

static void order_second(const struct pairs *p, const uint32_t *calls, const uint32_t *last, uint32_t *order,
                         size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t first = i;
        for (size_t k = i + 1; k < n; k++)
            if (better(p, calls, last, order[k], order[first]))
                first = k;
        uint32_t chosen = order[first];
        memmove(&order[i + 1], &order[i], (first - i) * sizeof *order);
        order[i] = chosen;
        last = &order[i];
    }
}

static int by_call(const void *a, const void *b, void *ctx)
{
    const uint32_t *calls = ctx;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return calls[x] != calls[y] ? (calls[x] > calls[y]) - (calls[x] < calls[y]) : (x > y) - (x < y);
}

int tl_calls_order(const int64_t *times_s, const uint32_t *calls, size_t n, uint32_t *order)
{
    struct pairs p = {0};
    if (pairs_make(&p, times_s, calls, n))
        return TL_ENOMEM;
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    for (size_t i = 0, end; i < n; i = end) {
        end = second_end(times_s, i, n);
        if (end - i > SECOND_MAX)
            qsort_r(order + i, end - i, sizeof *order, by_call, (void *)(uintptr_t)calls);
        else if (end - i > 1)
            order_second(&p, calls, i ? &order[i - 1] : NULL, order + i, end - i);
    }
    free(p.slots);
    return 0;
}
