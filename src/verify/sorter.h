/* Lines in the order of their bytes, however many: what does not fit in memory waits, sorted, in an unnamed
 * temporary file. A line is any bytes, here fields with a NUL between. */
#ifndef TRAILLOOP_VERIFY_SORTER_H
#define TRAILLOOP_VERIFY_SORTER_H

#include "trailloop/base.h"

struct sorter_run;

struct sorter {
    struct tl_buf text; /* of the lines in memory */
    struct sorter_line {
        size_t at, n;
    } * lines;
    size_t n_lines, cap_lines, next;
    int fd; /* of the temporary file, when there are runs */
    int64_t n_written;
    struct sorter_run *runs; /* when all were added: a heap, the smallest line first */
    size_t n_runs, cap_runs;
    bool given; /* the first run's line: it moves on with the next call */
};

void sorter_init(struct sorter *s);
void sorter_fini(struct sorter *s);
/* 0, TL_ENOMEM or TL_EIO. */
int sorter_add(struct sorter *s, tl_str line, struct tl_err *err);
/* After the last add; then the lines come one by one: 1 with a line, borrowed until the next call; 0 after
 * the last one; or a failure. */
int sorter_start(struct sorter *s, struct tl_err *err);
int sorter_next(struct sorter *s, tl_str *line, struct tl_err *err);

#endif
