/* Two names, one resource: AWS Config's own id and the forms that calls use (a role's name for its AROA id).
 * One name may have belonged to two resources in turn (a role deleted and made again): then it stands for
 * neither alone, and calls on it are counted for both. One step deep: extract gives Config's id as the
 * resource of every alias. */
#include "private.h"

int alias_resolve(struct tl_store *s, int64_t id, int64_t *out, struct tl_err *err)
{
    struct query q = query(s, SQL_REAL_NAMES);
    int64_t only = id;
    int n = 0, r;
    bind_int(&q, REAL_NAMES_NAME, id);
    while ((r = query_row(&q, err)) > 0) {
        only = column_int(&q, 0);
        n++;
    }
    *out = n == 1 ? only : id;
    return r;
}

int alias_names(struct tl_store *s, int64_t id, struct idset *out, struct tl_err *err)
{
    struct query q = query(s, SQL_OTHER_NAMES);
    uint32_t index;
    int r;
    bind_int(&q, OTHER_NAMES_RESOURCE, id);
    while ((r = query_row(&q, err)) > 0) {
        int added = idset_add(out, column_int(&q, 0), &index, err);
        if (added < 0) {
            query_end(&q);
            return added;
        }
    }
    return r;
}
