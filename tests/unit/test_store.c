/* store: the same content for any order, split and repetition; nothing half a file; files that change. */
#include "store_util.h"

/* ---- a small dump with copies that disagree ----------------------------------------------------- */

#define N_FILES 5
#define N_RECORDS 40

/* Which records a file holds: every record is in one file, every third in a second one, and file 3 holds one
 * twice. */
static bool holds(unsigned file, unsigned record)
{
    return record % N_FILES == file || (record % 3 == 0 && (record + 2) % N_FILES == file);
}

/* Copies differ by file in whatever they can: which one is kept must not depend on which came first. */
static void make_copy(struct made *m, unsigned file, unsigned record)
{
    static const char *const names[] = {"f0", "f1", "f2", "f3", "f4"};
    struct tl_resource on = resource_named("111122223333", "eu-west-1", "AWS::Lambda::Function", names[file]);
    int64_t t = 1700000000 + record / 4;
    switch (record % 5) {
    case 0:
        make_event(m, record, t, "s3", names[file]);
        m->ev.flags = file % 2 ? TL_EVENT_WITHHELD : 0;
        break;
    case 1:
        make_change(m, record, t, "AddPermission", on);
        m->resource[1] = resource_named("111122223333", "eu-west-1", "AWS::IAM::Role", "r");
        m->ev.n_resources = 1 + file % 2;
        m->ev.detail = tl_str_from(names[file]);
        break;
    case 2:
        make_verdict(m, record, t, names[file], file % 2 ? TL_COMPLIANT : TL_NON_COMPLIANT, on);
        m->verdict[1] = m->verdict[0];
        m->verdict[1].rule = TL_STR("second");
        m->ev.n_verdicts = 1 + file % 2;
        break;
    case 3:
        make_attempt(m, record, t, "doc", names[file], names[file]);
        m->values[1] = TL_STR("other");
        m->attempt.n_values = 1 + file % 2;
        break;
    default:
        make_event(m, record, t, "config", "PutRemediationConfigurations");
        m->ev.kind = TL_EVENT_IS_CONTROL;
        m->ev.flags = TL_EVENT_TEXT_ID;
        m->ev.id_text = TL_STR("an id that is no UUID");
        m->control =
            (struct tl_control){.action = TL_PUT_REMEDIATION_CONFIGURATION, .rule = tl_str_from(names[file])};
        m->control.resource = on;
        m->ev.controls = &m->control;
        m->ev.n_controls = 1;
        m->ev.region = tl_str_from(names[file]); /* even the scope: coverage must follow */
        m->alias = (struct tl_alias){on, tl_str_from(names[(file + 1) % N_FILES])};
        m->ev.aliases = &m->alias;
        m->ev.n_aliases = 1;
    }
}

static void ingest_file(struct tl_store *s, unsigned file)
{
    char location[32], path[32];
    uint64_t n = 0;
    struct made m;
    snprintf(location, sizeof location, "/dump/%c.json", (char)('a' + file));
    snprintf(path, sizeof path, "%c.json", (char)('a' + file));
    MUST(tl_store_file_begin(s, tl_str_from(location), tl_str_from(path), err));
    for (unsigned record = 0; record < N_RECORDS; record++) {
        if (!holds(file, record))
            continue;
        for (unsigned k = 0; k < (file == 3 && record == 3 ? 2u : 1u); k++) {
            struct tl_origin at = {.record = n, .offset = n * 100, .length = 90};
            make_copy(&m, file, record);
            MUST(tl_store_put(s, &m.ev, &at, err));
            n++;
        }
    }
    struct tl_origin bad = {.record = n, .offset = n * 100, .length = 7};
    MUST(tl_store_damage(s, &bad, TL_STR("not valid JSON"), err));
    struct tl_seen unused = {.account = TL_STR("999999999999"),
                             .region = TL_STR("us-east-1"),
                             .block = tl_seen_block(1690000000),
                             .first_s = 1690000000,
                             .last_s = 1690000000 + file,
                             .minutes = 1,
                             .n_records = 2};
    MUST(tl_store_note_unused(s, &unused, err));
    struct tl_source src = done_source(n + 3);
    src.n_damaged = 1;
    src.n_unused = 2;
    MUST(tl_store_file_end(s, &src, false, err));
}

static char *content_after(const struct place *p, const unsigned *order, size_t n, size_t per_batch)
{
    unlink(p->db);
    struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
    for (size_t i = 0; i < n; i++) {
        if (i % per_batch == 0)
            MUST(tl_store_begin(s, err));
        ingest_file(s, order[i]);
        if (i % per_batch == per_batch - 1 || i == n - 1)
            MUST(tl_store_commit(s, err));
    }
    tl_store_close(s);
    return content_of(p->db);
}

static void any_order_split_and_repetition_gives_the_same_content(void **state)
{
    static const struct {
        const char *name;
        unsigned order[12];
        size_t n, per_batch;
    } rows[] = {
        {"backwards", {4, 3, 2, 1, 0}, 5, 5},
        {"one commit a file", {0, 1, 2, 3, 4}, 5, 1},
        {"mixed", {2, 4, 0, 3, 1}, 5, 2},
        {"mixed otherwise", {3, 0, 4, 1, 2}, 5, 3},
        {"each twice", {0, 0, 1, 1, 2, 2, 3, 3, 4, 4}, 10, 4},
        {"all, then all again backwards", {0, 1, 2, 3, 4, 4, 3, 2, 1, 0}, 10, 10},
        {"some again in between", {4, 2, 4, 1, 2, 0, 4, 3, 0}, 9, 2},
    };
    const struct place *p = *state;
    char *want = content_after(p, (const unsigned[]){0, 1, 2, 3, 4}, 5, 5);
    assert_non_null(strstr(want, "an id that is no UUID"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *have = content_after(p, rows[i].order, rows[i].n, rows[i].per_batch);
        if (strcmp(want, have) != 0) {
            print_message("%s:\n%s\nwanted:\n%s\n", rows[i].name, have, want);
            fail();
        }
        free(have);
    }
    free(want);
}

static void every_row_of_the_manifest_balances(void **state)
{
    const struct place *p = *state;
    free(content_after(p, (const unsigned[]){4, 2, 0, 1, 3, 2}, 6, 2));
    assert_int_equal(ask(p->db, "SELECT count(*) FROM sources"), N_FILES);
    assert_int_equal(
        ask(p->db, "SELECT count(*) FROM sources WHERE records_read <> kept + duplicates + damaged + unused"),
        0);
    assert_int_equal(ask(p->db, "SELECT sum(kept) FROM sources"), N_RECORDS);
    assert_int_equal(ask(p->db, "SELECT count(*) FROM events"), N_RECORDS);
    assert_int_equal(ask(p->db, "SELECT sum(withheld) FROM sources"),
                     ask(p->db, "SELECT sum(withheld) FROM events"));
    assert_int_equal(ask(p->db, "SELECT sum(records) FROM scopes"), N_RECORDS + 2 * N_FILES);
    assert_int_equal(ask(p->db, "SELECT sum(n_kept) FROM coverage"), N_RECORDS);

    struct tl_store *s = open_store(p->db, TL_STORE_READ);
    struct tl_coverage c;
    MUST(tl_store_coverage(s, &c, err));
    assert_int_equal(c.files.n_read, N_FILES);
    assert_int_equal(c.records.n_kept, N_RECORDS);
    assert_int_equal(c.records.n_read,
                     c.records.n_kept + c.records.n_duplicates + c.records.n_damaged + c.records.n_unused);
    assert_int_equal(c.records.n_withheld, ask(p->db, "SELECT sum(withheld) FROM events"));
    assert_true(c.any);
    assert_int_equal(c.first_s, 1690000000);
    assert_int_equal(c.last_s, 1700000000 + (N_RECORDS - 1) / 4);
    for (size_t i = 1; i < c.n_scopes; i++)
        assert_true(tl_str_cmp(c.scopes[i - 1].account, c.scopes[i].account) < 0 ||
                    tl_str_cmp(c.scopes[i - 1].region, c.scopes[i].region) < 0);
    tl_coverage_fini(&c);
    tl_store_close(s);
}

/* ---- one file: all in or all out ---------------------------------------------------------------- */

/* A file of `n` plain events with ids from `first` on. */
static void put_file(struct tl_store *s, const char *location, unsigned first, unsigned n,
                     enum tl_outcome outcome, bool keep, struct tl_source *src)
{
    struct made m;
    MUST(tl_store_file_begin(s, tl_str_from(location), tl_str_from(location + 1), err));
    for (unsigned i = 0; i < n; i++) {
        make_event(&m, first + i, 1700000000 + first + i, "s3", "PutObject");
        MUST(tl_store_put(s, &m.ev, &(struct tl_origin){i, i * 10, 9}, err));
    }
    *src = done_source(n);
    src->outcome = outcome;
    src->reason = outcome == TL_OUTCOME_DONE ? TL_STR_NONE : TL_STR("ends inside a member at byte 7");
    MUST(tl_store_file_end(s, src, keep, err));
}

static void assert_counts(const struct tl_store *s, uint64_t n_new, uint64_t n_duplicates)
{
    uint64_t have_new, have_duplicates;
    tl_store_put_counts(s, &have_new, &have_duplicates);
    assert_int_equal(have_new, n_new);
    assert_int_equal(have_duplicates, n_duplicates);
}

static void a_file_that_was_cut_leaves_nothing_but_its_row(void **state)
{
    static const struct {
        enum tl_outcome outcome;
        bool keep;
        int n_events;
    } rows[] = {
        {TL_OUTCOME_CUT, false, 2},    {TL_OUTCOME_CORRUPT, false, 2},  {TL_OUTCOME_UNREADABLE, false, 2},
        {TL_OUTCOME_CUT, true, 2 + 5}, {TL_OUTCOME_DONE, false, 2 + 5},
    };
    const struct place *p = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tl_source src;
        unlink(p->db);
        struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
        MUST(tl_store_begin(s, err));
        /* The first file also brings every name that the second one uses: they must not be taken for known.
         */
        struct tl_source good;
        put_file(s, "/b", 100, 5, rows[i].outcome, rows[i].keep, &src);
        put_file(s, "/a", 1, 2, TL_OUTCOME_DONE, false, &good);
        bool kept = rows[i].n_events > 2;
        assert_int_equal(src.n_damaged, kept ? 0 : 5);
        MUST(tl_store_commit(s, err));
        assert_counts(s, kept ? 7 : 2, 0);
        tl_store_close(s);
        assert_int_equal(ask(p->db, "SELECT count(*) FROM events"), rows[i].n_events);
        assert_int_equal(ask(p->db, "SELECT sum(records) FROM scopes"), rows[i].n_events);
        assert_int_equal(
            ask(p->db, "SELECT count(*) FROM sources WHERE records_read <> kept + duplicates + damaged"), 0);
        assert_int_equal(ask(p->db, "SELECT sum(records_read) FROM sources"), 7);
    }
}

static void a_file_read_whole_after_it_was_cut_is_clean(void **state)
{
    const struct place *p = *state;
    struct tl_source src;
    struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
    MUST(tl_store_begin(s, err));
    put_file(s, "/a", 1, 3, TL_OUTCOME_CUT, false, &src);
    MUST(tl_store_commit(s, err));
    MUST(tl_store_begin(s, err));
    put_file(s, "/a", 1, 5, TL_OUTCOME_DONE, false, &src);
    MUST(tl_store_commit(s, err));
    assert_counts(s, 5, 0);
    tl_store_close(s);
    assert_int_equal(ask(p->db, "SELECT count(*) FROM sources"), 1);
    assert_int_equal(ask(p->db, "SELECT damaged FROM sources"), 0);
}

/* More events than wait in memory: some of the file is in the tables before its end is known. */
static void a_file_larger_than_memory_is_all_in_or_all_out(void **state)
{
    enum { MANY = 150000 };
    static const struct {
        enum tl_outcome outcome;
        bool keep;
    } rows[] = {{TL_OUTCOME_CORRUPT, false}, {TL_OUTCOME_DONE, false}, {TL_OUTCOME_CUT, true}};
    const struct place *p = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool kept = rows[i].keep || rows[i].outcome == TL_OUTCOME_DONE;
        struct tl_source src;
        unlink(p->db);
        struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
        MUST(tl_store_begin(s, err));
        put_file(s, "/b", 1, 10, TL_OUTCOME_DONE, false, &src);
        put_file(s, "/a", 6, MANY, rows[i].outcome, rows[i].keep, &src); /* takes 6 to 10 from /b */
        put_file(s, "/c", 6, 5, TL_OUTCOME_DONE, false, &src);
        MUST(tl_store_commit(s, err));
        assert_counts(s, kept ? 5 + MANY : 10, kept ? 10 : 5);
        tl_store_close(s);
        assert_int_equal(ask(p->db, "SELECT count(*) FROM events"), kept ? 5 + MANY : 10);
        assert_int_equal(ask(p->db, "SELECT sum(records) FROM scopes"), kept ? 5 + MANY : 10);
        assert_int_equal(ask(p->db, "SELECT kept FROM sources WHERE path = 'a'"), kept ? MANY : 0);
        assert_int_equal(ask(p->db, "SELECT kept FROM sources WHERE path = 'b'"), kept ? 5 : 10);
        assert_int_equal(ask(p->db, "SELECT duplicates FROM sources WHERE path = 'c'"), 5);
        assert_int_equal(
            ask(p->db, "SELECT count(*) FROM sources WHERE records_read <> kept + duplicates + damaged"), 0);
    }
}

/* It is put under guard by the many hours it covers, before it fills the stage: what waits there of the file
 * before it is not its own to take back. */
static void a_file_over_many_hours_takes_back_its_own_only(void **state)
{
    enum { MANY = 70000 };
    const struct place *p = *state;
    struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
    struct tl_source src;
    struct made m;
    MUST(tl_store_begin(s, err));
    put_file(s, "/a", MANY, 10, TL_OUTCOME_DONE, false, &src);
    MUST(tl_store_file_begin(s, TL_STR("/b"), TL_STR("b"), err));
    for (unsigned i = 0; i < MANY; i++) {
        make_event(&m, i, 1700000000 + i * INT64_C(3600), "s3", "x");
        MUST(tl_store_put(s, &m.ev, &(struct tl_origin){i, 0, 9}, err));
    }
    src = done_source(MANY);
    src.outcome = TL_OUTCOME_CUT;
    MUST(tl_store_file_end(s, &src, false, err));
    MUST(tl_store_commit(s, err));
    assert_counts(s, 10, 0);
    tl_store_close(s);
    assert_int_equal(ask(p->db, "SELECT count(*) FROM events"), 10);
    assert_int_equal(ask(p->db, "SELECT sum(records) FROM scopes"), 10);
    assert_int_equal(ask(p->db, "SELECT kept FROM sources WHERE path = 'a'"), 10);
}

/* What the store found out for an event of a file that is taken back is gone with it. */
static void what_was_learned_of_a_shape_is_forgotten_with_its_file(void **state)
{
    enum { MANY = 1000 }; /* hours: more than are kept of a file, so that it is under guard */
    const struct place *p = *state;
    struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
    struct tl_alike plain = {0}, late = {0};
    struct tl_source src;
    struct made m;
    MUST(tl_store_begin(s, err));
    for (unsigned file = 0; file < 2; file++) {
        MUST(tl_store_file_begin(s, file ? TL_STR("/b") : TL_STR("/a"), TL_STR("x"), err));
        for (unsigned i = 0; i < MANY; i++) {
            bool last = i == MANY - 1; /* a shape that is made under guard */
            make_event(&m, i, 1700000000 + i * INT64_C(3600), "s3", last ? "late" : "plain");
            m.ev.alike = last ? &late : &plain;
            MUST(tl_store_put(s, &m.ev, &(struct tl_origin){i, 0, 9}, err));
        }
        src = done_source(MANY);
        src.outcome = file ? TL_OUTCOME_DONE : TL_OUTCOME_CUT;
        MUST(tl_store_file_end(s, &src, false, err));
    }
    MUST(tl_store_commit(s, err));
    assert_counts(s, MANY, 0);
    tl_store_close(s);
    assert_int_equal(ask(p->db, "SELECT count(*) FROM event e JOIN shape h ON h.id = e.shape"), MANY);
    assert_int_equal(ask(p->db, "SELECT count(*) FROM events WHERE api = 's3:late'"), 1);
}

/* Of so many ids in one second a dozen meet in their keys. */
static void ids_that_share_a_key_are_told_apart(void **state)
{
    enum { MANY = 30000 };
    const struct place *p = *state;
    struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
    MUST(tl_store_begin(s, err));
    for (unsigned file = 0; file < 2; file++) {
        struct made m;
        MUST(tl_store_file_begin(s, file ? TL_STR("/b") : TL_STR("/a"), TL_STR("x"), err));
        for (unsigned i = 0; i < MANY; i++) {
            make_event(&m, file ? MANY - 1 - i : i, 1700000000, "s3", "x");
            MUST(tl_store_put(s, &m.ev, &(struct tl_origin){i, 0, 9}, err));
        }
        struct tl_source src = done_source(MANY);
        MUST(tl_store_file_end(s, &src, false, err));
        MUST(tl_store_commit(s, err));
        MUST(tl_store_begin(s, err));
    }
    MUST(tl_store_commit(s, err));
    assert_counts(s, MANY, MANY);
    assert_int_equal(ask(p->db, "SELECT count(DISTINCT event_id) FROM events"), MANY);
    struct tl_arena arena = {0};
    for (unsigned i = 0; i < MANY; i++) {
        struct tl_event_id id = {{0, 0, (uint8_t)(i >> 8), (uint8_t)i}};
        struct tl_event_origin o;
        assert_int_equal(tl_store_origin(s, 1700000000, &id, &arena, &o, NULL), 0);
        assert_int_equal(o.at.record, i);
        tl_arena_reset(&arena);
    }
    tl_arena_fini(&arena);
    tl_store_close(s);
}

static void times_from_the_year_1_to_9999_are_kept(void **state)
{
    static const struct {
        int64_t time_s;
        const char *sql;
    } rows[] = {
        {-62135596800, "SELECT count(*) FROM events WHERE time = '0001-01-01T00:00:00Z'"},
        {-1, "SELECT count(*) FROM events WHERE time = '1969-12-31T23:59:59Z'"},
        {253402300799, "SELECT count(*) FROM events WHERE time = '9999-12-31T23:59:59Z'"},
    };
    const struct place *p = *state;
    struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
    struct tl_origin at = {0};
    struct made m;
    MUST(tl_store_begin(s, err));
    MUST(tl_store_file_begin(s, TL_STR("/a"), TL_STR("a"), err));
    for (unsigned i = 0; i < 3; i++) {
        make_event(&m, i, rows[i].time_s, "s3", "x");
        MUST(tl_store_put(s, &m.ev, &at, err));
    }
    make_event(&m, 9, (int64_t)1 << 38, "s3", "x");
    assert_int_equal(tl_store_put(s, &m.ev, &at, NULL), TL_EUSAGE);
    struct tl_source src = done_source(3);
    MUST(tl_store_file_end(s, &src, false, err));
    MUST(tl_store_commit(s, err));
    tl_store_close(s);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(ask(p->db, rows[i].sql), 1);
}

static void a_file_that_changed_is_replaced_and_loses_no_event(void **state)
{
    const struct place *p = *state;
    struct tl_source src;
    struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
    MUST(tl_store_begin(s, err));
    put_file(s, "/a", 1, 5, TL_OUTCOME_DONE, false, &src); /* 1..5 */
    put_file(s, "/a", 3, 5, TL_OUTCOME_DONE, false, &src); /* 3..7: 1 and 2 are gone from the file */
    MUST(tl_store_commit(s, err));
    assert_counts(s, 7, 3);
    assert_int_equal(ask(p->db, "SELECT count(*) FROM events"), 7);
    assert_int_equal(ask(p->db, "SELECT kept FROM sources WHERE current = 1"), 5);
    assert_int_equal(ask(p->db, "SELECT kept FROM sources WHERE current = 0"), 2);
    assert_int_equal(ask(p->db, "SELECT records_read FROM sources WHERE current = 0"), 2);
    assert_int_equal(ask(p->db, "SELECT sum(n_kept) FROM coverage"), 7);

    MUST(tl_store_begin(s, err)); /* they turn up in another file, however late in the order its name is */
    put_file(s, "/z", 1, 2, TL_OUTCOME_DONE, false, &src);
    MUST(tl_store_commit(s, err));
    tl_store_close(s);
    assert_int_equal(ask(p->db, "SELECT count(*) FROM sources WHERE current = 0"), 0);
    assert_int_equal(ask(p->db, "SELECT sum(records_read - kept - duplicates) FROM sources"), 0);
    assert_int_equal(ask(p->db, "SELECT sum(kept) FROM sources"), 7);
}

static void only_an_unchanged_file_read_to_its_end_was_seen(void **state)
{
    static const struct {
        enum tl_outcome outcome;
        const char *location;
        int64_t size, mtime;
        bool seen;
    } rows[] = {
        {TL_OUTCOME_DONE, "/a", 10, 20, true},    {TL_OUTCOME_DONE, "/a", 11, 20, false},
        {TL_OUTCOME_DONE, "/a", 10, 21, false},   {TL_OUTCOME_DONE, "/b", 10, 20, false},
        {TL_OUTCOME_SKIPPED, "/a", 10, 20, true}, {TL_OUTCOME_CUT, "/a", 10, 20, true},
        {TL_OUTCOME_CORRUPT, "/a", 10, 20, true}, {TL_OUTCOME_UNREADABLE, "/a", 10, 20, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tl_source src;
        bool seen = false;
        struct tl_store *s = open_store(NULL, TL_STORE_TEMPORARY);
        MUST(tl_store_begin(s, err));
        put_file(s, "/a", 1, 1, rows[i].outcome, false, &src);
        MUST(tl_store_commit(s, err));
        MUST(tl_store_seen(s, tl_str_from(rows[i].location), rows[i].size, rows[i].mtime, &seen, err));
        assert_int_equal(seen, rows[i].seen);
        tl_store_close(s);
    }
    (void)state;
}

static void standard_input_was_never_seen(void **state)
{
    struct tl_store *s = open_store(NULL, TL_STORE_TEMPORARY);
    bool seen = true;
    MUST(tl_store_begin(s, err));
    MUST(tl_store_file_begin(s, TL_STR("-"), TL_STR("-"), err));
    struct tl_source src = done_source(0);
    MUST(tl_store_file_end(s, &src, false, err));
    MUST(tl_store_commit(s, err));
    MUST(tl_store_seen(s, TL_STR("-"), 10, 20, &seen, err));
    assert_false(seen);
    tl_store_close(s);
    (void)state;
}

static void names_are_told_apart_by_field(void **state)
{
    const struct place *p = *state;
    static const char *const names[][2] = {{"ab", "c"}, {"a", "bc"}, {"", "abc"}, {"abc", ""}};
    struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
    MUST(tl_store_begin(s, err));
    MUST(tl_store_file_begin(s, TL_STR("/a"), TL_STR("a"), err));
    for (unsigned i = 0; i < 4; i++) {
        struct made m;
        make_event(&m, i, 1700000000, "s3", "x");
        m.ev.account = tl_str_from(names[i][0]);
        m.ev.region = tl_str_from(names[i][1]);
        MUST(tl_store_put(s, &m.ev, &(struct tl_origin){i, 0, 9}, err));
    }
    struct tl_source src = done_source(4);
    MUST(tl_store_file_end(s, &src, false, err));
    MUST(tl_store_commit(s, err));
    tl_store_close(s);
    assert_int_equal(ask(p->db, "SELECT count(*) FROM scopes WHERE records = 1"), 4);
}

static void calls_out_of_order_are_refused(void **state)
{
    struct tl_store *s = open_store(NULL, TL_STORE_TEMPORARY);
    struct made m;
    struct tl_origin at = {0};
    struct tl_seen seen = {0};
    struct tl_source src = done_source(0);
    make_event(&m, 1, 1, "s3", "x");
    assert_int_equal(tl_store_put(s, &m.ev, &at, NULL), TL_EUSAGE);
    assert_int_equal(tl_store_damage(s, &at, TL_STR("x"), NULL), TL_EUSAGE);
    assert_int_equal(tl_store_note_unused(s, &seen, NULL), TL_EUSAGE);
    assert_int_equal(tl_store_file_end(s, &src, false, NULL), TL_EUSAGE);
    assert_int_equal(tl_store_file_begin(s, TL_STR("a"), TL_STR("a"), NULL), TL_EUSAGE);
    tl_store_close(s);
    tl_store_close(NULL);
    (void)state;
}

static int collect_source(void *ctx, const struct tl_source *src)
{
    return tl_buf_printf(ctx, "%.*s %s %s %d; ", TL_FMT(src->path), tl_outcome_name(src->outcome),
                         src->superseded ? "old" : "new", (int)src->n_read);
}

static int collect_damage(void *ctx, tl_str path, const struct tl_origin *at, tl_str why)
{
    return tl_buf_printf(ctx, "%.*s %d %.*s; ", TL_FMT(path), (int)at->record, TL_FMT(why));
}

static void sources_and_damage_are_told_by_path(void **state)
{
    const struct place *p = *state;
    struct tl_source src;
    struct tl_buf text = {0};
    struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
    MUST(tl_store_begin(s, err));
    put_file(s, "/b", 1, 1, TL_OUTCOME_CUT, false, &src);
    put_file(s, "/c", 7, 2, TL_OUTCOME_DONE, false, &src);
    put_file(s, "/c", 8, 2, TL_OUTCOME_DONE, false, &src);
    MUST(tl_store_file_begin(s, TL_STR("/a"), TL_STR("a"), err));
    MUST(tl_store_damage(s, &(struct tl_origin){9, 0, 1}, TL_STR("late"), err));
    MUST(tl_store_damage(s, &(struct tl_origin){2, 0, 1}, TL_STR("early"), err));
    src = done_source(2);
    src.n_damaged = 2;
    MUST(tl_store_file_end(s, &src, false, err));
    MUST(tl_store_commit(s, err));
    MUST(tl_store_each_source(s, collect_source, &text, err));
    assert_string_equal(text.p, "a done new 2; b cut new 1; c done old 1; c done new 2; ");
    text.n = 0;
    MUST(tl_store_each_damage(s, collect_damage, &text, err));
    assert_string_equal(text.p, "a 2 early; a 9 late; ");
    tl_buf_fini(&text);
    tl_store_close(s);
}

static void an_event_is_found_by_time_and_by_id_alone(void **state)
{
    const struct place *p = *state;
    static const unsigned order[] = {0, 1, 2, 3, 4};
    free(content_after(p, order, 5, 5));
    struct tl_store *s = open_store(p->db, TL_STORE_READ);
    struct tl_arena arena = {0};
    struct tl_event_origin o;
    MUST(tl_store_find_event(s, TL_STR("00000007-0000-0000-0000-000000000000"), &arena, &o, err));
    assert_int_equal(o.time_s, 1700000000 + 7 / 4);
    assert_int_equal(o.at.length, 90);
    assert_true(tl_str_eq(o.path, TL_STR("c.json")));
    assert_true(tl_str_eq(o.location, TL_STR("/dump/c.json")));
    assert_true(tl_str_eq(o.id_text, TL_STR("00000007-0000-0000-0000-000000000000")));
    MUST(tl_store_find_event(s, TL_STR("an id that is no UUID"), &arena, &o, err));
    assert_true(tl_str_eq(o.id_text, TL_STR("an id that is no UUID")));
    assert_int_equal(tl_store_find_event(s, TL_STR("00000007-0000-0000-0000-00000000000f"), &arena, &o, NULL),
                     TL_STORE_NONE);
    assert_int_equal(tl_store_find_event(s, TL_STR("nobody"), &arena, &o, NULL), TL_STORE_NONE);
    struct tl_event_id id = {{0, 0, 0, 7}};
    assert_int_equal(tl_store_origin(s, 1700000001, &id, &arena, &o, NULL), 0);
    assert_int_equal(tl_store_origin(s, 1700000002, &id, &arena, &o, NULL), TL_STORE_NONE);
    tl_arena_fini(&arena);
    tl_store_close(s);
}

static void loops_are_written_anew_each_time(void **state)
{
    const struct place *p = *state;
    static const int64_t first[] = {100, 250, 400}, last[] = {130, 280, 430};
    struct tl_store_loop l = {.id = TL_STR("ab12"),
                              .chain = TL_STR("lambda-permission"),
                              .kind = TL_STR("self-sustaining"),
                              .status = TL_STR("running"),
                              .confidence = TL_STR("sequence"),
                              .resource = resource_named("1", "eu-west-1", "AWS::Lambda::Function", "f"),
                              .n_cycles = 3,
                              .first_s = 100,
                              .last_s = 430,
                              .period_median_s = 150,
                              .cycle_first_s = first,
                              .cycle_last_s = last};
    struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
    for (int i = 0; i < 2; i++)
        MUST(tl_store_write_loops(s, &l, 1, err));
    assert_int_equal(
        ask(p->db, "SELECT count(*) FROM loops WHERE cycles = 3 AND first = '1970-01-01T00:01:40Z'"), 1);
    assert_int_equal(ask(p->db, "SELECT sum(seconds) FROM cycles WHERE loop = 'ab12'"), 90);
    MUST(tl_store_write_loops(s, NULL, 0, err));
    assert_int_equal(ask(p->db, "SELECT count(*) FROM cycles"), 0);
    tl_store_close(s);
}

int main(void)
{
#define IN_A_PLACE(test) cmocka_unit_test_setup_teardown(test, place_setup, place_teardown)
    const struct CMUnitTest tests[] = {
        IN_A_PLACE(any_order_split_and_repetition_gives_the_same_content),
        IN_A_PLACE(every_row_of_the_manifest_balances),
        IN_A_PLACE(a_file_that_was_cut_leaves_nothing_but_its_row),
        IN_A_PLACE(a_file_read_whole_after_it_was_cut_is_clean),
        IN_A_PLACE(a_file_larger_than_memory_is_all_in_or_all_out),
        IN_A_PLACE(a_file_over_many_hours_takes_back_its_own_only),
        IN_A_PLACE(what_was_learned_of_a_shape_is_forgotten_with_its_file),
        IN_A_PLACE(ids_that_share_a_key_are_told_apart),
        IN_A_PLACE(times_from_the_year_1_to_9999_are_kept),
        IN_A_PLACE(a_file_that_changed_is_replaced_and_loses_no_event),
        IN_A_PLACE(names_are_told_apart_by_field),
        IN_A_PLACE(sources_and_damage_are_told_by_path),
        IN_A_PLACE(an_event_is_found_by_time_and_by_id_alone),
        IN_A_PLACE(loops_are_written_anew_each_time),
        cmocka_unit_test(only_an_unchanged_file_read_to_its_end_was_seen),
        cmocka_unit_test(standard_input_was_never_seen),
        cmocka_unit_test(calls_out_of_order_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
