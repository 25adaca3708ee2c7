/* cli time: every form of a point of time, against a fixed clock; what is none is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../../src/cli/options.h"

#define NOW "2024-02-27T12:34:56Z" /* a Tuesday */

static int64_t at(const char *iso)
{
    int64_t t_s = 0;
    assert_true(tl_time_parse(tl_str_from(iso), &t_s));
    return t_s;
}

static void times_are_read_in_every_usual_form(void **state)
{
    (void)state;
    static const struct {
        const char *text, *first, *last;
    } rows[] = {
        /* ISO 8601 */
        {"2024-02-27", "2024-02-27T00:00:00Z", "2024-02-27T23:59:59Z"},
        {"2024-02-27T07:57", "2024-02-27T07:57:00Z", "2024-02-27T07:57:59Z"},
        {"2024-02-27 07:57", "2024-02-27T07:57:00Z", "2024-02-27T07:57:59Z"},
        {"2024-02-27t07:57:54z", "2024-02-27T07:57:54Z", "2024-02-27T07:57:54Z"},
        {"2024-02-27T07:57:54", "2024-02-27T07:57:54Z", "2024-02-27T07:57:54Z"},
        {"2024-02-27T07:57:54Z", "2024-02-27T07:57:54Z", "2024-02-27T07:57:54Z"},
        {"2024-02-27 07:57:54 UTC", "2024-02-27T07:57:54Z", "2024-02-27T07:57:54Z"},
        {"2024-02-27T16:57:54+09:00", "2024-02-27T07:57:54Z", "2024-02-27T07:57:54Z"},
        {"2024-02-27T16:57+0900", "2024-02-27T07:57:00Z", "2024-02-27T07:57:59Z"},
        {"2024-02-27 16:57 +09", "2024-02-27T07:57:00Z", "2024-02-27T07:57:59Z"},
        {"2024-02-26T23:57:54-08:00", "2024-02-27T07:57:54Z", "2024-02-27T07:57:54Z"},
        {"2024-02-27T07:57:54.123Z", "2024-02-27T07:57:54Z", "2024-02-27T07:57:54Z"},
        {"2024-02-27T07:57:54,5", "2024-02-27T07:57:54Z", "2024-02-27T07:57:54Z"},
        {"20240227T0757Z", "2024-02-27T07:57:00Z", "2024-02-27T07:57:59Z"},
        {"20240227T075754", "2024-02-27T07:57:54Z", "2024-02-27T07:57:54Z"},
        {"20240227", "2024-02-27T00:00:00Z", "2024-02-27T23:59:59Z"},
        {"2024-02", "2024-02-01T00:00:00Z", "2024-02-29T23:59:59Z"},
        {"2024-12", "2024-12-01T00:00:00Z", "2024-12-31T23:59:59Z"},
        {"@1709020674", "2024-02-27T07:57:54Z", "2024-02-27T07:57:54Z"},
        /* Words */
        {"now", NOW, NOW},
        {"today", "2024-02-27T00:00:00Z", "2024-02-27T23:59:59Z"},
        {"yesterday", "2024-02-26T00:00:00Z", "2024-02-26T23:59:59Z"},
        {"Yesterday", "2024-02-26T00:00:00Z", "2024-02-26T23:59:59Z"},
        {"yesterday 14:00", "2024-02-26T14:00:00Z", "2024-02-26T14:00:59Z"},
        {"today 09:30:15+09:00", "2024-02-27T00:30:15Z", "2024-02-27T00:30:15Z"},
        {"last friday", "2024-02-23T00:00:00Z", "2024-02-23T23:59:59Z"},
        {"last monday 08:00", "2024-02-26T08:00:00Z", "2024-02-26T08:00:59Z"},
        {"last tuesday", "2024-02-20T00:00:00Z", "2024-02-20T23:59:59Z"},
        {"last wednesday", "2024-02-21T00:00:00Z", "2024-02-21T23:59:59Z"},
        {"2 days ago", "2024-02-25T12:34:56Z", "2024-02-25T12:34:56Z"},
        {"  2   DAYS ago ", "2024-02-25T12:34:56Z", "2024-02-25T12:34:56Z"},
        {"3 hours ago", "2024-02-27T09:34:56Z", "2024-02-27T09:34:56Z"},
        {"3h ago", "2024-02-27T09:34:56Z", "2024-02-27T09:34:56Z"},
        {"1 hour 30 min ago", "2024-02-27T11:04:56Z", "2024-02-27T11:04:56Z"},
        {"90 seconds ago", "2024-02-27T12:33:26Z", "2024-02-27T12:33:26Z"},
        {"a week ago", "2024-02-20T12:34:56Z", "2024-02-20T12:34:56Z"},
        {"an hour ago", "2024-02-27T11:34:56Z", "2024-02-27T11:34:56Z"},
        {"last week", "2024-02-20T12:34:56Z", "2024-02-20T12:34:56Z"},
        {"last month", "2024-01-27T12:34:56Z", "2024-01-27T12:34:56Z"},
        {"3 months ago", "2023-11-27T12:34:56Z", "2023-11-27T12:34:56Z"},
        {"1 year ago", "2023-02-27T12:34:56Z", "2023-02-27T12:34:56Z"},
        {"0 days ago", NOW, NOW},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t first_s = -1, last_s = -1;
        if (!cli_time_parse(rows[i].text, at(NOW), false, &first_s) ||
            !cli_time_parse(rows[i].text, at(NOW), true, &last_s))
            fail_msg("'%s' is not read", rows[i].text);
        if (first_s != at(rows[i].first) || last_s != at(rows[i].last))
            fail_msg("'%s' is %lld to %lld", rows[i].text, (long long)first_s, (long long)last_s);
    }
}

static void a_month_without_that_day_ends_earlier(void **state)
{
    (void)state;
    int64_t t_s = 0;
    assert_true(cli_time_parse("1 month ago", at("2024-03-31T10:00:00Z"), false, &t_s));
    assert_int_equal(t_s, at("2024-02-29T10:00:00Z"));
    assert_true(cli_time_parse("a year ago", at("2024-02-29T10:00:00Z"), false, &t_s));
    assert_int_equal(t_s, at("2023-02-28T10:00:00Z"));
    assert_true(cli_time_parse("yesterday", at("1970-01-01T00:00:00Z"), false, &t_s));
    assert_int_equal(t_s, -86400);
    assert_true(cli_time_parse("last thursday", at("1969-12-31T23:00:00Z"), false, &t_s));
    assert_int_equal(t_s, at("1969-12-25T00:00:00Z"));
}

static void what_is_no_time_is_refused_and_nothing_is_set(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        " ",
        "2024",
        "2024-02-27T07",
        "2024-02-27T",
        "2024-02-27x07:57",
        "2024-2-27",
        "2024-02-30",
        "2023-02-29",
        "2024-13",
        "2024-00-10",
        "0000-01-01",
        "2024-02-27T24:00",
        "2024-02-27T07:60",
        "2024-02-27T07:57:61",
        "2024-02-27T07:57:54ZZ",
        "2024-02-27T07:57:",
        "2024-02-27Z",
        "2024-02-27T07:57+15:00",
        "2024-02-27T07:57+09:",
        "2024-02-27T07:57+9",
        "2024-02-27T07:57 JST",
        "20240227T07575",
        "202402271",
        "@",
        "@-5",
        "@1709020674x",
        "@9999999999999",
        "yesterdayish",
        "yesterday14:00",
        "yesterday 25:00",
        "tomorrow",
        "days ago",
        "2 ago",
        "2 days",
        "2 days ago x",
        "ago",
        "two days ago",
        "2 parsecs ago",
        "2 daysx ago",
        "1000000 days ago",
        "9999 years ago",
        "999999 months ago",
        "last",
        "last 2 days",
        "last day month",
        "last weekday",
        "now now",
        "a ago",
        "-1 days ago",
        "2.5 days ago",
        "2024-02-27T07:57:54.000000000000000000000000000000000000000000000000Z",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t t_s = -1;
        if (cli_time_parse(rows[i], at(NOW), false, &t_s) || cli_time_parse(rows[i], at(NOW), true, &t_s))
            fail_msg("'%s' is read as %lld", rows[i], (long long)t_s);
        assert_int_equal(t_s, -1);
    }
}

/* Every second is read back, and no time leaves the years that can be written. */
static void what_is_written_is_read_back(void **state)
{
    (void)state;
    uint64_t x = 88172645463325252u; /* xorshift64 */
    for (int i = 0; i < 100000; i++) {
        char iso[TL_TIME_MAX_BYTES];
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        int64_t t_s = at("0001-01-01T00:00:00Z") + (int64_t)(x % 315537897600u), back_s = 0;
        assert_true(cli_time_parse(tl_time_format(t_s, iso), at(NOW), i % 2, &back_s));
        assert_int_equal(back_s, t_s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_read_in_every_usual_form),
        cmocka_unit_test(a_month_without_that_day_ends_earlier),
        cmocka_unit_test(what_is_no_time_is_refused_and_nothing_is_set),
        cmocka_unit_test(what_is_written_is_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
