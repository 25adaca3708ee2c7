/* change: a text changed at a few places in the ways that JSON, gzip and CloudTrail are sensitive to: bits
 * turned, parts taken out, doubled, words put in. The same state gives the same change. */
#ifndef TRAILLOOP_FUZZ_CHANGE_H
#define TRAILLOOP_FUZZ_CHANGE_H

#include "trailloop/base.h"

/* One to three changes. *state is the generator's, and moved on. 0 or TL_ENOMEM. */
int fuzz_change(struct tl_buf *b, uint64_t *state);

#endif
