/* Recurring drift: people or changing parties break what remediation repairs, at intervals of minutes or of
 * days. It is no loop. One entry for each resource; where a run of days holds shorter ones, they are in it.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

static int compare_resources(const struct tl_resource *x, const struct tl_resource *y)
{
    int c = tl_str_cmp(x->account, y->account);
    c = c ? c : tl_str_cmp(x->region, y->region);
    c = c ? c : tl_str_cmp(x->type, y->type);
    return c ? c : tl_str_cmp(x->id, y->id);
}

static int by_stream(const void *a, const void *b)
{
    const struct tl_finding *x = *(const struct tl_finding *const *)a,
                            *y = *(const struct tl_finding *const *)b;
    int c = compare_resources(&x->resource, &y->resource);
    c = c ? c : tl_str_cmp(x->config_rule, y->config_rule);
    c = c ? c : tl_str_cmp(x->scope_region, y->scope_region);
    return c ? c : (x > y) - (x < y);
}

static bool overlap(const struct tl_finding *a, const struct tl_finding *b)
{
    return a->first_s <= b->last_s && b->first_s <= a->last_s;
}

/* Within one stream: ordinary findings come first, wide ones after them. A wide run stands where it is drift
 * and no loop lies in it; then the drift that does is part of it. */
static void settle_stream(const struct tl_finding *wide, struct tl_finding **all, size_t n, uint8_t *gone,
                          const struct tl_finding *first)
{
    for (size_t i = 0; i < n; i++) {
        if (all[i] < wide)
            continue;
        bool stands = all[i]->is_drift;
        for (size_t k = 0; k < n && stands; k++)
            stands = all[k] >= wide || all[k]->is_drift || !overlap(all[k], all[i]);
        gone[all[i] - first] = !stands;
        for (size_t k = 0; k < n && stands; k++)
            if (all[k] < wide && overlap(all[k], all[i]))
                gone[all[k] - first] = 1;
    }
}

static void settle(struct tl_findings *out, size_t n_wide, struct tl_finding **all, uint8_t *gone)
{
    const struct tl_finding *wide = out->items + out->n - n_wide;
    for (size_t i = 0; i < out->n; i++)
        all[i] = &out->items[i];
    qsort(all, out->n, sizeof(struct tl_finding *), by_stream);
    for (size_t i = 0, end; i < out->n; i = end) {
        bool any = false;
        for (end = i; end < out->n && compare_resources(&all[i]->resource, &all[end]->resource) == 0 &&
                      tl_str_eq(all[i]->config_rule, all[end]->config_rule) &&
                      tl_str_eq(all[i]->scope_region, all[end]->scope_region);
             end++)
            any |= all[end] >= wide;
        if (any)
            settle_stream(wide, all + i, end - i, gone, out->items);
    }
}

/* The parties are those of the longest run. */
static void add_drift(struct tl_findings *out, const struct tl_finding *f, uint32_t *longest)
{
    struct tl_drift *d = out->n_drift ? &out->drift[out->n_drift - 1] : NULL;
    if (!d || compare_resources(&d->resource, &f->resource) != 0) {
        d = &out->drift[out->n_drift++];
        *d = (struct tl_drift){.resource = f->resource, .first_s = f->first_s, .last_s = f->last_s};
        *longest = 0;
    }
    if (f->n_cycles > *longest) {
        *longest = f->n_cycles;
        d->parties = f->parties;
        d->n_parties = f->n_parties;
    }
    d->n_cycles += f->n_cycles;
    d->first_s = f->first_s < d->first_s ? f->first_s : d->first_s;
    d->last_s = f->last_s > d->last_s ? f->last_s : d->last_s;
}

int drift_part(struct tl_findings *out, size_t n_wide)
{
    struct tl_finding **all = malloc((out->n + 1) * sizeof(struct tl_finding *));
    uint8_t *gone = calloc(out->n + 1, 1);
    uint32_t longest = 0;
    size_t n = 0;
    out->drift = tl_arena_calloc(&out->arena, out->n + 1, sizeof *out->drift);
    if (!all || !gone || !out->drift) {
        free(all);
        free(gone);
        return TL_ENOMEM;
    }
    settle(out, n_wide, all, gone);
    for (size_t i = 0; i < out->n; i++) /* in the order of streams: one resource's come together */
        if (all[i]->is_drift && !gone[all[i] - out->items])
            add_drift(out, all[i], &longest);
    for (size_t i = 0; i < out->n; i++)
        if (!out->items[i].is_drift && !gone[i])
            out->items[n++] = out->items[i];
    out->n = n;
    free(all);
    free(gone);
    return 0;
}
