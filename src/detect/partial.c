/* Partial cycles: what lies between two complete cycles and is one but for a single step, which the log has
 * lost (or never had). */
#include "internal.h"

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
 * stead. *when_s is its time. */
static bool take_untied(struct pass *p, uint32_t stream, int64_t from_s, int64_t to_s, int64_t *when_s)
{
    struct leftovers l = leftovers_in(p, &p->untied, p->streams[stream].scope, from_s);
    bool any = false;
    for (; l.at < l.end && p->w->h->steps[*l.at].time_s <= to_s; l.at++) {
        *when_s = p->w->h->steps[*l.at].time_s;
        if (p->owner[*l.at] == TL_NONE) {
            p->owner[*l.at] = stream;
            return true;
        }
        any |= p->owner[*l.at] != stream;
    }
    return any;
}

/* Whether the stream's last verdict before an attempt at `now_s`, not before `from_s`, was COMPLIANT, and
 * nothing was changed since: then no verdict was lost, AWS Config fired on a stale one. */
static bool fired_on_compliant(const struct pass *p, uint32_t stream, int64_t from_s, int64_t now_s)
{
    const struct tl_lists *l = &p->w->compliant, *c = &p->changes;
    const struct tl_history *h = p->w->h;
    uint32_t end = tl_lists_at(l, h, stream, now_s + 1), resource = p->streams[stream].resource;
    if (end == l->start[stream] || h->steps[l->at[end - 1]].time_s < from_s)
        return false;
    uint32_t i = tl_lists_at(c, h, resource, h->steps[l->at[end - 1]].time_s);
    return i == c->start[resource + 1] || h->steps[c->at[i]].time_s >= now_s;
}

struct partial {
    uint32_t seen; /* bit per position */
    int last;
    int64_t first_change_s, attempt_s, from_s;
    const struct tl_step *change; /* its first own one, else its first; and when its last one was */
    int64_t last_change_s;
    const struct tl_step *own; /* the first change of the complete cycle before: whose hand it is */
};

static bool is_own(const struct partial *g, const struct tl_step *change)
{
    return change && change->caller == g->own->caller;
}

/* Whether the chain is a verdict and the change that answers it. There a change alone is a pass that lost its
 * verdict only where it is what the pass before did, by the same hand: any other is somebody's who undoes it.
 */
static bool is_anothers(const struct pass *p, const struct partial *g)
{
    return p->lead == 1 && p->chain->n_steps == 2 &&
           (!is_own(g, g->change) || g->change->subject != g->own->subject);
}

/* 1 when what was seen since the last call is a pass that lacks one step. */
static uint32_t close_partial(struct pass *p, uint32_t stream, struct partial *g)
{
    uint32_t whole = (1u << p->chain->n_steps) - 1, lacks = whole & ~g->seen;
    if (p->lead == 2 && (lacks & 3) == 3 && (lacks & ~3u) == 0 && is_own(g, g->change)) {
        int64_t from_s = g->first_change_s - p->limits.max_step_s;
        if (take_untied(p, stream, from_s > g->from_s ? from_s : g->from_s, g->first_change_s, &g->attempt_s))
            lacks = 1;
    }
    if (p->lead == 2 && lacks == 1 && fired_on_compliant(p, stream, g->from_s, g->attempt_s))
        lacks = 0;
    if (lacks == 1 && is_anothers(p, g))
        lacks = 0;
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
 * start of another pass. `change` is the first change in it. Returns how many passes were closed that lack
 * one step. */
static uint32_t add_second(struct pass *p, uint32_t stream, struct partial *g, uint32_t seen, int64_t now_s,
                           const struct tl_step *change)
{
    uint32_t n = 0, changes = ~((1u << p->lead) - 1),
             later = g->last < 0 ? seen : seen & ~((2u << g->last) - 1);
    uint32_t again = seen & ~later;
    if (g->last >= 0)
        again &= ~(1u << g->last); /* one more of the same is noise */
    if ((g->seen & changes) && !is_own(g, g->change) && is_own(g, change)) {
        g->first_change_s = now_s; /* what came before undid the pass before */
        g->change = change;
    }
    for (int part = 0; part < 2; part++) {
        uint32_t bits = part ? again : later;
        if (!bits)
            continue;
        if (part)
            n += close_partial(p, stream, g);
        if ((bits & changes) && !(g->seen & changes)) {
            g->first_change_s = now_s;
            g->change = change;
        }
        if (bits & changes)
            g->last_change_s = now_s;
        if (bits & 1u << (p->lead - 1))
            g->attempt_s = now_s;
        g->seen |= bits;
        g->last = 31 - __builtin_clz(bits);
    }
    return n;
}

/* A step that may be repeated goes on past a verdict in its midst: the same caller, or the same session,
 * makes another change than the one that passes begin with, and no attempt has come in between. */
static bool goes_on(const struct pass *p, const struct partial *g, const struct tl_step *attempt,
                    const struct tl_step *next)
{
    const struct tl_step *first = g->change;
    if (!p->chain->steps[p->chain->n_steps - 1].repeated || !(g->seen >> p->lead) || !next ||
        (attempt && attempt->time_s <= next->time_s))
        return false;
    return next->subject != first->subject && next->time_s - g->last_change_s <= p->limits.max_step_s &&
           (next->caller == first->caller || (next->execution && next->execution == first->execution));
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
    struct leftovers v = {0};
    if (p->has_verdict)
        v = leftovers_in(p, &p->w->verdicts, stream, from_s);
    struct leftovers a = leftovers_in(p, &p->attempts, stream, from_s);
    struct leftovers ch = leftovers_in(p, &p->changes, p->streams[stream].resource, from_s);
    struct partial g = {.last = -1, .from_s = from_s, .first_change_s = from_s, .attempt_s = from_s};
    g.own = &p->w->h->steps[c->steps[c->items[i].first_step + p->lead].step];
    uint32_t n = 0;
    for (;;) {
        const struct tl_step *change = peek(p, &ch, stream, to_s);
        if (goes_on(p, &g, peek(p, &a, stream, to_s), change))
            take_second(p, &v, stream, change->time_s, 1);
        int64_t now_s = earliest(peek(p, &v, stream, to_s), peek(p, &a, stream, to_s), change);
        if (now_s == INT64_MAX)
            return n + close_partial(p, stream, &g);
        uint32_t seen = take_second(p, &v, stream, now_s, 1);
        seen |= take_second(p, &a, stream, now_s, 1u << (p->lead - 1));
        seen |= take_second(p, &ch, stream, now_s, 0);
        n += add_second(p, stream, &g, seen, now_s, change);
    }
}
