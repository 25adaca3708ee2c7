/* Shapes: events that have all in common but their ids, times and what is of one call. Told here, by
 * the numbers of what is known of their callers and APIs, so that whoever looks such texts up does it once
 * for all of them. */
#include "work.h"

#include <string.h>

/* Which parts an event has: the store tells shapes apart by that, too. */
static unsigned parts_of(const struct tl_event *ev)
{
    return (unsigned)ev->kind << 3 | (ev->n_verdicts > 0) << 2 | (ev->attempt != NULL) << 1 |
           (ev->n_controls > 0);
}

static bool is_same(const struct known_shape *k, const struct known_shape *s)
{
    return k->caller == s->caller && k->api == s->api && k->flags == s->flags && k->parts == s->parts &&
           k->n_account == s->n_account && k->n_error == s->n_error &&
           tl_bytes_eq(k->text, s->text, s->n_account + s->n_error);
}

uint64_t shape_number(struct work *w)
{
    struct tl_extractor *x = w->x;
    tl_str account = w->ev->account, error = w->ev->error_code;
    if (!x->caller || !w->api->number || account.n + error.n > KNOWN_SHAPE_BYTES)
        return 0;
    struct known_shape s = {.caller = x->caller->number,
                            .api = w->api->number,
                            .flags = w->ev->flags,
                            .parts = parts_of(w->ev),
                            .n_account = account.n,
                            .n_error = error.n};
    if (account.n)
        memcpy(s.text, account.p, account.n);
    if (error.n)
        memcpy(s.text + account.n, error.p, error.n);
    const uint64_t k = UINT64_C(0x9e3779b97f4a7c15); /* 2^64 / golden ratio */
    size_t first = ((s.caller << 32 ^ s.api) * k ^ (s.flags + s.n_error) * k) >> 40;
    for (size_t i = 0; i < KNOWN_SHAPE_PROBES; i++) {
        struct known_shape *known = &x->shapes[(first + i) % KNOWN_SHAPES];
        if (known->number && is_same(known, &s))
            return known->number;
    }
    s.number = ++x->n_shapes;
    x->shapes[(first + s.number % KNOWN_SHAPE_PROBES) % KNOWN_SHAPES] = s;
    return s.number;
}
