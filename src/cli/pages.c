/* trailloop-pages: runs while building. `man DATE`, `man DATE COMMAND`, `bash`, `zsh`, `fish` print a page;
 * `list` prints every command, option and example, for the test that looks for each of them in each page. */
#include "pages.h"

#include <stdio.h>
#include <string.h>

static void list(void)
{
    for (size_t i = 0; i < cli_n_commands; i++) {
        const struct cli_command *cmd = cli_commands[i];
        printf("command %s\n", cmd->name);
        for (size_t k = 0; k < cli_n_options; k++)
            if (cli_option_table[k].commands & cmd->bit)
                printf("option %s %s\n", cmd->name, cli_option_table[k].name);
        for (size_t k = 0; k < CLI_EXAMPLES_MAX && cmd->examples[k].command; k++)
            printf("example %s %s\n", cmd->name, cmd->examples[k].command);
    }
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    const struct cli_command *cmd = argc > 3 ? cli_command_find(argv[3]) : NULL;
    if (strcmp(what, "man") == 0 && argc > 2 && (argc == 3 || cmd))
        pages_man(cmd, argv[2]);
    else if (strcmp(what, "bash") == 0)
        pages_bash();
    else if (strcmp(what, "zsh") == 0)
        pages_zsh();
    else if (strcmp(what, "fish") == 0)
        pages_fish();
    else if (strcmp(what, "list") == 0)
        list();
    else
        return fprintf(stderr, "usage: trailloop-pages man DATE [COMMAND]|bash|zsh|fish|list\n") < 0 ? 2 : 1;
    return fclose(stdout) ? 1 : 0;
}
