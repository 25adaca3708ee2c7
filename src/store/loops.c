/* The derived tables: what the last detection found, for people who open the file in sqlite3. Never read by
 * us, but for the mark that they are what the facts as they stand give: it goes in the transaction in which
 * the facts change, so that a run that ends between the two leaves it missing. */
#include "private.h"

static int put_loop(struct tl_store *s, int64_t n, const struct tl_store_loop *l, struct tl_err *err)
{
    struct query q = query(s, SQL_PUT_LOOP);
    bind_int(&q, PUT_LOOP_N, n);
    bind_text(&q, PUT_LOOP_ID, l->id);
    bind_text(&q, PUT_LOOP_CHAIN, l->chain);
    bind_text(&q, PUT_LOOP_KIND, l->kind);
    bind_text(&q, PUT_LOOP_STATUS, l->status);
    bind_text(&q, PUT_LOOP_CONFIG_RULE, l->config_rule);
    bind_text(&q, PUT_LOOP_DOCUMENT, l->document);
    bind_text(&q, PUT_LOOP_CONFIDENCE, l->confidence);
    bind_text(&q, PUT_LOOP_PARTITION, l->resource.partition);
    bind_text(&q, PUT_LOOP_ACCOUNT, l->resource.account);
    bind_text(&q, PUT_LOOP_REGION, l->resource.region);
    bind_text(&q, PUT_LOOP_TYPE, l->resource.type);
    bind_text(&q, PUT_LOOP_RID, l->resource.id);
    bind_int(&q, PUT_LOOP_N_CYCLES, (int64_t)l->n_cycles);
    bind_int(&q, PUT_LOOP_N_PARTIAL, (int64_t)l->n_partial);
    bind_int(&q, PUT_LOOP_FIRST_S, l->first_s);
    bind_int(&q, PUT_LOOP_LAST_S, l->last_s);
    bind_int(&q, PUT_LOOP_PERIOD_S, l->period_median_s);
    int r = query_run(&q, err);
    for (uint64_t i = 0; i < l->n_cycles && r == 0; i++) {
        q = query(s, SQL_PUT_CYCLE);
        bind_int(&q, PUT_CYCLE_LOOP, n);
        bind_int(&q, PUT_CYCLE_N, (int64_t)i + 1);
        bind_int(&q, PUT_CYCLE_FIRST_S, l->cycle_first_s[i]);
        bind_int(&q, PUT_CYCLE_LAST_S, l->cycle_last_s[i]);
        r = query_run(&q, err);
    }
    return r;
}

int loops_stale(struct tl_store *s, struct tl_err *err)
{
    struct query q = query(s, SQL_DROP_DERIVED);
    int r = s->is_stale ? 0 : query_run(&q, err);
    s->is_stale = r == 0;
    return r;
}

int tl_store_loops_are_current(struct tl_store *s, bool *are, struct tl_err *err)
{
    struct query q = query(s, SQL_IS_DERIVED);
    bind_text(&q, IS_DERIVED_VERSION, TL_STR(TRAILLOOP_VERSION));
    int r = query_row(&q, err);
    *are = r > 0;
    if (r > 0)
        query_end(&q);
    return r < 0 ? r : 0;
}

static int mark_current(struct tl_store *s, struct tl_err *err)
{
    int r = loops_stale(s, err);
    if (r)
        return r;
    struct query q = query(s, SQL_PUT_DERIVED);
    bind_text(&q, PUT_DERIVED_VERSION, TL_STR(TRAILLOOP_VERSION));
    s->is_stale = false;
    return query_run(&q, err);
}

int tl_store_write_loops(struct tl_store *s, const struct tl_store_loop *loops, size_t n, struct tl_err *err)
{
    bool alone = !s->in_batch;
    int r = alone ? tl_store_begin(s, err) : 0;
    if (r)
        return r;
    struct query cycles = query(s, SQL_DROP_CYCLES), all = query(s, SQL_DROP_LOOPS);
    r = query_run(&cycles, err);
    if (r == 0)
        r = query_run(&all, err);
    for (size_t i = 0; i < n && r == 0; i++)
        r = put_loop(s, (int64_t)i + 1, &loops[i], err);
    if (r == 0)
        r = mark_current(s, err);
    return r || !alone ? r : tl_store_commit(s, err);
}
