/* Which resources are looked at: the same loops whatever came first, in however many parts, with a derivation
 * after each or after some; and what is not watched is a fault. */
#include "store_util.h"

#include "trailloop/pipeline.h"

#define T0 1700000000

enum { N_EVENTS = 400, N_RESOURCES = 12 };

static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state * 2685821657736338717u >> 16;
}

/* Event `i` of a log in which every third resource loops in a tug, every third repeats, and others do
 * neither. */
static void make_call(struct made *m, unsigned i)
{
    static const char *const robots[] = {"arn:aws:iam::111122223333:role/a",
                                         "arn:aws:iam::111122223333:role/b"};
    static char names[N_RESOURCES][8];
    unsigned on = i % N_RESOURCES, turn = i / N_RESOURCES;
    snprintf(names[on], sizeof names[on], "f%u", on);
    struct tl_resource f = resource_named("111122223333", "eu-west-1", "AWS::Lambda::Function", names[on]);
    switch (on % 3) {
    case 0:
        make_change(m, i + 1, T0 + turn * 200, turn % 2 ? "AddPermission" : "RemovePermission", f);
        m->ev.principal = tl_str_from(robots[turn % 2]);
        break;
    case 1:
        make_change(m, i + 1, T0 + turn * 5, "UpdateFunctionConfiguration", f);
        m->ev.fingerprint = 77;
        break;
    default:
        make_change(m, i + 1, T0 + turn * 3600, "UpdateFunctionConfiguration", f);
        m->ev.fingerprint = 77;
    }
}

static void put(struct tl_store *s, const unsigned *order, unsigned from, unsigned to)
{
    char name[32];
    snprintf(name, sizeof name, "/dump/%u", from);
    MUST(tl_store_begin(s, err));
    MUST(tl_store_file_begin(s, tl_str_from(name), tl_str_from(name), err));
    for (unsigned i = from; i < to; i++) {
        struct made m;
        const struct tl_origin at = {.record = i};
        make_call(&m, order[i]);
        MUST(tl_store_put(s, &m.ev, &at, err));
    }
    struct tl_source src = {.location = tl_str_from(name), .path = tl_str_from(name), .n_read = to - from};
    MUST(tl_store_file_end(s, &src, false, err));
    MUST(tl_store_commit(s, err));
}

static size_t n_faults(const char *path)
{
    struct tl_store *s = open_store(path, TL_STORE_READ);
    struct tl_check c;
    MUST(tl_check(s, &c, err));
    size_t n = c.n_faults;
    tl_check_fini(&c);
    tl_store_close(s);
    return n;
}

static size_t n_loops_reported(struct tl_store *s)
{
    struct tl_analyse_options o;
    struct tl_report report;
    tl_analyse_defaults(&o);
    MUST(tl_analyse(s, &o, &report, err));
    size_t n = report.findings.n;
    tl_report_fini(&report);
    return n;
}

static void shuffle(unsigned *order, uint64_t *seed)
{
    for (unsigned i = 0; i < N_EVENTS; i++)
        order[i] = i;
    for (unsigned i = N_EVENTS; i > 1; i--) {
        unsigned k = (unsigned)(next(seed) % i), t = order[i - 1];
        order[i - 1] = order[k];
        order[k] = t;
    }
}

/* Loops as the view tells them. */
static char *loops_of(const char *db_path)
{
    char *all = content_of(db_path), *from = strstr(all, "== loops"), *to = strstr(all, "== sources");
    assert_true(from && to);
    char *out = strndup(from, (size_t)(to - from));
    free(all);
    return out;
}

static void the_loops_are_the_same_in_any_parts(void **state)
{
    const struct place *p = *state;
    uint64_t seed = 5;
    char *first = NULL;
    for (int round = 0; round < 24; round++) {
        unsigned order[N_EVENTS];
        struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
        shuffle(order, &seed);
        for (unsigned from = 0, to; from < N_EVENTS; from = to) {
            to = from + 1 + (unsigned)(next(&seed) % (round % 4 ? 60 : N_EVENTS));
            to = to > N_EVENTS ? N_EVENTS : to;
            put(s, order, from, to);
            if (next(&seed) % 2)
                MUST(tl_derive(s, err));
        }
        assert_int_equal(n_loops_reported(s),
                         N_RESOURCES / 3 * 2); /* what is new and not looked at is seen */
        MUST(tl_derive(s, err));
        assert_int_equal(n_loops_reported(s), N_RESOURCES / 3 * 2);
        tl_store_close(s);
        assert_int_equal(ask(p->db, "SELECT count(*) FROM watched WHERE restless AND last IS NULL"),
                         N_RESOURCES / 3 * 2);
        assert_int_equal(ask(p->db, "SELECT count(*) FROM watched"), N_RESOURCES / 3 * 2);
        assert_int_equal(n_faults(p->db), 0);
        char *loops = loops_of(p->db);
        if (!first)
            first = strdup(loops);
        assert_string_equal(loops, first);
        free(loops);
        unlink(p->db);
    }
    free(first);
}

/* A database whose watch list is another version's, or none, is looked at as a whole. */
static void a_watch_list_of_another_version_is_not_used(void **state)
{
    const struct place *p = *state;
    unsigned order[N_EVENTS];
    uint64_t seed = 6;
    shuffle(order, &seed);
    struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
    put(s, order, 0, N_EVENTS);
    MUST(tl_derive(s, err));
    tl_store_close(s);
    run_sql(p->db, "DELETE FROM watched");
    assert_true(n_faults(p->db) > 0);
    run_sql(p->db, "UPDATE looked SET version = 'other'; DELETE FROM derived");
    s = open_store(p->db, TL_STORE_READ);
    assert_int_equal(n_loops_reported(s), N_RESOURCES / 3 * 2);
    tl_store_close(s);
    s = open_store(p->db, TL_STORE_WRITE);
    MUST(tl_derive(s, err));
    tl_store_close(s);
    assert_int_equal(ask(p->db, "SELECT count(*) FROM watched WHERE restless"), N_RESOURCES / 3 * 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_loops_are_the_same_in_any_parts, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(a_watch_list_of_another_version_is_not_used, place_setup,
                                        place_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
