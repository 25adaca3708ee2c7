/* One record to one event: what is required, what is taken, who called; for every odd form a field may have.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "event_support.h"

static int read_text(struct reader *r, const char *text, struct tl_event *ev)
{
    return read_event(r, tl_str_from(text), false, ev);
}

static void test_a_plain_record_fills_every_field(void **state)
{
    struct tl_event ev = read_changed(*state, NULL);
    assert_int_equal(ev.kind, TL_EVENT_IS_CHANGE);
    assert_int_equal(ev.flags, TL_EVENT_CHANGE);
    assert_int_equal(ev.time_s, 1709020644);
    assert_text(ev.id_text, "0123abcd-4567-89ab-cdef-0123456789ab");
    assert_memory_equal(ev.id.b, "\x01\x23\xab\xcd\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab", 16);
    assert_text(ev.source, "lambda.amazonaws.com");
    assert_text(ev.name, "AddPermission20150331v2");
    assert_text(ev.service, "lambda");
    assert_text(ev.action, "AddPermission");
    assert_text(ev.account, "111122223333");
    assert_text(ev.region, "ap-northeast-1");
    assert_text(ev.partition, "aws");
    assert_text(ev.error_code, "");
    assert_text(ev.identity_type, "AssumedRole");
    assert_text(ev.principal, "arn:aws:iam::111122223333:role/path/fixer");
    assert_text(ev.session, "sess");
    assert_text(ev.execution_id, "");
    assert_text(ev.user_agent, "Boto3/1.26 exec-env/AWS_Lambda_python3.9");
    assert_text(ev.detail, "sid");
    assert_int_equal(ev.n_resources, 1);
    assert_text(ev.resources[0].type, "AWS::Lambda::Function");
    assert_text(ev.resources[0].id, "fn");
}

static void test_a_missing_or_odd_required_field_is_named(void **state)
{
    static const char *const names[] = {"eventVersion", "eventTime", "eventSource",
                                        "eventName",    "awsRegion", "eventID"};
    static const char *const values[] = {"", "null", "5", "{}", "[\"x\"]", "true"};
    struct reader *r = *state;
    struct tl_event ev;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t k = 0; k < sizeof values / sizeof *values; k++) {
            record_write(&r->text, (const char *const[]){names[i], values[k], NULL}, 0);
            int result = read_event(r, tl_buf_str(&r->text), false, &ev);
            assert_int_equal(result, TL_EXTRACT_DAMAGED);
            assert_ptr_equal(strstr(r->why, names[i]), r->why);
            assert_true(r->at < r->text.n);
        }
}

static void test_damage_says_why_and_where(void **state)
{
    static const struct {
        const char *text, *why;
        size_t at;
    } rows[] = {
        {"", "not a JSON object", 0},
        {"[]", "not a JSON object", 0},
        {"\"record\"", "not a JSON object", 0},
        {"{\"eventVersion\":\"1.08\"", "ends inside an object", 22},
        {"{\"a\":tru}", "not a JSON value", 5},
        {"{} {}", "something follows the value", 3},
        {"{}", "eventVersion is missing or not a string", 0},
    };
    struct reader *r = *state;
    struct tl_event ev;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(read_text(r, rows[i].text, &ev), TL_EXTRACT_DAMAGED);
        assert_string_equal(r->why, rows[i].why);
        assert_int_equal(r->at, rows[i].at);
    }
    record_write(&r->text, (const char *const[]){"eventTime", "\"yesterday\"", NULL}, 0);
    assert_int_equal(read_event(r, tl_buf_str(&r->text), false, &ev), TL_EXTRACT_DAMAGED);
    assert_string_equal(r->why, "eventTime is not a time");
    assert_memory_equal(r->text.p + r->at, "yesterday", 9);
}

static void test_objects_that_are_no_api_event_are_foreign(void **state)
{
    static const char *const rows[] = {
        "{\"eventVersion\":\"2.1\",\"eventSource\":\"aws:s3\",\"awsRegion\":\"us-east-1\",\"eventName\":"
        "\"ObjectCreated:Put\"}",
        "{\"eventVersion\":\"1.07\",\"eventTime\":\"2024-02-27T07:57:24Z\",\"eventType\":"
        "\"AwsCloudTrailInsight\"}",
        "{\"eventVersion\":\"1.08\",\"eventCategory\":\"Insight\"}",
    };
    struct tl_event ev;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(read_text(*state, rows[i], &ev), TL_EXTRACT_FOREIGN);
}

static void test_no_other_field_ever_damages_a_record(void **state)
{
    static const char *const values[] = {"",
                                         "null",
                                         "\"text\"",
                                         "\"\"",
                                         "5",
                                         "1e400",
                                         "9223372036854775808",
                                         "{}",
                                         "[]",
                                         "[[{\"a\":[]}]]",
                                         "true",
                                         "\"\\ud800\"",
                                         "\"\\u0000\"",
                                         "{\"items\":[5,null,{\"items\":{}}],\"ARN\":7}"};
    struct reader *r = *state;
    for (size_t i = 0; i < N_PLAIN; i++)
        for (size_t k = 0; k < sizeof values / sizeof *values; k++) {
            const char *name = plain_fields[i][0];
            if (strstr("eventVersion eventTime eventSource eventName awsRegion eventID", name))
                continue;
            struct tl_event ev =
                CHANGED(r, name, values[k], "resources", values[k], "additionalEventData", values[k]);
            assert_text(ev.id_text, "0123abcd-4567-89ab-cdef-0123456789ab");
            CHANGED(r, name, values[k], "eventSource", "\"config.amazonaws.com\"", "eventName",
                    "\"PutEvaluations\"");
            CHANGED(r, name, values[k], "eventSource", "\"config.amazonaws.com\"", "eventName",
                    "\"PutRemediationConfigurations\"");
            CHANGED(r, name, values[k], "eventSource", "\"ssm.amazonaws.com\"", "eventName",
                    "\"StartAutomationExecution\"");
        }
}

static void test_the_order_of_keys_does_not_matter(void **state)
{
    struct reader *r = *state;
    struct tl_event ev;
    for (size_t first = 0; first < N_PLAIN; first++) {
        record_write(&r->text, NULL, first);
        assert_int_equal(read_event(r, tl_buf_str(&r->text), false, &ev), 0);
        assert_int_equal(ev.kind, TL_EVENT_IS_CHANGE);
        assert_int_equal(ev.time_s, 1709020644);
        assert_text(ev.principal, "arn:aws:iam::111122223333:role/path/fixer");
        assert_text(ev.resources[0].id, "fn");
        assert_text(ev.resources[0].region, "ap-northeast-1");
        assert_text(ev.detail, "sid");
    }
}

static void test_escapes_are_undone_and_the_last_of_two_keys_counts(void **state)
{
    struct tl_event ev =
        CHANGED(*state, "userAgent", "\"a\\u003db\\\\\\ud83d\"", "event\\u004eame", "\"Invoke\"");
    assert_text(ev.user_agent, "a=b\\\xef\xbf\xbd");
    assert_text(ev.action, "Invoke");
    ev = CHANGED(*state, "extra", "1,\"userIdentity\":{\"arn\":\"arn:aws:iam::1:user/u\"}");
    assert_text(ev.principal, "arn:aws:iam::1:user/u");
    assert_text(ev.identity_type, "");
    assert_text(ev.session, "");
}

static void test_a_kept_event_does_not_need_its_record(void **state)
{
    struct reader *r = *state;
    struct tl_event ev;
    record_write(&r->text, NULL, 0);
    tl_str text = tl_buf_str(&r->text);
    char *copy = malloc(text.n);
    assert_non_null(copy);
    memcpy(copy, text.p, text.n);
    assert_int_equal(read_event(r, (tl_str){copy, text.n}, false, &ev), 0);
    memset(copy, '#', text.n);
    free(copy);
    assert_text(ev.id_text, "0123abcd-4567-89ab-cdef-0123456789ab");
    assert_text(ev.action, "AddPermission");
    assert_text(ev.principal, "arn:aws:iam::111122223333:role/path/fixer");
    assert_text(ev.resources[0].account, "111122223333");
    assert_text(ev.resources[0].id, "fn");
    assert_text(ev.detail, "sid");
}

static void test_only_what_detection_needs_is_made_where_that_is_asked_for(void **state)
{
    static const struct {
        const char *changes[7];
        int outcome;
    } rows[] = {
        {{NULL}, 0},
        {{"eventName", "\"GetPolicy\"", "readOnly", "true", NULL}, TL_EXTRACT_UNUSED},
        {{"eventCategory", "\"Data\"", NULL}, TL_EXTRACT_UNUSED},
        {{"requestParameters", "null", "resources", "null", NULL}, TL_EXTRACT_UNUSED}, /* names nothing */
        {{"eventName", "\"GetPolicy\"", "readOnly", "true", "eventID", "null", NULL}, TL_EXTRACT_DAMAGED},
    };
    struct reader *r = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tl_event ev;
        record_write(&r->text, rows[i].changes, 0);
        assert_int_equal(read_event(r, tl_buf_str(&r->text), true, &ev), rows[i].outcome);
        if (rows[i].outcome == TL_EXTRACT_DAMAGED)
            continue;
        assert_int_equal(ev.time_s, 1709020644);
        assert_text(ev.account, "111122223333");
        assert_text(ev.region, "ap-northeast-1");
    }
}

static void test_versions_are_stripped_from_action_names(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"AddPermission20150331v2", "AddPermission"},
        {"CreateFunction20150331", "CreateFunction"},
        {"UpdateDistribution2020_05_31", "UpdateDistribution"},
        {"PutFunctionConcurrency20171031", "PutFunctionConcurrency"},
        {"ListObjectsV2", "ListObjectsV2"},
        {"GetIpv6", "GetIpv6"},
        {"Run12345678", "Run12345678"},
        {"20150331", "20150331"},
        {"", ""},
        {"v2", "v2"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_text(tl_api_action(tl_str_from(rows[i][0])), rows[i][1]);
    assert_text(tl_api_service(TL_STR("s3.amazonaws.com")), "s3");
    assert_text(tl_api_service(TL_STR("partner.example")), "partner.example");
}

static void test_an_id_that_is_no_plain_uuid_is_hashed_and_kept_as_text(void **state)
{
    struct tl_event a = CHANGED(*state, "eventID", "\"abc\"");
    assert_true(a.flags & TL_EVENT_TEXT_ID);
    assert_text(a.id_text, "abc");
    assert_memory_equal(a.id.b, "\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40\xde\x5d\xae\x22\x23", 16);
    struct tl_event upper = CHANGED(*state, "eventID", "\"0123ABCD-4567-89ab-cdef-0123456789ab\"");
    struct tl_event lower = read_changed(*state, NULL);
    assert_true(upper.flags & TL_EVENT_TEXT_ID);
    assert_memory_not_equal(upper.id.b, lower.id.b, 16);
}

/* ---- who ----------------------------------------------------------------------------------------- */

#define UUID "33fc2b9c-6ce5-4206-89a9-3e0fdcafe9b6"
#define STS(session) "{\"type\":\"AssumedRole\",\"arn\":\"arn:aws:sts::1:assumed-role/R/" session "\"}"

static void test_callers_are_told_apart(void **state)
{
    static const struct {
        const char *identity, *principal, *session, *execution;
    } rows[] = {
        {STS("s"), "arn:aws:iam::1:role/R", "s", ""},
        {STS("Automation-" UUID), "arn:aws:iam::1:role/R", "Automation-" UUID, UUID},
        {STS(UUID), "arn:aws:iam::1:role/R", UUID, UUID},
        {STS("not-a-" UUID), "arn:aws:iam::1:role/R", "not-a-" UUID, ""},
        {"{\"type\":\"AssumedRole\",\"arn\":\"arn:aws-cn:sts::1:assumed-role/R/"
         "s\",\"sessionContext\":{\"sessionIssuer\":"
         "{}}}",
         "arn:aws-cn:iam::1:role/R", "s", ""},
        {"{\"type\":\"AssumedRole\",\"arn\":\"arn:aws:sts::1:assumed-role/R/"
         "s\",\"sessionContext\":{\"sessionIssuer\":"
         "[1]}}",
         "arn:aws:iam::1:role/R", "s", ""},
        {"{\"type\":\"AssumedRole\",\"principalId\":\"AROAX:Automation-" UUID "\"}", "AROAX:Automation-" UUID,
         "Automation-" UUID, UUID},
        {"{\"type\":\"IAMUser\",\"arn\":\"arn:aws:iam::1:user/u\",\"userName\":\"u\"}",
         "arn:aws:iam::1:user/u", "", ""},
        {"{\"type\":\"Root\",\"arn\":\"arn:aws:iam::1:root\"}", "arn:aws:iam::1:root", "", ""},
        {"{\"type\":\"FederatedUser\",\"arn\":\"arn:aws:sts::1:federated-user/"
         "f\",\"sessionContext\":{\"sessionIssuer\":{"
         "\"type\":\"IAMUser\",\"arn\":\"arn:aws:iam::1:user/u\"}}}",
         "arn:aws:iam::1:user/u", "f", ""},
        {"{\"type\":\"AWSService\",\"invokedBy\":\"config.amazonaws.com\"}", "config.amazonaws.com", "", ""},
        {"{\"accountId\":\"1\",\"invokedBy\":\"ssm.amazonaws.com\"}", "ssm.amazonaws.com", "", ""},
        {"{\"type\":\"AWSAccount\",\"principalId\":\"AIDAX\",\"accountId\":\"9\"}", "AIDAX", "", ""},
        {"{\"type\":\"Unknown\"}", "Unknown", "", ""},
        {"null", "", "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tl_event ev = CHANGED(*state, "userIdentity", rows[i].identity);
        assert_text(ev.principal, rows[i].principal);
        assert_text(ev.session, rows[i].session);
        assert_text(ev.execution_id, rows[i].execution);
    }
}

static void test_people_are_told_from_programs(void **state)
{
    static const char user[] = "{\"type\":\"IAMUser\",\"arn\":\"arn:aws:iam::1:user/u\"}";
    static const char sso[] =
        "{\"type\":\"AssumedRole\",\"arn\":\"arn:aws:sts::1:assumed-role/AWSReservedSSO_Admin_1/me\"}";
    static const char through[] = "{\"type\":\"IAMUser\",\"arn\":\"arn:aws:iam::1:user/u\",\"invokedBy\":"
                                  "\"cloudformation.amazonaws.com\"}";
    static const struct {
        const char *identity, *agent, *console;
        bool person;
    } rows[] = {
        {user, "\"aws-cli/2.13 Python/3.11 Botocore/2.0\"", "null", true},
        {user, "\"console.amazonaws.com\"", "null", true},
        {user, "null", "null", true},
        {user, "\"HashiCorp Terraform/1.5 aws-sdk-go/1.44\"", "null", false},
        {user, "\"Boto3/1.26\"", "null", false},
        {user, "\"aws-cli/2.13 exec-env/AWS_ECS_FARGATE\"", "null", false},
        {user, "\"aws-cli/2.13 exec-env/CloudShell\"", "null", true},
        {"{\"type\":\"Root\",\"arn\":\"arn:aws:iam::1:root\"}", "\"Mozilla/5.0\"", "null", true},
        {through, "\"cloudformation.amazonaws.com\"", "null", false},
        {sso, "\"Boto3/1.26\"", "null", true},
        {STS("s"), "\"aws-cli/2.13\"", "null", false},
        {STS("s"), "\"Mozilla/5.0\"", "null", true}, /* before version 1.08 nothing else tells */
        {STS("s"), "\"console.amazonaws.com\"", "null", true},
        {STS("s"), "\"aws-cli/2.13 exec-env/CloudShell\"", "null", true},
        {STS("s"), "\"aws-internal/3\"", "null", false},
        {STS("s"), "\"Mozilla/5.0\"", "\"true\"", true},
        {STS("s"), "\"Mozilla/5.0\"", "true", true},
        {STS("s"), "\"aws-cli/2.13\"", "\"false\"", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tl_event ev = CHANGED(*state, "userIdentity", rows[i].identity, "userAgent", rows[i].agent,
                                     "sessionCredentialFromConsole", rows[i].console);
        if (((ev.flags & TL_EVENT_PERSON) != 0) != rows[i].person)
            fail_msg("%s with %s", rows[i].identity, rows[i].agent);
    }
}

static void test_account_and_partition(void **state)
{
    struct tl_event ev =
        CHANGED(*state, "recipientAccountId", "", "userIdentity", "{\"accountId\":\"444455556666\"}");
    assert_text(ev.account, "444455556666");
    assert_text(ev.partition, "aws");
    ev = CHANGED(*state, "recipientAccountId", "123456789012", "userIdentity", "null", "awsRegion",
                 "\"cn-north-1\"");
    assert_text(ev.account, "123456789012");
    assert_text(ev.partition, "aws-cn");
    ev = CHANGED(*state, "userIdentity", "null", "awsRegion", "\"us-gov-west-1\"");
    assert_text(ev.partition, "aws-us-gov");
    ev = CHANGED(*state, "userIdentity", "{\"arn\":\"arn:aws-us-gov:iam::1:user/u\"}");
    assert_text(ev.partition, "aws-us-gov");
}

/* ---- flags --------------------------------------------------------------------------------------- */

static void test_flags(void **state)
{
    static const struct {
        const char *name, *value;
        unsigned with, without;
    } rows[] = {
        {"readOnly", "true", TL_EVENT_READ_ONLY, TL_EVENT_CHANGE},
        {"readOnly", "\"true\"", TL_EVENT_READ_ONLY, TL_EVENT_CHANGE},
        {"readOnly", "\"false\"", TL_EVENT_CHANGE, TL_EVENT_READ_ONLY},
        {"readOnly", "", TL_EVENT_CHANGE, TL_EVENT_READ_ONLY},
        {"errorCode", "\"AccessDenied\"", TL_EVENT_CHANGE | TL_EVENT_FAILED, 0},
        {"errorCode", "\"\"", TL_EVENT_CHANGE, TL_EVENT_FAILED},
        {"errorCode", "null", TL_EVENT_CHANGE, TL_EVENT_FAILED},
        {"eventCategory", "\"Data\"", TL_EVENT_DATA, TL_EVENT_CHANGE},
        {"eventCategory", "\"Management\"", TL_EVENT_CHANGE, TL_EVENT_DATA},
        {"requestParameters", "{\"x\":\"HIDDEN_DUE_TO_SECURITY_REASONS\"}", TL_EVENT_WITHHELD,
         TL_EVENT_CHANGE},
        {"requestParameters", "\"HIDDEN_DUE_TO_SECURITY_REASONS\"", TL_EVENT_WITHHELD, TL_EVENT_CHANGE},
        {"requestParameters", "{\"functionName\":\"f\",\"x\":\"<sensitiveDataRemoved>\"}",
         TL_EVENT_WITHHELD | TL_EVENT_CHANGE, 0},
        {"responseElements", "{\"x\":\"\\u003csensitiveDataRemoved\\u003e\"}", TL_EVENT_WITHHELD, 0},
        {"requestParameters", "{\"masterUserPassword\":\"****\"}", TL_EVENT_WITHHELD, 0},
        {"requestParameters", "{\"pattern\":\"**.json\",\"x\":\"***\"}", 0, TL_EVENT_WITHHELD},
        {"responseElements", "{ \"omitted\" : true, \"originalSize\": 200000}", TL_EVENT_WITHHELD, 0},
        {"requestParameters", "{\"omitted\":false,\"functionName\":\"f\"}", TL_EVENT_CHANGE,
         TL_EVENT_WITHHELD},
        {"userIdentity", "{\"userName\":\"HIDDEN_DUE_TO_SECURITY_REASONS\"}", 0, TL_EVENT_WITHHELD},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tl_event ev = CHANGED(*state, rows[i].name, rows[i].value);
        if ((ev.flags & rows[i].with) != rows[i].with || ev.flags & rows[i].without)
            fail_msg("%s %s gives flags %x", rows[i].name, rows[i].value, ev.flags);
    }
    assert_true(CHANGED(*state, "readOnly", "", "eventName", "\"DescribeX\"").flags & TL_EVENT_READ_ONLY);
}

static uint64_t fingerprint(struct reader *r, const char *request)
{
    return read_changed(r, (const char *const[]){"requestParameters", request, NULL}).fingerprint;
}

static void test_a_fingerprint_is_equal_where_the_parameters_are(void **state)
{
    static const char plain[] = "{\"functionName\":\"f\",\"a\":{\"x\":[1,2],\"y\":\"z\"}}";
    static const char *const same[] = {
        "{\"a\":{\"y\":\"z\",\"x\":[1,2]},\"functionName\":\"f\"}",
        "{ \"functionName\" : \"f\", \"a\" : { \"x\" : [ 1, 2 ] , \"y\" : \"z\" } }",
        ("{\"clientToken\":\"t-1\",\"functionName\":\"f\",\"a\":{\"x\":[1,2],\"y\":\"z\"},\"revisionId\":"
         "\"r\"}"),
        ("{\"functionName\":\"arn:aws:lambda:us-east-1:111122223333:function:f\",\"a\":{\"x\":[1,2],\"y\":"
         "\"z\"}}"),
        "{\"Host\":\"f.example\",\"functionName\":\"f\",\"a\":{\"x\":[1,2],\"y\":\"z\"}}",
    };
    static const struct {
        const char *request;
        bool same_members;
    } others[] = {
        {"{\"functionName\":\"f\",\"a\":{\"x\":[2,1],\"y\":\"z\"}}", true},
        {"{\"functionName\":\"f\",\"a\":{\"x\":[1,2],\"y\":\"q\"}}", true},
        {"{\"functionName\":\"f\",\"a\":\"z\"}", true},
        {"{\"functionName\":\"f\",\"b\":{\"x\":[1,2],\"y\":\"z\"}}", false},
        {"{\"functionName\":\"f\"}", false},
    };
    static const char *const stems[][2] = {
        {"{\"functionName\":\"f\",\"valuesToAdd\":[\"all\"]}",
         "{\"functionName\":\"f\",\"valuesToRemove\":[\"all\"]}"},
        {"{\"functionName\":\"f\",\"addRouteTableIds\":[\"r\"]}",
         "{\"functionName\":\"f\",\"removeRouteTableIds\":[\"r\"]}"},
    };
    uint64_t f = fingerprint(*state, plain);
    assert_int_not_equal(f, 0);
    assert_true(f >> 48 == 0);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        assert_true(fingerprint(*state, same[i]) == f);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        uint64_t other = fingerprint(*state, others[i].request);
        assert_true(other != f);
        assert_int_equal(other >> TL_FINGERPRINT_KEYS_SHIFT == f >> TL_FINGERPRINT_KEYS_SHIFT,
                         others[i].same_members);
    }
    assert_true(fingerprint(*state, "{\"functionName\":\"f\",\"desiredCount\":2,\"a\":1}") >>
                    TL_FINGERPRINT_KEYS_SHIFT ==
                TL_FINGERPRINT_CAPACITY);
    assert_true(f >> TL_FINGERPRINT_KEYS_SHIFT != TL_FINGERPRINT_CAPACITY);
    for (size_t i = 0; i < sizeof stems / sizeof *stems; i++) { /* what is put and what is taken away */
        uint64_t put = fingerprint(*state, stems[i][0]), taken = fingerprint(*state, stems[i][1]);
        assert_true(put != taken);
        assert_true(put >> TL_FINGERPRINT_KEYS_SHIFT == taken >> TL_FINGERPRINT_KEYS_SHIFT);
    }
}

static void test_a_denied_call_without_parameters_is_a_failed_change_of_nothing_named(void **state)
{
    for (int denied = 0; denied < 2; denied++) {
        struct tl_event ev =
            read_changed(*state, (const char *const[]){"requestParameters", "null", "errorCode",
                                                       denied ? "\"AccessDenied\"" : "null", NULL});
        assert_int_equal(ev.kind, denied ? TL_EVENT_IS_CHANGE : TL_EVENT_OTHER);
        assert_int_equal(ev.n_resources, 0);
        assert_int_equal(ev.flags, denied ? TL_EVENT_CHANGE | TL_EVENT_FAILED : 0);
    }
}

/* More callers than are remembered, in an order that comes back to each. */
static void test_a_caller_met_before_reads_as_the_first_time(void **state)
{
    static const char *const identities[] = {
        "{\"type\":\"IAMUser\",\"arn\":\"arn:aws:iam::1:user/a\",\"userName\":\"a\"}",
        "{\"type\":\"IAMUser\",\"arn\":\"arn:aws:iam::1:user/b\",\"userName\":\"b\"}",
        "{\"type\":\"AWSService\",\"invokedBy\":\"config.amazonaws.com\"}", "null", "\"odd\""};
    static const char *const agents[] = {"\"aws-cli/2\"", "\"Boto3/1\"", "null"};
    static const char *const regions[] = {"\"eu-west-1\"", "\"cn-north-1\""};
    static const char *const console[] = {"\"true\"", "null"};
    struct reader *r = *state;
    struct tl_extractor *other;
    assert_int_equal(tl_extractor_new(&other, NULL), 0);
    tl_extractor_reset(r->x);
    for (size_t i = 0; i < 400; i++) {
        const char *changes[] = {"userIdentity",
                                 identities[i % 5 * (i % 7) % 5],
                                 "userAgent",
                                 agents[i % 3],
                                 "awsRegion",
                                 regions[i / 3 % 2],
                                 "sessionCredentialFromConsole",
                                 console[i / 5 % 2],
                                 NULL};
        struct tl_event first, ev;
        const char *why;
        size_t at;
        record_write(&r->text, changes, 0);
        assert_int_equal(tl_extract(r->x, tl_buf_str(&r->text), NULL, false, &ev, &why, &at, NULL), 0);
        assert_int_equal(tl_extract(other, tl_buf_str(&r->text), NULL, false, &first, &why, &at, NULL), 0);
        check_same_event(&first, &ev);
        tl_extractor_reset(other);
    }
    tl_extractor_free(other);
}

/* A record that corrects another one is a second copy of it. */
static void test_an_addendum_has_the_id_of_what_it_corrects(void **state)
{
    static const struct {
        const char *addendum, *id;
    } rows[] = {
        {"{\"reason\":\"UPDATED_DATA\",\"updatedFields\":\"responseElements\",\"originalEventID\":\"aaaaaaaa-"
         "4567-89ab-"
         "cdef-0123456789ab\"}",
         "aaaaaaaa-4567-89ab-cdef-0123456789ab"},
        {"{\"Reason\":\"UPDATED_DATA\",\"OriginalEventID\":\"other\"}", "other"},
        {"{\"reason\":\"DELIVERY_DELAY\",\"originalEventID\":\"other\"}",
         "0123abcd-4567-89ab-cdef-0123456789ab"},
        {"{\"reason\":\"UPDATED_DATA\"}", "0123abcd-4567-89ab-cdef-0123456789ab"},
        {"{\"reason\":\"UPDATED_DATA\",\"originalEventID\":null}", "0123abcd-4567-89ab-cdef-0123456789ab"},
        {"null", "0123abcd-4567-89ab-cdef-0123456789ab"},
        {"\"UPDATED_DATA\"", "0123abcd-4567-89ab-cdef-0123456789ab"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tl_event ev = CHANGED(*state, "addendum", rows[i].addendum);
        assert_text(ev.id_text, rows[i].id);
        assert_int_equal(ev.id.b[0], i == 0 ? 0xaa : i == 1 ? ev.id.b[0] : 0x01);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_caller_met_before_reads_as_the_first_time),
        cmocka_unit_test(test_a_plain_record_fills_every_field),
        cmocka_unit_test(test_a_missing_or_odd_required_field_is_named),
        cmocka_unit_test(test_damage_says_why_and_where),
        cmocka_unit_test(test_objects_that_are_no_api_event_are_foreign),
        cmocka_unit_test(test_no_other_field_ever_damages_a_record),
        cmocka_unit_test(test_the_order_of_keys_does_not_matter),
        cmocka_unit_test(test_escapes_are_undone_and_the_last_of_two_keys_counts),
        cmocka_unit_test(test_a_kept_event_does_not_need_its_record),
        cmocka_unit_test(test_only_what_detection_needs_is_made_where_that_is_asked_for),
        cmocka_unit_test(test_versions_are_stripped_from_action_names),
        cmocka_unit_test(test_an_id_that_is_no_plain_uuid_is_hashed_and_kept_as_text),
        cmocka_unit_test(test_callers_are_told_apart),
        cmocka_unit_test(test_people_are_told_from_programs),
        cmocka_unit_test(test_account_and_partition),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_a_fingerprint_is_equal_where_the_parameters_are),
        cmocka_unit_test(test_a_denied_call_without_parameters_is_a_failed_change_of_nothing_named),
        cmocka_unit_test(test_an_addendum_has_the_id_of_what_it_corrects),
    };
    return cmocka_run_group_tests(tests, reader_begin, reader_end);
}
