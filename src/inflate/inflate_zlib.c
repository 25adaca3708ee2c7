/* zlib behind the engine's interface: always built, and the one that judges. What it takes for deflate data
 * is what the program takes for such, whatever else may be there to read them faster. */
#include "engine.h"

#include <stdlib.h>
#include <zlib.h>

static void *zlib_new(void)
{
    z_stream *z = calloc(1, sizeof *z);
    if (z && inflateInit2(z, -MAX_WBITS) != Z_OK) {
        free(z);
        return NULL;
    }
    return z;
}

static void zlib_free(void *state)
{
    inflateEnd(state);
    free(state);
}

static void zlib_reset(void *state)
{
    inflateReset(state);
}

static int zlib_run(void *state, struct engine_io *io)
{
    z_stream *z = state;
    z->next_in = (Bytef *)(uintptr_t)io->in; /* zlib may be built without const, and writes nothing there */
    z->avail_in = (uInt)io->in_n;
    z->next_out = io->out;
    z->avail_out = (uInt)io->out_n;
    int r = inflate(z, Z_NO_FLUSH);
    *io = (struct engine_io){z->next_in, z->avail_in, z->next_out, z->avail_out};
    switch (r) {
    case Z_OK:
    case Z_BUF_ERROR:
        return 0;
    case Z_STREAM_END:
        return ENGINE_END;
    case Z_MEM_ERROR:
        return TL_ENOMEM;
    default: /* Z_DATA_ERROR, and Z_NEED_DICT, which raw deflate never says */
        return ENGINE_BAD;
    }
}

static uint32_t zlib_crc(uint32_t crc, const void *bytes, size_t n)
{
    return (uint32_t)crc32(crc, bytes, (uInt)n);
}

const struct engine tl_engine_zlib = {
    .new = zlib_new,
    .free = zlib_free,
    .reset = zlib_reset,
    .run = zlib_run,
    .crc = zlib_crc,
};
