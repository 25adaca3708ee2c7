/* The framer at its limits: the longest record, what is never held, streams made to take long; and the
 * escapes of records that come as strings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "../../src/frame/state.h" /* counts what it scans again */
#include "frame_run.h"

/* ---- limits and time ------------------------------------------------------------------------- */

static void add(struct tl_buf *b, const char *text)
{
    assert_int_equal(tl_buf_add_str(b, tl_str_from(text)), 0);
}

static void add_run(struct tl_buf *b, char c, size_t n)
{
    assert_int_equal(tl_buf_reserve(b, n), 0);
    memset(b->p + b->n, c, n);
    b->n += n;
}

/* One record of `size` bytes between two others. */
static struct tl_buf with_record_of(size_t size)
{
    static const char head[] = "{\"eventVersion\":\"1\",\"eventID\":\"long\",\"x\":\"", tail[] = "\"}";
    struct tl_buf b = {0};
    add(&b, "{\"Records\":[" REC("1") ",");
    add(&b, head);
    add_run(&b, 'x', size - strlen(head) - strlen(tail));
    add(&b, tail);
    add(&b, "," REC("2") "]}");
    return b;
}

static void the_longest_record_is_read_and_one_byte_more_is_not(void **state)
{
    (void)state;
    static const struct {
        size_t size;
        const char *ids;
        unsigned n_damaged;
    } rows[] = {{TL_RECORD_MAX_BYTES, "1 long 2 ", 0},
                {TL_RECORD_MAX_BYTES + 1, "1 2 ", 1},
                {5 * TL_RECORD_MAX_BYTES + 17, "1 2 ", 1}};
    struct tl_frame *f;
    assert_int_equal(tl_frame_new(&f, NULL), 0);
    for (size_t i = 0; i < 3; i++) {
        struct tl_buf b = with_record_of(rows[i].size);
        struct story s = frame(f, tl_buf_str(&b), b.n, true, true),
                     other = frame(f, tl_buf_str(&b), 65536, true, true);
        assert_true(tl_str_eq(tl_buf_str(&s.text), tl_buf_str(&other.text)));
        assert_true(tl_str_eq(tl_buf_str(&s.ids), tl_str_from(rows[i].ids)));
        assert_int_equal(s.n_damaged, rows[i].n_damaged);
        story_fini(&s);
        story_fini(&other);
        tl_buf_fini(&b);
    }
    tl_frame_free(f);
}

/* It is told from a long one by the next record's first key alone, which is in no string. */
static void a_string_without_an_end_past_the_limit_costs_itself_only(void **state)
{
    (void)state;
    static const char *const heads[] = {"{\"eventVersion\":\"1\",\"x\":\"", "{\"x\":\"", "{\"x\":{\"y\":[\""};
    static const size_t blocks[] = {7, 4096, 65536, SIZE_MAX};
    struct tl_frame *f;
    assert_int_equal(tl_frame_new(&f, NULL), 0);
    for (size_t i = 0; i < 3 * 5 * 4; i++) { /* the limit falls before the next record, or into it */
        struct tl_buf b = {0};
        add(&b, "{\"Records\":[" REC("1") ",");
        add(&b, heads[i % 3]);
        add_run(&b, 'x', TL_RECORD_MAX_BYTES - 70 + i / 3 % 5 * 23);
        add(&b, "," REC("2") "," REC("3") "]}");
        struct story s = frame(f, tl_buf_str(&b), blocks[i / 15], true, true);
        assert_true(tl_str_eq(tl_buf_str(&s.ids), TL_STR("1 2 3 ")));
        assert_int_equal(s.n_damaged, 1);
        story_fini(&s);
        tl_buf_fini(&b);
    }
    tl_frame_free(f);
}

static void a_huge_foreign_object_is_not_held(void **state)
{
    (void)state;
    struct tl_buf b = {0};
    add(&b, "{\"payload\":\"");
    add_run(&b, 'x', 3 * TL_RECORD_MAX_BYTES);
    add(&b, "\"}");
    struct story s = frame_all_ways(tl_buf_str(&b), true);
    assert_int_equal(s.container, TL_CONTAINER_FOREIGN);
    assert_int_equal(s.n_foreign, 1);
    assert_int_equal(s.n_damaged, 0);
    story_fini(&s);
    tl_buf_fini(&b);
}

static void a_long_run_of_garbage_is_one_damage(void **state)
{
    (void)state;
    struct tl_buf b = {0};
    add(&b, "{\"Records\":[" REC("1") ",");
    for (int i = 0; i < 300000; i++)
        add(&b, "]{\"{}@\"x\\");
    add(&b, "," REC("2") "]}");
    struct story s = frame_all_ways(tl_buf_str(&b), true);
    assert_true(tl_str_eq(tl_buf_str(&s.ids), TL_STR("1 2 ")));
    assert_int_equal(s.n_damaged, 1);
    story_fini(&s);
    tl_buf_fini(&b);
}

static void records_swallowed_by_an_open_list_come_back_past_the_limit(void **state)
{
    (void)state;
    struct tl_buf b = {0};
    add(&b, "{\"Records\":[" REC("bad1") ",{\"eventVersion\":\"1\",\"x\":[{\"y\":[]}");
    for (int i = 0; i < 12000; i++)
        add(&b, "," REC("g"));
    add(&b, "]}");
    struct story s = frame_whole(tl_buf_str(&b), true);
    assert_true(b.n > 2 * TL_RECORD_MAX_BYTES);
    assert_int_equal(s.n_records, 12001);
    assert_int_equal(s.n_damaged + s.n_rejected, 1);
    story_fini(&s);
    tl_buf_fini(&b);
}

/* Frames and rejects all, and gives how many bytes were scanned again. */
static uint64_t rescanned_when_rejecting(tl_str bytes)
{
    struct tl_frame *f;
    struct tl_record rec;
    struct tl_damage damage;
    int r;
    assert_int_equal(tl_frame_new(&f, NULL), 0);
    tl_frame_push(f, bytes);
    while ((r = tl_frame_next(f, &rec, &damage, NULL)) != TL_FRAME_END) {
        if (r == 0)
            tl_frame_reject(f);
        else if (r == TL_FRAME_MORE)
            tl_frame_finish(f, true);
    }
    uint64_t spent = f->spent;
    tl_frame_free(f);
    return spent;
}

/* Streams made of one piece over and over. No byte is scanned again more than twice, but for 4 MiB to start
 * with: without that bound the worst of them are scanned again hundreds of times. */
static void hostile_streams_take_linear_time(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "{\"eventVersion\":1},",            /* a million rejected records */
        "{\"eventVersion\":",               /* each opens inside the one before */
        "{\"eventVersion\":[",              /* the same, more of it */
        "[{\"eventVersion\":\"x\",\"a\":[", /* lists in lists */
        "{\"eventVersion\"\n",              /* marks that lead to nothing */
        "{\"eventVersion\":{}},",           /* a brace too many each time */
        "{                              ",  /* white space that might lead to a mark */
        "\"\\\"{\"eventVersion",            /* quotes */
        "\n{",                              /* starts of lines */
    };
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        struct tl_buf b = {0};
        add(&b, "{\"Records\":[" REC("1") ",");
        while (b.n < 20 * TL_RECORD_MAX_BYTES)
            add(&b, pieces[i]);
        uint64_t again = rescanned_when_rejecting(tl_buf_str(&b));
        if (again > 2 * (uint64_t)b.n + ((uint64_t)4 << 20))
            fail_msg("'%s': %llu of %zu bytes scanned again", pieces[i], (unsigned long long)again, b.n);
        tl_buf_fini(&b);
    }
}

/* ---- strings --------------------------------------------------------------------------------- */

static void string_literals_lose_their_escapes(void **state)
{
    (void)state;
    static const struct {
        const char *literal;
        const char *text; /* NULL: no valid literal */
    } rows[] = {
        {"\"\"", ""},
        {"\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\"", "a\"\\/\b\f\n\r\tz"},
        {"\"\\u0041\\u00e9\\u20AC\\ud83d\\uDE00\"", "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"\"\\ud83d\"", NULL},
        {"\"\\ud83d\\u0041\"", NULL},
        {"\"\\ude00\"", NULL},
        {"\"\\u12\"", NULL},
        {"\"\\u12g4\"", NULL},
        {"\"\\x\"", NULL},
        {"\"\\\"", NULL},
        {"\"a\"b\"", NULL},
        {"\"a\nb\"", NULL},
        {"\"", NULL},
        {"abc", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tl_buf b = {0};
        int r = tl_json_unescape(tl_str_from(rows[i].literal), &b);
        assert_int_equal(r, rows[i].text ? 0 : 1);
        if (rows[i].text)
            assert_true(tl_str_eq(tl_buf_str(&b), tl_str_from(rows[i].text)));
        tl_buf_fini(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_record_is_read_and_one_byte_more_is_not),
        cmocka_unit_test(a_string_without_an_end_past_the_limit_costs_itself_only),
        cmocka_unit_test(a_huge_foreign_object_is_not_held),
        cmocka_unit_test(a_long_run_of_garbage_is_one_damage),
        cmocka_unit_test(records_swallowed_by_an_open_list_come_back_past_the_limit),
        cmocka_unit_test(hostile_streams_take_linear_time),
        cmocka_unit_test(string_literals_lose_their_escapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
