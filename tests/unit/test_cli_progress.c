/* cli progress: what the bar's line says, whatever is known and however narrow the terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "../../src/cli/progress.h"

static void the_line_says_what_is_known_and_fits(void **state)
{
    (void)state;
    static const struct {
        struct tl_progress p;
        int64_t elapsed_ms;
        int columns;
        const char *line;
    } rows[] = {
        {{1234, 190000000, 0, 190000000, 7300, 380000000},
         2000,
         100,
         " 50 % [###############...............] 190.0 of 380.0 MB, 1,234 of 7,300 files, 95.0 MB/s, 2 s "
         "left"},
        {{1234, 190000000, 0, 190000000, 7300, 380000000},
         2000,
         80,
         " 50 % [#####.....] 190.0 of 380.0 MB, 1,234 of 7,300 files, 95.0 MB/s, 2 s left"},
        {{1234, 190000000, 0, 190000000, 7300, 380000000}, 2000, 30, " 50 % 190.0 of 380.0 MB, 1,23"},
        /* the first second is no ground for a forecast */
        {{1, 100000, 0, 100000, 2, 200000},
         500,
         80,
         " 50 % [###############...............] 0.1 of 0.2 MB, 1 of 2 files, 0.2 MB/s"},
        /* known files cost no time */
        {{9, 1000000, 0, 9000000, 10, 10000000},
         2000,
         80,
         " 90 % [##################...] 9.0 of 10.0 MB, 9 of 10 files, 0.5 MB/s, 2 s left"},
        /* a file that grew */
        {{2, 3000000, 0, 3000000, 2, 2000000},
         2000,
         60,
         "100 % [#############] 3.0 of 2.0 MB, 2 of 2 files, 1.5 MB/s"},
        /* standard input */
        {{0, 3000000, 0, 3000000, 0, 0}, 2000, 80, "3.0 MB, 0 files, 1.5 MB/s"},
        {{1, 0, 0, 3000000, 0, 0}, 0, 80, "3.0 MB, 1 file"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char line[CLI_PROGRESS_MAX_BYTES];
        assert_ptr_equal(cli_progress_line(&rows[i].p, rows[i].elapsed_ms, rows[i].columns, line), line);
        assert_string_equal(line, rows[i].line);
        assert_true(strlen(line) < (size_t)rows[i].columns);
    }
}

static void no_number_overruns_it(void **state)
{
    (void)state;
    struct tl_progress p = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX - 1, UINT64_MAX, UINT64_MAX};
    for (int columns = 0; columns < 400; columns++) {
        char line[CLI_PROGRESS_MAX_BYTES];
        cli_progress_line(&p, 1 + columns, columns, line);
        assert_true(strlen(line) < sizeof line && (columns == 0 || strlen(line) < (size_t)columns));
        p.n_bytes_total -= p.n_bytes_total / 16;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_line_says_what_is_known_and_fits),
        cmocka_unit_test(no_number_overruns_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
