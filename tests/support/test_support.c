/* The made-up histories themselves: whole records, in every form, delivered as asked. A test that is fed by a
 * wrong history shows nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "dump.h"
#include "run.h"

static struct tlh *make(uint64_t seed)
{
    struct tlh *h = tlh_new(seed);
    for (int i = 0; i < 20; i++) {
        int64_t t = 1700000000 + i * 150;
        tlh_verdict(h, t, "rule", "AWS::Lambda::Function", "f", "NON_COMPLIANT");
        tlh_attempt(h, t + 3, "runbook", i % 2 ? "Name" : NULL, "f");
        tlh_remove_permission(h, t + 20, &tlh_modify_function, "f", "s");
        tlh_add_permission(h, t + 21, &tlh_modify_function, "f", "s");
    }
    for (uint32_t i = 0; i < 8; i++)
        tlh_noise(h, 1700000000 + i, i);
    tlh_put_remediation(h, 1700000000, "rule", "AWS::Lambda::Function", "runbook", 5, 60);
    tlh_sort(h);
    return h;
}

static void every_record_has_the_fields_of_a_whole_one(void **state)
{
    (void)state;
    static const char *const fields[] = {"eventVersion",       "userIdentity", "eventTime", "eventSource",
                                         "eventName",          "awsRegion",    "eventID",   "requestID",
                                         "recipientAccountId", "readOnly"};
    struct tlh *h = make(1);
    for (size_t i = 0; i < h->n; i++) {
        json_t *r = json_loads(h->events[i].text, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(r);
        for (size_t k = 0; k < sizeof(fields) / sizeof(fields[0]); k++)
            assert_non_null(json_object_get(r, fields[k]));
        assert_string_equal(json_string_value(json_object_get(r, "eventID")), h->events[i].id);
        assert_true(strlen(h->events[i].text) > 700 && strlen(h->events[i].text) < 2500);
        json_decref(r);
    }
    tlh_free(h);
}

static void same_seed_gives_the_same_bytes_and_another_one_others(void **state)
{
    (void)state;
    struct tlh *a = make(7), *b = make(7), *c = make(8);
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++)
        assert_string_equal(a->events[i].text, b->events[i].text);
    assert_string_not_equal(a->events[0].text, c->events[0].text);
    tlh_free(a);
    tlh_free(b);
    tlh_free(c);
}

static void sorting_keeps_the_order_inside_a_second(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(1);
    char last[TLH_ID_BYTES];
    for (int i = 0; i < 100; i++)
        snprintf(last, sizeof(last), "%s", tlh_noise(h, i < 50 ? 2000 : 1000, 0));
    tlh_sort(h);
    assert_int_equal(h->events[0].time_s, 1000);
    assert_string_equal(h->events[49].id, last);
    for (size_t i = 1; i < h->n; i++)
        assert_true(h->events[i - 1].time_s < h->events[i].time_s ||
                    (i != 50 && h->events[i - 1].order < h->events[i].order));
    tlh_free(h);
}

static size_t count_records(const char *dir, const char *needle)
{
    char command[256];
    snprintf(command, sizeof(command),
             "find . -type f -exec cat {} + | { zcat -f || true; } | grep -o '%s' | wc -l", needle);
    struct tlh_run r;
    char chdir_and[TLH_PATH_BYTES + 300];
    snprintf(chdir_and, sizeof(chdir_and), "cd '%s' && %s", dir, command);
    tlh_run(&r, (const char *const[]){"/bin/sh", "-c", chdir_and, NULL}, NULL, NULL);
    size_t n = 0;
    assert_int_equal(sscanf(r.out, "%zu", &n), 1);
    tlh_run_fini(&r);
    return n;
}

static void a_delivery_holds_every_record_and_the_second_copies_asked_for(void **state)
{
    (void)state;
    struct tlh *h = make(3);
    char dir[TLH_PATH_BYTES];
    for (int gzip = 0; gzip < 2; gzip++) {
        tlh_temp_make(dir);
        struct tlh_delivery how = {.gzip = gzip != 0,
                                   .shuffled = true,
                                   .twice_percent = 21,
                                   .late_percent = 20,
                                   .late_s = 2400,
                                   .seed = 5};
        size_t n = tlh_deliver(h, dir, &how);
        assert_true(n > h->n + h->n / 10 && n < h->n + h->n / 3);
        assert_int_equal(count_records(dir, "\"eventVersion\""), n);
        tlh_temp_remove(dir);
    }
    tlh_free(h);
}

static void every_form_holds_every_event_id(void **state)
{
    (void)state;
    struct tlh *h = make(4);
    char dir[TLH_PATH_BYTES], path[TLH_PATH_BYTES + 16];
    tlh_temp_make(dir);
    snprintf(path, sizeof(path), "%s/dump", dir);
    for (int form = 0; form < TLH_FORMS; form++) {
        for (int members = 0; members < 3; members++) {
            tlh_write(h, path, (enum tlh_form)form, members);
            assert_int_equal(count_records(dir, "eventVersion"), h->n);
        }
    }
    tlh_temp_remove(dir);
    tlh_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_record_has_the_fields_of_a_whole_one),
        cmocka_unit_test(same_seed_gives_the_same_bytes_and_another_one_others),
        cmocka_unit_test(sorting_keeps_the_order_inside_a_second),
        cmocka_unit_test(a_delivery_holds_every_record_and_the_second_copies_asked_for),
        cmocka_unit_test(every_form_holds_every_event_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
