/* report text width: as the C library measures it, and lines broken where they fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <gnu/libc-version.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "../../src/report/text.h"

static size_t encode(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3F));
    out[0] = (char)((0xF00 >> n & 0xFF) | c);
    return n;
}

/* Only what the escaping lets through as itself is ever measured. */
static void every_character_is_as_wide_as_the_c_library_says(void **state)
{
    (void)state;
    if (!setlocale(LC_CTYPE, "C.UTF-8") || strcmp(gnu_get_libc_version(), "2.36") != 0) {
        print_message("skipped: needs glibc 2.36, whose table it is, and the locale C.UTF-8\n");
        skip();
    }
    struct tl_buf b = {0};
    size_t n_compared = 0;
    for (uint32_t c = 0x20; c < 0x110000; c++) {
        char utf8[4];
        size_t n = encode(c, utf8);
        b.n = 0;
        assert_int_equal(tl_escape_terminal(&b, (tl_str){utf8, n}), 0);
        int width = wcwidth((wchar_t)c);
        if (width < 0 || b.n != n) /* not assigned, or not shown as itself */
            continue;
        n_compared++;
        if (tl_text_width(tl_buf_str(&b)) != width)
            fail_msg("U+%04X: %d, not %d", (unsigned)c, tl_text_width(tl_buf_str(&b)), width);
    }
    assert_true(n_compared > 280000);
    tl_buf_fini(&b);
    setlocale(LC_CTYPE, "C");
}

static void text_is_as_wide_as_its_characters(void **state)
{
    (void)state;
    assert_int_equal(tl_text_width(TL_STR("")), 0);
    assert_int_equal(tl_text_width(TL_STR("abc")), 3);
    assert_int_equal(tl_text_width(TL_STR("\xe8\xaa\xad\xe8\xaa\xad")), 4);      /* two Han characters */
    assert_int_equal(tl_text_width(TL_STR("e\xcc\x81")), 1);                     /* e and an accent */
    assert_int_equal(tl_text_width(TL_STR("\xf0\x9f\x94\x81 \xe2\x96\x81")), 4); /* emoji, space, bar */
    assert_int_equal(tl_text_width(TL_STR("\xe1\x84\x80\xe1\x85\xa1")), 2);      /* Hangul in parts */
}

static void long_words_are_broken_at_a_joint(void **state)
{
    (void)state;
    assert_int_equal(tl_text_fitting(TL_STR("short"), 10), 5);
    assert_int_equal(tl_text_fitting(TL_STR("arn:aws:iam::123456789012:role/x"), 30), 26);
    assert_int_equal(tl_text_fitting(TL_STR("a/bcdefghijklmnop"), 10), 10);      /* a joint too far back */
    assert_int_equal(tl_text_fitting(TL_STR("\xe8\xaa\xad\xe8\xaa\xad"), 3), 3); /* not half of one */
    assert_int_equal(tl_text_fitting(TL_STR("\xe8\xaa\xad"), 1), 3);             /* but never nothing */
    assert_int_equal(tl_text_fitting(TL_STR("e\xcc\x81x"), 1), 3);               /* with its accent */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_is_as_wide_as_the_c_library_says),
        cmocka_unit_test(text_is_as_wide_as_its_characters),
        cmocka_unit_test(long_words_are_broken_at_a_joint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
