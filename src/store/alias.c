/* Many names, one resource: AWS Config's own id and the forms that calls use (a role's name for its AROA id).
 *
 * A row says that `name` is another form of `resource`. Rows join over several steps (a database's id, its
 * name, the name it had before), and a name leads to its resource as the resource leads to its names. But one
 * name may have belonged to two resources in turn (a role deleted and made again): then it stands for neither
 * alone, never joins the two, and calls on it are counted for both. All of it is of the rows as a set, so
 * that the order in which they were learned does not show.
 */
#include "private.h"

/* A name that stands for more resources is nobody's. It is also the bound on what a hostile log can make one
 * look-up cost. */
#define OWNERS_MAX 16

/* Adds the first column of every row. */
static int add_ids(struct query *q, struct idset *out, struct tl_err *err)
{
    uint32_t index;
    int r;
    while ((r = query_row(q, err)) > 0) {
        int added = idset_add(out, column_int(q, 0), &index, err);
        if (added < 0) {
            query_end(q);
            return added;
        }
    }
    return r;
}

int alias_roots(struct tl_store *s, int64_t id, struct idset *out, struct tl_err *err)
{
    struct idset met = {0};
    uint32_t index;
    int r = idset_add(&met, id, &index, err);
    for (size_t i = 0; r >= 0 && i < met.n && met.n <= OWNERS_MAX; i++) {
        struct query q = query(s, SQL_REAL_NAMES);
        bind_int(&q, REAL_NAMES_NAME, met.ids[i]);
        bind_int(&q, REAL_NAMES_MOST, OWNERS_MAX);
        bool has_owner = false;
        while ((r = query_row(&q, err)) > 0) {
            has_owner = true;
            if ((r = idset_add(&met, column_int(&q, 0), &index, err)) < 0) {
                query_end(&q);
                break;
            }
        }
        if (r >= 0 && !has_owner)
            r = idset_add(out, met.ids[i], &index, err);
    }
    if (r >= 0 && met.n > OWNERS_MAX) {
        idset_fini(out);
        r = idset_add(out, id, &index, err);
    }
    idset_fini(&met);
    return r < 0 ? r : 0;
}

int alias_resolve(struct tl_store *s, int64_t id, int64_t *out, struct tl_err *err)
{
    struct idset roots = {0};
    int r = alias_roots(s, id, &roots, err);
    *out = r == 0 && roots.n == 1 ? roots.ids[0] : id;
    idset_fini(&roots);
    return r;
}

/* The other names of one, and what a service that knows no regions calls the same. */
static int add_names_of(struct tl_store *s, int64_t id, struct idset *out, struct tl_err *err)
{
    struct query q = query(s, SQL_EVERYWHERE);
    bind_int(&q, EVERYWHERE_RESOURCE, id);
    int r = add_ids(&q, out, err);
    q = query(s, SQL_OTHER_NAMES);
    bind_int(&q, OTHER_NAMES_RESOURCE, id);
    return r ? r : add_ids(&q, out, err);
}

int alias_names(struct tl_store *s, int64_t id, struct idset *out, struct tl_err *err)
{
    int r = add_names_of(s, id, out, err);
    for (size_t i = 0; r == 0 && i < out->n; i++) /* it grows */
        r = add_names_of(s, out->ids[i], out, err);
    return r;
}
