/* Loops as they come in real life, through the whole program: which are found, with how many cycles, and
 * which are none. Each history is made, delivered as CloudTrail does (shuffled inside a file), scanned, and
 * the JSON report looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "scan.h"

#define RULE "lambda-no-public-access"
#define RUNBOOK "fix-public-access"
#define STATEMENT "FunctionURLAllowPublicAccess"
#define TYPE "AWS::Lambda::Function"
#define START_S 1709000000

/* When the steps of a cycle come, in seconds after its verdict; and how long until the next verdict. */
struct shape {
    int attempt_s, remove_s, add_s, period_s;
};
static const struct shape usual = {4, 30, 31, 150};

static void add_cycle(struct tlh *h, int64_t t, const char *function, const struct shape *s)
{
    tlh_verdict(h, t, RULE, TYPE, function, "NON_COMPLIANT");
    tlh_attempt(h, t + s->attempt_s, RUNBOOK, NULL, NULL);
    tlh_remove_permission(h, t + s->remove_s, &tlh_modify_function, function, STATEMENT);
    tlh_add_permission(h, t + s->add_s, &tlh_modify_function, function, STATEMENT);
}

static int64_t add_cycles(struct tlh *h, int64_t t, const char *function, int n, const struct shape *s)
{
    for (int i = 0; i < n; i++, t += s->period_s)
        add_cycle(h, t, function, s);
    return t;
}

/* Scans and frees the history; its only loop must have so many cycles. Returns the report. */
static json_t *one_loop(struct tlh *h, const char *function, int cycles, int partial)
{
    json_t *report = scan_history(h, NULL);
    assert_int_equal(scan_n_loops(report), 1);
    const json_t *loop = scan_loop(report, function, NULL, NULL);
    assert_non_null(loop);
    assert_int_equal(scan_int(loop, "cycles"), cycles);
    assert_int_equal(scan_int(loop, "partial_cycles"), partial);
    tlh_free(h);
    return report;
}

static void three_cycles_are_a_loop_and_two_are_not(void **state)
{
    (void)state;
    for (int n = 2; n <= 3; n++) {
        struct tlh *h = tlh_new(1);
        add_cycles(h, START_S, "f", n, &usual);
        json_t *report = scan_history(h, NULL);
        assert_int_equal(scan_n_loops(report), n == 3);
        json_decref(report);
        tlh_free(h);
    }
}

/* Evaluations start minutes early or late, and one is asked for in between; what comes at any time is on no
 * schedule, though half of it is an hour apart. */
static void an_hourly_rule_is_on_schedule_though_it_jitters(void **state)
{
    (void)state;
    static const int off_s[] = {0, 170, -160, 90, -170, 20, 175, -60, 110, -120, 0, 60};
    for (int wild = 0; wild < 2; wild++) {
        struct tlh *h = tlh_new(40);
        for (int i = 0; i < 12; i++)
            add_cycle(h, START_S + i * 3600 + off_s[i] * (wild ? 6 : 1), "f", &usual);
        if (!wild)
            add_cycle(h, START_S + 5 * 3600 + 1500, "f", &usual);
        json_t *report = one_loop(h, "f", wild ? 12 : 13, 0);
        if (wild)
            assert_true(json_is_null(scan_get(report, "loops.0.schedule")));
        else
            assert_int_equal(scan_int(report, "loops.0.schedule"), 3600);
        json_decref(report);
    }
}

/* ---- seconds --------------------------------------------------------------------------------- */

static void every_cycle_is_counted_however_its_steps_share_seconds(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct shape shape;
    } rows[] = {
        {"verdict and attempt", {0, 30, 31, 150}},
        {"attempt and first change", {4, 4, 31, 150}},
        {"both changes", {4, 30, 30, 150}},
        {"verdict with attempt, and both changes", {0, 30, 30, 150}},
        {"the last three", {4, 4, 4, 150}},
        {"all four", {0, 0, 0, 150}},
        {"the last change and the next verdict", {4, 30, 150, 150}},
        {"both changes and the next verdict", {4, 150, 150, 150}},
        {"verdict with attempt, last change with the next verdict", {0, 30, 150, 150}},
        {"all but the attempt, with the next verdict", {75, 150, 150, 150}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct tlh *h = tlh_new(2);
        add_cycles(h, START_S, "f", 200, &rows[i].shape);
        json_t *report = scan_history(h, NULL);
        const json_t *loop = scan_loop(report, "f", NULL, NULL);
        if (!loop || scan_n_loops(report) != 1 || scan_int(loop, "cycles") != 200)
            fail_msg("%s in one second: %zu loops, %lld cycles", rows[i].what, scan_n_loops(report),
                     loop ? (long long)scan_int(loop, "cycles") : 0LL);
        assert_true(scan_bool(loop, "order_assumed"));
        json_decref(report);
        tlh_free(h);
    }
}

static void steps_in_seconds_of_their_own_need_no_assumed_order(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(3);
    add_cycles(h, START_S, "f", 20, &usual);
    json_t *report = one_loop(h, "f", 20, 0);
    assert_false(scan_bool(scan_get(report, "loops.0"), "order_assumed"));
    assert_int_equal(scan_int(report, "loops.0.period.median"), 150);
    json_decref(report);
}

/* ---- many resources -------------------------------------------------------------------------- */

enum { FUNCTIONS = 50 };

/* Fifty functions, each with a number of cycles of its own, at random latencies, through a runbook that names
 * none. */
static void add_fifty(struct tlh *h, int cycles[FUNCTIONS])
{
    for (int f = 0; f < FUNCTIONS; f++) {
        char name[32];
        int64_t t = START_S + tlh_random(h, 0, 149);
        snprintf(name, sizeof(name), "function-%02d", f);
        cycles[f] = (int)tlh_random(h, 8, 14);
        for (int i = 0; i < cycles[f]; i++) {
            int attempt_s = (int)tlh_random(h, 1, 20), remove_s = attempt_s + (int)tlh_random(h, 2, 70);
            add_cycle(h, t, name, &(struct shape){attempt_s, remove_s, remove_s + 1, 0});
            t += tlh_random(h, 130, 180);
        }
    }
}

static void fifty_functions_loop_at_once_through_a_runbook_that_names_none(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        int cycles[FUNCTIONS];
        struct tlh *h = tlh_new(seed);
        bool rule_known = seed % 2 == 0;
        if (rule_known)
            tlh_put_remediation(h, START_S - 60, RULE, TYPE, RUNBOOK, 10, 600);
        add_fifty(h, cycles);
        json_t *report = scan_history(h, NULL);
        assert_int_equal(scan_n_loops(report), FUNCTIONS);
        for (int f = 0; f < FUNCTIONS; f++) {
            char name[32];
            snprintf(name, sizeof(name), "function-%02d", f);
            const json_t *loop = scan_loop(report, name, NULL, NULL);
            assert_non_null(loop);
            assert_int_equal(scan_int(loop, "cycles"), cycles[f]);
            assert_string_equal(scan_word(loop, "confidence"), rule_known ? "rule" : "sequence");
        }
        json_decref(report);
        tlh_free(h);
    }
}

static void the_same_name_in_two_accounts_and_two_regions_is_four_resources(void **state)
{
    (void)state;
    static const char *const accounts[] = {"111122223333", "444455556666"};
    static const char *const regions[] = {"ap-northeast-1", "eu-west-1"};
    struct tlh *h = tlh_new(5);
    for (int i = 0; i < 4; i++) {
        tlh_place(h, accounts[i / 2], regions[i % 2]);
        add_cycles(h, START_S + i * 7, "f", 5 + i, &usual);
    }
    json_t *report = scan_history(h, NULL);
    assert_int_equal(scan_n_loops(report), 4);
    for (int i = 0; i < 4; i++) {
        const json_t *loop = scan_loop(report, "f", accounts[i / 2], regions[i % 2]);
        assert_non_null(loop);
        assert_int_equal(scan_int(loop, "cycles"), 5 + i);
    }
    json_decref(report);
    tlh_free(h);
}

static void name_arn_partial_and_qualified_arn_are_one_function(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "f",
        "arn:aws:lambda:ap-northeast-1:111122223333:function:f",
        "111122223333:function:f",
        "arn:aws:lambda:ap-northeast-1:111122223333:function:f:live",
        "f:3",
        "111122223333:function:f:live",
    };
    enum { FORMS = sizeof(forms) / sizeof(forms[0]) };
    struct tlh *h = tlh_new(6);
    for (int i = 0; i < 18; i++) {
        int64_t t = START_S + i * 150;
        /* AWS Config itself names a function by its name or its ARN. */
        tlh_verdict(h, t, RULE, TYPE, forms[i % 2], "NON_COMPLIANT");
        tlh_attempt(h, t + 4, RUNBOOK, NULL, NULL);
        tlh_remove_permission(h, t + 30, &tlh_modify_function, forms[i % FORMS], STATEMENT);
        tlh_add_permission(h, t + 31, &tlh_modify_function, forms[(i / 2 + 3) % FORMS], STATEMENT);
    }
    json_decref(one_loop(h, "f", 18, 0));
}

static void an_attempt_that_names_the_function_ties_it_by_parameter(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(7);
    for (int i = 0; i < 6; i++) {
        int64_t t = START_S + i * 150;
        tlh_verdict(h, t, RULE, TYPE, "f", "NON_COMPLIANT");
        tlh_attempt(h, t + 4, RUNBOOK, "FunctionName", "f");
        tlh_remove_permission(h, t + 30, &tlh_modify_function, "f", STATEMENT);
        tlh_add_permission(h, t + 31, &tlh_modify_function, "f", STATEMENT);
    }
    json_t *report = one_loop(h, "f", 6, 0);
    assert_string_equal(scan_word(report, "loops.0.confidence"), "parameter");
    json_decref(report);
}

/* ---- losses and failures --------------------------------------------------------------------- */

static void one_lost_record_in_a_long_loop_leaves_one_loop_with_a_partial_cycle(void **state)
{
    (void)state;
    static const char *const steps[] = {"verdict", "attempt", "first change", "second change"};
    for (size_t lost = 0; lost < 4; lost++) {
        struct tlh *h = tlh_new(8);
        add_cycles(h, START_S, "f", 30, &usual);
        tlh_drop(h, 15 * 4 + lost);
        json_t *report = scan_history(h, NULL);
        const json_t *loop = scan_n_loops(report) == 1 ? scan_get(report, "loops.0") : NULL;
        if (!loop || scan_int(loop, "cycles") != 29 || scan_int(loop, "partial_cycles") != 1)
            fail_msg("a lost %s: %zu loops, %lld cycles, %lld partial", steps[lost], scan_n_loops(report),
                     loop ? (long long)scan_int(loop, "cycles") : 0LL,
                     loop ? (long long)scan_int(loop, "partial_cycles") : 0LL);
        assert_int_equal(scan_int(loop, "period.max"), 150);
        json_decref(report);
        tlh_free(h);
    }
}

static void attempts_that_failed_complete_no_cycle(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(9);
    for (int i = 0; i < 8; i++) {
        int64_t t = START_S + i * 150;
        tlh_verdict(h, t, RULE, TYPE, "f", "NON_COMPLIANT");
        tlh_fail_next(h, "ThrottlingException");
        tlh_attempt(h, t + 2, RUNBOOK, NULL, NULL);
    }
    json_t *report = scan_history(h, NULL);
    assert_int_equal(scan_n_loops(report), 0);
    json_decref(report);
    tlh_free(h);
}

/* ---- what is no loop ------------------------------------------------------------------------- */

static void remediation_that_works_once_on_forty_resources_is_no_loop(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(10);
    tlh_put_remediation(h, START_S - 60, RULE, TYPE, RUNBOOK, 5, 60);
    for (int i = 0; i < 40; i++) {
        char name[32];
        int64_t t = START_S + i * 97;
        snprintf(name, sizeof(name), "function-%02d", i);
        tlh_verdict(h, t, RULE, TYPE, name, "NON_COMPLIANT");
        tlh_attempt(h, t + 4, RUNBOOK, NULL, NULL);
        tlh_remove_permission(h, t + 30, &tlh_modify_function, name, STATEMENT);
        tlh_verdict(h, t + 90, RULE, TYPE, name, "COMPLIANT");
    }
    json_t *report = scan_history(h, NULL);
    assert_int_equal(scan_n_loops(report), 0);
    json_decref(report);
    tlh_free(h);
}

static void deployments_that_add_and_remove_permissions_are_no_loop(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(11);
    for (int i = 0; i < 30; i++) {
        int64_t t = START_S + i * 1200;
        tlh_remove_permission(h, t, &tlh_pipeline, "f", "AllowInvoke");
        tlh_add_permission(h, t + 2, &tlh_pipeline, "f", "AllowInvoke");
        if (i % 10 == 0)
            tlh_verdict(h, t + 40, RULE, TYPE, "f", "COMPLIANT");
    }
    tlh_noise_between(h, START_S, START_S + 36000, 30, 90);
    json_t *report = scan_history(h, NULL);
    assert_int_equal(scan_n_loops(report), 0);
    json_decref(report);
    tlh_free(h);
}

static void verdicts_in_test_mode_and_calls_of_another_service_make_no_loop(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(12);
    for (int i = 0; i < 10; i++) {
        int64_t t = START_S + i * 150;
        tlh_verdict_test_mode(h, t, RULE, TYPE, "f", "NON_COMPLIANT");
        tlh_attempt(h, t + 4, RUNBOOK, NULL, NULL);
        tlh_remove_permission(h, t + 30, &tlh_modify_function, "f", STATEMENT);
        tlh_add_permission(h, t + 31, &tlh_modify_function, "f", STATEMENT);
        tlh_place(h, "444455556666", "ap-northeast-1");
        tlh_verdict(h, t, RULE, TYPE, "g", "NON_COMPLIANT");
        tlh_attempt(h, t + 4, RUNBOOK, NULL, NULL);
        tlh_record(h, t + 30, "sqs", "RemovePermission", &tlh_modify_function,
                   json_pack("{s:s,s:s}", "queueUrl",
                             "https://sqs.ap-northeast-1.amazonaws.com/444455556666/g", "label", STATEMENT),
                   NULL, NULL);
        tlh_place(h, "111122223333", "ap-northeast-1");
    }
    json_t *report = scan_history(h, NULL);
    assert_int_equal(scan_n_loops(report), 0);
    json_decref(report);
    tlh_free(h);
}

/* However evenly they come, with other resources' runbooks or without. */
static void deployments_every_few_minutes_are_no_loop(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(17);
    for (int i = 0; i < 30; i++) {
        tlh_remove_permission(h, START_S + i * 240, &tlh_pipeline, "f", "AllowInvoke");
        tlh_add_permission(h, START_S + i * 240 + 2, &tlh_pipeline, "f", "AllowInvoke");
    }
    json_t *report = scan_history(h, NULL);
    assert_int_equal(scan_n_loops(report), 0);
    json_decref(report);
    tlh_free(h);
}

/* A rule's author who tries it on and on, and a function that acts on what AWS Config is told, though it does
 * not keep it. */
static void what_follows_verdicts_in_test_mode_is_no_loop(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(15);
    for (int i = 0; i < 12; i++) {
        int64_t t = START_S + i * 150;
        tlh_verdict_test_mode(h, t, RULE, TYPE, "f", "NON_COMPLIANT");
        tlh_remove_permission(h, t + 30, &tlh_modify_function, "f", STATEMENT);
        tlh_add_permission(h, t + 31, &tlh_modify_function, "f", STATEMENT);
    }
    json_t *report = scan_history(h, NULL);
    assert_int_equal(scan_n_loops(report), 0);
    json_decref(report);
    tlh_free(h);
}

static void a_tug_that_is_also_tried_in_test_mode_is_a_loop(void **state)
{
    (void)state;
    static const struct {
        const struct tlh_actor *other;
        int test_s; /* after the pass that caused it, or before the one it was not the cause of */
    } rows[] = {{&tlh_modify_function, 10}, {&tlh_pipeline, 10}, {&tlh_pipeline, 140}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct tlh *h = tlh_new(16);
        for (int n = 0; n < 12; n++) {
            int64_t t = START_S + n * 150;
            tlh_remove_permission(h, t, &tlh_modify_function, "f", STATEMENT);
            tlh_add_permission(h, t + 1, rows[i].other, "f", STATEMENT);
            tlh_verdict_test_mode(h, t + rows[i].test_s, RULE, TYPE, "f", "NON_COMPLIANT");
        }
        json_t *report = scan_history(h, NULL);
        assert_int_equal(scan_n_loops(report), 1);
        assert_string_equal(scan_word(scan_get(report, "loops.0"), "rule"), "tug");
        assert_int_equal(scan_int(scan_get(report, "loops.0"), "cycles"), 12);
        json_decref(report);
        tlh_free(h);
    }
}

/* ---- the retry table of the incident --------------------------------------------------------- */

static void the_retry_table_comes_out_as_it_was_observed(void **state)
{
    (void)state;
    static const struct {
        int attempts, window_s;
        bool stops;
    } rows[] = {{10, 600, false}, {1, 60, false}, {1, 600, true}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct tlh *h = tlh_new(13);
        tlh_put_remediation(h, START_S - 60, RULE, TYPE, RUNBOOK, 10, 600);
        int64_t t = add_cycles(h, START_S, "f", 20, &usual);
        char id[TLH_ID_BYTES];
        snprintf(id, sizeof(id), "%s",
                 tlh_put_remediation(h, t - 40, RULE, TYPE, RUNBOOK, rows[i].attempts, rows[i].window_s));
        if (rows[i].stops) {
            tlh_verdict(h, t, RULE, TYPE, "f", "NON_COMPLIANT");
            tlh_noise_between(h, t + 60, t + 7200, 60, 240);
            tlh_noise(h, t + 7200, 0);
        } else {
            t = add_cycles(h, t, "f", 20, &usual);
        }
        json_t *report = one_loop(h, "f", rows[i].stops ? 20 : 40, 0);
        const json_t *loop = scan_get(report, "loops.0");
        assert_string_equal(scan_word(loop, "status"), rows[i].stops ? "stopped" : "running");
        assert_int_equal(scan_int(loop, "retry.settings.attempts"), rows[i].attempts);
        assert_int_equal(scan_int(loop, "retry.settings.window"), rows[i].window_s);
        assert_string_equal(scan_word(loop, "retry.settings.event_id"), id);
        assert_int_equal(scan_bool(loop, "retry.trips"), rows[i].stops);
        if (rows[i].stops) {
            assert_string_equal(scan_word(loop, "stopped.cause"), "settings-changed");
            assert_string_equal(scan_word(loop, "stopped.event_id"), id);
            assert_int_equal(scan_int(loop, "stopped.silence"), 7200);
            assert_false(scan_bool(loop, "stopped.last_verdict.answered"));
        } else {
            assert_true(json_is_null(scan_get(loop, "stopped")));
        }
        json_decref(report);
    }
}

static void without_settings_in_the_log_the_default_is_shown_and_does_not_trip(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(14);
    add_cycles(h, START_S, "f", 10, &usual);
    json_t *report = one_loop(h, "f", 10, 0);
    const json_t *loop = scan_get(report, "loops.0");
    assert_true(json_is_null(scan_get(loop, "retry.settings")));
    assert_false(scan_bool(loop, "retry.trips"));
    assert_string_equal(scan_word(loop, "status"), "running");
    json_decref(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_cycles_are_a_loop_and_two_are_not),
        cmocka_unit_test(an_hourly_rule_is_on_schedule_though_it_jitters),
        cmocka_unit_test(every_cycle_is_counted_however_its_steps_share_seconds),
        cmocka_unit_test(steps_in_seconds_of_their_own_need_no_assumed_order),
        cmocka_unit_test(fifty_functions_loop_at_once_through_a_runbook_that_names_none),
        cmocka_unit_test(the_same_name_in_two_accounts_and_two_regions_is_four_resources),
        cmocka_unit_test(name_arn_partial_and_qualified_arn_are_one_function),
        cmocka_unit_test(an_attempt_that_names_the_function_ties_it_by_parameter),
        cmocka_unit_test(one_lost_record_in_a_long_loop_leaves_one_loop_with_a_partial_cycle),
        cmocka_unit_test(attempts_that_failed_complete_no_cycle),
        cmocka_unit_test(remediation_that_works_once_on_forty_resources_is_no_loop),
        cmocka_unit_test(deployments_that_add_and_remove_permissions_are_no_loop),
        cmocka_unit_test(verdicts_in_test_mode_and_calls_of_another_service_make_no_loop),
        cmocka_unit_test(deployments_every_few_minutes_are_no_loop),
        cmocka_unit_test(what_follows_verdicts_in_test_mode_is_no_loop),
        cmocka_unit_test(a_tug_that_is_also_tried_in_test_mode_is_a_loop),
        cmocka_unit_test(the_retry_table_comes_out_as_it_was_observed),
        cmocka_unit_test(without_settings_in_the_log_the_default_is_shown_and_does_not_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
