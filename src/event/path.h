/* path: the texts at the end of a path of keys, such as `instancesSet.instanceId`, in a part of a record. */
#ifndef TRAILLOOP_EVENT_PATH_H
#define TRAILLOOP_EVENT_PATH_H

#include "work.h"

/* 0 to go on; all else is returned by path_each. */
typedef int path_fn(void *ctx, tl_str text);

/* Gives `fn` every text at the end of `path`. Lists are entered; `{"items": [...]}`, and `{"tag": 1,
 * "content": x}` at the end, are seen through. 0 or TL_ENOMEM. */
int path_each(struct tl_extractor *x, struct js_value v, tl_str path, path_fn *fn, void *ctx);
/* The first of them; empty when there is none. */
int path_first(struct tl_extractor *x, struct js_value v, tl_str path, tl_str *out);

#endif
