/* The progress bar's line, as a pure function: what is known, how long it took, how wide the terminal is. */
#ifndef TRAILLOOP_CLI_PROGRESS_H
#define TRAILLOOP_CLI_PROGRESS_H

#include "trailloop/pipeline.h"

enum { CLI_PROGRESS_MAX_BYTES = 256 };

/* ` 42 % [####......] 123.4 of 379.0 MB, 1,234 of 7,300 files, 95.2 MB/s, 2 min 30 s left`, or what of it is
 * known and fits into `columns`; shorter than CLI_PROGRESS_MAX_BYTES. Returns `out`. */
const char *cli_progress_line(const struct tl_progress *p, int64_t elapsed_ms, int columns,
                              char out[CLI_PROGRESS_MAX_BYTES]);

#endif
