/* Which resources a name stands for: every resource that is known is shown to whoever looks, under each of
 * its names. A name that two resources had in turn (a role deleted and made again) stands for both. */
#include "private.h"

#include <stdlib.h>

struct search {
    struct tl_store *s;
    struct idset hits; /* resources by AWS Config's own id, where it is known */
    struct session_names learned;
    tl_resource_match *match;
    void *ctx;
    struct tl_arena *arena;
    struct tl_err *err;
};

static int read_resource(const struct query *q, int first, struct tl_arena *arena, struct tl_resource *out)
{
    tl_str *const to[] = {&out->partition, &out->account, &out->region, &out->type, &out->id};
    for (int i = 0; i < 5; i++)
        if (column_text_copy(q, first + i, arena, to[i]))
            return TL_ENOMEM;
    return 0;
}

static int read_judged(struct search *x, struct idset *judged)
{
    struct query q = query(x->s, SQL_LOAD_JUDGED);
    uint32_t index;
    int64_t real;
    int r;
    while ((r = query_row(&q, x->err)) > 0)
        if ((r = alias_resolve(x->s, column_int(&q, 0), &real, x->err)) < 0 ||
            (r = idset_add(judged, real, &index, x->err)) < 0)
            break;
    query_end(&q);
    return r;
}

/* What sessions show of the judged resources, as it is learned when a history is loaded. */
static int learn(struct search *x)
{
    struct idset judged = {0}, names = {0};
    int r = read_judged(x, &judged);
    for (size_t i = 0; r == 0 && i < judged.n; i++)
        r = sessions_learn(x->s, &x->learned, judged.ids[i], &names, x->err);
    sessions_resolve(&x->learned);
    idset_fini(&judged);
    idset_fini(&names);
    return r;
}

/* What sessions show `id` to be another form of, or `id` itself. */
static int64_t owner(const struct search *x, int64_t id)
{
    size_t lo = 0, hi = x->learned.n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (x->learned.items[mid].name < id)
            lo = mid + 1;
        else
            hi = mid;
    }
    bool has = lo < x->learned.n && x->learned.items[lo].name == id;
    return has ? x->learned.items[lo].resource : id;
}

/* What `id` is another form of, or `id` itself. */
static int add_roots(struct search *x, int64_t id)
{
    struct idset roots = {0};
    uint32_t index;
    int r = alias_roots(x->s, id, &roots, x->err);
    for (size_t i = 0; r >= 0 && i < roots.n; i++)
        r = idset_add(&x->hits, owner(x, roots.ids[i]), &index, x->err);
    idset_fini(&roots);
    return r < 0 ? r : 0;
}

static int find_hits(struct search *x)
{
    struct query q = query(x->s, SQL_EACH_RESOURCE);
    struct tl_arena mark = *x->arena;
    int r;
    while ((r = query_row(&q, x->err)) > 0) {
        struct tl_resource known;
        r = read_resource(&q, 1, x->arena, &known) ? tl_err_nomem(x->err) : 0;
        if (r == 0 && x->match(x->ctx, &known))
            r = add_roots(x, column_int(&q, 0));
        tl_arena_back(x->arena, &mark);
        if (r) {
            query_end(&q);
            break;
        }
    }
    return r;
}

static int get_resource(struct search *x, int64_t id, struct tl_resource *out)
{
    struct query q = query(x->s, SQL_GET_RESOURCE);
    bind_int(&q, GET_RESOURCE_ID, id);
    int r = query_row(&q, x->err);
    if (r <= 0)
        return r < 0 ? r : store_fail(x->s, SQLITE_CORRUPT, "read", x->err);
    r = read_resource(&q, 0, x->arena, out);
    query_end(&q);
    return r ? tl_err_nomem(x->err) : 0;
}

static int by_text(const void *a, const void *b)
{
    return tl_str_cmp(*(const tl_str *)a, *(const tl_str *)b);
}

static int get_known(struct search *x, int64_t id, struct tl_known_resource *out)
{
    struct idset names = {0};
    uint32_t index;
    out->id = id;
    int r = get_resource(x, id, &out->resource);
    for (size_t i = 0; r == 0 && i < x->learned.n; i++)
        if (x->learned.items[i].resource == id &&
            idset_add(&names, x->learned.items[i].name, &index, x->err) < 0)
            r = TL_ENOMEM;
    if (r == 0)
        r = alias_names(x->s, id, &names, x->err);
    if (r == 0 && names.n && !(out->names = tl_arena_calloc(x->arena, names.n, sizeof *out->names)))
        r = tl_err_nomem(x->err);
    for (size_t i = 0; r == 0 && i < names.n; i++) {
        struct tl_resource name = {0};
        r = get_resource(x, names.ids[i], &name);
        if (r == 0 && !tl_str_eq(name.id, out->resource.id)) /* it may be its type that is another */
            out->names[out->n_names++] = name.id;
    }
    if (out->n_names)
        qsort(out->names, out->n_names, sizeof *out->names, by_text);
    idset_fini(&names);
    return r;
}

static int by_content(const void *a, const void *b)
{
    const struct tl_resource *x = &((const struct tl_known_resource *)a)->resource,
                             *y = &((const struct tl_known_resource *)b)->resource;
    int c = tl_str_cmp(x->account, y->account);
    c = c ? c : tl_str_cmp(x->region, y->region);
    c = c ? c : tl_str_cmp(x->type, y->type);
    c = c ? c : tl_str_cmp(x->id, y->id);
    return c ? c : tl_str_cmp(x->partition, y->partition);
}

static int find(struct search *x, struct tl_known_resource **out, size_t *n)
{
    int r = learn(x);
    if (r == 0)
        r = find_hits(x);
    *n = 0;
    *out = r ? NULL : tl_arena_calloc(x->arena, x->hits.n + 1, sizeof **out);
    if (r || !*out)
        return r ? r : tl_err_nomem(x->err);
    for (size_t i = 0; r == 0 && i < x->hits.n; i++)
        r = get_known(x, x->hits.ids[i], &(*out)[(*n)++]);
    if (r == 0 && *n)
        qsort(*out, *n, sizeof **out, by_content);
    return r;
}

int tl_store_find_resources(struct tl_store *s, tl_resource_match *match, void *ctx, struct tl_arena *arena,
                            struct tl_known_resource **out, size_t *n, struct tl_err *err)
{
    struct search x = {.s = s, .match = match, .ctx = ctx, .arena = arena, .err = err};
    int r = tl_store_read_begin(s, err);
    if (r == 0)
        r = tl_store_read_end(s, find(&x, out, n), err);
    idset_fini(&x.hits);
    sessions_fini(&x.learned);
    return r;
}
