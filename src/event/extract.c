/* One record to one event. The order of work: the scanner walks the record once, the six fields every record
 * has are checked, the caller is told apart, then the one part of the record that its API calls for is read.
 * A record is damaged only when it is no valid JSON object or lacks one of the six; anything else that is odd
 * is read as far as it goes. */
#include "work.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

int tl_extractor_new(struct tl_extractor **out, struct tl_err *err)
{
    struct tl_extractor *x = calloc(1, sizeof *x);
    if (!x)
        return tl_err_nomem(err);
    fields_init(&x->keys);
    x->n_resets = 1;
    x->rows = rows_make();
    int r = x->rows ? tl_sha256_new(&x->sha, err) : tl_err_nomem(err);
    if (r) {
        tl_extractor_free(x);
        return r;
    }
    *out = x;
    return 0;
}

void tl_extractor_free(struct tl_extractor *x)
{
    if (!x)
        return;
    tl_arena_fini(&x->arena);
    tl_buf_fini(&x->scratch);
    tl_sha256_free(x->sha);
    free(x->found);
    free(x->names);
    free(x->rows);
    for (size_t i = 0; i < KNOWN_CALLERS; i++)
        tl_buf_fini(&x->callers[i].bytes);
    free(x);
}

void tl_extractor_reset(struct tl_extractor *x)
{
    tl_arena_reset(&x->arena);
    tl_extractor_into(x, NULL);
}

void tl_extractor_into(struct tl_extractor *x, struct tl_arena *texts)
{
    x->into = texts;
    memset(x->told, 0, sizeof x->told);
    x->n_resets++;
}

int work_text(struct tl_extractor *x, struct js_value v, tl_str *out)
{
    *out = TL_STR_NONE;
    if (v.type != JS_STRING && v.type != JS_NUMBER)
        return 0;
    if (!v.escaped && x->keep)
        return tl_arena_copy(&x->arena, v.raw, out);
    if (!v.escaped) {
        *out = v.raw;
        return 0;
    }
    char *p = tl_arena_alloc(&x->arena, v.raw.n);
    if (!p)
        return TL_ENOMEM;
    *out = (tl_str){p, js_unescape(v.raw, p)};
    return 0;
}

bool work_is_true(struct js_value v)
{
    return v.type == JS_TRUE || (v.type == JS_STRING && v.raw.n == 4 && strncasecmp(v.raw.p, "true", 4) == 0);
}

int work_object(struct tl_extractor *x, struct js_value v, struct js_value *out)
{
    tl_str text;
    *out = v;
    if (v.type == JS_OBJECT)
        return 0;
    out->type = JS_NONE;
    if (v.type != JS_STRING || v.raw.n == 0 || v.raw.p[0] != '{')
        return 0;
    int r = work_text(x, v, &text);
    if (r)
        return r;
    struct js j = {text.p, text.p + text.n, NULL};
    struct js_value inner;
    if (js_read_value(&j, 0, &inner) && js_read_end(&j))
        *out = inner;
    return 0;
}

int work_grow(struct tl_extractor *x, void *items, size_t *cap, size_t n, size_t size)
{
    void *old, *grown;
    if (n < *cap)
        return 0;
    size_t want = *cap ? *cap * 2 : 8;
    if (!(grown = tl_arena_calloc(&x->arena, want, size)))
        return TL_ENOMEM;
    memcpy(&old, items, sizeof old); /* *items has some pointer type of the caller's */
    if (n)
        memcpy(grown, old, n * size);
    memcpy(items, &grown, sizeof grown);
    *cap = want;
    return 0;
}

/* ---- checks ------------------------------------------------------------------------------------------ */

/* Objects that are whole and no API event: Insights records, S3 and SNS notifications. */
static bool is_foreign(const struct fields *f)
{
    struct js_value type = f->v[F_EVENT_TYPE], category = f->v[F_EVENT_CATEGORY],
                    source = f->v[F_EVENT_SOURCE];
    return (type.type == JS_STRING && tl_str_eq(type.raw, TL_STR("AwsCloudTrailInsight"))) ||
           (category.type == JS_STRING && tl_str_eq(category.raw, TL_STR("Insight"))) ||
           (source.type == JS_STRING && tl_str_starts(source.raw, TL_STR("aws:")));
}

/* CloudTrail corrects a record by one more with an id of its own, which says whose place it takes: the two
 * are copies of one event (addendum.reason UPDATED_DATA, eventVersion 1.08 and later). */
static int read_addendum(struct work *w)
{
    struct js_value addendum = w->f.v[F_ADDENDUM];
    tl_str reason, original;
    int r = work_text(w->x, js_get(addendum, TL_STR("reason")), &reason);
    if (!r)
        r = work_text(w->x, js_get(addendum, TL_STR("originalEventID")), &original);
    if (!r && original.n && tl_str_eq(reason, TL_STR("UPDATED_DATA")))
        w->ev->id_text = original;
    return r;
}

/* Fills what the six fields say. 0, TL_EXTRACT_DAMAGED, or TL_ENOMEM. */
static int read_required(struct work *w, const char **why, const char **at)
{
    tl_str text[F_N_REQUIRED];
    for (unsigned i = 0; i < F_N_REQUIRED; i++) {
        struct js_value v = w->f.v[i];
        if (v.type != JS_STRING || (i == F_EVENT_ID && v.raw.n == 0)) {
            *why = fields_required_problem((enum field)i);
            *at = v.raw.p;
            return TL_EXTRACT_DAMAGED;
        }
        int r = work_text(w->x, v, &text[i]);
        if (r)
            return r;
    }
    if (!tl_time_parse(text[F_EVENT_TIME], &w->ev->time_s)) {
        *why = "eventTime is not a time";
        *at = w->f.v[F_EVENT_TIME].raw.p;
        return TL_EXTRACT_DAMAGED;
    }
    w->ev->source = text[F_EVENT_SOURCE];
    w->ev->name = text[F_EVENT_NAME];
    w->ev->region = text[F_AWS_REGION];
    w->ev->id_text = text[F_EVENT_ID];
    if (w->f.v[F_ADDENDUM].type == JS_OBJECT && read_addendum(w))
        return TL_ENOMEM;
    w->api = api_known(w->x, w->ev->source, w->ev->name);
    w->ev->service = tl_str_sub(w->ev->source, 0, w->api->n_service);
    w->ev->action = tl_str_sub(w->ev->name, 0, w->api->n_action);
    return 0;
}

/* Sixteen bytes, in whatever way the machine has them. */
typedef unsigned char lanes __attribute__((vector_size(16)));
typedef unsigned long long lane_halves __attribute__((vector_size(16)));

/* Whether one of the four signs of is_withheld may be in the text, told in one pass by two or three of its
 * bytes that seldom come together: a search for each took a fifth of the extractor's time. */
static bool may_be_withheld(tl_str s)
{
    const size_t reach = sizeof(lanes) + 2;
    lanes first, second, third;
    for (size_t i = 0; i + 3 <= s.n; i += sizeof(lanes)) {
        if (s.n < reach)
            return true;
        if (i + reach > s.n)
            i = s.n - reach; /* the last step, over some places again */
        memcpy(&first, s.p + i, sizeof first);
        memcpy(&second, s.p + i + 1, sizeof second);
        memcpy(&third, s.p + i + 2, sizeof third);
        lane_halves hit =
            (lane_halves)(((first == '_') & (second == 'D')) | ((first == 'a') & (second == 'R')) |
                          ((first == '"') &
                           (((second == 'o') & (third == 'm')) | ((second == '*') & (third == '*')))));
        if (hit[0] | hit[1])
            return true;
    }
    return false;
}

/* CloudTrail hides what is secret and leaves out what is too large; the record then says so. */
static bool is_withheld(struct js_value v)
{
    if ((v.type != JS_OBJECT && v.type != JS_STRING) || !may_be_withheld(v.raw))
        return false;
    return tl_str_find(v.raw, TL_STR("HIDDEN_DUE_TO_SECURITY_REASONS")) != SIZE_MAX ||
           tl_str_find(v.raw, TL_STR("sensitiveDataRemoved")) != SIZE_MAX ||
           tl_str_find(v.raw, TL_STR("\"****\"")) != SIZE_MAX || /* passwords of RDS and Redshift */
           (tl_str_find(v.raw, TL_STR("\"omitted\"")) != SIZE_MAX &&
            work_is_true(js_get(v, TL_STR("omitted"))));
}

/* ---- what the API calls for -------------------------------------------------------------------------- */

/* What is to be known of an event before it is known whether it is needed. 0 or TL_ENOMEM. */
static int read_call(struct work *w)
{
    struct tl_event *ev = w->ev;
    struct js_value category = w->f.v[F_EVENT_CATEGORY], read_only = w->f.v[F_READ_ONLY];
    bool says = read_only.type == JS_TRUE || read_only.type == JS_FALSE || read_only.type == JS_STRING;
    if (says ? work_is_true(read_only) : w->api->reads_only)
        ev->flags |= TL_EVENT_READ_ONLY;
    if (category.type == JS_STRING && tl_str_eq(category.raw, TL_STR("Data")))
        ev->flags |= TL_EVENT_DATA;
    w->call = w->api->call;
    if (w->call == CALL_CHANGE && ev->flags & (TL_EVENT_READ_ONLY | TL_EVENT_DATA))
        w->call = CALL_OTHER;
    w->caller_is_new = names_of_caller_are_new(w);
    int r = work_text(w->x, w->f.v[F_RECIPIENT_ACCOUNT], &ev->account);
    if (r || ev->account.n)
        return r;
    fields_read_identity(&w->f);
    return work_text(w->x, w->f.v[F_USER_ACCOUNT], &ev->account);
}

static int read_kind(struct work *w)
{
    switch (w->call) {
    case CALL_VERDICTS:
        return verdicts_read(w);
    case CALL_ATTEMPT:
        return attempt_read(w);
    case CALL_CONTROL:
        return controls_read(w);
    case CALL_CHANGE:
        return change_read(w);
    case CALL_OTHER:
        break;
    }
    return 0;
}

/* The texts that were borrowed from the record so far. 0 or TL_ENOMEM. */
static int keep_texts(struct work *w)
{
    struct tl_event *ev = w->ev;
    tl_str *texts[] = {&ev->source, &ev->name, &ev->region, &ev->account, &ev->id_text};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int r = tl_arena_copy(&w->x->arena, *texts[i], texts[i]);
        if (r)
            return r;
    }
    ev->service = tl_str_sub(ev->source, 0, ev->service.n);
    ev->action = tl_str_sub(ev->name, 0, ev->action.n);
    w->x->keep = true;
    return 0;
}

static int read_event(struct work *w)
{
    static const enum field parameters[] = {F_REQUEST, F_RESPONSE, F_ADDITIONAL};
    struct tl_event *ev = w->ev;
    int r = keep_texts(w);
    if (!r) {
        event_id_make(w->x, ev->id_text, ev);
        r = identity_read(w);
    }
    if (!r && w->caller_is_new)
        r = names_of_caller(w);
    if (!r)
        r = work_text(w->x, w->f.v[F_ERROR_CODE], &ev->error_code);
    if (r)
        return r;
    if (ev->error_code.n)
        ev->flags |= TL_EVENT_FAILED;
    for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++)
        if (is_withheld(w->f.v[parameters[i]]))
            ev->flags |= TL_EVENT_WITHHELD;
    if (names_may_be_listed(w))
        r = names_listed(w);
    if (!r)
        r = read_kind(w);
    if (!r)
        r = names_keep(w);
    ev->shape = shape_number(w);
    return r;
}

/* The event of a record whose six fields are right. What was made of one that turns out not to be needed is
 * forgotten, or a batch could grow by what is not in it. 0, TL_EXTRACT_UNUSED, or TL_ENOMEM. */
static int make_event(struct work *w, bool needed_only)
{
    struct tl_arena before = w->x->arena;
    w->x->n_names = 0;
    w->x->copied = NULL;
    int r = read_call(w);
    if (r)
        return r;
    if (!needed_only || w->call != CALL_OTHER || w->caller_is_new || names_may_be_listed(w))
        r = read_event(w);
    if (r || !needed_only || w->ev->kind != TL_EVENT_OTHER || w->ev->n_aliases)
        return r;
    tl_arena_back(&w->x->arena, &before);
    if (w->x->copied)
        w->x->copied->reset = 0;
    return TL_EXTRACT_UNUSED;
}

int tl_extract(struct tl_extractor *x, tl_str record, const struct js_index *index, bool needed_only,
               struct tl_event *ev, const char **why, size_t *at_byte, struct tl_err *err)
{
    if (!record.p)
        record = TL_STR("");
    struct js j = {record.p, record.p + record.n, NULL, index};
    struct work w; /* not cleared as a whole: fields_read clears the fields, which are most of it */
    const char *at = NULL;
    int r = 0;
    w.x = x;
    w.ev = ev;
    w.call = CALL_OTHER;
    struct tl_arena own = x->arena;
    if (x->into)
        x->arena = *x->into; /* lent until this event is made */
    x->keep = false;
    *ev = (struct tl_event){0};
    *why = NULL;
    *at_byte = 0;
    if (!fields_read(&x->keys, &j, &w.f)) {
        *why = j.why;
        at = j.p;
        r = TL_EXTRACT_DAMAGED;
    } else if (is_foreign(&w.f)) {
        *why = "not a CloudTrail API event";
        r = TL_EXTRACT_FOREIGN;
    } else {
        r = read_required(&w, why, &at);
    }
    if (at)
        *at_byte = (size_t)(at - record.p);
    if (!r)
        r = make_event(&w, needed_only);
    if (x->into) {
        *x->into = x->arena;
        x->arena = own;
    }
    return r < 0 ? tl_err_nomem(err) : r;
}
