/* The manifest: every file of the dump, what became of it, and what was wrong with it.
 *
 * When a file turns out to be cut or corrupt, all that was stored of it is taken back, and its row says why:
 * what still waits on the stage is forgotten, the rest (of a file larger than the stage) is inside a
 * savepoint. A file that is read again under the same location gets a new row. The row before it stops being
 * current: it then speaks only for those events that the new version does not hold, and goes when there are
 * none. So no event loses its origin, and in every row, and in their sum, read = kept + duplicates + damaged
 * + unused.
 */
#include "private.h"

#include <string.h>

const char *tl_outcome_name(enum tl_outcome o)
{
    static const char *const names[] = {"done", "skipped", "cut", "corrupt", "unreadable"};
    return names[o];
}

int tl_store_seen(struct tl_store *s, tl_str location, int64_t size_bytes, int64_t mtime_ns, bool *seen,
                  struct tl_err *err)
{
    int64_t outcome = TL_OUTCOME_UNREADABLE;
    *seen = false;
    if (tl_str_eq(location, TL_STR("-"))) /* standard input is never the same twice */
        return 0;
    struct query q = query(s, SQL_SEEN);
    bind_text(&q, SEEN_LOCATION, location);
    bind_int(&q, SEEN_SIZE_BYTES, size_bytes);
    bind_int(&q, SEEN_MTIME_NS, mtime_ns);
    int r = query_id(&q, &outcome, err);
    *seen = r == 0 && outcome != TL_OUTCOME_UNREADABLE;
    return r < 0 ? r : 0;
}

/* ---- one file ---------------------------------------------------------------------------------- */

static int run_on(struct tl_store *s, enum sql_id id, int param, int64_t value, struct tl_err *err)
{
    struct query q = query(s, id);
    bind_int(&q, param, value);
    return query_run(&q, err);
}

/* A version of a file that was current until now speaks only for what nobody else has. */
static int supersede(struct tl_store *s, int64_t id, struct tl_err *err)
{
    int r = stage_flush(s, err); /* it may hold events of that version */
    if (r == 0)
        r = run_on(s, SQL_FORGET_UNUSED, FORGET_UNUSED_SOURCE, id, err);
    if (r == 0)
        r = run_on(s, SQL_DROP_UNUSED, DROP_UNUSED_SOURCE, id, err);
    if (r == 0)
        r = run_on(s, SQL_DROP_DAMAGE, DROP_DAMAGE_SOURCE, id, err);
    if (r == 0)
        r = run_on(s, SQL_SUPERSEDE_SOURCE, SUPERSEDE_SOURCE_ID, id, err);
    if (r == 0)
        r = run_on(s, SQL_DROP_SPENT_SOURCE, DROP_SPENT_SOURCE_ID, id, err);
    return r;
}

static int supersede_current(struct tl_store *s, struct tl_err *err)
{
    int64_t id = 0;
    struct query q = query(s, SQL_CURRENT_SOURCE);
    bind_text(&q, CURRENT_SOURCE_LOCATION, tl_buf_str(&s->file.location));
    int r = query_id(&q, &id, err);
    return r ? (r < 0 ? r : 0) : supersede(s, id, err);
}

/* The rows that go are those that the query has passed: it stands in no other's way. */
int tl_store_forget_unreadable(struct tl_store *s, tl_str typed, tl_str root, struct tl_err *err)
{
    if (!s->in_batch || s->in_file)
        return tl_err_set(err, TL_EUSAGE, "cannot forget files: no batch is open, or a file is");
    struct query q = query(s, SQL_UNREADABLE_UNDER);
    bind_text(&q, UNREADABLE_UNDER_TYPED, typed);
    bind_text(&q, UNREADABLE_UNDER_ROOT, root);
    int r;
    while ((r = query_row(&q, err)) > 0)
        if ((r = supersede(s, column_int(&q, 0), err)))
            break;
    query_end(&q);
    return batch_result(s, r);
}

static int start_source(struct tl_store *s, struct tl_err *err)
{
    struct open_file *f = &s->file;
    f->n_put = f->n_withheld = f->n_refused = 0;
    f->n_damage = 0;
    f->guarded = false;
    span_forget(&f->spans);
    int r = supersede_current(s, err);
    if (r)
        return r;
    struct query q = query(s, SQL_PUT_SOURCE);
    bind_text(&q, PUT_SOURCE_LOCATION, tl_buf_str(&f->location));
    bind_text(&q, PUT_SOURCE_PATH, tl_buf_str(&f->path));
    r = query_run(&q, err);
    f->source = sqlite3_last_insert_rowid(s->db);
    f->first_event = s->stage.waits.n_events;
    f->first_row = s->stage.waits.n_rows;
    return r;
}

int tl_store_file_begin(struct tl_store *s, tl_str location, tl_str path, struct tl_err *err)
{
    struct open_file *f = &s->file;
    if (!s->in_batch || s->in_file)
        return tl_err_set(err, TL_EUSAGE, "cannot start a file: no batch is open, or another file is");
    f->location.n = f->path.n = 0;
    if (tl_buf_add_str(&f->location, location) || tl_buf_add_str(&f->path, path))
        return batch_result(s, tl_err_nomem(err));
    int r = start_source(s, err);
    s->in_file = r == 0;
    return batch_result(s, r);
}

int file_guard(struct tl_store *s, struct tl_err *err)
{
    struct open_file *f = &s->file;
    struct query q = query(s, SQL_FILE_SAVEPOINT);
    if (f->guarded)
        return 0;
    int r = merge_finish(s, err); /* of other files */
    if (r == 0)
        r = span_flush(s, &s->stage.spans, err);
    if (r)
        return r;
    f->guarded = true;
    f->n_new = s->stage.n_new;
    f->n_duplicates = s->stage.n_duplicates;
    return query_run(&q, err);
}

int tl_store_damage(struct tl_store *s, const struct tl_origin *at, tl_str why, struct tl_err *err)
{
    int64_t text = 0;
    if (!s->in_file)
        return tl_err_set(err, TL_EUSAGE, "cannot store damage: no file is open");
    int r = intern_text(s, why, &text, err);
    if (r)
        return batch_result(s, r);
    struct query q = query(s, SQL_PUT_DAMAGE);
    bind_int(&q, PUT_DAMAGE_SOURCE, s->file.source);
    bind_int(&q, PUT_DAMAGE_SEQ, s->file.n_damage++);
    bind_int(&q, PUT_DAMAGE_RECORD, (int64_t)at->record);
    bind_int(&q, PUT_DAMAGE_OFFSET, (int64_t)at->offset);
    bind_int(&q, PUT_DAMAGE_LENGTH, (int64_t)at->length);
    bind_int(&q, PUT_DAMAGE_WHY, text);
    return query_run(&q, err);
}

/* Everything since file_begin is taken back; what stays is the row that says so, and texts that nothing
 * refers to. */
static int take_back(struct tl_store *s, struct tl_source *src, struct tl_err *err)
{
    struct open_file *f = &s->file;
    stage_forget(&s->stage, f->first_event, f->first_row);
    span_forget(&f->spans);
    intern_forget(&s->intern); /* it knows aliases that have gone with the stage */
    f->n_put = f->n_withheld = f->n_refused = 0;
    src->n_damaged = src->n_read;
    src->n_unused = 0;
    if (f->guarded) {
        struct query q = query(s, SQL_FILE_UNDO);
        int r = query_run(&q, err);
        if (r)
            return r;
        span_forget(&s->stage.spans); /* since the savepoint they are of this file only */
        s->stage.n_new = f->n_new;
        s->stage.n_duplicates = f->n_duplicates;
    }
    return run_on(s, SQL_DROP_DAMAGE, DROP_DAMAGE_SOURCE, f->source, err);
}

static int finish_source(struct tl_store *s, const struct tl_source *src, struct tl_err *err)
{
    const struct open_file *f = &s->file;
    struct query q = query(s, SQL_FINISH_SOURCE);
    bind_int(&q, FINISH_SOURCE_ID, f->source);
    bind_int(&q, FINISH_SOURCE_SIZE_BYTES, src->size_bytes);
    bind_int(&q, FINISH_SOURCE_MTIME_NS, src->mtime_ns);
    if (src->has_sha256)
        bind_blob(&q, FINISH_SOURCE_SHA256, src->sha256, sizeof src->sha256);
    else
        sqlite3_bind_null(q.st, FINISH_SOURCE_SHA256);
    bind_int(&q, FINISH_SOURCE_CONTAINER, src->container);
    bind_int(&q, FINISH_SOURCE_OUTCOME, src->outcome);
    bind_text(&q, FINISH_SOURCE_REASON, src->reason);
    bind_int(&q, FINISH_SOURCE_N_MEMBERS, (int64_t)src->n_members);
    bind_int(&q, FINISH_SOURCE_TRAILING_BYTES, (int64_t)src->trailing_bytes);
    bind_int(&q, FINISH_SOURCE_INFLATED_BYTES, (int64_t)src->inflated_bytes);
    bind_int(&q, FINISH_SOURCE_N_READ, (int64_t)src->n_read);
    bind_int(&q, FINISH_SOURCE_N_KEPT, (int64_t)f->n_put);
    bind_int(&q, FINISH_SOURCE_N_DAMAGED, (int64_t)src->n_damaged);
    bind_int(&q, FINISH_SOURCE_N_UNUSED, (int64_t)src->n_unused);
    bind_int(&q, FINISH_SOURCE_N_FOREIGN, (int64_t)src->n_foreign);
    bind_int(&q, FINISH_SOURCE_N_WITHHELD, (int64_t)f->n_withheld);
    return query_run(&q, err);
}

int tl_store_file_end(struct tl_store *s, struct tl_source *src, bool keep, struct tl_err *err)
{
    int r = 0;
    if (!s->in_file)
        return tl_err_set(err, TL_EUSAGE, "cannot end a file: none is open");
    if (!keep && src->outcome != TL_OUTCOME_DONE && src->outcome != TL_OUTCOME_SKIPPED)
        r = take_back(s, src, err);
    if (r == 0)
        r = file_spans_end(s, err);
    src->n_unused += s->file.n_refused;
    if (r == 0)
        r = loops_stale(s, err);
    if (r == 0)
        r = finish_source(s, src, err);
    if (r)
        return batch_result(s, r);
    s->in_file = false;
    if (s->file.guarded) {
        struct query q = query(s, SQL_FILE_RELEASE);
        r = query_run(&q, err);
    }
    if (r == 0)
        r = stage_file_ended(s, err);
    return batch_result(s, r);
}

/* ---- reading ----------------------------------------------------------------------------------- */

/* 0, or TL_EDB when the row cannot be ours (the query has then ended). */
static int source_from(struct query *q, struct tl_source *src, struct tl_err *err)
{
    int container = 0, outcome = 0, r = column_word(q, 6, TL_CONTAINER_FOREIGN + 1, &container, err);
    if (r == 0)
        r = column_word(q, 7, TL_OUTCOME_UNREADABLE + 1, &outcome, err);
    if (r)
        return r;
    *src = (struct tl_source){.location = column_text(q, 0),
                              .path = column_text(q, 1),
                              .superseded = column_int(q, 2) == 0,
                              .size_bytes = column_int(q, 3),
                              .mtime_ns = column_int(q, 4),
                              .container = (enum tl_container)container,
                              .outcome = (enum tl_outcome)outcome,
                              .reason = column_text(q, 8),
                              .n_members = (uint64_t)column_int(q, 9),
                              .trailing_bytes = (uint64_t)column_int(q, 10),
                              .inflated_bytes = (uint64_t)column_int(q, 11),
                              .n_read = (uint64_t)column_int(q, 12),
                              .n_kept = (uint64_t)column_int(q, 13),
                              .n_duplicates = (uint64_t)column_int(q, 14),
                              .n_damaged = (uint64_t)column_int(q, 15),
                              .n_unused = (uint64_t)column_int(q, 16),
                              .n_foreign = (uint64_t)column_int(q, 17),
                              .gone = column_int(q, 18) != 0};
    const void *sha = sqlite3_column_blob(q->st, 5);
    src->has_sha256 = sha && sqlite3_column_bytes(q->st, 5) == (int)sizeof src->sha256;
    if (src->has_sha256)
        memcpy(src->sha256, sha, sizeof src->sha256);
    return 0;
}

static int each_of(struct query *q, tl_source_fn *fn, void *ctx, struct tl_err *err)
{
    struct tl_source src;
    int r;
    while ((r = query_row(q, err)) > 0) {
        if ((r = source_from(q, &src, err)) || (r = fn(ctx, &src)))
            break;
    }
    query_end(q);
    return r;
}

int tl_store_each_source(struct tl_store *s, tl_source_fn *fn, void *ctx, struct tl_err *err)
{
    struct query q = query(s, SQL_EACH_SOURCE);
    return each_of(&q, fn, ctx, err);
}

int tl_store_count_under(struct tl_store *s, tl_str root, uint64_t *n, struct tl_err *err)
{
    int64_t count = 0;
    struct query q = query(s, SQL_COUNT_UNDER);
    bind_text(&q, COUNT_UNDER_ROOT, root);
    int r = query_id(&q, &count, err);
    *n = (uint64_t)count;
    return r < 0 ? r : 0;
}

int tl_store_any_gone_under(struct tl_store *s, tl_str root, bool *any, struct tl_err *err)
{
    int64_t found = 0;
    struct query q = query(s, SQL_ANY_GONE_UNDER);
    bind_text(&q, ANY_GONE_UNDER_ROOT, root);
    int r = query_id(&q, &found, err);
    *any = found != 0;
    return r < 0 ? r : 0;
}

int tl_store_mark_gone(struct tl_store *s, tl_str location, bool gone, struct tl_err *err)
{
    if (!s->in_batch || s->in_file)
        return tl_err_set(err, TL_EUSAGE, "cannot mark a file: no batch is open, or a file is");
    struct query q = query(s, SQL_MARK_GONE);
    bind_text(&q, MARK_GONE_LOCATION, location);
    bind_int(&q, MARK_GONE_GONE, gone);
    return batch_result(s, query_run(&q, err));
}

int tl_store_each_under(struct tl_store *s, tl_str root, tl_source_fn *fn, void *ctx, struct tl_err *err)
{
    struct query q = query(s, SQL_EACH_UNDER);
    bind_text(&q, EACH_UNDER_ROOT, root);
    return each_of(&q, fn, ctx, err);
}

int tl_store_each_damage(struct tl_store *s, tl_damage_fn *fn, void *ctx, struct tl_err *err)
{
    struct query q = query(s, SQL_EACH_DAMAGE);
    int r;
    while ((r = query_row(&q, err)) > 0) {
        struct tl_origin at = {.record = (uint64_t)column_int(&q, 1),
                               .offset = (uint64_t)column_int(&q, 2),
                               .length = (uint64_t)column_int(&q, 3)};
        if ((r = fn(ctx, column_text(&q, 0), &at, column_text(&q, 4))))
            break;
    }
    query_end(&q);
    return r;
}
