/* tl_ingest: the line from files to facts. The caller's thread walks the input, gives files to the workers,
 * writes what they hand back, in the walk's order, and makes every callback. Workers do all that needs no
 * database. Memory is bounded by the number of workers. Whatever goes wrong, every thread has ended when it
 * returns. */
#include "queue.h"
#include "roots.h"
#include "trailloop/pipeline.h"
#include "worker.h"
#include "writer.h"

#include <stdlib.h>

struct ingest {
    struct tl_queue queue;
    struct tl_worker *workers;
    int n_workers;
    struct tl_walk *walk;
    bool walked; /* to its end */
    bool stdin_taken;
    struct tl_roots roots;
    uint64_t n_found; /* entries below the roots */
    struct tl_writer writer;
    struct tl_progress progress; /* what only the walk knows of it */
};

/* One more entry of the walk into the queue, unless there is nothing to do about it. 0 or a failure. */
static int step(struct ingest *in, struct tl_err *err)
{
    struct tl_file f;
    int walk = tl_walk_next(in->walk, &f, err);
    if (walk < 0)
        return walk;
    if (walk == TL_WALK_END) {
        in->walked = true;
        tl_queue_close(&in->queue);
        return 0;
    }
    bool seen = false, is_stdin = tl_str_eq(f.location, TL_STR("-"));
    in->n_found += !is_stdin && !(f.named && walk == TL_WALK_UNREADABLE);
    if (walk == 0) {
        int r = tl_writer_seen(&in->writer, &f, &seen);
        if (r)
            return r;
        seen = seen || (is_stdin && in->stdin_taken); /* there is but one */
        in->stdin_taken = in->stdin_taken || is_stdin;
    }
    if (seen) {
        in->writer.r->n_already_ingested++;
        in->progress.n_bytes_done += (uint64_t)f.size_bytes;
        return 0;
    }
    return tl_queue_push(&in->queue, &f, walk, err);
}

/* Writes what the head of the queue has, or waits for it. 0 or a failure. */
static int write_some(struct ingest *in, struct tl_err *err)
{
    struct tl_slot *slot = tl_queue_head(&in->queue);
    if (!slot)
        return 0;
    if (slot->walk) {
        int r = tl_writer_entry(&in->writer, slot);
        if (r == 0)
            tl_queue_pop(&in->queue);
        return r;
    }
    struct tl_batch *b;
    int r = tl_queue_take(&in->queue, &b, err);
    if (r == TL_QUEUE_WAITING)
        return tl_writer_commit(&in->writer);
    if (r)
        return r;
    bool last = b->last;
    r = tl_writer_batch(&in->writer, slot, b);
    if (r)
        return r;
    if (last)
        tl_queue_pop(&in->queue);
    tl_queue_give_back(&in->queue, b);
    return 0;
}

static int tick(struct ingest *in)
{
    struct tl_progress p = in->progress;
    p.n_bytes_read = in->queue.n_bytes_read;
    p.n_bytes_done += p.n_bytes_read > in->writer.n_bytes_ended ? p.n_bytes_read : in->writer.n_bytes_ended;
    return tl_writer_tick(&in->writer, &p);
}

static int run(struct ingest *in, struct tl_err *err)
{
    while (!in->walked || tl_queue_head(&in->queue)) {
        int r = tick(in);
        while (r == 0 && !in->walked && tl_queue_has_room(&in->queue)) {
            r = step(in, err);
            if (r == 0)
                r = tick(in);
        }
        if (r == 0)
            r = write_some(in, err);
        if (r)
            return r;
    }
    return tl_writer_commit(&in->writer);
}

static int start(struct ingest *in, const struct tl_ingest_options *o, struct tl_err *err)
{
    size_t jobs = o->jobs < 1 ? 1 : (size_t)o->jobs;
    /* A worker has at most as many files under way as it has batches, and one that it reads. */
    int r = tl_queue_init(&in->queue, jobs * (TL_BATCHES_PER_WORKER + 1), err);
    if (r)
        return r;
    in->workers = calloc(jobs, sizeof *in->workers);
    if (!in->workers)
        return tl_err_nomem(err);
    r = tl_roots_init(&in->roots, o->paths, o->n_paths, err);
    if (r == 0)
        r = tl_writer_start(&in->writer, &in->roots, jobs);
    if (r == 0)
        r = tl_walk_new(&in->walk, o->paths, o->n_paths, err);
    for (size_t i = 0; i < jobs && r == 0; i++) {
        in->n_workers++;
        r = tl_worker_start(&in->workers[i], i, &in->queue, o->keep_all, o->hash, err);
    }
    return r;
}

static void finish(struct ingest *in)
{
    if (in->queue.made)
        tl_queue_stop(&in->queue);
    for (int i = 0; i < in->n_workers; i++)
        tl_worker_fini(&in->workers[i]);
    free(in->workers);
    tl_walk_free(in->walk);
    tl_queue_fini(&in->queue);
    tl_writer_fini(&in->writer);
    tl_roots_fini(&in->roots);
}

/* How much there is to read. What stands in the way of an entry is told when it is its turn. */
static int measure(struct ingest *in, const struct tl_ingest_options *o, struct tl_err *err)
{
    struct tl_walk *walk;
    struct tl_file f;
    bool all = true;
    int r = tl_walk_new(&walk, o->paths, o->n_paths, err);
    while (r == 0 && (r = tl_walk_next(walk, &f, err)) != TL_WALK_END && r >= 0) {
        in->progress.n_files_total++;
        in->progress.n_bytes_total += (uint64_t)f.size_bytes;
        all &= !tl_str_eq(f.location, TL_STR("-"));
        r = tick(in);
    }
    tl_walk_free(walk);
    if (!all)
        in->progress.n_files_total = in->progress.n_bytes_total = 0;
    return r < 0 ? r : 0;
}

int tl_ingest(struct tl_store *s, const struct tl_ingest_options *o, struct tl_ingest_result *r,
              struct tl_err *err)
{
    struct ingest in = {0};
    *r = (struct tl_ingest_result){0};
    tl_writer_init(&in.writer, s, o, r, err);
    int code = o->measure ? measure(&in, o, err) : 0;
    if (code == 0)
        code = start(&in, o, err);
    if (code == 0)
        code = run(&in, err);
    if (code == 0)
        code = tl_roots_find_gone(&in.roots, s, o, in.n_found, err);
    finish(&in);
    return code;
}
