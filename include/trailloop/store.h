/* store: the SQLite file: the only state, and the only place that knows SQL.
 *
 * Facts are idempotent by eventID: the same records in any order, any number of times, in any split give the
 * same content. One file of a dump is all in or all out. Committed means committed after a power cut. One
 * writer process at a time. See docs/DATABASE.md for tables and views.
 */
#ifndef TRAILLOOP_STORE_H
#define TRAILLOOP_STORE_H

#include "trailloop/base.h"
#include "trailloop/event.h"
#include "trailloop/frame.h"
#include "trailloop/history.h"
#include "trailloop/inflate.h"

struct tl_store;

enum { TL_STORE_NONE = 1 }; /* there is no such thing in it */

enum tl_store_mode {
    TL_STORE_READ,      /* must exist (an empty file reads as an empty database); nothing is written, but for
                           undoing what a killed process left half-done */
    TL_STORE_WRITE,     /* made if missing; takes the writer's lock, TL_EBUSY at once when another holds it */
    TL_STORE_CHANGE,    /* the same for a database that must exist */
    TL_STORE_TEMPORARY, /* path NULL: private, gone at close; may spill to a temporary file */
    TL_STORE_SCAN, /* the same, and changes stay out of its tables until a history is loaded that may need
                      them: until then copies among them are not counted */
};

/* 0; TL_EDB when it is foreign, newer, damaged or cannot be opened (the file is then untouched); TL_EBUSY. */
int tl_store_open(struct tl_store **out, const char *path, enum tl_store_mode mode, struct tl_err *err);
/* Rolls back what is not committed. */
void tl_store_close(struct tl_store *s);

/* ---- writing --------------------------------------------------------------------------------- */

/* Of a file. The store keeps these numbers. */
enum tl_outcome {
    TL_OUTCOME_DONE,       /* whole */
    TL_OUTCOME_SKIPPED,    /* by kind: digest, foreign, not JSON, empty: holds no records */
    TL_OUTCOME_CUT,        /* not done: read again when it changes */
    TL_OUTCOME_CORRUPT,    /* not done */
    TL_OUTCOME_UNREADABLE, /* not done: read again next time */
};
const char *tl_outcome_name(enum tl_outcome o); /* static: "done" ... */

/* A file of the dump, as found and as read. */
struct tl_source {
    tl_str location; /* identity */
    tl_str path;     /* as shown: relative to what was named on the command line */
    int64_t size_bytes, mtime_ns;
    bool has_sha256;
    uint8_t sha256[32]; /* of the bytes as read from disk */
    enum tl_container container;
    enum tl_outcome outcome;
    bool superseded; /* by tl_store_each_source: an older version, kept for the events it is the origin of */
    bool gone;       /* an ingest did not find it any more; false again when one does */
    tl_str reason;   /* why it is not done, with the byte; empty otherwise */
    uint64_t n_members, trailing_bytes, inflated_bytes; /* as tl_stream says */
    /* Records; foreign ones are not in n_read. */
    uint64_t n_read, n_kept, n_duplicates, n_damaged, n_unused, n_foreign;
};

/* Where a record lies. */
struct tl_origin {
    uint64_t record, offset, length;
};

/* True when a source of this location, size and mtime was read to a final outcome (DONE or SKIPPED; or CUT or
 * CORRUPT, unchanged since). 0 with *seen, or a failure. */
int tl_store_seen(struct tl_store *s, tl_str location, int64_t size_bytes, int64_t mtime_ns, bool *seen,
                  struct tl_err *err);

/* One transaction holds several files: begin, files, commit. A failure of any call in it, or tl_store_close,
 * loses the whole of it; a new one may then begin. */
int tl_store_begin(struct tl_store *s, struct tl_err *err);
int tl_store_commit(struct tl_store *s, struct tl_err *err);
/* Of all records put since the store was opened: new ones, and ones that it knew. Events wait in memory and
 * are compared with what is there many at a time, so that this is up to date only after a commit. */
void tl_store_put_counts(const struct tl_store *s, uint64_t *n_new, uint64_t *n_duplicates);

/* One file: begin, put ..., then end. With an outcome other than DONE, or SKIPPED, end takes back everything
 * that was put since begin (a plain file that was cut keeps its whole records: pass `keep`), and counts them
 * as damaged. A source known under that location from before is replaced in the manifest; no event vanishes
 * by it. */
int tl_store_file_begin(struct tl_store *s, tl_str location, tl_str path, struct tl_err *err);
/* An event may be known already by its time and id; which copy is the origin does not depend on the order of
 * files. Nothing of `ev` is kept: it may go. */
int tl_store_put(struct tl_store *s, const struct tl_event *ev, const struct tl_origin *at,
                 struct tl_err *err);
int tl_store_damage(struct tl_store *s, const struct tl_origin *at, tl_str why, struct tl_err *err);
/* Records of one account and region whose times lie in one block of 64 minutes. */
struct tl_seen {
    tl_str account, region;
    int64_t block, first_s, last_s;
    uint64_t minutes; /* a bit for each minute of the block that holds one, the first the lowest */
    uint64_t n_records;
};
#define TL_SEEN_BLOCK_S (64 * 60)
static inline int64_t tl_seen_block(int64_t time_s)
{
    return (time_s - (time_s % TL_SEEN_BLOCK_S + TL_SEEN_BLOCK_S) % TL_SEEN_BLOCK_S) / TL_SEEN_BLOCK_S;
}
static inline uint64_t tl_seen_minute(int64_t time_s, int64_t block)
{
    return (uint64_t)1 << ((time_s - block * TL_SEEN_BLOCK_S) / 60 & 63);
}
/* Records of the open file that were read but are not needed. They count for coverage. May be called for each
 * record, or for many at once. */
int tl_store_note_unused(struct tl_store *s, const struct tl_seen *seen, struct tl_err *err);
/* `src` has everything but n_kept and n_duplicates, which the store counts itself: in the manifest, what a
 * file has kept is the events whose origin it is, so that it does not depend on the order of files. Where
 * everything is taken back, n_damaged and n_unused are set. */
int tl_store_file_end(struct tl_store *s, struct tl_source *src, bool keep, struct tl_err *err);
/* Whether the current source of this location was looked for and not found. In a transaction, between files.
 */
int tl_store_mark_gone(struct tl_store *s, tl_str location, bool gone, struct tl_err *err);

/* The rows of what could not be read at or under `root`, an absolute path, or under the very name `typed`,
 * go: a new walk says anew what is unreadable. What such a file had kept stays. To be called between begin
 * and commit, before the first file. */
int tl_store_forget_unreadable(struct tl_store *s, tl_str typed, tl_str root, struct tl_err *err);

/* Takes away records before `before_s`, but for facts of remediation (verdicts, attempts, changes, control
 * events) from `facts_from_s` on, and settings of any age; see prune.c. Records that would have been pruned
 * are counted as unused from then on when they are put. To be called between begin and commit (or rollback).
 */
struct tl_prune {
    uint64_t n_removed, n_kept;     /* records; kept: of those before before_s */
    int64_t before_s, facts_from_s; /* that hold from now on: what was pruned earlier stays pruned */
};
int tl_store_prune(struct tl_store *s, int64_t before_s, int64_t facts_from_s, struct tl_prune *out,
                   struct tl_err *err);
/* Takes back the transaction under way. 0 or a failure. */
int tl_store_rollback(struct tl_store *s, struct tl_err *err);
/* Gives the room of what was removed back to the file system. The whole file is written anew, in a
 * transaction of its own, unless there is nothing to give back. */
int tl_store_shrink(struct tl_store *s, struct tl_err *err);

/* Rewrites the derived tables (loops, cycles), in one transaction of its own or the one under way. */
struct tl_store_loop {
    tl_str id, chain, kind, status, config_rule, document, confidence;
    struct tl_resource resource;
    uint64_t n_cycles, n_partial;
    int64_t first_s, last_s, period_median_s;
    const int64_t *cycle_first_s, *cycle_last_s; /* n_cycles each */
};
int tl_store_write_loops(struct tl_store *s, const struct tl_store_loop *loops, size_t n, struct tl_err *err);
/* *are when this version of the program wrote them after the last change of the facts. 0 or a failure. */
int tl_store_loops_are_current(struct tl_store *s, bool *are, struct tl_err *err);

/* Who can tell whether the changes of one resource may lead to a loop without a verdict. `kind` gives calls
 * of one API by one caller a number (0 or TL_ENOMEM; the texts are borrowed for the call); `look` is given
 * calls of one resource, in time order: a part of them all that reaches TL_RESTLESS_S beyond what is asked
 * about. */
struct tl_watch {
    void *ctx;
    int (*kind)(void *ctx, const struct tl_api *api, const struct tl_caller *caller, bool failed,
                uint32_t *kind);
    bool (*look)(void *ctx, const struct tl_call *calls, size_t n);
};
/* Looks at the changes that came since it was called last; resources where `look` says yes are watched from
 * then on, and all others are passed over by a tl_sieve with a watch. To be called between begin and commit.
 */
int tl_store_watch(struct tl_store *s, const struct tl_watch *watch, struct tl_err *err);

/* A loop as it was told to a reader of that name by `report --new`. */
struct tl_told {
    uint64_t n_cycles;
    bool running;
};
/* 0, TL_STORE_NONE when that loop was never told to that name, or a failure. */
int tl_store_told(struct tl_store *s, tl_str name, tl_str loop, struct tl_told *out, struct tl_err *err);
/* To be called between begin and commit. */
int tl_store_tell(struct tl_store *s, tl_str name, tl_str loop, const struct tl_told *told,
                  struct tl_err *err);

/* ---- reading --------------------------------------------------------------------------------- */

/* What is read between these two is of one state, whatever others commit meanwhile. They may be nested. `end`
 * gives back `r`, or its own failure where r is 0. */
int tl_store_read_begin(struct tl_store *s, struct tl_err *err);
int tl_store_read_end(struct tl_store *s, int r, struct tl_err *err);

/* ---- checking ---------------------------------------------------------------------------------- */

/* Of a look at the whole database. */
struct tl_check_counts {
    uint64_t n_pages, n_free_pages, page_bytes;
    uint64_t n_summed; /* pages whose checksum was compared; 0 in a database made before there were any */
    uint64_t n_unused; /* free pages whose checksum is not right: nothing is in them */
    uint64_t n_events, n_sources;
};
/* `part` is static: what is wrong; `what` says it in a line, may hold untrusted text and is borrowed. Returns
 * 0 to go on. */
typedef int tl_fault_fn(void *ctx, const char *part, tl_str what);
/* Compares every page with its checksum, lets SQLite prove its trees and indexes, looks for what is not ours,
 * and whether the tables agree with each other. What is too damaged to be read is a fault, too. 0, or a
 * failure: TL_ENOMEM, TL_EBUSY. To be called between read_begin and read_end. */
int tl_store_check(struct tl_store *s, tl_fault_fn *fn, void *ctx, struct tl_check_counts *out,
                   struct tl_err *err);
/* Whether the derived tables hold exactly these loops. The first difference is a fault. */
int tl_store_check_loops(struct tl_store *s, const struct tl_store_loop *loops, size_t n, tl_fault_fn *fn,
                         void *ctx, struct tl_err *err);
/* Whether every resource on which `watch` says yes is watched. Each that is not is a fault. */
int tl_store_check_watch(struct tl_store *s, const struct tl_watch *watch, tl_fault_fn *fn, void *ctx,
                         struct tl_err *err);

struct tl_coverage {
    struct {
        uint64_t n_read, n_already_ingested, n_skipped, n_damaged;
    } files; /* n_already_ingested is the run's, not the store's: 0 here */
    struct {
        uint64_t n_read, n_kept, n_duplicates, n_damaged, n_unused, n_withheld;
    } records;
    bool pruned; /* records before pruned_before_s, and facts of remediation before facts_from_s, are gone */
    int64_t pruned_before_s, facts_from_s;
    bool any; /* false: no event at all; first_s and last_s are then 0 */
    int64_t first_s, last_s;
    struct tl_scope *scopes; /* by account, then region; in `arena` */
    size_t n_scopes;
    struct tl_arena arena;
};
int tl_store_coverage(struct tl_store *s, struct tl_coverage *out, struct tl_err *err);
void tl_coverage_fini(struct tl_coverage *c);

/* Adds to `h` every stretch of at least TL_SILENCE_S in which the log has no record of that scope of `h`,
 * inside its coverage, in time order. Scopes in their order keep the list sorted. 0 or a failure. */
int tl_store_silences(struct tl_store *s, struct tl_history *h, uint32_t scope, struct tl_err *err);

/* Which changes matter on resources that were never judged. The store hands each such resource that has at
 * least `least_changes` changes, and on which the watch says yes, to `keep`: a history of that resource's
 * changes alone (all in scope 0), in time order; in parts where there are very many, each counted by itself.
 * Failed calls without a resource are loaded as far as they are within max_step_s (0: the default) of
 * something that they may belong to. Steps carry no event ids yet: that takes a look at each event. keep[i]
 * is 0 and set to 1 for the steps that are to be loaded. 0, or a failure that is forwarded. */
struct tl_sieve {
    uint32_t least_changes;
    int64_t max_step_s;
    const struct tl_watch *watch; /* NULL: it says yes to all */
    int (*keep)(void *ctx, const struct tl_history *h, uint8_t *keep, struct tl_err *err);
    void *ctx;
};

/* Fills an empty history with events in [since_s, until_s]: verdicts, attempts, controls (all of them up to
 * until_s: settings count from their time on), the changes on resources that have a verdict in the store, and
 * of the others what the sieve keeps (nothing where it is NULL).
 * Scopes carry coverage clipped to the same span (a scope seen only outside of it has n_records 0). Resources
 * that aliases prove to be one are one. Indexes follow the sort order of what they stand for, so that they do
 * not depend on the order of files. Where a text is missing (no rule, no execution) it is text 0. On failure
 * too, *out is to be ended with tl_history_fini. */
int tl_store_load(struct tl_store *s, int64_t since_s, int64_t until_s, const struct tl_sieve *sieve,
                  struct tl_history *out, struct tl_err *err);

/* The same, with the changes on these resources too (ids of tl_store_find_resources), judged or not. */
int tl_store_load_also(struct tl_store *s, int64_t since_s, int64_t until_s, const int64_t *resources,
                       size_t n_resources, struct tl_history *out, struct tl_err *err);

/* A resource under AWS Config's own id, where the log tells it, and the other names that calls use for it. */
struct tl_known_resource {
    int64_t id; /* the store's; of no meaning elsewhere */
    struct tl_resource resource;
    tl_str *names; /* sorted */
    size_t n_names;
};
/* Every resource that `match` says yes to, under any of its names, by account, region, type and id. It is
 * asked once for each name (the resource's `id`; the texts are borrowed for the call). *out and its texts lie
 * in `arena`. Reads every resource that is known. */
typedef bool tl_resource_match(void *ctx, const struct tl_resource *r);
int tl_store_find_resources(struct tl_store *s, tl_resource_match *match, void *ctx, struct tl_arena *arena,
                            struct tl_known_resource **out, size_t *n, struct tl_err *err);

/* Where an event came from. `*location`, `*path`, `*error` and `*id_text` are copied into `arena`. */
struct tl_event_origin {
    int64_t time_s;
    tl_str location, path, error_code, id_text;
    tl_str service, action, principal, user_agent, session;
    bool person, failed, general;
    struct tl_origin at;
    bool has_sha256;
    uint8_t sha256[32];
    int64_t size_bytes, mtime_ns;
};
/* By time and id: fast. */
int tl_store_origin(struct tl_store *s, int64_t time_s, const struct tl_event_id *id, struct tl_arena *arena,
                    struct tl_event_origin *out, struct tl_err *err);
/* By the text of the id alone: reads the events table once. */
int tl_store_find_event(struct tl_store *s, tl_str id_text, struct tl_arena *arena,
                        struct tl_event_origin *out, struct tl_err *err);

/* Every source or damaged place, by path (then record): `fn` returns 0 to go on; all else is returned. */
typedef int tl_source_fn(void *ctx, const struct tl_source *src);
int tl_store_each_source(struct tl_store *s, tl_source_fn *fn, void *ctx, struct tl_err *err);
/* Of the current sources at or under `root`, an absolute path: how many, whether one is marked as gone, and
 * each, by location. */
int tl_store_count_under(struct tl_store *s, tl_str root, uint64_t *n, struct tl_err *err);
int tl_store_any_gone_under(struct tl_store *s, tl_str root, bool *any, struct tl_err *err);
int tl_store_each_under(struct tl_store *s, tl_str root, tl_source_fn *fn, void *ctx, struct tl_err *err);
typedef int tl_damage_fn(void *ctx, tl_str path, const struct tl_origin *at, tl_str why);
int tl_store_each_damage(struct tl_store *s, tl_damage_fn *fn, void *ctx, struct tl_err *err);

#endif
