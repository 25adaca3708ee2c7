/* What the parts of analyse share. */
#ifndef TRAILLOOP_PIPELINE_ANALYSE_H
#define TRAILLOOP_PIPELINE_ANALYSE_H

#include "trailloop/pipeline.h"

#include <string.h>

struct sieve {
    struct tl_sieve store; /* what the store is given */
    struct tl_watch watch; /* asks `restless`; the store is given it too, where the chains allow for it */
    struct tl_restless *restless;
    struct tl_detect_params detect;
    struct tl_chain *chains; /* those that need no verdict */
    size_t n_chains;
};
/* sieve.c: 0 or TL_ENOMEM; to be ended in both cases. */
int sieve_make(struct sieve *s, const struct tl_chain *chains, size_t n,
               const struct tl_detect_params *detect);
void sieve_fini(struct sieve *s);
/* analyse.c: what tl_derive does, inside the transaction under way. */
int derive_in_batch(struct tl_store *s, struct tl_err *err);

#endif
