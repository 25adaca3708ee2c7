/* What is said on standard error: errors, warnings, a progress bar on a terminal. All of it escaped. */
#ifndef TRAILLOOP_CLI_CONSOLE_H
#define TRAILLOOP_CLI_CONSOLE_H

#include "trailloop/pipeline.h"

struct cli_console {
    bool quiet;    /* errors only */
    bool terminal; /* standard error is one */
    int64_t started_ms;
    bool bar; /* the bar stands on the last line */
};

void cli_console_init(struct cli_console *c);
void cli_error(struct cli_console *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* `line`, a text on one line, and below it a caret at this column (from 1) of it. */
void cli_point(struct cli_console *c, const char *line, size_t column);
void cli_warning(struct cli_console *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool cli_shows_progress(const struct cli_console *c);
void cli_progress(struct cli_console *c, const struct tl_progress *p);
void cli_progress_end(struct cli_console *c); /* takes the bar away */

#endif
