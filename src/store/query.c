/* One use of a prepared statement, from binding to reset. Values are bound by the names that embed.c makes of
 * the SQL's own parameters; nothing is ever put together as text. Each statement is prepared when it is used
 * first: no command uses half of them, and to prepare all takes as long as to read four hundred records.
 * Failures of preparing and binding are kept and told by the first step. */
#include "private.h"

#define SQL_TEXTS
#include "store_sql.h"

struct query query(struct tl_store *s, enum sql_id id)
{
    sqlite3_stmt **st = &s->stmts[id];
    int rc = *st ? SQLITE_OK
                 : sqlite3_prepare_v3(s->db, sql_texts[id].sql, -1, SQLITE_PREPARE_PERSISTENT, st, NULL);
    return (struct query){.s = s, .st = *st, .rc = rc};
}

void bind_int(struct query *q, int param, int64_t v)
{
    if (q->rc == SQLITE_OK)
        q->rc = sqlite3_bind_int64(q->st, param, v);
}

void bind_int_or_null(struct query *q, int param, int64_t v)
{
    if (v != STAGE_NULL)
        bind_int(q, param, v);
    else if (q->rc == SQLITE_OK)
        q->rc = sqlite3_bind_null(q->st, param);
}

void bind_text(struct query *q, int param, tl_str v)
{
    if (q->rc == SQLITE_OK)
        q->rc = sqlite3_bind_text64(q->st, param, v.p ? v.p : "", v.n, SQLITE_STATIC, SQLITE_UTF8);
}

void bind_blob(struct query *q, int param, const void *p, size_t n)
{
    if (q->rc == SQLITE_OK)
        q->rc = sqlite3_bind_blob64(q->st, param, p, n, SQLITE_STATIC);
}

void query_end(struct query *q)
{
    sqlite3_reset(q->st);
}

int query_row(struct query *q, struct tl_err *err)
{
    int rc = q->rc == SQLITE_OK ? sqlite3_step(q->st) : q->rc;
    if (rc == SQLITE_ROW)
        return 1;
    if (rc == SQLITE_DONE) {
        query_end(q);
        return 0;
    }
    int r = store_fail(q->s, rc, sqlite3_stmt_readonly(q->st) ? "read" : "write", err);
    query_end(q);
    return r;
}

int query_run(struct query *q, struct tl_err *err)
{
    int r;
    while ((r = query_row(q, err)) > 0)
        ;
    return r;
}

int query_id(struct query *q, int64_t *id, struct tl_err *err)
{
    int r = query_row(q, err);
    if (r < 0)
        return r;
    if (r == 0)
        return 1;
    *id = column_int(q, 0);
    query_end(q);
    return 0;
}

tl_str column_text(const struct query *q, int i)
{
    const char *p = (const char *)sqlite3_column_text(q->st, i);
    return p ? (tl_str){p, (size_t)sqlite3_column_bytes(q->st, i)} : TL_STR_NONE;
}

int column_text_copy(const struct query *q, int i, struct tl_arena *a, tl_str *out)
{
    return tl_arena_copy(a, column_text(q, i), out);
}

int64_t column_int(const struct query *q, int i)
{
    return sqlite3_column_int64(q->st, i);
}

static int corrupt(struct query *q, struct tl_err *err)
{
    int r = store_fail(q->s, SQLITE_CORRUPT, "read", err);
    query_end(q);
    return r;
}

int column_event_id(struct query *q, int i, struct tl_event_id *out, struct tl_err *err)
{
    const uint8_t *p = sqlite3_column_blob(q->st, i);
    if (!p || sqlite3_column_bytes(q->st, i) != (int)sizeof out->b)
        return corrupt(q, err);
    for (size_t k = 0; k < sizeof out->b; k++)
        out->b[k] = p[k];
    return 0;
}

int column_word(struct query *q, int i, int n, int *out, struct tl_err *err)
{
    int64_t v = column_int(q, i);
    if (v < 0 || v >= n)
        return corrupt(q, err);
    *out = (int)v;
    return 0;
}

int column_count(struct query *q, int i, int64_t most, int64_t *out, struct tl_err *err)
{
    *out = column_int(q, i);
    return *out < 0 || *out > most ? corrupt(q, err) : 0;
}

int column_time(struct query *q, int i, int64_t *out, struct tl_err *err)
{
    *out = column_int(q, i);
    return event_time_has_key(*out) ? 0 : corrupt(q, err);
}
