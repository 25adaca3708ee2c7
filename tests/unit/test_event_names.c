/* Names of resources: the many forms of one, and what in a record shows that two of them are one resource. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "event_support.h"

/* ---- learned ------------------------------------------------------------------------------------------ */

static void test_a_response_that_carries_both_names_gives_an_alias(void **state)
{
    reader_reset(*state);
    struct tl_event ev =
        CHANGED(*state, "eventSource", "\"rds.amazonaws.com\"", "eventName", "\"CreateDBInstance\"",
                "requestParameters", "{\"dBInstanceIdentifier\":\"main\"}", "responseElements",
                "{\"dbiResourceId\":\"db-ABC\"}");
    assert_int_equal(ev.n_aliases, 2);
    assert_text(ev.aliases[1].resource.id, "db-ABC");
    assert_text(ev.aliases[1].resource.type, "AWS::RDS::DBInstance");
    assert_text(ev.aliases[1].name, "main");
}

/* Whoever acts under a role carries the role's unique id and its name; a user, too. Once a batch is enough.
 */
static void test_a_caller_teaches_the_names_of_its_role(void **state)
{
    static const char user[] =
        "{\"type\":\"IAMUser\",\"principalId\":\"AIDAX\",\"arn\":\"arn:aws:iam::9:user/p/"
        "sato\",\"userName\":\"sato\"}";
    static const char bare[] =
        "{\"type\":\"AssumedRole\",\"principalId\":\"AROAY:s\",\"arn\":\"arn:aws:sts::9:"
        "assumed-role/deploy/s\",\"accountId\":\"9\"}";
    static const char service[] = "{\"type\":\"AWSService\",\"invokedBy\":\"config.amazonaws.com\"}";
    const struct {
        const char *identity, *type, *id, *name, *account;
    } rows[] = {
        {plain_fields[1][1], "AWS::IAM::Role", "AROAX", "fixer", "111122223333"},
        {user, "AWS::IAM::User", "AIDAX", "sato", "9"},
        {bare, "AWS::IAM::Role", "AROAY", "deploy", "9"},
        {service, NULL, NULL, NULL, NULL},
        {"{\"type\":\"AssumedRole\",\"principalId\":\"AROAX:s\"}", NULL, NULL, NULL, NULL},
        {"{\"principalId\":5,\"arn\":[]}", NULL, NULL, NULL, NULL},
    };
    reader_reset(*state);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const call[] = {
            "eventName", "\"ListFunctions20150331\"", "readOnly", "true", "userIdentity", rows[i].identity,
            NULL};
        struct tl_event ev = read_changed(*state, call);
        assert_int_equal(ev.n_aliases, rows[i].id != NULL);
        if (!rows[i].id)
            continue;
        assert_text(ev.aliases[0].resource.type, rows[i].type);
        assert_text(ev.aliases[0].resource.id, rows[i].id);
        assert_text(ev.aliases[0].resource.account, rows[i].account);
        assert_text(ev.aliases[0].resource.region, "global");
        assert_text(ev.aliases[0].name, rows[i].name);
        assert_int_equal(read_changed(*state, call).n_aliases, 0);
    }
}

/* A scan needs the record that teaches a name, and not those that repeat it. */
static void test_a_record_that_teaches_a_name_is_needed(void **state)
{
    static const char *const call[] = {"eventName", "\"ListFunctions20150331\"", "readOnly", "true", NULL};
    struct reader *r = *state;
    struct tl_event ev;
    reader_reset(r);
    record_write(&r->text, call, 0);
    assert_int_equal(read_event(r, tl_buf_str(&r->text), true, &ev), 0);
    assert_int_equal(read_event(r, tl_buf_str(&r->text), true, &ev), TL_EXTRACT_UNUSED);
}

/* Who takes a role, of whatever account and path, gives its name and gets its unique id. Once a batch is
 * enough. */
static void test_taking_a_role_teaches_its_names(void **state)
{
    static const struct {
        const char *name, *request, *response, *id, *other;
    } rows[] = {
        {"\"AssumeRole\"", "{\"roleArn\":\"arn:aws:iam::9:role/p/deploy\",\"roleSessionName\":\"s\"}",
         "{\"assumedRoleUser\":{\"assumedRoleId\":\"AROAY:s\",\"arn\":\"arn:aws:sts::9:assumed-role/deploy/"
         "s\"}}",
         "AROAY", "deploy"},
        {"\"AssumeRoleWithWebIdentity\"", "{\"roleArn\":\"arn:aws:iam::9:role\\/ci\"}",
         "{\"assumedRoleUser\":{\"assumedRoleId\":\"AROAZ:s\"}}", "AROAZ", "ci"},
        {"\"AssumeRole\"", "{\"roleArn\":\"arn:aws:iam::9:role/a\"}", "{\"assumedRoleUser\":{}}", NULL, NULL},
        {"\"AssumeRole\"", "{\"roleArn\":\"a\"}", "{\"assumedRoleUser\":{\"assumedRoleId\":\"AROAU:s\"}}",
         NULL, NULL},
        {"\"AssumeRole\"", "null", "{\"assumedRoleUser\":{\"assumedRoleId\":\"AROAV:s\"}}", NULL, NULL},
        {"\"AssumeRole\"", "{\"roleArn\":[]}", "{\"assumedRoleUser\":[{\"assumedRoleId\":\"AROAV:s\"}]}",
         NULL, NULL},
        {"\"AssumeRole\"", "{\"roleArn\":\"arn:aws:iam::9:role/a\"}",
         "{\"assumedRoleUser\":{\"assumedRoleId\":7}}", NULL, NULL},
    };
    reader_reset(*state);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const call[] = {"eventSource",
                                    "\"sts.amazonaws.com\"",
                                    "eventName",
                                    rows[i].name,
                                    "readOnly",
                                    "true",
                                    "userIdentity",
                                    "{\"type\":\"AWSService\",\"invokedBy\":\"ssm.amazonaws.com\"}",
                                    "requestParameters",
                                    rows[i].request,
                                    "responseElements",
                                    rows[i].response,
                                    NULL};
        struct tl_event ev = read_changed(*state, call);
        assert_int_equal(ev.n_aliases, rows[i].id != NULL);
        if (!rows[i].id)
            continue;
        assert_text(ev.aliases[0].resource.type, "AWS::IAM::Role");
        assert_text(ev.aliases[0].resource.id, rows[i].id);
        assert_text(ev.aliases[0].resource.account, "9");
        assert_text(ev.aliases[0].resource.region, "global");
        assert_text(ev.aliases[0].name, rows[i].other);
        assert_int_equal(read_changed(*state, call).n_aliases, 0);
    }
}

/* CloudTrail leaves most answers of calls that read out; where one is there, it may list both names. */
static void test_an_answer_that_lists_both_names_teaches_them(void **state)
{
    static const struct {
        const char *source, *name, *response, *type, *id, *other;
    } rows[] = {
        {"\"rds.amazonaws.com\"", "\"DescribeDBInstances\"",
         "{\"dBInstances\":[{\"dBInstanceIdentifier\":\"main\",\"dbiResourceId\":\"db-A\"},{},null,"
         "{\"dBInstanceIdentifier\":\"other\",\"dbiResourceId\":\"db-B\"}]}",
         "AWS::RDS::DBInstance", "db-B", "other"},
        {"\"iam.amazonaws.com\"", "\"GetPolicy\"",
         "{\"policy\":{\"policyName\":\"reader\",\"policyId\":\"ANPAX\"}}", "AWS::IAM::Policy", "ANPAX",
         "reader"},
        {"\"config.amazonaws.com\"", "\"GetResourceConfigHistory\"",
         "{\"configurationItems\":[{\"resourceType\":\"AWS::RDS::DBCluster\",\"resourceId\":\"cluster-A\","
         "\"resourceName\":\"main\"}]}",
         "AWS::RDS::DBCluster", "cluster-A", "main"},
        {"\"kms.amazonaws.com\"", "\"ListAliases\"",
         "{\"aliases\":[{\"aliasName\":\"alias/a\",\"targetKeyId\":\"1234\"}]}", "AWS::KMS::Key", "1234",
         "alias/a"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tl_event ev = CHANGED(*state, "eventSource", rows[i].source, "eventName", rows[i].name,
                                     "readOnly", "true", "responseElements", rows[i].response,
                                     "requestParameters", "null", "userIdentity", "null");
        assert_true(ev.n_aliases > 0);
        const struct tl_alias *last = &ev.aliases[ev.n_aliases - 1];
        assert_text(last->resource.type, rows[i].type);
        assert_text(last->resource.id, rows[i].id);
        assert_text(last->name, rows[i].other);
    }
}

static bool teaches(const struct tl_event *ev, const char *id, const char *name, const char *type)
{
    for (size_t i = 0; i < ev->n_aliases; i++)
        if (tl_str_eq(ev->aliases[i].resource.id, tl_str_from(id)) &&
            tl_str_eq(ev->aliases[i].name, tl_str_from(name)) &&
            tl_str_eq(ev->aliases[i].name_type, tl_str_from(type)))
            return true;
    return false;
}

static void test_a_secret_is_known_by_its_name_and_by_its_arn_without_the_random_end(void **state)
{
    struct tl_event ev = CHANGED(*state, "eventSource", "\"secretsmanager.amazonaws.com\"", "eventName",
                                 "\"RotateSecret\"", "requestParameters",
                                 "{\"secretId\":\"arn:aws:secretsmanager:eu-west-1:1:secret:a/b-Xy12zZ\"}");
    const char *id = "arn:aws:secretsmanager:eu-west-1:1:secret:a/b-Xy12zZ";
    assert_true(teaches(&ev, id, "a/b", ""));
    assert_true(teaches(&ev, id, "arn:aws:secretsmanager:eu-west-1:1:secret:a/b", ""));
}

static void test_a_call_that_reads_by_an_alias_and_lists_the_key_teaches_it(void **state)
{
    struct tl_event ev =
        CHANGED(*state, "eventSource", "\"kms.amazonaws.com\"", "eventName", "\"Encrypt\"", "readOnly",
                "true", "userIdentity", "null", "requestParameters", "{\"keyId\":\"alias/a\"}", "resources",
                "[{\"ARN\":\"arn:aws:kms:eu-west-1:1:key/12\",\"accountId\":\"1\"}]");
    assert_true(teaches(&ev, "12", "alias/a", ""));
    ev = CHANGED(*state, "eventSource", "\"kms.amazonaws.com\"", "eventName", "\"Encrypt\"", "readOnly",
                 "true", "userIdentity", "null", "requestParameters", "{\"keyId\":\"12\"}", "resources",
                 "[{\"ARN\":\"arn:aws:kms:eu-west-1:1:key/12\",\"accountId\":\"1\"}]");
    assert_int_equal(ev.n_aliases, 0);
}

/* Of a type whose ARNs no table knows the verdict tells what the general rule will call it. */
static void test_a_verdict_tells_what_the_general_rule_calls_its_resource(void **state)
{
    struct tl_event ev =
        CHANGED(*state, "eventSource", "\"config.amazonaws.com\"", "eventName", "\"PutEvaluations\"",
                "userIdentity", "null", "requestParameters",
                "{\"evaluations\":[{\"complianceResourceType\":\"AWS::NetworkFirewall::VPCEndpoint\","
                "\"complianceResourceId\":\"e\",\"complianceType\":\"NON_COMPLIANT\"},"
                "{\"complianceResourceType\":\"AWS::S3::Bucket\",\"complianceResourceId\":\"b\","
                "\"complianceType\":\"NON_COMPLIANT\"},"
                "{\"complianceResourceType\":\"AWS::::Account\",\"complianceResourceId\":\"1\","
                "\"complianceType\":\"NON_COMPLIANT\"}]}");
    assert_int_equal(ev.n_aliases, 4);
    assert_true(teaches(&ev, "e", "e", "networkfirewall:vpcendpoint"));
    assert_true(teaches(&ev, "e", "e", "networkfirewall:vpc-endpoint"));
    assert_true(teaches(&ev, "e", "e", "network-firewall:vpcendpoint"));
    assert_true(teaches(&ev, "e", "e", "network-firewall:vpc-endpoint"));
}

/* ---- forms -------------------------------------------------------------------------------------------- */

static void test_ids_are_normal_and_give_their_arn_back(void **state)
{
    (void)state;
    static const struct {
        const char *type, *given, *id, *arn; /* "" where it is not known */
    } rows[] = {
        {"AWS::Lambda::Function", "fn:1", "fn", "arn:aws:lambda:eu-west-1:1:function:fn"},
        {"AWS::S3::Bucket", "arn:aws:s3:::b/key", "b", "arn:aws:s3:::b"},
        {"AWS::IAM::Role", "arn:aws:iam::1:role/a/b/R", "R", "arn:aws:iam::1:role/R"},
        {"AWS::IAM::Role", "AROA1", "AROA1", ""},
        {"AWS::RDS::DBInstance", "arn:aws:rds:eu-west-1:1:db:main", "main",
         "arn:aws:rds:eu-west-1:1:db:main"},
        {"AWS::RDS::DBInstance", "db-KOCU7UR74VM3AC4R3H2UXX7PE4", "db-KOCU7UR74VM3AC4R3H2UXX7PE4", ""},
        {"AWS::RDS::DBInstance", "db-main", "db-main", "arn:aws:rds:eu-west-1:1:db:db-main"},
        {"AWS::RDS::DBSnapshot", "arn:aws:rds:eu-west-1:1:snapshot:rds:a-b", "rds:a-b",
         "arn:aws:rds:eu-west-1:1:snapshot:rds:a-b"},
        {"AWS::KMS::Key", "arn:aws:kms:eu-west-1:1:alias/x", "alias/x", ""},
        {"AWS::SNS::Topic", "arn:aws:sns:eu-west-1:1:t", "arn:aws:sns:eu-west-1:1:t",
         "arn:aws:sns:eu-west-1:1:t"},
        {"AWS::SQS::Queue", "https://sqs.eu-west-1.amazonaws.com/1/q",
         "https://sqs.eu-west-1.amazonaws.com/1/q", "arn:aws:sqs:eu-west-1:1:q"},
        {"AWS::Logs::LogGroup", "arn:aws:logs:eu-west-1:1:log-group:/a/b:*", "/a/b",
         "arn:aws:logs:eu-west-1:1:log-group:/a/b"},
        {"AWS::ECR::Repository", "arn:aws:ecr:eu-west-1:1:repository/a/b", "a/b",
         "arn:aws:ecr:eu-west-1:1:repository/a/b"},
        {"AWS::Made::Up", "arn:aws:made:r:1:a/b:c", "b:c", ""},
        {"AWS::Made::Up", "arn:aws:made:r:1:a:b:c", "c", ""},
        {"AWS::Made::Up", "name", "name", ""},
        {"AWS::::Account", "1", "1", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tl_str type = tl_str_from(rows[i].type), id = tl_resource_normal_id(type, tl_str_from(rows[i].given));
        struct tl_resource r = {TL_STR("aws"), TL_STR("1"), TL_STR("eu-west-1"), type, id};
        struct tl_buf b = {0};
        assert_text(id, rows[i].id);
        assert_int_equal(tl_resource_arn(&r, &b), *rows[i].arn ? 0 : 1);
        assert_text(tl_buf_str(&b), rows[i].arn);
        tl_buf_fini(&b);
    }
}

static void test_a_queue_given_by_arn_is_the_queue_of_that_url(void **state)
{
    struct tl_event ev =
        CHANGED(*state, "eventSource", "\"tagging.amazonaws.com\"", "eventName", "\"TagResources\"",
                "requestParameters", "{\"resourceARNList\":[\"arn:aws:sqs:eu-west-1:444455556666:q\"]}");
    assert_text(ev.resources[0].id, "https://sqs.eu-west-1.amazonaws.com/444455556666/q");
    assert_text(ev.resources[0].region, "eu-west-1");
}

static void assert_ends_in_nul_x(tl_str s)
{
    assert_true(tl_str_ends(s, (tl_str){"\0x", 2}));
}

/* Else two of them that share what is before the NUL would be one. */
static void test_a_name_that_is_put_together_is_whole_with_a_nul_in_it(void **state)
{
    struct tl_event ev = CHANGED(*state, "eventSource", "\"tagging.amazonaws.com\"", "eventName",
                                 "\"TagResources\"", "requestParameters",
                                 "{\"resourceARNList\":[\"arn:aws:sqs:eu-west-1:444455556666:q\\u0000x\"]}");
    assert_ends_in_nul_x(ev.resources[0].id);
    ev = CHANGED(*state, "userIdentity",
                 "{\"type\":\"AssumedRole\",\"arn\":\"arn:aws:sts::111122223333:assumed-role/r\\u0000x/s\"}");
    assert_ends_in_nul_x(ev.principal);
    struct tl_resource r = {
        TL_STR("aws"), TL_STR("1"), TL_STR("eu-west-1"), TL_STR("AWS::Lambda::Function"), {"f\0x", 3}};
    struct tl_buf b = {0};
    assert_int_equal(tl_resource_arn(&r, &b), 0);
    assert_ends_in_nul_x(tl_buf_str(&b));
    tl_buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_name_that_is_put_together_is_whole_with_a_nul_in_it),
        cmocka_unit_test(test_a_response_that_carries_both_names_gives_an_alias),
        cmocka_unit_test(test_a_caller_teaches_the_names_of_its_role),
        cmocka_unit_test(test_taking_a_role_teaches_its_names),
        cmocka_unit_test(test_a_record_that_teaches_a_name_is_needed),
        cmocka_unit_test(test_an_answer_that_lists_both_names_teaches_them),
        cmocka_unit_test(test_a_secret_is_known_by_its_name_and_by_its_arn_without_the_random_end),
        cmocka_unit_test(test_a_call_that_reads_by_an_alias_and_lists_the_key_teaches_it),
        cmocka_unit_test(test_a_verdict_tells_what_the_general_rule_calls_its_resource),
        cmocka_unit_test(test_ids_are_normal_and_give_their_arn_back),
        cmocka_unit_test(test_a_queue_given_by_arn_is_the_queue_of_that_url),
    };
    return cmocka_run_group_tests(tests, reader_begin, reader_end);
}
