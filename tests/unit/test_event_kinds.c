/* What an API's own part of a record says: verdicts, attempts, control events, and the resources of a change.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "event_support.h"

#include <stdio.h>

/* ---- verdicts ------------------------------------------------------------------------------------- */

static struct tl_event evaluations(struct reader *r, const char *request, const char *additional)
{
    return CHANGED(r, "eventSource", "\"config.amazonaws.com\"", "eventName", "\"PutEvaluations\"",
                   "requestParameters", request, "additionalEventData", additional);
}

#define RULE "{\"configRuleName\":\"rule-1\"}"
#define EVALUATION(type, id, verdict)                                                                        \
    "{\"complianceResourceType\":\"" type "\",\"complianceResourceId\":\"" id                                \
    "\",\"complianceType\":\"" verdict "\"}"

static void test_each_evaluation_is_a_verdict(void **state)
{
    struct tl_event ev = evaluations(
        *state,
        "{\"evaluations\":[" EVALUATION("AWS::S3::Bucket", "b1", "NON_COMPLIANT") "," EVALUATION(
            "AWS::IAM::Role", "AROA1",
            "COMPLIANT") "," EVALUATION("AWS::Lambda::Function", "arn:aws:lambda:eu-west-1:9:function:f:live",
                                        "NOT_APPLICABLE") "],\"testMode\":false}",
        RULE);
    assert_int_equal(ev.kind, TL_EVENT_IS_VERDICT);
    assert_int_equal(ev.flags & TL_EVENT_CHANGE, 0);
    assert_int_equal(ev.n_verdicts, 3);
    assert_text(ev.verdicts[0].rule, "rule-1");
    assert_text(ev.verdicts[0].resource.id, "b1");
    assert_text(ev.verdicts[0].resource.account, "111122223333");
    assert_text(ev.verdicts[0].resource.region, "ap-northeast-1");
    assert_int_equal(ev.verdicts[0].compliance, TL_NON_COMPLIANT);
    assert_text(ev.verdicts[1].resource.region, "global");
    assert_int_equal(ev.verdicts[1].compliance, TL_COMPLIANT);
    assert_text(ev.verdicts[2].resource.id, "f");
    assert_text(ev.verdicts[2].resource.account, "9");
    assert_text(ev.verdicts[2].resource.region, "eu-west-1");
    assert_int_equal(ev.verdicts[2].compliance, TL_NOT_APPLICABLE);
}

static void test_verdicts_are_read_leniently(void **state)
{
#define ONE EVALUATION("AWS::S3::Bucket", "b", "NON_COMPLIANT")
    static const struct {
        const char *request, *additional, *rule;
        size_t n;
    } rows[] = {
        {"{\"evaluations\":[" ONE "]}", "", "", 1},
        {"{\"evaluations\":[" ONE "]}", "null", "", 1},
        {"{\"Evaluations\":[{\"ComplianceResourceType\":\"T\",\"ComplianceResourceId\":\"b\"}]}",
         "{\"ConfigRuleName\":\"rule-1\"}", "rule-1", 1},
        {"{\"evaluations\":[{\"complianceResourceType\":\"T\",\"complianceResourceId\":5}]}", RULE, "rule-1",
         1},
        {"{\"evaluations\":[" ONE ",{\"complianceResourceType\":\"T\"},null,7,\"x\"]}", RULE, "rule-1", 1},
        {"{\"evaluations\":[{\"annotation\":\"\\ud800 1e400 "
         "\\u0000\",\"n\":1e400,\"\\u0000k\":9223372036854775808," /* */
         "\"complianceResourceId\":\"b\",\"complianceResourceType\":\"T\"}]}",
         RULE, "rule-1", 1},
        {"\"{\\\"evaluations\\\":[{\\\"complianceResourceId\\\":\\\"b\\\"}]}\"",
         "\"{\\\"configRuleName\\\":\\\"rule-1\\\"}\"", "rule-1", 1},
        {"{\"evaluations\":[]}", RULE, "", 0},
        {"{\"evaluations\":\"HIDDEN_DUE_TO_SECURITY_REASONS\"}", RULE, "", 0},
        {"null", RULE, "", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tl_event ev = evaluations(*state, rows[i].request, rows[i].additional);
        if (ev.n_verdicts != rows[i].n)
            fail_msg("%zu verdicts of %s", ev.n_verdicts, rows[i].request);
        assert_int_equal(ev.kind, rows[i].n ? TL_EVENT_IS_VERDICT : TL_EVENT_OTHER);
        assert_int_equal(ev.n_controls, 0);
        if (rows[i].n)
            assert_text(ev.verdicts[0].rule, rows[i].rule);
    }
    struct tl_event failed =
        CHANGED(*state, "eventSource", "\"config.amazonaws.com\"", "eventName", "\"PutEvaluations\"",
                "requestParameters", "{\"evaluations\":[" ONE "]}", "errorCode", "\"Throttled\"");
    assert_int_equal(failed.kind, TL_EVENT_OTHER);
    assert_int_equal(failed.n_verdicts, 0);
}

static void test_an_evaluation_in_test_mode_is_a_control(void **state)
{
    static const char *const requests[] = {"{\"evaluations\":[" ONE "],\"testMode\":true}",
                                           "{\"evaluations\":[" ONE "],\"testMode\":\"true\"}",
                                           "{\"evaluations\":[" ONE "],\"TestMode\":true}"};
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        struct tl_event ev = evaluations(*state, requests[i], RULE);
        assert_int_equal(ev.kind, TL_EVENT_IS_CONTROL);
        assert_int_equal(ev.n_verdicts, 0);
        assert_int_equal(ev.n_controls, 1);
        assert_int_equal(ev.controls[0].action, TL_EVALUATE_IN_TEST_MODE);
        assert_text(ev.controls[0].rule, "rule-1");
        assert_text(ev.controls[0].resource.id, "b");
    }
    struct tl_event none = evaluations(*state, "{\"evaluations\":[],\"testMode\":true}", RULE);
    assert_int_equal(none.kind, TL_EVENT_OTHER);
    assert_int_equal(none.n_controls, 0);
}

static void test_an_external_evaluation_is_a_verdict(void **state)
{
    struct tl_event ev =
        CHANGED(*state, "eventSource", "\"config.amazonaws.com\"", "eventName", "\"PutExternalEvaluation\"",
                "requestParameters", "{\"configRuleName\":\"rule-2\",\"externalEvaluation\":" ONE "}");
    assert_int_equal(ev.n_verdicts, 1);
    assert_text(ev.verdicts[0].rule, "rule-2");
    assert_text(ev.verdicts[0].resource.id, "b");
}

static void test_many_evaluations_of_one_call_are_all_read(void **state)
{
    struct tl_buf b = {0};
    assert_int_equal(tl_buf_printf(&b, "{\"evaluations\":["), 0);
    for (int i = 0; i < 3000; i++)
        assert_int_equal(
            tl_buf_printf(&b, "%s{\"complianceResourceId\":\"r%d\",\"complianceResourceType\":\"T\"}",
                          i ? "," : "", i),
            0);
    assert_int_equal(tl_buf_add(&b, "]}", 3), 0); /* with its NUL */
    struct tl_event ev = evaluations(*state, b.p, RULE);
    assert_int_equal(ev.n_verdicts, 3000);
    assert_text(ev.verdicts[2999].resource.id, "r2999");
    tl_buf_fini(&b);
}

/* ---- attempts ------------------------------------------------------------------------------------- */

static struct tl_event attempt(struct reader *r, const char *request, const char *response, const char *error)
{
    return CHANGED(r, "eventSource", "\"ssm.amazonaws.com\"", "eventName", "\"StartAutomationExecution\"",
                   "requestParameters", request, "responseElements", response, "errorCode", error);
}

static void test_attempts_are_read_in_every_shape(void **state)
{
    static const struct {
        const char *request, *document, *values; /* the values joined by a space */
        bool withheld;
    } rows[] = {
        {"{\"documentName\":\"Doc\",\"parameters\":{\"AutomationAssumeRole\":[\"arn:r\"],\"GroupId\":[\"sg-"
         "1\",\"sg-2\"]}}",
         "Doc", "sg-1 sg-2", false},
        {"{\"DocumentName\":\"Doc\",\"Parameters\":{\"automationAssumeRole\":\"arn:r\",\"Name\":\"b\",\"N\":"
         "5}}",
         "Doc", "b 5", false},
        {"{\"documentName\":\"arn:aws:ssm:eu-west-1:1:document/Doc\"}", "Doc", "", false},
        {"{\"documentName\":\"Doc\",\"parameters\":\"HIDDEN_DUE_TO_SECURITY_REASONS\"}", "Doc", "", true},
        {"{\"documentName\":\"Doc\",\"targetParameterName\":\"InstanceId\",\"targets\":[{\"key\":"
         "\"ParameterValues\","
         "\"values\":[\"i-1\",\"i-2\"]}]}",
         "Doc", "i-1 i-2", false},
        {"{\"documentName\":\"Doc\",\"targetMaps\":[{\"InstanceId\":[\"i-1\"]},{\"InstanceId\":[\"i-2\"]}]}",
         "Doc", "i-1 i-2", false},
        {"{\"documentName\":\"Doc\",\"parameters\":[1,[\"x\"],null],\"targets\":\"all\",\"targetMaps\":{}}",
         "Doc", "1 x", false},
        {"{\"documentName\":\"Doc\",\"parameters\":{\"Finding\":[\"{\\\"Id\\\":\\\"f\\\",\\\"Resources\\\":[{"
         "\\\"Id\\\":"
         "\\\"arn:aws:s3:::b\\\"}],\\\"At\\\":\\\"arn:cut\"]}}",
         "Doc", "arn:aws:s3:::b", false},
        {"{\"documentName\":null,\"parameters\":null}", "", "", false},
        {"null", "", "", false},
        {"\"omitted\"", "", "", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tl_event ev = attempt(*state, rows[i].request, "{\"automationExecutionId\":\"exec\"}", "");
        struct tl_buf b = {0};
        assert_int_equal(ev.kind, TL_EVENT_IS_ATTEMPT);
        for (size_t k = 0; k < ev.attempt->n_values; k++)
            assert_int_equal(tl_buf_printf(&b, "%s%.*s", k ? " " : "", TL_FMT(ev.attempt->values[k])), 0);
        assert_text(tl_buf_str(&b), rows[i].values);
        assert_text(ev.attempt->document, rows[i].document);
        assert_text(ev.attempt->execution_id, "exec");
        assert_int_equal((ev.flags & TL_EVENT_WITHHELD) != 0, rows[i].withheld);
        assert_int_equal(ev.flags & TL_EVENT_CHANGE, 0);
        tl_buf_fini(&b);
    }
}

static void test_a_failed_attempt_is_an_attempt(void **state)
{
    struct tl_event ev = attempt(*state, "null", "null", "\"AccessDenied\"");
    assert_int_equal(ev.kind, TL_EVENT_IS_ATTEMPT);
    assert_true(ev.flags & TL_EVENT_FAILED);
    assert_text(ev.attempt->execution_id, "");
    assert_false(ev.attempt->by_config);
}

static void test_attempts_of_aws_config_are_known(void **state)
{
    static const char slr[] = "{\"type\":\"AssumedRole\",\"arn\":\"arn:aws:sts::1:assumed-role/"
                              "AWSServiceRoleForConfigRemediation/s\"}";
    static const char issuer[] =
        "{\"type\":\"AssumedRole\",\"sessionContext\":{\"sessionIssuer\":{\"userName\":"
        "\"AWSServiceRoleForConfigRemediation\"}}}";
    static const char invoked[] = "{\"type\":\"AssumedRole\",\"invokedBy\":\"config.amazonaws.com\"}";
    static const struct {
        const char *identity, *ip;
        bool by_config;
    } rows[] = {
        {slr, "\"1.2.3.4\"", true},
        {issuer, "null", true},
        {invoked, "null", true},
        {"null", "\"config.amazonaws.com\"", true},
        {"null", "\"ssm.amazonaws.com\"", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tl_event ev = CHANGED(*state, "eventSource", "\"ssm.amazonaws.com\"", "eventName",
                                     "\"StartAutomationExecution\"", "userIdentity", rows[i].identity,
                                     "sourceIPAddress", rows[i].ip);
        assert_int_equal(ev.attempt->by_config, rows[i].by_config);
    }
}

/* ---- control events -------------------------------------------------------------------------------- */

static struct tl_event control(struct reader *r, const char *name, const char *request)
{
    return CHANGED(r, "eventSource", "\"config.amazonaws.com\"", "eventName", name, "requestParameters",
                   request);
}

static void test_remediation_settings(void **state)
{
    struct tl_event ev = control(
        *state, "\"PutRemediationConfigurations\"",
        "{\"remediationConfigurations\":[{\"configRuleName\":\"a\",\"targetType\":\"SSM_DOCUMENT\","
        "\"targetId\":\"Doc\","
        "\"resourceType\":\"AWS::S3::Bucket\",\"automatic\":true,\"maximumAutomaticAttempts\":10,"
        "\"retryAttemptSeconds\":600},{\"ConfigRuleName\":\"b\",\"TargetId\":\"arn:aws:ssm:x:1:document/D2\","
        "\"Automatic\":\"true\",\"MaximumAutomaticAttempts\":\"1\",\"RetryAttemptSeconds\":\"60\"},"
        "{\"configRuleName\":\"c\",\"maximumAutomaticAttempts\":null,\"retryAttemptSeconds\":1e400}]}");
    assert_int_equal(ev.kind, TL_EVENT_IS_CONTROL);
    assert_int_equal(ev.n_controls, 3);
    assert_int_equal(ev.controls[0].action, TL_PUT_REMEDIATION_CONFIGURATION);
    assert_text(ev.controls[0].rule, "a");
    assert_text(ev.controls[0].document, "Doc");
    assert_text(ev.controls[0].resource.type, "AWS::S3::Bucket");
    assert_text(ev.controls[0].resource.id, "");
    assert_true(ev.controls[0].automatic);
    assert_int_equal(ev.controls[0].attempts, 10);
    assert_int_equal(ev.controls[0].window_s, 600);
    assert_text(ev.controls[1].rule, "b");
    assert_text(ev.controls[1].document, "D2");
    assert_true(ev.controls[1].automatic);
    assert_int_equal(ev.controls[1].attempts, 1);
    assert_int_equal(ev.controls[1].window_s, 60);
    assert_false(ev.controls[2].automatic);
    assert_int_equal(ev.controls[2].attempts, 5);
    assert_int_equal(ev.controls[2].window_s, 60);
}

static void test_every_control_action(void **state)
{
    static const struct {
        const char *name, *request;
        enum tl_control_action action;
        size_t n;
        const char *rule, *id; /* of the last one */
    } rows[] = {
        {"\"DeleteRemediationConfiguration\"", "{\"configRuleName\":\"r\",\"resourceType\":\"T\"}",
         TL_DELETE_REMEDIATION_CONFIGURATION, 1, "r", ""},
        {"\"PutRemediationExceptions\"",
         "{\"configRuleName\":\"r\",\"resourceKeys\":[{\"resourceType\":\"T\",\"resourceId\":\"x\"},{"
         "\"ResourceType\":\"T\","
         "\"ResourceId\":\"y\"}]}",
         TL_PUT_REMEDIATION_EXCEPTION, 2, "r", "y"},
        {"\"DeleteRemediationExceptions\"",
         "{\"configRuleName\":\"r\",\"resourceKeys\":[{\"resourceType\":\"T\",\"resourceId\":\"x\"}]}",
         TL_DELETE_REMEDIATION_EXCEPTION, 1, "r", "x"},
        {"\"StartRemediationExecution\"",
         "{\"configRuleName\":\"r\",\"resourceKeys\":[{\"resourceType\":\"T\",\"resourceId\":\"x\"}]}",
         TL_START_REMEDIATION_EXECUTION, 1, "r", "x"},
        {"\"PutConfigRule\"", "{\"configRule\":{\"configRuleName\":\"r\",\"source\":{}}}", TL_PUT_CONFIG_RULE,
         1, "r", ""},
        {"\"DeleteConfigRule\"", "{\"configRuleName\":\"r\"}", TL_DELETE_CONFIG_RULE, 1, "r", ""},
        {"\"StartConfigRulesEvaluation\"", "{\"configRuleNames\":[\"q\",\"r\"]}",
         TL_START_CONFIG_RULES_EVALUATION, 2, "r", ""},
        {"\"DeleteConfigRule\"", "null", TL_DELETE_CONFIG_RULE, 0, "", ""},
        {"\"PutRemediationExceptions\"", "{\"configRuleName\":\"r\",\"resourceKeys\":\"x\"}",
         TL_PUT_REMEDIATION_EXCEPTION, 0, "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tl_event ev = control(*state, rows[i].name, rows[i].request);
        if (ev.n_controls != rows[i].n)
            fail_msg("%zu controls of %s %s", ev.n_controls, rows[i].name, rows[i].request);
        assert_int_equal(ev.kind, rows[i].n ? TL_EVENT_IS_CONTROL : TL_EVENT_OTHER);
        assert_int_equal(ev.flags & TL_EVENT_CHANGE, 0);
        if (rows[i].n == 0)
            continue;
        assert_int_equal(ev.controls[rows[i].n - 1].action, rows[i].action);
        assert_text(ev.controls[rows[i].n - 1].rule, rows[i].rule);
        assert_text(ev.controls[rows[i].n - 1].resource.id, rows[i].id);
        assert_non_null(strstr(rows[i].name, tl_control_action_name(rows[i].action)));
    }
    struct tl_event failed =
        CHANGED(*state, "eventSource", "\"config.amazonaws.com\"", "eventName", "\"DeleteConfigRule\"",
                "requestParameters", "{\"configRuleName\":\"r\"}", "errorCode", "\"AccessDenied\"");
    assert_int_equal(failed.kind, TL_EVENT_OTHER);
    assert_true(failed.flags & TL_EVENT_FAILED);
    struct tl_event refused =
        CHANGED(*state, "eventSource", "\"config.amazonaws.com\"", "eventName",
                "\"PutRemediationConfigurations\"", "requestParameters",
                "{\"remediationConfigurations\":[{\"configRuleName\":\"q\"},{\"configRuleName\":\"r\"}]}",
                "responseElements", "{\"failedBatches\":[{\"failedItems\":[{\"configRuleName\":\"q\"}]}]}");
    assert_int_equal(refused.n_controls, 1);
    assert_text(refused.controls[0].rule, "r");
#define BUCKET_B "\"resourceType\":\"AWS::S3::Bucket\",\"resourceId\":\"b\""
    static const char *const answers[] = {
        "{\"failedBatches\":[{\"failedItems\":[{\"configRuleName\":\"q\"," BUCKET_B "}]}]}",
        "{\"failedBatches\":[{\"failedItems\":[{" BUCKET_B "}]}]}",
        "{\"failedItems\":[{" BUCKET_B "},{}]}",
    };
#undef BUCKET_B
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        refused =
            CHANGED(*state, "eventSource", "\"config.amazonaws.com\"", "eventName",
                    "\"PutRemediationExceptions\"", "requestParameters",
                    "{\"configRuleName\":\"q\",\"resourceKeys\":[{\"resourceType\":\"AWS::S3::Bucket\","
                    "\"resourceId\":\"a\"},{\"resourceType\":\"AWS::S3::Bucket\",\"resourceId\":\"b\"}]}",
                    "responseElements", answers[i]);
        assert_int_equal(refused.n_controls, 1);
        assert_text(refused.controls[0].resource.id, "a");
    }
}

/* ---- changes ------------------------------------------------------------------------------------------ */

static void test_lambda_functions_have_one_name_in_every_form(void **state)
{
    static const struct {
        const char *given, *account, *region;
    } rows[] = {
        {"fn", "111122223333", "ap-northeast-1"},
        {"fn:live", "111122223333", "ap-northeast-1"},
        {"444455556666:function:fn", "444455556666", "ap-northeast-1"},
        {"444455556666:function:fn:2", "444455556666", "ap-northeast-1"},
        {"arn:aws:lambda:eu-west-1:444455556666:function:fn", "444455556666", "eu-west-1"},
        {"arn:aws:lambda:eu-west-1:444455556666:function:fn:live", "444455556666", "eu-west-1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char request[128];
        snprintf(request, sizeof request, "{\"functionName\":\"%s\"}", rows[i].given);
        struct tl_event ev = CHANGED(*state, "requestParameters", request);
        assert_int_equal(ev.n_resources, 1);
        assert_text(ev.resources[0].id, "fn");
        assert_text(ev.resources[0].account, rows[i].account);
        assert_text(ev.resources[0].region, rows[i].region);
        assert_text(tl_resource_normal_id(TL_STR("AWS::Lambda::Function"), tl_str_from(rows[i].given)), "fn");
    }
}

struct change_row {
    const char *source, *name, *request, *response;
    const char *resources; /* `type id`, joined by `, ` */
    const char *detail;
};

static const struct change_row changes[] = {
    {"ec2", "AuthorizeSecurityGroupIngress",
     "{\"groupId\":\"sg-1\",\"ipPermissions\":{\"items\":[{\"ipProtocol\":\"tcp\",\"fromPort\":22,\"toPort\":"
     "22,"
     "\"ipRanges\":{\"items\":[{\"cidrIp\":\"10.0.0.0/8\"},{\"cidrIp\":\"0.0.0.0/"
     "0\"}]},\"groups\":{\"items\":[{"
     "\"groupId\":\"sg-9\"}]}},{\"ipProtocol\":\"-1\",\"ipv6Ranges\":{\"items\":[{\"cidrIpv6\":\"::/"
     "0\"}]}}]}}",
     "null", "AWS::EC2::SecurityGroup sg-1", "all ::/0, tcp 22 0.0.0.0/0, tcp 22 10.0.0.0/8, tcp 22 sg-9"},
    {"ec2", "RevokeSecurityGroupIngress",
     "{\"groupId\":\"sg-1\",\"ipPermissions\":{},\"ipProtocol\":\"tcp\",\"fromPort\":8000,\"toPort\":8010,"
     "\"cidrIp\":"
     "\"0.0.0.0/0\"}",
     "null", "AWS::EC2::SecurityGroup sg-1", "tcp 8000-8010 0.0.0.0/0"},
    {"ec2", "CreateSecurityGroup", "{\"groupName\":\"g\"}", "{\"groupId\":\"sg-1\"}",
     "AWS::EC2::SecurityGroup sg-1", ""},
    {"ec2", "ModifySecurityGroupRules", "{\"ModifySecurityGroupRulesRequest\":{\"GroupId\":\"sg-1\"}}",
     "null", "AWS::EC2::SecurityGroup sg-1", ""},
    {"ec2", "StopInstances",
     "{\"instancesSet\":{\"items\":[{\"instanceId\":\"i-2\"},{\"instanceId\":\"i-1\"},{"
     "\"instanceId\":\"i-2\"}]}}",
     "null", "AWS::EC2::Instance i-1, AWS::EC2::Instance i-2", ""},
    {"ec2", "ModifyInstanceMetadataOptions",
     "{\"ModifyInstanceMetadataOptionsRequest\":{\"InstanceId\":\"i-1\"}}", "null", "AWS::EC2::Instance i-1",
     ""},
    {"ec2", "CreateFlowLogs",
     "{\"CreateFlowLogsRequest\":{\"ResourceId\":{\"tag\":1,\"content\":\"vpc-1\"}}}", "null",
     "AWS::EC2::VPC vpc-1", ""},
    {"ec2", "CreateTags",
     "{\"resourcesSet\":{\"items\":[{\"resourceId\":\"vol-1\"},{\"resourceId\":\"sg-1\"}]}}", "null",
     "AWS::EC2::SecurityGroup sg-1, AWS::EC2::Volume vol-1", ""},
    {"ec2", "EnableEbsEncryptionByDefault", "null", "null", "AWS::::Account 111122223333", ""},
    {"s3", "PutBucketPublicAccessBlock", "{\"bucketName\":\"b\",\"Host\":\"b.s3.amazonaws.com\"}", "null",
     "AWS::S3::Bucket b", ""},
    {"s3", "PutAccountPublicAccessBlock", "{}", "null", "AWS::::Account 111122223333", ""},
    {"iam", "DetachRolePolicy", "{\"roleName\":\"R\",\"policyArn\":\"arn:aws:iam::aws:policy/P\"}", "null",
     "AWS::IAM::Role R", "arn:aws:iam::aws:policy/P"},
    {"iam", "PutRolePolicy", "{\"policyDocument\":\"{}\",\"policyName\":\"P\",\"roleName\":\"R\"}", "null",
     "AWS::IAM::Role R", "P"},
    {"iam", "TagRole",
     "{\"roleName\":\"R\",\"tags\":[{\"key\":\"b\",\"value\":\"1\"},{\"key\":\"a\",\"value\":\"2\"}]}",
     "null", "AWS::IAM::Role R", "a, b"},
    {"iam", "UntagRole", "{\"roleName\":\"R\",\"tagKeys\":[\"b\",\"a\"]}", "null", "AWS::IAM::Role R",
     "a, b"},
    {"ec2", "DeleteTags",
     "{\"resourcesSet\":{\"items\":[{\"resourceId\":\"vol-1\"}]},\"tagSet\":{\"items\":[{\"key\":\"k\"}]}}",
     "null", "AWS::EC2::Volume vol-1", "k"},
    {"lambda", "RemovePermission20150331v2", "{\"functionName\":\"f\",\"statementId\":\"s\"}", "null",
     "AWS::Lambda::Function f", "s"},
    {"logs", "TagLogGroup", "{\"logGroupName\":\"/a/b\",\"tags\":{\"y\":\"1\",\"x\":\"2\"}}", "null",
     "AWS::Logs::LogGroup /a/b", "x, y"},
    {"iam", "CreateRole", "{\"roleName\":\"R\"}", "{\"role\":{\"roleId\":\"AROA1\",\"roleName\":\"R\"}}",
     "AWS::IAM::Role AROA1", ""},
    {"rds", "ModifyDBInstance", "{\"dBInstanceIdentifier\":\"main\"}", "{\"dbiResourceId\":\"db-ABC\"}",
     "AWS::RDS::DBInstance db-ABC", ""},
    {"rds", "ModifyDBInstance", "{\"dBInstanceIdentifier\":\"main\"}", "null", "AWS::RDS::DBInstance main",
     ""},
    {"kms", "DisableKeyRotation", "{\"keyId\":\"arn:aws:kms:eu-west-1:1:key/1234\"}", "null",
     "AWS::KMS::Key 1234", ""},
    {"sqs", "SetQueueAttributes", "{\"queueUrl\":\"https://sqs.eu-west-1.amazonaws.com/1/q\"}", "null",
     "AWS::SQS::Queue https://sqs.eu-west-1.amazonaws.com/1/q", ""},
    {"sqs", "RemovePermission", "{\"queueUrl\":\"https://sqs.eu-west-1.amazonaws.com/1/q\"}", "null",
     "AWS::SQS::Queue https://sqs.eu-west-1.amazonaws.com/1/q", ""},
    {"cloudtrail", "StopLogging", "{\"name\":\"arn:aws:cloudtrail:eu-west-1:1:trail/t\"}", "null",
     "AWS::CloudTrail::Trail t", ""},
    {"logs", "PutRetentionPolicy", "{\"logGroupName\":\"/a/b\"}", "null", "AWS::Logs::LogGroup /a/b", ""},
    {"cloudfront", "UpdateDistribution2020_05_31", "{\"id\":\"E1\"}", "null",
     "AWS::CloudFront::Distribution E1", ""},
    {"ecs", "UpdateService", "{\"service\":\"s\",\"cluster\":\"c\"}",
     "{\"service\":{\"serviceArn\":\"arn:aws:ecs:x:1:service/c/s\"}}",
     "AWS::ECS::Service arn:aws:ecs:x:1:service/c/s", ""},
    /* no changes */
    {"lambda", "Invoke20150331", "{\"functionName\":\"f\"}", "null", "", ""},
    {"sts", "AssumeRole", "{\"roleArn\":\"arn:aws:iam::1:role/R\"}", "null", "", ""},
    {"signin", "ConsoleLogin", "null", "null", "", ""},
    {"ssm", "StopAutomationExecution", "{\"automationExecutionId\":\"x\"}", "null", "", ""},
    {"dynamodb", "UpdateItem", "{\"tableName\":\"t\",\"key\":{\"a\":\"x\"}}", "null", "", ""},
    {"kinesis", "PutRecords", "{\"streamName\":\"s\"}", "null", "", ""},
    {"firehose", "PutRecordBatch", "{\"deliveryStreamName\":\"s\"}", "null", "", ""},
    {"logs", "PutLogEvents", "{\"logGroupName\":\"/a/b\"}", "null", "", ""},
    {"s3", "PutObject", "{\"bucketName\":\"b\",\"key\":\"lock\"}", "null", "", ""},
    {"s3", "CompleteMultipartUpload", "{\"bucketName\":\"b\",\"key\":\"k\"}", "null", "", ""},
    {"sqs", "DeleteMessage", "{\"queueUrl\":\"https://sqs.eu-west-1.amazonaws.com/1/q\"}", "null", "", ""},
    {"ec2", "RevokeSecurityGroupIngress", "null", "null", "", ""},
    {"s3", "PutBucketPolicy", "{\"bucketName\":{}}", "null", "", ""},
};

static void test_changes_name_their_resources(void **state)
{
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        const struct change_row *row = &changes[i];
        char source[64], name[64];
        struct tl_buf b = {0};
        snprintf(source, sizeof source, "\"%s.amazonaws.com\"", row->source);
        snprintf(name, sizeof name, "\"%s\"", row->name);
        struct tl_event ev = CHANGED(*state, "eventSource", source, "eventName", name, "requestParameters",
                                     row->request, "responseElements", row->response);
        for (size_t k = 0; k < ev.n_resources; k++)
            assert_int_equal(tl_buf_printf(&b, "%s%.*s %.*s", k ? ", " : "", TL_FMT(ev.resources[k].type),
                                           TL_FMT(ev.resources[k].id)),
                             0);
        if (!tl_str_eq(tl_buf_str(&b), tl_str_from(row->resources)))
            fail_msg("%s:%s: '%.*s'", row->source, row->name, TL_FMT(tl_buf_str(&b)));
        assert_text(ev.detail, row->detail);
        assert_int_equal(ev.flags & (TL_EVENT_GENERAL | TL_EVENT_CHANGE),
                         *row->resources ? TL_EVENT_CHANGE : 0);
        for (size_t k = 0; k < ev.n_resources && strcmp(row->source, "iam") == 0; k++)
            assert_text(ev.resources[k].region, "global");
        tl_buf_fini(&b);
    }
}

static void test_the_general_rule_for_calls_that_no_row_knows(void **state)
{
    static const struct {
        const char *source, *request, *resources, *type, *id;
    } rows[] = {
        {"\"bedrock.amazonaws.com\"", "null", "[{\"ARN\":\"arn:aws:bedrock:x:1:agent/A\"}]", "bedrock:agent",
         "A"},
        {"\"ssm.amazonaws.com\"", "null", "[{\"arn\":\"arn:aws:ec2:x:1:instance/i-1\",\"accountId\":\"1\"}]",
         "AWS::EC2::Instance", "i-1"},
        {"\"x.amazonaws.com\"", "null", "[null,5,{\"type\":\"AWS::X::Y\",\"ARN\":\"arn:aws:x:r:1:y/z\"}]",
         "AWS::X::Y", "z"},
        {"\"tagging.amazonaws.com\"", "{\"resourceARNList\":[\"arn:aws:s3:::b\"]}", "null", "AWS::S3::Bucket",
         "b"},
        {"\"ec2-instance-connect.amazonaws.com\"", "{\"instanceId\":\"i-1\"}", "null", "AWS::EC2::Instance",
         "i-1"},
        {"\"ec2.amazonaws.com\"", "{\"routeTableId\":\"rtb-1\"}", "null", "AWS::EC2::RouteTable", "rtb-1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tl_event ev =
            CHANGED(*state, "eventSource", rows[i].source, "eventName", "\"ChangeSomething\"",
                    "requestParameters", rows[i].request, "resources", rows[i].resources);
        assert_int_equal(ev.n_resources, 1);
        assert_true(ev.flags & TL_EVENT_GENERAL);
        assert_text(ev.resources[0].type, rows[i].type);
        assert_text(ev.resources[0].id, rows[i].id);
    }
    struct tl_event ev = CHANGED(
        *state, "eventSource", "\"s3.amazonaws.com\"", "eventName", "\"ChangeSomething\"", "resources",
        "[{\"ARN\":\"arn:aws:s3:::b\",\"accountId\":\"999999999999\"}]", "requestParameters", "null");
    assert_text(ev.resources[0].account, "999999999999");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_evaluation_is_a_verdict),
        cmocka_unit_test(test_verdicts_are_read_leniently),
        cmocka_unit_test(test_an_evaluation_in_test_mode_is_a_control),
        cmocka_unit_test(test_an_external_evaluation_is_a_verdict),
        cmocka_unit_test(test_many_evaluations_of_one_call_are_all_read),
        cmocka_unit_test(test_attempts_are_read_in_every_shape),
        cmocka_unit_test(test_a_failed_attempt_is_an_attempt),
        cmocka_unit_test(test_attempts_of_aws_config_are_known),
        cmocka_unit_test(test_remediation_settings),
        cmocka_unit_test(test_every_control_action),
        cmocka_unit_test(test_lambda_functions_have_one_name_in_every_form),
        cmocka_unit_test(test_changes_name_their_resources),
        cmocka_unit_test(test_the_general_rule_for_calls_that_no_row_knows),
    };
    return cmocka_run_group_tests(tests, reader_begin, reader_end);
}
