/* The scanner alone: what it accepts, what it refuses and where, and that jansson agrees wherever it can. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "trailloop/json.h"
#include "trailloop/limits.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A copy of exactly the text's size, so that a read behind its end is seen by a sanitizer. */
static bool scan(tl_str text, struct js *j)
{
    char *copy = malloc(text.n ? text.n : 1);
    assert_non_null(copy);
    if (text.n)
        memcpy(copy, text.p, text.n);
    *j = (struct js){copy, copy + text.n, NULL};
    struct js_value v;
    bool good = js_read_value(j, 0, &v) && js_read_end(j);
    assert_int_equal(good, j->why == NULL);
    assert_true(j->p >= copy && j->p <= copy + text.n);
    j->p = (const char *)(uintptr_t)(j->p - copy); /* the place, for the caller: the copy is gone */
    free(copy);
    return good;
}

static void test_refusal_says_why_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
        size_t at;
    } rows[] = {
        {"", "ends where a value is due", 0},
        {"{\"a\":1", "ends inside an object", 6},
        {"[1,2", "ends inside an array", 4},
        {"[1,]", "not a JSON value", 3},
        {"{\"a\":1,}", "not a JSON key", 7},
        {"{\"a\" 1}", "no colon after a key", 5},
        {"{\"a\":1 \"b\":2}", "no comma or closing brace", 7},
        {"[1 2]", "no comma or closing bracket", 3},
        {"\"ab", "ends inside a string", 3},
        {"\"a\\", "ends inside a string", 2},
        {"\"a\\u12", "ends inside a string", 2},
        {"\"a\\x\"", "not a JSON escape", 2},
        {"\"\\u12g4\"", "not a JSON escape", 1},
        {"\"a\nb\"", "a control character inside a string", 2},
        {"\"12345678\x01\"", "a control character inside a string", 9},
        {"\"\xff\"", "not valid UTF-8", 1},
        {"\"\xc0\xaf\"", "not valid UTF-8", 1},
        {"\"\xed\xa0\x80\"", "not valid UTF-8", 1},
        {"\"\xf4\x90\x80\x80\"", "not valid UTF-8", 1},
        {"\"\xe2\x82\"", "not valid UTF-8", 1},
        {"01", "something follows the value", 1},
        {"-", "not a JSON number", 1},
        {"1.", "not a JSON number", 2},
        {"1e", "not a JSON number", 2},
        {"+1", "not a JSON value", 0},
        {"nul", "not a JSON value", 0},
        {"truth", "not a JSON value", 0},
        {"1 2", "something follows the value", 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct js j;
        if (scan(tl_str_from(rows[i].text), &j) || strcmp(j.why, rows[i].why) != 0 ||
            (size_t)(uintptr_t)j.p != rows[i].at)
            fail_msg("%s: '%s' at %zu", rows[i].text, j.why ? j.why : "accepted", (size_t)(uintptr_t)j.p);
    }
}

static void test_every_prefix_of_a_document_is_refused(void **state)
{
    (void)state;
    tl_str text = TL_STR("{\"k\\u00e9y\":[1.5e-3,true,null,{\"x\":\"\xf0\x9f\x98\x80\\\\\"}],\"z\":false}");
    struct js j;
    for (size_t n = 0; n < text.n; n++)
        assert_false(scan(tl_str_sub(text, 0, n), &j));
    assert_true(scan(text, &j));
}

/* Every byte, alone in a string at every place of the eight that are looked at together. */
static void test_a_byte_is_judged_alike_at_every_place_in_a_string(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        bool plain = c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
        for (size_t at = 0; at < 20; at++) {
            char text[22];
            memset(text, 'x', sizeof text);
            text[0] = text[21] = '"';
            text[1 + at] = (char)c;
            struct js j;
            bool good = scan((tl_str){text, sizeof text}, &j);
            if (good != plain)
                fail_msg("byte 0x%02x at %zu was %s", (unsigned)c, at, good ? "accepted" : "refused");
        }
    }
}

static bool scan_depth(size_t depth, char open, char close)
{
    char *text = malloc(2 * depth);
    assert_non_null(text);
    memset(text, open, depth);
    memset(text + depth, close, depth);
    struct js j;
    bool good = scan((tl_str){text, 2 * depth}, &j);
    free(text);
    return good;
}

static void test_depth_is_limited_and_deep_input_is_no_danger(void **state)
{
    (void)state;
    assert_true(scan_depth(TL_JSON_DEPTH_MAX, '[', ']'));
    assert_false(scan_depth(TL_JSON_DEPTH_MAX + 1, '[', ']'));
    assert_false(scan_depth(1000000, '[', ']'));
}

static void test_unescape(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *text;
    } rows[] = {
        {"plain", "plain"},
        {"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"},
        {"\\u0041\\u00e9\\u20ac", "A\xc3\xa9\xe2\x82\xac"},
        {"\\ud83d\\uDE00", "\xf0\x9f\x98\x80"},
        {"a\\ud83db", "a\xef\xbf\xbd"
                      "b"},
        {"\\udc00", "\xef\xbf\xbd"},
        {"\\ud83d\\ud83d\\ude00", "\xef\xbf\xbd\xf0\x9f\x98\x80"},
        {"\\ud83d\\u0041", "\xef\xbf\xbd"
                           "A"},
        {"\\ud83d", "\xef\xbf\xbd"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[64];
        size_t n = js_unescape(tl_str_from(rows[i].raw), out);
        assert_true(n <= strlen(rows[i].raw));
        assert_int_equal(n, strlen(rows[i].text));
        assert_memory_equal(out, rows[i].text, n);
    }
}

static tl_str get(const char *object, const char *key)
{
    struct js j = {object, object + strlen(object), NULL};
    struct js_value v;
    assert_true(js_read_value(&j, 0, &v));
    return js_get(v, tl_str_from(key)).raw;
}

static void test_get_is_lenient_in_the_first_letter_and_takes_the_last_of_two(void **state)
{
    (void)state;
    assert_true(tl_str_eq(get("{\"groupId\":\"a\"}", "groupId"), TL_STR("a")));
    assert_true(tl_str_eq(get("{\"GroupId\":\"a\"}", "groupId"), TL_STR("a")));
    assert_true(tl_str_eq(get("{\"gr\\u006fupId\":\"a\"}", "groupId"), TL_STR("a")));
    assert_true(tl_str_eq(get("{\"groupId\":\"a\",\"groupId\":\"b\"}", "groupId"), TL_STR("b")));
    assert_int_equal(get("{\"groupID\":\"a\",\"x\":{\"groupId\":1},\"\":2}", "groupId").n, 0);
    assert_int_equal(get("[\"groupId\"]", "groupId").n, 0);
}

/* ---- JSONTestSuite --------------------------------------------------------------------------------- */

static char *read_file(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t cap = 1 << 20;
    char *p = malloc(cap);
    assert_non_null(p);
    *n = fread(p, 1, cap, f);
    assert_true(*n < cap);
    fclose(f);
    return p;
}

/* A case stands as the value of requestParameters, as it would in a record. */
static bool scan_as_member(const char *path)
{
    size_t n;
    char *body = read_file(path, &n);
    struct tl_buf b = {0};
    struct js j;
    assert_int_equal(tl_buf_printf(&b, "{\"requestParameters\":"), 0);
    assert_int_equal(tl_buf_add(&b, body, n), 0);
    assert_int_equal(tl_buf_add(&b, "}", 1), 0);
    bool good = scan(tl_buf_str(&b), &j);
    tl_buf_fini(&b);
    free(body);
    return good;
}

static void test_the_json_test_suite(void **state)
{
    (void)state;
    const char *shared = getenv("TRAILLOOP_SHARED");
    char dir[4096], path[8192];
    snprintf(dir, sizeof dir, "%s/suites/nst+JSONTestSuite/test_parsing", shared ? shared : "");
    DIR *d = shared ? opendir(dir) : NULL;
    if (!d) {
        print_message("skipped: no JSONTestSuite under TRAILLOOP_SHARED\n");
        skip();
    }
    size_t n_accept = 0, n_refuse = 0;
    for (struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] != 'y' && e->d_name[0] != 'n')
            continue;
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        bool want = e->d_name[0] == 'y';
        if (scan_as_member(path) != want)
            fail_msg("%s was %s", e->d_name, want ? "refused" : "accepted");
        n_accept += want;
        n_refuse += !want;
    }
    closedir(d);
    assert_int_equal(n_accept, 95);
    assert_int_equal(n_refuse, 188);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusal_says_why_and_where),
        cmocka_unit_test(test_every_prefix_of_a_document_is_refused),
        cmocka_unit_test(test_a_byte_is_judged_alike_at_every_place_in_a_string),
        cmocka_unit_test(test_depth_is_limited_and_deep_input_is_no_danger),
        cmocka_unit_test(test_unescape),
        cmocka_unit_test(test_get_is_lenient_in_the_first_letter_and_takes_the_last_of_two),
        cmocka_unit_test(test_the_json_test_suite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
