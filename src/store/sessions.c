/* Names learned from automations. An attempt names the resource as AWS Config does (AROA..., db-...), and the
 * calls that its execution's session then makes name it as the API does: if it changed exactly one resource
 * of that type, the two are one. No record need carry both.
 *
 * This is taken for true only of types whose two forms tell themselves apart, where the attempt names no
 * second resource of the type, and where nothing else is known of the name: it was never judged itself, and
 * no record gave it to a resource. A runbook may well be told of one bucket and change another. */
#include "load.h"

#include <stdlib.h>

int sessions_learn(struct loader *l, int64_t judged, struct idset *names)
{
    struct query q = query(l->s, SQL_SESSION_NAMES);
    uint32_t index;
    int r;
    bind_int(&q, SESSION_NAMES_RESOURCE, judged);
    while ((r = query_row(&q, l->err)) > 0) {
        int64_t name = column_int(&q, 0);
        if (tl_grow(&l->learned, &l->cap_learned, l->n_learned + 1, sizeof *l->learned)) {
            r = tl_err_nomem(l->err);
            break;
        }
        l->learned[l->n_learned++] = (struct learned_name){name, judged};
        if ((r = idset_add(names, name, &index, l->err)) < 0)
            break;
    }
    query_end(&q);
    return r;
}

static int by_name(const void *a, const void *b)
{
    const struct learned_name *x = a, *y = b;
    return (x->name > y->name) - (x->name < y->name);
}

int sessions_resolve(struct loader *l)
{
    int r = 0;
    if (l->n_learned)
        qsort(l->learned, l->n_learned, sizeof *l->learned, by_name);
    for (size_t i = 0, end; r == 0 && i < l->n_learned; i = end) {
        for (end = i + 1; end < l->n_learned && l->learned[end].name == l->learned[i].name; end++)
            ;
        if (end == i + 1) /* of two resources it is neither's alone */
            r = loader_set_real(l, l->learned[i].name, l->learned[i].resource);
    }
    return r;
}
