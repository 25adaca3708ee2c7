/* Extract: one record. What must hold:
 * - damage has a reason and a place inside the record;
 * - whether all is asked for or only what detection needs, the verdict on the record is the same, and so is
 * the event;
 * - of a record that jansson reads, every field is what jansson says, and it is damaged only where a required
 * field is missing or odd;
 * - a record that is proved valid is, and gives the same event by its index as byte by byte. */
#include "fuzz.h"

#include <jansson.h>
#include <string.h>

#include "trailloop/event.h"
#include "trailloop/json.h"
#include "trailloop/limits.h"

enum way { BY_BYTES, BY_INDEX, NEEDED_ONLY, N_WAYS };

struct result {
    int r;
    struct tl_event ev;
    const char *why;
    size_t at;
};

/* Each way has an extractor of its own, since one tells a caller's names once. */
static struct result extract(tl_str record, enum way way, const struct js_index *index)
{
    static struct tl_extractor *extractors[N_WAYS];
    struct result got = {0};
    if (!extractors[way])
        HOLDS(tl_extractor_new(&extractors[way], NULL) == 0);
    tl_extractor_reset(extractors[way]);
    got.r = tl_extract(extractors[way], record, index, way == NEEDED_ONLY, &got.ev, &got.why, &got.at, NULL);
    HOLDS(got.r >= 0);
    if (got.r == TL_EXTRACT_DAMAGED)
        HOLDS(got.why && got.at <= record.n);
    return got;
}

static void same_event(const struct tl_event *a, const struct tl_event *b)
{
    HOLDS(memcmp(&a->id, &b->id, sizeof a->id) == 0 && a->time_s == b->time_s && a->kind == b->kind &&
          a->flags == b->flags);
    const tl_str *x[] = {&a->id_text,      &a->source,     &a->name,          &a->service,
                         &a->action,       &a->account,    &a->region,        &a->error_code,
                         &a->partition,    &a->principal,  &a->identity_type, &a->session,
                         &a->execution_id, &a->user_agent, &a->invoked_by,    &a->detail};
    const tl_str *y[] = {&b->id_text,      &b->source,     &b->name,          &b->service,
                         &b->action,       &b->account,    &b->region,        &b->error_code,
                         &b->partition,    &b->principal,  &b->identity_type, &b->session,
                         &b->execution_id, &b->user_agent, &b->invoked_by,    &b->detail};
    for (size_t i = 0; i < sizeof x / sizeof *x; i++)
        HOLDS(tl_str_eq(*x[i], *y[i]));
    HOLDS(a->n_resources == b->n_resources && a->n_verdicts == b->n_verdicts &&
          a->n_controls == b->n_controls && a->n_aliases == b->n_aliases);
    for (size_t i = 0; i < a->n_resources; i++)
        HOLDS(tl_str_eq(a->resources[i].type, b->resources[i].type) &&
              tl_str_eq(a->resources[i].id, b->resources[i].id));
}

/* A member that is a string, or TL_STR_NONE. */
static tl_str text_of(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);
    return json_is_string(v) ? (tl_str){json_string_value(v), json_string_length(v)} : TL_STR_NONE;
}

static bool has_required(const json_t *record)
{
    static const char *const keys[] = {"eventVersion", "eventTime", "eventSource",
                                       "eventName",    "awsRegion", "eventID"};
    int64_t t_s;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (text_of(record, keys[i]).n == 0)
            return false;
    return tl_time_parse(text_of(record, "eventTime"), &t_s);
}

static void says_what_jansson_says(const json_t *record, const struct tl_event *ev)
{
    int64_t t_s = 0;
    HOLDS(tl_str_eq(ev->id_text, text_of(record, "eventID")));
    HOLDS(tl_time_parse(text_of(record, "eventTime"), &t_s) && ev->time_s == t_s);
    HOLDS(tl_str_eq(ev->source, text_of(record, "eventSource")));
    HOLDS(tl_str_eq(ev->name, text_of(record, "eventName")));
    HOLDS(tl_str_eq(ev->region, text_of(record, "awsRegion")));
    if (text_of(record, "userAgent").n)
        HOLDS(tl_str_eq(ev->user_agent, text_of(record, "userAgent")));
    if (text_of(record, "errorCode").n)
        HOLDS(ev->flags & TL_EVENT_FAILED && tl_str_eq(ev->error_code, text_of(record, "errorCode")));
    if (text_of(record, "recipientAccountId").n)
        HOLDS(tl_str_eq(ev->account, text_of(record, "recipientAccountId")));
    const json_t *who = json_object_get(record, "userIdentity");
    if (text_of(who, "type").n)
        HOLDS(tl_str_eq(ev->identity_type, text_of(who, "type")));
    if (text_of(who, "invokedBy").n)
        HOLDS(tl_str_eq(ev->invoked_by, text_of(who, "invokedBy")));
    if (json_is_true(json_object_get(record, "readOnly")))
        HOLDS(ev->flags & TL_EVENT_READ_ONLY && !(ev->flags & TL_EVENT_CHANGE));
}

static size_t depth(const json_t *v)
{
    size_t most = 0, i, d;
    const char *key;
    json_t *one, *object = (json_t *)(uintptr_t)v;
    json_array_foreach(v, i, one) most = (d = depth(one)) > most ? d : most;
    json_object_foreach(object, key, one) most = (d = depth(one)) > most ? d : most;
    return most + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    tl_str record = {(const char *)data, n};
    if (n > TL_RECORD_MAX_BYTES)
        return 0;
    static struct js_index index;
    int r = 0;
    struct result all = extract(record, BY_BYTES, NULL), needed = extract(record, NEEDED_ONLY, NULL);
    if (js_index_build(&index, record, &r) && index.n_bytes == n) {
        struct result proved = extract(record, BY_INDEX, &index);
        HOLDS(proved.r == all.r && proved.why == all.why);
        if (all.r == 0)
            same_event(&all.ev, &proved.ev);
    }
    HOLDS(r == 0);
    if (all.r == 0 && needed.r == 0) {
        same_event(&all.ev, &needed.ev);
    } else if (all.r == 0) {
        HOLDS(needed.r == TL_EXTRACT_UNUSED && all.ev.kind == TL_EVENT_OTHER &&
              needed.ev.time_s == all.ev.time_s);
        HOLDS(tl_str_eq(needed.ev.region, all.ev.region) && tl_str_eq(needed.ev.account, all.ev.account));
    } else {
        HOLDS(needed.r == all.r && needed.why == all.why);
    }
    json_t *tree = memchr(data, 0, n) ? NULL : json_loadb((const char *)data, n, JSON_ALLOW_NUL, NULL);
    if (json_is_object(tree) && depth(tree) <= TL_JSON_DEPTH_MAX) {
        HOLDS(all.r != TL_EXTRACT_DAMAGED || !has_required(tree));
        if (all.r == 0)
            says_what_jansson_says(tree, &all.ev);
    }
    json_decref(tree);
    return 0;
}
