/* Where an event came from: enough to read its raw record again from the dump. */
#include "private.h"

#include <string.h>

/* The id as delivered: the text that was kept, or the UUID that the bytes are. */
static int id_text(struct tl_store *s, const struct tl_event_id *id, bool is_text, struct tl_arena *arena,
                   tl_str *out, struct tl_err *err)
{
    static const char digits[] = "0123456789abcdef";
    char uuid[36], *to = uuid;
    if (is_text) {
        struct query q = query(s, SQL_GET_EVENT_TEXT);
        bind_blob(&q, GET_EVENT_TEXT_ID, id->b, sizeof id->b);
        int r = query_row(&q, err);
        if (r <= 0)
            return r < 0 ? r : store_fail(s, SQLITE_CORRUPT, "read", err);
        r = column_text_copy(&q, 0, arena, out);
        query_end(&q);
        return r ? tl_err_nomem(err) : 0;
    }
    for (size_t i = 0; i < sizeof id->b; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *to++ = '-';
        *to++ = digits[id->b[i] >> 4];
        *to++ = digits[id->b[i] & 15];
    }
    return tl_arena_copy(arena, (tl_str){uuid, sizeof uuid}, out) ? tl_err_nomem(err) : 0;
}

static int copy_row(const struct query *q, struct tl_arena *arena, struct tl_event_origin *out)
{
    tl_str *const texts[] = {&out->location, &out->path,      &out->error_code, &out->service,
                             &out->action,   &out->principal, &out->user_agent, &out->session};
    *out = (struct tl_event_origin){.time_s = event_key_time_s(column_int(q, 0)),
                                    .person = (column_int(q, 2) & TL_EVENT_PERSON) != 0,
                                    .failed = (column_int(q, 2) & TL_EVENT_FAILED) != 0,
                                    .general = (column_int(q, 2) & TL_EVENT_GENERAL) != 0,
                                    .at = {.record = (uint64_t)column_int(q, 11),
                                           .offset = (uint64_t)column_int(q, 12),
                                           .length = (uint64_t)column_int(q, 13)},
                                    .size_bytes = column_int(q, 15),
                                    .mtime_ns = column_int(q, 16)};
    for (int i = 0; i < 8; i++)
        if (column_text_copy(q, 3 + i, arena, texts[i]))
            return TL_ENOMEM;
    const void *sha = sqlite3_column_blob(q->st, 14);
    out->has_sha256 = sha && sqlite3_column_bytes(q->st, 14) == (int)sizeof out->sha256;
    if (out->has_sha256)
        memcpy(out->sha256, sha, sizeof out->sha256);
    return 0;
}

int tl_store_origin(struct tl_store *s, int64_t time_s, const struct tl_event_id *id, struct tl_arena *arena,
                    struct tl_event_origin *out, struct tl_err *err)
{
    int64_t key;
    int r = event_key_find(s, time_s, id, &key, err);
    if (r)
        return r < 0 ? r : TL_STORE_NONE;
    struct query q = query(s, SQL_GET_EVENT);
    bind_int(&q, GET_EVENT_KEY, key);
    r = query_row(&q, err);
    if (r <= 0)
        return r < 0 ? r : TL_STORE_NONE;
    bool is_text = column_int(&q, 2) & TL_EVENT_TEXT_ID;
    r = copy_row(&q, arena, out);
    query_end(&q);
    return r ? tl_err_nomem(err) : id_text(s, id, is_text, arena, &out->id_text, err);
}

static int find_text_id(struct tl_store *s, tl_str text, struct tl_event_id *out, struct tl_err *err)
{
    struct query q = query(s, SQL_FIND_EVENT_TEXT);
    bind_text(&q, FIND_EVENT_TEXT_TEXT, text);
    int r = query_row(&q, err);
    if (r <= 0)
        return r < 0 ? r : TL_STORE_NONE;
    r = column_event_id(&q, 0, out, err);
    query_end(&q);
    return r;
}

int tl_store_find_event(struct tl_store *s, tl_str text, struct tl_arena *arena, struct tl_event_origin *out,
                        struct tl_err *err)
{
    struct tl_event_id id = {{0}};
    int64_t key = 0;
    int r = tl_uuid_parse(text, id.b) ? 0 : find_text_id(s, text, &id, err);
    if (r)
        return r;
    struct query q = query(s, SQL_FIND_EVENT);
    bind_blob(&q, FIND_EVENT_ID, id.b, sizeof id.b);
    r = query_id(&q, &key, err);
    if (r)
        return r < 0 ? r : TL_STORE_NONE;
    return tl_store_origin(s, event_key_time_s(key), &id, arena, out, err);
}
