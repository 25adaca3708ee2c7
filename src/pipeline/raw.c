/* The raw records of events, out of the dump again: the proof of a finding. A file is streamed, never held;
 * only the records are. They are given out only if the file is the one that was read: by its SHA-256 where
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

struct slice { /* one record */
    const struct tl_origin *at;
    char *p; /* at->length bytes, of which n_read are there */
    size_t n_read;
};

struct raw {
    struct tl_inflate *inflate;
    struct tl_sha256 *sha; /* NULL when the file's is not known */
    struct slice *slices;  /* by offset */
    size_t n;
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

/* Takes what the block, which starts at byte `at`, holds of the slice. */
static void take(struct slice *x, tl_str block, uint64_t at)
{
    const struct tl_origin *o = x->at;
    uint64_t from = o->offset > at ? o->offset - at : 0;
    uint64_t to = o->offset + o->length > at ? o->offset + o->length - at : 0;
    tl_str part =
        tl_str_sub(block, from < block.n ? (size_t)from : block.n, to < block.n ? (size_t)to : block.n);
    if (part.n)
        memcpy(x->p + x->n_read, part.p, part.n);
    x->n_read += part.n;
}

/* Reads the file to its end, for the hash; or to the last record's end when there is none to compare. */
static int read_through(struct raw *raw, const struct tl_event_origin *o, struct tl_err *err)
{
    const struct tl_origin *last = raw->slices[raw->n - 1].at;
    size_t first = 0; /* the slices before it are behind */
    for (uint64_t at = 0; raw->sha || at < last->offset + last->length;) {
        tl_str block;
        int r = tl_inflate_next(raw->inflate, &block, err);
        if (r == TL_INFLATE_END)
            break;
        if (r == TL_INFLATE_AGAIN) {
            for (size_t i = 0; i < raw->n; i++)
                raw->slices[i].n_read = 0;
            at = first = 0;
            continue;
        }
        if (r)
            return r;
        for (size_t i = first; i < raw->n && raw->slices[i].at->offset < at + block.n; i++)
            take(&raw->slices[i], block, at);
        at += block.n;
        while (first < raw->n && raw->slices[first].at->offset + raw->slices[first].at->length <= at)
            first++;
    }
    uint8_t sha256[TL_SHA256_BYTES] = {0};
    if (raw->sha)
        tl_sha256_finish(raw->sha, sha256);
    bool same = !raw->sha || !memcmp(sha256, o->sha256, sizeof sha256);
    for (size_t i = 0; same && i < raw->n; i++)
        same = raw->slices[i].n_read == raw->slices[i].at->length;
    return same ? 0 : TL_RAW_CHANGED;
}

static int read_file(struct raw *raw, int fd, const struct tl_event_origin *o, struct tl_err *err)
{
    int r = tl_inflate_new(&raw->inflate, err);
    if (r == 0 && o->has_sha256) {
        r = tl_sha256_new(&raw->sha, err);
        if (r == 0)
            tl_sha256_start(raw->sha);
    }
    if (r)
        return r;
    tl_inflate_open(raw->inflate, fd, TL_SIZE_UNKNOWN, tap, raw);
    return read_through(raw, o, err);
}

/* As it was delivered: a record that came as a JSON string loses its quotes and escapes. */
static int unquote(struct slice *x, struct tl_arena *arena, tl_str *out, struct tl_err *err)
{
    struct tl_buf b = {0};
    *out = (tl_str){x->p, x->n_read};
    if (!tl_str_starts(*out, TL_STR("\"")))
        return 0;
    int r = tl_json_unescape(*out, &b);
    if (r == 0)
        r = tl_arena_copy(arena, tl_buf_str(&b), out);
    tl_buf_fini(&b);
    return r < 0 ? tl_err_nomem(err) : r ? TL_RAW_CHANGED : 0;
}

static int slices_make(struct raw *raw, const struct tl_event_origin *const *o, struct tl_arena *arena,
                       struct tl_err *err)
{
    if (!(raw->slices = tl_arena_calloc(arena, raw->n, sizeof *raw->slices)))
        return tl_err_nomem(err);
    for (size_t i = 0; i < raw->n; i++) {
        if (o[i]->at.length > RAW_MAX_BYTES || o[i]->at.offset > INT64_MAX)
            return TL_RAW_CHANGED;
        raw->slices[i].at = &o[i]->at;
        if (!(raw->slices[i].p = tl_arena_alloc(arena, (size_t)o[i]->at.length + 1)))
            return tl_err_nomem(err);
    }
    return 0;
}

int tl_raw_records(const struct tl_event_origin *const *o, size_t n, struct tl_arena *arena, tl_str *out,
                   struct tl_err *err)
{
    struct raw raw = {.n = n};
    struct stat st;
    int fd = -1;
    int r = look_at(o[0], err);
    if (r == 0)
        r = slices_make(&raw, o, arena, err);
    if (r)
        return r;
    struct tl_file f = {.location = o[0]->location, .source = o[0]->path, .size_bytes = o[0]->size_bytes};
    r = tl_file_open(&f, &fd, &st, err);
    if (r)
        return r;
    r = read_file(&raw, fd, o[0], err);
    close(fd); /* read only: nothing is lost by a failure */
    tl_inflate_free(raw.inflate);
    tl_sha256_free(raw.sha);
    for (size_t i = 0; r == 0 && i < n; i++)
        r = unquote(&raw.slices[i], arena, &out[i], err);
    return r;
}

int tl_raw_record(const struct tl_event_origin *o, struct tl_buf *out, struct tl_err *err)
{
    struct tl_arena arena = {0};
    tl_str record;
    int r = tl_raw_records(&o, 1, &arena, &record, err);
    if (r == 0 && tl_buf_add_str(out, record))
        r = tl_err_nomem(err);
    tl_arena_fini(&arena);
    return r;
}
