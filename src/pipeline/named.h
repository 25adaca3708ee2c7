/* named: whether what a user typed means a resource. */
#ifndef TRAILLOOP_PIPELINE_NAMED_H
#define TRAILLOOP_PIPELINE_NAMED_H

#include "trailloop/event.h"

/* `given` is an id, a name or an ARN that may hold `*`; what it says of account and region must fit too.
 * `arn` is the resource's, or empty. */
bool resource_is_named(tl_str given, const struct tl_resource *r, tl_str arn);

#endif
