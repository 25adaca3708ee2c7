/* One stream's steps to complete cycles: skip till next match, each step used once, each second an unordered
 * multiset.
 *
 * A cycle is opened by an attempt and the verdict it answers (by a verdict alone in a chain without
 * attempts). Runs under way are kept one per position; a newer run that reaches a position replaces the older
 * one there.
 *
 * A new opener while a run is under way can be read in two ways: it ends that run (which lost a step), or the
 * run goes on (the end of one cycle and the start of the next share a second). Reading each the second way
 * gives the most cycles but lets one lost record shift all that follow; so the whole stream is read both
 * ways, and the reading with more cycles stands, the first where they are equal. Where no opener came while a
 * run was under way, the first reading is the only one. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

enum reading { OPENER_FIRST, OPENER_LAST };

struct run {
    uint32_t steps[TL_CHAIN_MAX_STEPS];
    uint32_t newer; /* a later step that could stand in the place of the last one; TL_NONE */
    bool live;
};

struct matcher {
    struct pass *p;
    const struct tl_step *steps;
    size_t lead, n;        /* the position of the first change; steps of the chain */
    bool without_attempts; /* verdicts open cycles, the chain's attempt is left out */
    bool by_change;        /* changes open cycles: the chain has nothing else */
    enum reading reading;
    uint32_t stream;
    struct run at[TL_CHAIN_MAX_STEPS]; /* at[k]: waits for its step k */
    const uint32_t *changes;           /* of the resource */
    uint8_t *taken;                    /* per change of the second under way */
    size_t cap_taken;
    bool two_ways; /* an opener came while a run was under way */
    bool closed;   /* the last complete cycle: what follows belongs to another pass */
    int64_t end_s; /* of the last complete cycle, but for what it absorbed */
    struct stream_cycles *out;
};

static enum tl_link step_link(const struct matcher *m, const struct run *run, size_t k)
{
    if (k == 0 || !m->p->has_attempt || m->without_attempts)
        return TL_LINK_NONE;
    uint32_t attempt = run->steps[m->lead - 1];
    const struct tl_step *s = &m->steps[run->steps[k]], *first = &m->steps[run->steps[m->lead]];
    uint32_t execution = m->steps[attempt].execution;
    if (execution && (k < m->lead ? first : s)->execution == execution)
        return TL_LINK_SESSION;
    enum tl_link link = m->p->link[attempt];
    return k <= m->lead || s->caller == first->caller ? link : TL_LINK_SEQUENCE;
}

int cycles_add_step(struct stream_cycles *out, uint32_t step, size_t position, enum tl_link link)
{
    int r = tl_grow(&out->steps, &out->cap_steps, out->n_steps + 1, sizeof *out->steps);
    if (r)
        return r;
    out->steps[out->n_steps++] = (struct tl_cycle_step){step, (uint8_t)position, (uint8_t)link};
    out->items[out->n - 1].n_steps++;
    return 0;
}

int cycles_add(struct stream_cycles *out, int64_t first_s, int64_t last_s)
{
    int r = tl_grow(&out->items, &out->cap, out->n + 1, sizeof *out->items);
    if (r)
        return r;
    out->items[out->n++] =
        (struct tl_cycle){.first_step = (uint32_t)out->n_steps, .first_s = first_s, .last_s = last_s};
    return 0;
}

static int complete(struct matcher *m, const struct run *run)
{
    struct stream_cycles *out = m->out;
    int r = cycles_add(out, m->steps[run->steps[0]].time_s, m->steps[run->steps[m->n - 1]].time_s);
    for (size_t k = 0; r == 0 && k < m->n; k++)
        r = cycles_add_step(out, run->steps[k], k, step_link(m, run, k));
    if (r)
        return r;
    m->end_s = out->items[out->n - 1].last_s;
    m->closed = false;
    for (size_t k = m->lead; k < m->n; k++) /* passes do not overlap */
        m->at[k].live &= m->steps[m->at[k].steps[0]].time_s >= m->end_s;
    return 0;
}

static bool matches(const struct matcher *m, size_t k, uint32_t change)
{
    if (m->without_attempts && m->p->ignored[change])
        return false;
    return change_mask(m->p, &m->steps[change]) >> k & 1;
}

static bool fits(const struct matcher *m, const struct run *run, size_t k, uint32_t change)
{
    const struct tl_step *s = &m->steps[change];
    int64_t most_s = m->p->limits.max_step_s *
                     (m->without_attempts && m->lead == 2 && k == 2 ? 2 : 1); /* two steps in one */
    uint32_t last = run->steps[k - 1];
    if (run->newer != TL_NONE && s->time_s - m->steps[last].time_s > most_s)
        last = run->newer;
    if (!matches(m, k, change) || s->time_s - m->steps[last].time_s > most_s)
        return false;
    /* An attempt that is known to have made changes in its own session waits for those. */
    uint32_t attempt = run->steps[m->lead - 1];
    return k != m->lead || !m->p->has_attempt || m->without_attempts ||
           m->p->link[attempt] != TL_LINK_SESSION || s->execution == m->steps[attempt].execution;
}

/* Gives some change of the second, changes [from, to), to the run that is furthest on. 1 if it did, 0 if none
 * fits. `next` is where to look on, per position. */
static int advance(struct matcher *m, uint32_t from, uint32_t to, uint32_t *next)
{
    for (size_t k = m->n; k-- > m->lead;) {
        if (!m->at[k].live)
            continue;
        for (; next[k] < to; next[k]++) {
            uint32_t i = next[k];
            if (m->taken[i - from] || !fits(m, &m->at[k], k, m->changes[i]))
                continue;
            m->taken[i - from] = 1;
            struct run run = m->at[k];
            m->at[k].live = false;
            if (run.newer != TL_NONE &&
                m->steps[m->changes[i]].time_s - m->steps[run.steps[k - 1]].time_s > m->p->limits.max_step_s)
                run.steps[k - 1] = run.newer;
            run.newer = TL_NONE;
            run.steps[k] = m->changes[i];
            if (k + 1 == m->n) {
                int r = complete(m, &run);
                return r ? r : 1;
            }
            m->at[k + 1] = run;
            return 1;
        }
    }
    return 0;
}

/* Whether `opener` began a cycle: then it is no step of another. */
static bool open_run(struct matcher *m, uint32_t opener)
{
    struct run *run = &m->at[m->lead];
    uint32_t first = m->p->has_attempt && !m->without_attempts ? m->p->answers[opener] : opener;
    for (size_t k = m->lead; k < m->n; k++)
        m->two_ways |= m->at[k].live;
    if (m->steps[first].time_s < m->end_s)
        return false;
    if (m->without_attempts && !m->by_change && run->live &&
        m->steps[first].time_s - m->steps[run->steps[0]].time_s <= TL_REPEAT_S)
        return false; /* the same verdict once more */
    if (m->reading == OPENER_FIRST)
        for (size_t k = m->lead; k < m->n; k++)
            m->at[k].live = false;
    run->live = true;
    run->newer = TL_NONE;
    run->steps[0] = first;
    if (m->lead == 2)
        run->steps[1] = opener; /* without attempts: the verdict again */
    return true;
}

/* Opens with one of the second's openers; `*at` is how far the walk has come among its changes. 0 or
 * TL_ENOMEM. */
static int open_with(struct matcher *m, uint32_t opener, uint32_t from, uint32_t *at)
{
    if (m->lead == m->n) { /* what opens it is the whole chain */
        struct run *run = &m->at[m->lead - 1];
        run->steps[0] = m->p->has_attempt ? m->p->answers[opener] : opener;
        run->steps[m->lead - 1] = opener;
        return m->steps[run->steps[0]].time_s < m->end_s ? 0 : complete(m, run);
    }
    if (!m->by_change) {
        open_run(m, opener);
        return 0;
    }
    while (m->changes[*at] != opener)
        (*at)++;
    if (!m->taken[*at - from])
        m->taken[*at - from] = open_run(m, opener);
    return 0;
}

/* Whether the list has a step in (after_s, to_s]; of attempts, one that answers no verdict. */
static bool any_between(const struct matcher *m, const struct tl_lists *l, uint32_t owner, int64_t after_s,
                        int64_t to_s)
{
    for (uint32_t i = tl_lists_at(l, m->p->w->h, owner, after_s + 1);
         i < l->start[owner + 1] && m->steps[l->at[i]].time_s <= to_s; i++)
        if (l == &m->p->w->verdicts || m->p->answers[l->at[i]] == TL_NONE)
            return true;
    return false;
}

/* Whether a change that follows cycle `c`, whose last step was `own`, is not more of the same but the rest of
 * a pass whose verdict or attempt was lost: another execution's; or the call that its passes begin with,
 * after a verdict, or after an attempt that answers none. */
static bool is_next_pass(const struct matcher *m, const struct tl_cycle *c, const struct tl_step *own,
                         const struct tl_step *s)
{
    const struct pass *p = m->p;
    if (m->without_attempts || !p->has_verdict || (s->execution && s->execution == own->execution))
        return false;
    if (s->execution && own->execution)
        return true;
    return s->subject == m->steps[m->out->steps[c->first_step + m->lead].step].subject &&
           (any_between(m, &p->w->verdicts, m->stream, c->last_s, s->time_s) ||
            any_between(m, &p->attempts, m->stream, c->last_s, s->time_s) ||
            any_between(m, &p->untied, p->streams[m->stream].scope, c->last_s, s->time_s));
}

/* A step that may be repeated takes what the same caller, or the same session, goes on to do before the next
 * opener. */
static int absorb(struct matcher *m, uint32_t from, uint32_t to)
{
    struct stream_cycles *out = m->out;
    if (!m->p->chain->steps[m->n - 1].repeated || out->n == 0 || m->at[m->lead].live || m->closed)
        return 0;
    struct tl_cycle *c = &out->items[out->n - 1];
    const struct tl_cycle_step *last = &out->steps[c->first_step + m->n - 1];
    for (uint32_t i = from; i < to; i++) {
        const struct tl_step *s = &m->steps[m->changes[i]], *own = &m->steps[last->step];
        if (m->taken[i - from] || !(change_mask(m->p, s) >> (m->n - 1) & 1) ||
            s->time_s - c->last_s > m->p->limits.max_step_s ||
            !(s->caller == own->caller || (s->execution && s->execution == own->execution)))
            continue;
        if ((m->closed = is_next_pass(m, c, own, s)))
            return 0;
        int r = cycles_add_step(out, m->changes[i], m->n - 1, last->link);
        if (r)
            return r;
        last = &out->steps[c->first_step + m->n - 1];
        c->last_s = s->time_s;
        m->taken[i - from] = 1;
    }
    return 0;
}

/* A step that comes once more and that no run wants may stand in the place of the first one, should that turn
 * out to be too long ago. */
static void renew(struct matcher *m, uint32_t from, uint32_t to)
{
    for (size_t k = m->lead; k + 1 < m->n; k++) {
        if (!m->at[k + 1].live)
            continue;
        struct run run = m->at[k + 1];
        run.newer = TL_NONE;
        for (uint32_t i = from; i < to; i++)
            if (!m->taken[i - from] && fits(m, &run, k, m->changes[i]))
                m->at[k + 1].newer = m->changes[i];
    }
}

static int second(struct matcher *m, const uint32_t *openers, uint32_t n_openers, uint32_t from, uint32_t to)
{
    uint32_t next[TL_CHAIN_MAX_STEPS],
        done[TL_CHAIN_MAX_STEPS]; /* changes before done[k] are none of position k's */
    uint32_t at = from;
    int r = tl_grow(&m->taken, &m->cap_taken, to - from, 1);
    if (r)
        return r;
    if (to > from)
        memset(m->taken, 0, to - from);
    for (size_t k = 0; k < m->n; k++)
        done[k] = from;
    for (uint32_t i = 0; i <= n_openers; i++) {
        if (i < n_openers && m->reading == OPENER_FIRST) {
            if ((r = open_with(m, openers[i], from, &at)))
                return r;
            continue;
        }
        for (size_t k = 0; k < m->n; k++) {
            while (done[k] < to && (m->taken[done[k] - from] || !matches(m, k, m->changes[done[k]])))
                done[k]++;
            next[k] = done[k];
        }
        while ((r = advance(m, from, to, next)) > 0)
            ;
        if (r == 0 && i < n_openers)
            r = open_with(m, openers[i], from, &at);
        if (r < 0)
            return r;
    }
    renew(m, from, to);
    return absorb(m, from, to);
}

static int read_stream(struct matcher *m, const uint32_t *openers, uint32_t n_openers, uint32_t n_changes)
{
    m->out->n = m->out->n_steps = 0;
    m->end_s = INT64_MIN;
    for (size_t k = 0; k < m->n; k++)
        m->at[k] = (struct run){.live = false};
    for (uint32_t i = 0, k = 0; i < n_openers || k < n_changes;) {
        int64_t a = i < n_openers ? m->steps[openers[i]].time_s : INT64_MAX;
        int64_t b = k < n_changes ? m->steps[m->changes[k]].time_s : INT64_MAX, now = a < b ? a : b;
        uint32_t i0 = i, k0 = k;
        while (i < n_openers && m->steps[openers[i]].time_s == now)
            i++;
        while (k < n_changes && m->steps[m->changes[k]].time_s == now)
            k++;
        int r = second(m, openers + i0, i - i0, k0, k);
        if (r)
            return r;
    }
    return 0;
}

/* The attempts that answer a verdict, or the verdicts themselves, or the changes that are the first step. A
 * direct chain's verdicts are those that no attempt answers. *out is owned by the caller. */
static int openers_of(const struct pass *p, uint32_t stream, bool without_attempts, uint32_t **out,
                      uint32_t *n)
{
    const struct tl_lists *l = !without_attempts ? &p->attempts
                               : p->has_verdict  ? &p->w->verdicts
                                                 : &p->changes;
    uint32_t owner = l == &p->changes ? p->streams[stream].resource : stream;
    *n = 0;
    *out = malloc((l->start[owner + 1] - l->start[owner] + 1) * sizeof **out);
    if (!*out)
        return TL_ENOMEM;
    for (uint32_t i = l->start[owner]; i < l->start[owner + 1]; i++) {
        uint32_t step = l->at[i];
        bool opens = l == &p->attempts  ? p->answers[step] != TL_NONE
                     : l == &p->changes ? change_mask(p, &p->w->h->steps[step]) & 1
                                        : !(p->chain->direct && p->w->answered[step]);
        if (opens)
            (*out)[(*n)++] = step;
    }
    return 0;
}

static int match(struct pass *p, uint32_t stream, bool without_attempts, struct stream_cycles *out,
                 struct stream_cycles *spare)
{
    uint32_t resource = p->streams[stream].resource, *openers, n_openers;
    uint32_t n_changes = p->changes.start[resource + 1] - p->changes.start[resource];
    int r = openers_of(p, stream, without_attempts, &openers, &n_openers);
    if (r)
        return r;
    struct matcher m = {.p = p,
                        .steps = p->w->h->steps,
                        .lead = p->lead,
                        .without_attempts = without_attempts,
                        .by_change = !p->has_verdict && !p->has_attempt,
                        .n = p->chain->n_steps,
                        .reading = OPENER_FIRST,
                        .stream = stream,
                        .changes = p->changes.at + p->changes.start[resource],
                        .out = out};
    r = read_stream(&m, openers, n_openers, n_changes);
    if (r == 0 && m.two_ways) {
        m.reading = OPENER_LAST;
        m.out = spare;
        r = read_stream(&m, openers, n_openers, n_changes);
        if (r == 0 && spare->n > out->n) {
            struct stream_cycles t = *out;
            *out = *spare;
            *spare = t;
        }
    }
    free(m.taken);
    free(openers);
    return r;
}

int match_stream(struct pass *p, uint32_t stream, struct stream_cycles *out, struct stream_cycles *spare)
{
    int r = match(p, stream, !p->has_attempt, out, spare);
    for (size_t i = 0; r == 0 && i < out->n_steps; i++)
        p->used[out->steps[i].step] = stream + 1;
    return r;
}

/* The stream's first verdict of a later second than `verdict`: when it was; INT64_MAX if there
 * is none. */
static int64_t next_verdict_s(const struct pass *p, uint32_t stream, uint32_t verdict)
{
    const struct tl_lists *l = &p->w->verdicts;
    const struct tl_step *steps = p->w->h->steps;
    uint32_t next = tl_lists_at(l, p->w->h, stream, steps[verdict].time_s + 1);
    return next < l->start[stream + 1] ? steps[l->at[next]].time_s : INT64_MAX;
}

int match_due(struct pass *p, uint32_t stream, struct stream_cycles *out, struct stream_cycles *spare)
{
    const struct tl_step *steps = p->w->h->steps;
    bool open_ended = p->chain->steps[p->chain->n_steps - 1].repeated;
    int r = match(p, stream, true, out, spare);
    for (size_t i = 0; r == 0 && i < out->n; i++) {
        const struct tl_cycle_step *cycle = out->steps + out->items[i].first_step;
        uint32_t verdict = cycle[0].step;
        p->due_s[verdict] = steps[cycle[2].step].time_s;
        p->end_s[verdict] = open_ended ? next_verdict_s(p, stream, verdict) : out->items[i].last_s;
    }
    return r;
}

int match_ignore_unanswered(struct pass *p, uint32_t stream, struct stream_cycles *out,
                            struct stream_cycles *spare, bool *found)
{
    int r = match(p, stream, true, out, spare);
    for (size_t i = 0; r == 0 && i < out->n; i++) {
        const struct tl_cycle_step *cycle = out->steps + out->items[i].first_step;
        if (p->answered[cycle[0].step])
            continue;
        *found = true;
        for (uint32_t k = 2; k < out->items[i].n_steps; k++)
            p->ignored[cycle[k].step] = 1;
    }
    return r;
}
