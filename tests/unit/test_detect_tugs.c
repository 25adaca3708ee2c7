/* detect: tugs at their edges, each in a history written for it: a record that was lost, verdicts beside it,
 * calls that stand for two resources. What tugs are is stated in test_detect_calls.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "history_build.h"

enum { TUG = 3 }; /* in tl_chains */

/* One lost record hides no tug: its pass is partial, and the gap that holds it is neither too long nor
 * uneven. A call that is only repeated is no partial pass. */
static void a_tug_outlasts_a_lost_record(void **state)
{
    (void)state;
    static const struct {
        uint32_t back,
            lost_api; /* who puts it back; API_OTHER: nothing is lost, the first call is repeated */
        int64_t every_s;
        uint32_t n_cycles, n_partial;
    } rows[] = {{ROBOT_A, API_REMOVE, 200, 9, 1}, {ROBOT_A, API_ADD, 200, 9, 1},
                {ROBOT_A, API_ADD, 60, 9, 1},     {ROBOT_B, API_REMOVE, 800, 9, 1},
                {ROBOT_B, API_ADD, 800, 9, 1},    {ROBOT_B, API_OTHER, 800, 10, 0},
                {ROBOT_A, API_OTHER, 60, 10, 0}};
    const struct tl_detect_params p = TL_DETECT_PARAMS_DEFAULT;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct build b;
        struct tl_loops l = {0};
        build_init_robots(&b, 1);
        for (int k = 0; k < 10; k++) {
            int64_t t = 10000 + k * rows[i].every_s;
            if (k != 4 || rows[i].lost_api != API_REMOVE)
                build_change_by(&b, t, 0, API_REMOVE, ROBOT_A);
            if (rows[i].lost_api == API_OTHER)
                build_change_by(&b, t + 1, 0, API_REMOVE, ROBOT_A);
            if (k != 4 || rows[i].lost_api != API_ADD)
                build_change_by(&b, t + 9, 0, API_ADD, rows[i].back);
        }
        build_sort(&b, i);
        assert_int_equal(tl_detect(&b.h, &tl_chains[TUG], 1, &p, &l, NULL), 0);
        if (l.n != 1 || l.items[0].n_cycles != rows[i].n_cycles || l.items[0].n_partial != rows[i].n_partial)
            fail_msg("row %zu: %zu loops, %u cycles, %u partial", i, l.n, l.n ? l.items[0].n_cycles : 0,
                     l.n ? l.items[0].n_partial : 0);
        tl_loops_fini(&l);
        build_fini(&b);
    }
}

/* Verdicts explain a tug's calls, and it is not told beside their loop, though the log has lost one of them.
 */
static void a_lost_verdict_leaves_no_tug_beside_the_loop(void **state)
{
    (void)state;
    const struct tl_detect_params p = TL_DETECT_PARAMS_DEFAULT;
    for (int i = 0; i < 4; i++) {
        int lost = 1 + i / 2;
        struct build b;
        struct tl_loops l = {0};
        build_init_robots(&b, 1);
        build_settings(&b, 100, "rule", "runbook", 5, 60);
        for (int k = 0; k < 4; k++) {
            int64_t t = 10000 + k * 3600;
            if (k != lost)
                build_verdict(&b, t, 0, "rule", TL_NON_COMPLIANT);
            build_attempt(&b, t + 5, "runbook", NULL);
            build_change_by(&b, t + 10, 0, i % 2 ? API_ADD : API_REMOVE, ROBOT_A);
            build_verdict(&b, t + 60, 0, "rule", TL_COMPLIANT);
            build_change_by(&b, t + 300, 0, i % 2 ? API_REMOVE : API_ADD, ROBOT_B);
        }
        build_sort(&b, (uint64_t)i);
        assert_int_equal(tl_detect(&b.h, tl_chains, TL_N_CHAINS, &p, &l, NULL), 0);
        assert_int_equal(l.n, 1);
        assert_int_not_equal(l.items[0].chain, TUG);
        assert_int_equal(l.items[0].n_cycles, 3);
        assert_int_equal(l.items[0].n_partial, 1);
        tl_loops_fini(&l);
        build_fini(&b);
    }
}

/* Two parties pull at resources 0 and 1 by calls that touch both; resource 0 may be judged. */
static void pull_at_two(struct build *b, bool same_events, bool remediated, bool compliant)
{
    for (int k = 0; k < 12; k++) {
        int64_t t = 10000 + k * 600;
        if (k % 2 == 0 && remediated) {
            build_verdict(b, t - 10, 0, "rule", TL_NON_COMPLIANT);
            build_attempt(b, t - 5, "runbook", NULL);
        }
        if (k == 0 && compliant)
            build_verdict(b, t - 10, 0, "rule", TL_COMPLIANT);
        uint32_t api = k % 2 ? API_ADD : API_REMOVE, caller = k % 2 ? ROBOT_B : ROBOT_A;
        struct tl_event_id id = build_change_by(b, t, 0, api, caller)->event;
        struct tl_step *other = build_change_by(b, t, 1, api, caller);
        if (same_events)
            other->event = id;
    }
}

#define OLD_DOMAIN "AWS::Elasticsearch::Domain"
#define DOMAIN "AWS::OpenSearch::Domain"
#define SNAPSHOT "AWS::EC2::Snapshot"
#define ACCOUNT "AWS::::Account"

/* A call that stands for two resources (a search domain by its older type and by its newer one, a snapshot
 * and the account that has it) is one loop; calls on two resources that only share their id are two, as is
 * one call on two of different ids. A domain is called as AWS Config does, whatever it said of it. */
static void calls_that_stand_for_two_resources_are_told_once(void **state)
{
    (void)state;
    static const struct {
        const char *types[2];
        bool same_id, same_events, remediated, compliant;
        size_t n_loops;
        uint32_t told;
    } rows[] = {
        {{DOMAIN, OLD_DOMAIN}, true, true, false, false, 1, 0},
        {{OLD_DOMAIN, DOMAIN}, true, true, false, false, 1, 1},
        {{OLD_DOMAIN, DOMAIN}, true, true, false, true, 1, 0},
        {{DOMAIN, OLD_DOMAIN}, true, true, true, false, 1, 0},
        {{DOMAIN, OLD_DOMAIN}, true, false, false, false, 2, 0},
        {{DOMAIN, OLD_DOMAIN}, false, true, false, false, 2, 0},
        {{ACCOUNT, SNAPSHOT}, false, true, false, false, 1, 1},
        {{ACCOUNT, SNAPSHOT}, false, true, false, true, 1, 1},
        {{ACCOUNT, SNAPSHOT}, false, true, true, false, 1, 0},
        {{SNAPSHOT, ACCOUNT}, false, true, true, false, 1, 0},
        {{SNAPSHOT, ACCOUNT}, false, false, true, false, 2, 0},
    };
    const struct tl_detect_params p = TL_DETECT_PARAMS_DEFAULT;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct build b;
        struct tl_loops l = {0};
        build_init_robots(&b, 2);
        for (int k = 0; k < 2; k++)
            b.h.resources[k].type = tl_str_from(rows[i].types[k]);
        if (rows[i].same_id)
            b.h.resources[1].id = b.h.resources[0].id;
        if (rows[i].same_id && rows[i].compliant) /* as AWS Config may have judged it */
            b.h.resources[0].id = TL_STR("111122223333/function-0");
        pull_at_two(&b, rows[i].same_events, rows[i].remediated, rows[i].compliant);
        build_sort(&b, i);
        assert_int_equal(tl_detect(&b.h, tl_chains, TL_N_CHAINS, &p, &l, NULL), 0);
        if (l.n != rows[i].n_loops || l.items[0].resource != rows[i].told ||
            (l.items[0].chain == TUG) == rows[i].remediated)
            fail_msg("row %zu: %zu loops, the first at %u", i, l.n, l.items[0].resource);
        tl_loops_fini(&l);
        build_fini(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tug_outlasts_a_lost_record),
        cmocka_unit_test(a_lost_verdict_leaves_no_tug_beside_the_loop),
        cmocka_unit_test(calls_that_stand_for_two_resources_are_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
