/* Which changes can be the first of a pass that ends: walked backwards, position by position, so that it is
 * linear. An attempt is better given to a verdict whose pass can end than to one whose last step is in no
 * log. */
#include "internal.h"

#include <stdlib.h>

/* The first entry of the list that shares the second of entry `i`. */
static uint32_t second_start(const struct pass *p, uint32_t from, uint32_t i)
{
    const struct tl_step *steps = p->w->h->steps;
    while (i > from && steps[p->changes.at[i - 1]].time_s == steps[p->changes.at[i]].time_s)
        i--;
    return i;
}

/* One resource's entries [from, to): ends[i] is when the steps after position k can end if they start at
 * entry i or later; it becomes the same for the steps from position k on. */
static void step_back(const struct pass *p, uint32_t from, uint32_t to, size_t k, int64_t *ends)
{
    const struct tl_step *steps = p->w->h->steps;
    bool last = k + 1 == p->chain->n_steps;
    int64_t best = INT64_MAX, best_at_s = INT64_MAX;
    for (uint32_t i = to, start; i > from; i = start) {
        start = second_start(p, from, i - 1);
        int64_t now_s = steps[p->changes.at[start]].time_s, rest = last ? now_s : ends[start];
        for (uint32_t j = start; j < i; j++)
            if (change_mask(p, &steps[p->changes.at[j]]) >> k & 1) {
                best = rest;
                best_at_s = now_s;
            }
        bool near = best_at_s - now_s <= p->w->params->max_step_s;
        for (uint32_t j = start; j < i; j++)
            ends[j] = near ? best : INT64_MAX;
    }
}

int finish_make(struct pass *p)
{
    p->finish_s = malloc((p->changes.start[p->changes.n] + 1) * sizeof *p->finish_s);
    if (!p->finish_s)
        return TL_ENOMEM;
    for (uint32_t r = 0; r < p->changes.n; r++)
        for (size_t k = p->chain->n_steps; k-- > (p->has_attempt ? 2 : 1);)
            step_back(p, p->changes.start[r], p->changes.start[r + 1], k, p->finish_s);
    return 0;
}
