/* Records for the tests of the event stage: a plain one, with single fields replaced, added or left out. */
#ifndef EVENT_SUPPORT_H
#define EVENT_SUPPORT_H

#include "trailloop/event.h"

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
    struct tl_extractor *x;
    struct tl_buf text;
    const char *why;
    size_t at;
};

static int reader_begin(void **state)
{
    struct reader *r = calloc(1, sizeof *r);
    assert_non_null(r);
    assert_int_equal(tl_extractor_new(&r->x, NULL), 0);
    *state = r;
    return 0;
}

static int reader_end(void **state)
{
    struct reader *r = *state;
    tl_extractor_free(r->x);
    tl_buf_fini(&r->text);
    free(r);
    return 0;
}

static struct tl_event read_changed(struct reader *r, const char *const *changes)
{
    struct tl_event ev;
    record_write(&r->text, changes, 0);
    int result = tl_extract(r->x, tl_buf_str(&r->text), false, &ev, &r->why, &r->at, NULL);
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
