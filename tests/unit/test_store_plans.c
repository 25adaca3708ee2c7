/* store, its SQL: the parameters are where embed.c says, and each statement's plan is the one that was looked
 * at: a new full scan shows as a difference from tests/unit/query_plans.txt. */
#include "store_util.h"

#include "private.h"
#define SQL_TEXTS
#include "store_sql.h"

static void every_parameter_has_the_index_that_the_code_uses(void **state)
{
    struct tl_store *s = open_store(NULL, TL_STORE_TEMPORARY);
    MUST(store_need_index(s, err));
    for (int i = 0; i < SQL_N; i++) {
        sqlite3_stmt *st = query(s, i).st;
        int n = 0;
        for (; sql_texts[i].params[n]; n++)
            if (sqlite3_bind_parameter_index(st, sql_texts[i].params[n]) != n + 1)
                fail_msg("%s of %s", sql_texts[i].params[n], sql_texts[i].name);
        assert_int_equal(sqlite3_bind_parameter_count(st), n);
    }
    tl_store_close(s);
    (void)state;
}

static void add_plan(struct tl_buf *out, sqlite3 *db, const struct sql_text *t)
{
    struct tl_buf sql = {0};
    sqlite3_stmt *st = NULL;
    assert_int_equal(tl_buf_printf(&sql, "EXPLAIN QUERY PLAN %s", t->sql), 0);
    assert_int_equal(sqlite3_prepare_v2(db, sql.p, -1, &st, NULL), SQLITE_OK);
    tl_buf_fini(&sql);
    bool any = false;
    while (sqlite3_step(st) == SQLITE_ROW) {
        if (!any)
            assert_int_equal(tl_buf_printf(out, "%s\n", t->name), 0);
        any = true;
        assert_int_equal(tl_buf_printf(out, "    %s\n", (const char *)sqlite3_column_text(st, 3)), 0);
    }
    sqlite3_finalize(st);
}

/* To accept new plans: TRAILLOOP_PLANS_WRITE=tests/unit/query_plans.txt and run this test. */
static void every_plan_is_the_one_that_was_looked_at(void **state)
{
    const char *golden = getenv("TRAILLOOP_PLANS"), *to = getenv("TRAILLOOP_PLANS_WRITE");
    struct tl_store *s = open_store(NULL, TL_STORE_TEMPORARY);
    MUST(store_need_index(s, err));
    struct tl_buf have = {0}, want = {0};
    char block[4096];
    size_t n;
    (void)state;
    for (int i = 0; i < SQL_N; i++)
        add_plan(&have, s->db, &sql_texts[i]);
    tl_store_close(s);
    FILE *f = to ? fopen(to, "w") : golden ? fopen(golden, "r") : NULL;
    if (!f) {
        tl_buf_fini(&have);
        print_message("TRAILLOOP_PLANS does not name the plans\n");
        skip();
    }
    if (to)
        assert_int_equal(fwrite(have.p, 1, have.n, f), have.n);
    while (!to && (n = fread(block, 1, sizeof block, f)) > 0)
        assert_int_equal(tl_buf_add(&want, block, n), 0);
    assert_int_equal(fclose(f), 0);
    if (!to && !tl_str_eq(tl_buf_str(&have), tl_buf_str(&want)))
        fail_msg("the plans are now:\n%.*s", TL_FMT(tl_buf_str(&have)));
    tl_buf_fini(&have);
    tl_buf_fini(&want);
}

/* Only this statement may walk the events; those of `check`, which looks at everything; and the end of
 * pruning, which looks for what none of them needs. */
static void nothing_but_the_search_by_id_walks_the_events(void **state)
{
    struct tl_store *s = open_store(NULL, TL_STORE_TEMPORARY);
    MUST(store_need_index(s, err));
    for (int i = 0; i < SQL_N; i++) {
        struct tl_buf plan = {0};
        add_plan(&plan, s->db, &sql_texts[i]);
        assert_int_equal(tl_buf_add(&plan, "", 1), 0);
        bool walks = strstr(plan.p, "SCAN e\n") || strstr(plan.p, "SCAN event\n") ||
                     strstr(plan.p, "SEARCH e USING INTEGER PRIMARY KEY (rowid>");
        bool prunes = strncmp(sql_texts[i].name, "drop_spent_", 11) == 0;
        if ((i < SQL_CHECK_INTEGRITY || i >= SQL_BEGIN_WRITE) && !prunes)
            assert_int_equal(walks, i == SQL_FIND_EVENT);
        tl_buf_fini(&plan);
    }
    tl_store_close(s);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_parameter_has_the_index_that_the_code_uses),
        cmocka_unit_test(every_plan_is_the_one_that_was_looked_at),
        cmocka_unit_test(nothing_but_the_search_by_id_walks_the_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
