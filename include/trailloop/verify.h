/* verify: CloudTrail's digest files against the files of a dump, offline.
 *
 * Every hour CloudTrail delivers a digest: the names and SHA-256 of the log files of that hour, the name and
 * SHA-256 of the digest before it, and that one's signature (CloudTrail user guide, "Digest file structure"
 * and "Custom implementations of log file integrity validation"). All hashes are of uncompressed content, so
 * that it does not matter whether a file is kept as .gz or unpacked. A digest's own signature is in no file
 * but the next digest; the newest one's is only in the metadata of its S3 object.
 *
 * What a digest names is looked for among the files under the given paths, by the last part of its S3 key; no
 * name from a file is ever opened. Memory is bounded, however many files there are: lists are sorted in a
 * temporary file.
 */
#ifndef TRAILLOOP_VERIFY_H
#define TRAILLOOP_VERIFY_H

#include "trailloop/base.h"

struct tl_verify_options {
    const char *const *paths; /* borrowed, as all of these */
    size_t n_paths;
    /* Files with a public key each: PKCS #1 or SubjectPublicKeyInfo, as DER, base64 or PEM; or what `aws
     * cloudtrail list-public-keys` printed, with any number of them. */
    const char *const *keys;
    size_t n_keys;
    /* Files with the signature of some chain's newest digest, in hex. */
    const char *const *signatures;
    size_t n_signatures;
    bool (*go_on)(
        void *ctx); /* asked before each file and while reading; false: stop (TL_ESIGNAL). May be NULL */
    void *ctx;
};

enum tl_verify_kind {
    TL_VERIFY_MISSING,      /* named by a digest, and not here */
    TL_VERIFY_ALTERED,      /* here, with a content that is not the one that was signed for */
    TL_VERIFY_EXTRA,        /* a log file that no digest names, though digests cover its time */
    TL_VERIFY_UNVERIFIABLE, /* nothing that is here and right speaks for it */
    TL_VERIFY_GAP,          /* a time, inside a chain, for which there is no digest */
    TL_VERIFY_N_KINDS
};
const char *tl_verify_kind_name(enum tl_verify_kind k); /* static: "missing" ... */

struct tl_verify_problem { /* texts are in the result's arena; empty where there is none */
    enum tl_verify_kind kind;
    bool digest;   /* of a digest file or their chain; else of a log file */
    tl_str file;   /* as typed, and what lies below that */
    tl_str object; /* its key in S3 */
    tl_str why;
    int64_t from_s, to_s; /* of a gap */
};

/* The digests of one trail for one region: each names the one before it. */
struct tl_verify_chain {
    tl_str account, region, trail, bucket;
    bool backfill; /* for files that were late: their times need not be without gaps */
    int64_t first_s, last_s;
    uint64_t n_digests;
    bool starts_here; /* the oldest one here is the first there was */
    tl_str before;    /* else: the key of the one before it, which is not here */
    tl_str newest;    /* its key */
    bool newest_signed;
};

struct tl_verify {
    int64_t generated_at_s; /* the caller's */
    bool has_keys;
    struct {
        /* read = intact + altered + unverifiable; of the intact, n_signed have a signature that was proved.
         * Second copies of a digest are not counted. */
        uint64_t n_read, n_intact, n_signed, n_altered, n_unverifiable;
        uint64_t n_missing, n_backfill, n_gaps;
    } digests;
    struct {
        /* read = intact + altered + extra + unverifiable + n_too_new + n_too_old */
        uint64_t n_read, n_intact, n_altered, n_extra, n_unverifiable;
        uint64_t n_too_new; /* not yet named by a digest: the next one would */
        uint64_t n_too_old; /* from before the first digest that the trail made */
        uint64_t n_missing;
    } logs;
    uint64_t n_other; /* files that hold no CloudTrail records, links, FIFOs ...: not looked at */
    struct tl_verify_chain *chains;
    size_t n_chains;
    struct tl_verify_problem *problems; /* at most TL_VERIFY_PROBLEMS_MAX */
    size_t n_problems;
    uint64_t n_problems_left_out;
    struct tl_arena arena;
};

/* 0 whatever it found; TL_EUSAGE when a key or signature file cannot be read or holds none; TL_EIO,
 * TL_ENOMEM, TL_ESIGNAL. *out is to be ended with tl_verify_fini, also on failure. */
int tl_verify(const struct tl_verify_options *o, struct tl_verify *out, struct tl_err *err);
void tl_verify_fini(struct tl_verify *v);

/* Whether nothing is missing, altered, extra, unverifiable, and no chain has a gap. */
bool tl_verify_is_clean(const struct tl_verify *v);
/* Whether, besides, every digest's signature was proved, the newest ones' too. */
bool tl_verify_is_proved(const struct tl_verify *v);

#endif
