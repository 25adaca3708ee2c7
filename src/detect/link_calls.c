/* A chain that starts with the attempt has no verdict to give it to: an attempt goes to the resource that its
 * own session changed, or that it names; else to the one whose next change, of those that no other attempt
 * claims, comes first. */
#include "internal.h"

#include <stdlib.h>

struct next { /* the changes that an attempt may wait for, per scope, by time */
    struct tl_lists lists;
    uint32_t *at;     /* per scope: how far the claims have come */
    uint32_t *before; /* scratch */
};

static uint32_t stream_of(const struct pass *p, uint32_t resource)
{
    return resource == TL_NONE ? TL_NONE : p->stream_of[resource];
}

static void give(struct pass *p, uint32_t attempt, uint32_t stream, enum tl_link link)
{
    p->owner[attempt] = stream;
    p->answers[attempt] = attempt;
    p->link[attempt] = (uint8_t)link;
}

struct named {
    uint32_t execution, step;
};

static int by_execution(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    if (x->execution != y->execution)
        return x->execution < y->execution ? -1 : 1;
    return (x->step > y->step) - (x->step < y->step);
}

static const struct named *first_of(const struct named *named, size_t n, uint32_t execution)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (named[mid].execution < execution)
            lo = mid + 1;
        else
            hi = mid;
    }
    return execution && lo < n && named[lo].execution == execution ? &named[lo] : NULL;
}

static uint32_t named_resource(const struct pass *p, uint32_t attempt, size_t *tie)
{
    const struct tl_history *h = p->w->h;
    while (*tie < h->n_ties && h->ties[*tie].step < attempt)
        (*tie)++;
    for (size_t i = *tie; i < h->n_ties && h->ties[i].step == attempt; i++)
        if (p->stream_of[h->ties[i].resource] != TL_NONE)
            return h->ties[i].resource;
    return TL_NONE;
}

static void give_by_sequence(struct pass *p, struct next *next, uint32_t attempt)
{
    const struct tl_step *steps = p->w->h->steps, *a = &steps[attempt];
    uint32_t *i = &next->at[a->scope], end = next->lists.start[a->scope + 1];
    while (*i < end && steps[next->lists.at[*i]].time_s < a->time_s)
        (*i)++;
    if (*i == end || steps[next->lists.at[*i]].time_s - a->time_s > p->limits.max_step_s)
        return;
    give(p, attempt, stream_of(p, steps[next->lists.at[(*i)++]].resource), TL_LINK_SEQUENCE);
}

static int next_make(const struct pass *p, struct next *next)
{
    const struct tl_history *h = p->w->h;
    next->before = malloc((h->n_steps + 1) * sizeof *next->before);
    next->at = malloc((h->n_scopes + 1) * sizeof *next->at);
    if (!next->before || !next->at)
        return TL_ENOMEM;
    for (size_t i = 0; i < h->n_steps; i++) {
        const struct tl_step *s = &h->steps[i];
        bool first = change_mask(p, s) >> p->lead & 1;
        next->before[i] = first && stream_of(p, s->resource) != TL_NONE ? s->scope : TL_NONE;
    }
    int r = tl_lists_make(&next->lists, (uint32_t)h->n_scopes, (uint32_t)h->n_steps, next->before);
    for (size_t i = 0; r == 0 && i < h->n_scopes; i++)
        next->at[i] = next->lists.start[i];
    return r;
}

int link_attempts_to_changes(struct pass *p)
{
    const struct tl_history *h = p->w->h;
    struct next next = {0};
    struct named *named = malloc((h->n_steps + 1) * sizeof *named);
    size_t n = 0, tie = 0;
    int r = named ? next_make(p, &next) : TL_ENOMEM;
    for (uint32_t i = 0; r == 0 && i < h->n_steps; i++)
        if (h->steps[i].execution && change_mask(p, &h->steps[i]))
            named[n++] = (struct named){h->steps[i].execution, i};
    if (r == 0 && n)
        qsort(named, n, sizeof *named, by_execution);
    for (uint32_t i = 0; r == 0 && i < h->n_steps; i++) {
        const struct tl_step *s = &h->steps[i];
        if (!is_started(s))
            continue;
        const struct named *own = first_of(named, n, s->execution);
        uint32_t resource = own ? h->steps[own->step].resource : named_resource(p, i, &tie);
        if (stream_of(p, resource) != TL_NONE)
            give(p, i, stream_of(p, resource), own ? TL_LINK_SESSION : TL_LINK_PARAMETER);
        else if (!own)
            give_by_sequence(p, &next, i);
    }
    tl_lists_fini(&next.lists);
    free(next.before);
    free(next.at);
    free(named);
    return r;
}
