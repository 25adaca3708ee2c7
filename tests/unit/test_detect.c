/* detect: hand-made histories with a known answer, and thousands of random small ones against a reference
 * that tries everything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history_build.h"

static const struct tl_detect_params defaults = TL_DETECT_PARAMS_DEFAULT;

static struct tl_loops detect(const struct build *b, const struct tl_detect_params *p)
{
    struct tl_loops l;
    assert_int_equal(tl_detect(&b->h, tl_chains, TL_N_CHAINS, p, &l, NULL), 0);
    return l;
}

/* One whole cycle: the verdict at t, and the other steps so long after it. */
static void cycle(struct build *b, uint32_t resource, int64_t t, int64_t attempt, int64_t remove, int64_t add)
{
    build_verdict(b, t, resource, "rule", TL_NON_COMPLIANT);
    build_attempt(b, t + attempt, "runbook", NULL);
    build_change(b, t + remove, resource, API_REMOVE, NULL);
    build_change(b, t + add, resource, API_ADD, NULL);
}

static void cycles(struct build *b, uint32_t n, int64_t period, int64_t attempt, int64_t remove, int64_t add)
{
    for (uint32_t i = 0; i < n; i++)
        cycle(b, 0, 1000 + i * period, attempt, remove, add);
}

static void three_cycles_are_a_loop_two_are_not(void **state)
{
    (void)state;
    for (uint32_t n = 0; n <= 4; n++) {
        struct build b;
        build_init(&b, 1);
        cycles(&b, n, 150, 5, 10, 11);
        build_sort(&b, n);
        struct tl_loops l = detect(&b, &defaults);
        assert_int_equal(l.n, n >= 3);
        if (l.n) {
            assert_int_equal(l.items[0].n_cycles, n);
            assert_int_equal(l.items[0].chain, 0);
            assert_int_equal(l.items[0].also_mask, 2);
            assert_int_equal(l.items[0].confidence, TL_LINK_SEQUENCE);
            assert_int_equal(l.items[0].n_answers, n);
        }
        tl_loops_fini(&l);
        build_fini(&b);
    }
}

static void steps_that_share_a_second_all_count(void **state)
{
    (void)state;
    static const struct {
        int64_t period, attempt, remove, add;
    } rows[] = {
        {150, 0, 0, 0},     /* all four in one second */
        {150, 0, 5, 6},     /* verdict and attempt */
        {150, 5, 5, 6},     /* attempt and first change */
        {150, 5, 6, 6},     /* both changes */
        {150, 0, 7, 7},     /* two and two */
        {150, 5, 10, 150},  /* the last step and the next verdict */
        {150, 5, 150, 150}, /* the changes and the next verdict */
        {50, 50, 50, 50},   /* everything and the next verdict */
        {150, 0, 5, 150},   /* the last step, the next verdict and its attempt */
        {2, 1, 1, 2},       {1, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (uint64_t salt = 0; salt < 20; salt++) {
            struct build b;
            build_init(&b, 1);
            cycles(&b, 200, rows[i].period, rows[i].attempt, rows[i].remove, rows[i].add);
            build_sort(&b, salt);
            struct tl_loops l = detect(&b, &defaults);
            if (l.n != 1 || l.items[0].n_cycles != 200)
                fail_msg("row %zu salt %d: %zu loops, %u cycles", i, (int)salt, l.n,
                         l.n ? l.items[0].n_cycles : 0);
            assert_true(l.items[0].order_assumed);
            assert_int_equal(l.items[0].n_partial, 0);
            tl_loops_fini(&l);
            build_fini(&b);
        }
}

static void one_lost_record_is_one_partial_cycle(void **state)
{
    (void)state;
    for (int lost = 0; lost < 4; lost++)
        for (int64_t gap = 0; gap < 2; gap++) {
            struct build b;
            build_init(&b, 1);
            for (int i = 0; i < 40; i++) {
                int64_t t = 1000 + i * 150;
                if (i != 20 || lost != 0)
                    build_verdict(&b, t, 0, "rule", TL_NON_COMPLIANT);
                if (i != 20 || lost != 1)
                    build_attempt(&b, t + 5, "runbook", NULL);
                if (i != 20 || lost != 2)
                    build_change(&b, t + 10, 0, API_REMOVE, NULL);
                if (i != 20 || lost != 3)
                    build_change(&b, t + 10 + gap, 0, API_ADD, NULL);
            }
            build_sort(&b, (uint64_t)lost);
            struct tl_loops l = detect(&b, &defaults);
            assert_int_equal(l.n, 1);
            if (l.items[0].n_cycles != 39 || l.items[0].n_partial != 1)
                fail_msg("lost %d gap %d: %u cycles, %u partial", lost, (int)gap, l.items[0].n_cycles,
                         l.items[0].n_partial);
            uint32_t n_after = 0;
            for (uint32_t i = 0; i < 39; i++)
                n_after += l.cycles[l.items[0].first_cycle + i].after_partial;
            assert_int_equal(n_after, 1);
            tl_loops_fini(&l);
            build_fini(&b);
        }
}

/* Chain config-remediation, whose last step may be repeated: what one caller goes on to do is one step, but
 * the rest of a pass that lost its verdict or its attempt is none of the pass before. */
static void a_lost_record_before_a_repeated_step_is_one_partial_cycle(void **state)
{
    (void)state;
    for (int lost = 0; lost < 2; lost++)
        for (int sessions = 0; sessions < 2; sessions++)
            for (int n_changes = 1; n_changes <= 3; n_changes++) {
                struct build b;
                build_init(&b, 1);
                for (int i = 0; i < 9; i++) {
                    int64_t t = 1000 + i * 150;
                    char execution[8] = "";
                    if (sessions)
                        snprintf(execution, sizeof execution, "e%d", i);
                    if (i != 4 || lost != 0)
                        build_verdict(&b, t, 0, "rule", TL_NON_COMPLIANT);
                    if (i != 4 || lost != 1)
                        build_attempt(&b, t + 5, "runbook", sessions ? execution : NULL);
                    for (int k = 0; k < n_changes; k++)
                        build_change(&b, t + 10 + k, 0, k ? API_ADD : API_OTHER, sessions ? execution : NULL);
                }
                build_sort(&b, (uint64_t)lost);
                struct tl_loops l = detect(&b, &defaults);
                assert_int_equal(l.n, 1);
                if (l.items[0].n_cycles != 8 || l.items[0].n_partial != 1)
                    fail_msg("lost %d sessions %d changes %d: %u cycles, %u partial", lost, sessions,
                             n_changes, l.items[0].n_cycles, l.items[0].n_partial);
                tl_loops_fini(&l);
                build_fini(&b);
            }
}

/* Whoever undoes what a function does at each verdict has lost no verdict: no gap is left out of the period.
 * A pass that did lose its verdict is one all the same. */
static void what_undoes_a_direct_answer_is_no_partial_cycle(void **state)
{
    (void)state;
    for (int lost = 0; lost < 2; lost++)
        for (uint32_t undone_by = API_REMOVE; undone_by <= API_ADD; undone_by++) {
            struct build b;
            build_init_robots(&b, 1);
            for (int i = 0; i < 9; i++) {
                int64_t t = 1000 + i * 1200;
                if (i != 4 || !lost)
                    build_verdict(&b, t, 0, "rule", TL_NON_COMPLIANT);
                build_change_by(&b, t + 10, 0, API_REMOVE, ROBOT_A);
                build_change_by(&b, t + 90, 0, undone_by, ROBOT_B);
            }
            build_sort(&b, 1);
            struct tl_loops l = detect(&b, &defaults);
            assert_int_equal(l.n, 1);
            assert_int_equal(l.items[0].n_cycles, 9 - lost);
            assert_int_equal(l.items[0].n_partial, lost);
            tl_loops_fini(&l);
            build_fini(&b);
        }
}

static void an_attempt_on_a_compliant_verdict_is_no_partial_cycle(void **state)
{
    (void)state;
    struct build b;
    build_init(&b, 1);
    for (int i = 0; i < 6; i++) {
        int64_t t = 1000 + i * 600;
        cycle(&b, 0, t, 5, 10, 11);
        build_verdict(&b, t + 60, 0, "rule", TL_COMPLIANT);
        if (i == 3) { /* AWS Config may work from a stale verdict */
            build_attempt(&b, t + 80, "runbook", NULL);
            build_change(&b, t + 85, 0, API_REMOVE, NULL);
            build_change(&b, t + 86, 0, API_ADD, NULL);
        }
    }
    build_sort(&b, 1);
    struct tl_loops l = detect(&b, &defaults);
    assert_int_equal(l.n, 1);
    assert_int_equal(l.items[0].n_cycles, 6);
    assert_int_equal(l.items[0].n_partial, 0);
    tl_loops_fini(&l);
    build_fini(&b);
}

static void fifty_functions_through_one_runbook_are_all_found(void **state)
{
    (void)state;
    uint64_t seed = 42;
    for (int round = 0; round < 10; round++) {
        struct build b;
        build_init(&b, 50);
        for (uint32_t r = 0; r < 50; r++) {
            int64_t t = 1000 + (int64_t)(random_next(&seed) % 150);
            for (int i = 0; i < 20; i++) {
                int64_t attempt = 1 + (int64_t)(random_next(&seed) % 20),
                        remove = attempt + 1 + (int64_t)(random_next(&seed) % 40);
                cycle(&b, r, t, attempt, remove, remove + 1);
                t += 130 + (int64_t)(random_next(&seed) % 50);
            }
        }
        build_sort(&b, seed);
        struct tl_loops l = detect(&b, &defaults);
        assert_int_equal(l.n, 50);
        for (size_t i = 0; i < l.n; i++)
            if (l.items[i].n_cycles != 20)
                fail_msg("round %d: resource %u has %u cycles", round, l.items[i].resource,
                         l.items[i].n_cycles);
        tl_loops_fini(&l);
        build_fini(&b);
    }
}

static void the_strongest_tie_wins(void **state)
{
    (void)state;
    struct build b;
    build_init(&b, 2);
    /* Resource 1 is judged in the same seconds, its changes come first; the attempts' sessions change
     * resource 0. */
    for (int i = 0; i < 10; i++) {
        char execution[40];
        snprintf(execution, sizeof execution, "execution-%d", i);
        int64_t t = 1000 + i * 150;
        build_verdict(&b, t, 0, "rule", TL_NON_COMPLIANT);
        build_verdict(&b, t, 1, "rule", TL_NON_COMPLIANT);
        build_attempt(&b, t + 5, "runbook", execution);
        build_change(&b, t + 7, 1, API_OTHER, NULL);
        build_change(&b, t + 10, 0, API_OTHER, execution);
    }
    build_sort(&b, 1);
    struct tl_loops l;
    assert_int_equal(tl_detect(&b.h, tl_chains, 2, &defaults, &l, NULL), 0); /* those with attempts */
    assert_int_equal(l.n, 1);
    assert_int_equal(l.items[0].resource, 0);
    assert_int_equal(l.items[0].confidence, TL_LINK_SESSION);
    assert_int_equal(l.items[0].n_cycles, 10);
    tl_loops_fini(&l);
    build_fini(&b);
}

static void a_rule_s_document_ties_its_attempts(void **state)
{
    (void)state;
    struct build b;
    build_init(&b, 1);
    build_settings(&b, 900, "rule-a", "runbook-a", 5, 60);
    build_settings(&b, 900, "rule-b", "runbook-b", 5, 60);
    for (int i = 0; i < 10; i++) {
        int64_t t = 1000 + i * 150;
        build_verdict(&b, t, 0, "rule-a", TL_NON_COMPLIANT);
        build_verdict(&b, t, 0, "rule-b", TL_NON_COMPLIANT);
        build_attempt(&b, t + 5, "runbook-b", NULL);
        build_change(&b, t + 10, 0, API_OTHER, NULL);
    }
    build_sort(&b, 3);
    struct tl_loops l = detect(&b, &defaults);
    assert_int_equal(l.n, 1);
    assert_true(tl_str_eq(b.h.texts[l.items[0].rule], TL_STR("rule-b")));
    assert_int_equal(l.items[0].confidence, TL_LINK_RULE);
    assert_int_equal(l.items[0].n_cycles, 10);
    tl_loops_fini(&l);
    build_fini(&b);
}

static void episodes_are_cut_and_short_ones_are_tails(void **state)
{
    (void)state;
    static const struct {
        int n[4];       /* cycles of each run */
        int64_t gap[3]; /* between runs */
        size_t n_loops;
        uint32_t n_cycles[2];
    } rows[] = {
        {{40, 1}, {1500}, 1, {41}},       /* a proof run */
        {{40, 20}, {72000}, 2, {40, 20}}, /* two episodes 20 hours apart */
        {{40, 2, 20}, {3000, 3000}, 2, {42, 20}},
        {{2, 40}, {3000}, 1, {40}},      /* too short, and nothing before it */
        {{40, 1}, {27 * 3600}, 1, {40}}, /* a tail that starts too late */
        {{3, 1}, {601}, 1, {4}},
        {{3, 1}, {600}, 1, {4}},
        {{2, 1}, {601}, 0, {0}},
        {{2, 1}, {600}, 1, {3}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct build b;
        build_init(&b, 1);
        int64_t t = 1000;
        for (int k = 0; k < 4 && rows[i].n[k]; k++) {
            for (int c = 0; c < rows[i].n[k]; c++, t += 150)
                cycle(&b, 0, t, 5, 10, 11);
            t += (k < 3 ? rows[i].gap[k] : 0) - 150;
        }
        build_sort(&b, i);
        struct tl_loops l = detect(&b, &defaults);
        if (l.n != rows[i].n_loops)
            fail_msg("row %zu: %zu loops", i, l.n);
        for (size_t k = 0; k < l.n; k++)
            assert_int_equal(l.items[k].n_cycles, rows[i].n_cycles[k]);
        tl_loops_fini(&l);
        build_fini(&b);
    }
}

static void noise_between_the_steps_is_skipped(void **state)
{
    (void)state;
    struct build b;
    build_init(&b, 1);
    cycles(&b, 30, 150, 5, 10, 11);
    for (int i = 0; i < 30; i++) {
        build_change(&b, 1003 + i * 150, 0, API_OTHER, NULL);
        build_change(&b, 1008 + i * 150, 0, API_ADD, NULL);
        build_verdict(&b, 1060 + i * 150, 0, "rule", TL_COMPLIANT);
        build_verdict(&b, 1070 + i * 150, 0, "other", TL_NON_COMPLIANT);
    }
    build_sort(&b, 9);
    struct tl_loops l = detect(&b, &defaults);
    assert_int_equal(l.n, 1);
    assert_int_equal(l.items[0].n_cycles, 30);
    tl_loops_fini(&l);
    build_fini(&b);
}

static void a_step_too_late_is_none(void **state)
{
    (void)state;
    for (int64_t late = 900; late <= 901; late++) {
        struct build b;
        build_init(&b, 1);
        cycles(&b, 5, 4000, 5, 5 + late, 6 + late);
        build_sort(&b, 1);
        struct tl_loops l = detect(&b, &defaults);
        assert_int_equal(l.n, late == 900);
        tl_loops_fini(&l);
        build_fini(&b);
    }
}

/* ---- the reference --------------------------------------------------------------------------- */

/* The most passes verdict <= attempt <= remove <= add that use no step twice, follow one another (a verdict
 * no earlier than the last change of the pass before) and keep to --max-step: tries every choice of every
 * step, for one resource. */
struct reference {
    const struct tl_step *steps;
    size_t n;
    bool used[32];
    int64_t max_step;
};

static int classes_of(const struct tl_step *s)
{
    if (s->kind == TL_STEP_CHANGE)
        return s->subject == API_REMOVE ? 2 : s->subject == API_ADD ? 3 : -1;
    if (s->kind == TL_STEP_VERDICT)
        return s->compliance == TL_NON_COMPLIANT ? 0 : -1;
    return 1;
}

static int most_passes(struct reference *r, int position, int64_t last, int64_t floor)
{
    int best = 0;
    for (size_t i = 0; i < r->n; i++) {
        const struct tl_step *s = &r->steps[i];
        if (r->used[i] || classes_of(s) != position ||
            (position > 0 && (s->time_s < last || s->time_s - last > r->max_step)) ||
            (position == 0 && s->time_s < floor))
            continue;
        r->used[i] = true;
        int n = position == 3 ? 1 + most_passes(r, 0, 0, s->time_s)
                              : most_passes(r, position + 1, s->time_s, floor);
        r->used[i] = false;
        if (n > best)
            best = n;
    }
    return best;
}

static void it_equals_the_reference_on_small_random_histories(void **state)
{
    (void)state;
    uint64_t seed = 7;
    struct tl_detect_params p = {.max_step_s = 20, .max_gap_s = 100000, .min_cycles = 1};
    int n_wrong = 0, n_cycles = 0;
    for (int round = 0; round < 4000; round++) {
        struct build b;
        build_init(&b, 1);
        int64_t t = 1000;
        int spread = 1 + (int)(random_next(&seed) % 4);
        for (int c = 0; c < 3; c++)
            for (int k = 0; k < 4; k++) {
                bool lost = random_next(&seed) % 12 == 0;
                if (!lost && k == 0)
                    build_verdict(&b, t, 0, "rule", TL_NON_COMPLIANT);
                if (!lost && k == 1)
                    build_attempt(&b, t, "runbook", NULL);
                if (!lost && k >= 2)
                    build_change(&b, t, 0, k == 2 ? API_REMOVE : API_ADD, NULL);
                t += (int64_t)(random_next(&seed) % (uint64_t)spread);
            }
        if (random_next(&seed) % 3 == 0)
            build_change(&b, 1000 + (int64_t)(random_next(&seed) % 10), 0, (uint32_t)(random_next(&seed) % 3),
                         NULL);
        build_sort(&b, (uint64_t)round);
        struct reference r = {.steps = b.h.steps, .n = b.h.n_steps, .max_step = p.max_step_s};
        int expected = most_passes(&r, 0, 0, INT64_MIN), found = 0;
        struct tl_loops l = {0};
        assert_int_equal(tl_detect(&b.h, tl_chains, 1, &p, &l, NULL), 0);
        for (size_t i = 0; i < l.n; i++)
            found += (int)l.items[i].n_cycles;
        n_cycles += expected;
        if (found != expected && n_wrong++ < 3) {
            print_message("round %d: expected %d, found %d:", round, expected, found);
            for (size_t i = 0; i < b.h.n_steps; i++)
                print_message(" %c%d", "xVARD"[classes_of(&b.h.steps[i]) + 1],
                              (int)b.h.steps[i].time_s - 1000);
            print_message("\n");
        }
        tl_loops_fini(&l);
        build_fini(&b);
    }
    assert_true(n_cycles > 4000);
    assert_int_equal(n_wrong, 0);
}

/* The same for resources that share one runbook: every way to give the attempts to them is tried. */
static int most_passes_shared(const struct build *b, uint32_t n_resources, int64_t max_step)
{
    uint32_t attempts[16], n_attempts = 0;
    int best = 0;
    for (uint32_t i = 0; i < b->h.n_steps; i++)
        if (b->h.steps[i].kind == TL_STEP_ATTEMPT)
            attempts[n_attempts++] = i;
    uint32_t n_ways = 1;
    for (uint32_t i = 0; i < n_attempts; i++)
        n_ways *= n_resources;
    for (uint32_t way = 0; way < n_ways; way++) {
        int total = 0;
        for (uint32_t resource = 0; resource < n_resources; resource++) {
            struct tl_step own[32];
            size_t n = 0;
            for (uint32_t i = 0; i < b->h.n_steps; i++)
                if (b->h.steps[i].resource == resource)
                    own[n++] = b->h.steps[i];
            uint32_t rest = way;
            for (uint32_t i = 0; i < n_attempts; i++, rest /= n_resources)
                if (rest % n_resources == resource)
                    own[n++] = b->h.steps[attempts[i]];
            struct reference r = {.steps = own, .n = n, .max_step = max_step};
            total += most_passes(&r, 0, 0, INT64_MIN);
        }
        best = total > best ? total : best;
    }
    return best;
}

/* One of twelve records is lost where `lossy`; a verdict shares the second of the cycle before's last change
 * where `tight`. Returns how many of 1,000 rounds differ from the reference. */
static int differences_where_resources_share_a_runbook(bool lossy, bool tight)
{
    uint64_t seed = 11;
    struct tl_detect_params p = {.max_step_s = 25, .max_gap_s = 100000, .min_cycles = 1};
    int n_wrong = 0, n_cycles = 0;
    for (int round = 0; round < 1000; round++) {
        struct build b;
        uint32_t n_resources = 2 + (tight ? 0 : (uint32_t)(random_next(&seed) % 2));
        build_init(&b, n_resources);
        for (uint32_t r = 0; r < n_resources; r++) {
            int64_t t = 1000 + (int64_t)(random_next(&seed) % 12);
            for (int i = 0; i < 2 + tight; i++) {
                int64_t at[4] = {t};
                for (int k = 1; k < 4; k++)
                    at[k] = at[k - 1] + (int64_t)(random_next(&seed) % (k == 3 ? 3 : 9));
                t = tight ? at[3] : t + 30 + (int64_t)(random_next(&seed) % 10);
                for (int k = 0; k < 4; k++) {
                    if (lossy && random_next(&seed) % 12 == 0)
                        continue;
                    if (k == 0)
                        build_verdict(&b, at[k], r, "rule", TL_NON_COMPLIANT);
                    else if (k == 1)
                        build_attempt(&b, at[k], "runbook", NULL);
                    else
                        build_change(&b, at[k], r, k == 2 ? API_REMOVE : API_ADD, NULL);
                }
            }
        }
        build_sort(&b, (uint64_t)round);
        int expected = most_passes_shared(&b, n_resources, p.max_step_s), found = 0;
        struct tl_loops l = {0};
        assert_int_equal(tl_detect(&b.h, tl_chains, 1, &p, &l, NULL), 0);
        for (size_t i = 0; i < l.n; i++)
            found += (int)l.items[i].n_cycles;
        n_cycles += expected;
        n_wrong += found != expected;
        assert_true(found <= expected);
        tl_loops_fini(&l);
        build_fini(&b);
    }
    assert_true(n_cycles > 3000);
    return n_wrong;
}

static void it_equals_the_reference_where_resources_share_a_runbook(void **state)
{
    (void)state;
    assert_int_equal(differences_where_resources_share_a_runbook(false, false), 0);
    assert_int_equal(differences_where_resources_share_a_runbook(false, true), 0);
    assert_int_equal(differences_where_resources_share_a_runbook(true, false), 0);
}

/* ---- chains of calls alone against the same reference ---------------------------------------- */

/* The most passes of calls 0 <= 1 <= ... that use no step twice and follow one another. */
static int most_passes_of_calls(struct reference *r, int n_steps, int position, int64_t last, int64_t floor)
{
    int best = 0;
    for (size_t i = 0; i < r->n; i++) {
        const struct tl_step *s = &r->steps[i];
        if (r->used[i] || (int)s->subject != position ||
            (position > 0 ? s->time_s < last || s->time_s - last > r->max_step : s->time_s < floor))
            continue;
        r->used[i] = true;
        int n = position + 1 == n_steps ? 1 + most_passes_of_calls(r, n_steps, 0, 0, s->time_s)
                                        : most_passes_of_calls(r, n_steps, position + 1, s->time_s, floor);
        r->used[i] = false;
        best = n > best ? n : best;
    }
    return best;
}

/* Chains of two and three calls, with ties, losses, second copies of a call and noise. */
static void chains_of_calls_equal_the_reference(void **state)
{
    (void)state;
    static const tl_str calls[] = {
        {"lambda:RemovePermission", 23}, {"lambda:AddPermission", 20}, {"lambda:Update*", 14}};
    const struct tl_detect_params p = {.max_step_s = 20, .max_gap_s = 100000, .min_cycles = 1};
    uint64_t seed = 5;
    int n_wrong = 0, n_cycles = 0;
    for (int round = 0; round < 3000; round++) {
        struct build b;
        struct tl_chain chain;
        const char *why;
        size_t at, n_steps = 2 + (size_t)round % 2;
        build_init(&b, 1);
        assert_int_equal(tl_chain_make(&chain, TL_STR("mine"), calls, n_steps, &why, &at), 0);
        int64_t t = 1000;
        uint64_t spread = 1 + random_next(&seed) % 12;
        for (int c = 0; c < 4; c++)
            for (uint32_t k = 0; k < n_steps; k++) {
                uint64_t luck = random_next(&seed) % 12;
                for (int copy = 0; copy < (luck == 0 ? 0 : luck == 1 ? 2 : 1); copy++)
                    build_change(&b, t, 0, k, NULL);
                t += (int64_t)(random_next(&seed) % spread);
            }
        build_sort(&b, (uint64_t)round);
        struct reference r = {.steps = b.h.steps, .n = b.h.n_steps, .max_step = p.max_step_s};
        int expected = most_passes_of_calls(&r, (int)n_steps, 0, 0, INT64_MIN), found = 0;
        struct tl_loops l = {0};
        assert_int_equal(tl_detect(&b.h, &chain, 1, &p, &l, NULL), 0);
        for (size_t i = 0; i < l.n; i++)
            found += (int)l.items[i].n_cycles;
        n_cycles += expected;
        if (found != expected && n_wrong++ < 3) {
            print_message("round %d: expected %d, found %d:", round, expected, found);
            for (size_t i = 0; i < b.h.n_steps; i++)
                print_message(" %c%d", "RAU"[b.h.steps[i].subject], (int)b.h.steps[i].time_s - 1000);
            print_message("\n");
        }
        tl_loops_fini(&l);
        build_fini(&b);
    }
    assert_true(n_cycles > 6000);
    assert_int_equal(n_wrong, 0);
}

static void a_chain_is_made_of_steps_and_turned_to_its_verdict(void **state)
{
    (void)state;
    static const struct {
        const char *steps[4];
        size_t n;
        const char *why; /* a part of it; NULL: it is one */
        size_t at;
        const char *first; /* the step that it starts with */
    } rows[] = {
        {{"config:PutEvaluations", "ssm:StartAutomationExecution", "ec2:Revoke*"}, 3, NULL, 0, ""},
        {{"ec2:Authorize*", "config:PutEvaluations", "ssm:StartAutomationExecution"},
         3,
         NULL,
         0,
         "config:PutEvaluations"},
        {{"ssm:StartAutomationExecution", "ec2:Revoke*", "config:PutEvaluations"},
         3,
         NULL,
         0,
         "config:PutEvaluations"},
        {{"ec2:Revoke*", "ssm:StartAutomationExecution"}, 2, NULL, 0, "ssm:StartAutomationExecution"},
        {{"ec2:Revoke*", "ec2:Authorize*"}, 2, NULL, 0, ""},
        {{"ec2:Revoke*"}, 1, "two steps", 0, NULL},
        {{"config:PutEvaluations", "ec2:Revoke*", "config:PutEvaluations"}, 3, "one verdict", 2, NULL},
        {{"config:PutEvaluations", "ec2:Revoke*", "ssm:StartAutomationExecution"}, 3, "right after", 2, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tl_str steps[4];
        struct tl_chain chain;
        const char *why;
        size_t at;
        for (size_t k = 0; k < rows[i].n; k++)
            steps[k] = tl_str_from(rows[i].steps[k]);
        int r = tl_chain_make(&chain, TL_STR("mine"), steps, rows[i].n, &why, &at);
        assert_int_equal(r, rows[i].why != NULL);
        if (rows[i].why) {
            assert_non_null(strstr(why, rows[i].why));
            assert_int_equal(at, rows[i].at);
            continue;
        }
        const char *first = rows[i].first[0] ? rows[i].first : rows[i].steps[0];
        assert_true(tl_str_eq(chain.steps[0].api, tl_str_from(first)));
        assert_int_equal(chain.n_steps, rows[i].n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_of_calls_equal_the_reference),
        cmocka_unit_test(a_chain_is_made_of_steps_and_turned_to_its_verdict),
        cmocka_unit_test(three_cycles_are_a_loop_two_are_not),
        cmocka_unit_test(steps_that_share_a_second_all_count),
        cmocka_unit_test(one_lost_record_is_one_partial_cycle),
        cmocka_unit_test(a_lost_record_before_a_repeated_step_is_one_partial_cycle),
        cmocka_unit_test(what_undoes_a_direct_answer_is_no_partial_cycle),
        cmocka_unit_test(an_attempt_on_a_compliant_verdict_is_no_partial_cycle),
        cmocka_unit_test(fifty_functions_through_one_runbook_are_all_found),
        cmocka_unit_test(the_strongest_tie_wins),
        cmocka_unit_test(a_rule_s_document_ties_its_attempts),
        cmocka_unit_test(episodes_are_cut_and_short_ones_are_tails),
        cmocka_unit_test(noise_between_the_steps_is_skipped),
        cmocka_unit_test(a_step_too_late_is_none),
        cmocka_unit_test(it_equals_the_reference_on_small_random_histories),
        cmocka_unit_test(it_equals_the_reference_where_resources_share_a_runbook),
    };
    return cmocka_run_group_tests_name("detect", tests, NULL, NULL);
}
