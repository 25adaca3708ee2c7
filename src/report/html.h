/* An HTML page under construction, with a sticky error. Markup is our own; whatever else comes onto the page
 * goes through one of the functions that escape it. */
#ifndef TRAILLOOP_REPORT_HTML_H
#define TRAILLOOP_REPORT_HTML_H

#include "prose.h"
#include "trailloop/report.h"

struct tl_html {
    struct tl_buf *out;  /* borrowed */
    struct tl_prose say; /* the sentence being made; tl_html_say and tl_html_element show and clear it */
    int rc;
};

int tl_html_fini(struct tl_html *h); /* 0 or TL_ENOMEM: of everything */

/* Markup of our own, with numbers of our own. */
void tl_html_put(struct tl_html *h, const char *markup);
void tl_html_putf(struct tl_html *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void tl_html_text(struct tl_html *h, tl_str s); /* escaped */
void tl_html_code(struct tl_html *h, tl_str s); /* escaped, in <code> */
/* The last two cells of a row: an event's id, and where it lies in the dump. */
void tl_html_place(struct tl_html *h, tl_str id, tl_str source, uint64_t record, uint64_t offset);
void tl_html_time(struct tl_html *h, int64_t t_s); /* `2024-02-27 07:57:54`, kept on one line */
/* What `say` holds, escaped, each name in it as code. */
void tl_html_say(struct tl_html *h);
/* The same as an element; `open` is its tag with attributes ("p class=\"lede\""). Nothing for an empty one.
 */
void tl_html_element(struct tl_html *h, const char *open);
/* A row of a list of terms, from what `say` holds; nothing for an empty one. */
void tl_html_term(struct tl_html *h, const char *term);
/* A table's head: columns with `|` between; `#` in front of one: numbers, to the right. */
void tl_html_table_begin(struct tl_html *h, const char *caption, const char *columns);
void tl_html_table_end(struct tl_html *h);
void tl_html_cell(struct tl_html *h);        /* from what `say` holds */
void tl_html_cell_number(struct tl_html *h); /* the same, to the right */
void tl_html_row_head(struct tl_html *h);    /* the same, as the row's heading */

/* The page around it (html_page.c). `title` is escaped. */
void tl_html_page_begin(struct tl_html *h, const char *title);
/* INT64_MIN: of no time, and from no log. */
void tl_html_page_end(struct tl_html *h, int64_t generated_at_s);

void tl_html_parties(struct tl_html *h, const struct tl_party *parties, size_t n); /* a table */
/* Parts of pages. `number` counts the loops of a page, from 1, and makes their ids. */
void tl_html_loop(struct tl_html *h, const struct tl_report *r, const struct tl_finding *f, size_t number);
void tl_html_timeline(struct tl_html *h, const struct tl_report *r, const struct tl_finding *f,
                      size_t number);
/* The last cycles of a loop whose timeline has no room for each, as a figure; nothing where it has. */
void tl_html_close_up(struct tl_html *h, const struct tl_report *r, const struct tl_finding *f, size_t number,
                      uint32_t n_cycles);
/* `n` of `limit` places taken, as boxes. */
void tl_html_slots(struct tl_html *h, int n, int limit);
/* The fullest window of a phase, close up; nothing where no verdict fell into the phase. */
void tl_html_window(struct tl_html *h, const struct tl_finding *f, size_t phase);
void tl_html_coverage(struct tl_html *h, const struct tl_coverage *c);

#endif
