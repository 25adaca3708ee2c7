/* report: the JSON form has exactly the promised fields, and the other documents say what they are for.
 * Findings are made by hand here: what they are made from is not looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "../../src/report/text.h"
#include "incident_report.h"

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
        {.path = TL_STR("lost.json.gz"), .outcome = TL_OUTCOME_DONE, .n_read = 7, .gone = true},
    };
    struct tl_stats_damage damage = {TL_STR("good.json.gz"), TL_STR("not valid JSON"), {3, 4096, 10}};
    struct tl_stats s = {.sources = files, .n_sources = 6, .damage = &damage, .n_damage = 1};
    struct tl_buf b = {0};
    assert_int_equal(tl_stats_write(&s, TL_FORMAT_TEXT, &plain, &b), 0);
    static const char *const lines[] = {
        "Files         5 files: 3 done, 1 skipped, 1 cut; 1 of them not there any more\n",
        "Files that are gone (their records stay)\n  lost.json.gz: 7 records\n",
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
    assert_int_equal(json_array_size(json_object_get(doc, "files")), 6);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(
            json_is_true(json_object_get(json_array_get(json_object_get(doc, "files"), i), "gone")), i == 5);
    assert_int_equal(json_array_size(json_object_get(doc, "damage")), 1);
    json_decref(doc);
    tl_buf_fini(&b);
    static const struct {
        enum tl_format format;
        const char *says;
    } others[] = {{TL_FORMAT_MARKDOWN, "| `lost.json.gz` | done, gone | 7 |"},
                  {TL_FORMAT_HTML, ">done, gone</td>"},
                  {TL_FORMAT_CSV, "lost.json.gz,false,done,,empty,0,0,,0,0,7,0,0,0,0,0,true\r\n"},
                  {TL_FORMAT_NDJSON, "\"gone\": true"},
                  {TL_FORMAT_PROMETHEUS, "\ntrailloop_files_gone 1\n"}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_int_equal(tl_stats_write(&s, others[i].format, &plain, &b), 0);
        if (tl_str_find(tl_buf_str(&b), tl_str_from(others[i].says)) == SIZE_MAX)
            fail_msg("'%s' is not in:\n%.*s", others[i].says, TL_FMT(tl_buf_str(&b)));
        tl_buf_fini(&b);
    }
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
        cmocka_unit_test(show_has_every_step_with_its_place),
        cmocka_unit_test(stats_names_what_was_not_read_as_usual),
        cmocka_unit_test(an_ingest_tells_what_is_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
