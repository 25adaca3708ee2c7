/* history: made-up CloudTrail histories for tests, with the records in the shapes CloudTrail delivers them.
 *
 * A history is a growing list of records. Each function adds one record at the time given (in any order) to
 * the account and region last named, and returns its eventID, borrowed until the next record is added.
 * Everything is drawn from one seeded generator: the same calls give the same bytes. A failure (memory) ends
 * the test program.
 *
 * No public data set holds a PutEvaluations or a remediation started by AWS Config, so these shapes follow
 * the AWS API models, the AWS documentation and the samples that open-source tools test with.
 */
#ifndef TRAILLOOP_TEST_HISTORY_H
#define TRAILLOOP_TEST_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#define TLH_ID_BYTES 37 /* a UUID and its end */

struct tlh_event {
    int64_t time_s;
    size_t order; /* set by tlh_sort */
    char *text;   /* owned; compact JSON, one line, no line end */
    char id[TLH_ID_BYTES];
    char account[16], region[24], service[32], name[64];
};

struct tlh {
    struct tlh_event *events;
    size_t n, cap;
    uint64_t state; /* of the generator */
    char account[16], region[24];
    const char *error; /* errorCode of the next record, borrowed; then forgotten */
};

struct tlh *tlh_new(uint64_t seed);
void tlh_free(struct tlh *h);
/* What comes from now on is of this account and region. At first 111122223333, ap-northeast-1. */
void tlh_place(struct tlh *h, const char *account, const char *region);
/* The next record failed with this errorCode, its parameters withheld, as AccessDenied mostly does. */
void tlh_fail_next(struct tlh *h, const char *error_code);
uint32_t tlh_random(struct tlh *h, uint32_t from, uint32_t to); /* both included */

/* Who calls. A role's session, unless `user` names an IAM user. */
struct tlh_actor {
    const char *role, *session, *user;
    const char *ip, *agent;
    const char *invoked_by; /* NULL: nobody */
};
extern const struct tlh_actor tlh_config_evaluator;   /* AWS Config itself, evaluating */
extern const struct tlh_actor tlh_config_remediation; /* AWS Config's role that starts runbooks */
extern const struct tlh_actor
    tlh_modify_function;                    /* the incident's second function, under a role of its own */
extern const struct tlh_actor tlh_engineer; /* a person at the console, single sign-on */
extern const struct tlh_actor tlh_pipeline; /* a deployment pipeline */

/* Any record. `request`, `response` and `additional` are taken over; NULL gives null, or no
 * additionalEventData. */
const char *tlh_record(struct tlh *h, int64_t t, const char *service, const char *name,
                       const struct tlh_actor *who, json_t *request, json_t *response, json_t *additional);

const char *tlh_verdict(struct tlh *h, int64_t t, const char *rule, const char *type, const char *id,
                        const char *compliance);
/* A record of a call in test mode: it counts for nothing. */
const char *tlh_verdict_test_mode(struct tlh *h, int64_t t, const char *rule, const char *type,
                                  const char *id, const char *compliance);
/* StartAutomationExecution by AWS Config. `parameter` may be NULL: nothing then names a resource. */
const char *tlh_attempt(struct tlh *h, int64_t t, const char *document, const char *parameter,
                        const char *value);
const char *tlh_remove_permission(struct tlh *h, int64_t t, const struct tlh_actor *who, const char *function,
                                  const char *statement);
const char *tlh_add_permission(struct tlh *h, int64_t t, const struct tlh_actor *who, const char *function,
                               const char *statement);
const char *tlh_put_remediation(struct tlh *h, int64_t t, const char *rule, const char *type,
                                const char *document, int attempts, int window_s);
/* Ordinary traffic; `kind` picks what, any number is one. */
const char *tlh_noise(struct tlh *h, int64_t t, uint32_t kind);
/* One every `least_s` to `most_s` seconds, from `from_s` up to before `to_s`. */
void tlh_noise_between(struct tlh *h, int64_t from_s, int64_t to_s, uint32_t least_s, uint32_t most_s);

void tlh_drop(struct tlh *h, size_t index); /* the record was lost */
void tlh_sort(struct tlh *h); /* by time; those of one second stay in the order they were added */

#endif
