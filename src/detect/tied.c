/* Whose steps are those that name no resource: attempts, and what failed and so came without its parameters.
 *
 * Attempts are tied as detection ties them. A failed change belongs to the resource of the attempt in whose
 * session it was made; else to the one that its caller, no person, changes by calls of the same service right
 * before or after; else to that of the attempt before it, where no change that succeeded shows whose hand the
 * attempt has, no other resource's attempt is as near, and the service is that of the resource's type. */
#include "internal.h"

#include <stdlib.h>

struct ties {
    const struct world *w;
    const struct pass *p;
    const struct tl_history *h;
    struct tl_tied_steps *out;
    struct tl_tied_step *by_execution; /* tied attempts with an execution */
    size_t n_by_execution;
    uint32_t
        *near; /* per step: of a failed change without a resource: its caller's nearest change; TL_NONE */
};

static const struct tl_step *step_of(const struct ties *t, uint32_t i)
{
    return &t->h->steps[i];
}

static bool is_loose(const struct tl_step *s)
{
    return s->kind == TL_STEP_CHANGE && s->flags & TL_STEP_FAILED && s->resource == TL_NONE;
}

static int add(struct ties *t, uint32_t step, uint32_t resource, enum tl_link link)
{
    struct tl_tied_steps *o = t->out;
    if (tl_grow(&o->failed, &o->cap_failed, o->n_failed + 1, sizeof *o->failed))
        return TL_ENOMEM;
    o->failed[o->n_failed++] = (struct tl_tied_step){step, resource, TL_NONE, link};
    return 0;
}

/* ---- attempts ---------------------------------------------------------------------------------- */

static int attempts_tie(struct ties *t)
{
    const struct pass *p = t->p;
    struct tl_tied_steps *o = t->out;
    o->attempts = malloc((t->h->n_steps + 1) * sizeof *o->attempts);
    for (uint32_t i = 0; o->attempts && i < t->h->n_steps; i++)
        if (p->owner[i] != TL_NONE)
            o->attempts[o->n_attempts++] = (struct tl_tied_step){i, p->streams[p->owner[i]].resource,
                                                                 p->answers[i], (enum tl_link)p->link[i]};
    return o->attempts ? 0 : TL_ENOMEM;
}

static int failed_attempts_tie(struct ties *t, struct pass *p)
{
    struct tl_loops found = {0};
    struct collector c = {.out = &found};
    int r = effects_find(&c, p);
    for (size_t i = 0; r == 0 && i < found.n_idle; i++)
        if (found.idle[i].failed && found.idle[i].resource != TL_NONE)
            r = add(t, found.idle[i].attempt, found.idle[i].resource, found.idle[i].link);
    tl_loops_fini(&found);
    return r;
}

/* ---- failed changes ---------------------------------------------------------------------------- */

static int by_execution(const void *a, const void *b, void *h)
{
    const struct tl_step *steps = ((const struct tl_history *)h)->steps;
    const struct tl_tied_step *x = a, *y = b;
    uint32_t p = steps[x->step].execution, q = steps[y->step].execution;
    return p != q ? (p > q) - (p < q) : (x->step > y->step) - (x->step < y->step);
}

static int executions_make(struct ties *t)
{
    t->by_execution = malloc((t->out->n_attempts + 1) * sizeof *t->by_execution);
    if (!t->by_execution)
        return TL_ENOMEM;
    for (size_t i = 0; i < t->out->n_attempts; i++)
        if (step_of(t, t->out->attempts[i].step)->execution)
            t->by_execution[t->n_by_execution++] = t->out->attempts[i];
    struct tl_history *h = (struct tl_history *)(uintptr_t)t->h; /* qsort_r takes no const */
    qsort_r(t->by_execution, t->n_by_execution, sizeof *t->by_execution, by_execution, h);
    return 0;
}

static const struct tl_tied_step *attempt_of(const struct ties *t, uint32_t execution)
{
    size_t lo = 0, hi = t->n_by_execution;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (step_of(t, t->by_execution[mid].step)->execution < execution)
            lo = mid + 1;
        else
            hi = mid;
    }
    bool any = lo < t->n_by_execution && step_of(t, t->by_execution[lo].step)->execution == execution;
    return any ? &t->by_execution[lo] : NULL;
}

static int64_t apart_s(const struct ties *t, uint32_t a, uint32_t b)
{
    int64_t d = step_of(t, a)->time_s - step_of(t, b)->time_s;
    return d < 0 ? -d : d;
}

/* One step of the walk to either side; last[principal]: the newest change seen of it. */
static void near_see(struct ties *t, uint32_t *last, uint32_t i)
{
    const struct tl_step *s = step_of(t, i);
    uint32_t *of = &last[t->w->principal[s->caller]];
    if (s->kind != TL_STEP_CHANGE)
        return;
    if (!(s->flags & TL_STEP_FAILED) && s->resource != TL_NONE)
        *of = i;
    if (!is_loose(s) || *of == TL_NONE || apart_s(t, *of, i) > t->w->params->max_step_s ||
        !tl_str_eq(t->h->apis[step_of(t, *of)->subject].service, t->h->apis[s->subject].service))
        return;
    if (t->near[i] == TL_NONE || apart_s(t, *of, i) < apart_s(t, t->near[i], i))
        t->near[i] = *of;
}

static int near_make(struct ties *t)
{
    const struct tl_history *h = t->h;
    uint32_t *last = malloc((h->n_callers + 1) * sizeof *last);
    t->near = malloc((h->n_steps + 1) * sizeof *t->near);
    if (!last || !t->near) {
        free(last);
        return TL_ENOMEM;
    }
    for (size_t i = 0; i < h->n_callers; i++)
        last[i] = TL_NONE;
    for (uint32_t i = 0; i < h->n_steps; i++) {
        t->near[i] = TL_NONE;
        near_see(t, last, i);
    }
    for (size_t i = 0; i < h->n_callers; i++)
        last[i] = TL_NONE;
    for (uint32_t i = (uint32_t)h->n_steps; i-- > 0;)
        near_see(t, last, i);
    free(last);
    return 0;
}

/* `lambda` for AWS::Lambda::Function, `elasticloadbalancing` for AWS::ElasticLoadBalancingV2::Listener. */
static bool is_service_of(tl_str service, tl_str type)
{
    size_t at = tl_str_find(type, TL_STR("::"));
    tl_str rest = at == SIZE_MAX ? TL_STR_NONE : tl_str_sub(type, at + 2, type.n);
    for (size_t i = 0; i < service.n; i++) {
        char c = i < rest.n ? rest.p[i] : '\0';
        if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != service.p[i])
            return false;
    }
    return service.n > 0;
}

/* The newest attempt of a scope, and the newest of another resource than that one's. */
struct newest {
    const struct tl_tied_step *attempt, *other;
};

static void see_attempt(struct newest *n, const struct tl_tied_step *a)
{
    if (n->attempt && n->attempt->resource != a->resource)
        n->other = n->attempt;
    n->attempt = a;
}

static bool has_effect(const struct ties *t, const struct tl_tied_step *a)
{
    const struct tl_lists *l = &t->p->changes;
    int64_t from_s = step_of(t, a->step)->time_s;
    uint32_t i = tl_lists_at(l, t->h, a->resource, from_s);
    return i < l->start[a->resource + 1] && step_of(t, l->at[i])->time_s <= from_s + t->w->params->max_step_s;
}

static int change_tie(struct ties *t, uint32_t i, const struct newest *n)
{
    const struct tl_step *s = step_of(t, i);
    const struct tl_tied_step *a = s->execution ? attempt_of(t, s->execution) : NULL;
    int64_t max_s = t->w->params->max_step_s;
    if (a)
        return add(t, i, a->resource, TL_LINK_SESSION);
    if (s->execution || s->flags & TL_STEP_PERSON)
        return 0;
    if (t->near[i] != TL_NONE)
        return add(t, i, step_of(t, t->near[i])->resource, TL_LINK_SEQUENCE);
    if (!n->attempt || apart_s(t, n->attempt->step, i) > max_s ||
        (n->other && apart_s(t, n->other->step, i) <= max_s) || has_effect(t, n->attempt) ||
        !is_service_of(t->h->apis[s->subject].service, t->h->resources[n->attempt->resource].type))
        return 0;
    return add(t, i, n->attempt->resource, TL_LINK_SEQUENCE);
}

static int changes_tie(struct ties *t)
{
    struct newest *newest = calloc(t->h->n_scopes + 1, sizeof *newest);
    const struct tl_tied_steps *o = t->out;
    size_t next = 0;
    int r = newest ? 0 : TL_ENOMEM;
    for (uint32_t i = 0; r == 0 && i < t->h->n_steps; i++) {
        struct newest *n = &newest[step_of(t, i)->scope];
        while (next < o->n_attempts && o->attempts[next].step < i)
            next++;
        if (next < o->n_attempts && o->attempts[next].step == i)
            see_attempt(n, &o->attempts[next]);
        if (is_loose(step_of(t, i)))
            r = change_tie(t, i, n);
    }
    free(newest);
    return r;
}

/* ---- the whole --------------------------------------------------------------------------------- */

static int by_step(const void *a, const void *b)
{
    const struct tl_tied_step *x = a, *y = b;
    return (x->step > y->step) - (x->step < y->step);
}

/* What the pass gave attempts to, and the failed changes that follow from it. To be ended in both cases. */
static int tie(struct ties *t)
{
    int r = attempts_tie(t);
    if (r == 0)
        r = executions_make(t);
    if (r == 0)
        r = near_make(t);
    return r ? r : changes_tie(t);
}

static void ties_fini(struct ties *t)
{
    free(t->by_execution);
    free(t->near);
}

int tied_failed_changes(const struct pass *p, struct tl_tied_step **out, size_t *n)
{
    struct tl_tied_steps found = {0};
    struct ties t = {.w = p->w, .p = p, .h = p->w->h, .out = &found};
    size_t i = 0;
    *out = NULL;
    *n = 0;
    while (i < t.h->n_steps && !is_loose(&t.h->steps[i]))
        i++;
    if (i == t.h->n_steps) /* as mostly */
        return 0;
    int r = tie(&t);
    if (r == 0) {
        *out = found.failed;
        *n = found.n_failed;
        found.failed = NULL;
    }
    ties_fini(&t);
    tl_tied_steps_fini(&found);
    return r;
}

int tl_detect_tied(const struct tl_history *h, struct tl_tied_steps *out, struct tl_err *err)
{
    const struct tl_detect_params params = TL_DETECT_PARAMS_DEFAULT;
    struct world w = {.h = h, .params = &params};
    struct pass p = {.w = &w, .chain = &tl_chains[TL_CHAIN_ANY_CHANGE]};
    struct scratch scratch = {0};
    struct ties t = {.w = &w, .p = &p, .h = h, .out = out};
    *out = (struct tl_tied_steps){0};
    int r = world_make(&w);
    if (r == 0)
        r = pass_make(&p, &scratch);
    if (r == 0)
        r = tie(&t);
    if (r == 0)
        r = failed_attempts_tie(&t, &p);
    if (out->n_failed)
        qsort(out->failed, out->n_failed, sizeof *out->failed, by_step);
    ties_fini(&t);
    pass_fini(&p);
    world_fini(&w);
    scratch_fini(&scratch);
    return r ? tl_err_nomem(err) : 0;
}

void tl_tied_steps_fini(struct tl_tied_steps *t)
{
    free(t->attempts);
    free(t->failed);
    *t = (struct tl_tied_steps){0};
}
