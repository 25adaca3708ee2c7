/* inflate: the bytes of one file, and how its stream really ended.
 *
 * gzip (RFC 1952, all members) or plain, told by the first bytes. The loop is our own: gzread reports a cut
 * file as a good end and ignores what follows the last member. Memory is two fixed buffers, reused from file
 * to file.
 *
 * Which library inflates shows in the speed only. zlib is always there and judges what is not right; ISA-L,
 * and libdeflate for small files, where they were built in, read what is. They say the same of a file, but
 * for one case: a member whose CRC and length are right, while in a block after its first one the tables of
 * codes are such as zlib refuses (one that its data do not use is missing, say). The others take it; zlib
 * alone says CORRUPT.
 */
#ifndef TRAILLOOP_INFLATE_H
#define TRAILLOOP_INFLATE_H

#include "trailloop/base.h"

enum tl_stream_end {
    TL_STREAM_OPEN,     /* not at its end yet */
    TL_STREAM_COMPLETE, /* plain: the file's end. gzip: every member's length and CRC were right */
    TL_STREAM_CUT,      /* gzip: the file ends inside a member */
    TL_STREAM_CORRUPT,  /* gzip: bad header, bad deflate data, wrong CRC or length */
};

struct tl_stream {
    enum tl_stream_end end;
    bool gzip;
    uint64_t in_bytes;       /* of the file, read so far; at CUT and CORRUPT: where it shows */
    uint64_t out_bytes;      /* given out so far */
    uint64_t n_members;      /* gzip members that ended well (an empty member counts) */
    uint64_t trailing_bytes; /* after the last member, that start no member: NUL padding or anything else */
    const char *why;         /* static, for CUT and CORRUPT: "ends inside a member" ...; else NULL */
};

/* Called with every byte as read from the file, in order (for its hash). */
typedef void tl_tap_fn(void *ctx, const void *bytes, size_t n);

/* Called before every read from the descriptor, which may have to wait for bytes: this waits instead, or
 * returns false to stop; tl_inflate_next then returns TL_ESIGNAL. */
typedef bool tl_ready_fn(void *ctx, int fd);

enum { /* outcomes of tl_inflate_next */
       TL_INFLATE_END = 1,
       TL_INFLATE_AGAIN, /* a stream that is not right is read again: all blocks of it are void, the next one
                            is its first */
};

struct tl_inflate;
int tl_inflate_new(struct tl_inflate **out, struct tl_err *err);
void tl_inflate_free(struct tl_inflate *z);

/* Where a file's size is not known, or `fd` may not be at its start. */
#define TL_SIZE_UNKNOWN (-1)

/* Starts on a new stream. `fd` is borrowed until the next open or free. `tap` may be NULL. Of a file of
 * `size_bytes` that is at its start so many are read: whoever says its size sees whether it grew. */
void tl_inflate_open(struct tl_inflate *z, int fd, int64_t size_bytes, tl_tap_fn *tap, void *tap_ctx);

/* For every stream from now on; NULL for none, as at first. */
void tl_inflate_set_ready(struct tl_inflate *z, tl_ready_fn *ready, void *ctx);

/* 0 with a block of at most TL_WHOLE_BYTES (never empty), borrowed until the next call; TL_INFLATE_END
 * after the last one, however the stream ended; TL_INFLATE_AGAIN at most once a stream, and only after a
 * block; TL_EIO when reading failed (EINTR is retried). After trailing bytes were met the rest of the file is
 * read (for the tap and the count) but not given out. */
int tl_inflate_next(struct tl_inflate *z, tl_str *block, struct tl_err *err);

const struct tl_stream *tl_inflate_state(const struct tl_inflate *z); /* borrowed from z */

#endif
