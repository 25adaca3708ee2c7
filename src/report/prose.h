/* Sentences under construction, with a sticky error. They hold untrusted text as it is: whoever shows a
 * sentence escapes the whole of it. Where names from the log stand in it is remembered, so that a format can
 * set them off. */
#ifndef TRAILLOOP_REPORT_PROSE_H
#define TRAILLOOP_REPORT_PROSE_H

#include "trailloop/base.h"

struct tl_prose_name {
    size_t from, to; /* bytes of the sentence */
};

struct tl_prose {
    struct tl_buf b;
    struct tl_prose_name *names; /* in the order in which they stand */
    size_t n_names, cap_names;
    int rc; /* 0 or TL_ENOMEM */
};

void tl_prose_fini(struct tl_prose *p);
void tl_prose_clear(struct tl_prose *p);
/* Our own words and numbers only: a text from the log may hold NUL, use tl_prose_str. */
void tl_prose_add(struct tl_prose *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void tl_prose_str(struct tl_prose *p, tl_str s); /* a name */
void tl_prose_text(struct tl_prose *p,
                   tl_str s); /* sentences that are not ours, with no names marked in them */
/* `1 cycle`, `1,200 cycles`: `many` is NULL when an s makes the plural. */
void tl_prose_count(struct tl_prose *p, uint64_t n, const char *one, const char *many);
void tl_prose_number(struct tl_prose *p, uint64_t n); /* `1,200` */
void tl_prose_duration(struct tl_prose *p, int64_t d_s);
void tl_prose_seconds(struct tl_prose *p, int64_t s); /* as AWS Config's settings are written: `600 s` */
void tl_prose_time(struct tl_prose *p, int64_t t_s);  /* `2024-02-27 07:57:54 UTC` */
/* `2024-02-27 03:00:10 to 07:57:54 UTC`: the day is said once where it is the same. */
void tl_prose_span(struct tl_prose *p, int64_t from_s, int64_t to_s);

#endif
