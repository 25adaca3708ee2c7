/* help: the same as --help, for those who try the word first; and what is said to those who named no command,
 * or none that there is. */
#include "command.h"

#include <unistd.h>

int cli_print_help(struct cli *c, const struct cli_command *cmd)
{
    struct tl_buf b = {0};
    int r = cmd ? cli_help_command(cmd, &b) : cli_help_all(&b);
    int code = r ? cli_fail(c, tl_err_nomem(&c->err)) : cli_print(c, tl_buf_str(&b));
    tl_buf_fini(&b);
    return code;
}

int cli_help_usage(struct cli *c)
{
    struct tl_buf b = {0};
    int r = cli_help_all(&b);
    bool told = r == 0 && write(STDERR_FILENO, b.p, b.n) == (ssize_t)b.n;
    tl_buf_fini(&b);
    return r ? cli_fail(c, tl_err_nomem(&c->err)) : told ? CLI_USAGE : CLI_FAILED;
}

int cli_unknown_command(struct cli *c, const char *name)
{
    const char *names[32];
    size_t n = 0;
    for (; n < cli_n_commands && n < sizeof names / sizeof *names; n++)
        names[n] = cli_commands[n]->name;
    const char *near = tl_nearest(name, names, n);
    if (near)
        cli_error(&c->console, "unknown command '%s': did you mean '%s'?", name, near);
    else
        cli_error(&c->console, "unknown command '%s' (see 'trailloop --help')", name);
    return CLI_USAGE;
}

static int run(struct cli *c)
{
    if (c->o.n_operands > 1)
        return cli_usage(c, &cli_help, "unexpected argument '%s'", c->o.operands[1]);
    if (c->o.n_operands == 0)
        return cli_print_help(c, NULL);
    const struct cli_command *cmd = cli_command_find(c->o.operands[0]);
    return cmd ? cli_print_help(c, cmd) : cli_unknown_command(c, c->o.operands[0]);
}

const struct cli_command cli_help = {
    "help",
    CLI_HELP,
    "[COMMAND]",
    "show the options of a command, or all commands",
    "Shows what 'trailloop COMMAND --help' shows; without COMMAND what 'trailloop --help' does.",
    run,
    TL_DOCUMENT_NONE,
    {{"The options of one command:", "trailloop help scan"}},
};
