/* What `stats` shows: the manifest and the damaged places, copied out of the store into one arena. */
#include "trailloop/pipeline.h"

#include <stdlib.h>

struct load {
    struct tl_stats *stats;
    size_t cap_sources, cap_damage;
};

static int add_source(void *ctx, const struct tl_source *src)
{
    struct load *l = ctx;
    struct tl_stats *s = l->stats;
    if (tl_grow(&s->sources, &l->cap_sources, s->n_sources + 1, sizeof *s->sources))
        return TL_ENOMEM;
    struct tl_source *to = &s->sources[s->n_sources];
    *to = *src;
    if (tl_arena_copy(&s->arena, src->location, &to->location) ||
        tl_arena_copy(&s->arena, src->path, &to->path) || tl_arena_copy(&s->arena, src->reason, &to->reason))
        return TL_ENOMEM;
    s->n_sources++;
    return 0;
}

static int add_damage(void *ctx, tl_str path, const struct tl_origin *at, tl_str why)
{
    struct load *l = ctx;
    struct tl_stats *s = l->stats;
    if (tl_grow(&s->damage, &l->cap_damage, s->n_damage + 1, sizeof *s->damage))
        return TL_ENOMEM;
    struct tl_stats_damage *to = &s->damage[s->n_damage];
    to->at = *at;
    if (tl_arena_copy(&s->arena, path, &to->path) || tl_arena_copy(&s->arena, why, &to->why))
        return TL_ENOMEM;
    s->n_damage++;
    return 0;
}

int tl_stats_load(struct tl_store *s, struct tl_stats *out, struct tl_err *err)
{
    *out = (struct tl_stats){0};
    struct load l = {.stats = out};
    int r = tl_store_coverage(s, &out->coverage, err);
    if (r == 0)
        r = tl_store_each_source(s, add_source, &l, err);
    if (r == 0)
        r = tl_store_each_damage(s, add_damage, &l, err);
    if (r)
        tl_stats_fini(out);
    return r == TL_ENOMEM ? tl_err_nomem(err) : r;
}

void tl_stats_fini(struct tl_stats *s)
{
    tl_coverage_fini(&s->coverage);
    free(s->sources);
    free(s->damage);
    tl_arena_fini(&s->arena);
    *s = (struct tl_stats){0};
}
