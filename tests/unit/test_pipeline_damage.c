/* What is damaged costs itself and is named with its place; what is odd is told; in the order of the walk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pipeline_run.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static void a_cut_file_costs_itself(void **state)
{
    struct pipeline_fixture *f = *state;
    struct ingest_run run = {.keep_all = true, .db = in_dir(f->dir, "t.db")};
    write_parts(f, "d", 5, true);
    const char *cut = in_dir(f->dir, "d/part-002.json.gz");
    size_t whole = tlh_file_bytes(cut);
    tlh_file_cut(cut, whole / 2);
    ingest_path(&run, in_dir(f->dir, "d"));
    assert_balanced(&run);
    assert_int_equal(run.r.n_files_read, 4);
    assert_int_equal(run.r.n_damaged_files, 1);
    size_t lost = f->h->n * 3 / 5 - f->h->n * 2 / 5;
    assert_int_equal(run.r.n_records_new, f->h->n - lost);
    char expected[200];
    snprintf(expected, sizeof expected,
             "cannot inflate 'part-002.json.gz': ends inside a member at byte %zu\n", whole / 2);
    assert_string_equal(run.notices.p, expected);
    write_parts(f, "d", 5, true); /* whole again: only it is read */
    ingest_path(&run, in_dir(f->dir, "d"));
    assert_balanced(&run);
    assert_int_equal(run.r.n_damaged_files, 0);
    assert_int_equal(run.r.n_records_new, lost);
    assert_string_equal(run.notices.p, "");
    ingest_fini(&run);
}

static void a_cut_file_of_many_parts_leaves_nothing(void **state)
{
    struct pipeline_fixture *f = *state;
    struct ingest_run run = {.keep_all = true};
    const char *path = in_dir(f->dir, "b.json.gz");
    size_t n = write_large(f, path, 3 << 20, 1);
    tlh_file_cut(path, tlh_file_bytes(path) - 1);
    ingest_path(&run, path);
    assert_balanced(&run);
    assert_int_equal(run.r.n_damaged_files, 1);
    assert_int_equal(run.r.n_records_new, 0);
    assert_true(n > 1000);
    assert_int_equal(run.r.n_records_damaged, n); /* though it may have been read twice */
    ingest_fini(&run);
}

static void a_plain_file_that_ends_inside_a_record_keeps_whole_ones(void **state)
{
    struct pipeline_fixture *f = *state;
    struct ingest_run run = {.keep_all = true, .db = in_dir(f->dir, "t.db")};
    const char *path = in_dir(f->dir, "x.json");
    write_part(f->h, 0, 5, path, TLH_RECORDS, 0);
    size_t cut =
        strlen("{\"Records\":[") + strlen(f->h->events[0].text) + strlen(f->h->events[1].text) + 2 + 30;
    tlh_file_cut(path, cut);
    ingest_path(&run, path);
    assert_balanced(&run);
    assert_int_equal(run.r.n_records_new, 2);
    assert_int_equal(run.r.n_records_damaged, 1);
    assert_int_equal(run.r.n_damaged_files, 1);
    char expected[200];
    snprintf(expected, sizeof expected,
             "cannot read all of 'x.json': ends inside a record or list at byte %zu\n", cut);
    assert_notice(&run, expected);
    write_part(f->h, 0, 5, path, TLH_RECORDS, 0);
    ingest_path(&run, path);
    assert_balanced(&run);
    assert_int_equal(run.r.n_damaged_files, 0);
    assert_int_equal(run.r.n_records_new, 3);
    assert_int_equal(run.r.n_records_duplicate, 2);
    ingest_fini(&run);
}

/* Cut anywhere, the file is not done; whole again, every record is there, once. */
static void every_cut_ends_with_the_whole_once_it_is_complete(void **state)
{
    struct pipeline_fixture *f = *state;
    const char *path = in_dir(f->dir, "x.json.gz");
    for (int gzip = 0; gzip < 2; gzip++) {
        write_part(f->h, 0, 5, path, TLH_RECORDS, gzip);
        size_t whole = tlh_file_bytes(path);
        for (size_t cut = 1; cut < whole; cut += gzip ? 11 : 37) {
            struct ingest_run run = {.jobs = 1, .keep_all = true};
            tlh_file_cut(path, cut);
            ingest_path(&run, path);
            assert_balanced(&run);
            assert_int_equal(run.r.n_damaged_files, 1);
            uint64_t before = run.r.n_records_new;
            assert_true(before <= (gzip ? 0 : 5));
            write_part(f->h, 0, 5, path, TLH_RECORDS, gzip);
            ingest_path(&run, path);
            assert_balanced(&run);
            assert_int_equal(run.r.n_files_read, 1);
            assert_int_equal(before + run.r.n_records_new, 5);
            assert_string_equal(run.notices.p, "");
            ingest_fini(&run);
        }
    }
}

static void damaged_records_are_named_the_first_ones_singly(void **state)
{
    struct pipeline_fixture *f = *state;
    struct tl_buf b = {0};
    struct ingest_run run = {.keep_all = true};
    tl_buf_printf(&b, "{\"Records\":[");
    for (int i = 0; i < 1240; i++)
        tl_buf_printf(&b, "{\"eventVersion\":\"1.08\",\"eventTime\":\"2024-02-27T07:57:24Z\"},");
    tl_buf_printf(&b, "%s]}", f->h->events[0].text);
    tlh_write_bytes(in_dir(f->dir, "x.json.gz"), b.p, b.n, 1);
    tl_buf_fini(&b);
    ingest_path(&run, in_dir(f->dir, "x.json.gz"));
    assert_balanced(&run);
    assert_int_equal(run.r.n_files_read, 1);
    assert_int_equal(run.r.n_records_read, 1241);
    assert_int_equal(run.r.n_records_damaged, 1240);
    assert_int_equal(run.r.n_records_new, 1);
    assert_notice(&run, "damaged record 0 at byte 12 of 'x.json.gz': eventSource is missing");
    assert_notice(&run, "damaged record 4 at byte ");
    assert_null(strstr(run.notices.p, "damaged record 5 "));
    assert_notice(&run, "... and 1,235 more damaged records in 'x.json.gz'\n");
    ingest_fini(&run);
}

/* The file's CRC is known to be wrong when most of its parts are with the writer; then it may be read again.
 */
static void damaged_records_of_a_corrupt_file_are_named_once(void **state)
{
    struct pipeline_fixture *f = *state;
    struct tl_buf b = {0};
    struct ingest_run run = {.keep_all = true};
    const char *path = in_dir(f->dir, "x.json.gz");
    tl_buf_printf(&b, "{\"Records\":[%s", f->h->events[0].text);
    for (int i = 0; i < 9000; i++)
        tl_buf_printf(&b, ",{\"eventVersion\":\"1.08\",\"eventTime\":\"2024-02-27T07:57:24Z\"}");
    tl_buf_printf(&b, "]}");
    tlh_write_bytes(path, b.p, b.n, 1);
    tl_buf_fini(&b);
    tlh_file_flip(path, tlh_file_bytes(path) - 8, 0);
    ingest_path(&run, path);
    assert_balanced(&run);
    assert_int_equal(run.r.n_damaged_files, 1);
    assert_int_equal(run.r.n_records_read, 9001);
    assert_int_equal(run.r.n_records_damaged, 9001);
    assert_notice(&run, "damaged record 5 at byte ");
    assert_null(strstr(run.notices.p, "damaged record 6 "));
    assert_notice(&run, "... and 8,995 more damaged records in 'x.json.gz'\n");
    assert_notice(&run, "cannot inflate 'x.json.gz': wrong CRC at byte ");
    ingest_fini(&run);
}

struct toucher {
    const char *path;
    atomic_bool stop;
};

static void *touch_on_and_on(void *ctx)
{
    struct toucher *t = ctx;
    for (time_t s = 1000000000; !t->stop; s++) {
        const struct timespec times[2] = {{.tv_sec = s}, {.tv_sec = s}};
        utimensat(AT_FDCWD, t->path, times, 0);
    }
    return NULL;
}

static void a_file_that_changes_while_it_is_read_is_not_done(void **state)
{
    struct pipeline_fixture *f = *state;
    struct ingest_run run = {.keep_all = true};
    struct toucher t = {.path = in_dir(f->dir, "x.json.gz")};
    pthread_t thread;
    write_large(f, t.path, 3 << 20, 1);
    assert_int_equal(pthread_create(&thread, NULL, touch_on_and_on, &t), 0);
    for (int tries = 0; tries < 100; tries++) { /* on a busy machine nothing may touch it meanwhile */
        ingest_path(&run, t.path);
        if (run.r.n_damaged_files)
            break;
        ingest_fini(&run);
    }
    t.stop = true;
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_balanced(&run);
    assert_int_equal(run.r.n_damaged_files, 1);
    assert_int_equal(run.r.n_records_new, 0);
    assert_string_equal(run.notices.p, "cannot read 'x.json.gz': changed while it was read\n");
    ingest_fini(&run);
}

static void a_second_member_and_trailing_bytes_are_told(void **state)
{
    struct pipeline_fixture *f = *state;
    struct ingest_run run = {.keep_all = true};
    const char *path = in_dir(f->dir, "x.json.gz");
    write_part(f->h, 0, 20, path, TLH_RECORDS, 2);
    FILE *file = fopen(path, "ab");
    assert_non_null(file);
    assert_int_equal(fwrite("\0\0\0\0\0\0\0", 1, 7, file), 7);
    assert_int_equal(fclose(file), 0);
    ingest_path(&run, path);
    assert_balanced(&run);
    assert_int_equal(run.r.n_records_new, 20);
    assert_string_equal(run.notices.p,
                        "'x.json.gz' has 2 gzip members where AWS writes one: all were read\n"
                        "'x.json.gz' has 7 bytes after its last gzip member: they were not read\n");
    ingest_fini(&run);
}

static void notices_come_in_the_order_of_the_walk(void **state)
{
    struct pipeline_fixture *f = *state;
    struct tl_buf expected = {0};
    write_parts(f, "d", 20, true);
    for (int i = 0; i < 20; i += 3) {
        char name[64];
        snprintf(name, sizeof name, "d/part-%03d.json.gz", i);
        tlh_file_cut(in_dir(f->dir, name), 40);
        tl_buf_printf(&expected, "cannot inflate 'part-%03d.json.gz': ends inside a member at byte 40\n", i);
    }
    for (int jobs = 1; jobs <= 8; jobs *= 2) {
        struct ingest_run run = {.jobs = jobs};
        ingest_path(&run, in_dir(f->dir, "d"));
        assert_string_equal(run.notices.p, expected.p);
        ingest_fini(&run);
    }
    tl_buf_fini(&expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PIPELINE_TEST(a_cut_file_costs_itself),
        PIPELINE_TEST(a_cut_file_of_many_parts_leaves_nothing),
        PIPELINE_TEST(a_plain_file_that_ends_inside_a_record_keeps_whole_ones),
        PIPELINE_TEST(every_cut_ends_with_the_whole_once_it_is_complete),
        PIPELINE_TEST(damaged_records_are_named_the_first_ones_singly),
        PIPELINE_TEST(damaged_records_of_a_corrupt_file_are_named_once),
        PIPELINE_TEST(a_file_that_changes_while_it_is_read_is_not_done),
        PIPELINE_TEST(a_second_member_and_trailing_bytes_are_told),
        PIPELINE_TEST(notices_come_in_the_order_of_the_walk),
    };
    return cmocka_run_group_tests_name("pipeline damage", tests, NULL, NULL);
}
