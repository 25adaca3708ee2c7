/* The table of resources: every sample record of fixtures/resources.json touches exactly what it says, and
 * nothing of the table is without a sample: no call that the facts it was made from name, no pattern of a
 * row.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../src/event/resources.h"
#include "../../src/event/work.h"

#include "event_support.h"

#include <jansson.h>
#include <stdio.h>

#define ACCOUNT "111122223333"
#define REGION "eu-west-1"

/* The mutating calls whose place of the id, and AWS Config's type and id, were looked up in public records,
 * by the number that samples carry. */
static const char *const looked_up[] = {
    [1] = "lambda:AddPermission lambda:RemovePermission",
    [2] = "lambda:UpdateFunctionConfiguration lambda:PutFunctionConcurrency",
    [3] = "ec2:RevokeSecurityGroupIngress ec2:RevokeSecurityGroupEgress",
    [4] = "ec2:AuthorizeSecurityGroupIngress ec2:AuthorizeSecurityGroupEgress",
    [5] = "ec2:ModifySecurityGroupRules",
    [6] = "ec2:ModifyInstanceAttribute",
    [7] = "ec2:ModifyInstanceMetadataOptions",
    [8] = "ec2:StopInstances ec2:TerminateInstances ec2:StartInstances",
    [9] = "ec2:ModifySnapshotAttribute",
    [10] = "ec2:ModifyImageAttribute",
    [11] = "ec2:CreateFlowLogs",
    [12] = "ec2:DeleteFlowLogs",
    [13] = "ec2:CreateTags ec2:DeleteTags",
    [14] = "ec2:ModifySubnetAttribute",
    [15] = "ec2:ModifyVpcAttribute ec2:DeleteVpc",
    [16] = "ec2:EnableEbsEncryptionByDefault",
    [17] = "ec2:ReleaseAddress",
    [18] = "ec2:DetachVolume ec2:DeleteVolume",
    [19] = "s3:PutBucketPublicAccessBlock s3:DeleteBucketPublicAccessBlock s3:PutPublicAccessBlock "
           "s3:DeletePublicAccessBlock",
    [20] = "s3:PutAccountPublicAccessBlock s3:DeleteAccountPublicAccessBlock",
    [21] = "s3:PutBucketPolicy s3:DeleteBucketPolicy",
    [22] = "s3:PutBucketEncryption s3:DeleteBucketEncryption",
    [23] = "s3:PutBucketVersioning s3:PutBucketLogging s3:PutBucketAcl",
    [24] = "s3:PutBucketLifecycle s3:DeleteBucketLifecycle",
    [25] = "iam:AttachRolePolicy iam:DetachRolePolicy iam:PutRolePolicy iam:DeleteRolePolicy "
           "iam:UpdateAssumeRolePolicy",
    [26] = "iam:AttachUserPolicy iam:DetachUserPolicy iam:UpdateAccessKey iam:DeleteLoginProfile",
    [27] = "iam:CreatePolicyVersion iam:DeletePolicy iam:SetDefaultPolicyVersion",
    [28] = "iam:AttachGroupPolicy iam:DetachGroupPolicy",
    [29] = "iam:UpdateAccountPasswordPolicy",
    [30] = "rds:ModifyDBInstance",
    [31] = "rds:ModifyDBCluster",
    [32] = "rds:ModifyDBSnapshotAttribute",
    [33] = "kms:EnableKeyRotation kms:DisableKeyRotation kms:PutKeyPolicy kms:CancelKeyDeletion",
    [34] = "cloudtrail:StartLogging cloudtrail:StopLogging cloudtrail:UpdateTrail",
    [35] = "cloudtrail:PutEventSelectors",
    [36] = "sns:SetTopicAttributes",
    [37] = "sqs:SetQueueAttributes",
    [38] = "dynamodb:UpdateTable dynamodb:UpdateContinuousBackups",
    [39] = "redshift:ModifyCluster redshift:EnableLogging",
    [40] = "elasticloadbalancing:ModifyLoadBalancerAttributes elasticloadbalancing:ModifyListener",
    [41] = "elasticloadbalancing:ModifyLoadBalancerAttributes",
    [42] = "autoscaling:UpdateAutoScalingGroup",
    [43] = "cloudfront:UpdateDistribution",
    [44] = "apigateway:UpdateStage",
    [45] = "ecs:RegisterTaskDefinition ecs:UpdateService",
    [46] = "eks:UpdateClusterConfig",
    [47] = "es:UpdateElasticsearchDomainConfig es:UpdateDomainConfig",
    [48] = "codebuild:UpdateProject",
    [49] = "secretsmanager:RotateSecret secretsmanager:UpdateSecret",
    [50] = "logs:PutRetentionPolicy",
    [51] = "ecr:PutImageScanningConfiguration",
    [52] = "ssm:ModifyDocumentPermission",
    [53] = "guardduty:CreateDetector securityhub:EnableSecurityHub",
};
#define N_LOOKED_UP (sizeof looked_up / sizeof *looked_up)

static json_t *samples_load(void)
{
    json_error_t why;
    const char *path = getenv("TRAILLOOP_RESOURCES");
    assert_non_null(path);
    json_t *all = json_load_file(path, 0, &why);
    if (!all)
        fail_msg("%s: line %d: %s", path, why.line, why.text);
    return all;
}

static const char *word(const json_t *object, const char *key, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : otherwise;
}

/* ---- what each sample gives -------------------------------------------------------------------- */

static struct tl_event read_sample(struct reader *r, const json_t *sample)
{
    const json_t *record = json_object_get(sample, "record");
    const char *fields[] = {"eventSource", "eventName", "requestParameters", "responseElements", "resources"};
    const char *changes[2 * 5 + 7] = {0};
    char *texts[5];
    size_t n = 0;
    for (size_t i = 0; i < 5; i++) {
        const json_t *value = json_object_get(record, fields[i]);
        texts[i] = json_dumps(value ? value : json_null(), JSON_COMPACT | JSON_ENCODE_ANY);
        changes[n++] = fields[i];
        changes[n++] = texts[i];
    }
    changes[n++] = "recipientAccountId";
    changes[n++] = "\"" ACCOUNT "\"";
    changes[n++] = "awsRegion";
    changes[n++] = "\"" REGION "\"";
    reader_reset(r);
    struct tl_event ev = read_changed(r, changes);
    for (size_t i = 0; i < 5; i++)
        free(texts[i]);
    return ev;
}

static bool touches(const struct tl_event *ev, const json_t *want)
{
    for (size_t i = 0; i < ev->n_resources; i++) {
        const struct tl_resource *is = &ev->resources[i];
        if (tl_str_eq(is->type, tl_str_from(word(want, "type", ""))) &&
            tl_str_eq(is->id, tl_str_from(word(want, "id", ""))) &&
            tl_str_eq(is->account, tl_str_from(word(want, "account", ACCOUNT))) &&
            tl_str_eq(is->region, tl_str_from(word(want, "region", REGION))) &&
            tl_str_eq(is->partition, TL_STR("aws")))
            return true;
    }
    return false;
}

static bool teaches(const struct tl_event *ev, const json_t *pair)
{
    for (size_t i = 0; i < ev->n_aliases; i++)
        if (tl_str_eq(ev->aliases[i].resource.id, tl_str_from(json_string_value(json_array_get(pair, 0)))) &&
            tl_str_eq(ev->aliases[i].name, tl_str_from(json_string_value(json_array_get(pair, 1)))))
            return true;
    return false;
}

/* The sample caller's own names are taught by every one of them. */
#define N_CALLER_NAMES 1

static bool holds(struct reader *r, const json_t *sample)
{
    struct tl_event ev = read_sample(r, sample);
    const json_t *want = json_object_get(sample, "touches"), *names = json_object_get(sample, "names");
    assert_text(ev.partition, "aws");
    bool right = ev.n_resources == json_array_size(want) && ev.kind == TL_EVENT_IS_CHANGE;
    right &= json_is_true(json_object_get(sample, "general")) == ((ev.flags & TL_EVENT_GENERAL) != 0);
    for (size_t i = 0; i < json_array_size(want); i++)
        right &= touches(&ev, json_array_get(want, i));
    right &= ev.n_aliases == json_array_size(names) + N_CALLER_NAMES;
    for (size_t i = 0; i < json_array_size(names); i++)
        right &= teaches(&ev, json_array_get(names, i));
    if (right)
        return true;
    char *text = json_dumps(sample, JSON_COMPACT);
    print_error("%s\n", text);
    free(text);
    for (size_t i = 0; i < ev.n_resources; i++)
        print_error("  touches %.*s %.*s in %.*s %.*s\n", TL_FMT(ev.resources[i].type),
                    TL_FMT(ev.resources[i].id), TL_FMT(ev.resources[i].account),
                    TL_FMT(ev.resources[i].region));
    for (size_t i = 0; i < ev.n_aliases; i++)
        print_error("  %.*s is also %.*s\n", TL_FMT(ev.aliases[i].resource.id), TL_FMT(ev.aliases[i].name));
    return false;
}

static void each_sample_touches_what_it_says(void **state)
{
    json_t *all = samples_load(), *one;
    size_t i, n_wrong = 0;
    json_array_foreach(all, i, one) n_wrong += !holds(*state, one);
    assert_int_equal(n_wrong, 0);
    json_decref(all);
}

/* ---- that nothing is without one --------------------------------------------------------------- */

/* Whether some sample's call matches `call` (service:Action, may hold `*`), and its number is `number` where
 * that is not 0, and, where `type` is given, it touches one of that type. */
static bool has_sample(const json_t *all, tl_str call, int number, const char *type)
{
    size_t i, k;
    json_t *one, *touched;
    json_array_foreach((json_t *)(uintptr_t)all, i, one)
    {
        const json_t *record = json_object_get(one, "record");
        tl_str service = tl_api_service(tl_str_from(word(record, "eventSource", "")));
        tl_str action = tl_api_action(tl_str_from(word(record, "eventName", "")));
        char name[160];
        int n = snprintf(name, sizeof name, "%.*s:%.*s", TL_FMT(service), TL_FMT(action));
        if (!tl_str_glob(call, (tl_str){name, (size_t)n}) || json_is_true(json_object_get(one, "general")) ||
            (number && json_integer_value(json_object_get(one, "row")) != number))
            continue;
        if (!type)
            return true;
        json_array_foreach(json_object_get(one, "touches"), k,
                           touched) if (strcmp(word(touched, "type", ""), type) == 0) return true;
    }
    return false;
}

static void each_call_that_was_looked_up_has_a_sample(void **state)
{
    (void)state;
    json_t *all = samples_load();
    for (size_t row = 1; row < N_LOOKED_UP; row++) {
        char calls[256], *rest = NULL;
        assert_non_null(looked_up[row]);
        snprintf(calls, sizeof calls, "%s", looked_up[row]);
        for (char *call = strtok_r(calls, " ", &rest); call; call = strtok_r(NULL, " ", &rest))
            if (!has_sample(all, tl_str_from(call), (int)row, NULL))
                fail_msg("no sample of %s with the number %zu", call, row);
    }
    assert_int_equal(N_LOOKED_UP - 1, 53);
    json_decref(all);
}

static void each_row_of_the_table_has_a_sample(void **state)
{
    (void)state;
    json_t *all = samples_load();
    for (size_t i = 0; i < n_resource_rows; i++) {
        const struct resource_row *row = &resource_rows[i];
        char actions[512], *rest = NULL;
        snprintf(actions, sizeof actions, "%s", row->actions);
        for (char *a = strtok_r(actions, " ", &rest); a; a = strtok_r(NULL, " ", &rest)) {
            char call[160];
            snprintf(call, sizeof call, "%s:%s", row->service, a);
            if (!has_sample(all, tl_str_from(call), 0, row->type))
                fail_msg("no sample of %s that touches %s", call, row->type ? row->type : "anything");
        }
    }
    json_decref(all);
}

/* They are searched by it. */
static void the_rows_are_in_the_order_of_their_services(void **state)
{
    (void)state;
    size_t n = 1; /* of one service: what is known of an API has a bit for each */
    for (size_t i = 1; i < n_resource_rows; i++) {
        int order = strcmp(resource_rows[i - 1].service, resource_rows[i].service);
        if (order > 0)
            fail_msg("%s stands before %s", resource_rows[i - 1].service, resource_rows[i].service);
        n = order ? 1 : n + 1;
        assert_in_range(n, 1, KNOWN_ROWS);
    }
    assert_in_range(n_general_rows, 1, KNOWN_ROWS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_sample_touches_what_it_says),
        cmocka_unit_test(each_call_that_was_looked_up_has_a_sample),
        cmocka_unit_test(each_row_of_the_table_has_a_sample),
        cmocka_unit_test(the_rows_are_in_the_order_of_their_services),
    };
    return cmocka_run_group_tests(tests, reader_begin, reader_end);
}
