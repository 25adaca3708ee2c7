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
    bool judges; /* what it calls bad is bad; otherwise one that judges is asked before anything is said */
    void *(*new)(void); /* NULL when memory is out */
    void (*free)(void *state);
    void (*reset)(void *state); /* for the next member */
    int (*run)(void *state,
               struct engine_io *io); /* 0 when it wants more of `in` or of `out`, an outcome, or TL_ENOMEM */
    uint32_t (*crc)(uint32_t crc, const void *bytes, size_t n); /* CRC-32 of RFC 1952, from 0 on */
};

extern const struct engine tl_engine_zlib;
#ifdef TL_WITH_ISAL
extern const struct engine tl_engine_isal;
#endif

/* tl_inflate_new with an engine of the caller's choice. */
int tl_inflate_new_with(struct tl_inflate **out, const struct engine *e, struct tl_err *err);

#endif
