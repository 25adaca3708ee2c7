/* Bytes: the part of the stream that is still needed, by offset.
 *
 * It lies in the carry (from before the block) and in the block, one behind the other; where the carry ends
 * inside the block, both hold the same bytes. A record inside the block is a slice of it; only one that spans
 * blocks is copied, so no byte is copied twice unless it is searched again. */
#include "state.h"

#include <string.h>

static uint64_t carry_end(const struct tl_frame *f)
{
    return f->carry_at + f->carry.n;
}

tl_str frame_window(const struct tl_frame *f, uint64_t at)
{
    if (f->carry.n > 0 && at < carry_end(f))
        return tl_str_sub(tl_buf_str(&f->carry), (size_t)(at - f->carry_at), f->carry.n);
    return tl_str_sub(f->block, (size_t)(at - f->block_at), f->block.n);
}

int frame_carry(struct tl_frame *f, uint64_t from, uint64_t to)
{
    if (f->carry.n == 0 || from >= carry_end(f)) {
        f->carry.n = 0;
        f->carry_at = from;
    } else if (from > f->carry_at) {
        size_t drop = (size_t)(from - f->carry_at);
        memmove(f->carry.p, f->carry.p + drop, f->carry.n - drop);
        f->carry.n -= drop;
        f->carry_at = from;
    }
    if (to <= carry_end(f))
        return 0;
    return tl_buf_add_str(
        &f->carry, tl_str_sub(f->block, (size_t)(carry_end(f) - f->block_at), (size_t)(to - f->block_at)));
}

int frame_slice(struct tl_frame *f, uint64_t from, uint64_t to, tl_str *out)
{
    if (from >= f->block_at) {
        *out = tl_str_sub(f->block, (size_t)(from - f->block_at), (size_t)(to - f->block_at));
        return 0;
    }
    int r = to > carry_end(f) ? frame_carry(f, from, to) : 0;
    *out = tl_str_sub(tl_buf_str(&f->carry), (size_t)(from - f->carry_at), (size_t)(to - f->carry_at));
    return r;
}

int frame_starve(struct tl_frame *f, uint64_t from)
{
    uint64_t end = f->block_at + f->block.n;
    if (from < end) {
        int r = frame_carry(f, from, end);
        return r ? r : TL_FRAME_MORE;
    }
    f->carry.n = 0;
    return TL_FRAME_MORE;
}
