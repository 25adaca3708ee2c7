/* bits: JSON text as bitmaps, 64 bytes at a time: bit i of each map speaks of byte i.
 *
 * What a byte means in JSON hangs on the quotes before it; with one bit a byte that is a matter of a few
 * operations for 64 bytes. The framer and the extractor both walk such maps, each for its own ends. The maps
 * are the same whichever way they are made (AVX2, SSE2, NEON or plain C): a test holds all ways against the
 * plain one.
 */
#ifndef TRAILLOOP_BITS_H
#define TRAILLOOP_BITS_H

#include "trailloop/base.h"

#define TL_BITS_BYTES 64

struct tl_bits {
    uint64_t quote, slash; /* " and \ */
    uint64_t open, close;  /* { [ and } ] */
    uint64_t comma, colon;
    uint64_t control, high; /* below 0x20; from 0x80 on */
};

/* Reads exactly TL_BITS_BYTES bytes from `p`, of any alignment. */
typedef void tl_bits_fn(const char *p, struct tl_bits *out);

/* The ways to make the maps that this machine has, the fastest first, the portable one last; NULL behind it.
 */
tl_bits_fn *tl_bits_way(unsigned rank);
/* The same for the end of a text: of n <= TL_BITS_BYTES bytes; the bits behind them are 0. */
void tl_bits_tail(tl_bits_fn *way, const char *p, size_t n, struct tl_bits *out);

/* Which bytes a backslash escapes. *carry is whether the first byte is such a one, and then the same for the
 * byte behind the last. Every backslash that is not itself escaped escapes what follows, so runs of them
 * alternate. */
static inline uint64_t tl_bits_escaped(uint64_t slash, bool *carry)
{
    const uint64_t even = UINT64_C(0x5555555555555555);
    uint64_t first = *carry;
    if (!slash) {
        *carry = false;
        return first;
    }
    slash &= ~first;
    uint64_t follows = slash << 1 | first;
    uint64_t odd_starts = slash & ~even & ~follows, ends;
    *carry = __builtin_add_overflow(odd_starts, slash, &ends);
    return (even ^ (ends << 1)) & follows;
}

/* Bit i is the parity of the bits up to i: of unescaped quotes it is set from each opening one to before its
 * closing one. */
static inline uint64_t tl_bits_parity(uint64_t quote)
{
    for (unsigned i = 1; i < 64; i *= 2)
        quote ^= quote << i;
    return quote;
}

#endif
