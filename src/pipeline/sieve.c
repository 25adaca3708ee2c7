/* The sieve of analyse: a resource that was never judged is of interest if the chains that need no verdict
 * find a loop on it. They are asked with the resource's changes alone; an attempt that such a chain starts
 * with names no resource, so it is left out here. With the built-in ones under limits no looser than the
 * default, only resources that are restless are looked at, which the store remembers. */
#include "analyse.h"

#include <stdlib.h>

/* Beside the steps of its loops, so many other changes of a resource are loaded: who else was at work, and
 * whether it was deleted. */
enum { OTHERS_MAX = 4096 };

static bool needs_verdict(const struct tl_chain *chain)
{
    return chain->form == TL_CHAIN_STEPS && chain->steps[0].kind == TL_CHAIN_VERDICT;
}

static struct tl_chain without_attempt(const struct tl_chain *chain)
{
    struct tl_chain out = *chain;
    if (chain->form != TL_CHAIN_STEPS || chain->steps[0].kind != TL_CHAIN_ATTEMPT)
        return out;
    out.n_steps--;
    for (size_t i = 0; i < out.n_steps; i++)
        out.steps[i] = chain->steps[i + 1];
    return out;
}

static int keep(void *ctx, const struct tl_history *h, uint8_t *keep, struct tl_err *err)
{
    const struct sieve *s = ctx;
    struct tl_loops loops;
    int r = tl_detect(h, s->chains, s->n_chains, &s->detect, &loops, err);
    if (r)
        return r;
    if (loops.n && h->n_steps <= OTHERS_MAX)
        memset(keep, 1, h->n_steps);
    for (size_t i = 0; i < loops.n_steps && loops.n; i++)
        keep[loops.steps[i].step] = 1;
    tl_loops_fini(&loops);
    return 0;
}

static int kind(void *ctx, const struct tl_api *api, const struct tl_caller *caller, bool failed,
                uint32_t *kind)
{
    return tl_restless_kind(ctx, api, caller, failed, kind);
}

static bool look(void *ctx, const struct tl_call *calls, size_t n)
{
    return tl_restless_look(ctx, calls, n);
}

/* Whether what tl_restless_look says holds for the chain. */
static bool is_covered(const struct tl_chain *chain, uint32_t min_cycles, int64_t max_step_s)
{
    if (chain->form == TL_CHAIN_REPEAT)
        return min_cycles >= TL_REPEAT_CALLS;
    return chain->form == TL_CHAIN_TUG && min_cycles >= TL_MIN_CYCLES_DEFAULT &&
           max_step_s <= TL_MAX_STEP_DEFAULT_S;
}

int sieve_make(struct sieve *s, const struct tl_chain *chains, size_t n,
               const struct tl_detect_params *detect)
{
    *s = (struct sieve){.detect = *detect,
                        .chains = malloc((n + 1) * sizeof *s->chains),
                        .store = {.least_changes = UINT32_MAX,

                                  .max_step_s = detect->max_step_s,
                                  .keep = keep}};
    s->store.ctx = s;
    s->restless = tl_restless_new();
    s->watch = (struct tl_watch){s->restless, kind, look};
    s->store.watch = &s->watch;
    if (!s->chains || !s->restless)
        return TL_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        if (needs_verdict(&chains[i]))
            continue;
        struct tl_chain chain = without_attempt(&chains[i]);
        uint32_t cycles = chain.min_cycles ? chain.min_cycles : detect->min_cycles;
        uint32_t changes = cycles * (chain.form == TL_CHAIN_TUG     ? 2
                                     : chain.form == TL_CHAIN_STEPS ? (uint32_t)chain.n_steps
                                                                    : 1);
        if (!is_covered(&chain, cycles, chain.max_step_s ? chain.max_step_s : detect->max_step_s))
            s->store.watch = NULL;
        s->store.least_changes = changes < s->store.least_changes ? changes : s->store.least_changes;
        s->chains[s->n_chains++] = chain;
    }
    return 0;
}

void sieve_fini(struct sieve *s)
{
    free(s->chains);
    tl_restless_free(s->restless);
}
