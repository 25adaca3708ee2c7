/* The sieve of analyse: a resource that was never judged is of interest if the chains that need no verdict
 * find a loop on it. They are asked with the resource's changes alone; an attempt that such a chain starts
 * with names no resource, so it is left out here. */
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
    int r = tl_detect(h, s->chains, s->n_chains, s->detect, &loops, err);
    if (r)
        return r;
    if (loops.n && h->n_steps <= OTHERS_MAX)
        memset(keep, 1, h->n_steps);
    for (size_t i = 0; i < loops.n_steps && loops.n; i++)
        keep[loops.steps[i].step] = 1;
    tl_loops_fini(&loops);
    return 0;
}

int sieve_make(struct sieve *s, const struct tl_chain *chains, size_t n,
               const struct tl_detect_params *detect)
{
    *s = (struct sieve){
        .detect = detect,
        .chains = malloc((n + 1) * sizeof *s->chains),
        .store = {.least_changes = UINT32_MAX, .least_equal = detect->min_cycles, .keep = keep}};
    s->store.ctx = s;
    if (!s->chains)
        return TL_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        if (needs_verdict(&chains[i]))
            continue;
        struct tl_chain chain = without_attempt(&chains[i]);
        uint32_t cycles = chain.min_cycles ? chain.min_cycles : detect->min_cycles;
        uint32_t changes = cycles * (chain.form == TL_CHAIN_TUG     ? 2
                                     : chain.form == TL_CHAIN_STEPS ? (uint32_t)chain.n_steps
                                                                    : 1);
        if (chain.form == TL_CHAIN_STEPS)
            s->store.least_equal = 0; /* its steps need not be equal */
        s->store.least_changes = changes < s->store.least_changes ? changes : s->store.least_changes;
        s->chains[s->n_chains++] = chain;
    }
    return 0;
}

void sieve_fini(struct sieve *s)
{
    free(s->chains);
}
