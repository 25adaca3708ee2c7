/* Gaps in the log's coverage inside a loop: told where records of an account and region are missing, and not
 * where the account, or the loop, was quiet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "scan.h"

#define RULE "lambda-no-public-access"
#define RUNBOOK "fix-public-access"
#define STATEMENT "FunctionURLAllowPublicAccess"
#define TYPE "AWS::Lambda::Function"
#define START_S 1708992000 /* 2024-02-27T00:00:00Z */
#define HOUR 3600

static void cycles(struct tlh *h, int64_t from_s, int64_t to_s, int64_t period_s)
{
    for (int64_t t = from_s; t < to_s; t += period_s) {
        tlh_verdict(h, t, RULE, TYPE, "f", "NON_COMPLIANT");
        tlh_attempt(h, t + 4, RUNBOOK, NULL, NULL);
        tlh_remove_permission(h, t + 30, &tlh_modify_function, "f", STATEMENT);
        tlh_add_permission(h, t + 31, &tlh_modify_function, "f", STATEMENT);
    }
}

/* Not one record of that region is left from from_s to before to_s. */
static void lose(struct tlh *h, int64_t from_s, int64_t to_s, const char *region)
{
    for (size_t i = h->n; i-- > 0;)
        if (h->events[i].time_s >= from_s && h->events[i].time_s < to_s &&
            strcmp(h->events[i].region, region) == 0)
            tlh_drop(h, i);
}

/* The loop that begins there, and how many gaps it has. */
static const json_t *loop_from(const json_t *report, const char *first, size_t n_gaps)
{
    const json_t *loops = scan_get(report, "loops");
    for (size_t i = 0; i < json_array_size(loops); i++) {
        const json_t *loop = json_array_get(loops, i);
        if (strcmp(scan_word(loop, "first"), first) != 0)
            continue;
        assert_int_equal(json_array_size(scan_get(loop, "coverage_gaps")), n_gaps);
        return loop;
    }
    fail_msg("no loop begins at %s", first);
    return NULL;
}

static void no_gap(struct tlh *h, size_t n_loops)
{
    json_t *report = scan_loops_of(h, n_loops);
    for (size_t i = 0; i < n_loops; i++)
        assert_int_equal(
            json_array_size(scan_get(json_array_get(scan_get(report, "loops"), i), "coverage_gaps")), 0);
    json_decref(report);
}

/* ---- records are missing ----------------------------------------------------------------------- */

static void an_hour_without_records_between_two_loops_is_told_in_both(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(1);
    tlh_noise_between(h, START_S, START_S + 24 * HOUR, 5, 40);
    cycles(h, START_S + 2 * HOUR, START_S + 20 * HOUR, 150);
    lose(h, START_S + 10 * HOUR, START_S + 11 * HOUR, "ap-northeast-1");
    json_t *report = scan_loops_of(h, 2);
    const json_t *first = loop_from(report, "2024-02-27T02:00:00Z", 1),
                 *second = loop_from(report, "2024-02-27T11:00:00Z", 1);
    assert_string_equal(scan_word(first, "coverage_gaps.0.place"), "after");
    assert_string_equal(scan_word(second, "coverage_gaps.0.place"), "before");
    assert_string_equal(scan_word(first, "coverage_gaps.0.from"), "2024-02-27T10:00:00Z");
    assert_string_equal(scan_word(first, "coverage_gaps.0.to"), "2024-02-27T11:00:00Z");
    assert_string_equal(scan_word(first, "coverage_gaps.0.account"), "111122223333");
    assert_string_equal(scan_word(first, "coverage_gaps.0.region"), "ap-northeast-1");
    json_decref(report);
}

static void lost_cycles_inside_a_loop_are_told_as_a_gap_inside(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(2);
    tlh_noise_between(h, START_S, START_S + 24 * HOUR, 5, 40);
    cycles(h, START_S + 2 * HOUR, START_S + 20 * HOUR, 30 * 60);
    lose(h, START_S + 10 * HOUR - 600, START_S + 11 * HOUR - 600, "ap-northeast-1");
    json_t *report = scan_loops_of(h, 1);
    const json_t *loop = loop_from(report, "2024-02-27T02:00:00Z", 1);
    assert_string_equal(scan_word(loop, "coverage_gaps.0.place"), "inside");
    assert_string_equal(scan_word(loop, "coverage_gaps.0.from"), "2024-02-27T09:50:00Z");
    assert_int_equal(scan_int(loop, "cycles"), 34);
    json_decref(report);
}

/* A fast loop fills the minutes of a short log; a hole in it may be more than an eighth of all. */
static void a_hole_in_a_log_of_three_hours_is_told_around_a_fast_loop(void **state)
{
    (void)state;
    const int64_t periods_s[] = {75, 120}, holes_s[] = {720, 1800};
    for (size_t i = 0; i < 4; i++) {
        struct tlh *h = tlh_new(6);
        tlh_noise_between(h, START_S, START_S + 3 * HOUR, 5, 40);
        cycles(h, START_S + HOUR, START_S + 2 * HOUR, periods_s[i / 2]);
        lose(h, START_S + HOUR + 1200, START_S + HOUR + 1200 + holes_s[i % 2], "ap-northeast-1");
        json_t *report = scan_loops_of(h, 2);
        loop_from(report, "2024-02-27T01:00:00Z", 1);
        assert_string_equal(scan_word(report, "loops.0.coverage_gaps.0.from"), "2024-02-27T01:20:00Z");
        assert_string_equal(scan_word(report, "loops.1.coverage_gaps.0.from"), "2024-02-27T01:20:00Z");
        json_decref(report);
    }
}

static void a_regular_beat_that_fails_with_everything_else_is_a_gap_in_a_quiet_account_too(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(3);
    cycles(h, START_S, START_S + 12 * HOUR, 10 * 60);
    lose(h, START_S + 6 * HOUR, START_S + 6 * HOUR + 1200, "ap-northeast-1");
    json_t *report = scan_loops_of(h, 1);
    const json_t *loop = loop_from(report, "2024-02-27T00:00:00Z", 1);
    assert_string_equal(scan_word(loop, "coverage_gaps.0.place"), "inside");
    json_decref(report);
}

/* Five days of an account that sleeps at night, and a loop that runs by day. */
static struct tlh *sleeper_made(int seed, int64_t loop_from_s, int64_t loop_to_s)
{
    struct tlh *h = tlh_new((uint64_t)seed);
    for (int day = 0; day < 5; day++) {
        int64_t t = START_S + day * 24 * HOUR;
        tlh_noise_between(h, t + 8 * HOUR, t + 19 * HOUR, 10, 90);
        cycles(h, t + loop_from_s, t + loop_to_s, 150);
    }
    return h;
}

static void an_hour_that_is_missing_by_day_is_told_in_an_account_that_sleeps_at_night(void **state)
{
    (void)state;
    struct tlh *h = sleeper_made(11, 9 * HOUR, 18 * HOUR);
    lose(h, START_S + 61 * HOUR, START_S + 62 * HOUR, "ap-northeast-1"); /* the third day, at 13 h */
    json_t *report = scan_loops_of(h, 6);
    const json_t *first = loop_from(report, "2024-02-29T09:00:00Z", 1),
                 *second = loop_from(report, "2024-02-29T14:00:00Z", 1);
    loop_from(report, "2024-02-28T09:00:00Z", 0);
    assert_string_equal(scan_word(first, "coverage_gaps.0.place"), "after");
    assert_string_equal(scan_word(first, "coverage_gaps.0.from"), "2024-02-29T13:00:00Z");
    assert_string_equal(scan_word(second, "coverage_gaps.0.place"), "before");
    json_decref(report);
}

static void every_format_tells_a_gap(void **state)
{
    (void)state;
    static const char *const rows[][2] = {{"text", "lower bound"},
                                          {"json", "\"place\": \"after\""},
                                          {"ndjson", "\"place\": \"after\""},
                                          {"csv", ",coverage_gaps"},
                                          {"markdown", "lower bound"},
                                          {"html", "lower bound"},
                                          {"html", "<path class=\"gap\" d=\"M"},
                                          {"prometheus", "trailloop_loop_coverage_gaps{"}};
    struct tlh *h = tlh_new(1);
    char dir[TLH_PATH_BYTES];
    tlh_noise_between(h, START_S, START_S + 24 * HOUR, 5, 40);
    cycles(h, START_S + 2 * HOUR, START_S + 20 * HOUR, 150);
    lose(h, START_S + 10 * HOUR, START_S + 11 * HOUR, "ap-northeast-1");
    tlh_sort(h);
    tlh_temp_make(dir);
    tlh_deliver(h, dir, &(struct tlh_delivery){.gzip = true});
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text =
            scan_text(0, (const char *const[]){"scan", "--quiet", "--format", rows[i][0], dir, NULL});
        if (!strstr(text, rows[i][1]))
            fail_msg("%s does not hold '%s':\n%.4000s", rows[i][0], rows[i][1], text);
        free(text);
    }
    tlh_temp_remove(dir);
    tlh_free(h);
}

/* ---- records are not missing ------------------------------------------------------------------- */

static void a_log_without_holes_has_no_gap(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(4);
    tlh_noise_between(h, START_S, START_S + 24 * HOUR, 5, 40);
    cycles(h, START_S + 2 * HOUR, START_S + 20 * HOUR, 150);
    no_gap(h, 1);
}

static void a_lost_record_is_no_gap(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(5);
    cycles(h, START_S, START_S + 8 * HOUR, 150);
    for (size_t i = h->n; i-- > 0;)
        if (i % 40 == 20 + i / 40 % 4)
            tlh_drop(h, i);
    no_gap(h, 1);
}

static void a_pause_while_the_log_goes_on_is_no_gap(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(6);
    tlh_noise_between(h, START_S, START_S + 24 * HOUR, 5, 40);
    cycles(h, START_S + 2 * HOUR, START_S + 8 * HOUR, 150);
    cycles(h, START_S + 9 * HOUR, START_S + 15 * HOUR, 150);
    no_gap(h, 2);
}

static void a_pause_of_a_loop_that_is_alone_in_its_account_is_no_gap(void **state)
{
    (void)state;
    for (int hours = 1; hours <= 20; hours += hours < 4 ? 1 : 4) {
        struct tlh *h = tlh_new(7);
        cycles(h, START_S, START_S + 12 * HOUR, 150);
        cycles(h, START_S + (12 + hours) * HOUR, START_S + (24 + hours) * HOUR, 150);
        no_gap(h, 2);
    }
}

static void the_nights_of_a_small_account_are_no_gaps(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(8);
    for (int day = 0; day < 6; day++) {
        int64_t t = START_S + day * 24 * HOUR;
        tlh_noise_between(h, t + 8 * HOUR, t + 19 * HOUR, 10, 90);
        cycles(h, t + 9 * HOUR, t + 18 * HOUR, 600);
    }
    no_gap(h, 6);
}

/* The loop goes to sleep with the account; or rests at noon with it, every day. */
static void what_is_quiet_at_the_same_hours_of_every_day_is_no_gap(void **state)
{
    (void)state;
    no_gap(sleeper_made(12, 8 * HOUR, 19 * HOUR), 5);
    struct tlh *h = sleeper_made(13, 8 * HOUR, 19 * HOUR);
    for (int day = 0; day < 5; day++)
        lose(h, START_S + (day * 24 + 12) * HOUR, START_S + (day * 24 + 13) * HOUR, "ap-northeast-1");
    no_gap(h, 10);
}

static void an_irregular_loop_has_pauses_not_gaps(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(9);
    for (int64_t t = START_S; t < START_S + 20 * HOUR; t += tlh_random(h, 150, 900))
        cycles(h, t, t + 1, 60);
    json_t *report = scan_history(h, NULL);
    for (size_t i = 0; i < scan_n_loops(report); i++)
        assert_int_equal(
            json_array_size(scan_get(json_array_get(scan_get(report, "loops"), i), "coverage_gaps")), 0);
    assert_true(scan_n_loops(report) > 0);
    json_decref(report);
    tlh_free(h);
}

static void silence_of_another_region_is_no_gap(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(10);
    tlh_place(h, "111122223333", "us-east-1");
    tlh_noise_between(h, START_S, START_S + 24 * HOUR, 5, 40);
    tlh_place(h, "111122223333", "ap-northeast-1");
    tlh_noise_between(h, START_S, START_S + 24 * HOUR, 5, 40);
    cycles(h, START_S + 2 * HOUR, START_S + 20 * HOUR, 150);
    lose(h, START_S + 10 * HOUR, START_S + 11 * HOUR, "us-east-1");
    no_gap(h, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_hour_without_records_between_two_loops_is_told_in_both),
        cmocka_unit_test(lost_cycles_inside_a_loop_are_told_as_a_gap_inside),
        cmocka_unit_test(a_hole_in_a_log_of_three_hours_is_told_around_a_fast_loop),
        cmocka_unit_test(a_regular_beat_that_fails_with_everything_else_is_a_gap_in_a_quiet_account_too),
        cmocka_unit_test(an_hour_that_is_missing_by_day_is_told_in_an_account_that_sleeps_at_night),
        cmocka_unit_test(every_format_tells_a_gap),
        cmocka_unit_test(a_log_without_holes_has_no_gap),
        cmocka_unit_test(a_lost_record_is_no_gap),
        cmocka_unit_test(a_pause_while_the_log_goes_on_is_no_gap),
        cmocka_unit_test(a_pause_of_a_loop_that_is_alone_in_its_account_is_no_gap),
        cmocka_unit_test(the_nights_of_a_small_account_are_no_gaps),
        cmocka_unit_test(what_is_quiet_at_the_same_hours_of_every_day_is_no_gap),
        cmocka_unit_test(an_irregular_loop_has_pauses_not_gaps),
        cmocka_unit_test(silence_of_another_region_is_no_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
