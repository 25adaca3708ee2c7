/* What `verify` and `check` found wrong, as CSV: a row a problem; where all is right, the header alone. */
#include "csvw.h"
#include "writer.h"

int tl_csv_write_verify(const struct tl_verify *v, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    struct tl_csvw c = {.out = out};
    tl_csvw_header(&c, "kind,of,file,s3_object,why,from,to");
    for (size_t i = 0; i < v->n_problems; i++) {
        const struct tl_verify_problem *p = &v->problems[i];
        tl_csvw_text(&c, tl_verify_kind_name(p->kind));
        tl_csvw_text(&c, p->digest ? "digest" : "log-file");
        tl_csvw_str(&c, p->file);
        tl_csvw_str(&c, p->object);
        tl_csvw_str(&c, p->why);
        if (p->kind == TL_VERIFY_GAP) {
            tl_csvw_time(&c, p->from_s);
            tl_csvw_time(&c, p->to_s);
        } else {
            tl_csvw_blank(&c, 2);
        }
        tl_csvw_end_row(&c);
    }
    return c.rc;
}

int tl_csv_write_check(const struct tl_check *check, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    struct tl_csvw c = {.out = out};
    tl_csvw_header(&c, "part,what");
    for (size_t i = 0; i < check->n_faults; i++) {
        tl_csvw_text(&c, check->faults[i].part);
        tl_csvw_str(&c, check->faults[i].what);
        tl_csvw_end_row(&c);
    }
    return c.rc;
}
