/* detect: chains without an automation (direct-remediation, tug, self-trigger) on thousands of random small
 * histories, against slow statements of what they are. Where the log can be read in more than one way, and
 * the readings differ in what they give, the history says nothing and is passed over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history_build.h"

enum { DIRECT = 2, TUG = 3, SELF_TRIGGER = 4 }; /* in tl_chains */
enum { CALLS_MAX = 128, GAP_S = 100000 };

static uint32_t n_found(const struct build *b, int chain, const struct tl_detect_params *p, uint32_t resource,
                        size_t *n_loops)
{
    struct tl_loops l = {0};
    uint32_t n = 0;
    *n_loops = 0;
    assert_int_equal(tl_detect(&b->h, &tl_chains[chain], 1, p, &l, NULL), 0);
    for (size_t i = 0; i < l.n; i++)
        if (l.items[i].resource == resource) {
            n += l.items[i].n_cycles;
            (*n_loops)++;
        }
    tl_loops_fini(&l);
    return n;
}

static bool counts(const struct tl_step *s, uint32_t resource)
{
    return s->kind == TL_STEP_CHANGE && s->resource == resource && !(s->flags & TL_STEP_FAILED) &&
           s->caller != PERSON;
}

/* ---- loops of given cycles ----------------------------------------------------------------------- */

struct passes {
    int64_t first_s[CALLS_MAX];
    uint32_t answer[CALLS_MAX]; /* a step */
    bool left_over[CALLS_MAX];  /* a call before it that is in no pass; of tugs by one party */
    size_t n;
};

typedef bool stands_fn(const struct build *b, const struct passes *p, size_t from, size_t to);

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The lower median of the gaps between passes [from, to), and the longest of them. */
static int64_t usual_gap(const struct passes *p, size_t from, size_t to, int64_t *longest_s)
{
    int64_t gaps[CALLS_MAX];
    size_t n = 0;
    for (size_t i = from; i + 1 < to; i++)
        gaps[n++] = p->first_s[i + 1] - p->first_s[i];
    qsort(gaps, n, sizeof *gaps, by_value);
    *longest_s = gaps[n - 1];
    return gaps[(n - 1) / 2];
}

/* Where passes [from, to) are to be cut: after the first of them whose gap to the next is longer than four
 * times the lower median of all their gaps; `to` where nowhere. */
static bool is_one_episode(const struct passes *p, size_t from, size_t to, int64_t *limit_s)
{
    int64_t longest_s, usual_s;
    *limit_s = INT64_MAX;
    if (to - from < 3)
        return true;
    usual_s = usual_gap(p, from, to, &longest_s);
    *limit_s = 4 * (usual_s ? usual_s : 1);
    return longest_s <= *limit_s;
}

static size_t cut(const struct passes *p, size_t from, size_t to, size_t *ends, size_t n)
{
    int64_t limit_s;
    if (is_one_episode(p, from, to, &limit_s)) {
        ends[n++] = to;
        return n;
    }
    for (size_t i = from; i < to; i++)
        if (i + 1 == to || p->first_s[i + 1] - p->first_s[i] > limit_s) {
            n = cut(p, from, i + 1, ends, n);
            from = i + 1;
        }
    return n;
}

/* The cycles of all loops: of episodes that are long enough and stand, and of the short ones right after one.
 */
static uint32_t n_of_loops(const struct build *b, const struct passes *p, size_t least, stands_fn *stands)
{
    size_t ends[CALLS_MAX], n = p->n ? cut(p, 0, p->n, ends, 0) : 0, from = 0;
    uint32_t total = 0;
    bool open = false;
    for (size_t e = 0; e < n; from = ends[e++]) {
        if (ends[e] - from >= least)
            open = stands(b, p, from, ends[e]);
        total += open ? (uint32_t)(ends[e] - from) : 0;
    }
    return total;
}

/* ---- tug: two parties ---------------------------------------------------------------------------- */

struct calls {
    const struct tl_step *at[CALLS_MAX];
    bool used[CALLS_MAX];
    size_t n;
    int64_t max_step_s;
};

/* The most pairs of a call of `first` and one of the other API no earlier and within --max-step, each call
 * used once, no pair beginning before the one before it ended: tries every choice. */
static uint32_t most_pairs(struct calls *c, uint32_t first, int64_t floor_s)
{
    uint32_t best = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (c->used[i] || c->at[i]->subject != first || c->at[i]->time_s < floor_s)
            continue;
        for (size_t k = 0; k < c->n; k++) {
            int64_t step_s = c->at[k]->time_s - c->at[i]->time_s;
            if (c->used[k] || c->at[k]->subject == first || step_s < 0 || step_s > c->max_step_s)
                continue;
            c->used[i] = c->used[k] = true;
            uint32_t n = 1 + most_pairs(c, first, c->at[k]->time_s);
            c->used[i] = c->used[k] = false;
            best = n > best ? n : best;
        }
    }
    return best;
}

/* The calls that name `detail`, or all where not every one of the resource's names something. */
static uint32_t tugs_of(const struct build *b, uint32_t resource, int64_t max_step_s)
{
    bool told = true;
    uint32_t total = 0;
    for (size_t i = 0; i < b->h.n_steps; i++)
        if (counts(&b->h.steps[i], resource) && b->h.steps[i].subject != API_OTHER)
            told &= b->h.steps[i].detail != 0;
    for (uint32_t detail = 0; detail < (told ? b->h.n_texts : 1); detail++) {
        struct calls c = {.max_step_s = max_step_s};
        for (size_t i = 0; i < b->h.n_steps; i++) {
            const struct tl_step *s = &b->h.steps[i];
            if (counts(s, resource) && s->subject != API_OTHER && (!told || s->detail == detail))
                c.at[c.n++] = s;
        }
        uint32_t x = most_pairs(&c, API_ADD, INT64_MIN), y = most_pairs(&c, API_REMOVE, INT64_MIN);
        total += x > y ? x : y;
    }
    return total;
}

static void tugs_of_two_parties_equal_the_reference(void **state)
{
    (void)state;
    const struct tl_detect_params p = {.max_step_s = 20, .max_gap_s = GAP_S, .min_cycles = 1};
    uint64_t seed = 21;
    uint32_t n_cycles = 0;
    int n_wrong = 0;
    for (int round = 0; round < 3000; round++) {
        struct build b;
        build_init_robots(&b, 2);
        uint64_t spread = 1 + random_next(&seed) % 14;
        bool told = round % 3 == 0;
        for (uint32_t resource = 0; resource < 2; resource++) {
            int64_t t = 1000 + (int64_t)(random_next(&seed) % 5);
            for (int i = 0; i < 7; i++) {
                uint64_t luck = random_next(&seed) % 14;
                uint32_t api = i % 2 ? API_REMOVE : API_ADD;
                for (int copy = 0; copy < (luck == 0 ? 0 : luck == 1 ? 2 : 1); copy++) {
                    struct tl_step *s =
                        build_change_by(&b, t, resource, api, api == API_ADD ? ROBOT_A : ROBOT_B);
                    if (told)
                        s->detail = build_text(&b, random_next(&seed) % 4 ? "x" : "y");
                }
                if (luck == 2) /* what a person does, and what fails, is no part of it */
                    build_change_by(&b, t, resource, api, PERSON);
                if (luck == 3)
                    build_change_by(&b, t, resource, API_REMOVE, ROBOT_B)->flags |= TL_STEP_FAILED;
                if (luck == 4)
                    build_change_by(&b, t, resource, API_OTHER, ROBOT_A);
                t += (int64_t)(random_next(&seed) % spread);
            }
        }
        build_sort(&b, (uint64_t)round);
        for (uint32_t resource = 0; resource < 2; resource++) {
            size_t n_loops;
            uint32_t expected = tugs_of(&b, resource, p.max_step_s),
                     found = n_found(&b, TUG, &p, resource, &n_loops);
            n_cycles += expected;
            if (found != expected && n_wrong++ < 3)
                print_message("round %d, resource %u: expected %u, found %u\n", round, resource, expected,
                              found);
        }
        build_fini(&b);
    }
    assert_true(n_cycles > 9000);
    assert_int_equal(n_wrong, 0);
}

/* ---- tug: one party that does both --------------------------------------------------------------- */

/* Of at most one call a second: each call that undoes, and the last one before it that does. */
static struct passes pairs_in_order(const struct build *b, uint32_t first, int64_t max_step_s)
{
    struct passes p = {0};
    const struct tl_step *waits = NULL;
    for (uint32_t i = 0; i < b->h.n_steps; i++) {
        const struct tl_step *s = &b->h.steps[i];
        if (!counts(s, 0) || s->subject == API_OTHER)
            continue;
        if (s->subject == first) {
            p.left_over[p.n] |= waits != NULL;
            waits = s;
        } else if (waits && s->time_s - waits->time_s <= max_step_s) {
            p.answer[p.n] = i;
            p.first_s[p.n++] = waits->time_s;
            waits = NULL;
        } else {
            p.left_over[p.n] = true;
        }
    }
    return p;
}

/* A call is left over between two passes, and there is room for one: a record was lost. */
static bool lacks_pass(const struct passes *p, size_t i, int64_t usual_s)
{
    return p->left_over[i] && (p->first_s[i] - p->first_s[i - 1]) * 2 > usual_s * 3;
}

/* At least five, no gap above five minutes, the gaps on average no further from their mean than a fifth of
 * it, but for those in which a record was lost, a quarter at most; and not after the start of a runbook
 * each. */
static bool is_steady(const struct build *b, const struct passes *p, size_t from, size_t to)
{
    double gaps[CALLS_MAX], mean = 0, off = 0;
    int64_t longest_s, usual_s;
    size_t n_after_attempts = 0, n = 0;
    if (to - from < 5)
        return false;
    usual_s = usual_gap(p, from, to, &longest_s);
    for (size_t i = from + 1; i < to; i++) {
        if (lacks_pass(p, i, usual_s))
            continue;
        gaps[n] = (double)(p->first_s[i] - p->first_s[i - 1]);
        if (gaps[n] > 300)
            return false;
        mean += gaps[n++];
    }
    if (n < to - from - 1 - (to - from - 1) / 4)
        return false;
    mean /= (double)n;
    for (size_t i = 0; i < n; i++)
        off += gaps[i] > mean ? gaps[i] - mean : mean - gaps[i];
    for (size_t i = 0; i < b->h.n_steps; i++)
        n_after_attempts += b->h.steps[i].kind == TL_STEP_ATTEMPT;
    return off / (double)n <= mean / 5 && n_after_attempts == 0;
}

static void tugs_of_one_party_equal_the_reference(void **state)
{
    (void)state;
    const struct tl_detect_params p = {.max_step_s = 60, .max_gap_s = GAP_S, .min_cycles = 3};
    uint64_t seed = 22;
    uint32_t n_cycles = 0;
    int n_wrong = 0, n_none = 0;
    for (int round = 0; round < 4000; round++) {
        struct build b;
        build_init_robots(&b, 1);
        int64_t t = 1000, period = 20 + (int64_t)(random_next(&seed) % 330);
        uint64_t jitter = 1 + random_next(&seed) % 60;
        bool runbook = round % 10 == 0;
        for (int i = 0; i < 3 + (int)(random_next(&seed) % 10); i++) {
            if (runbook)
                build_attempt(&b, t - 1, "runbook", NULL);
            if (random_next(&seed) % 20)
                build_change_by(&b, t, 0, API_REMOVE, ROBOT_A);
            if (random_next(&seed) % 20)
                build_change_by(&b, t + 1 + (int64_t)(random_next(&seed) % 10), 0, API_ADD, ROBOT_A);
            t += period + (int64_t)(random_next(&seed) % jitter);
        }
        build_sort(&b, (uint64_t)round);
        struct passes add = pairs_in_order(&b, API_ADD, p.max_step_s),
                      remove = pairs_in_order(&b, API_REMOVE, p.max_step_s);
        size_t n_loops;
        uint32_t expected = n_of_loops(&b, remove.n > add.n ? &remove : &add, p.min_cycles, is_steady),
                 found = n_found(&b, TUG, &p, 0, &n_loops);
        n_cycles += expected;
        n_none += expected == 0;
        if (found != expected && n_wrong++ < 3)
            print_message("round %d: expected %u, found %u\n", round, expected, found);
        build_fini(&b);
    }
    assert_true(n_cycles > 5000);
    assert_true(n_none > 500);
    assert_int_equal(n_wrong, 0);
}

/* A runbook that starts right before each pass makes it; one that starts some time between two passes is
 * somebody else's, and one that starts all the time may be the one that does. */
static void a_tug_of_one_party_stands_beside_another_ones_runbook(void **state)
{
    (void)state;
    static const struct {
        int64_t first_s, every_s; /* the runbook's starts */
        uint32_t n_cycles;
    } rows[] = {{-5, 120, 0}, {-59, 120, 0}, {-60, 120, 10}, {-100, 120, 10}, {0, 20, 0}};
    const struct tl_detect_params p = TL_DETECT_PARAMS_DEFAULT;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct build b;
        size_t n_loops;
        build_init_robots(&b, 1);
        for (int k = 0; k < 10; k++) {
            build_change_by(&b, 10000 + k * 120, 0, API_REMOVE, ROBOT_A);
            build_change_by(&b, 10001 + k * 120, 0, API_ADD, ROBOT_A);
        }
        for (int64_t t = rows[i].first_s; t <= 9 * 120; t += rows[i].every_s)
            build_attempt(&b, 10000 + t, "runbook", NULL);
        build_sort(&b, i);
        uint32_t found = n_found(&b, TUG, &p, 0, &n_loops);
        if (found != rows[i].n_cycles)
            fail_msg("row %zu: %u cycles", i, found);
        build_fini(&b);
    }
}

/* ---- self-trigger -------------------------------------------------------------------------------- */

/* More than five in a minute, in at least five seconds: what comes all at once is a burst. */
static bool is_often(const struct build *b, const struct passes *p, size_t from, size_t to)
{
    size_t n_seconds = 0;
    for (size_t i = from; i < to; i++)
        n_seconds += i == from || p->first_s[i] > p->first_s[i - 1];
    (void)b;
    return (int64_t)(to - from - 1) * 60 > 5 * (p->first_s[to - 1] - p->first_s[from]) && n_seconds >= 5;
}

/* Equal calls by one automated party on one resource: more than five in a minute, at least ten. */
static uint32_t repeats_of(const struct build *b, uint32_t resource)
{
    uint32_t total = 0;
    for (uint32_t caller = 0; caller < 3; caller++)
        for (uint32_t api = 0; api < 3; api++)
            for (uint64_t fingerprint = 1; fingerprint < 4; fingerprint++) {
                struct passes p = {0};
                for (size_t i = 0; i < b->h.n_steps; i++) {
                    const struct tl_step *s = &b->h.steps[i];
                    if (counts(s, resource) && s->caller == caller && s->subject == api &&
                        s->fingerprint == fingerprint)
                        p.first_s[p.n++] = s->time_s;
                }
                total += n_of_loops(b, &p, TL_REPEAT_CALLS, is_often);
            }
    return total;
}

static void self_triggers_equal_the_reference(void **state)
{
    (void)state;
    const struct tl_detect_params p = {.max_step_s = 20, .max_gap_s = GAP_S, .min_cycles = 1};
    uint64_t seed = 23;
    uint32_t n_cycles = 0;
    int n_wrong = 0, n_none = 0;
    for (int round = 0; round < 4000; round++) {
        struct build b;
        build_init_robots(&b, 2);
        for (uint32_t resource = 0; resource < 2; resource++) {
            int64_t t = 1000;
            uint64_t spread = 1 + random_next(&seed) % 30, others = 1 + random_next(&seed) % 8;
            for (int i = 0; i < 8 + (int)(random_next(&seed) % 30); i++) {
                bool other = random_next(&seed) % (2 * others) == 0;
                struct tl_step *s = build_change_by(&b, t, resource, API_OTHER, other ? ROBOT_B : ROBOT_A);
                s->fingerprint = random_next(&seed) % others ? 1 : 1 + random_next(&seed) % 3;
                if (random_next(&seed) % 25 == 0)
                    s->flags |= TL_STEP_FAILED;
                if (random_next(&seed) % 25 == 0) {
                    s->caller = PERSON;
                    s->flags |= TL_STEP_PERSON;
                }
                t += (int64_t)(random_next(&seed) % spread);
                t += random_next(&seed) % 30 == 0 ? 300 : 0;
            }
        }
        build_sort(&b, (uint64_t)round);
        for (uint32_t resource = 0; resource < 2; resource++) {
            size_t n_loops;
            uint32_t expected = repeats_of(&b, resource),
                     found = n_found(&b, SELF_TRIGGER, &p, resource, &n_loops);
            n_cycles += expected;
            n_none += expected == 0;
            if (found != expected && n_wrong++ < 3)
                print_message("round %d, resource %u: expected %u, found %u\n", round, resource, expected,
                              found);
        }
        build_fini(&b);
    }
    assert_in_range(n_cycles, 15000, UINT32_MAX);
    assert_true(n_none > 1000);
    assert_int_equal(n_wrong, 0);
}

/* What comes all at once is a burst of retries or one script's work, however often it comes. */
static void a_burst_is_no_loop(void **state)
{
    const struct tl_detect_params p = {.max_step_s = 60, .max_gap_s = GAP_S, .min_cycles = 3};
    size_t n_loops;
    (void)state;
    for (int n_seconds = 1; n_seconds <= 5; n_seconds++) {
        struct build b;
        build_init_robots(&b, 2);
        for (int i = 0; i < 60; i++) {
            int64_t t = 1000 + i % n_seconds;
            build_change_by(&b, t, 0, API_OTHER, ROBOT_A)->fingerprint = 1;
            build_change_by(&b, t, 1, API_ADD, ROBOT_A);
            build_change_by(&b, t, 1, API_REMOVE, ROBOT_B);
        }
        build_sort(&b, 1);
        assert_int_equal(n_found(&b, SELF_TRIGGER, &p, 0, &n_loops), n_seconds < 5 ? 0 : 60);
        assert_int_equal(n_found(&b, TUG, &p, 1, &n_loops), n_seconds < 3 ? 0 : 60);
        build_fini(&b);
    }
}

/* ---- direct remediation -------------------------------------------------------------------------- */

/* One reading of the log: of the verdicts that wait for a change its answer is given to the newest, or to the
 * oldest; in the i-th second that holds verdicts and changes the verdicts come first, or, where that bit of
 * `changes_first` is set, the changes. *n_shared: how many such seconds there are. */
static struct passes answers_in_order(const struct build *b, uint32_t resource, bool newest,
                                      unsigned changes_first, unsigned *n_shared)
{
    struct passes p = {0};
    const struct tl_step *waits = NULL;
    const struct tl_history *h = &b->h;
    *n_shared = 0;
    for (uint32_t i = 0, end; i < h->n_steps; i = end) {
        bool any[2] = {false};
        for (end = i; end < h->n_steps && h->steps[end].time_s == h->steps[i].time_s; end++) {
            any[0] |= h->steps[end].kind == TL_STEP_VERDICT && h->steps[end].resource == resource;
            any[1] |= counts(&h->steps[end], resource);
        }
        bool turned = any[0] && any[1] && changes_first >> (*n_shared)++ & 1;
        for (int turn = 0; turn < 2; turn++)
            for (uint32_t k = i; k < end; k++) {
                const struct tl_step *s = &h->steps[k];
                if (turn == turned && s->kind == TL_STEP_VERDICT && s->resource == resource &&
                    (newest || !waits || s->time_s - waits->time_s > TL_DIRECT_S))
                    waits = s;
                if (turn != turned && counts(s, resource) && waits &&
                    s->time_s - waits->time_s <= TL_DIRECT_S) {
                    p.first_s[p.n] = waits->time_s;
                    p.answer[p.n++] = k;
                    waits = NULL;
                }
            }
    }
    return p;
}

/* Four of five verdicts are answered (one within five seconds of the last is the same one again), and half of
 * the answers are one call with equal parameters. */
static bool is_answered(const struct build *b, const struct passes *p, size_t from, size_t to)
{
    const struct tl_history *h = &b->h;
    size_t n_verdicts = 0, n_same = 0;
    int64_t last_s = INT64_MIN / 2;
    for (size_t i = 0; i < h->n_steps; i++) {
        const struct tl_step *v = &h->steps[i];
        if (v->kind != TL_STEP_VERDICT || v->resource != h->steps[p->answer[from]].resource ||
            v->time_s < p->first_s[from] || v->time_s > p->first_s[to - 1] ||
            v->time_s - last_s <= TL_REPEAT_S)
            continue;
        n_verdicts++;
        last_s = v->time_s;
    }
    for (size_t i = from; i < to; i++) {
        size_t n = 0;
        for (size_t k = from; k < to; k++)
            n += h->steps[p->answer[i]].fingerprint == h->steps[p->answer[k]].fingerprint;
        n_same = n > n_same ? n : n_same;
    }
    return (to - from) * 5 >= n_verdicts * 4 && n_same * 2 >= to - from;
}

/* The cycles of loops, by those readings that find most passes; false where these differ. */
static bool direct_of(const struct build *b, uint32_t resource, size_t least, uint32_t *n)
{
    size_t most = 0;
    unsigned n_shared = 0;
    bool clear = true;
    for (unsigned turned = 0; turned == 0 || turned >> n_shared == 0; turned++)
        for (int newest = 0; newest < 2; newest++) {
            struct passes p = answers_in_order(b, resource, newest, turned, &n_shared);
            uint32_t found = p.n >= most ? n_of_loops(b, &p, least, is_answered) : 0;
            if (p.n > most)
                clear = true;
            else if (p.n == most)
                clear &= found == *n || most == 0;
            if (p.n >= most)
                *n = found;
            most = p.n > most ? p.n : most;
        }
    if (most == 0)
        *n = 0;
    return clear;
}

static void direct_remediation_equals_the_reference(void **state)
{
    (void)state;
    const struct tl_detect_params p = {.max_step_s = 900, .max_gap_s = GAP_S, .min_cycles = 3};
    uint64_t seed = 24;
    uint32_t n_cycles = 0;
    int n_wrong = 0, n_none = 0, n_unclear = 0;
    for (int round = 0; round < 4000; round++) {
        struct build b;
        build_init_robots(&b, 2);
        for (uint32_t resource = 0; resource < 2; resource++) {
            int64_t t = 1000 + (int64_t)(random_next(&seed) % 60);
            uint64_t answered = 4 + random_next(&seed) % 17, same = 1 + random_next(&seed) % 4;
            for (int i = 0; i < 3 + (int)(random_next(&seed) % 12); i++) {
                int64_t latency = (int64_t)(random_next(&seed) % 20);
                if (random_next(&seed) % 15)
                    build_verdict(&b, t, resource, "rule", TL_NON_COMPLIANT);
                if (random_next(&seed) % 10 == 0) /* once more, at once */
                    build_verdict(&b, t + latency / 5, resource, "rule", TL_NON_COMPLIANT);
                if (random_next(&seed) % 20 < answered)
                    build_change_by(&b, t + latency, resource, API_OTHER, ROBOT_A)->fingerprint =
                        1 + (random_next(&seed) % same ? random_next(&seed) % 50 : 0);
                if (random_next(&seed) % 10 == 0)
                    build_change_by(&b, t + 30, resource, API_OTHER, PERSON);
                t += 60 + (int64_t)(random_next(&seed) % 20);
            }
        }
        build_sort(&b, (uint64_t)round);
        for (uint32_t resource = 0; resource < 2; resource++) {
            uint32_t expected = 0;
            if (!direct_of(&b, resource, p.min_cycles, &expected)) {
                n_unclear++;
                continue;
            }
            size_t n_loops;
            uint32_t found = n_found(&b, DIRECT, &p, resource, &n_loops);
            n_cycles += expected;
            n_none += expected == 0;
            if (found != expected && n_wrong++ < 3) {
                print_message("round %d, resource %u: expected %u, found %u:", round, resource, expected,
                              found);
                for (size_t i = 0; i < b.h.n_steps; i++)
                    if (b.h.steps[i].resource == resource)
                        print_message(
                            " %c%d",
                            b.h.steps[i].kind == TL_STEP_VERDICT ? 'V' : "Cp"[b.h.steps[i].caller == PERSON],
                            (int)b.h.steps[i].time_s - 1000);
                print_message("\n");
            }
        }
        build_fini(&b);
    }
    assert_in_range(n_cycles, 8000, UINT32_MAX);
    assert_true(n_none > 1000);
    assert_true(n_unclear < 1600);
    assert_int_equal(n_wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tugs_of_two_parties_equal_the_reference),
        cmocka_unit_test(tugs_of_one_party_equal_the_reference),
        cmocka_unit_test(a_tug_of_one_party_stands_beside_another_ones_runbook),
        cmocka_unit_test(self_triggers_equal_the_reference),
        cmocka_unit_test(a_burst_is_no_loop),
        cmocka_unit_test(direct_remediation_equals_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
