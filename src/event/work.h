/* work: what the parts of this stage share while they make one event of one record. */
#ifndef TRAILLOOP_EVENT_WORK_H
#define TRAILLOOP_EVENT_WORK_H

#include "fields.h"

#include "trailloop/digest.h"
#include "trailloop/event.h"

enum call { CALL_OTHER, CALL_VERDICTS, CALL_ATTEMPT, CALL_CONTROL, CALL_CHANGE /* it may be one */ };

/* What is known of an API, and by which of its service's rows in resources.c its resources are found. */
#define KNOWN_APIS 1024
#define KNOWN_PROBES 8      /* slots that one may be in */
#define KNOWN_API_BYTES 112 /* of both names: the longest real ones have 96 */
#define KNOWN_ROWS 64       /* of one service; a test holds the table to it */
struct known_api {
    size_t n_source, n_name; /* 0: nothing is known, or the names are too long to be remembered */
    uint64_t number;         /* among all that were known; 0 with names too long */
    size_t n_service, n_action;
    bool reads_only;                /* told by its verb */
    enum call call;                 /* unless the record says that it only reads */
    enum tl_control_action control; /* of CALL_CONTROL */
    bool has_rows;                  /* the three below are filled */
    size_t first_row;               /* of its service */
    uint64_t rows;                  /* a bit for each from there on */
    uint64_t general;               /* a bit for each of the general ones */
    char text[KNOWN_API_BYTES];     /* the source, then the name */
};

/* A row of resources.c made ready: what of it is the same for every record. */
struct ready_row {
    const struct resource_row *row;
    tl_str type, path; /* the path without its mark */
    enum { ROW_REQUEST, ROW_RESPONSE, ROW_JOINED, ROW_ACCOUNT, ROW_ACCOUNT_EVERYWHERE } form;
    uint64_t key; /* key_bit of what the request must have; all bits, where it need not have anything */
};

/* What was worked out of a caller, to be used for the next event that carries the same bytes: most do. It
 * outlives the events it was made for; whoever uses it first after a reset copies its texts to the arena. */
#define CALLER_TEXTS 7
struct known_caller {
    struct tl_buf bytes;                 /* owned: all texts, those that were worked out last */
    tl_str identity, user_agent, region; /* what it is known by; of the user agent without its quotes */
    bool from_console;
    uint64_t number; /* among all that were known */
    tl_str worked_out;
    tl_str texts[CALLER_TEXTS]; /* of these: parts of worked_out */
    unsigned flags;             /* TL_EVENT_PERSON */
    uint64_t reset;             /* since which `copy` is in the arena; 0: it is not */
    const char *copy;
};
#define KNOWN_CALLERS 128
#define KNOWN_CALLER_PROBES 4       /* places that one may be in */
#define KNOWN_CALLER_MAX_BYTES 4096 /* of identity and user agent: longer ones are worked out each time */

/* The bytes of a caller that was met. Real ones have 200 to 900; longer ones are met anew each time. */
#define MET_MAX_BYTES 1024
#define MET_CALLERS 8
#define TOLD_CALLERS 64
struct met_caller {
    size_t n;
    uint64_t names; /* a hash of the id and the name that it teaches; 0: it teaches none */
    char bytes[MET_MAX_BYTES];
};

/* What events of one shape have in common: see tl_event.shape. */
#define KNOWN_SHAPES 1024
#define KNOWN_SHAPE_PROBES 4
#define KNOWN_SHAPE_BYTES 64
struct known_shape {
    uint64_t number, caller, api; /* number 0: a free place */
    unsigned flags, parts;
    size_t n_account, n_error;
    char text[KNOWN_SHAPE_BYTES]; /* the account, then the error */
};

struct tl_extractor {
    struct tl_arena arena; /* of the event at hand: its own, or the one it was told to use */
    struct tl_arena *into;
    struct known_api apis[KNOWN_APIS], long_api;
    struct ready_row *rows; /* owned: the table's, then the general ones */
    struct tl_sha256 *sha;
    bool keep; /* texts of the event at hand are copied: it is known to be made */
    struct field_keys keys;
    struct tl_buf scratch;     /* for whatever needs a text for a moment */
    struct tl_resource *found; /* of the record at hand; copied to the arena when all are found */
    size_t n_found, cap_found;
    struct tl_alias *names; /* of the record at hand: what is learned of other names */
    size_t n_names, cap_names;
    uint64_t n_resets;
    uint64_t told[TOLD_CALLERS];        /* hashes of callers whose names were told since the last one */
    struct met_caller met[MET_CALLERS]; /* a ring */
    size_t n_met;
    struct known_caller callers[KNOWN_CALLERS];
    /* So many were known so far. A run may meet more than 2^32 of them, and no number may come again. */
    uint64_t n_callers, n_apis, n_shapes;
    struct known_caller *caller; /* of the event at hand, or NULL */
    struct known_caller *copied; /* for the event at hand, or NULL */
    struct known_shape shapes[KNOWN_SHAPES];
};

struct work {
    struct tl_extractor *x;
    struct fields f;
    struct tl_event *ev;
    enum call call;
    struct known_api *api;
    uint64_t keys;      /* of a change: key_bits of the request's members; all, where that is not known */
    bool caller_is_new; /* names_of_caller_are_new said so */
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

/* identity.c: who called. Fills principal, session, execution_id and the person flag, from the arena only. 0
 * or TL_ENOMEM. */
int identity_read(struct work *w);

/* shapes.c: tl_event.shape of an event that is made. */
uint64_t shape_number(struct work *w);

/* calls.c: what is known of the API with these names; good until the next call. */
struct known_api *api_known(struct tl_extractor *x, tl_str source, tl_str name);

/* api.c */
bool api_reads_only(tl_str action); /* told from the verb, where the record does not say */
bool api_is_control(tl_str service, tl_str action, enum tl_control_action *out);
/* A name without the ARN around it: arn:aws:ssm:...:document/NAME. */
tl_str document_name(tl_str given);
/* The event's id from its text. */
void event_id_make(struct tl_extractor *x, tl_str text, struct tl_event *ev);

/* names.c: that the resource has another name, for names_keep to put into the event. 0 or TL_ENOMEM. */
int names_add(struct tl_extractor *x, const struct tl_resource *r, tl_str name);
/* The name that the id itself holds. */
int names_add_own(struct tl_extractor *x, const struct tl_resource *r);
/* names.c: of a judged resource whose type's ARNs have no known form: what the general rule calls it where it
 * finds its ARN, as `sagemaker:notebook-instance` for AWS::SageMaker::NotebookInstance. 0 or TL_ENOMEM. */
int names_add_general(struct tl_extractor *x, const struct tl_resource *r);
/* names.c: the only ARN of that type in the record's `resources`; empty when there is none. 0 or TL_ENOMEM.
 */
int work_listed(struct work *w, tl_str type, tl_str *out);
int names_keep(struct work *w);
/* Whether the caller's unique id and name were not told since the last reset; it then counts as told. Every
 * record of a role has them, and one in each batch is enough. */
bool names_of_caller_are_new(struct work *w);
int names_of_caller(struct work *w); /* once the principal is known */
/* Whether a call that only reads may have an answer with pairs of names, and those of it. */
bool names_may_be_listed(const struct work *w);
int names_listed(struct work *w);

/* One of 64 bits for a key, whatever the case of its first letter: most of the keys that are looked for are
 * not in a request, and a bit that is not set says so without a walk over it. */
static inline uint64_t key_bit(tl_str key)
{
    unsigned first = key.n ? (unsigned char)key.p[0] | 0x20u : 0,
             last = key.n ? (unsigned char)key.p[key.n - 1] : 0;
    return UINT64_C(1) << ((key.n * 31 + first * 7 + last) & 63);
}

/* rows.c: the table of resources made ready, to be freed. NULL without memory. */
struct ready_row *rows_make(void);
/* Which of them are for the API. */
void rows_find(struct known_api *api, tl_str service, tl_str action);
const struct ready_row *rows_general(const struct tl_extractor *x); /* the first of the general ones */

/* change.c: whether a call that is not read-only may change a resource; its resources. 0 or TL_ENOMEM. */
bool change_is_possible(tl_str service, tl_str action);
int change_read(struct work *w);
/* detail.c: what was put or taken away. 0 or TL_ENOMEM. */
int detail_read(struct work *w);
/* fingerprint.c: of a call's parameters (TL_FINGERPRINT_*), but for the members with which the path `but`
 * begins, or two with a space between them; 0 when they are no object. */
uint64_t fingerprint_of(struct js_value request, tl_str but);

/* Each fills its part of the event and its kind; 0 or TL_ENOMEM. What cannot be read is left out. */
int verdicts_read(struct work *w);
int attempt_read(struct work *w);
int controls_read(struct work *w);

#endif
