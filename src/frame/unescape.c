/* Unescape: the text of a JSON string literal (RFC 8259, section 7), for records that come as one.
 *
 * Refuses what is no valid literal: bare control characters, unknown escapes, half a surrogate pair, an early
 * or missing closing quote. Whether bytes above 0x7f are UTF-8 is for the record's reader to say. */
#include "trailloop/frame.h"

#include <string.h>

enum { INVALID = 1 }; /* outcome: no valid literal */

static int hex4(const char *p, const char *end, unsigned *out)
{
    *out = 0;
    if (end - p < 4)
        return INVALID;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        unsigned digit;
        if (c >= '0' && c <= '9')
            digit = (unsigned)(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            digit = (unsigned)((c | 0x20) - 'a' + 10);
        else
            return INVALID;
        *out = *out << 4 | digit;
    }
    return 0;
}

static int add_utf8(struct tl_buf *out, unsigned c)
{
    char b[4];
    size_t n = 0;
    if (c < 0x80) {
        b[n++] = (char)c;
    } else if (c < 0x800) {
        b[n++] = (char)(0xc0 | c >> 6);
        b[n++] = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        b[n++] = (char)(0xe0 | c >> 12);
        b[n++] = (char)(0x80 | (c >> 6 & 0x3f));
        b[n++] = (char)(0x80 | (c & 0x3f));
    } else {
        b[n++] = (char)(0xf0 | c >> 18);
        b[n++] = (char)(0x80 | (c >> 12 & 0x3f));
        b[n++] = (char)(0x80 | (c >> 6 & 0x3f));
        b[n++] = (char)(0x80 | (c & 0x3f));
    }
    return tl_buf_add(out, b, n);
}

/* \uXXXX, with its second half where it is a surrogate. *p is behind the u, and then behind the escape. */
static int add_unicode(struct tl_buf *out, const char **p, const char *end)
{
    unsigned c, low;
    if (hex4(*p, end, &c))
        return INVALID;
    *p += 4;
    if (c >= 0xdc00 && c <= 0xdfff)
        return INVALID;
    if (c >= 0xd800 && c <= 0xdbff) {
        if (end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u' || hex4(*p + 2, end, &low) || low < 0xdc00 ||
            low > 0xdfff)
            return INVALID;
        *p += 6;
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
    return add_utf8(out, c);
}

static int add_escape(struct tl_buf *out, const char **p, const char *end)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (*p == end)
        return INVALID;
    char c = *(*p)++;
    if (c == 'u')
        return add_unicode(out, p, end);
    const char *known = c ? strchr(from, c) : NULL;
    return known ? tl_buf_add(out, &to[known - from], 1) : INVALID;
}

int tl_json_unescape(tl_str literal, struct tl_buf *out)
{
    if (literal.n < 2 || literal.p[0] != '"' || literal.p[literal.n - 1] != '"')
        return INVALID;
    const char *p = literal.p + 1, *end = literal.p + literal.n - 1;
    int r = tl_buf_reserve(out, literal.n); /* unescaped it is never longer */
    while (!r && p < end) {
        const char *run = p;
        while (p < end && *p != '\\' && *p != '"' && (unsigned char)*p >= 0x20)
            p++;
        r = tl_buf_add(out, run, (size_t)(p - run));
        if (r || p == end)
            break;
        if (*p++ != '\\')
            return INVALID;
        r = add_escape(out, &p, end);
    }
    return r;
}
