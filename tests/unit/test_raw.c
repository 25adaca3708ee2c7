/* The raw record comes back byte for byte, out of every container, plain or gzip; and not at all when the
 * file is no longer the one that was read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pipeline_run.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
    char dir[TLH_PATH_BYTES];
    struct tlh *h;
    struct ingest_run run;
    struct tl_arena arena;
    struct tl_buf out;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (!f)
        return -1;
    tlh_temp_make(f->dir);
    f->h = sample_history();
    f->run.keep_all = true;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    ingest_fini(&f->run);
    tl_arena_fini(&f->arena);
    tl_buf_fini(&f->out);
    tlh_temp_remove(f->dir);
    tlh_free(f->h);
    free(f);
    return 0;
}

/* The outcome of tl_raw_record for one event; its text is in f->out. */
static int raw_of(struct fixture *f, const struct tlh_event *e, struct tl_event_origin *o)
{
    struct tl_err err = {0};
    tl_arena_reset(&f->arena);
    f->out.n = 0;
    assert_int_equal(tl_store_find_event(f->run.store, tl_str_from(e->id), &f->arena, o, &err), 0);
    return tl_raw_record(o, &f->out, &err);
}

static void the_same_bytes_from_every_container(void **state)
{
    struct fixture *f = *state;
    struct tl_event_origin o;
    for (int form = 0; form < TLH_FORMS; form++) {
        if (form == TLH_RECORDS_INDENTED || form == TLH_EVENTBRIDGE)
            continue; /* the record's own bytes are others there */
        const char *path = in_dir(f->dir, "x.json.gz");
        write_part(f->h, 0, 40, path, (enum tlh_form)form, form % 3);
        ingest_path(&f->run, path);
        assert_int_equal(f->run.r.n_records_new, 40);
        for (size_t i = 0; i < 40; i += 13) {
            assert_int_equal(raw_of(f, &f->h->events[i], &o), 0);
            assert_int_equal(f->out.n, strlen(f->h->events[i].text));
            assert_memory_equal(f->out.p, f->h->events[i].text, f->out.n);
        }
        ingest_fini(&f->run);
    }
}

/* A file's first record, after something was done to the file. */
static int raw_after(struct fixture *f, void (*change)(const char *path))
{
    struct tl_event_origin o;
    const char *path = in_dir(f->dir, "x.json");
    write_part(f->h, 0, 40, path, TLH_RECORDS, 0);
    ingest_path(&f->run, path);
    assert_int_equal(f->run.code, 0);
    change(path);
    return raw_of(f, &f->h->events[0], &o);
}

static void take_away(const char *path)
{
    assert_int_equal(unlink(path), 0);
}

static void touch(const char *path)
{
    const struct timespec times[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void change_a_bit(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    tlh_file_flip(path, (size_t)st.st_size - 3, 0); /* not in the record that is asked for */
    const struct timespec times[2] = {st.st_atim, st.st_mtim};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void cut(const char *path)
{
    tlh_file_cut(path, tlh_file_bytes(path) - 1);
}

static void make_a_fifo(const char *path)
{
    take_away(path);
    assert_int_equal(mkfifo(path, 0600), 0);
}

static void make_a_link(const char *path)
{
    take_away(path);
    assert_int_equal(symlink("/dev/zero", path), 0);
}

static void a_missing_file_is_gone(void **state)
{
    assert_int_equal(raw_after(*state, take_away), TL_RAW_GONE);
}

static void a_touched_file_is_the_same(void **state)
{
    assert_int_equal(raw_after(*state, touch), 0);
}

static void one_changed_bit_is_noticed(void **state)
{
    assert_int_equal(raw_after(*state, change_a_bit), TL_RAW_CHANGED);
}

static void a_cut_file_is_changed(void **state)
{
    assert_int_equal(raw_after(*state, cut), TL_RAW_CHANGED);
}

static void a_fifo_in_its_place_is_changed(void **state)
{
    assert_int_equal(raw_after(*state, make_a_fifo), TL_RAW_CHANGED);
}

static void a_link_in_its_place_is_changed(void **state)
{
    assert_int_equal(raw_after(*state, make_a_link), TL_RAW_CHANGED);
}

static void nothing_comes_back_from_standard_input(void **state)
{
    struct fixture *f = *state;
    struct tl_event_origin o = {.location = TL_STR("-"), .path = TL_STR("-"), .at = {.length = 1}};
    assert_int_equal(tl_raw_record(&o, &f->out, NULL), TL_RAW_GONE);
}

static void an_origin_outside_the_file_is_changed(void **state)
{
    struct fixture *f = *state;
    struct tl_event_origin o;
    static const struct tl_origin wrong[] = {
        {.offset = 1 << 30, .length = 10},       {.offset = 0, .length = 1 << 22},
        {.offset = 0, .length = UINT64_MAX},     {.offset = UINT64_MAX, .length = 2},
        {.offset = 5, .length = UINT64_MAX - 4},
    };
    write_part(f->h, 0, 40, in_dir(f->dir, "x.json"), TLH_RECORDS, 0);
    ingest_path(&f->run, in_dir(f->dir, "x.json"));
    assert_int_equal(raw_of(f, &f->h->events[0], &o), 0);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        o.at = wrong[i];
        assert_int_equal(tl_raw_record(&o, &f->out, NULL), TL_RAW_CHANGED);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_same_bytes_from_every_container),
        TEST(a_missing_file_is_gone),
        TEST(a_touched_file_is_the_same),
        TEST(one_changed_bit_is_noticed),
        TEST(a_cut_file_is_changed),
        TEST(a_fifo_in_its_place_is_changed),
        TEST(a_link_in_its_place_is_changed),
        TEST(nothing_comes_back_from_standard_input),
        TEST(an_origin_outside_the_file_is_changed),
    };
    return cmocka_run_group_tests_name("raw", tests, NULL, NULL);
}
