/* verify, inside: what its files share. The way of the data: files are read (read.c), digests among them are
 * parsed (document.c), and what both say goes to two sorted lists; one is walked chain by chain (chain.c),
 * the other name by name (logs.c). */
#ifndef TRAILLOOP_VERIFY_INTERNAL_H
#define TRAILLOOP_VERIFY_INTERNAL_H

#include "sorter.h"
#include "trailloop/digest.h"
#include "trailloop/verify.h"

#define HEX_BYTES 64 /* of a SHA-256 */

/* ---- document.c: the text of a digest file ----------------------------------------------------- */

struct digest { /* texts in the arena that it was read with; without NUL, so that they can be fields of lines
                 */
    tl_str account, bucket, object, end_text, fingerprint;
    tl_str previous_object, previous_sha256, previous_signature; /* empty: null */
    int64_t start_s, end_s;
};
/* What is told of each log file it names. 0 to go on. */
typedef int digest_log_fn(void *ctx, tl_str object, tl_str sha256);

enum { DIGEST_BAD = 1 };
/* 0, TL_ENOMEM, or DIGEST_BAD with the reason in `why`. */
int digest_read(tl_str text, struct tl_arena *arena, struct digest *out, tl_str *why, struct tl_err *err);
/* To be called for a text that was read well. */
int digest_each_log(tl_str text, struct tl_arena *arena, digest_log_fn *fn, void *ctx, struct tl_err *err);

/* What the key of a digest says. */
struct digest_name {
    tl_str region, trail; /* empty when it is no such name */
    tl_str directory;     /* without the date */
    tl_str stem;          /* of the file's name: all but the time */
    bool backfill;
};
struct digest_name digest_name_of(tl_str object);

/* The last part of a key or path, without `.gz`: by it a file is known, packed or not. */
tl_str file_key(tl_str path);
/* The account, region and time in the name of a log file. False when it is no such name. */
bool log_name_of(tl_str key, tl_str *account, tl_str *region, int64_t *time_s);

/* ---- keys.c: keys and signatures that the user gives ------------------------------------------- */

struct keys {
    struct tl_rsa **items;
    size_t n, cap;
};
struct given_signature {
    const char *path;
    tl_str bytes; /* in the arena */
    bool fits;    /* some digest */
};
int keys_load(struct keys *k, const char *const *paths, size_t n, struct tl_err *err);
void keys_fini(struct keys *k);
int signatures_load(struct given_signature *out, const char *const *paths, size_t n, struct tl_arena *arena,
                    struct tl_err *err);
/* Hex to bytes; an empty slice when it is not. 0 or TL_ENOMEM. */
int bytes_of_hex(tl_str hex, struct tl_arena *arena, tl_str *out);

/* ---- the work ---------------------------------------------------------------------------------- */

struct range { /* of time that digests cover without a gap */
    tl_str account, region;
    int64_t start_s, end_s;
    bool starts; /* nothing was to be covered before it */
};

struct work {
    const struct tl_verify_options *o;
    struct tl_verify *v;
    struct tl_err *err;
    struct keys keys;
    struct given_signature *signatures;
    size_t cap_chains, cap_problems;
    struct sorter digests; /* see chain.c */
    struct sorter names;   /* see logs.c */
    struct range *ranges;
    size_t n_ranges, cap_ranges;
    tl_str *void_digests; /* hashes of digests that are not right; sorted once the chains were walked */
    size_t n_void, cap_void;
};

/* Fields of a line, with a NUL between. */
int line_add(struct sorter *s, const tl_str *fields, size_t n, struct tl_err *err);
/* The same apart; missing ones are empty. */
void line_split(tl_str line, tl_str *fields, size_t n);
/* A time as text that sorts as it does. */
#define TIME_KEY_BYTES 17
tl_str time_key(int64_t t_s, char out[TIME_KEY_BYTES]);
int64_t time_of_key(tl_str key);

/* Reads every file under the paths; fills both lists. */
int read_files(struct work *w);
int walk_chains(struct work *w);
int walk_names(struct work *w);

/* The texts of `p` are copied. */
int add_problem(struct work *w, const struct tl_verify_problem *p);

#endif
