/* Repetitions of short units, by dynamic programming from right to left.
 *
 * same[d][i] tells how many calls from i on equal those d places later (up to the longest unit): with it any
 * two stretches are compared in one step. For each length p and place i, the exact copy at i is linked to the
 * exact copy that follows it best: right behind it, after one foreign call, or after up to three flawed
 * copies. The chain that is best from i on is then known from the chains further right. A chain that no link
 * leads to is a candidate. Candidates are taken by weight, the heaviest first; what overlaps one that was
 * taken is cut back to its free copies, and waits for its turn with what weight that leaves. */
#include "trailloop/discover.h"

#include <stdlib.h>

#define UNIT_MAX TL_DISCOVER_UNIT_MAX
#define FLAWED_MAX 3                                              /* in a row */
#define DISTANCE_MAX (UNIT_MAX + FLAWED_MAX * (UNIT_MAX + 1) + 1) /* between two calls that are compared */
#define NOWHERE UINT32_MAX

enum flaw { HOLDS_FOREIGN, LACKS_CALL, REPLACED /* both: one call is another one */ };

struct link { /* from an exact copy to the next one */
    uint32_t next;
    uint8_t n_flawed;
    uint8_t flaws;   /* two bits per flawed copy */
    bool foreign;    /* one foreign call between: then there is no flawed copy */
    bool is_reached; /* some link leads here */
};

struct candidate {
    uint32_t first, end; /* exact copies: the first one; where the chain is cut, NOWHERE for not at all */
    uint32_t next;       /* of the same weight */
    uint8_t p;
};

struct finder {
    const uint32_t *calls;
    size_t n;
    uint32_t min_copies;
    uint8_t *same;                    /* [d * n + i] */
    struct link *links[UNIT_MAX + 1]; /* per length, per place */
    uint32_t *best;                   /* per place, of the length at hand: copies from there on */
    struct candidate *candidates;
    size_t n_candidates, cap_candidates;
    uint32_t *by_weight; /* the first candidate of each weight; NOWHERE */
    size_t n_weights;
    uint8_t *taken; /* per call */
    struct tl_repetitions *out;
};

/* ---- comparing ------------------------------------------------------------------------------- */

static void same_make(struct finder *f)
{
    for (size_t d = 1; d <= DISTANCE_MAX; d++) {
        uint8_t *row = f->same + d * f->n, run = 0;
        for (size_t i = f->n; i-- > 0;) {
            run = i + d < f->n && f->calls[i] == f->calls[i + d] ? run + (run < UNIT_MAX) : 0;
            row[i] = run;
        }
    }
}

/* Whether n calls at a and at b (later, or the same place) are equal. */
static bool equal(const struct finder *f, size_t a, size_t b, size_t n)
{
    return n == 0 || (b + n <= f->n && (a == b || f->same[(b - a) * f->n + a] >= n));
}

/* How many of the n calls at a and b are equal before the first that is not. */
static size_t equal_before(const struct finder *f, size_t a, size_t b, size_t n)
{
    size_t same = b < f->n ? f->same[(b - a) * f->n + a] : 0;
    return same < n ? same : n;
}

static bool is_primitive(const struct finder *f, size_t i, size_t p)
{
    for (size_t d = 1; d <= p / 2; d++)
        if (p % d == 0 && equal(f, i, i + d, p - d))
            return false;
    return true;
}

static enum flaw flaw_of(const struct link *l, int k)
{
    return (enum flaw)(l->flaws >> 2 * k & 3);
}

/* How many calls such a copy of a unit of p calls has. */
static size_t flawed_length(enum flaw flaw, size_t p)
{
    return flaw == HOLDS_FOREIGN ? p + 1 : flaw == LACKS_CALL ? p - 1 : p;
}

/* Whether at j starts a copy with this flaw of the unit at i. A unit of two is no longer known by one of
 * them. */
static bool is_flawed(const struct finder *f, size_t i, size_t j, size_t p, enum flaw flaw)
{
    size_t length = flawed_length(flaw, p);
    if (j + length > f->n || (flaw != HOLDS_FOREIGN && p < 3))
        return false;
    size_t before = equal_before(f, i, j, p);
    if (flaw == HOLDS_FOREIGN)
        return before > 0 && before < p && equal(f, i + before, j + before + 1, p - before);
    if (before == p)
        return false; /* exact */
    size_t behind = p - before - 1;
    return equal(f, i + before + 1, j + length - behind, behind);
}

/* ---- links ----------------------------------------------------------------------------------- */

struct way { /* from the exact copy at i on */
    struct link link;
    uint32_t copies; /* complete ones, from the flawed ones to the end of the chain */
};

/* The better of two ways has more copies; of equals the first one stands. */
static void consider(const struct finder *f, size_t i, size_t p, size_t next, struct link link,
                     uint32_t flawed_copies, struct way *best)
{
    if (!equal(f, i, next, p) || next + p > f->n)
        return;
    uint32_t copies = flawed_copies + f->best[next];
    if (best->link.next != NOWHERE && copies <= best->copies)
        return;
    link.next = (uint32_t)next;
    *best = (struct way){link, copies};
}

static void follow_flawed(const struct finder *f, size_t i, size_t p, size_t at, struct link link,
                          uint32_t copies, struct way *best)
{
    if (link.n_flawed)
        consider(f, i, p, at, link, copies, best);
    for (int flaw = HOLDS_FOREIGN; flaw <= REPLACED && link.n_flawed < FLAWED_MAX; flaw++) {
        struct link more = link;
        if (!is_flawed(f, i, at, p, (enum flaw)flaw))
            continue;
        more.flaws |= (uint8_t)(flaw << 2 * link.n_flawed);
        more.n_flawed++;
        follow_flawed(f, i, p, at + flawed_length((enum flaw)flaw, p), more, copies + (flaw == HOLDS_FOREIGN),
                      best);
    }
}

static void links_make(struct finder *f, size_t p)
{
    struct link *links = f->links[p];
    const struct link none = {.next = NOWHERE};
    for (size_t i = f->n; i-- > 0;) {
        struct way best = {.link = none};
        f->best[i] = 0;
        links[i] = none;
        if (i + p > f->n || !is_primitive(f, i, p))
            continue;
        consider(f, i, p, i + p, none, 0, &best);
        consider(f, i, p, i + p + 1, (struct link){.next = NOWHERE, .foreign = true}, 0, &best);
        follow_flawed(f, i, p, i + p, none, 0, &best);
        links[i] = best.link;
        f->best[i] = 1 + best.copies;
        if (best.link.next != NOWHERE)
            links[best.link.next].is_reached = true;
    }
}

/* ---- candidates ------------------------------------------------------------------------------ */

/* Complete copies of the chain from `first` on, up to `end`; and, where they are asked for, the weight (what
 * is explained counts twice, so that a shorter unit does not win by leaving things out; each copy once, so
 * that of two that explain the same the shorter one does) and the place behind the last call. */
static uint32_t walk(const struct finder *f, size_t p, uint32_t first, uint32_t end, size_t *weight,
                     size_t *behind)
{
    uint32_t copies = 0;
    size_t explained = 0, at = first;
    for (uint32_t i = first; i != end; i = f->links[p][i].next) {
        const struct link *l = &f->links[p][i];
        copies++;
        explained += p;
        at = i + p;
        if (l->next == end)
            break;
        for (int k = 0; k < l->n_flawed; k++) {
            copies += flaw_of(l, k) == HOLDS_FOREIGN;
            explained += flaw_of(l, k) == HOLDS_FOREIGN ? p : p - 1;
        }
    }
    *weight = 2 * explained + copies;
    *behind = at;
    return copies;
}

static int add_candidate(struct finder *f, struct candidate c)
{
    size_t weight, behind;
    if (walk(f, c.p, c.first, c.end, &weight, &behind) < f->min_copies)
        return 0;
    if (tl_grow(&f->candidates, &f->cap_candidates, f->n_candidates + 1, sizeof *f->candidates))
        return TL_ENOMEM;
    c.next = f->by_weight[weight];
    f->by_weight[weight] = (uint32_t)f->n_candidates;
    f->candidates[f->n_candidates++] = c;
    return 0;
}

/* Added from the longest unit and the last place to the first ones: of one weight the shortest unit, and of
 * these the first place, are then the first in the list. */
static int candidates_make(struct finder *f)
{
    int r = 0;
    for (size_t p = UNIT_MAX; r == 0 && p > 0; p--) {
        links_make(f, p);
        for (size_t i = f->n; r == 0 && i-- > 0;)
            if (f->best[i] >= f->min_copies && !f->links[p][i].is_reached)
                r = add_candidate(f, (struct candidate){(uint32_t)i, NOWHERE, NOWHERE, (uint8_t)p});
    }
    return r;
}

/* ---- taking them ----------------------------------------------------------------------------- */

static bool is_free(const struct finder *f, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (f->taken[i])
            return false;
    return true;
}

static int add_copy(struct finder *f, size_t first, size_t n_calls, bool partial, bool foreign)
{
    struct tl_repetitions *out = f->out;
    if (tl_grow(&out->copies, &out->cap_copies, out->n_copies + 1, sizeof *out->copies))
        return TL_ENOMEM;
    out->copies[out->n_copies++] = (struct tl_copy){(uint32_t)first, (uint32_t)n_calls, partial};
    struct tl_repetition *x = &out->items[out->n - 1];
    x->n_copies++;
    x->n_complete += !partial;
    x->n_foreign += foreign;
    return 0;
}

static int take(struct finder *f, const struct candidate *c)
{
    struct tl_repetitions *out = f->out;
    size_t p = c->p, at = c->first;
    int r = tl_grow(&out->items, &out->cap, out->n + 1, sizeof *out->items);
    if (r)
        return r;
    out->items[out->n++] = (struct tl_repetition){
        .unit = c->first, .n_unit = (uint32_t)p, .first_copy = (uint32_t)out->n_copies};
    for (uint32_t i = c->first; r == 0 && i != c->end; i = f->links[p][i].next) {
        const struct link *l = &f->links[p][i];
        r = add_copy(f, i, p, false, false);
        at = i + p;
        if (l->next == c->end)
            break;
        for (int k = 0; r == 0 && k < l->n_flawed; k++) {
            enum flaw flaw = flaw_of(l, k);
            size_t length = flawed_length(flaw, p);
            r = add_copy(f, at, length, flaw != HOLDS_FOREIGN, flaw != LACKS_CALL);
            at += length;
        }
        out->items[out->n - 1].n_foreign += l->foreign;
    }
    for (size_t i = c->first; i < at; i++)
        f->taken[i] = 1;
    return r;
}

/* Cuts the chain into its longest stretches of free copies: each waits for its own turn. */
static int cut_back(struct finder *f, struct candidate c)
{
    uint32_t first = NOWHERE, i = c.first;
    size_t p = c.p, from = c.first;
    int r = 0;
    while (r == 0 && i != c.end) {
        bool open = first != NOWHERE;
        if (!is_free(f, open ? from : i, i + p)) {
            if (open)
                r = add_candidate(f, (struct candidate){first, i, NOWHERE, c.p});
            first = is_free(f, i, i + p) ? i : NOWHERE;
        } else if (!open) {
            first = i;
        }
        from = i + p;
        i = f->links[p][i].next;
        if (i == NOWHERE)
            break;
    }
    if (r == 0 && first != NOWHERE)
        r = add_candidate(f, (struct candidate){first, c.end, NOWHERE, c.p});
    return r;
}

static int take_all(struct finder *f)
{
    int r = 0;
    for (size_t w = f->n_weights; r == 0 && w-- > 0;)
        while (r == 0 && f->by_weight[w] != NOWHERE) {
            struct candidate c = f->candidates[f->by_weight[w]];
            size_t weight, behind;
            f->by_weight[w] = c.next;
            walk(f, c.p, c.first, c.end, &weight, &behind);
            r = is_free(f, c.first, behind) ? take(f, &c) : cut_back(f, c);
        }
    return r;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static int by_first(const void *a, const void *b)
{
    const struct tl_repetition *x = a, *y = b;
    return (x->unit > y->unit) - (x->unit < y->unit);
}

static int finder_make(struct finder *f)
{
    bool whole = true;
    f->n_weights = 3 * f->n + 1; /* no copy is shorter than one call */
    f->same = malloc((DISTANCE_MAX + 1) * f->n);
    f->best = malloc(f->n * sizeof *f->best);
    f->taken = calloc(f->n, 1);
    f->by_weight = malloc(f->n_weights * sizeof *f->by_weight);
    for (size_t p = 1; p <= UNIT_MAX; p++)
        whole &= (f->links[p] = malloc(f->n * sizeof(struct link))) != NULL;
    if (!whole || !f->same || !f->best || !f->taken || !f->by_weight)
        return TL_ENOMEM;
    for (size_t w = 0; w < f->n_weights; w++)
        f->by_weight[w] = NOWHERE;
    return 0;
}

int tl_repetitions_find(const uint32_t *calls, size_t n, uint32_t min_copies, struct tl_repetitions *out)
{
    struct finder f = {.calls = calls, .n = n, .min_copies = min_copies, .out = out};
    *out = (struct tl_repetitions){0};
    if (n < 2)
        return 0;
    int r = finder_make(&f);
    if (r == 0) {
        same_make(&f);
        r = candidates_make(&f);
    }
    if (r == 0)
        r = take_all(&f);
    if (r == 0 && out->n)
        qsort(out->items, out->n, sizeof *out->items, by_first);
    for (size_t p = 1; p <= UNIT_MAX; p++)
        free(f.links[p]);
    free(f.same);
    free(f.best);
    free(f.taken);
    free(f.by_weight);
    free(f.candidates);
    return r;
}

void tl_repetitions_fini(struct tl_repetitions *r)
{
    free(r->items);
    free(r->copies);
    *r = (struct tl_repetitions){0};
}

size_t tl_unit_least_rotation(const uint32_t *unit, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            uint32_t a = unit[(i + k) % n], b = unit[(best + k) % n];
            if (a != b) {
                best = a < b ? i : best;
                break;
            }
        }
    return best;
}
