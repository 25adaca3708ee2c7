/* Every file under the paths is read once: its content's SHA-256, and whether it is a digest, a log, or
 * something else. A digest is held whole while it is read; nothing else is. What a file is, its content says;
 * its name only counts where the content is not right. */
#include "internal.h"

#include "trailloop/inflate.h"
#include "trailloop/input.h"
#include "trailloop/limits.h"

#include <sys/stat.h>
#include <unistd.h>

struct reader {
    struct work *w;
    struct tl_walk *walk;
    struct tl_inflate *inflate;
    struct tl_sha256 *sha;
    struct tl_buf text; /* of what may be a digest */
    struct tl_arena arena;
    const struct tl_file *file;
    bool may_be_digest, has_records, too_long;
    char hex[HEX_BYTES];
};

static bool go_on(const struct work *w)
{
    return !w->o->go_on || w->o->go_on(w->o->ctx);
}

static bool ready(void *ctx, int fd)
{
    (void)fd;
    return go_on(((const struct reader *)ctx)->w);
}

static bool says_digest(tl_str name)
{
    return tl_str_find(name, TL_STR("_CloudTrail-Digest_")) != SIZE_MAX;
}

static int add_file(struct reader *rd, bool has_hash, const char *what, tl_str why)
{
    tl_str hex = has_hash ? (tl_str){rd->hex, HEX_BYTES} : TL_STR_NONE;
    const tl_str fields[] = {file_key(rd->file->source), TL_STR("f"), hex, rd->file->shown,
                             tl_str_from(what),          why};
    return line_add(&rd->w->names, fields, sizeof fields / sizeof *fields, rd->w->err);
}

/* ---- a digest ----------------------------------------------------------------------------------- */

static int add_log(void *ctx, tl_str object, tl_str sha256)
{
    struct reader *rd = ctx;
    const tl_str fields[] = {file_key(object), TL_STR("a"), sha256, object, {rd->hex, HEX_BYTES}};
    return line_add(&rd->w->names, fields, sizeof fields / sizeof *fields, rd->w->err);
}

static int add_digest(struct reader *rd, const struct digest *d)
{
    char start[TIME_KEY_BYTES], end[TIME_KEY_BYTES];
    struct digest_name name = digest_name_of(d->object);
    tl_str chain = tl_arena_printf(&rd->arena, "%.*s/%.*s/%.*s%s", TL_FMT(d->bucket), TL_FMT(name.directory),
                                   TL_FMT(name.stem), name.backfill ? "_backfill" : "");
    if (!chain.p)
        return tl_err_nomem(rd->w->err);
    const tl_str fields[] = {chain,
                             time_key(d->end_s, end),
                             d->object,
                             {rd->hex, HEX_BYTES},
                             time_key(d->start_s, start),
                             d->end_text,
                             d->bucket,
                             d->fingerprint,
                             d->previous_object,
                             d->previous_sha256,
                             d->previous_signature,
                             d->account,
                             rd->file->shown};
    int r = line_add(&rd->w->digests, fields, sizeof fields / sizeof *fields, rd->w->err);
    return r ? r : digest_each_log(tl_buf_str(&rd->text), &rd->arena, add_log, rd, rd->w->err);
}

/* 0, or DIGEST_BAD when it is none. */
static int take_digest(struct reader *rd)
{
    struct digest d;
    tl_str why;
    tl_arena_reset(&rd->arena);
    if (rd->too_long) {
        why = TL_STR("a digest too long to be read");
    } else {
        int r = digest_read(tl_buf_str(&rd->text), &rd->arena, &d, &why, rd->w->err);
        if (r != DIGEST_BAD)
            return r ? r : add_digest(rd, &d);
    }
    return says_digest(rd->file->source) ? add_file(rd, true, "digest", why) : DIGEST_BAD;
}

/* ---- a file ------------------------------------------------------------------------------------- */

static void look_at_start(struct reader *rd, tl_str block)
{
    rd->may_be_digest =
        tl_str_find(block, TL_STR("\"digestS3Object\"")) != SIZE_MAX || says_digest(rd->file->source);
    rd->has_records = tl_str_find(block, TL_STR("\"eventVersion\":")) != SIZE_MAX;
}

static int take_block(struct reader *rd, tl_str block)
{
    tl_sha256_add(rd->sha, block.p, block.n);
    if (!rd->may_be_digest)
        return 0;
    rd->too_long = rd->too_long || rd->text.n + block.n > TL_DIGEST_MAX_BYTES;
    if (rd->too_long)
        return 0;
    return tl_buf_add_str(&rd->text, block) ? tl_err_nomem(rd->w->err) : 0;
}

static void start_file(struct reader *rd)
{
    rd->may_be_digest = says_digest(rd->file->source);
    rd->has_records = rd->too_long = false;
    rd->text.n = 0;
    tl_sha256_start(rd->sha);
}

/* 0 with the hash of the content, or a failure; TL_EIO is this file's. */
static int read_stream(struct reader *rd, int fd, struct tl_err *err)
{
    tl_str block;
    bool first = true;
    int r = 0;
    start_file(rd);
    tl_inflate_open(rd->inflate, fd, TL_SIZE_UNKNOWN, NULL, NULL);
    while (r == 0 && (r = tl_inflate_next(rd->inflate, &block, err)) != TL_INFLATE_END) {
        if (r == TL_INFLATE_AGAIN) {
            r = 0;
            start_file(rd);
            first = true;
        } else if (r == 0) {
            if (first)
                look_at_start(rd, block);
            first = false;
            r = take_block(rd, block);
        }
    }
    uint8_t sha256[TL_SHA256_BYTES];
    if (r != TL_INFLATE_END)
        return r;
    tl_sha256_finish(rd->sha, sha256);
    for (size_t i = 0; i < TL_SHA256_BYTES; i++) {
        rd->hex[2 * i] = "0123456789abcdef"[sha256[i] >> 4];
        rd->hex[2 * i + 1] = "0123456789abcdef"[sha256[i] & 15];
    }
    return 0;
}

/* What no hash of the content shows. */
static tl_str more_than_one_member(const struct tl_stream *st)
{
    return st->n_members > 1    ? TL_STR("it has more than one gzip member, where CloudTrail writes one")
           : st->trailing_bytes ? TL_STR("bytes follow its gzip member, where CloudTrail writes none")
                                : TL_STR_NONE;
}

static int judge(struct reader *rd)
{
    const struct tl_stream *st = tl_inflate_state(rd->inflate);
    tl_str account, region;
    int64_t time_s;
    bool log = log_name_of(file_key(rd->file->source), &account, &region, &time_s);
    if (st->end != TL_STREAM_COMPLETE) {
        tl_arena_reset(&rd->arena);
        tl_str why =
            tl_arena_printf(&rd->arena, "%s at byte %llu", st->why, (unsigned long long)st->in_bytes);
        bool digest = says_digest(rd->file->source);
        return why.p ? add_file(rd, false,
                                digest ? "digest"
                                : log  ? "log"
                                       : "other",
                                why)
                     : tl_err_nomem(rd->w->err);
    }
    int r = rd->may_be_digest ? take_digest(rd) : DIGEST_BAD;
    if (r != DIGEST_BAD)
        return r;
    /* Insights have records of their own, and digests do not name them. */
    bool insight = tl_str_find(rd->file->source, TL_STR("_CloudTrail-Insight_")) != SIZE_MAX;
    return add_file(rd, true,
                    log                           ? "log"
                    : rd->has_records && !insight ? "records"
                                                  : "other",
                    more_than_one_member(st));
}

/* `why` is the message of whoever failed, "cannot ...: reason". */
static int unreadable(struct reader *rd, tl_str why)
{
    size_t colon = tl_str_rfind_char(why, ':');
    tl_str reason = colon == SIZE_MAX ? why : tl_str_sub(why, colon + 2, why.n);
    bool digest = says_digest(rd->file->source);
    return add_file(rd, false, digest ? "digest" : "unreadable", reason);
}

static int read_file(struct reader *rd)
{
    struct tl_err why = {0};
    struct stat st;
    int fd = -1;
    int r = tl_file_open(rd->file, &fd, &st, &why);
    if (r == 0) {
        r = read_stream(rd, fd, &why);
        close(fd); /* read only: nothing is lost by a failure */
    }
    if (r == TL_EIO)
        return unreadable(rd, tl_str_from(why.msg));
    if (r)
        return tl_err_set(rd->w->err, r, "%s", why.msg);
    return judge(rd);
}

static int step(struct reader *rd, struct tl_file *f)
{
    int walk = tl_walk_next(rd->walk, f, rd->w->err);
    rd->file = f;
    if (walk < 0 || walk == TL_WALK_END)
        return walk;
    if (!go_on(rd->w))
        return TL_ESIGNAL;
    if (tl_str_eq(f->location, TL_STR("-")))
        return tl_err_set(rd->w->err, TL_EUSAGE,
                          "cannot verify standard input: digests name files; give files or directories");
    if (walk == TL_WALK_SKIPPED) {
        rd->w->v->n_other++;
        return 0;
    }
    return walk == TL_WALK_UNREADABLE ? unreadable(rd, f->reason) : read_file(rd);
}

int read_files(struct work *w)
{
    struct reader rd = {.w = w};
    struct tl_file f;
    int r = tl_walk_new(&rd.walk, w->o->paths, w->o->n_paths, w->err);
    if (r == 0)
        r = tl_inflate_new(&rd.inflate, w->err);
    if (r == 0)
        r = tl_sha256_new(&rd.sha, w->err);
    if (r == 0)
        tl_inflate_set_ready(rd.inflate, ready, &rd);
    while (r == 0)
        r = step(&rd, &f);
    tl_walk_free(rd.walk);
    tl_inflate_free(rd.inflate);
    tl_sha256_free(rd.sha);
    tl_buf_fini(&rd.text);
    tl_arena_fini(&rd.arena);
    return r == TL_WALK_END ? 0 : r;
}
