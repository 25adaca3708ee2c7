/* Where the log may have missed something of a loop: stretches without a single record of its account and
 * region, in which a cycle was due.
 *
 * CloudTrail does not say what it did not deliver, and an account may be silent because nothing happened. A
 * silence is told as a gap in coverage only where
 *   - the loop should have spoken in it: all cycles were due in it that could have come between its
 * neighbours, and these are one and a half periods apart at least;
 *   - and it is rare: silences of at least half its length make up no more than an eighth of the time that
 * the log covers there, where the longest of them is not counted if it is no night. Minutes in which
 * remediation did something are left out of this, for who knows whether anything else was heard in them: what
 * else happens in the account must be what breaks its silences. So neither the nights of an account that
 * sleeps, nor a pause of a loop that is alone in its account, are gaps. Inside an episode they count: there
 * the loop's own beat would have been heard. An account that sleeps at night has long silences every day;
 * there one is rare that lies inside a day, at an hour at which something was heard on most days around it.
 */
#include "internal.h"

#include <stdlib.h>

#define RARE 8    /* as a share of the time covered */
#define SCOPES 4U /* that a cycle's steps may come from: a global resource has two */

/* How much longer than others the longest silence of some hours is, and how long at most. What is compared
 * with the same hours of other days: how long it may be, how many days to either side, and how many of these
 * at least. */
enum {
    ALONE = 4,
    NO_NIGHT_S = 2 * 3600,
    DAY_S = 24 * 3600,
    SAME_HOURS_MAX_S = 12 * 3600,
    DAYS_AROUND = 7,
    DAYS_LEAST = 2
};

const char *tl_gap_place_name(enum tl_gap_place p)
{
    static const char *const names[] = {"before", "inside", "after"};
    return names[p];
}

static int longest_first(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x < y) - (x > y);
}

/* More than `times` the length at which the longer ones of these, the longest first, are an eighth of the
 * time.
 */
static int64_t uncommon_length(const int64_t *lengths_s, size_t n, int64_t covered_s, int times)
{
    int64_t sum_s = 0, least_s = 0;
    for (size_t i = 0; i < n && least_s == 0; i++) {
        sum_s += lengths_s[i];
        if (sum_s > covered_s / RARE)
            least_s = times * lengths_s[i] + 1;
    }
    return least_s > TL_GAP_S ? least_s : TL_GAP_S;
}

/* The least length that is rare among these. In a log of some hours one gap may be more than an eighth of it:
 * the longest does not count against itself, where it is too short for a night, most of the log is no
 * silence, and the others are shorter by far. */
static int64_t rare_length(int64_t *lengths_s, size_t n, int64_t covered_s)
{
    if (n)
        qsort(lengths_s, n, sizeof *lengths_s, longest_first);
    int64_t rare_s = uncommon_length(lengths_s, n, covered_s, 2);
    if (n && lengths_s[0] <= NO_NIGHT_S && lengths_s[0] <= covered_s / 2) {
        int64_t alone_s = uncommon_length(lengths_s + 1, n - 1, covered_s - lengths_s[0], ALONE);
        rare_s = alone_s < rare_s ? alone_s : rare_s;
    }
    return rare_s;
}

/* A scope's silences, joined where there are only minutes of its steps between them: runs that touch no
 * other. *acted_s is the time that those minutes make up. */
static size_t runs_make(const struct tl_history *h, size_t first, size_t end, const uint32_t *steps,
                        size_t n_steps, struct quiet_run *runs, int64_t *acted_s)
{
    size_t n = 0, k = 0;
    struct quiet_run run = {0, INT64_MIN, 0};
    *acted_s = 0;
    while (first < end || k < n_steps) {
        int64_t step_s = k < n_steps ? h->steps[steps[k]].time_s / 60 * 60 : INT64_MAX;
        bool silence = first < end && h->silences[first].from_s < step_s;
        int64_t next_s = silence ? h->silences[first].from_s : step_s;
        int64_t next_end_s = silence ? h->silences[first].to_s : step_s + 60;
        first += silence;
        k += !silence;
        if (next_s > run.to_s) {
            if (run.to_s != INT64_MIN)
                runs[n++] = run;
            run = (struct quiet_run){next_s, next_s, 0};
        }
        if (silence)
            run.silent_s += next_end_s - next_s;
        else if (next_end_s > run.to_s)
            *acted_s += 60;
        run.to_s = next_end_s > run.to_s ? next_end_s : run.to_s;
    }
    if (run.to_s != INT64_MIN)
        runs[n++] = run;
    return n;
}

static void scope_make(struct field *f, size_t first, size_t end, const struct tl_lists *steps,
                       int64_t *lengths_s)
{
    const struct tl_history *h = f->h;
    uint32_t scope = h->silences[first].scope, from = steps->start[scope], to = steps->start[scope + 1];
    int64_t covered_s = h->scopes[scope].last_s - h->scopes[scope].first_s, acted_s = 0;
    struct silences *out = &f->silences[scope];
    *out = (struct silences){.first = first, .end = end, .first_run = f->n_quiet};
    out->end_run = f->n_quiet +=
        runs_make(h, first, end, steps->at + from, to - from, f->quiet + f->n_quiet, &acted_s);
    for (size_t i = out->first_run; i < out->end_run; i++)
        lengths_s[i - out->first_run] = f->quiet[i].silent_s;
    out->rare_s = rare_length(lengths_s, out->end_run - out->first_run, covered_s - acted_s);
    for (size_t i = first; i < end; i++)
        lengths_s[i - first] = h->silences[i].to_s - h->silences[i].from_s;
    out->rare_beat_s = rare_length(lengths_s, end - first, covered_s);
    if (out->rare_beat_s > out->rare_s)
        out->rare_beat_s = out->rare_s;
}

int gaps_make(struct field *f)
{
    const struct tl_history *h = f->h;
    struct tl_lists steps = {0};
    uint32_t *owner = malloc((h->n_steps + 1) * sizeof *owner);
    int64_t *lengths_s = malloc((h->n_silences + h->n_steps + 1) * sizeof *lengths_s);
    f->silences = calloc(h->n_scopes + 1, sizeof *f->silences);
    f->quiet = malloc((h->n_silences + h->n_steps + 1) * sizeof *f->quiet);
    int r = owner && lengths_s && f->silences && f->quiet ? 0 : TL_ENOMEM;
    if (r == 0 && h->n_silences) {
        for (size_t i = 0; i < h->n_steps; i++)
            owner[i] = h->steps[i].scope;
        r = tl_lists_make(&steps, (uint32_t)h->n_scopes, (uint32_t)h->n_steps, owner);
    }
    for (size_t i = 0, end; r == 0 && i < h->n_silences; i = end) {
        for (end = i; end < h->n_silences && h->silences[end].scope == h->silences[i].scope; end++)
            ;
        scope_make(f, i, end, &steps, lengths_s);
    }
    tl_lists_fini(&steps);
    free(owner);
    free(lengths_s);
    return r;
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

/* Whether first_s to last_s, when cycles were due, lie in the silence: give or take what the loop's beat
 * varies by, at most a quarter of a period. */
static bool is_due(const struct search *g, const struct tl_silence *x, int64_t first_s, int64_t last_s)
{
    int64_t p = g->f->period_median_s, off_s = p - g->f->period_min_s;
    off_s = off_s > p / 4 ? p / 4 : off_s < 60 ? 60 : off_s;
    return p > 0 && first_s >= x->from_s - off_s && last_s <= x->to_s + off_s;
}

/* Whether the scope was quiet for most of [from_s, to_s). */
static bool is_quiet(const struct search *g, uint32_t scope, int64_t from_s, int64_t to_s)
{
    const struct silences *all = &g->s->f->silences[scope];
    const struct quiet_run *runs = g->s->f->quiet;
    size_t lo = all->first_run, hi = all->end_run;
    int64_t quiet_s = 0;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (runs[mid].to_s <= from_s)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (; lo < all->end_run && runs[lo].from_s < to_s; lo++) {
        int64_t a = runs[lo].from_s > from_s ? runs[lo].from_s : from_s;
        int64_t b = runs[lo].to_s < to_s ? runs[lo].to_s : to_s;
        quiet_s = b - a > quiet_s ? b - a : quiet_s;
    }
    return quiet_s * 2 > to_s - from_s;
}

/* Whether at the same hours of two in three of the days around it something was heard. */
static bool is_rare_at_that_hour(const struct search *g, const struct tl_silence *x)
{
    const struct tl_scope *sc = &g->s->f->h->scopes[x->scope];
    int n = 0, heard = 0;
    if (x->to_s - x->from_s < TL_GAP_S || x->to_s - x->from_s > SAME_HOURS_MAX_S)
        return false;
    for (int day = -DAYS_AROUND; day <= DAYS_AROUND; day++) {
        int64_t from_s = x->from_s + (int64_t)day * DAY_S, to_s = x->to_s + (int64_t)day * DAY_S;
        if (day == 0 || from_s < sc->first_s || to_s > sc->last_s)
            continue;
        n++;
        heard += !is_quiet(g, x->scope, from_s, to_s);
    }
    return n >= DAYS_LEAST && heard * 3 >= n * 2;
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

/* The scope's silence, of at least that length or else rare at its hour, that overlaps [from_s, to_s] and in
 * which cycles were due from first_s to last_s. */
static int look(struct search *g, uint32_t scope, int64_t from_s, int64_t to_s, int64_t first_s,
                int64_t last_s, int64_t least_s, enum tl_gap_place place)
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
    for (; lo < all->end && list[lo].from_s <= to_s; lo++)
        if (is_due(g, &list[lo], first_s, last_s) &&
            (list[lo].to_s - list[lo].from_s >= least_s || is_rare_at_that_hour(g, &list[lo])))
            return add_gap(g, &list[lo], place);
    return 0;
}

static int look_inside(struct search *g, uint32_t scope)
{
    const struct silences *all = &g->s->f->silences[scope];
    int64_t p = g->f->period_median_s;
    for (size_t i = 1; i < g->s->loop->n_cycles; i++) {
        const struct tl_cycle *a = subject_cycle(g->s, i - 1), *b = subject_cycle(g->s, i);
        if ((b->first_s - a->first_s) * 2 < p * 3)
            continue;
        int r = look(g, scope, a->first_s, b->first_s, a->first_s + p, b->first_s - p,
                     b->episode_start ? all->rare_s : all->rare_beat_s, TL_GAP_INSIDE);
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

/* A cycle before the first one would have begun a period earlier; the one after the last, a period after
 * that, or after a verdict that was seen since. */
static int look_around(struct search *g, uint32_t scope, enum tl_gap_place place)
{
    const struct tl_finding *f = g->f;
    const struct silences *all = &g->s->f->silences[scope];
    int64_t p = f->period_median_s, near_s = p + p / 4;
    if (place == TL_GAP_BEFORE)
        return look(g, scope, f->first_s - near_s, f->first_s, f->first_s - p, f->first_s - p, all->rare_s,
                    place);
    if (is_seen_to_stop(f) || f->last_s > g->s->to_s - near_s)
        return 0;
    int64_t due_s = subject_cycle(g->s, g->s->loop->n_cycles - 1)->first_s + p;
    due_s = due_s <= f->last_s ? due_s + p : due_s;
    return look(g, scope, f->last_s, f->last_s + near_s, due_s, due_s, all->rare_s, place);
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
