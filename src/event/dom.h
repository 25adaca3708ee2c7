/* dom: jansson, for the few records whose deep structure matters. */
#ifndef TRAILLOOP_EVENT_DOM_H
#define TRAILLOOP_EVENT_DOM_H

#include "work.h"

#include <jansson.h>

/* What is given to jansson is never longer: CloudTrail delivers at most 256 KiB an event, and a DOM takes up
 * to 77 times its text. */
#define DOM_MAX_BYTES ((size_t)1 << 18)

enum { DOM_TOO_LARGE = 1 };
/* A tree of a value that the scanner has read: numbers as strings, lone surrogates and NUL as U+FFFD. The
 * caller ends it with json_decref. 0, DOM_TOO_LARGE, or TL_ENOMEM. */
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
