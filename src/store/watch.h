/* store, inside: whether one resource's changes may hold a loop, asked of whoever can tell. */
#ifndef TRAILLOOP_STORE_WATCH_H
#define TRAILLOOP_STORE_WATCH_H

#include "private.h"

struct watcher {
    struct tl_store *s;
    const struct tl_watch *watch;
    struct tl_err *err;
    struct idset shapes; /* met, and in `kinds` what they are: kept from one resource to the next */
    uint32_t *kinds;
    size_t cap_kinds;
    struct tl_call *calls; /* of one resource */
    size_t n, cap;
    bool restless; /* by what was looked at so far */
    struct tl_arena arena;
};

/* Of one resource: begin, add its changes in time order, end. */
void watcher_begin(struct watcher *w);
int watcher_add(struct watcher *w, int64_t event, int64_t shape, int64_t detail, int64_t fingerprint);
bool watcher_end(struct watcher *w);
void watcher_fini(struct watcher *w);

#endif
