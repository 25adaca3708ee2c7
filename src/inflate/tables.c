/* The tables of codes that a block of deflate data begins with (RFC 1951, 3.2.7), looked at before a fast
 * library is given the data: of most files the first block is the only one. */
#include "engine.h"

enum {
    N_LENGTH_CODES = 19,
    LENGTH_BITS_MAX = 7,
    N_LITERALS_MIN = 257,
    N_LITERALS_MAX = 286,
    N_DISTANCES_MAX = 30
};

struct bits {
    const unsigned char *p;
    size_t n, at; /* in bits; `at` may go past the end, where all bits are 0 */
};

static unsigned peek(const struct bits *b, unsigned n)
{
    size_t byte = b->at / 8;
    unsigned v = 0;
    for (unsigned i = 0; i < 3 && byte + i < b->n / 8; i++)
        v |= (unsigned)b->p[byte + i] << (8 * i);
    return v >> (b->at % 8) & ((1u << n) - 1);
}

static unsigned take(struct bits *b, unsigned n)
{
    unsigned v = peek(b, n);
    b->at += n;
    return v;
}

/* True when codes of these lengths leave no pattern of bits without a meaning, and give none two. */
static bool is_complete(const uint8_t *lengths, size_t n)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += lengths[i] ? (1u << 15) >> lengths[i] : 0;
    return sum == 1u << 15;
}

/* For each next 7 bits, the symbol they start with and its length: codes come with their first bit first.
 * `lengths` are complete. */
static void make_table(const uint8_t lengths[N_LENGTH_CODES], uint8_t symbols[1 << LENGTH_BITS_MAX])
{
    unsigned next = 0; /* codes count from their last bit, the highest here */
    for (unsigned length = 1; length <= LENGTH_BITS_MAX; length++)
        for (unsigned s = 0; s < N_LENGTH_CODES; s++)
            for (unsigned i = lengths[s] == length ? 1u << (LENGTH_BITS_MAX - length) : 0; i > 0; i--) {
                unsigned bit = 1u << (LENGTH_BITS_MAX - 1);
                symbols[next] = (uint8_t)s;
                while (next & bit) {
                    next ^= bit;
                    bit >>= 1;
                }
                next |= bit;
            }
}

/* Reads the lengths of `n` codes. False when they are no such. */
static bool read_lengths(struct bits *b, const uint8_t lengths_of[N_LENGTH_CODES], uint8_t *out, size_t n)
{
    uint8_t symbols[1 << LENGTH_BITS_MAX];
    make_table(lengths_of, symbols);
    for (size_t i = 0; i < n;) {
        uint8_t s = symbols[peek(b, LENGTH_BITS_MAX)], value = 0;
        size_t times = 1;
        b->at += lengths_of[s];
        if (s < 16)
            value = s;
        else if (s == 16 && i > 0) {
            value = out[i - 1];
            times = 3 + take(b, 2);
        } else if (s == 16)
            return false;
        else
            times = s == 17 ? 3 + take(b, 3) : 11 + take(b, 7);
        if (times > n - i)
            return false;
        while (times-- > 0)
            out[i++] = value;
    }
    return b->at <= b->n;
}

bool engine_has_plain_tables(const unsigned char *p, size_t n)
{
    static const uint8_t order[N_LENGTH_CODES] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                  11, 4,  12, 3, 13, 2, 14, 1, 15};
    struct bits b = {p, n * 8, 1};
    if (take(&b, 2) != 2)
        return true; /* it brings no tables */
    unsigned n_literals = N_LITERALS_MIN + take(&b, 5), n_distances = 1 + take(&b, 5);
    unsigned n_lengths = 4 + take(&b, 4);
    uint8_t lengths_of[N_LENGTH_CODES] = {0}, lengths[N_LITERALS_MAX + N_DISTANCES_MAX];
    if (n_literals > N_LITERALS_MAX || n_distances > N_DISTANCES_MAX)
        return false;
    for (unsigned i = 0; i < n_lengths; i++)
        lengths_of[order[i]] = (uint8_t)take(&b, 3);
    return is_complete(lengths_of, N_LENGTH_CODES) &&
           read_lengths(&b, lengths_of, lengths, n_literals + n_distances) &&
           is_complete(lengths, n_literals) && is_complete(lengths + n_literals, n_distances);
}
