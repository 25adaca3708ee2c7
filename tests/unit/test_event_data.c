/* Real records: every one of the shared extracts is whole, and the scanner says of each fixed field what
 * jansson says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../src/event/fields.h"

#include "trailloop/event.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct tally {
    struct tl_extractor *x;
    size_t n_records, n_changes, n_general, n_people, n_withheld, n_failed;
};

static const struct {
    const char *path[4];
    enum field field;
} fixed[] = {
    {{"eventVersion"}, F_EVENT_VERSION},
    {{"eventTime"}, F_EVENT_TIME},
    {{"eventSource"}, F_EVENT_SOURCE},
    {{"eventName"}, F_EVENT_NAME},
    {{"awsRegion"}, F_AWS_REGION},
    {{"eventID"}, F_EVENT_ID},
    {{"eventType"}, F_EVENT_TYPE},
    {{"eventCategory"}, F_EVENT_CATEGORY},
    {{"recipientAccountId"}, F_RECIPIENT_ACCOUNT},
    {{"readOnly"}, F_READ_ONLY},
    {{"errorCode"}, F_ERROR_CODE},
    {{"errorMessage"}, F_ERROR_MESSAGE},
    {{"sourceIPAddress"}, F_SOURCE_IP},
    {{"userAgent"}, F_USER_AGENT},
    {{"sessionCredentialFromConsole"}, F_FROM_CONSOLE},
    {{"requestParameters"}, F_REQUEST},
    {{"responseElements"}, F_RESPONSE},
    {{"additionalEventData"}, F_ADDITIONAL},
    {{"resources"}, F_RESOURCES},
    {{"addendum"}, F_ADDENDUM},
    {{"userIdentity", "type"}, F_USER_TYPE},
    {{"userIdentity", "principalId"}, F_USER_PRINCIPAL_ID},
    {{"userIdentity", "arn"}, F_USER_ARN},
    {{"userIdentity", "accountId"}, F_USER_ACCOUNT},
    {{"userIdentity", "userName"}, F_USER_NAME},
    {{"userIdentity", "invokedBy"}, F_USER_INVOKED_BY},
    {{"userIdentity", "sessionContext", "sessionIssuer", "type"}, F_ISSUER_TYPE},
    {{"userIdentity", "sessionContext", "sessionIssuer", "principalId"}, F_ISSUER_PRINCIPAL_ID},
    {{"userIdentity", "sessionContext", "sessionIssuer", "arn"}, F_ISSUER_ARN},
    {{"userIdentity", "sessionContext", "sessionIssuer", "userName"}, F_ISSUER_NAME},
};

/* The scanner's slice, read by jansson, equals what jansson finds in the whole. */
static void compare(const json_t *record, const struct fields *f, size_t row)
{
    const json_t *want = record;
    for (int i = 0; i < 4 && fixed[row].path[i]; i++)
        want = json_object_get(want, fixed[row].path[i]);
    struct js_value v = f->v[fixed[row].field];
    assert_int_equal(want == NULL, v.type == JS_NONE);
    if (!want)
        return;
    bool quoted = v.type == JS_STRING;
    json_t *got = json_loadb(v.raw.p - quoted, v.raw.n + 2 * quoted, JSON_DECODE_ANY, NULL);
    if (!got || !json_equal(got, want))
        fail_msg("%s differs", fixed[row].path[0]);
    json_decref(got);
}

/* With an index, where the text can have one, and without. */
static void check_fields(const json_t *record, const char *text)
{
    static struct field_keys keys;
    struct js_index index = {0};
    struct fields f;
    int r;
    fields_init(&keys);
    for (bool proved = js_index_build(&index, tl_str_from(text), &r);; proved = false) {
        struct js j = {text, text + strlen(text), NULL, proved ? &index : NULL};
        assert_int_equal(r, 0);
        assert_true(fields_read(&keys, &j, &f));
        fields_read_identity(&f);
        for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
            compare(record, &f, i);
        if (!proved)
            break;
    }
    js_index_fini(&index);
}

static void check_record(struct tally *t, const json_t *record)
{
    char *text = json_dumps(record, 0);
    assert_non_null(text);
    check_fields(record, text);
    char *compact = json_dumps(record, JSON_COMPACT);
    assert_non_null(compact);
    check_fields(record, compact);
    free(compact);

    struct tl_event ev;
    const char *why;
    size_t at;
    int r = tl_extract(t->x, tl_str_from(text), NULL, false, &ev, &why, &at, NULL);
    if (r)
        fail_msg("%s at %zu of %s", why, at, text);
    assert_true(ev.principal.n || !json_object_get(record, "userIdentity"));
    assert_int_equal(ev.error_code.n != 0, json_string_length(json_object_get(record, "errorCode")) != 0);
    t->n_records++;
    t->n_changes += (ev.flags & TL_EVENT_CHANGE) != 0;
    t->n_general += (ev.flags & TL_EVENT_GENERAL) != 0;
    t->n_people += (ev.flags & TL_EVENT_PERSON) != 0;
    t->n_withheld += (ev.flags & TL_EVENT_WITHHELD) != 0;
    t->n_failed += (ev.flags & TL_EVENT_FAILED) != 0;
    free(text);
}

static void check_file(struct tally *t, const char *path)
{
    json_t *root = json_load_file(path, 0, NULL), *one;
    if (!root)
        return;
    json_t *list = json_is_object(root) ? json_object_get(root, "Records") : root;
    size_t i;
    if (!list)
        check_record(t, root);
    json_array_foreach(list, i, one) check_record(t, one);
    json_decref(root);
}

static void walk(struct tally *t, const char *dir)
{
    DIR *d = opendir(dir);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));) {
        char path[4096];
        struct stat st;
        if (e->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        assert_int_equal(stat(path, &st), 0);
        if (S_ISDIR(st.st_mode))
            walk(t, path);
        else if (strstr(e->d_name, ".json"))
            check_file(t, path);
        tl_extractor_reset(t->x);
    }
    closedir(d);
}

static struct tally check_set(const char *name)
{
    const char *shared = getenv("TRAILLOOP_SHARED");
    char dir[4096];
    struct stat st;
    struct tally t = {0};
    snprintf(dir, sizeof dir, "%s/data/%s", shared ? shared : "", name);
    if (!shared || stat(dir, &st) != 0) {
        print_message("skipped: no data/%s under TRAILLOOP_SHARED\n", name);
        skip();
    }
    assert_int_equal(tl_extractor_new(&t.x, NULL), 0);
    walk(&t, dir);
    tl_extractor_free(t.x);
    print_message(
        "%zu records: %zu changes (%zu by the general rule), %zu failed, %zu withheld, %zu by people\n",
        t.n_records, t.n_changes, t.n_general, t.n_failed, t.n_withheld, t.n_people);
    return t;
}

static void test_a_real_account_has_no_damage(void **state)
{
    (void)state;
    struct tally t = check_set("invictus-ir+aws_dataset");
    assert_int_equal(t.n_records, 2900);
    assert_true(t.n_changes > 300 && t.n_failed > 200);
}

static void test_masked_records_of_attacks_have_no_damage(void **state)
{
    (void)state;
    assert_int_equal(check_set("DataDog+stratus-red-team").n_records, 310);
}

static void test_examples_of_many_apis_have_no_damage(void **state)
{
    (void)state;
    assert_int_equal(check_set("adanalvarez+TrailDiscover").n_records, 562);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_real_account_has_no_damage),
        cmocka_unit_test(test_masked_records_of_attacks_have_no_damage),
        cmocka_unit_test(test_examples_of_many_apis_have_no_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
