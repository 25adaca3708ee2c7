/* JSON out: what it writes is always valid RFC 8259 text, two spaces a level, small things on one line so
 * that a person can read it too. Keys are our own words and never need escaping. */
#include "jsonw.h"

#include "figures.h"
#include "trailloop/report.h"

static void put(struct tl_jsonw *w, tl_str s)
{
    if (!w->rc)
        w->rc = tl_buf_add_str(w->out, s);
}

static bool is_flat(const struct tl_jsonw *w)
{
    return w->flat && w->depth >= w->flat;
}

static void line(struct tl_jsonw *w)
{
    put(w, TL_STR("\n"));
    for (unsigned i = 0; i < w->depth; i++)
        put(w, TL_STR("  "));
}

/* What stands before a value: comma, line and key. */
static void before(struct tl_jsonw *w, const char *key)
{
    if (w->more)
        put(w, is_flat(w) ? TL_STR(", ") : TL_STR(","));
    if (w->depth && !is_flat(w))
        line(w);
    if (key) {
        put(w, TL_STR("\""));
        put(w, tl_str_from(key));
        put(w, TL_STR("\": "));
    }
    w->more = true;
}

void tl_jsonw_open(struct tl_jsonw *w, const char *key, char bracket, bool flat)
{
    before(w, key);
    put(w, (tl_str){&bracket, 1});
    w->depth++;
    if (flat && !w->flat)
        w->flat = w->depth;
    w->more = false;
}

void tl_jsonw_close(struct tl_jsonw *w, char bracket)
{
    bool flat = is_flat(w);
    if (w->flat == w->depth)
        w->flat = 0;
    w->depth--;
    if (w->more && !flat)
        line(w);
    put(w, (tl_str){&bracket, 1});
    w->more = true;
}

void tl_jsonw_str(struct tl_jsonw *w, const char *key, tl_str s)
{
    before(w, key);
    if (!w->rc)
        w->rc = tl_escape_json(w->out, s);
}

void tl_jsonw_str_or_null(struct tl_jsonw *w, const char *key, tl_str s)
{
    if (s.n)
        tl_jsonw_str(w, key, s);
    else
        tl_jsonw_null(w, key);
}

void tl_jsonw_text(struct tl_jsonw *w, const char *key, const char *s)
{
    if (s)
        tl_jsonw_str(w, key, tl_str_from(s));
    else
        tl_jsonw_null(w, key);
}

void tl_jsonw_int(struct tl_jsonw *w, const char *key, int64_t v)
{
    before(w, key);
    if (!w->rc)
        w->rc = tl_buf_printf(w->out, "%lld", (long long)v);
}

void tl_jsonw_count(struct tl_jsonw *w, const char *key, uint64_t v)
{
    before(w, key);
    if (!w->rc)
        w->rc = tl_buf_printf(w->out, "%llu", (unsigned long long)v);
}

void tl_jsonw_usd(struct tl_jsonw *w, const char *key, double usd)
{
    char text[TL_FIGURE_MAX_BYTES];
    before(w, key);
    put(w, tl_str_from(tl_figure_usd(usd, text)));
}

void tl_jsonw_bool(struct tl_jsonw *w, const char *key, bool v)
{
    before(w, key);
    put(w, v ? TL_STR("true") : TL_STR("false"));
}

void tl_jsonw_time(struct tl_jsonw *w, const char *key, int64_t t_s)
{
    char text[TL_TIME_MAX_BYTES];
    tl_jsonw_text(w, key, tl_time_format(t_s, text));
}

void tl_jsonw_json(struct tl_jsonw *w, const char *key, tl_str json)
{
    before(w, key);
    put(w, json);
}

void tl_jsonw_null(struct tl_jsonw *w, const char *key)
{
    before(w, key);
    put(w, TL_STR("null"));
}
