/* Names: of APIs as delivered and as meant, of the enums, of events. Pure text. */
#include "work.h"

#include "arn.h"

#include <string.h>

tl_str tl_api_service(tl_str event_source)
{
    tl_str suffix = TL_STR(".amazonaws.com");
    if (tl_str_ends(event_source, suffix) && event_source.n > suffix.n)
        return tl_str_sub(event_source, 0, event_source.n - suffix.n);
    return event_source;
}

static bool all_digits(tl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

/* `20150331` and `20150331v2`, as Lambda writes its API's version. */
static tl_str without_compact_version(tl_str name)
{
    size_t end = name.n;
    size_t v = tl_str_rfind_char(name, 'v');
    if (v != SIZE_MAX && all_digits(tl_str_sub(name, v + 1, name.n)))
        end = v;
    if (end <= 8 || !all_digits(tl_str_sub(name, end - 8, end)) || memcmp(name.p + end - 8, "20", 2) != 0)
        return name;
    return tl_str_sub(name, 0, end - 8);
}

/* `2020_05_31`, as CloudFront does. */
static tl_str without_spaced_version(tl_str name)
{
    if (name.n <= 10)
        return name;
    tl_str v = tl_str_sub(name, name.n - 10, name.n);
    bool is = v.p[4] == '_' && v.p[7] == '_' && all_digits(tl_str_sub(v, 0, 4)) &&
              all_digits(tl_str_sub(v, 5, 7)) && all_digits(tl_str_sub(v, 8, 10));
    return is ? tl_str_sub(name, 0, name.n - 10) : name;
}

tl_str tl_api_action(tl_str event_name)
{
    return without_spaced_version(without_compact_version(event_name));
}

bool api_reads_only(tl_str action)
{
    static const char *const verbs[] = {"Get",      "List",     "Describe", "Head",    "Lookup",  "BatchGet",
                                        "Search",   "Select",   "Query",    "Scan",    "Test",    "Validate",
                                        "Check",    "Simulate", "Estimate", "Preview", "View",    "Discover",
                                        "Download", "Filter",   "Decrypt",  "Verify",  "Generate"};
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (tl_str_starts(action, tl_str_from(verbs[i])))
            return true;
    return false;
}

static const char *const control_names[TL_N_CONTROL_ACTIONS] = {
    [TL_PUT_REMEDIATION_CONFIGURATION] = "PutRemediationConfigurations",
    [TL_DELETE_REMEDIATION_CONFIGURATION] = "DeleteRemediationConfiguration",
    [TL_PUT_REMEDIATION_EXCEPTION] = "PutRemediationExceptions",
    [TL_DELETE_REMEDIATION_EXCEPTION] = "DeleteRemediationExceptions",
    [TL_PUT_CONFIG_RULE] = "PutConfigRule",
    [TL_DELETE_CONFIG_RULE] = "DeleteConfigRule",
    [TL_START_REMEDIATION_EXECUTION] = "StartRemediationExecution",
    [TL_START_CONFIG_RULES_EVALUATION] = "StartConfigRulesEvaluation",
    [TL_EVALUATE_IN_TEST_MODE] = "PutEvaluations in test mode", /* no API's name */
};

const char *tl_control_action_name(enum tl_control_action a)
{
    return control_names[a];
}

bool api_is_control(tl_str service, tl_str action, enum tl_control_action *out)
{
    if (!tl_str_eq(service, TL_STR("config")))
        return false;
    for (int i = 0; i < TL_N_CONTROL_ACTIONS; i++)
        if (tl_str_eq(action, tl_str_from(control_names[i]))) {
            *out = (enum tl_control_action)i;
            return true;
        }
    return false;
}

const char *tl_compliance_name(enum tl_compliance c)
{
    static const char *const names[] = {
        [TL_COMPLIANT] = "COMPLIANT",           [TL_NON_COMPLIANT] = "NON_COMPLIANT",
        [TL_NOT_APPLICABLE] = "NOT_APPLICABLE", [TL_INSUFFICIENT_DATA] = "INSUFFICIENT_DATA",
        [TL_COMPLIANCE_UNKNOWN] = "UNKNOWN",
    };
    return names[c];
}

tl_str document_name(tl_str given)
{
    return tl_resource_normal_id(TL_STR("AWS::SSM::Document"), given);
}

void event_id_make(struct tl_extractor *x, tl_str text, struct tl_event *ev)
{
    if (tl_uuid_parse(text, ev->id.b))
        return;
    uint8_t sum[TL_SHA256_BYTES];
    tl_sha256_start(x->sha);
    tl_sha256_add(x->sha, text.p, text.n);
    tl_sha256_finish(x->sha, sum);
    memcpy(ev->id.b, sum, sizeof ev->id.b);
    ev->flags |= TL_EVENT_TEXT_ID;
}
