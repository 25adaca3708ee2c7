/* Changes on resources that were never judged: nearly all of them are of no interest, and there may be any
 * number. So they are not loaded but looked through, in one walk over the change table, one resource at a
 * time, of the watched resources alone where that is enough (watch.c). Where there are enough of them, close
 * enough together, they are made a small history of one resource that the caller's sieve judges, and what it
 * keeps is loaded. Memory is bounded by the largest part of one resource (TL_SIEVE_STEPS), by the shapes met
 * and by what is kept. */
#include "load.h"
#include "watch.h"

#include "trailloop/limits.h"

#include <stdlib.h>
#include <string.h>

/* ---- one resource as a history ----------------------------------------------------------------- */

struct row { /* of the change table */
    int64_t event, shape, execution, detail, fingerprint;
};

struct shape { /* database ids */
    int64_t scope, api, caller, flags;
};

struct part {
    struct loader *l;
    int64_t resource;
    struct row *rows;
    size_t n_rows, cap_rows;
    struct watcher watcher; /* unused without a watch */
    struct idset met;       /* shapes, and in `shapes` what they are: kept from one part to the next */
    struct shape *shapes;
    size_t cap_shapes;
    struct tl_history h;
    struct idset apis, callers, texts;
    uint8_t *keep;
    size_t cap_keep;
};

static void part_clear(struct part *p)
{
    tl_history_fini(&p->h);
    idset_fini(&p->apis);
    idset_fini(&p->callers);
    idset_fini(&p->texts);
}

static int index_of(struct part *p, struct idset *set, int64_t id, uint32_t *out)
{
    int r = idset_add(set, id, out, p->l->err);
    return r < 0 ? r : 0;
}

static int shape_of(struct part *p, int64_t id, struct shape *out)
{
    struct loader *l = p->l;
    uint32_t i;
    int r = idset_add(&p->met, id, &i, l->err);
    if (r > 0) {
        if (tl_grow(&p->shapes, &p->cap_shapes, p->met.n, sizeof *p->shapes))
            return tl_err_nomem(l->err);
        r = fetch_shape(l->s, id, &p->shapes[i].scope, &p->shapes[i].api, &p->shapes[i].caller,
                        &p->shapes[i].flags, l->err);
    }
    *out = (struct shape){0};
    if (r == 0)
        *out = p->shapes[i];
    return r;
}

static int add_step(struct part *p, const struct row *row)
{
    struct shape shape;
    struct tl_step *st = &p->h.steps[p->h.n_steps++];
    int r = shape_of(p, row->shape, &shape);
    *st = (struct tl_step){.time_s = event_key_time_s(row->event),
                           .kind = TL_STEP_CHANGE,
                           .flags = loader_step_flags(shape.flags),
                           .fingerprint = (uint64_t)row->fingerprint};
    if (r == 0)
        r = index_of(p, &p->apis, shape.api, &st->subject);
    if (r == 0)
        r = index_of(p, &p->callers, shape.caller, &st->caller);
    if (r == 0)
        r = index_of(p, &p->texts, row->execution, &st->execution);
    return r ? r : index_of(p, &p->texts, row->detail, &st->detail);
}

/* The empty text is text 0 in every history. */
static int make_steps(struct part *p)
{
    uint32_t none;
    if (tl_grow(&p->h.steps, &p->h.cap_steps, p->n_rows, sizeof *p->h.steps) ||
        tl_grow(&p->keep, &p->cap_keep, p->n_rows, 1))
        return tl_err_nomem(p->l->err);
    memset(p->keep, 0, p->n_rows);
    int r = index_of(p, &p->texts, 0, &none);
    for (size_t i = 0; r == 0 && i < p->n_rows; i++)
        r = add_step(p, &p->rows[i]);
    return r;
}

static int fetch_part(struct part *p)
{
    struct tl_history *h = &p->h;
    struct loader *l = p->l;
    int r = 0;
    if (tl_grow(&h->texts, &h->cap_texts, p->texts.n, sizeof *h->texts) ||
        tl_grow(&h->apis, &h->cap_apis, p->apis.n, sizeof *h->apis) ||
        tl_grow(&h->callers, &h->cap_callers, p->callers.n, sizeof *h->callers) ||
        tl_grow(&h->resources, &h->cap_resources, 1, sizeof *h->resources) ||
        tl_grow(&h->scopes, &h->cap_scopes, 1, sizeof *h->scopes))
        return tl_err_nomem(l->err);
    h->n_resources = h->n_scopes = 1;
    h->scopes[0] = (struct tl_scope){0};
    r = fetch_resource(l->s, p->resource, &h->arena, &h->resources[0], l->err);
    for (; h->n_texts < p->texts.n && r == 0; h->n_texts++)
        r = fetch_text(l->s, p->texts.ids[h->n_texts], &h->arena, &h->texts[h->n_texts], l->err);
    for (; h->n_apis < p->apis.n && r == 0; h->n_apis++)
        r = fetch_api(l->s, p->apis.ids[h->n_apis], &h->arena, &h->apis[h->n_apis], l->err);
    for (; h->n_callers < p->callers.n && r == 0; h->n_callers++)
        r = fetch_caller(l->s, p->callers.ids[h->n_callers], &h->arena, &h->callers[h->n_callers], l->err);
    return r;
}

/* One statement for all of them: one for each takes twice the time. */
static int fetch_event_ids(struct part *p)
{
    struct loader *l = p->l;
    struct query q = query(l->s, SQL_CHANGE_IDS);
    bind_int(&q, CHANGE_IDS_RESOURCE, p->resource);
    bind_int(&q, CHANGE_IDS_SINCE, p->rows[0].event);
    bind_int(&q, CHANGE_IDS_UNTIL, p->rows[p->n_rows - 1].event);
    size_t i = 0;
    int r;
    while ((r = query_row(&q, l->err)) > 0 && i < p->n_rows)
        if ((r = column_event_id(&q, 0, &p->h.steps[i++].event, l->err)))
            return r;
    query_end(&q);
    return r == 0 && i != p->n_rows ? store_fail(l->s, SQLITE_CORRUPT, "read", l->err) : r;
}

/* A step of the part becomes one of the history. */
static int keep_step(struct part *p, size_t i, int64_t real)
{
    struct loader *l = p->l;
    const struct row *row = &p->rows[i];
    struct shape shape = {0};
    struct tl_step *st = loader_new_step(l, TL_STEP_CHANGE);
    if (!st)
        return TL_ENOMEM;
    *st = p->h.steps[i];
    int r = shape_of(p, row->shape, &shape);
    if (r == 0)
        r = loader_id(l, &l->scopes, shape.scope, &st->scope);
    if (r == 0)
        r = loader_id(l, &l->resources, real, &st->resource);
    if (r == 0)
        r = loader_id(l, &l->apis, shape.api, &st->subject);
    if (r == 0)
        r = loader_id(l, &l->callers, shape.caller, &st->caller);
    if (r == 0)
        r = loader_id(l, &l->texts, row->execution, &st->execution);
    return r ? r : loader_id(l, &l->texts, row->detail, &st->detail);
}

/* Judges what is in the part, and loads what is kept of it. */
static int sift(struct part *p)
{
    struct loader *l = p->l;
    int64_t real;
    int r = make_steps(p);
    if (r == 0)
        r = fetch_part(p);
    if (r == 0)
        r = l->sieve->keep(l->sieve->ctx, &p->h, p->keep, l->err);
    bool any = r == 0 && memchr(p->keep, 1, p->n_rows);
    if (any)
        r = fetch_event_ids(p);
    if (any && r == 0)
        r = loader_resource(l, p->resource, &real, NULL);
    for (size_t i = 0; r == 0 && any && i < p->n_rows; i++)
        if (p->keep[i])
            r = keep_step(p, i, real);
    part_clear(p);
    return r;
}

/* Whether the sieve's watch sees anything in it. */
static int is_restless(struct part *p, bool *is)
{
    int r = 0;
    *is = true;
    if (!p->l->sieve->watch)
        return 0;
    watcher_begin(&p->watcher);
    for (size_t i = 0; i < p->n_rows && r == 0; i++)
        r = watcher_add(&p->watcher, p->rows[i].event, p->rows[i].shape, p->rows[i].detail,
                        p->rows[i].fingerprint);
    *is = watcher_end(&p->watcher);
    return r;
}

static int end_part(struct part *p)
{
    bool hopeful = false, judged;
    uint32_t i;
    bool quiet = p->n_rows < p->l->sieve->least_changes || idset_find(&p->l->quiet, p->resource, &i);
    int r = quiet ? 0 : is_restless(p, &hopeful);
    if (r == 0 && hopeful) {
        r = loader_is_judged(p->l, p->resource, &judged);
        if (r == 0 && !judged)
            r = sift(p);
    }
    p->n_rows = 0;
    return r;
}

static int add_row(struct part *p, const struct query *q)
{
    if (tl_grow(&p->rows, &p->cap_rows, p->n_rows + 1, sizeof *p->rows))
        return tl_err_nomem(p->l->err);
    p->rows[p->n_rows++] = (struct row){column_int(q, 1), column_int(q, 2), column_int(q, 3),
                                        column_int(q, 4), column_int(q, 5)};
    return 0;
}

/* Of the resources that may matter, all rows in the order of their table. */
static int rows_begin(struct loader *l, struct query *q)
{
    bool looked = false;
    int r = l->sieve->watch ? looked_read(l->s, &looked, l->err) : 0;
    *q = query(l->s, looked ? SQL_WATCHED_ROWS : SQL_CHANGE_ROWS);
    bind_int(q, looked ? WATCHED_ROWS_SINCE : CHANGE_ROWS_SINCE, event_key_first(l->since_s));
    bind_int(q, looked ? WATCHED_ROWS_UNTIL : CHANGE_ROWS_UNTIL, event_key_last(l->until_s));
    return r;
}

static int walk(struct part *p)
{
    struct loader *l = p->l;
    struct query q;
    int more = 0, r = rows_begin(l, &q);
    while (r == 0 && (more = query_row(&q, l->err)) > 0) {
        if (column_int(&q, 0) != p->resource || p->n_rows == TL_SIEVE_STEPS)
            r = end_part(p);
        p->resource = column_int(&q, 0);
        if (r == 0)
            r = add_row(p, &q);
    }
    query_end(&q);
    r = r ? r : more;
    return r ? r : end_part(p);
}

int load_calls(struct loader *l)
{
    struct part p = {.l = l, .watcher = {.s = l->s, .watch = l->sieve->watch, .err = l->err}};
    int r = walk(&p);
    part_clear(&p);
    watcher_fini(&p.watcher);
    idset_fini(&p.met);
    free(p.shapes);
    free(p.rows);
    free(p.keep);
    return r;
}
