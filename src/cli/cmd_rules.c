/* rules: what is looked for: the built-in chains, and those of the user's rule files, which it also proves.
 * Needs no database and reads no log. */
#include "command.h"

#include <string.h>

static int print(struct cli *c, int r, struct tl_buf *b)
{
    int code = r ? cli_fail(c, tl_err_nomem(&c->err)) : cli_print(c, tl_buf_str(b));
    tl_buf_fini(b);
    return code;
}

/* Reads the files among the operands. All that is wrong is told, not only the first. */
static int read_files(struct cli *c)
{
    int code = CLI_DONE;
    for (size_t i = 1; i < c->o.n_operands; i++)
        code = cli_worst(code, cli_rule_file(c, c->o.operands[i]));
    return code;
}

static int list(struct cli *c)
{
    struct tl_style style = cli_style(c);
    struct tl_buf b = {0};
    int code = read_files(c);
    return code ? code : print(c, tl_rules_write_list(&c->rules, c->o.format, &style, &b), &b);
}

static int check(struct cli *c)
{
    struct tl_style style = cli_style(c);
    struct tl_buf b = {0};
    if (c->o.n_operands < 2)
        return cli_usage(c, &cli_rules, "nothing to check: name rule files");
    int code = read_files(c);
    return code ? code : print(c, tl_rules_write_check(&c->rules, c->o.format, &style, &b), &b);
}

static int unknown_rule(struct cli *c, const char *name)
{
    const char *names[TL_N_CHAINS];
    for (size_t i = 0; i < TL_N_CHAINS; i++)
        names[i] = tl_chains[i].name.p; /* literals: they are terminated */
    const char *near = tl_nearest(name, names, TL_N_CHAINS);
    if (near)
        return cli_usage(c, &cli_rules, "no rule '%s': did you mean '%s'?", name, near);
    return cli_usage(c, &cli_rules, "no rule '%s': 'rules list' tells the names", name);
}

static int show(struct cli *c)
{
    struct tl_style style = cli_style(c);
    struct tl_buf b = {0};
    if (c->o.n_operands != 2)
        return cli_usage(c, &cli_rules, "expected the name of one rule");
    tl_str name = tl_str_from(c->o.operands[1]);
    size_t i = tl_rules_find(&c->rules, name);
    if (i != SIZE_MAX)
        return print(c, tl_rules_write_rule(&c->rules.items[i], &c->rules.chains[i], c->o.format, &style, &b),
                     &b);
    for (i = 0; i < TL_N_CHAINS; i++)
        if (tl_str_eq(tl_chains[i].name, name))
            return print(c, tl_rules_write_rule(tl_rules_built_in(i), &tl_chains[i], c->o.format, &style, &b),
                         &b);
    return unknown_rule(c, c->o.operands[1]);
}

static int run(struct cli *c)
{
    static const struct {
        const char *name;
        int (*run)(struct cli *c);
        enum tl_document document;
    } parts[] = {{"list", list, TL_DOCUMENT_RULE_LIST},
                 {"show", show, TL_DOCUMENT_RULE},
                 {"check", check, TL_DOCUMENT_RULE_CHECK}};
    const char *names[] = {"list", "show", "check"};
    const char *part = c->o.n_operands ? c->o.operands[0] : "list";
    if (cli_check_output(c))
        return cli_fail(c, TL_EUSAGE);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcmp(part, parts[i].name) == 0)
            return tl_format_has(c->o.format, parts[i].document)
                       ? parts[i].run(c)
                       : cli_usage(c, &cli_rules, "'rules %s' has no format '%s'", part,
                                   tl_format_name(c->o.format));
    const char *near = tl_nearest(part, names, sizeof names / sizeof *names);
    if (near)
        return cli_usage(c, &cli_rules, "unknown 'rules %s': did you mean 'rules %s'?", part, near);
    return cli_usage(c, &cli_rules, "unknown 'rules %s': expected list, show or check", part);
}

const struct cli_command cli_rules = {
    "rules",
    CLI_RULES,
    "[list|show|check]",
    "list, show or check what is looked for",
    "'list' names the chains that are looked for: the built-in ones, and those of --chain, of --rules and of "
    "further "
    "FILEs. 'show NAME' tells what one of them means; with --format json it prints a rule file. 'check "
    "FILE...' reads "
    "rule files, runs their samples and says what each of them gave. docs/RULES.md tells how to write one.",
    run,
    TL_DOCUMENT_RULE_LIST,
    {{"What is looked for:", "trailloop rules"},
     {"A rule file to begin with:", "trailloop rules show config-remediation --format json"}},
};
