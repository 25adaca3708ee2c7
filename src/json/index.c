/* The proof, in the order of its claims. Strings: no control character, no bad escape, UTF-8. Brackets: each
 * closes its own kind, and the last byte closes the first. Between strings: no byte that is not a bracket,
 * comma, colon, number or word, so no white space either. Neighbours: what stands before each token is what
 * the grammar lets stand there; for a comma that hangs on whether it is in an object or in an array, which
 * changes at brackets only. With a token's first byte as one bit, all neighbours of 64 bytes are checked by a
 * few shifts.
 *
 * That is the whole grammar of RFC 8259 for compact text: in an object, a key follows { and each comma, a
 * colon follows exactly the keys, a value each colon; in an array a value follows each comma, and at most [ ;
 * closing brackets follow no comma and no colon. */
#include "index.h"

#include <stdlib.h>
#include <string.h>

/* Of the 64 levels of the bit stack one is the text's own. */
#define LEVELS_MAX 63

/* What the next 64 bytes need to know of those before: a bit each, as the lowest of a map. */
struct proof {
    tl_str text;
    uint64_t within; /* all ones inside a string */
    bool escaped;
    uint64_t key_string;         /* that string is a key */
    uint64_t key_closed;         /* the last byte closed a key */
    uint64_t key_due, value_due; /* after the last byte a key or value may come, */
    uint64_t no_end, no_close;   /* but no comma; but no closing bracket */
    uint64_t scalar;             /* the last byte was of a number or word */
    uint64_t levels;             /* a bit per open bracket, the innermost lowest: { rather than [ */
    unsigned depth;
    bool closed;   /* the first bracket was closed by the last byte of all */
    uint64_t high; /* any byte that is not ASCII */
};

void js_index_fini(struct js_index *x)
{
    free(x->words);
    *x = (struct js_index){0};
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* Whether each of the marked bytes is one that a backslash may stand before. */
static bool escapes_are_good(const struct proof *f, size_t at, uint64_t escaped)
{
    for (; escaped; escaped &= escaped - 1) {
        size_t i = at + (size_t)__builtin_ctzll(escaped);
        if (i >= f->text.n)
            return false;
        const char *p = f->text.p + i;
        if (*p == 'u') {
            if (f->text.n - i < 5 || !is_hex(p[1]) || !is_hex(p[2]) || !is_hex(p[3]) || !is_hex(p[4]))
                return false;
        } else if (!memchr("\"\\/bfnrt", *p, 8)) {
            return false;
        }
    }
    return true;
}

/* Whether a number or word begins at each of the marked bytes, and a comma or closing bracket ends it. */
static bool scalars_are_good(const struct proof *f, size_t at, uint64_t starts)
{
    const char *end = f->text.p + f->text.n;
    for (; starts; starts &= starts - 1) {
        struct js j = {f->text.p + at + (size_t)__builtin_ctzll(starts), end, NULL};
        struct js_value ignored;
        if (!js_read_value(&j, 1, &ignored) || j.p == end || !(*j.p == ',' || *j.p == '}' || *j.p == ']'))
            return false;
    }
    return true;
}

/* Follows the brackets. *in_object gets a bit for each byte after which the innermost open one is a brace. */
static bool follow_brackets(struct proof *f, size_t at, uint64_t open, uint64_t close, uint64_t *in_object)
{
    uint64_t all = open | close, object = f->levels & 1 ? UINT64_MAX : 0;
    for (; all; all &= all - 1) {
        unsigned k = (unsigned)__builtin_ctzll(all);
        uint64_t brace = f->text.p[at + k] >> 5 & 1; /* { and } are 0x20 above [ and ] */
        if (open >> k & 1) {
            if (f->depth++ == LEVELS_MAX)
                return false;
            f->levels = f->levels << 1 | brace;
        } else {
            if (f->depth == 0 || (f->levels & 1) != brace)
                return false;
            f->levels >>= 1;
            if (--f->depth == 0 && at + k + 1 != f->text.n)
                return false;
            f->closed = f->depth == 0;
        }
        uint64_t before = (UINT64_C(1) << k) - 1;
        object = (object & before) | (f->levels & 1 ? ~before : 0);
    }
    *in_object = object;
    return true;
}

/* `map` moved by a byte, behind *last, which becomes its last bit. */
static uint64_t follow(uint64_t map, uint64_t *last)
{
    uint64_t moved = map << 1 | *last;
    *last = map >> 63;
    return moved;
}

/* The closing quotes of the keys, whose opening ones are given: adding those to the strings' bits carries
 * through each string to the bit behind it. */
static uint64_t close_keys(struct proof *f, uint64_t within, uint64_t key_open)
{
    uint64_t sum;
    bool carry = __builtin_add_overflow(within, key_open, &sum);
    carry |= __builtin_add_overflow(sum, f->key_string, &sum);
    f->key_string = carry;
    return sum & ~within;
}

/* The 64 bytes at `at`; `there` marks those that are not behind the text's end. */
static bool prove(struct proof *f, size_t at, const struct tl_bits *b, uint64_t there,
                  struct js_index_word *word)
{
    uint64_t escaped = tl_bits_escaped(b->slash, &f->escaped), in_object;
    uint64_t quotes = b->quote & ~escaped, within = tl_bits_parity(quotes) ^ f->within;
    uint64_t open = b->open & ~within, close = b->close & ~within;
    uint64_t comma = b->comma & ~within, colon = b->colon & ~within;
    f->within = within >> 63 ? UINT64_MAX : 0;
    f->high |= b->high;
    if (!follow_brackets(f, at, open, close, &in_object))
        return false;
    uint64_t scalar = ~(within | quotes | open | close | comma | colon) & there;
    uint64_t scalar_starts = scalar & ~follow(scalar, &f->scalar);
    uint64_t begins = open | comma, opening = quotes & within;
    uint64_t key_due = follow(begins & in_object, &f->key_due);
    uint64_t value_due = follow(colon | (begins & ~in_object), &f->value_due);
    uint64_t key_closed = close_keys(f, within, opening & key_due);
    uint64_t bad = (b->control & within) | (opening & ~(key_due | value_due)) |
                   ((open | scalar_starts) & ~value_due) | (comma & follow(begins | colon, &f->no_end)) |
                   (close & follow(comma | colon, &f->no_close)) |
                   (colon ^ follow(key_closed, &f->key_closed));
    *word = (struct js_index_word){quotes, open, close};
    return !bad && escapes_are_good(f, at, escaped) && scalars_are_good(f, at, scalar_starts);
}

bool js_index_build(struct js_index *x, tl_str text, int *r)
{
    struct proof f = {.text = text, .value_due = 1};
    tl_bits_fn *way = tl_bits_way(0);
    x->text = text.p;
    x->n = (text.n + TL_BITS_BYTES - 1) / TL_BITS_BYTES;
    x->has_slash = false;
    *r = tl_grow(&x->words, &x->cap, x->n, sizeof *x->words);
    if (*r || text.n == 0 || text.p[0] != '{')
        return false;
    for (size_t i = 0; i < x->n; i++) {
        struct tl_bits b;
        size_t at = i * TL_BITS_BYTES, left = text.n - at;
        if (left >= TL_BITS_BYTES)
            way(text.p + at, &b);
        else
            tl_bits_tail(way, text.p + at, left, &b);
        x->has_slash |= b.slash != 0;
        if (!prove(&f, at, &b, left >= TL_BITS_BYTES ? UINT64_MAX : (UINT64_C(1) << left) - 1, &x->words[i]))
            return false;
    }
    return f.closed && (!f.high || js_is_utf8(text));
}

const char *js_index_container_end(const struct js_index *x, const char *bracket)
{
    size_t at = (size_t)(bracket - x->text), i = at / TL_BITS_BYTES;
    uint64_t from = UINT64_MAX << at % TL_BITS_BYTES;
    for (size_t depth = 0;; i++, from = UINT64_MAX) {
        const struct js_index_word *w = &x->words[i];
        for (uint64_t left = (w->open | w->close) & from; left; left &= left - 1) {
            depth += w->open & left & -left ? 1 : SIZE_MAX;
            if (depth == 0)
                return x->text + i * TL_BITS_BYTES + __builtin_ctzll(left);
        }
    }
}
