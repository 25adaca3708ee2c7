/* libdeflate behind the engine's interface: for small files, whose tables of codes cost ISA-L as much as
 * their data, and which are there at once. It does not judge: what it takes for good of odd tables zlib
 * refuses. */
#include "engine.h"

#include <libdeflate.h>

static void *libdeflate_new(void)
{
    return libdeflate_alloc_decompressor();
}

static void libdeflate_free(void *state)
{
    libdeflate_free_decompressor(state);
}

static void libdeflate_reset(void *state)
{
    (void)state; /* it keeps nothing */
}

static int libdeflate_run(void *state, struct engine_io *io)
{
    size_t in_n, out_n;
    if (!engine_has_plain_tables(io->in, io->in_n) ||
        libdeflate_deflate_decompress_ex(state, io->in, io->in_n, io->out, io->out_n, &in_n, &out_n) !=
            LIBDEFLATE_SUCCESS)
        return ENGINE_BAD;
    *io = (struct engine_io){io->in + in_n, io->in_n - in_n, io->out + out_n, io->out_n - out_n};
    return ENGINE_END;
}

const struct engine tl_engine_libdeflate = {
    .new = libdeflate_new,
    .free = libdeflate_free,
    .reset = libdeflate_reset,
    .run = libdeflate_run,
    .crc = libdeflate_crc32,
};
