/* A Markdown writer with a sticky error. Markup is our own; every text that is not goes through one of the
 * functions that escape it. */
#ifndef TRAILLOOP_REPORT_MDW_H
#define TRAILLOOP_REPORT_MDW_H

#include "prose.h"
#include "trailloop/report.h"

struct tl_mdw {
    struct tl_buf *out;  /* borrowed */
    struct tl_prose say; /* the sentence being made; what follows shows and clears it */
    int rc;
};

void tl_mdw_put(struct tl_mdw *m, const char *markup); /* our own */
void tl_mdw_code(struct tl_mdw *m, tl_str s);          /* a name, escaped */
/* What `say` holds, each name in it as code. */
void tl_mdw_say(struct tl_mdw *m);
/* The same as a paragraph, as an item behind `mark`, as a row of a table of two columns. Nothing for an empty
 * one. */
void tl_mdw_paragraph(struct tl_mdw *m);
void tl_mdw_bullet(struct tl_mdw *m, const char *mark);
void tl_mdw_fact(struct tl_mdw *m, const char *label);
int tl_mdw_end(struct tl_mdw *m); /* 0 or TL_ENOMEM: of everything */

/* One loop as a chapter of its own (markdown_loop.c). */
void tl_mdw_loop(struct tl_mdw *m, const struct tl_report *r, const struct tl_finding *f);

#endif
