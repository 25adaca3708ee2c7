/* One resource's repetitions, gathered by what is repeated: the same unit may come in several runs, and
 * turned in another way in each. What counts for the rank is told here: how often, how regularly, by whom,
 * and whether the parameters come back too: a loop comes back to where it was, a queue of new things does
 * not. */
#include "patterns.h"

#include "trailloop/discover.h"

#include <stdlib.h>
#include <string.h>

#define VERDICT TL_STR("config:PutEvaluations")
#define ATTEMPT TL_STR("ssm:StartAutomationExecution")

enum {
    GAPS_MAX = 1 << 14, /* the first ones; the median of so many stands for all */
    CALLERS_MAX = 32    /* principals told apart; the others are counted */
};

struct pattern_group {
    uint64_t hash;
    tl_str unit[TL_DISCOVER_UNIT_MAX]; /* turned as it is shown */
    size_t n_unit;
    uint32_t n_copies, n_partial, n_foreign, n_runs;
    int64_t first_s, last_s, max_step_s;
    int64_t *gaps; /* from copy to copy */
    size_t n_gaps, cap_gaps;
    struct tl_pattern_caller callers[CALLERS_MAX];
    size_t n_callers;
    uint32_t n_calls, n_automated; /* in exact copies */
    uint32_t n_compared,
        n_the_same; /* calls with parameters, and those with the same as in the copy before */
};

/* ---- which group ----------------------------------------------------------------------------- */

/* Where the unit is shown to start: at the verdict, else at the attempt, else as it came first. */
static size_t shown_first(const tl_str *unit, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (tl_str_eq(unit[i], VERDICT) && !tl_str_eq(unit[(i + n - 1) % n], VERDICT))
            return i;
    for (size_t i = 0; i < n; i++)
        if (tl_str_eq(unit[i], ATTEMPT))
            return i;
    return 0;
}

static bool is_rotation(const tl_str *a, const tl_str *b, size_t n, size_t by)
{
    for (size_t i = 0; i < n; i++)
        if (!tl_str_eq(a[i], b[(i + by) % n]))
            return false;
    return true;
}

/* The same for every rotation of the unit. */
static uint64_t unit_hash(const tl_str *unit, size_t n)
{
    uint64_t sum = n;
    for (size_t i = 0; i < n; i++) {
        uint64_t two = tl_str_hash(unit[i]) * 31 + tl_str_hash(unit[(i + 1) % n]);
        sum += two * 0x9e3779b97f4a7c15u; /* 2^64 / golden ratio */
    }
    return sum;
}

/* The unit's group, made if there is none, and in *turn where in `unit` the group's starts. NULL with *r 0:
 * there are too many. */
static struct pattern_group *group_of(struct patterns *p, const tl_str *unit, size_t n, size_t *turn, int *r)
{
    uint64_t hash = unit_hash(unit, n);
    for (size_t i = 0; i < p->n; i++) {
        struct pattern_group *g = &p->groups[i];
        for (*turn = 0; g->hash == hash && g->n_unit == n && *turn < n; ++*turn)
            if (is_rotation(g->unit, unit, n, *turn))
                return g;
    }
    if (p->n == PATTERN_GROUPS_MAX) {
        p->n_left_out++;
        return NULL;
    }
    if ((*r = tl_grow(&p->groups, &p->cap, p->n + 1, sizeof *p->groups)))
        return NULL;
    struct pattern_group *g = &p->groups[p->n++];
    *g = (struct pattern_group){.hash = hash, .n_unit = n, .first_s = INT64_MAX, .last_s = INT64_MIN};
    *turn = shown_first(unit, n);
    for (size_t i = 0; i < n && *r == 0; i++)
        *r = tl_arena_copy(&p->arena, unit[(*turn + i) % n], &g->unit[i]);
    return *r ? NULL : g;
}

/* ---- what is gathered ------------------------------------------------------------------------ */

struct run { /* one repetition */
    struct patterns *p;
    const struct pattern_part *part;
    const uint32_t *order; /* places in the part, as they were read */
    const struct tl_repetition *repetition;
    const struct tl_copy *copies; /* of the repetition */
    struct pattern_group *g;
    size_t turn; /* where in the unit the group's starts */
};

static const struct pattern_call *call_at(const struct run *x, size_t i)
{
    return &x->part->calls[x->order[i]];
}

static int count_caller(struct run *x, const struct tl_caller *c)
{
    struct pattern_group *g = x->g;
    size_t i = 0;
    g->n_calls++;
    g->n_automated += !c->person;
    while (i < g->n_callers && !tl_str_eq(g->callers[i].principal, c->principal))
        i++;
    if (i == CALLERS_MAX)
        return 0;
    if (i == g->n_callers) {
        struct tl_pattern_caller *to = &g->callers[g->n_callers++];
        *to = (struct tl_pattern_caller){.person = c->person};
        if (tl_arena_copy(&x->p->arena, c->principal, &to->principal) ||
            tl_arena_copy(&x->p->arena, c->user_agent, &to->user_agent))
            return TL_ENOMEM;
    }
    g->callers[i].n_calls++;
    return 0;
}

static bool is_exact(const struct run *x, const struct tl_copy *c)
{
    return !c->partial && c->n_calls == x->repetition->n_unit;
}

static void longer_step(struct run *x, size_t from, size_t to)
{
    int64_t d = call_at(x, to)->time_s - call_at(x, from)->time_s;
    x->g->max_step_s = d > x->g->max_step_s ? d : x->g->max_step_s;
}

/* An exact copy: its callers, its steps, and what came back of the exact copy before it. */
static int add_exact(struct run *x, const struct tl_copy *c, const struct tl_copy *before)
{
    int r = 0;
    for (uint32_t k = 0; r == 0 && k < c->n_calls; k++) {
        const struct pattern_call *call = call_at(x, c->first + k);
        r = count_caller(x, &x->part->callers[call->caller]);
        if (before && call->fingerprint) {
            x->g->n_compared++;
            x->g->n_the_same += call->fingerprint == call_at(x, before->first + k)->fingerprint;
        }
        if (k > 0 && k != x->turn)
            longer_step(x, c->first + k - 1, c->first + k);
    }
    if (before && x->turn && before->first + before->n_calls == c->first)
        longer_step(x, c->first - 1, c->first);
    return r;
}

static int add_run(struct run *x)
{
    struct pattern_group *g = x->g;
    const struct tl_repetition *p = x->repetition;
    const struct tl_copy *exact = NULL, *last = &x->copies[p->n_copies - 1];
    int64_t first_s = call_at(x, x->copies[0].first)->time_s,
            last_s = call_at(x, last->first + last->n_calls - 1)->time_s;
    int r = 0;
    g->n_runs++;
    g->n_copies += p->n_complete;
    g->n_partial += p->n_copies - p->n_complete;
    g->n_foreign += p->n_foreign;
    g->first_s = first_s < g->first_s ? first_s : g->first_s;
    g->last_s = last_s > g->last_s ? last_s : g->last_s;
    for (uint32_t i = 0; r == 0 && i < p->n_copies; i++) {
        const struct tl_copy *c = &x->copies[i];
        bool whole_pair = i && !c->partial && !x->copies[i - 1].partial;
        if (whole_pair && g->n_gaps < GAPS_MAX) {
            r = tl_grow(&g->gaps, &g->cap_gaps, g->n_gaps + 1, sizeof *g->gaps);
            if (r == 0)
                g->gaps[g->n_gaps++] =
                    call_at(x, c->first)->time_s - call_at(x, x->copies[i - 1].first)->time_s;
        }
        if (r == 0 && is_exact(x, c)) {
            r = add_exact(x, c, exact);
            exact = c;
        }
    }
    return r;
}

/* Verdicts alone are somebody who looks and does nothing: a rule's schedule, and no pattern of changes. */
static bool is_verdicts_only(const tl_str *unit, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!tl_str_eq(unit[i], VERDICT))
            return false;
    return true;
}

static int add_repetition(struct run *x, const uint32_t *numbers)
{
    tl_str unit[TL_DISCOVER_UNIT_MAX];
    size_t n = x->repetition->n_unit;
    int r = 0;
    for (size_t i = 0; i < n; i++)
        unit[i] = x->part->names[numbers[x->repetition->unit + i]];
    if (is_verdicts_only(unit, n))
        return 0;
    x->g = group_of(x->p, unit, n, &x->turn, &r);
    return x->g ? add_run(x) : r;
}

/* Calls [from, to) of the order, between two pauses. */
static int add_stretch(struct run *x, const uint32_t *numbers, size_t from, size_t to, uint32_t min_copies)
{
    struct tl_repetitions found;
    struct run stretch = *x;
    int r = tl_repetitions_find(numbers + from, to - from, min_copies, &found);
    stretch.order = x->order + from;
    for (size_t i = 0; r == 0 && i < found.n; i++) {
        stretch.repetition = &found.items[i];
        stretch.copies = found.copies + found.items[i].first_copy;
        r = add_repetition(&stretch, numbers + from);
    }
    tl_repetitions_fini(&found);
    return r;
}

int patterns_add(struct patterns *p, const struct pattern_part *part, uint32_t min_copies)
{
    size_t n = part->n_calls;
    int64_t *times = malloc((n + 1) * sizeof *times);
    uint32_t *numbers = malloc((n + 1) * sizeof *numbers), *order = malloc((n + 1) * sizeof *order);
    int r = times && numbers && order ? 0 : TL_ENOMEM;
    for (size_t i = 0; r == 0 && i < n; i++) {
        times[i] = part->calls[i].time_s;
        numbers[i] = part->calls[i].call;
    }
    if (r == 0)
        r = tl_calls_order(times, numbers, n, order);
    for (size_t i = 0; r == 0 && i < n; i++)
        numbers[i] = part->calls[order[i]].call;
    struct run x = {.p = p, .part = part, .order = order};
    for (size_t from = 0, i = 1; r == 0 && from < n; i++)
        if (i == n || times[i] - times[i - 1] > TL_DISCOVER_GAP_S) { /* times are the same in either order */
            r = add_stretch(&x, numbers, from, i, min_copies);
            from = i;
        }
    free(times);
    free(numbers);
    free(order);
    return r;
}

/* ---- what is told ---------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The median, and how many of a hundred gaps are within a quarter of it (or two seconds). */
static void period_make(struct pattern_group *g, struct tl_pattern *out)
{
    if (g->n_gaps == 0)
        return;
    qsort(g->gaps, g->n_gaps, sizeof *g->gaps, by_value);
    int64_t median = g->gaps[(g->n_gaps - 1) / 2], near = median / 4 > 2 ? median / 4 : 2;
    size_t n_near = 0;
    for (size_t i = 0; i < g->n_gaps; i++)
        n_near += g->gaps[i] >= median - near && g->gaps[i] <= median + near;
    out->period_median_s = median;
    out->period_min_s = g->gaps[0];
    out->period_max_s = g->gaps[g->n_gaps - 1];
    out->regular_percent = (uint32_t)(100 * n_near / g->n_gaps);
}

/* Copies, each worth what speaks for it: all of it where the gaps are regular, the callers are automations
 * and the parameters come back; a tenth where they never do; half of that where the unit is one call. */
static uint64_t score_of(const struct tl_pattern *p)
{
    uint64_t score = (uint64_t)p->n_copies * p->regular_percent * p->automated_percent;
    score = score * (10 + 9 * (uint64_t)p->same_percent / 10) / 100;
    return (p->n_unit == 1 ? score / 2 : score) / 100;
}

/* Whether every letter is one that AWS's names have: what else there is does not belong in a command. */
static bool is_plain(tl_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' ||
                    c == '-' || c == '_' || c == '.';
        if (!good)
            return false;
    }
    return s.n > 0;
}

/* The unit as --chain takes it: a verdict at most, an attempt at most and right after it, two steps at least.
 */
static int chain_make(const struct pattern_group *g, struct tl_arena *arena, struct tl_pattern *out)
{
    tl_str steps[TL_DISCOVER_UNIT_MAX + 1];
    size_t n = 0, n_verdicts = 0, n_attempts = 0;
    bool turned = false;
    for (size_t i = 0; i < g->n_unit; i++) {
        if (!is_plain(g->unit[i]))
            return 0;
        n_verdicts += tl_str_eq(g->unit[i], VERDICT);
        turned |= tl_str_eq(g->unit[i], ATTEMPT) && n_attempts == 0 && i != n_verdicts;
        n_attempts += tl_str_eq(g->unit[i], ATTEMPT);
    }
    if (n_verdicts)
        steps[n++] = VERDICT;
    if (n_attempts)
        steps[n++] = ATTEMPT;
    for (size_t i = 0; i < g->n_unit; i++)
        if (!tl_str_eq(g->unit[i], VERDICT) && !tl_str_eq(g->unit[i], ATTEMPT))
            steps[n++] = g->unit[i];
    out->chain_note = n_verdicts > 1 || n_attempts > 1 || turned ? TL_CHAIN_CUT : TL_CHAIN_EXACT;
    if (n == 1) {
        steps[n++] = steps[0];
        out->chain_note = TL_CHAIN_DOUBLED;
        out->max_step_s = out->period_max_s; /* from one copy to the next is a step of it */
    }
    struct tl_buf b = {0};
    int r = 0;
    for (size_t i = 0; i < n && r == 0; i++)
        r = tl_buf_printf(&b, "%s%.*s", i ? " > " : "", TL_FMT(steps[i]));
    if (r == 0)
        r = tl_arena_copy(arena, tl_buf_str(&b), &out->chain);
    tl_buf_fini(&b);
    return r;
}

static int by_calls(const void *a, const void *b)
{
    const struct tl_pattern_caller *x = a, *y = b;
    if (x->n_calls != y->n_calls)
        return x->n_calls > y->n_calls ? -1 : 1;
    return tl_str_cmp(x->principal, y->principal);
}

static int copy_texts(const struct pattern_group *g, struct tl_arena *arena, struct tl_pattern *out)
{
    int r = 0;
    out->unit = tl_arena_calloc(arena, g->n_unit, sizeof *out->unit);
    out->callers = tl_arena_calloc(arena, g->n_callers + 1, sizeof *out->callers);
    if (!out->unit || !out->callers)
        return TL_ENOMEM;
    for (size_t i = 0; r == 0 && i < g->n_unit; i++)
        r = tl_arena_copy(arena, g->unit[i], &out->unit[i]);
    for (size_t i = 0; r == 0 && i < g->n_callers; i++) {
        out->callers[i] = g->callers[i];
        r = tl_arena_copy(arena, g->callers[i].principal, &out->callers[i].principal);
        if (r == 0)
            r = tl_arena_copy(arena, g->callers[i].user_agent, &out->callers[i].user_agent);
    }
    return r;
}

int patterns_get(struct patterns *p, size_t i, struct tl_arena *arena, struct tl_pattern *out)
{
    struct pattern_group *g = &p->groups[i];
    *out = (struct tl_pattern){.n_unit = g->n_unit,
                               .n_copies = g->n_copies,
                               .n_partial = g->n_partial,
                               .n_foreign = g->n_foreign,
                               .n_runs = g->n_runs,
                               .first_s = g->first_s,
                               .last_s = g->last_s,
                               .max_step_s = g->max_step_s,
                               .n_callers = g->n_callers};
    if (g->n_callers)
        qsort(g->callers, g->n_callers, sizeof *g->callers, by_calls);
    period_make(g, out);
    out->automated_percent = g->n_calls ? (uint32_t)(100ull * g->n_automated / g->n_calls) : 0;
    out->same_percent = g->n_compared ? (uint32_t)(100ull * g->n_the_same / g->n_compared) : 100;
    out->score = score_of(out);
    if (!arena) { /* to know the rank is enough */
        out->unit = g->unit;
        out->callers = g->callers;
        return 0;
    }
    int r = copy_texts(g, arena, out);
    return r ? r : chain_make(g, arena, out);
}

void patterns_clear(struct patterns *p)
{
    for (size_t i = 0; i < p->n; i++)
        free(p->groups[i].gaps);
    free(p->groups);
    tl_arena_fini(&p->arena);
    *p = (struct patterns){0};
}
