/* What a format is to the rest: one function per document; NULL where the document has no such form. A
 * document that is told in facts and lists alone needs none in a format that has outlines (outline.h). A new
 * format is one more file and one more row in report.c. */
#ifndef TRAILLOOP_REPORT_WRITER_H
#define TRAILLOOP_REPORT_WRITER_H

#include "trailloop/report.h"

struct tl_telling;

struct tl_writer {
    const char *name;
    int (*report)(const struct tl_report *r, const struct tl_style *style, struct tl_buf *out);
    int (*loop)(const struct tl_report *r, const struct tl_finding *f, const struct tl_style *style,
                struct tl_buf *out);
    int (*verify)(const struct tl_verify *v, const struct tl_style *style, struct tl_buf *out);
    int (*check)(const struct tl_check *c, const struct tl_style *style, struct tl_buf *out);
    int (*stats)(const struct tl_stats *s, const struct tl_style *style, struct tl_buf *out);
    int (*discover)(const struct tl_discovery *d, const struct tl_style *style, struct tl_buf *out);
    int (*history)(const struct tl_history_report *r, const struct tl_style *style, struct tl_buf *out);
    int (*whatif)(const struct tl_whatif *w, const struct tl_style *style, struct tl_buf *out);
    int (*run)(const struct tl_run_report *r, const struct tl_style *style, struct tl_buf *out);
    int (*rule_list)(const struct tl_rules *s, const struct tl_style *style, struct tl_buf *out);
    int (*rule)(const struct tl_rule *r, const struct tl_chain *c, const struct tl_style *style,
                struct tl_buf *out);
    int (*rule_check)(const struct tl_rules *s, const struct tl_style *style, struct tl_buf *out);
    int (*outline)(const struct tl_telling *d, const struct tl_style *style, struct tl_buf *out);
};

extern const struct tl_writer tl_writer_text;
extern const struct tl_writer tl_writer_json;
extern const struct tl_writer tl_writer_ndjson;
extern const struct tl_writer tl_writer_csv;
extern const struct tl_writer tl_writer_markdown;
extern const struct tl_writer tl_writer_html;
extern const struct tl_writer tl_writer_prometheus;

/* Documents of the format in the file of another. */
int tl_csv_write_history(const struct tl_history_report *r, const struct tl_style *style, struct tl_buf *out);
int tl_csv_write_whatif(const struct tl_whatif *w, const struct tl_style *style, struct tl_buf *out);
int tl_csv_write_verify(const struct tl_verify *v, const struct tl_style *style, struct tl_buf *out);
int tl_csv_write_check(const struct tl_check *c, const struct tl_style *style, struct tl_buf *out);
int tl_csv_write_rule_list(const struct tl_rules *s, const struct tl_style *style, struct tl_buf *out);
int tl_csv_write_discovery(const struct tl_discovery *d, const struct tl_style *style, struct tl_buf *out);
int tl_markdown_write_discovery(const struct tl_discovery *d, const struct tl_style *style,
                                struct tl_buf *out);
int tl_markdown_write_history(const struct tl_history_report *r, const struct tl_style *style,
                              struct tl_buf *out);
int tl_html_write_discovery(const struct tl_discovery *d, const struct tl_style *style, struct tl_buf *out);
int tl_html_write_history(const struct tl_history_report *r, const struct tl_style *style,
                          struct tl_buf *out);
int tl_html_write_stats(const struct tl_stats *s, const struct tl_style *style, struct tl_buf *out);

#endif
