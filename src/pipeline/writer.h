/* writer: the caller's own thread's part of an ingest: the store, the notices, the counters. */
#ifndef TRAILLOOP_PIPELINE_WRITER_H
#define TRAILLOOP_PIPELINE_WRITER_H

#include "queue.h"
#include "roots.h"
#include "trailloop/pipeline.h"

/* What the store knows of a worker's shapes, each in the place of its number. */
#define TL_WRITER_SHAPES 2048
struct tl_writer_shape {
    uint64_t number;
    struct tl_alike alike;
};

struct tl_writer {
    struct tl_store *store;
    struct tl_writer_shape *shapes; /* owned: TL_WRITER_SHAPES for each worker */
    const struct tl_roots *roots;   /* borrowed */
    const struct tl_ingest_options *o;
    struct tl_ingest_result *r;
    struct tl_err *err;
    struct tl_buf text; /* of the notice that is being made */
    bool in_transaction;
    int64_t began_ns;       /* the transaction */
    uint64_t n_put;         /* events in the transaction */
    bool in_file;           /* a batch of the head's file was seen, its last one was not */
    bool passed_over;       /* the file was ingested while it waited: its batches are dropped */
    uint64_t n_damage_seen; /* in this file */
    uint64_t n_new_before, n_duplicates_before; /* in the store, when this began */
    int64_t told_ns;                            /* progress: when last */
    uint64_t n_records;
    uint64_t n_bytes_ended; /* sizes of the files that are done with, read whole or not */
};

void tl_writer_init(struct tl_writer *w, struct tl_store *s, const struct tl_ingest_options *o,
                    struct tl_ingest_result *r, struct tl_err *err);
void tl_writer_fini(struct tl_writer *w);

/* Before the first file. 0 or a failure. */
int tl_writer_start(struct tl_writer *w, const struct tl_roots *roots, size_t n_workers);
/* True when the file need not be read. 0 or a failure. */
int tl_writer_seen(struct tl_writer *w, const struct tl_file *f, bool *seen);
/* An entry of the walk that is no file to read. 0 or a failure. */
int tl_writer_entry(struct tl_writer *w, const struct tl_slot *slot);
/* One batch; after the last one of its file the file is done. 0 or a failure. */
int tl_writer_batch(struct tl_writer *w, const struct tl_slot *slot, struct tl_batch *b);
/* There is nothing to write just now, or nothing more at all. 0 or a failure. */
int tl_writer_commit(struct tl_writer *w);
/* Completes `p` by files and records, and tells the caller when it is time. 0 or TL_ESIGNAL. */
int tl_writer_tick(struct tl_writer *w, struct tl_progress *p);

#endif
