/* arn: names of resources: their ARNs and the ids AWS Config uses. */
#ifndef TRAILLOOP_EVENT_ARN_H
#define TRAILLOOP_EVENT_ARN_H

#include "trailloop/event.h"

struct arn {
    tl_str partition, service, region, account;
    tl_str resource; /* all that follows the account */
};
/* False when `s` is no ARN. The parts are borrowed from `s`. */
bool arn_parse(tl_str s, struct arn *out);
/* Whether ARNs of that type have a form that is known. */
bool arn_form_is_known(tl_str type);
/* Whether AWS Config's id of that type is whatever its verdicts say, a name or an ARN. */
bool arn_is_as_judged(tl_str type);
/* The type in AWS Config's words, static; empty when it is not known. */
tl_str arn_type(const struct arn *a);

/* What the call or verdict in `scope` (partition, account, region are used) names by `given`: an ARN's
 * account and region win over the scope's. `type` may be empty: it is then told from `given`. Texts are
 * borrowed from the arguments or made in `a`. 0 or TL_ENOMEM. */
int resource_make(struct tl_arena *a, const struct tl_event *scope, tl_str type, tl_str given,
                  struct tl_resource *out);

/* The same for an id of two parts, such as an API and its stage. An id that is empty names nothing. */
int resource_make_joined(struct tl_arena *a, const struct tl_event *scope, tl_str type, tl_str first,
                         tl_str second, struct tl_resource *out);

/* The version or alias behind a function's name, which may be an ARN or part of one; else empty. */
tl_str function_qualifier(tl_str given);

#endif
