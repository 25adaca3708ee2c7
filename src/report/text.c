/* The page. Sentences are escaped whole and then broken at spaces, so that a hostile name cannot break a line
 * or reach the terminal as a command. A word longer than the line (an ARN) is broken at a joint on a
 * terminal, where everything has to fit; in a file it stays whole, so that one can search for it and copy it.
 */
#include "text.h"

#include "outline.h"
#include "writer.h"

enum { LABEL_INDENT = 2, LABEL_COLUMNS = 16 };

static void put(struct tl_text *t, tl_str s)
{
    if (!t->rc)
        t->rc = tl_buf_add_str(t->out, s);
}

static void spaces(struct tl_text *t, int n)
{
    for (; n > 0; n--)
        put(t, TL_STR(" "));
}

static void look(struct tl_text *t, enum tl_text_look l)
{
    static const char *const codes[] = {"\x1b[0m", "\x1b[1m", "\x1b[1;31m", "\x1b[1;32m"};
    if (t->style->color)
        put(t, tl_str_from(codes[l]));
}

void tl_text_init(struct tl_text *t, const struct tl_style *style, struct tl_buf *out)
{
    *t = (struct tl_text){.out = out, .style = style};
}

int tl_text_fini(struct tl_text *t)
{
    int r = t->rc ? t->rc : t->say.rc;
    tl_prose_fini(&t->say);
    tl_buf_fini(&t->scratch);
    return r;
}

/* What `say` holds, escaped, and `say` empty again. Borrowed until the next call. */
static tl_str take(struct tl_text *t)
{
    t->scratch.n = 0;
    if (!t->rc)
        t->rc = tl_escape_terminal(&t->scratch, tl_buf_str(&t->say.b));
    tl_prose_clear(&t->say);
    return tl_buf_str(&t->scratch);
}

/* Where the word that starts at `from` ends. A number takes the next word along: `600 s` stays whole. */
static size_t word_end(tl_str s, size_t from)
{
    for (;;) {
        bool number = true;
        size_t end = from;
        for (; end < s.n && s.p[end] != ' '; end++)
            number &= (s.p[end] >= '0' && s.p[end] <= '9') || s.p[end] == ',';
        if (!number || end == from || end == s.n)
            return end;
        from = end + 1;
    }
}

static void new_line(struct tl_text *t, int indent)
{
    put(t, TL_STR("\n"));
    spaces(t, indent);
}

/* `s` from column `at` on, in pieces that fit: the next lines start at `hang`. Returns the column. */
static int put_fitting(struct tl_text *t, tl_str s, int at, int hang)
{
    while (t->style->fit && at + tl_text_width(s) > t->style->columns) {
        size_t n = tl_text_fitting(s, t->style->columns - at);
        put(t, tl_str_sub(s, 0, n));
        s = tl_str_sub(s, n, s.n);
        if (s.n == 0)
            break;
        new_line(t, hang);
        at = hang;
    }
    put(t, s);
    return at + tl_text_width(s);
}

/* `at` is the column where the first line already stands. */
static void wrap(struct tl_text *t, tl_str s, int at, int hang)
{
    bool fresh = true; /* nothing on this line yet but its indent */
    for (size_t i = 0; i < s.n;) {
        size_t end = word_end(s, i);
        tl_str word = tl_str_sub(s, i, end);
        int width = tl_text_width(word);
        if (!fresh && at + 1 + width > t->style->columns) {
            new_line(t, hang);
            at = hang;
            fresh = true;
        }
        if (!fresh) {
            put(t, TL_STR(" "));
            at++;
        }
        at = put_fitting(t, word, at, hang);
        fresh = false;
        i = end + (end < s.n);
    }
    put(t, TL_STR("\n"));
}

void tl_text_paragraph(struct tl_text *t, int indent, int hang)
{
    tl_str s = take(t);
    if (s.n == 0)
        return;
    spaces(t, indent);
    wrap(t, s, indent, hang);
}

void tl_text_labelled(struct tl_text *t, const char *label)
{
    tl_str s = take(t);
    if (s.n == 0)
        return;
    tl_str l = tl_str_from(label);
    spaces(t, LABEL_INDENT);
    if (label)
        look(t, TL_TEXT_BOLD);
    put(t, l);
    if (label)
        look(t, TL_TEXT_PLAIN);
    spaces(t, LABEL_COLUMNS - LABEL_INDENT - tl_text_width(l));
    wrap(t, s, LABEL_COLUMNS, LABEL_COLUMNS);
}

int tl_text_room(const struct tl_text *t)
{
    return t->style->columns - LABEL_COLUMNS;
}

void tl_text_item(struct tl_text *t)
{
    tl_str s = take(t);
    if (s.n == 0)
        return;
    spaces(t, LABEL_COLUMNS);
    put(t, TL_STR("- "));
    wrap(t, s, LABEL_COLUMNS + 2, LABEL_COLUMNS + 2);
}

void tl_text_row_hanging(struct tl_text *t, enum tl_text_look l, int hang)
{
    tl_str s = take(t);
    bool room = hang <= t->style->columns / 4 * 3;
    if (l != TL_TEXT_PLAIN)
        look(t, l);
    put_fitting(t, s, 0, room ? hang : 2 * LABEL_INDENT);
    if (l != TL_TEXT_PLAIN)
        look(t, TL_TEXT_PLAIN);
    put(t, TL_STR("\n"));
}

void tl_text_row(struct tl_text *t, enum tl_text_look l)
{
    tl_text_row_hanging(t, l, 2 * LABEL_INDENT);
}

void tl_text_line(struct tl_text *t)
{
    tl_str s = take(t);
    spaces(t, LABEL_INDENT);
    put_fitting(t, s, LABEL_INDENT, 2 * LABEL_INDENT);
    put(t, TL_STR("\n"));
}

void tl_text_bytes(struct tl_text *t, tl_str bytes)
{
    put(t, bytes);
    put(t, TL_STR("\n"));
}

void tl_text_blank(struct tl_text *t)
{
    put(t, TL_STR("\n"));
}

const struct tl_writer tl_writer_text = {.name = "text",
                                         .report = tl_text_write_report,
                                         .loop = tl_text_write_loop,
                                         .stats = tl_text_write_stats,
                                         .discover = tl_text_write_discovery,
                                         .history = tl_text_write_history,
                                         .run = tl_text_write_run,
                                         .outline = tl_outline_write_text};
