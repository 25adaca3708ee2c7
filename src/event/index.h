/* index: one text proved valid 64 bytes at a time, and where its quotes and brackets are.
 *
 * The scanner (json.h) is the judge of what is valid and says why it is not. The index only knows the good
 * case, which is nearly every record: compact JSON, no more than 64 levels deep. Of such a text it proves all
 * that the scanner would, and the scanner then passes over strings and containers by the index instead of by
 * bytes. Whatever it cannot prove is left to the scanner. */
#ifndef TRAILLOOP_EVENT_INDEX_H
#define TRAILLOOP_EVENT_INDEX_H

#include "trailloop/base.h"
#include "trailloop/bits.h"

/* Of 64 bytes: quotes that no backslash escapes, and brackets outside strings. */
struct js_index_word {
    uint64_t quotes, open, close;
};

struct js_index {
    const char *text;            /* borrowed from whoever built it last */
    struct js_index_word *words; /* owned */
    size_t n, cap;
    bool has_slash; /* a backslash is somewhere in the text */
};

void js_index_fini(struct js_index *x);
/* True when `text` is proved to be one object and valid; the index then serves every part of it. False when
 * that is not known. *r is TL_ENOMEM or 0. */
bool js_index_build(struct js_index *x, tl_str text, int *r);

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
