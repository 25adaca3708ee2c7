/* Every document in every format, with every text of it hostile: nothing that could act on a terminal, in a
 * spreadsheet, in a browser, in a shell or in a parser comes through, and the structure is that of harmless
 * data. The checks share nothing with the code: their tables and parsers are their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_build.h"

static const char *const hostile[] = {
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='x",
    "</style></title></svg><!--",
    "]]><![CDATA[",
    "&lt;b&gt;&amp;&#x3c;",
    "=HYPERLINK(\"http://x\",\"y\")",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\tTAB=1",
    "\r=1",
    "a,b;c\"d\"\r\ne",
    "\xEF\xBC\x9D"
    "1+1",
    "\x1b[31mred\x1b]0;title\x07",
    "\xC2\x9B"
    "31m",
    "a\xE2\x80\xAE"
    "b\xE2\x80\x8B"
    "c\xE2\x81\xA6"
    "d\xEF\xBB\xBF",
    "\xE2\x80\xA8 \xE2\x80\xA9 \xC2\x85",
    "\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xB7\x90\xF4\x8F\xBF\xBF",
    "\xC0\xAF\xED\xA0\x80\xF8\x88\x80\x80\x80\xFF\x80",
    "cut \xE2\x82",
    "\xF3\xA0\x81\x81 tag",
    "$(rm -rf /) `id` '; rm x; '",
    "'\"'\"' && curl x | sh",
    "\\",
    "\\\" \\n {label=\"x\"} 1",
    "line\nloop{x=\"y\"} 1\n# HELP z",
    "| a | b |\n|---|---|",
    "`code` ``two`` ```three",
    "```\n# heading\n- [x] item",
    "[x](javascript:alert(1)) ![i](http://x/y.png)",
    "http://x.example/ www.x.example a@b.example @team #12 :smile:",
    "<http://x> <b>bold</b> &nbsp; ~~s~~ *e* __s__",
    "{\"a\":1}\n{\"b\":2}",
    "%s%n%d %.*s",
    " leading and trailing ",
    "",
};

/* ---- what never comes out -------------------------------------------------------------------- */

static size_t decode(const unsigned char *p, size_t n, uint32_t *c)
{
    if (p[0] < 0x80)
        return *c = p[0], 1;
    size_t len = p[0] >= 0xF0 && p[0] <= 0xF4  ? 4
                 : p[0] >= 0xE0 && p[0] < 0xF0 ? 3
                 : p[0] >= 0xC2 && p[0] < 0xE0 ? 2
                                               : 0;
    if (len == 0 || len > n)
        return 0;
    uint32_t v = p[0] & (0x7Fu >> len);
    for (size_t i = 1; i < len; i++) {
        if (p[i] >> 6 != 2)
            return 0;
        v = v * 64 + p[i] % 64;
    }
    *c = v;
    return (len == 3 && (v < 0x800 || v >> 11 == 0x1B)) || (len == 4 && (v < 0x10000 || v > 0x10FFFF)) ? 0
                                                                                                       : len;
}

static bool never(uint32_t c, bool crlf)
{
    return (c < 0x20 && c != '\t' && c != '\n' && !(crlf && c == '\r')) || (c >= 0x7F && c < 0xA0) ||
           c == 0xAD || c == 0x61C || c == 0x180E || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
           (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xFDD0 && c <= 0xFDEF) || (c % 0x10000 >= 0xFFFE) ||
           (c >= 0xE0000 && c <= 0xE0FFF) || (c >= 0xFE00 && c <= 0xFE0F);
}

static void assert_nothing_raw(const struct tl_buf *b, bool crlf, const char *what)
{
    for (size_t i = 0; i < b->n;) {
        uint32_t c = 0;
        size_t n = decode((const unsigned char *)b->p + i, b->n - i, &c);
        if (n == 0)
            fail_msg("%s: invalid UTF-8 at byte %zu", what, i);
        if (never(c, crlf) || (c == '\r' && (i + 1 == b->n || b->p[i + 1] != '\n')))
            fail_msg("%s: U+%04X at byte %zu", what, (unsigned)c, i);
        i += n;
    }
}

/* ---- structure ------------------------------------------------------------------------------- */

/* Everything from `<` to `>`, one after the other. */
static char *tags_of(const struct tl_buf *b)
{
    char *tags = malloc(b->n + 1), *to = tags;
    bool inside = false;
    assert_non_null(tags);
    for (size_t i = 0; i < b->n; i++) {
        inside |= b->p[i] == '<';
        if (inside)
            *to++ = b->p[i];
        inside &= b->p[i] != '>';
    }
    *to = '\0';
    return tags;
}

static size_t count(const struct tl_buf *b, const char *what)
{
    size_t n = 0, at;
    for (tl_str s = tl_buf_str(b); (at = tl_str_find(s, tl_str_from(what))) != SIZE_MAX;
         s = tl_str_sub(s, at + strlen(what), s.n))
        n++;
    return n;
}

/* Without what stands in double quotes, in which a backslash takes the next character along. */
static char *without_values(const struct tl_buf *b)
{
    char *rest = malloc(b->n + 1), *to = rest;
    bool inside = false;
    assert_non_null(rest);
    for (size_t i = 0; i < b->n; i++) {
        if (inside && b->p[i] == '\\')
            i++;
        else if (b->p[i] == '"')
            inside = !inside;
        else if (!inside)
            *to++ = b->p[i];
    }
    *to = '\0';
    return rest;
}

static size_t bars_of_tables(const struct tl_buf *b)
{
    size_t n = 0;
    bool in_table = false;
    for (size_t i = 0; i < b->n; i++) {
        if (i == 0 || b->p[i - 1] == '\n')
            in_table = b->p[i] == '|';
        n += in_table && b->p[i] == '|';
    }
    return n;
}

/* What a shell acts on in the blocks for a shell: everything outside of single quotes. */
static char *shell_words(const struct tl_buf *b)
{
    char *words = malloc(b->n + 1), *to = words;
    tl_str rest = tl_buf_str(b);
    assert_non_null(words);
    for (size_t at; (at = tl_str_find(rest, TL_STR("```sh\n"))) != SIZE_MAX;) {
        bool quoted = false;
        rest = tl_str_sub(rest, at + 6, rest.n);
        size_t end = tl_str_find(rest, TL_STR("\n  ```"));
        assert_true(end != SIZE_MAX);
        for (size_t i = 0; i < end; i++) {
            char c = rest.p[i];
            if (!quoted && c == '\\' && rest.p[i + 1] == '\'')
                i++; /* between two words in quotes */
            else if (c == '\'')
                quoted = !quoted;
            else if (!quoted)
                *to++ = c;
        }
        assert_false(quoted);
        rest = tl_str_sub(rest, end + 6, rest.n);
    }
    *to = '\0';
    return words;
}

static void assert_same_shell_words(const struct tl_buf *a, const struct tl_buf *b, const char *what)
{
    char *x = shell_words(a), *y = shell_words(b);
    if (strcmp(x, y) != 0)
        fail_msg("%s: the shell acts on %s", what, y);
    free(x);
    free(y);
}

static void assert_same_structure(const struct tl_buf *a, const struct tl_buf *b, enum tl_format f,
                                  const char *what)
{
    if (f == TL_FORMAT_HTML) {
        char *x = tags_of(a), *y = tags_of(b);
        size_t i = 0;
        while (x[i] && x[i] == y[i])
            i++;
        if (x[i] || y[i])
            fail_msg("%s: other tags from %.80s / %.80s", what, x + (i > 20 ? i - 20 : 0),
                     y + (i > 20 ? i - 20 : 0));
        free(x);
        free(y);
    }
    if (f == TL_FORMAT_MARKDOWN || f == TL_FORMAT_PROMETHEUS || f == TL_FORMAT_NDJSON || f == TL_FORMAT_CSV)
        if (count(a, "\n") != count(b, "\n"))
            fail_msg("%s: %zu lines, not %zu", what, count(b, "\n"), count(a, "\n"));
    if (f == TL_FORMAT_MARKDOWN) {
        assert_int_equal(count(a, "\n  ```"), count(b, "\n  ```"));
        assert_int_equal(bars_of_tables(a), bars_of_tables(b));
        assert_same_shell_words(a, b, what);
    }
    if (f == TL_FORMAT_PROMETHEUS) {
        char *x = without_values(a), *y = without_values(b);
        if (strcmp(x, y) != 0)
            fail_msg("%s: a label's value ends early", what);
        free(x);
        free(y);
    }
}

/* ---- parsers --------------------------------------------------------------------------------- */

/* RFC 4180 by a machine of four states. Calls back for each cell; returns rows. */
static size_t csv_parse(const struct tl_buf *b, void (*cell)(const char *p, size_t n, void *ctx), void *ctx,
                        size_t columns)
{
    char text[4096];
    size_t n = 0, rows = 0, cells = 0;
    bool quoted = false;
    for (size_t i = 0; i < b->n; i++) {
        char c = b->p[i];
        if (quoted && c == '"' && i + 1 < b->n && b->p[i + 1] == '"')
            text[n++] = b->p[i++];
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == ',' || c == '\r')) {
            if (cell)
                cell(text, n, ctx);
            n = 0;
            cells++;
            if (c == '\r') {
                assert_true(i + 1 < b->n && b->p[++i] == '\n');
                if (columns && cells != columns)
                    fail_msg("row %zu has %zu cells, not %zu", rows, cells, columns);
                columns = cells;
                cells = 0;
                rows++;
            }
        } else
            text[n++] = c;
        assert_true(n < sizeof text);
    }
    assert_false(quoted);
    assert_int_equal(cells, 0);
    return rows;
}

static void no_formula(const char *p, size_t n, void *ctx)
{
    (void)ctx;
    if (n && strchr("=+-@\t\r", p[0]))
        fail_msg("a cell that starts a formula: %.*s", (int)n, p);
}

static void assert_parses(const struct tl_buf *b, enum tl_format f, const char *what)
{
    json_error_t e;
    if (f == TL_FORMAT_JSON) {
        json_t *doc = json_loadb(b->p, b->n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &e);
        if (!doc)
            fail_msg("%s: %s at %d", what, e.text, e.position);
        json_decref(doc);
    }
    if (f == TL_FORMAT_NDJSON)
        for (tl_str s = tl_buf_str(b); s.n; s = tl_str_sub(s, tl_str_find(s, TL_STR("\n")) + 1, s.n)) {
            json_t *doc = json_loadb(s.p, tl_str_find(s, TL_STR("\n")), JSON_ALLOW_NUL, &e);
            if (!doc)
                fail_msg("%s: %s", what, e.text);
            json_decref(doc);
        }
    if (f == TL_FORMAT_CSV)
        csv_parse(b, no_formula, NULL, 0);
}

/* ---- the tests ------------------------------------------------------------------------------- */

/* The document with a text that harms nothing; written once. 0, or 1 where there is none. */
static int harmless(int document, int format, const struct tl_buf **out)
{
    static struct tl_buf written[BUILT_LAST + 1][TL_N_FORMATS];
    static struct built b;
    struct tl_buf *w = &written[document][format];
    int r = 0;
    if (w->n == 0) {
        built_make(&b, TL_STR("name"));
        r = built_write(&b, (enum tl_document)document, (enum tl_format)format, w);
    }
    *out = w;
    return r;
}

static void try_text(tl_str text, const char *name)
{
    static struct built bad;
    built_make(&bad, text);
    for (int d = BUILT_FIRST; d <= BUILT_LAST; d++) {
        for (int f = 0; f < TL_N_FORMATS; f++) {
            const struct tl_buf *a;
            struct tl_buf b = {0};
            char what[128];
            snprintf(what, sizeof what, "document %d as %s with %.60s", d, tl_format_name((enum tl_format)f),
                     name);
            int r = harmless(d, f, &a);
            assert_int_equal(built_write(&bad, (enum tl_document)d, (enum tl_format)f, &b), r);
            if (r == 0) {
                assert_true(a->n > 0);
                assert_nothing_raw(&b, f == TL_FORMAT_CSV, what);
                if (text.n) /* what is not there may be told in other words */
                    assert_same_structure(a, &b, (enum tl_format)f, what);
                assert_parses(&b, (enum tl_format)f, what);
            }
            tl_buf_fini(&b);
        }
    }
}

static void hostile_texts_stay_text_in_every_field_of_every_format(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++)
        try_text(tl_str_from(hostile[i]), hostile[i]);
    try_text((tl_str){"a\0b", 3}, "a NUL");
}

static void random_bytes_stay_text(void **state)
{
    (void)state;
    static const char marks[] = "<>&\"'`|\\\n\r\t=@\x80\xE2\x80\xAE\xC2\x9B\xEF;,{}";
    uint32_t x = 2463534242u; /* xorshift, Marsaglia 2003: the same bytes in every run */
    for (int round = 0; round < 150; round++) {
        char bytes[24];
        for (size_t n = 0; n < sizeof bytes; n++) {
            x ^= x << 13, x ^= x >> 17, x ^= x << 5;
            bytes[n] = x >> 24 > 100 ? marks[x % (sizeof marks - 1)] : (char)(x % 256);
        }
        bytes[0] = 'x'; /* a space or nothing in front may be left out of a sentence */
        try_text((tl_str){bytes, sizeof bytes}, "random bytes");
    }
}

static void naughty_strings_stay_text(void **state)
{
    (void)state;
    const char *shared = getenv("TRAILLOOP_SHARED");
    char path[1024];
    snprintf(path, sizeof path, "%s/suites/minimaxir+big-list-of-naughty-strings/blns.json",
             shared ? shared : ".");
    json_t *list = json_load_file(path, 0, NULL), *item;
    size_t i;
    if (!list) {
        print_message("skipped: %s is not there\n", path);
        skip();
    }
    assert_true(json_array_size(list) > 400);
    json_array_foreach(list, i, item)
        try_text((tl_str){json_string_value(item), json_string_length(item)}, json_string_value(item));
    json_decref(list);
}

static void whatever_lists_things_has_every_format_but_metrics(void **state)
{
    (void)state;
    static const enum tl_document lists[] = {TL_DOCUMENT_REPORT,  TL_DOCUMENT_LOOP,  TL_DOCUMENT_DISCOVER,
                                             TL_DOCUMENT_HISTORY, TL_DOCUMENT_STATS, TL_DOCUMENT_WHATIF,
                                             TL_DOCUMENT_VERIFY,  TL_DOCUMENT_CHECK, TL_DOCUMENT_RULE_LIST};
    static struct built b;
    built_make(&b, TL_STR("name"));
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (int f = TL_FORMAT_TEXT; f < TL_FORMAT_PROMETHEUS; f++) {
            struct tl_buf out = {0};
            assert_int_equal(built_write(&b, lists[i], (enum tl_format)f, &out), 0);
            tl_buf_fini(&out);
        }
}

static void a_chain_stays_one_word_for_a_shell(void **state)
{
    (void)state;
    static struct built b;
    struct tl_buf out = {0};
    built_make(&b, TL_STR("a'; rm x; '"));
    assert_int_equal(built_write(&b, TL_DOCUMENT_DISCOVER, TL_FORMAT_MARKDOWN, &out), 0);
    assert_int_equal(count(&out, "`--chain 'a'\\''; rm x; '\\''' --max-step 901 --max-gap 187202`"), 2);
    out.n = 0;
    assert_int_equal(built_write(&b, TL_DOCUMENT_DISCOVER, TL_FORMAT_HTML, &out), 0);
    assert_int_equal(count(&out, "<code>--chain &#39;a&#39;\\&#39;&#39;; rm x; "), 2);
    tl_buf_fini(&out);
}

static void find_plain(const char *p, size_t n, void *ctx)
{
    struct {
        tl_str text;
        size_t n;
    } *want = ctx;
    want->n += tl_str_eq((tl_str){p, n}, want->text);
}

static void plain_texts_come_back_exactly_from_csv(void **state)
{
    (void)state;
    static const char *const plain[] = {"name",
                                        "a b",
                                        "a,b",
                                        "say \"x\"",
                                        " a ",
                                        "a;b",
                                        "x=1",
                                        "arn:aws:iam::1:role/x+y",
                                        "\xE6\x97\xA5\xE6\x9C\xAC",
                                        "'quoted'",
                                        "100%",
                                        "a|b"};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        static struct built b;
        struct tl_buf out = {0};
        struct {
            tl_str text;
            size_t n;
        } want = {tl_str_from(plain[i]), 0};
        built_make(&b, want.text);
        assert_int_equal(built_write(&b, TL_DOCUMENT_REPORT, TL_FORMAT_CSV, &out), 0);
        assert_int_equal(csv_parse(&out, find_plain, &want, 0), 1 + BUILD_LOOPS);
        assert_true(want.n > 20);
        tl_buf_fini(&out);
    }
}

static void a_line_of_ndjson_is_the_object_of_the_json_report(void **state)
{
    (void)state;
    static struct built b;
    struct tl_buf whole = {0}, lines = {0};
    built_make(&b, TL_STR("n\xC3\xA4me"));
    assert_int_equal(built_write(&b, TL_DOCUMENT_REPORT, TL_FORMAT_JSON, &whole), 0);
    assert_int_equal(built_write(&b, TL_DOCUMENT_REPORT, TL_FORMAT_NDJSON, &lines), 0);
    json_t *doc = json_loadb(whole.p, whole.n, 0, NULL);
    tl_str rest = tl_buf_str(&lines);
    assert_int_equal(count(&lines, "\n"), BUILD_LOOPS);
    for (size_t i = 0; i < BUILD_LOOPS; i++) {
        size_t end = tl_str_find(rest, TL_STR("\n"));
        json_t *line = json_loadb(rest.p, end, 0, NULL);
        assert_true(json_equal(line, json_array_get(json_object_get(doc, "loops"), i)));
        json_decref(line);
        rest = tl_str_sub(rest, end + 1, rest.n);
    }
    json_decref(doc);
    tl_buf_fini(&whole);
    tl_buf_fini(&lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_texts_stay_text_in_every_field_of_every_format),
        cmocka_unit_test(random_bytes_stay_text),
        cmocka_unit_test(naughty_strings_stay_text),
        cmocka_unit_test(whatever_lists_things_has_every_format_but_metrics),
        cmocka_unit_test(a_chain_stays_one_word_for_a_shell),
        cmocka_unit_test(plain_texts_come_back_exactly_from_csv),
        cmocka_unit_test(a_line_of_ndjson_is_the_object_of_the_json_report),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
