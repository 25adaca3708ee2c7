/* The database file: opened, locked, checked, committed, closed.
 *
 * Committed means committed after a power cut: a rollback journal that is truncated and flushed at each
 * commit (journal_mode TRUNCATE, synchronous FULL). Not WAL: a WAL database cannot be read from a directory
 * one may not write to, and its second and third file outlive a killed process. The journal is removed at
 * close, so one file is all that stays.
 *
 * Writers exclude each other by an OFD lock (fcntl F_OFD_SETLK) on one byte of the database file, far beyond
 * any that SQLite reads, writes or locks. A lock file would be litter and could be left behind; SQLite's own
 * locks end at each commit. An OFD lock belongs to our descriptor alone and does not vanish with another one.
 * But closing ours would drop SQLite's POSIX locks on that file in this process: so it is opened before
 * SQLite opens the file and closed after SQLite has closed it.
 *
 * A file that is not ours is refused before SQLite has looked at it beyond opening: the header is read
 * through SQLite's own descriptor, so that not even a hot journal beside a foreign database is played back.
 * A journal that a kill or a power cut left beside ours is played back by whoever opens it next, readers too:
 * so they open it for writing where they may, though no statement of theirs writes. Where it was left while
 * the database was made, what remains is an empty one. Triggers and views are switched off in every
 * connection, whatever the file says.
 */
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER_BYTES 100
#define JOURNAL_BYTES 20 /* of its header: magic, records, nonce, the database's size before in pages */
#define LOCK_BYTE ((off_t)1 << 62)

/* Where SQLite puts a temporary database, as far as the environment says. */
static const char *temp_dir(void)
{
    const char *dir = getenv("SQLITE_TMPDIR");
    if (!dir)
        dir = getenv("TMPDIR");
    return dir ? dir : "/tmp";
}

static void abandon(struct tl_store *s)
{
    if (s->db && !sqlite3_get_autocommit(s->db))
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL); /* what it could not undo, the journal will */
    s->in_batch = s->in_file = false;
    intern_forget(&s->intern);
    stage_forget(&s->stage, 0, 0);
    span_forget(&s->stage.spans);
    merge_abandon(&s->stage.merge);
}

int store_fail(struct tl_store *s, int rc, const char *what, struct tl_err *err)
{
    int code = TL_EDB, primary = rc & 0xff;
    if (primary == SQLITE_NOMEM) {
        code = tl_err_nomem(err);
    } else {
        if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED)
            code = TL_EBUSY;
        int sys = s->db && (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN)
                      ? sqlite3_system_errno(s->db)
                      : 0;
        /* The handle's own text says more than the code's, as long as it is about this failure. */
        const char *why =
            s->db && sqlite3_extended_errcode(s->db) == rc ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc);
        tl_err_set(err, code, "cannot %s %s '%s': %s%s%s", what,
                   s->path ? "database" : "a temporary database in", s->path ? s->path : temp_dir(), why,
                   sys ? ": " : "", sys ? strerrordesc_np(sys) : "");
    }
    if (s->in_batch)
        abandon(s);
    return code;
}

int batch_result(struct tl_store *s, int r)
{
    if (r < 0 && s->in_batch)
        abandon(s);
    return r;
}

static int refuse(struct tl_store *s, struct tl_err *err, const char *why)
{
    return tl_err_set(err, TL_EDB, "cannot open database '%s': %s", s->path, why);
}

/* ---- the file ---------------------------------------------------------------------------------- */

static int take_lock(struct tl_store *s, struct tl_err *err)
{
    s->lock_fd = open(s->path, O_RDWR | (s->must_exist ? 0 : O_CREAT) | O_CLOEXEC | O_NONBLOCK, 0644);
    if (s->lock_fd < 0)
        return refuse(s, err, strerrordesc_np(errno));
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = LOCK_BYTE, .l_len = 1};
    if (fcntl(s->lock_fd, F_OFD_SETLK, &lock) == 0)
        return 0;
    if (errno == EAGAIN || errno == EACCES)
        return tl_err_set(err, TL_EBUSY, "cannot write to database '%s': another process is writing to it",
                          s->path);
    return tl_err_set(err, TL_EDB, "cannot lock database '%s': %s", s->path, strerrordesc_np(errno));
}

/* Whether the database was still being made, from nothing, when a kill or a power cut ended that: its first
 * bytes never came to the disk, and the journal beside it says that it was empty before. */
static bool is_unfinished(const struct tl_store *s, const unsigned char *header)
{
    static const unsigned char magic[8] = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};
    static const unsigned char none[HEADER_BYTES];
    unsigned char j[JOURNAL_BYTES];
    struct tl_buf path = {0};
    bool is = memcmp(header, none, sizeof none) == 0 && tl_buf_printf(&path, "%s-journal", s->path) == 0;
    int fd = is ? open(path.p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) : -1;
    is = fd >= 0 && read(fd, j, sizeof j) == JOURNAL_BYTES && memcmp(j, magic, sizeof magic) == 0 &&
         memcmp(j + 16, none, 4) == 0;
    if (fd >= 0)
        close(fd);
    tl_buf_fini(&path);
    return is;
}

/* Ours, by its first bytes? An empty file is. 0, or refused. */
static int check_header(struct tl_store *s, struct tl_err *err)
{
    sqlite3_file *f = NULL;
    sqlite3_int64 size = 0;
    unsigned char h[HEADER_BYTES] = {0};
    int rc = sqlite3_file_control(s->db, "main", SQLITE_FCNTL_FILE_POINTER, &f);
    if (rc == SQLITE_OK && (!f || !f->pMethods))
        rc = SQLITE_CANTOPEN;
    if (rc == SQLITE_OK)
        rc = f->pMethods->xFileSize(f, &size);
    if (rc == SQLITE_OK && size == 0)
        return 0;
    if (rc == SQLITE_OK)
        rc = f->pMethods->xRead(f, h, sizeof h, 0);
    if (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ)
        return store_fail(s, rc, "open", err);
    if (is_unfinished(s, h))
        return 0;
    if (rc == SQLITE_IOERR_SHORT_READ || memcmp(h, "SQLite format 3", 16) != 0)
        return refuse(s, err, "not a database");
    uint32_t version = (uint32_t)h[60] << 24 | (uint32_t)h[61] << 16 | (uint32_t)h[62] << 8 | h[63];
    uint32_t app = (uint32_t)h[68] << 24 | (uint32_t)h[69] << 16 | (uint32_t)h[70] << 8 | h[71];
    if (app != TL_APPLICATION_ID || version == 0)
        return refuse(s, err, "not a trailloop database");
    if (version > TL_SCHEMA_VERSION)
        return tl_err_set(
            err, TL_EDB,
            "cannot open database '%s': made by a newer trailloop (version %u, this one knows %d)", s->path,
            version, TL_SCHEMA_VERSION);
    return 0;
}

/* SQLite gives meaning to some names (":memory:", "", "file:..."): a path that starts with / or ./ is only a
 * path. */
static int open_path(struct tl_store *s, struct tl_err *err)
{
    struct tl_buf name = {0};
    int flags = SQLITE_OPEN_READWRITE | (s->mode == TL_STORE_READ ? 0 : SQLITE_OPEN_CREATE);
    if (tl_buf_printf(&name, "%s%s", s->path[0] == '/' ? "" : "./", s->path)) {
        tl_buf_fini(&name);
        return tl_err_nomem(err);
    }
    int rc = sums_register();
    if (rc == SQLITE_OK)
        rc = sqlite3_open_v2(name.p, &s->db, flags | SQLITE_OPEN_NOMUTEX, SUMS_VFS);
    tl_buf_fini(&name);
    return rc == SQLITE_OK ? 0 : store_fail(s, rc, "open", err);
}

static int open_file(struct tl_store *s, struct tl_err *err)
{
    struct stat st;
    int r;
    if (s->mode == TL_STORE_WRITE && (r = take_lock(s, err)))
        return r;
    if (s->lock_fd >= 0 ? fstat(s->lock_fd, &st) : stat(s->path, &st))
        return refuse(s, err, strerrordesc_np(errno));
    if (!S_ISREG(st.st_mode))
        return refuse(s, err, "not a regular file");
    if (s->mode == TL_STORE_READ && st.st_size == 0)
        s->mode = TL_STORE_TEMPORARY; /* an empty file is a new database: one reads nothing from it, and
                                         leaves it */
    else if ((r = open_path(s, err)) || (r = check_header(s, err)))
        return r;
    return 0;
}

static int open_temporary(struct tl_store *s, struct tl_err *err)
{
    int rc =
        sqlite3_open_v2("", &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    return rc == SQLITE_OK ? 0 : store_fail(s, rc, "open", err);
}

/* ---- settings ---------------------------------------------------------------------------------- */

static int configure(struct tl_store *s, struct tl_err *err)
{
    static const struct {
        int what, on;
    } config[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0},        {SQLITE_DBCONFIG_DQS_DDL, 0},
    };
    static const char *const common = "PRAGMA page_size = 16384; PRAGMA cache_size = -16384;"
                                      "PRAGMA mmap_size = 0; PRAGMA temp_store = FILE;"
                                      "PRAGMA cell_size_check = ON;";
    _Static_assert(TL_PAGE_BYTES == 16384 && TL_CACHE_KIB == 16384, "the numbers in the pragmas");
    int rc = SQLITE_OK;
    for (size_t i = 0; i < sizeof config / sizeof *config && rc == SQLITE_OK; i++)
        rc = sqlite3_db_config(s->db, config[i].what, config[i].on, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_busy_timeout(s->db, s->mode == TL_STORE_READ ? TL_READER_WAIT_MS : TL_WRITER_WAIT_MS);
    if (rc == SQLITE_OK && s->lock_fd >= 0)
        rc = sums_make_room(s->db);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(s->db, common, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : store_fail(s, rc, "open", err);
}

/* How commits are made. Only now that the database is known to be ours: this may write to it. */
static int make_durable(struct tl_store *s, struct tl_err *err)
{
    if (s->mode == TL_STORE_READ)
        return 0;
    /* Nothing of a temporary store is there after a crash anyway. */
    const char *sql = s->mode == TL_STORE_TEMPORARY
                          ? "PRAGMA synchronous = OFF"
                          : "PRAGMA synchronous = FULL; PRAGMA journal_mode = TRUNCATE";
    int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
    s->ready = rc == SQLITE_OK;
    return rc == SQLITE_OK ? 0 : store_fail(s, rc, "open", err);
}

static int read_seed(struct tl_store *s, struct tl_err *err)
{
    struct query q = query(s, SQL_GET_SEED);
    int64_t seed = 0;
    int r = query_id(&q, &seed, err);
    s->seed = (uint64_t)seed;
    return r > 0 ? store_fail(s, SQLITE_CORRUPT, "open", err) : r;
}

/* By which the changes of an event are found, to be dropped: few scans ever do, and keeping it costs two
 * fifths of what a change costs. */
static int put_off_index(struct tl_store *s, struct tl_err *err)
{
    int rc = sqlite3_exec(s->db, "DROP INDEX change_event", NULL, NULL, NULL);
    s->lacks_index = rc == SQLITE_OK;
    return rc == SQLITE_OK ? 0 : store_fail(s, rc, "open", err);
}

int store_need_index(struct tl_store *s, struct tl_err *err)
{
    if (!s->lacks_index)
        return 0;
    int rc = sqlite3_exec(s->db, "CREATE INDEX change_event ON change(event)", NULL, NULL, NULL);
    s->lacks_index = rc != SQLITE_OK;
    return rc == SQLITE_OK ? 0 : store_fail(s, rc, "write", err);
}

/* ---- open and close ---------------------------------------------------------------------------- */

/* Opens the connection, and plays back a journal if there is one to be. *is_new when nothing is in it then.
 */
static int connect(struct tl_store *s, bool *is_new, struct tl_err *err)
{
    int r = s->mode == TL_STORE_TEMPORARY ? 0 : open_file(s, err);
    if (r == 0 && !s->db)
        r = open_temporary(s, err);
    if (r == 0)
        r = configure(s, err);
    return r ? r : schema_is_empty(s, is_new, err);
}

static int open_all(struct tl_store *s, struct tl_err *err)
{
    bool is_new = true, is_current = false;
    int r = connect(s, &is_new, err);
    if (r == 0 && is_new && s->mode == TL_STORE_READ) { /* an empty database is left as it is */
        sqlite3_close(s->db);
        s->db = NULL;
        s->mode = TL_STORE_TEMPORARY;
        r = connect(s, &is_new, err);
    }
    if (r == 0 && !is_new)
        r = schema_check(s, &is_current, err);
    if (r == 0)
        r = make_durable(s, err);
    if (r == 0 && s->mode != TL_STORE_READ && !is_current)
        r = schema_make(s, is_new, err);
    if (r == 0 && s->mode == TL_STORE_TEMPORARY)
        r = put_off_index(s, err);
    if (r == 0 && s->mode != TL_STORE_READ) {
        int rc = staged_register(s);
        r = rc == SQLITE_OK ? 0 : store_fail(s, rc, "open", err);
    }
    if (r == 0)
        r = read_seed(s, err);
    return r ? r : prune_read_times(s, err);
}

int tl_store_open(struct tl_store **out, const char *path, enum tl_store_mode mode, struct tl_err *err)
{
    int r = 0;
    struct tl_store *s = calloc(1, sizeof *s);
    if (!s)
        return tl_err_nomem(err);
    s->must_exist = mode == TL_STORE_CHANGE;
    s->parks = mode == TL_STORE_SCAN;
    s->mode = mode == TL_STORE_CHANGE ? TL_STORE_WRITE : mode == TL_STORE_SCAN ? TL_STORE_TEMPORARY : mode;
    s->lock_fd = -1;
    if (s->mode != TL_STORE_TEMPORARY && !(s->path = strdup(path)))
        r = tl_err_nomem(err);
    if (r == 0 && (r = intern_init(&s->intern)))
        tl_err_nomem(err);
    if (r == 0)
        r = open_all(s, err);
    if (r) {
        tl_store_close(s);
        return r;
    }
    *out = s;
    return 0;
}

void tl_store_close(struct tl_store *s)
{
    if (!s)
        return;
    abandon(s);
    for (int i = 0; i < SQL_N; i++)
        sqlite3_finalize(s->stmts[i]);
    if (s->ready &&
        s->mode == TL_STORE_WRITE) /* removes the journal, which is empty now; harmless where it fails */
        sqlite3_exec(s->db, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
    sqlite3_close(s->db);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    intern_fini(&s->intern);
    stage_fini(&s->stage);
    tl_buf_fini(&s->file.location);
    tl_buf_fini(&s->file.path);
    free(s->path);
    free(s);
}

/* ---- transactions ------------------------------------------------------------------------------ */

int tl_store_begin(struct tl_store *s, struct tl_err *err)
{
    struct query q = query(s, SQL_BEGIN_WRITE);
    int r = query_run(&q, err);
    s->is_stale = false;
    if (r == 0)
        s->in_batch = true;
    return r ? r : batch_result(s, looked_read(s, &s->looked, err));
}

int tl_store_commit(struct tl_store *s, struct tl_err *err)
{
    struct query q = query(s, SQL_COMMIT);
    if (!s->in_batch || s->in_file)
        return tl_err_set(err, TL_EUSAGE, "cannot commit: no batch is open, or a file is");
    int r = stage_flush(s, err);
    if (r == 0)
        r = query_run(&q, err);
    if (r == 0)
        s->in_batch = false;
    return batch_result(s, r);
}

int tl_store_rollback(struct tl_store *s, struct tl_err *err)
{
    abandon(s);
    return prune_read_times(s, err);
}

void tl_store_put_counts(const struct tl_store *s, uint64_t *n_new, uint64_t *n_duplicates)
{
    *n_new = s->stage.n_new;
    *n_duplicates = s->stage.n_duplicates;
}

int tl_store_read_begin(struct tl_store *s, struct tl_err *err)
{
    struct query q = query(s, SQL_BEGIN_READ);
    int r = 0;
    if (s->in_batch)
        r = s->in_file ? 0 : batch_result(s, stage_flush(s, err));
    else if (s->n_readers == 0)
        r = query_run(&q, err);
    if (r == 0)
        s->n_readers++;
    return r;
}

int tl_store_read_end(struct tl_store *s, int r, struct tl_err *err)
{
    struct query q = query(s, r < 0 ? SQL_ROLLBACK : SQL_COMMIT);
    if (--s->n_readers > 0 || s->in_batch || sqlite3_get_autocommit(s->db))
        return r;
    int ended = query_run(&q, r < 0 ? NULL : err);
    return r < 0 ? r : ended < 0 ? ended : r;
}
