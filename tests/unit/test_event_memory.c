/* Every allocation fails once, in each kind of record: the failure comes back as such, nothing leaks, and the
 * same record is read right afterwards. Linked with --wrap, so that the calls of our own code and of jansson
 * come here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "trailloop/event.h"

#include <jansson.h>
#include <stdlib.h>

static long until_failure = -1; /* allocations that still work; negative: all */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static bool fails(void)
{
    return until_failure >= 0 && until_failure-- == 0;
}

void *__wrap_malloc(size_t n)
{
    return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return fails() ? NULL : __real_realloc(p, n);
}

#define HEAD                                                                                                 \
    "{\"eventVersion\":\"1.08\",\"eventTime\":\"2024-02-27T07:57:24Z\",\"awsRegion\":\"r\",\"eventID\":"     \
    "\"x\",\"userIdentity"                                                                                   \
    "\":{\"type\":\"AssumedRole\",\"arn\":\"arn:aws:sts::1:assumed-role/R/s\"},"

static const struct {
    const char *record;
    enum tl_event_kind kind;
} rows[] = {
    {HEAD "\"eventSource\":\"config.amazonaws.com\",\"eventName\":\"PutEvaluations\",\"requestParameters\":{"
          "\"evaluations\":"
          "[{\"complianceResourceType\":\"AWS::S3::Bucket\",\"complianceResourceId\":\"a-bucket-with-a-"
          "name\\u0041\","
          "\"complianceType\":\"NON_COMPLIANT\",\"n\":12.5e3}]},\"additionalEventData\":{\"configRuleName\":"
          "\"r\"}}",
     TL_EVENT_IS_VERDICT},
    {HEAD "\"eventSource\":\"ssm.amazonaws.com\",\"eventName\":\"StartAutomationExecution\","
          "\"requestParameters\":{"
          "\"documentName\":\"d\",\"parameters\":{\"a\":[\"b\"],\"c\":\"d\"},\"targets\":[{\"key\":\"k\","
          "\"values\":[\"v\"]}"
          "]},\"responseElements\":{\"automationExecutionId\":\"e\"}}",
     TL_EVENT_IS_ATTEMPT},
    {HEAD
     "\"eventSource\":\"config.amazonaws.com\",\"eventName\":\"PutRemediationConfigurations\","
     "\"requestParameters\":{"
     "\"remediationConfigurations\":[{\"configRuleName\":\"a\",\"targetId\":\"Doc\",\"automatic\":true}]}}",
     TL_EVENT_IS_CONTROL},
    {HEAD "\"eventSource\":\"config.amazonaws.com\",\"eventName\":\"PutRemediationExceptions\","
          "\"requestParameters\":{"
          "\"configRuleName\":\"r\",\"resourceKeys\":[{\"resourceType\":\"T\",\"resourceId\":\"x\"}]}}",
     TL_EVENT_IS_CONTROL},
    {HEAD "\"eventSource\":\"ec2.amazonaws.com\",\"eventName\":\"AuthorizeSecurityGroupIngress\","
          "\"requestParameters\":{"
          "\"groupId\":\"sg-1\",\"ipPermissions\":{\"items\":[{\"ipProtocol\":\"tcp\",\"fromPort\":22,"
          "\"toPort\":22,"
          "\"ipRanges\":{\"items\":[{\"cidrIp\":\"10.0.0.0/8\"}]}}]}}}",
     TL_EVENT_IS_CHANGE},
    {HEAD "\"eventSource\":\"rds.amazonaws.com\",\"eventName\":\"CreateDBInstance\",\"requestParameters\":{"
          "\"dBInstanceIdentifier\":\"m\"},\"responseElements\":{\"dbiResourceId\":\"db-A\"}}",
     TL_EVENT_IS_CHANGE},
};

/* The result with the allocation number `n` failing (negative: none). *reached is false when there were not
 * so many. */
static int extract(const char *record, long n, bool needed_only, struct tl_event *ev, bool *reached)
{
    struct tl_extractor *x = NULL;
    struct tl_err err = {0};
    const char *why;
    size_t at;
    until_failure = n;
    int r = tl_extractor_new(&x, &err);
    if (!r)
        r = tl_extract(x, tl_str_from(record), NULL, needed_only, ev, &why, &at, &err);
    *reached = until_failure < 0;
    until_failure = -1;
    assert_int_equal(err.code, r < 0 ? r : 0);
    tl_extractor_free(x);
    return r;
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    struct tl_event ev;
    bool reached;
    for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        const char *record = rows[i / 2].record;
        long n = 0;
        int r;
        while ((r = extract(record, n, i % 2, &ev, &reached)), reached) {
            assert_int_equal(r, TL_ENOMEM);
            n++;
        }
        assert_int_equal(r, i % 2 && rows[i / 2].kind == TL_EVENT_OTHER ? TL_EXTRACT_UNUSED : 0);
        assert_int_equal(ev.kind, rows[i / 2].kind);
        assert_true(n >= 3);
    }
}

int main(void)
{
    json_set_alloc_funcs(__wrap_malloc, free);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_allocation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
