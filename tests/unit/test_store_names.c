/* Names in the store: which of a resource's forms are one, when a history is loaded; in any order of files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store_util.h"

#include <stdio.h>

#define ACCOUNT "111122223333"
#define T0 INT64_C(1700000000)
#define ROLE "AWS::IAM::Role"
#define DATABASE "AWS::RDS::DBInstance"

/* One record: a verdict on, or a change (or one that failed) of, `id`; `is` and `name` teach an alias; an
 * attempt says `id`. */
struct told {
    enum { VERDICT, CHANGE, FAILURE, ATTEMPT } what;
    const char *type, *id;
    const char *is, *name;
    const char *execution;
};

static struct tl_resource named(const char *type, const char *id)
{
    bool global = strncmp(type, "AWS::IAM", 8) == 0;
    return resource_named(ACCOUNT, global ? "global" : "eu-west-1", type, id);
}

static void put_told(struct tl_store *s, const struct told *t, unsigned i)
{
    struct made m;
    char file[16];
    if (t->what == VERDICT)
        make_verdict(&m, i, T0 + i, "rule", TL_NON_COMPLIANT, named(t->type, t->id));
    else if (t->what != ATTEMPT)
        make_change(&m, i, T0 + i, "Change", named(t->type, t->id));
    else
        make_attempt(&m, i, T0 + i, "fix", t->execution, t->id);
    if (t->what == FAILURE)
        m.ev.flags |= TL_EVENT_FAILED;
    if (t->execution)
        m.ev.execution_id = tl_str_from(t->execution);
    if (t->is) {
        m.alias = (struct tl_alias){named(t->type, t->is), tl_str_from(t->name)};
        m.ev.aliases = &m.alias;
        m.ev.n_aliases = 1;
    }
    snprintf(file, sizeof file, "/f%02u", i);
    MUST(tl_store_file_begin(s, tl_str_from(file), tl_str_from(file), err));
    MUST(tl_store_put(s, &m.ev, &(struct tl_origin){0, 0, 9}, err));
    struct tl_source src = done_source(1);
    MUST(tl_store_file_end(s, &src, false, err));
}

/* The steps as `second kind id`, joined by `, `, of the records put in the order i * stride. */
static void check(const struct told *told, unsigned n, const char *want, const char *names)
{
    for (unsigned stride = 1; stride < n; stride++) {
        struct tl_store *s = open_store(NULL, TL_STORE_TEMPORARY);
        struct tl_history h = {0};
        struct tl_buf b = {0}, other = {0};
        MUST(tl_store_begin(s, err));
        for (unsigned offset = 0; offset < stride; offset++)
            for (unsigned i = offset; i < n; i += stride)
                put_told(s, &told[i], i);
        MUST(tl_store_commit(s, err));
        MUST(tl_store_load(s, INT64_MIN, INT64_MAX, NULL, &h, err));
        for (size_t i = 0; i < h.n_steps; i++) {
            static const char *const kinds[] = {"verdict", "attempt", "change"};
            const struct tl_step *st = &h.steps[i];
            if (st->kind != TL_STEP_ATTEMPT)
                assert_int_equal(tl_buf_printf(&b, "%s%d %s %.*s", b.n ? ", " : "", (int)(st->time_s - T0),
                                               kinds[st->kind], TL_FMT(h.resources[st->resource].id)),
                                 0);
        }
        for (size_t i = 0; i < h.n_names; i++)
            assert_int_equal(tl_buf_printf(&other, "%s%.*s=%.*s", other.n ? " " : "",
                                           TL_FMT(h.resources[h.names[i].resource].id),
                                           TL_FMT(h.names[i].name)),
                             0);
        if (!tl_str_eq(tl_buf_str(&b), tl_str_from(want)) ||
            !tl_str_eq(tl_buf_str(&other), tl_str_from(names)))
            fail_msg("stride %u: '%.*s', names '%.*s'", stride, TL_FMT(tl_buf_str(&b)),
                     TL_FMT(tl_buf_str(&other)));
        tl_buf_fini(&b);
        tl_buf_fini(&other);
        tl_history_fini(&h);
        tl_store_close(s);
    }
}
#define N(rows) ((unsigned)(sizeof(rows) / sizeof *(rows)))

static void names_join_over_several_steps_and_both_ways(void **state)
{
    (void)state;
    static const struct told told[] = {
        {VERDICT, DATABASE, "db-A", NULL, NULL, NULL},
        {CHANGE, DATABASE, "sales", "orders", "sales", NULL}, /* renamed */
        {CHANGE, DATABASE, "orders", "db-A", "orders", NULL},
        {VERDICT, DATABASE, "sales", NULL, NULL, NULL}, /* a rule that judges by name */
    };
    check(told, N(told), "0 verdict db-A, 1 change db-A, 2 change db-A, 3 verdict db-A",
          "db-A=orders db-A=sales");
}

static void a_name_that_two_had_in_turn_joins_neither_to_the_other(void **state)
{
    (void)state;
    static const struct told told[] = {
        {VERDICT, ROLE, "AROA1", "AROA1", "deploy", NULL}, {VERDICT, ROLE, "AROA2", "AROA2", "deploy", NULL},
        {CHANGE, ROLE, "deploy", NULL, NULL, NULL},        {CHANGE, ROLE, "other", "AROA1", "other", NULL},
        {VERDICT, ROLE, "deploy", NULL, NULL, NULL},
    };
    check(
        told, N(told),
        "0 verdict AROA1, 1 verdict AROA2, 2 change AROA1, 2 change AROA2, 2 change deploy, 3 change AROA1, "
        "4 verdict deploy",
        "AROA1=deploy AROA1=other AROA2=deploy");
}

/* The attempt says AROA1, and the one role that its session changes is called deploy. */
static void an_automation_joins_the_id_it_was_given_and_the_name_it_used(void **state)
{
    (void)state;
    static const struct told told[] = {
        {VERDICT, ROLE, "AROA1", NULL, NULL, NULL},
        {ATTEMPT, NULL, "AROA1", NULL, NULL, "exec-1"},
        {CHANGE, ROLE, "deploy", NULL, NULL, "exec-1"},
        {CHANGE, "AWS::IAM::User", "sato", NULL, NULL, "exec-1"},
        {CHANGE, ROLE, "deploy", NULL, NULL, NULL}, /* by anybody */
    };
    check(told, N(told), "0 verdict AROA1, 2 change AROA1, 4 change AROA1", "AROA1=deploy");
}

static bool is_called(void *ctx, const struct tl_resource *r)
{
    return tl_str_eq(r->id, tl_str_from(ctx));
}

static void who_asks_by_the_name_that_an_automation_used_finds_the_id_it_was_given(void **state)
{
    (void)state;
    static const struct told told[] = {
        {VERDICT, ROLE, "AROA1", NULL, NULL, NULL},     {ATTEMPT, NULL, "AROA1", NULL, NULL, "exec-1"},
        {CHANGE, ROLE, "deploy", NULL, NULL, "exec-1"}, {VERDICT, ROLE, "AROA2", NULL, NULL, NULL},
        {ATTEMPT, NULL, "AROA2", NULL, NULL, "exec-2"}, {CHANGE, ROLE, "both", NULL, NULL, "exec-2"},
        {VERDICT, ROLE, "AROA3", NULL, NULL, NULL},     {ATTEMPT, NULL, "AROA3", NULL, NULL, "exec-3"},
        {CHANGE, ROLE, "both", NULL, NULL, "exec-3"},
    };
    static const struct {
        const char *asked, *id, *name;
    } rows[] = {{"deploy", "AROA1", "deploy"},
                {"AROA1", "AROA1", "deploy"},
                {"both", "both", NULL},
                {"AROA2", "AROA2", NULL}};
    struct tl_store *s = open_store(NULL, TL_STORE_TEMPORARY);
    MUST(tl_store_begin(s, err));
    for (unsigned i = 0; i < N(told); i++)
        put_told(s, &told[i], i);
    MUST(tl_store_commit(s, err));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tl_arena arena = {0};
        struct tl_known_resource *found;
        char asked[8];
        size_t n;
        snprintf(asked, sizeof asked, "%s", rows[i].asked);
        MUST(tl_store_find_resources(s, is_called, asked, &arena, &found, &n, err));
        assert_int_equal(n, 1);
        assert_true(tl_str_eq(found[0].resource.id, tl_str_from(rows[i].id)));
        assert_int_equal(found[0].n_names, rows[i].name != NULL);
        if (rows[i].name)
            assert_true(tl_str_eq(found[0].names[0], tl_str_from(rows[i].name)));
        tl_arena_fini(&arena);
    }
    tl_store_close(s);
}

static void what_an_automation_shows_is_not_believed_where_it_is_no_proof(void **state)
{
    (void)state;
    static const struct told two_changed[] = {
        {VERDICT, ROLE, "AROA1", NULL, NULL, NULL},
        {ATTEMPT, NULL, "AROA1", NULL, NULL, "exec-1"},
        {CHANGE, ROLE, "deploy", NULL, NULL, "exec-1"},
        {CHANGE, ROLE, "other", NULL, NULL, "exec-1"},
    };
    check(two_changed, N(two_changed), "0 verdict AROA1", "");
    static const struct told of_another[] = {
        {VERDICT, ROLE, "AROA1", NULL, NULL, NULL},
        {ATTEMPT, NULL, "AROA1", NULL, NULL, "exec-1"},
        {CHANGE, ROLE, "deploy", "AROA2", "deploy", "exec-1"},
    };
    check(of_another, N(of_another), "0 verdict AROA1", "");
    static const struct told one_form[] = {
        {VERDICT, "AWS::S3::Bucket", "reports", NULL, NULL, NULL},
        {ATTEMPT, NULL, "reports", NULL, NULL, "exec-1"},
        {CHANGE, "AWS::S3::Bucket", "logs", NULL, NULL, "exec-1"},
    };
    check(one_form, N(one_form), "0 verdict reports", "");
    static const struct told judged_itself[] = {
        {VERDICT, ROLE, "AROA1", NULL, NULL, NULL},
        {ATTEMPT, NULL, "AROA1", NULL, NULL, "exec-1"},
        {CHANGE, ROLE, "deploy", NULL, NULL, "exec-1"},
        {VERDICT, ROLE, "deploy", NULL, NULL, NULL},
    };
    check(judged_itself, N(judged_itself), "0 verdict AROA1, 2 change deploy, 3 verdict deploy", "");
}

/* What IAM or S3 sets for the account holds in the region whose rule judges it; EC2's settings are a
 * region's. */
static void an_account_is_changed_here_and_everywhere(void **state)
{
    (void)state;
    struct tl_store *s = open_store(NULL, TL_STORE_TEMPORARY);
    struct tl_history h = {0};
    struct made m;
    static const char *const regions[] = {"global", "eu-west-1", "us-east-1"};
    MUST(tl_store_begin(s, err));
    MUST(tl_store_file_begin(s, TL_STR("/f"), TL_STR("/f"), err));
    make_verdict(&m, 1, T0, "rule", TL_NON_COMPLIANT,
                 resource_named(ACCOUNT, "eu-west-1", "AWS::::Account", ACCOUNT));
    MUST(tl_store_put(s, &m.ev, &(struct tl_origin){0, 0, 9}, err));
    for (unsigned i = 0; i < 3; i++) {
        make_change(&m, 2 + i, T0 + 1 + i, "Change",
                    resource_named(ACCOUNT, regions[i], "AWS::::Account", ACCOUNT));
        MUST(tl_store_put(s, &m.ev, &(struct tl_origin){1 + i, 0, 9}, err));
    }
    struct tl_source src = done_source(4);
    MUST(tl_store_file_end(s, &src, false, err));
    MUST(tl_store_commit(s, err));
    MUST(tl_store_load(s, INT64_MIN, INT64_MAX, NULL, &h, err));
    assert_int_equal(h.n_resources, 1);
    assert_int_equal(h.n_steps, 3);
    assert_int_equal(h.steps[2].time_s, T0 + 2);
    tl_history_fini(&h);
    tl_store_close(s);
}

/* What a role is called whose id was told to an execution that changed `n_resources`, the role itself among
 * them, which it could not change `n_failures` times before. */
static void check_session_of(unsigned n_resources, unsigned n_failures, const char *id)
{
    static const struct told told[] = {{VERDICT, ROLE, "AROA1", NULL, NULL, NULL},
                                       {ATTEMPT, NULL, "AROA1", NULL, NULL, "exec-1"}};
    struct tl_store *s = open_store(NULL, TL_STORE_TEMPORARY);
    struct tl_arena arena = {0};
    struct tl_known_resource *found;
    size_t n;
    unsigned at = 0;
    MUST(tl_store_begin(s, err));
    while (at < N(told)) {
        put_told(s, &told[at], at);
        at++;
    }
    while (at < N(told) + n_failures)
        put_told(s, &(struct told){FAILURE, ROLE, "deploy", NULL, NULL, "exec-1"}, at++);
    put_told(s, &(struct told){CHANGE, ROLE, "deploy", NULL, NULL, "exec-1"}, at++);
    for (unsigned i = 1; i < n_resources; i++) {
        char user[16];
        snprintf(user, sizeof user, "user-%u", i);
        put_told(s, &(struct told){CHANGE, "AWS::IAM::User", user, NULL, NULL, "exec-1"}, at++);
    }
    MUST(tl_store_commit(s, err));
    char asked[] = "deploy";
    MUST(tl_store_find_resources(s, is_called, asked, &arena, &found, &n, err));
    assert_int_equal(n, 1);
    assert_true(tl_str_eq(found[0].resource.id, tl_str_from(id)));
    tl_arena_fini(&arena);
    tl_store_close(s);
}

/* 256: RESOURCES_MAX and TRIES_MAX of sessions.c. */
static void a_session_that_changed_or_tried_too_much_tells_no_name(void **state)
{
    (void)state;
    check_session_of(256, 0, "AROA1");
    check_session_of(257, 0, "deploy");
    check_session_of(1, 255, "AROA1");
    check_session_of(1, 256, "deploy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_join_over_several_steps_and_both_ways),
        cmocka_unit_test(a_name_that_two_had_in_turn_joins_neither_to_the_other),
        cmocka_unit_test(an_automation_joins_the_id_it_was_given_and_the_name_it_used),
        cmocka_unit_test(who_asks_by_the_name_that_an_automation_used_finds_the_id_it_was_given),
        cmocka_unit_test(what_an_automation_shows_is_not_believed_where_it_is_no_proof),
        cmocka_unit_test(a_session_that_changed_or_tried_too_much_tells_no_name),
        cmocka_unit_test(an_account_is_changed_here_and_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
