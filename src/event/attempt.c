/* Attempts: StartAutomationExecution, whoever calls it. A failed one is an attempt too, with whatever is
 * readable: often its parameters are null. Parameters come as a map of lists, a map of strings, or a string
 * that withholds them. */
#include "dom.h"

#include "trailloop/limits.h"

#include <string.h>
#include <strings.h>

/* A resource is named by an id (768 characters at most, config 2014-11-12) or an ARN (2,048, iam). */
#define VALUE_MAX_BYTES 2048

struct values {
    struct work *w;
    tl_str *items; /* in the arena */
    size_t n, cap;
};

static int add_value(struct values *v, tl_str text)
{
    if (text.n == 0 || text.n > VALUE_MAX_BYTES)
        return 0;
    if (work_grow(v->w->x, &v->items, &v->cap, v->n, sizeof *v->items))
        return TL_ENOMEM;
    v->items[v->n++] = text;
    return 0;
}

/* A parameter may hold JSON as text: Security Hub's automated response hands on the whole finding
 * (aws-solutions/automated-security-response-on-aws, exec_ssm_doc.py). Of that, the ARNs: other words in it
 * may be anything's name. */
static int add_arns(struct values *v, tl_str json)
{
    const tl_str start = TL_STR("\"arn:");
    for (size_t at; (at = tl_str_find(json, start)) != SIZE_MAX;) {
        json = tl_str_sub(json, at + 1, json.n);
        size_t end = tl_str_find(json, TL_STR("\""));
        int r = end == SIZE_MAX ? 0 : add_value(v, tl_str_sub(json, 0, end));
        if (r)
            return r;
    }
    return 0;
}

/* Every string at or under `value`, which may be a string, a list or a map, or a list of these (targetMaps).
 * `levels` bounds the descent; nothing real is deeper than a list of maps of lists. */
static int add_strings(struct values *v, json_t *value, int levels)
{
    size_t i;
    const char *key;
    json_t *child;
    tl_str text;
    int r = 0;
    if (json_is_string(value)) {
        r = dom_text(v->w->x, value, &text);
        if (!r && tl_str_starts(text, TL_STR("{")))
            return add_arns(v, text);
        return r ? r : add_value(v, text);
    }
    if (levels == 0)
        return 0;
    json_array_foreach(value, i, child) if ((r = add_strings(v, child, levels - 1))) return r;
    void *at = json_object_iter(value);
    for (; at; at = json_object_iter_next(value, at)) {
        key = json_object_iter_key(at);
        if (strcasecmp(key, "AutomationAssumeRole") != 0 &&
            (r = add_strings(v, json_object_iter_value(at), levels - 1)))
            return r;
    }
    return 0;
}

/* targets: [{"key": "ParameterValues", "values": [...]}]: the values only. */
static int add_targets(struct values *v, json_t *targets)
{
    size_t i;
    json_t *target;
    json_array_foreach(targets, i, target)
    {
        int r = add_strings(v, dom_get(target, "values"), 1);
        if (r)
            return r;
    }
    return 0;
}

static int add_member(struct values *v, struct js_value request, const char *key)
{
    struct work *w = v->w;
    struct js_value member = js_get(request, tl_str_from(key));
    json_t *dom;
    int r = dom_load(w->x, member, &dom);
    if (r == DOM_TOO_LARGE) {
        w->ev->flags |= TL_EVENT_WITHHELD;
        return 0;
    }
    if (!r)
        r = strcmp(key, "targets") == 0 ? add_targets(v, dom) : add_strings(v, dom, 3);
    json_decref(dom);
    return r;
}

static int read_values(struct work *w, struct js_value request, struct tl_attempt *out)
{
    static const char *const members[] = {"parameters", "targets", "targetMaps"};
    struct values v = {.w = w};
    tl_str text;
    int r = 0;
    for (size_t i = 0; !r && i < sizeof members / sizeof *members; i++)
        r = add_member(&v, request, members[i]);
    if (!r)
        r = work_text(w->x, js_get(request, TL_STR("resourceId")), &text);
    if (!r)
        r = add_value(&v, text);
    out->values = v.items;
    out->n_values = v.n;
    return r;
}

/* Any one of these shows that AWS Config's remediation started it (no record of the whole is public). */
static bool by_config(const struct work *w, tl_str ip, tl_str issuer)
{
    tl_str config = TL_STR("config.amazonaws.com"), role = TL_STR("AWSServiceRoleForConfigRemediation");
    return tl_str_eq(ip, config) || tl_str_eq(w->ev->invoked_by, config) || tl_str_eq(issuer, role) ||
           tl_str_find(w->ev->principal, role) != SIZE_MAX;
}

int attempt_read(struct work *w)
{
    struct tl_attempt *a = tl_arena_calloc(&w->x->arena, 1, sizeof *a);
    struct js_value request, response;
    tl_str ip, issuer;
    if (!a)
        return TL_ENOMEM;
    w->ev->attempt = a;
    w->ev->kind = TL_EVENT_IS_ATTEMPT;
    int r = work_object(w->x, w->f.v[F_REQUEST], &request);
    if (!r)
        r = work_object(w->x, w->f.v[F_RESPONSE], &response);
    if (!r)
        r = work_text(w->x, js_get(response, TL_STR("automationExecutionId")), &a->execution_id);
    if (!r)
        r = work_text(w->x, js_get(request, TL_STR("documentName")), &a->document);
    if (!r)
        r = work_text(w->x, w->f.v[F_SOURCE_IP], &ip);
    fields_read_identity(&w->f);
    if (!r)
        r = work_text(w->x, w->f.v[F_ISSUER_NAME], &issuer);
    if (r)
        return r;
    a->document = document_name(a->document);
    a->by_config = by_config(w, ip, issuer);
    return read_values(w, request, a);
}
