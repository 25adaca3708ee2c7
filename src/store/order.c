/* The history in order: indexes by the order of what they stand for, steps by time, so that equal content
 * gives an equal history whatever the database ids are. */
#include "load.h"

#include <stdlib.h>
#include <string.h>

/* ---- indexes by content ------------------------------------------------------------------------ */

typedef int compare_fn(const void *a, const void *b);

struct sort {
    const char *items;
    size_t size;
    compare_fn *compare;
};

static int by_content(const void *a, const void *b, void *ctx)
{
    const struct sort *by = ctx;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return by->compare(by->items + x * by->size, by->items + y * by->size);
}

/* Sorts the items; *order then maps an old index to its new one (owned by the caller). Items that compare
 * equal become one index: two database rows may differ in what the history does not show. */
static int sort_items(void *items, size_t *n, size_t size, compare_fn *compare, uint32_t **order,
                      struct tl_err *err)
{
    uint32_t *perm = calloc(*n + 1, sizeof *perm);
    char *copy = calloc(*n + 1, size), *to = items;
    struct sort by = {copy, size, compare};
    size_t n_new = 0;
    *order = calloc(*n + 1, sizeof **order);
    if (perm && copy && *order) {
        if (*n)
            memcpy(copy, items, *n * size);
        for (size_t i = 0; i < *n; i++)
            perm[i] = (uint32_t)i;
        qsort_r(perm, *n, sizeof *perm, by_content, &by);
        for (size_t i = 0; i < *n; i++) {
            const char *item = copy + perm[i] * size;
            if (n_new == 0 || compare(to + (n_new - 1) * size, item) != 0)
                memcpy(to + n_new++ * size, item, size);
            (*order)[perm[i]] = (uint32_t)n_new - 1;
        }
        *n = n_new;
    }
    bool ok = perm && copy && *order;
    free(perm);
    free(copy);
    return ok ? 0 : tl_err_nomem(err);
}

static int compare_texts(const void *a, const void *b)
{
    return tl_str_cmp(*(const tl_str *)a, *(const tl_str *)b);
}

static int compare_fields(const tl_str *const *a, const tl_str *const *b, size_t n)
{
    int c = 0;
    for (size_t i = 0; i < n && c == 0; i++)
        c = tl_str_cmp(*a[i], *b[i]);
    return c;
}

static int compare_apis(const void *a, const void *b)
{
    const struct tl_api *x = a, *y = b;
    return compare_fields((const tl_str *const[]){&x->service, &x->action},
                          (const tl_str *const[]){&y->service, &y->action}, 2);
}

static int compare_callers(const void *a, const void *b)
{
    const struct tl_caller *x = a, *y = b;
    int c = compare_fields((const tl_str *const[]){&x->principal, &x->user_agent, &x->identity_type},
                           (const tl_str *const[]){&y->principal, &y->user_agent, &y->identity_type}, 3);
    return c ? c : (int)x->person - (int)y->person;
}

static int compare_resources(const void *a, const void *b)
{
    const struct tl_resource *x = a, *y = b;
    return compare_fields((const tl_str *const[]){&x->partition, &x->account, &x->region, &x->type, &x->id},
                          (const tl_str *const[]){&y->partition, &y->account, &y->region, &y->type, &y->id},
                          5);
}

static int compare_other_names(const void *a, const void *b)
{
    const struct tl_other_name *x = a, *y = b;
    if (x->resource != y->resource)
        return x->resource < y->resource ? -1 : 1;
    return tl_str_cmp(x->name, y->name);
}

struct orders { /* provisional index to final one */
    uint32_t *texts, *apis, *callers, *resources, *scopes;
};

static void renumber(struct tl_history *h, const struct orders *o)
{
    for (size_t i = 0; i < h->n_steps; i++) {
        struct tl_step *st = &h->steps[i];
        st->scope = o->scopes[st->scope];
        st->caller = o->callers[st->caller];
        st->subject = st->kind == TL_STEP_CHANGE ? o->apis[st->subject] : o->texts[st->subject];
        st->execution = st->kind == TL_STEP_VERDICT ? 0 : o->texts[st->execution];
        st->detail = st->kind == TL_STEP_VERDICT ? 0 : o->texts[st->detail];
        st->resource = st->resource == TL_NONE ? TL_NONE : o->resources[st->resource];
    }
    for (size_t i = 0; i < h->n_controls; i++) {
        struct tl_control_step *c = &h->controls[i];
        c->scope = o->scopes[c->scope];
        c->rule = o->texts[c->rule];
        c->document = o->texts[c->document];
        c->resource = c->resource == TL_NONE ? TL_NONE : o->resources[c->resource];
    }
    for (size_t i = 0; i < h->n_names; i++)
        h->names[i].resource = o->resources[h->names[i].resource];
    if (h->n_names)
        qsort(h->names, h->n_names, sizeof *h->names, compare_other_names);
}

/* ---- order ------------------------------------------------------------------------------------- */

#define THREE_WAY(a, b) (((a) > (b)) - ((a) < (b)))

static int compare_steps(const void *a, const void *b)
{
    const struct tl_step *x = a, *y = b;
    int c = THREE_WAY(x->time_s, y->time_s);
    if (c == 0)
        c = memcmp(x->event.b, y->event.b, sizeof x->event.b);
    if (c == 0)
        c = THREE_WAY(x->resource, y->resource);
    if (c == 0)
        c = THREE_WAY(x->kind, y->kind);
    if (c == 0)
        c = THREE_WAY(x->subject, y->subject);
    return c ? c : THREE_WAY(x->compliance, y->compliance);
}

static void sort_steps(struct tl_history *h)
{
    size_t n = 0;
    if (h->n_steps)
        qsort(h->steps, h->n_steps, sizeof *h->steps, compare_steps);
    for (size_t i = 0; i < h->n_steps; i++) {
        /* A call that names a resource twice, by two of its names, is one change of it. */
        if (n && h->steps[i].kind == TL_STEP_CHANGE && compare_steps(&h->steps[n - 1], &h->steps[i]) == 0)
            continue;
        h->steps[n++] = h->steps[i];
    }
    h->n_steps = n;
}

static int compare_place(const struct tl_step *st, const struct loose_value *v)
{
    int c = THREE_WAY(st->time_s, v->time_s);
    return c ? c : memcmp(st->event.b, v->event.b, sizeof v->event.b);
}

static int compare_values(const void *a, const void *b)
{
    const struct tl_attempt_value *x = a, *y = b;
    int c = THREE_WAY(x->step, y->step);
    return c ? c : THREE_WAY(x->text, y->text);
}

static int compare_loose(const void *a, const void *b)
{
    const struct loose_value *x = a, *y = b;
    int c = THREE_WAY(x->time_s, y->time_s);
    return c ? c : memcmp(x->event.b, y->event.b, sizeof x->event.b);
}

/* Both in the order of the steps, so that each is walked once. */
static int place_values(struct loader *l, const uint32_t *texts)
{
    struct tl_history *h = l->h;
    size_t step = 0;
    if (tl_grow(&h->values, &h->cap_values, l->n_values, sizeof *h->values))
        return tl_err_nomem(l->err);
    if (l->n_values)
        qsort(l->values, l->n_values, sizeof *l->values, compare_loose);
    for (size_t i = 0; i < l->n_values; i++) {
        const struct loose_value *v = &l->values[i];
        while (step < h->n_steps &&
               (compare_place(&h->steps[step], v) < 0 ||
                (compare_place(&h->steps[step], v) == 0 && h->steps[step].kind != TL_STEP_ATTEMPT)))
            step++;
        if (step < h->n_steps && compare_place(&h->steps[step], v) == 0)
            h->values[h->n_values++] = (struct tl_attempt_value){(uint32_t)step, texts[v->text]};
    }
    if (h->n_values)
        qsort(h->values, h->n_values, sizeof *h->values, compare_values);
    return 0;
}

/* ---- runbooks that start runbooks -------------------------------------------------------------- */

enum { GENERATIONS_MAX = 16 }; /* real runbooks have two or three; in a circle there is no end */

/* The first of those that led to an execution; itself, where nothing did or there is no first. */
static uint32_t first_of(const uint32_t *parent, uint32_t execution)
{
    uint32_t at = execution;
    for (int i = 0; i < GENERATIONS_MAX && parent[at]; i++)
        at = parent[at];
    return parent[at] ? execution : at;
}

static void join_executions(struct tl_history *h, uint32_t *parent, const uint8_t *started)
{
    for (size_t i = 0; i < h->n_steps; i++) {
        const struct tl_step *st = &h->steps[i];
        if (st->kind == TL_STEP_ATTEMPT && st->execution && started[st->detail])
            parent[st->execution] = st->detail;
    }
    for (size_t i = 0; i < h->n_steps; i++) {
        struct tl_step *st = &h->steps[i];
        uint32_t own = st->execution, first = own ? first_of(parent, own) : 0;
        bool is_child = st->kind == TL_STEP_ATTEMPT && first != own;
        st->execution = first;
        if (st->kind == TL_STEP_ATTEMPT)
            st->detail = is_child ? own : 0;
        st->flags |= is_child ? TL_STEP_CHILD : 0;
    }
}

/* What an automation does that another one started is the first one's doing, where the log has its start. */
static int loader_join_executions(struct loader *l)
{
    struct tl_history *h = l->h;
    uint32_t *parent = calloc(h->n_texts + 1, sizeof *parent);
    uint8_t *started = calloc(h->n_texts + 1, 1);
    bool ok = parent && started;
    for (size_t i = 0; ok && i < h->n_steps; i++)
        if (h->steps[i].kind == TL_STEP_ATTEMPT && h->steps[i].execution)
            started[h->steps[i].execution] = 1;
    if (ok)
        join_executions(h, parent, started);
    free(parent);
    free(started);
    return ok ? 0 : tl_err_nomem(l->err);
}

/* ---- the whole --------------------------------------------------------------------------------- */

int loader_order(struct loader *l)
{
    struct tl_history *h = l->h;
    struct orders o = {.scopes = l->scope_order};
    int r = sort_items(h->texts, &h->n_texts, sizeof *h->texts, compare_texts, &o.texts, l->err);
    if (r == 0)
        r = sort_items(h->apis, &h->n_apis, sizeof *h->apis, compare_apis, &o.apis, l->err);
    if (r == 0)
        r = sort_items(h->callers, &h->n_callers, sizeof *h->callers, compare_callers, &o.callers, l->err);
    if (r == 0)
        r = sort_items(h->resources, &h->n_resources, sizeof *h->resources, compare_resources, &o.resources,
                       l->err);
    if (r == 0) {
        renumber(h, &o);
        sort_steps(h);
        r = place_values(l, o.texts);
    }
    if (r == 0)
        r = loader_join_executions(l);
    free(o.texts);
    free(o.apis);
    free(o.callers);
    free(o.resources);
    return r;
}
