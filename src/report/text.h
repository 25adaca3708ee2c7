/* A page of text: paragraphs wrapped to a width, labels in a column, colour where it is wanted. Everything
 * that is put on it is escaped here. The error is sticky. */
#ifndef TRAILLOOP_REPORT_TEXT_H
#define TRAILLOOP_REPORT_TEXT_H

#include "prose.h"
#include "trailloop/report.h"

enum tl_text_look { TL_TEXT_PLAIN, TL_TEXT_BOLD, TL_TEXT_ALARM, TL_TEXT_CALM };

struct tl_text {
    struct tl_buf *out; /* borrowed */
    const struct tl_style *style;
    struct tl_prose say; /* the sentence being made; tl_text_* below show and clear it */
    struct tl_buf scratch;
    int rc;
};

void tl_text_init(struct tl_text *t, const struct tl_style *style, struct tl_buf *out);
int tl_text_fini(struct tl_text *t); /* 0 or TL_ENOMEM: of everything since init */

/* What `say` holds, as a paragraph `indent` columns in; its further lines `hang` columns in. Nothing for an
 * empty one. */
void tl_text_paragraph(struct tl_text *t, int indent, int hang);
/* The same behind a label; a NULL label continues the column of the last one. */
void tl_text_labelled(struct tl_text *t, const char *label);
/* The same as an item of a list in the labels' column. */
void tl_text_item(struct tl_text *t);
/* What `say` holds, on one line as it is: for titles and rows of tables. On a terminal what does not fit goes
 * on below, at column `hang` (the last column's, if that leaves room). */
void tl_text_row(struct tl_text *t, enum tl_text_look look);
void tl_text_row_hanging(struct tl_text *t, enum tl_text_look look, int hang);
/* The same, in the labels' indent. */
void tl_text_line(struct tl_text *t);
/* As they are, and a line end: for what is not to be told but given. */
void tl_text_bytes(struct tl_text *t, tl_str bytes);
void tl_text_blank(struct tl_text *t);

/* Of escaped text (width.c): how many columns it takes on a terminal, and how many bytes of it to put on a
 * line of `width` columns: up to a joint that is not in its first third, else as many as go; one character at
 * least. */
int tl_text_width(tl_str s);
size_t tl_text_fitting(tl_str s, int width);

/* The room that is left for what stands behind a label. */
int tl_text_room(const struct tl_text *t);

/* Parts that several documents have (text_report.c). */
void tl_text_loop_block(struct tl_text *t, const struct tl_report *r, const struct tl_finding *f);

int tl_text_write_report(const struct tl_report *r, const struct tl_style *style, struct tl_buf *out);
int tl_text_write_loop(const struct tl_report *r, const struct tl_finding *f, const struct tl_style *style,
                       struct tl_buf *out);
int tl_text_write_stats(const struct tl_stats *s, const struct tl_style *style, struct tl_buf *out);
int tl_text_write_discovery(const struct tl_discovery *d, const struct tl_style *style, struct tl_buf *out);
int tl_text_write_history(const struct tl_history_report *r, const struct tl_style *style,
                          struct tl_buf *out);
int tl_text_write_run(const struct tl_run_report *r, const struct tl_style *style, struct tl_buf *out);

#endif
