/* work: what the parts of this stage share while they make one event of one record. */
#ifndef TRAILLOOP_EVENT_WORK_H
#define TRAILLOOP_EVENT_WORK_H

#include "fields.h"

#include "trailloop/digest.h"
#include "trailloop/event.h"

struct tl_extractor {
    struct tl_arena arena;
    struct tl_sha256 *sha;
    bool keep; /* texts of the event at hand are copied: it is known to be made */
    struct field_keys keys;
    struct tl_buf scratch;     /* for whatever needs a text for a moment */
    struct tl_resource *found; /* of the record at hand; copied to the arena when all are found */
    size_t n_found, cap_found;
};

enum call { CALL_OTHER, CALL_VERDICTS, CALL_ATTEMPT, CALL_CONTROL, CALL_CHANGE /* it may be one */ };

struct work {
    struct tl_extractor *x;
    struct fields f;
    struct tl_event *ev;
    enum call call;
    enum tl_control_action control; /* of CALL_CONTROL */
};

/* The text of a string (without escapes) or number; empty for anything else. Borrowed from the record, or
 * (where it was escaped, or the event is to outlive its record) in the arena. 0 or TL_ENOMEM. */
int work_text(struct tl_extractor *x, struct js_value v, tl_str *out);
/* True for the literal and for the string that says so: readOnly is "true" in lookup-events. */
bool work_is_true(struct js_value v);
/* An object as it is, or the object inside a string (as Athena and some exports print parameters); JS_NONE if
 * it is neither. 0 or TL_ENOMEM. */
int work_object(struct tl_extractor *x, struct js_value v, struct js_value *out);

/* Makes room for one more element of `size` bytes in the array of `n` at *items, which lies in the arena: it
 * is grown by doubling, and the smaller ones stay there until the reset. 0 or TL_ENOMEM. */
int work_grow(struct tl_extractor *x, void *items, size_t *cap, size_t n, size_t size);

/* identity.c: who called. Fills principal, session, execution_id and the person flag. 0 or TL_ENOMEM. */
int identity_read(struct work *w);

/* api.c */
bool api_reads_only(tl_str action); /* told from the verb, where the record does not say */
bool api_is_control(tl_str service, tl_str action, enum tl_control_action *out);
/* A name without the ARN around it: arn:aws:ssm:...:document/NAME. */
tl_str document_name(tl_str given);
/* The event's id from its text. 0 or TL_ENOMEM. */
int event_id_make(struct tl_extractor *x, tl_str text, struct tl_event *ev);

/* change.c: whether a call that is not read-only may change a resource; its resources and aliases. 0 or
 * TL_ENOMEM. */
bool change_is_possible(const struct tl_event *ev);
int change_read(struct work *w);
/* detail.c: what was put or taken away. 0 or TL_ENOMEM. */
int detail_read(struct work *w);
/* fingerprint.c: of a call's parameters (TL_FINGERPRINT_*); 0 when they are no object. */
uint64_t fingerprint_of(struct js_value request);

/* Each fills its part of the event and its kind; 0 or TL_ENOMEM. What cannot be read is left out. */
int verdicts_read(struct work *w);
int attempt_read(struct work *w);
int controls_read(struct work *w);

#endif
