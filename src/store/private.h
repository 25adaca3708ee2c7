/* store, inside: the store object and what its files share. */
#ifndef TRAILLOOP_STORE_PRIVATE_H
#define TRAILLOOP_STORE_PRIVATE_H

#include <sqlite3.h>

#include "store_sql.h"
#include "trailloop/store.h"

/* "TLoP": ours alone, at byte 68 of the file. */
#define TL_APPLICATION_ID 1414295376
/* Of the facts: the last step of the ladder in schema.c. */
#define TL_SCHEMA_VERSION 1

/* Page cache. Ingest appends in time order, so that a few thousand pages hold all that is touched again. */
#define TL_CACHE_KIB 16384
/* Of a new database. Larger pages split less often and make a lower tree, but a change of one row writes the
 * whole page, and each table takes at least one: 16 KiB is where the gain ends (4 KiB costs 6 % more time, 32
 * KiB gains 3 %). */
#define TL_PAGE_BYTES 16384
/* How long a reader waits for a commit, and a commit for readers. A commit takes one or two disk flushes. */
#define TL_READER_WAIT_MS 5000
#define TL_WRITER_WAIT_MS 30000

/* The interning cache holds at most this many texts and bytes of them; then it starts anew. One dump's
 * callers, APIs and resources are a few thousand, so that this is rare, and 4 MiB stays small beside the page
 * cache. */
#define TL_INTERN_SLOTS 65536
#define TL_INTERN_MAX (TL_INTERN_SLOTS / 8 * 5)
#define TL_INTERN_BYTES ((size_t)4 << 20)
/* A longer key is looked up in the database each time. */
#define TL_INTERN_KEY_BYTES 4096

/* What may wait in one half of the stage: so many events (3.5 MB), rows that hang on them, and bytes of
 * texts. The more wait, the more of them go to the same page: of 300,000 events of one hour 32,768 find 8
 * neighbours on each.
 */
#define TL_STAGE_EVENTS 32768
#define TL_STAGE_ROWS 16384
#define TL_STAGE_BYTES ((size_t)1 << 20)

/* After so many new events a part of the other half is merged: often, so that workers never wait for long. */
#define TL_MERGE_PACE 128

/* Spans of coverage that are gathered in memory before they are written: one for each scope and 64 minutes. A
 * file rarely has more than two. */
#define TL_SPAN_SLOTS 1024
#define TL_SPAN_MAX 768

struct intern_slot {
    uint64_t hash;
    int64_t id;
    const char *key; /* NULL: free */
    size_t n;
    int64_t scope; /* of a shape */
};

struct intern {
    struct intern_slot *slots; /* TL_INTERN_SLOTS */
    uint64_t seed;             /* of the hash */
    uint64_t age;              /* how often it was forgotten: what was learned before may be gone */
    size_t n, bytes;
    struct tl_arena keys;
    struct tl_buf key; /* of the lookup under way */
};

struct span { /* coverage of a scope, inside one block (tl_seen_block) */
    int64_t scope, block, first_s, last_s, n_kept, n_unused;
    uint64_t minutes;
};

struct spans { /* gathered since the last flush */
    struct span at[TL_SPAN_MAX];
    uint16_t slots[TL_SPAN_SLOTS]; /* by hash: the place in `at`, plus 1; 0 is free */
    size_t n;
};

struct open_file { /* between file_begin and file_end */
    int64_t source;
    struct tl_buf location, path;
    uint64_t n_put, n_withheld; /* records taken; of them those with parts withheld */
    uint64_t n_refused;         /* records that would have been pruned */
    int64_t n_damage;
    struct spans spans;
    size_t first_event, first_row; /* on the stage */
    bool guarded;                  /* by a savepoint: some of it is in the tables */
    uint64_t n_new, n_duplicates;  /* the stage's, when it was set */
};

enum stage_table {
    STAGE_VERDICT,
    STAGE_ATTEMPT,
    STAGE_VALUE,
    STAGE_CHANGE,
    STAGE_CONTROL,
    STAGE_ALIAS,
    STAGE_ID_TEXT /* values: place and length in the stage's texts */
};
#define STAGE_VALUES 8
#define STAGE_NULL INT64_MIN /* as a value */

/* Our own flag, beside the event's: some table has rows of this event. */
#define STAGE_HAS_ROWS ((int64_t)1 << 16)

struct staged_row {
    enum stage_table table;
    uint32_t n;
    int64_t v[STAGE_VALUES];
};

struct staged_event {
    int64_t key; /* where it stands in the table, or where the search for its place starts */
    struct tl_event_id id;
    int64_t shape, session, scope;
    int64_t source, record, offset, length;
    int64_t flags;
    uint32_t row, n_rows;
    bool is_new; /* it went in at its key */
};

struct sort_item {
    uint64_t key;
    uint32_t i; /* of what has the key */
};

struct sorting {
    struct sort_item *items, *sorted; /* sorted: one half of items */
    size_t n, cap;
};

struct staged_change { /* a row of STAGE_CHANGE */
    int64_t resource, event;
    uint32_t row;
};

/* Database ids to dense indexes. */
struct idset {
    int64_t *ids; /* by index */
    size_t n, cap;
    uint32_t *slots; /* index + 1; 0 is free */
    size_t n_slots;
};

struct loss { /* events that a source had, or would have had, and that another copy is the origin of */
    int64_t n, n_withheld;
};

struct waiting {
    struct staged_event *events; /* file by file */
    struct staged_row *rows;     /* event by event */
    size_t n_events, cap_events, n_rows, cap_rows;
    struct tl_buf texts;
};

/* What a merge goes through, one after the other. */
enum merge_phase { MERGE_NONE, MERGE_EVENTS, MERGE_ROWS, MERGE_CHANGES, MERGE_COPIES };

struct merge {
    enum merge_phase phase;
    struct waiting *of;
    size_t from, to;                    /* the part under way, of `by_key` or `by_resource` */
    size_t part;                        /* how long a part is */
    struct sorting by_key, by_resource; /* events; changes */
    struct staged_change *changes;      /* of the events that went in, in the order of their keys */
    size_t n_changes, cap_changes;
    struct tl_buf parked; /* a row of that table */
    size_t n_parked;      /* events that were put aside */
    int64_t n_merges;
    struct spans lost;   /* what coverage loses by second copies */
    struct idset losers; /* sources */
    struct loss *losses; /* of each */
    size_t cap_losses;
};

struct stage {
    struct waiting waits, spare; /* spare: being merged, or empty */
    struct spans spans;          /* what coverage gains by the files that have ended */
    struct merge merge;
    uint64_t n_new, n_duplicates; /* events put into the tables since the store was opened */
};

struct tl_store {
    sqlite3 *db;
    enum tl_store_mode mode;
    char *path;  /* as given, for messages */
    int lock_fd; /* holds the writer's lock; -1 for none */
    bool must_exist;
    bool ready;       /* known to be ours, and set up for writing */
    bool lacks_index; /* of changes by their events, which only a temporary one may do without */
    bool parks;       /* changes that may never be asked for; see parked.c */
    int n_readers;    /* readings that are open, one inside the other */
    bool in_batch, in_file;
    bool looked;   /* `watched` tells which resources matter; see watch.c */
    bool is_stale; /* the mark of the derived tables was taken away in this batch */
    sqlite3_stmt *stmts[SQL_N];
    uint64_t seed;                         /* of event keys; the database's */
    int64_t pruned_before_s, facts_from_s; /* see prune.c */
    struct intern intern;
    struct stage stage;
    struct open_file file;
};

/* ---- query.c: one statement, from binding to reset -------------------------------------------- */

struct query {
    struct tl_store *s;
    sqlite3_stmt *st;
    int rc; /* of preparing, or the first binding that failed */
};

struct query query(struct tl_store *s, enum sql_id id);
void bind_int(struct query *q, int param, int64_t v);
void bind_int_or_null(struct query *q, int param, int64_t v); /* STAGE_NULL: NULL */
void bind_text(struct query *q, int param, tl_str v);         /* v is borrowed until the query ends */
void bind_blob(struct query *q, int param, const void *p, size_t n);
/* 1 with a row, 0 after the last one (the query has then ended), or a failure (it has ended too). */
int query_row(struct query *q, struct tl_err *err);
/* For statements without rows. */
int query_run(struct query *q, struct tl_err *err);
void query_end(struct query *q);
/* The id that the first column of the only row holds. 0, 1 when there is no row, or a failure. */
int query_id(struct query *q, int64_t *id, struct tl_err *err);
tl_str column_text(const struct query *q, int i); /* borrowed until the next row or the end */
int column_text_copy(const struct query *q, int i, struct tl_arena *a, tl_str *out);
int64_t column_int(const struct query *q, int i);
/* 0, or TL_EDB when it is no 16-byte blob (the query has then ended). */
int column_event_id(struct query *q, int i, struct tl_event_id *out, struct tl_err *err);
/* The same for a number that stands for one of `n` words. */
int column_word(struct query *q, int i, int n, int *out, struct tl_err *err);
/* And for one that counts, up to `most`, and one that is a time of events. */
int column_count(struct query *q, int i, int64_t most, int64_t *out, struct tl_err *err);
int column_time(struct query *q, int i, int64_t *out, struct tl_err *err);

/* ---- db.c ------------------------------------------------------------------------------------- */

/* Sets the message from SQLite's own and gives the code: TL_ENOMEM, TL_EBUSY or TL_EDB. A batch under way is
 * lost. */
int store_fail(struct tl_store *s, int rc, const char *what, struct tl_err *err);
/* To be called before changes are looked for by their event. */
int store_need_index(struct tl_store *s, struct tl_err *err);
/* Forwards r; a failure inside a batch loses the batch. */
int batch_result(struct tl_store *s, int r);
/* A read of several statements sees one state of the database. Inside a batch these do nothing. */

/* ---- sums.c: checksums of pages ---------------------------------------------------------------- */

#define SUMS_VFS "trailloop"
#define SUM_BYTES 8 /* at the end of each page */
/* These return an SQLite code. */
int sums_register(void);
int sums_make_room(sqlite3 *db); /* in a database that is not made yet */
bool sum_is_right(const unsigned char *page, size_t n_bytes, uint64_t number);

/* ---- schema.c --------------------------------------------------------------------------------- */

/* *is when the database holds no table at all. 0, or a failure. */
int schema_is_empty(struct tl_store *s, bool *is, struct tl_err *err);
/* Refuses a database whose tables are not exactly ours, or that has triggers or indexes of somebody else.
 * *is_current: its derived part is as this version makes it. Reads only. */
int schema_check(struct tl_store *s, bool *is_current, struct tl_err *err);
/* What is in the database and no part of it, or otherwise than it has to be: calls `fn` for each, with `what`
 * static. 0 or a failure. */
typedef int schema_fn(void *ctx, tl_str type, tl_str name, const char *what);
int schema_each_foreign(struct tl_store *s, schema_fn *fn, void *ctx, struct tl_err *err);
/* Makes the tables of a new database, brings an older one forward, and makes the derived part anew. */
int schema_make(struct tl_store *s, bool is_new, struct tl_err *err);

/* ---- intern.c: the id of a text, API, ... that is made when it is not known ------------------- */

int intern_init(struct intern *in);
void intern_fini(struct intern *in);
/* To be called when ids may have been rolled back. */
void intern_forget(struct intern *in);
int intern_text(struct tl_store *s, tl_str text, int64_t *id, struct tl_err *err);
int intern_scope(struct tl_store *s, tl_str account, tl_str region, int64_t *id, struct tl_err *err);
/* What the event has in common with others; `flags` may be more than the event's own. */
int intern_shape(struct tl_store *s, const struct tl_event *ev, int64_t flags, int64_t *id, int64_t *scope,
                 struct tl_err *err);
int intern_resource(struct tl_store *s, const struct tl_resource *r, int64_t *id, struct tl_err *err);
/* 0 with the ids of both names, 1 when there is nothing to note: it is known already or says nothing. */
int intern_alias(struct tl_store *s, const struct tl_alias *a, int64_t *resource, int64_t *name,
                 struct tl_err *err);

/* ---- coverage.c ------------------------------------------------------------------------------- */

/* One record, seen at that time: kept or not. */
struct span span_of(int64_t scope, int64_t time_s, int64_t n_kept, int64_t n_unused);
/* One that is a copy: it was counted when it was seen. */
struct span span_lost(int64_t scope, int64_t time_s);
int span_add(struct tl_store *s, struct spans *all, struct span add, struct tl_err *err);
/* The same for the open file, and to the others when it is whole. */
int file_span_add(struct tl_store *s, struct span add, struct tl_err *err);
int file_spans_end(struct tl_store *s, struct tl_err *err);
int span_flush(struct tl_store *s, struct spans *all, struct tl_err *err);
void span_forget(struct spans *all);

/* ---- key.c ------------------------------------------------------------------------------------ */

/* Times beyond these have no key. Those of the years 1 to 9999 do. */
#define TL_EVENT_TIME_BITS 38
bool event_time_has_key(int64_t time_s);
/* The first key that an event may have. */
int64_t event_key(const struct tl_store *s, int64_t time_s, const struct tl_event_id *id);
int64_t event_key_time_s(int64_t key);
/* The keys of a span of time, whatever its ends. */
int64_t event_key_first(int64_t since_s);
int64_t event_key_last(int64_t until_s);
/* The key that it has. 0, 1 when there is no such event, or a failure. */
int event_key_find(struct tl_store *s, int64_t time_s, const struct tl_event_id *id, int64_t *key,
                   struct tl_err *err);

/* ---- stage.c ---------------------------------------------------------------------------------- */

void stage_fini(struct stage *st);
/* Keeps the first ones only. */
void stage_forget(struct stage *st, size_t n_events, size_t n_rows);
/* To be called before each event. */
int stage_make_room(struct tl_store *s, struct tl_err *err);
/* Everything into its tables while a file is open, which is put under guard for it. */
int stage_spill(struct tl_store *s, struct tl_err *err);
/* To be called after each file. */
int stage_file_ended(struct tl_store *s, struct tl_err *err);
int stage_event(struct tl_store *s, const struct staged_event *ev, struct tl_err *err);
/* Rows of the newest event. */
int stage_row(struct tl_store *s, enum stage_table table, const int64_t *v, size_t n, struct tl_err *err);
int stage_id_text(struct tl_store *s, tl_str text, struct tl_err *err);
/* Everything into its tables; no file may be open. */
int stage_flush(struct tl_store *s, struct tl_err *err);

/* ---- merge.c ---------------------------------------------------------------------------------- */

void merge_fini(struct merge *m);
/* What was merged is rolled back. */
void merge_abandon(struct merge *m);
/* Of `n` events from event `from` on. None may be under way. */
int merge_begin(struct tl_store *s, struct waiting *of, size_t from, size_t n, struct tl_err *err);
/* A part of the merge under way, if there is one; the rest of it. */
int merge_some(struct tl_store *s, struct tl_err *err);
int merge_finish(struct tl_store *s, struct tl_err *err);
/* In the order in which they go in. */
struct staged_event *merge_event(const struct merge *m, size_t i);
const struct staged_change *merge_change(const struct merge *m, size_t i);
/* The whole of a merge of what waits. */
int merge_all(struct tl_store *s, size_t from, size_t n, struct tl_err *err);
/* ---- sort.c ----------------------------------------------------------------------------------- */

/* Room for `n` items. */
int sorting_make_room(struct sorting *o, size_t n, struct tl_err *err);
/* The first `n` items, by their keys, into `sorted`; equal ones stay in their order. */
void sorting_sort(struct sorting *o);

/* ---- parked.c --------------------------------------------------------------------------------- */

/* Puts aside what may wait, of a merge whose events are sorted. */
int park(struct tl_store *s, struct tl_err *err);

/* Away with the rows of an event that is in the tables. */
int event_drop_rows(struct tl_store *s, int64_t key, struct tl_err *err);

/* ---- loops.c ---------------------------------------------------------------------------------- */

/* To be called in each batch that changes facts: the derived tables are not current any more. */
int loops_stale(struct tl_store *s, struct tl_err *err);

/* ---- watch.c ---------------------------------------------------------------------------------- */

/* Whether `watched` can be trusted. */
int looked_read(struct tl_store *s, bool *looked, struct tl_err *err);
/* Changes were put on that resource, between these events. */
int watch_new(struct tl_store *s, int64_t resource, int64_t first, int64_t last, struct tl_err *err);
/* Everything is to be looked at anew. */
int watch_forget(struct tl_store *s, struct tl_err *err);

/* ---- prune.c ---------------------------------------------------------------------------------- */

int prune_read_times(struct tl_store *s, struct tl_err *err);
/* Whether the event would have been pruned: then it is not stored. */
bool prune_refuses(const struct tl_store *s, const struct tl_event *ev);

/* ---- staged.c --------------------------------------------------------------------------------- */

/* Makes the sorted events and changes of the stage tables, `staged` and `staged_change`. Returns an SQLite
 * code.
 */
int staged_register(struct tl_store *s);

/* ---- manifest.c ------------------------------------------------------------------------------- */

/* From here on the open file is in the tables: if it is taken back, by a savepoint. */
int file_guard(struct tl_store *s, struct tl_err *err);

/* ---- idset.c: database ids to dense indexes --------------------------------------------------- */

void idset_fini(struct idset *set);
/* 0 when it was known, 1 when it is new, or TL_ENOMEM. */
int idset_add(struct idset *set, int64_t id, uint32_t *index, struct tl_err *err);
bool idset_find(const struct idset *set, int64_t id, uint32_t *index);

/* ---- fetch.c ---------------------------------------------------------------------------------- */

/* What a database id stands for; texts are copied into `arena`. */
int fetch_text(struct tl_store *s, int64_t id, struct tl_arena *arena, tl_str *out, struct tl_err *err);
int fetch_api(struct tl_store *s, int64_t id, struct tl_arena *arena, struct tl_api *out, struct tl_err *err);
int fetch_caller(struct tl_store *s, int64_t id, struct tl_arena *arena, struct tl_caller *out,
                 struct tl_err *err);
int fetch_resource(struct tl_store *s, int64_t id, struct tl_arena *arena, struct tl_resource *out,
                   struct tl_err *err);

/* What many events have in common, as database ids. */
int fetch_shape(struct tl_store *s, int64_t id, int64_t *scope, int64_t *api, int64_t *caller, int64_t *flags,
                struct tl_err *err);

/* ---- alias.c ---------------------------------------------------------------------------------- */

/* The resource that `id` is another form of, over however many steps; `id` itself when it is none, or when
 * two resources had that name. */
int alias_resolve(struct tl_store *s, int64_t id, int64_t *out, struct tl_err *err);
/* All of them, added to `out`, which is empty; `id` itself where it is no other form. */
int alias_roots(struct tl_store *s, int64_t id, struct idset *out, struct tl_err *err);
/* Every other form of `id`, and of what `out` holds already, added to `out`. */
int alias_names(struct tl_store *s, int64_t id, struct idset *out, struct tl_err *err);

/* ---- sessions.c ------------------------------------------------------------------------------- */

/* A name that an automation's session proved to be a judged resource's. */
struct session_name {
    int64_t name, resource;
};
struct session_names {
    struct session_name *items;
    size_t n, cap;
};
/* Adds to `to`, and to `names`, what sessions prove to be other names of the judged resource. */
int sessions_learn(struct tl_store *s, struct session_names *to, int64_t judged, struct idset *names,
                   struct tl_err *err);
/* Once those of all judged resources are learned: leaves the names that are one resource's alone, in order.
 */
void sessions_resolve(struct session_names *all);
void sessions_fini(struct session_names *all);

#endif
