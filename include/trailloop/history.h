/* history: the relevant part of the log, in memory: what detection walks and diagnosis explains.
 *
 * The store fills it: verdicts, attempts, changes on resources that were ever judged, and control events, in
 * time order. Everything is a dense array; a step points into the others by index. TL_NONE where there is
 * none. Texts live in the arena.
 */
#ifndef TRAILLOOP_HISTORY_H
#define TRAILLOOP_HISTORY_H

#include "trailloop/base.h"
#include "trailloop/event.h"

#define TL_NONE UINT32_MAX

enum tl_step_kind { TL_STEP_VERDICT, TL_STEP_ATTEMPT, TL_STEP_CHANGE };

enum {
    TL_STEP_FAILED = 1 << 0,
    TL_STEP_PERSON = 1 << 1,
    TL_STEP_BY_CONFIG = 1 << 2,
    TL_STEP_WITHHELD = 1 << 3,  /* parameters withheld or omitted by AWS */
    TL_STEP_CHILD = 1 << 4,     /* attempt: an automation started it; it is part of that one's attempt */
    TL_STEP_ELSEWHERE = 1 << 5, /* attempt: of a resource that is not in the history */
};

struct tl_step {
    int64_t time_s;
    struct tl_event_id event;
    uint32_t scope;    /* of the record: account and region */
    uint32_t resource; /* verdict, change; TL_NONE for an attempt, and for a failed change that names none */
    uint32_t subject;  /* verdict: config rule (a text); attempt: document (a text); change: api */
    uint32_t caller;
    uint32_t execution;   /* a text: attempt: its own; change: the one its session is named after. Where an
                             automation started that one, the one that began it all, if the log has its start */
    uint32_t detail;      /* a text: change: what was put or taken away, where the call says it; attempt: a
                             child's own execution */
    uint64_t fingerprint; /* change: of its parameters (TL_FINGERPRINT_*); 0 for none */
    uint8_t kind, flags, compliance;
};

struct tl_api {
    tl_str service, action;
};

struct tl_scope {
    tl_str account, region;
    int64_t first_s, last_s; /* coverage: event times seen, of any event */
    uint64_t n_records;
};

/* A stretch in which not one record of the scope is in the log: whole minutes, between two that hold one. */
struct tl_silence {
    uint32_t scope;
    int64_t from_s, to_s;
};

struct tl_caller {
    tl_str principal, user_agent, identity_type;
    bool person;
};

/* What an attempt says among its parameters or targets that can name a resource. Sorted by step. */
struct tl_attempt_value {
    uint32_t step, text;
};

/* Another name of a judged resource. By resource, then name. */
struct tl_other_name {
    uint32_t resource;
    tl_str name;
};

/* Such a value, found to name a resource of this history. Sorted by step, then resource. */
struct tl_tie {
    uint32_t step, resource;
};

struct tl_control_step {
    int64_t time_s;
    struct tl_event_id event;
    enum tl_control_action action;
    bool automatic;
    uint32_t scope, rule, resource, document; /* rule, document: texts */
    int attempts;
    int64_t window_s;
};

struct tl_history {
    struct tl_arena arena;
    struct tl_step *steps; /* by time, then by event id, then resource, then rule: a total order */
    size_t n_steps, cap_steps;
    struct tl_control_step *controls; /* by time, then by event id; successful ones only */
    size_t n_controls, cap_controls;
    struct tl_attempt_value *values; /* the store's */
    size_t n_values, cap_values;
    struct tl_tie *ties; /* the pipeline's, made from the values */
    size_t n_ties, cap_ties;
    struct tl_resource *resources;
    size_t n_resources, cap_resources;
    struct tl_other_name *names;
    size_t n_names, cap_names;
    struct tl_silence *silences; /* the pipeline's, of the scopes of loops; by scope, then time */
    size_t n_silences, cap_silences;
    struct tl_scope *scopes;
    size_t n_scopes, cap_scopes;
    struct tl_caller *callers;
    size_t n_callers, cap_callers;
    struct tl_api *apis;
    size_t n_apis, cap_apis;
    tl_str *texts; /* rules, documents, executions; text 0 is always the empty one */
    size_t n_texts, cap_texts;
};

/* A change as far as it is needed to tell whether there may be a loop (tl_restless_look). */
struct tl_call {
    int64_t time_s;
    uint64_t fingerprint, detail; /* detail: a number that stands for the text */
    uint32_t kind;
};

void tl_history_fini(struct tl_history *h); /* {0} is an empty one */

/* Lists of step indices, one per owner (a resource, a scope ...), each in time order, in one array: those of
 * owner o are at[start[o]] to at[start[o + 1]] (exclusive). */
struct tl_lists {
    uint32_t *start, *at; /* owned */
    uint32_t n;           /* owners */
};
/* Groups the steps 0 to n_steps - 1 by owner[step]; TL_NONE leaves one out. 0 or TL_ENOMEM; to be ended in
 * both cases. */
int tl_lists_make(struct tl_lists *out, uint32_t n_owners, uint32_t n_steps, const uint32_t *owner);
void tl_lists_fini(struct tl_lists *l);
/* Where in `at` the owner's first step at t_s or later is; start[owner + 1] if there is none. */
uint32_t tl_lists_at(const struct tl_lists *l, const struct tl_history *h, uint32_t owner, int64_t t_s);

#endif
