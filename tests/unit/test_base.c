/* base: text, memory and time on their edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <malloc.h>
#include <string.h>

#include "trailloop/base.h"

static void the_first_error_wins(void **state)
{
    (void)state;
    struct tl_err e = {0};
    assert_int_equal(tl_err_set(&e, TL_EIO, "cannot read '%s'", "a"), TL_EIO);
    assert_int_equal(tl_err_set(&e, TL_EDB, "later"), TL_EDB);
    assert_int_equal(e.code, TL_EIO);
    assert_string_equal(e.msg, "cannot read 'a'");
    assert_int_equal(tl_err_nomem(NULL), TL_ENOMEM);
}

static void slices_compare_by_bytes(void **state)
{
    (void)state;
    assert_true(tl_str_cmp(TL_STR("ab"), TL_STR("abc")) < 0);
    assert_true(tl_str_cmp(TL_STR("b"), TL_STR("abc")) > 0);
    assert_true(tl_str_eq(TL_STR_NONE, TL_STR("")));
    assert_true(tl_str_eq(TL_STR("a\0b"), TL_STR("a\0b")));
    assert_false(tl_str_eq(TL_STR("a\0b"), TL_STR("a\0c")));
    assert_int_equal(tl_str_find(TL_STR("abcbc"), TL_STR("bc")), 1);
    assert_true(tl_str_find(TL_STR("abc"), TL_STR("x")) == SIZE_MAX);
    assert_int_equal(tl_str_rfind_char(TL_STR("a/b/c"), '/'), 3);
    assert_int_equal(tl_str_sub(TL_STR("abc"), 1, 99).n, 2);
    assert_int_equal(tl_str_sub(TL_STR("abc"), 3, 2).n, 0);
}

static void only_one_form_of_a_uuid_is_its_bytes(void **state)
{
    (void)state;
    static const uint8_t want[16] = {0xb1, 0x89, 0x2b, 0xf2, 0x9a, 0x28, 0x4b, 0xd2,
                                     0x8f, 0x36, 0xbf, 0xdd, 0xc1, 0xe3, 0x2b, 0xeb};
    static const char *const others[] = {
        "",
        "B1892bf2-9a28-4bd2-8f36-bfddc1e32beb",
        "b1892bf29a28-4bd2-8f36-bfddc1e32beb-",
        "b1892bf2-9a28-4bd2-8f36-bfddc1e32be",
        "b1892bf2-9a28-4bd2-8f36-bfddc1e32bebb",
        "b1892bf2-9a28-4bd2-8f36-bfddc1e32beg",
        "g1892bf2-9a28-4bd2-8f36-bfddc1e32beb",
    };
    uint8_t id[16];
    assert_true(tl_uuid_parse(TL_STR("b1892bf2-9a28-4bd2-8f36-bfddc1e32beb"), id));
    assert_memory_equal(id, want, sizeof id);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(tl_uuid_parse(tl_str_from(others[i]), id));
}

static void globs_match_whole_texts(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *s;
        bool match;
    } rows[] = {
        {"ec2:Revoke*", "ec2:RevokeSecurityGroupIngress", true},
        {"ec2:Revoke*", "ec2:AuthorizeSecurityGroupIngress", false},
        {"*", "", true},
        {"", "", true},
        {"", "a", false},
        {"*:Put*Policy", "s3:PutBucketPolicy", true},
        {"*:Put*Policy", "s3:PutBucketPolicyX", false},
        {"a*a*a", "aa", false},
        {"a**b", "ab", true},
        {"*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(tl_str_glob(tl_str_from(rows[i].pattern), tl_str_from(rows[i].s)), rows[i].match);
}

static void an_arena_keeps_its_memory_over_a_reset(void **state)
{
    (void)state;
    struct tl_arena a = {0};
    tl_str s;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 1000; i++) {
            assert_int_equal(tl_arena_copy(&a, TL_STR("some text that is copied"), &s), 0);
            assert_true(tl_str_eq(s, TL_STR("some text that is copied")));
        }
        char *big = tl_arena_alloc(&a, 1000000);
        assert_non_null(big);
        memset(big, 1, 1000000);
        assert_int_equal((uintptr_t)tl_arena_alloc(&a, 1) % _Alignof(max_align_t), 0);
        tl_arena_reset(&a);
    }
    assert_null(tl_arena_alloc(&a, SIZE_MAX));
    assert_null(tl_arena_calloc(&a, SIZE_MAX / 2, 3));
    tl_arena_fini(&a);
}

static void an_arena_does_not_grow_with_the_sizes_asked_for(void **state)
{
    (void)state;
    struct tl_arena a = {0};
    size_t before = 0;
    for (size_t round = 0; round < 500; round++) {
        assert_non_null(tl_arena_alloc(&a, 70000 + 16 * round));
        assert_non_null(tl_arena_alloc(&a, 70000 + 16 * round));
        tl_arena_reset(&a);
        before = round == 0 ? mallinfo2().uordblks : before;
    }
    assert_true(mallinfo2().uordblks < before + 1000000);
    tl_arena_fini(&a);
}

static void an_arena_goes_back_to_a_mark(void **state)
{
    (void)state;
    struct tl_arena a = {0}, empty = a;
    char *first = tl_arena_alloc(&a, 100);
    struct tl_arena mark = a;
    assert_non_null(first);
    memset(first, 'x', 100);
    size_t before = 0;
    for (size_t round = 0; round < 500; round++) {
        assert_non_null(tl_arena_alloc(&a, 1000));
        assert_non_null(tl_arena_alloc(&a, 200000)); /* in a block of its own */
        tl_arena_back(&a, &mark);
        before = round == 0 ? mallinfo2().uordblks : before;
    }
    assert_int_equal(mallinfo2().uordblks, before);
    assert_true(first[0] == 'x' && first[99] == 'x');
    tl_arena_back(&a, &empty);
    assert_ptr_equal(tl_arena_alloc(&a, 100), first);
    tl_arena_fini(&a);
}

static void a_text_is_found_wherever_it_is(void **state)
{
    (void)state;
    static const char needle_text[] = "needle of a length that is more than 32 bytes: xy";
    char text[120];
    for (size_t length = 1; length < sizeof needle_text; length++)
        for (size_t at = 0; at + length <= sizeof text; at++) {
            tl_str needle = {needle_text, length};
            memset(text, 'y', sizeof text);
            memset(text, 'n', at); /* near misses before it */
            memcpy(text + at, needle_text, length);
            size_t want = length == 1 ? 0 : at;
            assert_int_equal(tl_str_find((tl_str){text, sizeof text}, needle), want);
            assert_int_equal(tl_str_find((tl_str){text, at + length}, needle), want);
            assert_int_equal(tl_str_find((tl_str){text, at + length - 1}, needle),
                             length == 1 && at ? 0 : SIZE_MAX);
        }
}

static void times_are_read_and_written(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t t_s;
        bool ok;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0, true},
        {"2024-02-27T07:57:24Z", 1709020644, true},
        {"2024-02-27T16:57:24+09:00", 1709020644, true},
        {"2024-02-27T07:57:24.123Z", 1709020644, true},
        {"2024-02-29T00:00:00Z", 1709164800, true},
        {"2023-02-29T00:00:00Z", 0, false},
        {"1900-02-29T00:00:00Z", 0, false},
        {"2000-02-29T00:00:00Z", 951782400, true},
        {"1969-12-31T23:59:59Z", -1, true},
        {"9999-12-31T23:59:59Z", 253402300799, true},
        {"2024-02-27", 0, false},
        {"2024-02-27T07:57:24", 0, false},
        {"2024-02-27T07:57:24Zx", 0, false},
        {"2024-02-27T24:00:00Z", 0, false},
        {"2024-13-01T00:00:00Z", 0, false},
        {"2024-02-27T07:57:24.Z", 0, false},
        {"", 0, false},
    };
    char out[TL_TIME_MAX_BYTES];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t t = 0;
        assert_int_equal(tl_time_parse(tl_str_from(rows[i].text), &t), rows[i].ok);
        assert_int_equal(t, rows[i].t_s);
        if (rows[i].ok && strlen(rows[i].text) == 20)
            assert_string_equal(tl_time_format(t, out), rows[i].text);
    }
    for (int64_t t = -62135596800; t < 253402300799;
         t += 86399 * 1001) { /* there and back over ten thousand years */
        int64_t back;
        assert_true(tl_time_parse(tl_str_from(tl_time_format(t, out)), &back));
        assert_true(back == t);
    }
    assert_string_equal(tl_time_format(INT64_MAX, out), "9999-12-31T23:59:59Z");
    assert_string_equal(tl_time_format(INT64_MIN, out), "0000-01-01T00:00:00Z");
}

static void durations_are_read_and_written(void **state)
{
    (void)state;
    char out[TL_TIME_MAX_BYTES];
    assert_string_equal(tl_duration_format(45, out), "45 s");
    assert_string_equal(tl_duration_format(150, out), "2 min 30 s");
    assert_string_equal(tl_duration_format(120, out), "2 min");
    assert_string_equal(tl_duration_format(11520, out), "3 h 12 min");
    assert_string_equal(tl_duration_format(100 * 3600, out), "4 d 4 h");
    assert_string_equal(tl_duration_format(-1, out), "0 s");
    int64_t d;
    assert_true(tl_duration_parse(TL_STR("15m"), &d) && d == 900);
    assert_true(tl_duration_parse(TL_STR("900"), &d) && d == 900);
    assert_true(tl_duration_parse(TL_STR("4d"), &d) && d == 345600);
    assert_false(tl_duration_parse(TL_STR(""), &d));
    assert_false(tl_duration_parse(TL_STR("0"), &d));
    assert_false(tl_duration_parse(TL_STR("m"), &d));
    assert_false(tl_duration_parse(TL_STR("1w"), &d));
    assert_false(tl_duration_parse(TL_STR("15mm"), &d));
    assert_false(tl_duration_parse(TL_STR("99999999999999999999"), &d));
    assert_false(tl_duration_parse(TL_STR("367d"), &d));
}

static void the_nearest_word_is_one_that_could_be_meant(void **state)
{
    (void)state;
    static const char *const words[] = {"scan", "ingest", "report", "show", "stats"};
    static const struct {
        const char *given, *nearest;
    } rows[] = {
        {"scna", "scan"},  {"sacn", "scan"},     {"sho", "show"}, {"reprot", "report"},
        {"stat", "stats"}, {"ingset", "ingest"}, {"xyz", NULL},   {"frobnicate", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *got = tl_nearest(rows[i].given, words, sizeof words / sizeof *words);
        if (rows[i].nearest)
            assert_string_equal(got, rows[i].nearest);
        else
            assert_null(got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_error_wins),
        cmocka_unit_test(slices_compare_by_bytes),
        cmocka_unit_test(only_one_form_of_a_uuid_is_its_bytes),
        cmocka_unit_test(globs_match_whole_texts),
        cmocka_unit_test(an_arena_keeps_its_memory_over_a_reset),
        cmocka_unit_test(an_arena_does_not_grow_with_the_sizes_asked_for),
        cmocka_unit_test(an_arena_goes_back_to_a_mark),
        cmocka_unit_test(a_text_is_found_wherever_it_is),
        cmocka_unit_test(times_are_read_and_written),
        cmocka_unit_test(durations_are_read_and_written),
        cmocka_unit_test(the_nearest_word_is_one_that_could_be_meant),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
