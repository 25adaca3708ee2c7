/* Ties: which of an attempt's parameters or targets name a resource of the history. Neither the store nor
 * detection can tell: the one does not know how ids are written, the other sees no texts of records. */
#include "ties.h"

#include "trailloop/event.h"

#include <stdlib.h>

struct name { /* an id or another name of a resource */
    uint32_t resource;
    tl_str text;
};

struct names { /* sorted by text, then account */
    const struct tl_history *h;
    struct name *items;
    size_t n;
};

static int compare_name(const struct names *n, const struct name *x, tl_str text, tl_str account)
{
    int c = tl_str_cmp(x->text, text);
    return c ? c : tl_str_cmp(n->h->resources[x->resource].account, account);
}

static int by_text(const void *a, const void *b, void *names)
{
    const struct names *n = names;
    const struct name *x = a, *y = b;
    int c = compare_name(n, x, y->text, n->h->resources[y->resource].account);
    return c ? c : (x->resource > y->resource) - (x->resource < y->resource);
}

/* 0 or TL_ENOMEM; n->items is to be freed. */
static int names_make(struct names *n)
{
    const struct tl_history *h = n->h;
    n->items = malloc((h->n_resources + h->n_names + 1) * sizeof *n->items);
    if (!n->items)
        return TL_ENOMEM;
    for (uint32_t i = 0; i < h->n_resources; i++)
        n->items[n->n++] = (struct name){i, h->resources[i].id};
    for (size_t i = 0; i < h->n_names; i++)
        n->items[n->n++] = (struct name){h->names[i].resource, h->names[i].name};
    qsort_r(n->items, n->n, sizeof *n->items, by_text, n);
    return 0;
}

static size_t first_named(const struct names *n, tl_str text, tl_str account)
{
    size_t lo = 0, hi = n->n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (compare_name(n, &n->items[mid], text, account) < 0)
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
    for (size_t i = first_named(n, id, scope->account); i < n->n; i++) {
        const struct tl_resource *r = &h->resources[n->items[i].resource];
        if (compare_name(n, &n->items[i], id, scope->account) != 0)
            break;
        bool here = (tl_str_eq(r->region, scope->region) || tl_str_eq(r->region, TL_STR("global")));
        if (!here || !tl_resource_may_be(r->type, value) ||
            (!tl_str_eq(tl_resource_normal_id(r->type, value), id) &&
             !tl_str_eq(tl_resource_name(r->type, value), id)))
            continue;
        int e = tl_grow(&h->ties, &h->cap_ties, h->n_ties + 1, sizeof *h->ties);
        if (e)
            return e;
        h->ties[h->n_ties++] = (struct tl_tie){step, n->items[i].resource};
    }
    return 0;
}

/* A value may be the id itself, or an ARN whose id depends on the type: what follows the last '/' or the last
 * ':', for a qualified function the part before that, for a secret what may itself hold a '/'. */
static int tie_value(struct tl_history *h, const struct names *n, uint32_t step, tl_str value)
{
    if (tl_str_ends(value, TL_STR(":*"))) /* a log group's ARN may say that its streams are meant, too */
        value = tl_str_sub(value, 0, value.n - 2);
    int r = tie_id(h, n, step, value, value);
    size_t cuts[] = {tl_str_rfind_char(value, '/'), tl_str_rfind_char(value, ':')};
    bool has_parts = false;
    for (size_t i = 0; r == 0 && i < 2; i++) {
        if (cuts[i] == SIZE_MAX)
            continue;
        has_parts = true;
        r = tie_id(h, n, step, value, tl_str_sub(value, cuts[i] + 1, value.n));
    }
    if (r == 0 && has_parts)
        r = tie_id(h, n, step, value, tl_resource_normal_id(TL_STR("AWS::Lambda::Function"), value));
    tl_str secret = tl_resource_name(TL_STR("AWS::SecretsManager::Secret"), value);
    return r || !secret.n ? r : tie_id(h, n, step, value, secret);
}

static int by_step_and_resource(const void *a, const void *b)
{
    const struct tl_tie *x = a, *y = b;
    if (x->step != y->step)
        return x->step < y->step ? -1 : 1;
    return (x->resource > y->resource) - (x->resource < y->resource);
}

/* Sorted, each once: an attempt may name a resource by its id and by its ARN. */
static void ties_sort(struct tl_history *h)
{
    size_t n = 0;
    if (h->n_ties)
        qsort(h->ties, h->n_ties, sizeof *h->ties, by_step_and_resource);
    for (size_t i = 0; i < h->n_ties; i++)
        if (n == 0 || by_step_and_resource(&h->ties[n - 1], &h->ties[i]) != 0)
            h->ties[n++] = h->ties[i];
    h->n_ties = n;
}

int tl_tie_attempts(struct tl_history *h)
{
    struct names n = {.h = h};
    int r = names_make(&n);
    for (size_t i = 0; r == 0 && i < h->n_values; i++)
        r = tie_value(h, &n, h->values[i].step, h->texts[h->values[i].text]);
    ties_sort(h);
    free(n.items);
    return r;
}
