/* ISA-L behind the engine's interface: some three times as fast as zlib. It does not judge: a table of codes
 * that is incomplete is good enough for it, where zlib refuses it at once. Mostly that shows in a wrong CRC.
 * Where the code that is missing is one that the data do not use it would not show at all: so the tables of a
 * member's first block are looked at (tables.c). */
#include "engine.h"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <stdlib.h>

struct isal {
    bool begun; /* the member's first block was looked at */
    struct inflate_state state;
};

static void *isal_new(void)
{
    struct isal *s = calloc(1, sizeof *s);
    if (s)
        isal_inflate_init(&s->state);
    return s;
}

static void isal_free(void *state)
{
    free(state);
}

static void isal_reset(void *state)
{
    struct isal *s = state;
    s->begun = false;
    isal_inflate_reset(&s->state);
}

static int isal_run(void *state, struct engine_io *io)
{
    struct isal *of = state;
    struct inflate_state *s = &of->state;
    if (!of->begun && !engine_has_plain_tables(io->in, io->in_n))
        return ENGINE_BAD;
    of->begun = true;
    s->next_in = (uint8_t *)(uintptr_t)io->in; /* written to by no one, only declared so */
    s->avail_in = (uint32_t)io->in_n;
    s->next_out = io->out;
    s->avail_out = (uint32_t)io->out_n;
    int r = isal_inflate(s);
    *io = (struct engine_io){s->next_in, s->avail_in, s->next_out, s->avail_out};
    if (r < 0 || r == ISAL_NEED_DICT)
        return ENGINE_BAD;
    if (s->block_state != ISAL_BLOCK_FINISH)
        return 0;
    if (s->read_in_length > 0) { /* whole bytes in its bit buffer belong to what follows */
        size_t back = (size_t)s->read_in_length / 8;
        io->in -= back;
        io->in_n += back;
    }
    return ENGINE_END;
}

static uint32_t isal_crc(uint32_t crc, const void *bytes, size_t n)
{
    return crc32_gzip_refl(crc, bytes, n);
}

const struct engine tl_engine_isal = {
    .new = isal_new,
    .free = isal_free,
    .reset = isal_reset,
    .run = isal_run,
    .crc = isal_crc,
};
