/* Escaping: the one place where text from logs, file names and libraries becomes safe to show.
 *
 * It promises that no control character (C0, DEL, C1), no character that reorders or hides text (bidi
 * controls, zero-width and other invisible format characters, line and paragraph separators), no
 * non-character and no byte that is not UTF-8 comes out as itself, in any format. A reader must see that
 * something odd is there: nothing is dropped. The ranges are a table of our own because the C library's
 * iswprint depends on the locale. */
#include "escape.h"

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

/* What a format makes of the ASCII character s.p[i]; NULL: it stands for itself. */
typedef const char *(*stand_in)(tl_str s, size_t i);

/* `backslash` is how the format writes the one that our own escapes begin with. */
static int escape(struct tl_buf *out, tl_str s, const char *backslash, stand_in of)
{
    int r = tl_buf_reserve(out, s.n);
    size_t plain = 0, i = 0; /* from `plain` to `i`: shown as it is, added in one piece */
    while (!r && i < s.n) {
        uint32_t c = 0;
        size_t n = decode(tl_str_sub(s, i, s.n), &c);
        bool hide = !n || is_hidden(c);
        const char *instead = !hide && c < 0x80 && of ? of(s, i) : NULL;
        if (!hide && !instead) {
            i += n;
            continue;
        }
        r = tl_buf_add_str(out, tl_str_sub(s, plain, i));
        if (!r && instead)
            r = tl_buf_add_str(out, tl_str_from(instead));
        else if (!r && n > 1)
            r = tl_buf_printf(out, "%su{%04X}", backslash, (unsigned)c);
        else if (!r)
            r = tl_buf_printf(out, "%sx%02X", backslash, (unsigned)(unsigned char)s.p[i]);
        i += n ? n : 1;
        plain = i;
    }
    return r ? r : tl_buf_add_str(out, tl_str_sub(s, plain, s.n));
}

int tl_escape_terminal(struct tl_buf *out, tl_str s)
{
    return escape(out, s, "\\", NULL);
}

/* ---- HTML ------------------------------------------------------------------------------------ */

static const char *in_html(tl_str s, size_t i)
{
    switch (s.p[i]) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

int tl_escape_html(struct tl_buf *out, tl_str s)
{
    return escape(out, s, "\\", in_html);
}

/* ---- Markdown -------------------------------------------------------------------------------- */

static bool is_word(tl_str s, size_t i)
{
    char c = i < s.n ? s.p[i] : ' ';
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* What would mean something elsewhere does not mean it here: `NON_COMPLIANT`, `07:57:54`, `Proof: `. */
static bool is_plain_in_markdown(tl_str s, size_t i)
{
    switch (s.p[i]) {
    case '_':
        return i > 0 && is_word(s, i - 1) && is_word(s, i + 1);
    case ':':
        return i + 1 == s.n || s.p[i + 1] == ' ' || (i > 0 && s.p[i - 1] <= '9' && s.p[i + 1] <= '9');
    case '.':
        return i < 3 || memcmp(s.p + i - 3, "www", 3) != 0;
    default:
        return false;
    }
}

/* CommonMark 0.31, section 2.4: a backslash before ASCII punctuation makes it plain. What can begin nothing
 * inside a line (comma, quotes, brackets without a link ...) is left alone, so that the text can also be read
 * as it is. `:`, `@` and `www.` would make links of their own on GitHub: http://x, a@b. A `|` ends a table's
 * cell even behind a backslash, if that one stands behind another. */
static const char *in_markdown(tl_str s, size_t i)
{
    static const char special[] = "\\`*_[]#~:@!$.",
                      written[][3] = {"\\\\", "\\`", "\\*", "\\_", "\\[", "\\]", "\\#",
                                      "\\~",  "\\:", "\\@", "\\!", "\\$", "\\."};
    char c = s.p[i];
    if (c == '|')
        return "&#124;";
    if (c == '&' || c == '<')
        return in_html(s, i);
    const char *at = c && !is_plain_in_markdown(s, i) ? strchr(special, c) : NULL;
    return at ? written[at - special] : NULL;
}

int tl_escape_markdown(struct tl_buf *out, tl_str s)
{
    return escape(out, s, "\\\\", in_markdown);
}

/* What code cannot hold everywhere: a backtick ends it, a `|` ends the cell of a table around it, and a space
 * at both ends is dropped. */
static bool fits_code(tl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '`' || s.p[i] == '|')
            return false;
    return s.n && s.p[0] != ' ' && s.p[s.n - 1] != ' ';
}

int tl_escape_markdown_code(struct tl_buf *out, tl_str s)
{
    if (!fits_code(s))
        return tl_escape_markdown(out, s);
    int r = tl_buf_add(out, "`", 1);
    if (r == 0)
        r = escape(out, s, "\\", NULL);
    return r ? r : tl_buf_add(out, "`", 1);
}

/* ---- CSV ------------------------------------------------------------------------------------- */

/* Excel, LibreOffice and Google Sheets take a cell for a formula by its first character; Excel, in some
 * languages, by the full-width forms of it too. */
static bool starts_formula(tl_str s)
{
    static const tl_str wide[] = {
        {"\xEF\xBC\x8B", 3}, {"\xEF\xBC\x8D", 3}, {"\xEF\xBC\x9D", 3}, {"\xEF\xBC\xA0", 3}};
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (tl_str_starts(s, wide[i]))
            return true;
    return s.n && s.p[0] && strchr("=+-@\t\r", s.p[0]);
}

static const char *in_csv(tl_str s, size_t i)
{
    char c = s.p[i];
    return c == '"' ? "\"\"" : NULL;
}

/* Quotes are needed for , and " (line ends are never written as themselves); for ; because it parts cells
 * where the comma is the decimal point; for spaces at the ends because some readers drop them. */
static bool needs_quotes(tl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == ',' || s.p[i] == ';' || s.p[i] == '"')
            return true;
    return s.n && (s.p[0] == ' ' || s.p[s.n - 1] == ' ');
}

int tl_escape_csv(struct tl_buf *out, tl_str s)
{
    bool quoted = needs_quotes(s);
    int r = quoted ? tl_buf_add(out, "\"", 1) : 0;
    if (r == 0 && starts_formula(s))
        r = tl_buf_add(out, "'", 1);
    if (r == 0)
        r = escape(out, s, "\\", in_csv);
    return r || !quoted ? r : tl_buf_add(out, "\"", 1);
}

/* ---- Prometheus, shell ----------------------------------------------------------------------- */

static const char *in_prometheus(tl_str s, size_t i)
{
    char c = s.p[i];
    return c == '\\' ? "\\\\" : c == '"' ? "\\\"" : NULL;
}

int tl_escape_prometheus(struct tl_buf *out, tl_str s)
{
    int r = tl_buf_add(out, "\"", 1);
    if (r == 0)
        r = escape(out, s, "\\\\", in_prometheus);
    return r ? r : tl_buf_add(out, "\"", 1);
}

static const char *in_shell(tl_str s, size_t i)
{
    char c = s.p[i];
    return c == '\'' ? "'\\''" : NULL;
}

int tl_escape_shell(struct tl_buf *out, tl_str s)
{
    int r = tl_buf_add(out, "'", 1);
    if (r == 0)
        r = escape(out, s, "\\", in_shell);
    return r ? r : tl_buf_add(out, "'", 1);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

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
