/* Coverage: for each account and region the first and last event time seen, how many records, and the minutes
 * in which there was one. Kept up to date with the facts, so that it is read in the number of scopes, not of
 * events. What was seen never shrinks: a second copy of a record counts as seen, not as one more record. Of a
 * record that is not kept nothing is left to know its copy by, so each copy of it counts: the records of all
 * scopes are those kept and those unused. */
#include "private.h"
#include "trailloop/limits.h"

#include <string.h>

void span_forget(struct spans *all)
{
    if (all->n)
        memset(all->slots, 0, sizeof all->slots);
    all->n = 0;
}

struct span span_of(int64_t scope, int64_t time_s, int64_t n_kept, int64_t n_unused)
{
    int64_t block = tl_seen_block(time_s);
    return (struct span){.scope = scope,
                         .block = block,
                         .first_s = time_s,
                         .last_s = time_s,
                         .n_kept = n_kept,
                         .n_unused = n_unused,
                         .minutes = tl_seen_minute(time_s, block)};
}

int span_add(struct tl_store *s, struct spans *all, struct span add, struct tl_err *err)
{
    int r = all->n >= TL_SPAN_MAX ? span_flush(s, all, err) : 0;
    if (r)
        return r;
    size_t i = ((uint64_t)add.scope * 31 + (uint64_t)add.block) % TL_SPAN_SLOTS;
    for (; all->slots[i]; i = (i + 1) % TL_SPAN_SLOTS) {
        struct span *sp = &all->at[all->slots[i] - 1];
        if (sp->scope != add.scope || sp->block != add.block)
            continue;
        sp->first_s = add.first_s < sp->first_s ? add.first_s : sp->first_s;
        sp->last_s = add.last_s > sp->last_s ? add.last_s : sp->last_s;
        sp->n_kept += add.n_kept;
        sp->n_unused += add.n_unused;
        sp->minutes |= add.minutes;
        return 0;
    }
    all->at[all->n] = add;
    all->slots[i] = (uint16_t)++all->n;
    return 0;
}

struct span span_lost(int64_t scope, int64_t time_s)
{
    struct span sp = span_of(scope, time_s, -1, 0);
    sp.minutes = 0;
    return sp;
}

/* What is not kept is told of each file, so that another version of it can take its place. */
static int put_unused(struct tl_store *s, const struct span *sp, struct tl_err *err)
{
    struct query q = query(s, SQL_PUT_UNUSED);
    bind_int(&q, PUT_UNUSED_SOURCE, s->file.source);
    bind_int(&q, PUT_UNUSED_SCOPE, sp->scope);
    bind_int(&q, PUT_UNUSED_N, sp->n_unused);
    return query_run(&q, err);
}

int file_spans_end(struct tl_store *s, struct tl_err *err)
{
    struct spans *all = &s->file.spans;
    int r = 0;
    for (size_t i = 0; i < all->n && r == 0; i++) {
        if (all->at[i].n_unused)
            r = put_unused(s, &all->at[i], err);
        if (r == 0)
            r = span_add(s, &s->stage.spans, all->at[i], err);
    }
    span_forget(all);
    return r;
}

int file_span_add(struct tl_store *s, struct span add, struct tl_err *err)
{
    struct spans *all = &s->file.spans;
    int r = 0;
    if (all->n >= TL_SPAN_MAX && (r = s->file.guarded ? 0 : stage_spill(s, err)) == 0)
        r = file_spans_end(s, err);
    return r ? r : span_add(s, all, add, err);
}

/* What was pruned is not covered: nothing is noted of it again. */
static int flush_minutes(struct tl_store *s, const struct span *sp, struct tl_err *err)
{
    if (sp->minutes == 0 || (sp->block + 1) * TL_SEEN_BLOCK_S <= s->facts_from_s)
        return 0;
    struct query q = query(s, SQL_PUT_PRESENCE);
    bind_int(&q, PUT_PRESENCE_SCOPE, sp->scope);
    bind_int(&q, PUT_PRESENCE_BLOCK, sp->block);
    bind_int(&q, PUT_PRESENCE_MINUTES, (int64_t)sp->minutes);
    return query_run(&q, err);
}

static int flush_one(struct tl_store *s, const struct span *sp, struct tl_err *err)
{
    struct query q = query(s, SQL_ADD_COVERAGE);
    bind_int(&q, ADD_COVERAGE_SCOPE, sp->scope);
    bind_int(&q, ADD_COVERAGE_FIRST_S, sp->first_s);
    bind_int(&q, ADD_COVERAGE_LAST_S, sp->last_s);
    bind_int(&q, ADD_COVERAGE_N_KEPT, sp->n_kept);
    bind_int(&q, ADD_COVERAGE_N_UNUSED, sp->n_unused);
    int r = query_run(&q, err);
    return r ? r : flush_minutes(s, sp, err);
}

int span_flush(struct tl_store *s, struct spans *all, struct tl_err *err)
{
    int r = 0;
    for (size_t i = 0; i < all->n && r == 0; i++)
        r = flush_one(s, &all->at[i], err);
    if (r == 0)
        span_forget(all);
    return r;
}

int tl_store_note_unused(struct tl_store *s, const struct tl_seen *seen, struct tl_err *err)
{
    struct span add = {.block = seen->block,
                       .first_s = seen->first_s,
                       .last_s = seen->last_s,
                       .n_unused = (int64_t)seen->n_records,
                       .minutes = seen->minutes};
    if (!s->in_file)
        return tl_err_set(err, TL_EUSAGE, "cannot note records: no file is open");
    int r = intern_scope(s, seen->account, seen->region, &add.scope, err);
    if (r == 0)
        r = file_span_add(s, add, err);
    return batch_result(s, r);
}

/* ---- reading ----------------------------------------------------------------------------------- */

static void add_tally(struct tl_coverage *c, const struct query *q)
{
    int64_t outcome = column_int(q, 0);
    uint64_t n_files = (uint64_t)column_int(q, 1);
    if (column_int(q, 8)) { /* older versions of a file are no files of their own */
        bool read = outcome == TL_OUTCOME_DONE || outcome == TL_OUTCOME_CUT || outcome == TL_OUTCOME_CORRUPT;
        c->files.n_read += read ? n_files : 0;
        c->files.n_skipped += outcome == TL_OUTCOME_SKIPPED ? n_files : 0;
        c->files.n_damaged += outcome >= TL_OUTCOME_CUT ? n_files : 0;
    }
    c->records.n_read += (uint64_t)column_int(q, 2);
    c->records.n_kept += (uint64_t)column_int(q, 3);
    c->records.n_duplicates += (uint64_t)column_int(q, 4);
    c->records.n_damaged += (uint64_t)column_int(q, 5);
    c->records.n_unused += (uint64_t)column_int(q, 6);
    c->records.n_withheld += (uint64_t)column_int(q, 7);
}

static int read_tally(struct tl_store *s, struct tl_coverage *c, struct tl_err *err)
{
    struct query q = query(s, SQL_TALLY);
    int r;
    while ((r = query_row(&q, err)) > 0)
        add_tally(c, &q);
    return r;
}

static int read_pruned(struct tl_store *s, struct tl_coverage *c, struct tl_err *err)
{
    struct query q = query(s, SQL_GET_PRUNED);
    int r = query_row(&q, err);
    if (r <= 0)
        return r < 0 ? r : store_fail(s, SQLITE_CORRUPT, "read", err);
    if ((r = column_time(&q, 0, &c->pruned_before_s, err)) || (r = column_time(&q, 1, &c->facts_from_s, err)))
        return r;
    c->pruned = event_time_has_key(c->pruned_before_s - 1); /* later than the earliest there is */
    query_end(&q);
    return 0;
}

static int read_scopes(struct tl_store *s, struct tl_coverage *c, struct tl_err *err)
{
    size_t cap = 0;
    struct tl_scope *grown = NULL;
    struct query q = query(s, SQL_SCOPES);
    int r;
    while ((r = query_row(&q, err)) > 0) {
        if (c->pruned && column_int(&q, 4) < c->facts_from_s) /* nothing of it is left */
            continue;
        if (c->n_scopes == cap) {
            size_t want = cap ? cap * 2 : 16;
            if (!(grown = tl_arena_calloc(&c->arena, want, sizeof *grown)))
                break;
            if (cap)
                memcpy(grown, c->scopes, cap * sizeof *grown);
            c->scopes = grown;
            cap = want;
        }
        struct tl_scope *to = &c->scopes[c->n_scopes++];
        if ((r = column_time(&q, 3, &to->first_s, err)) || (r = column_time(&q, 4, &to->last_s, err)))
            break;
        r = 1;
        if (column_text_copy(&q, 1, &c->arena, &to->account) ||
            column_text_copy(&q, 2, &c->arena, &to->region))
            break;
        to->n_records = (uint64_t)column_int(&q, 5);
        c->first_s = !c->any || to->first_s < c->first_s ? to->first_s : c->first_s;
        c->last_s = !c->any || to->last_s > c->last_s ? to->last_s : c->last_s;
        c->any = true;
    }
    query_end(&q);
    return r > 0 ? tl_err_nomem(err) : r;
}

int tl_store_coverage(struct tl_store *s, struct tl_coverage *out, struct tl_err *err)
{
    *out = (struct tl_coverage){0};
    int r = tl_store_read_begin(s, err);
    if (r)
        return r;
    r = read_tally(s, out, err);
    if (r == 0)
        r = read_pruned(s, out, err);
    if (r == 0)
        r = read_scopes(s, out, err);
    r = tl_store_read_end(s, r, err);
    if (r)
        tl_coverage_fini(out);
    return r;
}

void tl_coverage_fini(struct tl_coverage *c)
{
    tl_arena_fini(&c->arena);
    *c = (struct tl_coverage){0};
}

/* ---- silences ---------------------------------------------------------------------------------- */

static int add_silence(struct tl_history *h, uint32_t scope, int64_t from_s, int64_t to_s)
{
    if (to_s - from_s < TL_SILENCE_S)
        return 0;
    if (tl_grow(&h->silences, &h->cap_silences, h->n_silences + 1, sizeof *h->silences))
        return TL_ENOMEM;
    h->silences[h->n_silences++] = (struct tl_silence){scope, from_s, to_s};
    return 0;
}

int tl_store_silences(struct tl_store *s, struct tl_history *h, uint32_t scope, struct tl_err *err)
{
    const struct tl_scope *sc = &h->scopes[scope];
    int64_t quiet_s = INT64_MAX; /* where the minutes without a record begin */
    struct query q = query(s, SQL_PRESENCE);
    bind_text(&q, PRESENCE_ACCOUNT, sc->account);
    bind_text(&q, PRESENCE_REGION, sc->region);
    bind_int(&q, PRESENCE_FIRST, tl_seen_block(sc->first_s));
    bind_int(&q, PRESENCE_LAST, tl_seen_block(sc->last_s));
    int r;
    while ((r = query_row(&q, err)) > 0) {
        int64_t block_s = column_int(&q, 0) * TL_SEEN_BLOCK_S; /* within the scope's times */
        for (uint64_t minutes = (uint64_t)column_int(&q, 1); r > 0 && minutes; minutes &= minutes - 1) {
            int64_t at_s = block_s + (int64_t)__builtin_ctzll(minutes) * 60;
            if (at_s + 60 <= sc->first_s || at_s > sc->last_s)
                continue;
            if (quiet_s != INT64_MAX && add_silence(h, scope, quiet_s, at_s))
                r = tl_err_nomem(err);
            quiet_s = at_s + 60;
        }
        if (r < 0)
            break;
    }
    query_end(&q);
    return r;
}
