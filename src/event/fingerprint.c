/* What tells equal parameters from others: a number that two calls share when they ask for the same, in
 * whatever order their members stand. The upper 16 of its 48 bits are of the names of the members alone:
 * calls that share them set the same thing, though not to the same value. It is no proof against somebody who
 * looks for two requests that meet, and nothing rests on it but what is called a repetition. */
#include "work.h"

/* Deeper parts count as text: nothing real nests so far, and the stack is no stranger's to fill. */
#define LEVELS_MAX 8

static uint64_t mix(uint64_t h)
{
    h = (h ^ h >> 31) * 0x9e3779b97f4a7c15u; /* 2^64 / golden ratio */
    return h ^ h >> 29;
}

/* Made anew for each call, a version of what is changed, or where the call was sent (S3's `Host`, which each
 * SDK writes in its own way): says nothing of what is asked for. */
static bool is_volatile(tl_str key)
{
    return tl_str_ends(key, TL_STR("Token")) || tl_str_ends(key, TL_STR("RequestId")) ||
           tl_str_eq(key, TL_STR("requestId")) || tl_str_eq(key, TL_STR("revisionId")) ||
           tl_str_eq(key, TL_STR("Host"));
}

/* Whether a path begins with that member, or one of two paths with a space between them does. */
static bool begins_path(tl_str path, struct js_value key)
{
    while (path.n) {
        size_t space = tl_str_find(path, TL_STR(" "));
        tl_str one = tl_str_sub(path, 0, space);
        if (js_key_is(key, tl_str_sub(one, 0, tl_str_find(one, TL_STR("."))), true))
            return true;
        path = space == SIZE_MAX ? TL_STR_NONE : tl_str_sub(path, space + 1, path.n);
    }
    return false;
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* What a member is about, whether it puts or takes away: valuesToAdd, valuesToRemove; addRouteTableIds,
 * removeRouteTableIds. */
static tl_str stem(tl_str key)
{
    static const tl_str ends[] = {{"ToAdd", 5}, {"ToRemove", 8}}, starts[] = {{"add", 3}, {"remove", 6}};
    for (int i = 0; i < 2; i++) {
        if (tl_str_ends(key, ends[i]))
            return tl_str_sub(key, 0, key.n - ends[i].n);
        if (tl_str_starts(key, starts[i]) && key.n > starts[i].n && is_upper(key.p[starts[i].n]))
            return tl_str_sub(key, starts[i].n, key.n);
    }
    return key;
}

/* How much there is of something: desiredCount, minSize, provisionedThroughput. */
static bool is_capacity(tl_str key)
{
    static const char *const patterns[] = {
        "desired*",    "minSize",       "maxSize",     "*apacity*",
        "*hroughput*", "scalingConfig", "billingMode", "globalSecondaryIndexUpdates"};
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        if (tl_str_glob(tl_str_from(patterns[i]), key))
            return true;
    return false;
}

static uint64_t hash_value(struct js_value v, int levels);

struct members { /* of the request itself */
    uint64_t hash;
    bool capacity;
};

/* A sum, so that the order of the members does not count. */
static uint64_t hash_object(struct js_value object, tl_str but, int levels, struct members *members)
{
    struct js j = js_inside(object);
    struct js_value key, value;
    bool first = true;
    uint64_t sum = 1;
    js_open(&j);
    while (js_next_member(&j, &first, &key) && js_read_value(&j, 1, &value)) {
        if (is_volatile(key.raw) || begins_path(but, key))
            continue;
        uint64_t name = mix(tl_str_mix(0, key.raw));
        sum += mix(name + hash_value(value, levels - 1));
        if (members) {
            members->hash += mix(tl_str_mix(0, stem(key.raw)));
            members->capacity |= is_capacity(key.raw);
        }
    }
    return sum;
}

static uint64_t hash_array(struct js_value array, int levels)
{
    struct js j = js_inside(array);
    struct js_value value;
    bool first = true;
    uint64_t h = 2;
    js_open(&j);
    while (js_next_element(&j, &first) && js_read_value(&j, 1, &value))
        h = mix(h + hash_value(value, levels - 1));
    return h;
}

static uint64_t hash_value(struct js_value v, int levels)
{
    if (levels > 0 && v.type == JS_OBJECT)
        return hash_object(v, TL_STR_NONE, levels, NULL);
    if (levels > 0 && v.type == JS_ARRAY)
        return hash_array(v, levels);
    return tl_str_mix(0, v.raw);
}

uint64_t fingerprint_of(struct js_value request, tl_str but)
{
    struct members members = {0};
    if (request.type != JS_OBJECT)
        return 0;
    uint64_t values = mix(hash_object(request, but, LEVELS_MAX, &members));
    uint64_t keys = mix(members.hash) & 0xffff;
    keys += keys == TL_FINGERPRINT_CAPACITY;
    if (members.capacity)
        keys = TL_FINGERPRINT_CAPACITY;
    uint64_t f = keys << TL_FINGERPRINT_KEYS_SHIFT | (values & 0xffffffff);
    return f ? f : 1;
}
