/* Checksums of pages, which SQLite has not: its quick_check missed 339 of 400 flipped bytes. Each page
 * of our databases ends with 8 bytes that SQLite leaves alone ("reserved bytes"); a thin file system (VFS)
 * between SQLite and the disk fills them in whenever a page is written. So a checksum costs its writer one
 * pass over a page, whatever wrote to the page and why, and is in the same transaction by nature.
 *
 * They are compared only when one asks for it (`check`). A page that another program wrote, such as sqlite3
 * to which somebody gave an UPDATE, carries the checksum of its old content: that is found too. A database
 * made before there were checksums has no room for them, and is written as it was.
 *
 * The same layer keeps SQLite from what may lie beside a database that somebody else has made (may_open).
 */
#include "private.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define RESERVED_AT 20 /* in the database header: bytes that SQLite leaves alone at the end of each page */

struct summed_file {
    sqlite3_file base;
    bool main; /* a database, no journal */
    bool sums; /* its pages have room for them */
    /* the real file follows */
};

static sqlite3_file *real(sqlite3_file *f)
{
    return (sqlite3_file *)((struct summed_file *)f + 1);
}

/* ---- the sum ------------------------------------------------------------------------------------ */

static uint64_t mix(uint64_t h)
{
    h ^= h >> 32;
    h *= 0xd6e8feb86659fd93u;
    h ^= h >> 32;
    return h;
}

/* Each step is one to one in the word and in the state, so that a change within eight bytes always shows;
 * four lanes, so that one need not wait for the other. The page's number is in it: pages that changed places
 * show. */
static uint64_t sum_of(const unsigned char *page, size_t n_bytes, uint64_t number)
{
    const uint64_t k = 0x9e3779b97f4a7c15u;
    uint64_t h[4] = {number, number + k, number ^ k, ~number}, w[4];
    size_t i = 0;
    for (; i + sizeof w <= n_bytes; i += sizeof w) {
        memcpy(w, page + i, sizeof w);
        for (int l = 0; l < 4; l++) {
            h[l] = (h[l] ^ w[l]) * k;
            h[l] ^= h[l] >> 29;
        }
    }
    memset(w, 0, sizeof w);
    memcpy(w, page + i, n_bytes - i);
    for (int l = 0; l < 4; l++)
        h[l] = mix((h[l] ^ w[l]) * k);
    return mix(h[0] + mix(h[1] + mix(h[2] + mix(h[3]))));
}

static void put_sum(unsigned char *page, size_t n_bytes, uint64_t number)
{
    uint64_t sum = sum_of(page, n_bytes - SUM_BYTES, number);
    for (int i = 0; i < SUM_BYTES; i++)
        page[n_bytes - SUM_BYTES + (size_t)i] = (unsigned char)(sum >> (8 * i)); /* the same on any machine */
}

bool sum_is_right(const unsigned char *page, size_t n_bytes, uint64_t number)
{
    uint64_t sum = sum_of(page, n_bytes - SUM_BYTES, number);
    for (int i = 0; i < SUM_BYTES; i++)
        if (page[n_bytes - SUM_BYTES + (size_t)i] != (unsigned char)(sum >> (8 * i)))
            return false;
    return true;
}

/* ---- a file ------------------------------------------------------------------------------------- */

static void look_at_header(struct summed_file *f, const unsigned char *p, int n, sqlite3_int64 at)
{
    if (f->main && at == 0 && n > RESERVED_AT)
        f->sums = p[RESERVED_AT] == SUM_BYTES;
}

static int on_close(sqlite3_file *f)
{
    return real(f)->pMethods->xClose(real(f));
}

static int on_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
    int rc = real(f)->pMethods->xRead(real(f), p, n, at);
    if (rc == SQLITE_OK)
        look_at_header((struct summed_file *)f, p, n, at);
    return rc;
}

/* SQLite writes a database by whole pages, out of its page cache, whose last bytes it has given to us. */
static int on_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    struct summed_file *sf = (struct summed_file *)f;
    look_at_header(sf, p, n, at);
    if (sf->sums && n >= 512 && (n & (n - 1)) == 0 && at % n == 0)
        put_sum((unsigned char *)(uintptr_t)p, (size_t)n, (uint64_t)(at / n) + 1);
    return real(f)->pMethods->xWrite(real(f), p, n, at);
}

static int on_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    return real(f)->pMethods->xTruncate(real(f), size);
}

static int on_sync(sqlite3_file *f, int flags)
{
    return real(f)->pMethods->xSync(real(f), flags);
}

static int on_size(sqlite3_file *f, sqlite3_int64 *size)
{
    return real(f)->pMethods->xFileSize(real(f), size);
}

static int on_lock(sqlite3_file *f, int lock)
{
    return real(f)->pMethods->xLock(real(f), lock);
}

static int on_unlock(sqlite3_file *f, int lock)
{
    return real(f)->pMethods->xUnlock(real(f), lock);
}

static int on_reserved(sqlite3_file *f, int *out)
{
    return real(f)->pMethods->xCheckReservedLock(real(f), out);
}

static int on_control(sqlite3_file *f, int op, void *arg)
{
    return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int on_sector(sqlite3_file *f)
{
    return real(f)->pMethods->xSectorSize(real(f));
}

static int on_device(sqlite3_file *f)
{
    return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

/* For databases that somebody has switched to WAL. */
static int on_shm_map(sqlite3_file *f, int page, int n, int extend, void volatile **out)
{
    return real(f)->pMethods->xShmMap(real(f), page, n, extend, out);
}

static int on_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
}

static void on_shm_barrier(sqlite3_file *f)
{
    real(f)->pMethods->xShmBarrier(real(f));
}

static int on_shm_unmap(sqlite3_file *f, int remove)
{
    return real(f)->pMethods->xShmUnmap(real(f), remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = on_close,
    .xRead = on_read,
    .xWrite = on_write,
    .xTruncate = on_truncate,
    .xSync = on_sync,
    .xFileSize = on_size,
    .xLock = on_lock,
    .xUnlock = on_unlock,
    .xCheckReservedLock = on_reserved,
    .xFileControl = on_control,
    .xSectorSize = on_sector,
    .xDeviceCharacteristics = on_device,
    .xShmMap = on_shm_map,
    .xShmLock = on_shm_lock,
    .xShmBarrier = on_shm_barrier,
    .xShmUnmap = on_shm_unmap,
};

/* A journal that is no regular file is not opened: SQLite would wait for a FIFO. Nor is a super-journal,
 * which a journal can name, any file of the disk: once that journal was played back, SQLite removes it. Only
 * a transaction over several databases makes one, and we have none (SQLite's "Atomic Commit", section 5). */
static bool may_open(const char *name, int flags)
{
    struct stat st;
    if (flags & SQLITE_OPEN_SUPER_JOURNAL)
        return false;
    return !(flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)) || lstat(name, &st) != 0 ||
           S_ISREG(st.st_mode);
}

static int on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out_flags)
{
    sqlite3_vfs *below = vfs->pAppData;
    struct summed_file *sf = (struct summed_file *)f;
    *sf = (struct summed_file){.main = (flags & SQLITE_OPEN_MAIN_DB) && name};
    if (!may_open(name, flags)) {
        errno = EPERM; /* what the message says */
        return SQLITE_CANTOPEN;
    }
    int rc = below->xOpen(below, name, real(f), flags, out_flags);
    sf->base.pMethods = real(f)->pMethods ? &methods : NULL; /* then SQLite closes it, also after a failure */
    return rc;
}

/* ---- the file system ---------------------------------------------------------------------------- */

int sums_register(void)
{
    static sqlite3_vfs vfs; /* SQLite keeps a list of them; whatever but opening a file is the usual one's */
    sqlite3_vfs *below = sqlite3_vfs_find(NULL);
    if (sqlite3_vfs_find(SUMS_VFS))
        return SQLITE_OK;
    if (!below)
        return SQLITE_ERROR;
    vfs = *below;
    vfs.zName = SUMS_VFS;
    vfs.szOsFile = (int)sizeof(struct summed_file) + below->szOsFile;
    vfs.pNext = NULL;
    vfs.pAppData = below;
    vfs.xOpen = on_open;
    return sqlite3_vfs_register(&vfs, 0);
}

int sums_make_room(sqlite3 *db)
{
    int n = SUM_BYTES;
    return sqlite3_file_control(db, "main", SQLITE_FCNTL_RESERVE_BYTES, &n);
}
