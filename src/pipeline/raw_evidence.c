/* The raw records behind a finding: every file is read once, whatever the order in which its records are
 * shown. */
#include "trailloop/pipeline.h"

#include <stdlib.h>
#include <string.h>

struct wanted {
    struct tl_event_origin origin;
    struct tl_evidence_step *step;
};

static int compare_files(const struct tl_event_origin *a, const struct tl_event_origin *b)
{
    int c = tl_str_cmp(a->location, b->location);
    if (c == 0)
        c = (int)a->has_sha256 - (int)b->has_sha256;
    if (c == 0 && a->has_sha256)
        c = memcmp(a->sha256, b->sha256, sizeof a->sha256);
    if (c == 0)
        c = (a->size_bytes > b->size_bytes) - (a->size_bytes < b->size_bytes);
    return c ? c : (a->mtime_ns > b->mtime_ns) - (a->mtime_ns < b->mtime_ns);
}

static int by_place(const void *a, const void *b)
{
    const struct wanted *x = a, *y = b;
    int c = compare_files(&x->origin, &y->origin);
    return c ? c : (x->origin.at.offset > y->origin.at.offset) - (x->origin.at.offset < y->origin.at.offset);
}

static int want_all(struct tl_store *s, struct tl_finding *f, struct tl_arena *arena, struct wanted *to,
                    struct tl_err *err)
{
    for (size_t i = 0; i < f->n_evidence; i++)
        for (size_t k = 0; k < f->evidence[i].n_steps; k++) {
            struct tl_evidence_step *step = &f->evidence[i].steps[k];
            int r = tl_store_origin(s, step->event.time_s, &step->event.id, arena, &to->origin, err);
            if (r)
                return r < 0 ? r : tl_err_set(err, TL_EDB, "the database changed while it was read");
            to++->step = step;
        }
    return 0;
}

/* The records of one file. */
static int read_file(struct wanted *w, size_t n, struct tl_arena *arena, struct tl_err *err)
{
    const struct tl_event_origin **origins = tl_arena_calloc(arena, n, sizeof *origins);
    tl_str *records = tl_arena_calloc(arena, n, sizeof *records);
    if (!origins || !records)
        return tl_err_nomem(err);
    for (size_t i = 0; i < n; i++)
        origins[i] = &w[i].origin;
    int r = tl_raw_records(origins, n, arena, records, err);
    for (size_t i = 0; r >= 0 && i < n; i++) {
        w[i].step->raw = r ? TL_STR_NONE : records[i];
        w[i].step->raw_missing = r == TL_RAW_GONE      ? "its file is gone"
                                 : r == TL_RAW_CHANGED ? "its file is not the one that was read"
                                                       : NULL;
    }
    return r < 0 ? r : 0;
}

int tl_raw_evidence(struct tl_store *s, struct tl_finding *f, struct tl_arena *arena, struct tl_err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n_evidence; i++)
        n += f->evidence[i].n_steps;
    struct wanted *w = malloc((n + 1) * sizeof *w);
    if (!w)
        return tl_err_nomem(err);
    int r = want_all(s, f, arena, w, err);
    if (r == 0 && n)
        qsort(w, n, sizeof *w, by_place);
    for (size_t i = 0, end; r == 0 && i < n; i = end) {
        for (end = i; end < n && compare_files(&w[i].origin, &w[end].origin) == 0; end++)
            ;
        r = read_file(w + i, end - i, arena, err);
    }
    free(w);
    return r;
}
