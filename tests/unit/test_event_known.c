/* What an extractor remembers of callers, APIs and shapes changes nothing of what it makes: random records
 * from few values, read by one that is reset now and then and by a new one each time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "event_support.h"

enum { N_RECORDS = 6000, N_NUMBERS = N_RECORDS + 1 };

static uint64_t state_of_random = 1;

static size_t any_of(size_t n)
{
    state_of_random = state_of_random * UINT64_C(6364136223846793005) + 1442695040888963407u; /* PCG's */
    return (size_t)(state_of_random >> 33) % n;
}

static size_t mostly_first(size_t n)
{
    return any_of(4) ? 0 : any_of(n);
}

/* Callers enough to drive each other out; long ones, odd ones and none. */
static const char *identity(struct tl_buf *b)
{
    static const char *const odd[] = {"", "null", "\"text\"", "{}",
                                      "{\"type\":\"AWSService\",\"invokedBy\":\"x\"}"};
    size_t kind = any_of(12), n = any_of(any_of(4) ? 10 : 400);
    b->n = 0;
    if (kind < 5)
        return odd[kind];
    int r =
        kind < 8
            ? tl_buf_printf(b,
                            "{\"type\":\"IAMUser\",\"principalId\":\"AIDA%zu\",\"arn\":\"arn:aws:iam::"
                            "111122223333:user/u%zu\",\"accountId\":\"111122223333\",\"userName\":\"u%zu\"}",
                            n % 7, n % 7, n % 7)
            : tl_buf_printf(
                  b,
                  "{\"type\":\"AssumedRole\",\"principalId\":\"AROA%zu:s%zu\",\"arn\":\"arn:aws:sts:"
                  ":111122223333:assumed-role/r%zu/s%zu\",\"pad\":\"%0*d\",\"sessionContext\":{"
                  "\"sessionIssuer\":{\"type\":\"Role\",\"arn\":\"arn:aws:iam::111122223333:role/"
                  "r%zu\",\"userName\":\"r%zu\"}}}",
                  n % 5, n, n % 5, n, n % 50 == 0 ? 5000 : 1, 0, n % 5, n % 5);
    assert_int_equal(r, 0);
    assert_int_equal(tl_buf_add(b, "", 1), 0);
    return b->p;
}

static void write_random(struct tl_buf *text, struct tl_buf *caller)
{
    static const char *const agents[] = {"\"Boto3/1.26\"", "\"aws-cli/2\"", "\"Terraform/1.5\"",
                                         "null",           "\"a\\u0062c\"", ""};
    static const char *const regions[] = {"\"eu-west-1\"", "\"us-east-1\"", "\"cn-north-1\""};
    static const char *const names[] = {"\"AddPermission20150331v2\"", "\"RemovePermission20150331v2\"",
                                        "\"Invoke\"", "\"GetFunction\"", "\"TagResource\""};
    static const char *const errors[] = {"", "\"AccessDenied\"", "\"ResourceNotFoundException\""};
    static const char *const accounts[] = {"\"111122223333\"", "\"999988887777\"", "null", ""};
    static const char *const read_only[] = {"true", "false", ""};
    static const char *const requests[] = {
        "{\"functionName\":\"fn\"}", "{\"functionName\":\"fn\",\"x\":\"HIDDEN_DUE_TO_SECURITY_REASONS\"}"};
    record_write(text,
                 (const char *const[]){"userIdentity", identity(caller), "userAgent", agents[mostly_first(6)],
                                       "awsRegion", regions[mostly_first(3)], "eventName",
                                       names[mostly_first(5)], "errorCode", errors[mostly_first(3)],
                                       "recipientAccountId", accounts[mostly_first(4)], "requestParameters",
                                       requests[mostly_first(2)], "readOnly", read_only[mostly_first(3)],
                                       NULL},
                 0);
}

/* Everything by which the store tells shapes apart, and the session. */
static void assert_same(const struct tl_event *a, const struct tl_event *b)
{
    const tl_str as[] = {a->source,    a->name,    a->account,       a->region,     a->error_code,
                         a->principal, a->session, a->identity_type, a->user_agent, a->invoked_by};
    const tl_str bs[] = {b->source,    b->name,    b->account,       b->region,     b->error_code,
                         b->principal, b->session, b->identity_type, b->user_agent, b->invoked_by};
    for (size_t i = 0; i < sizeof as / sizeof *as; i++)
        if (!tl_str_eq(as[i], bs[i]))
            fail_msg("text %zu: '%.*s' and '%.*s'", i, TL_FMT(as[i]), TL_FMT(bs[i]));
    assert_int_equal(a->flags, b->flags);
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->n_verdicts, b->n_verdicts);
    assert_int_equal(!a->attempt, !b->attempt);
}

static int extract(struct tl_extractor *x, tl_str text, bool needed_only, struct tl_event *ev)
{
    const char *why;
    size_t at;
    return tl_extract(x, text, NULL, needed_only, ev, &why, &at, NULL);
}

static void what_is_remembered_changes_nothing(void **state)
{
    struct reader *reader = *state;
    struct tl_buf text = {0}, caller = {0};
    struct tl_extractor *x = reader->x, *fresh;
    struct tl_event ev, want;
    size_t n_made = 0;
    for (size_t i = 0; i < N_RECORDS; i++) {
        bool needed_only = any_of(2);
        if (any_of(40) == 0)
            tl_extractor_reset(x);
        write_random(&text, &caller);
        assert_int_equal(tl_extractor_new(&fresh, NULL), 0);
        int r = extract(x, tl_buf_str(&text), needed_only, &ev),
            expected = extract(fresh, tl_buf_str(&text), false, &want);
        assert_int_equal(expected, 0);
        if (r == 0) {
            assert_same(&ev, &want);
            assert_true(tl_str_eq(ev.execution_id, want.execution_id));
            assert_true(tl_str_eq(ev.partition, want.partition));
            n_made++;
        } else {
            assert_int_equal(r, TL_EXTRACT_UNUSED);
        }
        tl_extractor_free(fresh);
    }
    assert_true(n_made > N_RECORDS / 2 && n_made < N_RECORDS);
    ev = read_changed(reader, NULL);
    assert_text(ev.principal, "arn:aws:iam::111122223333:role/path/fixer");
    tl_buf_fini(&text);
    tl_buf_fini(&caller);
}

static void events_of_one_number_are_of_one_shape(void **state)
{
    const struct reader *reader = *state;
    struct tl_buf text = {0}, caller = {0};
    struct tl_event *first = calloc(N_NUMBERS, sizeof *first), ev;
    struct tl_extractor *x = reader->x;
    size_t n_again = 0;
    assert_non_null(first);
    for (size_t i = 0; i < N_RECORDS; i++) {
        write_random(&text, &caller);
        assert_int_equal(extract(x, tl_buf_str(&text), false, &ev), 0);
        if (ev.shape == 0)
            continue;
        assert_in_range(ev.shape, 1, N_RECORDS);
        if (first[ev.shape].shape) {
            assert_same(&first[ev.shape], &ev);
            n_again++;
        } else {
            first[ev.shape] = ev;
        }
    }
    assert_true(n_again > N_RECORDS / 20);
    free(first);
    tl_buf_fini(&text);
    tl_buf_fini(&caller);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_remembered_changes_nothing, reader_begin, reader_end),
        cmocka_unit_test_setup_teardown(events_of_one_number_are_of_one_shape, reader_begin, reader_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
