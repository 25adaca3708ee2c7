/* Pieces of drawings: see html_draw.h. A path has at most a thousand pieces, whether it stands for ten events
 * or a million. */
#include "html_draw.h"

void tl_draw_percent(struct tl_html *h, const char *name, int units)
{
    tl_html_putf(h, " %s=\"%d.%d%%\"", name, units / 10, units % 10);
}

void tl_draw_stretched(struct tl_html *h, int y, int height)
{
    tl_html_putf(h,
                 "<svg x=\"0\" y=\"%d\" width=\"100%%\" height=\"%d\" viewBox=\"0 0 %d %d\" "
                 "preserveAspectRatio=\"none\">",
                 y, height, TL_AXIS_UNITS, height);
}

static void flush(struct tl_strip *s)
{
    int width = s->to - s->from;
    if (width > 0)
        tl_html_putf(s->h, "M%d %dh%dv%dh-%dz", s->from, s->top, width, s->height, width);
    s->from = s->to = 0;
}

void tl_strip_begin(struct tl_strip *s, struct tl_html *h, const char *look)
{
    *s = (struct tl_strip){.h = h};
    tl_html_putf(h, "<path class=\"%s\" d=\"", look);
}

void tl_strip_add(struct tl_strip *s, int x, int width, int top, int height)
{
    if (s->to > s->from && x <= s->to && top == s->top && height == s->height) {
        s->to = s->to > x + width ? s->to : x + width;
        return;
    }
    flush(s);
    *s = (struct tl_strip){s->h, x, x + width, top, height};
}

void tl_strip_end(struct tl_strip *s)
{
    flush(s);
    tl_html_put(s->h, "\"/>");
}

bool tl_draw_is(const struct tl_moment *m, enum tl_moment_kind kind, bool bad)
{
    return m->kind == kind && (kind != TL_MOMENT_VERDICT || (m->compliance == TL_NON_COMPLIANT) == bad);
}

void tl_draw_marks(struct tl_html *h, const struct tl_finding *f, const struct tl_axis *a, const char *look,
                   enum tl_moment_kind kind, bool bad, int width, int top, int height)
{
    struct tl_strip s;
    tl_strip_begin(&s, h, look);
    for (size_t i = 0; i < f->n_moments; i++) {
        const struct tl_moment *m = &f->moments[i];
        if (tl_draw_is(m, kind, bad) && m->time_s >= a->from_s && m->time_s <= a->to_s)
            tl_strip_add(&s, tl_axis_at(a, m->time_s) - width / 2, width, top, height);
    }
    tl_strip_end(&s);
}
