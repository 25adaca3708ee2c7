/* The story of a loop laid out along an axis of time, for formats that draw it. */
#ifndef TRAILLOOP_REPORT_TIMELINE_H
#define TRAILLOOP_REPORT_TIMELINE_H

#include "trailloop/report.h"

/* Positions are in units of a thousandth of the axis: a screen's width, so that what is drawn is bounded by
 * the screen and not by the loop. */
#define TL_AXIS_UNITS 1000
/* So many cycles run into each other on it: there are six units to each, and a mark takes two. */
#define TL_AXIS_DENSE (TL_AXIS_UNITS / 6)

struct tl_axis {
    int64_t from_s, to_s; /* to_s > from_s */
    bool cut;             /* the silence after the stop goes on beyond it */
};

/* From the first verdict to the end of the story: where it stopped and some of the silence after, or the end
 * of the log. */
struct tl_axis tl_axis_of(const struct tl_finding *f);
/* From the start of the last `n` cycles; false where the whole axis shows each cycle as well. */
bool tl_axis_of_last(const struct tl_finding *f, uint32_t n, struct tl_axis *out);
int tl_axis_at(const struct tl_axis *a, int64_t t_s); /* 0 to TL_AXIS_UNITS; clamped */
/* A step of time that makes at most `most` ticks, and the first multiple of it. */
int64_t tl_axis_step(const struct tl_axis *a, int most, int64_t *first_s);

/* The times of the attempts, for counting. */
struct tl_attempts {
    int64_t *at_s; /* owned; in order */
    size_t n;
};
int tl_attempts_make(const struct tl_finding *f, struct tl_attempts *out); /* 0 or TL_ENOMEM */
/* Those that AWS Config counts at a verdict: started in (t - S, t). */
int tl_attempts_before(const struct tl_attempts *a, int64_t t_s, int64_t window_s);

/* Settings in force, one phase at least: where the log has none, the default over the whole loop. */
struct tl_retry_phase tl_phase_of(const struct tl_finding *f, size_t phase);
/* The verdict in the phase that saw the most attempts in its window, and how many. False when there is none.
 */
bool tl_fullest_window(const struct tl_finding *f, const struct tl_attempts *a,
                       const struct tl_retry_phase *phase, int64_t *verdict_s, int *n);

#endif
