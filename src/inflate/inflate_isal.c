/* ISA-L behind the engine's interface: some three times as fast as zlib. It does not judge: a table of codes
 * that is incomplete is good enough for it, where zlib refuses it at once. Mostly that shows in a wrong CRC.
 * Where the code that is missing is one that the data do not use it would not show at all: so the tables of a
 * member's first block, which is the only one of a small file, are looked at here, and whatever is odd about
 * them is left to zlib. */
#include "engine.h"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <stdlib.h>

struct isal {
    bool begun; /* the member's first block was looked at */
    struct inflate_state state;
};

/* ---- the first block's tables (RFC 1951, 3.2.7) ----------------------------------------------- */

enum { N_LENGTH_CODES = 19, LENGTH_BITS_MAX = 7, N_LITERALS_MIN = 257, N_CODES_MAX = 320 };

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

/* False when a block at `p` is not for ISA-L alone: its tables are odd, or not all there. */
static bool has_plain_tables(const unsigned char *p, size_t n)
{
    static const uint8_t order[N_LENGTH_CODES] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                  11, 4,  12, 3, 13, 2, 14, 1, 15};
    struct bits b = {p, n * 8, 1};
    if (take(&b, 2) != 2)
        return true; /* it brings no tables */
    unsigned n_literals = N_LITERALS_MIN + take(&b, 5), n_distances = 1 + take(&b, 5);
    unsigned n_lengths = 4 + take(&b, 4);
    uint8_t lengths_of[N_LENGTH_CODES] = {0}, lengths[N_CODES_MAX];
    for (unsigned i = 0; i < n_lengths; i++)
        lengths_of[order[i]] = (uint8_t)take(&b, 3);
    if (!is_complete(lengths_of, N_LENGTH_CODES) ||
        !read_lengths(&b, lengths_of, lengths, n_literals + n_distances))
        return false;
    const uint8_t *distances = lengths + n_literals;
    unsigned n_used = 0, n_ones = 0; /* one distance alone is given a code of one bit, none is given none */
    for (unsigned i = 0; i < n_distances; i++) {
        n_used += distances[i] > 0;
        n_ones += distances[i] == 1;
    }
    bool few = n_used == 0 || (n_used == 1 && n_ones == 1);
    return is_complete(lengths, n_literals) && (few || is_complete(distances, n_distances));
}

/* ---- the engine ------------------------------------------------------------------------------- */

static void *isal_new(void)
{
    struct isal *s = calloc(1, sizeof *s);
    if (s)
        isal_inflate_init(&s->state);
    return s;
}

static void isal_free(void *state)
{
    free(state);
}

static void isal_reset(void *state)
{
    struct isal *s = state;
    s->begun = false;
    isal_inflate_reset(&s->state);
}

static int isal_run(void *state, struct engine_io *io)
{
    struct isal *of = state;
    struct inflate_state *s = &of->state;
    if (!of->begun && !has_plain_tables(io->in, io->in_n))
        return ENGINE_BAD;
    of->begun = true;
    s->next_in = (uint8_t *)(uintptr_t)io->in; /* written to by no one, only declared so */
    s->avail_in = (uint32_t)io->in_n;
    s->next_out = io->out;
    s->avail_out = (uint32_t)io->out_n;
    int r = isal_inflate(s);
    *io = (struct engine_io){s->next_in, s->avail_in, s->next_out, s->avail_out};
    if (r < 0 || r == ISAL_NEED_DICT)
        return ENGINE_BAD;
    if (s->block_state != ISAL_BLOCK_FINISH)
        return 0;
    if (s->read_in_length > 0) { /* whole bytes in its bit buffer belong to what follows */
        size_t back = (size_t)s->read_in_length / 8;
        io->in -= back;
        io->in_n += back;
    }
    return ENGINE_END;
}

static uint32_t isal_crc(uint32_t crc, const void *bytes, size_t n)
{
    return crc32_gzip_refl(crc, bytes, n);
}

const struct engine tl_engine_isal = {
    .judges = false,
    .new = isal_new,
    .free = isal_free,
    .reset = isal_reset,
    .run = isal_run,
    .crc = isal_crc,
};
