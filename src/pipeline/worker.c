/* A worker turns one file after another into batches and knows neither the store nor the user. It promises to
 * hold at most its own batches and the stages' fixed buffers, whatever the file; to look for a stop before
 * every block, also while standard input gives nothing; and to say for every file, in its last batch, how it
 * ended. What it can do itself costs one file at most: an unreadable, changed, cut or foreign file is an
 * outcome. Only memory ends the run. */
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STOPPED = 1, NOT_JSON }; /* outcomes inside this file */

#define POLL_MS 100

/* ---- batches ---------------------------------------------------------------------------------- */

/* 0 or STOPPED. */
static int next_batch(struct tl_worker *w)
{
    w->now = tl_queue_idle_batch(w->queue, &w->home);
    if (!w->now)
        return STOPPED;
    tl_extractor_into(w->extractor, &w->now->arena);
    return 0;
}

static void reset_batch(struct tl_worker *w)
{
    tl_batch_reset(w->now);
    tl_extractor_into(w->extractor, &w->now->arena);
}

/* 0 or STOPPED. */
static int hand_over(struct tl_worker *w, bool last)
{
    if (!last && w->n_handed_over < w->n_void) {
        w->n_handed_over++;
        reset_batch(w);
        return 0;
    }
    w->n_handed_over++;
    w->now->last = last;
    tl_queue_hand_over(w->queue, w->slot, w->now);
    w->now = NULL;
    return last ? 0 : next_batch(w);
}

static void take_damage(struct tl_worker *w, const struct tl_origin *at, const char *why)
{
    w->src.n_damaged++;
    tl_batch_note_damage(w->now, at, why);
}

static int take_record(struct tl_worker *w, const struct tl_record *rec, struct tl_err *err)
{
    const char *why = NULL;
    int r = tl_batch_record(w->now, w->extractor, w->needed_only, rec, &why, err);
    if (r < 0)
        return r;
    if (r == TL_EXTRACT_FOREIGN) {
        w->src.n_foreign++;
        return 0;
    }
    w->src.n_read++;
    w->now->n_read++;
    if (r == TL_EXTRACT_UNUSED) {
        w->src.n_unused++;
    } else if (r == TL_EXTRACT_DAMAGED) {
        tl_frame_reject(w->frame);
        take_damage(w, &(struct tl_origin){rec->number, rec->offset, rec->length}, why);
    }
    return 0;
}

/* Everything the framer can give by now. 0, STOPPED or TL_ENOMEM. */
static int drain(struct tl_worker *w, struct tl_err *err)
{
    for (;;) {
        struct tl_record rec;
        struct tl_damage damage;
        int r = tl_frame_next(w->frame, &rec, &damage, err);
        if (r == TL_FRAME_MORE || r == TL_FRAME_END)
            return 0;
        if (r == TL_FRAME_FOREIGN) {
            w->src.n_foreign++;
            continue;
        }
        if (r == TL_FRAME_DAMAGE) {
            w->src.n_read++;
            w->now->n_read++;
            take_damage(w, &(struct tl_origin){damage.number, damage.offset, damage.length}, damage.why);
            w->cut = damage.cut ? damage.why : w->cut;
            r = 0;
        } else if (r == 0) {
            r = take_record(w, &rec, err);
        }
        if (r == 0 && tl_batch_full(w->now))
            r = hand_over(w, false);
        if (r)
            return r;
    }
}

/* ---- one file --------------------------------------------------------------------------------- */

static void tap(void *ctx, const void *bytes, size_t n)
{
    struct tl_worker *w = ctx;
    atomic_fetch_add_explicit(&w->queue->n_bytes_read, n, memory_order_relaxed);
    if (w->sha)
        tl_sha256_add(w->sha, bytes, n);
}

static bool is_stdin(const struct tl_worker *w)
{
    return tl_str_eq(w->slot->file.location, TL_STR("-"));
}

/* Before every read. A disk answers; whoever writes to our standard input may think for hours. */
static bool ready(void *ctx, int fd)
{
    const struct tl_worker *w = ctx;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    while (!w->queue->stopped)
        if (!is_stdin(w) || poll(&p, 1, POLL_MS) != 0)
            return true; /* a failure of poll shows in read, too */
    return false;
}

static void note_first_byte(struct tl_worker *w, tl_str block)
{
    if (w->first_byte >= 0)
        return;
    if (tl_str_starts(block, TL_STR("\xEF\xBB\xBF")))
        block = tl_str_sub(block, 3, block.n);
    for (size_t i = 0; i < block.n && w->first_byte < 0; i++)
        if (!strchr(" \t\r\n", block.p[i]) || !block.p[i])
            w->first_byte = (unsigned char)block.p[i];
}

static void start_source(struct tl_worker *w)
{
    const struct tl_file *f = &w->slot->file;
    w->src = (struct tl_source){
        .location = f->location, .path = f->source, .size_bytes = f->size_bytes, .mtime_ns = f->mtime_ns};
    w->cut = NULL;
    w->first_byte = -1;
    w->n_handed_over = 0;
    w->n_void = 0;
}

/* What was read of the file is void. The batches that are on their way are not handed over a second time: the
 * file is one that is not right, so nothing of them is kept; or else they are the same. */
static void read_again(struct tl_worker *w)
{
    size_t n_void = w->n_handed_over;
    start_source(w);
    w->n_void = n_void;
    reset_batch(w);
    tl_frame_reset(w->frame);
}

/* Reads to the end, or to where it is plain that nothing is there. 0, STOPPED, NOT_JSON or a failure. */
static int read_stream(struct tl_worker *w, int fd, int64_t size_bytes, struct tl_err *err)
{
    tl_inflate_open(w->inflate, fd, size_bytes, tap, w);
    tl_frame_reset(w->frame);
    for (;;) {
        tl_str block;
        int r = tl_inflate_next(w->inflate, &block, err);
        if (r == TL_INFLATE_END)
            break;
        if (r == TL_INFLATE_AGAIN) {
            read_again(w);
            continue;
        }
        if (r)
            return r == TL_ESIGNAL ? STOPPED : r;
        note_first_byte(w, block);
        tl_frame_push(w->frame, block);
        r = drain(w, err);
        if (r)
            return r;
        if (tl_frame_container(w->frame) == TL_CONTAINER_NOT_JSON)
            return NOT_JSON; /* however long it is */
    }
    tl_frame_finish(w->frame, tl_inflate_state(w->inflate)->end == TL_STREAM_COMPLETE);
    return drain(w, err);
}

static int64_t mtime_ns(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

static bool has_json_name(tl_str name)
{
    return tl_str_ends(name, TL_STR(".json")) || tl_str_ends(name, TL_STR(".json.gz"));
}

/* The place in the text of a reason that has one. */
static int reason_at(struct tl_worker *w, const char *what, uint64_t byte)
{
    w->src.reason = tl_arena_printf(&w->now->arena, "%s at byte %" PRIu64, what, byte);
    return w->src.reason.p ? 0 : TL_ENOMEM;
}

/* A file that is not JSON is no matter in a directory of all sorts, but where a log was announced it is
 * damage. */
static int judge_not_json(struct tl_worker *w)
{
    const struct tl_file *f = &w->slot->file;
    w->src.outcome = f->named || has_json_name(f->source) ? TL_OUTCOME_CORRUPT : TL_OUTCOME_SKIPPED;
    w->src.reason = tl_arena_printf(&w->now->arena, "not JSON (first byte 0x%02x)", (unsigned)w->first_byte);
    return w->src.reason.p ? 0 : TL_ENOMEM;
}

/* How the file that was read to its end ended. 0 or TL_ENOMEM. */
static int judge(struct tl_worker *w, bool changed, bool *keep)
{
    const struct tl_stream *st = tl_inflate_state(w->inflate);
    struct tl_source *src = &w->src;
    *keep = false;
    if (st->end == TL_STREAM_CUT || st->end == TL_STREAM_CORRUPT) {
        src->outcome = st->end == TL_STREAM_CUT ? TL_OUTCOME_CUT : TL_OUTCOME_CORRUPT;
        return reason_at(w, st->why, st->in_bytes);
    }
    if (changed) {
        src->outcome = TL_OUTCOME_CUT;
        src->reason = TL_STR("changed while it was read");
    } else if (src->container == TL_CONTAINER_EMPTY) {
        src->outcome = TL_OUTCOME_SKIPPED;
        src->reason = TL_STR("empty");
    } else if (src->container == TL_CONTAINER_DIGEST) {
        src->outcome = TL_OUTCOME_SKIPPED;
        src->reason = TL_STR("a CloudTrail digest file");
    } else if (src->n_read == 0 && (src->container == TL_CONTAINER_FOREIGN || src->n_foreign)) {
        src->outcome = TL_OUTCOME_SKIPPED;
        src->reason = TL_STR("JSON without CloudTrail records");
    } else if (w->cut) { /* what was whole is right: there is no checksum over it */
        src->outcome = TL_OUTCOME_CUT;
        *keep = true;
        return reason_at(w, w->cut, st->out_bytes);
    }
    return 0;
}

/* Reads an open file and says in the last batch how it was. 0, STOPPED, TL_EIO (this file's) or TL_ENOMEM. */
static int read_open_file(struct tl_worker *w, int fd, const struct stat *before, struct tl_err *err)
{
    struct stat after = {0};
    if (w->sha)
        tl_sha256_start(w->sha);
    /* There are files that have no size, and are read all the same. */
    int64_t size_bytes =
        S_ISREG(before->st_mode) && before->st_size && !is_stdin(w) ? before->st_size : TL_SIZE_UNKNOWN;
    int end = read_stream(w, fd, size_bytes, err);
    if (end < 0 || end == STOPPED)
        return end;
    if (fstat(fd, &after))
        return tl_err_set(err, TL_EIO, "%s", strerrordesc_np(errno));
    const struct tl_stream *st = tl_inflate_state(w->inflate);
    struct tl_source *src = &w->src;
    src->container = tl_frame_container(w->frame);
    src->n_members = st->n_members;
    src->trailing_bytes = st->trailing_bytes;
    src->inflated_bytes = st->out_bytes;
    if (!is_stdin(w)) {
        src->size_bytes = before->st_size;
        src->mtime_ns = mtime_ns(before);
    }
    bool changed = !is_stdin(w) && (before->st_size != after.st_size || mtime_ns(before) != mtime_ns(&after));
    bool keep = false;
    int r = end == NOT_JSON ? judge_not_json(w) : judge(w, changed, &keep);
    if (r)
        return tl_err_nomem(err);
    src->has_sha256 = w->sha && !changed && end != NOT_JSON; /* else not all of it was seen */
    if (src->has_sha256)
        tl_sha256_finish(w->sha, src->sha256);
    w->now->end = (struct tl_batch_end){*src, keep, st->why && end != NOT_JSON};
    return hand_over(w, true);
}

/* `why` is the message of whoever failed, "cannot ...: reason": its last part is the reason. */
static int end_unreadable(struct tl_worker *w, const struct tl_err *why, struct tl_err *err)
{
    tl_str reason = tl_str_from(why->msg);
    size_t colon = tl_str_rfind_char(reason, ':');
    if (colon != SIZE_MAX && colon + 2 < reason.n)
        reason = tl_str_sub(reason, colon + 2, reason.n);
    if (tl_arena_copy(&w->now->arena, reason, &w->src.reason))
        return tl_err_nomem(err);
    w->src.outcome = TL_OUTCOME_UNREADABLE;
    w->now->end = (struct tl_batch_end){w->src, false, false};
    return hand_over(w, true);
}

/* 0, STOPPED or TL_ENOMEM. */
static int read_file(struct tl_worker *w, struct tl_err *err)
{
    start_source(w);
    if (next_batch(w))
        return STOPPED;
    struct tl_err why = {0};
    int fd = -1;
    struct stat st;
    int r = tl_file_open(&w->slot->file, &fd, &st, &why);
    if (r == 0) {
        r = read_open_file(w, fd, &st, &why);
        close(fd); /* read only: nothing is lost by a failure */
    }
    if (r == TL_EIO)
        return end_unreadable(w, &why, err);
    return r < 0 ? tl_err_set(err, r, "%s", why.msg) : r;
}

/* ---- the thread ------------------------------------------------------------------------------- */

static void *run(void *ctx)
{
    struct tl_worker *w = ctx;
    for (;;) {
        w->slot = tl_queue_next(w->queue);
        if (!w->slot)
            return NULL;
        struct tl_err err = {0};
        int r = read_file(w, &err);
        if (r < 0)
            tl_queue_fail(w->queue, r, &err);
        if (r)
            return NULL;
    }
}

/* Signals are the main thread's: it is the one that looks whether to stop. */
static int start_thread(struct tl_worker *w, struct tl_err *err)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int e = pthread_create(&w->thread, NULL, run, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    w->running = e == 0;
    return e ? tl_err_set(err, TL_ENOMEM, "cannot start a thread: %s", strerrordesc_np(e)) : 0;
}

int tl_worker_start(struct tl_worker *w, size_t number, struct tl_queue *q, bool keep_all, bool hash,
                    struct tl_err *err)
{
    *w = (struct tl_worker){.queue = q, .needed_only = !keep_all, .home = {.number = number}};
    int r = tl_inflate_new(&w->inflate, err);
    if (r == 0)
        tl_inflate_set_ready(w->inflate, ready, w);
    if (r == 0)
        r = tl_frame_new(&w->frame, err);
    if (r == 0)
        r = tl_extractor_new(&w->extractor, err);
    if (r == 0 && hash)
        r = tl_sha256_new(&w->sha, err);
    for (size_t i = 0; i < TL_BATCHES_PER_WORKER && r == 0; i++) {
        struct tl_batch *b = &w->batches[i];
        r = tl_batch_init(b, err);
        b->home = &w->home;
        b->next = w->home.idle;
        w->home.idle = b;
    }
    return r ? r : start_thread(w, err);
}

void tl_worker_fini(struct tl_worker *w)
{
    if (w->running)
        pthread_join(w->thread, NULL);
    tl_inflate_free(w->inflate);
    tl_frame_free(w->frame);
    tl_extractor_free(w->extractor);
    tl_sha256_free(w->sha);
    for (size_t i = 0; i < TL_BATCHES_PER_WORKER; i++)
        tl_batch_fini(&w->batches[i]);
}
