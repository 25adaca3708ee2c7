/* discover: repeating patterns in a sequence of calls, whatever they are: no rule names them. Pure; calls are
 * numbers that are equal where the calls are.
 *
 * A repetition is a run of copies of a unit of 1 to 16 calls that is no repetition itself (abab is ab twice).
 * Copies follow one another; between two exact copies there may be one foreign call, or up to three copies in
 * a row with one flaw each: one foreign call inside; one call missing; or both, one call in the place of
 * another (where a call is missing the copy is partial and not counted). Of all the ways to read a sequence,
 * the one that explains most is taken, and what is left is read again. Time and memory are linear in the
 * number of calls. docs/ARCHITECTURE.md, "Discovery".
 */
#ifndef TRAILLOOP_DISCOVER_H
#define TRAILLOOP_DISCOVER_H

#include "trailloop/base.h"
#include "trailloop/limits.h"

struct tl_copy {
    uint32_t first, n_calls; /* in the sequence; a foreign call inside counts too */
    bool partial;            /* one call is missing */
};

struct tl_repetition {
    uint32_t unit, n_unit;          /* calls[unit] to calls[unit + n_unit - 1] is the unit as first seen */
    uint32_t first_copy, n_copies;  /* in copies[], partial ones too */
    uint32_t n_complete, n_foreign; /* complete copies; foreign calls between and inside them */
};

struct tl_repetitions {
    struct tl_repetition *items; /* by first call; they do not overlap */
    size_t n, cap;
    struct tl_copy *copies;
    size_t n_copies, cap_copies;
};

/* Every repetition of at least `min_copies` (2 or more) complete copies in calls[0] to calls[n - 1]. 0 or
 * TL_ENOMEM; to be ended in both cases. At most UINT32_MAX / 2 calls. */
int tl_repetitions_find(const uint32_t *calls, size_t n, uint32_t min_copies, struct tl_repetitions *out);
void tl_repetitions_fini(struct tl_repetitions *r);

/* Where the least rotation of a unit starts: equal for the rotations of one unit once they are turned so. */
size_t tl_unit_least_rotation(const uint32_t *unit, size_t n);

/* Inside one second the order of calls is not known: puts those that share one into the order that follows,
 * for as many as can be told, which call most often comes after which where the seconds tell. order[n] is
 * filled with indexes; times and calls are in time order. 0 or TL_ENOMEM. */
int tl_calls_order(const int64_t *times_s, const uint32_t *calls, size_t n, uint32_t *order);

#endif
