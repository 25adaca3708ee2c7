/* Where the log may have missed something of a loop: stretches without a single record of its account and
 * region, in which a cycle was due.
 *
 * CloudTrail does not say what it did not deliver, and an account may be silent because nothing happened. A
 * silence is told as a gap in coverage only where
 *   - it is rare: silences of at least half its length make up no more than an eighth of the time that the
 * log covers there, so that the nights of an account that sleeps are none;
 *   - the loop should have spoken in it: a cycle was due, and none came for one and a half periods;
 *   - and something would have been heard: of the minutes in which no remediation did anything a third at
 * least hold other records. Without it a loop that pauses, in an account where little else happens, would
 * look the same. Only inside an episode the loop's own beat says enough.
 */
#include "internal.h"

#include <stdlib.h>

#define RARE 8    /* as a share of the time covered */
#define BUSY 3    /* the same, of the minutes without a step */
#define SCOPES 4U /* that a cycle's steps may come from: a global resource has two */

const char *tl_gap_place_name(enum tl_gap_place p)
{
    static const char *const names[] = {"before", "inside", "after"};
    return names[p];
}

static int by_length(const void *a, const void *b)
{
    const struct tl_silence *x = *(const struct tl_silence *const *)a,
                            *y = *(const struct tl_silence *const *)b;
    int64_t m = x->to_s - x->from_s, n = y->to_s - y->from_s;
    return (m < n) - (m > n);
}

/* The least length that is rare among silences, which come longest first: more than twice that at which they
 * are an eighth of the time. */
static int64_t rare_length(const struct tl_silence *const *longest, size_t n, int64_t covered_s)
{
    int64_t sum_s = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t length_s = longest[i]->to_s - longest[i]->from_s;
        sum_s += length_s;
        if (sum_s > covered_s / RARE)
            return 2 * length_s + 1 > TL_GAP_S ? 2 * length_s + 1 : TL_GAP_S;
    }
    return TL_GAP_S;
}

/* How many minutes of each scope hold a step: `minutes` gets them, and must be zero. */
static int step_minutes(const struct tl_history *h, uint64_t *minutes)
{
    int64_t *last = calloc(h->n_scopes + 1, sizeof *last);
    if (!last)
        return TL_ENOMEM;
    for (size_t i = 0; i < h->n_steps; i++) {
        uint32_t scope = h->steps[i].scope;
        int64_t minute = h->steps[i].time_s / 60;
        minutes[scope] += minutes[scope] == 0 || minute != last[scope];
        last[scope] = minute;
    }
    free(last);
    return 0;
}

static bool is_busy(const struct tl_scope *sc, uint64_t n_step_minutes)
{
    uint64_t n = (uint64_t)(sc->last_s - sc->first_s) / 60 + 1;
    return sc->n_minutes > n_step_minutes && n > n_step_minutes &&
           (sc->n_minutes - n_step_minutes) * BUSY >= n - n_step_minutes;
}

int gaps_make(struct field *f)
{
    const struct tl_history *h = f->h;
    const struct tl_silence **all = malloc((h->n_silences + 1) * sizeof(struct tl_silence *));
    uint64_t *minutes = calloc(h->n_scopes + 1, sizeof *minutes);
    f->silences = calloc(h->n_scopes + 1, sizeof *f->silences);
    if (!all || !minutes || !f->silences || step_minutes(h, minutes)) {
        free(all);
        free(minutes);
        return TL_ENOMEM;
    }
    for (size_t i = 0, end; i < h->n_silences; i = end) {
        uint32_t scope = h->silences[i].scope;
        for (end = i; end < h->n_silences && h->silences[end].scope == scope; end++)
            all[end - i] = &h->silences[end];
        qsort(all, end - i, sizeof(struct tl_silence *), by_length);
        const struct tl_scope *sc = &h->scopes[scope];
        f->silences[scope] = (struct silences){.first = i,
                                               .end = end,
                                               .rare_s = rare_length(all, end - i, sc->last_s - sc->first_s),
                                               .busy = is_busy(sc, minutes[scope])};
    }
    free(all);
    free(minutes);
    return 0;
}

/* ---- one loop ---------------------------------------------------------------------------------- */

struct search {
    const struct subject *s;
    struct tl_finding *f;
    uint32_t scopes[SCOPES];
    size_t n_scopes, cap;
};

static void note_scope(struct search *g, uint32_t scope)
{
    size_t i = 0;
    while (i < g->n_scopes && g->scopes[i] != scope)
        i++;
    if (i == g->n_scopes && i < SCOPES)
        g->scopes[g->n_scopes++] = scope;
}

/* Whether a cycle that follows one at base_s by a whole number of periods, at last_s at the latest, falls
 * into the silence, give or take a quarter of a period. */
static bool is_due(const struct search *g, const struct tl_silence *x, int64_t base_s, int64_t last_s)
{
    int64_t p = g->f->period_median_s, from_s = x->from_s - p / 4, to_s = x->to_s + p / 4;
    if (p <= 0 || to_s < base_s)
        return false;
    int64_t k = from_s <= base_s ? 1 : (from_s - base_s + p - 1) / p;
    k = k < 1 ? 1 : k;
    return base_s + k * p <= to_s && base_s + k * p <= last_s;
}

static int add_gap(struct search *g, const struct tl_silence *x, enum tl_gap_place place)
{
    struct tl_finding *f = g->f;
    if (f->n_gaps && f->gaps[f->n_gaps - 1].from_s == x->from_s) /* at the edge of two places */
        return 0;
    if (f->n_gaps == g->cap) {
        size_t cap = g->cap ? 2 * g->cap : 4;
        struct tl_coverage_gap *grown = tl_arena_calloc(g->s->arena, cap, sizeof *grown);
        if (!grown)
            return TL_ENOMEM;
        if (f->n_gaps)
            memcpy(grown, f->gaps, f->n_gaps * sizeof *grown);
        f->gaps = grown;
        g->cap = cap;
    }
    const struct tl_scope *sc = &g->s->f->h->scopes[x->scope];
    f->gaps[f->n_gaps++] = (struct tl_coverage_gap){
        .account = sc->account, .region = sc->region, .from_s = x->from_s, .to_s = x->to_s, .place = place};
    return 0;
}

/* The scope's rare silences that overlap [from_s, to_s] and in which a cycle was due: see is_due. */
static int look(struct search *g, uint32_t scope, int64_t from_s, int64_t to_s, int64_t base_s,
                int64_t last_s, enum tl_gap_place place)
{
    const struct silences *all = &g->s->f->silences[scope];
    const struct tl_silence *list = g->s->f->h->silences;
    size_t lo = all->first, hi = all->end;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (list[mid].to_s <= from_s)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (int r; lo < all->end && list[lo].from_s <= to_s; lo++)
        if (list[lo].to_s - list[lo].from_s >= all->rare_s && is_due(g, &list[lo], base_s, last_s) &&
            (r = add_gap(g, &list[lo], place)))
            return r;
    return 0;
}

static int look_inside(struct search *g, uint32_t scope)
{
    int64_t p = g->f->period_median_s;
    for (size_t i = 1; i < g->s->loop->n_cycles; i++) {
        const struct tl_cycle *a = subject_cycle(g->s, i - 1), *b = subject_cycle(g->s, i);
        if ((b->first_s - a->first_s) * 2 < p * 3 || (b->episode_start && !g->s->f->silences[scope].busy))
            continue;
        int r = look(g, scope, a->first_s, b->first_s, a->first_s, b->first_s - p / 2, TL_GAP_INSIDE);
        if (r)
            return r;
    }
    return 0;
}

/* Nothing is missing after a stop that the log shows. */
static bool is_seen_to_stop(const struct tl_finding *f)
{
    return f->status == TL_STOPPED && f->stopped.has_event && f->stopped.cause != TL_CAUSE_UNKNOWN;
}

/* A cycle before the first one would have begun a period earlier; one after the last sign begins within a
 * period. */
static int look_around(struct search *g, uint32_t scope, enum tl_gap_place place)
{
    const struct tl_finding *f = g->f;
    int64_t p = f->period_median_s, near_s = p + p / 4;
    if (!g->s->f->silences[scope].busy)
        return 0;
    if (place == TL_GAP_BEFORE)
        return look(g, scope, f->first_s - near_s, f->first_s, f->first_s - 2 * p, f->first_s - p / 2, place);
    if (is_seen_to_stop(f) || f->last_s > g->s->to_s - near_s)
        return 0;
    return look(g, scope, f->last_s, f->last_s + near_s,
                subject_cycle(g->s, g->s->loop->n_cycles - 1)->first_s, f->last_s + near_s, place);
}

static int by_time(const void *a, const void *b)
{
    const struct tl_coverage_gap *x = a, *y = b;
    if (x->from_s != y->from_s)
        return x->from_s < y->from_s ? -1 : 1;
    return tl_str_cmp(x->region, y->region);
}

int gaps_diagnose(const struct subject *s, struct tl_finding *f)
{
    struct search g = {.s = s, .f = f};
    const struct tl_cycle *c = subject_cycle(s, 0);
    int r = 0;
    note_scope(&g, s->loop->scope);
    for (uint32_t k = c->first_step; k < c->first_step + c->n_steps; k++)
        note_scope(&g, subject_step(s, s->f->loops->steps[k].step)->scope);
    for (size_t i = 0; i < g.n_scopes && r == 0; i++) {
        r = look_around(&g, g.scopes[i], TL_GAP_BEFORE);
        if (r == 0)
            r = look_inside(&g, g.scopes[i]);
        if (r == 0)
            r = look_around(&g, g.scopes[i], TL_GAP_AFTER);
    }
    if (f->n_gaps)
        qsort(f->gaps, f->n_gaps, sizeof *f->gaps, by_time);
    return r;
}
