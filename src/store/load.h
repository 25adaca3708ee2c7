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

/* Another name of a judged resource: an index in `resources`, and a database id. */
struct loose_name {
    uint32_t resource;
    int64_t name;
};

struct loader {
    struct tl_store *s;
    struct tl_history *h;
    struct tl_err *err;
    int64_t since_s, until_s;
    const struct tl_sieve *sieve;
    struct idset texts, apis, callers, resources, scopes;
    size_t first_attempt,
        end_attempts;    /* among the steps, as long as these are in the order of their reading */
    const int64_t *also; /* resources whose changes are wanted too */
    size_t n_also;
    struct idset judged;       /* database ids, aliases resolved */
    struct idset judged_names; /* the other names under which their changes were looked for */
    struct idset quiet;        /* resources of which parked.c keeps some changes back */
    struct idset given;        /* resources as they stand in rows, and in `real` what they resolve to */
    int64_t *real;
    size_t cap_real;
    struct loose_value *values;
    size_t n_values, cap_values;
    struct session_names learned;
    struct loose_name *names;
    size_t n_names, cap_names;
    uint32_t *scope_order; /* index in `scopes` to index in the history */
};

/* parked.c: puts into the tables what was put aside and may have to be read. */
int park_settle(struct loader *l);

/* load.c: the index of a database id in a set; of the resource that `id` is, or is another form of (`index`
 * may be NULL); a new step at the end. NULL, negative: the failure is in l->err. */
int loader_id(struct loader *l, struct idset *set, int64_t id, uint32_t *index);
int loader_resource(struct loader *l, int64_t id, int64_t *real, uint32_t *index);
/* load.c: once changes are read: whether the resource was judged, under this name or another one. 0 with
 * *judged, or a failure. */
int loader_is_judged(struct loader *l, int64_t id, bool *judged);
struct tl_step *loader_new_step(struct loader *l, enum tl_step_kind kind);
uint8_t loader_step_flags(int64_t event_flags);

/* load.c: a row of `load_changes` as a step; resource 0: it names none. */
int loader_change(struct loader *l, struct query *q, int64_t resource);
/* load_failed.c: failed calls whose parameters name no resource, as far as they may belong to what was read.
 */
int load_failed(struct loader *l);
/* elsewhere.c: marks the attempts that are resources' which the history does not hold. */
int load_elsewhere(struct loader *l);

/* load_calls.c: the changes on resources that were never judged which the sieve keeps. */
int load_calls(struct loader *l);

/* Gives out the final indexes, by content, and sorts the steps. */
int loader_order(struct loader *l);

#endif
