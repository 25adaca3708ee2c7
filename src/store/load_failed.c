/* Failed calls whose parameters name no resource: there may be any number, in a log that somebody probes, and
 * most belong to nothing. Those that may (src/detect/tied.c) are near something else that was read: in the
 * session of an attempt, after one in its account and region, or beside a change by the same caller. So they
 * are looked for there alone, in spans of time that attempts and changes make together, and by the
 * executions. */
#include "load.h"

#include "trailloop/limits.h"

#include <stdlib.h>

struct span_s {
    int64_t since_s, until_s;
};

struct near {
    struct loader *l;
    int64_t step_s;
    struct span_s *spans;
    size_t n, cap;
    size_t next_attempt; /* among the steps, which are by time there */
    int64_t *last_s;     /* of each scope: the newest attempt so far */
    size_t n_scopes;
};

static int by_start(const void *a, const void *b)
{
    const struct span_s *x = a, *y = b;
    return (x->since_s > y->since_s) - (x->since_s < y->since_s);
}

/* In order, those that touch as one. */
static void join(struct near *x)
{
    size_t n = 0;
    qsort(x->spans, x->n, sizeof *x->spans, by_start);
    for (size_t i = 0; i < x->n; i++) {
        struct span_s *last = n ? &x->spans[n - 1] : NULL;
        if (!last || x->spans[i].since_s > last->until_s + 1)
            x->spans[n++] = x->spans[i];
        else if (x->spans[i].until_s > last->until_s)
            last->until_s = x->spans[i].until_s;
    }
    x->n = n;
}

/* Around what was read, and inside what is asked for. */
static int spans_make(struct near *x)
{
    const struct loader *l = x->l;
    for (size_t i = 0; i < l->h->n_steps; i++) {
        const struct tl_step *s = &l->h->steps[i];
        bool change = s->kind == TL_STEP_CHANGE && !(s->flags & TL_STEP_FAILED);
        if (!change && s->kind != TL_STEP_ATTEMPT)
            continue;
        if (tl_grow(&x->spans, &x->cap, x->n + 1, sizeof *x->spans))
            return tl_err_nomem(l->err);
        struct span_s span = {s->time_s - (change ? x->step_s : 0), s->time_s + x->step_s};
        span.since_s = span.since_s < l->since_s ? l->since_s : span.since_s;
        span.until_s = span.until_s > l->until_s ? l->until_s : span.until_s;
        x->spans[x->n++] = span;
    }
    if (x->n)
        join(x);
    return 0;
}

/* Whether an attempt came shortly before, in the same account and region. */
static bool follows(struct near *x, int64_t scope_id, int64_t t_s)
{
    const struct loader *l = x->l;
    uint32_t scope;
    for (; x->next_attempt < l->end_attempts && l->h->steps[x->next_attempt].time_s <= t_s; x->next_attempt++)
        x->last_s[l->h->steps[x->next_attempt].scope] = l->h->steps[x->next_attempt].time_s;
    return idset_find(&l->scopes, scope_id, &scope) && scope < x->n_scopes &&
           x->last_s[scope] >= t_s - x->step_s;
}

static int read_span(struct near *x, const struct span_s *span)
{
    struct loader *l = x->l;
    struct query q = query(l->s, SQL_LOAD_CHANGES);
    uint32_t caller;
    int r;
    bind_int(&q, LOAD_CHANGES_RESOURCE, 0);
    bind_int(&q, LOAD_CHANGES_SINCE, event_key_first(span->since_s));
    bind_int(&q, LOAD_CHANGES_UNTIL, event_key_last(span->until_s));
    while ((r = query_row(&q, l->err)) > 0) {
        if (column_int(&q, 5)) /* of a session: these are found by it */
            continue;
        if (!follows(x, column_int(&q, 2), event_key_time_s(column_int(&q, 0))) &&
            !idset_find(&l->callers, column_int(&q, 4), &caller))
            continue;
        if ((r = loader_change(l, &q, 0)))
            break;
    }
    query_end(&q);
    return r;
}

static int read_session(struct loader *l, int64_t execution)
{
    struct query q = query(l->s, SQL_LOAD_FAILED_OF);
    bind_int(&q, LOAD_FAILED_OF_EXECUTION, execution);
    bind_int(&q, LOAD_FAILED_OF_SINCE, event_key_first(l->since_s));
    bind_int(&q, LOAD_FAILED_OF_UNTIL, event_key_last(l->until_s));
    int r;
    while ((r = query_row(&q, l->err)) > 0 && (r = loader_change(l, &q, 0)) == 0)
        ;
    query_end(&q);
    return r;
}

static int read_sessions(struct loader *l)
{
    struct idset done = {0};
    uint32_t i;
    int r = 0;
    for (size_t k = l->first_attempt; k < l->end_attempts && r == 0; k++) {
        int64_t execution = l->texts.ids[l->h->steps[k].execution];
        if (execution && (r = idset_add(&done, execution, &i, l->err)) > 0)
            r = read_session(l, execution);
    }
    idset_fini(&done);
    return r;
}

int load_failed(struct loader *l)
{
    int64_t given_s = l->sieve ? l->sieve->max_step_s : 0;
    struct near x = {.l = l,
                     .step_s = given_s ? given_s : TL_MAX_STEP_DEFAULT_S,
                     .next_attempt = l->first_attempt,
                     .n_scopes = l->scopes.n,
                     .last_s = malloc((l->scopes.n + 1) * sizeof(int64_t))};
    int r = x.last_s ? spans_make(&x) : tl_err_nomem(l->err);
    for (size_t i = 0; i < x.n_scopes && r == 0; i++)
        x.last_s[i] = INT64_MIN;
    for (size_t i = 0; i < x.n && r == 0; i++)
        r = read_span(&x, &x.spans[i]);
    free(x.spans);
    free(x.last_s);
    return r ? r : read_sessions(l);
}
