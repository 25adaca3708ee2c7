/* The proof, in the order of its claims. Strings: no control character, no bad escape, UTF-8. Brackets: each
 * closes its own kind, and the last byte closes the first. Between strings: no byte that is not a bracket,
 * comma, colon, number or word, so no white space either. Neighbours: what stands before each token is what
 * the grammar lets stand there; for a comma that hangs on whether it is in an object or in an array, which
 * changes at brackets only. With a token's first byte as one bit, all neighbours of 64 bytes are checked by a
 * few shifts.
 *
 * That is the whole grammar of RFC 8259 for compact text: in an object, a key follows { and each comma, a
 * colon follows exactly the keys, a value each colon; in an array a value follows each comma, and at most [ ;
 * closing brackets follow no comma and no colon.
 *
 * This file is compiled once for each way (meson.build): the loop is where reading spends its time, and all
 * of it, not the maps alone, gains by the instructions for single bits that come with AVX2. */
#include "index.h"
#include "maps.h"

/* Of the 64 levels of the bit stack one is the text's own. */
#define LEVELS_MAX 63

/* The most keys that can start in 64 bytes: the shortest member is `"":0,`, of five. */
#define KEYS_MAX ((size_t)TL_BITS_BYTES / 5 + 1)

/* What the next 64 bytes need to know of those before; of a map, its highest bit as the lowest. */
struct proof {
    tl_str text;
    uint64_t within; /* all ones inside a string */
    bool escaped;
    uint64_t key_string;                               /* that string is a key */
    uint64_t key_closed, opened, comma, colon, scalar; /* what the last byte was, or was part of */
    uint64_t levels; /* a bit per open bracket, the innermost lowest: { rather than [ */
    unsigned depth;
    uint64_t slash, high; /* any backslash; any byte that is not ASCII */
};

static inline bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* Whether each of the marked bytes is one that a backslash may stand before. */
static inline bool escapes_are_good(const struct proof *f, size_t at, uint64_t escaped)
{
    for (; escaped; escaped &= escaped - 1) {
        size_t i = at + lowest(escaped);
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

/* The end of a word, or of an integer without a sign, which is what nearly all are; else NULL. */
static inline const char *short_scalar_end(const char *p, const char *end)
{
    if (end - p < 6)
        return NULL;
    if (*p >= '1' && *p <= '9') {
        while (p < end && *p >= '0' && *p <= '9')
            p++;
        return p;
    }
    if (memcmp(p, "true", 4) == 0 || memcmp(p, "null", 4) == 0)
        return p + 4;
    return memcmp(p, "false", 5) == 0 ? p + 5 : *p == '0' ? p + 1 : NULL;
}

static inline bool ends_scalar(const char *p, const char *end)
{
    return p < end && (*p == ',' || *p == '}' || *p == ']');
}

/* Whether a number or word begins at each of the marked bytes, and a comma or closing bracket ends it. */
static inline bool scalars_are_good(const struct proof *f, size_t at, uint64_t starts)
{
    const char *end = f->text.p + f->text.n;
    for (; starts; starts &= starts - 1) {
        struct js j = {f->text.p + at + lowest(starts), end, NULL, NULL};
        struct js_value ignored;
        const char *p = short_scalar_end(j.p, end);
        if (p && ends_scalar(p, end))
            continue;
        if (!js_read_value(&j, 1, &ignored) || !ends_scalar(j.p, end))
            return false;
    }
    return true;
}

/* What the brackets of 64 bytes say. */
struct nesting {
    uint64_t in_object; /* the bytes before which the innermost open bracket is a brace */
    uint64_t at_top;    /* those before which it is the first one */
    uint64_t there;     /* those up to the bracket that closes the first one; all, where it stays open */
};

static inline bool follow_brackets(struct proof *f, size_t at, uint64_t open, uint64_t close,
                                   struct nesting *n)
{
    uint64_t all = open | close, levels = f->levels;
    unsigned depth = f->depth;
    n->in_object = levels & 1 ? UINT64_MAX : 0;
    n->at_top = depth == 1 ? UINT64_MAX : 0;
    n->there = UINT64_MAX;
    for (; all; all &= all - 1) {
        unsigned k = lowest(all);
        uint64_t brace = f->text.p[at + k] >> 5 & 1; /* { and } are 0x20 above [ and ] */
        uint64_t behind = ~UINT64_C(1) << k;
        if (open & all & -all) {
            if (depth++ == LEVELS_MAX)
                return false;
            levels = levels << 1 | brace;
        } else {
            if ((levels & 1) != brace)
                return false;
            levels >>= 1;
            if (--depth == 0) {
                n->there = ~behind;
                break;
            }
        }
        n->in_object = (n->in_object & ~behind) | (levels & 1 ? behind : 0);
        n->at_top = (n->at_top & ~behind) | (depth == 1 ? behind : 0);
    }
    f->levels = levels;
    f->depth = depth;
    return true;
}

/* `map` moved by a byte, behind *last, which becomes its last bit. */
static inline uint64_t follow(uint64_t map, uint64_t *last)
{
    uint64_t moved = map << 1 | *last;
    *last = map >> 63;
    return moved;
}

/* The closing quotes of the keys, whose opening ones are given: adding those to the strings' bits carries
 * through each string to the bit behind it. */
static inline uint64_t close_keys(struct proof *f, uint64_t within, uint64_t key_open)
{
    uint64_t sum;
    bool carry = __builtin_add_overflow(within, key_open, &sum);
    carry |= __builtin_add_overflow(sum, f->key_string, &sum);
    f->key_string = carry;
    return sum & ~within;
}

/* Keeps the places of the keys and returns the place behind them. Mostly there are none, one or two: two are
 * written whatever there is, as a count that cannot be predicted costs more than to write in vain. */
static inline uint32_t *keep_members(uint32_t *out, size_t at, uint64_t keys)
{
    uint32_t *behind = out + __builtin_popcountll(keys);
    for (unsigned i = 0; i < 2; i++, keys &= keys - 1)
        out[i] = (uint32_t)(at + lowest(keys));
    for (unsigned i = 2; keys; i++, keys &= keys - 1)
        out[i] = (uint32_t)(at + lowest(keys));
    return behind;
}

/* The 64 bytes at `at`, whose maps are in *b. */
static inline bool prove(struct proof *f, size_t at, struct tl_bits *b, struct js_index_word *word,
                         uint32_t **members)
{
    struct nesting n;
    uint64_t escaped = tl_bits_escaped(b->slash, &f->escaped);
    uint64_t quotes = b->quote & ~escaped, within = parity(quotes) ^ f->within, outside = ~within;
    if (!follow_brackets(f, at, b->open & outside, b->close & outside, &n))
        return false;
    f->within = within >> 63 ? UINT64_MAX : 0;
    if (f->depth == 0) { /* the object's last bytes */
        outside &= n.there;
        quotes &= n.there;
        escaped &= n.there;
        b->control &= n.there;
    }
    uint64_t open = b->open & outside, close = b->close & outside;
    uint64_t comma = b->comma & outside, colon = b->colon & outside;
    uint64_t scalar = outside & ~(quotes | open | close | comma | colon);
    uint64_t behind_open = follow(open, &f->opened), behind_comma = follow(comma, &f->comma);
    uint64_t behind_colon = follow(colon, &f->colon), begins = behind_open | behind_comma;
    uint64_t key_due = begins & n.in_object, value_due = behind_colon | (begins & ~n.in_object);
    uint64_t scalar_starts = scalar & ~follow(scalar, &f->scalar);
    uint64_t opening = quotes & within, keys = opening & key_due;
    uint64_t bad = b->control | (opening & ~(key_due | value_due)) | ((open | scalar_starts) & ~value_due) |
                   (comma & (begins | behind_colon)) | (close & (behind_comma | behind_colon)) |
                   (colon ^ follow(close_keys(f, within, keys), &f->key_closed));
    *word = (struct js_index_word){quotes, open, close};
    *members = keep_members(*members, at, keys & n.at_top);
    return !bad && escapes_are_good(f, at, escaped) && scalars_are_good(f, at, scalar_starts);
}

/* Room for all the words of a text, and the keys in them. 0 or TL_ENOMEM. */
static int make_room(struct js_index *x, size_t n_words)
{
    int r = tl_grow(&x->words, &x->cap, n_words, sizeof *x->words);
    return r ? r : tl_grow(&x->members, &x->cap_members, n_words * KEYS_MAX, sizeof *x->members);
}

static bool build(struct js_index *x, tl_str text, int *r)
{
    struct proof f = {.text = text, .colon = 1}; /* as if one were before it: a value is due */
    *r = 0;
    if (text.n == 0 || text.p[0] != '{' || text.n > UINT32_MAX)
        return false;
    if ((*r = make_room(x, (text.n + TL_BITS_BYTES - 1) / TL_BITS_BYTES)))
        return false;
    struct js_index_word *word = x->words;
    uint32_t *members = x->members;
    size_t at = 0;
    do {
        struct tl_bits b;
        char tail[TL_BITS_BYTES];
        const char *p = text.p + at;
        if (at + TL_BITS_BYTES > text.n) {
            if (at >= text.n)
                return false;
            memset(tail, ' ', sizeof tail); /* which is neither in a string nor out of one in compact JSON */
            p = memcpy(tail, p, text.n - at);
        }
        make_maps(p, &b);
        f.slash |= b.slash;
        f.high |= b.high;
        if (!prove(&f, at, &b, word++, &members))
            return false;
        at += TL_BITS_BYTES;
    } while (f.depth > 0);
    x->text = text.p;
    x->n_bytes = at - (size_t)__builtin_clzll(word[-1].close);
    x->n_members = (size_t)(members - x->members);
    x->has_slash = f.slash != 0;
    return !f.high || js_is_utf8(tl_str_sub(text, 0, x->n_bytes));
}

const struct js_way JS_WAY = {make_maps, build};
