/* The scanner: one validating pass over JSON text, by explicit state, so that no input can overflow the
 * stack.
 *
 * Promises: accepts exactly RFC 8259 with valid UTF-8 and at most TL_JSON_DEPTH_MAX levels; says why and
 * where it refuses; never reads past the end. Time is linear: no byte is looked at more than a constant
 * number of times. Strings are most of a record, so they are passed over eight bytes at a time; in a text
 * that has an index (json.h) strings and containers are passed over by that, as they were looked at when it
 * was made. */
#include "index.h"

#include "trailloop/limits.h"

#include <endian.h>
#include <string.h>

static bool fail(struct js *j, const char *why)
{
    j->why = why;
    return false;
}

static inline void skip_space(struct js *j)
{
    while (j->p < j->end && (*j->p == ' ' || *j->p == '\n' || *j->p == '\r' || *j->p == '\t'))
        j->p++;
}

/* ---- strings ------------------------------------------------------------------------------------ */

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* How many of the bytes from `p` on are plain ASCII in a string: no quote, backslash, control or UTF-8 lead.
 * May stop early, within the last seven. In each test the lowest bit that is set is exact: borrows go upwards
 * only. */
static inline size_t plain_bytes(const char *p, const char *end)
{
    const char *start = p;
    for (; end - p >= 8; p += 8) {
        uint64_t w;
        memcpy(&w, p, 8);
        w = le64toh(w);
        uint64_t quote = w ^ EACH(0x22), slash = w ^ EACH(0x5c);
        uint64_t hit =
            (((quote - EACH(1)) & ~quote) | ((slash - EACH(1)) & ~slash) | ((w - EACH(0x20)) & ~w) | w) &
            EACH(0x80);
        if (hit)
            return (size_t)(p - start) + (size_t)__builtin_ctzll(hit) / 8;
    }
    return (size_t)(p - start);
}

/* One character of two or more bytes (RFC 3629, section 4). */
static bool skip_utf8(struct js *j)
{
    const unsigned char *p = (const unsigned char *)j->p;
    size_t left = (size_t)(j->end - j->p), n = 0;
    unsigned low = 0x80, high = 0xbf; /* of the second byte: no overlong form, surrogate, above U+10FFFF */
    if (p[0] >= 0xc2 && p[0] <= 0xdf) {
        n = 2;
    } else if (p[0] >= 0xe0 && p[0] <= 0xef) {
        n = 3;
        low = p[0] == 0xe0 ? 0xa0 : 0x80;
        high = p[0] == 0xed ? 0x9f : 0xbf;
    } else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
        n = 4;
        low = p[0] == 0xf0 ? 0x90 : 0x80;
        high = p[0] == 0xf4 ? 0x8f : 0xbf;
    }
    bool good = n && left >= n && p[1] >= low && p[1] <= high;
    for (size_t i = 2; good && i < n; i++)
        good = p[i] >= 0x80 && p[i] <= 0xbf;
    if (!good)
        return fail(j, "not valid UTF-8");
    j->p += n;
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool skip_escape(struct js *j)
{
    if (j->end - j->p < 2)
        return fail(j, "ends inside a string");
    char c = j->p[1];
    if (c != 'u') {
        if (!memchr("\"\\/bfnrt", c, 8))
            return fail(j, "not a JSON escape");
        j->p += 2;
        return true;
    }
    if (j->end - j->p < 6)
        return fail(j, "ends inside a string");
    for (int i = 2; i < 6; i++)
        if (hex_digit(j->p[i]) < 0)
            return fail(j, "not a JSON escape");
    j->p += 6;
    return true;
}

bool js_is_utf8(tl_str text)
{
    struct js j = {text.p, text.p + text.n, NULL};
    for (;;) {
        uint64_t w = 0;
        while (j.end - j.p >= 8 && (memcpy(&w, j.p, 8), !(w & EACH(0x80))))
            j.p += 8;
        if (j.p == j.end)
            return true;
        if ((unsigned char)*j.p < 0x80)
            j.p++;
        else if (!skip_utf8(&j))
            return false;
    }
}

/* ---- what is proved ------------------------------------------------------------------------------ */

/* In a text with an index nothing is left to be refused, and white space is before numbers and words only. */

static inline void pass_string(struct js *j, struct js_value *out)
{
    const char *start = j->p + 1, *quote = js_index_string_end(j->index, j->p);
    size_t n = (size_t)(quote - start);
    *out = (struct js_value){JS_STRING, j->index->has_slash && memchr(start, '\\', n), {start, n}, NULL};
    j->p = quote + 1;
}

static bool pass_member(struct js *j, struct js_value *key)
{
    if (*j->p == '}') {
        j->p++;
        return false;
    }
    j->p += *j->p == ',';
    pass_string(j, key);
    j->p++; /* the colon */
    return true;
}

/* False for a number or word, which is short. */
static bool pass_value(struct js *j, struct js_value *out)
{
    const char *start = j->p;
    if (*start == '"') {
        pass_string(j, out);
        return true;
    }
    if (*start != '{' && *start != '[')
        return false;
    j->p = js_index_container_end(j->index, start) + 1;
    *out = (struct js_value){
        *start == '{' ? JS_OBJECT : JS_ARRAY, false, {start, (size_t)(j->p - start)}, j->index};
    return true;
}

/* ---- strings that are not ------------------------------------------------------------------------- */

/* From the opening quote to behind the closing one. */
static bool read_string(struct js *j, struct js_value *out)
{
    const char *start = ++j->p;
    bool escaped = false;
    for (;;) {
        j->p += plain_bytes(j->p, j->end);
        if (j->p == j->end)
            return fail(j, "ends inside a string");
        unsigned char c = (unsigned char)*j->p;
        if (c == '"')
            break;
        if (c == '\\') {
            escaped = true;
            if (!skip_escape(j))
                return false;
        } else if (c >= 0x80) {
            if (!skip_utf8(j))
                return false;
        } else if (c < 0x20) {
            return fail(j, "a control character inside a string");
        } else {
            j->p++;
        }
    }
    *out = (struct js_value){JS_STRING, escaped, {start, (size_t)(j->p - start)}, NULL};
    j->p++;
    return true;
}

/* ---- other values ---------------------------------------------------------------------------------- */

static bool skip_digits(struct js *j)
{
    const char *start = j->p;
    while (j->p < j->end && *j->p >= '0' && *j->p <= '9')
        j->p++;
    return j->p > start || fail(j, "not a JSON number");
}

static bool skip_number(struct js *j)
{
    if (*j->p == '-')
        j->p++;
    if (j->p < j->end && *j->p == '0')
        j->p++;
    else if (!skip_digits(j))
        return false;
    if (j->p < j->end && *j->p == '.') {
        j->p++;
        if (!skip_digits(j))
            return false;
    }
    if (j->p < j->end && (*j->p | 0x20) == 'e') {
        j->p++;
        if (j->p < j->end && (*j->p == '+' || *j->p == '-'))
            j->p++;
        return skip_digits(j);
    }
    return true;
}

static bool skip_word(struct js *j, const char *word, size_t n)
{
    if ((size_t)(j->end - j->p) < n || memcmp(j->p, word, n) != 0)
        return fail(j, "not a JSON value");
    j->p += n;
    return true;
}

enum js_type js_peek(struct js *j)
{
    skip_space(j);
    if (j->p == j->end)
        return JS_NONE;
    switch (*j->p) {
    case '"':
        return JS_STRING;
    case '{':
        return JS_OBJECT;
    case '[':
        return JS_ARRAY;
    case 't':
        return JS_TRUE;
    case 'f':
        return JS_FALSE;
    case 'n':
        return JS_NULL;
    case '-':
    case '0' ... '9':
        return JS_NUMBER;
    default:
        return JS_NONE;
    }
}

/* Anything but an object or array, at its first byte. */
static bool read_scalar(struct js *j, struct js_value *out)
{
    const char *start = j->p;
    bool good;
    out->type = js_peek(j);
    switch (out->type) {
    case JS_STRING:
        return read_string(j, out);
    case JS_TRUE:
        good = skip_word(j, "true", 4);
        break;
    case JS_FALSE:
        good = skip_word(j, "false", 5);
        break;
    case JS_NULL:
        good = skip_word(j, "null", 4);
        break;
    case JS_NUMBER:
        good = skip_number(j);
        break;
    default:
        good = fail(j, j->p == j->end ? "ends where a value is due" : "not a JSON value");
    }
    out->escaped = false;
    out->index = NULL;
    out->raw = (tl_str){start, (size_t)(j->p - start)};
    return good;
}

/* A key and its colon. */
static bool read_key(struct js *j, struct js_value *key)
{
    if (j->p == j->end || *j->p != '"')
        return fail(j, j->p == j->end ? "ends inside an object" : "not a JSON key");
    if (!read_string(j, key))
        return false;
    skip_space(j);
    if (j->p == j->end || *j->p != ':')
        return fail(j, j->p == j->end ? "ends inside an object" : "no colon after a key");
    j->p++;
    skip_space(j);
    return true;
}

/* ---- containers ---------------------------------------------------------------------------------- */

/* From the opening bracket to behind the closing one. */
static bool skip_container(struct js *j, unsigned depth)
{
    bool is_object[TL_JSON_DEPTH_MAX]; /* of each open level, from 0; set when it is opened */
    unsigned level = depth;
    struct js_value ignored;
    bool object;
open:
    if (level >= TL_JSON_DEPTH_MAX)
        return fail(j, "nested deeper than 512 levels");
    object = *j->p++ == '{';
    is_object[level++] = object;
    skip_space(j);
    if (j->p < j->end && *j->p == (object ? '}' : ']'))
        goto close;
member:
    if (object && !read_key(j, &ignored))
        return false;
    if (j->p < j->end && (*j->p == '{' || *j->p == '['))
        goto open;
    if (!read_scalar(j, &ignored))
        return false;
after:
    skip_space(j);
    if (j->p == j->end)
        return fail(j, object ? "ends inside an object" : "ends inside an array");
    if (*j->p == ',') {
        j->p++;
        skip_space(j);
        goto member;
    }
    if (*j->p != (object ? '}' : ']'))
        return fail(j, object ? "no comma or closing brace" : "no comma or closing bracket");
close:
    j->p++;
    if (--level == depth)
        return true;
    object = is_object[level - 1];
    goto after;
}

_Static_assert(TL_JSON_DEPTH_MAX == 512, "the message above names the limit");

bool js_read_value(struct js *j, unsigned depth, struct js_value *out)
{
    if (j->index && j->p < j->end && pass_value(j, out))
        return true;
    skip_space(j);
    if (j->p == j->end || (*j->p != '{' && *j->p != '['))
        return read_scalar(j, out);
    const char *start = j->p;
    if (!skip_container(j, depth))
        return false;
    *out =
        (struct js_value){*start == '{' ? JS_OBJECT : JS_ARRAY, false, {start, (size_t)(j->p - start)}, NULL};
    return true;
}

struct js js_inside(struct js_value v)
{
    const char *p = v.raw.p ? v.raw.p : ""; /* of nothing one can count no bytes */
    return (struct js){p, p + v.raw.n, NULL, v.index};
}

bool js_read_end(struct js *j)
{
    skip_space(j);
    return j->p == j->end || fail(j, "something follows the value");
}

enum js_type js_open(struct js *j)
{
    enum js_type type = js_peek(j);
    if (type != JS_OBJECT && type != JS_ARRAY)
        return JS_NONE;
    j->p++;
    return type;
}

/* To the next member or element; false at the closing bracket, which is passed over, or when something else
 * is there. */
static bool next(struct js *j, bool *first, char closing)
{
    skip_space(j);
    if (j->p == j->end)
        return fail(j, closing == '}' ? "ends inside an object" : "ends inside an array");
    if (*j->p == closing) {
        j->p++;
        return false;
    }
    if (!*first) {
        if (*j->p != ',')
            return fail(j, closing == '}' ? "no comma or closing brace" : "no comma or closing bracket");
        j->p++;
        skip_space(j);
    }
    *first = false;
    return true;
}

bool js_next_member(struct js *j, bool *first, struct js_value *key)
{
    return j->index ? pass_member(j, key) : next(j, first, '}') && read_key(j, key);
}

bool js_next_element(struct js *j, bool *first)
{
    return next(j, first, ']');
}

/* ---- what was read ----------------------------------------------------------------------------------- */

static unsigned hex4(const char *p)
{
    unsigned v = 0;
    for (int i = 0; i < 4; i++)
        v = v << 4 | (unsigned)hex_digit(p[i]);
    return v;
}

static size_t put_utf8(unsigned c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)((n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0) | c);
    return n;
}

/* A \u escape at raw.p[*i], with the second half of a pair if there is one. Three bytes at most come of six,
 * four of twelve. */
static unsigned unescape_u(tl_str raw, size_t *i)
{
    unsigned c = hex4(raw.p + *i + 2);
    *i += 6;
    if (c < 0xd800 || c > 0xdfff)
        return c;
    if (c < 0xdc00 && raw.n - *i >= 6 && raw.p[*i] == '\\' && raw.p[*i + 1] == 'u') {
        unsigned low = hex4(raw.p + *i + 2);
        if (low >= 0xdc00 && low <= 0xdfff) {
            *i += 6;
            return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        }
    }
    return 0xfffd;
}

size_t js_unescape(tl_str raw, char *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    size_t n = 0;
    for (size_t i = 0; i < raw.n;) {
        if (raw.p[i] != '\\') {
            out[n++] = raw.p[i++];
        } else if (raw.p[i + 1] == 'u') {
            n += put_utf8(unescape_u(raw, &i), out + n);
        } else {
            out[n++] = to[strchr(from, raw.p[i + 1]) - from];
            i += 2;
        }
    }
    return n;
}

#define KEY_MAX_BYTES 192 /* of a key as written: six for each character of the longest that is asked for */

bool js_key_is(struct js_value key, tl_str want, bool any_case)
{
    char text[KEY_MAX_BYTES];
    tl_str s = key.raw;
    if (key.escaped) {
        if (s.n > sizeof text)
            s = tl_str_sub(s, 0, 0);
        else
            s = (tl_str){text, js_unescape(s, text)};
    }
    if (s.n != want.n || s.n == 0 || !tl_bytes_eq(s.p + 1, want.p + 1, s.n - 1))
        return false;
    return s.p[0] == want.p[0] || (any_case && (s.p[0] ^ want.p[0]) == 0x20);
}

struct js_value js_get(struct js_value object, tl_str key)
{
    struct js_value found = {JS_NONE, false, TL_STR_NONE, NULL};
    if (object.type != JS_OBJECT)
        return found;
    struct js j = js_inside(object);
    struct js_value name, value;
    bool first = true;
    js_open(&j);
    while (js_next_member(&j, &first, &name) && js_read_value(&j, 1, &value))
        if (js_key_is(name, key, true))
            found = value;
    return found;
}
