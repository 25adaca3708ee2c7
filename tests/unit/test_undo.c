/* Which change takes back which: verbs, names, values, seconds; and the whole against a reference that looks
 * at every pair. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "history_build.h"

static void verbs_are_inverse_on_the_same_noun(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool inverse;
    } rows[] = {
        {"AddPermission", "RemovePermission", true},
        {"RemovePermission", "AddPermission", true},
        {"AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress", true},
        {"AuthorizeSecurityGroupIngress", "RevokeSecurityGroupEgress", false},
        {"PutBucketPolicy", "DeleteBucketPolicy", true},
        {"PutBucketPolicy", "DeleteBucketAcl", false},
        {"AttachRolePolicy", "DetachRolePolicy", true},
        {"AddRoleToInstanceProfile", "RemoveRoleFromInstanceProfile", true},
        {"RegisterInstancesWithLoadBalancer", "DeregisterInstancesFromLoadBalancer", true},
        {"TagResource", "UntagResource", true},
        {"CreateGrant", "RetireGrant", true},
        {"ScheduleKeyDeletion", "CancelKeyDeletion", true},
        {"PutTargets", "RemoveTargets", true},
        {"Subscribe", "Unsubscribe", true},
        {"StartLogging", "StopLogging", true},
        {"StartLogging", "DeleteLogging", false},
        {"AddPermission", "AddPermission", false},
        {"Addition", "Removeition", false}, /* no word of its own */
        {"UpdateFunctionCode", "DeleteFunctionCode", false},
        {"EnableKey", "DisableKeyRotation", false},
        {"AssociateRouteTable", "DisassociateRouteTable", true},
        {"AssociateDelegateToResource", "DisassociateDelegateFromResource", true},
        {"GrantPermissions", "RevokePermissions", true},
        {"RestoreSecret", "DeleteSecret", true},
        {"LockSnapshot", "UnlockSnapshot", true},
        {"EnterStandby", "ExitStandby", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tl_api a = {TL_STR("x"), tl_str_from(rows[i].a)}, b = {TL_STR("x"), tl_str_from(rows[i].b)};
        if (tl_calls_are_inverse(&a, &b) != rows[i].inverse)
            fail_msg("%s and %s", rows[i].a, rows[i].b);
        b.service = TL_STR("y");
        assert_false(tl_calls_are_inverse(&a, &b));
    }
}

/* ---- pairs ----------------------------------------------------------------------------------- */

enum { CHANGES_MAX = 64 };

struct changes {
    struct build b;
    uint32_t steps[CHANGES_MAX];
    size_t n;
    struct tl_undo undo[CHANGES_MAX];
};

static void add(struct changes *c, int64_t t_s, uint32_t api, const char *detail, uint64_t fingerprint)
{
    uint32_t i = build_change(&c->b, t_s, 0, api, NULL);
    c->b.h.steps[i].detail = build_text(&c->b, detail);
    c->b.h.steps[i].fingerprint = fingerprint;
    c->steps[c->n++] = i;
}

static const struct tl_undo *find(struct changes *c)
{
    assert_int_equal(tl_undo_find(&c->b.h, c->steps, c->n, c->undo), 0);
    return c->undo;
}

static void the_same_statement_comes_back(void **state)
{
    (void)state;
    struct changes c = {0};
    build_init(&c.b, 1);
    add(&c, 10, API_REMOVE, "a", 0);
    add(&c, 11, API_ADD, "b", 0);
    add(&c, 12, API_ADD, "a", 0);
    add(&c, 13, API_REMOVE, "", 0); /* names nothing: nobody knows what it took */
    add(&c, 14, API_REMOVE, "a", 0);
    const struct tl_undo *u = find(&c);
    assert_int_equal(u[0].by, 2);
    assert_int_equal(u[0].proof, TL_UNDO_NAMED);
    assert_int_equal(u[1].by, TL_NONE);
    assert_int_equal(u[2].by, 4);
    assert_int_equal(u[3].by, TL_NONE);
    assert_int_equal(u[4].by, TL_NONE);
    build_fini(&c.b);
}

static void one_taking_away_undoes_every_putting_before_it(void **state)
{
    (void)state;
    struct changes c = {0};
    build_init(&c.b, 1);
    for (int i = 0; i < 3; i++)
        add(&c, 10 + i, API_ADD, "", 0);
    add(&c, 20, API_REMOVE, "", 0);
    const struct tl_undo *u = find(&c);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(u[i].by, 3);
        assert_int_equal(u[i].proof, TL_UNDO_WHOLE);
    }
    build_fini(&c.b);
}

static void failed_calls_undo_nothing(void **state)
{
    (void)state;
    struct changes c = {0};
    build_init(&c.b, 1);
    add(&c, 10, API_ADD, "a", 0);
    add(&c, 11, API_REMOVE, "a", 0);
    c.b.h.steps[c.steps[1]].flags = TL_STEP_FAILED;
    add(&c, 12, API_REMOVE, "a", 0);
    const struct tl_undo *u = find(&c);
    assert_int_equal(u[0].by, 2);
    assert_int_equal(u[1].by, TL_NONE);
    build_fini(&c.b);
}

static void a_value_that_comes_back_undoes_what_came_between(void **state)
{
    (void)state;
    const uint64_t keys = 7ull << TL_FINGERPRINT_KEYS_SHIFT, other = 8ull << TL_FINGERPRINT_KEYS_SHIFT;
    struct changes c = {0};
    build_init(&c.b, 1);
    add(&c, 10, API_OTHER, "", keys | 1);
    add(&c, 11, API_OTHER, "", keys | 2);
    add(&c, 12, API_OTHER, "", other | 9); /* another parameter */
    add(&c, 13, API_OTHER, "", keys | 2);
    add(&c, 14, API_OTHER, "", keys | 1);
    add(&c, 15, API_OTHER, "", keys | 3);
    add(&c, 16, API_OTHER, "", keys | 2); /* not what held before */
    const struct tl_undo *u = find(&c);
    assert_int_equal(u[0].by, TL_NONE);
    assert_int_equal(u[1].by, 4);
    assert_int_equal(u[1].proof, TL_UNDO_VALUE);
    assert_int_equal(u[2].by, TL_NONE);
    assert_int_equal(u[3].by, 4);
    assert_int_equal(u[4].by, TL_NONE);
    assert_int_equal(u[5].by, TL_NONE);
    build_fini(&c.b);
}

/* Removed and added again, both in one second each time, whatever the order of the ids. */
static void inside_a_second_the_order_is_what_fits(void **state)
{
    (void)state;
    for (int shape = 0; shape < 16; shape++) {
        struct changes c = {0};
        uint32_t undone = 0;
        build_init(&c.b, 1);
        add(&c, 5, API_ADD, "a", 0);
        for (int i = 0; i < 4; i++) {
            bool turned = shape >> i & 1;
            add(&c, 10 + i, turned ? API_ADD : API_REMOVE, "a", 0);
            add(&c, 10 + i, turned ? API_REMOVE : API_ADD, "a", 0);
        }
        const struct tl_undo *u = find(&c);
        for (size_t i = 0; i < c.n; i++) {
            undone += u[i].by != TL_NONE;
            if (u[i].by != TL_NONE)
                assert_int_not_equal(c.b.h.steps[c.steps[i]].subject, c.b.h.steps[c.steps[u[i].by]].subject);
        }
        assert_int_equal(undone, 8); /* all but the last one */
        build_fini(&c.b);
    }
}

/* Distinct seconds: for each change, the first later one that is inverse and names the same. */
static void equals_a_look_at_every_pair(void **state)
{
    (void)state;
    static const char *const details[] = {"", "a", "b"};
    uint64_t seed = 5;
    for (int round = 0; round < 3000; round++) {
        struct changes c = {0};
        size_t n = 1 + random_next(&seed) % CHANGES_MAX;
        build_init(&c.b, 1);
        for (size_t i = 0; i < n; i++) {
            add(&c, (int64_t)i, (uint32_t)(random_next(&seed) % 3), details[random_next(&seed) % 3], 0);
            if (random_next(&seed) % 8 == 0)
                c.b.h.steps[c.steps[i]].flags = TL_STEP_FAILED;
        }
        const struct tl_undo *u = find(&c);
        for (size_t i = 0; i < n; i++) {
            const struct tl_step *a = &c.b.h.steps[c.steps[i]];
            uint32_t by = TL_NONE;
            for (size_t k = i + 1; k < n && by == TL_NONE && !(a->flags & TL_STEP_FAILED); k++) {
                const struct tl_step *b = &c.b.h.steps[c.steps[k]];
                if (!(b->flags & TL_STEP_FAILED) && a->detail == b->detail &&
                    tl_calls_are_inverse(&c.b.h.apis[a->subject], &c.b.h.apis[b->subject]))
                    by = (uint32_t)k;
            }
            assert_int_equal(u[i].by, by);
        }
        build_fini(&c.b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verbs_are_inverse_on_the_same_noun),
        cmocka_unit_test(the_same_statement_comes_back),
        cmocka_unit_test(one_taking_away_undoes_every_putting_before_it),
        cmocka_unit_test(failed_calls_undo_nothing),
        cmocka_unit_test(a_value_that_comes_back_undoes_what_came_between),
        cmocka_unit_test(inside_a_second_the_order_is_what_fits),
        cmocka_unit_test(equals_a_look_at_every_pair),
    };
    return cmocka_run_group_tests_name("undo", tests, NULL, NULL);
}
