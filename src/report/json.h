/* Objects of the JSON documents that other formats write too. */
#ifndef TRAILLOOP_REPORT_JSON_H
#define TRAILLOOP_REPORT_JSON_H

#include "jsonw.h"
#include "trailloop/report.h"

void tl_json_loop(struct tl_jsonw *w, const struct tl_finding *f);
/* An event of a history; alone, with the resource that it is about. */
void tl_json_entry(struct tl_jsonw *w, const struct tl_resource_history *x, size_t i, bool alone);
void tl_json_pattern(struct tl_jsonw *w, const struct tl_pattern *p);
void tl_json_problem(struct tl_jsonw *w, const struct tl_verify_problem *p);
void tl_json_fault(struct tl_jsonw *w, const struct tl_fault *f);
void tl_json_whatif(struct tl_jsonw *w, const struct tl_whatif *what);
void tl_json_rule(struct tl_jsonw *w, const struct tl_rule *r, const struct tl_chain *c);
void tl_json_source(struct tl_jsonw *w, const struct tl_source *s);
void tl_json_time_or_null(struct tl_jsonw *w, const char *key, bool known, int64_t t_s);
void tl_json_coverage(struct tl_jsonw *w, const struct tl_coverage *c);
void tl_json_resource(struct tl_jsonw *w, const struct tl_resource *r, tl_str arn);
void tl_json_period(struct tl_jsonw *w, int64_t median_s, int64_t min_s, int64_t max_s);
void tl_json_would_stop(struct tl_jsonw *w, const struct tl_retry *r);
int tl_json_end(struct tl_jsonw *w); /* 0 or TL_ENOMEM: of the whole document */

int tl_json_write_discovery(const struct tl_discovery *d, const struct tl_style *style, struct tl_buf *out);
int tl_json_write_history(const struct tl_history_report *r, const struct tl_style *style,
                          struct tl_buf *out);
int tl_json_write_verify(const struct tl_verify *v, const struct tl_style *style, struct tl_buf *out);
int tl_json_write_check(const struct tl_check *c, const struct tl_style *style, struct tl_buf *out);
int tl_json_write_whatif(const struct tl_whatif *w, const struct tl_style *style, struct tl_buf *out);
int tl_json_write_rule_list(const struct tl_rules *s, const struct tl_style *style, struct tl_buf *out);
int tl_json_write_rule(const struct tl_rule *r, const struct tl_chain *c, const struct tl_style *style,
                       struct tl_buf *out);
int tl_json_write_rule_check(const struct tl_rules *s, const struct tl_style *style, struct tl_buf *out);

#endif
