/* json: the one reader of JSON. Bytes to values, each with its place in the text; which of them are wanted is
 * not its business. Its names start with js_.
 *
 * It validates as it goes (RFC 8259, UTF-8, depth <= TL_JSON_DEPTH_MAX) and never recurses or allocates: a
 * value is a slice of the text. Numbers stay text. Of two members with one key the last one counts, as in
 * jansson.
 */
#ifndef TRAILLOOP_JSON_H
#define TRAILLOOP_JSON_H

#include "trailloop/base.h"

enum js_type { JS_NONE, JS_STRING, JS_NUMBER, JS_TRUE, JS_FALSE, JS_NULL, JS_OBJECT, JS_ARRAY };

/* An object proved valid 64 bytes at a time, and where its quotes, brackets and members are. The scanner is
 * the judge of what is valid and says why it is not. The index only knows the good case, which is nearly
 * every record: compact JSON, no more than 64 levels deep. Of such a text it proves all that the scanner
 * would, and the scanner then passes over strings and containers by the index instead of by bytes. Whatever
 * it cannot prove is left to the scanner. {0} is an empty one. */
struct js_index {
    const char *text;            /* borrowed from whoever built it last */
    size_t n_bytes;              /* of the object */
    struct js_index_word *words; /* owned */
    uint32_t *members; /* owned: the places of the quotes that open the object's own keys, without those of
                          objects in it */
    size_t n_members, cap, cap_members;
    bool has_slash; /* a backslash is somewhere in the object */
};

void js_index_fini(struct js_index *x);
/* True when `text` is proved to start with an object, and that one to be valid: x->n_bytes says how long it
 * is, and the index then serves every part of it. False when that is not known. What is behind the object is
 * not looked at. *r is TL_ENOMEM or 0. */
bool js_index_build(struct js_index *x, tl_str text, int *r);

struct js_value {
    enum js_type type;
    bool escaped; /* a string that holds a backslash */
    tl_str raw;   /* a string without its quotes, anything else whole; borrowed from the text */
    const struct js_index *index; /* of an object or array: its text's, or NULL */
};

struct js {
    const char *p, *end;
    const char *why;              /* NULL while all is well; else static text, and p is where */
    const struct js_index *index; /* of a text that is proved valid, or NULL: then every byte is looked at */
};

/* Each returns false when the text is not valid there; `why` and `p` then say what and where. White space
 * before a value is passed over. `depth` is how many containers are open around it. */
bool js_read_value(struct js *j, unsigned depth, struct js_value *out);
/* To read again what is in an object or array that was read: starts at its bracket. */
struct js js_inside(struct js_value v);
/* To be at the end of the text, but for white space. */
bool js_read_end(struct js *j);

/* Opens the object or array that comes next; JS_NONE when it is neither (nothing is then passed over). */
enum js_type js_open(struct js *j);
/* True with the key, and the member's value comes next; false after the last one, or when `why` is set.
 * `*first` is true before the first call. */
bool js_next_member(struct js *j, bool *first, struct js_value *key);
bool js_next_element(struct js *j, bool *first);
/* The type of the value that comes next, told by its first byte; JS_NONE at the end. */
enum js_type js_peek(struct js *j);

bool js_is_utf8(tl_str text);

/* The text of a string without its escapes; `out` has room for raw.n bytes. A lone surrogate becomes U+FFFD.
 * Returns the bytes written. */
size_t js_unescape(tl_str raw, char *out);

/* Member `key` of an object that was read before; its first letter may be in either case: the spelling of
 * several APIs is not known from a real record. JS_NONE when `object` is no object or has none. */
struct js_value js_get(struct js_value object, tl_str key);
/* Whether a key as written in the text is `want`, whatever is escaped in it. `any_case` is for the first
 * letter. */
bool js_key_is(struct js_value key, tl_str want, bool any_case);

#endif
