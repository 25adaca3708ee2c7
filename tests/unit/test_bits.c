/* The bitmaps: every way this machine has gives what the bytes themselves say, and the two things that are
 * worked out of them (what is escaped, what is in a string) are those of a reader of single bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "trailloop/bits.h"

/* The same numbers in every run. */
static uint32_t next_random(uint32_t *state)
{
    return *state = *state * 1664525u + 1013904223u;
}

static struct tl_bits bits_of(const unsigned char *p, size_t n)
{
    struct tl_bits b = {0};
    for (size_t i = 0; i < n; i++) {
        uint64_t bit = UINT64_C(1) << i;
        b.quote |= p[i] == '"' ? bit : 0;
        b.slash |= p[i] == '\\' ? bit : 0;
        b.open |= p[i] == '{' || p[i] == '[' ? bit : 0;
        b.close |= p[i] == '}' || p[i] == ']' ? bit : 0;
        b.comma |= p[i] == ',' ? bit : 0;
        b.colon |= p[i] == ':' ? bit : 0;
        b.control |= p[i] < 0x20 ? bit : 0;
        b.high |= p[i] >= 0x80 ? bit : 0;
    }
    return b;
}

/* The text lies at the very end of its allocation, so that a read behind it is seen by a sanitizer. */
static void check_all_ways(const unsigned char *text, size_t n)
{
    char *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memcpy(copy, text, n);
    struct tl_bits want = bits_of(text, n), got;
    for (unsigned rank = 0; tl_bits_way(rank); rank++) {
        tl_bits_tail(tl_bits_way(rank), copy, n, &got);
        assert_memory_equal(&got, &want, sizeof want);
        if (n < TL_BITS_BYTES)
            continue;
        tl_bits_way(rank)(copy, &got);
        assert_memory_equal(&got, &want, sizeof want);
    }
    free(copy);
}

static void every_byte_in_every_place_is_told(void **state)
{
    (void)state;
    unsigned char text[TL_BITS_BYTES];
    assert_non_null(tl_bits_way(0));
    for (unsigned c = 0; c < 256; c++)
        for (size_t i = 0; i < sizeof text; i++) {
            memset(text, 'x', sizeof text);
            text[i] = (unsigned char)c;
            check_all_ways(text, sizeof text);
        }
}

static void random_bytes_and_ends_are_told(void **state)
{
    (void)state;
    static const char often[] = "\"\\{}[],:\x1f\x20\x7f\x80";
    unsigned char text[TL_BITS_BYTES];
    uint32_t seed = 1;
    for (int round = 0; round < 20000; round++) {
        for (size_t i = 0; i < sizeof text; i++) {
            uint32_t r = next_random(&seed) >> 8;
            text[i] = (unsigned char)(round % 2 ? often[r % (sizeof often - 1)] : (char)r);
        }
        check_all_ways(text, next_random(&seed) % (sizeof text + 1));
    }
}

static void escapes_are_those_of_a_reader_of_bytes(void **state)
{
    (void)state;
    uint32_t seed = 7;
    bool carry = false, escaped = false;
    for (int round = 0; round < 20000; round++) {
        uint64_t slash = 0, want = 0;
        unsigned density = next_random(&seed) >> 30;
        for (int i = 0; i < 64; i++) {
            bool is_slash = (next_random(&seed) >> 24) % 4 < density;
            slash |= (uint64_t)is_slash << i;
            want |= (uint64_t)escaped << i;
            escaped = is_slash && !escaped;
        }
        assert_int_equal(tl_bits_escaped(slash, &carry), want);
        assert_int_equal(carry, escaped);
    }
}

static void parity_is_of_all_bits_so_far(void **state)
{
    (void)state;
    uint32_t seed = 3;
    for (int round = 0; round < 2000; round++) {
        uint64_t quote = (uint64_t)next_random(&seed) << 32 | next_random(&seed), want = 0;
        for (int i = 0, inside = 0; i < 64; i++) {
            inside ^= quote >> i & 1;
            want |= (uint64_t)inside << i;
        }
        assert_int_equal(tl_bits_parity(quote), want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_in_every_place_is_told),
        cmocka_unit_test(random_bytes_and_ends_are_told),
        cmocka_unit_test(escapes_are_those_of_a_reader_of_bytes),
        cmocka_unit_test(parity_is_of_all_bits_so_far),
    };
    return cmocka_run_group_tests_name("bits", tests, NULL, NULL);
}
