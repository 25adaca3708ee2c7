/* run: a directory of the test's own, and the program run in it. A failure ends the test program. */
#ifndef TRAILLOOP_TEST_RUN_H
#define TRAILLOOP_TEST_RUN_H

#include <stddef.h>

#define TLH_PATH_BYTES 4096

/* Makes a directory under $TMPDIR, or /tmp; remove takes it away with all it holds. */
void tlh_temp_make(char path[TLH_PATH_BYTES]);
void tlh_temp_remove(const char *path);

struct tlh_run {
    int exit;        /* exit status; 128 + n when signal n ended it */
    char *out, *err; /* owned; terminated */
    size_t n_out, n_err;
};
/* Runs argv[0] with `env` ("NAME=value" ..., NULL at the end; may be NULL) added to the environment, standard
 * input from the file `in` (NULL: empty). Waits for its end. */
void tlh_run(struct tlh_run *r, const char *const *argv, const char *const *env, const char *in);
void tlh_run_fini(struct tlh_run *r);

#endif
