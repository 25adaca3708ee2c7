/* CSV out: cells and rows as RFC 4180 has them. What is not known is an empty cell. */
#include "csvw.h"

#include "escape.h"
#include "figures.h"

#include <stdio.h>

static void put(struct tl_csvw *c, tl_str s)
{
    if (!c->rc)
        c->rc = tl_buf_add_str(c->out, s);
}

void tl_csvw_str(struct tl_csvw *c, tl_str s)
{
    if (c->more)
        put(c, TL_STR(","));
    c->more = true;
    if (!c->rc)
        c->rc = tl_escape_csv(c->out, s);
}

void tl_csvw_text(struct tl_csvw *c, const char *s)
{
    tl_csvw_str(c, tl_str_from(s));
}

void tl_csvw_int(struct tl_csvw *c, int64_t v)
{
    char text[TL_COUNT_MAX_BYTES];
    snprintf(text, sizeof text, "%lld", (long long)v);
    tl_csvw_text(c, text);
}

void tl_csvw_count(struct tl_csvw *c, uint64_t v)
{
    char text[TL_COUNT_MAX_BYTES];
    snprintf(text, sizeof text, "%llu", (unsigned long long)v);
    tl_csvw_text(c, text);
}

void tl_csvw_usd(struct tl_csvw *c, double usd)
{
    char text[TL_FIGURE_MAX_BYTES];
    tl_csvw_text(c, tl_figure_usd(usd, text));
}

void tl_csvw_bool(struct tl_csvw *c, bool v)
{
    tl_csvw_text(c, v ? "true" : "false");
}

void tl_csvw_time(struct tl_csvw *c, int64_t t_s)
{
    char text[TL_TIME_MAX_BYTES];
    tl_csvw_text(c, tl_time_format(t_s, text));
}

void tl_csvw_blank(struct tl_csvw *c, int n)
{
    for (; n > 0; n--)
        tl_csvw_str(c, TL_STR_NONE);
}

void tl_csvw_end_row(struct tl_csvw *c)
{
    put(c, TL_STR("\r\n"));
    c->more = false;
}

void tl_csvw_header(struct tl_csvw *c, const char *names)
{
    put(c, tl_str_from(names));
    tl_csvw_end_row(c);
}
