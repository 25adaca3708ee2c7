/* What undid what: for each change of one resource, the later change that takes it back.
 *
 * Two changes undo each other when their calls are inverse (Add and Remove, Attach and Detach ...) on the
 * same noun of one service and carry the same name (statement id, rule, policy), or none; either may come
 * first: a permission that is taken away can be put back. The other way is by values: the same call, with the
 * parameters that held before the change. A second is unordered: inside one, changes are read in the order in
 * which they undo each other, if there is one.
 *
 * Linear but for sorting: each change waits in the list of its verb until an inverse one takes all of them.
 */
#include "trailloop/detect.h"
#include "verbs.h"

#include <stdlib.h>
#include <string.h>

bool tl_calls_are_inverse(const struct tl_api *a, const struct tl_api *b)
{
    struct verbs x = verbs_of(a->service, a->action), y = verbs_of(b->service, b->action);
    return x.noun == y.noun && verbs_inverse(x.verb, y.verb);
}

/* ---- pairs in time --------------------------------------------------------------------------- */

struct item {       /* one successful change */
    uint64_t group; /* equal for the same noun of one service; of values: for the same call */
    uint64_t keys;  /* of its fingerprint: which parameters it has */
    uint32_t detail;
    uint32_t at; /* index into the steps given, which is the order in time */
    uint8_t verb;
};

struct finder {
    const struct tl_history *h;
    const uint32_t *steps;
    struct tl_undo *out;
    struct verbs *verbs;     /* per api; all 0: not told yet */
    uint32_t *next;          /* per change: the one that waits behind it */
    uint32_t first[NO_VERB]; /* waiting, per verb; TL_NONE */
};

static const struct tl_step *step_of(const struct finder *f, uint32_t at)
{
    return &f->h->steps[f->steps[at]];
}

static int compare_items(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (x->detail != y->detail)
        return x->detail < y->detail ? -1 : 1;
    if (x->keys != y->keys)
        return x->keys < y->keys ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static bool same_group(const struct item *a, const struct item *b)
{
    return a->group == b->group && a->detail == b->detail && a->keys == b->keys;
}

static void wait_behind(struct finder *f, uint32_t *first, uint32_t at)
{
    f->next[at] = *first;
    *first = at;
}

/* Whoever waits in the list is undone by `by`, unless something undid it before. */
static void take(struct finder *f, uint32_t *first, uint32_t by, enum tl_undo_proof proof)
{
    for (uint32_t at = *first; at != TL_NONE; at = f->next[at])
        if (f->out[at].by > by)
            f->out[at] = (struct tl_undo){by, proof};
    *first = TL_NONE;
}

/* ---- inverse calls --------------------------------------------------------------------------- */

static bool has_inverse_waiting(const struct finder *f, uint8_t verb)
{
    for (unsigned v = 0; v < NO_VERB; v++)
        if (f->first[v] != TL_NONE && verbs_inverse(v, verb))
            return true;
    return false;
}

static void inverse_step(struct finder *f, const struct item *i)
{
    for (unsigned v = 0; v < NO_VERB; v++)
        if (f->first[v] != TL_NONE && verbs_inverse(v, i->verb))
            take(f, &f->first[v], i->at, i->detail ? TL_UNDO_NAMED : TL_UNDO_WHOLE);
    wait_behind(f, &f->first[i->verb], i->at);
}

enum { SECOND_MAX = 16 }; /* more changes of one thing in one second are read as they come */

/* The items of one second: those that undo something come first, as long as there are any. */
static void inverse_second(struct finder *f, struct item *items, size_t n)
{
    for (size_t done = 0; done < n; done++) {
        size_t next = done;
        while (n <= SECOND_MAX && next < n && !has_inverse_waiting(f, items[next].verb))
            next++;
        struct item chosen = items[next == n ? done : next];
        if (next != n)
            memmove(&items[done + 1], &items[done], (next - done) * sizeof *items);
        items[done] = chosen;
        inverse_step(f, &chosen);
    }
}

static void inverse_group(struct finder *f, struct item *items, size_t n)
{
    for (unsigned v = 0; v < NO_VERB; v++)
        f->first[v] = TL_NONE;
    for (size_t i = 0, end; i < n; i = end) {
        int64_t t_s = step_of(f, items[i].at)->time_s;
        for (end = i; end < n && step_of(f, items[end].at)->time_s == t_s; end++)
            ;
        inverse_second(f, items + i, end - i);
    }
}

/* ---- values that come back ------------------------------------------------------------------- */

static void value_group(struct finder *f, struct item *items, size_t n)
{
    uint64_t before = 0, now = 0;
    uint32_t run = TL_NONE; /* the changes that put `now` */
    for (size_t i = 0; i < n; i++) {
        uint64_t value = step_of(f, items[i].at)->fingerprint;
        if (value != now && value == before)
            take(f, &run, items[i].at, TL_UNDO_VALUE);
        if (value != now) {
            before = now;
            now = value;
            run = TL_NONE;
        }
        wait_behind(f, &run, items[i].at);
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void each_group(struct finder *f, struct item *items, size_t n,
                       void (*group)(struct finder *f, struct item *items, size_t n))
{
    qsort(items, n, sizeof *items, compare_items);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && same_group(&items[i], &items[end]); end++)
            ;
        group(f, items + i, end - i);
    }
}

/* What the call of a successful change does; NULL for any other step. */
static const struct verbs *good_change(const struct finder *f, uint32_t at)
{
    const struct tl_step *s = step_of(f, at);
    if (s->kind != TL_STEP_CHANGE || s->flags & TL_STEP_FAILED)
        return NULL;
    struct verbs *u = &f->verbs[s->subject];
    if (u->noun == 0 &&
        u->verb == 0) /* only those that were called: there may be many resources to ask for */
        *u = verbs_of(f->h->apis[s->subject].service, f->h->apis[s->subject].action);
    return u;
}

static void find(struct finder *f, struct item *items, size_t n_steps)
{
    size_t n = 0;
    for (uint32_t i = 0; i < n_steps; i++) {
        const struct verbs *u = good_change(f, i);
        f->out[i] = (struct tl_undo){.by = TL_NONE};
        if (u && u->verb != NO_VERB)
            items[n++] =
                (struct item){.group = u->noun, .detail = step_of(f, i)->detail, .at = i, .verb = u->verb};
    }
    each_group(f, items, n, inverse_group);
    n = 0;
    for (uint32_t i = 0; i < n_steps; i++) {
        const struct verbs *u = good_change(f, i);
        const struct tl_step *s = step_of(f, i);
        if (u && u->restores && s->fingerprint)
            items[n++] = (struct item){.group = s->subject,
                                       .detail = s->detail,
                                       .at = i,
                                       .keys = s->fingerprint >> TL_FINGERPRINT_KEYS_SHIFT};
    }
    each_group(f, items, n, value_group);
}

int tl_undo_find(const struct tl_history *h, const uint32_t *steps, size_t n, struct tl_undo *out)
{
    struct finder f = {.h = h, .steps = steps, .out = out};
    struct item *items = malloc((n + 1) * sizeof *items);
    f.next = malloc((n + 1) * sizeof *f.next);
    f.verbs = calloc(h->n_apis + 1, sizeof *f.verbs);
    int r = items && f.next && f.verbs ? 0 : TL_ENOMEM;
    if (r == 0)
        find(&f, items, n);
    free(items);
    free(f.next);
    free(f.verbs);
    return r;
}
