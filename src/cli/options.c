/* Parsing of the command line as getopt_long does it (options and operands in any order, `--` ends options,
 * `-x value`, `-xvalue`, `--name value`, `--name=value`), over the table of options. A parser of our own,
 * because getopt prints by itself, keeps globals, and cannot say which option was nearly meant. Names cannot
 * be cut short: scripts that do so break when an option is added. */
#include "options.h"

#include <stdio.h>
#include <string.h>

static const struct cli_option *find(unsigned command, tl_str name, char letter)
{
    for (size_t i = 0; i < cli_n_options; i++) {
        const struct cli_option *row = &cli_option_table[i];
        if ((row->commands & command) &&
            (letter ? row->letter == letter : tl_str_eq(name, tl_str_from(row->name))))
            return row;
    }
    return NULL;
}

static int unknown(unsigned command, tl_str name, struct tl_err *err)
{
    const char *words[64], *near;
    char given[64];
    size_t n = 0;
    if (command == CLI_TOP && find(~0u, name, 0))
        return tl_err_set(err, TL_EUSAGE, "option '--%.*s' stands after the command", TL_FMT(name));
    snprintf(given, sizeof given, "%.*s", TL_FMT(name));
    for (size_t i = 0; i < cli_n_options && n < sizeof words / sizeof *words; i++)
        if (cli_option_table[i].commands & command)
            words[n++] = cli_option_table[i].name;
    near = tl_nearest(given, words, n);
    if (near)
        return tl_err_set(err, TL_EUSAGE, "unknown option '--%.*s': did you mean '--%s'?", TL_FMT(name),
                          near);
    return tl_err_set(err, TL_EUSAGE, "unknown option '--%.*s'", TL_FMT(name));
}

static int set(struct cli_options *o, const struct cli_option *row, const char *value, struct tl_err *err)
{
    if (row->set(o, value) == 0)
        return 0;
    return tl_err_set(err, TL_EUSAGE, "cannot read '--%s %s': expected %s", row->name, value,
                      row->expected ? row->expected : row->arg);
}

static int needs_value(const struct cli_option *row, struct tl_err *err)
{
    return tl_err_set(err, TL_EUSAGE, "option '--%s' needs a value: --%s %s", row->name, row->name, row->arg);
}

/* `--name`, `--name=value` or `--name value`; *i moves over what was taken. */
static int long_option(struct cli_options *o, unsigned command, int argc, char **argv, int *i,
                       struct tl_err *err)
{
    tl_str s = tl_str_from(argv[*i] + 2);
    size_t eq = tl_str_find(s, TL_STR("="));
    tl_str name = tl_str_sub(s, 0, eq);
    const struct cli_option *row = find(command, name, 0);
    if (!row)
        return unknown(command, name, err);
    if (!row->arg && eq != SIZE_MAX)
        return tl_err_set(err, TL_EUSAGE, "option '--%s' takes no value", row->name);
    if (!row->arg)
        return row->set(o, NULL); /* a flag: there is no value to refuse */
    if (eq != SIZE_MAX)
        return set(o, row, s.p + eq + 1, err);
    if (*i + 1 >= argc)
        return needs_value(row, err);
    return set(o, row, argv[++*i], err);
}

/* `-q`, `-qo FILE`, `-oFILE`. */
static int short_options(struct cli_options *o, unsigned command, int argc, char **argv, int *i,
                         struct tl_err *err)
{
    for (const char *p = argv[*i] + 1; *p; p++) {
        const struct cli_option *row = find(command, TL_STR_NONE, *p);
        if (!row)
            return tl_err_set(err, TL_EUSAGE, "unknown option '-%c'", *p);
        if (!row->arg) {
            int r = row->set(o, NULL);
            if (r)
                return r;
            continue;
        }
        if (p[1])
            return set(o, row, p + 1, err);
        if (*i + 1 >= argc)
            return needs_value(row, err);
        return set(o, row, argv[++*i], err);
    }
    return 0;
}

int cli_options_parse(struct cli_options *o, unsigned command, int argc, char **argv, struct tl_err *err)
{
    int n = 0, r = 0;
    bool ended = false;
    for (int i = 0; i < argc && r == 0; i++) {
        const char *a = argv[i];
        if (!ended && strcmp(a, "--") == 0)
            ended = true;
        else if (!ended && strncmp(a, "--", 2) == 0)
            r = long_option(o, command, argc, argv, &i, err);
        else if (!ended && a[0] == '-' && a[1])
            r = short_options(o, command, argc, argv, &i, err);
        else
            argv[n++] = argv[i];
    }
    o->operands = (const char *const *)argv;
    o->n_operands = (size_t)n;
    if (r == 0 && o->since_s > o->until_s)
        return tl_err_set(err, TL_EUSAGE, "'--since' is later than '--until'");
    return r;
}
