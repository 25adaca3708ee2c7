/* The inflate loop: what comes out, and how each way to end is told. All gzip streams are made here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "trailloop/inflate.h"
#include "trailloop/limits.h"

struct result {
    struct tl_buf out, tapped;
    struct tl_stream state;
};

static void tap(void *ctx, const void *bytes, size_t n)
{
    assert_int_equal(tl_buf_add(ctx, bytes, n), 0);
}

static int memory_file(tl_str bytes)
{
    int fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.p, bytes.n), bytes.n);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static struct result read_fd(struct tl_inflate *z, int fd)
{
    struct result res = {0};
    tl_str block;
    int r;
    tl_inflate_open(z, fd, TL_SIZE_UNKNOWN, tap, &res.tapped);
    unsigned n_again = 0;
    while ((r = tl_inflate_next(z, &block, NULL)) == 0 || r == TL_INFLATE_AGAIN) {
        if (r == TL_INFLATE_AGAIN) {
            assert_true(res.out.n > 0);
            assert_int_equal(n_again++, 0);
            res.out.n = 0;
            continue;
        }
        assert_in_range(block.n, 1, TL_WHOLE_BYTES);
        assert_int_equal(tl_buf_add_str(&res.out, block), 0);
    }
    assert_int_equal(r, TL_INFLATE_END);
    assert_int_equal(tl_inflate_next(z, &block, NULL), TL_INFLATE_END);
    res.state = *tl_inflate_state(z);
    assert_int_equal(res.state.out_bytes, res.out.n);
    assert_true(res.state.end != TL_STREAM_OPEN);
    assert_true((res.state.why != NULL) == (res.state.end != TL_STREAM_COMPLETE));
    return res;
}

static struct result inflate_all(struct tl_inflate *z, tl_str bytes)
{
    int fd = memory_file(bytes);
    struct result res = read_fd(z, fd);
    close(fd);
    assert_true(tl_str_eq(tl_buf_str(&res.tapped), bytes)); /* whatever it is, its hash is of all of it */
    assert_true(res.state.in_bytes <= bytes.n);
    return res;
}

static void result_fini(struct result *r)
{
    tl_buf_fini(&r->out);
    tl_buf_fini(&r->tapped);
}

/* Adds a member to `b`; with every optional field when `all_fields`. */
static void add_member(struct tl_buf *b, tl_str text, bool all_fields)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    gz_header h = {.extra = (Bytef[]){1, 2, 3, 0, 5},
                   .extra_len = 5,
                   .name = (Bytef[]){"name.json"},
                   .comment = (Bytef[]){"a comment"},
                   .hcrc = 1};
    if (all_fields)
        assert_int_equal(deflateSetHeader(&z, &h), Z_OK);
    size_t bound = deflateBound(&z, text.n) + 64;
    assert_int_equal(tl_buf_reserve(b, bound), 0);
    z.next_in = (Bytef *)(uintptr_t)text.p;
    z.avail_in = (uInt)text.n;
    z.next_out = (Bytef *)b->p + b->n;
    z.avail_out = (uInt)bound;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    b->n += z.total_out;
    deflateEnd(&z);
}

static struct tl_inflate *z;

static int setup(void **state)
{
    (void)state;
    return tl_inflate_new(&z, NULL);
}

static int teardown(void **state)
{
    (void)state;
    tl_inflate_free(z);
    return 0;
}

#define TEXT TL_STR("{\"Records\":[{\"eventVersion\":\"1.08\",\"eventName\":\"PutEvaluations\"}]}")

static void plain_bytes_go_through(void **state)
{
    (void)state;
    static const struct {
        tl_str bytes;
    } rows[] = {{{"", 0}}, {{"a", 1}}, {{"{}", 2}}, {{"\x1f\x8c", 2}}, {{"\0\0\0", 3}}, {{"\x8b\x1f", 2}}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct result r = inflate_all(z, rows[i].bytes);
        assert_true(tl_str_eq(tl_buf_str(&r.out), rows[i].bytes));
        assert_int_equal(r.state.end, TL_STREAM_COMPLETE);
        assert_false(r.state.gzip);
        assert_int_equal(r.state.n_members, 0);
        assert_int_equal(r.state.in_bytes, rows[i].bytes.n);
        result_fini(&r);
    }
}

static void all_members_are_read_whatever_their_headers(void **state)
{
    (void)state;
    struct tl_buf b = {0};
    add_member(&b, TL_STR("one "), false);
    add_member(&b, TL_STR("two "), true);
    add_member(&b, TL_STR(""), true);
    add_member(&b, TL_STR("three"), false);
    struct result r = inflate_all(z, tl_buf_str(&b));
    assert_true(tl_str_eq(tl_buf_str(&r.out), TL_STR("one two three")));
    assert_int_equal(r.state.end, TL_STREAM_COMPLETE);
    assert_true(r.state.gzip);
    assert_int_equal(r.state.n_members, 4);
    assert_int_equal(r.state.trailing_bytes, 0);
    assert_int_equal(r.state.in_bytes, b.n);
    result_fini(&r);
    tl_buf_fini(&b);
}

static void trailing_bytes_are_counted_and_not_given_out(void **state)
{
    (void)state;
    static const struct {
        tl_str tail;
    } rows[] = {
        {{"\0", 1}}, {{"\0\0\0\0\0\0\0\0", 8}}, {{"garbage", 7}}, {{"\x1fgarbage", 8}}, {{"\x8b", 1}}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tl_buf b = {0};
        add_member(&b, TEXT, false);
        assert_int_equal(tl_buf_add_str(&b, rows[i].tail), 0);
        struct result r = inflate_all(z, tl_buf_str(&b));
        assert_true(tl_str_eq(tl_buf_str(&r.out), TEXT));
        assert_int_equal(r.state.end, TL_STREAM_COMPLETE);
        assert_int_equal(r.state.trailing_bytes, rows[i].tail.n);
        assert_int_equal(r.state.in_bytes, b.n);
        result_fini(&r);
        tl_buf_fini(&b);
    }
}

static void a_long_tail_is_counted_whole(void **state)
{
    (void)state;
    struct tl_buf b = {0};
    add_member(&b, TEXT, false);
    size_t member = b.n, tail = 3 * TL_READ_BYTES + 5;
    assert_int_equal(tl_buf_reserve(&b, tail), 0);
    memset(b.p + b.n, 0, tail);
    b.n += tail;
    struct result r = inflate_all(z, tl_buf_str(&b));
    assert_int_equal(r.state.trailing_bytes, b.n - member);
    result_fini(&r);
    tl_buf_fini(&b);
}

/* Two members with every field: a cut at each byte is CUT, but for the place between them. */
static void a_cut_at_every_byte_is_told(void **state)
{
    (void)state;
    struct tl_buf b = {0};
    add_member(&b, TEXT, true);
    size_t first = b.n;
    add_member(&b, TL_STR("second"), true);
    for (size_t n = 1; n < b.n; n++) {
        struct result r = inflate_all(z, (tl_str){b.p, n});
        assert_true(r.state.gzip);
        assert_int_equal(r.state.end, n == first ? TL_STREAM_COMPLETE : TL_STREAM_CUT);
        assert_int_equal(r.state.in_bytes, n);
        assert_int_equal(r.state.n_members, n >= first);
        if (n != first)
            assert_string_equal(r.state.why, "ends inside a member");
        result_fini(&r);
    }
    tl_buf_fini(&b);
}

/* Each bit of a gzip file flipped: COMPLETE is said only with the right bytes, and nothing behind them
 * unsaid. */
static void no_flipped_bit_passes_for_complete(void **state)
{
    (void)state;
    struct tl_buf b = {0};
    add_member(&b, TEXT, true);
    unsigned n_complete = 0;
    for (size_t bit = 0; bit < b.n * 8; bit++) {
        b.p[bit / 8] = (char)(b.p[bit / 8] ^ (1 << (bit % 8)));
        struct result r = inflate_all(z, tl_buf_str(&b));
        if (r.state.gzip && r.state.end == TL_STREAM_COMPLETE) {
            n_complete++;
            assert_true(tl_str_eq(tl_buf_str(&r.out), TEXT));
        }
        assert_true(r.state.gzip == (bit >= 16)); /* without its magic bytes it is no gzip file */
        result_fini(&r);
        b.p[bit / 8] = (char)(b.p[bit / 8] ^ (1 << (bit % 8)));
    }
    /* The header's checksum covers all of it; deflate leaves up to 7 padding bits unread. */
    assert_in_range(n_complete, 0, 7);
    tl_buf_fini(&b);
}

static void damage_is_told_apart(void **state)
{
    (void)state;
    struct tl_buf good = {0};
    add_member(&good, TEXT, false);
    const struct {
        const char *why;
        size_t at; /* the byte changed */
        size_t shows_at;
    } rows[] = {
        {"bad member header", 2, 10},       /* method */
        {"bad member header", 3, 10},       /* a reserved flag */
        {"bad deflate data", 10, SIZE_MAX}, /* block type 3 */
        {"wrong CRC", good.n - 8, good.n},  {"wrong length", good.n - 4, good.n},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char saved = good.p[rows[i].at];
        good.p[rows[i].at] = (char)(saved | 0xe0);
        if (rows[i].at == 10)
            good.p[10] = (char)(saved | 0x06);
        if (good.p[rows[i].at] == saved)
            good.p[rows[i].at] = (char)(saved ^ 1);
        struct result r = inflate_all(z, tl_buf_str(&good));
        assert_int_equal(r.state.end, TL_STREAM_CORRUPT);
        assert_string_equal(r.state.why, rows[i].why);
        if (rows[i].shows_at != SIZE_MAX)
            assert_int_equal(r.state.in_bytes, rows[i].shows_at);
        result_fini(&r);
        good.p[rows[i].at] = saved;
    }
    tl_buf_fini(&good);
}

static void a_second_member_that_is_damaged_is_told(void **state)
{
    (void)state;
    struct tl_buf b = {0};
    add_member(&b, TEXT, false);
    add_member(&b, TL_STR("second"), false);
    b.p[b.n - 1] = 1;
    struct result r = inflate_all(z, tl_buf_str(&b));
    assert_int_equal(r.state.end, TL_STREAM_CORRUPT);
    assert_int_equal(r.state.n_members, 1);
    assert_string_equal(r.state.why, "wrong length");
    result_fini(&r);
    tl_buf_fini(&b);
}

static void blocks_join_to_what_went_in(void **state)
{
    (void)state;
    struct tl_buf text = {0}, b = {0};
    for (unsigned i = 0, x = 1; i < 400000; i++) {
        x = x * 1103515245 + 12345;
        assert_int_equal(tl_buf_printf(&text, "%u,", x >> 20), 0);
    }
    add_member(&b, tl_buf_str(&text), false);
    add_member(&b, tl_str_sub(tl_buf_str(&text), 0, 1000), false);
    assert_int_equal(tl_buf_add(&text, text.p, 1000), 0);
    struct result r = inflate_all(z, tl_buf_str(&b));
    assert_int_equal(r.state.end, TL_STREAM_COMPLETE);
    assert_true(tl_str_eq(tl_buf_str(&r.out), tl_buf_str(&text)));
    result_fini(&r);
    r = inflate_all(z, tl_buf_str(&text)); /* and the same as it is */
    assert_true(tl_str_eq(tl_buf_str(&r.out), tl_buf_str(&text)));
    result_fini(&r);
    tl_buf_fini(&text);
    tl_buf_fini(&b);
}

static void a_pipe_that_gives_a_byte_at_a_time_is_the_same(void **state)
{
    (void)state;
    struct tl_buf b = {0};
    int fds[2];
    add_member(&b, TEXT, true);
    assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        for (size_t i = 0; i < b.n; i++) {
            if (write(fds[1], b.p + i, 1) != 1)
                _exit(1);
            nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
        }
        _exit(0);
    }
    close(fds[1]);
    struct result r = read_fd(z, fds[0]);
    assert_int_equal(r.state.end, TL_STREAM_COMPLETE);
    assert_true(tl_str_eq(tl_buf_str(&r.out), TEXT));
    result_fini(&r);
    close(fds[0]);
    tl_buf_fini(&b);
}

/* So many that a reader which goes over the members before for each one would not end within the suite's
 * time. */
static void empty_members_are_all_read_in_linear_time(void **state)
{
    (void)state;
    enum { N = 200000 };
    struct tl_buf b = {0};
    add_member(&b, TL_STR(""), 0);
    size_t one = b.n;
    assert_int_equal(tl_buf_reserve(&b, one * N), 0);
    for (int i = 1; i < N; i++)
        assert_int_equal(tl_buf_add(&b, b.p, one), 0);
    struct result r = inflate_all(z, tl_buf_str(&b));
    assert_int_equal(r.state.n_members, N);
    assert_int_equal(r.out.n, 0);
    assert_int_equal(r.state.end, TL_STREAM_COMPLETE);
    result_fini(&r);
    tl_buf_fini(&b);
}

static void a_descriptor_that_cannot_be_read_is_a_failure(void **state)
{
    (void)state;
    struct tl_err err = {0};
    tl_str block;
    int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    tl_inflate_open(z, fd, TL_SIZE_UNKNOWN, NULL, NULL);
    assert_int_equal(tl_inflate_next(z, &block, &err), TL_EIO);
    assert_string_equal(err.msg, "cannot read: Is a directory");
    close(fd);
}

/* Malformed streams that broke inflaters in the past: none is complete, none stops us. */
static void malformed_streams_of_the_past_are_outcomes(void **state)
{
    (void)state;
    static const char *const names[] = {"CVE-2002-0059", "CVE-2004-0797", "CVE-2005-1849", "CVE-2005-2096"};
    const char *shared = getenv("TRAILLOOP_SHARED");
    unsigned n_gzip = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char dir[4096];
        snprintf(dir, sizeof dir, "%s/suites/zlib-ng+zlib-ng/test/%s", shared ? shared : "../shared",
                 names[i]);
        DIR *d = opendir(dir);
        if (!d) {
            print_message("skipped: no shared data (TRAILLOOP_SHARED)\n");
            skip();
        }
        for (struct dirent *e; (e = readdir(d));) {
            int fd = openat(dirfd(d), e->d_name, O_RDONLY | O_CLOEXEC);
            if (e->d_name[0] == '.' || fd < 0)
                continue;
            struct result r = read_fd(z, fd);
            n_gzip += r.state.gzip;
            if (r.state.gzip)
                assert_true(r.state.end == TL_STREAM_CUT || r.state.end == TL_STREAM_CORRUPT);
            result_fini(&r);
            close(fd);
        }
        closedir(d);
    }
    assert_true(n_gzip > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_bytes_go_through),
        cmocka_unit_test(all_members_are_read_whatever_their_headers),
        cmocka_unit_test(trailing_bytes_are_counted_and_not_given_out),
        cmocka_unit_test(a_long_tail_is_counted_whole),
        cmocka_unit_test(a_cut_at_every_byte_is_told),
        cmocka_unit_test(no_flipped_bit_passes_for_complete),
        cmocka_unit_test(damage_is_told_apart),
        cmocka_unit_test(a_second_member_that_is_damaged_is_told),
        cmocka_unit_test(blocks_join_to_what_went_in),
        cmocka_unit_test(a_pipe_that_gives_a_byte_at_a_time_is_the_same),
        cmocka_unit_test(empty_members_are_all_read_in_linear_time),
        cmocka_unit_test(a_descriptor_that_cannot_be_read_is_a_failure),
        cmocka_unit_test(malformed_streams_of_the_past_are_outcomes),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
