/* event: one record slice to one event: who called what, when, on which resources, with which outcome.
 *
 * A hand-written scanner walks the record once: it validates the JSON (RFC 8259, UTF-8) and takes the fixed
 * fields; trees of jansson's are built only of the parts whose deep structure matters (verdicts, attempts,
 * control events). Of two members with one key the last one counts.
 */
#ifndef TRAILLOOP_EVENT_H
#define TRAILLOOP_EVENT_H

#include "trailloop/base.h"

/* An eventID. UUIDs in their usual lower-case form are their own 16 bytes; any other id is the first 16 bytes
 * of the SHA-256 of its text, and the text is kept beside it. */
struct tl_event_id {
    uint8_t b[16];
};

/* A resource in AWS Config's own terms. Region is "global" for global services (IAM). */
struct tl_resource {
    tl_str partition; /* aws, aws-cn, aws-us-gov, ... */
    tl_str account, region;
    tl_str type; /* AWS::Lambda::Function */
    tl_str id;   /* as AWS Config writes it; where the record does not tell that, the name or ARN given */
};

enum tl_compliance {
    TL_COMPLIANT,
    TL_NON_COMPLIANT,
    TL_NOT_APPLICABLE,
    TL_INSUFFICIENT_DATA,
    TL_COMPLIANCE_UNKNOWN
};
const char *tl_compliance_name(enum tl_compliance c); /* static: "NON_COMPLIANT" ... */

/* One evaluation of one resource (PutEvaluations, PutExternalEvaluation). One in testMode, which AWS Config
 * does not keep, is no verdict but a control. */
struct tl_verdict {
    struct tl_resource resource;
    tl_str rule; /* configRuleName; empty when the record does not name it */
    enum tl_compliance compliance;
};

/* StartAutomationExecution. */
struct tl_attempt {
    tl_str execution_id; /* automationExecutionId; empty when it failed or was withheld */
    tl_str document;     /* documentName, the name without the ARN around it; empty when withheld */
    bool by_config;      /* started by AWS Config's remediation */
    tl_str *values;      /* of parameters and targets: what can name a resource (no AutomationAssumeRole) */
    size_t n_values;
};

enum tl_control_action {
    TL_PUT_REMEDIATION_CONFIGURATION,
    TL_DELETE_REMEDIATION_CONFIGURATION,
    TL_PUT_REMEDIATION_EXCEPTION,
    TL_DELETE_REMEDIATION_EXCEPTION,
    TL_PUT_CONFIG_RULE,
    TL_DELETE_CONFIG_RULE,
    TL_START_REMEDIATION_EXECUTION,
    TL_START_CONFIG_RULES_EVALUATION,
    TL_EVALUATE_IN_TEST_MODE, /* PutEvaluations with testMode */
    TL_N_CONTROL_ACTIONS
};
const char *tl_control_action_name(enum tl_control_action a); /* static: "PutRemediationConfigurations" ... */

/* One configuration, exception key or rule of one control record. */
struct tl_control {
    enum tl_control_action action;
    tl_str rule;                 /* configRuleName */
    struct tl_resource resource; /* exceptions, manual starts, tests: its key; else a type at most */
    tl_str document;             /* PUT_REMEDIATION_CONFIGURATION: targetId without the ARN around it */
    bool automatic;
    int attempts;     /* maximumAutomaticAttempts; the default (5) where absent */
    int64_t window_s; /* retryAttemptSeconds; the default (60) where absent */
};

/* Two ids of one resource, learned from a record that carries both. What the caller's userIdentity teaches is
 * told once between two resets. */
struct tl_alias {
    struct tl_resource resource; /* `id` is the one AWS Config uses */
    tl_str name;                 /* the other one */
    tl_str name_type;            /* where the other one has a type of its own; else empty */
};

/* A fingerprint is equal where parameters are; from this bit on it is of the members' names alone, and
 * TL_FINGERPRINT_CAPACITY where one of them sets how much there is of something. */
#define TL_FINGERPRINT_KEYS_SHIFT 32
#define TL_FINGERPRINT_CAPACITY 0

/* Flags of an event. The store keeps these numbers. */
enum {
    TL_EVENT_READ_ONLY = 1 << 0,
    TL_EVENT_FAILED = 1 << 1,    /* errorCode is there: it changed nothing */
    TL_EVENT_WITHHELD = 1 << 2,  /* parameters withheld, hidden or omitted by AWS */
    TL_EVENT_RECOVERED = 1 << 3, /* found again after damage */
    TL_EVENT_TEXT_ID = 1 << 4,   /* eventID is no UUID; id_text holds it */
    TL_EVENT_DATA = 1 << 5,      /* eventCategory Data */
    TL_EVENT_PERSON = 1 << 6,    /* the caller is a person, as identity.c tells them */
    TL_EVENT_CHANGE = 1 << 7,    /* a mutating call on at least one resource; or a failed one whose
                                    parameters name none (CloudTrail leaves them out of most denied calls) */
    TL_EVENT_GENERAL = 1 << 8,   /* its resources were found by the general rule, not by the table */
};

enum tl_event_kind {
    TL_EVENT_OTHER,
    TL_EVENT_IS_CHANGE,
    TL_EVENT_IS_VERDICT,
    TL_EVENT_IS_ATTEMPT,
    TL_EVENT_IS_CONTROL
};

/* What the store has found out for an event and need not look up again for others of its shape. {0}: nothing
 * yet. */
struct tl_alike {
    int64_t shape, scope, session;
    uint64_t age; /* of the store's memory */
};

struct tl_event {
    struct tl_event_id id;
    tl_str id_text; /* as delivered; of an addendum that corrects another record, that one's */
    int64_t time_s;
    enum tl_event_kind kind;
    unsigned flags;
    tl_str source, name;    /* as delivered: lambda.amazonaws.com, AddPermission20150331v2 */
    tl_str service, action; /* lambda, AddPermission */
    tl_str account, region; /* recipientAccountId (else the caller's), awsRegion */
    tl_str partition;       /* told from the caller's ARN or the region */
    tl_str error_code;
    tl_str identity_type; /* userIdentity.type */
    tl_str principal;    /* the role's or user's ARN without the session; else invokedBy, principalId, type */
    tl_str session;      /* role session name; empty if none */
    tl_str execution_id; /* of the automation whose session this is (Automation-<id>, or the bare id) */
    tl_str user_agent, invoked_by;
    tl_str detail;        /* of a change: what was put or taken away (statement id, rule ...); may be empty */
    uint64_t fingerprint; /* of a change's parameters, 48 bits; 0 when it has none */
    const struct tl_resource *resources; /* of a change */
    size_t n_resources;
    const struct tl_verdict *verdicts;
    size_t n_verdicts;
    const struct tl_attempt *attempt; /* NULL unless kind is IS_ATTEMPT */
    const struct tl_control *controls;
    size_t n_controls;
    const struct tl_alias *aliases;
    size_t n_aliases;
    /* Not 0: events of this extractor with the same number have the same source, name, account, region,
     * caller, session, user agent, error, kind, flags and kinds of parts. */
    uint64_t shape;
    struct tl_alike *alike; /* of all those; borrowed, for the store to fill. NULL: none */
};

/* Outcomes of tl_extract. */
enum {
    TL_EXTRACT_DAMAGED = 1, /* no valid JSON object, or one of the six fields is missing: see why, at_byte */
    TL_EXTRACT_FOREIGN, /* a valid object that is no CloudTrail API event (Insights record, S3 notification,
                           ...) */
    TL_EXTRACT_UNUSED,  /* an event that detection does not need, where no other is asked for */
};

struct tl_extractor; /* holds what is made once: arena, tables. One per thread */
int tl_extractor_new(struct tl_extractor **out, struct tl_err *err);
void tl_extractor_free(struct tl_extractor *x);
/* Forgets every event made so far, and whose names were told: to be called once per batch, which must be all
 * of one file or of a part of it. */
void tl_extractor_reset(struct tl_extractor *x);
/* The same, and from now on the texts of events go into `texts` (borrowed until the next call of this), to
 * live as long as it is not reset; NULL: into the extractor's own again. */
void tl_extractor_into(struct tl_extractor *x, struct tl_arena *texts);

struct js_index;

/* Fills *ev, whose texts live in the extractor until tl_extractor_reset, or where tl_extractor_into said;
 * `record` may go. `index` is the proof that the record is valid, or NULL, and then every byte of it is
 * looked at here. A record is whole with eventVersion, eventTime, eventSource, eventName, awsRegion and
 * eventID; all else is optional and may be null, a string or of any other type where an object is usual. With
 * `needed_only` an event that is no verdict, attempt, change or control and teaches no name is checked in the
 * same way and not made: of it time_s, account and region are told, borrowed from `record` or until the next
 * call. 0, an outcome above (damage with *why static text and *at_byte in `record`), or TL_ENOMEM. */
int tl_extract(struct tl_extractor *x, tl_str record, const struct js_index *index, bool needed_only,
               struct tl_event *ev, const char **why, size_t *at_byte, struct tl_err *err);

/* `Service:Action` parts of an API as delivered (versions stripped). Borrowed from the arguments. */
tl_str tl_api_service(tl_str event_source);
tl_str tl_api_action(tl_str event_name);

/* For those who write such names. Whether a call of that name can be a change: not one that only reads, nor
 * one that is recorded as something else (a control event). `action` may hold `*`. */
bool tl_api_can_change(tl_str service, tl_str action);
/* How AWS writes the beginning of the action, where that is known and differs from `action` in capitals
 * alone; else empty. Static. */
tl_str tl_api_spelling(tl_str service, tl_str action);

/* The id under which AWS Config knows what `given` names (an ARN, a partial or qualified ARN, a name): for a
 * type that is known, its normal form; otherwise what follows the last '/' of an ARN, or, where there is
 * none, the last ':'; else `given`. */
tl_str tl_resource_normal_id(tl_str type, tl_str given);
/* False where `given` is an ARN that is known to be of another type. */
bool tl_resource_may_be(tl_str type, tl_str given);
/* The name that calls use, where AWS Config's id is an ARN or URL that holds it; else empty. Borrowed. */
tl_str tl_resource_name(tl_str type, tl_str id);
/* The resource's ARN, appended to `out`. 0, TL_ENOMEM, or 1 if the type's ARN form is not known. */
int tl_resource_arn(const struct tl_resource *r, struct tl_buf *out);

#endif
