/* Ties: which of an attempt's parameters or targets name a resource of the history. Neither the store nor
 * detection can tell: the one does not know how ids are written, the other sees no texts of records. */
#include "ties.h"

#include "trailloop/event.h"

#include <stdlib.h>

struct names { /* the resources of a history, sorted by id, then account */
    const struct tl_history *h;
    uint32_t *by_id;
};

static int compare_names(const struct tl_resource *r, tl_str id, tl_str account)
{
    int c = tl_str_cmp(r->id, id);
    return c ? c : tl_str_cmp(r->account, account);
}

static int by_name(const void *a, const void *b, void *history)
{
    const struct tl_history *h = history;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    int c = compare_names(&h->resources[x], h->resources[y].id, h->resources[y].account);
    return c ? c : (x > y) - (x < y);
}

static size_t first_named(const struct names *n, tl_str id, tl_str account)
{
    size_t lo = 0, hi = n->h->n_resources;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (compare_names(&n->h->resources[n->by_id[mid]], id, account) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

tl_str tl_arn_part(tl_str value, int number)
{
    if (!tl_str_starts(value, TL_STR("arn:")))
        return TL_STR_NONE;
    for (; number > 0 && value.n; number--)
        value = tl_str_sub(value, tl_str_find(value, TL_STR(":")) + 1, value.n);
    return tl_str_sub(value, 0, tl_str_find(value, TL_STR(":")));
}

/* Adds a tie for every resource of the attempt's account and region that is known as `id` and that `value`
 * names. */
static int tie_id(struct tl_history *h, const struct names *n, uint32_t step, tl_str value, tl_str id)
{
    const struct tl_scope *scope = &h->scopes[h->steps[step].scope];
    tl_str account = tl_arn_part(value, 4);
    if (account.n && !tl_str_eq(account, scope->account))
        return 0;
    for (size_t i = first_named(n, id, scope->account); i < h->n_resources; i++) {
        const struct tl_resource *r = &h->resources[n->by_id[i]];
        if (compare_names(r, id, scope->account) != 0)
            break;
        bool here = (tl_str_eq(r->region, scope->region) || tl_str_eq(r->region, TL_STR("global")));
        if (!here || !tl_str_eq(tl_resource_normal_id(r->type, value), r->id))
            continue;
        int e = tl_grow(&h->ties, &h->cap_ties, h->n_ties + 1, sizeof *h->ties);
        if (e)
            return e;
        h->ties[h->n_ties++] = (struct tl_tie){step, n->by_id[i]};
    }
    return 0;
}

/* A value may be the id itself, or an ARN whose id depends on the type: what follows the last ':' or '/', or,
 * for a qualified function, the part before that. */
static int tie_value(struct tl_history *h, const struct names *n, uint32_t step, tl_str value)
{
    int r = tie_id(h, n, step, value, value);
    size_t colon = tl_str_rfind_char(value, ':'), slash = tl_str_rfind_char(value, '/');
    size_t cut = slash != SIZE_MAX && (colon == SIZE_MAX || slash > colon) ? slash : colon;
    if (r || cut == SIZE_MAX)
        return r;
    r = tie_id(h, n, step, value, tl_str_sub(value, cut + 1, value.n));
    tl_str function = tl_resource_normal_id(TL_STR("AWS::Lambda::Function"), value);
    if (r == 0 && !tl_str_eq(function, tl_str_sub(value, cut + 1, value.n)))
        r = tie_id(h, n, step, value, function);
    return r;
}

static int by_step_and_resource(const void *a, const void *b)
{
    const struct tl_tie *x = a, *y = b;
    if (x->step != y->step)
        return x->step < y->step ? -1 : 1;
    return (x->resource > y->resource) - (x->resource < y->resource);
}

int tl_tie_attempts(struct tl_history *h)
{
    struct names n = {.h = h, .by_id = malloc((h->n_resources + 1) * sizeof *n.by_id)};
    if (!n.by_id)
        return TL_ENOMEM;
    for (uint32_t i = 0; i < h->n_resources; i++)
        n.by_id[i] = i;
    qsort_r(n.by_id, h->n_resources, sizeof *n.by_id, by_name, h);
    int r = 0;
    for (size_t i = 0; r == 0 && i < h->n_values; i++)
        r = tie_value(h, &n, h->values[i].step, h->texts[h->values[i].text]);
    if (h->n_ties)
        qsort(h->ties, h->n_ties, sizeof *h->ties, by_step_and_resource);
    free(n.by_id);
    return r;
}
