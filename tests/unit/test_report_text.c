/* report: the text form says what a person has to know, and fits where it is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../../src/report/spark.h"
#include "../../src/report/text.h"
#include "incident_report.h"

static const struct tl_style plain = {.columns = 100};

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

static void an_opponent_is_told_with_its_calls_and_who_must_agree(void **state)
{
    (void)state;
    struct incident in;
    struct tl_party_call call = {TL_STR("lambda:AddPermission"), 5};
    make_incident(&in);
    in.finding.kind = TL_TUG_OF_WAR;
    in.parties[0] = in.parties[1];
    in.parties[1] = in.parties[2];
    in.parties[2] = (struct tl_party){
        .role = TL_OPPONENT,
        .principal = TL_STR("arn:aws:iam::123456789012:role/apply"),
        .user_agent = TL_STR("APN/1.0 HashiCorp/1.0 Terraform/1.9.5 terraform-provider-aws/5.60.0"),
        .n_events = 5,
        .calls = &call,
        .n_calls = 1};
    says(&in.report, "role/apply (5 changes: lambda:AddPermission, through Terraform/1.9.5)", true);
    says(&in.report, "To end it     Agree which state is wanted, among the owners of arn:", true);
    says(&in.report, " (runbook awsConfigTestRunbook001) and arn:aws:iam::123456789012:role/apply\n", true);
    in.finding.has_proof = true;
    in.finding.proof = (struct tl_proof){.does = TL_STR("lambda:UpdateAlias"), .n_times = 9};
    says(&in.report, "the values from before: lambda:UpdateAlias put them back 9 times", true);
    in.finding.stopped.has_last_verdict = false; /* of calls alone silence is all there is to tell */
    says(&in.report, "The log goes on for 3 h 12 min without another cycle.", true);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_incident_is_told_on_one_screen),
        cmocka_unit_test(a_running_loop_is_said_to_run),
        cmocka_unit_test(settings_that_the_log_does_not_hold_are_said_to_be_assumed),
        cmocka_unit_test(every_cause_of_a_stop_has_its_words),
        cmocka_unit_test(an_opponent_is_told_with_its_calls_and_who_must_agree),
        cmocka_unit_test(many_loops_come_as_a_table_and_short_blocks),
        cmocka_unit_test(hostile_names_reach_no_terminal),
        cmocka_unit_test(colour_only_when_asked),
        cmocka_unit_test(lines_keep_to_the_width_but_no_word_is_cut),
        cmocka_unit_test(on_a_terminal_everything_fits),
        cmocka_unit_test(bars_tell_the_cycles_over_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
