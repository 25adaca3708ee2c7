/* jansson behind a narrow door. It reads numbers by the C locale, refuses 1e400, 2^63, lone surrogates and a
 * NUL in a key, and lets a raw NUL pass: so it only gets text that the scanner has validated, rewritten so
 * that none of these can occur: numbers become strings (every reader here takes both), the rest U+FFFD. What
 * it then still refuses is memory. */
#include "dom.h"

#include <string.h>
#include <strings.h>

static int put_string(struct tl_extractor *x, struct js_value s)
{
    struct tl_buf *b = &x->scratch;
    tl_str text = s.raw;
    int r = s.escaped ? work_text(x, s, &text) : 0;
    if (!r)
        r = tl_buf_add(b, "\"", 1);
    for (size_t i = 0; !r && i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c == 0)
            r = tl_buf_add(b, "\xef\xbf\xbd", 3);
        else if (c < 0x20)
            r = tl_buf_printf(b, "\\u%04x", c);
        else if (c == '"' || c == '\\')
            r = tl_buf_printf(b, "\\%c", c);
        else
            r = tl_buf_add(b, text.p + i, 1);
    }
    return r ? r : tl_buf_add(b, "\"", 1);
}

/* The text of `v` for jansson. Strings and numbers are rewritten, all between them is copied: that needs no
 * nesting. */
static int rewrite(struct tl_extractor *x, struct js_value v)
{
    struct js j = {v.raw.p, v.raw.p + v.raw.n, NULL};
    int r = 0;
    x->scratch.n = 0;
    while (!r && j.p < j.end) {
        enum js_type next = js_peek(&j);
        struct js_value token;
        if ((next == JS_STRING || next == JS_NUMBER) && js_read_value(&j, 0, &token))
            r = put_string(x, token);
        else if (j.p < j.end)
            r = tl_buf_add(&x->scratch, j.p++, 1);
    }
    return r;
}

int dom_load(struct tl_extractor *x, struct js_value v, json_t **out)
{
    *out = NULL;
    if (v.type != JS_OBJECT && v.type != JS_ARRAY)
        return 0;
    if (v.raw.n > DOM_MAX_BYTES)
        return DOM_TOO_LARGE;
    int r = rewrite(x, v);
    if (r)
        return r;
    *out = json_loadb(x->scratch.p, x->scratch.n, 0, NULL);
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
