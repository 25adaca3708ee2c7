/* What log_writes writes and power_cut reads. Path numbers hold from one LOG_BEGIN to the next. */
#ifndef TRAILLOOP_TORTURE_LOG_WRITES_H
#define TRAILLOOP_TORTURE_LOG_WRITES_H

#include <stdint.h>

enum log_op { LOG_BEGIN, LOG_END, LOG_OPEN, LOG_WRITE, LOG_TRUNCATE, LOG_SYNC, LOG_UNLINK };

struct log_head {
    uint32_t op, path;
    uint64_t at;      /* write: where; truncate: the new length */
    uint64_t n_bytes; /* that follow this head */
};

#endif
