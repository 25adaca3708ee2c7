/* escape: nothing hostile comes out of it as itself, nothing harmless is touched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trailloop/report.h"

/* By the table of RFC 3629, section 4, in another way than the code under test. */
static bool utf8_valid(tl_str s)
{
    const unsigned char *p = (const unsigned char *)s.p, *end = p + s.n;
    while (p < end) {
        unsigned char c = *p++;
        if (c < 0x80)
            continue;
        int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
        if (c < 0xc2 || c > 0xf4 || end - p < more)
            return false;
        unsigned char lo = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
        unsigned char hi = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
        if (p[0] < lo || p[0] > hi)
            return false;
        for (int i = 1; i < more; i++)
            if ((p[i] & 0xc0) != 0x80)
                return false;
        p += more;
    }
    return true;
}

static const struct {
    const char *name;
    tl_str in;
    const char *terminal, *json;
} rows[] = {
    {"plain text", {"a b", 3}, "a b", "\"a b\""},
    {"nothing", {NULL, 0}, "", "\"\""},
    {"letters beyond ASCII",
     {"\xC3\xA9\xE6\x97\xA5\xF0\x9F\x98\x80", 9},
     "\xC3\xA9\xE6\x97\xA5\xF0\x9F\x98\x80",
     "\"\xC3\xA9\xE6\x97\xA5\xF0\x9F\x98\x80\""},
    {"quote and backslash", {"\"\\", 2}, "\"\\", "\"\\\"\\\\\""},
    {"tab and line feed", {"\t\n", 2}, "\\x09\\x0A", "\"\\t\\n\""},
    {"carriage return, backspace, form feed", {"\r\b\f", 3}, "\\x0D\\x08\\x0C", "\"\\r\\b\\f\""},
    {"an escape sequence", {"\x1b[31m", 5}, "\\x1B[31m", "\"\\u001b[31m\""},
    {"NUL", {"a\0b", 3}, "a\\x00b", "\"a\\u0000b\""},
    {"DEL", {"\x7f", 1}, "\\x7F", "\"\\u007f\""},
    {"C1: a one-byte CSI", {"\xC2\x9B", 2}, "\\u{009B}", "\"\\u009b\""},
    {"no-break space is shown", {"\xC2\xA0", 2}, "\xC2\xA0", "\"\xC2\xA0\""},
    {"soft hyphen", {"\xC2\xAD", 2}, "\\u{00AD}", "\"\\u00ad\""},
    {"zero-width space", {"\xE2\x80\x8B", 3}, "\\u{200B}", "\"\\u200b\""},
    {"right-to-left override", {"\xE2\x80\xAE", 3}, "\\u{202E}", "\"\\u202e\""},
    {"isolate", {"\xE2\x81\xA6", 3}, "\\u{2066}", "\"\\u2066\""},
    {"Arabic letter mark", {"\xD8\x9C", 2}, "\\u{061C}", "\"\\u061c\""},
    {"line separator", {"\xE2\x80\xA8", 3}, "\\u{2028}", "\"\\u2028\""},
    {"paragraph separator", {"\xE2\x80\xA9", 3}, "\\u{2029}", "\"\\u2029\""},
    {"byte order mark", {"\xEF\xBB\xBF", 3}, "\\u{FEFF}", "\"\\ufeff\""},
    {"variation selector", {"\xEF\xB8\x8F", 3}, "\\u{FE0F}", "\"\\ufe0f\""},
    {"Hangul filler", {"\xE3\x85\xA4", 3}, "\\u{3164}", "\"\\u3164\""},
    {"tag character", {"\xF3\xA0\x81\x81", 4}, "\\u{E0041}", "\"\\udb40\\udc41\""},
    {"non-character U+FFFE", {"\xEF\xBF\xBE", 3}, "\\u{FFFE}", "\"\\ufffe\""},
    {"non-character U+FDD0", {"\xEF\xB7\x90", 3}, "\\u{FDD0}", "\"\\ufdd0\""},
    {"non-character U+10FFFF", {"\xF4\x8F\xBF\xBF", 4}, "\\u{10FFFF}", "\"\\udbff\\udfff\""},
    {"a lone continuation byte", {"a\x80z", 3}, "a\\x80z", "\"a\xEF\xBF\xBDz\""},
    {"an overlong slash", {"\xC0\xAF", 2}, "\\xC0\\xAF", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
    {"an overlong NUL of three bytes",
     {"\xE0\x80\x80", 3},
     "\\xE0\\x80\\x80",
     "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
    {"a surrogate", {"\xED\xA0\x80", 3}, "\\xED\\xA0\\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
    {"above U+10FFFF",
     {"\xF4\x90\x80\x80", 4},
     "\\xF4\\x90\\x80\\x80",
     "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
    {"a character cut at the end", {"x\xE2\x82", 3}, "x\\xE2\\x82", "\"x\xEF\xBF\xBD\xEF\xBF\xBD\""},
};

static void each_class_of_character_has_its_escape(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tl_buf t = {0}, j = {0};
        assert_int_equal(tl_escape_terminal(&t, rows[i].in), 0);
        assert_int_equal(tl_escape_json(&j, rows[i].in), 0);
        if (!tl_str_eq(tl_buf_str(&t), tl_str_from(rows[i].terminal)))
            fail_msg("%s on a terminal: %.*s", rows[i].name, TL_FMT(tl_buf_str(&t)));
        if (!tl_str_eq(tl_buf_str(&j), tl_str_from(rows[i].json)))
            fail_msg("%s in JSON: %.*s", rows[i].name, TL_FMT(tl_buf_str(&j)));
        tl_buf_fini(&t);
        tl_buf_fini(&j);
    }
}

/* A check that shares nothing with the code: no byte below space, no DEL, valid UTF-8, and none of these
 * sequences. */
static void assert_harmless(tl_str s)
{
    static const char *const never[] = {
        "\xC2\x85",     "\xC2\x9B",     "\xC2\xAD",     "\xD8\x9C",     "\xE1\xA0\x8E", "\xE2\x80\x8B",
        "\xE2\x80\x8D", "\xE2\x80\x8E", "\xE2\x80\x8F", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAA",
        "\xE2\x80\xAB", "\xE2\x80\xAC", "\xE2\x80\xAD", "\xE2\x80\xAE", "\xE2\x81\xA0", "\xE2\x81\xA6",
        "\xE2\x81\xA9", "\xEF\xBB\xBF", "\xEF\xBF\xBE", "\xEF\xBF\xBF", "\xEF\xBF\xB9",
    };
    assert_true(utf8_valid(s));
    for (size_t i = 0; i < s.n; i++)
        assert_true((unsigned char)s.p[i] >= 0x20 && s.p[i] != 0x7f);
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        assert_true(tl_str_find(s, tl_str_from(never[i])) == SIZE_MAX);
}

static void check_both(tl_str s, bool valid)
{
    struct tl_buf t = {0}, j = {0};
    assert_int_equal(tl_escape_terminal(&t, s), 0);
    assert_harmless(tl_buf_str(&t));
    assert_int_equal(tl_escape_json(&j, s), 0);
    assert_harmless(tl_buf_str(&j));
    json_t *back = json_loadb(j.p, j.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert_non_null(back);
    if (valid) { /* what was text comes back exactly */
        assert_int_equal(json_string_length(back), s.n);
        assert_memory_equal(json_string_value(back), s.p ? s.p : "", s.n);
    }
    json_decref(back);
    tl_buf_fini(&t);
    tl_buf_fini(&j);
}

static void random_bytes_are_harmless_and_parse(void **state)
{
    (void)state;
    uint32_t x = 2463534242u; /* xorshift, Marsaglia 2003: the same bytes in every run */
    for (int round = 0; round < 20000; round++) {
        char bytes[24];
        size_t n = 0;
        for (; n < sizeof bytes; n++) {
            x ^= x << 13, x ^= x >> 17, x ^= x << 5;
            bytes[n] = x >> 24 > 128 ? "\x80\xA8\xAE\xBF\xE2\xEF\xF3\xC2\xED\xF4"[x % 10] : (char)(x % 256);
        }
        check_both((tl_str){bytes, n}, utf8_valid((tl_str){bytes, n}));
    }
}

static void every_code_point_comes_back_from_json(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        char b[4];
        size_t n;
        if (c >= 0xD800 && c <= 0xDFFF)
            continue;
        if (c < 0x80)
            b[0] = (char)c, n = 1;
        else if (c < 0x800)
            b[0] = (char)(0xC0 | c >> 6), b[1] = (char)(0x80 | (c & 63)), n = 2;
        else if (c < 0x10000)
            b[0] = (char)(0xE0 | c >> 12), b[1] = (char)(0x80 | (c >> 6 & 63)),
            b[2] = (char)(0x80 | (c & 63)), n = 3;
        else
            b[0] = (char)(0xF0 | c >> 18), b[1] = (char)(0x80 | (c >> 12 & 63)),
            b[2] = (char)(0x80 | (c >> 6 & 63)), b[3] = (char)(0x80 | (c & 63)), n = 4;
        check_both((tl_str){b, n}, true);
    }
}

static void naughty_strings_are_harmless(void **state)
{
    (void)state;
    const char *shared = getenv("TRAILLOOP_SHARED");
    char path[4096];
    snprintf(path, sizeof path, "%s/suites/minimaxir+big-list-of-naughty-strings/blns.json",
             shared ? shared : "");
    json_t *list = shared ? json_load_file(path, 0, NULL) : NULL;
    if (!list) {
        print_message("skipped: no big list of naughty strings under TRAILLOOP_SHARED\n");
        skip();
    }
    size_t i;
    json_t *s;
    assert_true(json_array_size(list) > 400);
    json_array_foreach(list, i, s)
    {
        check_both((tl_str){json_string_value(s), json_string_length(s)}, true);
    }
    json_decref(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_class_of_character_has_its_escape),
        cmocka_unit_test(random_bytes_are_harmless_and_parse),
        cmocka_unit_test(every_code_point_comes_back_from_json),
        cmocka_unit_test(naughty_strings_are_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
