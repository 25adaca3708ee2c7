/* The manual: man(7), as groff and mandoc read it, one page for the program and one for each command. Lines
 * are kept short, because sources of manuals are read and compared, too. */
#include "pages.h"

#include <stdio.h>
#include <string.h>

enum { SOURCE_COLUMNS = 66 };

/* One character of text, so that it is that character in every output: troff makes others of some. */
static void character(char c, bool starts_line)
{
    static const char odd[] = "\\-'`^~\"";
    static const char *const instead[] = {"\\e", "\\-", "\\(aq", "\\(ga", "\\(ha", "\\(ti", "\\(dq"};
    const char *at = strchr(odd, c);
    if (starts_line && c == '.')
        printf("\\&");
    if (c && at)
        printf("%s", instead[at - odd]);
    else
        putchar(c);
}

static void escaped(const char *text, size_t n, bool starts_line)
{
    for (size_t i = 0; i < n; i++)
        character(text[i], starts_line && i == 0);
}

/* `text` as lines of their own. */
static void lines(const char *text)
{
    size_t at = 0;
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, " ");
        bool starts_line = at == 0 || at + 1 + n > SOURCE_COLUMNS;
        if (at > 0)
            putchar(starts_line ? '\n' : ' ');
        at = starts_line ? n : at + 1 + n;
        escaped(p, n, starts_line);
        p += n + (p[n] == ' ');
    }
    putchar('\n');
}

/* What stands for a value: capitals in italics, all else as it is typed. */
static void value(const char *text)
{
    for (const char *p = text; *p;) {
        size_t n = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-");
        bool is_name = n > 0;
        n = n ? n : strcspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        if (is_name)
            printf("\\fI");
        escaped(p, n, false);
        if (is_name)
            printf("\\fR");
        p += n;
    }
}

static void option(const struct cli_option *row)
{
    printf(".TP\n");
    if (row->letter)
        printf("\\fB\\-%c\\fR, ", row->letter);
    printf("\\fB\\-\\-");
    escaped(row->name, strlen(row->name), false);
    printf("\\fR%s", row->arg ? " " : "");
    if (row->arg)
        value(row->arg);
    putchar('\n');
    lines(row->help);
}

static void options(unsigned command)
{
    printf(".SH OPTIONS\n");
    for (int g = 0; g < CLI_N_GROUPS; g++) {
        bool titled = false;
        for (size_t i = 0; i < cli_n_options; i++) {
            const struct cli_option *row = &cli_option_table[i];
            if ((int)row->group != g || !(row->commands & command))
                continue;
            if (!titled)
                printf(".SS %s\n", cli_group_titles[g]);
            titled = true;
            option(row);
        }
    }
}

static void head(const char *name, const char *summary, const char *date)
{
    printf(".\\\" Made from the table of options when trailloop was built.\n.TH ");
    for (const char *p = name; *p; p++)
        character(*p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p, false);
    printf(" 1 \"%s\" \"trailloop %s\" \"User Commands\"\n.SH NAME\n", date, TRAILLOOP_VERSION);
    escaped(name, strlen(name), true);
    printf(" \\- ");
    lines(summary);
}

static void exit_status(void)
{
    printf(".SH EXIT STATUS\n");
    for (size_t i = 0; i < cli_n_exit_codes; i++) {
        printf(".TP\n%d\n", cli_exit_codes[i].code);
        lines(cli_exit_codes[i].meaning);
    }
    printf(".PP\n");
    lines("Of several the worst counts: 4, 2, 3, 1. A signal that asks to stop ends it with 128 and the "
          "signal's number.");
}

static void examples(const struct cli_command *cmd)
{
    for (size_t i = 0; i < CLI_EXAMPLES_MAX && cmd->examples[i].command; i++) {
        printf("%s\n", i ? ".PP" : ".SH EXAMPLES");
        lines(cmd->examples[i].text);
        printf(".PP\n.in +4n\n.EX\n");
        escaped(cmd->examples[i].command, strlen(cmd->examples[i].command), true);
        printf("\n.EE\n.in\n");
    }
}

static void see_also(const struct cli_command *self)
{
    printf(".SH SEE ALSO\n");
    if (self)
        printf(".BR trailloop (1)%s\n", cli_n_commands > 1 ? "," : "");
    for (size_t i = 0, left = cli_n_commands - (self != NULL); i < cli_n_commands; i++)
        if (cli_commands[i] != self)
            printf(".BR trailloop\\-%s (1)%s\n", cli_commands[i]->name, --left ? "," : "");
}

static void command_page(const struct cli_command *cmd, const char *date)
{
    char name[64];
    snprintf(name, sizeof name, "trailloop-%s", cmd->name);
    head(name, cmd->summary, date);
    printf(".SH SYNOPSIS\n.B trailloop %s\n[\\fIOPTION\\fR]...%s", cmd->name, cmd->operands[0] ? " " : "");
    value(cmd->operands);
    printf("\n.SH DESCRIPTION\n");
    lines(cmd->text);
    options(cmd->bit);
    exit_status();
    examples(cmd);
    see_also(cmd);
}

static void environment(void)
{
    static const struct {
        const char *name, *text;
    } all[] = {
        {"NO_COLOR", "When set and not empty: no colour, unless --color always is given."},
        {"TERM", "On a terminal that calls itself dumb there is neither colour nor a progress bar."},
        {"SOURCE_DATE_EPOCH",
         "Seconds since 1970: what time it is, for reports and for times such as '2 days ago'. The same "
         "input then gives the same bytes."},
    };
    printf(".SH ENVIRONMENT\n");
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        printf(".TP\n.B %s\n", all[i].name);
        lines(all[i].text);
    }
}

static void commands(void)
{
    printf(".SH COMMANDS\n");
    for (size_t i = 0; i < cli_n_commands; i++) {
        const struct cli_command *cmd = cli_commands[i];
        printf(".TP\n\\fB%s\\fR%s", cmd->name, cmd->operands[0] ? " " : "");
        value(cmd->operands);
        putchar('\n');
        lines(cmd->summary);
    }
}

static void program_page(const char *date)
{
    head("trailloop", "find resources that AWS Config remediates in circles", date);
    printf(".SH SYNOPSIS\n.B trailloop\n\\fICOMMAND\\fR [\\fIOPTION\\fR]...\n.SH DESCRIPTION\n");
    lines(
        "Reads AWS CloudTrail logs as they are delivered to S3 and finds remediation loops: AWS Config "
        "judges "
        "a resource NON_COMPLIANT, starts an SSM Automation runbook, the runbook changes the resource, the "
        "change brings the next verdict, and so on. It says which resource, since when, how often, who takes "
        "part, why AWS's retry limit did not stop it, which settings would, and whether it has stopped. It "
        "needs no access to an account. Each command has a page of its own.");
    commands();
    options(CLI_TOP);
    exit_status();
    environment();
    see_also(NULL);
}

void pages_man(const struct cli_command *cmd, const char *date)
{
    if (cmd)
        command_page(cmd, date);
    else
        program_page(date);
}
