/* What a scan puts aside. Nearly all changes are on resources that nobody judged and that no loop is on:
 * a scan has no further use for them, but knows so only when it has read everything. So a change by itself,
 * of one resource and of no automation, does not go into its tables, whose price is some ten thousand
 * instructions, but waits: those of one merge and one resource in one row of `parked`. A history that is
 * loaded asks first for what it may have to read (park_settle): that goes into the tables as if it came now.
 *
 * Asked for are the changes of resources that were judged, that have another name (where anything was judged
 * at all: it may be the name of a judged one), that an attempt names, that an automation changed, or that the
 * sieve's watch finds restless; and of those where two changes have one key, so that copies are told. What
 * stays parked stays uncounted as a copy only where two records have one eventID and change different
 * resources, of which none is asked for. */
#include "load.h"
#include "watch.h"

#include "trailloop/limits.h"

#include <stdlib.h>
#include <string.h>

/* As it lies in a row of `parked`. */
struct parked {
    struct tl_event_id id;
    int64_t event, shape, session, scope, source, record, offset, length, flags;
    int64_t detail, fingerprint;
};

/* Of a STAGE_CHANGE row. */
enum { RESOURCE, SHAPE, EXECUTION, DETAIL, FINGERPRINT, N_VALUES };

/* ---- aside --------------------------------------------------------------------------------------- */

static bool may_wait(const struct waiting *of, const struct staged_event *ev)
{
    const struct staged_row *row = &of->rows[ev->row];
    return ev->n_rows == 1 && row->table == STAGE_CHANGE && row->v[RESOURCE] != 0 && row->v[EXECUTION] == 0;
}

static int park_one(struct merge *m, size_t i, struct tl_err *err)
{
    const struct staged_event *ev = &m->of->events[i];
    const int64_t *v = m->of->rows[ev->row].v;
    const struct parked p = {ev->id,     ev->key,    ev->shape,  ev->session, ev->scope, ev->source,
                             ev->record, ev->offset, ev->length, ev->flags,   v[DETAIL], v[FINGERPRINT]};
    return tl_buf_add(&m->parked, &p, sizeof p) ? tl_err_nomem(err) : 0;
}

static int put_parked(struct tl_store *s, int64_t resource, struct tl_err *err)
{
    struct merge *m = &s->stage.merge;
    struct query q = query(s, SQL_PUT_PARKED);
    bind_int(&q, PUT_PARKED_RESOURCE, resource);
    bind_int(&q, PUT_PARKED_PART, m->n_merges);
    bind_blob(&q, PUT_PARKED_CHANGES, m->parked.p, m->parked.n);
    m->parked.n = 0;
    return query_run(&q, err);
}

/* Takes them out of `by_key`, into `by_resource`. */
static int pick(struct merge *m, struct tl_err *err)
{
    struct sorting *events = &m->by_key, *parked = &m->by_resource;
    size_t n = 0, n_parked = 0;
    int r = sorting_make_room(parked, events->n, err);
    if (r)
        return r;
    for (size_t i = 0; i < events->n; i++) {
        const struct staged_event *ev = merge_event(m, i);
        uint32_t at = events->sorted[i].i;
        if (may_wait(m->of, ev))
            parked->items[n_parked++] = (struct sort_item){(uint64_t)m->of->rows[ev->row].v[RESOURCE], at};
        else
            events->sorted[n++] = events->sorted[i];
    }
    events->n = n;
    parked->n = n_parked;
    sorting_sort(parked);
    return 0;
}

int park(struct tl_store *s, struct tl_err *err)
{
    struct merge *m = &s->stage.merge;
    const struct sorting *parked = &m->by_resource;
    m->n_parked = m->parked.n = 0;
    if (!s->parks)
        return 0;
    int r = pick(m, err);
    m->n_merges++;
    for (size_t i = 0; r == 0 && i < parked->n; i++) {
        const struct sort_item *item = &parked->sorted[i];
        r = park_one(m, item->i, err);
        if (r == 0 && (i + 1 == parked->n || item[1].key != item->key))
            r = put_parked(s, (int64_t)item->key, err);
    }
    m->n_parked = parked->n;
    s->stage.n_new += parked->n;
    return r;
}

/* ---- who is asked for ------------------------------------------------------------------------------ */

struct settling {
    struct loader *l;
    struct watcher watcher;
    struct idset asked; /* resources whose changes are read, if there are any */
    struct idset back;  /* those that have parked ones which must come back */
    int64_t resource;   /* whose changes are being gathered */
    struct parked *changes;
    size_t n, cap;
};

/* The resources that the statement gives. */
static int ask_for(struct settling *p, enum sql_id id)
{
    struct query q = query(p->l->s, id);
    uint32_t i;
    int r;
    while ((r = query_row(&q, p->l->err)) > 0 &&
           (r = idset_add(&p->asked, column_int(&q, 0), &i, p->l->err)) >= 0)
        ;
    query_end(&q);
    return r < 0 ? r : 0;
}

static int bring_back(struct settling *p)
{
    uint32_t i;
    int r = idset_add(&p->back, p->resource, &i, p->l->err);
    p->n = 0;
    return r < 0 ? r : 0;
}

static int by_event(const void *a, const void *b)
{
    const struct parked *x = a, *y = b;
    return (x->event > y->event) - (x->event < y->event);
}

/* Whether those gathered may be of a loop, or hold a copy. */
static int matters(struct settling *p, bool *does)
{
    int64_t since = event_key_first(p->l->since_s), until = event_key_last(p->l->until_s);
    int r = 0;
    bool copies = false;
    qsort(p->changes, p->n, sizeof *p->changes, by_event);
    watcher_begin(&p->watcher);
    for (size_t i = 0; r == 0 && i < p->n; i++) {
        const struct parked *c = &p->changes[i];
        copies |= i > 0 && c[-1].event == c->event;
        if (c->event >= since && c->event <= until)
            r = watcher_add(&p->watcher, c->event, c->shape, c->detail, c->fingerprint);
    }
    *does = watcher_end(&p->watcher) || copies;
    return r;
}

/* Those of the resource that never were aside. */
static int gather_put(struct settling *p)
{
    struct query q = query(p->l->s, SQL_CHANGES_OF);
    int r;
    bind_int(&q, CHANGES_OF_RESOURCE, p->resource);
    while ((r = query_row(&q, p->l->err)) > 0 && p->n <= TL_SIEVE_STEPS) {
        if (tl_grow(&p->changes, &p->cap, p->n + 1, sizeof *p->changes)) {
            r = tl_err_nomem(p->l->err);
            break;
        }
        p->changes[p->n++] = (struct parked){.event = column_int(&q, 0),
                                             .shape = column_int(&q, 1),
                                             .detail = column_int(&q, 2),
                                             .fingerprint = column_int(&q, 3)};
    }
    query_end(&q);
    return r < 0 ? r : 0;
}

static int end_resource(struct settling *p)
{
    bool does = true;
    uint32_t i;
    size_t n_parked = p->n;
    int r = p->n ? gather_put(p) : 0;
    if (r || p->n == 0)
        return r;
    bool any_put = p->n > n_parked;
    if (p->n <= TL_SIEVE_STEPS)
        r = matters(p, &does);
    if (r == 0 && does)
        return bring_back(p);
    p->n = 0;
    if (r == 0 && any_put)
        r = idset_add(&p->l->quiet, p->resource, &i, p->l->err);
    return r < 0 ? r : 0;
}

/* The changes that column `i` holds, borrowed until the next row. NULL: no memory. */
static const char *read_part(const struct query *q, int i, size_t *n)
{
    const char *bytes = sqlite3_column_blob(q->st, i);
    *n = (size_t)sqlite3_column_bytes(q->st, i) / sizeof(struct parked);
    return bytes;
}

/* One more part of what is gathered of a resource, unless it comes back in any case, or is too much. */
static int gather(struct settling *p, const struct query *q)
{
    uint32_t i;
    size_t n;
    if (idset_find(&p->back, p->resource, &i))
        return 0;
    const char *bytes = read_part(q, 1, &n);
    if (!bytes)
        return tl_err_nomem(p->l->err);
    if (!p->watcher.watch || p->n + n > TL_SIEVE_STEPS || idset_find(&p->asked, p->resource, &i))
        return bring_back(p);
    if (tl_grow(&p->changes, &p->cap, p->n + n, sizeof *p->changes))
        return tl_err_nomem(p->l->err);
    memcpy(p->changes + p->n, bytes, n * sizeof *p->changes);
    p->n += n;
    return 0;
}

/* All that is parked, one resource after the other. */
static int look_through(struct settling *p)
{
    struct query q = query(p->l->s, SQL_EACH_PARKED);
    int r = 0, more = 0;
    while (r == 0 && (more = query_row(&q, p->l->err)) > 0) {
        if (column_int(&q, 0) != p->resource)
            r = end_resource(p);
        p->resource = column_int(&q, 0);
        if (r == 0)
            r = gather(p, &q);
    }
    query_end(&q);
    r = r ? r : more;
    return r ? r : end_resource(p);
}

/* ---- and back again -------------------------------------------------------------------------------- */

static int stage_one(struct tl_store *s, int64_t resource, const struct parked *p, struct tl_err *err)
{
    const struct staged_event ev = {.key = p->event,
                                    .id = p->id,
                                    .shape = p->shape,
                                    .session = p->session,
                                    .scope = p->scope,
                                    .source = p->source,
                                    .record = p->record,
                                    .offset = p->offset,
                                    .length = p->length,
                                    .flags = p->flags};
    const int64_t v[N_VALUES] = {resource, p->shape, 0, p->detail, p->fingerprint};
    int r = stage_event(s, &ev, err);
    return r ? r : stage_row(s, STAGE_CHANGE, v, N_VALUES, err);
}

static int stage_part(struct tl_store *s, int64_t resource, const struct query *q, struct tl_err *err)
{
    struct parked p;
    size_t n;
    const char *bytes = read_part(q, 0, &n);
    int r = 0;
    if (!bytes)
        return tl_err_nomem(err);
    for (size_t i = 0; r == 0 && i < n; i++) {
        memcpy(&p, bytes + i * sizeof p, sizeof p);
        r = stage_one(s, resource, &p, err);
    }
    s->stage.n_new -= n; /* they are counted once more */
    return r ? r : stage_file_ended(s, err);
}

static int unpark(struct tl_store *s, int64_t resource, struct tl_err *err)
{
    struct query q = query(s, SQL_PARKED_OF), drop;
    int r = 0, more = 0;
    bind_int(&q, PARKED_OF_RESOURCE, resource);
    while (r == 0 && (more = query_row(&q, err)) > 0)
        r = stage_part(s, resource, &q, err);
    query_end(&q);
    r = r ? r : more;
    if (r)
        return r;
    drop = query(s, SQL_DROP_PARKED);
    bind_int(&drop, DROP_PARKED_RESOURCE, resource);
    return query_run(&drop, err);
}

static int ask(struct settling *p)
{
    int r = ask_for(p, SQL_LOAD_JUDGED);
    bool any_judged = p->asked.n > 0;
    if (r == 0 && any_judged)
        r = ask_for(p, SQL_EACH_ALIAS);
    if (r == 0 && any_judged)
        r = ask_for(p, SQL_EACH_TWIN);
    if (r == 0)
        r = ask_for(p, SQL_NAMED_BY_ATTEMPTS);
    if (r == 0)
        r = ask_for(p, SQL_CHANGED_BY_AUTOMATIONS);
    return r;
}

int park_settle(struct loader *l)
{
    struct tl_store *s = l->s;
    struct settling p = {.l = l, .watcher = {.s = s, .err = l->err}};
    if (!s->parks)
        return 0;
    p.watcher.watch = l->sieve ? l->sieve->watch : NULL;
    int r = ask(&p);
    if (r == 0)
        r = look_through(&p);
    s->parks = false; /* what is staged now was asked for */
    for (size_t i = 0; r == 0 && i < p.back.n; i++)
        r = unpark(s, p.back.ids[i], l->err);
    if (r == 0)
        r = stage_flush(s, l->err);
    s->parks = true;
    watcher_fini(&p.watcher);
    idset_fini(&p.asked);
    idset_fini(&p.back);
    free(p.changes);
    return r;
}
