/* store: pruning takes what its rule says and nothing else, counts stay true, and what was taken does not
 * come back. */
#include "store_util.h"

#define BEFORE_S 1700000000 /* records */
#define FACTS_S 1699990000  /* facts of remediation */

enum { SETTINGS = 100, ORDER };

/* An event of that kind; SETTINGS and ORDER are control events. */
static void make(struct made *m, unsigned id, int64_t time_s, int kind)
{
    struct tl_resource r = resource_named("111122223333", "eu-west-1", "AWS::Lambda::Function", "f");
    if (kind == TL_EVENT_IS_VERDICT)
        make_verdict(m, id, time_s, "rule", TL_NON_COMPLIANT, r);
    else if (kind == TL_EVENT_IS_ATTEMPT)
        make_attempt(m, id, time_s, "doc", "e-1", "v");
    else if (kind == TL_EVENT_IS_CHANGE)
        make_change(m, id, time_s, "AddPermission", r);
    else
        make_event(m, id, time_s, "config", "PutRemediationConfigurations");
    if (kind < SETTINGS)
        return;
    m->control = (struct tl_control){.action = kind == SETTINGS ? TL_PUT_REMEDIATION_CONFIGURATION
                                                                : TL_START_REMEDIATION_EXECUTION,
                                     .rule = TL_STR("rule")};
    m->ev.kind = TL_EVENT_IS_CONTROL;
    m->ev.controls = &m->control;
    m->ev.n_controls = 1;
}

static const struct {
    int kind;
    int64_t time_s;
    bool stays;
} rows[] = {
    {TL_EVENT_OTHER, BEFORE_S, true},
    {TL_EVENT_OTHER, BEFORE_S - 1, false},
    {TL_EVENT_OTHER, FACTS_S - 1, false},
    {TL_EVENT_IS_VERDICT, BEFORE_S - 1, true},
    {TL_EVENT_IS_VERDICT, FACTS_S, true},
    {TL_EVENT_IS_VERDICT, FACTS_S - 1, false},
    {TL_EVENT_IS_ATTEMPT, FACTS_S, true},
    {TL_EVENT_IS_ATTEMPT, FACTS_S - 1, false},
    {TL_EVENT_IS_CHANGE, FACTS_S, true},
    {TL_EVENT_IS_CHANGE, FACTS_S - 1, false},
    {ORDER, FACTS_S, true},
    {ORDER, FACTS_S - 1, false},
    {SETTINGS, FACTS_S - 1, true},
    {SETTINGS, 0, true},
};
enum { N_ROWS = sizeof rows / sizeof *rows, N_STAY = 8 };

/* A file with those rows that `wanted` has a bit for. */
static void put_file(struct tl_store *s, const char *path, unsigned wanted)
{
    struct tl_source src = done_source(0);
    MUST(tl_store_begin(s, err));
    MUST(tl_store_file_begin(s, tl_str_from(path), tl_str_from(path), err));
    for (unsigned i = 0; i < N_ROWS; i++) {
        struct made m;
        struct tl_origin at = {.record = i, .offset = i, .length = 1};
        if (!(wanted & 1u << i))
            continue;
        src.n_read++;
        make(&m, i + 1, rows[i].time_s, rows[i].kind);
        m.ev.flags |= i % 2 ? TL_EVENT_WITHHELD : 0;
        MUST(tl_store_put(s, &m.ev, &at, err));
    }
    MUST(tl_store_file_end(s, &src, true, err));
    MUST(tl_store_commit(s, err));
}

static struct tl_prune prune(struct tl_store *s)
{
    struct tl_prune out;
    MUST(tl_store_begin(s, err));
    MUST(tl_store_prune(s, BEFORE_S, FACTS_S, &out, err));
    MUST(tl_store_commit(s, err));
    MUST(tl_store_shrink(s, err));
    return out;
}

static int64_t unbalanced(const char *db)
{
    return ask(db,
               "SELECT count(*) FROM sources WHERE records_read <> kept + duplicates + damaged + unused") +
           ask(db, "SELECT count(*) FROM source s WHERE n_kept <> (SELECT count(*) FROM event WHERE source = "
                   "s.id)") +
           ask(db, "SELECT count(*) FROM source s WHERE n_withheld <> (SELECT count(*) FROM events e JOIN "
                   "sources x"
                   " ON x.path = e.source WHERE x.path = s.path AND e.withheld AND s.current)") +
           ask(db, "SELECT (SELECT sum(n_kept) FROM coverage) <> (SELECT count(*) FROM event)") +
           ask(db, "SELECT count(*) FROM verdict WHERE event NOT IN (SELECT key FROM event)") +
           ask(db, "SELECT count(*) FROM attempt_value WHERE event NOT IN (SELECT key FROM event)") +
           ask(db, "SELECT count(*) FROM change WHERE event NOT IN (SELECT key FROM event)") +
           ask(db, "SELECT count(*) FROM control WHERE event NOT IN (SELECT key FROM event)");
}

static void the_rule_says_what_goes(void **state)
{
    struct place *p = *state;
    struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
    put_file(s, "a", (1u << N_ROWS) - 1);
    struct tl_prune out = prune(s);
    assert_int_equal(out.n_removed, N_ROWS - N_STAY);
    assert_int_equal(out.n_kept, N_STAY - 1); /* one is no older */
    tl_store_close(s);
    for (unsigned i = 0; i < N_ROWS; i++) {
        char sql[120];
        snprintf(sql, sizeof sql, "SELECT count(*) FROM events WHERE event_id LIKE '%08x-%%'", i + 1);
        assert_int_equal(ask(p->db, sql), rows[i].stays);
    }
    assert_int_equal(unbalanced(p->db), 0);
    assert_int_equal(ask(p->db, "SELECT sum(unused) FROM sources"), N_ROWS - N_STAY);
}

/* Each file alone, all in both orders, before and after: what is kept is the same. */
static void what_was_taken_does_not_come_back(void **state)
{
    struct place *p = *state;
    char *first = NULL;
    for (int order = 0; order < 4; order++) {
        struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
        if (order < 2)
            prune(s);
        put_file(s, order % 2 ? "b" : "a", order % 2 ? 0x3f0f : 0x0fff);
        put_file(s, order % 2 ? "a" : "b", order % 2 ? 0x0fff : 0x3f0f);
        if (order >= 2)
            prune(s);
        tl_store_close(s);
        assert_int_equal(unbalanced(p->db), 0);
        char *all = content_of(p->db), *sources = strstr(all, "== sources");
        assert_non_null(sources);
        *sources = '\0'; /* a copy of a removed record was a second copy, or is one that is not kept */
        if (first)
            assert_string_equal(all, first);
        else
            first = strdup(all);
        free(all);
        unlink(p->db);
    }
    free(first);
}

static void an_older_version_that_has_nothing_left_goes(void **state)
{
    struct place *p = *state;
    struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
    put_file(s, "a", 0x7); /* one stays */
    put_file(s, "a", 0x1); /* its next version holds that one only */
    assert_int_equal(ask(p->db, "SELECT count(*) FROM sources"), 2);
    prune(s);
    tl_store_close(s);
    assert_int_equal(ask(p->db, "SELECT count(*) FROM sources"), 1);
    assert_int_equal(unbalanced(p->db), 0);
}

static void taken_back_it_is_as_before(void **state)
{
    struct place *p = *state;
    struct tl_prune out;
    struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
    put_file(s, "a", 0xff);
    char *before = content_of(p->db);
    MUST(tl_store_begin(s, err));
    MUST(tl_store_prune(s, BEFORE_S, BEFORE_S, &out, err));
    assert_true(out.n_removed > 0);
    MUST(tl_store_rollback(s, err));
    char *after = content_of(p->db);
    assert_string_equal(before, after);
    put_file(s, "b", 1u << 13 | 1u << 11); /* old ones are taken */
    assert_int_equal(ask(p->db, "SELECT kept FROM sources WHERE path = 'b'"), 2);
    tl_store_close(s);
    free(before);
    free(after);
}

/* 60,000 events in one second: some 50 find their place taken and stand behind another one. Those that stay
 * must be found though what stood before them would go. */
static void events_that_stand_behind_others_are_still_found(void **state)
{
    struct place *p = *state;
    enum { N = 60000 };
    struct tl_source src = done_source(N);
    struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
    MUST(tl_store_begin(s, err));
    MUST(tl_store_file_begin(s, TL_STR("a"), TL_STR("a"), err));
    for (unsigned i = 0; i < N; i++) {
        struct made m;
        struct tl_origin at = {.record = i, .offset = i, .length = 1};
        make(&m, i * 2654435761u, FACTS_S - 5, i % 2 ? SETTINGS : TL_EVENT_OTHER);
        MUST(tl_store_put(s, &m.ev, &at, err));
    }
    MUST(tl_store_file_end(s, &src, true, err));
    MUST(tl_store_commit(s, err));
    struct tl_prune out = prune(s);
    assert_true(out.n_removed <= N / 2 && out.n_removed > N / 2 - 100);
    for (unsigned i = 1; i < N; i += 2) {
        struct tl_arena arena = {0};
        struct tl_event_origin o;
        struct made m;
        make_event(&m, i * 2654435761u, FACTS_S - 5, "a", "b");
        if (tl_store_origin(s, FACTS_S - 5, &m.ev.id, &arena, &o, NULL))
            fail_msg("event %u is not found", i);
        tl_arena_fini(&arena);
    }
    tl_store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_rule_says_what_goes, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(what_was_taken_does_not_come_back, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(an_older_version_that_has_nothing_left_goes, place_setup,
                                        place_teardown),
        cmocka_unit_test_setup_teardown(taken_back_it_is_as_before, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(events_that_stand_behind_others_are_still_found, place_setup,
                                        place_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
