/* trailloop: finds the command, reads its options, runs it. The exit code is the command's. The locale is
 * never set: what is printed does not depend on where. */
#include "command.h"
#include "signals.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
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

static int print_help(struct cli *c, const struct cli_command *cmd)
{
    struct tl_buf b = {0};
    int r = cmd ? cli_help_command(cmd, &b) : cli_help_all(&b);
    int code = r ? cli_fail(c, tl_err_nomem(&c->err)) : cli_print(c, tl_buf_str(&b));
    tl_buf_fini(&b);
    return code;
}

static int unknown_command(struct cli *c, const char *name)
{
    const char *names[16];
    size_t n = 0;
    for (; n < cli_n_commands && n < sizeof names / sizeof *names; n++)
        names[n] = cli_commands[n]->name;
    const char *near = cli_nearest(name, names, n);
    if (near)
        cli_error(&c->console, "unknown command '%s': did you mean '%s'?", name, near);
    else
        cli_error(&c->console, "unknown command '%s' (see 'trailloop --help')", name);
    return CLI_USAGE;
}

/* `trailloop`, `trailloop --help`, `trailloop help COMMAND`. */
static int top(struct cli *c, int argc, char **argv)
{
    if (argc < 2) {
        static const char usage[] =
            "usage: trailloop scan|ingest|report|show|stats [OPTION]... (see 'trailloop --help')\n";
        return write(STDERR_FILENO, usage, sizeof usage - 1) < 0 ? CLI_FAILED : CLI_USAGE;
    }
    if (strcmp(argv[1], "help") == 0) {
        const struct cli_command *cmd = argc > 2 ? cli_command_find(argv[2]) : NULL;
        return argc > 2 && !cmd ? unknown_command(c, argv[2]) : print_help(c, cmd);
    }
    if (argv[1][0] != '-')
        return unknown_command(c, argv[1]);
    int r = cli_options_parse(&c->o, CLI_TOP, argc - 1, argv + 1, &c->err);
    if (r)
        return cli_fail(c, r);
    if (c->o.version)
        return cli_print(c, TL_STR("trailloop " TRAILLOOP_VERSION "\n"));
    return c->o.help ? print_help(c, NULL) : unknown_command(c, argv[1]);
}

int main(int argc, char **argv)
{
    struct cli c = {0};
    if (!streams_are_taken())
        return CLI_FAILED;
    cli_signals_init();
    cli_console_init(&c.console);
    cli_options_init(&c.o);
    const struct cli_command *cmd = argc > 1 ? cli_command_find(argv[1]) : NULL;
    if (!cmd)
        return top(&c, argc, argv);
    int r = cli_options_parse(&c.o, cmd->bit, argc - 2, argv + 2, &c.err);
    c.console.quiet = c.o.quiet;
    if (r)
        return cli_usage(&c, cmd, "%s", c.err.msg);
    if (c.o.version)
        return cli_print(&c, TL_STR("trailloop " TRAILLOOP_VERSION "\n"));
    return c.o.help ? print_help(&c, cmd) : cmd->run(&c);
}
