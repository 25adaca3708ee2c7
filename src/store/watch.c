/* Which resources an analysis has to look at for what needs no verdict: the table `watched`. Changes on
 * resources that were never judged may be any number, and nearly all of them lead to no loop. So a resource
 * is looked at when it has new changes, and only these and what lies around them; where they may be part of a
 * loop, it stays watched, and is sieved in each analysis (load_calls.c). All others are left alone until they
 * change.
 *
 * What is new is noted in the transaction in which it comes, and what was looked at in the one that derives
 * the loops: a run that ends between the two leaves it noted. The table counts only where `looked` says that
 * this version of the program filled it: before the first look, and after another version's, everything is
 * new, and nothing is noted. Copies that give way, and what they held, leave a resource watched that need not
 * be: that costs a look. */
#include "watch.h"

#include "trailloop/limits.h"

#include <stdlib.h>
#include <string.h>

/* ---- what is new ------------------------------------------------------------------------------- */

int looked_read(struct tl_store *s, bool *looked, struct tl_err *err)
{
    struct query q = query(s, SQL_IS_LOOKED);
    bind_text(&q, IS_LOOKED_VERSION, TL_STR(TRAILLOOP_VERSION));
    int r = query_row(&q, err);
    *looked = r > 0;
    if (r > 0)
        query_end(&q);
    return r < 0 ? r : 0;
}

int watch_new(struct tl_store *s, int64_t resource, int64_t first, int64_t last, struct tl_err *err)
{
    if (!s->looked || resource == 0)
        return 0;
    struct query q = query(s, SQL_WATCH_NEW);
    bind_int(&q, WATCH_NEW_RESOURCE, resource);
    bind_int(&q, WATCH_NEW_FIRST, first);
    bind_int(&q, WATCH_NEW_LAST, last);
    return query_run(&q, err);
}

int watch_forget(struct tl_store *s, struct tl_err *err)
{
    struct query looked = query(s, SQL_DROP_LOOKED), all = query(s, SQL_DROP_WATCHED);
    int r = query_run(&looked, err);
    s->looked = false;
    return r ? r : query_run(&all, err);
}

/* ---- one resource's calls ---------------------------------------------------------------------- */

void watcher_fini(struct watcher *w)
{
    idset_fini(&w->shapes);
    free(w->kinds);
    free(w->calls);
    tl_arena_fini(&w->arena);
}

static int kind_of(struct watcher *w, int64_t shape, uint32_t *kind)
{
    int64_t scope, api_id, caller_id, flags;
    struct tl_api api;
    struct tl_caller caller;
    uint32_t i;
    int r = idset_add(&w->shapes, shape, &i, w->err);
    if (r > 0) {
        if (tl_grow(&w->kinds, &w->cap_kinds, w->shapes.n, sizeof *w->kinds))
            return tl_err_nomem(w->err);
        tl_arena_reset(&w->arena);
        r = fetch_shape(w->s, shape, &scope, &api_id, &caller_id, &flags, w->err);
        if (r == 0)
            r = fetch_api(w->s, api_id, &w->arena, &api, w->err);
        if (r == 0)
            r = fetch_caller(w->s, caller_id, &w->arena, &caller, w->err);
        if (r == 0 && w->watch->kind(w->watch->ctx, &api, &caller, flags & TL_EVENT_FAILED, &w->kinds[i]))
            r = tl_err_nomem(w->err);
    }
    if (r == 0)
        *kind = w->kinds[i];
    return r;
}

void watcher_begin(struct watcher *w)
{
    w->n = 0;
    w->restless = false;
}

static void judge(struct watcher *w)
{
    if (w->n > 1 && !w->restless)
        w->restless = w->watch->look(w->watch->ctx, w->calls, w->n);
}

/* What may belong together with what comes stays; so much that it cannot be looked at together is restless.
 */
static void make_room(struct watcher *w)
{
    size_t from = 0;
    judge(w);
    while (from < w->n && w->calls[from].time_s < w->calls[w->n - 1].time_s - TL_RESTLESS_S)
        from++;
    w->restless |= from < w->n / 2;
    w->n -= from;
    memmove(w->calls, w->calls + from, w->n * sizeof *w->calls);
}

int watcher_add(struct watcher *w, int64_t event, int64_t shape, int64_t detail, int64_t fingerprint)
{
    uint32_t kind = 0;
    if (w->n >= TL_WATCH_CALLS && !w->restless)
        make_room(w);
    if (w->restless)
        return 0;
    if (tl_grow(&w->calls, &w->cap, w->n + 1, sizeof *w->calls))
        return tl_err_nomem(w->err);
    int r = kind_of(w, shape, &kind);
    w->calls[w->n++] =
        (struct tl_call){event_key_time_s(event), (uint64_t)fingerprint, (uint64_t)detail, kind};
    return r;
}

bool watcher_end(struct watcher *w)
{
    judge(w);
    return w->restless;
}

/* ---- looking through --------------------------------------------------------------------------- */

struct looking { /* through the changes of one resource after the other */
    struct watcher w;
    int64_t resource;               /* 0: none yet */
    int (*each)(struct looking *l); /* that is restless */
    struct idset found;
    tl_fault_fn *fault;
    void *ctx;
};

static int end_resource(struct looking *l)
{
    return l->resource && watcher_end(&l->w) ? l->each(l) : 0;
}

static int look_through(struct looking *l, struct query *q)
{
    int r = 0, more = 0;
    while (r == 0 && (more = query_row(q, l->w.err)) > 0) {
        if (column_int(q, 0) != l->resource) {
            r = end_resource(l);
            watcher_begin(&l->w);
            l->resource = column_int(q, 0);
        }
        if (r == 0)
            r = watcher_add(&l->w, column_int(q, 1), column_int(q, 2), column_int(q, 4), column_int(q, 5));
    }
    query_end(q);
    r = r ? r : more;
    return r ? r : end_resource(l);
}

static struct query all_rows(struct tl_store *s)
{
    struct query q = query(s, SQL_CHANGE_ROWS);
    bind_int(&q, CHANGE_ROWS_SINCE, INT64_MIN);
    bind_int(&q, CHANGE_ROWS_UNTIL, INT64_MAX);
    return q;
}

static int keep_found(struct looking *l)
{
    uint32_t i;
    int r = idset_add(&l->found, l->resource, &i, l->w.err);
    return r < 0 ? r : 0;
}

/* What was found stays watched, beside what was before. */
static int settle(struct tl_store *s, const struct idset *found, struct tl_err *err)
{
    struct query quiet = query(s, SQL_UNWATCH_QUIET), old = query(s, SQL_UNWATCH_NEW), version;
    int r = s->looked ? 0 : watch_forget(s, err);
    for (size_t i = 0; i < found->n && r == 0; i++) {
        struct query q = query(s, SQL_WATCH_RESTLESS);
        bind_int(&q, WATCH_RESTLESS_RESOURCE, found->ids[i]);
        r = query_run(&q, err);
    }
    if (r == 0)
        r = query_run(&quiet, err);
    if (r == 0)
        r = query_run(&old, err);
    if (r || s->looked)
        return r;
    version = query(s, SQL_PUT_LOOKED);
    bind_text(&version, PUT_LOOKED_VERSION, TL_STR(TRAILLOOP_VERSION));
    r = query_run(&version, err);
    s->looked = r == 0;
    return r;
}

int tl_store_watch(struct tl_store *s, const struct tl_watch *watch, struct tl_err *err)
{
    struct looking l = {.w = {.s = s, .watch = watch, .err = err}, .each = keep_found};
    struct query q;
    if (!s->in_batch || s->in_file)
        return tl_err_set(err, TL_EUSAGE, "cannot look at changes: no batch is open, or a file is");
    if (s->looked) {
        q = query(s, SQL_NEW_ROWS);
        bind_int(&q, NEW_ROWS_AROUND, event_key_first(TL_RESTLESS_S) - event_key_first(0));
    } else {
        q = all_rows(s);
    }
    int r = stage_flush(s, err);
    if (r == 0)
        r = look_through(&l, &q);
    if (r == 0)
        r = settle(s, &l.found, err);
    watcher_fini(&l.w);
    idset_fini(&l.found);
    return batch_result(s, r);
}

/* ---- checking ---------------------------------------------------------------------------------- */

static int must_be_watched(struct looking *l)
{
    struct query q = query(l->w.s, SQL_IS_WATCHED);
    int64_t id;
    bind_int(&q, IS_WATCHED_RESOURCE, l->resource);
    int r = query_id(&q, &id, l->w.err);
    return r <= 0 ? r : l->fault(l->ctx, "derived", TL_STR("a resource that may hold a loop is not watched"));
}

int tl_store_check_watch(struct tl_store *s, const struct tl_watch *watch, tl_fault_fn *fn, void *ctx,
                         struct tl_err *err)
{
    struct looking l = {
        .w = {.s = s, .watch = watch, .err = err}, .each = must_be_watched, .fault = fn, .ctx = ctx};
    bool looked;
    int r = looked_read(s, &looked, err);
    if (r == 0 && looked) {
        struct query q = all_rows(s);
        r = look_through(&l, &q);
    }
    watcher_fini(&l.w);
    return r;
}
