/* Sentences of the definition at their edges, through the whole program: a window's ends, the clock's last
 * second, causes that are none, whose calls are a person's, what is left out of the cost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "scan.h"
#include "trailloop/base.h"

#define RULE "lambda-no-public-access"
#define RUNBOOK "fix-public-access"
#define STATEMENT "FunctionURLAllowPublicAccess"
#define TYPE "AWS::Lambda::Function"
#define START_S 1709000000
#define PERIOD_S 150
#define CYCLES 8
#define AFTER_S (START_S + CYCLES * PERIOD_S) /* when the next verdict is due */

static struct tlh *loop_of(int attempt_s, int step_s, int period_s)
{
    struct tlh *h = tlh_new(1);
    for (int i = 0; i < CYCLES; i++) {
        int64_t t = START_S + i * period_s;
        tlh_verdict(h, t, RULE, TYPE, "f", "NON_COMPLIANT");
        tlh_attempt(h, t + attempt_s, RUNBOOK, NULL, NULL);
        tlh_remove_permission(h, t + attempt_s + step_s, &tlh_modify_function, "f", STATEMENT);
        tlh_add_permission(h, t + attempt_s + step_s + 1, &tlh_modify_function, "f", STATEMENT);
    }
    return h;
}

static struct tlh *loop_made(void)
{
    return loop_of(4, 26, PERIOD_S);
}

/* ---- steps and windows --------------------------------------------------------------------------- */

static void a_step_comes_at_most_fifteen_minutes_after_the_one_before(void **state)
{
    (void)state;
    for (int late = 0; late < 2; late++)
        json_decref(scan_loops_of(loop_of(900, 900 + late, 4000), !late));
}

/* An attempt counts at a verdict that comes less than the window after it; one in the verdict's own second is
 * its answer. */
static void a_window_is_half_open(void **state)
{
    (void)state;
    static const struct {
        int attempt_s, window_s;
        bool trips;
    } rows[] = {{5, 145, false}, {5, 146, true}, {0, 150, false}, {0, 151, true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tlh *h = loop_of(rows[i].attempt_s, 26, PERIOD_S);
        tlh_put_remediation(h, START_S - 60, RULE, TYPE, RUNBOOK, 1, rows[i].window_s);
        json_t *report = scan_loops_of(h, 1);
        if (scan_bool(report, "loops.0.retry.trips") != rows[i].trips)
            fail_msg("1 attempt in %d s, attempts %d s after verdicts", rows[i].window_s, rows[i].attempt_s);
        json_decref(report);
    }
}

static void call(struct tlh *h, int64_t t, const char *name)
{
    tlh_record(h, t, "lambda", name, &tlh_modify_function, json_pack("{s:s}", "functionName", "f"), NULL,
               NULL);
}

/* Of passes with two changes, and one more verdict between these, one loses its attempt. */
static void a_verdict_between_the_changes_of_a_partial_cycle_makes_no_second_one(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(1);
    for (int i = 0; i < CYCLES; i++) {
        int64_t t = START_S + i * PERIOD_S;
        tlh_verdict(h, t, RULE, TYPE, "f", "NON_COMPLIANT");
        if (i != CYCLES / 2)
            tlh_attempt(h, t + 5, RUNBOOK, NULL, NULL);
        call(h, t + 11, "UpdateFunctionConfiguration20150331v2");
        tlh_verdict(h, t + 13, RULE, TYPE, "f", "NON_COMPLIANT");
        call(h, t + 15, "PutFunctionConcurrency20171031");
    }
    json_t *report = scan_loops_of(h, 1);
    assert_int_equal(scan_int(report, "loops.0.cycles"), CYCLES - 1);
    assert_int_equal(scan_int(report, "loops.0.partial_cycles"), 1);
    json_decref(report);
}

/* With the attempt alone; with the first change; with one by somebody else. */
static void the_cycle_under_way_moves_the_end(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++) {
        struct tlh *h = loop_made();
        char want[TL_TIME_MAX_BYTES];
        tlh_verdict(h, AFTER_S, RULE, TYPE, "f", "NON_COMPLIANT");
        tlh_attempt(h, AFTER_S + 4, RUNBOOK, NULL, NULL);
        if (k)
            tlh_remove_permission(h, AFTER_S + 30, k == 1 ? &tlh_modify_function : &tlh_pipeline, "f",
                                  STATEMENT);
        tlh_noise(h, AFTER_S + 40, 0);
        json_t *report = scan_loops_of(h, 1);
        tl_time_format(AFTER_S + (k == 1 ? 30 : 4), want);
        assert_string_equal(scan_word(report, "loops.0.last"), want);
        assert_true(scan_bool(report, "loops.0.open_cycle"));
        json_decref(report);
    }
}

/* A group whose runbook's sessions change it every PERIOD_S, beside what is looked at. */
static void neighbour(struct tlh *h, int64_t from_s)
{
    for (int i = 0; i < CYCLES; i++) {
        char execution[TLH_ID_BYTES], session[64];
        int64_t t = from_s + i * PERIOD_S;
        snprintf(execution, sizeof execution, "33fc2b9c-6ce5-4206-89a9-3e0fdcafe%03d", i);
        snprintf(session, sizeof session, "Automation-%s", execution);
        const struct tlh_actor who = {.role = "runbook",
                                      .session = session,
                                      .ip = "ssm.amazonaws.com",
                                      .agent = "ssm.amazonaws.com",
                                      .invoked_by = "ssm.amazonaws.com"};
        tlh_verdict(h, t, "other-rule", "AWS::S3::Bucket", "b", "NON_COMPLIANT");
        tlh_record(h, t + 2, "ssm", "StartAutomationExecution", &tlh_config_remediation,
                   json_pack("{s:s}", "documentName", "other-runbook"),
                   json_pack("{s:s}", "automationExecutionId", execution), NULL);
        tlh_record(h, t + 40, "s3", "PutBucketVersioning", &who, json_pack("{s:s}", "bucketName", "b"), NULL,
                   NULL);
    }
}

static int64_t cycles_of(const json_t *report, const char *resource, const char *rule, int64_t *partial)
{
    const json_t *loops = scan_get(report, "loops");
    for (size_t i = 0; i < json_array_size(loops); i++) {
        const json_t *loop = json_array_get(loops, i);
        *partial = scan_int(loop, "partial_cycles");
        if (strcmp(scan_word(loop, "resource.id"), resource) == 0 &&
            strcmp(scan_word(loop, "rule"), rule) == 0)
            return scan_int(loop, "cycles");
    }
    return 0;
}

/* An attempt whose session changes one resource answers no verdict on another, whatever calls a chain looks
 * for; nor does it make another resource's tug the work of a runbook. */
static void an_attempt_that_its_session_binds_is_nobody_elses(void **state)
{
    (void)state;
    int64_t partial;
    for (int tug = 0; tug < 2; tug++) {
        struct tlh *h = tlh_new(3);
        neighbour(h, START_S + 1);
        for (int i = 0; i < CYCLES; i++) {
            int64_t t = START_S + i * PERIOD_S;
            if (!tug)
                tlh_verdict(h, t, RULE, TYPE, "f", "NON_COMPLIANT");
            tlh_remove_permission(h, t + 20, &tlh_modify_function, "f", STATEMENT);
            if (tug)
                tlh_add_permission(h, t + 21, &tlh_modify_function, "f", STATEMENT);
        }
        json_t *report = scan_loops_of(h, 2);
        assert_int_equal(cycles_of(report, "b", "config-remediation", &partial), CYCLES);
        assert_int_equal(cycles_of(report, "f", tug ? "tug" : "direct-remediation", &partial), CYCLES);
        json_decref(report);
    }
}

/* Runbooks of things that nobody judges, told by their sessions or by what they name, start after a verdict
 * that a function answers itself. */
static void a_runbook_of_something_never_judged_answers_nothing(void **state)
{
    (void)state;
    for (int named = 0; named < 2; named++) {
        struct tlh *h = tlh_new(6);
        for (int i = 0; i < CYCLES; i++) {
            int64_t t = START_S + i * 600;
            char execution[TLH_ID_BYTES], session[64];
            snprintf(execution, sizeof execution, "33fc2b9c-6ce5-4206-89a9-3e0fdcafe%03d", i);
            snprintf(session, sizeof session, "Automation-%s", execution);
            const struct tlh_actor own = {.role = "runbook",
                                          .session = session,
                                          .ip = "ssm.amazonaws.com",
                                          .agent = "ssm.amazonaws.com"};
            tlh_verdict(h, t, RULE, TYPE, "f", "NON_COMPLIANT");
            tlh_record(h, t + 2, "ssm", "StartAutomationExecution", &tlh_pipeline,
                       named ? json_pack("{s:s,s:{s:[s]}}", "documentName", "patch", "parameters", "Bucket",
                                         "never-judged")
                             : json_pack("{s:s}", "documentName", "patch"),
                       json_pack("{s:s}", "automationExecutionId", execution), NULL);
            tlh_record(h, t + 9, "s3", "PutBucketTagging", named ? &tlh_pipeline : &own,
                       json_pack("{s:s,s:i}", "bucketName", "never-judged", "n", i), NULL, NULL);
            tlh_remove_permission(h, t + 20, &tlh_modify_function, "f", STATEMENT);
        }
        json_t *report = scan_loops_of(h, 1);
        assert_string_equal(scan_word(report, "loops.0.rule"), "direct-remediation");
        assert_int_equal(scan_int(report, "loops.0.cycles"), CYCLES);
        assert_int_equal(json_array_size(scan_get(report, "without_effect")), 0);
        json_decref(report);
    }
}

/* What a service without regions does to the account is told in one of them; the verdict comes from another.
 */
static void a_runbook_of_a_resource_without_a_region_answers_its_verdicts(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(7);
    for (int i = 0; i < CYCLES; i++) {
        int64_t t = START_S + i * 600;
        char execution[TLH_ID_BYTES], session[64];
        snprintf(execution, sizeof execution, "33fc2b9c-6ce5-4206-89a9-3e0fdcafe%03d", i);
        snprintf(session, sizeof session, "Automation-%s", execution);
        const struct tlh_actor own = {
            .role = "runbook", .session = session, .ip = "ssm.amazonaws.com", .agent = "ssm.amazonaws.com"};
        tlh_verdict(h, t, "passwords", "AWS::::Account", "111122223333", "NON_COMPLIANT");
        tlh_record(h, t + 2, "ssm", "StartAutomationExecution", &tlh_config_remediation,
                   json_pack("{s:s}", "documentName", "set-policy"),
                   json_pack("{s:s}", "automationExecutionId", execution), NULL);
        tlh_place(h, "111122223333", "us-east-1");
        tlh_record(h, t + 9, "iam", "UpdateAccountPasswordPolicy", &own,
                   json_pack("{s:i}", "minimumPasswordLength", 14), NULL, NULL);
        tlh_place(h, "111122223333", "ap-northeast-1");
    }
    json_t *report = scan_loops_of(h, 1);
    assert_int_equal(scan_int(report, "loops.0.cycles"), CYCLES);
    assert_string_equal(scan_word(report, "loops.0.confidence"), "session");
    json_decref(report);
}

static void distribution(struct tlh *h, int64_t t, const struct tlh_actor *who, const char *root)
{
    tlh_record(h, t, "cloudfront", "UpdateDistribution2020_05_31", who,
               json_pack("{s:s,s:{s:s}}", "id", "E1EXAMPLE", "distributionConfig", "defaultRootObject", root),
               NULL, NULL);
}

/* Its changes are recorded in one region and are not told once more as a loop of their own. */
static void a_tug_over_a_distribution_is_one_loop(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(8);
    for (int i = 0; i < CYCLES; i++) {
        int64_t t = START_S + i * PERIOD_S;
        tlh_verdict(h, t, "root", "AWS::CloudFront::Distribution", "E1EXAMPLE", "NON_COMPLIANT");
        tlh_attempt(h, t + 4, "set-root", "Id", "E1EXAMPLE");
        distribution(h, t + 10, &tlh_modify_function, "index.html");
        distribution(h, t + 80, &tlh_pipeline, "");
    }
    json_t *report = scan_loops_of(h, 1);
    assert_string_equal(scan_word(report, "loops.0.rule"), "config-remediation");
    assert_string_equal(scan_word(report, "loops.0.kind"), "tug-of-war");
    json_decref(report);
}

/* A pipeline updates a function that stays NON_COMPLIANT, and after each verdict somebody starts a runbook.
 */
static void a_pipeline_beside_loose_attempts_is_no_loop(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(5);
    for (int i = 0; i < CYCLES; i++) {
        int64_t t = START_S + i * 1000;
        tlh_record(h, t, "lambda", "UpdateFunctionCode20150331v2", &tlh_pipeline,
                   json_pack("{s:s,s:i}", "functionName", "f", "n", i), NULL, NULL);
        tlh_verdict(h, t + 60, RULE, TYPE, "f", "NON_COMPLIANT");
        tlh_attempt(h, t + 70, RUNBOOK, NULL, NULL);
        tlh_record(h, t + 90, "lambda", "UpdateFunctionConfiguration20150331v2", &tlh_pipeline,
                   json_pack("{s:s,s:i}", "functionName", "f", "n", i), NULL, NULL);
    }
    json_decref(scan_loops_of(h, 0));
}

/* The opponent's change and somebody's attempt between two cycles are no cycle that lost its verdict. */
static void an_opponents_change_and_a_loose_attempt_are_no_partial_cycle(void **state)
{
    (void)state;
    int64_t partial;
    struct tlh *h = tlh_new(4);
    neighbour(h, START_S);
    for (int i = 0; i < CYCLES; i++)
        tlh_record(h, START_S + i * PERIOD_S + 80, "s3", "PutBucketVersioning", &tlh_pipeline,
                   json_pack("{s:s,s:s}", "bucketName", "b", "status", "Suspended"), NULL, NULL);
    tlh_attempt(h, START_S + 3 * PERIOD_S + 60, RUNBOOK, NULL, NULL);
    json_t *report = scan_loops_of(h, 1);
    assert_int_equal(cycles_of(report, "b", "config-remediation", &partial), CYCLES);
    assert_int_equal(partial, 0);
    json_decref(report);
}

/* ---- status -------------------------------------------------------------------------------------- */

static void a_loop_runs_until_two_periods_and_a_quarter_of_an_hour_after_its_last_sign(void **state)
{
    (void)state;
    for (int over = 0; over < 2; over++) {
        struct tlh *h = loop_made();
        tlh_noise(h, AFTER_S - PERIOD_S + 31 + 2 * PERIOD_S + 900 + over, 0);
        json_t *report = scan_loops_of(h, 1);
        assert_string_equal(scan_word(report, "loops.0.status"), over ? "stopped" : "running");
        json_decref(report);
    }
}

static void control(struct tlh *h, int64_t t, const char *name, json_t *request)
{
    tlh_record(h, t, "config", name, &tlh_engineer, request, NULL, NULL);
}

static json_t *exception_for(const char *function)
{
    return json_pack("{s:s,s:[{s:s,s:s}]}", "configRuleName", RULE, "resourceKeys", "resourceType", TYPE,
                     "resourceId", function);
}

static void what_looks_like_a_cause_and_is_none(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++) {
        struct tlh *h = loop_made();
        tlh_put_remediation(h, START_S - 60, RULE, TYPE, RUNBOOK, 10, 600);
        if (k == 0) /* another resource's */
            control(h, AFTER_S, "PutRemediationExceptions", exception_for("g"));
        if (k == 1) /* another rule's */
            control(h, AFTER_S, "DeleteConfigRule", json_pack("{s:s}", "configRuleName", "another"));
        if (k == 2) /* under these it would have gone on */
            tlh_put_remediation(h, AFTER_S, RULE, TYPE, RUNBOOK, 9, 600);
        tlh_noise_between(h, AFTER_S + 100, AFTER_S + 20000, 100, 300);
        json_t *report = scan_loops_of(h, 1);
        assert_string_equal(scan_word(report, "loops.0.stopped.cause"), "unknown");
        json_decref(report);
    }
}

static void the_first_cause_wins_and_beats_the_clock(void **state)
{
    (void)state;
    struct tlh *h = loop_made();
    control(h, AFTER_S - 60, "DeleteConfigRule", json_pack("{s:s}", "configRuleName", RULE));
    tlh_verdict(h, AFTER_S, RULE, TYPE, "f", "COMPLIANT"); /* and the log ends */
    json_t *report = scan_loops_of(h, 1);
    assert_string_equal(scan_word(report, "loops.0.status"), "stopped");
    assert_string_equal(scan_word(report, "loops.0.stopped.cause"), "rule-deleted");
    json_decref(report);
}

/* One version of it, however the call names it; or an alias. The function itself: with a name alone. */
static void a_deleted_version_is_no_deleted_function(void **state)
{
    (void)state;
    static const struct {
        const char *call, *function, *member, *value;
        bool deleted;
    } rows[] = {
        {"DeleteFunction20150331", "f", NULL, NULL, true},
        {"DeleteFunction20150331", "arn:aws:lambda:ap-northeast-1:111122223333:function:f", NULL, NULL, true},
        {"DeleteFunction20150331", "f", "qualifier", "3", false},
        {"DeleteFunction20150331", "f:3", NULL, NULL, false},
        {"DeleteFunction20150331", "111122223333:function:f:3", NULL, NULL, false},
        {"DeleteFunction20150331", "arn:aws:lambda:ap-northeast-1:111122223333:function:f:3", NULL, NULL,
         false},
        {"DeleteAlias20150331", "f", "name", "live", false},
        {"DeleteFunctionConcurrency20171031", "f", NULL, NULL, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tlh *h = loop_made();
        json_t *request = json_pack("{s:s}", "functionName", rows[i].function);
        if (rows[i].member)
            json_object_set_new(request, rows[i].member, json_string(rows[i].value));
        tlh_record(h, AFTER_S - 60, "lambda", rows[i].call, &tlh_engineer, request, NULL, NULL);
        tlh_noise_between(h, AFTER_S + 100, AFTER_S + 20000, 100, 300);
        json_t *report = scan_loops_of(h, 1);
        if (strcmp(scan_word(report, "loops.0.stopped.cause"),
                   rows[i].deleted ? "resource-deleted" : "unknown") != 0)
            fail_msg("%s of %s", rows[i].call, rows[i].function);
        json_decref(report);
    }
}

/* A remediation that deletes what a pipeline always makes anew is running until the clock says otherwise. */
static void a_deletion_that_is_part_of_the_loop_stops_it_by_the_clock_alone(void **state)
{
    (void)state;
    for (int silent = 0; silent < 2; silent++) {
        struct tlh *h = tlh_new(6);
        for (int i = 0; i < CYCLES; i++) {
            int64_t t = START_S + i * 600;
            tlh_verdict(h, t, RULE, TYPE, "f", "NON_COMPLIANT");
            tlh_attempt(h, t + 5, RUNBOOK, NULL, NULL);
            tlh_record(h, t + 10, "lambda", "DeleteFunction20150331", &tlh_modify_function,
                       json_pack("{s:s}", "functionName", "f"), NULL, NULL);
            if (i + 1 < CYCLES)
                tlh_record(h, t + 500, "lambda", "CreateFunction20150331", &tlh_pipeline,
                           json_pack("{s:s}", "functionName", "f"), NULL, NULL);
        }
        tlh_noise_between(h, START_S, START_S + CYCLES * 600 + (silent ? 20000 : 0), 100, 300);
        json_t *report = scan_loops_of(h, 1);
        assert_string_equal(scan_word(report, "loops.0.status"), silent ? "stopped" : "running");
        if (silent)
            assert_string_equal(scan_word(report, "loops.0.stopped.cause"), "resource-deleted");
        json_decref(report);
    }
}

/* ---- also said ----------------------------------------------------------------------------------- */

static void verdicts_that_do_not_apply_cost_nothing(void **state)
{
    (void)state;
    struct tlh *h = loop_made();
    for (int i = 0; i < CYCLES; i++)
        tlh_verdict(h, START_S + i * PERIOD_S + 60, RULE, TYPE, "f", "NOT_APPLICABLE");
    json_t *report = scan_loops_of(h, 1);
    assert_int_equal(scan_int(report, "loops.0.cost.verdicts"), CYCLES);
    json_decref(report);
}

static void a_loop_whose_attempts_hide_their_parameters_says_so(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(1);
    for (int i = 0; i < CYCLES; i++) {
        int64_t t = START_S + i * PERIOD_S;
        tlh_verdict(h, t, RULE, TYPE, "f", "NON_COMPLIANT");
        tlh_record(
            h, t + 4, "ssm", "StartAutomationExecution", &tlh_config_remediation,
            json_pack("{s:s,s:s}", "documentName", RUNBOOK, "parameters", "HIDDEN_DUE_TO_SECURITY_REASONS"),
            json_pack("{s:s}", "automationExecutionId", "33fc2b9c-6ce5-4206-89a9-3e0fdcafe9b6"), NULL);
        tlh_remove_permission(h, t + 30, &tlh_modify_function, "f", STATEMENT);
        tlh_add_permission(h, t + 31, &tlh_modify_function, "f", STATEMENT);
    }
    json_t *report = scan_loops_of(h, 1);
    assert_int_equal(scan_int(report, "loops.0.withheld"), CYCLES);
    assert_int_equal(scan_int(report, "loops.0.cycles"), CYCLES);
    json_decref(report);
}

#define PARENT "33fc2b9c-6ce5-4206-89a9-3e0fdcafe%03d"
#define CHILD "88aa2b9c-6ce5-4206-89a9-3e0fdcafe%03d"

static void start(struct tlh *h, int64_t t, const struct tlh_actor *who, const char *document,
                  const char *execution)
{
    tlh_record(h, t, "ssm", "StartAutomationExecution", who,
               json_pack("{s:s,s:{s:[s]}}", "documentName", document, "parameters", "FunctionName", "f"),
               json_pack("{s:s}", "automationExecutionId", execution), NULL);
}

/* A runbook that starts a runbook, at two levels; and one whose own start the log has lost. */
static void what_a_runbook_starts_is_part_of_its_attempt(void **state)
{
    (void)state;
    for (int lost = 0; lost < 2; lost++) {
        struct tlh *h = tlh_new(1);
        for (int i = 0; i < CYCLES; i++) {
            int64_t t = START_S + i * PERIOD_S;
            char parent[TLH_ID_BYTES], child[TLH_ID_BYTES], session[2][64];
            snprintf(parent, sizeof parent, PARENT, i);
            snprintf(child, sizeof child, CHILD, i);
            snprintf(session[0], sizeof session[0], "Automation-%s", parent);
            snprintf(session[1], sizeof session[1], "Automation-%s", child);
            const struct tlh_actor by_parent = {.role = "runbook",
                                                .session = session[0],
                                                .ip = "ssm.amazonaws.com",
                                                .agent = "ssm.amazonaws.com",
                                                .invoked_by = "ssm.amazonaws.com"},
                                   by_child = {.role = "runbook",
                                               .session = session[1],
                                               .ip = "ssm.amazonaws.com",
                                               .agent = "ssm.amazonaws.com",
                                               .invoked_by = "ssm.amazonaws.com"};
            tlh_verdict(h, t, RULE, TYPE, "f", "NON_COMPLIANT");
            if (!lost)
                start(h, t + 4, &tlh_config_remediation, RUNBOOK, parent);
            start(h, t + 6, &by_parent, "child", child);
            tlh_remove_permission(h, t + 30, &by_child, "f", STATEMENT);
            tlh_add_permission(h, t + 31, &by_child, "f", STATEMENT);
        }
        json_t *report = scan_loops_of(h, 1);
        assert_int_equal(scan_int(report, "loops.0.cycles"), CYCLES);
        assert_int_equal(scan_int(report, "loops.0.fired_twice"), 0);
        assert_string_equal(scan_word(report, "loops.0.confidence"), "session");
        assert_string_equal(scan_word(report, "loops.0.document"), lost ? "child" : RUNBOOK);
        assert_int_equal(json_array_size(scan_get(report, "without_effect")), 0);
        json_decref(report);
    }
}

/* The last cycle may end in a call that failed. */
static void a_failure_after_the_last_step_is_counted(void **state)
{
    (void)state;
    struct tlh *h = loop_made();
    for (int i = 0; i < CYCLES; i++) {
        tlh_fail_next(h, "ResourceConflictException");
        tlh_add_permission(h, START_S + i * PERIOD_S + 40, &tlh_modify_function, "f", STATEMENT);
    }
    json_t *report = scan_loops_of(h, 1);
    assert_int_equal(scan_int(report, "loops.0.failed_changes"), CYCLES);
    assert_int_equal(json_array_size(scan_get(report, "loops.0.evidence.5.steps")), 5);
    json_decref(report);
}

/* ---- people -------------------------------------------------------------------------------------- */

static void people_are_no_party_to_a_tug(void **state)
{
    (void)state;
    static const struct {
        struct tlh_actor who;
        bool person;
    } rows[] = {
        {{.role = "controller-b", .session = "x", .ip = "203.0.113.5", .agent = "Boto3/1.34"}, false},
        {{.user = "ann", .ip = "203.0.113.5", .agent = "Mozilla/5.0"}, true},
        {{.user = "terraform",
          .ip = "203.0.113.5",
          .agent = "APN/1.0 HashiCorp/1.0 Terraform/1.5.7 (+https://www.terraform.io)"},
         false},
        {{.role = "AWSReservedSSO_Admin_0123456789abcdef",
          .session = "ann@example.com",
          .ip = "203.0.113.5",
          .agent = "Boto3/1.34"},
         true},
    };
    static const struct tlh_actor one = {
        .role = "controller-a", .session = "x", .ip = "203.0.113.4", .agent = "Boto3/1.34"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tlh *h = tlh_new(2);
        for (int k = 0; k < CYCLES; k++) {
            tlh_add_permission(h, START_S + k * 900, &one, "f", STATEMENT);
            tlh_remove_permission(h, START_S + k * 900 + 300, &rows[i].who, "f", STATEMENT);
        }
        json_decref(scan_loops_of(h, !rows[i].person));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_comes_at_most_fifteen_minutes_after_the_one_before),
        cmocka_unit_test(a_window_is_half_open),
        cmocka_unit_test(a_verdict_between_the_changes_of_a_partial_cycle_makes_no_second_one),
        cmocka_unit_test(an_attempt_that_its_session_binds_is_nobody_elses),
        cmocka_unit_test(a_runbook_of_something_never_judged_answers_nothing),
        cmocka_unit_test(a_runbook_of_a_resource_without_a_region_answers_its_verdicts),
        cmocka_unit_test(a_tug_over_a_distribution_is_one_loop),
        cmocka_unit_test(a_pipeline_beside_loose_attempts_is_no_loop),
        cmocka_unit_test(an_opponents_change_and_a_loose_attempt_are_no_partial_cycle),
        cmocka_unit_test(the_cycle_under_way_moves_the_end),
        cmocka_unit_test(a_loop_runs_until_two_periods_and_a_quarter_of_an_hour_after_its_last_sign),
        cmocka_unit_test(what_looks_like_a_cause_and_is_none),
        cmocka_unit_test(the_first_cause_wins_and_beats_the_clock),
        cmocka_unit_test(a_deleted_version_is_no_deleted_function),
        cmocka_unit_test(a_deletion_that_is_part_of_the_loop_stops_it_by_the_clock_alone),
        cmocka_unit_test(verdicts_that_do_not_apply_cost_nothing),
        cmocka_unit_test(a_loop_whose_attempts_hide_their_parameters_says_so),
        cmocka_unit_test(what_a_runbook_starts_is_part_of_its_attempt),
        cmocka_unit_test(a_failure_after_the_last_step_is_counted),
        cmocka_unit_test(people_are_no_party_to_a_tug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
