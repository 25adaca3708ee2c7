/* Where the events that results point at lie, and their ids as delivered. */
#ifndef TRAILLOOP_PIPELINE_LOCATE_H
#define TRAILLOOP_PIPELINE_LOCATE_H

#include "trailloop/pipeline.h"

/* Fills ref->text; what else is known of the event goes into *o. Texts live in `arena`. */
int locate(struct tl_store *s, struct tl_arena *arena, struct tl_event_ref *ref, struct tl_event_origin *o,
           struct tl_err *err);
/* Everything that a finding points at. */
int locate_finding(struct tl_store *s, struct tl_arena *arena, struct tl_finding *f, struct tl_err *err);
/* The error of attempts without effect. */
int locate_failure(struct tl_store *s, struct tl_arena *arena, struct tl_without_effect *e,
                   struct tl_err *err);
/* The verdicts of a replay. */
int locate_phase(struct tl_store *s, struct tl_arena *arena, struct tl_retry_phase *p, struct tl_err *err);

#endif
