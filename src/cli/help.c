/* --help, from the table of options and the descriptors of the commands: what is not in them cannot be used,
 * and what is in them is told. */
#include "command.h"

#include <string.h>

enum { TEXT_COLUMN = 28, LAST_COLUMN = 80 };

const struct cli_command *const cli_commands[] = {
    &cli_scan,   &cli_ingest, &cli_report, &cli_show,  &cli_discover, &cli_history, &cli_whatif,
    &cli_verify, &cli_check,  &cli_rules,  &cli_stats, &cli_prune,    &cli_help,
};
const size_t cli_n_commands = sizeof cli_commands / sizeof *cli_commands;

const struct cli_exit_code cli_exit_codes[] = {
    {CLI_DONE, "done"},
    {CLI_FOUND, "loops were found, and --fail-on asked for this"},
    {CLI_USAGE, "the command line is wrong"},
    {CLI_DAMAGED, "done, but some input was damaged or unreadable"},
    {CLI_FAILED, "failed"},
};
const size_t cli_n_exit_codes = sizeof cli_exit_codes / sizeof *cli_exit_codes;

const struct cli_command *cli_command_find(const char *name)
{
    for (size_t i = 0; i < cli_n_commands; i++)
        if (strcmp(cli_commands[i]->name, name) == 0)
            return cli_commands[i];
    return NULL;
}

/* `text` wrapped between `indent` and LAST_COLUMN; the line stands at column `at`, at most `indent`. */
static int wrapped(struct tl_buf *out, const char *text, int at, int indent)
{
    int r = tl_buf_printf(out, "%*s", indent - at, "");
    at = indent;
    for (const char *p = text; r == 0 && *p;) {
        int n = (int)strcspn(p, " ");
        if (at > indent && at + 1 + n > LAST_COLUMN) {
            r = tl_buf_printf(out, "\n%*s", indent, "");
            at = indent;
        }
        if (r == 0)
            r = tl_buf_printf(out, "%s%.*s", at > indent ? " " : "", n, p);
        at += n + (at > indent);
        p += n;
        p += *p == ' ';
    }
    return r ? r : tl_buf_add(out, "\n", 1);
}

static int option(struct tl_buf *out, const struct cli_option *row)
{
    size_t start = out->n;
    int r = row->letter ? tl_buf_printf(out, "  -%c, ", row->letter) : tl_buf_printf(out, "      ");
    if (r == 0)
        r = tl_buf_printf(out, "--%s%s%s", row->name, row->arg ? " " : "", row->arg ? row->arg : "");
    int at = (int)(out->n - start);
    if (r == 0 && at + 2 > TEXT_COLUMN) {
        r = tl_buf_add(out, "\n", 1);
        at = 0;
    }
    return r ? r : wrapped(out, row->help, at, TEXT_COLUMN);
}

static int options(struct tl_buf *out, unsigned command)
{
    int r = 0;
    for (int g = 0; g < CLI_N_GROUPS; g++) {
        bool titled = false;
        for (size_t i = 0; i < cli_n_options && r == 0; i++) {
            const struct cli_option *row = &cli_option_table[i];
            if ((int)row->group != g || !(row->commands & command))
                continue;
            if (!titled)
                r = tl_buf_printf(out, "\n%s:\n", cli_group_titles[g]);
            titled = true;
            if (r == 0)
                r = option(out, row);
        }
    }
    return r;
}

static int exit_status(struct tl_buf *out)
{
    int r = tl_buf_printf(out, "\nExit status:\n");
    for (size_t i = 0; i < cli_n_exit_codes && r == 0; i++)
        r = tl_buf_printf(out, "  %d  %s\n", cli_exit_codes[i].code, cli_exit_codes[i].meaning);
    return r;
}

int cli_help_command(const struct cli_command *cmd, struct tl_buf *out)
{
    int r = tl_buf_printf(out, "usage: trailloop %s [OPTION]...%s%s\n\n", cmd->name,
                          cmd->operands[0] ? " " : "", cmd->operands);
    if (r == 0)
        r = wrapped(out, cmd->text, 0, 0);
    if (r == 0)
        r = options(out, cmd->bit);
    return r ? r : exit_status(out);
}

int cli_help_all(struct tl_buf *out)
{
    int r = tl_buf_printf(
        out, "usage: trailloop COMMAND [OPTION]...\n\n"
             "Finds resources that AWS Config remediates in circles, from CloudTrail logs.\n\nCommands:\n");
    for (size_t i = 0; i < cli_n_commands && r == 0; i++) {
        const struct cli_command *cmd = cli_commands[i];
        size_t start = out->n;
        r = tl_buf_printf(out, "  %s %s", cmd->name, cmd->operands);
        if (r == 0)
            r = wrapped(out, cmd->summary, (int)(out->n - start), TEXT_COLUMN);
    }
    if (r == 0)
        r = options(out, CLI_TOP);
    return r ? r : exit_status(out);
}
