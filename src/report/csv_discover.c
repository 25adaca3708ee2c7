/* Repeating patterns as CSV: a row a pattern. The unit is its calls with ` > ` between, as --chain takes it.
 */
#include "csvw.h"
#include "writer.h"

static const char columns[] =
    "resource_type,resource_id,account,region,arn,unit,chain,count,partial,foreign,runs,period_median,"
    "period_min,period_max,max_step,regular_percent,automated_percent,same_percent,score,weak,first,"
    "last,caller,loop";

static int unit(struct tl_csvw *c, const struct tl_pattern *p)
{
    struct tl_buf text = {0};
    int r = 0;
    for (size_t i = 0; r == 0 && i < p->n_unit; i++) {
        r = tl_buf_add_str(&text, i ? TL_STR(" > ") : TL_STR_NONE);
        if (r == 0)
            r = tl_buf_add_str(&text, p->unit[i]);
    }
    tl_csvw_str(c, tl_buf_str(&text));
    tl_buf_fini(&text);
    return r;
}

int tl_csv_write_discovery(const struct tl_discovery *d, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    struct tl_csvw c = {.out = out};
    tl_csvw_header(&c, columns);
    for (size_t i = 0; c.rc == 0 && i < d->n; i++) {
        const struct tl_pattern *p = &d->items[i];
        tl_csvw_str(&c, p->resource.type);
        tl_csvw_str(&c, p->resource.id);
        tl_csvw_str(&c, p->resource.account);
        tl_csvw_str(&c, p->resource.region);
        tl_csvw_str(&c, p->arn);
        int r = unit(&c, p);
        c.rc = c.rc ? c.rc : r;
        tl_csvw_str(&c, p->chain);
        tl_csvw_count(&c, p->n_copies);
        tl_csvw_count(&c, p->n_partial);
        tl_csvw_count(&c, p->n_foreign);
        tl_csvw_count(&c, p->n_runs);
        tl_csvw_int(&c, p->period_median_s);
        tl_csvw_int(&c, p->period_min_s);
        tl_csvw_int(&c, p->period_max_s);
        tl_csvw_int(&c, p->max_step_s);
        tl_csvw_count(&c, p->regular_percent);
        tl_csvw_count(&c, p->automated_percent);
        tl_csvw_count(&c, p->same_percent);
        tl_csvw_count(&c, p->score);
        tl_csvw_bool(&c, tl_pattern_is_weak(p));
        tl_csvw_time(&c, p->first_s);
        tl_csvw_time(&c, p->last_s);
        tl_csvw_str(&c, p->n_callers ? p->callers[0].principal : TL_STR_NONE);
        tl_csvw_text(&c, p->loop);
        tl_csvw_end_row(&c);
    }
    return c.rc;
}
