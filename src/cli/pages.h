/* The pages that are made when the program is built: manual and completions, from the same tables that
 * parsing and
 * --help come from. They are printed as they are made. */
#ifndef TRAILLOOP_CLI_PAGES_H
#define TRAILLOOP_CLI_PAGES_H

#include "command.h"

/* trailloop(1), or a command's page; `date` is the manual's. */
void pages_man(const struct cli_command *cmd, const char *date);
void pages_bash(void);
void pages_zsh(void);
void pages_fish(void);

#endif
