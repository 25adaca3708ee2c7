/* The pipeline as a whole: dumps made here go through every stage into a store. Shown: the store's content
 * depends neither on the number of workers nor on the order of the files; what is damaged costs itself and is
 * named; the counters balance; a stop stops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pipeline_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the same content, whatever the way ------------------------------------------------------- */

static void same_content_for_any_number_of_workers(void **state)
{
    struct pipeline_fixture *f = *state;
    static const int jobs[] = {1, 2, 8};
    char *first = NULL;
    write_parts(f, "d", 12, true);
    for (size_t i = 0; i < 3; i++) {
        struct ingest_run run = {.jobs = jobs[i], .keep_all = true};
        ingest_path(&run, in_dir(f->dir, "d"));
        assert_balanced(&run);
        assert_int_equal(run.r.n_files_read, 12);
        assert_int_equal(run.r.n_records_new, f->h->n);
        char *content = ingest_content(run.store);
        if (first)
            assert_string_equal(content, first);
        else
            first = strdup(content);
        free(content);
        ingest_fini(&run);
    }
    free(first);
}

static void same_content_for_any_order_of_files(void **state)
{
    struct pipeline_fixture *f = *state;
    static const char *const orders[][5] = {
        {"a", "b", "c", "d", NULL}, {"d", "c", "b", "a", NULL}, {"c", "a", "d", "b", NULL}};
    static const char *const names[] = {"a", "b", "c", "d"};
    char *first = NULL;
    for (size_t i = 0; i < 4; i++) /* they overlap: each has what the next one starts with, too */
        write_part(f->h, f->h->n * i / 5, f->h->n * (i + 2) / 5, in_dir(f->dir, names[i]), TLH_RECORDS, 0);
    for (size_t i = 0; i < 3; i++) {
        const char *paths[5] = {0};
        struct ingest_run run = {.keep_all = i != 2};
        for (size_t k = 0; k < 4; k++)
            paths[k] = in_dir(f->dir, orders[i][k]);
        ingest_paths(&run, paths);
        assert_balanced(&run);
        char *content = ingest_content(run.store);
        char *steps = strstr(content, "step"); /* without keep_all, fewer are kept, of the same history */
        if (first)
            assert_string_equal(i == 2 ? steps : content, i == 2 ? strstr(first, "step") : first);
        else
            first = strdup(content);
        free(content);
        ingest_fini(&run);
    }
    free(first);
}

static void every_container_gives_the_same_events(void **state)
{
    struct pipeline_fixture *f = *state;
    char *first = NULL;
    for (int form = 0; form < TLH_FORMS; form++) {
        struct ingest_run run = {.keep_all = true};
        write_part(f->h, 0, f->h->n, in_dir(f->dir, "x.json"), (enum tlh_form)form, form % 2);
        ingest_path(&run, in_dir(f->dir, "x.json"));
        assert_balanced(&run);
        assert_string_equal(run.notices.p, "");
        char *content = ingest_content(run.store);
        if (first)
            assert_string_equal(content, first);
        else
            first = strdup(content);
        free(content);
        ingest_fini(&run);
    }
    free(first);
}

static void without_keep_all_the_rest_is_counted_and_covered(void **state)
{
    struct pipeline_fixture *f = *state;
    struct ingest_run all = {.keep_all = true}, few = {0};
    struct tl_coverage a, b;
    write_parts(f, "d", 3, true);
    ingest_path(&all, in_dir(f->dir, "d"));
    ingest_path(&few, in_dir(f->dir, "d"));
    assert_balanced(&all);
    assert_balanced(&few);
    assert_int_equal(all.r.n_records_unused, 0);
    assert_int_equal(few.r.n_records_read, all.r.n_records_read);
    assert_true(few.r.n_records_unused > 50);
    assert_true(few.r.n_records_new >= 33);
    assert_int_equal(tl_store_coverage(all.store, &a, &all.err), 0);
    assert_int_equal(tl_store_coverage(few.store, &b, &few.err), 0);
    assert_int_equal(a.first_s, b.first_s);
    assert_int_equal(a.last_s, b.last_s);
    assert_int_equal(a.n_scopes, b.n_scopes);
    for (size_t i = 0; i < a.n_scopes; i++) {
        assert_true(tl_str_eq(a.scopes[i].account, b.scopes[i].account));
        assert_int_equal(a.scopes[i].first_s, b.scopes[i].first_s);
        assert_int_equal(a.scopes[i].last_s, b.scopes[i].last_s);
        assert_int_equal(a.scopes[i].n_records, b.scopes[i].n_records);
    }
    tl_coverage_fini(&a);
    tl_coverage_fini(&b);
    ingest_fini(&all);
    ingest_fini(&few);
}

/* ---- much ------------------------------------------------------------------------------------- */

static void three_hundred_files_are_read_once(void **state)
{
    struct pipeline_fixture *f = *state;
    struct ingest_run run = {.jobs = 4, .keep_all = true};
    for (int i = 0; i < 300; i++) {
        char name[64];
        snprintf(name, sizeof name, "d/%d/part-%03d.json.gz", i % 7, i);
        write_part(f->h, 0, 3, in_dir(f->dir, name), TLH_RECORDS, 1);
    }
    run.db = in_dir(f->dir, "t.db");
    ingest_path(&run, in_dir(f->dir, "d"));
    assert_balanced(&run);
    assert_int_equal(run.r.n_files_read, 300);
    assert_int_equal(run.r.n_records_new, 3);
    assert_int_equal(run.r.n_records_duplicate, 897);
    ingest_path(&run, in_dir(f->dir, "d"));
    assert_balanced(&run);
    assert_int_equal(run.r.n_files_read, 0);
    assert_int_equal(run.r.n_already_ingested, 300);
    assert_int_equal(run.r.n_records_read, 0);
    ingest_fini(&run);
}

static void a_file_of_many_parts_on_one_line(void **state)
{
    struct pipeline_fixture *f = *state;
    static const int jobs[] = {1, 3};
    size_t n = write_large(f, in_dir(f->dir, "d/b.json.gz"), 3 << 20, 1);
    write_part(f->h, 0, 9, in_dir(f->dir, "d/a.json"), TLH_RECORDS, 0);
    write_part(f->h, 9, 30, in_dir(f->dir, "d/c.json"), TLH_RECORDS, 0);
    for (size_t i = 0; i < 2; i++) {
        for (int keep_all = 0; keep_all < 2; keep_all++) {
            struct ingest_run run = {.jobs = jobs[i], .keep_all = keep_all};
            ingest_path(&run, in_dir(f->dir, "d"));
            assert_balanced(&run);
            assert_int_equal(run.r.n_files_read, 3);
            assert_int_equal(run.r.n_records_read, n + 30);
            assert_int_equal(run.r.n_records_damaged, 0);
            if (keep_all)
                assert_int_equal(run.r.n_records_new, n + 30);
            ingest_fini(&run);
        }
    }
}

/* ---- what is no log --------------------------------------------------------------------------- */

static const struct {
    const char *title, *name, *text;
    uint64_t n_skipped, n_damaged, n_read;
    const char *notice;
} kinds[] = {
    {"an empty file is skipped", "d/empty.json", "", 1, 0, 0, "skipped 'empty.json': empty\n"},
    {"text is skipped", "d/notes.txt", "no JSON", 1, 0, 0,
     "skipped 'notes.txt': not JSON (first byte 0x6e)\n"},
    {"text under a JSON name is damage", "d/x.json", " no JSON", 0, 1, 0,
     "cannot read 'x.json': not JSON (first byte 0x6e)\n"},
    {"text that was named is damage", "notes", "no JSON", 0, 1, 0,
     "cannot read 'notes': not JSON (first byte 0x6e)\n"},
    {"a digest file is skipped", "d/x.json",
     "{\"awsAccountId\":\"111122223333\",\"digestStartTime\":\"2024-02-27T07:00:00Z\",\"digestEndTime\":"
     "\"2024-02-27T08:00:00Z\","
     "\"digestS3Bucket\":\"b\",\"digestS3Object\":\"o\",\"logFiles\":[]}",
     1, 0, 0, "skipped 'x.json': a CloudTrail digest file\n"},
    {"foreign JSON is skipped", "d/x.json", "{\"a\":[1,2,3]}", 1, 0, 0,
     "skipped 'x.json': JSON without CloudTrail records\n"},
    {"S3 notifications are skipped", "d/x.json",
     "{\"Records\":[{\"eventVersion\":\"2.1\",\"eventSource\":\"aws:s3\",\"awsRegion\":\"us-east-1\","
     "\"eventTime\":"
     "\"2024-02-27T07:00:00.000Z\",\"eventName\":\"ObjectCreated:Put\",\"s3\":{\"bucket\":{\"name\":\"b\"}}}]"
     "}",
     1, 0, 0, "skipped 'x.json': JSON without CloudTrail records\n"},
    {"no records are none", "d/x.json", "{\"Records\":[]}", 0, 0, 1, ""},
};

static void files_by_kind(void **state)
{
    struct pipeline_fixture *f = *state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct ingest_run run = {.keep_all = true};
        const char *path = in_dir(f->dir, kinds[i].name);
        tlh_write_bytes(path, kinds[i].text, strlen(kinds[i].text), 0);
        ingest_path(&run, strchr(kinds[i].name, '/') ? in_dir(f->dir, "d") : path);
        print_message("%s\n", kinds[i].title);
        assert_balanced(&run);
        assert_int_equal(run.r.n_skipped, kinds[i].n_skipped);
        assert_int_equal(run.r.n_damaged_files, kinds[i].n_damaged);
        assert_int_equal(run.r.n_files_read, kinds[i].n_read);
        assert_string_equal(run.notices.p, kinds[i].notice);
        ingest_fini(&run);
        assert_int_equal(unlink(path), 0);
    }
}

static void a_missing_path_and_a_fifo_do_not_stop_the_rest(void **state)
{
    struct pipeline_fixture *f = *state;
    struct ingest_run run = {.keep_all = true};
    write_parts(f, "d", 3, false);
    assert_int_equal(mkfifo(in_dir(f->dir, "d/part-001.json.fifo"), 0600), 0);
    const char *paths[] = {in_dir(f->dir, "nowhere"), in_dir(f->dir, "d"), NULL};
    ingest_paths(&run, paths);
    assert_balanced(&run);
    assert_int_equal(run.r.n_unreadable, 1);
    assert_int_equal(run.r.n_skipped, 1);
    assert_int_equal(run.r.n_files_read, 3);
    assert_notice(&run, "skipped 'part-001.json.fifo': ");
    assert_notice(&run, "cannot read '");
    ingest_fini(&run);
}

static void a_file_found_twice_is_read_once(void **state)
{
    struct pipeline_fixture *f = *state;
    struct ingest_run run = {.jobs = 4, .keep_all = true};
    write_parts(f, "d", 4, true);
    const char *paths[] = {in_dir(f->dir, "d"), in_dir(f->dir, "d/part-001.json.gz"), in_dir(f->dir, "d"),
                           NULL};
    ingest_paths(&run, paths);
    assert_balanced(&run);
    assert_int_equal(run.r.n_files_read, 4);
    assert_int_equal(run.r.n_already_ingested, 5);
    assert_int_equal(run.r.n_records_read, f->h->n);
    assert_int_equal(run.r.n_records_duplicate, 0);
    ingest_fini(&run);
}

/* ---- what comes and goes ----------------------------------------------------------------------- */

static uint64_t n_kept(struct ingest_run *run)
{
    struct tl_coverage c;
    assert_int_equal(tl_store_coverage(run->store, &c, &run->err), 0);
    uint64_t n = c.records.n_kept;
    tl_coverage_fini(&c);
    return n;
}

static int count_unreadable(void *ctx, const struct tl_source *src)
{
    int *n = ctx;
    *n += src->outcome == TL_OUTCOME_UNREADABLE;
    return 0;
}

static int count_gone(void *ctx, const struct tl_source *src)
{
    int *n = ctx;
    *n += src->gone;
    return 0;
}

static int n_gone(struct ingest_run *run)
{
    int n = 0;
    assert_int_equal(tl_store_each_source(run->store, count_gone, &n, &run->err), 0);
    return n;
}

static void what_is_gone_is_marked_until_it_comes_back(void **state)
{
    struct pipeline_fixture *f = *state;
    struct ingest_run run = {.keep_all = true, .db = in_dir(f->dir, "t.db")};
    const char *d = in_dir(f->dir, "d"), *away = in_dir(f->dir, "away"),
               *file = in_dir(f->dir, "d/part-003.json");
    write_parts(f, "d", 9, false);
    ingest_path(&run, d);
    assert_int_equal(rename(file, away), 0);
    assert_int_equal(n_gone(&run), 0); /* nobody has looked */
    ingest_path(&run, in_dir(f->dir, "d/part-004.json"));
    assert_int_equal(n_gone(&run), 0);
    ingest_path(&run, d);
    assert_int_equal(n_gone(&run), 1);
    assert_int_equal(rename(away, file), 0);
    assert_int_equal(rename(in_dir(f->dir, "d/part-004.json"), away),
                     0); /* one for the other: as many as before */
    ingest_path(&run, d);
    assert_int_equal(n_gone(&run), 1);
    assert_notice(&run, "'part-004.json' was read before and is gone; its records stay\n");
    assert_int_equal(rename(away, in_dir(f->dir, "d/part-004.json")), 0);
    ingest_path(&run, d);
    assert_int_equal(n_gone(&run), 0);
    assert_int_equal(rename(d, away), 0); /* with its directory, and named in full */
    ingest_path(&run, file);
    assert_int_equal(n_gone(&run), 1);
    assert_int_equal(rename(away, d), 0);
    write_part(f->h, 0, 2, file, TLH_RECORDS, 0); /* another file */
    ingest_path(&run, d);
    assert_int_equal(n_gone(&run), 0);
    ingest_fini(&run);
}

static void what_is_gone_is_told_and_kept(void **state)
{
    struct pipeline_fixture *f = *state;
    struct ingest_run run = {.keep_all = true, .db = in_dir(f->dir, "t.db")};
    const char *d = in_dir(f->dir, "d");
    write_parts(f, "d", 9, false);
    write_parts(f, "d-x", 2, false); /* no part of d */
    tlh_write_bytes(in_dir(f->dir, "d/notes.txt"), "no JSON", 7, 0);
    ingest_paths(&run, (const char *const[]){d, in_dir(f->dir, "d-x"), NULL});
    assert_int_equal(unlink(in_dir(f->dir, "d-x/part-000.json")), 0);
    ingest_path(&run, d);
    assert_string_equal(run.notices.p, "");
    assert_int_equal(unlink(in_dir(f->dir, "d/part-003.json")), 0);
    assert_int_equal(unlink(in_dir(f->dir, "d/notes.txt")), 0);
    write_part(f->h, 0, 3, in_dir(f->dir, "d/new.json"), TLH_RECORDS, 0);
    assert_int_equal(chdir(f->dir), 0);
    for (int i = 0; i < 2; i++) { /* named twice, in one way or another: told once */
        ingest_paths(&run, (const char *const[]){i ? "d/part-003.json" : "./d", "d", NULL});
        assert_int_equal(run.code, 0);
        assert_int_equal(run.r.n_unreadable, i);
        const char *told = strstr(run.notices.p, "'part-003.json' was read before and is gone; its records "
                                                 "stay\n");
        assert_non_null(told);
        assert_null(strstr(told + 1, "'part-003.json' was"));
        assert_notice(&run, "'notes.txt' was read before and is gone\n");
        assert_int_equal(n_kept(&run), f->h->n);
    }
    assert_int_equal(chdir("/"), 0);
    for (int i = 0; i < 2;
         i++) { /* named by itself its row stays what it is, with its directory or without */
        ingest_path(&run, in_dir(f->dir, "d/part-003.json"));
        assert_int_equal(run.r.n_unreadable, 1);
        int n = 0;
        assert_int_equal(tl_store_each_source(run.store, count_unreadable, &n, &run.err), 0);
        assert_int_equal(n, 0);
        assert_int_equal(n_kept(&run), f->h->n);
        if (i == 0) {
            assert_notice(&run, "'part-003.json' was read before and is gone; its records stay\n");
            assert_int_equal(rename(in_dir(f->dir, "d"), in_dir(f->dir, "e")), 0);
        }
    }
    ingest_fini(&run);
}

static void of_many_that_are_gone_the_first_are_named(void **state)
{
    struct pipeline_fixture *f = *state;
    struct ingest_run run = {.keep_all = true, .db = in_dir(f->dir, "t.db")};
    write_parts(f, "d", 8, true);
    ingest_path(&run, in_dir(f->dir, "d"));
    assert_int_equal(rename(in_dir(f->dir, "d"), in_dir(f->dir, "e")), 0);
    ingest_paths(&run, (const char *const[]){in_dir(f->dir, "d"), in_dir(f->dir, "e"), NULL});
    assert_balanced(&run);
    assert_int_equal(run.r.n_records_duplicate, f->h->n);
    assert_notice(&run, "'part-004.json.gz' was read before and is gone; its records stay\n"
                        "... and 3 more that were read before are gone\n");
    assert_int_equal(n_kept(&run), f->h->n);
    ingest_fini(&run);
}

static void what_can_be_read_by_now_is_not_unreadable(void **state)
{
    struct pipeline_fixture *f = *state;
    struct ingest_run run = {.keep_all = true, .db = in_dir(f->dir, "t.db")};
    int n = 0;
    char *deep = strdup(in_dir(f->dir, "d")); /* a directory that cannot be read: too deep */
    assert_non_null(deep);
    write_part(f->h, 0, 9, in_dir(f->dir, "d/a.json"), TLH_RECORDS, 0);
    assert_int_equal(chdir(deep), 0);
    for (int i = 0; i < 256; i++) {
        assert_int_equal(mkdir("x", 0700), 0);
        assert_int_equal(chdir("x"), 0);
    }
    assert_int_equal(chdir("/"), 0);
    ingest_paths(&run, (const char *const[]){deep, in_dir(f->dir, "later"), NULL});
    assert_int_equal(run.r.n_unreadable, 2);
    assert_int_equal(tl_store_each_source(run.store, count_unreadable, &n, &run.err), 0);
    assert_int_equal(n, 2);
    assert_int_equal(rename(in_dir(f->dir, "d/x"), in_dir(f->dir, "later")), 0); /* one level less */
    ingest_path(&run, in_dir(f->dir, "a.json"));
    n = 0; /* of what was not named nothing is known anew */
    assert_int_equal(tl_store_each_source(run.store, count_unreadable, &n, &run.err), 0);
    assert_int_equal(n, 3);
    ingest_paths(&run, (const char *const[]){deep, in_dir(f->dir, "later"), NULL});
    assert_balanced(&run);
    n = 0;
    assert_int_equal(tl_store_each_source(run.store, count_unreadable, &n, &run.err), 0);
    assert_int_equal(n, 1); /* a.json, elsewhere */
    assert_string_equal(run.notices.p, "");
    ingest_fini(&run);
    free(deep);
}

/* ---- stopping and standard input -------------------------------------------------------------- */

static void a_stop_leaves_what_was_committed(void **state)
{
    struct pipeline_fixture *f = *state;
    const char *db = in_dir(f->dir, "t.db");
    struct ingest_run run = {.jobs = 2, .keep_all = true, .db = db}, again = {.keep_all = true, .db = db};
    write_part(f->h, 0, 9, in_dir(f->dir, "a.json"), TLH_RECORDS, 0);
    write_large(f, in_dir(f->dir, "d/b.json"), 3 << 20, 0);
    ingest_path(&run, in_dir(f->dir, "a.json"));
    assert_int_equal(run.code, 0);
    run.stop_after = 1;
    ingest_path(&run, in_dir(f->dir, "d"));
    assert_int_equal(run.code, TL_ESIGNAL);
    assert_true(run.err.code == TL_ESIGNAL && run.err.msg[0]);
    ingest_fini(&run);
    ingest_paths(&again, (const char *const[]){in_dir(f->dir, "a.json"), in_dir(f->dir, "d"), NULL});
    assert_balanced(&again);
    assert_int_equal(again.r.n_already_ingested, 1);
    assert_int_equal(again.r.n_files_read, 1);
    assert_int_equal(again.r.n_records_duplicate, 0);
    ingest_fini(&again);
}

/* Descriptor 0 becomes `fd` for one ingest of "-". */
static void ingest_stdin(struct ingest_run *run, int fd)
{
    int saved = dup(0);
    assert_true(saved >= 0 && dup2(fd, 0) == 0);
    ingest_path(run, "-");
    assert_int_equal(dup2(saved, 0), 0);
    close(saved);
}

static void standard_input_is_read_each_time(void **state)
{
    struct pipeline_fixture *f = *state;
    struct ingest_run run = {.keep_all = true};
    for (int i = 0; i < 2; i++) {
        write_part(f->h, 0, 20, in_dir(f->dir, "in"), TLH_LINES, 1);
        FILE *in = fopen(in_dir(f->dir, "in"), "rb");
        assert_non_null(in);
        ingest_stdin(&run, fileno(in));
        fclose(in);
        assert_balanced(&run);
        assert_int_equal(run.r.n_files_read, 1);
        assert_int_equal(run.r.n_records_new, i ? 0 : 20);
        assert_int_equal(run.r.n_records_duplicate, i ? 20 : 0);
    }
    ingest_fini(&run);
}

static void a_stop_does_not_wait_for_standard_input(void **state)
{
    int fds[2];
    (void)state;
    for (int gz = 0; gz < 2; gz++) {
        struct ingest_run run = {.stop_after = 3};
        assert_int_equal(pipe(fds), 0);
        if (gz) /* a gzip header, and then nothing */
            assert_int_equal(write(fds[1], "\x1f\x8b\x08", 3), 3);
        ingest_stdin(&run, fds[0]); /* nobody writes, nobody closes */
        assert_int_equal(run.code, TL_ESIGNAL);
        ingest_fini(&run);
        close(fds[0]);
        close(fds[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PIPELINE_TEST(same_content_for_any_number_of_workers),
        PIPELINE_TEST(same_content_for_any_order_of_files),
        PIPELINE_TEST(every_container_gives_the_same_events),
        PIPELINE_TEST(without_keep_all_the_rest_is_counted_and_covered),
        PIPELINE_TEST(three_hundred_files_are_read_once),
        PIPELINE_TEST(a_file_of_many_parts_on_one_line),
        PIPELINE_TEST(files_by_kind),
        PIPELINE_TEST(a_missing_path_and_a_fifo_do_not_stop_the_rest),
        PIPELINE_TEST(a_file_found_twice_is_read_once),
        PIPELINE_TEST(what_is_gone_is_marked_until_it_comes_back),
        PIPELINE_TEST(what_is_gone_is_told_and_kept),
        PIPELINE_TEST(of_many_that_are_gone_the_first_are_named),
        PIPELINE_TEST(what_can_be_read_by_now_is_not_unreadable),
        PIPELINE_TEST(a_stop_leaves_what_was_committed),
        PIPELINE_TEST(standard_input_is_read_each_time),
        PIPELINE_TEST(a_stop_does_not_wait_for_standard_input),
    };
    return cmocka_run_group_tests_name("pipeline", tests, NULL, NULL);
}
