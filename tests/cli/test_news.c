/* `report --new`: what is told to whom, and when nothing is; and what `prune` leaves of it. The dump grows as
 * a trail's does, and each reader has told what it was told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scan.h"

#define RULE "lambda-no-public-access"
#define RUNBOOK "fix-public-access"
#define STATEMENT "FunctionURLAllowPublicAccess"
#define TYPE "AWS::Lambda::Function"

enum { START_S = 1709000000, PERIOD_S = 150 };

struct trail {
    char dir[TLH_PATH_BYTES], db[TLH_PATH_BYTES + 16];
    int n_parts;
};

static void trail_begin(struct trail *t)
{
    tlh_temp_make(t->dir);
    snprintf(t->db, sizeof t->db, "%s/a.db", t->dir);
    t->n_parts = 0;
}

/* What is delivered next; takes the history over. */
static void trail_add(struct trail *t, struct tlh *h)
{
    char part[TLH_PATH_BYTES + 32];
    snprintf(part, sizeof part, "%s/part%d", t->dir, t->n_parts++);
    tlh_deliver(h, part, &(struct tlh_delivery){.gzip = true});
    tlh_free(h);
    free(scan_text(0, (const char *[]){"ingest", "--quiet", "--db", t->db, part, NULL}));
}

static struct tlh *history(const struct trail *t) /* each part draws its ids anew */
{
    return tlh_new(100 + (uint64_t)t->n_parts);
}

static void cycles(struct tlh *h, const char *function, int64_t from_s, int n)
{
    for (int i = 0; i < n; i++) {
        int64_t t = from_s + i * PERIOD_S;
        tlh_verdict(h, t, RULE, TYPE, function, "NON_COMPLIANT");
        tlh_attempt(h, t + 4, RUNBOOK, "FunctionName", function);
        tlh_remove_permission(h, t + 30, &tlh_modify_function, function, STATEMENT);
        tlh_add_permission(h, t + 31, &tlh_modify_function, function, STATEMENT);
    }
}

/* The reader's news: `f:new:10 g:stopped:3`, resources and cycles by the report's order; empty: nothing was
 * printed. */
static void assert_news(const struct trail *t, const char *reader, int exit, const char *want)
{
    char got[256] = "";
    size_t n = 0, i;
    char *text = scan_text(exit, (const char *[]){"report", "--new", "--for", reader, "--format", "json",
                                                  "--fail-on", "running", "--db", t->db, NULL});
    json_t *report = text[0] ? json_loads(text, 0, NULL) : NULL, *loop;
    assert_true(text[0] == '\0' || report);
    json_array_foreach(json_object_get(report, "loops"), i, loop) n +=
        (size_t)snprintf(got + n, sizeof got - n, "%s%s:%s:%d", i ? " " : "", scan_word(loop, "resource.id"),
                         scan_word(loop, "news"), (int)scan_int(loop, "cycles"));
    assert_string_equal(got, want);
    if (report)
        assert_int_equal(json_array_size(scan_get(report, "recurring_drift")), 0);
    json_decref(report);
    free(text);
}

static void a_loop_is_told_when_it_is_new_grows_stops_and_goes_on(void **state)
{
    (void)state;
    struct trail t;
    struct tlh *h;
    trail_begin(&t);
    trail_add(&t, (h = history(&t), cycles(h, "f", START_S, 10), h));
    assert_news(&t, "ops", 1, "f:new:10");
    assert_news(&t, "ops", 0, "");
    trail_add(&t, (h = history(&t), cycles(h, "f", START_S + 10 * PERIOD_S, 5), h));
    assert_news(&t, "ops", 1, "f:grown:15");
    assert_news(&t, "ops", 0, "");
    /* the log goes on without it: stopped is news, and not running */
    trail_add(&t, (h = history(&t), tlh_noise_between(h, START_S + 3000, START_S + 12000, 50, 90), h));
    assert_news(&t, "ops", 0, "f:stopped:15");
    assert_news(&t, "ops", 0, "");
    assert_news(&t, "other", 0, "f:new:15"); /* who was never told hears of it as it is */
    /* four hours later it goes on for two cycles: the same loop again */
    trail_add(&t, (h = history(&t), cycles(h, "f", START_S + 16000, 2), h));
    assert_news(&t, "ops", 1, "f:resumed:17");
    assert_news(&t, "ops", 0, "");
    assert_news(&t, "other", 1, "f:resumed:17");
    /* another one beside it: only that one is told */
    trail_add(&t, (h = history(&t), cycles(h, "g", START_S + 15800, 4), h));
    assert_news(&t, "ops", 1, "g:new:4");
    assert_news(&t, "third", 1, "f:new:17 g:new:4");
    tlh_temp_remove(t.dir);
}

/* Denied attempts, and a resource that people break and remediation repairs: told by `report`, and no news.
 */
static void what_is_no_loop_makes_no_noise(void **state)
{
    (void)state;
    struct trail t;
    trail_begin(&t);
    struct tlh *h = history(&t);
    for (int i = 0; i < 8; i++) {
        tlh_verdict(h, START_S + i * PERIOD_S, RULE, TYPE, "denied", "NON_COMPLIANT");
        tlh_fail_next(h, "AccessDenied");
        tlh_attempt(h, START_S + i * PERIOD_S + 3, RUNBOOK, NULL, NULL);
    }
    for (int day = 0; day < 5; day++) {
        int64_t at = START_S + 86400 * day;
        tlh_add_permission(h, at, &tlh_engineer, "broken", STATEMENT);
        tlh_verdict(h, at + 60, RULE, TYPE, "broken", "NON_COMPLIANT");
        tlh_attempt(h, at + 64, RUNBOOK, "FunctionName", "broken");
        tlh_remove_permission(h, at + 90, &tlh_modify_function, "broken", STATEMENT);
        tlh_verdict(h, at + 150, RULE, TYPE, "broken", "COMPLIANT");
    }
    trail_add(&t, h);
    json_t *report = scan_json(0, (const char *[]){"report", "--format", "json", "--db", t.db, NULL});
    assert_int_equal(scan_n_loops(report), 0);
    assert_true(json_array_size(scan_get(report, "without_effect")) > 0);
    assert_true(json_array_size(scan_get(report, "recurring_drift")) > 0);
    json_decref(report);
    for (int again = 0; again < 2; again++)
        assert_news(&t, "ops", 0, "");
    char *text = scan_text(0, (const char *[]){"report", "--new", "--db", t.db, NULL});
    assert_string_equal(text, "");
    free(text);
    tlh_temp_remove(t.dir);
}

static char *loops_of(const struct trail *t)
{
    json_t *report = scan_json(
        0, (const char *[]){"report", "--format", "json", "--evidence", "all", "--db", t->db, NULL});
    char *text = json_dumps(scan_get(report, "loops"), JSON_INDENT(1));
    json_decref(report);
    return text;
}

/* A loop that runs is whole after `prune`, whatever the time, and is no news; it then grows as if nothing had
 * been removed. One that was over long before goes, and is no news either. */
static void pruning_a_running_loop_changes_nothing_and_is_no_news(void **state)
{
    (void)state;
    static const char *const before[] = {"@1708999000", "@1709001000", "@1709002950", "@1709009000"};
    struct trail t;
    trail_begin(&t);
    struct tlh *h = history(&t);
    cycles(h, "over", START_S - 40 * 86400, 6);
    tlh_put_remediation(h, START_S - 9 * 86400, RULE, TYPE, RUNBOOK, 7, 700);
    cycles(h, "f", START_S, 20);
    tlh_noise_between(h, START_S - 41 * 86400, START_S - 39 * 86400, 600, 900);
    tlh_noise_between(h, START_S - 3600, START_S + 3000, 30, 60);
    tlh_sort(h);
    trail_add(&t, h);
    assert_news(&t, "ops", 1, "f:new:20 over:new:6");
    free(scan_text(0, (const char *[]){"prune", "--quiet", "--before", "@1708000000", "--db", t.db, NULL}));
    char *whole = loops_of(&t);
    assert_null(strstr(whole, "\"over\""));
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        free(scan_text(0, (const char *[]){"prune", "--quiet", "--before", before[i], "--db", t.db, NULL}));
        char *now = loops_of(&t);
        assert_string_equal(now, whole);
        free(now);
        assert_news(&t, "ops", 0, "");
    }
    free(whole);
    trail_add(&t, (h = history(&t), cycles(h, "f", START_S + 20 * PERIOD_S, 3), h));
    assert_news(&t, "ops", 1, "f:grown:23");
    tlh_temp_remove(t.dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loop_is_told_when_it_is_new_grows_stops_and_goes_on),
        cmocka_unit_test(what_is_no_loop_makes_no_noise),
        cmocka_unit_test(pruning_a_running_loop_changes_nothing_and_is_no_news),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
