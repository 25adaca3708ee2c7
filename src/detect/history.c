/* The history's lists and its end. What fills it is the store, what ties it is the pipeline. */
#include "trailloop/history.h"

#include <stdlib.h>

void tl_history_fini(struct tl_history *h)
{
    free(h->steps);
    free(h->controls);
    free(h->values);
    free(h->ties);
    free(h->resources);
    free(h->names);
    free(h->silences);
    free(h->scopes);
    free(h->callers);
    free(h->apis);
    free(h->texts);
    tl_arena_fini(&h->arena);
    *h = (struct tl_history){0};
}

int tl_lists_make(struct tl_lists *out, uint32_t n_owners, uint32_t n_steps, const uint32_t *owner)
{
    out->n = n_owners;
    out->start = calloc((size_t)n_owners + 2, sizeof *out->start);
    if (!out->start)
        return TL_ENOMEM;
    for (uint32_t i = 0; i < n_steps; i++)
        if (owner[i] != TL_NONE)
            out->start[owner[i] + 2]++;
    for (uint32_t o = 0; o < n_owners; o++)
        out->start[o + 2] += out->start[o + 1];
    out->at = malloc(((size_t)out->start[n_owners + 1] + 1) * sizeof *out->at);
    if (!out->at)
        return TL_ENOMEM;
    for (uint32_t i = 0; i < n_steps; i++)
        if (owner[i] != TL_NONE)
            out->at[out->start[owner[i] + 1]++] = i;
    return 0;
}

void tl_lists_fini(struct tl_lists *l)
{
    free(l->start);
    free(l->at);
    *l = (struct tl_lists){0};
}

uint32_t tl_lists_at(const struct tl_lists *l, const struct tl_history *h, uint32_t owner, int64_t t_s)
{
    uint32_t lo = l->start[owner], hi = l->start[owner + 1];
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (h->steps[l->at[mid]].time_s < t_s)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}
