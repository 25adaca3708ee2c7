/* The walk over one record: every byte is validated, the fields of the tables below are kept as slices, all
 * else is passed over. The tables are the only place that knows where a field sits; an object of a table is
 * walked with a table of its own, so the recursion is as deep as the tables, not as the input. */
#include "fields.h"

#include <string.h>

struct wanted {
    tl_str key;
    uint8_t field;
    uint8_t last; /* of the fields that lie under it, when `under` is set */
    uint8_t n_under;
    const struct wanted *under;
};

#define KEY(name, field_)                                                                                    \
    {                                                                                                        \
        {(name), sizeof(name) - 1}, (field_), (field_), 0, NULL                                              \
    }
#define OBJECT(name, field_, last_, table)                                                                   \
    {                                                                                                        \
        {(name), sizeof(name) - 1}, (field_), (last_), sizeof(table) / sizeof *(table), (table)              \
    }

static const struct wanted in_issuer[] = {
    KEY("type", F_ISSUER_TYPE),
    KEY("principalId", F_ISSUER_PRINCIPAL_ID),
    KEY("arn", F_ISSUER_ARN),
    KEY("userName", F_ISSUER_NAME),
};

static const struct wanted in_session_context[] = {
    OBJECT("sessionIssuer", F_SESSION_ISSUER, F_ISSUER_NAME, in_issuer),
};

static const struct wanted in_identity[] = {
    KEY("type", F_USER_TYPE),
    KEY("principalId", F_USER_PRINCIPAL_ID),
    KEY("arn", F_USER_ARN),
    KEY("accountId", F_USER_ACCOUNT),
    KEY("userName", F_USER_NAME),
    KEY("invokedBy", F_USER_INVOKED_BY),
    OBJECT("sessionContext", F_SESSION_CONTEXT, F_ISSUER_NAME, in_session_context),
};

static const struct wanted in_record[] = {
    KEY("eventVersion", F_EVENT_VERSION),
    KEY("eventTime", F_EVENT_TIME),
    KEY("eventSource", F_EVENT_SOURCE),
    KEY("eventName", F_EVENT_NAME),
    KEY("awsRegion", F_AWS_REGION),
    KEY("eventID", F_EVENT_ID),
    KEY("eventType", F_EVENT_TYPE),
    KEY("eventCategory", F_EVENT_CATEGORY),
    KEY("recipientAccountId", F_RECIPIENT_ACCOUNT),
    KEY("readOnly", F_READ_ONLY),
    KEY("errorCode", F_ERROR_CODE),
    KEY("errorMessage", F_ERROR_MESSAGE),
    KEY("sourceIPAddress", F_SOURCE_IP),
    KEY("userAgent", F_USER_AGENT),
    KEY("sessionCredentialFromConsole", F_FROM_CONSOLE),
    KEY("requestParameters", F_REQUEST),
    KEY("responseElements", F_RESPONSE),
    KEY("additionalEventData", F_ADDITIONAL),
    KEY("resources", F_RESOURCES),
    OBJECT("userIdentity", F_IDENTITY, F_ISSUER_NAME, in_identity),
};

static const struct wanted *find(const struct wanted *table, size_t n, struct js_value key)
{
    for (size_t i = 0; i < n; i++)
        if ((table[i].key.n == key.raw.n && table[i].key.p[0] == key.raw.p[0]) || key.escaped)
            if (js_key_is(key, table[i].key, false))
                return &table[i];
    return NULL;
}

static bool take_members(struct js *j, const struct wanted *table, size_t n, unsigned depth,
                         struct fields *out)
{
    struct js_value key, ignored;
    bool first = true;
    js_open(j);
    while (js_next_member(j, &first, &key)) {
        const struct wanted *w = find(table, n, key);
        if (w && w->under)
            memset(&out->v[w->field], 0, (size_t)(w->last - w->field + 1) * sizeof out->v[0]);
        bool good;
        if (w && w->under && js_peek(j) == JS_OBJECT) {
            out->v[w->field].type = JS_OBJECT;
            good = take_members(j, w->under, w->n_under, depth + 1, out);
        } else {
            good = js_read_value(j, depth, w ? &out->v[w->field] : &ignored);
        }
        if (!good)
            return false;
    }
    return !j->why;
}

bool fields_read(struct js *j, struct fields *out)
{
    memset(out, 0, sizeof *out);
    if (js_peek(j) != JS_OBJECT) {
        j->why = "not a JSON object";
        return false;
    }
    return take_members(j, in_record, sizeof in_record / sizeof *in_record, 1, out) && js_read_end(j);
}

const char *fields_required_problem(enum field f)
{
    static const char *const problem[F_N_REQUIRED] = {
        [F_EVENT_VERSION] = "eventVersion is missing or not a string",
        [F_EVENT_TIME] = "eventTime is missing or not a string",
        [F_EVENT_SOURCE] = "eventSource is missing or not a string",
        [F_EVENT_NAME] = "eventName is missing or not a string",
        [F_AWS_REGION] = "awsRegion is missing or not a string",
        [F_EVENT_ID] = "eventID is missing or not a string",
    };
    return problem[f];
}
