/* What proves a loop: the steps of its first and its last cycles, each an event that can be looked up. What
 * failed while a cycle was under way, and before the next one, stands among them in time order; it completes
 * nothing. */
#include "internal.h"

#define EVIDENCE_CYCLES 3 /* at either end */

static int step_make(const struct subject *s, uint32_t step, enum tl_link link, struct tl_evidence *e)
{
    const struct tl_history *h = s->f->h;
    const struct tl_step *from = &h->steps[step];
    struct tl_evidence_step *to = &e->steps[e->n_steps++];
    *to = (struct tl_evidence_step){.event = {.time_s = from->time_s, .id = from->event},
                                    .link = link,
                                    .failed = (from->flags & TL_STEP_FAILED) != 0};
    if (from->kind != TL_STEP_CHANGE) {
        to->api = from->kind == TL_STEP_VERDICT ? TL_STR("config:PutEvaluations")
                                                : TL_STR("ssm:StartAutomationExecution");
        return 0;
    }
    return subject_api(s, from->subject, &to->api);
}

/* The first failed call at t_s or later, as an index. */
static size_t failed_at(const struct subject *s, int64_t t_s)
{
    size_t lo = 0, hi = s->n_failed;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (subject_step(s, s->failed[mid].step)->time_s < t_s)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* In a second that both share, what succeeded comes first. */
static int cycle_make(const struct subject *s, size_t cycle, struct tl_evidence *e)
{
    const struct tl_cycle *c = subject_cycle(s, cycle);
    const struct tl_cycle_step *steps = s->f->loops->steps + c->first_step;
    size_t failed = failed_at(s, c->first_s), failed_end = s->n_failed;
    if (cycle + 1 < s->loop->n_cycles)
        failed_end = failed_at(s, subject_cycle(s, cycle + 1)->first_s);
    e->cycle = (uint32_t)cycle + 1;
    e->steps = tl_arena_calloc(s->arena, c->n_steps + (failed_end - failed), sizeof *e->steps);
    int r = e->steps ? 0 : TL_ENOMEM;
    for (uint32_t k = 0; r == 0 && k < c->n_steps; k++) {
        int64_t t_s = subject_step(s, steps[k].step)->time_s;
        for (;
             r == 0 && k > 0 && failed < failed_end && subject_step(s, s->failed[failed].step)->time_s < t_s;
             failed++)
            r = step_make(s, s->failed[failed].step, s->failed[failed].link, e);
        if (r == 0)
            r = step_make(s, steps[k].step, (enum tl_link)steps[k].link, e);
    }
    for (; r == 0 && failed < failed_end; failed++)
        r = step_make(s, s->failed[failed].step, s->failed[failed].link, e);
    return r;
}

int evidence_make(const struct subject *s, bool all, struct tl_finding *f)
{
    size_t n = f->n_cycles;
    int r = 0;
    f->evidence = tl_arena_calloc(s->arena, all || n < 2 * EVIDENCE_CYCLES ? n : 2 * EVIDENCE_CYCLES,
                                  sizeof *f->evidence);
    if (!f->evidence)
        return TL_ENOMEM;
    for (size_t i = 0; i < n && r == 0; i++)
        if (all || i < EVIDENCE_CYCLES || i + EVIDENCE_CYCLES >= n)
            r = cycle_make(s, i, &f->evidence[f->n_evidence++]);
    return r;
}
