/* fields: which values of a record are wanted, and the one walk that takes them. */
#ifndef TRAILLOOP_EVENT_FIELDS_H
#define TRAILLOOP_EVENT_FIELDS_H

#include "trailloop/json.h"

enum field {
    F_EVENT_VERSION,
    F_EVENT_TIME,
    F_EVENT_SOURCE,
    F_EVENT_NAME,
    F_AWS_REGION,
    F_EVENT_ID,
    F_N_REQUIRED,
    F_EVENT_TYPE = F_N_REQUIRED,
    F_EVENT_CATEGORY,
    F_RECIPIENT_ACCOUNT,
    F_READ_ONLY,
    F_ERROR_CODE,
    F_ERROR_MESSAGE,
    F_SOURCE_IP,
    F_USER_AGENT,
    F_FROM_CONSOLE,
    F_REQUEST,
    F_RESPONSE,
    F_ADDITIONAL,
    F_RESOURCES,
    F_ADDENDUM,
    F_IDENTITY,
    /* under userIdentity, in parts that are cleared together when their key comes twice */
    F_USER_TYPE,
    F_USER_PRINCIPAL_ID,
    F_USER_ARN,
    F_USER_ACCOUNT,
    F_USER_NAME,
    F_USER_INVOKED_BY,
    F_SESSION_CONTEXT,
    F_SESSION_ISSUER,
    F_ISSUER_TYPE,
    F_ISSUER_PRINCIPAL_ID,
    F_ISSUER_ARN,
    F_ISSUER_NAME,
    F_N
};

struct fields {
    /* JS_NONE where the record has none; the containers that are walked keep their type only. */
    struct js_value v[F_N];
};

/* Where a key is looked up by its first eight bytes; filled by fields_init. */
#define FIELD_SLOTS 128
struct field_keys {
    struct field_key {
        uint64_t head;
        const char *name;
        uint8_t n; /* the name's length; 0 in an empty slot */
        uint8_t field;
    } slots[FIELD_SLOTS];
};
void fields_init(struct field_keys *keys);

/* Walks the whole record, but leaves what is under userIdentity empty. False when it is no valid JSON object:
 * j->why and j->p say what and where. */
bool fields_read(const struct field_keys *keys, struct js *j, struct fields *out);
/* Fills what is under userIdentity; to be called by whoever looks there. */
void fields_read_identity(struct fields *out);
/* What to say when a required field is not there; static text. */
const char *fields_required_problem(enum field f);

#endif
