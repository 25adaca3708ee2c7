/* The raw record of an event, out of the dump again: the proof of a finding. The file is streamed, never
 * held; only the record is. It is given out only if the file is the one that was read: by its SHA-256 where
 * that is known (the time of change may then differ: a copy is as good), else by size and time of change.
 * Nothing is given for records that came through standard input. */
#include "trailloop/digest.h"
#include "trailloop/input.h"
#include "trailloop/limits.h"
#include "trailloop/pipeline.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A record that came as a JSON string may have each of its bytes as \u00XX, in quotes. A longer one is none
 * of ours. */
#define RAW_MAX_BYTES (6 * TL_RECORD_MAX_BYTES + 2)

struct raw {
    struct tl_inflate *inflate;
    struct tl_sha256 *sha; /* NULL when the file's is not known */
    struct tl_buf found;
};

static void tap(void *ctx, const void *bytes, size_t n)
{
    struct raw *raw = ctx;
    if (raw->sha)
        tl_sha256_add(raw->sha, bytes, n);
}

/* 0 when there is a file that may be the one, or an outcome of tl_raw_record, or TL_EIO. */
static int look_at(const struct tl_event_origin *o, struct tl_err *err)
{
    struct tl_buf path = {0};
    struct stat st;
    if (tl_str_eq(o->location, TL_STR("-")) || memchr(o->location.p ? o->location.p : "", 0, o->location.n))
        return TL_RAW_GONE;
    if (tl_buf_add_str(&path, o->location) || tl_buf_add(&path, "", 1)) {
        tl_buf_fini(&path);
        return tl_err_nomem(err);
    }
    int e = lstat(path.p, &st) ? errno : 0;
    tl_buf_fini(&path);
    if (e == ENOENT || e == ENOTDIR)
        return TL_RAW_GONE;
    if (e)
        return tl_err_set(err, TL_EIO, "cannot read '%.*s': %s", TL_FMT(o->location), strerrordesc_np(e));
    int64_t mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
    bool same =
        S_ISREG(st.st_mode) && st.st_size == o->size_bytes && (o->has_sha256 || mtime_ns == o->mtime_ns);
    return same ? 0 : TL_RAW_CHANGED;
}

/* The part of `block`, which starts at byte `at`, that belongs to the record. */
static tl_str part_of(tl_str block, uint64_t at, const struct tl_origin *o)
{
    uint64_t from = o->offset > at ? o->offset - at : 0;
    uint64_t to = o->offset + o->length > at ? o->offset + o->length - at : 0;
    return tl_str_sub(block, from < block.n ? (size_t)from : block.n, to < block.n ? (size_t)to : block.n);
}

/* Reads the file to its end, for the hash; or to the record's end when there is none to compare. */
static int read_through(struct raw *raw, const struct tl_event_origin *o, struct tl_err *err)
{
    for (uint64_t at = 0; raw->sha || at < o->at.offset + o->at.length;) {
        tl_str block;
        int r = tl_inflate_next(raw->inflate, &block, err);
        if (r == TL_INFLATE_END)
            break;
        if (r == TL_INFLATE_AGAIN) {
            raw->found.n = 0;
            at = 0;
            continue;
        }
        if (r)
            return r;
        if (tl_buf_add_str(&raw->found, part_of(block, at, &o->at)))
            return tl_err_nomem(err);
        at += block.n;
    }
    uint8_t sha256[TL_SHA256_BYTES];
    if (raw->sha && tl_sha256_finish(raw->sha, sha256))
        return tl_err_nomem(err);
    bool same = raw->found.n == o->at.length && (!raw->sha || !memcmp(sha256, o->sha256, sizeof sha256));
    return same ? 0 : TL_RAW_CHANGED;
}

static int read_record(struct raw *raw, int fd, const struct tl_event_origin *o, struct tl_buf *out,
                       struct tl_err *err)
{
    int r = tl_inflate_new(&raw->inflate, err);
    if (r == 0 && o->has_sha256) {
        r = tl_sha256_new(&raw->sha, err);
        if (r == 0 && tl_sha256_start(raw->sha))
            r = tl_err_nomem(err);
    }
    if (r)
        return r;
    tl_inflate_open(raw->inflate, fd, tap, raw);
    r = read_through(raw, o, err);
    if (r)
        return r;
    tl_str found = tl_buf_str(&raw->found);
    if (!tl_str_starts(found, TL_STR("\"")))
        return tl_buf_add_str(out, found) ? tl_err_nomem(err) : 0;
    r = tl_json_unescape(found, out); /* it came as a JSON string */
    return r < 0 ? tl_err_nomem(err) : r ? TL_RAW_CHANGED : 0;
}

int tl_raw_record(const struct tl_event_origin *o, struct tl_buf *out, struct tl_err *err)
{
    struct raw raw = {0};
    int fd = -1;
    int r = look_at(o, err);
    if (r)
        return r;
    if (o->at.length > RAW_MAX_BYTES || o->at.offset > INT64_MAX)
        return TL_RAW_CHANGED;
    struct tl_file f = {.location = o->location, .source = o->path, .size_bytes = o->size_bytes};
    r = tl_file_open(&f, &fd, err);
    if (r)
        return r;
    r = read_record(&raw, fd, o, out, err);
    close(fd); /* read only: nothing is lost by a failure */
    tl_inflate_free(raw.inflate);
    tl_sha256_free(raw.sha);
    tl_buf_fini(&raw.found);
    return r;
}
