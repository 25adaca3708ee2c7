/* Pruning: what is before a time goes, but for what later findings rest on.
 *
 * Two times say what stays. Before the first one (`before`) a record goes unless it is a fact of remediation:
 * a verdict, an attempt, a change, a control event. Before the second one (`facts_from`, never later than the
 * first) facts go, too, but for settings: these count until others come, however old they are. This is a rule
 * about a record alone, so that it can be asked of new ones (tl_store_put): a second copy of a pruned record
 * that is found later is not stored again, and what a database holds afterwards does not depend on the order.
 *
 * A pruned record is one that was read and is not kept: it is counted as unused, in its file's row and in
 * coverage, and so all counts still balance. The manifest stays: no file is read again. Texts and resources
 * that nothing refers to any more go as well.
 *
 * All of it is one transaction. Its memory is a batch of keys. */
#include "private.h"

#include <stdlib.h>

enum { BATCH = 4096 };

struct pruned_event {
    int64_t key, source, scope, flags;
};

struct pruning {
    struct tl_store *s;
    int64_t before_s, facts_from_s;
    struct pruned_event *batch; /* BATCH of them */
    size_t n;
    int64_t next; /* the batch's last key: the next one starts below */
    int64_t held; /* from this key on all stay: a later event took the place of one of them */
    struct tl_prune *out;
};

/* ---- which ------------------------------------------------------------------------------------- */

static bool is_old(const struct tl_store *s, int64_t time_s, enum tl_event_kind kind)
{
    return time_s < s->facts_from_s || (time_s < s->pruned_before_s && kind == TL_EVENT_OTHER);
}

bool prune_refuses(const struct tl_store *s, const struct tl_event *ev)
{
    if (!is_old(s, ev->time_s, ev->kind))
        return false;
    for (size_t i = 0; i < ev->n_controls; i++)
        if (ev->controls[i].action != TL_START_REMEDIATION_EXECUTION &&
            ev->controls[i].action != TL_START_CONFIG_RULES_EVALUATION &&
            ev->controls[i].action != TL_EVALUATE_IN_TEST_MODE)
            return false;
    return true;
}

/* Whether the event goes: 1 or 0, or a failure. */
static int goes(struct pruning *p, int64_t key, int64_t kind, struct tl_err *err)
{
    int64_t one;
    if (key >= p->held || !is_old(p->s, event_key_time_s(key), (enum tl_event_kind)kind))
        return 0;
    if (kind != TL_EVENT_IS_CONTROL)
        return 1;
    struct query q = query(p->s, SQL_HAS_SETTINGS);
    bind_int(&q, HAS_SETTINGS_EVENT, key);
    int r = query_id(&q, &one, err);
    return r < 0 ? r : r > 0;
}

/* The next events, latest first: those that go into the batch. 0 when there are no more, 1, or a failure. */
static int next_batch(struct pruning *p, struct tl_err *err)
{
    struct query q = query(p->s, SQL_PRUNABLE);
    int r, seen = 0;
    p->n = 0;
    bind_int(&q, PRUNABLE_BEFORE, p->next);
    bind_int(&q, PRUNABLE_N, BATCH);
    while ((r = query_row(&q, err)) > 0) {
        struct tl_event_id id;
        struct pruned_event ev = {column_int(&q, 0), column_int(&q, 2), column_int(&q, 3), column_int(&q, 5)};
        seen = 1;
        p->next = ev.key;
        if ((r = column_event_id(&q, 1, &id, err)) || (r = goes(p, ev.key, column_int(&q, 4), err)) < 0)
            break;
        if (r > 0) {
            p->batch[p->n++] = ev;
            continue;
        }
        int64_t home = event_key(p->s, event_key_time_s(ev.key), &id);
        p->held = home < p->held ? home : p->held;
        p->out->n_kept++;
    }
    query_end(&q);
    return r < 0 ? r : seen;
}

/* ---- away -------------------------------------------------------------------------------------- */

static int by_source_and_scope(const void *a, const void *b)
{
    const struct pruned_event *x = a, *y = b;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    return (x->scope > y->scope) - (x->scope < y->scope);
}

/* Books `n` events of one source and scope as read and not kept. */
static int book(struct tl_store *s, int64_t source, int64_t scope, int64_t n, int64_t n_withheld,
                struct tl_err *err)
{
    struct query at_source = query(s, SQL_SOURCE_PRUNES), coverage = query(s, SQL_COVERAGE_PRUNES),
                 unused = query(s, SQL_PUT_PRUNED_UNUSED);
    bind_int(&at_source, SOURCE_PRUNES_ID, source);
    bind_int(&at_source, SOURCE_PRUNES_N, n);
    bind_int(&at_source, SOURCE_PRUNES_N_WITHHELD, n_withheld);
    int r = query_run(&at_source, err);
    bind_int(&coverage, COVERAGE_PRUNES_SOURCE, source);
    bind_int(&coverage, COVERAGE_PRUNES_SCOPE, scope);
    bind_int(&coverage, COVERAGE_PRUNES_N, n);
    if (r == 0)
        r = query_run(&coverage, err);
    bind_int(&unused, PUT_PRUNED_UNUSED_SOURCE, source);
    bind_int(&unused, PUT_PRUNED_UNUSED_SCOPE, scope);
    bind_int(&unused, PUT_PRUNED_UNUSED_N, n);
    return r ? r : query_run(&unused, err);
}

static int drop_batch(struct pruning *p, struct tl_err *err)
{
    int r = 0;
    for (size_t i = 0; i < p->n && r == 0; i++) {
        struct query q = query(p->s, SQL_DROP_EVENT);
        if (p->batch[i].flags & STAGE_HAS_ROWS)
            r = event_drop_rows(p->s, p->batch[i].key, err);
        bind_int(&q, DROP_EVENT_KEY, p->batch[i].key);
        if (r == 0)
            r = query_run(&q, err);
    }
    qsort(p->batch, p->n, sizeof *p->batch, by_source_and_scope);
    for (size_t i = 0, end; i < p->n && r == 0; i = end) {
        int64_t withheld = 0;
        for (end = i; end < p->n && by_source_and_scope(&p->batch[i], &p->batch[end]) == 0; end++)
            withheld += (p->batch[end].flags & TL_EVENT_WITHHELD) != 0;
        r = book(p->s, p->batch[i].source, p->batch[i].scope, (int64_t)(end - i), withheld, err);
    }
    p->out->n_removed += p->n;
    return r;
}

/* What the events leave behind. The order matters: each may be all that holds the next. */
static int drop_spent(struct tl_store *s, struct tl_err *err)
{
    struct query presence = query(s, SQL_DROP_PRESENCE);
    static const enum sql_id all[] = {
        SQL_DROP_SPENT_SOURCES,   SQL_DROP_SPENT_SHAPES, SQL_DROP_SPENT_APIS,       SQL_DROP_SPENT_CALLERS,
        SQL_DROP_SPENT_RESOURCES, SQL_DROP_SPENT_TEXTS,  SQL_DROP_SPENT_EVENT_TEXTS};
    bind_int(&presence, DROP_PRESENCE_FACTS_FROM_S, s->facts_from_s);
    int r = query_run(&presence, err);
    for (size_t i = 0; i < sizeof all / sizeof *all && r == 0; i++) {
        struct query q = query(s, all[i]);
        r = query_run(&q, err);
    }
    intern_forget(&s->intern); /* ids may be given again */
    return r;
}

/* ---- all of it --------------------------------------------------------------------------------- */

int prune_read_times(struct tl_store *s, struct tl_err *err)
{
    struct query q = query(s, SQL_GET_PRUNED);
    int r = query_row(&q, err);
    if (r <= 0)
        return r < 0 ? r : store_fail(s, SQLITE_CORRUPT, "open", err);
    r = column_time(&q, 0, &s->pruned_before_s, err);
    if (r == 0)
        r = column_time(&q, 1, &s->facts_from_s, err);
    query_end(&q);
    return r;
}

/* Times never go back: what is gone is gone. */
static int set_times(struct tl_store *s, int64_t before_s, int64_t facts_from_s, struct tl_err *err)
{
    struct query q = query(s, SQL_SET_PRUNED);
    s->pruned_before_s = before_s > s->pruned_before_s ? before_s : s->pruned_before_s;
    s->facts_from_s = facts_from_s > s->facts_from_s ? facts_from_s : s->facts_from_s;
    bind_int(&q, SET_PRUNED_BEFORE_S, s->pruned_before_s);
    bind_int(&q, SET_PRUNED_FACTS_FROM_S, s->facts_from_s);
    return query_run(&q, err);
}

int tl_store_prune(struct tl_store *s, int64_t before_s, int64_t facts_from_s, struct tl_prune *out,
                   struct tl_err *err)
{
    struct pruning p = {.s = s, .held = INT64_MAX, .out = out};
    *out = (struct tl_prune){0};
    if (!s->in_batch || s->in_file)
        return tl_err_set(err, TL_EUSAGE, "cannot prune: no batch is open, or a file is");
    int r = loops_stale(s, err);
    if (r == 0)
        r = watch_forget(s, err);
    if (r == 0)
        r = set_times(s, before_s, facts_from_s < before_s ? facts_from_s : before_s, err);
    p.next = event_key_first(s->pruned_before_s);
    out->before_s = s->pruned_before_s;
    out->facts_from_s = s->facts_from_s;
    if (r == 0 && !(p.batch = malloc(BATCH * sizeof *p.batch)))
        r = tl_err_nomem(err);
    while (r == 0 && (r = next_batch(&p, err)) > 0)
        r = drop_batch(&p, err);
    free(p.batch);
    if (r == 0)
        r = drop_spent(s, err);
    return batch_result(s, r);
}

/* ---- the file's size --------------------------------------------------------------------------- */

int tl_store_shrink(struct tl_store *s, struct tl_err *err)
{
    int64_t n_free = 0;
    struct query count = query(s, SQL_COUNT_FREE_PAGES), vacuum = query(s, SQL_VACUUM);
    int r = query_id(&count, &n_free, err);
    if (r > 0)
        r = store_fail(s, SQLITE_CORRUPT, "read", err);
    return r || n_free == 0 ? r : query_run(&vacuum, err);
}
