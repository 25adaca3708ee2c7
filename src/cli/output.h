/* Where results go: standard output, or a file that is replaced as a whole. */
#ifndef TRAILLOOP_CLI_OUTPUT_H
#define TRAILLOOP_CLI_OUTPUT_H

#include "trailloop/base.h"

/* Whether `path` (NULL: standard output) can be written and is none of `others` (what is read). 0 or
 * TL_EUSAGE. */
int cli_output_check(const char *path, const char *const *others, size_t n_others, struct tl_err *err);
/* Writes it whole, and makes sure that it is. 0 or TL_EIO; CLI_OUTPUT_CLOSED when the reader of a pipe has
 * gone. */
enum { CLI_OUTPUT_CLOSED = 1 };
int cli_output_write(const char *path, tl_str bytes, struct tl_err *err);

#endif
