/* Several engines, one answer: whatever the bytes, a fast engine says of them what the one that judges says,
 * and gives out the same. The streams are made here, and damaged in every way that one bit or one cut can. */
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
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "engine.h"
#include "trailloop/limits.h"

enum { FAST, WHOLE, JUDGE, N_ENGINES };

struct result {
    struct tl_buf out, tapped;
    struct tl_stream state;
    unsigned n_again;
};

static struct tl_inflate *engines[N_ENGINES];
static struct result results[N_ENGINES]; /* their memory is used again */

static int setup(void **state)
{
    (void)state;
    const struct engine *fast = NULL, *whole = NULL;
#ifdef TL_WITH_ISAL
    fast = &tl_engine_isal;
#else
    print_message("built without ISA-L: zlib is compared with itself\n");
#endif
#ifdef TL_WITH_LIBDEFLATE
    whole = &tl_engine_libdeflate;
#else
    print_message("built without libdeflate: zlib is compared with itself\n");
#endif
    return tl_inflate_new_with(&engines[FAST], fast, NULL, NULL) ||
           tl_inflate_new_with(&engines[WHOLE], NULL, whole, NULL) ||
           tl_inflate_new_with(&engines[JUDGE], NULL, NULL, NULL);
}

static int teardown(void **state)
{
    (void)state;
    for (int i = 0; i < N_ENGINES; i++) {
        tl_inflate_free(engines[i]);
        tl_buf_fini(&results[i].out);
        tl_buf_fini(&results[i].tapped);
    }
    return 0;
}

static void tap(void *ctx, const void *bytes, size_t n)
{
    assert_int_equal(tl_buf_add(ctx, bytes, n), 0);
}

/* `size_bytes` of the descriptor, or TL_SIZE_UNKNOWN. */
static void read_with(int engine, int fd, int64_t size_bytes)
{
    struct tl_inflate *z = engines[engine];
    struct result *res = &results[engine];
    tl_str block;
    int r;
    res->out.n = res->tapped.n = res->n_again = 0;
    tl_inflate_open(z, fd, size_bytes, tap, &res->tapped);
    while ((r = tl_inflate_next(z, &block, NULL)) != TL_INFLATE_END) {
        if (r == TL_INFLATE_AGAIN) {
            assert_true(res->out.n > 0);
            res->n_again++;
            res->out.n = 0;
            continue;
        }
        assert_int_equal(r, 0);
        assert_in_range(block.n, 1, TL_WHOLE_BYTES);
        assert_int_equal(tl_buf_add_str(&res->out, block), 0);
    }
    res->state = *tl_inflate_state(z);
}

static void assert_same_as_judged(int engine)
{
    const struct tl_stream *a = &results[engine].state, *b = &results[JUDGE].state;
    assert_int_equal(a->end, b->end);
    assert_int_equal(a->gzip, b->gzip);
    assert_int_equal(a->in_bytes, b->in_bytes);
    assert_int_equal(a->out_bytes, b->out_bytes);
    assert_int_equal(a->n_members, b->n_members);
    assert_int_equal(a->trailing_bytes, b->trailing_bytes);
    assert_ptr_equal(a->why, b->why);
    assert_true(tl_str_eq(tl_buf_str(&results[engine].out), tl_buf_str(&results[JUDGE].out)));
    assert_true(tl_str_eq(tl_buf_str(&results[engine].tapped), tl_buf_str(&results[JUDGE].tapped)));
    assert_int_equal(results[engine].out.n, a->out_bytes);
    assert_true(results[engine].n_again == 0 || a->end == TL_STREAM_CUT || a->end == TL_STREAM_CORRUPT);
}

static void assert_same(void)
{
    assert_int_equal(results[JUDGE].n_again, 0);
    for (int i = 0; i < JUDGE; i++)
        assert_same_as_judged(i);
}

/* Reads `bytes` with each and compares all that they say. */
static void compare(tl_str bytes)
{
    int fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.p, bytes.n), bytes.n);
    for (int i = 0; i < N_ENGINES; i++) {
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        read_with(i, fd, i == WHOLE ? (int64_t)bytes.n : TL_SIZE_UNKNOWN);
    }
    close(fd);
    assert_same();
    assert_true(tl_str_eq(tl_buf_str(&results[JUDGE].tapped), bytes));
}

static void add_member(struct tl_buf *b, tl_str text, int level, int strategy)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, MAX_WBITS + 16, 8, strategy), Z_OK);
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

/* Text of the log's kind: names that repeat, numbers that do not. */
static void add_text(struct tl_buf *b, size_t n_bytes)
{
    for (unsigned i = 0, x = 1; b->n < n_bytes; i++) {
        x = x * 1103515245 + 12345;
        assert_int_equal(tl_buf_printf(b, "{\"eventVersion\":\"1.08\",\"eventID\":\"%08x-%u\"},", x, i), 0);
    }
    b->n = n_bytes;
}

static void damage_everywhere(struct tl_buf *b, size_t step_bits)
{
    for (size_t n = 0; n <= b->n; n += (step_bits + 7) / 8)
        compare((tl_str){b->p, n});
    for (size_t bit = 0; bit < b->n * 8; bit += step_bits) {
        b->p[bit / 8] = (char)(b->p[bit / 8] ^ (1 << (bit % 8)));
        compare(tl_buf_str(b));
        b->p[bit / 8] = (char)(b->p[bit / 8] ^ (1 << (bit % 8)));
    }
}

static const struct {
    int level, strategy;
} ways[] = {{6, Z_DEFAULT_STRATEGY},
            {1, Z_DEFAULT_STRATEGY},
            {0, Z_DEFAULT_STRATEGY},
            {9, Z_FIXED},
            {6, Z_HUFFMAN_ONLY}};
enum { N_WAYS = sizeof ways / sizeof *ways };

static void every_cut_and_every_flipped_bit_of_a_small_file(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 90, 1500};
    for (size_t i = 0; i < N_WAYS * (sizeof sizes / sizeof *sizes); i++) {
        struct tl_buf text = {0}, b = {0};
        add_text(&text, sizes[i / N_WAYS]);
        add_member(&b, tl_buf_str(&text), ways[i % N_WAYS].level, ways[i % N_WAYS].strategy);
        damage_everywhere(&b, 1);
        tl_buf_fini(&text);
        tl_buf_fini(&b);
    }
}

static void every_cut_and_every_flipped_bit_of_members_and_a_tail(void **state)
{
    (void)state;
    struct tl_buf b = {0};
    add_member(&b, TL_STR("one, one, one, one"), 6, Z_DEFAULT_STRATEGY);
    add_member(&b, TL_STR(""), 6, Z_DEFAULT_STRATEGY);
    add_member(&b, TL_STR("two"), 0, Z_DEFAULT_STRATEGY);
    assert_int_equal(tl_buf_add(&b, "\0\0tail", 6), 0);
    damage_everywhere(&b, 1);
    tl_buf_fini(&b);
}

/* Several reads, several blocks given out before the damage shows: the file is read again. */
static void cuts_and_flipped_bits_of_a_large_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_WAYS; i++) {
        struct tl_buf text = {0}, b = {0};
        add_text(&text, 2 * TL_INFLATE_BYTES + 1000);
        add_member(&b, tl_buf_str(&text), ways[i].level, ways[i].strategy);
        damage_everywhere(&b, b.n * 8 / 61);
        b.p[b.n - 1] ^= 1;
        compare(tl_buf_str(&b));
#ifdef TL_WITH_ISAL
        assert_int_equal(results[FAST].n_again, 1);
#endif
        tl_buf_fini(&text);
        tl_buf_fini(&b);
    }
}

/* The last bytes of a member at each place around the ends of reads and of blocks. */
static void members_that_end_where_a_read_or_a_block_ends(void **state)
{
    (void)state;
    for (size_t n = 0; n < 40; n++) {
        struct tl_buf text = {0}, b = {0};
        add_text(&text, TL_READ_BYTES - 60 + n);
        add_member(&b, tl_buf_str(&text), 0, Z_DEFAULT_STRATEGY);
        add_member(&b, TL_STR("second"), 6, Z_DEFAULT_STRATEGY);
        compare(tl_buf_str(&b));
        assert_int_equal(results[FAST].state.n_members, 2);
        b.n = text.n = 0;
        add_text(&text, TL_INFLATE_BYTES - 20 + n);
        add_member(&b, tl_buf_str(&text), 6, Z_DEFAULT_STRATEGY);
        compare(tl_buf_str(&b));
        assert_int_equal(results[FAST].state.end, TL_STREAM_COMPLETE);
        assert_true(tl_str_eq(tl_buf_str(&results[FAST].out), tl_buf_str(&text)));
        tl_buf_fini(&text);
        tl_buf_fini(&b);
    }
}

/* ---- tables of codes ---------------------------------------------------------------------------- */

struct bits {
    struct tl_buf b;
    unsigned n; /* in its last byte */
};

static void put_bits(struct bits *to, unsigned value, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (to->n % 8 == 0)
            assert_int_equal(tl_buf_add(&to->b, "", 1), 0);
        to->b.p[to->b.n - 1] = (char)(to->b.p[to->b.n - 1] | (value >> i & 1) << to->n++ % 8);
    }
}

/* A member of one block (RFC 1951, 3.2.7) that holds "a", or "a" and a match of three bytes at distance 1.
 * Its literals have the codes a 0, end 10, match 11; its only distance has a code of `distance_bits`, 0 or 1,
 * and `distance` is written for it. */
static struct tl_buf member_with(unsigned distance_bits, bool match, unsigned distance)
{
    static const unsigned of_lengths[18] = {
        [2] = 2 /* 18 */, [3] = 2 /* 0 */, [15] = 2 /* 2 */, [17] = 2 /* 1 */};
    enum { ZERO = 0, ONE = 2, TWO = 1, ZEROS = 3 }; /* their codes 00, 01, 10, 11, first bit first */
    struct bits z = {0};
    const char *text = match ? "aaaa" : "a";
    assert_int_equal(tl_buf_add(&z.b, "\x1f\x8b\x08\0\0\0\0\0\0\xff", 10), 0);
    put_bits(&z, 1 | 2 << 1, 3);
    put_bits(&z, 258 - 257, 5);
    put_bits(&z, 0, 5);
    put_bits(&z, 18 - 4, 4);
    for (unsigned i = 0; i < 18; i++)
        put_bits(&z, of_lengths[i], 3);
    put_bits(&z, ZEROS | (97 - 11) << 2, 9);
    put_bits(&z, ONE, 2);
    put_bits(&z, ZEROS | (138 - 11) << 2, 9);
    put_bits(&z, ZEROS | (20 - 11) << 2, 9);
    put_bits(&z, TWO | TWO << 2, 4);
    put_bits(&z, distance_bits ? ONE : ZERO, 2);
    put_bits(&z, 0, 1);
    if (match)
        put_bits(&z, 3 | distance << 2, 3);
    put_bits(&z, 1, 2);
    const uint32_t trailer[] = {(uint32_t)crc32(0, (const Bytef *)text, (uInt)strlen(text)),
                                (uint32_t)strlen(text)};
    assert_int_equal(tl_buf_add(&z.b, trailer, sizeof trailer),
                     0); /* of a machine that writes as gzip does */
    return z.b;
}

/* Codes that leave patterns of bits without a meaning: libraries differ in what these are, and the CRC is
 * right. */
static void tables_that_leave_codes_without_a_meaning(void **state)
{
    (void)state;
    static const struct {
        unsigned distance_bits, distance;
        bool match;
        enum tl_stream_end end;
    } cases[] = {{0, 0, false, TL_STREAM_COMPLETE}, {0, 0, true, TL_STREAM_CORRUPT},
                 {0, 1, true, TL_STREAM_CORRUPT},   {1, 0, false, TL_STREAM_COMPLETE},
                 {1, 0, true, TL_STREAM_COMPLETE},  {1, 1, true, TL_STREAM_CORRUPT}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tl_buf b = member_with(cases[i].distance_bits, cases[i].match, cases[i].distance);
        compare(tl_buf_str(&b));
        assert_int_equal(results[JUDGE].state.end, cases[i].end);
        damage_everywhere(&b, 1);
        tl_buf_fini(&b);
    }
}

/* It cannot be read again, and needs not to be. */
static void a_damaged_pipe(void **state)
{
    (void)state;
    struct tl_buf text = {0}, b = {0};
    add_text(&text, 3000);
    add_member(&b, tl_buf_str(&text), 6, Z_DEFAULT_STRATEGY);
    b.p[b.n - 8] ^= 1;
    for (int i = 0; i < N_ENGINES; i++) {
        int fds[2];
        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        assert_int_equal(write(fds[1], b.p, b.n), b.n);
        close(fds[1]);
        read_with(i, fds[0], TL_SIZE_UNKNOWN);
        close(fds[0]);
    }
    assert_same();
    assert_string_equal(results[FAST].state.why, "wrong CRC");
    assert_true(tl_str_eq(tl_buf_str(&results[FAST].out), tl_buf_str(&text)));
    tl_buf_fini(&text);
    tl_buf_fini(&b);
}

/* Streams that broke inflaters in the past, as they are and cut at every byte. */
static void malformed_streams_of_the_past(void **state)
{
    (void)state;
    static const char *const names[] = {"CVE-2002-0059", "CVE-2004-0797", "CVE-2005-1849", "CVE-2005-2096"};
    const char *shared = getenv("TRAILLOOP_SHARED");
    unsigned n_files = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char dir[4096], bytes[65536];
        snprintf(dir, sizeof dir, "%s/suites/zlib-ng+zlib-ng/test/%s", shared ? shared : "../shared",
                 names[i]);
        DIR *d = opendir(dir);
        if (!d) {
            print_message("skipped: no shared data (TRAILLOOP_SHARED)\n");
            skip();
        }
        for (struct dirent *e; (e = readdir(d));) {
            int fd = openat(dirfd(d), e->d_name, O_RDONLY | O_CLOEXEC);
            ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);
            for (ssize_t k = n < 4000 ? n : 4000; k > 0; k--)
                compare((tl_str){bytes, (size_t)k});
            if (n > 0)
                compare((tl_str){bytes, (size_t)n});
            n_files += n > 0;
            if (fd >= 0)
                close(fd);
        }
        closedir(d);
    }
    assert_true(n_files > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut_and_every_flipped_bit_of_a_small_file),
        cmocka_unit_test(every_cut_and_every_flipped_bit_of_members_and_a_tail),
        cmocka_unit_test(cuts_and_flipped_bits_of_a_large_file),
        cmocka_unit_test(members_that_end_where_a_read_or_a_block_ends),
        cmocka_unit_test(tables_that_leave_codes_without_a_meaning),
        cmocka_unit_test(a_damaged_pipe),
        cmocka_unit_test(malformed_streams_of_the_past),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
