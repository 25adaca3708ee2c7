/* store, the file: who may open it, what is refused untouched, what a killed or a second writer leaves. */
#include "store_util.h"

#include <signal.h>
#include <sys/resource.h>

#include "private.h"

static int try_open(const char *path, enum tl_store_mode mode, struct tl_err *err)
{
    struct tl_store *s = NULL;
    *err = (struct tl_err){0};
    int r = tl_store_open(&s, path, mode, err);
    tl_store_close(s);
    return r;
}

static struct tl_buf bytes_of(const char *path)
{
    struct tl_buf b = {0};
    char block[4096];
    size_t n;
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        assert_int_equal(tl_buf_add(&b, block, n), 0);
    fclose(f);
    return b;
}

static void write_file(const char *path, const void *p, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void put_one(struct tl_store *s, unsigned id)
{
    struct made m;
    char name[32];
    snprintf(name, sizeof name, "/f%u", id);
    MUST(tl_store_file_begin(s, tl_str_from(name), tl_str_from(name), err));
    make_event(&m, id, 1700000000 + id, "s3", "PutObject");
    MUST(tl_store_put(s, &m.ev, &(struct tl_origin){0, 0, 9}, err));
    struct tl_source src = done_source(1);
    MUST(tl_store_file_end(s, &src, false, err));
}

static void put_committed(struct tl_store *s, unsigned id)
{
    MUST(tl_store_begin(s, err));
    put_one(s, id);
    MUST(tl_store_commit(s, err));
}

/* ---- refused, untouched ------------------------------------------------------------------------- */

static void a_database_that_is_not_ours_is_refused_untouched(void **state)
{
    const struct place *p = *state;
    static const struct {
        const char *sql; /* NULL: the file holds `text` instead */
        const char *text, *says;
    } rows[] = {
        {"CREATE TABLE t(x);", NULL, "not a trailloop database"},
        {"CREATE TABLE t(x); PRAGMA user_version = 1;", NULL, "not a trailloop database"},
        {"CREATE TABLE t(x); PRAGMA application_id = 1414295376;", NULL, "not a trailloop database"},
        {"CREATE TABLE t(x); PRAGMA journal_mode = WAL;", NULL, "not a trailloop database"},
        {"CREATE TABLE t(x); PRAGMA application_id = 1414295376; PRAGMA user_version = 1;", NULL,
         "it was altered: index 'alias_name' is missing or not as it was made"},
        {"CREATE TABLE t(x); PRAGMA application_id = 1414295376; PRAGMA user_version = 2;", NULL,
         "made by a newer trailloop (version 2, this one knows 1)"},
        {NULL, "{\"Records\":[]}", "not a database"},
        {NULL, "SQLite format 3", "not a database"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unlink(p->db);
        if (rows[i].sql)
            run_sql(p->db, rows[i].sql);
        else
            write_file(p->db, rows[i].text, strlen(rows[i].text));
        struct tl_buf before = bytes_of(p->db);
        for (int mode = TL_STORE_READ; mode <= TL_STORE_WRITE; mode++) {
            struct tl_err err;
            assert_int_equal(try_open(p->db, (enum tl_store_mode)mode, &err), TL_EDB);
            if (!strstr(err.msg, rows[i].says) || !strstr(err.msg, p->db))
                fail_msg("row %zu: %s", i, err.msg);
            struct tl_buf after = bytes_of(p->db);
            assert_true(tl_str_eq(tl_buf_str(&before), tl_buf_str(&after)));
            tl_buf_fini(&after);
        }
        tl_buf_fini(&before);
    }
}

/* Runs `sql` on a database of ours and opens it again. */
static int open_after(const char *path, const char *sql, enum tl_store_mode mode, struct tl_err *err)
{
    unlink(path);
    struct tl_store *s = open_store(path, TL_STORE_WRITE);
    put_committed(s, 1);
    tl_store_close(s);
    run_sql(path, sql);
    return try_open(path, mode, err);
}

static void an_altered_database_is_refused_untouched(void **state)
{
    const struct place *p = *state;
    static const char *const rows[] = {
        "CREATE TRIGGER t AFTER INSERT ON event BEGIN DELETE FROM event; END",
        "CREATE TRIGGER t AFTER INSERT ON loop BEGIN DELETE FROM event; END",
        "CREATE UNIQUE INDEX i ON event(shape)",
        "DROP TABLE alias",
        "ALTER TABLE event ADD COLUMN x INTEGER",
        "DROP INDEX change_event",
        "ALTER TABLE event RENAME TO e2; CREATE VIEW event AS SELECT * FROM e2",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tl_err err;
        for (int mode = TL_STORE_READ; mode <= TL_STORE_WRITE; mode++) {
            assert_int_equal(open_after(p->db, rows[i], (enum tl_store_mode)mode, &err), TL_EDB);
            if (!strstr(err.msg, "it was altered"))
                fail_msg("%s: %s", rows[i], err.msg);
        }
        struct tl_buf before = bytes_of(p->db);
        assert_int_equal(try_open(p->db, TL_STORE_WRITE, &err), TL_EDB);
        struct tl_buf after = bytes_of(p->db);
        assert_true(tl_str_eq(tl_buf_str(&before), tl_buf_str(&after)));
        tl_buf_fini(&before);
        tl_buf_fini(&after);
    }
}

static int look_on(void *ctx, const struct tl_source *src)
{
    (void)ctx, (void)src;
    return 0;
}

/* What indexes an array of names, or of scopes, must not be trusted because it stands in our own file. */
static void numbers_that_no_version_wrote_are_damage(void **state)
{
    const struct place *p = *state;
    static const char *const rows[] = {
        "UPDATE source SET outcome = 99",
        "UPDATE source SET container = -1",
        "INSERT INTO verdict SELECT key, 0, 1, 0, 77 FROM event",
        "INSERT INTO control SELECT key, 0, 9, 0, NULL, 0, 1, 5, 60 FROM event",
        "INSERT INTO control SELECT key, 0, 0, 0, NULL, 0, 1, 5, -9223372036854775807 FROM event",
        "INSERT INTO control SELECT key, 0, 0, 0, NULL, 0, 1, 1000000, 60 FROM event",
        "UPDATE coverage SET last_s = 9223372036854775807",
        "INSERT INTO attempt SELECT key, 0, 0, 0, 0 FROM event; UPDATE shape SET scope = 12345",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tl_err err = {0};
        struct tl_store *s = NULL;
        struct tl_history h = {0};
        assert_int_equal(open_after(p->db, rows[i], TL_STORE_READ, &err), 0);
        assert_int_equal(tl_store_open(&s, p->db, TL_STORE_READ, &err), 0);
        int r = tl_store_each_source(s, look_on, NULL, &err);
        if (r == 0)
            r = tl_store_load(s, INT64_MIN, INT64_MAX, NULL, &h, &err);
        if (r != TL_EDB || !strstr(err.msg, "malformed"))
            fail_msg("%s: %d, %s", rows[i], r, err.msg);
        tl_history_fini(&h);
        tl_store_close(s);
    }
}

static void views_and_tables_of_other_people_do_no_harm(void **state)
{
    const struct place *p = *state;
    struct tl_err err;
    const char *sql = "CREATE VIEW mine AS SELECT * FROM events; CREATE TABLE notes(text);"
                      "DROP VIEW events; CREATE VIEW events AS SELECT 'planted' AS time;";
    assert_int_equal(open_after(p->db, sql, TL_STORE_READ, &err), 0);
    assert_int_equal(ask(p->db, "SELECT count(*) FROM events WHERE time = 'planted'"), 1);
    assert_int_equal(try_open(p->db, TL_STORE_WRITE, &err), 0); /* a writer makes its views anew */
    assert_int_equal(ask(p->db, "SELECT count(*) FROM events WHERE api = 's3:PutObject'"), 1);
    assert_int_equal(ask(p->db, "SELECT count(*) FROM sqlite_schema WHERE name IN ('mine', 'notes')"), 2);
}

static void a_trigger_planted_while_we_write_does_not_act(void **state)
{
    const struct place *p = *state;
    struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
    put_committed(s, 1);
    run_sql(p->db, "CREATE TRIGGER t AFTER INSERT ON event BEGIN DELETE FROM event; END");
    put_committed(s, 2);
    tl_store_close(s);
    assert_int_equal(ask(p->db, "SELECT count(*) FROM event"), 2);
}

static void a_damaged_database_is_an_error_not_a_crash(void **state)
{
    const struct place *p = *state;
    struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
    for (unsigned i = 0; i < 50; i++)
        put_committed(s, i);
    tl_store_close(s);
    struct tl_buf whole = bytes_of(p->db);
    for (size_t cut = 100; cut < whole.n; cut += 4096) { /* every page but the header gone, or overwritten */
        struct tl_err err;
        write_file(p->db, whole.p, cut);
        assert_int_equal(try_open(p->db, TL_STORE_READ, &err), TL_EDB);
        assert_non_null(strstr(err.msg, p->db));
        if (cut > 4096)
            break;
    }
    tl_buf_fini(&whole);
}

static void what_is_no_regular_file_is_refused_at_once(void **state)
{
    const struct place *p = *state;
    struct tl_err err;
    for (int mode = TL_STORE_READ; mode <= TL_STORE_WRITE; mode++) {
        assert_int_equal(try_open(p->dir, (enum tl_store_mode)mode, &err), TL_EDB);
        assert_int_equal(mkfifo(p->db, 0600), 0);
        assert_int_equal(try_open(p->db, (enum tl_store_mode)mode, &err), TL_EDB);
        assert_non_null(strstr(err.msg, "not a regular file"));
        unlink(p->db);
    }
    assert_int_equal(try_open(p->db, TL_STORE_READ, &err), TL_EDB);
    assert_non_null(strstr(err.msg, "No such file"));
    assert_int_not_equal(access(p->db, F_OK), 0);
}

static void a_fifo_in_the_place_of_a_journal_is_not_waited_for(void **state)
{
    const struct place *p = *state;
    struct tl_err err;
    char journal[400];
    snprintf(journal, sizeof journal, "%s-journal", p->db);
    struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
    put_committed(s, 1);
    tl_store_close(s);
    assert_int_equal(mkfifo(journal, 0600), 0);
    alarm(20); /* rather than for ever */
    for (int mode = TL_STORE_READ; mode <= TL_STORE_WRITE; mode++)
        assert_int_equal(try_open(p->db, (enum tl_store_mode)mode, &err), TL_EDB);
    alarm(0);
}

static void put32(unsigned char *to, uint32_t n)
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(n >> (24 - 8 * i));
}

/* A journal to be played back (SQLite's file format, section 3), that names another file at its end: one
 * page, as it is in the database anyway. */
static void plant_journal(const char *db, const char *other)
{
    enum { SECTOR = 512, PAGE = 16384, RECORD = 4 + PAGE + 4, NONCE = 77 };
    static const char magic[] = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7";
    static unsigned char j[SECTOR + RECORD + 4 + 400];
    struct tl_buf b = bytes_of(db);
    size_t n = strlen(other);
    uint32_t sum = NONCE, name_sum = 0;
    char path[400];
    memset(j, 0, sizeof j);
    memcpy(j, magic, 8);
    const uint32_t header[] = {1, NONCE, (uint32_t)(b.n / PAGE), SECTOR, PAGE};
    for (size_t i = 0; i < 5; i++)
        put32(j + 8 + 4 * i, header[i]);
    put32(j + SECTOR, 2);
    memcpy(j + SECTOR + 4, b.p + PAGE, PAGE);
    for (int i = PAGE - 200; i > 0; i -= 200)
        sum += j[SECTOR + 4 + i];
    put32(j + SECTOR + 4 + PAGE, sum);
    unsigned char *end = j + SECTOR + RECORD;
    put32(end, 0x40000000 / PAGE + 1);
    memcpy(end + 4, other, n);
    for (size_t i = 0; i < n; i++)
        name_sum += (unsigned char)other[i];
    put32(end + 4 + n, (uint32_t)n);
    put32(end + 8 + n, name_sum);
    memcpy(end + 12 + n, magic, 8);
    snprintf(path, sizeof path, "%s-journal", db);
    write_file(path, j, (size_t)(end - j) + 20 + n);
    tl_buf_fini(&b);
}

static void a_planted_journal_removes_no_other_file(void **state)
{
    const struct place *p = *state;
    struct tl_err err;
    char other[300];
    snprintf(other, sizeof other, "%s/precious", p->dir);
    struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
    put_committed(s, 1);
    tl_store_close(s);
    for (int mode = TL_STORE_READ; mode <= TL_STORE_WRITE; mode++) {
        write_file(other, "precious", 8);
        plant_journal(p->db, other);
        assert_int_equal(try_open(p->db, (enum tl_store_mode)mode, &err), TL_EDB);
        assert_non_null(strstr(err.msg, "Operation not permitted"));
        assert_int_equal(unlink(other), 0); /* it is still there */
        assert_int_equal(try_open(p->db, TL_STORE_READ, &err), 0);
    }
}

static void names_that_mean_something_to_sqlite_are_only_names(void **state)
{
    const struct place *p = *state;
    static const char *const names[] = {":memory:", "file:x?mode=memory"};
    char *was = getcwd(NULL, 0);
    assert_non_null(was);
    assert_int_equal(chdir(p->dir), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct tl_store *s = open_store(names[i], TL_STORE_WRITE);
        put_committed(s, 1);
        tl_store_close(s);
        assert_int_equal(unlink(names[i]), 0);
    }
    assert_int_equal(chdir(was), 0);
    free(was);
}

/* ---- new and empty ------------------------------------------------------------------------------ */

static void an_empty_file_is_a_new_database(void **state)
{
    const struct place *p = *state;
    struct tl_coverage c;
    write_file(p->db, "", 0);
    struct tl_store *s = open_store(p->db, TL_STORE_READ);
    MUST(tl_store_coverage(s, &c, err));
    assert_false(c.any);
    tl_coverage_fini(&c);
    tl_store_close(s);
    struct stat st;
    assert_int_equal(stat(p->db, &st), 0);
    assert_int_equal(st.st_size, 0);
    s = open_store(p->db, TL_STORE_WRITE);
    put_committed(s, 1);
    tl_store_close(s);
    assert_int_equal(ask(p->db, "SELECT count(*) FROM events"), 1);
    assert_int_equal(ask(p->db, "PRAGMA application_id"), TL_APPLICATION_ID);
    assert_int_equal(ask(p->db, "PRAGMA user_version"), 1);
}

static void a_database_in_a_directory_that_cannot_be_written_can_be_read(void **state)
{
    const struct place *p = *state;
    struct tl_coverage c;
    struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
    put_committed(s, 1);
    tl_store_close(s);
    assert_int_equal(chmod(p->db, 0444), 0);
    assert_int_equal(chmod(p->dir, 0555), 0);
    s = open_store(p->db, TL_STORE_READ);
    MUST(tl_store_coverage(s, &c, err));
    assert_int_equal(c.records.n_kept, 1);
    tl_coverage_fini(&c);
    tl_store_close(s);
    assert_int_equal(chmod(p->dir, 0755), 0);
}

/* ---- processes ---------------------------------------------------------------------------------- */

/* Runs fn in a process of its own; returns its wait status. */
static int in_a_process(void (*fn)(const char *path), const char *path)
{
    int status = 0;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        fn(path);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void die_inside_a_batch(const char *path)
{
    struct tl_store *s = NULL;
    struct made m;
    if (tl_store_open(&s, path, TL_STORE_WRITE, NULL) || tl_store_begin(s, NULL))
        _exit(2);
    tl_store_file_begin(s, TL_STR("/big"), TL_STR("big"), NULL);
    for (unsigned i = 0; i < 200000;
         i++) { /* more than the page cache holds, so the file itself was written to */
        make_event(&m, 1000 + i, 1700000000 + (int64_t)(i * 2654435761u % 100000), "s3", "PutObject");
        if (tl_store_put(s, &m.ev, &(struct tl_origin){i, 0, 9}, NULL) < 0)
            _exit(3);
    }
    kill(getpid(), SIGKILL);
}

static void a_writer_killed_in_the_middle_leaves_what_was_committed(void **state)
{
    const struct place *p = *state;
    struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
    put_committed(s, 1);
    tl_store_close(s);
    char *before = content_of(p->db);
    assert_true(WIFSIGNALED(in_a_process(die_inside_a_batch, p->db)));
    s = open_store(p->db, TL_STORE_WRITE); /* nor is its lock left behind */
    tl_store_close(s);
    char *after = content_of(p->db);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void second_writer(const char *path)
{
    struct tl_err err;
    int r = try_open(path, TL_STORE_WRITE, &err);
    _exit(r == TL_EBUSY && strstr(err.msg, "another process is writing to it") ? 0 : 1);
}

static void a_reader(const char *path)
{
    struct tl_store *s = NULL;
    struct tl_coverage c;
    if (tl_store_open(&s, path, TL_STORE_READ, NULL) || tl_store_coverage(s, &c, NULL))
        _exit(100);
    int n = (int)c.records.n_kept;
    tl_coverage_fini(&c);
    tl_store_close(s);
    _exit(n);
}

static void a_second_writer_is_told_at_once_and_readers_see_the_last_commit(void **state)
{
    const struct place *p = *state;
    struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
    assert_int_equal(in_a_process(second_writer, p->db), 0); /* before anything was written */
    put_committed(s, 1);
    assert_int_equal(in_a_process(second_writer, p->db), 0);
    assert_int_equal(WEXITSTATUS(in_a_process(a_reader, p->db)), 1);
    MUST(tl_store_begin(s, err));
    put_one(s, 2);
    assert_int_equal(in_a_process(second_writer, p->db), 0);
    assert_int_equal(WEXITSTATUS(in_a_process(a_reader, p->db)), 1);
    MUST(tl_store_commit(s, err));
    assert_int_equal(WEXITSTATUS(in_a_process(a_reader, p->db)), 2);
    tl_store_close(s);
    assert_true(WEXITSTATUS(in_a_process(second_writer, p->db)) == 1); /* now it is free */
}

static void a_batch_that_is_not_committed_is_gone_at_close(void **state)
{
    const struct place *p = *state;
    struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
    put_committed(s, 1);
    MUST(tl_store_begin(s, err));
    put_one(s, 2);
    tl_store_close(s);
    assert_int_equal(ask(p->db, "SELECT count(*) FROM events"), 1);
    char journal[400];
    snprintf(journal, sizeof journal, "%s-journal", p->db);
    assert_int_not_equal(access(journal, F_OK), 0); /* one file is all it leaves */
}

static void no_room(const char *path)
{
    struct tl_store *s = NULL;
    struct tl_err err = {0};
    struct rlimit small = {1 << 20, 1 << 20};
    signal(SIGXFSZ, SIG_IGN);
    if (tl_store_open(&s, path, TL_STORE_WRITE, &err) || setrlimit(RLIMIT_FSIZE, &small))
        _exit(10);
    int r = tl_store_begin(s, &err);
    if (r == 0)
        r = tl_store_file_begin(s, TL_STR("/big"), TL_STR("big"), &err);
    for (unsigned i = 0; i < 100000 && r >= 0; i++) {
        struct made m;
        make_event(&m, 1000 + i, 1700000000 + i, "s3", "PutObject");
        r = tl_store_put(s, &m.ev, &(struct tl_origin){i, 0, 9}, &err);
    }
    struct tl_source src = done_source(100000);
    if (r >= 0)
        r = tl_store_file_end(s, &src, false, &err);
    if (r >= 0)
        r = tl_store_commit(s, &err);
    if (r != TL_EDB || !strstr(err.msg, path) || tl_store_commit(s, NULL) == 0)
        _exit(11);
    tl_store_close(s);
    _exit(0);
}

static void a_full_disk_is_an_error_and_the_database_stays_usable(void **state)
{
    const struct place *p = *state;
    struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
    put_committed(s, 1);
    tl_store_close(s);
    char *before = content_of(p->db);
    assert_int_equal(in_a_process(no_room, p->db), 0);
    s = open_store(p->db, TL_STORE_WRITE);
    put_committed(s, 1);
    tl_store_close(s);
    char *after = content_of(p->db);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

/* ---- limits ------------------------------------------------------------------------------------- */

static void more_texts_scopes_and_bytes_than_the_caches_hold_are_all_stored(void **state)
{
    const struct place *p = *state;
    enum { N = TL_INTERN_MAX + 1000 };
    static char longest[TL_INTERN_KEY_BYTES * 2];
    memset(longest, 'x', sizeof longest);
    struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
    MUST(tl_store_begin(s, err));
    MUST(tl_store_file_begin(s, TL_STR("/a"), TL_STR("a"), err));
    for (unsigned i = 0; i < N; i++) {
        struct made m;
        char session[32], region[32];
        make_event(&m, i, 1700000000 + i, "s3", "PutObject");
        snprintf(session, sizeof session, "session-%u", i);
        snprintf(region, sizeof region, "region-%u", i % (2 * TL_SPAN_SLOTS));
        m.ev.session = i % 100 ? tl_str_from(session) : (tl_str){longest, TL_INTERN_KEY_BYTES - 20 + i % 40};
        m.ev.region = tl_str_from(region);
        MUST(tl_store_put(s, &m.ev, &(struct tl_origin){i, 0, 9}, err));
    }
    struct tl_source src = done_source(N);
    MUST(tl_store_file_end(s, &src, false, err));
    MUST(tl_store_commit(s, err));
    tl_store_close(s);
    assert_int_equal(ask(p->db, "SELECT count(DISTINCT session) FROM events WHERE session LIKE 'session-%'"),
                     N - (N + 99) / 100);
    assert_int_equal(ask(p->db, "SELECT count(*) FROM scopes"), 2 * TL_SPAN_SLOTS);
    assert_int_equal(ask(p->db, "SELECT sum(records) FROM scopes"), N);
}

int main(void)
{
#define IN_A_PLACE(test) cmocka_unit_test_setup_teardown(test, place_setup, place_teardown)
    const struct CMUnitTest tests[] = {
        IN_A_PLACE(a_database_that_is_not_ours_is_refused_untouched),
        IN_A_PLACE(an_altered_database_is_refused_untouched),
        IN_A_PLACE(numbers_that_no_version_wrote_are_damage),
        IN_A_PLACE(views_and_tables_of_other_people_do_no_harm),
        IN_A_PLACE(a_trigger_planted_while_we_write_does_not_act),
        IN_A_PLACE(a_damaged_database_is_an_error_not_a_crash),
        IN_A_PLACE(what_is_no_regular_file_is_refused_at_once),
        IN_A_PLACE(a_fifo_in_the_place_of_a_journal_is_not_waited_for),
        IN_A_PLACE(a_planted_journal_removes_no_other_file),
        IN_A_PLACE(names_that_mean_something_to_sqlite_are_only_names),
        IN_A_PLACE(an_empty_file_is_a_new_database),
        IN_A_PLACE(a_database_in_a_directory_that_cannot_be_written_can_be_read),
        IN_A_PLACE(a_writer_killed_in_the_middle_leaves_what_was_committed),
        IN_A_PLACE(a_second_writer_is_told_at_once_and_readers_see_the_last_commit),
        IN_A_PLACE(a_batch_that_is_not_committed_is_gone_at_close),
        IN_A_PLACE(a_full_disk_is_an_error_and_the_database_stays_usable),
        IN_A_PLACE(more_texts_scopes_and_bytes_than_the_caches_hold_are_all_stored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
