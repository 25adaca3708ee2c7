/* A report, a loop, statistics and a run with something in every field, for tests of the formats: every text
 * of them is one given text, so that a format can be tried with any. */
#ifndef TRAILLOOP_TEST_REPORT_BUILD_H
#define TRAILLOOP_TEST_REPORT_BUILD_H

#include "trailloop/report.h"

enum { BUILD_LOOPS = 3, BUILD_CYCLES = 12, BUILD_STEPS = 4 };

struct built {
    tl_str also;
    struct tl_party parties[4];
    struct tl_retry_phase phases[3];
    struct tl_control_event controls[3];
    struct tl_moment moments[BUILD_CYCLES * 4 + 1];
    struct tl_evidence_step steps[BUILD_CYCLES][BUILD_STEPS];
    struct tl_evidence evidence[BUILD_CYCLES];
    int64_t starts_s[BUILD_CYCLES], ends_s[BUILD_CYCLES];
    struct tl_finding
        loops[BUILD_LOOPS]; /* self-sustaining and stopped, tug of war and running, no attempts */
    struct tl_drift drift;
    struct tl_without_effect without_effect[2];
    struct tl_scope scopes[2];
    struct tl_source sources[3];
    struct tl_stats_damage damage[2];
    struct tl_report report;
    struct tl_stats stats;
    struct tl_run_report run;
    struct tl_entry entries[6]; /* of each kind; a change that failed, one that was undone */
    struct tl_history_party history_parties[2];
    struct tl_undoing undoing;
    struct tl_resource_history resource_history;
    struct tl_history_report history;
    struct tl_pattern_caller callers[5];
    struct tl_pattern patterns[2]; /* explained, with a note and all options; weak, without a chain */
    struct tl_discovery discovery;
    struct tl_verify_problem problems[TL_VERIFY_N_KINDS];
    struct tl_verify_chain digest_chain;
    struct tl_verify verify;
    struct tl_fault fault;
    struct tl_check check;
    struct tl_rule_sample sample;
    struct tl_rule rule;
    struct tl_chain chain;
    struct tl_rules rules;
};

/* `text` is borrowed. */
void built_make(struct built *b, tl_str text);

/* A document in a format: 0 with what was written (owned by the caller), 1 where there is none. */
int built_write(const struct built *b, enum tl_document document, enum tl_format format, struct tl_buf *out);
#define BUILT_FIRST TL_DOCUMENT_REPORT
#define BUILT_LAST TL_DOCUMENT_RULE_CHECK

#endif
