/* scan: the built program run on a dump, its JSON report read back. For tests; a failure ends the test. */
#ifndef TRAILLOOP_TEST_SCAN_H
#define TRAILLOOP_TEST_SCAN_H

#include "dump.h"
#include "run.h"

/* The program under test, from the environment variable TRAILLOOP_EXE. */
const char *scan_exe(void);

/* `trailloop ARGUMENT...` in the C locale, UTC, with a fixed SOURCE_DATE_EPOCH; its exit status must be
 * `exit`. Returns what it printed: owned, to be freed. */
char *scan_text(int exit, const char *const *arguments);
/* The same, read as JSON. */
json_t *scan_json(int exit, const char *const *arguments);
/* `trailloop scan --format json PATH`, which must end with 0. */
json_t *scan_path(const char *path);
/* The history delivered to a directory of its own, scanned, and removed. `how` may be NULL: shuffled, gzip.
 */
json_t *scan_history(struct tlh *h, const struct tlh_delivery *how);

size_t scan_n_loops(const json_t *report);
/* The report of the history, which is freed; it must have so many loops, and is printed where it has not. */
json_t *scan_loops_of(struct tlh *h, size_t n_loops);
/* The loop on that resource, which must be the only one on it; NULL if there is none. Account and region may
 * be NULL: any. */
const json_t *scan_loop(const json_t *report, const char *id, const char *account, const char *region);
/* The value at a path of keys and indexes with dots between: "stopped.last_verdict.answered". Must exist. */
const json_t *scan_get(const json_t *value, const char *path);
json_int_t scan_int(const json_t *value, const char *path);
const char *scan_word(const json_t *value, const char *path);
bool scan_bool(const json_t *value, const char *path);
/* Takes out what says where records lay: evidence's source, record and offset, and the coverage's files. */
void scan_forget_files(json_t *report);

#endif
