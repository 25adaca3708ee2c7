/* What the report says beside the loops, through the whole program: attempts without effect, failed calls,
 * attempts that fired where none was due, opponents, drift over days. */
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

static void cycle(struct tlh *h, int64_t t)
{
    tlh_verdict(h, t, RULE, TYPE, "f", "NON_COMPLIANT");
    tlh_attempt(h, t + 4, RUNBOOK, NULL, NULL);
    tlh_remove_permission(h, t + 30, &tlh_modify_function, "f", STATEMENT);
    tlh_add_permission(h, t + 31, &tlh_modify_function, "f", STATEMENT);
}

static json_t *the_idle_one(struct tlh *h, int attempts, const char *document)
{
    json_t *report = scan_loops_of(h, 0);
    assert_int_equal(json_array_size(scan_get(report, "without_effect")), 1);
    assert_int_equal(scan_int(report, "without_effect.0.attempts"), attempts);
    assert_string_equal(scan_word(report, "without_effect.0.document"), document);
    assert_string_equal(scan_word(report, "without_effect.0.resource.id"), "f");
    return report;
}

static void attempts_that_are_all_denied_are_failing_remediation(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(1);
    tlh_put_remediation(h, START_S - 60, RULE, TYPE, RUNBOOK, 5, 60);
    for (int i = 0; i < 8; i++) {
        tlh_verdict(h, START_S + i * 150, RULE, TYPE, "f", "NON_COMPLIANT");
        tlh_fail_next(h, "AccessDenied");
        tlh_attempt(h, START_S + i * 150 + 3, RUNBOOK, NULL, NULL);
    }
    json_t *report = the_idle_one(h, 8, RUNBOOK); /* the rule says which runbook */
    assert_string_equal(scan_word(report, "without_effect.0.error"), "AccessDenied");
    json_decref(report);
}

static void attempts_whose_changes_are_denied_have_no_effect(void **state)
{
    (void)state;
    for (int logged = 0; logged < 2; logged++) {
        struct tlh *h = tlh_new(2);
        for (int i = 0; i < 6; i++) {
            tlh_verdict(h, START_S + i * 150, RULE, TYPE, "f", "NON_COMPLIANT");
            tlh_attempt(h, START_S + i * 150 + 3, RUNBOOK, "FunctionName", "f");
            if (!logged)
                continue;
            tlh_fail_next(h, "AccessDenied");
            tlh_remove_permission(h, START_S + i * 150 + 20, &tlh_modify_function, "f", STATEMENT);
        }
        json_t *report = the_idle_one(h, 6, RUNBOOK);
        if (logged) /* without parameters, under a role of its own */
            assert_string_equal(scan_word(report, "without_effect.0.error"), "AccessDenied");
        else
            assert_true(json_is_null(scan_get(report, "without_effect.0.error")));
        json_decref(report);
    }
}

static void two_attempts_without_effect_are_not_again_and_again(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(3);
    for (int i = 0; i < 8; i++) {
        tlh_verdict(h, START_S + i * 900, RULE, TYPE, "f", "NON_COMPLIANT");
        tlh_attempt(h, START_S + i * 900 + 3, RUNBOOK, "FunctionName", "f");
        if (i % 3 == 2)
            tlh_remove_permission(h, START_S + i * 900 + 20, &tlh_modify_function, "f", STATEMENT);
    }
    json_t *report = scan_history(h, NULL);
    assert_int_equal(json_array_size(scan_get(report, "without_effect")), 0);
    json_decref(report);
    tlh_free(h);
}

/* The step of that call in the evidence of a loop's cycle, counted from 0. */
static const json_t *step_of(const json_t *report, size_t cycle, size_t step)
{
    char path[64];
    snprintf(path, sizeof path, "loops.0.evidence.%zu.steps.%zu", cycle, step);
    return scan_get(report, path);
}

static void failed_calls_in_a_loop_are_counted_with_and_without_parameters(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(4);
    for (int i = 0; i < 20; i++) {
        cycle(h, START_S + i * 150);
        if (i % 4 == 1) {
            tlh_fail_next(h, "ThrottlingException");
            tlh_attempt(h, START_S + i * 150 + 2, RUNBOOK, NULL, NULL);
            tlh_fail_next(h, "AccessDeniedException");
            tlh_remove_permission(h, START_S + i * 150 + 28, &tlh_modify_function, "f", STATEMENT);
        }
    }
    json_t *report = scan_loops_of(h, 1);
    assert_int_equal(scan_int(report, "loops.0.cycles"), 20);
    assert_int_equal(scan_int(report, "loops.0.failed_attempts"), 5);
    assert_int_equal(scan_int(report, "loops.0.failed_changes"), 5);
    assert_int_equal(json_array_size(scan_get(report, "loops.0.evidence.0.steps")), 4);
    assert_int_equal(json_array_size(scan_get(report, "loops.0.evidence.1.steps")), 6);
    assert_string_equal(scan_word(step_of(report, 1, 0), "step"), "config:PutEvaluations");
    assert_string_equal(scan_word(step_of(report, 1, 1), "step"), "ssm:StartAutomationExecution");
    assert_string_equal(scan_word(step_of(report, 1, 1), "error"), "ThrottlingException");
    assert_string_equal(scan_word(step_of(report, 1, 1), "link"), "sequence");
    assert_true(json_is_null(scan_get(step_of(report, 1, 2), "error")));
    assert_string_equal(scan_word(step_of(report, 1, 3), "step"), "lambda:RemovePermission");
    assert_string_equal(scan_word(step_of(report, 1, 3), "error"), "AccessDeniedException");
    assert_string_equal(scan_word(step_of(report, 1, 3), "link"), "sequence");
    assert_true(json_is_null(scan_get(step_of(report, 1, 4), "error")));
    json_decref(report);
}

/* The caller of a loop's changes does other things, too: what failed of these is not the loop's. */
static void what_fails_elsewhere_is_no_evidence(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(4);
    for (int i = 0; i < 5; i++) {
        cycle(h, START_S + i * 150);
        tlh_fail_next(h, "AccessDenied"); /* another service */
        tlh_record(h, START_S + i * 150 + 29, "logs", "CreateLogGroup", &tlh_modify_function, NULL, NULL,
                   NULL);
        tlh_fail_next(h, "AccessDenied"); /* another caller */
        tlh_remove_permission(h, START_S + i * 150 + 29, &tlh_pipeline, "f", STATEMENT);
    }
    json_t *report = scan_loops_of(h, 1);
    assert_int_equal(scan_int(report, "loops.0.failed_changes"), 0);
    assert_int_equal(json_array_size(scan_get(report, "loops.0.evidence.4.steps")), 4);
    json_decref(report);
}

static void attempts_that_fire_twice_or_on_a_compliant_resource_are_told(void **state)
{
    (void)state;
    for (int named = 0; named < 2; named++) {
        struct tlh *h = tlh_new(5);
        for (int i = 0; i < 12; i++) {
            int64_t t = START_S + i * 300;
            tlh_verdict(h, t, RULE, TYPE, "f", "NON_COMPLIANT");
            tlh_attempt(h, t + 4, RUNBOOK, named ? "FunctionName" : NULL, "f");
            if (i % 4 == 0) /* the finding was delivered twice */
                tlh_attempt(h, t + 6, RUNBOOK, named ? "FunctionName" : NULL, "f");
            tlh_remove_permission(h, t + 30, &tlh_modify_function, "f", STATEMENT);
            tlh_verdict(h, t + 90, RULE, TYPE, "f", "COMPLIANT");
            if (i % 6 == 0) /* of a stale verdict */
                tlh_attempt(h, t + 120, RUNBOOK, named ? "FunctionName" : NULL, "f");
            tlh_add_permission(h, t + 200, &tlh_pipeline, "f", STATEMENT);
        }
        json_t *report = scan_loops_of(h, 1);
        assert_int_equal(scan_int(report, "loops.0.cycles"), 12);
        assert_int_equal(scan_int(report, "loops.0.fired_twice"), 3);
        assert_int_equal(scan_int(report, "loops.0.fired_on_compliant"), 2);
        assert_int_equal(scan_int(report, "loops.0.cost.steps"), 12 + 3 + 2); /* somebody pays for each */
        json_decref(report);
    }
}

static void two_rules_that_undo_each_other_are_a_loop_each(void **state)
{
    (void)state;
    static const struct tlh_actor automation = {.role = "AutomationServiceRole",
                                                .session = "x",
                                                .ip = "ssm.amazonaws.com",
                                                .agent = "ssm.amazonaws.com",
                                                .invoked_by = "ssm.amazonaws.com"};
    struct tlh *h = tlh_new(6);
    tlh_put_remediation(h, START_S - 60, "must-have", "AWS::S3::Bucket", "AddIt", 5, 60);
    tlh_put_remediation(h, START_S - 60, "must-not-have", "AWS::S3::Bucket", "RemoveIt", 5, 60);
    for (int i = 0; i < 15; i++) {
        int64_t t = START_S + i * 300;
        tlh_verdict(h, t, "must-have", "AWS::S3::Bucket", "f", "NON_COMPLIANT");
        tlh_attempt(h, t + 5, "AddIt", "BucketName", "f");
        tlh_record(h, t + 20, "s3", "PutBucketPolicy", &automation,
                   json_pack("{s:s,s:s}", "bucketName", "f", "bucketPolicy", "{}"), NULL, NULL);
        tlh_verdict(h, t + 150, "must-not-have", "AWS::S3::Bucket", "f", "NON_COMPLIANT");
        tlh_attempt(h, t + 155, "RemoveIt", "BucketName", "f");
        tlh_record(h, t + 170, "s3", "DeleteBucketPolicy", &automation, json_pack("{s:s}", "bucketName", "f"),
                   NULL, NULL);
    }
    json_t *report = scan_loops_of(h, 2);
    for (size_t i = 0; i < 2; i++) {
        const json_t *loop = json_array_get(scan_get(report, "loops"), i), *party;
        const char *document = scan_word(loop, "document");
        const char *other = strcmp(document, "AddIt") == 0 ? "RemoveIt" : "AddIt";
        assert_string_equal(scan_word(loop, "kind"), "tug-of-war");
        assert_int_equal(scan_int(loop, "cycles"), 15);
        party = json_array_get(scan_get(loop, "parties"), json_array_size(scan_get(loop, "parties")) - 1);
        assert_string_equal(scan_word(party, "role"), "opponent");
        assert_string_equal(scan_word(party, "document"), other);
        assert_true(json_is_null(scan_get(loop, "proof.what")));
        assert_string_equal(scan_word(loop, "proof.calls.1"), "s3:PutBucketPolicy");
    }
    json_decref(report);
}

/* Where one rule's runbook removes the permission and the other's adds it, the last pass of the first rule is
 * complete though nobody has added it again: a cycle is verdict, attempt and change. */
static void a_pass_does_not_wait_for_the_other_rule_to_undo_it(void **state)
{
    (void)state;
    for (int undone = 0; undone < 2; undone++) {
        struct tlh *h = tlh_new(6);
        tlh_put_remediation(h, START_S - 60, "public", TYPE, "AddIt", 5, 60);
        tlh_put_remediation(h, START_S - 60, "not-public", TYPE, "RemoveIt", 5, 60);
        for (int i = 0; i < 12; i++) {
            int64_t t = START_S + i * 300;
            tlh_verdict(h, t, "not-public", TYPE, "f", "NON_COMPLIANT");
            tlh_attempt(h, t + 5, "RemoveIt", NULL, NULL);
            tlh_remove_permission(h, t + 20, &tlh_modify_function, "f", STATEMENT);
            if (i == 11 && !undone)
                continue;
            tlh_verdict(h, t + 150, "public", TYPE, "f", "NON_COMPLIANT");
            tlh_attempt(h, t + 155, "AddIt", NULL, NULL);
            tlh_add_permission(h, t + 170, &tlh_pipeline, "f", STATEMENT);
        }
        json_t *report = scan_loops_of(h, 2);
        for (size_t i = 0; i < 2; i++) {
            const json_t *loop = json_array_get(scan_get(report, "loops"), i);
            bool adds = strcmp(scan_word(loop, "document"), "AddIt") == 0;
            assert_int_equal(scan_int(loop, "cycles"), adds && !undone ? 11 : 12);
            assert_string_equal(scan_word(loop, "kind"), "tug-of-war");
        }
        json_decref(report);
    }
}

static void what_a_person_breaks_is_drift_and_no_loop(void **state)
{
    (void)state;
    static const struct {
        int n, hours[8];
    } rows[] = {{7, {0, 24, 96, 120, 192, 216, 312}}, /* every few days */
                {4, {0, 4, 8, 30}}};                  /* three times, and once more after the night */
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        struct tlh *h = tlh_new(7);
        for (int i = 0; i < rows[k].n; i++) {
            int64_t t = START_S + rows[k].hours[i] * 3600;
            tlh_add_permission(h, t, &tlh_engineer, "f", STATEMENT);
            tlh_verdict(h, t + 60, RULE, TYPE, "f", "NON_COMPLIANT");
            tlh_attempt(h, t + 64, RUNBOOK, "FunctionName", "f");
            tlh_remove_permission(h, t + 90, &tlh_modify_function, "f", STATEMENT);
            tlh_verdict(h, t + 150, RULE, TYPE, "f", "COMPLIANT");
        }
        json_t *report = scan_loops_of(h, 0);
        assert_int_equal(json_array_size(scan_get(report, "recurring_drift")), 1);
        assert_int_equal(scan_int(report, "recurring_drift.0.cycles"), rows[k].n);
        assert_string_equal(scan_word(report, "recurring_drift.0.resource.id"), "f");
        json_decref(report);
    }
}

static void an_automated_opponent_within_hours_is_a_tug_of_war_and_is_proved(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(8);
    for (int i = 0; i < 9; i++) {
        int64_t t = START_S + i * 7200;
        tlh_add_permission(h, t, &tlh_pipeline, "f", STATEMENT);
        tlh_verdict(h, t + 60, RULE, TYPE, "f", "NON_COMPLIANT");
        tlh_attempt(h, t + 64, RUNBOOK, "FunctionName", "f");
        tlh_remove_permission(h, t + 90, &tlh_modify_function, "f", STATEMENT);
        tlh_verdict(h, t + 150, RULE, TYPE, "f", "COMPLIANT");
    }
    json_t *report = scan_loops_of(h, 1);
    assert_string_equal(scan_word(report, "loops.0.kind"), "tug-of-war");
    assert_string_equal(scan_word(report, "loops.0.proof.what"), STATEMENT);
    assert_string_equal(scan_word(report, "loops.0.proof.calls.0"), "lambda:AddPermission");
    assert_int_equal(scan_int(report, "loops.0.proof.times"), 8);
    json_decref(report);
}

static void a_loop_whose_attempts_begin_to_fail_has_stopped_for_that(void **state)
{
    (void)state;
    for (int changes = 0; changes < 2; changes++) {
        struct tlh *h = tlh_new(9);
        int64_t t = START_S + 10 * 150;
        for (int i = 0; i < 10; i++)
            cycle(h, START_S + i * 150);
        tlh_verdict(h, t, RULE, TYPE, "f", "NON_COMPLIANT");
        if (!changes)
            tlh_fail_next(h, "AccessDenied");
        tlh_attempt(h, t + 4, RUNBOOK, NULL, NULL);
        if (changes) {
            tlh_fail_next(h, "AccessDenied");
            tlh_remove_permission(h, t + 30, &tlh_modify_function, "f", STATEMENT);
        }
        tlh_noise_between(h, t + 100, t + 20000, 100, 300);
        json_t *report = scan_loops_of(h, 1);
        assert_string_equal(scan_word(report, "loops.0.status"), "stopped");
        assert_string_equal(scan_word(report, "loops.0.stopped.cause"), "attempts-failing");
        json_decref(report);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attempts_that_are_all_denied_are_failing_remediation),
        cmocka_unit_test(attempts_whose_changes_are_denied_have_no_effect),
        cmocka_unit_test(two_attempts_without_effect_are_not_again_and_again),
        cmocka_unit_test(failed_calls_in_a_loop_are_counted_with_and_without_parameters),
        cmocka_unit_test(what_fails_elsewhere_is_no_evidence),
        cmocka_unit_test(attempts_that_fire_twice_or_on_a_compliant_resource_are_told),
        cmocka_unit_test(two_rules_that_undo_each_other_are_a_loop_each),
        cmocka_unit_test(a_pass_does_not_wait_for_the_other_rule_to_undo_it),
        cmocka_unit_test(what_a_person_breaks_is_drift_and_no_loop),
        cmocka_unit_test(an_automated_opponent_within_hours_is_a_tug_of_war_and_is_proved),
        cmocka_unit_test(a_loop_whose_attempts_begin_to_fail_has_stopped_for_that),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
