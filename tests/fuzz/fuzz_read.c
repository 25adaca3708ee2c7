/* Inflate and frame: the bytes of a file, plain or gzip. What must hold:
 * - every engine says the same of the stream and gives out the same bytes;
 * - packed into one member, the bytes come back, and frame to the same records;
 * - one bit of the packed form turned never gives other bytes under a good end;
 * - the framer says the same whatever blocks the bytes come in, and every record lies where it is said to
 * lie. */
#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "engine.h"
#include "trailloop/frame.h"

enum { PACK_MOST_BYTES = 1 << 16 };

struct tools {
    struct tl_inflate *fast, *whole, *judge;
    struct tl_frame *frame;
    struct tl_buf fast_out, judge_out, packed, story, other;
    int fd;
};

static struct tools *tools(void)
{
    static struct tools t;
    if (!t.frame) {
        const struct engine *fast = NULL, *whole = NULL;
#ifdef TL_WITH_ISAL
        fast = &tl_engine_isal;
#endif
#ifdef TL_WITH_LIBDEFLATE
        whole = &tl_engine_libdeflate;
#endif
        HOLDS(tl_inflate_new_with(&t.fast, fast, NULL, NULL) == 0);
        HOLDS(tl_inflate_new_with(&t.whole, NULL, whole, NULL) == 0);
        HOLDS(tl_inflate_new_with(&t.judge, NULL, NULL, NULL) == 0);
        HOLDS(tl_frame_new(&t.frame, NULL) == 0);
        t.fd = memfd_create("fuzz", MFD_CLOEXEC);
        HOLDS(t.fd >= 0);
    }
    return &t;
}

/* ---- inflate --------------------------------------------------------------------------------- */

static void inflate_one(struct tl_inflate *z, int fd, int64_t size_bytes, struct tl_buf *out)
{
    tl_str block;
    int r;
    out->n = 0;
    HOLDS(lseek(fd, 0, SEEK_SET) == 0);
    tl_inflate_open(z, fd, size_bytes, NULL, NULL);
    while ((r = tl_inflate_next(z, &block, NULL)) != TL_INFLATE_END) {
        HOLDS(r == 0 || r == TL_INFLATE_AGAIN);
        if (r == TL_INFLATE_AGAIN)
            out->n = 0;
        else
            HOLDS(block.n > 0 && tl_buf_add_str(out, block) == 0);
    }
}

/* What a fast engine says of the bytes, of which the one that judges was asked. */
static void inflate_fast(struct tools *t, struct tl_inflate *z, int64_t size_bytes)
{
    inflate_one(z, t->fd, size_bytes, &t->fast_out);
    struct tl_stream a = *tl_inflate_state(z), b = *tl_inflate_state(t->judge);
    /* inflate.h names the one case in which they may differ */
    if (a.end == TL_STREAM_COMPLETE && b.end == TL_STREAM_CORRUPT)
        return;
    HOLDS(a.end == b.end && a.gzip == b.gzip && a.in_bytes == b.in_bytes && a.out_bytes == b.out_bytes);
    HOLDS(a.n_members == b.n_members && a.trailing_bytes == b.trailing_bytes && a.why == b.why);
    HOLDS(tl_str_eq(tl_buf_str(&t->fast_out), tl_buf_str(&t->judge_out)));
}

/* All engines on these bytes. Returns how the stream ended. */
static struct tl_stream inflate_all(struct tools *t, const void *p, size_t n)
{
    HOLDS(ftruncate(t->fd, 0) == 0);
    HOLDS(pwrite(t->fd, p, n, 0) == (ssize_t)n);
    inflate_one(t->judge, t->fd, TL_SIZE_UNKNOWN, &t->judge_out);
    inflate_fast(t, t->fast, TL_SIZE_UNKNOWN);
    inflate_fast(t, t->whole, (int64_t)n);
    return *tl_inflate_state(t->judge);
}

static void pack(struct tl_buf *out, const void *p, size_t n)
{
    z_stream z = {0};
    HOLDS(deflateInit2(&z, 1 + (int)(n % 9), Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    out->n = 0;
    HOLDS(tl_buf_reserve(out, deflateBound(&z, n)) == 0);
    z.next_in = (Bytef *)(uintptr_t)p;
    z.avail_in = (uInt)n;
    z.next_out = (Bytef *)out->p;
    z.avail_out = (uInt)out->cap;
    HOLDS(deflate(&z, Z_FINISH) == Z_STREAM_END);
    out->n = z.total_out;
    deflateEnd(&z);
}

/* ---- frame ----------------------------------------------------------------------------------- */

static void tell(struct tl_buf *story, const char *what, uint64_t number, uint64_t offset, uint64_t length,
                 tl_str text)
{
    HOLDS(tl_buf_printf(story, "%s %llu %llu %llu %016llx\n", what, (unsigned long long)number,
                        (unsigned long long)offset, (unsigned long long)length,
                        (unsigned long long)tl_str_hash(text)) == 0);
}

/* Takes all that the framer has to say now; true at the end. */
static bool listen(struct tl_frame *f, tl_str whole, struct tl_buf *story)
{
    struct tl_record rec;
    struct tl_damage damage;
    int r;
    while ((r = tl_frame_next(f, &rec, &damage, NULL)) != TL_FRAME_MORE && r != TL_FRAME_END) {
        HOLDS(r >= 0);
        if (r == TL_FRAME_DAMAGE) {
            HOLDS(damage.offset + damage.length <= whole.n && damage.why);
            tell(story, "damage", damage.number, damage.offset, damage.length, tl_str_from(damage.why));
            continue;
        }
        HOLDS(rec.offset + rec.length <= whole.n);
        if (r == 0 && whole.p[rec.offset] == '{')
            HOLDS(tl_str_eq(rec.json, tl_str_sub(whole, rec.offset, rec.offset + rec.length)));
        tell(story,
             r == TL_FRAME_FOREIGN ? "foreign"
             : rec.recovered       ? "recovered"
                                   : "record",
             rec.number, rec.offset, rec.length, rec.json);
        if (r == 0 && tl_str_hash(rec.json) % 3 == 0) /* as if it were found to be no JSON */
            tl_frame_reject(f);
    }
    return r == TL_FRAME_END;
}

/* What the framer says of `whole`, given in blocks of `block` bytes. */
static void frame(struct tl_frame *f, tl_str whole, size_t block, struct tl_buf *story)
{
    story->n = 0;
    tl_frame_reset(f);
    for (size_t i = 0; i < whole.n; i += block) {
        tl_str part = tl_str_sub(whole, i, i + block);
        char *copy = malloc(part.n);
        HOLDS(copy);
        memcpy(copy, part.p, part.n);
        tl_frame_push(f, (tl_str){copy, part.n});
        HOLDS(!listen(f, whole, story));
        free(copy);
    }
    tl_frame_finish(f, true);
    HOLDS(listen(f, whole, story));
    tell(story, tl_container_name(tl_frame_container(f)), 0, 0, 0, TL_STR_NONE);
}

static void frame_all_ways(struct tools *t, tl_str bytes)
{
    const size_t blocks[] = {1, 7, 64, 1 + tl_str_hash(bytes) % 200};
    frame(t->frame, bytes, bytes.n ? bytes.n : 1, &t->story);
    for (size_t i = bytes.n > 1 << 14 ? 2 : 0; i < sizeof blocks / sizeof *blocks; i++) {
        frame(t->frame, bytes, blocks[i], &t->other);
        HOLDS(tl_str_eq(tl_buf_str(&t->story), tl_buf_str(&t->other)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct tools *t = tools();
    tl_str given = {(const char *)data, n};
    inflate_all(t, data, n);
    struct tl_buf bytes = {0};
    HOLDS(tl_buf_add_str(&bytes, tl_buf_str(&t->judge_out)) == 0);
    frame_all_ways(t, tl_buf_str(&bytes));
    tl_buf_fini(&bytes);
    if (n == 0 || n > PACK_MOST_BYTES)
        return 0;
    pack(&t->packed, data, n);
    struct tl_stream s = inflate_all(t, t->packed.p, t->packed.n);
    HOLDS(s.end == TL_STREAM_COMPLETE && s.gzip && s.n_members == 1 && s.trailing_bytes == 0);
    HOLDS(tl_str_eq(tl_buf_str(&t->judge_out), given));
    size_t bit = tl_str_hash(given) % (t->packed.n * 8);
    t->packed.p[bit / 8] = (char)(t->packed.p[bit / 8] ^ (1 << bit % 8));
    s = inflate_all(t, t->packed.p, t->packed.n);
    HOLDS(s.end != TL_STREAM_COMPLETE || !s.gzip || tl_str_eq(tl_buf_str(&t->judge_out), given));
    return 0;
}
