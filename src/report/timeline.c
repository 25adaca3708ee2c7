/* Axis and windows: the arithmetic of what is drawn, apart from the drawing. All of it in whole numbers, so
 * that the same loop gives the same picture everywhere. */
#include "timeline.h"

#include <stdlib.h>

static struct tl_axis axis_from(const struct tl_finding *f, int64_t from_s)
{
    struct tl_axis a = {.from_s = from_s, .to_s = f->last_s};
    if (f->n_cycles && f->cycle_ends_s)
        a.to_s = f->cycle_ends_s[f->n_cycles - 1];
    if (f->status == TL_STOPPED) {
        if (f->stopped.at_s > a.to_s)
            a.to_s = f->stopped.at_s;
        /* The silence is shown up to half of the loop's own length: enough to see, not to squeeze the loop.
         */
        int64_t room_s = (a.to_s - a.from_s) / 2 + 1;
        a.cut = f->stopped.silence_s > room_s;
        a.to_s += a.cut ? room_s : f->stopped.silence_s;
    } else if (f->last_s > a.to_s) {
        a.to_s = f->last_s;
    }
    if (a.to_s <= a.from_s)
        a.to_s = a.from_s + 1;
    return a;
}

struct tl_axis tl_axis_of(const struct tl_finding *f)
{
    return axis_from(f, f->first_s);
}

bool tl_axis_of_last(const struct tl_finding *f, uint32_t n, struct tl_axis *out)
{
    if (!f->cycle_starts_s || f->n_cycles <= n || f->n_cycles < TL_AXIS_DENSE)
        return false;
    *out = axis_from(f, f->cycle_starts_s[f->n_cycles - n]);
    return true;
}

int tl_axis_at(const struct tl_axis *a, int64_t t_s)
{
    if (t_s <= a->from_s)
        return 0;
    if (t_s >= a->to_s)
        return TL_AXIS_UNITS;
    return (int)((t_s - a->from_s) * TL_AXIS_UNITS / (a->to_s - a->from_s));
}

int64_t tl_axis_step(const struct tl_axis *a, int most, int64_t *first_s)
{
    static const int64_t steps[] = {1,     2,     5,      10,     15,      30,      60,      120,
                                    300,   600,   900,    1800,   3600,    7200,    10800,   21600,
                                    43200, 86400, 172800, 604800, 1209600, 2592000, 7776000, 31536000};
    size_t i = 0;
    while (i + 1 < sizeof steps / sizeof *steps && (a->to_s - a->from_s) / steps[i] >= most)
        i++;
    int64_t step = steps[i];
    while ((a->to_s - a->from_s) / step >= most) /* centuries: a log that lies */
        step *= 2;
    int64_t rest = ((a->from_s % step) + step) % step;
    *first_s = a->from_s + (rest ? step - rest : 0);
    return step;
}

int tl_attempts_make(const struct tl_finding *f, struct tl_attempts *out)
{
    *out = (struct tl_attempts){.at_s = malloc((f->n_moments + 1) * sizeof *out->at_s)};
    if (!out->at_s)
        return TL_ENOMEM;
    for (size_t i = 0; i < f->n_moments; i++)
        if (f->moments[i].kind == TL_MOMENT_ATTEMPT)
            out->at_s[out->n++] = f->moments[i].time_s;
    return 0;
}

static size_t first_at(const struct tl_attempts *a, int64_t t_s)
{
    size_t lo = 0, hi = a->n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (a->at_s[mid] < t_s)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

int tl_attempts_before(const struct tl_attempts *a, int64_t t_s, int64_t window_s)
{
    return (int)(first_at(a, t_s) - first_at(a, t_s - window_s + 1));
}

struct tl_retry_phase tl_phase_of(const struct tl_finding *f, size_t phase)
{
    const struct tl_retry *r = &f->retry;
    if (phase < r->n_phases)
        return r->phases[phase];
    return (struct tl_retry_phase){.attempts = r->attempts,
                                   .window_s = r->window_s,
                                   .known = r->settings_known,
                                   .trips = r->trips,
                                   .from_s = f->first_s,
                                   .to_s = f->last_s,
                                   .n_attempts = (int)f->n_cycles,
                                   .most_attempts_in_window = r->most_attempts_in_window};
}

bool tl_fullest_window(const struct tl_finding *f, const struct tl_attempts *a,
                       const struct tl_retry_phase *phase, int64_t *verdict_s, int *n)
{
    *n = -1;
    for (size_t i = 0; i < f->n_moments; i++) {
        const struct tl_moment *m = &f->moments[i];
        if (m->kind != TL_MOMENT_VERDICT || m->compliance != TL_NON_COMPLIANT || m->time_s < phase->from_s ||
            m->time_s >= phase->to_s)
            continue;
        int here = tl_attempts_before(a, m->time_s, phase->window_s);
        if (here >= *n) { /* the latest of equals: what came before it is on the picture too */
            *n = here;
            *verdict_s = m->time_s;
        }
    }
    return *n >= 0;
}
