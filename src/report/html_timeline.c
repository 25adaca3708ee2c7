/* The timeline: one drawing in which a loop can be seen. Gaps in the log from top to bottom; settings in
 * force on top; below them a lane each for verdicts, attempts, changes by the remediation and by others, and
 * control events; then how many attempts stood inside the retry window at each verdict, against the limit
 * that they would have to reach. */
#include "explain.h"
#include "html_draw.h"

#include <stdlib.h>
#include <string.h>

enum {
    BAND_H = 22,
    LANE_LABEL_H = 18,
    LANE_H = 14,
    CHART_H = 96,
    AXIS_H = 40,
    MARKERS_MAX = 60, /* control events drawn one by one */
    NARROW = 160,     /* of TL_AXIS_UNITS: too narrow for a label */
};

struct drawing {
    struct tl_html *h;
    const struct tl_finding *f;
    struct tl_axis axis;
    int y, height, chart_y;
};

static int x_of(const struct drawing *d, int64_t t_s)
{
    return tl_axis_at(&d->axis, t_s);
}

static bool inside(const struct drawing *d, int64_t t_s)
{
    return t_s >= d->axis.from_s && t_s <= d->axis.to_s;
}

static bool on(const struct drawing *d, const struct tl_moment *m, enum tl_moment_kind kind, bool bad)
{
    return tl_draw_is(m, kind, bad) && inside(d, m->time_s);
}

/* ---- lanes ----------------------------------------------------------------------------------- */

static void lane_label(struct drawing *d, const char *label, size_t n)
{
    char count[TL_COUNT_MAX_BYTES];
    tl_html_putf(d->h, "<text x=\"0\" y=\"%d\">%s <tspan class=\"q\">%s</tspan></text>\n", d->y + 13, label,
                 tl_count_format(n, count));
    d->y += LANE_LABEL_H;
    tl_html_putf(d->h, "<rect class=\"track\" x=\"0\" y=\"%d\" width=\"100%%\" height=\"%d\"/>", d->y,
                 LANE_H);
}

static void lane(struct drawing *d, const char *label, const char *look, enum tl_moment_kind kind, bool bad)
{
    size_t n = 0;
    for (size_t i = 0; i < d->f->n_moments; i++)
        n += on(d, &d->f->moments[i], kind, bad);
    if (n == 0)
        return;
    lane_label(d, label, n);
    tl_draw_stretched(d->h, d->y, LANE_H);
    tl_draw_marks(d->h, d->f, &d->axis, look, kind, bad, TL_MARK_W, 0, LANE_H);
    tl_html_put(d->h, "</svg>\n");
    d->y += LANE_H + 4;
}

static size_t n_controls(const struct drawing *d)
{
    size_t n = 0;
    for (size_t i = 0; i < d->f->n_controls; i++)
        n += inside(d, d->f->controls[i].event.time_s);
    return n;
}

/* Control events, with the numbers that the list below the drawing gives them. */
static void control_lane(struct drawing *d)
{
    size_t n = n_controls(d);
    if (n == 0)
        return;
    lane_label(d, "Settings changed, exceptions, rule events", n);
    for (size_t i = 0; i < d->f->n_controls && i < MARKERS_MAX; i++) {
        if (!inside(d, d->f->controls[i].event.time_s))
            continue;
        tl_html_put(d->h, "<svg class=\"mark\"");
        tl_draw_percent(d->h, "x", x_of(d, d->f->controls[i].event.time_s));
        tl_html_putf(d->h,
                     " y=\"%d\"><path class=\"control\" d=\"M0-1 8 7 0 15-8 7z\"/><text "
                     "class=\"in\" text-anchor=\"middle\" y=\"11\">%zu</text></svg>",
                     d->y, i + 1);
    }
    tl_html_put(d->h, "\n");
    d->y += LANE_H + 4;
}

/* ---- the retry window ------------------------------------------------------------------------ */

static int chart_top(const struct tl_finding *f)
{
    int most = 1;
    for (size_t i = 0; i < tl_explain_n_phases(&f->retry); i++) {
        struct tl_retry_phase p = tl_phase_of(f, i);
        most = p.attempts > most ? p.attempts : most;
        most = p.most_attempts_in_window > most ? p.most_attempts_in_window : most;
    }
    return most;
}

static int bar_height(int n, int top)
{
    return (int)((int64_t)n * (CHART_H - 14) / top);
}

/* One bar a verdict, as high as the count in its window; where several fall on one place, the highest. Those
 * that reach the limit, or those that do not. */
static void bars(struct drawing *d, const struct tl_attempts *a, int top, bool reach)
{
    size_t phase = 0, n_phases = tl_explain_n_phases(&d->f->retry);
    struct tl_strip s;
    int last_x = -1, last_n = -1;
    tl_strip_begin(&s, d->h, reach ? "reached" : "count");
    for (size_t i = 0; i < d->f->n_moments; i++) {
        const struct tl_moment *m = &d->f->moments[i];
        if (!on(d, m, TL_MOMENT_VERDICT, true))
            continue;
        while (phase + 1 < n_phases && m->time_s >= tl_phase_of(d->f, phase + 1).from_s)
            phase++;
        struct tl_retry_phase p = tl_phase_of(d->f, phase);
        int n = tl_attempts_before(a, m->time_s, p.window_s), x = x_of(d, m->time_s);
        if (n == 0 || (n >= p.attempts) != reach || (x == last_x && n <= last_n))
            continue;
        last_x = x;
        last_n = n;
        tl_strip_add(&s, x - TL_MARK_W, 2 * TL_MARK_W, CHART_H - bar_height(n, top), bar_height(n, top));
    }
    tl_strip_end(&s);
}

/* How high a window would have to fill, phase by phase. */
static void limits(struct drawing *d, int top)
{
    tl_html_put(d->h, "<path class=\"limit\" d=\"");
    for (size_t i = 0; i < tl_explain_n_phases(&d->f->retry); i++) {
        struct tl_retry_phase p = tl_phase_of(d->f, i);
        if (p.to_s < d->axis.from_s)
            continue;
        tl_html_putf(d->h, "M%d %dH%d", x_of(d, p.from_s), CHART_H - bar_height(p.attempts, top),
                     x_of(d, p.to_s));
    }
    tl_html_put(d->h, "\"/>");
}

static void limit_labels(struct drawing *d, int top)
{
    int last = -NARROW;
    for (size_t i = 0; i < tl_explain_n_phases(&d->f->retry); i++) {
        struct tl_retry_phase p = tl_phase_of(d->f, i);
        int x = x_of(d, p.from_s), height = bar_height(p.attempts, top);
        if (x - last < NARROW / 2 || p.to_s < d->axis.from_s)
            continue;
        last = x;
        tl_html_put(d->h, "<text class=\"limit\"");
        tl_draw_percent(d->h, "x", x);
        tl_html_putf(d->h, " y=\"%d\">limit %d</text>", d->y + CHART_H - height - 4, p.attempts);
    }
    tl_html_put(d->h, "\n");
}

static bool ever_inside(const struct tl_finding *f)
{
    for (size_t i = 0; i < tl_explain_n_phases(&f->retry); i++)
        if (tl_phase_of(f, i).most_attempts_in_window > 0)
            return true;
    return false;
}

static void chart(struct drawing *d)
{
    struct tl_attempts a = {0};
    int top = chart_top(d->f);
    if (!d->h->rc)
        d->h->rc = tl_attempts_make(d->f, &a);
    if (d->h->rc)
        return;
    tl_html_putf(d->h, "<text x=\"0\" y=\"%d\">Attempts inside the window, and the limit</text>\n",
                 d->y + 15);
    d->y += LANE_LABEL_H + 6;
    tl_html_putf(d->h, "<rect class=\"track\" x=\"0\" y=\"%d\" width=\"100%%\" height=\"%d\"/>", d->y,
                 CHART_H);
    tl_draw_stretched(d->h, d->y, CHART_H);
    bars(d, &a, top, false);
    bars(d, &a, top, true);
    limits(d, top);
    tl_html_put(d->h, "</svg>\n");
    limit_labels(d, top);
    if (!ever_inside(d->f))
        tl_html_putf(
            d->h,
            "<text text-anchor=\"middle\" x=\"50%%\" y=\"%d\">no attempt ever stood inside the window of a "
            "verdict</text>\n",
            d->y + CHART_H / 2 + 8);
    d->y += CHART_H + 4;
    free(a.at_s);
}

/* ---- what goes over the whole height --------------------------------------------------------- */

/* Settings in force: a letter each, which the table of the retry settings has too. */
static void bands(struct drawing *d)
{
    for (size_t i = 0; i < tl_explain_n_phases(&d->f->retry); i++) {
        struct tl_retry_phase p = tl_phase_of(d->f, i);
        int from = x_of(d, p.from_s), width = x_of(d, p.to_s) - from;
        if (p.to_s < d->axis.from_s)
            continue;
        tl_html_putf(d->h, "<rect class=\"band%s\" y=\"%d\" height=\"%d\"", i % 2 ? " odd" : "", d->y,
                     BAND_H - 4);
        tl_draw_percent(d->h, "x", from);
        tl_draw_percent(d->h, "width", width > TL_MARK_W ? width : TL_MARK_W);
        tl_html_put(d->h, "/>");
        if (width < NARROW / 8)
            continue;
        tl_html_put(d->h, "<text class=\"in\"");
        tl_draw_percent(d->h, "x", from + 4);
        tl_html_putf(d->h, " y=\"%d\">%c", d->y + 13, (char)('A' + i % 26));
        if (width >= NARROW)
            tl_html_putf(d->h, "<tspan class=\"wide\">: %d in %lld s%s</tspan>", p.attempts,
                         (long long)p.window_s, p.known ? "" : ", the default");
        tl_html_put(d->h, "</text>\n");
    }
    d->y += BAND_H;
}

static void upright(struct drawing *d, const char *look, int x, int from_y)
{
    tl_html_putf(d->h, "<line class=\"%s\" y1=\"%d\" y2=\"%d\"", look, from_y, d->height - AXIS_H);
    tl_draw_percent(d->h, "x1", x);
    tl_draw_percent(d->h, "x2", x);
    tl_html_put(d->h, "/>");
}

/* The silence after the stop lies under everything else. */
static void silence(struct drawing *d)
{
    int x = x_of(d, d->f->stopped.at_s);
    tl_html_putf(d->h, "<rect class=\"silence\" y=\"0\" height=\"%d\"", d->height - AXIS_H);
    tl_draw_percent(d->h, "x", x);
    tl_draw_percent(d->h, "width", TL_AXIS_UNITS - x);
    tl_html_put(d->h, "/>\n");
}

/* Where the log may have missed something: under the marks, over the silence. */
static void gaps(struct drawing *d)
{
    struct tl_strip s;
    int height = d->height - AXIS_H;
    if (d->f->n_gaps == 0)
        return;
    tl_draw_stretched(d->h, 0, height);
    tl_strip_begin(&s, d->h, "gap");
    for (size_t i = 0; i < d->f->n_gaps; i++) {
        const struct tl_coverage_gap *g = &d->f->gaps[i];
        int from = x_of(d, g->from_s), width = x_of(d, g->to_s) - from;
        if (g->from_s < d->axis.to_s && g->to_s > d->axis.from_s)
            tl_strip_add(&s, from, width > TL_MARK_W ? width : TL_MARK_W, 0, height);
    }
    tl_strip_end(&s);
    tl_html_put(d->h, "</svg>\n");
}

static void stop_mark(struct drawing *d)
{
    char length[TL_TIME_MAX_BYTES];
    int x = x_of(d, d->f->stopped.at_s);
    upright(d, "stop", x, 0);
    tl_html_put(d->h, "<text class=\"stop\" text-anchor=\"end\" x=\"100%\" y=\"13\">stopped</text>");
    tl_html_putf(d->h, "<text class=\"stop\" text-anchor=\"end\" x=\"100%%\" y=\"29\">silence %s%s</text>\n",
                 tl_duration_format(d->f->stopped.silence_s, length), d->axis.cut ? " \342\206\222" : "");
}

static void last_verdict(struct drawing *d, int y)
{
    if (!d->f->stopped.has_last_verdict || d->f->stopped.last_verdict.time_s > d->axis.to_s)
        return;
    tl_html_put(d->h, "<circle class=\"last\" r=\"9\"");
    tl_draw_percent(d->h, "cx", x_of(d, d->f->stopped.last_verdict.time_s));
    tl_html_putf(d->h, " cy=\"%d\"/>\n", y);
}

static void axis(struct drawing *d)
{
    int64_t at_s, step = tl_axis_step(&d->axis, 6, &at_s);
    char iso[TL_TIME_MAX_BYTES], day[11] = "";
    int y = d->height - AXIS_H;
    for (size_t i = 0; at_s <= d->axis.to_s; at_s += step, i++) {
        int x = x_of(d, at_s);
        const char *anchor = x < 40 ? "start" : x > TL_AXIS_UNITS - 40 ? "end" : "middle";
        tl_time_format(at_s, iso);
        upright(d, "grid", x, 0);
        tl_html_putf(d->h, "<text text-anchor=\"%s\" y=\"%d\"", anchor, y + 15);
        tl_draw_percent(d->h, "x", x);
        tl_html_putf(d->h, "%s>%.*s</text>", i % 2 ? " class=\"wide\"" : "", step % 60 ? 8 : 5, iso + 11);
        bool new_day = strncmp(iso, day, 10) != 0;
        memcpy(day, iso, 10);
        if (!new_day)
            continue;
        tl_html_putf(d->h, "<text text-anchor=\"%s\" y=\"%d\"", anchor, y + 31);
        tl_draw_percent(d->h, "x", x);
        tl_html_putf(d->h, "%s>%.10s</text>", i % 2 ? " class=\"wide\"" : "", iso);
    }
    tl_html_put(d->h, "\n");
}

/* ---- the drawing ----------------------------------------------------------------------------- */

static bool has(const struct drawing *d, enum tl_moment_kind kind, bool bad)
{
    for (size_t i = 0; i < d->f->n_moments; i++)
        if (on(d, &d->f->moments[i], kind, bad))
            return true;
    return false;
}

static int height_of(const struct drawing *d)
{
    const struct tl_finding *f = d->f;
    int lanes = has(d, TL_MOMENT_VERDICT, true) + has(d, TL_MOMENT_VERDICT, false) +
                has(d, TL_MOMENT_ATTEMPT, false) + has(d, TL_MOMENT_CHANGE, false) +
                has(d, TL_MOMENT_OTHER_CHANGE, false) + (n_controls(d) > 0);
    int head = f->has_retry ? BAND_H : 0;
    return head + (f->status == TL_STOPPED ? 20 : 0) + lanes * (LANE_LABEL_H + LANE_H + 4) +
           (f->has_retry ? LANE_LABEL_H + 6 + CHART_H + 4 : 0) + AXIS_H;
}

static void description(struct tl_html *h, const struct tl_report *r, const struct tl_finding *f)
{
    tl_explain_when(&h->say, f);
    tl_prose_add(&h->say, ". ");
    tl_explain_status(&h->say, f, &r->coverage);
    tl_html_text(h, tl_buf_str(&h->say.b)); /* inside SVG: no elements */
    tl_prose_clear(&h->say);
}

/* `name` and `number` make its ids. */
static void draw(struct tl_html *h, const struct tl_report *r, const struct tl_finding *f,
                 struct tl_axis axis_of, const char *name, size_t number)
{
    struct drawing d = {.h = h, .f = f, .axis = axis_of};
    d.height = height_of(&d);
    tl_html_putf(h,
                 "<svg class=\"timeline\" role=\"img\" width=\"100%%\" height=\"%d\" "
                 "aria-labelledby=\"%s-%zu-t %s-%zu-d\">\n<title id=\"%s-%zu-t\">Timeline of "
                 "the loop</title>\n<desc id=\"%s-%zu-d\">",
                 d.height, name, number, name, number, name, number, name, number);
    description(h, r, f);
    tl_html_put(h, "</desc>\n");
    if (f->status == TL_STOPPED) {
        silence(&d);
        d.y += 20;
    }
    gaps(&d);
    axis(&d);
    if (f->has_retry)
        bands(&d);
    int y = d.y + LANE_LABEL_H + LANE_H / 2;
    lane(&d, "Verdicts: NON_COMPLIANT", "bad", TL_MOMENT_VERDICT, true);
    lane(&d, "Verdicts: other", "good", TL_MOMENT_VERDICT, false);
    lane(&d, "Attempts (the runbook is started)", "attempt", TL_MOMENT_ATTEMPT, false);
    lane(&d, "Changes by the remediation", "change", TL_MOMENT_CHANGE, false);
    lane(&d, "Changes by others", "other", TL_MOMENT_OTHER_CHANGE, false);
    control_lane(&d);
    if (f->has_retry)
        chart(&d);
    if (f->status == TL_STOPPED) {
        stop_mark(&d);
        last_verdict(&d, y);
    }
    tl_html_put(h, "</svg>\n");
}

void tl_html_timeline(struct tl_html *h, const struct tl_report *r, const struct tl_finding *f, size_t number)
{
    draw(h, r, f, tl_axis_of(f), "timeline", number);
}

void tl_html_close_up(struct tl_html *h, const struct tl_report *r, const struct tl_finding *f, size_t number,
                      uint32_t n_cycles)
{
    struct tl_axis a;
    if (!tl_axis_of_last(f, n_cycles, &a))
        return;
    tl_html_put(h, "<figure>\n");
    draw(h, r, f, a, "close-up", number);
    tl_html_putf(h, "<figcaption>The last %u cycles, close up.</figcaption></figure>\n", (unsigned)n_cycles);
}
