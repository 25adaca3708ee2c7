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
    int r = tl_sha256_new(&x->sha, err);
    if (r) {
        free(x);
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
    free(x);
}

void tl_extractor_reset(struct tl_extractor *x)
{
    tl_arena_reset(&x->arena);
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
    w->ev->service = tl_api_service(w->ev->source);
    w->ev->action = tl_api_action(w->ev->name);
    return event_id_make(w->x, text[F_EVENT_ID], w->ev);
}

/* CloudTrail hides what is secret and leaves out what is too large; the record then says so. */
static bool is_withheld(struct js_value v)
{
    if (v.type != JS_OBJECT && v.type != JS_STRING)
        return false;
    return tl_str_find(v.raw, TL_STR("HIDDEN_DUE_TO_SECURITY_REASONS")) != SIZE_MAX ||
           tl_str_find(v.raw, TL_STR("sensitiveDataRemoved")) != SIZE_MAX ||
           (tl_str_find(v.raw, TL_STR("\"omitted\"")) != SIZE_MAX &&
            work_is_true(js_get(v, TL_STR("omitted"))));
}

static void read_flags(struct work *w)
{
    static const enum field parameters[] = {F_REQUEST, F_RESPONSE, F_ADDITIONAL};
    struct tl_event *ev = w->ev;
    struct js_value category = w->f.v[F_EVENT_CATEGORY], read_only = w->f.v[F_READ_ONLY];
    bool says = read_only.type == JS_TRUE || read_only.type == JS_FALSE || read_only.type == JS_STRING;
    if (says ? work_is_true(read_only) : api_reads_only(ev->action))
        ev->flags |= TL_EVENT_READ_ONLY;
    if (ev->error_code.n)
        ev->flags |= TL_EVENT_FAILED;
    if (category.type == JS_STRING && tl_str_eq(category.raw, TL_STR("Data")))
        ev->flags |= TL_EVENT_DATA;
    for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++)
        if (is_withheld(w->f.v[parameters[i]]))
            ev->flags |= TL_EVENT_WITHHELD;
}

/* ---- what the API calls for -------------------------------------------------------------------------- */

static int read_kind(struct work *w)
{
    const struct tl_event *ev = w->ev;
    enum tl_control_action control;
    if (tl_str_eq(ev->service, TL_STR("config")) && (tl_str_eq(ev->action, TL_STR("PutEvaluations")) ||
                                                     tl_str_eq(ev->action, TL_STR("PutExternalEvaluation"))))
        return verdicts_read(w);
    if (tl_str_eq(ev->service, TL_STR("ssm")) && tl_str_eq(ev->action, TL_STR("StartAutomationExecution")))
        return attempt_read(w);
    if (api_is_control(ev->service, ev->action, &control))
        return controls_read(w, control);
    return change_read(w);
}

static int read_event(struct work *w)
{
    int r = identity_read(w);
    if (!r)
        r = work_text(w->x, w->f.v[F_ERROR_CODE], &w->ev->error_code);
    if (r)
        return r;
    read_flags(w);
    return read_kind(w);
}

int tl_extract(struct tl_extractor *x, tl_str record, bool keep, struct tl_event *ev, const char **why,
               size_t *at_byte, struct tl_err *err)
{
    if (!record.p)
        record = TL_STR("");
    struct js j = {record.p, record.p + record.n, NULL};
    struct work w = {.x = x, .ev = ev};
    const char *at = NULL;
    int r = 0;
    x->keep = keep;
    *ev = (struct tl_event){0};
    *why = NULL;
    *at_byte = 0;
    if (!fields_read(&j, &w.f)) {
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
        r = read_event(&w);
    return r < 0 ? tl_err_nomem(err) : r;
}
