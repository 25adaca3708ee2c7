/* trailloop: finds the command, reads its options, runs it. The exit code is the command's. The locale is
 * never set: what is printed does not depend on where. */
#include "command.h"
#include "confine.h"
#include "signals.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A standard stream that came closed would be the next file opened, and results be written into the database.
 * Each is taken by /dev/null opened the wrong way round, so that reading or writing it fails as it should. */
static bool streams_are_taken(void)
{
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            return false;
    return true;
}

/* SOURCE_DATE_EPOCH (reproducible-builds.org: one that cannot be read is an error), else the clock. */
static int now(struct cli *c, int64_t *now_s)
{
    const char *fixed = getenv("SOURCE_DATE_EPOCH");
    char at[TL_TIME_MAX_BYTES];
    *now_s = (int64_t)time(NULL);
    if (!fixed || !*fixed)
        return CLI_DONE;
    if (snprintf(at, sizeof at, "@%s", fixed) < (int)sizeof at && cli_time_parse(at, *now_s, false, now_s))
        return CLI_DONE;
    cli_error(&c->console, "cannot read SOURCE_DATE_EPOCH '%s': expected seconds since 1970", fixed);
    return CLI_USAGE;
}

/* What names no command. */
static int top(struct cli *c, int argc, char **argv)
{
    if (argc == 0)
        return cli_help_usage(c);
    if (argv[0][0] != '-' || !argv[0][1])
        return cli_unknown_command(c, argv[0]);
    int r = cli_options_parse(&c->o, CLI_TOP, argc, argv, &c->err);
    if (r)
        return cli_fail(c, r);
    if (c->o.version)
        return cli_print_version(c);
    if (c->o.help || !c->o.n_operands)
        return cli_print_help(c, NULL);
    return cli_unknown_command(c, c->o.operands[0]);
}

int main(int argc, char **argv)
{
    struct cli c = {0};
    if (!streams_are_taken())
        return CLI_FAILED;
    cli_signals_init();
    cli_console_init(&c.console);
    int64_t now_s;
    int code = now(&c, &now_s);
    if (code)
        return code;
    cli_options_init(&c.o, now_s);
    const struct cli_command *cmd = argc > 1 ? cli_command_find(argv[1]) : NULL;
    if (!cmd)
        return top(&c, argc - (argc > 0), argv + (argc > 0));
    int r = cli_options_parse(&c.o, cmd->bit, argc - 2, argv + 2, &c.err);
    c.console.quiet = c.o.quiet;
    if (r)
        return cli_usage(&c, cmd, "%s", c.err.msg);
    if (c.o.version)
        return cli_print_version(&c);
    if (c.o.help)
        return cli_print_help(&c, cmd);
    if (!tl_format_has(c.o.format, cmd->document))
        return cli_usage(&c, cmd, "'%s' has no format '%s'", cmd->name, tl_format_name(c.o.format));
    code = cli_rules_load(&c);
    if (code == CLI_DONE)
        code = cmd->run(&c);
    cli_confine_end();
    tl_rules_fini(&c.rules);
    return code;
}
