/* The stage as tables that SQLite can read: one statement then puts all waiting events, in the order of their
 * keys, and one their changes, in the order of theirs. A statement each would spend most of its time on being
 * started, bound, and ended.
 *
 * Keys that are taken are passed over by that statement (INSERT OR IGNORE), and it is here that they are told
 * apart from those that went in: when the next row is asked for, the row id of the last insert is this row's,
 * or is still what it was. The caller compares the sum with what SQLite counted.
 */
#include "private.h"

#include <stddef.h>
#include <string.h>

struct staged_table {
    sqlite3_vtab base;
    struct tl_store *s;
};

struct staged_cursor {
    sqlite3_vtab_cursor base;
    struct tl_store *s;
    size_t at;
    int64_t inserted; /* before this row; of events only */
};

/* ---- what both have in common ------------------------------------------------------------------ */

static int connect_as(sqlite3 *db, void *store, const char *columns, sqlite3_vtab **out)
{
    struct staged_table *t = sqlite3_malloc(sizeof *t);
    if (!t)
        return SQLITE_NOMEM;
    *t = (struct staged_table){.s = store};
    int rc = sqlite3_declare_vtab(db, columns);
    if (rc == SQLITE_OK)
        *out = &t->base;
    else
        sqlite3_free(t); /* nobody disconnects what was not connected */
    return rc;
}

static int disconnect_table(sqlite3_vtab *t)
{
    sqlite3_free(t);
    return SQLITE_OK;
}

static int best_index(sqlite3_vtab *t, sqlite3_index_info *info)
{
    (void)t;
    info->estimatedCost = TL_STAGE_EVENTS;
    return SQLITE_OK;
}

static int open_cursor(sqlite3_vtab *t, sqlite3_vtab_cursor **out)
{
    struct staged_cursor *c = sqlite3_malloc(sizeof *c);
    if (!c)
        return SQLITE_NOMEM;
    *c = (struct staged_cursor){.s = ((struct staged_table *)t)->s};
    *out = &c->base;
    return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *cursor)
{
    sqlite3_free(cursor);
    return SQLITE_OK;
}

static int row_id(sqlite3_vtab_cursor *cursor, sqlite3_int64 *id)
{
    *id = (sqlite3_int64)((struct staged_cursor *)cursor)->at;
    return SQLITE_OK;
}

/* ---- events ------------------------------------------------------------------------------------ */

static int connect_events(sqlite3 *db, void *ctx, int argc, const char *const *argv, sqlite3_vtab **out,
                          char **message)
{
    (void)argc, (void)argv, (void)message;
    return connect_as(db, ctx, "CREATE TABLE x(key, id, shape, session, source, record, offset, length)",
                      out);
}

static struct staged_event *event_at(const struct staged_cursor *c)
{
    return merge_event(&c->s->stage.merge, c->at);
}

static int end_of_events(sqlite3_vtab_cursor *cursor)
{
    const struct staged_cursor *c = (struct staged_cursor *)cursor;
    return c->at >= c->s->stage.merge.to;
}

static int first_event(sqlite3_vtab_cursor *cursor, int n, const char *text, int argc, sqlite3_value **argv)
{
    struct staged_cursor *c = (struct staged_cursor *)cursor;
    (void)n, (void)text, (void)argc, (void)argv;
    c->at = c->s->stage.merge.from;
    if (!end_of_events(cursor))
        sqlite3_set_last_insert_rowid(c->s->db, c->inserted = ~event_at(c)->key);
    return SQLITE_OK;
}

static int next_event(sqlite3_vtab_cursor *cursor)
{
    struct staged_cursor *c = (struct staged_cursor *)cursor;
    int64_t now = sqlite3_last_insert_rowid(c->s->db);
    event_at(c)->is_new = now != c->inserted;
    c->inserted = now;
    c->at++;
    return SQLITE_OK;
}

static int column_of_event(sqlite3_vtab_cursor *cursor, sqlite3_context *to, int i)
{
    static const size_t numbers[] = {
        offsetof(struct staged_event, key),    0, /* the id */
        offsetof(struct staged_event, shape),  offsetof(struct staged_event, session),
        offsetof(struct staged_event, source), offsetof(struct staged_event, record),
        offsetof(struct staged_event, offset), offsetof(struct staged_event, length)};
    const struct staged_event *ev = event_at((struct staged_cursor *)cursor);
    int64_t v;
    if (i == 1) {
        sqlite3_result_blob(to, ev->id.b, sizeof ev->id.b, SQLITE_STATIC);
    } else {
        memcpy(&v, (const char *)ev + numbers[i], sizeof v);
        sqlite3_result_int64(to, v);
    }
    return SQLITE_OK;
}

/* ---- changes ----------------------------------------------------------------------------------- */

static int connect_changes(sqlite3 *db, void *ctx, int argc, const char *const *argv, sqlite3_vtab **out,
                           char **message)
{
    (void)argc, (void)argv, (void)message;
    return connect_as(db, ctx, "CREATE TABLE x(resource, event, shape, execution, detail, fingerprint)", out);
}

static int end_of_changes(sqlite3_vtab_cursor *cursor)
{
    const struct staged_cursor *c = (struct staged_cursor *)cursor;
    return c->at >= c->s->stage.merge.to;
}

static int first_change(sqlite3_vtab_cursor *cursor, int n, const char *text, int argc, sqlite3_value **argv)
{
    (void)n, (void)text, (void)argc, (void)argv;
    struct staged_cursor *c = (struct staged_cursor *)cursor;
    c->at = c->s->stage.merge.from;
    return SQLITE_OK;
}

static int next_change(sqlite3_vtab_cursor *cursor)
{
    ((struct staged_cursor *)cursor)->at++;
    return SQLITE_OK;
}

/* Of the row's values the first is the resource, and the others stand behind the event. */
static int column_of_change(sqlite3_vtab_cursor *cursor, sqlite3_context *to, int i)
{
    const struct staged_cursor *c = (struct staged_cursor *)cursor;
    const struct merge *m = &c->s->stage.merge;
    const struct staged_change *change = merge_change(m, c->at);
    const int64_t *v = m->of->rows[change->row].v;
    sqlite3_result_int64(to, i == 0 ? change->resource : i == 1 ? change->event : v[i - 1]);
    return SQLITE_OK;
}

int staged_register(struct tl_store *s)
{
    /* Without xCreate nobody can make such tables in a file; there are these two, under their modules' names.
     */
    static const sqlite3_module events = {.xConnect = connect_events,
                                          .xBestIndex = best_index,
                                          .xDisconnect = disconnect_table,
                                          .xOpen = open_cursor,
                                          .xClose = close_cursor,
                                          .xFilter = first_event,
                                          .xNext = next_event,
                                          .xEof = end_of_events,
                                          .xColumn = column_of_event,
                                          .xRowid = row_id};
    static const sqlite3_module changes = {.xConnect = connect_changes,
                                           .xBestIndex = best_index,
                                           .xDisconnect = disconnect_table,
                                           .xOpen = open_cursor,
                                           .xClose = close_cursor,
                                           .xFilter = first_change,
                                           .xNext = next_change,
                                           .xEof = end_of_changes,
                                           .xColumn = column_of_change,
                                           .xRowid = row_id};
    int rc = sqlite3_create_module_v2(s->db, "staged", &events, s, NULL);
    return rc ? rc : sqlite3_create_module_v2(s->db, "staged_change", &changes, s, NULL);
}
