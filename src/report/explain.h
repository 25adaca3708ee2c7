/* Findings as sentences for people. Every format that people read uses these words, so that they say the
 * same. */
#ifndef TRAILLOOP_REPORT_EXPLAIN_H
#define TRAILLOOP_REPORT_EXPLAIN_H

#include "prose.h"
#include "trailloop/report.h"

/* What marks a call that is not in the table of resources. */
#define TL_EXPLAIN_GENERAL                                                                                   \
    "this call is in no table of ours: its resource was told by the general rule (the ARNs that the record " \
    "lists, then well-known fields)"

/* About the whole report. Those marked (*) may add nothing. */
void tl_explain_verdict(struct tl_prose *p, const struct tl_findings *f);
/* What makes it worth telling again, for a title: `stopped since the last report`. (*) */
void tl_explain_news(struct tl_prose *p, const struct tl_finding *f);
void tl_explain_coverage(struct tl_prose *p, const struct tl_coverage *c);
void tl_explain_nothing(struct tl_prose *p, const struct tl_report *r); /* what there was, where no loop is */
void tl_explain_damage(struct tl_prose *p, const struct tl_coverage *c); /* (*) */

/* About one loop. */
void tl_explain_answer(struct tl_prose *p, const struct tl_finding *f); /* all of it in brief, for a top */
void tl_explain_fix(struct tl_prose *p, const struct tl_finding *f); /* what ends it for good, and who can */
void tl_explain_control(struct tl_prose *p, const struct tl_control_event *c);
void tl_explain_what(struct tl_prose *p, const struct tl_finding *f);  /* an answer: is it looping? */
void tl_explain_cause(struct tl_prose *p, const struct tl_finding *f); /* the same, where nobody asked */
void tl_explain_resource(struct tl_prose *p, const struct tl_resource *r);
void tl_explain_steps(struct tl_prose *p, const struct tl_finding *f); /* (*) */
void tl_explain_when(struct tl_prose *p, const struct tl_finding *f);
void tl_explain_period(struct tl_prose *p, const struct tl_finding *f);
/* What follows the account's part of an ARN: long enough to know the party by, short enough for a line. What
 * else is said of the party spells it out. */
tl_str tl_explain_short_principal(tl_str principal);
void tl_explain_through(struct tl_prose *p, tl_str user_agent); /* (*) `, through Boto3/1.34` */
tl_str tl_explain_product(tl_str user_agent); /* what it is; what that runs on does not matter here */
void tl_explain_broken_by(struct tl_prose *p, const struct tl_drift *d); /* (*) `, broken by ...` */
void tl_explain_calls(struct tl_prose *p, const struct tl_party *party); /* (*) what its owner looks for */
void tl_explain_party(struct tl_prose *p, const struct tl_party *party);
void tl_explain_cost(struct tl_prose *p, const struct tl_finding *f, const struct tl_rates *rates);
void tl_explain_certainty(struct tl_prose *p, const struct tl_finding *f);
void tl_explain_again(struct tl_prose *p, const struct tl_finding *f);    /* (*) the proof */
void tl_explain_oddities(struct tl_prose *p, const struct tl_finding *f); /* (*) */
void tl_explain_gaps(struct tl_prose *p, const struct tl_finding *f);     /* (*) in coverage */
void tl_explain_failures(struct tl_prose *p, const struct tl_finding *f); /* (*) */
const char *tl_explain_link(enum tl_link l, bool without_config); /* static: what this kind of link means */

/* Its retry settings (explain_retry.c); only for findings that have a retry. */
void tl_explain_rule_of_retry(struct tl_prose *p, const struct tl_retry *r);
size_t tl_explain_n_phases(const struct tl_retry *r); /* at least 1 */
void tl_explain_phase(struct tl_prose *p, const struct tl_finding *f, size_t phase);
void tl_explain_retry_doubt(struct tl_prose *p, const struct tl_finding *f); /* (*) */
void tl_explain_pair(struct tl_prose *p, int attempts, int64_t window_s);
void tl_explain_whatif(struct tl_prose *p, const struct tl_whatif *w);
void tl_explain_model(struct tl_prose *p, const struct tl_finding *f); /* how that was told */
void tl_explain_would_stop(struct tl_prose *p, const struct tl_retry *r);

/* Has it stopped (explain_status.c). */
void tl_explain_status(struct tl_prose *p, const struct tl_finding *f, const struct tl_coverage *c);
void tl_explain_proof(struct tl_prose *p, const struct tl_finding *f); /* (*) */

/* A resource's history (explain_history.c). */
void tl_explain_history(struct tl_prose *p, const struct tl_resource_history *x); /* how many of each, when */
void tl_explain_history_party(struct tl_prose *p, const struct tl_history_party *party);
void tl_explain_undoing(struct tl_prose *p, const struct tl_undoing *u);
void tl_explain_entry(struct tl_prose *p, const struct tl_entry *e);
void tl_explain_entry_party(struct tl_prose *p, const struct tl_entry *e); /* by whom */
/* What undid a change: only where something did. */
void tl_explain_undo(struct tl_prose *p, const struct tl_resource_history *x, const struct tl_entry *e);

/* Repeating patterns (explain_discover.c). */
void tl_explain_discovery(struct tl_prose *p, const struct tl_discovery *d); /* how many there are */
/* The options that look for it, ready for a shell, as one name. (*) */
void tl_explain_chain(struct tl_prose *p, const struct tl_pattern *x);
void tl_explain_chain_note(struct tl_prose *p, const struct tl_pattern *x); /* (*) */
void tl_explain_repetitions(struct tl_prose *p, const struct tl_pattern *x);
void tl_explain_caller(struct tl_prose *p, const struct tl_pattern_caller *caller);
void tl_explain_callers(struct tl_prose *p, const struct tl_pattern *x); /* the busiest, in brief */
void tl_explain_score(struct tl_prose *p, const struct tl_pattern *x);
void tl_explain_explained(struct tl_prose *p, const struct tl_pattern *x); /* (*) by which loop */
/* The same, and whether it is weak. (*) */
void tl_explain_standing(struct tl_prose *p, const struct tl_pattern *x);

#endif
