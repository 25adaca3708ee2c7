#include "incident_report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

int64_t at(const char *iso)
{
    int64_t t_s = 0;
    assert_true(tl_time_parse(tl_str_from(iso), &t_s));
    return t_s;
}

static void make_retry(struct tl_retry *r, struct tl_retry_phase *phases)
{
    phases[0] = (struct tl_retry_phase){
        10, 600, true, false, at("2024-02-27T05:00:00Z"), at("2024-02-27T06:40:00Z"), 40, 4};
    phases[1] = (struct tl_retry_phase){
        1, 60, true, false, at("2024-02-27T06:40:00Z"), at("2024-02-27T07:30:00Z"), 20, 0};
    phases[2] = (struct tl_retry_phase){
        1, 600, true, true, at("2024-02-27T07:30:00Z"), at("2024-02-27T07:58:50Z"), 1, 1};
    *r = (struct tl_retry){
        .settings_known = true,
        .attempts = 1,
        .window_s = 600,
        .settings_event = {.time_s = phases[2].from_s,
                           .text = TL_STR("d0010000-0000-0000-0000-000000000000")},
        .trips = true,
        .trips_after = 1,
        .most_attempts_in_window = 1,
        .would_stop = {{1, 240, false}, {5, 960, false}},
        .n_would_stop = 2,
        .phases = phases,
        .n_phases = 3,
    };
}

static void make_evidence(struct incident *in)
{
    static const struct {
        const char *api, *iso;
        enum tl_link link;
    } rows[] = {
        {"config:PutEvaluations", "2024-02-27T05:00:10Z", TL_LINK_NONE},
        {"ssm:StartAutomationExecution", "2024-02-27T05:00:22Z", TL_LINK_RULE},
        {"lambda:RemovePermission", "2024-02-27T05:00:24Z", TL_LINK_SEQUENCE},
        {"lambda:AddPermission", "2024-02-27T05:00:25Z", TL_LINK_SEQUENCE},
    };
    static const char *const ids[] = {"not-a-uuid", "e0010000-0000-0000-0000-000000000000",
                                      "e0020000-0000-0000-0000-000000000000",
                                      "e0030000-0000-0000-0000-000000000000"};
    for (size_t i = 0; i < 4; i++)
        in->steps[i] = (struct tl_evidence_step){
            .event = {.time_s = at(rows[i].iso), .text = tl_str_from(ids[i])},
            .api = tl_str_from(rows[i].api),
            .link = rows[i].link,
            .source = TL_STR("2024/02/27/a.json.gz"),
            .record = i + 7,
        };
    in->evidence[0] = (struct tl_evidence){1, in->steps, 4};
}

void make_incident(struct incident *in)
{
    memset(in, 0, sizeof *in);
    in->parties[0] = (struct tl_party){
        TL_EVALUATOR,
        TL_STR(
            "arn:aws:iam::123456789012:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"),
        TL_STR("config.amazonaws.com"), 62};
    in->parties[1] = (struct tl_party){TL_REMEDIATOR, TL_STR("config.amazonaws.com"), TL_STR_NONE, 61};
    in->parties[2] =
        (struct tl_party){TL_CHANGER, TL_STR("arn:aws:iam::123456789012:role/modifyLambdaFunctionUrl-role"),
                          TL_STR("Boto3/1.34.42"), 122};
    make_evidence(in);
    for (int i = 0; i < N_CYCLES; i++)
        in->starts_s[i] =
            i < N_CYCLES - 1 ? at("2024-02-27T05:00:10Z") + i * 150 : at("2024-02-27T07:58:30Z");
    static tl_str also[] = {{"config-remediation", 18}};
    in->finding = (struct tl_finding){
        .id = "5f0c1a2b3c4d",
        .rule = TL_STR("lambda-permission"),
        .also = also,
        .n_also = 1,
        .kind = TL_SELF_SUSTAINING,
        .resource = {TL_STR("aws"), TL_STR("123456789012"), TL_STR("ap-northeast-1"),
                     TL_STR("AWS::Lambda::Function"), TL_STR("awsConfigTestLambdaFunction")},
        .arn = TL_STR("arn:aws:lambda:ap-northeast-1:123456789012:function:awsConfigTestLambdaFunction"),
        .config_rule = TL_STR("lambda-function-pubilc-access-prohibited-001"),
        .document = TL_STR("awsConfigTestRunbook001"),
        .n_cycles = N_CYCLES,
        .cycle_starts_s = in->starts_s,
        .n_tail_cycles = 1,
        .first_s = at("2024-02-27T05:00:10Z"),
        .last_s = at("2024-02-27T07:58:50Z"),
        .period_median_s = 150,
        .period_min_s = 140,
        .period_max_s = 171,
        .confidence = TL_LINK_SEQUENCE,
        .status = TL_STOPPED,
        .parties = in->parties,
        .n_parties = 3,
        .has_retry = true,
        .cost = {62, 122, 61, 0.55, 5.76},
        .evidence = in->evidence,
        .n_evidence = 1,
    };
    make_retry(&in->finding.retry, in->phases);
    in->finding.stopped.at_s = in->finding.stopped.last_verdict.time_s = in->finding.last_s;
    in->finding.stopped.silence_s = 3 * 3600 + 12 * 60;
    in->finding.stopped.cause = TL_CAUSE_SETTINGS_CHANGED;
    in->finding.stopped.has_event = true;
    in->finding.stopped.event = in->finding.retry.settings_event;
    in->finding.stopped.has_last_verdict = true;
    in->finding.stopped.last_verdict.text = TL_STR("f0020000-0000-0000-0000-000000000000");
    in->finding.stopped.last_compliance = TL_NON_COMPLIANT;
    in->scope = (struct tl_scope){TL_STR("123456789012"), TL_STR("ap-northeast-1"),
                                  at("2024-02-27T04:00:00Z"), at("2024-02-27T11:10:50Z"), 2310};
    in->report.generated_at_s = at("2024-02-28T00:00:00Z");
    in->report.rates = (struct tl_rates){0.001, 0.003, 0.002};
    in->report.coverage.any = true;
    in->report.coverage.first_s = in->scope.first_s;
    in->report.coverage.last_s = in->scope.last_s;
    in->report.coverage.files.n_read = 14;
    in->report.coverage.records.n_read = in->report.coverage.records.n_kept = 2310;
    in->report.coverage.scopes = &in->scope;
    in->report.coverage.n_scopes = 1;
    in->report.findings.items = &in->finding;
    in->report.findings.n = 1;
}
