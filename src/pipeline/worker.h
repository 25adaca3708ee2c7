/* worker: a thread that reads whole files: inflate, frame, extract, hash. */
#ifndef TRAILLOOP_PIPELINE_WORKER_H
#define TRAILLOOP_PIPELINE_WORKER_H

#include "queue.h"
#include "trailloop/digest.h"

struct tl_worker {
    struct tl_queue *queue;
    pthread_t thread;
    bool running;
    bool needed_only; /* what detection does not need is dropped */
    /* made once, used for every file */
    struct tl_inflate *inflate;
    struct tl_frame *frame;
    struct tl_extractor *extractor; /* told to write into the batch that is being filled */
    struct tl_sha256 *sha;          /* NULL when none is asked for */
    struct tl_batch batches[TL_BATCHES_PER_WORKER];
    struct tl_batch_home home;
    /* of the file that is being read */
    struct tl_slot *slot;
    struct tl_batch *now; /* being filled; NULL when stopped */
    struct tl_source src;
    size_t n_handed_over; /* batches of it before the last one */
    size_t n_void;        /* of these, when it is read again, so many were handed over the first time */
    const char *cut;      /* why the text of it ended too early; NULL when it did not */
    int first_byte;       /* of the text: the first that is not white space; -1 while there is none */
};

/* `number`: among the workers of the queue, from 0. */
int tl_worker_start(struct tl_worker *w, size_t number, struct tl_queue *q, bool keep_all, bool hash,
                    struct tl_err *err);
/* Waits for its end: after tl_queue_close or tl_queue_stop. */
void tl_worker_fini(struct tl_worker *w);

#endif
