/* Inflate: turns a descriptor into bytes and says how the stream really ended.
 *
 * Promises: every byte of the file is seen once by the tap; COMPLETE is said only when each member's CRC-32
 * and length (RFC 1952, 2.3.1) were compared and the file went on to its end. Refuses nothing: what cannot be
 * inflated is an outcome with its place, not a failure; only reading itself can fail.
 *
 * The member's frame (header and trailer) is read here and an engine is given raw deflate data (RFC 1951): so
 * the words for what is wrong are ours, the same whichever library inflates, and a bad header, data, CRC and
 * length are told apart without reading another library's messages.
 *
 * Libraries do not agree on where in bad data they stop, nor on how much they give out before: so only one of
 * them judges. A fast engine is trusted with what its own CRC proves; if anything else comes of a stream, it
 * is read again from its start by the one that judges, and what that one says is said. A descriptor that
 * cannot be read twice (a pipe) is read by that one at once. */
#include "engine.h"
#include "trailloop/limits.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum phase {
    PHASE_START,  /* nothing was read yet */
    PHASE_PLAIN,  /* not gzip: bytes go through as they are */
    PHASE_HEADER, /* a member starts here, or the file ends, or trailing bytes begin */
    PHASE_DATA,   /* deflate data start here */
    PHASE_BODY,   /* inside deflate data */
    PHASE_TRAILER,
    PHASE_AGAIN, /* something is wrong, and the engine that judges was not asked */
    PHASE_DRAIN, /* nothing more to give out: the rest is read for the tap and the count */
    PHASE_DONE,
};

/* Bits of a member's FLG byte (RFC 1952, 2.3.1). */
enum { CM_DEFLATE = 8 };
enum { FLG_FHCRC = 2, FLG_FEXTRA = 4, FLG_FNAME = 8, FLG_FCOMMENT = 16, FLG_RESERVED = 0xe0 };

enum { SOURCE_END = 1 }; /* outcome of fill and take: the file has no further byte */

enum {
    IN_START = ENGINE_BACK_BYTES
}; /* where a read puts its bytes, behind the last ones of the read before */

struct running { /* an engine and its state */
    const struct engine *e;
    void *state;
};

struct tl_inflate {
    struct tl_stream state;
    enum phase phase;
    int fd;
    tl_tap_fn *tap;
    void *tap_ctx;
    tl_ready_fn *ready;
    void *ready_ctx;
    bool source_ended;
    int64_t size_bytes;    /* of the file, or TL_SIZE_UNKNOWN */
    uint64_t file_bytes;   /* read from the file, the unread rest of `in` included */
    uint64_t tapped_bytes; /* of these, so many were given to the tap: more, when it is read again */
    off_t start;           /* of the stream in the file; -1 where it cannot be read again */
    struct running judge, fast, whole; /* .e of the last two is NULL where there is none */
    bool judging;                      /* nothing was read by another engine than the one that judges */
    struct running *now;               /* for data in parts */
    bool out_was_full;                 /* the engine may hold more than it could give */
    uint32_t crc, header_crc;          /* of the member's data, of its header */
    uint32_t member_out_bytes;         /* modulo 2^32, as ISIZE is */
    size_t in_at,
        in_n; /* what is unread lies between; never before IN_START but for what an engine gave back */
    unsigned char in[IN_START + TL_READ_BYTES];
    unsigned char out[TL_WHOLE_BYTES];
};

/* `e` may be NULL. False when memory is out. */
static bool engine_new(struct running *to, const struct engine *e)
{
    if (e)
        *to = (struct running){e, e->new ()};
    return !e || to->state;
}

static void engine_free(struct running *r)
{
    if (r->state)
        r->e->free(r->state);
}

int tl_inflate_new_with(struct tl_inflate **out, const struct engine *fast, const struct engine *whole,
                        struct tl_err *err)
{
    struct tl_inflate *z = calloc(1, sizeof *z);
    if (!z)
        return tl_err_nomem(err);
    if (!engine_new(&z->judge, &tl_engine_zlib) || !engine_new(&z->fast, fast) ||
        !engine_new(&z->whole, whole)) {
        tl_inflate_free(z);
        return tl_err_nomem(err);
    }
    tl_inflate_open(z, -1, TL_SIZE_UNKNOWN, NULL, NULL);
    *out = z;
    return 0;
}

int tl_inflate_new(struct tl_inflate **out, struct tl_err *err)
{
    const struct engine *fast = NULL, *whole = NULL;
#ifdef TL_WITH_ISAL
    fast = &tl_engine_isal;
#endif
#ifdef TL_WITH_LIBDEFLATE
    whole = &tl_engine_libdeflate;
#endif
    return tl_inflate_new_with(out, fast, whole, err);
}

void tl_inflate_free(struct tl_inflate *z)
{
    if (!z)
        return;
    engine_free(&z->judge);
    engine_free(&z->fast);
    engine_free(&z->whole);
    free(z);
}

/* From the first byte of a stream on, with nothing read and nothing said. */
static void begin(struct tl_inflate *z, bool judging)
{
    z->state = (struct tl_stream){.end = TL_STREAM_OPEN};
    z->phase = PHASE_START;
    z->judging = judging;
    z->now = judging || !z->fast.e ? &z->judge : &z->fast;
    z->source_ended = false;
    z->out_was_full = false;
    z->file_bytes = 0;
    z->in_at = z->in_n = IN_START;
}

void tl_inflate_open(struct tl_inflate *z, int fd, int64_t size_bytes, tl_tap_fn *tap, void *tap_ctx)
{
    z->fd = fd;
    z->size_bytes = size_bytes;
    z->tap = tap;
    z->tap_ctx = tap_ctx;
    z->tapped_bytes = 0;
    begin(z, !z->fast.e && !z->whole.e);
}

void tl_inflate_set_ready(struct tl_inflate *z, tl_ready_fn *ready, void *ctx)
{
    z->ready = ready;
    z->ready_ctx = ctx;
}

const struct tl_stream *tl_inflate_state(const struct tl_inflate *z)
{
    return &z->state;
}

/* `n` bytes more were read. The tap gets each once, however often the file is read. */
static void note_read(struct tl_inflate *z, const unsigned char *p, size_t n)
{
    z->file_bytes += n;
    if (z->file_bytes <= z->tapped_bytes)
        return;
    size_t fresh = z->file_bytes - z->tapped_bytes < n ? (size_t)(z->file_bytes - z->tapped_bytes) : n;
    if (z->tap)
        z->tap(z->tap_ctx, p + n - fresh, fresh);
    z->tapped_bytes = z->file_bytes;
}

/* One read of at most `size` bytes, waiting where the descriptor does not. 0, SOURCE_END, TL_EIO or
 * TL_ESIGNAL. */
static int read_some(struct tl_inflate *z, unsigned char *p, size_t size, size_t *n, struct tl_err *err)
{
    *n = 0;
    if (z->source_ended || (int64_t)z->file_bytes == z->size_bytes)
        return SOURCE_END;
    for (;;) {
        if (z->ready && !z->ready(z->ready_ctx, z->fd))
            return tl_err_set(err, TL_ESIGNAL, "stopped while waiting for input");
        ssize_t got = read(z->fd, p, size);
        if (got > 0) {
            *n = (size_t)got;
            note_read(z, p, *n);
            return 0;
        }
        if (got == 0) {
            z->source_ended = true;
            return SOURCE_END;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) { /* standard input that somebody made non-blocking */
            struct pollfd wait = {.fd = z->fd, .events = POLLIN};
            if (poll(&wait, 1, -1) >= 0 || errno == EINTR)
                continue;
        }
        if (errno != EINTR)
            return tl_err_set(err, TL_EIO, "cannot read: %s", strerrordesc_np(errno));
    }
}

/* Makes sure that `in` holds an unread byte. 0, SOURCE_END or TL_EIO. */
static int fill(struct tl_inflate *z, struct tl_err *err)
{
    if (z->in_at < z->in_n)
        return 0;
    memmove(z->in, z->in + z->in_n - IN_START, IN_START);
    z->in_at = z->in_n = IN_START;
    size_t n;
    int r = read_some(z, z->in + IN_START, TL_READ_BYTES, &n, err);
    z->in_n += n;
    return r;
}

static uint64_t position(const struct tl_inflate *z)
{
    return z->file_bytes - (z->in_n - z->in_at);
}

static void ended(struct tl_inflate *z, enum tl_stream_end end, const char *why)
{
    if (end != TL_STREAM_COMPLETE && !z->judging) {
        z->phase = PHASE_AGAIN;
        return;
    }
    z->state.end = end;
    z->state.why = why;
    z->state.in_bytes = position(z);
    z->phase = PHASE_DRAIN;
}

/* A member's frame ran out of bytes, or reading failed: the first is an outcome, the second is forwarded. */
static int cut_or_failed(struct tl_inflate *z, int r)
{
    if (r < 0)
        return r;
    ended(z, TL_STREAM_CUT, "ends inside a member");
    return 0;
}

/* The next byte of a header, which its FHCRC covers. 0, SOURCE_END or TL_EIO. */
static int take(struct tl_inflate *z, unsigned char *byte, struct tl_err *err)
{
    int r = fill(z, err);
    if (r)
        return r;
    *byte = z->in[z->in_at++];
    z->header_crc = z->now->e->crc(z->header_crc, byte, 1);
    return 0;
}

static int take_n(struct tl_inflate *z, unsigned char *bytes, size_t n, struct tl_err *err)
{
    for (size_t i = 0; i < n; i++) {
        int r = take(z, &bytes[i], err);
        if (r)
            return r;
    }
    return 0;
}

/* What may follow the ten fixed bytes of a header. `*good` is false when its own checksum is wrong. */
static int optional_fields(struct tl_inflate *z, unsigned flags, bool *good, struct tl_err *err)
{
    unsigned char b[2];
    int r;
    if (flags & FLG_FEXTRA) {
        r = take_n(z, b, 2, err);
        for (unsigned n = r ? 0 : b[0] | (unsigned)b[1] << 8; !r && n > 0; n--)
            r = take(z, b, err);
        if (r)
            return r;
    }
    static const unsigned texts[] = {FLG_FNAME, FLG_FCOMMENT}; /* each ends with a NUL */
    for (size_t i = 0; i < 2; i++) {
        if (!(flags & texts[i]))
            continue;
        do {
            r = take(z, b, err);
            if (r)
                return r;
        } while (b[0]);
    }
    *good = true;
    if (flags & FLG_FHCRC) {
        uint32_t expected = z->header_crc & 0xffff;
        r = take_n(z, b, 2, err);
        if (r)
            return r;
        *good = expected == (b[0] | (uint32_t)b[1] << 8);
    }
    return 0;
}

/* At the first byte after a member: another one, or trailing bytes, or the end. A lone first magic byte at
 * the end of the file is a cut: at any later cut it would have been one too. */
static int start_member(struct tl_inflate *z, struct tl_err *err)
{
    int r = fill(z, err);
    if (r == SOURCE_END)
        ended(z, TL_STREAM_COMPLETE, NULL);
    if (r)
        return r < 0 ? r : 0;
    z->header_crc = 0;
    if (z->in[z->in_at] != 0x1f) {
        z->state.trailing_bytes = z->in_n - z->in_at;
        z->in_at = z->in_n;
        ended(z, TL_STREAM_COMPLETE, NULL);
        return 0;
    }
    unsigned char h[10] = {0};
    r = take_n(z, h, 2, err);
    if (r)
        return cut_or_failed(z, r);
    if (h[1] != 0x8b) {
        z->state.trailing_bytes = 2 + (z->in_n - z->in_at);
        z->in_at = z->in_n;
        ended(z, TL_STREAM_COMPLETE, NULL);
        return 0;
    }
    r = take_n(z, h + 2, 8, err);
    bool good = false;
    if (!r && h[2] == CM_DEFLATE && !(h[3] & FLG_RESERVED))
        r = optional_fields(z, h[3], &good, err);
    if (r)
        return cut_or_failed(z, r);
    if (!good) {
        ended(z, TL_STREAM_CORRUPT, "bad member header");
        return 0;
    }
    z->crc = 0;
    z->member_out_bytes = 0;
    z->phase = PHASE_DATA;
    return 0;
}

static uint32_t number(const unsigned char b[4])
{
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* What came of the data at `from`: `made` bytes more of the member. */
static void note_made(struct tl_inflate *z, const struct engine *by, size_t *n, size_t made)
{
    z->crc = by->crc(z->crc, z->out + *n, made);
    z->member_out_bytes += (uint32_t)made;
    *n += made;
}

/* Whether the rest of the file was read, and what comes of it has room behind the first `n` bytes of `out`,
 * if its last bytes are a member's: where they are not, time is lost. */
static bool is_whole(const struct tl_inflate *z, size_t n)
{
    return !z->judging && z->whole.e && (int64_t)z->file_bytes == z->size_bytes && z->in_n - z->in_at >= 4 &&
           number(z->in + z->in_n - 4) <= sizeof z->out - n;
}

/* A member's data at once, where they are all there. Whatever does not come to a good end so is read in
 * parts. */
static void data(struct tl_inflate *z, size_t *n)
{
    struct engine_io io = {z->in + z->in_at, z->in_n - z->in_at, z->out + *n, sizeof z->out - *n};
    if (is_whole(z, *n) && z->whole.e->run(z->whole.state, &io) == ENGINE_END) {
        z->in_at = z->in_n - io.in_n;
        note_made(z, z->whole.e, n, sizeof z->out - *n - io.out_n);
        z->phase = PHASE_TRAILER;
        return;
    }
    z->now->e->reset(z->now->state);
    z->phase = PHASE_BODY;
}

/* Inflates what is there into `out` from *n on, which is before TL_INFLATE_BYTES. 0 or TL_ENOMEM. */
static int body(struct tl_inflate *z, size_t *n, struct tl_err *err)
{
    struct engine_io io = {z->in + z->in_at, z->in_n - z->in_at, z->out + *n, TL_INFLATE_BYTES - *n};
    int r = z->now->e->run(z->now->state, &io);
    z->in_at = z->in_n - io.in_n;
    note_made(z, z->now->e, n, TL_INFLATE_BYTES - *n - io.out_n);
    z->out_was_full = r == 0 && io.out_n == 0;
    if (r == ENGINE_END)
        z->phase = PHASE_TRAILER;
    else if (r == ENGINE_BAD)
        ended(z, TL_STREAM_CORRUPT, "bad deflate data");
    return r < 0 ? tl_err_nomem(err) : 0;
}

static int trailer(struct tl_inflate *z, struct tl_err *err)
{
    unsigned char b[8] = {0};
    int r = take_n(z, b, sizeof b, err);
    if (r)
        return cut_or_failed(z, r);
    if (number(b) != z->crc) {
        ended(z, TL_STREAM_CORRUPT, "wrong CRC");
    } else if (number(b + 4) != z->member_out_bytes) {
        ended(z, TL_STREAM_CORRUPT, "wrong length");
    } else {
        z->state.n_members++;
        z->phase = PHASE_HEADER;
    }
    return 0;
}

/* Fills `out` until it is full, what was read is used up or the stream ends: so a pipe's bytes are given on
 * as they come, and a file's in large blocks. The fast engine, which has no pipes, does not stop for reading:
 * so a stream of one block is given out when it is known to be right, or not yet. */
static int inflate_block(struct tl_inflate *z, size_t *n, struct tl_err *err)
{
    while (z->phase == PHASE_HEADER || z->phase == PHASE_DATA || z->phase == PHASE_BODY ||
           z->phase == PHASE_TRAILER) {
        int r = 0;
        if (*n > 0 && z->in_at == z->in_n && z->judging && !z->out_was_full)
            return 0;
        if (z->phase == PHASE_HEADER)
            r = start_member(z, err);
        else if (z->phase == PHASE_DATA)
            data(z, n);
        else if (z->phase == PHASE_TRAILER)
            r = trailer(z, err);
        else {
            if (*n >= TL_INFLATE_BYTES)
                return 0;
            r = z->out_was_full ? 0
                                : fill(z, err); /* the file's last byte may be read, and not all of it out */
            r = r ? cut_or_failed(z, r) : body(z, n, err);
        }
        if (r)
            return r;
    }
    return 0;
}

/* The two magic bytes decide; a file of the first one alone is a gzip file cut after one byte. */
static int start(struct tl_inflate *z, struct tl_err *err)
{
    size_t have = 0;
    int r = 0;
    while (have < 2 && !r) { /* a pipe may give one byte at a time */
        size_t n = 0;
        r = read_some(z, z->in + IN_START + have, TL_READ_BYTES - have, &n, err);
        have += n;
    }
    if (r < 0)
        return r;
    const unsigned char *magic = z->in + IN_START;
    z->in_n = IN_START + have;
    z->state.gzip = have > 0 && magic[0] == 0x1f && (have == 1 || magic[1] == 0x8b);
    z->phase = z->state.gzip ? PHASE_HEADER : PHASE_PLAIN;
    if (z->state.gzip && !z->judging) {
        off_t at = z->size_bytes == TL_SIZE_UNKNOWN ? lseek(z->fd, 0, SEEK_CUR) : (off_t)have;
        z->start = at - (off_t)have;
        if (at < 0) {
            z->judging = true;
            z->now = &z->judge;
        }
    }
    return 0;
}

static int plain_block(struct tl_inflate *z, tl_str *block, struct tl_err *err)
{
    int r = fill(z, err);
    if (r == SOURCE_END)
        ended(z, TL_STREAM_COMPLETE, NULL);
    if (r)
        return r < 0 ? r : 0;
    *block = (tl_str){(const char *)z->in + z->in_at, z->in_n - z->in_at};
    z->in_at = z->in_n;
    return 0;
}

static int drain(struct tl_inflate *z, struct tl_err *err)
{
    bool whole = z->state.end == TL_STREAM_COMPLETE;
    z->in_at = z->in_n;
    for (;;) {
        int r = fill(z, err);
        if (r < 0)
            return r;
        if (r == SOURCE_END)
            break;
        if (whole)
            z->state.trailing_bytes += z->in_n - z->in_at;
        z->in_at = z->in_n;
    }
    if (whole)
        z->state.in_bytes = z->file_bytes;
    z->phase = PHASE_DONE;
    return 0;
}

/* Back to the stream's first byte, for the engine that judges. */
static int again(struct tl_inflate *z, struct tl_err *err)
{
    if (lseek(z->fd, z->start, SEEK_SET) < 0)
        return tl_err_set(err, TL_EIO, "cannot read again: %s", strerrordesc_np(errno));
    begin(z, true);
    return 0;
}

static int some_block(struct tl_inflate *z, tl_str *block, struct tl_err *err)
{
    int r = z->phase == PHASE_START ? start(z, err) : 0;
    if (r)
        return r;
    if (z->phase == PHASE_PLAIN)
        return plain_block(z, block, err);
    size_t n = 0;
    r = inflate_block(z, &n, err);
    *block = (tl_str){(const char *)z->out, n};
    return r;
}

int tl_inflate_next(struct tl_inflate *z, tl_str *block, struct tl_err *err)
{
    *block = TL_STR_NONE;
    int r = some_block(z, block, err);
    if (r == 0 && z->phase == PHASE_AGAIN) {
        bool gave = z->state.out_bytes > 0;
        *block = TL_STR_NONE;
        r = again(z, err);
        if (r || gave)
            return r ? r : TL_INFLATE_AGAIN;
        r = some_block(z, block, err);
    }
    if (r)
        return r;
    z->state.out_bytes += block->n;
    if (z->state.end == TL_STREAM_OPEN)
        z->state.in_bytes = position(z);
    if (block->n > 0)
        return 0;
    if (z->phase == PHASE_DRAIN)
        r = drain(z, err);
    return r ? r : TL_INFLATE_END;
}
