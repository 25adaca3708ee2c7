/* What a command gives up before it reads hostile bytes. */
#ifndef TRAILLOOP_CLI_CONFINE_H
#define TRAILLOOP_CLI_CONFINE_H

#include "command.h"

/* A directory for temporary files. To be called first: SQLite looks for one when it is first used. */
void cli_confine_begin(void);
/* To be called once the database is open, and before anything is read: from here on only the operands and the
 * keys are read, and only the database, the result's file and temporary files are written. 0 or TL_ENOMEM. */
int cli_confine(struct cli *c);
/* The same for what reads a database: only the result's file and temporary files are written. All may be
 * read: where the record of an event lies, only the database says. */
void cli_confine_reader(const struct cli *c);
/* Removes the directory of temporary files. */
void cli_confine_end(void);

#endif
