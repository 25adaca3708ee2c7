/* A loop of a report under other retry settings: the replay is diagnose's, the ids of the verdicts it names
 * are the store's. */
#include "locate.h"

int tl_whatif_load(struct tl_store *s, struct tl_report *r, struct tl_finding *f, int attempts,
                   int64_t window_s, struct tl_whatif *out, struct tl_err *err)
{
    struct tl_arena *arena = &r->findings.arena;
    *out = (struct tl_whatif){.generated_at_s = r->generated_at_s, .loop = f};
    int e = tl_whatif(&r->history, r->chains, &r->loops, f->loop, attempts, window_s, &out->replay, err);
    out->has_attempts = e == 0;
    if (e == 0)
        e = locate_phase(s, arena, &out->replay, err);
    for (size_t i = 0; e == 0 && i < f->retry.n_phases; i++)
        e = locate_phase(s, arena, &f->retry.phases[i], err);
    return e < 0 ? e : 0;
}
