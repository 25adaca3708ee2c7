/* What drawings inside a page are made of: an SVG without a viewBox, so that text keeps its size on every
 * screen; x is in per cent of the width, y in pixels; what is drawn as a path stands in a box of its own that
 * is stretched. Marks that touch become one piece of the path. */
#ifndef TRAILLOOP_REPORT_HTML_DRAW_H
#define TRAILLOOP_REPORT_HTML_DRAW_H

#include "html.h"
#include "timeline.h"

enum { TL_MARK_W = 2 }; /* of TL_AXIS_UNITS: still seen on a phone */

/* ` name="12.3%"`, from TL_AXIS_UNITS. */
void tl_draw_percent(struct tl_html *h, const char *name, int units);
/* The stretched box; in it a path's unit is 1 / TL_AXIS_UNITS of the width, and a pixel of the height. Ended
 * by </svg>. */
void tl_draw_stretched(struct tl_html *h, int y, int height);

/* A path of upright boxes, given from left to right, each joined to the one before where they touch. */
struct tl_strip {
    struct tl_html *h;
    int from, to; /* the box to come; from == to: none yet */
    int top, height;
};
void tl_strip_begin(struct tl_strip *s, struct tl_html *h, const char *look);
void tl_strip_add(struct tl_strip *s, int x, int width, int top, int height);
void tl_strip_end(struct tl_strip *s);

/* Whether a moment is of that kind, and, of verdicts, NON_COMPLIANT or not. */
bool tl_draw_is(const struct tl_moment *m, enum tl_moment_kind kind, bool bad);
/* All such moments inside the axis as marks, `width` TL_AXIS_UNITS wide. */
void tl_draw_marks(struct tl_html *h, const struct tl_finding *f, const struct tl_axis *a, const char *look,
                   enum tl_moment_kind kind, bool bad, int width, int top, int height);

#endif
