/* engine: what the inflate loop asks of a library: raw deflate data (RFC 1951) in, bytes out, and a CRC-32 of
 * them. Everything around the data (headers, trailers, how the stream ended) is the loop's own. */
#ifndef TRAILLOOP_INFLATE_ENGINE_H
#define TRAILLOOP_INFLATE_ENGINE_H

#include "trailloop/inflate.h"

/* An engine may have taken more than the data's last byte when it reaches their end: at most what fits into
 * its bit buffer. The loop keeps that many bytes in front of its input, so that they can be given back. */
#define ENGINE_BACK_BYTES 8

/* What is to be read and where to write; an engine moves all four on. At ENGINE_END `in` may have moved back.
 */
struct engine_io {
    const unsigned char *in;
    size_t in_n;
    unsigned char *out;
    size_t out_n;
};

enum {                 /* outcomes of run */
       ENGINE_END = 1, /* the data's last byte is out */
       ENGINE_BAD      /* no deflate data */
};

struct engine {
    void *(*new)(void); /* NULL when memory is out */
    void (*free)(void *state);
    void (*reset)(void *state); /* for the next member */
    int (*run)(void *state,
               struct engine_io *io); /* 0 when it wants more of `in` or of `out`, an outcome, or TL_ENOMEM */
    uint32_t (*crc)(uint32_t crc, const void *bytes, size_t n); /* CRC-32 of RFC 1952, from 0 on */
};

/* The one that judges: what it calls bad is bad. */
extern const struct engine tl_engine_zlib;
#ifdef TL_WITH_ISAL
extern const struct engine tl_engine_isal;
#endif
#ifdef TL_WITH_LIBDEFLATE
/* For data that are all in `in`, and all that comes of them has room in `out`: run says ENGINE_END, or
 * ENGINE_BAD with nothing moved. */
extern const struct engine tl_engine_libdeflate;
#endif

/* tl_inflate_new with engines of the caller's choice, each of which may be NULL: `fast` for data in parts,
 * `whole` for data that are all there. */
int tl_inflate_new_with(struct tl_inflate **out, const struct engine *fast, const struct engine *whole,
                        struct tl_err *err);

/* False when the block that starts at `p` is for the one that judges alone: it brings tables of codes that
 * are odd, or not all there. The fast libraries take for good what it refuses: codes that are incomplete,
 * though one of a single code may be right, and more codes than there are. */
bool engine_has_plain_tables(const unsigned char *p, size_t n);

#endif
