/* Changes: which resources a mutating call touches. The table of resources.c says where their ids sit; a call
 * it does not know, or whose fields are absent, falls to the general rule: the ARNs in `resources`, then
 * well-known fields. What names nothing is no change. The walk along a path is lenient about the wrappers
 * CloudTrail puts around EC2's requests. */
#include "arn.h"
#include "resources.h"
#include "work.h"

#include <stdlib.h>
#include <string.h>

/* Deeper than any path with its wrappers: `XRequest.A.items[].B.content` is 6. */
#define WALK_MAX_LEVELS 12

struct search {
    struct work *w;
    struct js_value request, response; /* the request without its wrapper */
    tl_str type;                       /* of what is looked for; empty: told from the id */
    tl_str first_text;                 /* what sink_text keeps */
};

typedef int sink_fn(struct search *s, tl_str text);

static int push(struct tl_extractor *x, const struct tl_resource *r)
{
    if (r->id.n == 0 || r->type.n == 0 || tl_str_eq(r->id, TL_STR("*")))
        return 0;
    if (tl_grow(&x->found, &x->cap_found, x->n_found + 1, sizeof *x->found))
        return TL_ENOMEM;
    x->found[x->n_found++] = *r;
    return 0;
}

static int sink_resource(struct search *s, tl_str text)
{
    struct tl_resource r;
    int failed = resource_make(&s->w->x->arena, s->w->ev, s->type, text, &r);
    return failed ? failed : push(s->w->x, &r);
}

static int sink_text(struct search *s, tl_str text)
{
    if (s->first_text.n == 0)
        s->first_text = text;
    return 0;
}

static int walk(struct search *s, struct js_value v, tl_str path, sink_fn *sink, int levels);

static int walk_elements(struct search *s, struct js_value array, tl_str path, sink_fn *sink, int levels)
{
    struct js j = js_inside(array);
    struct js_value element;
    bool first = true;
    int r = 0;
    js_open(&j);
    while (!r && js_next_element(&j, &first) && js_read_value(&j, 1, &element))
        r = walk(s, element, path, sink, levels);
    return r;
}

/* Gives `sink` every text at the end of `path`. Lists are entered, `{"items": [...]}` and `{"tag": 1,
 * "content": x}` are seen through. */
static int walk(struct search *s, struct js_value v, tl_str path, sink_fn *sink, int levels)
{
    tl_str text;
    if (levels == 0)
        return 0;
    if (v.type == JS_ARRAY)
        return walk_elements(s, v, path, sink, levels - 1);
    if (v.type == JS_OBJECT) {
        size_t dot = tl_str_find(path, TL_STR("."));
        tl_str rest = dot == SIZE_MAX ? TL_STR_NONE : tl_str_sub(path, dot + 1, path.n);
        struct js_value child = js_get(v, path.n ? tl_str_sub(path, 0, dot) : TL_STR("content"));
        if (child.type != JS_NONE)
            return walk(s, child, rest, sink, levels - 1);
        child = js_get(v, TL_STR("items"));
        return child.type == JS_NONE ? 0 : walk(s, child, path, sink, levels - 1);
    }
    int r = path.n ? 0 : work_text(s->w->x, v, &text);
    return r || path.n || text.n == 0 ? r : sink(s, text);
}

/* What EC2's newer calls wrap: {"ModifyVpcEndpointRequest": {"VpcEndpointId": ...}}. */
static struct js_value unwrap(const struct tl_event *ev, struct js_value request)
{
    char key[128];
    tl_str action = ev->action, suffix = TL_STR("Request");
    if (action.n + suffix.n > sizeof key)
        return request;
    memcpy(key, action.p, action.n);
    memcpy(key + action.n, suffix.p, suffix.n);
    struct js_value inner = js_get(request, (tl_str){key, action.n + suffix.n});
    return inner.type == JS_OBJECT ? inner : request;
}

static int add_alias(struct work *w, const struct tl_resource *r, tl_str name)
{
    struct tl_alias *a = tl_arena_calloc(&w->x->arena, 1, sizeof *a);
    if (!a)
        return TL_ENOMEM;
    *a = (struct tl_alias){*r, name};
    w->ev->aliases = a;
    w->ev->n_aliases = 1;
    return 0;
}

/* Puts AWS Config's own id in the place of the name that was found, and keeps the name as an alias. */
static int use_config_id(struct search *s, const char *path)
{
    struct tl_resource *r = &s->w->x->found[s->w->x->n_found - 1];
    tl_str name = r->id;
    s->first_text = TL_STR_NONE;
    int failed = walk(s, s->response, tl_str_from(path), sink_text, WALK_MAX_LEVELS);
    if (failed || s->first_text.n == 0)
        return failed;
    r->id = tl_resource_normal_id(r->type, s->first_text);
    return tl_str_eq(name, r->id) ? 0 : add_alias(s->w, r, name);
}

static int apply(struct search *s, const struct resource_row *row)
{
    struct tl_extractor *x = s->w->x;
    size_t before = x->n_found;
    s->type = tl_str_from(row->type);
    if (!row->path)
        return sink_resource(s, s->w->ev->account);
    bool response = row->path[0] == '<';
    int r = walk(s, response ? s->response : s->request, tl_str_from(row->path + response), sink_resource,
                 WALK_MAX_LEVELS);
    if (r || !row->config_id || x->n_found != before + 1)
        return r;
    return use_config_id(s, row->config_id);
}

/* Whether one of the patterns, separated by spaces, is the action. */
static bool matches(const char *actions, tl_str action)
{
    for (const char *p = actions; *p;) {
        size_t n = 0;
        while (p[n] && p[n] != ' ')
            n++;
        if ((*p == '*' || (action.n && *p == action.p[0])) && tl_str_glob((tl_str){p, n}, action))
            return true;
        p += n + (p[n] == ' ');
    }
    return false;
}

/* Of neighbouring rows of one type the first that finds something is enough: `CreateRole` before `*Role*`. */
static bool is_answered(const struct tl_extractor *x, const struct resource_row *row)
{
    return row->type && x->n_found && tl_str_eq(x->found[x->n_found - 1].type, tl_str_from(row->type));
}

static bool is_for(const struct resource_row *row, const struct tl_event *ev)
{
    if (row->service[0] != '*') {
        size_t k = 0; /* for most rows it stays 0 */
        while (k < ev->service.n && row->service[k] == ev->service.p[k])
            k++;
        if (k < ev->service.n || row->service[k])
            return false;
    }
    return matches(row->actions, ev->action);
}

static int apply_rows(struct search *s, const struct resource_row *rows, size_t n)
{
    int r = 0;
    for (size_t i = 0; !r && i < n; i++)
        if (is_for(&rows[i], s->w->ev) &&
            !is_answered(s->w->x, &rows[i])) /* most rows are for other services */
            r = apply(s, &rows[i]);
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
        r = apply_rows(s, general_rows, n_general_rows);
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
    for (size_t i = 0; i < x->n_found; i++)
        if (n == 0 || compare(&kept[n - 1], &x->found[i]) != 0)
            kept[n++] = x->found[i];
    w->ev->resources = kept;
    w->ev->n_resources = n;
    w->ev->flags |= TL_EVENT_CHANGE;
    w->ev->kind = TL_EVENT_IS_CHANGE;
    return 0;
}

bool change_is_possible(const struct tl_event *ev)
{
    static const struct {
        const char *service, *action;
    } calls[] = {
        /* they say they write, and are no change of a resource */
        {"lambda", "Invoke*"},           {"sts", "*"}, {"signin", "*"}, {"ssm", "StopAutomationExecution"},
        {"ssm", "SendAutomationSignal"},
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (tl_str_eq(ev->service, tl_str_from(calls[i].service)) &&
            tl_str_glob(tl_str_from(calls[i].action), ev->action))
            return false;
    return !(ev->flags & (TL_EVENT_READ_ONLY | TL_EVENT_DATA));
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
    s.request = unwrap(w->ev, s.request);
    if (!r)
        r = apply_rows(&s, resource_rows, n_resource_rows);
    if (!r && w->x->n_found == 0)
        r = general_rule(&s);
    if (!r && w->x->n_found == 0 && w->ev->flags & TL_EVENT_FAILED)
        keep_failed(w);
    if (r || w->x->n_found == 0)
        return r;
    w->ev->fingerprint = fingerprint_of(s.request);
    r = keep_found(w);
    return r ? r : detail_read(w);
}
