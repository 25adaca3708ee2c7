/* Database ids, which are as large as the database is old, to indexes that are dense: a hash table with
 * linear probing that is never more than half full. */
#include "private.h"

#include <stdlib.h>

void idset_fini(struct idset *set)
{
    free(set->ids);
    free(set->slots);
    *set = (struct idset){0};
}

/* Where `id` is, or the free slot where it would be. */
static size_t probe(const struct idset *set, int64_t id)
{
    size_t mask = set->n_slots - 1;
    size_t i =
        ((uint64_t)id * 0x9e3779b97f4a7c15u >> 32) & mask; /* 2^64 / golden ratio: spreads neighbours */
    while (set->slots[i] && set->ids[set->slots[i] - 1] != id)
        i = (i + 1) & mask;
    return i;
}

static int widen(struct idset *set)
{
    size_t n = set->n_slots ? set->n_slots * 2 : 64;
    uint32_t *old = set->slots, *slots = calloc(n, sizeof *slots);
    if (!slots)
        return TL_ENOMEM;
    set->slots = slots;
    set->n_slots = n;
    for (size_t i = 0; i < set->n; i++)
        slots[probe(set, set->ids[i])] = (uint32_t)i + 1;
    free(old);
    return 0;
}

int idset_add(struct idset *set, int64_t id, uint32_t *index, struct tl_err *err)
{
    if (set->n >= UINT32_MAX - 1 || (set->n * 2 >= set->n_slots && widen(set)))
        return tl_err_nomem(err);
    size_t i = probe(set, id);
    if (set->slots[i]) {
        *index = set->slots[i] - 1;
        return 0;
    }
    if (tl_grow(&set->ids, &set->cap, set->n + 1, sizeof *set->ids))
        return tl_err_nomem(err);
    *index = (uint32_t)set->n;
    set->ids[set->n++] = id;
    set->slots[i] = (uint32_t)set->n;
    return 1;
}

bool idset_find(const struct idset *set, int64_t id, uint32_t *index)
{
    size_t i = set->n_slots ? probe(set, id) : 0;
    if (!set->n_slots || !set->slots[i])
        return false;
    *index = set->slots[i] - 1;
    return true;
}
