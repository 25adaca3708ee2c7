/* resources: where the id of what a call touches sits, and what AWS Config calls it. Data; change.c applies
 * it. */
#ifndef TRAILLOOP_EVENT_RESOURCES_H
#define TRAILLOOP_EVENT_RESOURCES_H

#include "trailloop/base.h"

/* In the place of a path: the account itself, in the region of the call, or (global services) in every one.
 */
#define PATH_ACCOUNT "@account"
#define PATH_ACCOUNT_EVERYWHERE "@everywhere"
/* In the place of `config_id`: the ARN of that type in the record's `resources`. */
#define ID_LISTED "@resources"

struct resource_row {
    const char *service; /* of service:Action; "*" in the general rows */
    const char *actions; /* separated by spaces; each may hold `*` */
    /* Of the id: keys separated by dots, from requestParameters on. EC2's wrapper `<Action>Request`, `items`
     * lists and `content` objects need not be named. "<" in front: from responseElements on. Two paths with a
     * space between them: the id has two parts, as the type's ARN has. */
    const char *path;
    const char *type; /* NULL: told from the id (an ARN, or an EC2 id by its prefix) */
    /* Where responseElements carries the id that AWS Config uses, when `path` leads to another; or NULL. */
    const char *config_id;
    const char *other_name; /* where requestParameters carries one more name of what was found; or NULL */
};

/* By service, in the order of their bytes. Every row that matches is applied, but of neighbouring rows of one
 * type only the first that finds something. */
extern const struct resource_row resource_rows[];
extern const size_t n_resource_rows;

/* For calls that no row above knows: well-known fields that name a resource whatever the call is. */
extern const struct resource_row general_rows[];
extern const size_t n_general_rows;

/* Answers that list resources with both of their names, as calls that only read give them. */
struct pair_row {
    const char *service, *actions;
    const char *list;      /* a member of responseElements: one object, or a list of them */
    const char *type;      /* NULL: the object's own resourceType */
    const char *id, *name; /* members of each object: AWS Config's id, and the other name */
};
extern const struct pair_row pair_rows[];
extern const size_t n_pair_rows;

/* EC2 ids say what they are: `sg-` is a security group. */
struct id_prefix {
    const char *prefix, *type;
};
extern const struct id_prefix id_prefixes[];
extern const size_t n_id_prefixes;

#endif
