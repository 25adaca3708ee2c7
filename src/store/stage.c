/* The stage: events that wait, as numbers, to be put into their tables: many at a time and in the order of
 * their key (merge.c).
 *
 * An insert costs what the page it lands on costs, and the files of a dump overlap in time: what one file
 * holds goes to pages all over the last hours. Gathered from many files and sorted, the events of one page
 * come together, and the pages one after the other. Waiting has a second use: a file that turns out to be cut
 * or corrupt is taken back by forgetting it. Only a file that fills the stage by itself needs a savepoint,
 * whose price is a copy of every page that is touched.
 *
 * There are two sets of them. When one is full it is merged bit by bit while the other fills: a merge at once
 * takes so long that the workers, whose batches are then all on their way, would have to wait for it.
 */
#include "private.h"

#include <stdlib.h>
#include <string.h>

/* ---- what waits -------------------------------------------------------------------------------- */

static void waiting_fini(struct waiting *w)
{
    free(w->events);
    free(w->rows);
    tl_buf_fini(&w->texts);
}

void stage_fini(struct stage *st)
{
    waiting_fini(&st->waits);
    waiting_fini(&st->spare);
    merge_fini(&st->merge);
    *st = (struct stage){0};
}

void stage_forget(struct stage *st, size_t n_events, size_t n_rows)
{
    st->waits.n_events = n_events;
    st->waits.n_rows = n_rows;
    if (n_events == 0)
        st->waits.texts.n = 0;
}

/* Whether one of the limits is reached by so many 32nds. */
static bool is_filled(const struct waiting *w, size_t parts)
{
    return w->n_events >= TL_STAGE_EVENTS / 32 * parts || w->n_rows >= TL_STAGE_ROWS / 32 * parts ||
           w->texts.n >= TL_STAGE_BYTES / 32 * parts;
}

/* So that most files find room for all they hold. In a scan sooner: of what it keeps, which is little, nearly
 * all has rows, and the last half is merged when nobody else has work. */
static bool is_nearly_full(const struct tl_store *s)
{
    return is_filled(&s->stage.waits, s->mode == TL_STORE_TEMPORARY ? 14 : 28);
}

int stage_event(struct tl_store *s, const struct staged_event *ev, struct tl_err *err)
{
    struct waiting *w = &s->stage.waits;
    if (tl_grow(&w->events, &w->cap_events, w->n_events + 1, sizeof *w->events))
        return tl_err_nomem(err);
    struct staged_event *to = &w->events[w->n_events++];
    *to = *ev;
    to->row = (uint32_t)w->n_rows;
    to->n_rows = 0;
    return 0;
}

int stage_row(struct tl_store *s, enum stage_table table, const int64_t *v, size_t n, struct tl_err *err)
{
    struct waiting *w = &s->stage.waits;
    struct staged_event *ev = &w->events[w->n_events - 1];
    if (tl_grow(&w->rows, &w->cap_rows, w->n_rows + 1, sizeof *w->rows))
        return tl_err_nomem(err);
    struct staged_row *to = &w->rows[w->n_rows++];
    to->table = table;
    to->n = (uint32_t)n;
    memcpy(to->v, v, n * sizeof *v);
    ev->n_rows++;
    return 0;
}

int stage_id_text(struct tl_store *s, tl_str text, struct tl_err *err)
{
    const int64_t v[] = {(int64_t)s->stage.waits.texts.n, (int64_t)text.n};
    if (tl_buf_add_str(&s->stage.waits.texts, text))
        return tl_err_nomem(err);
    return stage_row(s, STAGE_ID_TEXT, v, 2, err);
}

/* ---- to the tables ------------------------------------------------------------------------------ */

int stage_flush(struct tl_store *s, struct tl_err *err)
{
    int r = merge_finish(s, err);
    if (r == 0)
        r = merge_all(s, 0, s->stage.waits.n_events, err);
    stage_forget(&s->stage, 0, 0);
    return r ? r : span_flush(s, &s->stage.spans, err);
}

int stage_file_ended(struct tl_store *s, struct tl_err *err)
{
    struct stage *st = &s->stage;
    if (!is_nearly_full(s))
        return 0;
    int r = merge_finish(s, err);
    if (r)
        return r;
    struct waiting full = st->waits;
    st->waits = st->spare;
    st->spare = full;
    stage_forget(st, 0, 0);
    return merge_begin(s, &st->spare, 0, full.n_events, err);
}

/* The open file may yet be taken back: what is whole goes first, and the savepoint stands between. */
int stage_spill(struct tl_store *s, struct tl_err *err)
{
    struct stage *st = &s->stage;
    size_t first = s->file.first_event;
    int r = merge_finish(s, err);
    if (r == 0)
        r = merge_all(s, 0, first, err);
    if (r == 0)
        r = file_guard(s, err);
    if (r == 0)
        r = merge_all(s, first, st->waits.n_events - first, err);
    stage_forget(st, 0, 0);
    s->file.first_event = s->file.first_row = 0;
    return r;
}

int stage_make_room(struct tl_store *s, struct tl_err *err)
{
    struct stage *st = &s->stage;
    if (is_filled(&st->waits, 32))
        return stage_spill(s, err);
    return st->waits.n_events % TL_MERGE_PACE == 0 ? merge_some(s, err) : 0;
}
