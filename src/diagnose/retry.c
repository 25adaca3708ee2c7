/* The retry arithmetic: what "until N attempts, within S seconds" did, and which pair would have stopped the
 * loop.
 *
 * AWS Config puts a remediation exception only if N attempts fit inside S seconds, and looks only when there
 * is a verdict. So the observed verdicts and attempts are replayed: at every NON_COMPLIANT verdict at t, the
 * attempts of earlier cycles in (t - S, t] are counted; N or more stop it. A loop of period p makes about S /
 * p attempts in S seconds, however many S allows. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* The first answer at t_s or later. Answers are in the order of their attempts. */
static size_t answer_at(const struct subject *s, int64_t t_s)
{
    size_t lo = 0, hi = s->n_answers;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (subject_step(s, s->answers[mid].attempt)->time_s < t_s)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

int retry_attempts_before(const struct subject *s, int64_t t_s, int64_t window_s)
{
    return (int)(answer_at(s, t_s) - answer_at(s, t_s - window_s + 1));
}

const struct tl_control_step *retry_settings_at(const struct subject *s, int64_t t_s)
{
    const struct tl_control_step *found = NULL;
    for (size_t i = 0; i < s->n_controls && s->controls[i]->time_s <= t_s; i++)
        if (s->controls[i]->action == TL_PUT_REMEDIATION_CONFIGURATION)
            found = s->controls[i];
    return found;
}

static struct tl_event_ref event_of(const struct tl_step *s)
{
    return (struct tl_event_ref){.time_s = s->time_s, .id = s->event};
}

void retry_replay(const struct subject *s, struct tl_retry_phase *p)
{
    size_t first = answer_at(s, p->from_s);
    p->n_attempts = (int)(answer_at(s, p->to_s) - first);
    for (size_t i = 0; i < s->n_verdicts; i++) {
        const struct tl_step *v = subject_step(s, s->verdicts[i]);
        if (v->compliance != TL_NON_COMPLIANT || v->time_s < p->from_s || v->time_s >= p->to_s)
            continue;
        int n = retry_attempts_before(s, v->time_s, p->window_s);
        if (n > p->most_attempts_in_window) {
            p->most_attempts_in_window = n;
            p->most_at = event_of(v);
        }
        if (n >= p->attempts && !p->trips) {
            p->trips = true;
            p->trips_at = event_of(v);
            p->trips_after = (int)(answer_at(s, v->time_s) - first);
            if (p->trips_after == 0) /* what was in the window had started under the settings before */
                p->trips_after = p->attempts;
        }
    }
}

static struct tl_retry_phase phase_of(const struct tl_control_step *c, int64_t from_s)
{
    return (struct tl_retry_phase){.attempts = c ? c->attempts : TL_ATTEMPTS_DEFAULT,
                                   .window_s = c ? c->window_s : TL_WINDOW_DEFAULT_S,
                                   .known = c != NULL,
                                   .from_s = from_s};
}

/* The pairs that were in force, in order; a configuration that repeats the one before is no new phase. The
 * phase of unknown settings is left out where no attempt fell into it. */
static int phases_make(const struct subject *s, struct tl_finding *f)
{
    struct tl_retry *r = &f->retry;
    r->phases = tl_arena_calloc(s->arena, s->n_controls + 1, sizeof *r->phases);
    if (!r->phases)
        return TL_ENOMEM;
    r->phases[r->n_phases++] = phase_of(retry_settings_at(s, s->from_s), s->from_s);
    for (size_t i = 0; i < s->n_controls; i++) {
        const struct tl_control_step *c = s->controls[i];
        struct tl_retry_phase *last = &r->phases[r->n_phases - 1];
        if (c->action != TL_PUT_REMEDIATION_CONFIGURATION || c->time_s <= s->from_s ||
            c->time_s > f->last_s ||
            (last->known && last->attempts == c->attempts && last->window_s == c->window_s))
            continue;
        last->to_s = c->time_s;
        if (!last->known && answer_at(s, c->time_s) == 0)
            r->n_phases--;
        r->phases[r->n_phases++] = phase_of(c, c->time_s);
    }
    r->phases[r->n_phases - 1].to_s = f->last_s + 1;
    return 0;
}

/* How long `n` passes took at the slowest: from a verdict to the n-th after it, without a break. 0: never so
 * many. */
static int64_t slowest_passes(const struct subject *s, size_t n)
{
    int64_t slowest = 0;
    size_t run = 0;
    for (size_t i = 1; i < s->loop->n_cycles; i++) {
        run = is_period(s, i) ? run + 1 : 0;
        if (run >= n) {
            int64_t d = subject_cycle(s, i)->first_s - subject_cycle(s, i - n)->first_s;
            slowest = d > slowest ? d : slowest;
        }
    }
    return slowest;
}

/* The smallest window that would have stopped it for n attempts, with a quarter to spare, up to a full
 * minute. */
static bool stopping_window(const struct subject *s, int n, struct tl_retry_pair *out)
{
    int64_t t_s = slowest_passes(s, (size_t)n);
    bool extrapolated = t_s == 0;
    if (extrapolated)
        t_s = slowest_passes(s, 1) * n;
    int64_t window_s = (t_s + t_s / 4 + (t_s % 4 != 0) + 59) / 60 * 60;
    *out = (struct tl_retry_pair){n, window_s < 60 ? 60 : window_s, extrapolated};
    return n >= 1 && n <= TL_ATTEMPTS_MAX && out->window_s <= TL_WINDOW_MAX_S;
}

static void would_stop_make(const struct subject *s, struct tl_retry *r)
{
    int ns[3] = {1, r->attempts, TL_ATTEMPTS_DEFAULT};
    if (ns[1] > ns[2]) {
        ns[1] = ns[2];
        ns[2] = r->attempts;
    }
    for (int i = 0; i < 3; i++)
        if ((i == 0 || ns[i] != ns[i - 1]) && stopping_window(s, ns[i], &r->would_stop[r->n_would_stop]))
            r->n_would_stop++;
}

int retry_diagnose(const struct subject *s, struct tl_finding *f)
{
    if (s->n_answers == 0)
        return 0;
    struct tl_retry *r = &f->retry;
    f->has_retry = true;
    int e = phases_make(s, f);
    if (e)
        return e;
    for (size_t i = 0; i < r->n_phases; i++)
        retry_replay(s, &r->phases[i]);
    const struct tl_retry_phase *last = &r->phases[r->n_phases - 1];
    const struct tl_control_step *c = retry_settings_at(s, f->last_s);
    r->settings_known = last->known;
    r->attempts = last->attempts;
    r->window_s = last->window_s;
    if (c)
        r->settings_event = (struct tl_event_ref){.time_s = c->time_s, .id = c->event};
    r->trips = last->trips;
    r->trips_after = last->trips_after;
    r->most_attempts_in_window = last->most_attempts_in_window;
    would_stop_make(s, r);
    return 0;
}
