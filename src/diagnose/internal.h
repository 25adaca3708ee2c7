/* What the parts of diagnose share: one loop and the part of the history that is its own. */
#ifndef TRAILLOOP_DIAGNOSE_INTERNAL_H
#define TRAILLOOP_DIAGNOSE_INTERNAL_H

#include "trailloop/diagnose.h"

struct field { /* what all loops share */
    const struct tl_history *h;
    const struct tl_chain *chains;
    const struct tl_loops *loops;
    struct tl_lists by_resource;             /* verdicts and changes, failed ones too */
    struct tl_lists failed;                  /* failed attempts, per scope */
    int64_t *span_end_s;                     /* per loop */
    const struct tl_control_step **controls; /* by scope, rule, time */
};

struct subject { /* one loop */
    const struct field *f;
    const struct tl_loop *loop;
    int64_t from_s, to_s; /* first verdict; the next loop of the same resource and rule begins after it */
    uint32_t *verdicts;   /* steps: every verdict under this rule in the span, whatever its outcome */
    size_t n_verdicts;
    const struct tl_answer *answers; /* those in the span */
    size_t n_answers;
    const struct tl_control_step *const *controls; /* of the loop's rule, by time */
    size_t n_controls;
    int64_t coverage_end_s;
    struct tl_arena *arena;
};

static inline const struct tl_chain *subject_chain(const struct subject *s)
{
    return &s->f->chains[s->loop->chain];
}

static inline const struct tl_cycle *subject_cycle(const struct subject *s, size_t i)
{
    return &s->f->loops->cycles[s->loop->first_cycle + i];
}

static inline const struct tl_step *subject_step(const struct subject *s, uint32_t step)
{
    return &s->f->h->steps[step];
}

/* Whether the time from cycle i - 1 to cycle i is one period: not the gap before a tail, no lost cycle in it.
 */
static inline bool is_period(const struct subject *s, size_t i)
{
    return i > 0 && !subject_cycle(s, i)->episode_start && !subject_cycle(s, i)->after_partial;
}

/* The first of a scope's failed attempts at t_s or later, as an index into its list. */
static inline uint32_t failed_at(const struct subject *s, int64_t t_s)
{
    const struct tl_lists *l = &s->f->failed;
    uint32_t lo = l->start[s->loop->scope], hi = l->start[s->loop->scope + 1];
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (subject_step(s, l->at[mid])->time_s < t_s)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* retry.c: the settings that hold from one PutRemediationConfigurations to the next. NULL: none is in the log
 * by then. */
const struct tl_control_step *retry_settings_at(const struct subject *s, int64_t t_s);
/* How many attempts started in (t_s - window_s, t_s): an attempt in the verdict's own second is its answer.
 */
int retry_attempts_before(const struct subject *s, int64_t t_s, int64_t window_s);
int retry_diagnose(const struct subject *s, struct tl_finding *f);
/* Replays what was observed from p->from_s to before p->to_s under p's pair, and fills what came of it. */
void retry_replay(const struct subject *s, struct tl_retry_phase *p);

/* status.c */
void status_diagnose(const struct subject *s, struct tl_finding *f);

/* parties.c: parties, kind, failed attempts and changes. */
int parties_diagnose(const struct subject *s, struct tl_finding *f);

#endif
