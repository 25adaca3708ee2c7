/* The walk over one record: every byte is validated (or was, where there is an index), the fields of the
 * tables below are kept as slices, all else is passed over. The tables are the only place that knows where a
 * field sits; an object of a table is walked with a table of its own, so the recursion is as deep as the
 * tables, not as the input. userIdentity is walked when it is asked for: most events of a scan end before. */
#include "fields.h"

#include <string.h>

struct wanted {
    tl_str key;
    uint8_t field;
    uint8_t last; /* of the fields that lie under it, when `under` is set */
    const struct table *under;
};

/* Rows in the order of their keys' lengths: those of n bytes are from `from[n]` on, before `from[n + 1]`. */
#define KEY_MAX_BYTES 28
struct table {
    const struct wanted *rows;
    uint8_t from[KEY_MAX_BYTES + 2];
};

#define KEY(name, field_)                                                                                    \
    {                                                                                                        \
        {(name), sizeof(name) - 1}, (field_), (field_), NULL                                                 \
    }
#define OBJECT(name, field_, last_, table)                                                                   \
    {                                                                                                        \
        {(name), sizeof(name) - 1}, (field_), (last_), (table)                                               \
    }

static const struct table in_issuer = {
    (const struct wanted[]){
        KEY("arn", F_ISSUER_ARN),
        KEY("type", F_ISSUER_TYPE),
        KEY("userName", F_ISSUER_NAME),
        KEY("principalId", F_ISSUER_PRINCIPAL_ID),
    },
    {[4] = 1, [5 ... 8] = 2, [9 ... 11] = 3, [12 ... KEY_MAX_BYTES + 1] = 4},
};

static const struct table in_session_context = {
    (const struct wanted[]){OBJECT("sessionIssuer", F_SESSION_ISSUER, F_ISSUER_NAME, &in_issuer)},
    {[14 ... KEY_MAX_BYTES + 1] = 1},
};

static const struct table in_identity = {
    (const struct wanted[]){
        KEY("arn", F_USER_ARN),
        KEY("type", F_USER_TYPE),
        KEY("userName", F_USER_NAME),
        KEY("accountId", F_USER_ACCOUNT),
        KEY("invokedBy", F_USER_INVOKED_BY),
        KEY("principalId", F_USER_PRINCIPAL_ID),
        OBJECT("sessionContext", F_SESSION_CONTEXT, F_ISSUER_NAME, &in_session_context),
    },
    {[4] = 1, [5 ... 8] = 2, [9] = 3, [10 ... 11] = 5, [12 ... 14] = 6, [15 ... KEY_MAX_BYTES + 1] = 7},
};

static const struct table in_record = {
    (const struct wanted[]){
        KEY("eventID", F_EVENT_ID),
        KEY("addendum", F_ADDENDUM),
        KEY("readOnly", F_READ_ONLY),
        KEY("eventTime", F_EVENT_TIME),
        KEY("eventName", F_EVENT_NAME),
        KEY("eventType", F_EVENT_TYPE),
        KEY("awsRegion", F_AWS_REGION),
        KEY("userAgent", F_USER_AGENT),
        KEY("errorCode", F_ERROR_CODE),
        KEY("resources", F_RESOURCES),
        KEY("eventSource", F_EVENT_SOURCE),
        KEY("eventVersion", F_EVENT_VERSION),
        KEY("userIdentity", F_IDENTITY),
        KEY("errorMessage", F_ERROR_MESSAGE),
        KEY("eventCategory", F_EVENT_CATEGORY),
        KEY("sourceIPAddress", F_SOURCE_IP),
        KEY("responseElements", F_RESPONSE),
        KEY("requestParameters", F_REQUEST),
        KEY("recipientAccountId", F_RECIPIENT_ACCOUNT),
        KEY("additionalEventData", F_ADDITIONAL),
        KEY("sessionCredentialFromConsole", F_FROM_CONSOLE),
    },
    {[8] = 1,
     [9] = 3,
     [10 ... 11] = 10,
     [12] = 11,
     [13] = 14,
     [14 ... 15] = 15,
     [16] = 16,
     [17] = 17,
     [18] = 18,
     [19] = 19,
     [20 ... 28] = 20,
     [29] = 21},
};

static const struct wanted *find(const struct table *table, struct js_value key)
{
    size_t n = key.raw.n;
    if (key.escaped) { /* of whatever length */
        for (const struct wanted *w = table->rows; w < table->rows + table->from[KEY_MAX_BYTES + 1]; w++)
            if (js_key_is(key, w->key, false))
                return w;
        return NULL;
    }
    if (n > KEY_MAX_BYTES)
        return NULL;
    for (const struct wanted *w = table->rows + table->from[n]; w < table->rows + table->from[n + 1]; w++)
        if (tl_bytes_eq(w->key.p, key.raw.p, n))
            return w;
    return NULL;
}

static bool take_members(struct js *j, const struct table *table, unsigned depth, struct fields *out)
{
    struct js_value key, ignored;
    bool first = true;
    js_open(j);
    while (js_next_member(j, &first, &key)) {
        const struct wanted *w = find(table, key);
        if (w && w->under)
            memset(&out->v[w->field], 0, (size_t)(w->last - w->field + 1) * sizeof out->v[0]);
        bool good;
        if (w && w->under && js_peek(j) == JS_OBJECT) {
            out->v[w->field].type = JS_OBJECT;
            good = take_members(j, w->under, depth + 1, out);
        } else {
            good = js_read_value(j, depth, w ? &out->v[w->field] : &ignored);
        }
        if (!good)
            return false;
    }
    return !j->why;
}

/* ---- the members of a record that is proved valid -------------------------------------------------- */

/* Where they start is known, and each ends where the next one starts. So what is left is to tell the keys
 * apart: by their first eight bytes, which no two of the table share, in a hash table of its own. */

static uint64_t head_of(const char *key)
{
    uint64_t head;
    memcpy(&head, key, sizeof head);
    return head;
}

static size_t slot_of(uint64_t head)
{
    return head * UINT64_C(0x9e3779b97f4a7c15) >> 57; /* the golden ratio's bits; FIELD_SLOTS of them */
}
_Static_assert(FIELD_SLOTS == 1 << (64 - 57), "one slot a hash");

/* The rows' names have eight bytes at least, with the quote behind them. */
void fields_init(struct field_keys *keys)
{
    memset(keys, 0, sizeof *keys);
    for (uint8_t row = 0; row < in_record.from[KEY_MAX_BYTES + 1]; row++) {
        char key[KEY_MAX_BYTES + 1] = {0};
        tl_str name = in_record.rows[row].key;
        memcpy(key, name.p, name.n);
        key[name.n] = '"';
        size_t i = slot_of(head_of(key));
        while (keys->slots[i].n)
            i = (i + 1) % FIELD_SLOTS;
        keys->slots[i] = (struct field_key){head_of(key), name.p, (uint8_t)name.n, in_record.rows[row].field};
    }
}

/* The slot of the key at `key`, behind its opening quote, or an empty one; the text goes on for `left` bytes.
 */
static const struct field_key *find_key(const struct field_keys *keys, const char *key, size_t left)
{
    static const struct field_key none = {0};
    if (left < 8)
        return &none;
    uint64_t head = head_of(key);
    size_t i = slot_of(head);
    while (keys->slots[i].head != head && keys->slots[i].n)
        i = (i + 1) % FIELD_SLOTS;
    const struct field_key *k = &keys->slots[i];
    bool is = k->n < left && key[k->n] == '"' && (k->n < 9 || tl_bytes_eq(k->name, key, k->n));
    return is ? k : &none;
}

/* A key that is written with escapes, which is nowhere but in texts made to test this. */
static bool find_escaped(const char *key, size_t left, size_t *n, unsigned *field)
{
    struct js_value k = {.type = JS_STRING, .escaped = true};
    for (*n = 0; *n < left && key[*n] != '"'; ++*n)
        if (key[*n] == '\\')
            ++*n;
    k.raw = (tl_str){key, *n};
    const struct wanted *w = memchr(key, '\\', *n) ? find(&in_record, k) : NULL;
    *field = w ? w->field : F_N;
    return w;
}

static struct js_value member_value(const struct js_index *x, const char *p, const char *end)
{
    static const uint8_t types[256] = {
        ['"'] = JS_STRING, ['{'] = JS_OBJECT, ['['] = JS_ARRAY,  ['t'] = JS_TRUE,
        ['f'] = JS_FALSE,  ['n'] = JS_NULL,   ['-'] = JS_NUMBER, ['0' ... '9'] = JS_NUMBER};
    struct js_value v = {.type = types[(unsigned char)*p]};
    if (v.type == JS_STRING) {
        v.raw = (tl_str){p + 1, (size_t)(end - p) - 2};
        v.escaped = x->has_slash && memchr(v.raw.p, '\\', v.raw.n);
    } else {
        v.raw = (tl_str){p, (size_t)(end - p)};
        v.index = v.type == JS_OBJECT || v.type == JS_ARRAY ? x : NULL;
    }
    return v;
}

static void take_proved(const struct field_keys *keys, const struct js_index *x, struct fields *out)
{
    const char *end = x->text + x->n_bytes - 1, *next;
    for (size_t i = 0; i < x->n_members; i++) {
        const char *key = x->text + x->members[i] + 1;
        next = i + 1 < x->n_members ? x->text + x->members[i + 1] - 1 : end;
        const struct field_key *k = find_key(keys, key, (size_t)(end - key));
        size_t n = k->n;
        unsigned field = k->field;
        if (!n && !(x->has_slash && find_escaped(key, (size_t)(end - key), &n, &field)))
            continue;
        out->v[field] = member_value(x, key + n + 2, next);
    }
}

bool fields_read(const struct field_keys *keys, struct js *j, struct fields *out)
{
    memset(out, 0, sizeof *out);
    if (j->index) {
        take_proved(keys, j->index, out);
        return true;
    }
    if (js_peek(j) != JS_OBJECT) {
        j->why = "not a JSON object";
        return false;
    }
    return take_members(j, &in_record, 1, out) && js_read_end(j);
}

void fields_read_identity(struct fields *out)
{
    struct js j = js_inside(out->v[F_IDENTITY]);
    if (out->v[F_IDENTITY].type == JS_OBJECT)
        take_members(&j, &in_identity, 2, out);
}

const char *fields_required_problem(enum field f)
{
    static const char *const problem[F_N_REQUIRED] = {
        [F_EVENT_VERSION] = "eventVersion is missing or not a string",
        [F_EVENT_TIME] = "eventTime is missing or not a string",
        [F_EVENT_SOURCE] = "eventSource is missing or not a string",
        [F_EVENT_NAME] = "eventName is missing or not a string",
        [F_AWS_REGION] = "awsRegion is missing or not a string",
        [F_EVENT_ID] = "eventID is missing or not a string",
    };
    return problem[f];
}
