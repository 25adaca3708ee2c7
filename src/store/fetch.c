/* What an id of a small table stands for: one row, its texts copied. */
#include "private.h"

/* The first `n` columns, which are texts, into `to`; the next one, a number, into *number unless that is
 * NULL. */
static int fetch(struct tl_store *s, enum sql_id id, int param, int64_t key, struct tl_arena *arena,
                 tl_str *const *to, int n, int64_t *number, struct tl_err *err)
{
    struct query q = query(s, id);
    bind_int(&q, param, key);
    int r = query_row(&q, err);
    if (r <= 0)
        return r < 0 ? r : store_fail(s, SQLITE_CORRUPT, "read", err);
    r = 0;
    for (int i = 0; i < n && r == 0; i++)
        r = column_text_copy(&q, i, arena, to[i]);
    if (number)
        *number = column_int(&q, n);
    query_end(&q);
    return r ? tl_err_nomem(err) : 0;
}

int fetch_text(struct tl_store *s, int64_t id, struct tl_arena *arena, tl_str *out, struct tl_err *err)
{
    return fetch(s, SQL_GET_TEXT, GET_TEXT_ID, id, arena, &out, 1, NULL, err);
}

int fetch_api(struct tl_store *s, int64_t id, struct tl_arena *arena, struct tl_api *out, struct tl_err *err)
{
    tl_str *const to[] = {&out->service, &out->action};
    return fetch(s, SQL_GET_API, GET_API_ID, id, arena, to, 2, NULL, err);
}

int fetch_caller(struct tl_store *s, int64_t id, struct tl_arena *arena, struct tl_caller *out,
                 struct tl_err *err)
{
    tl_str *const to[] = {&out->principal, &out->user_agent, &out->identity_type};
    int64_t person = 0;
    int r = fetch(s, SQL_GET_CALLER, GET_CALLER_ID, id, arena, to, 3, &person, err);
    out->person = person != 0;
    return r;
}

int fetch_resource(struct tl_store *s, int64_t id, struct tl_arena *arena, struct tl_resource *out,
                   struct tl_err *err)
{
    tl_str *const to[] = {&out->partition, &out->account, &out->region, &out->type, &out->id};
    return fetch(s, SQL_GET_RESOURCE, GET_RESOURCE_ID, id, arena, to, 5, NULL, err);
}

int fetch_shape(struct tl_store *s, int64_t id, int64_t *scope, int64_t *api, int64_t *caller, int64_t *flags,
                struct tl_err *err)
{
    struct query q = query(s, SQL_GET_SHAPE);
    bind_int(&q, GET_SHAPE_ID, id);
    int r = query_row(&q, err);
    if (r <= 0)
        return r < 0 ? r : store_fail(s, SQLITE_CORRUPT, "read", err);
    *scope = column_int(&q, 0);
    *api = column_int(&q, 1);
    *caller = column_int(&q, 2);
    *flags = column_int(&q, 3);
    query_end(&q);
    return 0;
}
