/* Pieces of HTML. Every text that is not ours is escaped here or not at all: the functions that take markup
 * are given literals and numbers only. */
#include "html.h"

#include "escape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int tl_html_fini(struct tl_html *h)
{
    int r = h->rc ? h->rc : h->say.rc;
    tl_prose_fini(&h->say);
    return r;
}

void tl_html_put(struct tl_html *h, const char *markup)
{
    if (!h->rc)
        h->rc = tl_buf_add_str(h->out, tl_str_from(markup));
}

void tl_html_putf(struct tl_html *h, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (!h->rc)
        h->rc = tl_buf_vprintf(h->out, fmt, ap);
    va_end(ap);
}

void tl_html_text(struct tl_html *h, tl_str s)
{
    if (!h->rc)
        h->rc = tl_escape_html(h->out, s);
}

void tl_html_code(struct tl_html *h, tl_str s)
{
    tl_html_put(h, "<code>");
    tl_html_text(h, s);
    tl_html_put(h, "</code>");
}

void tl_html_place(struct tl_html *h, tl_str id, tl_str source, uint64_t record, uint64_t offset)
{
    tl_html_put(h, "<td class=\"id\">");
    tl_html_code(h, id);
    tl_html_put(h, "</td><td class=\"where\">");
    tl_html_code(h, source);
    tl_html_putf(h, " record %llu, byte %llu</td></tr>\n", (unsigned long long)record,
                 (unsigned long long)offset);
}

void tl_html_time(struct tl_html *h, int64_t t_s)
{
    char iso[TL_TIME_MAX_BYTES];
    tl_time_format(t_s, iso);
    tl_html_putf(h, "<span class=\"t\">%.10s %.8s</span>", iso, iso + 11);
}

void tl_html_say(struct tl_html *h)
{
    tl_str s = tl_buf_str(&h->say.b);
    size_t at = 0;
    for (size_t i = 0; i < h->say.n_names; i++) {
        const struct tl_prose_name *name = &h->say.names[i];
        tl_html_text(h, tl_str_sub(s, at, name->from));
        tl_html_code(h, tl_str_sub(s, name->from, name->to));
        at = name->to;
    }
    tl_html_text(h, tl_str_sub(s, at, s.n));
    tl_prose_clear(&h->say);
}

void tl_html_element(struct tl_html *h, const char *open)
{
    if (h->say.b.n == 0)
        return;
    tl_html_putf(h, "<%s>", open);
    tl_html_say(h);
    tl_html_putf(h, "</%.*s>\n", (int)strcspn(open, " "), open);
}

void tl_html_term(struct tl_html *h, const char *term)
{
    if (h->say.b.n == 0)
        return;
    tl_html_putf(h, "<div><dt>%s</dt><dd>", term);
    tl_html_say(h);
    tl_html_put(h, "</dd></div>\n");
}

/* Wide tables scroll in a box of their own, which the keyboard can reach. */
void tl_html_table_begin(struct tl_html *h, const char *caption, const char *columns)
{
    tl_html_putf(h,
                 "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"%s\">\n<table>"
                 "<caption>%s</caption>\n<thead><tr>",
                 caption, caption);
    for (const char *p = columns; *p;) {
        int n = (int)strcspn(p, "|");
        bool number = *p == '#';
        tl_html_putf(h, "<th scope=\"col\"%s>%.*s</th>", number ? " class=\"n\"" : "", n - number,
                     p + number);
        p += n;
        p += *p == '|';
    }
    tl_html_put(h, "</tr></thead>\n<tbody>\n");
}

void tl_html_table_end(struct tl_html *h)
{
    tl_html_put(h, "</tbody>\n</table>\n</div>\n");
}

static void cell(struct tl_html *h, const char *open, const char *close)
{
    tl_html_put(h, open);
    tl_html_say(h);
    tl_html_put(h, close);
}

void tl_html_cell(struct tl_html *h)
{
    cell(h, "<td>", "</td>");
}

void tl_html_cell_number(struct tl_html *h)
{
    cell(h, "<td class=\"n\">", "</td>");
}

void tl_html_row_head(struct tl_html *h)
{
    cell(h, "<th scope=\"row\">", "</th>");
}
