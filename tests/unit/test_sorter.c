/* The external sort of `verify`: more lines than memory holds come in the order of their bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/verify/sorter.h"
#include "trailloop/limits.h"

static uint64_t next_random(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    return *x ^= *x << 17;
}

/* Lines of up to 200 bytes, NUL among them, so many bytes of them; their sum does not hang on the order. */
static void sort(size_t n_bytes, size_t n_runs_least)
{
    struct sorter s;
    struct tl_err err = {0};
    char text[200], last[200];
    uint64_t x = 88172645463325252u, put = 0, got = 0;
    size_t n = 0, n_got = 0, n_last = 0;
    tl_str line;
    int r;
    sorter_init(&s);
    for (size_t at = 0; at < n_bytes; n++) {
        size_t len = next_random(&x) % sizeof text;
        for (size_t i = 0; i < len; i++)
            text[i] = (char)(next_random(&x) % 3);
        assert_int_equal(sorter_add(&s, (tl_str){text, len}, &err), 0);
        put += tl_str_hash((tl_str){text, len});
        at += len + 1;
    }
    assert_int_equal(sorter_start(&s, &err), 0);
    assert_true(s.n_runs >= n_runs_least);
    while ((r = sorter_next(&s, &line, &err)) == 1) {
        tl_str before = {last, n_last};
        assert_true(n_got == 0 || tl_str_cmp(before, line) <= 0);
        memcpy(last, line.p, line.n);
        n_last = line.n;
        got += tl_str_hash(line);
        n_got++;
    }
    assert_int_equal(r, 0);
    assert_int_equal(n_got, n);
    assert_true(put == got);
    sorter_fini(&s);
}

static void lines_come_in_order(void **state)
{
    (void)state;
    sort(0, 0);
    sort(1000, 0);
    sort(3 * TL_SORT_BYTES, 3);
}

/* Where the directory is not there, and where its file system makes no unnamed files: an error that says so,
 * or a file without a name all the same. */
static void a_temporary_file_that_cannot_be_made_is_an_error(void **state)
{
    (void)state;
    struct sorter s;
    struct tl_err err = {0};
    char *line = calloc(1, 1 << 20);
    assert_non_null(line);
    assert_int_equal(setenv("TMPDIR", "/nonexistent", 1), 0);
    sorter_init(&s);
    int r = 0;
    for (size_t i = 0; i < TL_SORT_BYTES + 2 && r == 0; i += 1 << 20)
        r = sorter_add(&s, (tl_str){line, 1 << 20}, &err);
    assert_int_equal(r, TL_EIO);
    assert_non_null(strstr(err.msg, "cannot use a temporary file: No such file or directory"));
    sorter_fini(&s);
    assert_int_equal(unsetenv("TMPDIR"), 0);
    free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_in_order),
        cmocka_unit_test(a_temporary_file_that_cannot_be_made_is_an_error),
    };
    return cmocka_run_group_tests_name("sorter", tests, NULL, NULL);
}
