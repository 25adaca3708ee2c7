/* Records for the tests of the event stage: a plain one, with single fields replaced, added or left out. */
#ifndef EVENT_SUPPORT_H
#define EVENT_SUPPORT_H

#include "trailloop/event.h"
#include "trailloop/json.h"

#include <stdlib.h>
#include <string.h>

/* The record every row starts from. Field by field, so that a row can replace one. */
static const char *const plain_fields[][2] = {
    {"eventVersion", "\"1.08\""},
    {"userIdentity",
     "{\"type\":\"AssumedRole\",\"principalId\":\"AROAX:sess\",\"arn\":\"arn:aws:sts::111122223333:assumed-"
     "role/fixer/"
     "sess\",\"accountId\":\"111122223333\",\"sessionContext\":{\"sessionIssuer\":{\"type\":\"Role\","
     "\"principalId\":"
     "\"AROAX\",\"arn\":\"arn:aws:iam::111122223333:role/path/fixer\",\"userName\":\"fixer\"}}}"},
    {"eventTime", "\"2024-02-27T07:57:24Z\""},
    {"eventSource", "\"lambda.amazonaws.com\""},
    {"eventName", "\"AddPermission20150331v2\""},
    {"awsRegion", "\"ap-northeast-1\""},
    {"sourceIPAddress", "\"203.0.113.7\""},
    {"userAgent", "\"Boto3/1.26 exec-env/AWS_Lambda_python3.9\""},
    {"requestParameters",
     "{\"functionName\":\"fn\",\"statementId\":\"sid\",\"action\":\"lambda:InvokeFunction\"}"},
    {"responseElements", "null"},
    {"eventID", "\"0123abcd-4567-89ab-cdef-0123456789ab\""},
    {"readOnly", "false"},
    {"eventType", "\"AwsApiCall\""},
    {"recipientAccountId", "\"111122223333\""},
};
#define N_PLAIN (sizeof plain_fields / sizeof *plain_fields)

/* `changes` is NULL or alternates names and values, ends with NULL; the value "" leaves the field out.
 * `first` turns the order of the fields. */
static void record_write(struct tl_buf *b, const char *const *changes, size_t first)
{
    const char *comma = "";
    b->n = 0;
    assert_int_equal(tl_buf_add(b, "{", 1), 0);
    for (size_t i = 0; i < N_PLAIN; i++) {
        const char *const *field = plain_fields[(i + first) % N_PLAIN];
        const char *value = field[1];
        for (size_t k = 0; changes && changes[k]; k += 2)
            if (strcmp(changes[k], field[0]) == 0)
                value = changes[k + 1];
        if (*value)
            assert_int_equal(tl_buf_printf(b, "%s\"%s\":%s", comma, field[0], value), 0);
        comma = *value ? "," : comma;
    }
    for (size_t k = 0; changes && changes[k]; k += 2) {
        bool known = false;
        for (size_t i = 0; i < N_PLAIN; i++)
            known = known || strcmp(changes[k], plain_fields[i][0]) == 0;
        if (!known && changes[k + 1][0])
            assert_int_equal(tl_buf_printf(b, ",\"%s\":%s", changes[k], changes[k + 1]), 0);
    }
    assert_int_equal(tl_buf_add(b, "}", 1), 0);
}

/* What a row is read with; one for a whole group of tests. */
struct reader {
    struct tl_extractor *x, *by_index; /* one for each way to read: each tells a caller's names once */
    struct tl_buf text;
    const char *why;
    size_t at;
    struct js_index index;
};

static int reader_begin(void **state)
{
    struct reader *r = calloc(1, sizeof *r);
    assert_non_null(r);
    assert_int_equal(tl_extractor_new(&r->x, NULL), 0);
    assert_int_equal(tl_extractor_new(&r->by_index, NULL), 0);
    *state = r;
    return 0;
}

static int reader_end(void **state)
{
    struct reader *r = *state;
    tl_extractor_free(r->x);
    tl_extractor_free(r->by_index);
    tl_buf_fini(&r->text);
    js_index_fini(&r->index);
    free(r);
    return 0;
}

static inline void reader_reset(struct reader *r)
{
    tl_extractor_reset(r->x);
    tl_extractor_reset(r->by_index);
}

static bool same_text(tl_str a, tl_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static bool same_resource(const struct tl_resource *a, const struct tl_resource *b)
{
    return same_text(a->partition, b->partition) && same_text(a->account, b->account) &&
           same_text(a->region, b->region) && same_text(a->type, b->type) && same_text(a->id, b->id);
}

/* What a record says does not depend on how it is read. */
static void check_same_event(const struct tl_event *a, const struct tl_event *b)
{
    const tl_str x[] = {a->source,     a->name,    a->service,      a->action,
                        a->account,    a->region,  a->error_code,   a->identity_type,
                        a->principal,  a->session, a->execution_id, a->user_agent,
                        a->invoked_by, a->detail,  a->id_text,      a->partition};
    const tl_str y[] = {b->source,     b->name,    b->service,      b->action,
                        b->account,    b->region,  b->error_code,   b->identity_type,
                        b->principal,  b->session, b->execution_id, b->user_agent,
                        b->invoked_by, b->detail,  b->id_text,      b->partition};
    for (size_t i = 0; i < sizeof x / sizeof *x; i++)
        assert_true(same_text(x[i], y[i]));
    assert_true(a->kind == b->kind && a->flags == b->flags && a->time_s == b->time_s);
    assert_memory_equal(a->id.b, b->id.b, sizeof a->id.b);
    assert_int_equal(a->n_resources, b->n_resources);
    for (size_t i = 0; i < a->n_resources; i++)
        assert_true(same_resource(&a->resources[i], &b->resources[i]));
    assert_int_equal(a->n_verdicts, b->n_verdicts);
    for (size_t i = 0; i < a->n_verdicts; i++)
        assert_true(same_resource(&a->verdicts[i].resource, &b->verdicts[i].resource));
    assert_true(a->n_controls == b->n_controls && a->n_aliases == b->n_aliases && !a->attempt == !b->attempt);
}

/* tl_extract, twice where the text can be proved: byte by byte, and then by its index. */
static int read_event(struct reader *r, tl_str text, bool needed_only, struct tl_event *ev)
{
    int failed = 0, result = tl_extract(r->x, text, NULL, needed_only, ev, &r->why, &r->at, NULL);
    if (!js_index_build(&r->index, text, &failed) || r->index.n_bytes != text.n)
        return result;
    struct tl_event proved;
    const char *why;
    size_t at;
    assert_int_equal(tl_extract(r->by_index, text, &r->index, needed_only, &proved, &why, &at, NULL), result);
    assert_ptr_equal(why, r->why);
    assert_int_equal(at, r->at);
    if (result == 0)
        check_same_event(&proved, ev);
    *ev = proved;
    return result;
}

static struct tl_event read_changed(struct reader *r, const char *const *changes)
{
    struct tl_event ev;
    record_write(&r->text, changes, 0);
    int result = read_event(r, tl_buf_str(&r->text), false, &ev);
    if (result)
        fail_msg("%d, %s at %zu of %.*s", result, r->why, r->at, TL_FMT(tl_buf_str(&r->text)));
    return ev;
}

#define CHANGED(r, ...) read_changed((r), (const char *const[]){__VA_ARGS__, NULL})

#define assert_text(s, want) assert_text_at((s), (want), __LINE__)
static void assert_text_at(tl_str s, const char *want, int line)
{
    if (!tl_str_eq(s, tl_str_from(want)))
        fail_msg("line %d: '%.*s' where '%s' is right", line, TL_FMT(s), want);
}

#endif
