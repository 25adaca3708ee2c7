/* Completions for bash, zsh and fish. Each knows the commands, the options of each command, the words that an
 * option takes, and where files are wanted; what is free (a time, a number) is left to who types. */
#include "pages.h"

#include <stdio.h>
#include <string.h>

/* What an option or an operand takes, by how the tables write it. */
enum takes { TAKES_NOTHING, TAKES_TEXT, TAKES_FILE, TAKES_WORD };

static enum takes takes(const char *arg)
{
    if (!arg || !*arg)
        return TAKES_NOTHING;
    if (strcmp(arg, "FILE") == 0 || strcmp(arg, "PATH...") == 0)
        return TAKES_FILE;
    if (strcmp(arg, "[COMMAND]") == 0)
        return TAKES_WORD;
    return strchr(arg, '|') && strpbrk(arg, "abcdefghijklmnopqrstuvwxyz") ? TAKES_WORD : TAKES_TEXT;
}

static void command_names(void)
{
    for (size_t i = 0; i < cli_n_commands; i++)
        printf("%s%s", i ? " " : "", cli_commands[i]->name);
}

/* `text|json` as `text json`. */
static void words(const char *arg)
{
    if (strcmp(arg, "[COMMAND]") == 0) {
        command_names();
        return;
    }
    for (; *arg && *arg != ' '; arg++)
        if (*arg != '[' && *arg != ']')
            putchar(*arg == '|' ? ' ' : *arg);
}

/* Text inside '...', where an apostrophe and each of `special` need a form of their own. */
static void quoted(const char *text, const char *apostrophe, const char *special)
{
    for (; *text; text++)
        if (*text == '\'')
            printf("%s", apostrophe);
        else
            printf("%s%c", strchr(special, *text) ? "\\" : "", *text);
}

/* ---- bash -------------------------------------------------------------------------------------- */

static void bash_options(unsigned command)
{
    for (size_t i = 0; i < cli_n_options; i++)
        if (cli_option_table[i].commands & command)
            printf(" --%s", cli_option_table[i].name);
}

static void bash_choice(const char *arg)
{
    switch (takes(arg)) {
    case TAKES_FILE:
        printf("files=1 ;;\n");
        break;
    case TAKES_WORD:
        printf("words='");
        words(arg);
        printf("' ;;\n");
        break;
    case TAKES_NOTHING:
    case TAKES_TEXT:
        printf("free=1 ;;\n");
        break;
    }
}

/* What may come behind each option that takes something. */
static void bash_values(const struct cli_command *cmd)
{
    for (size_t i = 0; i < cli_n_options; i++) {
        const struct cli_option *row = &cli_option_table[i];
        if (!(row->commands & cmd->bit) || !row->arg)
            continue;
        printf("        %s:--%s", cmd->name, row->name);
        if (row->letter)
            printf(" | %s:-%c", cmd->name, row->letter);
        printf(") ");
        bash_choice(row->arg);
    }
}

static const char bash_head[] =
    "# bash completion of trailloop, made from its table of options.\n"
    "_trailloop()\n"
    "{\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command= i words= files= "
    "free=\n"
    "    # readline breaks words at '=': --format=js comes as three\n"
    "    if [[ $cur == = ]]; then\n"
    "        cur=\n"
    "    elif [[ $prev == = && COMP_CWORD -gt 1 ]]; then\n"
    "        prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    fi\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        [[ ${COMP_WORDS[i]} == -* ]] || { command=${COMP_WORDS[i]}; break; }\n"
    "    done\n"
    "    COMPREPLY=()\n";

static const char bash_tail[] = "    if [[ $words ]]; then\n"
                                "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
                                "    elif [[ $files ]]; then\n"
                                "        compopt -o filenames 2>/dev/null\n"
                                "        mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
                                "    fi\n"
                                "}\n"
                                "complete -F _trailloop trailloop\n";

void pages_bash(void)
{
    printf("%s    if [[ ! $command ]]; then\n        words='", bash_head);
    command_names();
    bash_options(CLI_TOP);
    printf("'\n    else\n        case $command:$prev in\n");
    for (size_t i = 0; i < cli_n_commands; i++)
        bash_values(cli_commands[i]);
    printf("        esac\n    fi\n"
           "    if [[ ! $words$files$free && $cur == -* ]]; then\n        case $command in\n");
    for (size_t i = 0; i < cli_n_commands; i++) {
        printf("        %s) words='", cli_commands[i]->name);
        bash_options(cli_commands[i]->bit);
        printf("' ;;\n");
    }
    printf("        esac\n    elif [[ ! $words$files$free ]]; then\n        case $command in\n");
    for (size_t i = 0; i < cli_n_commands; i++) {
        printf("        %s) ", cli_commands[i]->name);
        bash_choice(cli_commands[i]->operands);
    }
    printf("        esac\n    fi\n%s", bash_tail);
}

/* ---- zsh --------------------------------------------------------------------------------------- */

static void zsh_text(const char *text)
{
    quoted(text, "'\\''", "[]:\\");
}

/* `:what:action` behind an option or operand. */
static void zsh_action(const char *arg)
{
    switch (takes(arg)) {
    case TAKES_NOTHING:
        break;
    case TAKES_TEXT:
        printf(":%s: ", arg);
        break;
    case TAKES_FILE:
        printf(":file:_files");
        break;
    case TAKES_WORD:
        printf(":word:(");
        words(arg);
        printf(")");
        break;
    }
}

static void zsh_option(const struct cli_option *row)
{
    const char *value = row->arg ? "=" : "";
    if (row->letter)
        printf("                '(-%c --%s)'{-%c%s,--%s%s}'[", row->letter, row->name, row->letter,
               row->arg ? "+" : "", row->name, value);
    else
        printf("                '--%s%s[", row->name, value);
    zsh_text(row->help);
    printf("]");
    zsh_action(row->arg);
    printf("' \\\n");
}

static void zsh_command(const struct cli_command *cmd)
{
    printf("        %s)\n            _arguments -s -S \\\n", cmd->name);
    for (size_t i = 0; i < cli_n_options; i++)
        if (cli_option_table[i].commands & cmd->bit)
            zsh_option(&cli_option_table[i]);
    if (cmd->operands[0]) {
        printf("                '%s", strstr(cmd->operands, "...") ? "*" : "1");
        zsh_action(cmd->operands);
        printf("' \\\n");
    }
    printf("                && ret=0\n            ;;\n");
}

void pages_zsh(void)
{
    printf("#compdef trailloop\n"
           "# zsh completion of trailloop, made from its table of options.\n"
           "_trailloop() {\n"
           "    local context state state_descr line ret=1\n"
           "    typeset -A opt_args\n"
           "    local -a commands=(\n");
    for (size_t i = 0; i < cli_n_commands; i++) {
        printf("        '%s:", cli_commands[i]->name);
        zsh_text(cli_commands[i]->summary);
        printf("'\n");
    }
    printf("    )\n    _arguments -C \\\n");
    for (size_t i = 0; i < cli_n_options; i++)
        if (cli_option_table[i].commands & CLI_TOP)
            zsh_option(&cli_option_table[i]);
    printf("                '1:command:->command' '*::argument:->argument' && ret=0\n"
           "    case $state in\n"
           "    command) _describe command commands && ret=0 ;;\n"
           "    argument)\n"
           "        case $line[1] in\n");
    for (size_t i = 0; i < cli_n_commands; i++)
        zsh_command(cli_commands[i]);
    printf("        esac\n        ;;\n    esac\n    return ret\n}\n_trailloop \"$@\"\n");
}

/* ---- fish -------------------------------------------------------------------------------------- */

static void fish_takes(const char *arg)
{
    switch (takes(arg)) {
    case TAKES_NOTHING:
        break;
    case TAKES_TEXT:
        printf(" -x");
        break;
    case TAKES_FILE:
        printf(" -r -F");
        break;
    case TAKES_WORD:
        printf(" -x -a '");
        words(arg);
        printf("'");
        break;
    }
}

/* The options of `command`, where `condition` and `name` say so. */
static void fish_options(unsigned command, const char *condition, const char *name)
{
    for (size_t i = 0; i < cli_n_options; i++) {
        const struct cli_option *row = &cli_option_table[i];
        if (!(row->commands & command))
            continue;
        printf("complete -c trailloop -n '%s%s' -l %s", condition, name, row->name);
        if (row->letter)
            printf(" -s %c", row->letter);
        fish_takes(row->arg);
        printf(" -d '");
        quoted(row->help, "\\'", "\\");
        printf("'\n");
    }
}

static void fish_command(const struct cli_command *cmd)
{
    printf("complete -c trailloop -n __fish_use_subcommand -a %s -d '", cmd->name);
    quoted(cmd->summary, "\\'", "\\");
    printf("'\n");
    fish_options(cmd->bit, "__fish_seen_subcommand_from ", cmd->name);
    if (takes(cmd->operands) == TAKES_FILE || takes(cmd->operands) == TAKES_WORD) {
        printf("complete -c trailloop -n '__fish_seen_subcommand_from %s'", cmd->name);
        fish_takes(cmd->operands);
        printf("\n");
    }
}

void pages_fish(void)
{
    printf("# fish completion of trailloop, made from its table of options.\ncomplete -c trailloop -f\n");
    fish_options(CLI_TOP, "__fish_use_subcommand", "");
    for (size_t i = 0; i < cli_n_commands; i++)
        fish_command(cli_commands[i]);
}
