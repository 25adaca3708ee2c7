/* Control events: what people and pipelines do to rules and remediations. One record may speak of several
 * configurations, keys or rules: one control each. No real record of these is public, so first letters of
 * keys are read in either case, numbers and booleans also as strings. Failed calls controlled nothing. */
#include "arn.h"
#include "dom.h"

#include "trailloop/limits.h"

struct controls {
    struct work *w;
    enum tl_control_action action;
    struct tl_control *items; /* room for n_max */
    size_t n;
};

static int begin(struct controls *c, size_t n_max)
{
    c->items = tl_arena_calloc(&c->w->x->arena, n_max, sizeof *c->items);
    return c->items ? 0 : TL_ENOMEM;
}

static struct tl_control *add(struct controls *c, tl_str rule)
{
    struct tl_control *item = &c->items[c->n++];
    item->action = c->action;
    item->rule = rule;
    item->attempts = TL_ATTEMPTS_DEFAULT;
    item->window_s = TL_WINDOW_DEFAULT_S;
    return item;
}

static int text_of(struct controls *c, json_t *object, const char *key, tl_str *out)
{
    return dom_text(c->w->x, dom_get(object, key), out);
}

static int resource_of(struct controls *c, tl_str type, tl_str id, struct tl_resource *out)
{
    if (id.n)
        return resource_make(&c->w->x->arena, c->w->ev, type, id, out);
    *out = (struct tl_resource){.type = type};
    return 0;
}

static int read_configurations(struct controls *c, json_t *request)
{
    json_t *list = dom_get(request, "remediationConfigurations"), *one;
    size_t i;
    int r = begin(c, json_array_size(list));
    if (r)
        return r;
    json_array_foreach(list, i, one)
    {
        tl_str rule, type, document;
        r = text_of(c, one, "configRuleName", &rule);
        if (!r)
            r = text_of(c, one, "resourceType", &type);
        if (!r)
            r = text_of(c, one, "targetId", &document);
        if (r)
            return r;
        struct tl_control *item = add(c, rule);
        item->resource.type = type;
        item->document = document_name(document);
        item->automatic = dom_is_true(dom_get(one, "automatic"));
        item->attempts =
            (int)dom_count(dom_get(one, "maximumAutomaticAttempts"), TL_ATTEMPTS_MAX, TL_ATTEMPTS_DEFAULT);
        item->window_s = dom_count(dom_get(one, "retryAttemptSeconds"), TL_WINDOW_MAX_S, TL_WINDOW_DEFAULT_S);
    }
    return 0;
}

/* configRuleName with resourceKeys: exceptions and manual starts. */
static int read_keys(struct controls *c, json_t *request)
{
    json_t *list = dom_get(request, "resourceKeys"), *one;
    size_t i;
    tl_str rule;
    int r = text_of(c, request, "configRuleName", &rule);
    if (!r)
        r = begin(c, json_array_size(list));
    json_array_foreach(list, i, one)
    {
        tl_str type = TL_STR_NONE, id = TL_STR_NONE;
        if (!r)
            r = text_of(c, one, "resourceType", &type);
        if (!r)
            r = text_of(c, one, "resourceId", &id);
        if (!r && id.n)
            r = resource_of(c, type, id, &add(c, rule)->resource);
    }
    return r;
}

/* A rule alone, with a resource type at most. `object` carries its name. */
static int read_rule(struct controls *c, json_t *object)
{
    tl_str rule, type;
    int r = text_of(c, object, "configRuleName", &rule);
    if (!r)
        r = text_of(c, object, "resourceType", &type);
    if (!r)
        r = begin(c, 1);
    if (!r && rule.n)
        r = resource_of(c, type, TL_STR_NONE, &add(c, rule)->resource);
    return r;
}

static int read_rule_names(struct controls *c, json_t *request)
{
    json_t *list = dom_get(request, "configRuleNames"), *one;
    size_t i;
    int r = begin(c, json_array_size(list));
    json_array_foreach(list, i, one)
    {
        tl_str rule = TL_STR_NONE;
        if (!r)
            r = dom_text(c->w->x, one, &rule);
        if (!r && rule.n)
            add(c, rule);
    }
    return r;
}

static int read_request(struct controls *c, json_t *request)
{
    switch (c->action) {
    case TL_PUT_REMEDIATION_CONFIGURATION:
        return read_configurations(c, request);
    case TL_PUT_REMEDIATION_EXCEPTION:
    case TL_DELETE_REMEDIATION_EXCEPTION:
    case TL_START_REMEDIATION_EXECUTION:
        return read_keys(c, request);
    case TL_PUT_CONFIG_RULE:
        return read_rule(c, dom_get(request, "configRule"));
    case TL_START_CONFIG_RULES_EVALUATION:
        return read_rule_names(c, request);
    default:
        return read_rule(c, request);
    }
}

int controls_read(struct work *w, enum tl_control_action action)
{
    struct controls c = {.w = w, .action = action};
    struct js_value request;
    json_t *dom;
    if (w->ev->flags & TL_EVENT_FAILED)
        return 0;
    int r = work_object(w->x, w->f.v[F_REQUEST], &request);
    if (!r)
        r = dom_load(w->x, request, &dom);
    if (r == DOM_TOO_LARGE)
        w->ev->flags |= TL_EVENT_WITHHELD;
    if (r)
        return r < 0 ? r : 0;
    r = read_request(&c, dom);
    json_decref(dom);
    w->ev->controls = c.items;
    w->ev->n_controls = c.n;
    if (c.n)
        w->ev->kind = TL_EVENT_IS_CONTROL;
    return r;
}
