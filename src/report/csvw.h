/* A CSV writer (RFC 4180: commas, CR LF, a header) with a sticky error. Nothing but cells: a row that is
 * short or long would be a bug of the caller, and the tests count. */
#ifndef TRAILLOOP_REPORT_CSVW_H
#define TRAILLOOP_REPORT_CSVW_H

#include "trailloop/base.h"

struct tl_csvw {
    struct tl_buf *out; /* borrowed */
    int rc;             /* 0 or TL_ENOMEM */
    bool more;          /* the cell to come is not the first of its row */
};

void tl_csvw_str(struct tl_csvw *c, tl_str s);
void tl_csvw_text(struct tl_csvw *c, const char *s); /* NULL: empty */
void tl_csvw_int(struct tl_csvw *c, int64_t v);
void tl_csvw_count(struct tl_csvw *c, uint64_t v);
void tl_csvw_usd(struct tl_csvw *c, double usd);
void tl_csvw_bool(struct tl_csvw *c, bool v); /* true, false */
void tl_csvw_time(struct tl_csvw *c, int64_t t_s);
void tl_csvw_blank(struct tl_csvw *c, int n); /* n empty cells */
void tl_csvw_end_row(struct tl_csvw *c);
/* The header: the columns' names with commas between. */
void tl_csvw_header(struct tl_csvw *c, const char *names);

#endif
