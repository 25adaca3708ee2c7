/* Control events: what people and pipelines do to rules and remediations. One record may speak of several
 * configurations, keys or rules: one control each. No real record of these is public, so first letters of
 * keys are read in either case, numbers and booleans also as strings. Failed calls controlled nothing. */
#include "arn.h"
#include "dom.h"

#include "trailloop/limits.h"

struct controls {
    struct work *w;
    enum tl_control_action action;
    struct tl_control *items; /* in the arena */
    size_t n, cap;
};

/* A control with AWS's defaults; NULL when memory is out. */
static struct tl_control *add(struct controls *c, tl_str rule)
{
    if (work_grow(c->w->x, &c->items, &c->cap, c->n, sizeof *c->items))
        return NULL;
    struct tl_control *item = &c->items[c->n++];
    *item = (struct tl_control){
        .action = c->action, .rule = rule, .attempts = TL_ATTEMPTS_DEFAULT, .window_s = TL_WINDOW_DEFAULT_S};
    return item;
}

static int text_of(struct controls *c, json_t *object, const char *key, tl_str *out)
{
    return dom_text(c->w->x, dom_get(object, key), out);
}

/* A control of `rule` on one resource; without an id, of its type at most. */
static int add_on(struct controls *c, tl_str rule, tl_str type, tl_str id)
{
    struct tl_control *item = add(c, rule);
    if (!item)
        return TL_ENOMEM;
    if (id.n)
        return resource_make(&c->w->x->arena, c->w->ev, type, id, &item->resource);
    item->resource.type = type;
    return 0;
}

static int read_configuration(struct controls *c, json_t *one)
{
    tl_str rule, type, document;
    int r = text_of(c, one, "configRuleName", &rule);
    if (!r)
        r = text_of(c, one, "resourceType", &type);
    if (!r)
        r = text_of(c, one, "targetId", &document);
    if (r || rule.n == 0)
        return r;
    struct tl_control *item = add(c, rule);
    if (!item)
        return TL_ENOMEM;
    item->resource.type = type;
    item->document = document_name(document);
    item->automatic = dom_is_true(dom_get(one, "automatic"));
    item->attempts =
        (int)dom_count(dom_get(one, "maximumAutomaticAttempts"), TL_ATTEMPTS_MAX, TL_ATTEMPTS_DEFAULT);
    item->window_s = dom_count(dom_get(one, "retryAttemptSeconds"), TL_WINDOW_MAX_S, TL_WINDOW_DEFAULT_S);
    return 0;
}

static int read_configurations(struct controls *c, json_t *request)
{
    json_t *list = dom_get(request, "remediationConfigurations");
    int r = 0;
    for (size_t i = 0; !r && i < json_array_size(list); i++)
        r = read_configuration(c, json_array_get(list, i));
    return r;
}

/* configRuleName with resourceKeys: exceptions and manual starts. */
static int read_keys(struct controls *c, json_t *request)
{
    json_t *list = dom_get(request, "resourceKeys");
    tl_str rule, type, id;
    int r = text_of(c, request, "configRuleName", &rule);
    for (size_t i = 0; !r && i < json_array_size(list); i++) {
        json_t *one = json_array_get(list, i);
        r = text_of(c, one, "resourceType", &type);
        if (!r)
            r = text_of(c, one, "resourceId", &id);
        if (!r && id.n)
            r = add_on(c, rule, type, id);
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
    return r || rule.n == 0 ? r : add_on(c, rule, type, TL_STR_NONE);
}

static int read_rule_names(struct controls *c, json_t *request)
{
    json_t *list = dom_get(request, "configRuleNames");
    tl_str rule;
    int r = 0;
    for (size_t i = 0; !r && i < json_array_size(list); i++) {
        r = dom_text(c->w->x, json_array_get(list, i), &rule);
        if (!r && rule.n && !add(c, rule))
            r = TL_ENOMEM;
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

/* Whether a refused item is this control: what the item does not tell does not count. */
static bool is_refused(const struct tl_control *c, tl_str rule, const struct tl_resource *refused)
{
    return (rule.n == 0 || tl_str_eq(c->rule, rule)) &&
           (refused->id.n == 0 ||
            (tl_str_eq(c->resource.id, refused->id) && tl_str_eq(c->resource.type, refused->type)));
}

static int drop_refused(struct controls *c, json_t *item)
{
    struct tl_resource resource = {0};
    tl_str rule = TL_STR_NONE, type = TL_STR_NONE, id = TL_STR_NONE;
    size_t n = 0;
    int r = text_of(c, item, "configRuleName", &rule);
    if (!r)
        r = text_of(c, item, "resourceType", &type);
    if (!r)
        r = text_of(c, item, "resourceId", &id);
    if (!r && id.n)
        r = resource_make(&c->w->x->arena, c->w->ev, type, id, &resource);
    if (r || rule.n + id.n == 0)
        return r;
    for (size_t i = 0; i < c->n; i++)
        if (!is_refused(&c->items[i], rule, &resource))
            c->items[n++] = c->items[i];
    c->n = n;
    return 0;
}

static int drop_items(struct controls *c, json_t *answer)
{
    json_t *items = dom_get(answer, "failedItems");
    int r = 0;
    for (size_t i = 0; !r && i < json_array_size(items); i++)
        r = drop_refused(c, json_array_get(items, i));
    return r;
}

/* Calls for many items may refuse some of them and say so in a successful answer: in batches, or, of a manual
 * start, at once (config 2014-11-12). */
static int drop_failed(struct controls *c, json_t *response)
{
    json_t *batches = dom_get(response, "failedBatches");
    int r = drop_items(c, response);
    for (size_t i = 0; !r && i < json_array_size(batches); i++)
        r = drop_items(c, json_array_get(batches, i));
    return r;
}

/* Reads one part of the record with `read`. */
static int read_part(struct controls *c, enum field field, int read(struct controls *c, json_t *object))
{
    struct work *w = c->w;
    struct js_value part;
    json_t *dom;
    int r = work_object(w->x, w->f.v[field], &part);
    if (!r)
        r = dom_load(w->x, part, &dom);
    if (r == DOM_TOO_LARGE)
        w->ev->flags |= TL_EVENT_WITHHELD;
    if (r)
        return r < 0 ? r : 0;
    r = read(c, dom);
    json_decref(dom);
    return r;
}

int controls_read(struct work *w)
{
    struct controls c = {.w = w, .action = w->api->control};
    if (w->ev->flags & TL_EVENT_FAILED)
        return 0;
    int r = read_part(&c, F_REQUEST, read_request);
    if (!r && c.n)
        r = read_part(&c, F_RESPONSE, drop_failed);
    w->ev->controls = c.items;
    w->ev->n_controls = c.n;
    if (c.n)
        w->ev->kind = TL_EVENT_IS_CONTROL;
    return r;
}
