/* What was told last to whom, so that a report can be of what changed since. Kept in the database, because it
 * is about this database: a copy of it goes on where the original was. */
#include "private.h"

int tl_store_told(struct tl_store *s, tl_str name, tl_str loop, struct tl_told *out, struct tl_err *err)
{
    struct query q = query(s, SQL_GET_TOLD);
    bind_text(&q, GET_TOLD_NAME, name);
    bind_text(&q, GET_TOLD_LOOP, loop);
    int r = query_row(&q, err);
    if (r <= 0)
        return r < 0 ? r : TL_STORE_NONE;
    *out = (struct tl_told){.n_cycles = (uint64_t)column_int(&q, 0), .running = column_int(&q, 1) != 0};
    query_end(&q);
    return 0;
}

int tl_store_tell(struct tl_store *s, tl_str name, tl_str loop, const struct tl_told *told,
                  struct tl_err *err)
{
    struct query q = query(s, SQL_PUT_TOLD);
    bind_text(&q, PUT_TOLD_NAME, name);
    bind_text(&q, PUT_TOLD_LOOP, loop);
    bind_int(&q, PUT_TOLD_N_CYCLES, (int64_t)told->n_cycles);
    bind_int(&q, PUT_TOLD_RUNNING, told->running);
    return batch_result(s, query_run(&q, err));
}
