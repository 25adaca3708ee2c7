/* Made-up CloudTrail histories: see history.h.
 *
 * Promises: the same calls give the same bytes, on any machine; every record is whole and of a real record's
 * size; ids (role ids, access keys) are made from names, so that the same role has the same id everywhere.
 * Refuses to go on without memory: a test that ran half its history would show nothing.
 */
#include "history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trailloop/base.h"

const struct tlh_actor tlh_config_evaluator = {
    .role = "AWSServiceRoleForConfig",
    .session = "configLambdaExecution",
    .ip = "config.amazonaws.com",
    .agent = "config.amazonaws.com",
    .invoked_by = "config.amazonaws.com",
};
const struct tlh_actor tlh_config_remediation = {
    .role = "AWSServiceRoleForConfigRemediation",
    .session = "AwsConfigRemediation",
    .ip = "config.amazonaws.com",
    .agent = "config.amazonaws.com",
    .invoked_by = "config.amazonaws.com",
};
const struct tlh_actor tlh_modify_function = {
    .role = "modifyLambdaFunctionUrlPublicAccessSetting-role-4m1q0zkt",
    .session = "modifyLambdaFunctionUrlPublicAccessSetting",
    .ip = "203.0.113.87",
    .agent = "Boto3/1.34.42 md/Botocore#1.34.42 ua/2.0 os/linux#5.10.205-219.804.amzn2.x86_64 md/arch#x86_64 "
             "lang/python#3.12.1 md/pyimpl#CPython exec-env/AWS_Lambda_python3.12 cfg/retry-mode#legacy "
             "Botocore/1.34.42",
};
const struct tlh_actor tlh_engineer = {
    .role = "AWSReservedSSO_AdministratorAccess_0f1e2d3c4b5a6978",
    .session = "k.sato@example.com",
    .ip = "198.51.100.23",
    .agent = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
             "Chrome/121.0.0.0 Safari/537.36",
};
const struct tlh_actor tlh_pipeline = {
    .role = "deploy-pipeline",
    .session = "GitHubActions",
    .ip = "192.0.2.44",
    .agent = "aws-cli/2.15.19 Python/3.11.6 Linux/6.5.0-1015-azure exe/x86_64.ubuntu.22 prompt/off "
             "command/lambda.add-permission",
};

static void *need(void *p)
{
    if (!p) {
        fprintf(stderr, "history: out of memory, or a record that cannot be built\n");
        abort();
    }
    return p;
}

/* ---- the generator --------------------------------------------------------------------------- */

static uint64_t mix(uint64_t z) /* the output function of splitmix64 (Steele, Lea, Flood 2014) */
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t next(struct tlh *h)
{
    h->state += 0x9e3779b97f4a7c15u;
    return mix(h->state);
}

uint32_t tlh_random(struct tlh *h, uint32_t from, uint32_t to)
{
    return from + (uint32_t)(next(h) % ((uint64_t)to - from + 1));
}

static void make_uuid(struct tlh *h, char out[TLH_ID_BYTES])
{
    uint64_t a = next(h), b = next(h);
    snprintf(out, TLH_ID_BYTES, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32),
             (unsigned)(a >> 16) & 0xffff, (unsigned)a & 0xfff, (unsigned)(0x8000 | ((b >> 48) & 0x3fff)),
             (unsigned long long)(b & 0xffffffffffffu));
}

/* AROA..., ASIA...: four letters and 17 of base 32, made from `name`. */
static void make_id(const char *prefix, const char *name, char out[22])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint64_t x = tl_str_hash(tl_str_from(name));
    memcpy(out, prefix, 4);
    for (int i = 4; i < 21; i++) {
        x = mix(x + (uint64_t)i);
        out[i] = digits[x % 32];
    }
    out[21] = 0;
}

/* ---- one record ------------------------------------------------------------------------------ */

static json_t *make_identity(const struct tlh *h, int64_t t, const struct tlh_actor *who)
{
    char id[22], key[22], since[TL_TIME_MAX_BYTES];
    tl_time_format(t - t % 3600, since);
    if (who->user) {
        make_id("AIDA", who->user, id);
        make_id("AKIA", who->user, key);
        return json_pack("{s:s,s:s,s:o,s:s,s:s,s:s}", "type", "IAMUser", "principalId", id, "arn",
                         json_sprintf("arn:aws:iam::%s:user/%s", h->account, who->user), "accountId",
                         h->account, "accessKeyId", key, "userName", who->user);
    }
    make_id("AROA", who->role, id);
    make_id("ASIA", who->session, key);
    json_t *issuer = json_pack("{s:s,s:s,s:o,s:s,s:s}", "type", "Role", "principalId", id, "arn",
                               json_sprintf("arn:aws:iam::%s:role/%s", h->account, who->role), "accountId",
                               h->account, "userName", who->role);
    json_t *context = json_pack("{s:o,s:{},s:{s:s,s:s}}", "sessionIssuer", issuer, "webIdFederationData",
                                "attributes", "creationDate", since, "mfaAuthenticated", "false");
    json_t *identity =
        json_pack("{s:s,s:o,s:o,s:s,s:s,s:o}", "type", "AssumedRole", "principalId",
                  json_sprintf("%s:%s", id, who->session), "arn",
                  json_sprintf("arn:aws:sts::%s:assumed-role/%s/%s", h->account, who->role, who->session),
                  "accountId", h->account, "accessKeyId", key, "sessionContext", context);
    if (identity && who->invoked_by)
        json_object_set_new(identity, "invokedBy", json_string(who->invoked_by));
    return identity;
}

static bool is_read_only(const char *name)
{
    static const char *const verbs[] = {"Describe", "List", "Get", "AssumeRole", "Lookup", "BatchGet"};
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (strncmp(name, verbs[i], strlen(verbs[i])) == 0)
            return true;
    return false;
}

static struct tlh_event *add_event(struct tlh *h, int64_t t, const char *service, const char *name)
{
    if (tl_grow(&h->events, &h->cap, h->n + 1, sizeof(*h->events)) < 0)
        need(NULL);
    struct tlh_event *e = &h->events[h->n++];
    *e = (struct tlh_event){.time_s = t};
    make_uuid(h, e->id);
    snprintf(e->account, sizeof(e->account), "%s", h->account);
    snprintf(e->region, sizeof(e->region), "%s", h->region);
    snprintf(e->service, sizeof(e->service), "%s", service);
    snprintf(e->name, sizeof(e->name), "%s", name);
    return e;
}

const char *tlh_record(struct tlh *h, int64_t t, const char *service, const char *name,
                       const struct tlh_actor *who, json_t *request, json_t *response, json_t *additional)
{
    struct tlh_event *e = add_event(h, t, service, name);
    char when[TL_TIME_MAX_BYTES], request_id[TLH_ID_BYTES];
    tl_time_format(t, when);
    make_uuid(h, request_id);
    if (h->error) {
        json_decref(request);
        json_decref(response);
        request = response = NULL;
    }
    json_t *r = json_pack("{s:s,s:o,s:s,s:o,s:s,s:s,s:s,s:s}", "eventVersion", "1.09", "userIdentity",
                          make_identity(h, t, who), "eventTime", when, "eventSource",
                          json_sprintf("%s.amazonaws.com", service), "eventName", name, "awsRegion",
                          h->region, "sourceIPAddress", who->ip, "userAgent", who->agent);
    need(r);
    if (h->error) {
        json_object_set_new(r, "errorCode", json_string(h->error));
        json_object_set_new(r, "errorMessage",
                            json_sprintf("not authorized to perform: %s:%s", service, name));
        h->error = NULL;
    }
    json_object_set_new(r, "requestParameters", request ? request : json_null());
    json_object_set_new(r, "responseElements", response ? response : json_null());
    if (additional)
        json_object_set_new(r, "additionalEventData", additional);
    json_t *rest = json_pack("{s:s,s:s,s:b,s:s,s:b,s:s,s:s}", "requestID", request_id, "eventID", e->id,
                             "readOnly", is_read_only(name), "eventType", "AwsApiCall", "managementEvent", 1,
                             "recipientAccountId", h->account, "eventCategory", "Management");
    need(rest);
    if (!who->invoked_by)
        json_object_set_new(rest, "tlsDetails",
                            json_pack("{s:s,s:s,s:o}", "tlsVersion", "TLSv1.3", "cipherSuite",
                                      "TLS_AES_128_GCM_SHA256", "clientProvidedHostHeader",
                                      json_sprintf("%s.%s.amazonaws.com", service, h->region)));
    json_object_update(r, rest);
    json_decref(rest);
    e->text = need(json_dumps(r, JSON_COMPACT));
    json_decref(r);
    return e->id;
}

/* ---- the records of a loop ------------------------------------------------------------------- */

/* An opaque token of the length that real ones have. */
static void make_token(struct tlh *h, char out[241])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int i = 0; i < 240; i++)
        out[i] = digits[next(h) % 64];
    out[240] = 0;
}

static const char *add_verdict(struct tlh *h, int64_t t, const char *rule, const char *type, const char *id,
                               const char *compliance, bool test_mode)
{
    char token[241], when[TL_TIME_MAX_BYTES], rule_id[22];
    make_token(h, token);
    make_id("rule", rule, rule_id);
    tl_time_format(t - 20, when);
    json_t *evaluation =
        json_pack("{s:s,s:s,s:s,s:s}", "complianceResourceType", type, "complianceResourceId", id,
                  "complianceType", compliance, "orderingTimestamp", when);
    json_t *request =
        json_pack("{s:[o],s:s,s:b}", "evaluations", evaluation, "resultToken", token, "testMode", test_mode);
    json_t *additional = json_pack(
        "{s:s,s:o,s:s,s:s,s:s}", "configRuleName", rule, "configRuleArn",
        json_sprintf("arn:aws:config:%s:%s:config-rule/config-rule-%.6s", h->region, h->account, rule_id + 4),
        "configRuleInputParameters", "{}", "managedRuleIdentifier",
        "LAMBDA_FUNCTION_PUBLIC_ACCESS_PROHIBITED", "notificationJobType",
        "CONFIGURATION_ITEM_CHANGE_NOTIFICATION");
    return tlh_record(h, t, "config", "PutEvaluations", &tlh_config_evaluator, need(request), NULL,
                      need(additional));
}

const char *tlh_verdict(struct tlh *h, int64_t t, const char *rule, const char *type, const char *id,
                        const char *compliance)
{
    return add_verdict(h, t, rule, type, id, compliance, false);
}

const char *tlh_verdict_test_mode(struct tlh *h, int64_t t, const char *rule, const char *type,
                                  const char *id, const char *compliance)
{
    return add_verdict(h, t, rule, type, id, compliance, true);
}

const char *tlh_attempt(struct tlh *h, int64_t t, const char *document, const char *parameter,
                        const char *value)
{
    char execution[TLH_ID_BYTES];
    make_uuid(h, execution);
    json_t *parameters =
        json_pack("{s:[o]}", "AutomationAssumeRole",
                  json_sprintf("arn:aws:iam::%s:role/awsConfigTestAutomationRole", h->account));
    need(parameters);
    if (parameter)
        json_object_set_new(parameters, parameter, json_pack("[s]", value));
    json_t *request = json_pack("{s:s,s:s,s:o,s:s}", "documentName", document, "documentVersion", "1",
                                "parameters", parameters, "mode", "Auto");
    json_t *response = json_pack("{s:s}", "automationExecutionId", execution);
    return tlh_record(h, t, "ssm", "StartAutomationExecution", &tlh_config_remediation, need(request),
                      need(response), NULL);
}

const char *tlh_remove_permission(struct tlh *h, int64_t t, const struct tlh_actor *who, const char *function,
                                  const char *statement)
{
    json_t *request = json_pack("{s:s,s:s}", "functionName", function, "statementId", statement);
    return tlh_record(h, t, "lambda", "RemovePermission20150331v2", who, need(request), NULL, NULL);
}

const char *tlh_add_permission(struct tlh *h, int64_t t, const struct tlh_actor *who, const char *function,
                               const char *statement)
{
    /* The name alone, of any form that a function may be named by. */
    const char *name = strstr(function, "function:");
    name = name ? name + strlen("function:") : function;
    int n = (int)strcspn(name, ":");
    json_t *request =
        json_pack("{s:s,s:s,s:s,s:s,s:s}", "functionName", function, "statementId", statement, "action",
                  "lambda:InvokeFunctionUrl", "principal", "*", "functionUrlAuthType", "NONE");
    json_t *statement_json = json_sprintf("{\"Sid\":\"%s\",\"Effect\":\"Allow\",\"Principal\":\"*\","
                                          "\"Action\":\"lambda:InvokeFunctionUrl\",\"Resource\":"
                                          "\"arn:aws:lambda:%s:%s:function:%.*s\",\"Condition\":{"
                                          "\"StringEquals\":{\"lambda:FunctionUrlAuthType\":"
                                          "\"NONE\"}}}",
                                          statement, h->region, h->account, n, name);
    json_t *response = json_pack("{s:o}", "statement", statement_json);
    return tlh_record(h, t, "lambda", "AddPermission20150331v2", who, need(request), need(response), NULL);
}

const char *tlh_put_remediation(struct tlh *h, int64_t t, const char *rule, const char *type,
                                const char *document, int attempts, int window_s)
{
    json_t *role = json_sprintf("arn:aws:iam::%s:role/awsConfigTestAutomationRole", h->account);
    json_t *configuration =
        json_pack("{s:s,s:s,s:s,s:s,s:{s:{s:{s:[o]}}},s:s,s:b,s:i,s:i}", "configRuleName", rule, "targetType",
                  "SSM_DOCUMENT", "targetId", document, "targetVersion", "1", "parameters",
                  "AutomationAssumeRole", "staticValue", "values", role, "resourceType", type, "automatic", 1,
                  "maximumAutomaticAttempts", attempts, "retryAttemptSeconds", window_s);
    json_t *request = json_pack("{s:[o]}", "remediationConfigurations", configuration);
    json_t *response = json_pack("{s:[]}", "failedBatches");
    return tlh_record(h, t, "config", "PutRemediationConfigurations", &tlh_engineer, need(request),
                      need(response), NULL);
}

/* ---- ordinary traffic ------------------------------------------------------------------------ */

static const struct tlh_actor config_reader = {.role = "AWSServiceRoleForConfig",
                                               .session = "AWSConfig-Describe",
                                               .ip = "config.amazonaws.com",
                                               .agent = "config.amazonaws.com",
                                               .invoked_by = "config.amazonaws.com"};
static const struct tlh_actor monitor = {.role = "monitoring-agent",
                                         .session = "i-0a1b2c3d4e5f60718",
                                         .ip = "10.0.14.52",
                                         .agent = "Datadog/7.50 aws-sdk-go/1.49.13 (go1.21.5; linux; amd64)"};

const char *tlh_noise(struct tlh *h, int64_t t, uint32_t kind)
{
    json_t *role;
    switch (kind % 8) {
    case 0:
        return tlh_record(h, t, "ec2", "DescribeInstances", &monitor,
                          json_pack("{s:i,s:{},s:{}}", "maxResults", 200, "instancesSet", "filterSet"), NULL,
                          NULL);
    case 1:
        return tlh_record(h, t, "lambda", "GetPolicy20150331v2", &config_reader,
                          json_pack("{s:o}", "functionName",
                                    json_sprintf("arn:aws:lambda:%s:%s:function:orders-%u", h->region,
                                                 h->account, tlh_random(h, 1, 9))),
                          NULL, NULL);
    case 2:
        return tlh_record(h, t, "logs", "CreateLogStream", &monitor,
                          json_pack("{s:s,s:o}", "logGroupName", "/aws/lambda/orders-3", "logStreamName",
                                    json_sprintf("2024/02/27/[$LATEST]%016llx", (unsigned long long)next(h))),
                          NULL, NULL);
    case 3:
        role = json_sprintf("arn:aws:iam::%s:role/monitoring-agent", h->account);
        return tlh_record(h, t, "sts", "AssumeRole", &tlh_pipeline,
                          json_pack("{s:o,s:s,s:i}", "roleArn", role, "roleSessionName",
                                    "i-0a1b2c3d4e5f60718", "durationSeconds", 3600),
                          NULL, NULL);
    case 4:
        return tlh_record(h, t, "s3", "GetBucketAcl", &config_reader,
                          json_pack("{s:s,s:s,s:s}", "acl", "", "bucketName", "example-orders-archive",
                                    "Host", "example-orders-archive.s3.amazonaws.com"),
                          NULL, NULL);
    case 5:
        return tlh_record(h, t, "ssm", "DescribeInstanceInformation", &monitor,
                          json_pack("{s:i}", "maxResults", 50), NULL, NULL);
    case 6:
        return tlh_record(h, t, "kms", "ListAliases", &tlh_engineer, json_pack("{s:i}", "limit", 100), NULL,
                          NULL);
    default:
        return tlh_record(h, t, "config", "DescribeComplianceByConfigRule", &tlh_engineer, NULL, NULL, NULL);
    }
}

void tlh_noise_between(struct tlh *h, int64_t from_s, int64_t to_s, uint32_t least_s, uint32_t most_s)
{
    for (int64_t t = from_s; t < to_s; t += tlh_random(h, least_s, most_s))
        tlh_noise(h, t, tlh_random(h, 0, 7));
}

/* ---- the list -------------------------------------------------------------------------------- */

struct tlh *tlh_new(uint64_t seed)
{
    struct tlh *h = need(calloc(1, sizeof(*h)));
    h->state = seed;
    tlh_place(h, "111122223333", "ap-northeast-1");
    return h;
}

void tlh_free(struct tlh *h)
{
    if (!h)
        return;
    for (size_t i = 0; i < h->n; i++)
        free(h->events[i].text);
    free(h->events);
    free(h);
}

void tlh_place(struct tlh *h, const char *account, const char *region)
{
    snprintf(h->account, sizeof(h->account), "%s", account);
    snprintf(h->region, sizeof(h->region), "%s", region);
}

void tlh_fail_next(struct tlh *h, const char *error_code)
{
    h->error = error_code;
}

void tlh_drop(struct tlh *h, size_t index)
{
    free(h->events[index].text);
    memmove(&h->events[index], &h->events[index + 1], (h->n - index - 1) * sizeof(h->events[0]));
    h->n--;
}

static int by_time(const void *a, const void *b)
{
    const struct tlh_event *x = a, *y = b;
    if (x->time_s != y->time_s)
        return x->time_s < y->time_s ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

void tlh_sort(struct tlh *h)
{
    for (size_t i = 0; i < h->n; i++)
        h->events[i].order = i;
    qsort(h->events, h->n, sizeof(h->events[0]), by_time);
}
