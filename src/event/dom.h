/* dom: jansson, for the few records whose deep structure matters. */
#ifndef TRAILLOOP_EVENT_DOM_H
#define TRAILLOOP_EVENT_DOM_H

#include "work.h"

#include <jansson.h>

/* No longer text is made a tree of: CloudTrail delivers at most 256 KiB an event, and a tree takes up to 77
 * times its text. */
#define DOM_MAX_BYTES ((size_t)1 << 18)
/* What lies deeper is null in the tree. The deepest that is read: configurations > element > parameters >
 * value. */
#define DOM_MAX_LEVELS 16

enum { DOM_TOO_LARGE = 1 };
/* A tree of an object or array that the scanner has read: numbers as strings, lone surrogates as U+FFFD. *out
 * is NULL for any other value. The caller ends it with json_decref. 0, DOM_TOO_LARGE, or TL_ENOMEM. */
int dom_load(struct tl_extractor *x, struct js_value v, json_t **out);

/* Member `key`, its first letter in either case; NULL when there is none or `object` is none. Borrowed. */
json_t *dom_get(json_t *object, const char *key);
/* The text of a string member, in the arena; empty for anything else. 0 or TL_ENOMEM. */
int dom_text(struct tl_extractor *x, json_t *value, tl_str *out);
/* `true`, or the string "true" in any case. */
bool dom_is_true(json_t *value);
/* A whole number from 1 to `max`, else `otherwise`. */
int64_t dom_count(json_t *value, int64_t max, int64_t otherwise);

#endif
