/* What a change put or took away, in one short text that is the same for the call and for the one that undoes
 * it: the statement id of a permission, the policy, the route, the rules of a security group or the keys of
 * tags in an order of their own; of a deleted version of a function, the version. Other calls have none. */
#include "arn.h"
#include "work.h"

#include <stdlib.h>

/* Rules shown; a call with more says how many more. */
#define DETAIL_MAX_RULES 8

struct rules {
    struct tl_extractor *x;
    tl_str *items; /* in the arena */
    size_t n, cap;
};

static int add_rule(struct rules *rules, tl_str text)
{
    if (!text.p || work_grow(rules->x, &rules->items, &rules->cap, rules->n, sizeof *rules->items))
        return TL_ENOMEM;
    rules->items[rules->n++] = text;
    return 0;
}

/* `tcp 22 0.0.0.0/0`, `tcp 8000-8010 sg-1`, `all ::/0`: for -1 the ports mean nothing, and only some calls
 * carry them. */
static tl_str rule_text(struct tl_extractor *x, const tl_str ports[3], tl_str peer)
{
    tl_str protocol = ports[0], from = ports[1], to = ports[2];
    if (protocol.n == 0 || tl_str_eq(protocol, TL_STR("-1")))
        return tl_arena_join(&x->arena, TL_STR("all"), ' ', peer);
    if (from.n == 0)
        return tl_arena_join(&x->arena, protocol, ' ', peer);
    bool one = to.n == 0 || tl_str_eq(from, to);
    const tl_str space = TL_STR(" "), dash = one ? TL_STR_NONE : TL_STR("-"), last = one ? TL_STR_NONE : to;
    return tl_arena_concat(&x->arena, (tl_str[]){protocol, space, from, dash, last, space, peer}, 7);
}

/* Calls `each` for every element of {"items": [...]} or of a plain list. */
static int for_items(struct rules *rules, struct js_value list,
                     int (*each)(struct rules *, struct js_value, const void *), const void *ctx)
{
    struct js_value element;
    bool first = true;
    int r = 0;
    if (list.type == JS_OBJECT)
        list = js_get(list, TL_STR("items"));
    if (list.type != JS_ARRAY)
        return 0;
    struct js j = js_inside(list);
    js_open(&j);
    while (!r && js_next_element(&j, &first) && js_read_value(&j, 1, &element))
        r = each(rules, element, ctx);
    return r;
}

static const tl_str port_keys[3] = {{"ipProtocol", 10}, {"fromPort", 8}, {"toPort", 6}};

static int read_ports(struct rules *rules, struct js_value object, tl_str ports[3])
{
    int r = 0;
    for (int i = 0; !r && i < 3; i++)
        r = work_text(rules->x, js_get(object, port_keys[i]), &ports[i]);
    return r;
}

static const char *const peer_lists[] = {"ipRanges", "ipv6Ranges", "groups", "prefixListIds"};
static const char *const peer_keys[] = {"cidrIp", "cidrIpv6", "groupId", "prefixListId"};

static int add_peer(struct rules *rules, struct js_value element, const void *ports)
{
    int r = 0;
    for (size_t i = 0; !r && i < sizeof peer_keys / sizeof *peer_keys; i++) {
        tl_str peer;
        r = work_text(rules->x, js_get(element, tl_str_from(peer_keys[i])), &peer);
        if (!r && peer.n)
            r = add_rule(rules, rule_text(rules->x, ports, peer));
    }
    return r;
}

static int add_permission(struct rules *rules, struct js_value permission, const void *ignored)
{
    (void)ignored;
    tl_str ports[3];
    int r = read_ports(rules, permission, ports);
    for (size_t i = 0; !r && i < sizeof peer_lists / sizeof *peer_lists; i++)
        r = for_items(rules, js_get(permission, tl_str_from(peer_lists[i])), add_peer, ports);
    return r;
}

static int compare(const void *a, const void *b)
{
    return tl_str_cmp(*(const tl_str *)a, *(const tl_str *)b);
}

static int join(struct rules *rules, tl_str *out)
{
    struct tl_buf *b = &rules->x->scratch;
    size_t shown = rules->n < DETAIL_MAX_RULES ? rules->n : DETAIL_MAX_RULES;
    int r = 0;
    if (rules->n)
        qsort(rules->items, rules->n, sizeof *rules->items, compare);
    b->n = 0;
    for (size_t i = 0; !r && i < shown; i++) {
        r = i ? tl_buf_add_str(b, TL_STR(", ")) : 0;
        if (!r)
            r = tl_buf_add_str(b, rules->items[i]);
    }
    if (!r && rules->n > shown)
        r = tl_buf_printf(b, " and %zu more", rules->n - shown);
    return r ? r : tl_arena_copy(&rules->x->arena, tl_buf_str(b), out);
}

/* Rules come as ipPermissions or, in calls of the old kind, spread over the request itself. */
static int security_group_detail(struct work *w, struct js_value request)
{
    struct rules rules = {.x = w->x};
    tl_str ports[3], peer = TL_STR_NONE;
    int r = for_items(&rules, js_get(request, TL_STR("ipPermissions")), add_permission, NULL);
    if (!r && rules.n == 0)
        r = work_text(w->x, js_get(request, TL_STR("cidrIp")), &peer);
    if (!r && peer.n)
        r = read_ports(&rules, request, ports);
    if (!r && peer.n)
        r = add_rule(&rules, rule_text(w->x, ports, peer));
    return r ? r : join(&rules, &w->ev->detail);
}

/* ---- tags ------------------------------------------------------------------------------------ */

/* `["k"]` or `[{"key": "k", "value": "v"}]`. */
static int add_tag(struct rules *rules, struct js_value element, const void *ignored)
{
    (void)ignored;
    tl_str key;
    int r = work_text(rules->x, element.type == JS_OBJECT ? js_get(element, TL_STR("key")) : element, &key);
    return r || key.n == 0 ? r : add_rule(rules, key);
}

/* The keys that were set, or those that were taken away. */
static int tag_detail(struct work *w, struct js_value request)
{
    static const tl_str lists[] = {{"tagKeys", 7}, {"tags", 4}, {"tagSet", 6}};
    struct rules rules = {.x = w->x};
    struct js_value list = {.type = JS_NONE}, key;
    for (size_t i = 0; i < sizeof lists / sizeof *lists && list.type == JS_NONE; i++)
        list = js_get(request, lists[i]);
    bool map = list.type == JS_OBJECT && js_get(list, TL_STR("items")).type == JS_NONE, first = true;
    int r = map ? 0 : for_items(&rules, list, add_tag, NULL);
    struct js j = js_inside(list);
    for (js_open(&j); r == 0 && map && js_next_member(&j, &first, &key);) { /* {"k": "v"} */
        struct js_value value;
        tl_str text;
        r = work_text(w->x, key, &text);
        if (r == 0 && text.n)
            r = add_rule(&rules, text);
        if (!js_read_value(&j, 1, &value))
            break;
    }
    return r ? r : join(&rules, &w->ev->detail);
}

/* ---- names ----------------------------------------------------------------------------------- */

/* What a call names within its resource; the same member stands in the call that undoes it. The request is
 * walked once: most calls have none of them. */
static int named_detail(struct work *w, struct js_value request)
{
    static const tl_str members[] = {{"statementId", 11},
                                     {"label", 5},
                                     {"policyArn", 9},
                                     {"policyName", 10},
                                     {"grantId", 7},
                                     {"destinationCidrBlock", 20},
                                     {"destinationIpv6CidrBlock", 24}};
    struct js j = js_inside(request);
    struct js_value key, value;
    bool first = true;
    uint64_t bits = 0;
    int r = 0;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        bits |= key_bit(members[i]);
    if (!(w->keys & bits))
        return 0;
    js_open(&j);
    while (r == 0 && js_next_member(&j, &first, &key) && js_read_value(&j, 1, &value))
        for (size_t i = 0; r == 0 && i < sizeof members / sizeof *members; i++)
            if (key.raw.n == members[i].n && js_key_is(key, members[i], true))
                r = work_text(w->x, value, &w->ev->detail);
    return r;
}

/* A deletion may be of one version alone. */
static int version_detail(struct work *w, struct js_value request)
{
    tl_str name;
    int r = work_text(w->x, js_get(request, TL_STR("qualifier")), &w->ev->detail);
    if (!r)
        r = work_text(w->x, js_get(request, TL_STR("functionName")), &name);
    if (!r && w->ev->detail.n == 0)
        w->ev->detail = function_qualifier(name);
    return r;
}

int detail_read(struct work *w)
{
    const struct tl_event *ev = w->ev;
    struct js_value request;
    int r = work_object(w->x, w->f.v[F_REQUEST], &request);
    if (r || request.type != JS_OBJECT)
        return r;
    if (tl_str_eq(ev->service, TL_STR("ec2")) &&
        (tl_str_starts(ev->action, TL_STR("AuthorizeSecurityGroup")) ||
         tl_str_starts(ev->action, TL_STR("RevokeSecurityGroup"))))
        return security_group_detail(w, request);
    if (tl_str_eq(ev->service, TL_STR("lambda")) && tl_str_eq(ev->action, TL_STR("DeleteFunction")))
        return version_detail(w, request);
    bool tags =
        tl_str_find(ev->action, TL_STR("Tag")) != SIZE_MAX || tl_str_starts(ev->action, TL_STR("Untag"));
    return tags ? tag_detail(w, request) : named_detail(w, request);
}
