/* What the parts of diagnose share: one loop and the part of the history that is its own. */
#ifndef TRAILLOOP_DIAGNOSE_INTERNAL_H
#define TRAILLOOP_DIAGNOSE_INTERNAL_H

#include "trailloop/diagnose.h"

struct quiet_run { /* in which nothing was heard of a scope but, here and there, steps of remediation */
    int64_t from_s, to_s, silent_s; /* silent_s: without the minutes of these */
};

struct silences { /* of a scope, in history.silences; its runs in the field's `quiet` */
    size_t first, end, first_run, end_run;
    int64_t rare_s;      /* from that length on they are rare enough to be gaps */
    int64_t rare_beat_s; /* the same, inside an episode */
};

struct field { /* what all loops share */
    const struct tl_history *h;
    const struct tl_chain *chains;
    const struct tl_loops *loops;
    struct tl_lists by_resource;    /* verdicts and changes, failed ones too */
    struct tl_lists loose;          /* failed changes that name none, per resource they belong to */
    struct tl_lists idle_of, stray; /* of loops->idle: per resource; per scope those that answer nothing */
    struct tl_lists loops_of;       /* loops, per resource */
    uint32_t *remedy;               /* per step: of a change that a remediation made: its document; else 0 */
    int64_t *span_end_s;            /* per loop */
    struct silences *silences;      /* per scope */
    struct quiet_run *quiet;        /* per scope, by time */
    size_t n_quiet;
    const struct tl_control_step **controls; /* by scope, rule, time */
};

struct failed_call { /* an attempt or a change, no part of any cycle */
    uint32_t step;
    enum tl_link link;
};

struct subject { /* one loop */
    const struct field *f;
    const struct tl_loop *loop;
    uint32_t document;    /* a text: what most attempts ran; 0 for none */
    int64_t from_s, to_s; /* first verdict; the next loop of the same resource and rule begins after it */
    bool is_followed;     /* by that next loop: it has ended, whatever the clock says */
    uint32_t *verdicts;   /* steps: every verdict under this rule in the span, whatever its outcome */
    size_t n_verdicts;
    const struct tl_answer *answers; /* those in the span */
    size_t n_answers;
    uint32_t n_stray; /* attempts that nothing ties to it but that they ran its document while it was
                         COMPLIANT; once failures are diagnosed */
    const struct tl_control_step *const *controls; /* of the loop's rule, by time */
    size_t n_controls;
    int64_t coverage_end_s;
    struct failed_call *failed; /* by time; once failures are diagnosed */
    size_t n_failed, cap_failed;
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

/* `service:Action` of a change. 0 or TL_ENOMEM. */
static inline int subject_api(const struct subject *s, uint32_t api, tl_str *out)
{
    const struct tl_api *a = &s->f->h->apis[api];
    *out = tl_arena_join(s->arena, a->service, ':', a->action);
    return out->p ? 0 : TL_ENOMEM;
}

/* Whether the time from cycle i - 1 to cycle i is one period: not the gap before a tail, no lost cycle in it.
 */
static inline bool is_period(const struct subject *s, size_t i)
{
    return i > 0 && !subject_cycle(s, i)->episode_start && !subject_cycle(s, i)->after_partial;
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

/* gaps.c: fills silences. 0 or TL_ENOMEM. */
int gaps_make(struct field *f);
/* gaps.c: where the log may have missed cycles; after the status is known. 0 or TL_ENOMEM. */
int gaps_diagnose(const struct subject *s, struct tl_finding *f);

/* status.c */
void status_diagnose(const struct subject *s, struct tl_finding *f);

/* proof.c: the same thing put and taken away again and again. 0 or TL_ENOMEM. */
int proof_diagnose(const struct subject *s, struct tl_finding *f);

/* failures.c: fills idle_of, stray and loops_of. 0 or TL_ENOMEM. */
int failures_lists_make(struct field *f);
/* failures.c: the first failed attempt of the loop's resource and rule in [from_s, to_s]; the first failed
 * change at after_s or later, where no successful one of the resource follows. NULL: none. */
const struct tl_step *failures_first_attempt(const struct subject *s, int64_t from_s, int64_t to_s);
const struct tl_step *failures_last_change(const struct subject *s, int64_t after_s);
/* failures.c: failed attempts and changes, into s->failed; attempts that fired where none was due. 0 or
 * TL_ENOMEM. */
int failures_diagnose(struct subject *s, struct tl_finding *f);
/* evidence.c: the steps of the first and the last cycles, or of all, and what failed meanwhile. 0 or
 * TL_ENOMEM. */
int evidence_make(const struct subject *s, bool all, struct tl_finding *f);
/* failures.c: attempts without effect, outside of loops. 0 or TL_ENOMEM. */
int without_effect_make(const struct field *f, struct tl_findings *out);

/* drift.c: takes the findings that are drift out of the loops: one entry for each resource. `out` holds the
 * ordinary ones, then n_wide wide ones. 0 or TL_ENOMEM. */
int drift_part(struct tl_findings *out, size_t n_wide);

/* parties.c: parties and kind. */
int parties_diagnose(const struct subject *s, struct tl_finding *f);

/* moments.c: what happened when; after the parties are known. */
int moments_diagnose(const struct subject *s, struct tl_finding *f);

#endif
