/* Changes on resources that were never judged: nearly all of them are of no interest, and there may be any
 * number. So they are not loaded but looked through, one resource at a time: first by what the change table
 * alone holds (how many, do the same parameters come again?), then, where that leaves hope, with callers and
 * APIs, as a small history of one resource that the caller's sieve judges. What it keeps is loaded. Memory is
 * bounded by the largest part of one resource (TL_SIEVE_STEPS) and by what is kept. */
#include "load.h"

#include "trailloop/limits.h"

#include <stdlib.h>
#include <string.h>

/* ---- by fingerprints --------------------------------------------------------------------------- */

enum { SLOTS = 4096 }; /* of one resource; when half of them are used, they are all forgotten */

struct tally {
    struct {
        uint32_t stamp, value, n;
    } slots[SLOTS];
    uint32_t stamp, n_used;
};

/* How often the value has come since the tally was cleared. */
static uint32_t tally_add(struct tally *t, uint64_t value)
{
    uint32_t v = (uint32_t)value, i = v * 0x9e3779b9u >> 20; /* 2^32 / golden ratio; 12 bits */
    while (t->slots[i].stamp == t->stamp && t->slots[i].value != v)
        i = (i + 1) % SLOTS;
    if (t->slots[i].stamp == t->stamp)
        return ++t->slots[i].n;
    if (t->n_used == SLOTS / 2) {
        t->stamp++;
        t->n_used = 0;
        return tally_add(t, value);
    }
    t->n_used++;
    t->slots[i].stamp = t->stamp;
    t->slots[i].value = v;
    return t->slots[i].n = 1;
}

struct hopefuls {
    int64_t *ids;
    size_t n, cap;
};

/* Resources with enough changes, whose parameters come again where the sieve asks for that. */
static int find_hopefuls(struct loader *l, struct hopefuls *out)
{
    struct tally *t = calloc(1, sizeof *t);
    if (!t)
        return tl_err_nomem(l->err);
    struct query q = query(l->s, SQL_CHANGE_KEYS);
    bind_int(&q, CHANGE_KEYS_SINCE, event_key_first(l->since_s));
    bind_int(&q, CHANGE_KEYS_UNTIL, event_key_last(l->until_s));
    int64_t resource = 0;
    uint32_t n = 0, n_same = 0;
    int r;
    t->stamp = 1;
    while ((r = query_row(&q, l->err)) > 0) {
        if (column_int(&q, 0) != resource) {
            resource = column_int(&q, 0);
            n = n_same = 0;
            t->stamp++;
            t->n_used = 0;
        }
        bool was = n >= l->sieve->least_changes && n_same >= l->sieve->least_equal;
        n++;
        if (was)
            continue;
        uint64_t value = (uint64_t)column_int(&q, 1);
        uint32_t same = value && n_same < l->sieve->least_equal ? tally_add(t, value) : 0;
        n_same = same > n_same ? same : n_same;
        if (n < l->sieve->least_changes || n_same < l->sieve->least_equal)
            continue;
        if (tl_grow(&out->ids, &out->cap, out->n + 1, sizeof *out->ids)) {
            query_end(&q);
            r = tl_err_nomem(l->err);
            break;
        }
        out->ids[out->n++] = resource;
    }
    free(t);
    return r;
}

/* ---- one resource as a history ----------------------------------------------------------------- */

struct row { /* of a step of the part: database ids */
    int64_t scope, api, caller, execution, detail;
};

struct part {
    struct loader *l;
    int64_t resource;
    struct tl_history h;
    struct row *rows;
    size_t cap_rows;
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

static int add_row(struct part *p, struct query *q)
{
    struct tl_history *h = &p->h;
    if (tl_grow(&h->steps, &h->cap_steps, h->n_steps + 1, sizeof *h->steps) ||
        tl_grow(&p->rows, &p->cap_rows, h->n_steps + 1, sizeof *p->rows))
        return tl_err_nomem(p->l->err);
    struct row *row = &p->rows[h->n_steps];
    struct tl_step *st = &h->steps[h->n_steps++];
    *row = (struct row){column_int(q, 2), column_int(q, 3), column_int(q, 4), column_int(q, 5),
                        column_int(q, 7)};
    *st = (struct tl_step){.time_s = event_key_time_s(column_int(q, 0)),
                           .kind = TL_STEP_CHANGE,
                           .flags = loader_step_flags(column_int(q, 6)),
                           .fingerprint = (uint64_t)column_int(q, 8)};
    int r = column_event_id(q, 1, &st->event, p->l->err);
    if (r == 0)
        r = index_of(p, &p->apis, row->api, &st->subject);
    if (r == 0)
        r = index_of(p, &p->callers, row->caller, &st->caller);
    if (r == 0)
        r = index_of(p, &p->texts, row->execution, &st->execution);
    return r ? r : index_of(p, &p->texts, row->detail, &st->detail);
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

/* A step of the part becomes one of the history. */
static int keep_step(struct part *p, size_t i, int64_t real)
{
    struct loader *l = p->l;
    const struct row *row = &p->rows[i];
    struct tl_step *st = loader_new_step(l, TL_STEP_CHANGE);
    if (!st)
        return TL_ENOMEM;
    *st = p->h.steps[i];
    int r = loader_id(l, &l->scopes, row->scope, &st->scope);
    if (r == 0)
        r = loader_id(l, &l->resources, real, &st->resource);
    if (r == 0)
        r = loader_id(l, &l->apis, row->api, &st->subject);
    if (r == 0)
        r = loader_id(l, &l->callers, row->caller, &st->caller);
    if (r == 0)
        r = loader_id(l, &l->texts, row->execution, &st->execution);
    return r ? r : loader_id(l, &l->texts, row->detail, &st->detail);
}

/* Judges what is in the part, loads what is kept of it, and empties it. */
static int sift(struct part *p)
{
    struct loader *l = p->l;
    int64_t real;
    int r = fetch_part(p);
    if (r == 0 && tl_grow(&p->keep, &p->cap_keep, p->h.n_steps, 1))
        r = tl_err_nomem(l->err);
    if (r == 0) {
        memset(p->keep, 0, p->h.n_steps);
        r = l->sieve->keep(l->sieve->ctx, &p->h, p->keep, l->err);
    }
    bool any = r == 0 && memchr(p->keep, 1, p->h.n_steps);
    if (any)
        r = loader_resource(l, p->resource, &real, NULL);
    for (size_t i = 0; r == 0 && any && i < p->h.n_steps; i++)
        if (p->keep[i])
            r = keep_step(p, i, real);
    part_clear(p);
    return r;
}

/* The empty text is text 0 in every history. */
static int part_begin(struct part *p)
{
    uint32_t none;
    return index_of(p, &p->texts, 0, &none);
}

static int sift_resource(struct part *p)
{
    struct loader *l = p->l;
    struct query q = query(l->s, SQL_LOAD_CHANGES);
    bind_int(&q, LOAD_CHANGES_RESOURCE, p->resource);
    bind_int(&q, LOAD_CHANGES_SINCE, event_key_first(l->since_s));
    bind_int(&q, LOAD_CHANGES_UNTIL, event_key_last(l->until_s));
    int r = part_begin(p), more = 0;
    while (r == 0 && (more = query_row(&q, l->err)) > 0) {
        r = add_row(p, &q);
        if (r == 0 && p->h.n_steps == TL_SIEVE_STEPS) {
            r = sift(p);
            if (r == 0)
                r = part_begin(p);
        }
    }
    query_end(&q);
    r = r ? r : more;
    if (r == 0 && p->h.n_steps)
        r = sift(p);
    part_clear(p);
    return r;
}

/* Whether its changes were loaded, under this name or another one. */
static int is_judged(struct loader *l, int64_t id, bool *judged)
{
    uint32_t i;
    int64_t real;
    *judged = idset_find(&l->judged, id, &i);
    if (*judged)
        return 0;
    int r = loader_resource(l, id, &real, NULL);
    *judged = r == 0 && idset_find(&l->judged, real, &i);
    return r;
}

int load_calls(struct loader *l)
{
    struct hopefuls hopefuls = {0};
    struct part p = {.l = l};
    bool judged;
    int r = find_hopefuls(l, &hopefuls);
    for (size_t i = 0; r == 0 && i < hopefuls.n; i++) {
        r = is_judged(l, hopefuls.ids[i], &judged);
        p.resource = hopefuls.ids[i];
        if (r == 0 && !judged)
            r = sift_resource(&p);
    }
    free(hopefuls.ids);
    free(p.rows);
    free(p.keep);
    return r;
}
