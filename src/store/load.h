/* store, inside: what is under way while a history is loaded. Rows are read by load.c, put in order by
 * order.c. */
#ifndef TRAILLOOP_STORE_LOAD_H
#define TRAILLOOP_STORE_LOAD_H

#include "private.h"

/* A value of an attempt, before the steps have their final places. */
struct loose_value {
    int64_t time_s;
    struct tl_event_id event;
    uint32_t text;
};

struct loader {
    struct tl_store *s;
    struct tl_history *h;
    struct tl_err *err;
    int64_t since_s, until_s;
    struct idset texts, apis, callers, resources, scopes;
    struct idset judged; /* database ids, aliases resolved */
    struct idset given;  /* resources as they stand in rows, and in `real` what they resolve to */
    int64_t *real;
    size_t cap_real;
    struct loose_value *values;
    size_t n_values, cap_values;
    uint32_t *scope_order; /* index in `scopes` to index in the history */
};

/* Gives out the final indexes, by content, and sorts the steps. */
int loader_order(struct loader *l);

#endif
