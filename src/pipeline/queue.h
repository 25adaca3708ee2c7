/* queue: files to the workers, batches to the writer, in the order of the walk. */
#ifndef TRAILLOOP_PIPELINE_QUEUE_H
#define TRAILLOOP_PIPELINE_QUEUE_H

#include "batch.h"
#include "trailloop/input.h"

#include <pthread.h>
#include <stdatomic.h>

/* One entry of the walk, from the time it is found until its last batch is written. */
struct tl_slot {
    struct tl_file file; /* texts in `texts` */
    struct tl_buf texts;
    int walk;                        /* 0: a file to read; else TL_WALK_SKIPPED or TL_WALK_UNREADABLE */
    struct tl_batch *first, *newest; /* handed over, not taken yet */
};

struct tl_queue {
    pthread_mutex_t mutex;
    /* There is something new for: a worker, the writer, a worker without a batch. */
    pthread_cond_t files, parts, idle;
    bool made;             /* the four above */
    struct tl_slot *slots; /* a ring */
    size_t n_slots;
    uint64_t head, next, tail; /* the slot that is written; the next for a worker; the next for the walk */
    bool closed;               /* the walk is over */
    int failed;                /* a worker's */
    struct tl_err err;
    size_t n_events_ready, n_batches_ready; /* handed over, not taken yet */
    atomic_bool stopped;
    atomic_uint_fast64_t n_bytes_read; /* from the files, by all workers */
};

int tl_queue_init(struct tl_queue *q, size_t n_slots, struct tl_err *err);
void tl_queue_fini(struct tl_queue *q);

/* ---- the writer's side ------------------------------------------------------------------------ */

bool tl_queue_has_room(const struct tl_queue *q);
int tl_queue_push(struct tl_queue *q, const struct tl_file *file, int walk, struct tl_err *err);
void tl_queue_close(struct tl_queue *q);
/* The slot to be written now, or NULL when there is none. */
struct tl_slot *tl_queue_head(struct tl_queue *q);
/* Waits for the next batch of that slot. 0, TL_QUEUE_WAITING after a tenth of a second, or what a worker
 * failed with. */
enum { TL_QUEUE_WAITING = 1 };
int tl_queue_take(struct tl_queue *q, struct tl_batch **out, struct tl_err *err);
void tl_queue_give_back(struct tl_queue *q, struct tl_batch *b);
void tl_queue_pop(struct tl_queue *q);  /* the head is done */
void tl_queue_stop(struct tl_queue *q); /* every worker comes to its end soon */

/* ---- a worker's side -------------------------------------------------------------------------- */

/* The next file to read; NULL when there are no more. */
struct tl_slot *tl_queue_next(struct tl_queue *q);
/* An empty batch out of the worker's own list; NULL when stopped. */
struct tl_batch *tl_queue_idle_batch(struct tl_queue *q, struct tl_batch_home *home);
void tl_queue_hand_over(struct tl_queue *q, struct tl_slot *slot, struct tl_batch *b);
void tl_queue_fail(struct tl_queue *q, int code, const struct tl_err *err);

#endif
