/* A JSON writer with a sticky error: write everything, then look at `rc` once. */
#ifndef TRAILLOOP_REPORT_JSONW_H
#define TRAILLOOP_REPORT_JSONW_H

#include "trailloop/base.h"

struct tl_jsonw {
    struct tl_buf *out; /* borrowed */
    int rc;             /* 0 or TL_ENOMEM */
    unsigned depth;
    unsigned flat; /* the depth from which everything stands on one line; 0: nowhere yet */
    bool more;     /* the value to come is not the first of its object or array */
};

/* `key` is NULL inside an array. What is opened flat stays on one line. */
void tl_jsonw_open(struct tl_jsonw *w, const char *key, char bracket, bool flat);
void tl_jsonw_close(struct tl_jsonw *w, char bracket);
void tl_jsonw_str(struct tl_jsonw *w, const char *key, tl_str s);
void tl_jsonw_str_or_null(struct tl_jsonw *w, const char *key, tl_str s); /* empty: null */
void tl_jsonw_text(struct tl_jsonw *w, const char *key, const char *s);   /* NULL: null */
void tl_jsonw_int(struct tl_jsonw *w, const char *key, int64_t v);
void tl_jsonw_count(struct tl_jsonw *w, const char *key, uint64_t v);
void tl_jsonw_usd(struct tl_jsonw *w, const char *key, double usd);
void tl_jsonw_bool(struct tl_jsonw *w, const char *key, bool v);
void tl_jsonw_time(struct tl_jsonw *w, const char *key, int64_t t_s);
void tl_jsonw_json(struct tl_jsonw *w, const char *key, tl_str json); /* a value that is written already */
void tl_jsonw_null(struct tl_jsonw *w, const char *key);

#endif
