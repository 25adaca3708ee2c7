/* The writer puts batches into the store, in the walk's order, and speaks to the caller. It promises that one
 * file is all in or all out, that several files share a transaction (a commit waits for the disk), that a
 * transaction stays short in events and in time, and that the counters balance: read = new + duplicate +
 * damaged + unused. After a failure the transaction is left open for tl_store_close to roll back. */
#include "writer.h"
#include "notice.h"

#include <stdlib.h>
#include <time.h>

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void tl_writer_init(struct tl_writer *w, struct tl_store *s, const struct tl_ingest_options *o,
                    struct tl_ingest_result *r, struct tl_err *err)
{
    *w = (struct tl_writer){.store = s, .o = o, .r = r, .err = err};
    tl_store_put_counts(s, &w->n_new_before, &w->n_duplicates_before);
}

void tl_writer_fini(struct tl_writer *w)
{
    free(w->shapes);
    tl_buf_fini(&w->text);
}

/* Standard input has no identity: what came through it once says nothing about what comes now. */
int tl_writer_seen(struct tl_writer *w, const struct tl_file *f, bool *seen)
{
    *seen = false;
    if (tl_str_eq(f->location, TL_STR("-")))
        return 0;
    return tl_store_seen(w->store, f->location, f->size_bytes, f->mtime_ns, seen, w->err);
}

/* ---- transactions ----------------------------------------------------------------------------- */

static int begin(struct tl_writer *w)
{
    if (w->in_transaction)
        return 0;
    int r = tl_store_begin(w->store, w->err);
    if (r)
        return r;
    w->in_transaction = true;
    w->began_ns = now_ns();
    w->n_put = 0;
    return 0;
}

int tl_writer_commit(struct tl_writer *w)
{
    if (!w->in_transaction || w->in_file)
        return 0;
    w->in_transaction = false;
    int r = tl_store_commit(w->store, w->err);
    uint64_t n_new, n_duplicates;
    tl_store_put_counts(w->store, &n_new, &n_duplicates);
    w->r->n_records_new = n_new - w->n_new_before;
    w->r->n_records_duplicate = n_duplicates - w->n_duplicates_before;
    return r;
}

static int commit_if_due(struct tl_writer *w)
{
    bool due = w->n_put >= TL_COMMIT_EVENTS || now_ns() - w->began_ns >= TL_COMMIT_S * INT64_C(1000000000);
    return due ? tl_writer_commit(w) : 0;
}

/* A transaction that changes nothing costs no flush. */
int tl_writer_start(struct tl_writer *w, const struct tl_roots *roots, size_t n_workers)
{
    w->shapes = calloc(n_workers * TL_WRITER_SHAPES, sizeof *w->shapes);
    int r = w->shapes ? begin(w) : tl_err_nomem(w->err);
    w->roots = roots;
    return r ? r : tl_roots_forget_unreadable(roots, w->store, w->err);
}

/* ---- files ------------------------------------------------------------------------------------ */

static void count_file(struct tl_ingest_result *r, const struct tl_source *s)
{
    switch (s->outcome) {
    case TL_OUTCOME_DONE:
        r->n_files_read++;
        break;
    case TL_OUTCOME_SKIPPED:
        r->n_skipped++;
        break;
    case TL_OUTCOME_CUT:
    case TL_OUTCOME_CORRUPT:
        r->n_damaged_files++;
        break;
    case TL_OUTCOME_UNREADABLE:
        r->n_unreadable++;
        break;
    }
    r->n_records_read += s->n_read;
    r->n_records_damaged += s->n_damaged;
    r->n_records_unused += s->n_unused;
}

static int end_file(struct tl_writer *w, const struct tl_file *f, const struct tl_batch_end *end)
{
    struct tl_source src = end->source;
    w->in_file = false;
    w->n_bytes_ended += (uint64_t)f->size_bytes;
    int r = tl_store_file_end(w->store, &src, end->keep, w->err);
    if (r)
        return r;
    count_file(w->r, &src);
    if (tl_notice_end(w->o, &w->text, f->shown, end, w->n_damage_seen))
        return tl_err_nomem(w->err);
    return commit_if_due(w);
}

static int begin_file(struct tl_writer *w, const struct tl_file *f)
{
    int r = begin(w);
    if (r)
        return r;
    w->in_file = true;
    w->n_damage_seen = 0;
    return tl_store_file_begin(w->store, f->location, f->source, w->err);
}

int tl_writer_entry(struct tl_writer *w, const struct tl_slot *slot)
{
    const struct tl_file *f = &slot->file;
    bool skipped = slot->walk == TL_WALK_SKIPPED, known = false;
    if (tl_notice_entry(w->o, &w->text, f, slot->walk))
        return tl_err_nomem(w->err);
    int r = skipped ? 0 : tl_roots_remember(w->roots, w->store, f->location, &known, w->err);
    if (r)
        return r;
    if (known || f->location.n == 0) { /* the manifest needs a place */
        w->r->n_unreadable++;
        return 0;
    }
    r = begin_file(w, f);
    if (r)
        return r;
    struct tl_source src = {.location = f->location,
                            .path = f->source,
                            .size_bytes = f->size_bytes,
                            .mtime_ns = f->mtime_ns,
                            .outcome = skipped ? TL_OUTCOME_SKIPPED : TL_OUTCOME_UNREADABLE,
                            .reason = f->reason};
    w->in_file = false;
    r = tl_store_file_end(w->store, &src, false, w->err);
    if (r)
        return r;
    count_file(w->r, &src);
    return commit_if_due(w);
}

/* What the store knows of the event's shape: nothing, where the place was another's. */
static struct tl_alike *alike_of(struct tl_writer *w, const struct tl_batch *b, uint64_t shape)
{
    struct tl_writer_shape *s = &w->shapes[b->home->number * TL_WRITER_SHAPES + shape % TL_WRITER_SHAPES];
    if (s->number != shape)
        *s = (struct tl_writer_shape){.number = shape};
    return &s->alike;
}

static int put_events(struct tl_writer *w, const struct tl_batch *b)
{
    for (size_t i = 0; i < b->n_items; i++) {
        struct tl_batch_item *item = &b->items[i];
        item->event.alike = item->event.shape ? alike_of(w, b, item->event.shape) : NULL;
        int r = tl_store_put(w->store, &item->event, &item->at, w->err);
        if (r < 0)
            return r;
    }
    w->n_put += b->n_items;
    return 0;
}

static int put_unused(struct tl_writer *w, const struct tl_batch *b)
{
    int r = 0;
    for (size_t i = 0; i < b->n_unused && r == 0; i++)
        r = tl_store_note_unused(w->store, &b->unused[i], w->err);
    return r;
}

static int put_damage(struct tl_writer *w, const struct tl_slot *slot, const struct tl_batch *b)
{
    for (size_t i = 0; i < b->n_damage; i++) {
        const struct tl_batch_damage *d = &b->damage[i];
        int r = tl_store_damage(w->store, &d->at, tl_str_from(d->why), w->err);
        if (r)
            return r;
        if (w->n_damage_seen++ < TL_NOTICES_PER_FILE && tl_notice_damage(w->o, &w->text, slot->file.shown, d))
            return tl_err_nomem(w->err);
    }
    return 0;
}

/* The first batch of a file. A file that was found twice (two paths that overlap) was not in the manifest
 * when it was found the second time; it may be by now. */
static int first_batch(struct tl_writer *w, const struct tl_file *f)
{
    w->passed_over = false;
    int r = w->o->n_paths > 1 ? tl_writer_seen(w, f, &w->passed_over) : 0;
    if (r)
        return r;
    if (!w->passed_over)
        return begin_file(w, f);
    w->in_file = true;
    return 0;
}

int tl_writer_batch(struct tl_writer *w, const struct tl_slot *slot, struct tl_batch *b)
{
    int r = w->in_file ? 0 : first_batch(w, &slot->file);
    if (r)
        return r;
    w->n_records += b->n_read;
    if (w->passed_over) {
        w->in_file = !b->last;
        w->r->n_already_ingested += b->last;
        return 0;
    }
    r = put_events(w, b);
    if (r == 0)
        r = put_unused(w, b);
    if (r == 0)
        r = put_damage(w, slot, b);
    return r || !b->last ? r : end_file(w, &slot->file, &b->end);
}

/* ---- progress --------------------------------------------------------------------------------- */

int tl_writer_tick(struct tl_writer *w, struct tl_progress *p)
{
    int64_t now = now_ns();
    if (!w->o->progress || now - w->told_ns < TL_PROGRESS_NS)
        return 0;
    w->told_ns = now;
    const struct tl_ingest_result *r = w->r;
    p->n_files =
        r->n_files_read + r->n_already_ingested + r->n_skipped + r->n_damaged_files + r->n_unreadable;
    p->n_records = w->n_records;
    return w->o->progress(w->o->ctx, p)
               ? 0
               : tl_err_set(w->err, TL_ESIGNAL, "stopped before the end of the input");
}
