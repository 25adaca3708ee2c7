/* cli options: each form of an option is read, each mistake is named; the table of options is sound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../../src/cli/command.h"
#include "../../src/cli/options.h"

enum { ARGS_MAX = 8 };

/* The copies in `store` are what the options borrow. */
static int parse(struct cli_options *o, unsigned command, const char *const *args, char store[ARGS_MAX][64],
                 char *argv[ARGS_MAX + 1], struct tl_err *err)
{
    int argc = 0;
    for (; argc < ARGS_MAX && args[argc]; argc++) {
        snprintf(store[argc], 64, "%s", args[argc]);
        argv[argc] = store[argc];
    }
    argv[argc] = NULL;
    *err = (struct tl_err){0};
    cli_options_init(o, 1709035200);
    return cli_options_parse(o, command, argc, argv, err);
}

static void every_way_to_write_an_option_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *args[ARGS_MAX];
        const char *output;
        bool quiet;
        const char *operands[3];
    } rows[] = {
        {{"a", "b"}, NULL, false, {"a", "b"}},
        {{"--output", "f", "a"}, "f", false, {"a"}},
        {{"--output=f", "a"}, "f", false, {"a"}},
        {{"--output=f=g", "a"}, "f=g", false, {"a"}},
        {{"-o", "f", "a"}, "f", false, {"a"}},
        {{"-of", "a"}, "f", false, {"a"}},
        {{"-qof", "a"}, "f", true, {"a"}},
        {{"-qo", "f", "a"}, "f", true, {"a"}},
        {{"a", "-q", "b"}, NULL, true, {"a", "b"}},
        {{"-"}, NULL, false, {"-"}},
        {{"--", "-q", "--output"}, NULL, false, {"-q", "--output"}},
        {{"-q", "--", "--"}, NULL, true, {"--"}},
        {{"-o", "--", "a"}, "--", false, {"a"}},
        {{"-o", "f", "-o", "g"}, "g", false, {NULL}},
        {{"--output", "-"}, "-", false, {NULL}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cli_options o;
        struct tl_err err;
        char store[ARGS_MAX][64], *argv[ARGS_MAX + 1];
        size_t n = 0;
        if (parse(&o, CLI_SCAN, rows[i].args, store, argv, &err))
            fail_msg("row %zu: %s", i, err.msg);
        if (rows[i].output)
            assert_string_equal(o.output, rows[i].output);
        else
            assert_null(o.output);
        assert_int_equal(o.quiet, rows[i].quiet);
        for (; n < 3 && rows[i].operands[n]; n++)
            assert_string_equal(o.operands[n], rows[i].operands[n]);
        assert_int_equal(o.n_operands, n);
    }
}

static void every_value_arrives(void **state)
{
    (void)state;
    struct cli_options o;
    struct tl_err err;
    char store[ARGS_MAX][64], *argv[ARGS_MAX + 1];
    const char *first[ARGS_MAX] = {
        "--format=json",  "--since=2024-02-27", "--until=2024-02-27", "--min-cycles=5",
        "--max-step=30m", "--max-gap=2d",       "--jobs=7",           NULL};
    assert_int_equal(parse(&o, CLI_SCAN, first, store, argv, &err), 0);
    assert_int_equal(o.format, TL_FORMAT_JSON);
    assert_int_equal(o.since_s, 1708992000);
    assert_int_equal(o.until_s, 1708992000 + 86399);
    assert_int_equal(o.min_cycles, 5);
    assert_int_equal(o.max_step_s, 1800);
    assert_int_equal(o.max_gap_s, 172800);
    assert_int_equal(o.jobs, 7);
    const char *second[ARGS_MAX] = {"--account=1",     "--region=r", "--resource=a*", "--evidence=all",
                                    "--fail-on=loops", "--color",    "always",        NULL};
    assert_int_equal(parse(&o, CLI_REPORT, second, store, argv, &err), 0);
    assert_string_equal(o.account, "1");
    assert_string_equal(o.region, "r");
    assert_string_equal(o.resource, "a*");
    assert_true(o.all_evidence);
    assert_int_equal(o.fail_on, CLI_FAIL_ON_LOOPS);
    assert_int_equal(o.color, CLI_COLOR_ALWAYS);
}

static void mistakes_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *args[ARGS_MAX];
        const char *message;
    } rows[] = {
        {{"--colour", "never"}, "unknown option '--colour': did you mean '--color'?"},
        {{"--fromat=json"}, "unknown option '--fromat': did you mean '--format'?"},
        {{"--frobnicate"}, "unknown option '--frobnicate'"},
        {{"--out", "f"}, "unknown option '--out'"}, /* not cut short */
        {{"-x"}, "unknown option '-x'"},
        {{"-qx"}, "unknown option '-x'"},
        {{"---quiet"}, "unknown option '---quiet': did you mean '--quiet'?"},
        {{"--format"},
         "option '--format' needs a value: --format text|json|ndjson|csv|markdown|html|prometheus"},
        {{"a", "-o"}, "option '--output' needs a value: --output FILE"},
        {{"--quiet=yes"}, "option '--quiet' takes no value"},
        {{"--format", "yaml"},
         "cannot read '--format yaml': expected text|json|ndjson|csv|markdown|html|prometheus"},
        {{"--format="}, "cannot read '--format ': expected text|json|ndjson|csv|markdown|html|prometheus"},
        {{"--output="}, "cannot read '--output ': expected FILE"},
        {{"--min-cycles", "0"},
         "cannot read '--min-cycles 0': expected a whole number from 1 on, not too large"},
        {{"--min-cycles", "-3"},
         "cannot read '--min-cycles -3': expected a whole number from 1 on, not too large"},
        {{"--min-cycles", "1000001"},
         "cannot read '--min-cycles 1000001': expected a whole number from 1 on, not too large"},
        {{"--min-cycles", "99999999999999999999"},
         "cannot read '--min-cycles 99999999999999999999': expected a whole number from 1 on, not too large"},
        {{"--jobs", "0"}, "cannot read '--jobs 0': expected a whole number from 1 on, not too large"},
        {{"--jobs", "257"}, "cannot read '--jobs 257': expected a whole number from 1 on, not too large"},
        {{"--jobs", "3x"}, "cannot read '--jobs 3x': expected a whole number from 1 on, not too large"},
        {{"--max-gap", "5x"},
         "cannot read '--max-gap 5x': expected a length of time such as 900, 15m, 26h or 2d"},
        {{"--since", "2024-02-30"},
         "cannot read '--since 2024-02-30': expected a time such as 2024-02-27, 2024-02-27T07:57+09:00, "
         "yesterday or '2 days ago'"},
        {{"--color", "sometimes"}, "cannot read '--color sometimes': expected auto|always|never"},
        {{"--fail-on", "fire"}, "cannot read '--fail-on fire': expected loops|running"},
        {{"--evidence", "most"}, "cannot read '--evidence most': expected some|all"},
        {{"--since=today", "--until=yesterday"}, "'--since' is later than '--until'"},
        {{"--since=2024-02-28", "--until=2024-02-27"}, "'--since' is later than '--until'"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cli_options o;
        struct tl_err err;
        char store[ARGS_MAX][64], *argv[ARGS_MAX + 1];
        assert_int_equal(parse(&o, CLI_SCAN, rows[i].args, store, argv, &err), TL_EUSAGE);
        assert_string_equal(err.msg, rows[i].message);
    }
}

static void an_option_of_another_command_is_unknown(void **state)
{
    (void)state;
    struct cli_options o;
    struct tl_err err;
    char store[ARGS_MAX][64], *argv[ARGS_MAX + 1];
    const char *args[ARGS_MAX] = {"--jobs=2", NULL};
    assert_int_equal(parse(&o, CLI_SCAN, args, store, argv, &err), 0);
    assert_int_equal(parse(&o, CLI_STATS, args, store, argv, &err), TL_EUSAGE);
}

static void the_table_names_each_option_once_per_command(void **state)
{
    (void)state;
    for (size_t i = 0; i < cli_n_options; i++) {
        const struct cli_option *a = &cli_option_table[i];
        assert_true(a->name[0] && a->help[0] && a->commands && a->group < CLI_N_GROUPS);
        for (size_t k = i + 1; k < cli_n_options; k++) {
            const struct cli_option *b = &cli_option_table[k];
            if (!(a->commands & b->commands))
                continue;
            assert_string_not_equal(a->name, b->name);
            assert_true(!a->letter || a->letter != b->letter);
        }
    }
}

static void the_formats_offered_are_those_that_there_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < cli_n_commands; i++) {
        const struct cli_command *cmd = cli_commands[i];
        char want[128] = "";
        const char *is = "";
        for (int f = 0; f < TL_N_FORMATS && cmd->document != TL_DOCUMENT_NONE; f++)
            if (tl_format_has((enum tl_format)f, cmd->document))
                snprintf(want + strlen(want), sizeof want - strlen(want), "%s%s", want[0] ? "|" : "",
                         tl_format_name((enum tl_format)f));
        for (size_t k = 0; k < cli_n_options; k++)
            if ((cli_option_table[k].commands & cmd->bit) && strcmp(cli_option_table[k].name, "format") == 0)
                is = cli_option_table[k].arg;
        assert_string_equal(is, want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_to_write_an_option_is_read),
        cmocka_unit_test(every_value_arrives),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(an_option_of_another_command_is_unknown),
        cmocka_unit_test(the_table_names_each_option_once_per_command),
        cmocka_unit_test(the_formats_offered_are_those_that_there_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
