/* What the parts of analyse share. */
#ifndef TRAILLOOP_PIPELINE_ANALYSE_H
#define TRAILLOOP_PIPELINE_ANALYSE_H

#include "trailloop/pipeline.h"

#include <string.h>

struct sieve {
    struct tl_sieve store; /* what the store is given */
    const struct tl_detect_params *detect;
    struct tl_chain *chains; /* those that need no verdict */
    size_t n_chains;
};
/* sieve.c: 0 or TL_ENOMEM; to be ended in both cases. */
int sieve_make(struct sieve *s, const struct tl_chain *chains, size_t n,
               const struct tl_detect_params *detect);
void sieve_fini(struct sieve *s);

#endif
