/* report: the JSON form has exactly the promised fields, the text form says what a person has to know.
 * Findings are made by hand here: what they are made from is not looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "../../src/report/spark.h"
#include "../../src/report/text.h"
#include "trailloop/report.h"

static int64_t at(const char *iso)
{
    int64_t t_s = 0;
    assert_true(tl_time_parse(tl_str_from(iso), &t_s));
    return t_s;
}

/* The incident: three settings one after another, the last of which stopped it. */
enum { N_CYCLES = 61 };

struct incident {
    int64_t starts_s[N_CYCLES];
    struct tl_party parties[3];
    struct tl_retry_phase phases[3];
    struct tl_evidence_step steps[4];
    struct tl_evidence evidence[1];
    struct tl_finding finding;
    struct tl_scope scope;
    struct tl_report report;
};

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

static void make_incident(struct incident *in)
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

static const struct tl_style plain = {.columns = 100};

/* ---- JSON ------------------------------------------------------------------------------------ */

static json_t *as_json(const struct tl_report *r)
{
    struct tl_buf b = {0};
    json_error_t e;
    assert_int_equal(tl_report_write(r, TL_FORMAT_JSON, &plain, &b), 0);
    json_t *doc = json_loadb(b.p, b.n, JSON_REJECT_DUPLICATES, &e);
    if (!doc)
        fail_msg("%s at byte %d of %.*s", e.text, e.position, TL_FMT(tl_buf_str(&b)));
    tl_buf_fini(&b);
    return doc;
}

/* The keys of the object at `path` ("a/b/0/c") are exactly these, in this order. */
static void keys_are(json_t *doc, const char *path, const char *want)
{
    char got[1024] = "", part[64];
    json_t *v = doc;
    const char *key;
    json_t *value;
    for (const char *p = path; *p; p += *p == '/') {
        size_t n = strcspn(p, "/");
        snprintf(part, sizeof part, "%.*s", (int)n, p);
        v = json_is_array(v) ? json_array_get(v, (size_t)(part[0] - '0')) : json_object_get(v, part);
        p += n;
    }
    if (!json_is_object(v))
        fail_msg("no object at %s", path);
    json_object_foreach(v, key, value)
    {
        strcat(got, got[0] ? " " : "");
        strcat(got, key);
    }
    if (strcmp(got, want) != 0)
        fail_msg("%s has: %s\nnot: %s", path, got, want);
}

static void json_has_exactly_the_promised_keys(void **state)
{
    (void)state;
    struct incident in;
    struct tl_drift drift = {.n_cycles = 4};
    struct tl_without_effect effect = {.has_resource = true, .document = TL_STR("doc")};
    make_incident(&in);
    in.report.findings.drift = &drift;
    in.report.findings.n_drift = 1;
    in.report.findings.without_effect = &effect;
    in.report.findings.n_without_effect = 1;
    json_t *doc = as_json(&in.report);
    static const struct {
        const char *path, *keys;
    } objects[] = {
        {"", "schema generated_at coverage loops recurring_drift without_effect"},
        {"coverage", "files records first_event last_event scopes"},
        {"coverage/files", "read already_ingested skipped damaged"},
        {"coverage/records", "read kept duplicates damaged unused withheld"},
        {"coverage/scopes/0", "account region first_event last_event records"},
        {"loops/0",
         "id rule also kind resource config_rule document cycles partial_cycles open_cycle first last "
         "period schedule order_assumed confidence status stopped parties retry failed_attempts "
         "failed_changes fired_on_compliant fired_twice withheld coverage_gaps proof cost evidence"},
        {"loops/0/resource", "type id account region arn"},
        {"loops/0/period", "median min max"},
        {"loops/0/stopped", "at silence predicted event_id cause last_verdict"},
        {"loops/0/stopped/last_verdict", "time event_id compliance answered"},
        {"loops/0/parties/0", "role principal user_agent events"},
        {"loops/0/retry", "settings trips trips_after most_attempts_in_window would_stop"},
        {"loops/0/retry/settings", "attempts window event_id"},
        {"loops/0/retry/would_stop/0", "attempts window extrapolated"},
        {"loops/0/cost", "so_far per_30_days verdicts items steps"},
        {"loops/0/evidence/0", "cycle steps"},
        {"loops/0/evidence/0/steps/0", "step time event_id link source record offset error general"},
        {"recurring_drift/0", "resource cycles first last parties"},
        {"without_effect/0", "resource document attempts first last error"},
    };
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++)
        keys_are(doc, objects[i].path, objects[i].keys);
    json_decref(doc);
}

static void json_values_are_those_of_the_finding(void **state)
{
    (void)state;
    struct incident in;
    make_incident(&in);
    json_t *doc = as_json(&in.report);
    json_t *loop = json_array_get(json_object_get(doc, "loops"), 0);
    const char *schema, *generated, *kind, *confidence, *cause, *compliance, *id, *first_link, *event,
        *event_1;
    int cycles, median, window, silence, record, trips, trips_after, answered;
    double so_far;
    assert_int_equal(json_unpack(doc, "{s:s, s:s}", "schema", &schema, "generated_at", &generated), 0);
    assert_string_equal(schema, "trailloop.report/1");
    assert_string_equal(generated, "2024-02-28T00:00:00Z");
    assert_int_equal(json_unpack(loop, "{s:s, s:s, s:i, s:{s:i}, s:n, s:{s:F}}", "kind", &kind, "confidence",
                                 &confidence, "cycles", &cycles, "period", "median", &median, "schedule",
                                 "cost", "so_far", &so_far),
                     0);
    assert_string_equal(kind, "self-sustaining");
    assert_string_equal(confidence, "sequence");
    assert_int_equal(cycles, 61);
    assert_int_equal(median, 150);
    assert_true(so_far == 0.55);
    assert_int_equal(json_unpack(loop, "{s:{s:s, s:i, s:{s:s, s:b, s:s}}}", "stopped", "cause", &cause,
                                 "silence", &silence, "last_verdict", "compliance", &compliance, "answered",
                                 &answered, "event_id", &id),
                     0);
    assert_string_equal(cause, "settings-changed");
    assert_string_equal(compliance, "NON_COMPLIANT");
    assert_string_equal(id, "f0020000-0000-0000-0000-000000000000");
    assert_int_equal(silence, 11520);
    assert_false(answered);
    assert_int_equal(json_unpack(loop, "{s:{s:{s:i}, s:b, s:i}}", "retry", "settings", "window", &window,
                                 "trips", &trips, "trips_after", &trips_after),
                     0);
    assert_int_equal(window, 600);
    assert_true(trips);
    assert_int_equal(trips_after, 1);
    assert_int_equal(json_unpack(loop, "{s:[{s:[{s:n, s:s, s:i, s:n}, {s:s, s:s}]}]}", "evidence", "steps",
                                 "link", "event_id", &event, "record", &record, "error", "link", &first_link,
                                 "event_id", &event_1),
                     0);
    assert_string_equal(event, "not-a-uuid"); /* the text as delivered, where it is known */
    assert_string_equal(event_1, "e0010000-0000-0000-0000-000000000000");
    assert_string_equal(first_link, "rule");
    assert_int_equal(record, 7);
    json_decref(doc);
}

static void json_says_null_for_what_is_not_known(void **state)
{
    (void)state;
    struct incident in;
    make_incident(&in);
    in.finding.status = TL_RUNNING;
    in.finding.arn = in.finding.config_rule = in.finding.document = TL_STR_NONE;
    in.finding.retry.settings_known = in.finding.retry.trips = false;
    in.parties[0].user_agent = TL_STR_NONE;
    in.report.coverage.any = false;
    json_t *doc = as_json(&in.report);
    json_t *loop = json_array_get(json_object_get(doc, "loops"), 0);
    assert_int_equal(json_unpack(loop, "{s:n, s:n, s:n, s:{s:n}, s:{s:n, s:n}, s:[{s:n}]}", "config_rule",
                                 "document", "stopped", "resource", "arn", "retry", "settings", "trips_after",
                                 "parties", "user_agent"),
                     0);
    assert_int_equal(json_unpack(doc, "{s:{s:n, s:n}}", "coverage", "first_event", "last_event"), 0);
    json_decref(doc);
    in.finding.has_retry = false;
    in.finding.status = TL_STOPPED;
    in.finding.stopped.has_event = in.finding.stopped.has_last_verdict = false;
    doc = as_json(&in.report);
    loop = json_array_get(json_object_get(doc, "loops"), 0);
    assert_int_equal(json_unpack(loop, "{s:n, s:{s:n, s:n}}", "retry", "stopped", "event_id", "last_verdict"),
                     0);
    json_decref(doc);
}

static void an_empty_report_is_whole(void **state)
{
    (void)state;
    struct tl_report r = {0};
    struct tl_buf b = {0};
    json_t *doc = as_json(&r);
    assert_int_equal(json_array_size(json_object_get(doc, "loops")), 0);
    assert_true(json_is_array(json_object_get(doc, "recurring_drift")));
    assert_true(json_is_array(json_object_get(doc, "without_effect")));
    json_decref(doc);
    assert_int_equal(tl_report_write(&r, TL_FORMAT_TEXT, &plain, &b), 0);
    assert_true(tl_str_starts(tl_buf_str(&b),
                              TL_STR("No remediation loop found.\nRead 0 CloudTrail records in 0 files.\n")));
    tl_buf_fini(&b);
}

static void dollars_are_short_and_exact(void **state)
{
    (void)state;
    static const struct {
        double usd;
        const char *text;
    } sums[] = {
        {0, "\"so_far\": 0,"},       {0.55, "\"so_far\": 0.55,"},   {1.0 / 3, "\"so_far\": 0.333333,"},
        {-1, "\"so_far\": 0,"},      {0.0000004, "\"so_far\": 0,"}, {100, "\"so_far\": 100,"},
        {1e300, "\"so_far\": 9000"}, {0.0 / 0.0, "\"so_far\": 0,"},
    };
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++) {
        struct incident in;
        struct tl_buf b = {0};
        make_incident(&in);
        in.finding.cost.so_far_usd = sums[i].usd;
        assert_int_equal(tl_report_write(&in.report, TL_FORMAT_JSON, &plain, &b), 0);
        if (tl_str_find(tl_buf_str(&b), tl_str_from(sums[i].text)) == SIZE_MAX)
            fail_msg("%g does not come out as %s", sums[i].usd, sums[i].text);
        tl_buf_fini(&b);
    }
}

/* ---- text ------------------------------------------------------------------------------------ */

static void text_is(const struct tl_report *r, const struct tl_style *style, const char *want)
{
    struct tl_buf b = {0};
    assert_int_equal(tl_report_write(r, TL_FORMAT_TEXT, style, &b), 0);
    if (!tl_str_eq(tl_buf_str(&b), tl_str_from(want)))
        fwrite(b.p, 1, b.n, stderr); /* whole: it is longer than cmocka's messages may be */
    assert_true(tl_str_eq(tl_buf_str(&b), tl_str_from(want)));
    tl_buf_fini(&b);
}

static const char incident_text[] =
#include "test_report_incident.inc"
    ;

static void the_incident_is_told_on_one_screen(void **state)
{
    (void)state;
    struct incident in;
    int lines = 0;
    make_incident(&in);
    text_is(&in.report, &plain, incident_text);
    for (const char *p = incident_text; *p; p++)
        lines += *p == '\n';
    assert_true(lines <= 44);
}

static void says(const struct tl_report *r, const char *words, bool yes)
{
    struct tl_style wide = {.columns = 10000};
    struct tl_buf b = {0};
    assert_int_equal(tl_report_write(r, TL_FORMAT_TEXT, &wide, &b), 0);
    if ((tl_str_find(tl_buf_str(&b), tl_str_from(words)) != SIZE_MAX) != yes)
        fail_msg("'%s' is %s in:\n%.*s", words, yes ? "missing" : "", TL_FMT(tl_buf_str(&b)));
    tl_buf_fini(&b);
}

static void a_running_loop_is_said_to_run(void **state)
{
    (void)state;
    struct incident in;
    make_incident(&in);
    in.finding.status = TL_RUNNING;
    in.scope.last_s = in.finding.last_s + 90;
    says(&in.report, "1 remediation loop found: still running.", true);
    says(&in.report, "is 1 min 30 s before the end of the log", true);
    says(&in.report, "Proof", false);
    says(&in.report, "yet the loop goes on", true);
    says(&in.report, "if left running", true);
}

static void settings_that_the_log_does_not_hold_are_said_to_be_assumed(void **state)
{
    (void)state;
    struct incident in;
    make_incident(&in);
    in.finding.retry = (struct tl_retry){.attempts = 5, .window_s = 60};
    says(&in.report,
         "are not in the log (no PutRemediationConfigurations); AWS's default, 5 attempts within 60 s", true);
    says(&in.report, "none ever did, so AWS Config never put an exception", true);
    says(&in.report, "No setting that AWS Config accepts", true);
}

static void every_cause_of_a_stop_has_its_words(void **state)
{
    (void)state;
    static const char *const words[] = {
        [TL_CAUSE_SETTINGS_CHANGED] = "the retry settings were changed to 1 attempt within 600 s",
        [TL_CAUSE_EXCEPTION] = "a remediation exception was put (PutRemediationExceptions, event d0010000",
        [TL_CAUSE_REMEDIATION_DELETED] = "the remediation was taken off the rule",
        [TL_CAUSE_RULE_DELETED] = "the rule was deleted",
        [TL_CAUSE_COMPLIANT] = "the resource became COMPLIANT",
        [TL_CAUSE_RESOURCE_DELETED] = "the resource was deleted",
        [TL_CAUSE_ATTEMPTS_FAILING] = "can no longer be started",
        [TL_CAUSE_UNKNOWN] = "the log does not show why",
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct incident in;
        make_incident(&in);
        in.finding.stopped.cause = (enum tl_cause)i;
        says(&in.report, words[i], true);
        says(&in.report, "Predicted", false);
        in.finding.stopped.predicted = true;
        says(&in.report, "Predicted from the settings in force", true);
    }
}

static void many_loops_come_as_a_table_and_short_blocks(void **state)
{
    (void)state;
    struct incident in;
    struct tl_finding four[4];
    make_incident(&in);
    for (size_t i = 0; i < 4; i++)
        four[i] = in.finding;
    four[0].status = TL_RUNNING;
    in.report.findings.items = four;
    in.report.findings.n = 4;
    says(&in.report, "4 remediation loops found: 1 still running, 3 stopped.", true);
    says(&in.report,
         "5f0c1a2b3c4d  stopped      61  2 min 30 s  2024-02-27T07:58:50Z  awsConfigTestLambdaFunction",
         true);
    says(&in.report, "Judged by", false);
    in.report.findings.n = 3;
    says(&in.report, "Judged by", true);
}

static void hostile_names_reach_no_terminal(void **state)
{
    (void)state;
    struct incident in;
    struct tl_buf b = {0};
    make_incident(&in);
    in.finding.resource.id = TL_STR("x\x1b[2Jy\nLoop fake: STOPPED\0z");
    says(&in.report, "x\\x1B[2Jy\\x0ALoop fake: STOPPED\\x00z", true);
    assert_int_equal(tl_report_write_loop(&in.report, &in.finding, TL_FORMAT_TEXT, &plain, &b), 0);
    for (size_t i = 0; i < b.n; i++)
        assert_true((unsigned char)b.p[i] >= 0x20 || b.p[i] == '\n');
    tl_buf_fini(&b);
}

static void colour_only_when_asked(void **state)
{
    (void)state;
    struct incident in;
    struct tl_style colour = {.color = true, .columns = 100};
    struct tl_buf b = {0};
    make_incident(&in);
    says(&in.report, "\x1b", false);
    assert_int_equal(tl_report_write(&in.report, TL_FORMAT_TEXT, &colour, &b), 0);
    assert_true(tl_str_starts(tl_buf_str(&b), TL_STR("\x1b[1m1 remediation loop found: stopped.\x1b[0m\n")));
    tl_buf_fini(&b);
}

static void lines_keep_to_the_width_but_no_word_is_cut(void **state)
{
    (void)state;
    struct incident in;
    struct tl_style narrow = {.columns = 60};
    struct tl_buf b = {0};
    make_incident(&in);
    assert_int_equal(tl_report_write(&in.report, TL_FORMAT_TEXT, &narrow, &b), 0);
    for (size_t i = 0, start = 0; i < b.n; i++) {
        if (b.p[i] != '\n')
            continue;
        tl_str line = tl_str_sub(tl_buf_str(&b), start, i);
        size_t last = tl_str_rfind_char(line, ' ');
        if (tl_text_width(line) > 60 && last != SIZE_MAX &&
            last >= 16) /* only a long word alone may go beyond */
            fail_msg("%.*s", TL_FMT(line));
        start = i + 1;
    }
    assert_true(tl_str_find(tl_buf_str(&b), in.finding.arn) != SIZE_MAX);
    tl_buf_fini(&b);
}

static void on_a_terminal_everything_fits(void **state)
{
    (void)state;
    struct incident in;
    struct tl_finding many[5];
    make_incident(&in);
    for (int i = 0; i < 5; i++)
        many[i] = in.finding;
    for (int columns = 40; columns <= 120; columns += 8) {
        struct tl_style terminal = {
            .columns = columns, .fit = true, .db = "/a/long/path/to/the/data/base.db"};
        struct tl_buf b = {0};
        in.report.findings = (struct tl_findings){.items = many, .n = columns % 16 ? 1 : 5};
        assert_int_equal(tl_report_write(&in.report, TL_FORMAT_TEXT, &terminal, &b), 0);
        assert_int_equal(tl_report_write_loop(&in.report, &in.finding, TL_FORMAT_TEXT, &terminal, &b), 0);
        for (tl_str s = tl_buf_str(&b); s.n;) {
            tl_str line = tl_str_sub(s, 0, tl_str_find(s, TL_STR("\n")));
            if (tl_text_width(line) > columns)
                fail_msg("%d columns: %.*s", columns, TL_FMT(line));
            s = tl_str_sub(s, line.n + 1, s.n);
        }
        tl_buf_fini(&b);
    }
}

static void bars_tell_the_cycles_over_time(void **state)
{
    (void)state;
    struct incident in;
    struct tl_prose p = {0};
    make_incident(&in);
    /* 05:00 to 07:58 and silence for 45 min more: 23 spans of 10 minutes; in 22 columns 15 of 15. */
    tl_spark(&p, &in.finding, 23);
    assert_true(tl_str_eq(tl_buf_str(&p.b),
                          TL_STR("███████████████..▂..... one bar is 10 min, the highest 4 cycles")));
    tl_prose_clear(&p);
    tl_spark(&p, &in.finding, 22);
    assert_true(
        tl_str_eq(tl_buf_str(&p.b), TL_STR("██████████.▂... one bar is 15 min, the highest 6 cycles")));
    tl_prose_fini(&p);
}

/* ---- the other documents --------------------------------------------------------------------- */

static void show_has_every_step_with_its_place(void **state)
{
    (void)state;
    struct incident in;
    struct tl_buf b = {0};
    make_incident(&in);
    assert_int_equal(tl_report_write_loop(&in.report, &in.finding, TL_FORMAT_TEXT, &plain, &b), 0);
    static const char *const lines[] = {
        "Cycle 1 of 61, 2024-02-27 05:00:10 UTC\n",
        "  05:00:10      +0 s  config:PutEvaluations\n",
        "                       not-a-uuid  2024/02/27/a.json.gz:7\n",
        "  05:00:22     +12 s  ssm:StartAutomationExecution [rule]\n",
        "e0030000-0000-0000-0000-000000000000  2024/02/27/a.json.gz:10\n",
        "  [sequence] joined by account, region",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (tl_str_find(tl_buf_str(&b), tl_str_from(lines[i])) == SIZE_MAX)
            fail_msg("'%s' is not in:\n%.*s", lines[i], TL_FMT(tl_buf_str(&b)));
    tl_buf_fini(&b);
    assert_int_equal(tl_report_write_loop(&in.report, &in.finding, TL_FORMAT_JSON, &plain, &b), 0);
    json_t *loop = json_loadb(b.p, b.n, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(loop, "id")), "5f0c1a2b3c4d");
    json_decref(loop);
    tl_buf_fini(&b);
}

static void stats_names_what_was_not_read_as_usual(void **state)
{
    (void)state;
    struct tl_source files[] = {
        {.path = TL_STR("good.json.gz"), .outcome = TL_OUTCOME_DONE, .n_members = 1, .has_sha256 = true},
        {.path = TL_STR("digest.json.gz"),
         .outcome = TL_OUTCOME_SKIPPED,
         .container = TL_CONTAINER_DIGEST,
         .n_members = 1},
        {.path = TL_STR("cut.json.gz"),
         .outcome = TL_OUTCOME_CUT,
         .reason = TL_STR("ends inside a member at byte 61440")},
        {.path = TL_STR("two.json.gz"), .outcome = TL_OUTCOME_DONE, .n_members = 2, .trailing_bytes = 5},
        {.path = TL_STR("good.json.gz"), .outcome = TL_OUTCOME_CUT, .superseded = true},
    };
    struct tl_stats_damage damage = {TL_STR("good.json.gz"), TL_STR("not valid JSON"), {3, 4096, 10}};
    struct tl_stats s = {.sources = files, .n_sources = 5, .damage = &damage, .n_damage = 1};
    struct tl_buf b = {0};
    assert_int_equal(tl_stats_write(&s, TL_FORMAT_TEXT, &plain, &b), 0);
    static const char *const lines[] = {
        "Files         4 files: 2 done, 1 skipped, 1 cut\n",
        "  digest.json.gz: skipped (digest)\n",
        "  cut.json.gz: cut, ends inside a member at byte 61440\n",
        "  good.json.gz:3, byte 4096, 10 bytes: not valid JSON\n",
        "  two.json.gz: 2 gzip members, 5 bytes after the last one\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (tl_str_find(tl_buf_str(&b), tl_str_from(lines[i])) == SIZE_MAX)
            fail_msg("'%s' is not in:\n%.*s", lines[i], TL_FMT(tl_buf_str(&b)));
    assert_int_equal(tl_str_find(tl_buf_str(&b), TL_STR("good.json.gz: cut")), SIZE_MAX);
    tl_buf_fini(&b);
    assert_int_equal(tl_stats_write(&s, TL_FORMAT_JSON, &plain, &b), 0);
    json_t *doc = json_loadb(b.p, b.n, JSON_REJECT_DUPLICATES, NULL);
    assert_int_equal(json_array_size(json_object_get(doc, "files")), 5);
    assert_int_equal(json_array_size(json_object_get(doc, "damage")), 1);
    json_decref(doc);
    tl_buf_fini(&b);
}

static void an_ingest_tells_what_is_new(void **state)
{
    (void)state;
    struct tl_run_report r = {.n_files_read = 2,
                              .n_already_ingested = 1,
                              .n_records_read = 1500,
                              .n_records_new = 1200,
                              .n_records_duplicate = 300};
    struct tl_buf b = {0};
    assert_int_equal(tl_run_write(&r, TL_FORMAT_TEXT, &plain, &b), 0);
    assert_true(tl_str_find(tl_buf_str(&b), TL_STR("1,500 read = 1,200 new + 300 known + 0 damaged")) !=
                SIZE_MAX);
    tl_buf_fini(&b);
    assert_int_equal(tl_run_write(&r, TL_FORMAT_JSON, &plain, &b), 0);
    json_t *doc = json_loadb(b.p, b.n, JSON_REJECT_DUPLICATES, NULL);
    keys_are(doc, "", "schema generated_at run coverage");
    json_decref(doc);
    tl_buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_has_exactly_the_promised_keys),
        cmocka_unit_test(json_values_are_those_of_the_finding),
        cmocka_unit_test(json_says_null_for_what_is_not_known),
        cmocka_unit_test(an_empty_report_is_whole),
        cmocka_unit_test(dollars_are_short_and_exact),
        cmocka_unit_test(the_incident_is_told_on_one_screen),
        cmocka_unit_test(a_running_loop_is_said_to_run),
        cmocka_unit_test(settings_that_the_log_does_not_hold_are_said_to_be_assumed),
        cmocka_unit_test(every_cause_of_a_stop_has_its_words),
        cmocka_unit_test(many_loops_come_as_a_table_and_short_blocks),
        cmocka_unit_test(hostile_names_reach_no_terminal),
        cmocka_unit_test(colour_only_when_asked),
        cmocka_unit_test(lines_keep_to_the_width_but_no_word_is_cut),
        cmocka_unit_test(on_a_terminal_everything_fits),
        cmocka_unit_test(bars_tell_the_cycles_over_time),
        cmocka_unit_test(show_has_every_step_with_its_place),
        cmocka_unit_test(stats_names_what_was_not_read_as_usual),
        cmocka_unit_test(an_ingest_tells_what_is_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
