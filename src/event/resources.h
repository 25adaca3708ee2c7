/* resources: where the id of what a call touches sits, and what AWS Config calls it. Data; change.c applies
 * it. */
#ifndef TRAILLOOP_EVENT_RESOURCES_H
#define TRAILLOOP_EVENT_RESOURCES_H

#include "trailloop/base.h"

struct resource_row {
    const char *service; /* of service:Action; "*" in the general rows */
    const char *actions; /* separated by spaces; each may hold `*` */
    /* Of the id: keys separated by dots, from requestParameters on. EC2's wrapper `<Action>Request`, `items`
     * lists and `content` objects need not be named. NULL: the account itself. "<" in front: from
     * responseElements on. */
    const char *path;
    const char *type; /* NULL: told from the id (an ARN, or an EC2 id by its prefix) */
    /* Where responseElements carries the id that AWS Config uses, when `path` leads to another; or NULL. */
    const char *config_id;
};

/* Every row that matches is applied, but of neighbouring rows of one type only the first that finds
 * something. */
extern const struct resource_row resource_rows[];
extern const size_t n_resource_rows;

/* For calls that no row above knows: well-known fields that name a resource whatever the call is. */
extern const struct resource_row general_rows[];
extern const size_t n_general_rows;

/* EC2 ids say what they are: `sg-` is a security group. */
struct id_prefix {
    const char *prefix, *type;
};
extern const struct id_prefix id_prefixes[];
extern const size_t n_id_prefixes;

#endif
