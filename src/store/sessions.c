/* Names learned from automations. An attempt names the resource as AWS Config does (AROA..., db-...), and the
 * calls that its execution's session then makes name it as the API does: if it changed exactly one resource
 * of that type, the two are one. No record need carry both.
 *
 * This is taken for true only of types whose two forms tell themselves apart, where the attempt names no
 * second resource of the type, and where nothing else is known of the name: it was never judged itself, and
 * no record gave it to a resource. A runbook may well be told of one bucket and change another. */
#include "private.h"

#include <stdlib.h>

/* A session that changed more, or tried more often before it could, tells no name: it would have to be looked
 * through. */
enum { RESOURCES_MAX = 256, TRIES_MAX = 256 };

int sessions_learn(struct tl_store *s, struct session_names *to, int64_t judged, struct idset *names,
                   struct tl_err *err)
{
    struct query q = query(s, SQL_SESSION_NAMES);
    uint32_t index;
    int r;
    bind_int(&q, SESSION_NAMES_RESOURCE, judged);
    bind_int(&q, SESSION_NAMES_MOST, RESOURCES_MAX);
    bind_int(&q, SESSION_NAMES_TRIES, TRIES_MAX);
    while ((r = query_row(&q, err)) > 0) {
        int64_t name = column_int(&q, 0);
        if (tl_grow(&to->items, &to->cap, to->n + 1, sizeof *to->items)) {
            r = tl_err_nomem(err);
            break;
        }
        to->items[to->n++] = (struct session_name){name, judged};
        if ((r = idset_add(names, name, &index, err)) < 0)
            break;
    }
    query_end(&q);
    return r;
}

static int by_name(const void *a, const void *b)
{
    const struct session_name *x = a, *y = b;
    return (x->name > y->name) - (x->name < y->name);
}

void sessions_resolve(struct session_names *all)
{
    size_t n = 0;
    if (all->n)
        qsort(all->items, all->n, sizeof *all->items, by_name);
    for (size_t i = 0, end; i < all->n; i = end) {
        for (end = i + 1; end < all->n && all->items[end].name == all->items[i].name; end++)
            ;
        if (end == i + 1) /* of two resources it is neither's alone */
            all->items[n++] = all->items[i];
    }
    all->n = n;
}

void sessions_fini(struct session_names *all)
{
    free(all->items);
    *all = (struct session_names){0};
}
