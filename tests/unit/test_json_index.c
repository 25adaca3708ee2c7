/* The index: it proves no text that the scanner refuses, every compact text that the scanner accepts, and it
 * finds the ends of strings and containers where the scanner finds them; whichever way it is built, and
 * whatever stands behind the text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/json/index.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The same numbers in every run. */
static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static bool accepts(tl_str text)
{
    struct js j = {text.p, text.p + text.n, NULL};
    struct js_value v;
    return js_peek(&j) == JS_OBJECT && js_read_value(&j, 0, &v) && js_read_end(&j);
}

/* The members of a proved object, with and without the index. */
static void check_members(struct js plain, struct js fast)
{
    struct js_value a, b;
    bool first_a = true, first_b = true;
    js_open(&plain);
    js_open(&fast);
    for (;;) {
        bool more = js_next_member(&plain, &first_a, &a);
        assert_int_equal(js_next_member(&fast, &first_b, &b), more);
        if (!more)
            break;
        assert_true(a.escaped == b.escaped && a.raw.p == b.raw.p && a.raw.n == b.raw.n);
        assert_true(js_read_value(&plain, 1, &a));
        assert_true(js_read_value(&fast, 1, &b));
        assert_true(a.type == b.type && a.escaped == b.escaped && a.raw.p == b.raw.p && a.raw.n == b.raw.n);
    }
    assert_null(plain.why);
    assert_null(fast.why);
    assert_ptr_equal(plain.p, fast.p);
}

/* The keys of the text's own members, which the index lists. */
static void check_keys(const struct js_index *x, tl_str text)
{
    struct js j = {text.p, text.p + text.n, NULL, NULL};
    struct js_value key, ignored;
    bool first = true;
    size_t n = 0;
    js_open(&j);
    while (js_next_member(&j, &first, &key)) {
        assert_true(n < x->n_members);
        assert_ptr_equal(x->text + x->members[n] + 1, key.raw.p);
        assert_true(js_read_value(&j, 1, &ignored));
        n++;
    }
    assert_int_equal(n, x->n_members);
}

/* Walks a proved text with and without the index. */
static void check_walk(const struct js_index *x, tl_str text)
{
    struct js plain = {text.p, text.p + text.n, NULL}, fast = {text.p, text.p + text.n, NULL, x};
    for (const char *p = text.p; p < text.p + text.n; p++) {
        struct js_value a, b;
        plain.p = fast.p = p;
        if (*p != '{' && *p != '[' && *p != '"')
            continue;
        bool starts_string = *p == '"';
        if (starts_string && p > text.p && !strchr("{[,:", p[-1]))
            continue;
        if (*p == '{')
            check_members(plain, fast);
        assert_true(js_read_value(&plain, 0, &a));
        assert_true(js_read_value(&fast, 0, &b));
        assert_ptr_equal(plain.p, fast.p);
        assert_true(a.type == b.type && a.escaped == b.escaped && a.raw.p == b.raw.p && a.raw.n == b.raw.n);
        if (starts_string)
            p = plain.p - 1; /* what is in it is no text of its own */
    }
}

/* The other ways, and other bytes behind the text, change nothing. */
static void check_ways(const struct js_index *x, tl_str text, bool proved)
{
    static const char behind[] =
        ",{\"eventVersion\":\"\\\x01\xff 1}]]}}\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"";
    struct js_index y = {0};
    char *more = malloc(text.n + sizeof behind);
    int r;
    assert_non_null(more);
    memcpy(more, text.p, text.n);
    memcpy(more + text.n, behind, sizeof behind);
    for (unsigned rank = 0; js_way(rank); rank++) {
        assert_int_equal(js_way(rank)->build(&y, text, &r) && y.n_bytes == text.n, proved);
        if (!proved)
            continue;
        for (size_t tail = 0; tail < sizeof behind; tail++) {
            assert_true(js_way(rank)->build(&y, (tl_str){more, text.n + tail}, &r));
            assert_int_equal(y.n_bytes, text.n);
            assert_int_equal(y.n_members, x->n_members);
            assert_memory_equal(y.members, x->members, x->n_members * sizeof *x->members);
            assert_memory_equal(y.words, x->words, (text.n + 63) / 64 * sizeof *x->words);
        }
    }
    js_index_fini(&y);
    free(more);
}

/* The verdict on a copy of exactly the text's size, so that a read behind its end is seen by a sanitizer. */
static bool check(tl_str text, bool compact)
{
    struct js_index x = {0};
    char *copy = malloc(text.n ? text.n : 1);
    int r;
    assert_non_null(copy);
    if (text.n)
        memcpy(copy, text.p, text.n);
    tl_str s = {copy, text.n};
    bool proved = js_index_build(&x, s, &r) && x.n_bytes == s.n, good = accepts(s);
    assert_int_equal(r, 0);
    if (proved ? !good : good && compact)
        fail_msg("%s, but the scanner %s it: %.*s", proved ? "proved" : "not proved",
                 good ? "accepts" : "refuses", TL_FMT(text));
    if (proved) {
        check_walk(&x, s);
        check_keys(&x, s);
    }
    if (s.n)
        check_ways(&x, s, proved);
    js_index_fini(&x);
    free(copy);
    return proved;
}

static void the_proof_is_the_scanner_s_verdict_on_all_short_texts(void **state)
{
    (void)state;
    static const char *const tokens[] = {"{", "}", "[", "]", ",", ":", "\"k\"", "1"};
    enum { N = sizeof tokens / sizeof *tokens, LONGEST = 5 };
    unsigned n_proved = 0;
    for (unsigned length = 0, n = 1; length <= LONGEST; length++, n *= N)
        for (unsigned i = 0; i < n; i++) {
            char text[64] = "{\"a\":";
            for (unsigned k = 0, left = i; k < length; k++, left /= N)
                strcat(text, tokens[left % N]);
            strcat(text, "}");
            n_proved += check(tl_str_from(text), true);
        }
    assert_true(n_proved > 20);
}

/* Something of JSON at random, of any length, broken with a low chance at each step. */
static void add_random(struct tl_buf *b, uint32_t *seed, int levels)
{
    static const char *const scalars[] = {"1",
                                          "-0.5e+3",
                                          "true",
                                          "false",
                                          "null",
                                          "\"\"",
                                          "\"a\\\\\"",
                                          "\"\\u00e9\\\"\"",
                                          "\"{[,:]}\"",
                                          "\"a string that is longer than the others\"",
                                          "\"\xc3\xa9\"",
                                          "\"\xf0\x9f\x98\x80\""};
    static const char *const broken[] = {
        "01", "tru", "\"\\x\"", "\"\\u12\"", "\"\x01\"", "\"\xc3\"",         "\"", ",",   ":",
        "}",  "]",   "{",       "[",         "\\",       "\"\xed\xa0\x80\"", " ",  "\x80"};
    if (next_random(seed) % 150 == 0)
        tl_buf_add_str(b, tl_str_from(broken[next_random(seed) % (sizeof broken / sizeof *broken)]));
    unsigned choice = next_random(seed) % 4;
    if (levels == 0 || choice >= 2) {
        tl_buf_add_str(b, tl_str_from(scalars[next_random(seed) % (sizeof scalars / sizeof *scalars)]));
        return;
    }
    tl_buf_add(b, choice ? "{" : "[", 1);
    for (unsigned i = 0, n = next_random(seed) % 5; i < n; i++) {
        if (i)
            tl_buf_add(b, ",", 1);
        if (choice)
            tl_buf_printf(b, "\"%.*s\":", (int)(next_random(seed) % 12), "keykeykeykey");
        add_random(b, seed, levels - 1);
    }
    tl_buf_add(b, choice ? "}" : "]", 1);
}

static void the_proof_is_the_scanner_s_verdict_on_random_texts(void **state)
{
    (void)state;
    struct tl_buf b = {0};
    uint32_t seed = 5;
    unsigned n_proved = 0;
    for (unsigned i = 0; i < 20000; i++) {
        b.n = 0;
        tl_buf_printf(&b, "{\"%.*s\":", (int)(next_random(&seed) % 70),
                      "0123456789012345678901234567890123456789012345678901234567890123456789");
        add_random(&b, &seed, 6);
        tl_buf_add(&b, "}", 1);
        n_proved += check(tl_buf_str(&b), !memchr(b.p, ' ', b.n));
    }
    assert_in_range(n_proved, 5000, 19900); /* both sides are tried */
    tl_buf_fini(&b);
}

/* A good text with a byte of it changed, taken away or put in: the kind of damage that is nearly right. */
static void the_proof_is_never_wrong_about_changed_bytes(void **state)
{
    (void)state;
    static const char text[] =
        "{\"eventVersion\":\"1.08\",\"userIdentity\":{\"type\":\"IAMUser\",\"n\":[1,2,{}]},"
        "\"requestParameters\":{\"a\":{\"b\":\"\\\\\\\"c\\u0041\"},\"list\":[[],true,\"\xe2\x82\xac\"]},"
        "\"readOnly\":false,\"x\":-1.5E9}";
    static const char bytes[] = "{}[],:\"\\ 0au\n\x01\x80\xc3";
    size_t n = sizeof text - 1;
    char changed[sizeof text + 1];
    assert_true(check((tl_str){text, n}, true));
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < sizeof bytes; k++) {
            bool last = k == sizeof bytes - 1;
            memcpy(changed, text, n);
            changed[i] = bytes[k];
            check((tl_str){changed, n}, false);
            memcpy(changed + i + 1, text + i, n - i);
            check((tl_str){changed, n + 1}, false);
            memcpy(changed + i, text + i + 1, n - i - 1);
            if (last)
                check((tl_str){changed, n - 1}, false);
        }
    for (size_t i = 0; i < n; i++)
        assert_false(check((tl_str){text, i}, false));
}

static void depth_is_left_to_the_scanner(void **state)
{
    (void)state;
    for (unsigned depth = 1; depth < 600; depth++) {
        struct tl_buf b = {0};
        for (unsigned i = 0; i < depth; i++)
            tl_buf_add_str(&b, TL_STR("{\"a\":"));
        tl_buf_add(&b, "1", 1);
        for (unsigned i = 0; i < depth; i++)
            tl_buf_add(&b, "}", 1);
        assert_int_equal(check(tl_buf_str(&b), false), depth < 64);
        tl_buf_fini(&b);
    }
}

static void the_json_test_suite_is_proved_only_where_it_is_valid(void **state)
{
    (void)state;
    const char *shared = getenv("TRAILLOOP_SHARED");
    char dir[4096], path[8192], text[1 << 18];
    snprintf(dir, sizeof dir, "%s/suites/nst+JSONTestSuite/test_parsing", shared ? shared : "");
    DIR *d = shared ? opendir(dir) : NULL;
    if (!d) {
        print_message("skipped: no JSONTestSuite under TRAILLOOP_SHARED\n");
        skip();
    }
    unsigned n_proved = 0;
    for (struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        FILE *f = fopen(path, "rb");
        assert_non_null(f);
        size_t n = (size_t)snprintf(text, sizeof text, "{\"requestParameters\":");
        n += fread(text + n, 1, sizeof text - n - 1, f);
        fclose(f);
        text[n++] = '}';
        bool proved = check((tl_str){text, n}, false);
        assert_false(proved && e->d_name[0] == 'n');
        n_proved += proved;
    }
    closedir(d);
    assert_true(n_proved > 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_proof_is_the_scanner_s_verdict_on_all_short_texts),
        cmocka_unit_test(the_proof_is_the_scanner_s_verdict_on_random_texts),
        cmocka_unit_test(the_proof_is_never_wrong_about_changed_bytes),
        cmocka_unit_test(depth_is_left_to_the_scanner),
        cmocka_unit_test(the_json_test_suite_is_proved_only_where_it_is_valid),
    };
    return cmocka_run_group_tests_name("json_index", tests, NULL, NULL);
}
