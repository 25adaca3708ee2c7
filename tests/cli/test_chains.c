/* Loops without AWS Config's remediation, through the whole program: calls that undo each other, a call that
 * triggers itself, a function that answers verdicts; and what looks like them and is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "scan.h"

#define RULE "restricted-ssh"
#define GROUP_TYPE "AWS::EC2::SecurityGroup"
#define START_S 1709000000

static const struct tlh_actor controller = {
    .role = "ingress-controller", .session = "controller", .ip = "10.0.0.4", .agent = "aws-sdk-go/1.49"};
static const struct tlh_actor guard = {.role = "network-guard",
                                       .session = "guard",
                                       .ip = "10.0.0.5",
                                       .agent = "Boto3/1.34 exec-env/AWS_Lambda_python3.12"};
static const struct tlh_actor scaler = {.role = "AWSServiceRoleForApplicationAutoScaling_ECSService",
                                        .session = "AutoScaling-ECS",
                                        .ip = "ecs.application-autoscaling.amazonaws.com",
                                        .agent = "ecs.application-autoscaling.amazonaws.com",
                                        .invoked_by = "ecs.application-autoscaling.amazonaws.com"};

/* AuthorizeSecurityGroupIngress or RevokeSecurityGroupIngress of one rule. */
static void ingress(struct tlh *h, int64_t t, const struct tlh_actor *who, const char *verb,
                    const char *group, const char *cidr)
{
    char name[64];
    snprintf(name, sizeof(name), "%sSecurityGroupIngress", verb);
    tlh_record(h, t, "ec2", name, who,
               json_pack("{s:s,s:{s:[{s:s,s:i,s:i,s:{s:[{s:s}]}}]}}", "groupId", group, "ipPermissions",
                         "items", "ipProtocol", "tcp", "fromPort", 22, "toPort", 22, "ipRanges", "items",
                         "cidrIp", cidr),
               NULL, NULL);
}

static void bucket_call(struct tlh *h, int64_t t, const struct tlh_actor *who, const char *name,
                        const char *bucket, const char *policy)
{
    tlh_record(h, t, "s3", name, who, json_pack("{s:s,s:s*}", "bucketName", bucket, "bucketPolicy", policy),
               NULL, NULL);
}

/* Scans and frees it. */
static json_t *report_of(struct tlh *h)
{
    json_t *report = scan_history(h, NULL);
    tlh_free(h);
    return report;
}

static json_t *one_loop(struct tlh *h, const char *rule, int cycles, const char *kind)
{
    json_t *report = report_of(h);
    if (scan_n_loops(report) != 1)
        fail_msg("%zu loops", scan_n_loops(report));
    assert_string_equal(scan_word(report, "loops.0.rule"), rule);
    assert_int_equal(scan_int(report, "loops.0.cycles"), cycles);
    assert_string_equal(scan_word(report, "loops.0.kind"), kind);
    return report;
}

static void no_loop(struct tlh *h)
{
    json_t *report = report_of(h);
    if (scan_n_loops(report)) {
        char *text = json_dumps(scan_get(report, "loops.0"), JSON_INDENT(1));
        print_error("%s\n", text);
        free(text);
    }
    assert_int_equal(scan_n_loops(report), 0);
    json_decref(report);
}

/* ---- calls that undo each other -------------------------------------------------------------- */

static void two_controllers_that_undo_each_other_are_a_tug_of_war(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(1);
    for (int i = 0; i < 30; i++) {
        ingress(h, START_S + i * 120, &controller, "Authorize", "sg-1", "10.1.0.0/16");
        ingress(h, START_S + i * 120 + 20, &guard, "Revoke", "sg-1", "10.1.0.0/16");
        ingress(h, START_S + i * 120 + 50, &controller, "Authorize", "sg-2", "10.2.0.0/16");
    }
    tlh_noise_between(h, START_S, START_S + 3600, 30, 90);
    json_t *report = one_loop(h, "tug", 30, "tug-of-war");
    assert_string_equal(scan_word(report, "loops.0.resource.id"), "sg-1");
    assert_string_equal(scan_word(report, "loops.0.parties.0.role"), "changer");
    assert_non_null(strstr(scan_word(report, "loops.0.parties.0.principal"), "ingress-controller"));
    assert_string_equal(scan_word(report, "loops.0.parties.1.role"), "opponent");
    assert_non_null(strstr(scan_word(report, "loops.0.parties.1.principal"), "network-guard"));
    assert_true(json_is_null(scan_get(report, "loops.0.retry")));
    assert_true(json_is_null(scan_get(report, "loops.0.config_rule")));
    assert_string_equal(scan_word(report, "loops.0.evidence.0.steps.0.step"),
                        "ec2:AuthorizeSecurityGroupIngress");
    json_decref(report);
}

static void one_party_that_does_both_at_a_steady_pace_is_one_too(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(2);
    for (int i = 0; i < 20; i++) {
        ingress(h, START_S + i * 60, &controller, "Revoke", "sg-1", "10.1.0.0/16");
        ingress(h, START_S + i * 60 + 1, &controller, "Authorize", "sg-1", "10.1.0.0/16");
    }
    json_decref(one_loop(h, "tug", 20, "self-sustaining"));
}

static void one_call_whose_values_come_back_is_a_tug(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(3);
    for (int i = 0; i < 12; i++) {
        bucket_call(h, START_S + i * 600, &controller, "PutBucketPolicy", "b", "{\"open\":1}");
        bucket_call(h, START_S + i * 600 + 30, &guard, "PutBucketPolicy", "b", "{\"open\":0}");
    }
    json_t *report = one_loop(h, "tug", 12, "tug-of-war");
    /* who the opponent is, what it calls, and the proof */
    assert_non_null(strstr(scan_word(report, "loops.0.parties.1.principal"), "network-guard"));
    assert_string_equal(scan_word(report, "loops.0.parties.1.calls.0.api"), "s3:PutBucketPolicy");
    assert_int_equal(scan_int(report, "loops.0.parties.1.calls.0.events"), 12);
    assert_string_equal(scan_word(report, "loops.0.proof.calls.0"), "s3:PutBucketPolicy");
    assert_int_equal(json_array_size(scan_get(report, "loops.0.proof.calls")), 1);
    assert_int_equal(scan_int(report, "loops.0.proof.times"),
                     22); /* the first of each value undoes nothing */
    json_decref(report);
}

/* A call that may set capacity may set other things as well. */
static void a_setting_of_a_service_is_no_capacity(void **state)
{
    (void)state;
    for (int capacity = 0; capacity < 2; capacity++) {
        struct tlh *h = tlh_new(30);
        for (int i = 0; i < 24; i++)
            tlh_record(h, START_S + i * 200, "ecs", "UpdateService", i % 2 ? &controller : &guard,
                       json_pack("{s:s,s:s,s:i}", "cluster", "main", "service", "web",
                                 capacity ? "desiredCount" : "healthCheckGracePeriodSeconds", i % 2 ? 6 : 2),
                       NULL, NULL);
        if (capacity)
            no_loop(h);
        else
            json_decref(one_loop(h, "tug", 12, "tug-of-war"));
    }
}

static void what_was_put_must_be_what_is_taken_away(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(4);
    for (int i = 0; i < 20; i++) {
        char cidr[32], statement[32];
        snprintf(cidr, sizeof(cidr), "10.1.%d.0/24", i);
        snprintf(statement, sizeof(statement), "release-%d", i);
        ingress(h, START_S + i * 120, &controller, "Authorize", "sg-1", cidr);
        if (i)
            snprintf(cidr, sizeof(cidr), "10.1.%d.0/24", i - 1);
        ingress(h, START_S + i * 120 + 20, &guard, "Revoke", "sg-1", cidr);
        tlh_add_permission(h, START_S + i * 3600, &tlh_pipeline, "f", statement);
        snprintf(statement, sizeof(statement), "release-%d", i - 1);
        tlh_remove_permission(h, START_S + i * 3600 + 5, &tlh_pipeline, "f", statement);
    }
    no_loop(h);
}

static void deployments_that_replace_permissions_are_none(void **state)
{
    (void)state;
    static const struct tlh_actor stack = {.role = "cfn-deploy",
                                           .session = "AWSCloudFormation",
                                           .ip = "cloudformation.amazonaws.com",
                                           .agent = "cloudformation.amazonaws.com",
                                           .invoked_by = "cloudformation.amazonaws.com"};
    static const struct tlh_actor terraform = {.role = "terraform",
                                               .session = "apply",
                                               .ip = "192.0.2.9",
                                               .agent = "APN/1.0 HashiCorp/1.0 Terraform/1.6.6"};
    const struct tlh_actor *const who[] = {&stack, &terraform, &tlh_pipeline};
    struct tlh *h = tlh_new(5);
    for (int i = 0; i < 40; i++) {
        const char *const functions[] = {"f", "g", "k"};
        int64_t t = START_S + i * 700;
        for (int k = 0; k < 3; k++) {
            tlh_remove_permission(h, t + k, who[k], functions[k], "AllowInvoke");
            tlh_add_permission(h, t + k + 2, who[k], functions[k], "AllowInvoke");
        }
    }
    no_loop(h);
}

static void a_person_with_a_security_group_is_none(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(6);
    for (int i = 0; i < 10; i++) {
        ingress(h, START_S + i * 200, &tlh_engineer, "Authorize", "sg-1", "198.51.100.23/32");
        ingress(h, START_S + i * 200 + 90, &tlh_engineer, "Revoke", "sg-1", "198.51.100.23/32");
        tlh_verdict(h, START_S + i * 200 + 30, RULE, GROUP_TYPE, "sg-1", "NON_COMPLIANT");
        tlh_verdict(h, START_S + i * 200 + 120, RULE, GROUP_TYPE, "sg-1", "COMPLIANT");
    }
    no_loop(h);
}

static void a_pipeline_beside_an_autoscaler_is_none(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(7);
    for (int i = 0; i < 40; i++) {
        int64_t t = START_S + i * 300;
        const struct tlh_actor *who = i % 2 ? &scaler : &tlh_pipeline;
        tlh_record(
            h, t, "ecs", "UpdateService", who,
            json_pack("{s:s,s:s,s:i}", "cluster", "c", "service", "web", "desiredCount", i % 2 ? 6 : 2), NULL,
            NULL);
        tlh_record(h, t + 20, "autoscaling", "UpdateAutoScalingGroup", who,
                   json_pack("{s:s,s:i}", "autoScalingGroupName", "asg", "desiredCapacity", i % 2 ? 6 : 2),
                   NULL, NULL);
        tlh_record(h, t + 40, "autoscaling", i % 2 ? "SuspendProcesses" : "ResumeProcesses", who,
                   json_pack("{s:s}", "autoScalingGroupName", "asg"), NULL, NULL);
    }
    no_loop(h);
}

/* No verdict takes part, so none is told of; nor is anything remediated. */
static void what_needs_no_verdict_is_told_without_one(void **state)
{
    (void)state;
    static const char *const rows[][2] = {{"markdown", "First call: cycle 1 begins"},
                                          {"markdown", "is being changed in circles"},
                                          {"markdown", "network-guard` undoes each change"},
                                          {"html", "After first call"}};
    struct tlh *h = tlh_new(32);
    char dir[TLH_PATH_BYTES];
    for (int i = 0; i < 12; i++) {
        bucket_call(h, START_S + i * 600, &controller, "PutBucketPolicy", "b", "{\"open\":1}");
        bucket_call(h, START_S + i * 600 + 30, &guard, "PutBucketPolicy", "b", "{\"open\":0}");
    }
    tlh_sort(h);
    tlh_temp_make(dir);
    tlh_deliver(h, dir, &(struct tlh_delivery){.gzip = true});
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text =
            scan_text(0, (const char *const[]){"scan", "--quiet", "--format", rows[i][0], dir, NULL});
        if (!strstr(text, rows[i][1]) || (i < 3 && strstr(text, "NON_COMPLIANT")))
            fail_msg("%s should hold '%s':\n%.4000s", rows[i][0], rows[i][1], text);
        free(text);
    }
    tlh_temp_remove(dir);
    tlh_free(h);
}

/* ---- one call again and again ---------------------------------------------------------------- */

static void a_function_that_triggers_itself_is_found(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(8);
    for (int i = 0; i < 400; i++)
        bucket_call(h, START_S + i * 5, &guard, "PutBucketPolicy", "b", "{\"a\":1}");
    json_t *report = one_loop(h, "self-trigger", 400, "self-sustaining");
    assert_int_equal(scan_int(report, "loops.0.period.median"), 5);
    assert_non_null(strstr(scan_word(report, "loops.0.parties.0.principal"), "network-guard"));
    json_decref(report);
}

/* What starts or stops a state sets something too; what starts a new thing is work. */
static void a_trail_that_is_started_again_and_again_is_one_a_build_is_none(void **state)
{
    (void)state;
    for (int work = 0; work < 2; work++) {
        struct tlh *h = tlh_new(31);
        for (int i = 0; i < 30; i++)
            tlh_record(h, START_S + i * 7, work ? "codebuild" : "cloudtrail",
                       work ? "StartBuild" : "StartLogging", &guard,
                       json_pack("{s:s}", work ? "projectName" : "name", "audit"), NULL, NULL);
        if (work)
            no_loop(h);
        else
            json_decref(one_loop(h, "self-trigger", 30, "self-sustaining"));
    }
}

static void one_call_must_come_more_than_five_times_a_minute_and_ten_times_in_all(void **state)
{
    (void)state;
    static const struct {
        int n, gap_s;
        bool loop;
    } rows[] = {{10, 5, true}, {9, 5, false}, {40, 11, true}, {40, 12, false}, {3, 1, false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct tlh *h = tlh_new(9);
        for (int k = 0; k < rows[i].n; k++)
            bucket_call(h, START_S + k * rows[i].gap_s, &guard, "PutBucketPolicy", "b", "{\"a\":1}");
        json_t *report = report_of(h);
        if (scan_n_loops(report) != rows[i].loop)
            fail_msg("%d calls, %d s apart: %zu loops", rows[i].n, rows[i].gap_s, scan_n_loops(report));
        json_decref(report);
    }
}

static void storms_and_retries_are_none(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(10);
    for (int i = 0; i < 600; i++) {
        char stream[64];
        snprintf(stream, sizeof(stream), "2024/02/27/[$LATEST]%08x", tlh_random(h, 0, 1u << 30));
        tlh_record(h, START_S + i, "logs", "CreateLogStream", &guard,
                   json_pack("{s:s,s:s}", "logGroupName", "/aws/lambda/f", "logStreamName", stream), NULL,
                   NULL);
        tlh_record(h, START_S + i, "ecr", "InitiateLayerUpload", &tlh_pipeline,
                   json_pack("{s:s}", "repositoryName", "app"), NULL, NULL);
        if (i % 100 < 12 && i % 100 != 11)
            tlh_fail_next(h, "ThrottlingException");
        if (i % 100 < 12)
            bucket_call(h, START_S + i, &guard, "PutBucketPolicy", "b", "{\"a\":1}");
        if (i % 100 < 3)
            tlh_record(h, START_S + i, "lambda", "UpdateFunctionConfiguration20150331v2", &tlh_pipeline,
                       json_pack("{s:s,s:i}", "functionName", "f", "timeout", 30), NULL, NULL);
        tlh_record(h, START_S + i, "ec2", "DescribeInstances", &tlh_config_evaluator, json_object(), NULL,
                   NULL);
    }
    no_loop(h);
}

/* ---- verdicts answered without an automation ------------------------------------------------- */

static void a_function_that_answers_verdicts_is_direct_remediation(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(11);
    for (int i = 0; i < 20; i++) {
        tlh_verdict(h, START_S + i * 180, RULE, GROUP_TYPE, "sg-1", "NON_COMPLIANT");
        ingress(h, START_S + i * 180 + 7, &guard, "Revoke", "sg-1", "0.0.0.0/0");
        ingress(h, START_S + i * 180 + 8, &guard, "Authorize", "sg-1", "0.0.0.0/0");
    }
    tlh_noise_between(h, START_S, START_S + 3600, 30, 90);
    json_t *report = one_loop(h, "direct-remediation", 20, "self-sustaining");
    assert_true(json_is_null(scan_get(report, "loops.0.retry")));
    assert_string_equal(scan_word(report, "loops.0.config_rule"), RULE);
    assert_string_equal(scan_word(report, "loops.0.confidence"), "sequence");
    json_decref(report);
}

static void the_opponent_of_direct_remediation_is_named(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(12);
    for (int i = 0; i < 8; i++) {
        int64_t t = START_S + i * 3600;
        ingress(h, t, &controller, "Authorize", "sg-1", "0.0.0.0/0");
        tlh_verdict(h, t + 60, RULE, GROUP_TYPE, "sg-1", "NON_COMPLIANT");
        ingress(h, t + 65, &guard, "Revoke", "sg-1", "0.0.0.0/0");
        tlh_verdict(h, t + 120, RULE, GROUP_TYPE, "sg-1", "COMPLIANT");
    }
    json_t *report = one_loop(h, "direct-remediation", 8, "tug-of-war");
    assert_string_equal(scan_word(report, "loops.0.parties.2.role"), "opponent");
    assert_non_null(strstr(scan_word(report, "loops.0.parties.2.principal"), "ingress-controller"));
    json_decref(report);
}

static void a_pipeline_that_deploys_to_a_function_that_stays_non_compliant_is_none(void **state)
{
    (void)state;
    for (int every_s = 600; every_s <= 21600; every_s *= 6) {
        struct tlh *h = tlh_new(13);
        for (int i = 0; i < 24; i++) {
            int64_t t = START_S + i * every_s;
            static const char *const calls[] = {"UpdateFunctionCode20150331v2",
                                                "UpdateFunctionConfiguration20150331v2",
                                                "PublishVersion20150331"};
            char key[32];
            snprintf(key, sizeof(key), "build-%d.zip", i);
            for (int k = 0; k < 3; k++)
                tlh_record(h, t + k * 25, "lambda", calls[k], &tlh_pipeline,
                           json_pack("{s:s,s:s*}", "functionName", "f", "s3Key", k == 0 ? key : NULL), NULL,
                           NULL);
            tlh_verdict(h, t + 40, "lambda-runtime", "AWS::Lambda::Function", "f", "NON_COMPLIANT");
        }
        no_loop(h);
    }
}

static void a_controller_that_is_busy_with_a_non_compliant_group_is_none(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(14);
    for (int i = 0; i < 40; i++) {
        char cidr[32];
        snprintf(cidr, sizeof(cidr), "10.%d.0.0/16", i);
        ingress(h, START_S + i * 150, &controller, "Authorize", "sg-1", cidr);
        tlh_verdict(h, START_S + i * 150 + 40, RULE, GROUP_TYPE, "sg-1", "NON_COMPLIANT");
    }
    no_loop(h);
}

/* The log has lost one answer, so that the opponent's call seems to be it: there is one opponent all the
 * same. */
static void an_opponent_that_seems_to_answer_once_hides_no_loop(void **state)
{
    (void)state;
    for (int lost = 0; lost < 5; lost++) {
        struct tlh *h = tlh_new(33);
        for (int i = 0; i < 5; i++) {
            int64_t t = START_S + i * 300;
            tlh_verdict(h, t, RULE, GROUP_TYPE, "sg-1", "NON_COMPLIANT");
            if (i != lost)
                ingress(h, t + 10, &guard, "Revoke", "sg-1", "0.0.0.0/0");
            ingress(h, t + 100, &controller, "Authorize", "sg-1", "0.0.0.0/0");
        }
        tlh_noise_between(h, START_S, START_S + 1500, 30, 90);
        json_t *report = one_loop(h, "direct-remediation", 5, "tug-of-war");
        assert_string_equal(scan_word(report, "loops.0.parties.1.role"), "changer");
        assert_non_null(strstr(scan_word(report, "loops.0.parties.1.principal"), "network-guard"));
        assert_int_equal(json_array_size(scan_get(report, "loops.0.parties")), 3);
        json_decref(report);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_controllers_that_undo_each_other_are_a_tug_of_war),
        cmocka_unit_test(one_party_that_does_both_at_a_steady_pace_is_one_too),
        cmocka_unit_test(one_call_whose_values_come_back_is_a_tug),
        cmocka_unit_test(a_setting_of_a_service_is_no_capacity),
        cmocka_unit_test(what_was_put_must_be_what_is_taken_away),
        cmocka_unit_test(deployments_that_replace_permissions_are_none),
        cmocka_unit_test(a_person_with_a_security_group_is_none),
        cmocka_unit_test(a_pipeline_beside_an_autoscaler_is_none),
        cmocka_unit_test(a_function_that_triggers_itself_is_found),
        cmocka_unit_test(what_needs_no_verdict_is_told_without_one),
        cmocka_unit_test(an_opponent_that_seems_to_answer_once_hides_no_loop),
        cmocka_unit_test(a_trail_that_is_started_again_and_again_is_one_a_build_is_none),
        cmocka_unit_test(one_call_must_come_more_than_five_times_a_minute_and_ten_times_in_all),
        cmocka_unit_test(storms_and_retries_are_none),
        cmocka_unit_test(a_function_that_answers_verdicts_is_direct_remediation),
        cmocka_unit_test(the_opponent_of_direct_remediation_is_named),
        cmocka_unit_test(a_pipeline_that_deploys_to_a_function_that_stays_non_compliant_is_none),
        cmocka_unit_test(a_controller_that_is_busy_with_a_non_compliant_group_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
