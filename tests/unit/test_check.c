/* `check`: a database that was altered, in any byte or by anybody's SQL, is found; one that was not is good.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline_run.h"

/* Reads the history into dir/db, with its loops, and closes it. */
static const char *make_db(const struct pipeline_fixture *f)
{
    struct ingest_run run = {.keep_all = true, .db = in_dir(f->dir, "db")};
    write_parts(f, "in", 5, true);
    ingest_path(&run, in_dir(f->dir, "in"));
    assert_int_equal(run.code, 0);
    assert_int_equal(tl_derive(run.store, &run.err), 0);
    ingest_fini(&run);
    return in_dir(f->dir, "db");
}

/* The fault of that part, and how many there are in all; a database that cannot be opened has one, "open". */
static size_t check(const char *db, const char *part, struct tl_check_counts *counts)
{
    struct tl_store *s = NULL;
    struct tl_err err = {0};
    struct tl_check c = {0};
    size_t n;
    if (tl_store_open(&s, db, TL_STORE_READ, &err)) {
        assert_int_equal(err.code, TL_EDB);
        assert_true(!part || strcmp(part, "open") == 0);
        return 1;
    }
    if (tl_check(s, &c, &err))
        fail_msg("cannot check: %s", err.msg);
    bool found = !part;
    for (size_t i = 0; i < c.n_faults; i++)
        found = found || strcmp(c.faults[i].part, part) == 0;
    if (!found)
        fail_msg("no fault in '%s' of %zu", part, c.n_faults);
    n = c.n_faults;
    if (counts)
        *counts = c.counts;
    tl_check_fini(&c);
    tl_store_close(s);
    return n;
}

/* Somebody's SQL: through sqlite3's own file system (vfs NULL), or so that the checksums are right. */
static void change(const char *db, const char *vfs, const char *sql)
{
    sqlite3 *handle = NULL;
    char *why = NULL;
    assert_int_equal(sqlite3_open_v2(db, &handle, SQLITE_OPEN_READWRITE, vfs), SQLITE_OK);
    if (sqlite3_exec(handle, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
    sqlite3_close(handle);
}

static void copy(const char *from, const char *to)
{
    size_t n = tlh_file_bytes(from);
    char *bytes = malloc(n);
    FILE *f = fopen(from, "rb");
    assert_true(bytes && f && fread(bytes, 1, n, f) == n);
    fclose(f);
    tlh_write_bytes(to, bytes, n, 0);
    free(bytes);
}

static void a_database_as_written_is_good(void **state)
{
    const struct pipeline_fixture *f = *state;
    struct tl_check_counts n;
    const char *db = make_db(f);
    assert_int_equal(check(db, NULL, &n), 0);
    assert_int_equal(n.n_summed, n.n_pages);
    assert_int_equal(n.n_pages * n.page_bytes, tlh_file_bytes(db));
    assert_true(n.n_events > 0);
    /* Nor does a second run, or a file that changed, make it anything else. */
    write_parts(f, "in", 3, false);
    struct ingest_run run = {.keep_all = true, .db = db};
    ingest_path(&run, in_dir(f->dir, "in"));
    assert_int_equal(run.code, 0);
    ingest_fini(&run);
    assert_int_equal(check(db, NULL, NULL), 0);
}

/* SQLite's memory, of which one request for a page (of 16,384 bytes) is refused. */
static sqlite3_mem_methods memory;
static long refuse_in; /* so many more are granted */

static void *granted_or_not(int n)
{
    return n > 16384 && refuse_in > 0 && --refuse_in == 0 ? NULL : memory.xMalloc(n);
}

/* Where memory is out, that is said, and nothing of the database. */
static void want_of_memory_is_no_damage(void **state)
{
    const struct pipeline_fixture *f = *state;
    const char *db = make_db(f);
    int n_out = 0, r = TL_ENOMEM;
    for (long n = 1; r; n++) {
        struct tl_store *s = NULL;
        struct tl_err err = {0};
        struct tl_check c = {0};
        assert_int_equal(tl_store_open(&s, db, TL_STORE_READ, &err), 0);
        refuse_in = n;
        r = tl_check(s, &c, &err);
        bool refused = refuse_in == 0;
        refuse_in = 0;
        if (r == 0 && c.n_faults)
            fail_msg("without page %ld: %.*s", n, TL_FMT(c.faults[0].what));
        assert_true(r == 0 || r == TL_ENOMEM);
        n_out += r != 0;
        if (r == 0 && refused)
            r = 1; /* SQLite did without */
        tl_check_fini(&c);
        tl_store_close(s);
    }
    assert_true(n_out > 3);
}

/* Any byte, any bit: 400 of 400. SQLite's own quick_check is said to miss 339. */
static void every_flipped_bit_is_found(void **state)
{
    const struct pipeline_fixture *f = *state;
    const char *db = make_db(f), *flipped = in_dir(f->dir, "flipped");
    uint64_t random = 88172645463325252u;
    size_t n = tlh_file_bytes(db);
    copy(db, flipped);
    for (int i = 0; i < 400; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        size_t at = i < 110 ? (size_t)i : random % n; /* the header, and anywhere */
        tlh_file_flip(flipped, at, (int)(random >> 40) & 7);
        if (check(flipped, NULL, NULL) == 0)
            fail_msg("a bit in byte %zu of %zu was not found", at, n);
        tlh_file_flip(flipped, at, (int)(random >> 40) & 7);
    }
    assert_int_equal(check(flipped, NULL, NULL), 0);
}

static void sql_of_somebody_else_is_found(void **state)
{
    static const struct {
        const char *sql, *part;
    } rows[] = {
        {"UPDATE event SET session = 0 WHERE key = (SELECT max(key) FROM event)", "pages"},
        {"DELETE FROM verdict WHERE event = (SELECT min(event) FROM verdict)", "pages"},
        {"UPDATE source SET path = 'elsewhere'", "pages"},
        {"CREATE VIEW planted AS SELECT 1", "schema"},
        {"CREATE TABLE planted(a)", "schema"},
        {"CREATE TRIGGER planted AFTER INSERT ON event BEGIN DELETE FROM verdict; END", "open"},
        {"DROP VIEW loops", "schema"},
        {"DROP TABLE attempt", "open"},
        {"PRAGMA user_version = 99", "open"},
        {"PRAGMA application_id = 1", "open"},
    };
    const struct pipeline_fixture *f = *state;
    const char *db = make_db(f), *changed = in_dir(f->dir, "changed");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        copy(db, changed);
        change(changed, NULL, rows[i].sql);
        assert_true(check(changed, rows[i].part, NULL) > 0);
    }
}

/* Written with checksums that are right, as a mistake of ours would be: the tables do not agree. */
static void tables_that_do_not_agree_are_found(void **state)
{
    static const struct {
        const char *sql, *part;
    } rows[] = {
        {"UPDATE event SET shape = 99999 WHERE key = (SELECT max(key) FROM event)", "references"},
        {"UPDATE change SET execution = 99999", "references"},
        {"DELETE FROM text WHERE id = (SELECT max(rule) FROM verdict)", "references"},
        {"DELETE FROM event WHERE key = (SELECT max(key) FROM event)", "counts"},
        {"UPDATE source SET n_read = n_read + 1", "counts"},
        {"UPDATE coverage SET n_kept = n_kept + 1", "counts"},
        {"UPDATE loop SET n_cycles = n_cycles + 1", "derived"},
        {"UPDATE loop SET status = 'gone'", "derived"},
        {"UPDATE cycle SET last_s = last_s + 1 WHERE n = 2", "derived"},
        {"DELETE FROM cycle WHERE n = (SELECT max(n) FROM cycle)", "derived"},
        {"INSERT INTO cycle VALUES (7, 1, 1, 1)", "derived"},
        {"DELETE FROM loop", "derived"},
        {"DELETE FROM verdict WHERE event IN (SELECT event FROM verdict ORDER BY event LIMIT 3)", "derived"},
    };
    const struct pipeline_fixture *f = *state;
    const char *db = make_db(f), *changed = in_dir(f->dir, "changed");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        copy(db, changed);
        change(changed, "trailloop", rows[i].sql);
        size_t n = check(changed, rows[i].part, NULL);
        struct tl_check_counts counts;
        check(changed, rows[i].part, &counts);
        assert_int_equal(counts.n_summed, counts.n_pages);
        assert_true(n > 0);
    }
}

/* What stands in a page that is not used harms nothing: told, not counted. */
static void a_free_page_may_be_changed(void **state)
{
    const struct pipeline_fixture *f = *state;
    const char *db = make_db(f);
    struct tl_check_counts n;
    change(db, "trailloop",
           "CREATE TABLE big(x); INSERT INTO big SELECT randomblob(12000) FROM event LIMIT 20; "
           "DROP TABLE big");
    assert_int_equal(check(db, NULL, &n), 0);
    assert_true(n.n_free_pages > 0);
    size_t bytes = tlh_file_bytes(db), page = n.page_bytes;
    uint64_t harmless = 0;
    for (size_t at = page / 2; at < bytes; at += page) {
        tlh_file_flip(db, at, 3);
        size_t faults = check(db, NULL, &n);
        assert_true(faults > 0 || n.n_unused == 1);
        harmless += faults == 0;
        tlh_file_flip(db, at, 3);
    }
    assert_true(harmless > 0 && harmless <= n.n_free_pages);
}

static void a_database_from_before_checksums_is_read_and_told(void **state)
{
    const struct pipeline_fixture *f = *state;
    const char *db = make_db(f), *old = in_dir(f->dir, "old");
    struct tl_check_counts n;
    /* The same content in a file that was made without room for them. */
    struct tlh_run shell;
    tlh_run(&shell,
            (const char *const[]){"/bin/sh", "-c",
                                  "{ sqlite3 \"$1\" .dump; for p in application_id user_version; do echo "
                                  "\"PRAGMA $p=$(sqlite3 \"$1\" \"PRAGMA $p\");\"; done; } | sqlite3 \"$2\"",
                                  "sh", db, old, NULL},
            NULL, NULL);
    assert_int_equal(shell.exit, 0);
    tlh_run_fini(&shell);
    assert_int_equal(check(old, NULL, &n), 0);
    assert_int_equal(n.n_summed, 0);
    struct ingest_run run = {.keep_all = true, .db = old};
    ingest_path(&run, in_dir(f->dir, "in"));
    assert_int_equal(run.code, 0);
    ingest_fini(&run);
    assert_int_equal(check(old, NULL, &n), 0);
}

static bool loops_are_current(struct ingest_run *run)
{
    bool are;
    assert_int_equal(tl_store_loops_are_current(run->store, &are, &run->err), 0);
    return are;
}

/* The loops are made anew where the facts have changed, and only there; also after a run that ended between.
 */
static void loops_are_current_until_the_facts_change(void **state)
{
    const struct pipeline_fixture *f = *state;
    struct ingest_run run = {.keep_all = true, .db = in_dir(f->dir, "db")};
    write_part(f->h, 0, 30, in_dir(f->dir, "in/a.json"), TLH_RECORDS, 0);
    ingest_path(&run, in_dir(f->dir, "in"));
    assert_false(loops_are_current(&run));
    assert_int_equal(tl_derive(run.store, &run.err), 0);
    assert_true(loops_are_current(&run));
    ingest_path(&run, in_dir(f->dir, "in"));
    assert_true(loops_are_current(&run));
    write_part(f->h, 30, 60, in_dir(f->dir, "in/b.json"), TLH_RECORDS, 0);
    ingest_path(&run, in_dir(f->dir, "in"));
    assert_false(loops_are_current(&run));
    ingest_fini(&run);
    ingest_path(&run, in_dir(f->dir, "in"));
    assert_int_equal(tl_derive(run.store, &run.err), 0);
    assert_true(loops_are_current(&run));
    ingest_fini(&run);
    assert_int_equal(check(in_dir(f->dir, "db"), NULL, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PIPELINE_TEST(a_database_as_written_is_good),
        PIPELINE_TEST(want_of_memory_is_no_damage),
        PIPELINE_TEST(every_flipped_bit_is_found),
        PIPELINE_TEST(sql_of_somebody_else_is_found),
        PIPELINE_TEST(tables_that_do_not_agree_are_found),
        PIPELINE_TEST(a_free_page_may_be_changed),
        PIPELINE_TEST(a_database_from_before_checksums_is_read_and_told),
        PIPELINE_TEST(loops_are_current_until_the_facts_change),
    };
    sqlite3_mem_methods counted;
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory);
    counted = memory;
    counted.xMalloc = granted_or_not;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &counted);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
