/* index: where the index (json.h) says that strings and containers end, and the ways it can be built in. */
#ifndef TRAILLOOP_JSON_INDEX_H
#define TRAILLOOP_JSON_INDEX_H

#include "trailloop/bits.h"
#include "trailloop/json.h"

/* Of 64 bytes: quotes that no backslash escapes, and brackets outside strings. */
struct js_index_word {
    uint64_t quotes, open, close;
};

/* What is made for each set of instructions: the whole loop, so that nothing in it is a call. */
struct js_way {
    tl_bits_fn *maps;
    bool (*build)(struct js_index *x, tl_str text, int *r); /* js_index_build */
};

/* The ways that this machine has, the fastest first, plain C last; NULL behind it. */
const struct js_way *js_way(unsigned rank);

/* The closing quote of the string that opens at `quote`. */
static inline const char *js_index_string_end(const struct js_index *x, const char *quote)
{
    size_t at = (size_t)(quote - x->text), i = at / TL_BITS_BYTES;
    uint64_t left = x->words[i].quotes & (~UINT64_C(1) << at % TL_BITS_BYTES);
    while (!left)
        left = x->words[++i].quotes;
    return x->text + i * TL_BITS_BYTES + __builtin_ctzll(left);
}
/* The bracket that closes the one at `bracket`. */
const char *js_index_container_end(const struct js_index *x, const char *bracket);

#endif
