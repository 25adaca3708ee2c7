/* batch: what a worker made of a part of one file, ready to be written: events, damaged places, what
 * was not needed. Filled by one worker, then read by the writer, then filled again: its memory is reused. */
#ifndef TRAILLOOP_PIPELINE_BATCH_H
#define TRAILLOOP_PIPELINE_BATCH_H

#include "trailloop/event.h"
#include "trailloop/frame.h"
#include "trailloop/limits.h"
#include "trailloop/store.h"

struct tl_batch_item {
    struct tl_event event;
    struct tl_origin at;
};

struct tl_batch_damage {
    struct tl_origin at;
    const char *why; /* static */
};

/* How a file ended; in its last batch. */
struct tl_batch_end {
    struct tl_source source; /* all but what the store counts; texts in the batch's arena or the slot's */
    bool keep;               /* cut, but its whole records are right */
    bool inflating;          /* it is the gzip stream that was not whole */
};

/* The batches of one worker; the queue's. */
struct tl_batch_home {
    size_t number;         /* of the worker */
    struct tl_batch *idle; /* the one used last comes first: its memory is warm */
    size_t n_events_away;  /* in batches on their way to the writer */
};

struct tl_batch {
    struct tl_batch *next;       /* in the list it is in; the queue's */
    struct tl_batch_home *home;  /* where it goes back to; the queue's */
    struct tl_arena arena;       /* all texts */
    struct tl_batch_item *items; /* owned, TL_BATCH_EVENTS of them */
    size_t n_items;
    struct tl_batch_damage *damage; /* owned, TL_BATCH_EVENTS of them */
    size_t n_damage;
    struct tl_seen *unused; /* owned, TL_BATCH_SCOPES of them: where and when what was not needed lies */
    size_t n_unused;
    size_t n_bytes;  /* of the records whose texts the arena keeps */
    uint64_t n_read; /* records framed, damaged ones too */
    bool last;       /* the file ends with it: see `end` */
    struct tl_batch_end end;
};

int tl_batch_init(struct tl_batch *b, struct tl_err *err);
void tl_batch_fini(struct tl_batch *b);
void tl_batch_reset(struct tl_batch *b);

/* True when nothing more may be added before it is handed over. */
bool tl_batch_full(const struct tl_batch *b);

/* Adds a record. With `needed_only` only what detection needs is kept; of the rest its account, region and
 * time are noted. 0, an outcome of tl_extract (with *why where it is damaged, and nothing added), or
 * TL_ENOMEM. */
int tl_batch_record(struct tl_batch *b, struct tl_extractor *x, bool needed_only, const struct tl_record *rec,
                    const char **why, struct tl_err *err);
void tl_batch_note_damage(struct tl_batch *b, const struct tl_origin *at, const char *why);

#endif
