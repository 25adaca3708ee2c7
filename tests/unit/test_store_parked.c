/* What a scan puts aside: whatever it holds, and however it is cut into files and commits, a history and the
 * coverage are those of a store that puts all into its tables at once. */
#include "store_util.h"

#include "private.h"
#include "trailloop/limits.h"

#define T0 1700000000
#define LAMBDA "AWS::Lambda::Function"
#define ROLE "AWS::IAM::Role"

enum { N_WORLDS = 200, N_RECORDS = 120, N_FILES = 12 };

static uint64_t seed;
static unsigned n_global; /* one role in so many stands in a region */

static unsigned upto(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed % n);
}

/* ---- worlds --------------------------------------------------------------------------------------- */

static struct tl_resource any_resource(void)
{
    static const char *const ids[] = {"judged", "named", "busy", "quiet-1", "quiet-2"};
    static const char *const roles[] = {"AROA1", "deploy", "by-automation"};
    if (upto(3) == 0)
        return resource_named("111122223333", upto(n_global) ? "global" : "eu-west-1", ROLE, roles[upto(3)]);
    return resource_named("111122223333", "eu-west-1", LAMBDA, ids[upto(5)]);
}

static void make_any_change(struct made *m, unsigned id, int64_t t)
{
    static const char *const calls[] = {"AddPermission", "RemovePermission", "UpdateFunctionCode"};
    make_change(m, id, t, calls[upto(3)], any_resource());
    m->ev.fingerprint = upto(3);
    if (upto(8) == 0)
        m->ev.flags |= TL_EVENT_FAILED;
    if (upto(10) == 0) {
        m->resource[1] = any_resource();
        m->ev.n_resources = 2;
    } else if (upto(12) == 0) {
        m->ev.n_resources = 0;
        m->ev.flags |= TL_EVENT_FAILED;
    }
    if (tl_str_eq(m->resource[0].id, TL_STR("by-automation")) && upto(3) == 0)
        m->ev.execution_id = TL_STR("exec-1");
}

static void make_record(struct made *m, unsigned id, int64_t t, bool judges)
{
    unsigned what = upto(40);
    if (what == 0 && judges)
        make_verdict(
            m, id, t, "rule", upto(2) ? TL_NON_COMPLIANT : TL_COMPLIANT,
            upto(2) ? resource_named("111122223333", "eu-west-1", LAMBDA, "judged")
                    : resource_named("111122223333", upto(n_global) ? "global" : "eu-west-1", ROLE, "AROA1"));
    else if (what == 1)
        make_attempt(m, id, t, "fix", upto(2) ? "exec-1" : "", upto(2) ? "named" : "AROA1");
    else if (what == 2)
        make_event(m, id, t, "sts", "AssumeRole");
    else
        make_any_change(m, id, t);
    if (upto(30) == 0) {
        m->alias =
            (struct tl_alias){resource_named("111122223333", "global", ROLE, "AROA1"), TL_STR("deploy")};
        m->ev.aliases = &m->alias;
        m->ev.n_aliases = 1;
    }
}

/* Made anew for each store from the same seed. In one of three, one record in ten is told once more. */
static struct tl_store *store_of(enum tl_store_mode mode, uint64_t world)
{
    struct tl_store *s = open_store(NULL, mode);
    struct made m;
    seed = world;
    unsigned n_seconds = 1 + upto(5000), id = 0, copied[N_RECORDS], n_copied = 0;
    n_global = upto(2) ? 2 : 1000;
    bool judges = upto(2), pauses = upto(2), repeats = upto(3) == 0;
    MUST(tl_store_begin(s, err));
    for (unsigned f = 0; f < N_FILES; f++) {
        char name[16];
        unsigned n = upto(2 * N_RECORDS / N_FILES);
        snprintf(name, sizeof name, "/f%02u", upto(2) ? f : N_FILES + f);
        MUST(tl_store_file_begin(s, tl_str_from(name), tl_str_from(name), err));
        for (unsigned i = 0; i < n; i++) {
            bool is_copy = repeats && n_copied && upto(10) == 0;
            unsigned which = is_copy ? copied[upto(n_copied)] : ++id;
            uint64_t here = seed;
            seed = world + which * UINT64_C(0x9e3779b97f4a7c15);
            make_record(&m, which, T0 + (int64_t)upto(n_seconds), judges);
            seed = here;
            if (!is_copy && n_copied < N_RECORDS)
                copied[n_copied++] = which;
            MUST(tl_store_put(s, &m.ev, &(struct tl_origin){i, i * 10, 9}, err));
        }
        struct tl_source src = done_source(n);
        src.outcome = upto(6) ? TL_OUTCOME_DONE : TL_OUTCOME_CUT;
        MUST(tl_store_file_end(s, &src, false, err));
        if (pauses && upto(3) == 0) {
            MUST(tl_store_commit(s, err));
            MUST(tl_store_begin(s, err));
        }
    }
    MUST(tl_store_commit(s, err));
    return s;
}

/* ---- what is looked for ---------------------------------------------------------------------------- */

static int kind_of(void *ctx, const struct tl_api *api, const struct tl_caller *caller, bool failed,
                   uint32_t *kind)
{
    (void)ctx, (void)caller;
    *kind = (uint32_t)api->action.n * 2 + failed;
    return 0;
}

/* So that each change counts, and those outside of the span. */
static bool are_odd(void *ctx, const struct tl_call *calls, size_t n)
{
    (void)ctx, (void)calls;
    return n % 2 == 1;
}

static bool are_quiet(void *ctx, const struct tl_call *calls, size_t n)
{
    (void)ctx, (void)calls, (void)n;
    return false;
}

static int keep_all(void *ctx, const struct tl_history *h, uint8_t *keep, struct tl_err *err)
{
    (void)ctx, (void)err;
    memset(keep, 1, h->n_steps);
    return 0;
}

static const struct tl_watch odd = {NULL, kind_of, are_odd}, quiet = {NULL, kind_of, are_quiet};
static const struct tl_sieve keep_odd = {1, TL_MAX_STEP_DEFAULT_S, &odd, keep_all, NULL},
                             keep_none = {1, TL_MAX_STEP_DEFAULT_S, &quiet, keep_all, NULL},
                             keep_each = {1, TL_MAX_STEP_DEFAULT_S, NULL, keep_all, NULL};

static void add_history(struct tl_buf *b, struct tl_store *s, const struct tl_sieve *sieve, int64_t since_s)
{
    struct tl_history h = {0};
    MUST(tl_store_load(s, since_s, INT64_MAX, sieve, &h, err));
    for (size_t i = 0; i < h.n_steps; i++) {
        const struct tl_step *st = &h.steps[i];
        tl_str id = st->resource == TL_NONE ? TL_STR("-") : h.resources[st->resource].id;
        tl_buf_printf(b, "%d %02x%02x %d %.*s %d %d %d\n", (int)(st->time_s - T0), st->event.b[2],
                      st->event.b[3], st->kind, TL_FMT(id), st->flags, st->compliance, (int)st->fingerprint);
    }
    tl_history_fini(&h);
}

static void add_coverage(struct tl_buf *b, struct tl_store *s)
{
    struct tl_coverage c;
    MUST(tl_store_coverage(s, &c, err));
    tl_buf_printf(b, "kept %d duplicates %d from %d to %d\n", (int)c.records.n_kept,
                  (int)c.records.n_duplicates, (int)(c.first_s - T0), (int)(c.last_s - T0));
    for (size_t i = 0; i < c.n_scopes; i++)
        tl_buf_printf(b, "%.*s %d\n", TL_FMT(c.scopes[i].region), (int)c.scopes[i].n_records);
    uint64_t n_new, n_duplicates;
    tl_store_put_counts(s, &n_new, &n_duplicates);
    tl_buf_printf(b, "put %d, %d copies\n", (int)n_new, (int)n_duplicates);
    tl_coverage_fini(&c);
}

static int64_t n_parked(struct tl_store *s)
{
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_prepare_v2(s->db, "SELECT count(*) FROM parked", -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return n;
}

/* As text; *n_left: rows that stay parked. Owned by the caller. */
static char *seen(enum tl_store_mode mode, uint64_t world, int64_t *n_left)
{
    struct tl_store *s = store_of(mode, world);
    struct tl_buf b = {0};
    const struct tl_sieve *sieve = world % 5 ? &keep_odd : &keep_each;
    add_history(&b, s, sieve, world % 3 ? INT64_MIN : T0 + 1000);
    add_coverage(&b, s);
    add_history(&b, s, sieve, world % 2 ? INT64_MIN : T0 + 2000); /* not what was asked for first */
    *n_left = n_parked(s);
    tl_store_close(s);
    assert_int_equal(tl_buf_add(&b, "", 1), 0);
    return b.p;
}

static void what_was_put_aside_is_there_when_it_is_asked_for(void **state)
{
    size_t n_left = 0;
    (void)state;
    for (uint64_t world = 1; world <= N_WORLDS; world++) {
        int64_t left, none;
        char *have = seen(TL_STORE_SCAN, world, &left), *want = seen(TL_STORE_TEMPORARY, world, &none);
        if (strcmp(have, want) != 0)
            fail_msg("world %d:\n%s\nshould be\n%s", (int)world, have, want);
        assert_int_equal(none, 0);
        n_left += left > 0;
        free(have);
        free(want);
    }
    assert_true(n_left > N_WORLDS / 4);
}

/* ---- very many on one resource ---------------------------------------------------------------------- */

static void put_many(struct tl_store *s, unsigned n, int64_t apart_s)
{
    MUST(tl_store_begin(s, err));
    for (unsigned i = 0; i < n; i += 8192) {
        char name[16];
        struct made m;
        snprintf(name, sizeof name, "/f%u", i);
        MUST(tl_store_file_begin(s, tl_str_from(name), tl_str_from(name), err));
        for (unsigned k = i; k < i + 8192 && k < n; k++) {
            make_change(&m, k + 1, T0 + k * apart_s, "AddPermission",
                        resource_named("111122223333", "eu-west-1", LAMBDA, "f"));
            MUST(tl_store_put(s, &m.ev, &(struct tl_origin){k - i, 0, 9}, err));
        }
        struct tl_source src = done_source(n - i < 8192 ? n - i : 8192);
        MUST(tl_store_file_end(s, &src, false, err));
    }
    MUST(tl_store_commit(s, err));
}

/* More than are looked at together are asked for, whatever they are. */
static void too_many_of_one_resource_are_not_gathered(void **state)
{
    static const struct {
        size_t n;
        bool stay;
    } rows[] = {{TL_SIEVE_STEPS, true}, {TL_SIEVE_STEPS + 1, false}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tl_store *s = open_store(NULL, TL_STORE_SCAN);
        struct tl_buf b = {0};
        put_many(s, (unsigned)rows[i].n, 100);
        add_history(&b, s, &keep_none, INT64_MIN);
        assert_int_equal(n_parked(s) > 0, rows[i].stay);
        assert_int_equal(b.n, 0);
        tl_buf_fini(&b);
        tl_store_close(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_aside_is_there_when_it_is_asked_for),
        cmocka_unit_test(too_many_of_one_resource_are_not_gathered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
