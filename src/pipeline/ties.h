/* ties: from what attempts say to the resources they mean. */
#ifndef TRAILLOOP_PIPELINE_TIES_H
#define TRAILLOOP_PIPELINE_TIES_H

#include "trailloop/history.h"

/* Makes h->ties of h->values. 0 or TL_ENOMEM. */
int tl_tie_attempts(struct tl_history *h);

/* The part of an ARN with this number, from 0: 3 is the region, 4 the account. Empty when `value` is no ARN
 * or has none there (S3). */
tl_str tl_arn_part(tl_str value, int number);

#endif
