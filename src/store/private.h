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

/* Scopes whose coverage is gathered in memory before it is written. A file rarely has more than one. */
#define TL_SPAN_SLOTS 256
#define TL_SPAN_MAX 192

struct intern_slot {
    uint64_t hash;
    int64_t id;
    const char *key; /* NULL: free */
    size_t n;
};

struct intern {
    struct intern_slot *slots; /* TL_INTERN_SLOTS */
    uint64_t seed;             /* of the hash */
    size_t n, bytes;
    struct tl_arena keys;
    struct tl_buf key; /* of the lookup under way */
};

struct span { /* coverage gathered since the last flush */
    bool used;
    int64_t scope, first_s, last_s, n_kept, n_unused;
};

struct open_file { /* between file_begin and file_end */
    int64_t source;
    struct tl_buf location, path;
    uint64_t n_put, n_new; /* records given; not known before */
    uint64_t n_kept;       /* of n_put: those whose origin this file is now */
    uint64_t n_withheld;   /* of n_kept */
    int64_t n_damage;
    struct span spans[TL_SPAN_SLOTS];
    size_t n_spans;
};

struct tl_store {
    sqlite3 *db;
    enum tl_store_mode mode;
    char *path;  /* as given, for messages */
    int lock_fd; /* holds the writer's lock; -1 for none */
    bool ready;  /* known to be ours, and set up for writing */
    bool in_batch, in_file;
    sqlite3_stmt *stmts[SQL_N];
    struct intern intern;
    struct open_file file;
};

/* ---- query.c: one statement, from binding to reset -------------------------------------------- */

struct query {
    struct tl_store *s;
    sqlite3_stmt *st;
    int rc; /* the first binding that failed */
};

struct query query(struct tl_store *s, enum sql_id id);
void bind_int(struct query *q, int param, int64_t v);
void bind_text(struct query *q, int param, tl_str v); /* v is borrowed until the query ends */
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

/* ---- db.c ------------------------------------------------------------------------------------- */

/* Sets the message from SQLite's own and gives the code: TL_ENOMEM, TL_EBUSY or TL_EDB. A batch under way is
 * lost. */
int store_fail(struct tl_store *s, int rc, const char *what, struct tl_err *err);
/* Forwards r; a failure inside a batch loses the batch. */
int batch_result(struct tl_store *s, int r);
/* A read of several statements sees one state of the database. Inside a batch these do nothing. */
int read_begin(struct tl_store *s, struct tl_err *err);
int read_end(struct tl_store *s, int r, struct tl_err *err); /* forwards a negative r */

/* ---- schema.c --------------------------------------------------------------------------------- */

/* Refuses a database whose tables are not exactly ours, or that has triggers or indexes of somebody else.
 * Reads only. */
int schema_check(struct tl_store *s, struct tl_err *err);
/* Makes the tables of a new database, brings an older one forward, and makes the derived part anew when it is
 * not this version's. */
int schema_make(struct tl_store *s, bool is_new, struct tl_err *err);

/* ---- intern.c: the id of a text, API, ... that is made when it is not known ------------------- */

int intern_init(struct intern *in);
void intern_fini(struct intern *in);
/* To be called when ids may have been rolled back. */
void intern_forget(struct intern *in);
int intern_text(struct tl_store *s, tl_str text, int64_t *id, struct tl_err *err);
int intern_api(struct tl_store *s, const struct tl_event *ev, int64_t *id, struct tl_err *err);
int intern_scope(struct tl_store *s, tl_str account, tl_str region, int64_t *id, struct tl_err *err);
int intern_caller(struct tl_store *s, const struct tl_event *ev, int64_t *id, struct tl_err *err);
int intern_resource(struct tl_store *s, const struct tl_resource *r, int64_t *id, struct tl_err *err);
int intern_alias(struct tl_store *s, const struct tl_alias *a, struct tl_err *err);

/* ---- coverage.c ------------------------------------------------------------------------------- */

/* Counts records of the open file in a scope; what was seen there reaches from first_s to last_s. */
int span_add(struct tl_store *s, int64_t scope, int64_t first_s, int64_t last_s, int64_t n_kept,
             int64_t n_unused, struct tl_err *err);
int span_flush(struct tl_store *s, struct tl_err *err);
void span_forget(struct open_file *f);

/* ---- idset.c: database ids to dense indexes --------------------------------------------------- */

struct idset {
    int64_t *ids; /* by index */
    size_t n, cap;
    uint32_t *slots; /* index + 1; 0 is free */
    size_t n_slots;
};
void idset_fini(struct idset *set);
/* 0 when it was known, 1 when it is new, or TL_ENOMEM. */
int idset_add(struct idset *set, int64_t id, uint32_t *index, struct tl_err *err);
bool idset_find(const struct idset *set, int64_t id, uint32_t *index);

/* ---- alias.c ---------------------------------------------------------------------------------- */

/* The resource that `id` is another form of; `id` itself when it is none, or when two resources had that
 * name. */
int alias_resolve(struct tl_store *s, int64_t id, int64_t *out, struct tl_err *err);
/* Every other form of `id`, added to `out`. */
int alias_names(struct tl_store *s, int64_t id, struct idset *out, struct tl_err *err);

#endif
