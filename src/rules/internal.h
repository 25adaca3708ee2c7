/* What the files of this stage share. */
#ifndef TRAILLOOP_RULES_INTERNAL_H
#define TRAILLOOP_RULES_INTERNAL_H

#include "trailloop/limits.h"
#include "trailloop/rules.h"

/* Says why; returns TL_RULES_BAD. */
int fault_set(struct tl_rule_fault *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Says where: at byte `at` of `text`. */
void fault_place(struct tl_rule_fault *f, tl_str text, size_t at);

/* One step as users write it, without space around, in its normal form: without a version, runs of `*` as
 * one. It lives in the arena. 0; TL_RULES_BAD with *f but for the place, and *at, the byte of `text` that is
 * wrong; or TL_ENOMEM. */
int step_read(struct tl_arena *arena, tl_str text, tl_str *out, size_t *at, struct tl_rule_fault *f);

/* Whether a user's rule may be named so, and there is room for it. 0, or TL_RULES_BAD. */
int rules_check_name(const struct tl_rules *s, tl_str name, struct tl_rule_fault *f);
/* Adds one, which was checked. 0 or TL_ENOMEM. */
int rules_add(struct tl_rules *s, const struct tl_rule *rule, const struct tl_chain *chain);

/* The number of the built-in chain with that name; SIZE_MAX: there is none. */
size_t built_in_find(tl_str name);

#endif
