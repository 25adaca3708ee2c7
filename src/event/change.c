/* Changes: which resources a mutating call touches. The table of resources.c says where their ids sit; a call
 * it does not know, or whose fields are absent, falls to the general rule: the ARNs in `resources`, then
 * well-known fields. What names nothing is no change. The walk along a path is lenient about the wrappers
 * CloudTrail puts around EC2's requests. */
#include "arn.h"
#include "path.h"
#include "resources.h"

#include <stdlib.h>
#include <string.h>

struct search {
    struct work *w;
    struct js_value request, response; /* the request without its wrapper */
    tl_str type;                       /* of what is looked for; empty: told from the id */
    tl_str named_by;                   /* the path in the request at which something was found */
    uint64_t keys;                     /* key_bits of the request's members; all, where that is not known */
};

/* What these services do holds wherever a verdict is made, though they record it in one region alone. */
static bool is_everywhere(tl_str type)
{
    return tl_str_eq(type, TL_STR("AWS::CloudFront::Distribution")) ||
           tl_str_eq(type, TL_STR("AWS::Route53::HostedZone"));
}

static int push(struct tl_extractor *x, const struct tl_resource *r)
{
    if (r->id.n == 0 || r->type.n == 0 || tl_str_eq(r->id, TL_STR("*")))
        return 0;
    if (tl_grow(&x->found, &x->cap_found, x->n_found + 1, sizeof *x->found))
        return TL_ENOMEM;
    x->found[x->n_found] = *r;
    if (is_everywhere(r->type))
        x->found[x->n_found].region = TL_STR("global");
    x->n_found++;
    return 0;
}

static int push_named(void *ctx, tl_str text)
{
    struct search *s = ctx;
    struct tl_resource r;
    int failed = resource_make(&s->w->x->arena, s->w->ev, s->type, text, &r);
    return failed ? failed : push(s->w->x, &r);
}

/* An id of two parts: of each the first text at the end of its path. */
static int push_joined(struct search *s, tl_str path)
{
    struct tl_extractor *x = s->w->x;
    size_t space = tl_str_find(path, TL_STR(" "));
    tl_str first, second;
    struct tl_resource r;
    int failed = path_first(x, s->request, tl_str_sub(path, 0, space), &first);
    if (!failed)
        failed = path_first(x, s->request, tl_str_sub(path, space + 1, path.n), &second);
    if (failed || second.n == 0)
        return failed;
    failed = resource_make_joined(&x->arena, s->w->ev, s->type, first, second, &r);
    return failed ? failed : push(x, &r);
}

static int push_account(struct search *s, bool everywhere)
{
    struct tl_resource r;
    int failed = resource_make(&s->w->x->arena, s->w->ev, s->type, s->w->ev->account, &r);
    if (everywhere)
        r.region = TL_STR("global");
    return failed ? failed : push(s->w->x, &r);
}

static uint64_t keys_of(struct js_value object)
{
    struct js_value key, ignored;
    bool first = true;
    uint64_t bits = 0;
    if (object.type != JS_OBJECT)
        return object.type == JS_ARRAY ? UINT64_MAX : 0;
    struct js j = js_inside(object);
    js_open(&j);
    while (js_next_member(&j, &first, &key) && js_read_value(&j, 1, &ignored))
        /* `items` is looked into for any key. */
        bits |= key.escaped || js_key_is(key, TL_STR("items"), true) ? UINT64_MAX : key_bit(key.raw);
    return bits;
}

/* What EC2's newer calls wrap: {"ModifyVpcEndpointRequest": {"VpcEndpointId": ...}}. */
static void unwrap(struct search *s)
{
    char key[128];
    tl_str action = s->w->ev->action, suffix = TL_STR("Request");
    if (action.n == 0 || action.n + suffix.n > sizeof key)
        return;
    memcpy(key, action.p, action.n);
    memcpy(key + action.n, suffix.p, suffix.n);
    tl_str wrapper = {key, action.n + suffix.n};
    if (!(s->keys & key_bit(wrapper)))
        return;
    struct js_value inner = js_get(s->request, wrapper);
    if (inner.type != JS_OBJECT)
        return;
    s->request = inner;
    s->keys = keys_of(inner);
}

static int find_all(struct search *s, const struct ready_row *row)
{
    switch (row->form) {
    case ROW_ACCOUNT:
    case ROW_ACCOUNT_EVERYWHERE:
        return push_account(s, row->form == ROW_ACCOUNT_EVERYWHERE);
    case ROW_JOINED:
        return push_joined(s, row->path);
    case ROW_REQUEST:
    case ROW_RESPONSE:
        break;
    }
    return path_each(s->w->x, row->form == ROW_RESPONSE ? s->response : s->request, row->path, push_named, s);
}

/* Puts AWS Config's own id in the place of the name that was found, and tells the name. */
static int use_config_id(struct search *s, const char *path, struct tl_resource *r)
{
    struct tl_extractor *x = s->w->x;
    tl_str name = r->id, given;
    struct tl_resource real;
    int failed = strcmp(path, ID_LISTED) == 0 ? work_listed(s->w, s->type, &given)
                                              : path_first(x, s->response, tl_str_from(path), &given);
    if (failed || given.n == 0)
        return failed;
    failed = resource_make(&x->arena, s->w->ev, s->type, given, &real);
    if (failed || real.id.n == 0)
        return failed;
    *r = real;
    return names_add(x, r, name);
}

/* The other name that a request gives, in the form in which calls will use it. */
static int add_other_name(struct search *s, const char *path, const struct tl_resource *r)
{
    tl_str given;
    struct tl_resource other;
    int failed = path_first(s->w->x, s->request, tl_str_from(path), &given);
    if (failed || given.n == 0 || s->w->ev->flags & TL_EVENT_FAILED)
        return failed;
    failed = resource_make(&s->w->x->arena, s->w->ev, s->type, given, &other);
    return failed ? failed : names_add(s->w->x, r, other.id);
}

static int apply(struct search *s, const struct ready_row *ready)
{
    struct tl_extractor *x = s->w->x;
    const struct resource_row *row = ready->row;
    size_t before = x->n_found;
    s->type = ready->type;
    int r = find_all(s, ready);
    if (x->n_found > before && (ready->form == ROW_REQUEST || ready->form == ROW_JOINED))
        s->named_by = ready->path;
    if (!r && row->config_id && x->n_found == before + 1)
        r = use_config_id(s, row->config_id, &x->found[before]);
    if (!r && row->other_name && x->n_found == before + 1)
        r = add_other_name(s, row->other_name, &x->found[before]);
    return r;
}

/* Of neighbouring rows of one type the first that finds something is enough: `CreateRole` before `*Role*`. */
static bool is_answered(const struct tl_extractor *x, const struct ready_row *row)
{
    return row->type.n && x->n_found && tl_str_eq(x->found[x->n_found - 1].type, row->type);
}

/* Those of the rows whose bits are set. */
static int apply_rows(struct search *s, const struct ready_row *rows, uint64_t which)
{
    int r = 0;
    for (; !r && which; which &= which - 1) {
        const struct ready_row *row = &rows[__builtin_ctzll(which)];
        if (row->key & s->keys || row->key == UINT64_MAX)
            r = is_answered(s->w->x, row) ? 0 : apply(s, row);
    }
    return r;
}

/* One element of `resources`: {"ARN": ..., "accountId": ..., "type": ...}, of which each may be absent. */
static int add_listed(struct work *w, struct js_value element)
{
    tl_str arn, type, account;
    struct arn parts;
    struct tl_resource r;
    struct js_value name = js_get(element, TL_STR("ARN"));
    int failed = work_text(w->x, name.type == JS_NONE ? js_get(element, TL_STR("arn")) : name, &arn);
    if (!failed)
        failed = work_text(w->x, js_get(element, TL_STR("type")), &type);
    if (!failed)
        failed = work_text(w->x, js_get(element, TL_STR("accountId")), &account);
    if (failed || !arn_parse(arn, &parts))
        return failed;
    failed = resource_make(&w->x->arena, w->ev, type, arn, &r);
    if (parts.account.n == 0 && account.n)
        r.account = account;
    return failed ? failed : push(w->x, &r);
}

static int general_rule(struct search *s)
{
    struct js_value listed = s->w->f.v[F_RESOURCES], element;
    int r = 0;
    if (listed.type == JS_ARRAY) {
        struct js j = js_inside(listed);
        bool first = true;
        js_open(&j);
        while (!r && js_next_element(&j, &first) && js_read_value(&j, 1, &element))
            r = add_listed(s->w, element);
    }
    if (!r && s->w->x->n_found == 0)
        r = apply_rows(s, rows_general(s->w->x), s->w->api->general);
    if (s->w->x->n_found)
        s->w->ev->flags |= TL_EVENT_GENERAL;
    return r;
}

static int compare(const void *a, const void *b)
{
    const struct tl_resource *x = a, *y = b;
    int c = tl_str_cmp(x->type, y->type);
    if (!c)
        c = tl_str_cmp(x->id, y->id);
    if (!c)
        c = tl_str_cmp(x->account, y->account);
    if (!c)
        c = tl_str_cmp(x->region, y->region);
    return c ? c : tl_str_cmp(x->partition, y->partition);
}

/* What was found, each once and in an order of its own, whatever the order of the keys was. */
static int keep_found(struct work *w)
{
    struct tl_extractor *x = w->x;
    struct tl_resource *kept = tl_arena_calloc(&x->arena, x->n_found, sizeof *kept);
    if (!kept)
        return TL_ENOMEM;
    qsort(x->found, x->n_found, sizeof *x->found, compare);
    size_t n = 0;
    for (size_t i = 0; i < x->n_found; i++) {
        if (n && compare(&kept[n - 1], &x->found[i]) == 0)
            continue;
        kept[n] = x->found[i];
        if (names_add_own(x, &kept[n++]))
            return TL_ENOMEM;
    }
    w->ev->resources = kept;
    w->ev->n_resources = n;
    w->ev->flags |= TL_EVENT_CHANGE;
    w->ev->kind = TL_EVENT_IS_CHANGE;
    return 0;
}

bool change_is_possible(tl_str service, tl_str action)
{
    static const struct {
        const char *service, *action;
    } calls[] = {
        /* they say they write, and are no change of a resource */
        {"lambda", "Invoke*"},
        {"sts", "*"},
        {"signin", "*"},
        {"ssm", "StopAutomationExecution"},
        {"ssm", "SendAutomationSignal"},
        /* what flows through a resource: data events, whose records do not hold the data */
        {"dynamodb", "*Item*"},
        {"firehose", "PutRecord*"},
        {"kinesis", "PutRecord*"},
        {"logs", "PutLogEvents"},
        {"s3", "PutObject"},
        {"s3", "CopyObject"},
        {"s3", "RenameObject"},
        {"s3", "DeleteObject"},
        {"s3", "DeleteObjects"},
        {"s3", "UploadPart*"},
        {"s3", "*MultipartUpload"},
        {"sqs", "*Message*"},
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (tl_str_eq(service, tl_str_from(calls[i].service)) &&
            tl_str_glob(tl_str_from(calls[i].action), action))
            return false;
    return true;
}

/* A denied call often has no parameters: it is kept as a failed change of whatever its caller was changing.
 */
static void keep_failed(struct work *w)
{
    w->ev->flags |= TL_EVENT_CHANGE;
    w->ev->kind = TL_EVENT_IS_CHANGE;
}

int change_read(struct work *w)
{
    struct search s = {.w = w};
    int r = work_object(w->x, w->f.v[F_REQUEST], &s.request);
    if (!r)
        r = work_object(w->x, w->f.v[F_RESPONSE], &s.response);
    w->x->n_found = 0;
    s.keys = w->keys = keys_of(s.request);
    unwrap(&s);
    if (!w->api->has_rows)
        rows_find(w->api, w->ev->service, w->ev->action);
    if (!r)
        r = apply_rows(&s, w->x->rows + w->api->first_row, w->api->rows);
    if (!r && w->x->n_found == 0)
        r = general_rule(&s);
    if (!r && w->x->n_found == 0 && w->ev->flags & TL_EVENT_FAILED)
        keep_failed(w);
    if (r || w->x->n_found == 0)
        return r;
    r = keep_found(w);
    /* How it calls the one resource it is about (by id, name or ARN) is no parameter. */
    w->ev->fingerprint = fingerprint_of(s.request, w->ev->n_resources == 1 ? s.named_by : TL_STR_NONE);
    return r ? r : detail_read(w);
}
