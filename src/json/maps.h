/* maps: the bitmaps of 64 bytes by the instructions that the file which includes this is compiled for, or in
 * plain C where it asks for that (JS_PORTABLE). All ways read 64 bytes and no more, keep no state, and give
 * the same for any bytes. */
#ifndef TRAILLOOP_JSON_MAPS_H
#define TRAILLOOP_JSON_MAPS_H

#include "trailloop/bits.h"

#if defined(JS_PORTABLE)
#include <endian.h>

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))
#define LOW7 EACH(0x7f)

/* A bit for each of the eight bytes whose highest bit is set. */
static inline uint64_t gather(uint64_t high_bits)
{
    return ((high_bits >> 7) * UINT64_C(0x0102040810204080)) >> 56;
}

/* The highest bit of each byte of `w` that is `byte`; exact, without borrows between bytes. */
static inline uint64_t equal(uint64_t w, unsigned char byte)
{
    uint64_t x = w ^ EACH(byte);
    return ~(((x & LOW7) + LOW7) | x | LOW7);
}

static inline void make_maps(const char *p, struct tl_bits *out)
{
    *out = (struct tl_bits){0};
    for (unsigned i = 0; i < TL_BITS_BYTES; i += 8) {
        uint64_t w;
        memcpy(&w, p + i, 8);
        w = le64toh(w);
        uint64_t folded = w | EACH(0x20); /* [ and ] lie 0x20 below { and } */
        out->quote |= gather(equal(w, '"')) << i;
        out->slash |= gather(equal(w, '\\')) << i;
        out->open |= gather(equal(folded, '{')) << i;
        out->close |= gather(equal(folded, '}')) << i;
        out->comma |= gather(equal(w, ',')) << i;
        out->colon |= gather(equal(w, ':')) << i;
        out->control |= gather(equal(w & EACH(0xe0), 0)) << i;
        out->high |= gather(w & EACH(0x80)) << i;
    }
}

#undef EACH
#undef LOW7

#elif defined(__AVX2__)
#include <immintrin.h>

/* The byte in all places. Its origin is kept from the compiler, which would else make it anew, by three
 * instructions, for every 64 bytes. */
static inline __m256i each32(char byte)
{
    __m256i each = _mm256_set1_epi8(byte);
    __asm__("" : "+x"(each));
    return each;
}

static inline uint64_t join32(__m256i low, __m256i high)
{
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

static inline uint64_t equal32(__m256i low, __m256i high, char byte)
{
    __m256i each = each32(byte);
    return join32(_mm256_cmpeq_epi8(low, each), _mm256_cmpeq_epi8(high, each));
}

static inline void make_maps(const char *p, struct tl_bits *out)
{
    __m256i low = _mm256_loadu_si256((const __m256i *)p), high = _mm256_loadu_si256((const __m256i *)p + 1);
    __m256i space = each32(0x20), slash = each32('\\');
    __m256i low_folded = _mm256_or_si256(low, space), high_folded = _mm256_or_si256(high, space);
    /* Below 0x20 as a signed number is what is below or not ASCII. */
    __m256i low_odd = _mm256_or_si256(_mm256_cmpgt_epi8(space, low), _mm256_cmpeq_epi8(low, slash));
    __m256i high_odd = _mm256_or_si256(_mm256_cmpgt_epi8(space, high), _mm256_cmpeq_epi8(high, slash));
    out->quote = equal32(low, high, '"');
    out->open = equal32(low_folded, high_folded, '{');
    out->close = equal32(low_folded, high_folded, '}');
    out->comma = equal32(low, high, ',');
    out->colon = equal32(low, high, ':');
    out->slash = out->control = out->high = 0;
    if (_mm256_movemask_epi8(_mm256_or_si256(low_odd, high_odd))) { /* few of all */
        out->slash = equal32(low, high, '\\');
        out->high = join32(low, high);
        out->control = join32(low_odd, high_odd) & ~out->slash & ~out->high;
    }
}

#elif defined(__SSE2__)
#include <emmintrin.h>

static inline uint64_t join16(const __m128i v[4])
{
    uint64_t bits = 0;
    for (int i = 0; i < 4; i++)
        bits |= (uint64_t)(uint16_t)_mm_movemask_epi8(v[i]) << (16 * i);
    return bits;
}

static inline uint64_t equal16(const __m128i v[4], char byte)
{
    __m128i each = _mm_set1_epi8(byte), hit[4];
    for (int i = 0; i < 4; i++)
        hit[i] = _mm_cmpeq_epi8(v[i], each);
    return join16(hit);
}

static inline void make_maps(const char *p, struct tl_bits *out)
{
    __m128i v[4], folded[4], top[4];
    for (int i = 0; i < 4; i++) {
        v[i] = _mm_loadu_si128((const __m128i *)p + i);
        folded[i] = _mm_or_si128(v[i], _mm_set1_epi8(0x20));
        top[i] = _mm_and_si128(v[i], _mm_set1_epi8((char)0xe0));
    }
    out->quote = equal16(v, '"');
    out->slash = equal16(v, '\\');
    out->open = equal16(folded, '{');
    out->close = equal16(folded, '}');
    out->comma = equal16(v, ',');
    out->colon = equal16(v, ':');
    out->control = equal16(top, 0);
    out->high = join16(v);
}

#elif defined(__ARM_NEON)
#include <arm_neon.h>

/* Each byte of `v` is 0 or 0xff. */
static inline uint64_t join(const uint8x16_t v[4])
{
    static const uint8_t weights[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t weight = vld1q_u8(weights);
    uint8x16_t a = vpaddq_u8(vandq_u8(v[0], weight), vandq_u8(v[1], weight));
    uint8x16_t b = vpaddq_u8(vandq_u8(v[2], weight), vandq_u8(v[3], weight));
    a = vpaddq_u8(a, b);
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(a, a)), 0);
}

static inline uint64_t equal_each(const uint8x16_t v[4], uint8_t byte)
{
    uint8x16_t hit[4];
    for (int i = 0; i < 4; i++)
        hit[i] = vceqq_u8(v[i], vdupq_n_u8(byte));
    return join(hit);
}

static inline void make_maps(const char *p, struct tl_bits *out)
{
    uint8x16_t v[4], folded[4], top[4], high[4];
    for (int i = 0; i < 4; i++) {
        v[i] = vld1q_u8((const uint8_t *)p + 16 * i);
        folded[i] = vorrq_u8(v[i], vdupq_n_u8(0x20));
        top[i] = vandq_u8(v[i], vdupq_n_u8(0xe0));
        high[i] = vcgeq_u8(v[i], vdupq_n_u8(0x80));
    }
    out->quote = equal_each(v, '"');
    out->slash = equal_each(v, '\\');
    out->open = equal_each(folded, '{');
    out->close = equal_each(folded, '}');
    out->comma = equal_each(v, ',');
    out->colon = equal_each(v, ':');
    out->control = equal_each(top, 0);
    out->high = join(high);
}

#endif

/* Bit i is the parity of the bits up to i: of unescaped quotes it is set from each opening one to before its
 * closing one. */
static inline uint64_t parity(uint64_t bits)
{
#if defined(__PCLMUL__) && !defined(JS_PORTABLE)
    /* A product without carries by all ones adds up, without carries, all the bits below each. */
    return (uint64_t)_mm_cvtsi128_si64(
        _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)bits), _mm_set1_epi8((char)0xff), 0));
#else
    return tl_bits_parity(bits);
#endif
}

/* The number of the lowest bit, 64 where there is none. */
static inline unsigned lowest(uint64_t bits)
{
    return bits ? (unsigned)__builtin_ctzll(bits) : 64;
}

#endif
