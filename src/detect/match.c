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
 * ways, and the reading with more cycles stands, the first where they are equal. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

enum reading { OPENER_FIRST, OPENER_LAST };

struct run {
    uint32_t steps[TL_CHAIN_MAX_STEPS];
    bool live;
};

struct matcher {
    struct pass *p;
    const struct tl_step *steps;
    size_t lead, n;        /* the position of the first change; steps of the chain */
    bool without_attempts; /* verdicts open cycles, the chain's attempt is left out */
    enum reading reading;
    struct run at[TL_CHAIN_MAX_STEPS]; /* at[k]: waits for its step k */
    const uint32_t *changes;           /* of the resource */
    uint8_t *taken;                    /* per change of the second under way */
    size_t cap_taken;
    int64_t end_s; /* of the last complete cycle, but for what it absorbed */
    struct stream_cycles *out;
};

static enum tl_link step_link(const struct matcher *m, const struct run *run, size_t k)
{
    if (k == 0 || m->without_attempts)
        return TL_LINK_NONE;
    uint32_t attempt = run->steps[1];
    const struct tl_step *s = &m->steps[run->steps[k]], *first = &m->steps[run->steps[m->lead]];
    uint32_t execution = m->steps[attempt].execution;
    if (execution && (k == 1 ? first : s)->execution == execution)
        return TL_LINK_SESSION;
    enum tl_link link = m->p->link[attempt];
    return k <= m->lead || s->caller == first->caller ? link : TL_LINK_SEQUENCE;
}

static int add_step(struct stream_cycles *out, uint32_t step, size_t position, enum tl_link link)
{
    int r = tl_grow(&out->steps, &out->cap_steps, out->n_steps + 1, sizeof *out->steps);
    if (r)
        return r;
    out->steps[out->n_steps++] = (struct tl_cycle_step){step, (uint8_t)position, (uint8_t)link};
    return 0;
}

static int complete(struct matcher *m, const struct run *run)
{
    struct stream_cycles *out = m->out;
    int r = tl_grow(&out->items, &out->cap, out->n + 1, sizeof *out->items);
    if (r)
        return r;
    out->items[out->n++] = (struct tl_cycle){.first_step = (uint32_t)out->n_steps,
                                             .n_steps = (uint32_t)m->n,
                                             .first_s = m->steps[run->steps[0]].time_s,
                                             .last_s = m->steps[run->steps[m->n - 1]].time_s};
    for (size_t k = 0; k < m->n; k++) {
        r = add_step(out, run->steps[k], k, step_link(m, run, k));
        if (r)
            return r;
    }
    m->end_s = out->items[out->n - 1].last_s;
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
    int64_t most_s =
        m->p->w->params->max_step_s * (m->without_attempts && k == 2 ? 2 : 1); /* two steps in one */
    if (!matches(m, k, change) || s->time_s - m->steps[run->steps[k - 1]].time_s > most_s)
        return false;
    /* An attempt that is known to have made changes in its own session waits for those. */
    return k != m->lead || m->without_attempts || m->p->link[run->steps[1]] != TL_LINK_SESSION ||
           s->execution == m->steps[run->steps[1]].execution;
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

static void open_run(struct matcher *m, uint32_t opener)
{
    struct run *run = &m->at[m->lead];
    uint32_t first = m->without_attempts ? opener : m->p->answers[opener];
    if (m->steps[first].time_s < m->end_s)
        return;
    if (m->without_attempts && run->live &&
        m->steps[first].time_s - m->steps[run->steps[0]].time_s <= TL_REPEAT_S)
        return; /* the same verdict once more */
    if (m->reading == OPENER_FIRST)
        for (size_t k = m->lead; k < m->n; k++)
            m->at[k].live = false;
    run->live = true;
    run->steps[0] = first;
    if (m->lead == 2)
        run->steps[1] = opener; /* without attempts: the verdict again */
}

/* A step that may be repeated takes what the same caller, or the same session, goes on to do before the next
 * opener. */
static int absorb(struct matcher *m, uint32_t from, uint32_t to)
{
    struct stream_cycles *out = m->out;
    if (!m->p->chain->steps[m->n - 1].repeated || out->n == 0 || m->at[m->lead].live)
        return 0;
    struct tl_cycle *c = &out->items[out->n - 1];
    const struct tl_cycle_step *last = &out->steps[c->first_step + m->n - 1];
    for (uint32_t i = from; i < to; i++) {
        const struct tl_step *s = &m->steps[m->changes[i]], *own = &m->steps[last->step];
        if (m->taken[i - from] || !(change_mask(m->p, s) >> (m->n - 1) & 1) ||
            s->time_s - c->last_s > m->p->w->params->max_step_s ||
            !(s->caller == own->caller || (s->execution && s->execution == own->execution)))
            continue;
        int r = add_step(out, m->changes[i], m->n - 1, last->link);
        if (r)
            return r;
        last = &out->steps[c->first_step + m->n - 1];
        c->n_steps++;
        c->last_s = s->time_s;
        m->taken[i - from] = 1;
    }
    return 0;
}

static int second(struct matcher *m, const uint32_t *openers, uint32_t n_openers, uint32_t from, uint32_t to)
{
    uint32_t next[TL_CHAIN_MAX_STEPS],
        done[TL_CHAIN_MAX_STEPS]; /* changes before done[k] are none of position k's */
    int r = tl_grow(&m->taken, &m->cap_taken, to - from, 1);
    if (r)
        return r;
    if (to > from)
        memset(m->taken, 0, to - from);
    for (size_t k = 0; k < m->n; k++)
        done[k] = from;
    for (uint32_t i = 0; i <= n_openers; i++) {
        if (i < n_openers && m->reading == OPENER_FIRST) {
            open_run(m, openers[i]);
            continue;
        }
        for (size_t k = 0; k < m->n; k++) {
            while (done[k] < to && (m->taken[done[k] - from] || !matches(m, k, m->changes[done[k]])))
                done[k]++;
            next[k] = done[k];
        }
        while ((r = advance(m, from, to, next)) > 0)
            ;
        if (r < 0)
            return r;
        if (i < n_openers)
            open_run(m, openers[i]);
    }
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

/* The attempts that answer a verdict, or the verdicts themselves. *out is owned by the caller. */
static int openers_of(const struct pass *p, uint32_t stream, bool without_attempts, uint32_t **out,
                      uint32_t *n)
{
    const struct tl_lists *l = without_attempts ? &p->w->verdicts : &p->attempts;
    *n = 0;
    *out = malloc((l->start[stream + 1] - l->start[stream] + 1) * sizeof **out);
    if (!*out)
        return TL_ENOMEM;
    for (uint32_t i = l->start[stream]; i < l->start[stream + 1]; i++)
        if (without_attempts || p->answers[l->at[i]] != TL_NONE)
            (*out)[(*n)++] = l->at[i];
    return 0;
}

static int match(struct pass *p, uint32_t stream, bool without_attempts, struct stream_cycles *out,
                 struct stream_cycles *spare)
{
    uint32_t resource = p->w->streams[stream].resource, *openers, n_openers;
    uint32_t n_changes = p->changes.start[resource + 1] - p->changes.start[resource];
    int r = openers_of(p, stream, without_attempts, &openers, &n_openers);
    if (r)
        return r;
    struct matcher m = {.p = p,
                        .steps = p->w->h->steps,
                        .lead = p->has_attempt ? 2 : 1,
                        .without_attempts = without_attempts,
                        .n = p->chain->n_steps,
                        .reading = OPENER_FIRST,
                        .changes = p->changes.at + p->changes.start[resource],
                        .out = out};
    r = read_stream(&m, openers, n_openers, n_changes);
    if (r == 0) {
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

/* ---- partial cycles -------------------------------------------------------------------------- */

struct leftovers { /* a walk over a list's steps in [from_s, to_s] that no complete cycle used */
    const uint32_t *at, *end;
};

static struct leftovers leftovers_in(const struct pass *p, const struct tl_lists *l, uint32_t owner,
                                     int64_t from_s)
{
    return (struct leftovers){l->at + tl_lists_at(l, p->w->h, owner, from_s), l->at + l->start[owner + 1]};
}

static const struct tl_step *peek(const struct pass *p, struct leftovers *l, uint32_t stream, int64_t to_s)
{
    for (; l->at < l->end; l->at++) {
        const struct tl_step *s = &p->w->h->steps[*l->at];
        if (s->time_s > to_s)
            return NULL;
        if (p->used[*l->at] != stream + 1)
            return s;
    }
    return NULL;
}

/* Whether an attempt that nothing ties to a resource was made in [from_s, to_s]: then the pass's verdict was
 * lost. One that was given to nobody is taken; else the one may have been given to another resource in its
 * stead. */
static bool take_untied(struct pass *p, uint32_t stream, int64_t from_s, int64_t to_s)
{
    struct leftovers l = leftovers_in(p, &p->untied, p->w->streams[stream].scope, from_s);
    bool any = false;
    for (; l.at < l.end && p->w->h->steps[*l.at].time_s <= to_s; l.at++) {
        if (p->owner[*l.at] == TL_NONE) {
            p->owner[*l.at] = stream;
            return true;
        }
        any |= p->owner[*l.at] != stream;
    }
    return any;
}

struct partial {
    uint32_t seen; /* bit per position */
    int last;
    int64_t first_change_s, from_s;
};

/* 1 when what was seen since the last call is a pass that lacks one step. */
static uint32_t close_partial(struct pass *p, uint32_t stream, struct partial *g)
{
    uint32_t whole = (1u << p->chain->n_steps) - 1, lacks = whole & ~g->seen;
    if (p->has_attempt && (lacks & 3) == 3 && (lacks & ~3u) == 0) {
        int64_t from_s = g->first_change_s - p->w->params->max_step_s;
        if (take_untied(p, stream, from_s > g->from_s ? from_s : g->from_s, g->first_change_s))
            lacks = 1;
    }
    uint32_t one = g->seen && lacks && (lacks & (lacks - 1)) == 0;
    g->from_s = g->seen ? g->first_change_s : g->from_s;
    g->seen = 0;
    g->last = -1;
    return one;
}

/* Takes every leftover of the list in the second `now_s`; returns the positions they have, a bit each. */
static uint32_t take_second(const struct pass *p, struct leftovers *l, uint32_t stream, int64_t now_s,
                            uint32_t bit)
{
    uint32_t seen = 0;
    for (const struct tl_step *s; (s = peek(p, l, stream, now_s)) != NULL; l->at++) {
        uint32_t mask = bit ? bit : change_mask(p, s);
        seen |= mask & -mask; /* the first position that a change matches */
    }
    return seen;
}

/* Adds what one second holds, in the chain's order: first what comes after the last position seen, then the
 * start of another pass. Returns how many passes were closed that lack one step. */
static uint32_t add_second(struct pass *p, uint32_t stream, struct partial *g, uint32_t seen, int64_t now_s)
{
    uint32_t n = 0, changes = ~(p->has_attempt ? 3u : 1u),
             later = g->last < 0 ? seen : seen & ~((2u << g->last) - 1);
    uint32_t again = seen & ~later;
    if (g->last >= 0)
        again &= ~(1u << g->last); /* one more of the same is noise */
    for (int part = 0; part < 2; part++) {
        uint32_t bits = part ? again : later;
        if (!bits)
            continue;
        if (part)
            n += close_partial(p, stream, g);
        if ((bits & changes) && !(g->seen & changes))
            g->first_change_s = now_s;
        g->seen |= bits;
        g->last = 31 - __builtin_clz(bits);
    }
    return n;
}

static int64_t earliest(const struct tl_step *a, const struct tl_step *b, const struct tl_step *c)
{
    int64_t t = a ? a->time_s : INT64_MAX;
    t = b && b->time_s < t ? b->time_s : t;
    return c && c->time_s < t ? c->time_s : t;
}

uint32_t match_partials(struct pass *p, uint32_t stream, const struct stream_cycles *c, size_t i)
{
    int64_t from_s = c->items[i].last_s, to_s = c->items[i + 1].first_s;
    if (from_s >= to_s) /* no room for a pass between them */
        return 0;
    struct leftovers v = leftovers_in(p, &p->w->verdicts, stream, from_s);
    struct leftovers a = leftovers_in(p, &p->attempts, stream, from_s);
    struct leftovers ch = leftovers_in(p, &p->changes, p->w->streams[stream].resource, from_s);
    struct partial g = {.last = -1, .from_s = from_s, .first_change_s = from_s};
    uint32_t n = 0;
    for (;;) {
        int64_t now_s =
            earliest(peek(p, &v, stream, to_s), peek(p, &a, stream, to_s), peek(p, &ch, stream, to_s));
        if (now_s == INT64_MAX)
            return n + close_partial(p, stream, &g);
        uint32_t seen = take_second(p, &v, stream, now_s, 1);
        seen |= take_second(p, &a, stream, now_s, 2);
        seen |= take_second(p, &ch, stream, now_s, 0);
        n += add_second(p, stream, &g, seen, now_s);
    }
}
