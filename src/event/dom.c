/* jansson behind a narrow door: its trees, not its parser. The parser reads numbers by the C locale, refuses
 * 1e400, 2^63, lone surrogates and a NUL in a key, lets a raw NUL pass, and (2.14) runs past its buffer when
 * memory is out. So the scanner, which has validated the text, also builds the tree. Numbers become strings:
 * every reader here takes both. */
#include "dom.h"

#include <string.h>
#include <strings.h>

static json_t *build(struct tl_extractor *x, struct js *j, int levels);

/* Each makes a value of jansson's, or NULL when memory is out. */
static json_t *build_scalar(struct tl_extractor *x, struct js_value v)
{
    tl_str text = v.raw;
    switch (v.type) {
    case JS_STRING:
    case JS_NUMBER:
        if (v.escaped && work_text(x, v, &text))
            return NULL;
        return json_stringn_nocheck(text.n ? text.p : "", text.n);
    case JS_TRUE:
        return json_true();
    case JS_FALSE:
        return json_false();
    default:
        return json_null();
    }
}

/* The key as jansson wants it, terminated: what follows a NUL in a key is lost. */
static const char *key_text(struct tl_extractor *x, struct js_value key)
{
    x->scratch.n = 0;
    if (tl_buf_reserve(&x->scratch, key.raw.n + 1))
        return NULL;
    if (key.escaped)
        x->scratch.n = js_unescape(key.raw, x->scratch.p);
    else
        tl_buf_add_str(&x->scratch, key.raw); /* there is room */
    x->scratch.p[x->scratch.n] = '\0';
    return x->scratch.p;
}

static json_t *build_object(struct tl_extractor *x, struct js *j, int levels)
{
    json_t *object = json_object();
    struct js_value key;
    bool first = true;
    js_open(j);
    while (object && js_next_member(j, &first, &key)) {
        json_t *child = build(x, j, levels - 1);
        const char *text = child ? key_text(x, key) : NULL;
        if (!text)
            json_decref(child);
        if (!text || json_object_set_new_nocheck(object, text, child)) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

static json_t *build_array(struct tl_extractor *x, struct js *j, int levels)
{
    json_t *array = json_array();
    bool first = true;
    js_open(j);
    while (array && js_next_element(j, &first)) {
        json_t *child = build(x, j, levels - 1);
        if (!child || json_array_append_new(array, child)) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *build(struct tl_extractor *x, struct js *j, int levels)
{
    enum js_type type = js_peek(j);
    struct js_value v;
    if (type == JS_OBJECT && levels > 0)
        return build_object(x, j, levels);
    if (type == JS_ARRAY && levels > 0)
        return build_array(x, j, levels);
    js_read_value(j, 0, &v); /* it was read before: it is valid */
    return build_scalar(x, v);
}

int dom_load(struct tl_extractor *x, struct js_value v, json_t **out)
{
    *out = NULL;
    if (v.type != JS_OBJECT && v.type != JS_ARRAY)
        return 0;
    if (v.raw.n > DOM_MAX_BYTES)
        return DOM_TOO_LARGE;
    struct js j = js_inside(v);
    *out = build(x, &j, DOM_MAX_LEVELS);
    return *out ? 0 : TL_ENOMEM;
}

json_t *dom_get(json_t *object, const char *key)
{
    json_t *found = json_object_get(object, key);
    char other[64];
    size_t n = strlen(key);
    if (found || n >= sizeof other)
        return found;
    memcpy(other, key, n + 1);
    other[0] = (char)(other[0] ^ 0x20);
    return json_object_get(object, other);
}

int dom_text(struct tl_extractor *x, json_t *value, tl_str *out)
{
    *out = TL_STR_NONE;
    if (!json_is_string(value))
        return 0;
    return tl_arena_copy(&x->arena, (tl_str){json_string_value(value), json_string_length(value)}, out);
}

bool dom_is_true(json_t *value)
{
    return json_is_true(value) ||
           (json_is_string(value) && strcasecmp(json_string_value(value), "true") == 0);
}

int64_t dom_count(json_t *value, int64_t max, int64_t otherwise)
{
    if (!json_is_string(value))
        return otherwise;
    const char *p = json_string_value(value);
    int64_t n = 0;
    for (; *p >= '0' && *p <= '9' && n <= max; p++)
        n = n * 10 + (*p - '0');
    if (*p == '.') /* 10.0, as some writers of JSON print it */
        for (p++; *p == '0';)
            p++;
    return *p == '\0' && n >= 1 && n <= max ? n : otherwise;
}
