/* patterns: the repeating patterns of one resource, from its calls. */
#ifndef TRAILLOOP_PIPELINE_PATTERNS_H
#define TRAILLOOP_PIPELINE_PATTERNS_H

#include "trailloop/report.h"

/* A call on the resource; `call` and `caller` are numbers in the part's lists. */
struct pattern_call {
    int64_t time_s;
    uint32_t call, caller;
    uint64_t fingerprint; /* 0: a verdict, an attempt, or no parameters */
};

/* Calls of one resource, by time, within a second by what they are; a resource with very many comes in parts.
 */
struct pattern_part {
    const struct pattern_call *calls;
    size_t n_calls;
    const tl_str *names; /* service:Action of each call number, sorted */
    const struct tl_caller *callers;
};

struct pattern_group;
struct patterns {                 /* of one resource */
    struct pattern_group *groups; /* one for each unit, whatever its rotation */
    size_t n, cap;
    uint32_t n_left_out; /* units beyond PATTERN_GROUPS_MAX */
    struct tl_arena arena;
};
enum { PATTERN_GROUPS_MAX = 1024 };

/* Adds what repeats in the part. 0 or TL_ENOMEM. */
int patterns_add(struct patterns *p, const struct pattern_part *part, uint32_t min_copies);
/* What is known of group i; borrowed until patterns_clear. resource, arn and loop are left out. `out` gets
 * texts of its own only in `arena`. 0 or TL_ENOMEM. */
int patterns_get(struct patterns *p, size_t i, struct tl_arena *arena, struct tl_pattern *out);
void patterns_clear(struct patterns *p); /* empty again */

#endif
