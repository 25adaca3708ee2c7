/* From the stage into the tables.
 *
 * CloudTrail delivers at least once. Of several copies of an event the one in the smallest place (location,
 * then record number) is its origin, and everything that is kept of the event is what that copy says: then
 * the content of the database does not depend on the order in which files are read. A copy in an older
 * version of a file (not current) gives way to any other. The rows that hang on an event (verdicts, changes,
 * ...) are made again when another copy takes over. What ids and aliases were seen in is not kept, so those
 * are the union over all copies, which has no order either.
 *
 * A file's row in the manifest, and coverage, are written as if every event were new; a second copy is
 * counted as a loss of the file that does not keep it, whichever that is, and the losses are booked at the
 * end.
 *
 * A merge goes through its events several times (enum merge_phase), a part at each call: other files go on
 * the stage meanwhile.
 */
#include "private.h"

#include <stdlib.h>
#include <string.h>

/* How the rows of one table are put: by the key of their event, then their own values. */
static const struct {
    enum sql_id put, drop; /* drop: those of an event; SQL_N where they stay */
    int event, drop_event; /* 0: they hang on no event */
    int params[STAGE_VALUES];
} tables[] = {
    [STAGE_VERDICT] = {SQL_PUT_VERDICT,
                       SQL_DROP_VERDICTS,
                       PUT_VERDICT_EVENT,
                       DROP_VERDICTS_EVENT,
                       {PUT_VERDICT_SEQ, PUT_VERDICT_RESOURCE, PUT_VERDICT_RULE, PUT_VERDICT_COMPLIANCE}},
    [STAGE_ATTEMPT] = {SQL_PUT_ATTEMPT,
                       SQL_DROP_ATTEMPT,
                       PUT_ATTEMPT_EVENT,
                       DROP_ATTEMPT_EVENT,
                       {PUT_ATTEMPT_DOCUMENT, PUT_ATTEMPT_EXECUTION, PUT_ATTEMPT_PARENT,
                        PUT_ATTEMPT_BY_CONFIG}},
    [STAGE_VALUE] = {SQL_PUT_VALUE,
                     SQL_DROP_VALUES,
                     PUT_VALUE_EVENT,
                     DROP_VALUES_EVENT,
                     {PUT_VALUE_SEQ, PUT_VALUE_VALUE}},
    [STAGE_CHANGE] = {SQL_PUT_CHANGE,
                      SQL_DROP_CHANGES,
                      PUT_CHANGE_EVENT,
                      DROP_CHANGES_EVENT,
                      {PUT_CHANGE_RESOURCE, PUT_CHANGE_SHAPE, PUT_CHANGE_EXECUTION, PUT_CHANGE_DETAIL,
                       PUT_CHANGE_FINGERPRINT}},
    [STAGE_CONTROL] = {SQL_PUT_CONTROL,
                       SQL_DROP_CONTROLS,
                       PUT_CONTROL_EVENT,
                       DROP_CONTROLS_EVENT,
                       {PUT_CONTROL_SEQ, PUT_CONTROL_ACTION, PUT_CONTROL_RULE, PUT_CONTROL_RESOURCE,
                        PUT_CONTROL_DOCUMENT, PUT_CONTROL_AUTOMATIC, PUT_CONTROL_ATTEMPTS,
                        PUT_CONTROL_WINDOW_S}},
    [STAGE_ALIAS] = {SQL_PUT_ALIAS, SQL_N, 0, 0, {PUT_ALIAS_RESOURCE, PUT_ALIAS_NAME}},
};
#define N_TABLES (sizeof tables / sizeof *tables)

/* ---- rows into their tables -------------------------------------------------------------------- */

static int insert_event(struct tl_store *s, const struct staged_event *ev, struct tl_err *err)
{
    struct query q = query(s, SQL_PUT_EVENT);
    bind_int(&q, PUT_EVENT_KEY, ev->key);
    bind_blob(&q, PUT_EVENT_ID, ev->id.b, sizeof ev->id.b);
    bind_int(&q, PUT_EVENT_SHAPE, ev->shape);
    bind_int(&q, PUT_EVENT_SESSION, ev->session);
    bind_int(&q, PUT_EVENT_SOURCE, ev->source);
    bind_int(&q, PUT_EVENT_RECORD, ev->record);
    bind_int(&q, PUT_EVENT_OFFSET, ev->offset);
    bind_int(&q, PUT_EVENT_LENGTH, ev->length);
    return query_run(&q, err);
}

static int replace_event(struct tl_store *s, const struct staged_event *ev, struct tl_err *err)
{
    struct query q = query(s, SQL_REPLACE_EVENT);
    bind_int(&q, REPLACE_EVENT_KEY, ev->key);
    bind_int(&q, REPLACE_EVENT_SHAPE, ev->shape);
    bind_int(&q, REPLACE_EVENT_SESSION, ev->session);
    bind_int(&q, REPLACE_EVENT_SOURCE, ev->source);
    bind_int(&q, REPLACE_EVENT_RECORD, ev->record);
    bind_int(&q, REPLACE_EVENT_OFFSET, ev->offset);
    bind_int(&q, REPLACE_EVENT_LENGTH, ev->length);
    return query_run(&q, err);
}

static int put_id_text(struct tl_store *s, const struct staged_event *ev, const struct staged_row *row,
                       struct tl_err *err)
{
    struct query q = query(s, SQL_PUT_EVENT_TEXT);
    bind_blob(&q, PUT_EVENT_TEXT_ID, ev->id.b, sizeof ev->id.b);
    bind_text(&q, PUT_EVENT_TEXT_TEXT,
              tl_str_sub(tl_buf_str(&s->stage.merge.of->texts), (size_t)row->v[0],
                         (size_t)(row->v[0] + row->v[1])));
    return query_run(&q, err);
}

static int put_row(struct tl_store *s, const struct staged_event *ev, const struct staged_row *row,
                   struct tl_err *err)
{
    if (row->table == STAGE_ID_TEXT)
        return put_id_text(s, ev, row, err);
    struct query q = query(s, tables[row->table].put);
    if (tables[row->table].event)
        bind_int(&q, tables[row->table].event, ev->key);
    for (uint32_t i = 0; i < row->n; i++)
        bind_int_or_null(&q, tables[row->table].params[i], row->v[i]);
    int r = query_run(&q, err);
    return r || row->table != STAGE_CHANGE ? r : watch_new(s, row->v[0], ev->key, ev->key, err);
}

/* With `only_shared` just those that every copy adds to. */
static int put_rows(struct tl_store *s, const struct staged_event *ev, bool only_shared, struct tl_err *err)
{
    int r = 0;
    for (uint32_t i = 0; i < ev->n_rows && r == 0; i++) {
        const struct staged_row *row = &s->stage.merge.of->rows[ev->row + i];
        if (!only_shared || row->table == STAGE_ALIAS || row->table == STAGE_ID_TEXT)
            r = put_row(s, ev, row, err);
    }
    return r;
}

int event_drop_rows(struct tl_store *s, int64_t key, struct tl_err *err)
{
    int r = store_need_index(s, err);
    for (size_t i = 0; i < N_TABLES && r == 0; i++) {
        if (tables[i].drop == SQL_N)
            continue;
        struct query q = query(s, tables[i].drop);
        bind_int(&q, tables[i].drop_event, key);
        r = query_run(&q, err);
    }
    return r;
}

/* ---- copies ------------------------------------------------------------------------------------ */

struct known { /* the copy that the database has */
    int64_t source, record, scope, flags;
    bool wins; /* the staged copy takes its place */
};

enum { OTHER_ID = 1 };

/* 0, OTHER_ID when the key is another event's, or a failure. */
static int look_up(struct tl_store *s, const struct staged_event *ev, struct known *k, struct tl_err *err)
{
    struct query q = query(s, SQL_KNOWN_EVENT);
    struct tl_event_id id;
    bind_int(&q, KNOWN_EVENT_KEY, ev->key);
    bind_int(&q, KNOWN_EVENT_SOURCE, ev->source);
    int r = query_row(&q, err);
    if (r <= 0)
        return r < 0 ? r : store_fail(s, SQLITE_CORRUPT, "write", err);
    if ((r = column_event_id(&q, 0, &id, err)))
        return r;
    *k = (struct known){.source = column_int(&q, 1),
                        .record = column_int(&q, 2),
                        .scope = column_int(&q, 3),
                        .flags = column_int(&q, 4)};
    if (k->source == ev->source)
        k->wins = ev->record < k->record;
    else
        k->wins = column_int(&q, 5) == 0 || column_int(&q, 6) != 0;
    query_end(&q);
    return memcmp(id.b, ev->id.b, sizeof id.b) ? OTHER_ID : 0;
}

static int note_loss(struct merge *m, int64_t source, int64_t flags, struct tl_err *err)
{
    uint32_t i;
    int r = idset_add(&m->losers, source, &i, err);
    if (r < 0)
        return r;
    if (r > 0) {
        if (tl_grow(&m->losses, &m->cap_losses, m->losers.n, sizeof *m->losses))
            return tl_err_nomem(err);
        m->losses[i] = (struct loss){0};
    }
    m->losses[i].n++;
    m->losses[i].n_withheld += (flags & TL_EVENT_WITHHELD) != 0;
    return 0;
}

/* 0, OTHER_ID, or a failure. */
static int put_copy(struct tl_store *s, const struct staged_event *ev, struct tl_err *err)
{
    struct merge *m = &s->stage.merge;
    struct known k = {0};
    int r = look_up(s, ev, &k, err);
    if (r)
        return r;
    int64_t t = event_key_time_s(ev->key);
    r = k.wins ? note_loss(m, k.source, k.flags, err) : note_loss(m, ev->source, ev->flags, err);
    if (r == 0)
        r = span_add(s, &m->lost, span_lost(k.wins ? k.scope : ev->scope, t), err);
    if (r || !k.wins)
        return r ? r : put_rows(s, ev, true, err);
    r = replace_event(s, ev, err);
    if (r == 0 && (k.flags & STAGE_HAS_ROWS))
        r = event_drop_rows(s, ev->key, err);
    return r ? r : put_rows(s, ev, false, err);
}

static int book_losses(struct tl_store *s, struct tl_err *err)
{
    struct merge *m = &s->stage.merge;
    int r = span_flush(s, &m->lost, err);
    for (size_t i = 0; i < m->losers.n && r == 0; i++) {
        struct query q = query(s, SQL_SOURCE_LOSES_EVENTS), drop = query(s, SQL_DROP_SPENT_SOURCE);
        bind_int(&q, SOURCE_LOSES_EVENTS_ID, m->losers.ids[i]);
        bind_int(&q, SOURCE_LOSES_EVENTS_N, m->losses[i].n);
        bind_int(&q, SOURCE_LOSES_EVENTS_N_WITHHELD, m->losses[i].n_withheld);
        r = query_run(&q, err);
        if (r == 0) {
            bind_int(&drop, DROP_SPENT_SOURCE_ID, m->losers.ids[i]);
            r = query_run(&drop, err);
        }
    }
    idset_fini(&m->losers);
    return r;
}

struct staged_event *merge_event(const struct merge *m, size_t i)
{
    return &m->of->events[m->by_key.sorted[i].i];
}

const struct staged_change *merge_change(const struct merge *m, size_t i)
{
    return &m->changes[m->by_resource.sorted[i].i];
}

/* ---- order ------------------------------------------------------------------------------------- */

static int sort_events(struct merge *m, size_t from, size_t n, struct tl_err *err)
{
    int r = sorting_make_room(&m->by_key, n, err);
    if (r)
        return r;
    for (size_t i = 0; i < n; i++)
        m->by_key.items[i] = (struct sort_item){(uint64_t)m->of->events[from + i].key ^ (uint64_t)1 << 63,
                                                (uint32_t)(from + i)};
    sorting_sort(&m->by_key);
    return 0;
}

/* Those of one resource lie in the order of their events already. */
static int sort_changes(struct merge *m, struct tl_err *err)
{
    int r = sorting_make_room(&m->by_resource, m->n_changes, err);
    if (r)
        return r;
    for (size_t i = 0; i < m->n_changes; i++)
        m->by_resource.items[i] = (struct sort_item){(uint64_t)m->changes[i].resource, (uint32_t)i};
    sorting_sort(&m->by_resource);
    return 0;
}

/* The event's key is taken: by itself, or by another one. */
static int put_known(struct tl_store *s, struct staged_event *ev, struct tl_err *err)
{
    for (;;) {
        int r = put_copy(s, ev, err);
        s->stage.n_duplicates += r == 0;
        if (r != OTHER_ID)
            return r;
        ev->key++;
        if ((r = insert_event(s, ev, err)))
            return r;
        if (sqlite3_changes(s->db)) {
            s->stage.n_new++;
            return put_rows(s, ev, false, err);
        }
    }
}

/* Those of the part, in one statement, which marks those that went in. */
static int put_staged(struct tl_store *s, struct tl_err *err)
{
    struct merge *m = &s->stage.merge;
    struct query q = query(s, SQL_PUT_STAGED);
    size_t n_new = 0;
    int r = query_run(&q, err);
    if (r)
        return r;
    for (size_t i = m->from; i < m->to; i++)
        n_new += merge_event(m, i)->is_new;
    s->stage.n_new += n_new;
    return (size_t)sqlite3_changes64(s->db) == n_new ? 0 : store_fail(s, SQLITE_INTERNAL, "write", err);
}

/* ---- rows of new events ------------------------------------------------------------------------ */

/* Changes lie by resource, not by time: they are gathered, and go in later in that order. */
static int put_new_rows(struct tl_store *s, const struct staged_event *ev, struct tl_err *err)
{
    struct merge *m = &s->stage.merge;
    int r = 0;
    for (uint32_t i = ev->row; i < ev->row + ev->n_rows && r == 0; i++) {
        const struct staged_row *row = &m->of->rows[i];
        if (row->table != STAGE_CHANGE) {
            r = put_row(s, ev, row, err);
            continue;
        }
        if (tl_grow(&m->changes, &m->cap_changes, m->n_changes + 1, sizeof *m->changes))
            return tl_err_nomem(err);
        m->changes[m->n_changes++] = (struct staged_change){row->v[0], ev->key, i};
    }
    return r;
}

static int put_staged_changes(struct tl_store *s, struct tl_err *err)
{
    struct merge *m = &s->stage.merge;
    struct query q = query(s, SQL_PUT_STAGED_CHANGES);
    int r = query_run(&q, err);
    for (size_t i = m->from, end; r == 0 && i < m->to; i = end) {
        const struct staged_change *first = merge_change(m, i), *last = first;
        for (end = i + 1; end < m->to && merge_change(m, end)->resource == first->resource; end++)
            last = merge_change(m, end);
        r = watch_new(s, first->resource, first->event, last->event, err);
    }
    return r;
}

/* ---- the merge --------------------------------------------------------------------------------- */

void merge_fini(struct merge *m)
{
    free(m->by_key.items);
    free(m->by_resource.items);
    free(m->changes);
    tl_buf_fini(&m->parked);
    idset_fini(&m->losers);
    free(m->losses);
}

void merge_abandon(struct merge *m)
{
    m->phase = MERGE_NONE;
    span_forget(&m->lost);
    idset_fini(&m->losers);
}

int merge_begin(struct tl_store *s, struct waiting *of, size_t from, size_t n, struct tl_err *err)
{
    struct merge *m = &s->stage.merge;
    m->of = of;
    m->n_changes = m->to = 0;
    int r = sort_events(m, from, n, err);
    if (r == 0)
        r = park(s, err);
    n = m->by_key.n;
    m->phase = n ? MERGE_EVENTS : MERGE_NONE;
    /* Done when half as many new events have come: at the end of the input there is then seldom much of it
     * left, which nobody else is there to wait for. Evenly: what takes time is rows. */
    m->part = n ? 1 + (n + of->n_rows - m->n_parked) * TL_MERGE_PACE / n * 2 : 0;
    return r;
}

static int next_phase(struct merge *m, struct tl_err *err)
{
    m->phase++;
    m->to = 0;
    return m->phase == MERGE_CHANGES && m->n_changes ? sort_changes(m, err) : 0;
}

/* Rows [from, to) of the phase. Of events whose key was taken the last word is said when all the others are
 * there with all their rows: it may be one of these that they are copies of. */
static int put_part(struct tl_store *s, struct tl_err *err)
{
    struct merge *m = &s->stage.merge;
    int r = 0;
    if (m->phase == MERGE_EVENTS)
        return put_staged(s, err);
    if (m->phase == MERGE_CHANGES)
        return put_staged_changes(s, err);
    for (size_t i = m->from; i < m->to && r == 0; i++) {
        struct staged_event *ev = merge_event(m, i);
        if (m->phase == MERGE_ROWS && ev->is_new && ev->n_rows)
            r = put_new_rows(s, ev, err);
        if (m->phase == MERGE_COPIES && !ev->is_new)
            r = put_known(s, ev, err);
    }
    return r;
}

/* Nearly all events have no rows and are no copies: so many are looked at while one is inserted. */
enum { LOOKS = 16 };

int merge_some(struct tl_store *s, struct tl_err *err)
{
    struct merge *m = &s->stage.merge;
    if (m->phase == MERGE_NONE)
        return 0;
    size_t n = m->phase == MERGE_CHANGES ? m->n_changes : m->by_key.n;
    size_t part = m->phase == MERGE_EVENTS || m->phase == MERGE_CHANGES ? m->part : LOOKS * m->part;
    m->from = m->to;
    m->to = n - m->from > part ? m->from + part : n;
    int r = m->from < m->to ? put_part(s, err) : 0;
    if (r || m->to < n)
        return r;
    if (m->phase != MERGE_COPIES)
        return next_phase(m, err);
    m->phase = MERGE_NONE;
    return book_losses(s, err);
}

int merge_finish(struct tl_store *s, struct tl_err *err)
{
    int r = 0;
    while (r == 0 && s->stage.merge.phase != MERGE_NONE)
        r = merge_some(s, err);
    return r;
}

int merge_all(struct tl_store *s, size_t from, size_t n, struct tl_err *err)
{
    int r = merge_begin(s, &s->stage.waits, from, n, err);
    return r ? r : merge_finish(s, err);
}
