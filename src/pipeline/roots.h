/* roots: what the manifest says of the paths that an ingest was given. */
#ifndef TRAILLOOP_PIPELINE_ROOTS_H
#define TRAILLOOP_PIPELINE_ROOTS_H

#include "trailloop/pipeline.h"

struct tl_root {
    const char *typed; /* borrowed */
    char *real;        /* as in locations, owned; NULL where nothing can be known of it */
};

struct tl_roots { /* {0} is an empty one */
    struct tl_root *items;
    size_t n;
};

/* Standard input is none of them. `paths` are borrowed until tl_roots_fini. */
int tl_roots_init(struct tl_roots *r, const char *const *paths, size_t n_paths, struct tl_err *err);
void tl_roots_fini(struct tl_roots *r);

/* What could not be read before is not held against this run, which sees for itself. To be called between
 * begin and commit. 0 or a failure. */
int tl_roots_forget_unreadable(const struct tl_roots *r, struct tl_store *s, struct tl_err *err);
/* Whether something was found before at or below the path `typed`, which is missing now: then its rows stay
 * as they are. 0 or a failure. */
int tl_roots_remember(const struct tl_roots *r, struct tl_store *s, tl_str typed, bool *known,
                      struct tl_err *err);
/* Tells of what was found before and is not there any more, and marks it in the manifest; what has come back
 * is no longer marked. `n_found` is how many entries the walk gave, each as often as it did. Looks at the
 * disk only when the manifest has more, or marked ones. Not in a transaction. 0 or a failure. */
int tl_roots_find_gone(const struct tl_roots *r, struct tl_store *s, const struct tl_ingest_options *o,
                       uint64_t n_found, struct tl_err *err);

#endif
