/* The whole database, looked at: is every byte as it was written, do the tables agree with each other, is
 * nothing in it that is not ours. Nothing is repaired: the dump is the evidence, and the database can be made
 * from it again.
 *
 * Pages are compared with their checksums first (sums.c): that alone finds every changed byte in use, and
 * what the other parts say of a damaged page is only more of the same. They find what was written wrongly.
 */
#include "private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* SQLite keeps locks at this byte of a database, and leaves its page alone. */
#define PENDING_BYTE 0x40000000u
/* Faults of one part that are told one by one. */
#define FAULTS_MAX 100

struct check {
    struct tl_store *s;
    tl_fault_fn *fn;
    void *ctx;
    struct tl_check_counts *out;
    struct tl_err *err;
    size_t n_faults; /* of this part */
    bool all_read;   /* every page */
};

static int fault(struct check *c, const char *part, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static int fault(struct check *c, const char *part, const char *fmt, ...)
{
    char text[TL_ERR_MAX_BYTES];
    va_list ap;
    if (c->n_faults++ > FAULTS_MAX)
        return 0;
    if (c->n_faults > FAULTS_MAX)
        return c->fn(c->ctx, part, TL_STR("more of the same: not listed"));
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return c->fn(c->ctx, part, (tl_str){text, n < (int)sizeof text ? (size_t)n : sizeof text - 1});
}

/* A part that could not be read to its end says so, and the next one is looked at. */
static int end_part(struct check *c, const char *part, int r, struct tl_err *why)
{
    c->n_faults = 0;
    if (r == TL_EDB)
        return fault(c, part, "%s", why->msg);
    return r ? tl_err_set(c->err, r, "%s", why->msg) : 0;
}

/* ---- pages -------------------------------------------------------------------------------------- */

struct pages {
    struct check *c;
    sqlite3_file *file;
    unsigned char *page;
    uint32_t n_bytes, n;
    bool summed;
    uint8_t *is_free; /* a bit for each page */
};

static uint32_t big32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool read_page(struct pages *p, uint32_t number)
{
    return p->file->pMethods->xRead(p->file, p->page, (int)p->n_bytes,
                                    (sqlite3_int64)(number - 1) * p->n_bytes) == SQLITE_OK;
}

static bool get_bit(const uint8_t *bits, uint32_t i)
{
    return bits[i / 8] >> i % 8 & 1;
}

/* Follows the list of free pages (SQLite's file format, "The Freelist"). The pages that hold the list count
 * as used: what is in them matters. A list that is not right ends here; SQLite's own check tells. */
static void find_free(struct pages *p, uint32_t trunk)
{
    for (uint32_t seen = 0; trunk > 0 && trunk <= p->n && seen < p->n; seen++) {
        if (!read_page(p, trunk))
            return;
        uint32_t n = big32(p->page + 4), most = (p->n_bytes - SUM_BYTES) / 4 - 2;
        for (uint32_t i = 0; i < n && i < most; i++) {
            uint32_t leaf = big32(p->page + 8 + 4 * i);
            if (leaf > 0 && leaf <= p->n) {
                p->is_free[leaf / 8] |= (uint8_t)(1u << leaf % 8);
                p->c->out->n_free_pages++;
            }
        }
        trunk = big32(p->page);
    }
}

static int check_page(struct pages *p, uint32_t number)
{
    struct tl_check_counts *out = p->c->out;
    if (number == PENDING_BYTE / p->n_bytes + 1)
        return 0;
    if (!read_page(p, number)) {
        p->c->all_read = false;
        return fault(p->c, "pages", "page %" PRIu32 " of %" PRIu32 " cannot be read", number, p->n);
    }
    if (!p->summed)
        return 0;
    out->n_summed++;
    if (sum_is_right(p->page, p->n_bytes, number))
        return 0;
    if (get_bit(p->is_free, number)) {
        out->n_unused++;
        return 0;
    }
    return fault(p->c, "pages",
                 "page %" PRIu32 " of %" PRIu32 " (from byte %" PRIu64
                 " on) is not as it was written: damaged, or written by another program",
                 number, p->n, (uint64_t)(number - 1) * p->n_bytes);
}

static int walk_pages(struct pages *p)
{
    unsigned char h[100];
    sqlite3_int64 size = 0;
    struct check *c = p->c;
    if (p->file->pMethods->xFileSize(p->file, &size) != SQLITE_OK ||
        p->file->pMethods->xRead(p->file, h, sizeof h, 0) != SQLITE_OK)
        return fault(c, "pages", "the file cannot be read");
    p->n_bytes = (uint32_t)h[16] << 8 | (uint32_t)h[17] << 16; /* 1 stands for 65536 */
    p->summed = h[20] == SUM_BYTES;
    if (p->n_bytes < 512 || p->n_bytes > 65536 || (p->n_bytes & (p->n_bytes - 1)))
        return fault(c, "pages", "the header names no size of pages");
    p->n = (uint32_t)(size / p->n_bytes);
    if (size % p->n_bytes || big32(h + 28) != p->n) {
        int r = fault(c, "pages", "the file has %lld bytes, the header names %" PRIu32 " pages of %" PRIu32,
                      (long long)size, big32(h + 28), p->n_bytes);
        if (r)
            return r;
    }
    c->out->n_pages = p->n;
    c->out->page_bytes = p->n_bytes;
    p->page = malloc(p->n_bytes);
    p->is_free = calloc(p->n / 8 + 1, 1);
    if (!p->page || !p->is_free)
        return tl_err_nomem(c->err);
    find_free(p, big32(h + 32));
    int r = 0;
    c->all_read = true;
    for (uint32_t i = 1; i <= p->n && r == 0; i++)
        r = check_page(p, i);
    return r;
}

static int check_pages(struct check *c)
{
    struct pages p = {.c = c};
    c->n_faults = 0;
    if (sqlite3_file_control(c->s->db, "main", SQLITE_FCNTL_FILE_POINTER, &p.file) != SQLITE_OK || !p.file ||
        !p.file->pMethods)
        return 0; /* an empty database has no file */
    int r = walk_pages(&p);
    free(p.page);
    free(p.is_free);
    return r;
}

/* ---- tables ------------------------------------------------------------------------------------- */

/* SQLite's integrity check tells a page that it had no memory for as a fault of the page, by the number of
 * the failure or without one (pager failures in btree.c, checkTreePage and checkList; as of 3.40). Every page
 * could be read before that. */
static bool is_want_of_memory(const struct check *c, tl_str what)
{
    static const char *const signs[] = {"error code=7", "error code 7", "failed to get page"};
    for (size_t i = 0; i < sizeof signs / sizeof *signs && c->all_read; i++)
        if (tl_str_find(what, tl_str_from(signs[i])) != SIZE_MAX)
            return true;
    return false;
}

static int integrity(struct check *c, struct tl_err *err)
{
    struct query q = query(c->s, SQL_CHECK_INTEGRITY);
    int r;
    while ((r = query_row(&q, err)) > 0) {
        tl_str what = column_text(&q, 0);
        if (is_want_of_memory(c, what))
            r = tl_err_nomem(err);
        else
            r = tl_str_eq(what, TL_STR("ok")) ? 0 : fault(c, "integrity", "%.*s", TL_FMT(what));
        if (r)
            break;
    }
    query_end(&q);
    return r;
}

static int references(struct check *c, struct tl_err *err)
{
    struct query q = query(c->s, SQL_CHECK_REFERENCES);
    int r;
    while ((r = query_row(&q, err)) > 0) {
        tl_str what = column_text(&q, 0);
        r = column_int(&q, 1) == 0
                ? 0
                : fault(c, "references", "%lld rows have a number in %.*s that stands for nothing",
                        (long long)column_int(&q, 1), TL_FMT(what));
        if (r)
            break;
    }
    query_end(&q);
    return r;
}

static int counts(struct check *c, struct tl_err *err)
{
    struct query q = query(c->s, SQL_CHECK_SOURCES);
    int r;
    while ((r = query_row(&q, err)) > 0) {
        r = fault(c, "counts",
                  "file '%.*s': %lld records read are not %lld kept + %lld duplicates + %lld damaged + %lld "
                  "unused, "
                  "or not %lld events have it as their origin",
                  TL_FMT(column_text(&q, 0)), (long long)column_int(&q, 1), (long long)column_int(&q, 2),
                  (long long)column_int(&q, 3), (long long)column_int(&q, 4), (long long)column_int(&q, 5),
                  (long long)column_int(&q, 6));
        if (r)
            break;
    }
    query_end(&q);
    if (r)
        return r;
    q = query(c->s, SQL_CHECK_COVERAGE);
    while ((r = query_row(&q, err)) > 0) {
        r = fault(c, "counts", "%.*s %.*s: coverage says %lld records are kept, and %lld are",
                  TL_FMT(column_text(&q, 0)), TL_FMT(column_text(&q, 1)), (long long)column_int(&q, 2),
                  (long long)column_int(&q, 3));
        if (r)
            break;
    }
    query_end(&q);
    return r;
}

static int sizes(struct check *c, struct tl_err *err)
{
    struct query q = query(c->s, SQL_CHECK_COUNTS);
    int r = query_row(&q, err);
    if (r <= 0)
        return r;
    c->out->n_events = (uint64_t)column_int(&q, 0);
    c->out->n_sources = (uint64_t)column_int(&q, 1);
    query_end(&q);
    return 0;
}

static int foreign(void *ctx, tl_str type, tl_str name, const char *what)
{
    return fault(ctx, "schema", "%.*s '%.*s' %s", TL_FMT(type), TL_FMT(name), what);
}

static int schema(struct check *c, struct tl_err *err)
{
    return schema_each_foreign(c->s, foreign, c, err);
}

int tl_store_check(struct tl_store *s, tl_fault_fn *fn, void *ctx, struct tl_check_counts *out,
                   struct tl_err *err)
{
    static const struct {
        const char *name;
        int (*look)(struct check *c, struct tl_err *err);
    } parts[] = {
        {"schema", schema}, {"integrity", integrity}, {"references", references},
        {"counts", counts}, {"counts", sizes},
    };
    *out = (struct tl_check_counts){0};
    if (s->mode == TL_STORE_TEMPORARY) /* an empty file is a new database: there is nothing in it */
        return 0;
    struct check c = {.s = s, .fn = fn, .ctx = ctx, .out = out, .err = err};
    int r = check_pages(&c);
    for (size_t i = 0; i < sizeof parts / sizeof *parts && r == 0; i++) {
        struct tl_err why = {0};
        c.n_faults = 0;
        r = end_part(&c, parts[i].name, parts[i].look(&c, &why), &why);
    }
    return r;
}

/* ---- loops -------------------------------------------------------------------------------------- */

static bool same_loop(const struct query *q, const struct tl_store_loop *l, size_t number)
{
    const tl_str texts[] = {l->id,
                            l->chain,
                            l->kind,
                            l->status,
                            l->config_rule,
                            l->document,
                            l->confidence,
                            l->resource.partition,
                            l->resource.account,
                            l->resource.region,
                            l->resource.type,
                            l->resource.id};
    const int64_t numbers[] = {(int64_t)l->n_cycles, (int64_t)l->n_partial, l->first_s, l->last_s,
                               l->period_median_s,   (int64_t)number};
    const int n_texts = (int)(sizeof texts / sizeof *texts);
    for (int i = 0; i < n_texts; i++)
        if (!tl_str_eq(column_text(q, i), texts[i]))
            return false;
    for (int i = 0; i < (int)(sizeof numbers / sizeof *numbers); i++)
        if (column_int(q, n_texts + i) != numbers[i])
            return false;
    return true;
}

static int compare_loops(struct check *c, const struct tl_store_loop *loops, size_t n, struct tl_err *err)
{
    struct query q = query(c->s, SQL_EACH_LOOP);
    size_t i = 0;
    int r;
    while ((r = query_row(&q, err)) > 0) {
        if (i == n || !same_loop(&q, &loops[i], i + 1)) {
            r = fault(c, "derived", "loop '%.*s' is not what a fresh detection finds",
                      TL_FMT(column_text(&q, 0)));
            query_end(&q);
            return r ? r : 1;
        }
        i++;
    }
    if (r == 0 && i < n) {
        r = fault(c, "derived", "loop '%.*s' is missing", TL_FMT(loops[i].id));
        return r ? r : 1;
    }
    return r;
}

static int compare_cycles(struct check *c, const struct tl_store_loop *loops, size_t n, struct tl_err *err)
{
    struct query q = query(c->s, SQL_EACH_CYCLE);
    size_t loop = 0, cycle = 0;
    bool same = true;
    int r;
    while (same && (r = query_row(&q, err)) > 0) {
        while (loop < n && cycle == loops[loop].n_cycles) {
            loop++;
            cycle = 0;
        }
        same = loop < n && column_int(&q, 0) == (int64_t)loop + 1 &&
               column_int(&q, 1) == (int64_t)cycle + 1 &&
               column_int(&q, 2) == loops[loop].cycle_first_s[cycle] &&
               column_int(&q, 3) == loops[loop].cycle_last_s[cycle];
        cycle++;
    }
    query_end(&q);
    if (same && r < 0)
        return r;
    while (same && loop < n && cycle == loops[loop].n_cycles) {
        loop++;
        cycle = 0;
    }
    return same && loop == n ? 0 : fault(c, "derived", "the cycles are not what a fresh detection finds");
}

int tl_store_check_loops(struct tl_store *s, const struct tl_store_loop *loops, size_t n, tl_fault_fn *fn,
                         void *ctx, struct tl_err *err)
{
    struct check c = {.s = s, .fn = fn, .ctx = ctx, .err = err};
    struct tl_err why = {0};
    int r = compare_loops(&c, loops, n, &why);
    if (r == 0)
        r = compare_cycles(&c, loops, n, &why);
    return r > 0 ? 0 : end_part(&c, "derived", r, &why);
}
