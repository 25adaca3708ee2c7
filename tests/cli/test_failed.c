/* Calls that failed and came without their parameters, in a resource's history: found where a session, a
 * caller or the order of events tells whose they are, and nowhere else. And the mark of calls that no table
 * knows. */
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

static void verdict(struct tlh *h, int64_t t, const char *function)
{
    tlh_verdict(h, t, RULE, TYPE, function, "NON_COMPLIANT");
}

static void denied(struct tlh *h, int64_t t, const char *service, const char *name,
                   const struct tlh_actor *who)
{
    tlh_fail_next(h, "AccessDenied");
    tlh_record(h, t, service, name, who, NULL, NULL, NULL);
}

/* `trailloop history NAME`: the resource's events. Frees the history. */
static json_t *history_of(struct tlh *h, const char *name, json_t **loops)
{
    char dir[TLH_PATH_BYTES], db[TLH_PATH_BYTES + 8];
    tlh_temp_make(dir);
    snprintf(db, sizeof db, "%s/t.db", dir);
    tlh_sort(h);
    tlh_deliver(h, dir, &(struct tlh_delivery){.gzip = true});
    tlh_free(h);
    free(scan_text(0, (const char *const[]){"ingest", "--quiet", "--db", db, dir, NULL}));
    json_t *history =
        scan_json(0, (const char *const[]){"history", "--db", db, "--format", "json", name, NULL});
    if (loops)
        *loops = scan_json(0, (const char *const[]){"report", "--db", db, "--format", "json", NULL});
    tlh_temp_remove(dir);
    return history;
}

/* How many events of that api failed, each with that link. */
static int n_failed(const json_t *history, const char *api, const char *link)
{
    const json_t *events = scan_get(history, "resources.0.events");
    int n = 0;
    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *e = json_array_get(events, i);
        if (!scan_bool(e, "failed") || strcmp(scan_word(e, "api"), api) != 0)
            continue;
        assert_string_equal(scan_word(e, "error"), "AccessDenied");
        assert_string_equal(scan_word(e, "link"), link);
        n++;
    }
    return n;
}

static void a_denied_attempt_is_the_waiting_verdicts(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(1);
    for (int i = 0; i < 4; i++) {
        verdict(h, START_S + i * 300, "f");
        tlh_fail_next(h, "AccessDenied");
        tlh_attempt(h, START_S + i * 300 + 3, RUNBOOK, "FunctionName", "f");
    }
    json_t *history = history_of(h, "f", NULL);
    assert_int_equal(n_failed(history, "ssm:StartAutomationExecution", "sequence"), 4);
    json_decref(history);
}

static void a_denied_change_is_that_of_the_resource_which_its_caller_changes(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(2);
    verdict(h, START_S, "f");
    verdict(h, START_S + 1, "g");
    tlh_remove_permission(h, START_S + 30, &tlh_modify_function, "f", STATEMENT);
    denied(h, START_S + 40, "lambda", "AddPermission20150331v2", &tlh_modify_function);
    denied(h, START_S + 41, "logs", "CreateLogGroup", &tlh_modify_function);     /* another service */
    denied(h, START_S + 42, "lambda", "AddPermission20150331v2", &tlh_engineer); /* a person */
    denied(h, START_S + 43, "lambda", "AddPermission20150331v2", &tlh_pipeline); /* somebody else */
    tlh_remove_permission(h, START_S + 5000, &tlh_engineer, "g", STATEMENT);
    denied(h, START_S + 5001, "lambda", "DeleteFunction20150331", &tlh_engineer); /* of whatever they tried */
    json_t *history = history_of(h, "f", NULL);
    assert_int_equal(n_failed(history, "lambda:AddPermission", "sequence"), 1);
    assert_int_equal(scan_int(history, "resources.0.changes"), 2);
    json_decref(history);
}

static void a_denied_change_after_the_only_attempt_is_its_resources(void **state)
{
    (void)state;
    for (int others = 0; others < 2; others++) {
        struct tlh *h = tlh_new(3);
        verdict(h, START_S, "f");
        tlh_attempt(h, START_S + 3, RUNBOOK, "FunctionName", "f");
        if (others) { /* then nobody can tell */
            verdict(h, START_S, "g");
            tlh_attempt(h, START_S + 4, RUNBOOK, "FunctionName", "g");
        }
        denied(h, START_S + 20, "lambda", "RemovePermission20150331v2", &tlh_modify_function);
        denied(h, START_S + 21, "iam", "PutRolePolicy", &tlh_modify_function); /* no matter of a function */
        json_t *history = history_of(h, "f", NULL);
        assert_int_equal(n_failed(history, "lambda:RemovePermission", "sequence"), !others);
        json_decref(history);
    }
}

static void a_denied_change_in_an_attempts_session_is_its_resources(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(4);
    verdict(h, START_S, "f");
    tlh_attempt(h, START_S + 3, RUNBOOK, "FunctionName", "f");
    char session[128];
    const char *at = strstr(h->events[h->n - 1].text, "automationExecutionId\":\"");
    assert_non_null(at);
    snprintf(session, sizeof session, "Automation-%.36s", at + strlen("automationExecutionId\":\""));
    const struct tlh_actor automation = {.role = "AutomationServiceRole",
                                         .session = session,
                                         .ip = "ssm.amazonaws.com",
                                         .agent = "ssm.amazonaws.com",
                                         .invoked_by = "ssm.amazonaws.com"};
    denied(h, START_S + 20, "iam", "PutRolePolicy", &automation);
    json_t *history = history_of(h, "f", NULL);
    assert_int_equal(n_failed(history, "iam:PutRolePolicy", "session"), 1);
    json_decref(history);
}

/* A call of a service that no table knows, which tells its resource by a well-known field. */
static void a_call_that_no_table_knows_is_marked(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(5);
    for (int i = 0; i < 5; i++) {
        verdict(h, START_S + i * 300, "f");
        tlh_attempt(h, START_S + i * 300 + 3, RUNBOOK, "FunctionName", "f");
        tlh_record(h, START_S + i * 300 + 20, "quicksilver", "UpdateFunctionPond", &tlh_modify_function,
                   json_pack("{s:s}", "functionName", "f"), NULL, NULL);
    }
    json_t *loops, *history = history_of(h, "f", &loops);
    assert_int_equal(scan_n_loops(loops), 1);
    assert_true(scan_bool(loops, "loops.0.evidence.0.steps.2.general"));
    assert_false(scan_bool(loops, "loops.0.evidence.0.steps.1.general"));
    assert_true(scan_bool(history, "resources.0.events.2.general"));
    json_decref(loops);
    json_decref(history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_denied_attempt_is_the_waiting_verdicts),
        cmocka_unit_test(a_denied_change_is_that_of_the_resource_which_its_caller_changes),
        cmocka_unit_test(a_denied_change_after_the_only_attempt_is_its_resources),
        cmocka_unit_test(a_denied_change_in_an_attempts_session_is_its_resources),
        cmocka_unit_test(a_call_that_no_table_knows_is_marked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
