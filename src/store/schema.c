/* The tables: made, brought forward, and compared with what they have to be.
 *
 * What is expected is not listed twice: the scripts are run in a database in memory, and the two schemas are
 * compared text by text. A table of ours that is missing or changed, a trigger, or an index on a table of
 * ours that we did not make (a UNIQUE one would make rows vanish) means somebody altered the file, and it is
 * refused. Other people's views and tables are left alone: no statement of ours names them. Our own views are
 * never read by us either.
 */
#include "private.h"

#include <stdlib.h>

#define SQL_SCRIPTS
#include "store_sql.h"

/* The database holds these numbers: they may be added to, never changed. The views spell them out. */
_Static_assert(TL_EVENT_READ_ONLY == 1 && TL_EVENT_FAILED == 2 && TL_EVENT_WITHHELD == 4 &&
                   TL_EVENT_RECOVERED == 8 && TL_EVENT_TEXT_ID == 16 && TL_EVENT_DATA == 32 &&
                   TL_EVENT_PERSON == 64 && TL_EVENT_CHANGE == 128 && TL_EVENT_GENERAL == 256,
               "event.flags");
_Static_assert(TL_EVENT_OTHER == 0 && TL_EVENT_IS_CHANGE == 1 && TL_EVENT_IS_VERDICT == 2 &&
                   TL_EVENT_IS_ATTEMPT == 3 && TL_EVENT_IS_CONTROL == 4,
               "event.kind");
_Static_assert(TL_COMPLIANT == 0 && TL_NON_COMPLIANT == 1 && TL_NOT_APPLICABLE == 2 &&
                   TL_INSUFFICIENT_DATA == 3 && TL_COMPLIANCE_UNKNOWN == 4,
               "verdict.compliance");
_Static_assert(TL_PUT_REMEDIATION_CONFIGURATION == 0 && TL_DELETE_REMEDIATION_CONFIGURATION == 1 &&
                   TL_PUT_REMEDIATION_EXCEPTION == 2 && TL_DELETE_REMEDIATION_EXCEPTION == 3 &&
                   TL_PUT_CONFIG_RULE == 4 && TL_DELETE_CONFIG_RULE == 5 &&
                   TL_START_REMEDIATION_EXECUTION == 6 && TL_START_CONFIG_RULES_EVALUATION == 7 &&
                   TL_EVALUATE_IN_TEST_MODE == 8,
               "control.action");
_Static_assert(TL_OUTCOME_DONE == 0 && TL_OUTCOME_SKIPPED == 1 && TL_OUTCOME_CUT == 2 &&
                   TL_OUTCOME_CORRUPT == 3 && TL_OUTCOME_UNREADABLE == 4,
               "source.outcome");
_Static_assert(TL_CONTAINER_EMPTY == 0 && TL_CONTAINER_NOT_JSON == 1 && TL_CONTAINER_RECORDS == 2 &&
                   TL_CONTAINER_ARRAY == 3 && TL_CONTAINER_LINES == 4 && TL_CONTAINER_LOOKUP_EVENTS == 5 &&
                   TL_CONTAINER_EVENTBRIDGE == 6 && TL_CONTAINER_CLOUDWATCH_LOGS == 7 &&
                   TL_CONTAINER_DIGEST == 8 && TL_CONTAINER_FOREIGN == 9,
               "source.container");

/* The ladder of user_version: step i leads from version i to i + 1. A new step is a new script at its end. */
static const char *const ladder[] = {sql_script_schema};
_Static_assert(sizeof ladder / sizeof *ladder == TL_SCHEMA_VERSION, "one step for each version");

#define STRING_(x) #x
#define STRING(x) STRING_(x)
static const char stamp[] = "PRAGMA application_id = " STRING(
    TL_APPLICATION_ID) ";"
                       "PRAGMA user_version = " STRING(TL_SCHEMA_VERSION) ";";
static const char select_schema[] =
    "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema ORDER BY type, name";

struct object {
    tl_str type, name, table, sql;
    bool derived;
};

struct objects {
    struct object *items;
    size_t n, cap;
    struct tl_arena *arena;
};

static int add_object(void *ctx, int n, char **v, char **names)
{
    struct objects *all = ctx;
    (void)names;
    if (n != 4 || tl_grow(&all->items, &all->cap, all->n + 1, sizeof *all->items))
        return 1;
    struct object *o = &all->items[all->n++];
    *o = (struct object){0};
    tl_str *to[] = {&o->type, &o->name, &o->table, &o->sql};
    for (int i = 0; i < n; i++)
        if (tl_arena_copy(all->arena, tl_str_from(v[i]), to[i]))
            return 1;
    return 0;
}

static int run_ladder(sqlite3 *db, int from)
{
    int rc = SQLITE_OK;
    for (int v = from; v < TL_SCHEMA_VERSION && rc == SQLITE_OK; v++)
        rc = sqlite3_exec(db, ladder[v], NULL, NULL, NULL);
    return rc;
}

static int run_derived(sqlite3 *db, bool with_views)
{
    int rc = sqlite3_exec(db, sql_script_derived, NULL, NULL, NULL);
    return rc == SQLITE_OK && with_views ? sqlite3_exec(db, sql_script_views, NULL, NULL, NULL) : rc;
}

static const struct object *find_object(const struct objects *all, tl_str type, tl_str name)
{
    for (size_t i = 0; i < all->n; i++)
        if (tl_str_eq(all->items[i].type, type) && tl_str_eq(all->items[i].name, name))
            return &all->items[i];
    return NULL;
}

/* What this version's database holds; what the derived script adds is marked. Returns an SQLite code. */
static int load_expected(struct objects *out)
{
    struct objects facts = {.arena = out->arena};
    sqlite3 *db = NULL;
    int rc = sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK)
        rc = run_ladder(db, 0);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, select_schema, add_object, &facts, NULL);
    if (rc == SQLITE_OK)
        rc = run_derived(db, true);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, select_schema, add_object, out, NULL);
    for (size_t i = 0; rc == SQLITE_OK && i < out->n; i++)
        out->items[i].derived = !find_object(&facts, out->items[i].type, out->items[i].name);
    sqlite3_close(db);
    free(facts.items);
    return rc == SQLITE_ABORT ? SQLITE_NOMEM : rc; /* add_object only stops when memory is out */
}

static int load_actual(struct tl_store *s, struct objects *out)
{
    int rc = sqlite3_exec(s->db, select_schema, add_object, out, NULL);
    return rc == SQLITE_ABORT ? SQLITE_NOMEM : rc;
}

static bool same(const struct object *a, const struct object *b)
{
    return a && b && tl_str_eq(a->table, b->table) && tl_str_eq(a->sql, b->sql);
}

static int altered(struct tl_store *s, const struct object *o, const char *how, struct tl_err *err)
{
    return tl_err_set(err, TL_EDB, "cannot open database '%s': it was altered: %.*s '%.*s' %s", s->path,
                      TL_FMT(o->type), TL_FMT(o->name), how);
}

static int compare(struct tl_store *s, const struct objects *want, const struct objects *have,
                   struct tl_err *err)
{
    for (size_t i = 0; i < want->n; i++) {
        const struct object *o = &want->items[i];
        if (!o->derived && !same(o, find_object(have, o->type, o->name)))
            return altered(s, o, "is missing or not as it was made", err);
    }
    for (size_t i = 0; i < have->n; i++) {
        const struct object *o = &have->items[i];
        bool trigger = tl_str_eq(o->type, TL_STR("trigger"));
        bool index = tl_str_eq(o->type, TL_STR("index")) && find_object(want, TL_STR("table"), o->table);
        if ((trigger || index) && !find_object(want, o->type, o->name))
            return altered(s, o, "is not ours", err);
    }
    return 0;
}

int schema_each_foreign(struct tl_store *s, schema_fn *fn, void *ctx, struct tl_err *err)
{
    struct tl_arena arena = {0};
    struct objects want = {.arena = &arena}, have = {.arena = &arena};
    int rc = load_expected(&want);
    if (rc == SQLITE_OK)
        rc = load_actual(s, &have);
    int r = rc == SQLITE_OK ? 0 : store_fail(s, rc, "read", err);
    for (size_t i = 0; i < want.n && r == 0; i++)
        if (!same(&want.items[i], find_object(&have, want.items[i].type, want.items[i].name)))
            r = fn(ctx, want.items[i].type, want.items[i].name, "is missing or not as it was made");
    for (size_t i = 0; i < have.n && r == 0; i++)
        if (!find_object(&want, have.items[i].type, have.items[i].name))
            r = fn(ctx, have.items[i].type, have.items[i].name, "is not ours");
    free(want.items);
    free(have.items);
    tl_arena_fini(&arena);
    return r;
}

static int count_object(void *ctx, int n, char **v, char **names)
{
    (void)n, (void)v, (void)names;
    ++*(size_t *)ctx;
    return 0;
}

int schema_is_empty(struct tl_store *s, bool *is, struct tl_err *err)
{
    size_t n = 0;
    int rc = sqlite3_exec(s->db, "SELECT 1 FROM sqlite_schema LIMIT 1", count_object, &n, NULL);
    *is = n == 0;
    return rc == SQLITE_OK ? 0 : store_fail(s, rc, "open", err);
}

int schema_check(struct tl_store *s, bool *is_current, struct tl_err *err)
{
    struct tl_arena arena = {0};
    struct objects want = {.arena = &arena}, have = {.arena = &arena};
    int rc = load_expected(&want);
    if (rc == SQLITE_OK)
        rc = load_actual(s, &have);
    int r = rc == SQLITE_OK ? compare(s, &want, &have, err) : store_fail(s, rc, "open", err);
    *is_current = r == 0;
    for (size_t i = 0; *is_current && i < want.n; i++)
        *is_current = same(&want.items[i], find_object(&have, want.items[i].type, want.items[i].name));
    free(want.items);
    free(have.items);
    tl_arena_fini(&arena);
    return r;
}

/* ---- making ------------------------------------------------------------------------------------ */

static int make(struct tl_store *s, bool is_new)
{
    int rc = SQLITE_OK;
    if (is_new) {
        rc = run_ladder(s->db, 0);
        if (rc == SQLITE_OK)
            rc = sqlite3_exec(s->db, stamp, NULL, NULL, NULL);
    }
    /* Views are for people, and nobody else ever sees a temporary one. */
    bool temporary = s->mode == TL_STORE_TEMPORARY;
    if (rc == SQLITE_OK)
        rc = run_derived(s->db, !temporary);
    return rc == SQLITE_OK && temporary ? sqlite3_exec(s->db, sql_script_parked, NULL, NULL, NULL) : rc;
}

int schema_make(struct tl_store *s, bool is_new, struct tl_err *err)
{
    int rc = sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = make(s, is_new);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : store_fail(s, rc, is_new ? "make" : "open", err);
}
