/* The retry window close up: the verdict that saw the most attempts, the S seconds before it, and what stood
 * inside. It shows in one look why N attempts never fit. */
#include "html_draw.h"

#include <stdlib.h>

enum { SLOTS_MAX = 25, LANE_H = 14, HEIGHT = 92, TOP = 24, MARK_W = 8 /* of TL_AXIS_UNITS */ };

void tl_html_slots(struct tl_html *h, int n, int limit)
{
    int boxes = limit < SLOTS_MAX ? limit : SLOTS_MAX;
    tl_html_putf(
        h, "<svg class=\"slots\" aria-hidden=\"true\" width=\"%d\" height=\"12\"><path class=\"%s\" d=\"",
        boxes * 9, n >= limit ? "reached" : "count");
    for (int i = 0; i < boxes && i < n; i++)
        tl_html_putf(h, "M%d 1h7v10h-7z", i * 9 + 1);
    tl_html_put(h, "\"/><path class=\"slot\" d=\"");
    for (int i = 0; i < boxes; i++)
        tl_html_putf(h, "M%d 1h7v10h-7z", i * 9 + 1);
    tl_html_putf(h, "\"/></svg> %d of %d", n, limit);
}

/* The window and as much around it that a cycle's rhythm shows. */
static struct tl_axis around(const struct tl_finding *f, int64_t verdict_s, int64_t window_s)
{
    int64_t before_s = window_s;
    if (before_s < f->period_median_s * 9 / 4)
        before_s = f->period_median_s * 9 / 4;
    before_s += before_s / 16 + 1;
    int64_t after_s = f->period_median_s < before_s ? f->period_median_s : before_s;
    if (after_s < before_s / 8)
        after_s = before_s / 8;
    return (struct tl_axis){.from_s = verdict_s - before_s, .to_s = verdict_s + after_s};
}

static void box(struct tl_html *h, const struct tl_axis *a, int64_t verdict_s, int64_t window_s)
{
    char length[TL_COUNT_MAX_BYTES];
    int from = tl_axis_at(a, verdict_s - window_s), to = tl_axis_at(a, verdict_s);
    tl_html_putf(h, "<rect class=\"window\" y=\"%d\" height=\"%d\"", TOP - 4, HEIGHT - TOP - 20);
    tl_draw_percent(h, "x", from);
    tl_draw_percent(h, "width", to - from > TL_MARK_W ? to - from : TL_MARK_W);
    tl_html_put(h, "/><text text-anchor=\"end\" y=\"13\"");
    tl_draw_percent(h, "x", to > 300 ? to : 300);
    tl_html_putf(h, ">the window: %s s before the verdict</text>\n",
                 tl_count_format((uint64_t)window_s, length));
}

static void lanes(struct tl_html *h, const struct tl_finding *f, const struct tl_axis *a)
{
    int y = TOP;
    tl_draw_stretched(h, 0, HEIGHT);
    tl_draw_marks(h, f, a, "bad", TL_MOMENT_VERDICT, true, MARK_W, y, LANE_H);
    tl_draw_marks(h, f, a, "attempt", TL_MOMENT_ATTEMPT, false, MARK_W, y + LANE_H + 2, LANE_H);
    tl_draw_marks(h, f, a, "change", TL_MOMENT_CHANGE, false, MARK_W, y + 2 * (LANE_H + 2), LANE_H / 2);
    tl_draw_marks(h, f, a, "other", TL_MOMENT_OTHER_CHANGE, false, MARK_W, y + 2 * (LANE_H + 2), LANE_H / 2);
    tl_html_put(h, "</svg>\n");
}

static void clock_at(struct tl_html *h, const struct tl_axis *a, int64_t t_s, const char *anchor)
{
    char iso[TL_TIME_MAX_BYTES];
    tl_html_putf(h, "<text text-anchor=\"%s\" y=\"%d\"", anchor, HEIGHT - 4);
    tl_draw_percent(h, "x", tl_axis_at(a, t_s));
    tl_html_putf(h, ">%.8s</text>", tl_time_format(t_s, iso) + 11);
}

static void figure(struct tl_html *h, const struct tl_finding *f, const struct tl_retry_phase *p,
                   int64_t verdict_s, int n, size_t phase)
{
    struct tl_axis a = around(f, verdict_s, p->window_s);
    tl_html_putf(
        h,
        "<figure class=\"window\"><svg role=\"img\" width=\"100%%\" height=\"%d\" aria-label=\"%d of %d "
        "attempts inside the window\">\n",
        HEIGHT, n, p->attempts);
    box(h, &a, verdict_s, p->window_s);
    lanes(h, f, &a);
    clock_at(h, &a, a.from_s, "start");
    clock_at(h, &a, verdict_s, "middle");
    tl_html_putf(h, "</svg>\n<figcaption><b>%c: %d in %lld s.</b> ", (char)('A' + phase % 26), p->attempts,
                 (long long)p->window_s);
    if (n >= p->attempts)
        tl_html_putf(h, "At this verdict %d stood inside, and %d is enough.", n, p->attempts);
    else if (n > 0)
        tl_html_putf(h, "The fullest window held %d; %d would stop it.", n, p->attempts);
    else
        tl_html_putf(h, "No attempt ever stood inside; %d would stop it.", p->attempts);
    tl_html_put(h, "</figcaption></figure>\n");
}

void tl_html_window(struct tl_html *h, const struct tl_finding *f, size_t phase)
{
    struct tl_attempts a = {0};
    struct tl_retry_phase p = tl_phase_of(f, phase);
    int64_t verdict_s = 0;
    int n = 0;
    if (!h->rc)
        h->rc = tl_attempts_make(f, &a);
    if (!h->rc && tl_fullest_window(f, &a, &p, &verdict_s, &n))
        figure(h, f, &p, verdict_s, n, phase);
    free(a.at_s);
}
