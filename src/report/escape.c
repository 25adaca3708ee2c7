/* Escaping: the one place where text from logs, file names and libraries becomes safe to show.
 *
 * It promises that no control character (C0, DEL, C1), no character that reorders or hides text (bidi
 * controls, zero-width and other invisible format characters, line and paragraph separators), no
 * non-character and no byte that is not UTF-8 comes out as itself, in any format. A reader must see that
 * something odd is there: nothing is dropped. The ranges are a table of our own because the C library's
 * iswprint depends on the locale. */
#include "trailloop/report.h"

/* Code points that are not shown as themselves, beside C0, DEL, C1 and the two last of each plane.
 * Unicode 15.1: general category Cf, Zl, Zp, the property Default_Ignorable_Code_Point, and the
 * non-characters FDD0..FDEF. */
static const struct {
    uint32_t first, last;
} hidden[] = {
    {0x00AD, 0x00AD},   {0x034F, 0x034F},   {0x0600, 0x0605},   {0x061C, 0x061C},   {0x06DD, 0x06DD},
    {0x070F, 0x070F},   {0x0890, 0x0891},   {0x08E2, 0x08E2},   {0x115F, 0x1160},   {0x17B4, 0x17B5},
    {0x180B, 0x180F},   {0x200B, 0x200F},   {0x2028, 0x202E},   {0x2060, 0x206F},   {0x3164, 0x3164},
    {0xFDD0, 0xFDEF},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},
    {0x110BD, 0x110BD}, {0x110CD, 0x110CD}, {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A},
    {0xE0000, 0xE0FFF},
};

static bool is_hidden(uint32_t c)
{
    if (c < 0x20 || (c >= 0x7F && c <= 0x9F) || (c & 0xFFFE) == 0xFFFE)
        return true;
    size_t lo = 0, hi = sizeof hidden / sizeof *hidden;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (c > hidden[mid].last)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < sizeof hidden / sizeof *hidden && c >= hidden[lo].first;
}

/* The code point at the start of `s` and its bytes; 0 when the first byte starts none (RFC 3629). */
static size_t decode(tl_str s, uint32_t *out)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000}; /* below: an overlong form */
    const unsigned char *p = (const unsigned char *)s.p;
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : p[0] < 0xF5 ? 4 : 0;
    if (n == 0 || n > s.n)
        return 0;
    uint32_t c = n == 1 ? p[0] : p[0] & (0xFFu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3Fu);
    }
    if (c < smallest[n] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return 0;
    *out = c;
    return n;
}

int tl_escape_terminal(struct tl_buf *out, tl_str s)
{
    int r = tl_buf_reserve(out, s.n);
    size_t plain = 0, i = 0; /* from `plain` to `i`: shown as it is, added in one piece */
    while (!r && i < s.n) {
        uint32_t c = 0;
        size_t n = decode(tl_str_sub(s, i, s.n), &c);
        if (n && !is_hidden(c)) {
            i += n;
            continue;
        }
        r = tl_buf_add_str(out, tl_str_sub(s, plain, i));
        if (!r && n > 1)
            r = tl_buf_printf(out, "\\u{%04X}", (unsigned)c);
        else if (!r)
            r = tl_buf_printf(out, "\\x%02X", (unsigned)(unsigned char)s.p[i]);
        i += n ? n : 1;
        plain = i;
    }
    return r ? r : tl_buf_add_str(out, tl_str_sub(s, plain, s.n));
}

static int json_character(struct tl_buf *out, uint32_t c)
{
    /* RFC 8259, section 7: pairs of a character and its letter. */
    static const char letters[] = "\bb\ff\nn\rr\tt\"\"\\\\";
    for (size_t i = 0; i + 1 < sizeof letters; i += 2)
        if (c == (unsigned char)letters[i])
            return tl_buf_printf(out, "\\%c", letters[i + 1]);
    if (c > 0xFFFF)
        return tl_buf_printf(out, "\\u%04x\\u%04x", 0xD800 + (unsigned)((c - 0x10000) >> 10),
                             0xDC00 + (unsigned)((c - 0x10000) & 0x3FF));
    return tl_buf_printf(out, "\\u%04x", (unsigned)c);
}

int tl_escape_json(struct tl_buf *out, tl_str s)
{
    int r = tl_buf_reserve(out, s.n + 2);
    if (!r)
        r = tl_buf_add(out, "\"", 1);
    size_t plain = 0, i = 0;
    while (!r && i < s.n) {
        uint32_t c = 0;
        size_t n = decode(tl_str_sub(s, i, s.n), &c);
        if (n && !is_hidden(c) && c != '"' && c != '\\') {
            i += n;
            continue;
        }
        r = tl_buf_add_str(out, tl_str_sub(s, plain, i));
        if (!r)
            r = n ? json_character(out, c) : tl_buf_add_str(out, TL_STR("\xEF\xBF\xBD")); /* U+FFFD */
        i += n ? n : 1;
        plain = i;
    }
    if (!r)
        r = tl_buf_add_str(out, tl_str_sub(s, plain, s.n));
    return r ? r : tl_buf_add(out, "\"", 1);
}
