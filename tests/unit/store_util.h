/* What the store's tests share: a directory of their own, made-up events, and the whole content as one text.
 */
#ifndef TEST_STORE_UTIL_H
#define TEST_STORE_UTIL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trailloop/store.h"

struct place {
    char dir[256], db[300];
};

static inline int place_setup(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    const char *tmp = getenv("TMPDIR");
    assert_non_null(p);
    snprintf(p->dir, sizeof p->dir, "%s/trailloop-store-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(p->dir));
    snprintf(p->db, sizeof p->db, "%s/t.db", p->dir);
    *state = p;
    return 0;
}

static inline int place_teardown(void **state)
{
    static const char *const names[] = {"t.db", "t.db-journal"};
    struct place *p = *state;
    char path[400];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", p->dir, names[i]);
        unlink(path);
    }
    int r = rmdir(p->dir); /* fails where a file is left that nobody should have made */
    free(p);
    return r;
}

/* An event and room for what hangs on it. Texts are static, or live in the struct. */
struct made {
    struct tl_event ev;
    struct tl_resource resource[2];
    struct tl_verdict verdict[2];
    struct tl_attempt attempt;
    struct tl_control control;
    struct tl_alias alias;
    tl_str values[3];
};

static inline struct tl_resource resource_named(const char *account, const char *region, const char *type,
                                                const char *id)
{
    return (struct tl_resource){TL_STR("aws"), tl_str_from(account), tl_str_from(region), tl_str_from(type),
                                tl_str_from(id)};
}

static inline void make_event(struct made *m, unsigned id, int64_t time_s, const char *service,
                              const char *name)
{
    memset(m, 0, sizeof *m);
    struct tl_event *ev = &m->ev;
    for (size_t i = 0; i < 4; i++)
        ev->id.b[i] = (uint8_t)(id >> (8 * (3 - i)));
    ev->time_s = time_s;
    ev->source = ev->service = tl_str_from(service);
    ev->name = ev->action = tl_str_from(name);
    ev->account = TL_STR("111122223333");
    ev->region = TL_STR("eu-west-1");
    ev->partition = TL_STR("aws");
    ev->identity_type = TL_STR("AssumedRole");
    ev->principal = TL_STR("arn:aws:iam::111122223333:role/r");
    ev->user_agent = TL_STR("agent/1");
}

static inline void make_change(struct made *m, unsigned id, int64_t time_s, const char *name,
                               struct tl_resource on)
{
    make_event(m, id, time_s, "lambda", name);
    m->resource[0] = on;
    m->ev.kind = TL_EVENT_IS_CHANGE;
    m->ev.flags = TL_EVENT_CHANGE;
    m->ev.resources = m->resource;
    m->ev.n_resources = 1;
}

static inline void make_verdict(struct made *m, unsigned id, int64_t time_s, const char *rule,
                                enum tl_compliance c, struct tl_resource on)
{
    make_event(m, id, time_s, "config", "PutEvaluations");
    m->verdict[0] = (struct tl_verdict){on, tl_str_from(rule), c};
    m->ev.kind = TL_EVENT_IS_VERDICT;
    m->ev.verdicts = m->verdict;
    m->ev.n_verdicts = 1;
}

static inline void make_attempt(struct made *m, unsigned id, int64_t time_s, const char *document,
                                const char *execution, const char *value)
{
    make_event(m, id, time_s, "ssm", "StartAutomationExecution");
    m->values[0] = tl_str_from(value);
    m->attempt =
        (struct tl_attempt){tl_str_from(execution), tl_str_from(document), true, m->values, value ? 1 : 0};
    m->ev.kind = TL_EVENT_IS_ATTEMPT;
    m->ev.attempt = &m->attempt;
}

static inline struct tl_store *open_store(const char *path, enum tl_store_mode mode)
{
    struct tl_store *s = NULL;
    struct tl_err err = {0};
    if (tl_store_open(&s, path, mode, &err))
        fail_msg("%s", err.msg);
    return s;
}

#define MUST(call)                                                                                           \
    do {                                                                                                     \
        struct tl_err must_err_ = {0};                                                                       \
        struct tl_err *err = &must_err_;                                                                     \
        int must_r_ = (call);                                                                                \
        if (must_r_ < 0)                                                                                     \
            fail_msg("%s: %d: %s", #call, must_r_, must_err_.msg);                                           \
    } while (0)

/* One row a line, each view's lines sorted; owned by the caller. */
static inline char *content_of(const char *db_path)
{
    static const char *const views[] = {
        "events",
        "verdicts",
        "attempts",
        "attempt_values",
        "changes",
        "controls",
        "loops",
        "cycles",
        "sources",
        "damage",
        "resources",
        "aliases",
        "scopes",
        "(SELECT account, region, block, minutes FROM presence JOIN scope ON scope.id = presence.scope)"};
    struct tl_buf all = {0};
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open_v2(db_path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    for (size_t i = 0; i < sizeof views / sizeof *views; i++) {
        sqlite3_stmt *st = NULL;
        char sql[400], *to = sql;
        to += sprintf(to, "SELECT * FROM %s", views[i]);
        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
        int n = sqlite3_column_count(st);
        for (int k = 1; k <= n; k++)
            to += sprintf(to, "%s%d", k == 1 ? " ORDER BY " : ",", k);
        sqlite3_finalize(st);
        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
        tl_buf_printf(&all, "== %s\n", views[i]);
        while (sqlite3_step(st) == SQLITE_ROW)
            for (int k = 0; k < n; k++) {
                const char *text = (const char *)sqlite3_column_text(st, k);
                tl_buf_printf(&all, "%s%c", text ? text : "NULL", k + 1 < n ? '|' : '\n');
            }
        sqlite3_finalize(st);
    }
    sqlite3_close(db);
    assert_int_equal(tl_buf_add(&all, "", 1), 0);
    return all.p;
}

/* A number that one SQL question gives. */
static inline int64_t ask(const char *db_path, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_open_v2(db_path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    int64_t v = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    sqlite3_close(db);
    return v;
}

static inline void run_sql(const char *db_path, const char *sql)
{
    sqlite3 *db = NULL;
    char *msg = NULL;
    assert_int_equal(sqlite3_open(db_path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &msg) != SQLITE_OK)
        fail_msg("%s: %s", sql, msg);
    sqlite3_close(db);
}

static inline struct tl_source done_source(uint64_t n_read)
{
    return (struct tl_source){.size_bytes = 10,
                              .mtime_ns = 20,
                              .outcome = TL_OUTCOME_DONE,
                              .container = TL_CONTAINER_RECORDS,
                              .n_read = n_read};
}

#endif
