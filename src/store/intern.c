/* Interning: each distinct text, API, scope, caller and resource is one row, and events hold its number.
 *
 * In front of the tables stands a hash table in memory, so that a record usually costs no look-up at all. It
 * is bounded: when it is full it is emptied, which costs a look-up each for what is still in use. Its keys
 * are the fields one after another with their lengths, so that ("ab", "c") and ("a", "bc") differ. The hash
 * starts from a random number, so that nobody can write texts which collide on purpose and make every look-up
 * walk the whole table.
 */
#include "private.h"

#include <stdlib.h>
#include <string.h>

int intern_init(struct intern *in)
{
    sqlite3_randomness(sizeof in->seed, &in->seed);
    in->slots = calloc(TL_INTERN_SLOTS, sizeof *in->slots);
    return in->slots ? 0 : TL_ENOMEM;
}

void intern_fini(struct intern *in)
{
    free(in->slots);
    tl_arena_fini(&in->keys);
    tl_buf_fini(&in->key);
}

void intern_forget(struct intern *in)
{
    in->age++;
    if (in->n)
        memset(in->slots, 0, TL_INTERN_SLOTS * sizeof *in->slots);
    in->n = in->bytes = 0;
    tl_arena_reset(&in->keys);
}

static int key_of(struct tl_buf *key, char tag, const tl_str *fields, size_t n_fields)
{
    size_t need = 1;
    for (size_t i = 0; i < n_fields; i++)
        need += sizeof fields[i].n + fields[i].n;
    key->n = 0;
    if (tl_buf_reserve(key, need))
        return TL_ENOMEM;
    char *to = key->p;
    *to++ = tag;
    for (size_t i = 0; i < n_fields; i++) {
        memcpy(to, &fields[i].n, sizeof fields[i].n);
        to += sizeof fields[i].n;
        if (fields[i].n)
            memcpy(to, fields[i].p, fields[i].n);
        to += fields[i].n;
    }
    key->n = need;
    return 0;
}

static struct intern_slot *slot_of(struct intern *in, uint64_t h)
{
    size_t i = h & (TL_INTERN_SLOTS - 1);
    for (; in->slots[i].key; i = (i + 1) & (TL_INTERN_SLOTS - 1))
        if (in->slots[i].hash == h && in->slots[i].n == in->key.n &&
            !memcmp(in->slots[i].key, in->key.p, in->key.n))
            break;
    return &in->slots[i];
}

static int remember(struct intern *in, uint64_t h, int64_t id, int64_t scope)
{
    tl_str kept;
    if (in->key.n > TL_INTERN_KEY_BYTES)
        return 0;
    if (in->n >= TL_INTERN_MAX || in->bytes + in->key.n > TL_INTERN_BYTES)
        intern_forget(in);
    if (tl_arena_copy(&in->keys, tl_buf_str(&in->key), &kept))
        return TL_ENOMEM;
    *slot_of(in, h) = (struct intern_slot){.hash = h, .id = id, .key = kept.p, .n = kept.n, .scope = scope};
    in->n++;
    in->bytes += kept.n;
    return 0;
}

/* One interned table: how its rows are made and found, both by the same fields in the same order. */
struct table {
    char tag;
    enum sql_id put, find;
    const int *put_params, *find_params; /* of the text fields */
    size_t n_put, n_find;                /* the key is the first n_find fields */
    int put_number, find_number;         /* parameter of a number that belongs to the key; 0 for none */
};

static int insert_or_find(struct tl_store *s, const struct table *t, const tl_str *fields, int64_t number,
                          int64_t *id, struct tl_err *err)
{
    struct query put = query(s, t->put), find = query(s, t->find);
    for (size_t i = 0; i < t->n_put; i++)
        bind_text(&put, t->put_params[i], fields[i]);
    if (t->put_number)
        bind_int(&put, t->put_number, number);
    int r = query_run(&put, err);
    if (r)
        return r;
    if (sqlite3_changes(s->db)) {
        *id = sqlite3_last_insert_rowid(s->db);
        return 0;
    }
    for (size_t i = 0; i < t->n_find; i++)
        bind_text(&find, t->find_params[i], fields[i]);
    if (t->find_number)
        bind_int(&find, t->find_number, number);
    r = query_id(&find, id, err);
    return r > 0 ? store_fail(s, SQLITE_CORRUPT, "write", err) : r;
}

static int intern(struct tl_store *s, const struct table *t, const tl_str *fields, int64_t number,
                  int64_t *id, struct tl_err *err)
{
    struct intern *in = &s->intern;
    char tag = (char)(t->tag + (number ? 'a' - 'A' : 0)); /* the only number is a flag */
    if (key_of(&in->key, tag, fields, t->n_find))
        return tl_err_nomem(err);
    uint64_t h = tl_str_mix(in->seed, tl_buf_str(&in->key));
    const struct intern_slot *known = slot_of(in, h);
    if (known->key) {
        *id = known->id;
        return 0;
    }
    int r = insert_or_find(s, t, fields, number, id, err);
    if (r)
        return r;
    return remember(in, h, *id, 0) ? tl_err_nomem(err) : 0;
}

int intern_text(struct tl_store *s, tl_str text, int64_t *id, struct tl_err *err)
{
    static const int put[] = {PUT_TEXT_TEXT}, find[] = {FIND_TEXT_TEXT};
    static const struct table t = {'T', SQL_PUT_TEXT, SQL_FIND_TEXT, put, find, 1, 1, 0, 0};
    *id = 0;
    return text.n == 0 ? 0 : intern(s, &t, &text, 0, id, err);
}

static int intern_api(struct tl_store *s, const struct tl_event *ev, int64_t *id, struct tl_err *err)
{
    static const int put[] = {PUT_API_SOURCE, PUT_API_NAME, PUT_API_SERVICE, PUT_API_ACTION};
    static const int find[] = {FIND_API_SOURCE, FIND_API_NAME};
    static const struct table t = {'A', SQL_PUT_API, SQL_FIND_API, put, find, 4, 2, 0, 0};
    const tl_str fields[] = {ev->source, ev->name, ev->service, ev->action};
    return intern(s, &t, fields, 0, id, err);
}

int intern_scope(struct tl_store *s, tl_str account, tl_str region, int64_t *id, struct tl_err *err)
{
    static const int put[] = {PUT_SCOPE_ACCOUNT, PUT_SCOPE_REGION},
                     find[] = {FIND_SCOPE_ACCOUNT, FIND_SCOPE_REGION};
    static const struct table t = {'S', SQL_PUT_SCOPE, SQL_FIND_SCOPE, put, find, 2, 2, 0, 0};
    const tl_str fields[] = {account, region};
    return intern(s, &t, fields, 0, id, err);
}

static int intern_caller(struct tl_store *s, const struct tl_event *ev, int64_t *id, struct tl_err *err)
{
    static const int put[] = {PUT_CALLER_PRINCIPAL, PUT_CALLER_USER_AGENT, PUT_CALLER_IDENTITY_TYPE,
                              PUT_CALLER_INVOKED_BY};
    static const int find[] = {FIND_CALLER_PRINCIPAL, FIND_CALLER_USER_AGENT, FIND_CALLER_IDENTITY_TYPE,
                               FIND_CALLER_INVOKED_BY};
    static const struct table t = {'C', SQL_PUT_CALLER,    SQL_FIND_CALLER,   put, find, 4,
                                   4,   PUT_CALLER_PERSON, FIND_CALLER_PERSON};
    const tl_str fields[] = {ev->principal, ev->user_agent, ev->identity_type, ev->invoked_by};
    return intern(s, &t, fields, (ev->flags & TL_EVENT_PERSON) != 0, id, err);
}

static int shape_row(struct tl_store *s, const struct tl_event *ev, int64_t flags, int64_t scope, int64_t *id,
                     struct tl_err *err)
{
    int64_t api = 0, caller = 0, error = 0;
    int r = intern_api(s, ev, &api, err);
    if (r == 0)
        r = intern_caller(s, ev, &caller, err);
    if (r == 0)
        r = intern_text(s, ev->error_code, &error, err);
    if (r)
        return r;
    struct query put = query(s, SQL_PUT_SHAPE), find = query(s, SQL_FIND_SHAPE);
    const int64_t v[] = {api, scope, caller, error, ev->kind, flags};
    for (int i = 0; i < 6; i++)
        bind_int(&put, PUT_SHAPE_API + i, v[i]);
    if ((r = query_run(&put, err)))
        return r;
    if (sqlite3_changes(s->db)) {
        *id = sqlite3_last_insert_rowid(s->db);
        return 0;
    }
    for (int i = 0; i < 6; i++)
        bind_int(&find, FIND_SHAPE_API + i, v[i]);
    r = query_id(&find, id, err);
    return r > 0 ? store_fail(s, SQLITE_CORRUPT, "write", err) : r;
}
_Static_assert(PUT_SHAPE_FLAGS == PUT_SHAPE_API + 5 && FIND_SHAPE_FLAGS == FIND_SHAPE_API + 5, "one order");

/* The whole shape is one key, so that a record costs one look, not one for each of its parts. */
int intern_shape(struct tl_store *s, const struct tl_event *ev, int64_t flags, int64_t *id, int64_t *scope,
                 struct tl_err *err)
{
    struct intern *in = &s->intern;
    const struct {
        int64_t flags, kind;
    } numbers = {flags, ev->kind};
    const tl_str fields[] = {{(const char *)&numbers, sizeof numbers},
                             ev->source,
                             ev->name,
                             ev->account,
                             ev->region,
                             ev->error_code,
                             ev->principal,
                             ev->user_agent,
                             ev->identity_type,
                             ev->invoked_by};
    const size_t n = sizeof fields / sizeof *fields;
    if (key_of(&in->key, 'H', fields, n))
        return tl_err_nomem(err);
    uint64_t h = tl_str_mix(in->seed, tl_buf_str(&in->key));
    const struct intern_slot *known = slot_of(in, h);
    if (known->key) {
        *id = known->id;
        *scope = known->scope;
        return 0;
    }
    int r = intern_scope(s, ev->account, ev->region, scope, err);
    if (r == 0)
        r = shape_row(s, ev, flags, *scope, id, err);
    if (r)
        return r;
    if (key_of(&in->key, 'H', fields, n) || remember(in, h, *id, *scope))
        return tl_err_nomem(err);
    return 0;
}

int intern_resource(struct tl_store *s, const struct tl_resource *r, int64_t *id, struct tl_err *err)
{
    static const int put[] = {PUT_RESOURCE_PARTITION, PUT_RESOURCE_ACCOUNT, PUT_RESOURCE_REGION,
                              PUT_RESOURCE_TYPE, PUT_RESOURCE_RID};
    static const int find[] = {FIND_RESOURCE_PARTITION, FIND_RESOURCE_ACCOUNT, FIND_RESOURCE_REGION,
                               FIND_RESOURCE_TYPE, FIND_RESOURCE_RID};
    static const struct table t = {'R', SQL_PUT_RESOURCE, SQL_FIND_RESOURCE, put, find, 5, 5, 0, 0};
    const tl_str fields[] = {r->partition, r->account, r->region, r->type, r->id};
    return intern(s, &t, fields, 0, id, err);
}

/* Every record of an assumed role carries that role's alias again, so it is remembered too. */
int intern_alias(struct tl_store *s, const struct tl_alias *a, int64_t *resource, int64_t *name,
                 struct tl_err *err)
{
    struct intern *in = &s->intern;
    const struct tl_resource *r = &a->resource;
    const tl_str fields[] = {r->partition, r->account, r->region, r->type, r->id, a->name, a->name_type};
    const size_t n_fields = sizeof fields / sizeof *fields;
    if (a->name.n == 0 || r->id.n == 0 || (a->name_type.n == 0 && tl_str_eq(a->name, r->id)))
        return 1;
    if (key_of(&in->key, 'L', fields, n_fields))
        return tl_err_nomem(err);
    uint64_t h = tl_str_mix(in->seed, tl_buf_str(&in->key));
    if (slot_of(in, h)->key)
        return 1;
    struct tl_resource other = *r;
    other.id = a->name;
    if (a->name_type.n)
        other.type = a->name_type;
    int rc = intern_resource(s, r, resource, err);
    if (rc == 0)
        rc = intern_resource(s, &other, name, err);
    if (rc)
        return rc;
    if (key_of(&in->key, 'L', fields, n_fields) || remember(in, h, 1, 0))
        return tl_err_nomem(err);
    return 0;
}
