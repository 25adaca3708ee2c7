/* report: one walk over the findings, one writer per format, one file for all escaping. Bytes go into a
 * buffer: whoever calls writes them out. */
#ifndef TRAILLOOP_REPORT_H
#define TRAILLOOP_REPORT_H

#include "trailloop/diagnose.h"
#include "trailloop/rules.h"
#include "trailloop/store.h"
#include "trailloop/verify.h"

enum tl_format {
    TL_FORMAT_TEXT,
    TL_FORMAT_JSON,
    TL_FORMAT_NDJSON,
    TL_FORMAT_CSV,
    TL_FORMAT_MARKDOWN,
    TL_FORMAT_HTML,
    TL_FORMAT_PROMETHEUS,
    TL_N_FORMATS
};
/* What there is to write; each has a function below. */
enum tl_document {
    TL_DOCUMENT_NONE,       /* text of another kind: help, a raw record */
    TL_DOCUMENT_REPORT,     /* the loops */
    TL_DOCUMENT_LOOP,       /* one loop with its evidence */
    TL_DOCUMENT_HISTORY,    /* what happened to resources */
    TL_DOCUMENT_DISCOVER,   /* repeating patterns that no rule names */
    TL_DOCUMENT_WHATIF,     /* one loop under other settings */
    TL_DOCUMENT_VERIFY,     /* digests against files */
    TL_DOCUMENT_CHECK,      /* of the database itself */
    TL_DOCUMENT_STATS,      /* coverage, files, damage */
    TL_DOCUMENT_RUN,        /* what one run of ingest did */
    TL_DOCUMENT_RULE_LIST,  /* what is looked for */
    TL_DOCUMENT_RULE,       /* one of that, in full */
    TL_DOCUMENT_RULE_CHECK, /* what the samples of rules gave */
};

const char *tl_format_name(enum tl_format f); /* static: "text", "json" ... */
/* Whether there is such a document in that format. To be asked before any work: to write it otherwise is a
 * bug. */
bool tl_format_has(enum tl_format f, enum tl_document d);

struct tl_report {
    /* Set by the caller: */
    int64_t generated_at_s;
    struct tl_rates rates; /* the cost's arithmetic is shown with them */
    bool filtered;         /* only some accounts, regions or resources were asked for */
    /* Set by the analysis: */
    struct tl_coverage coverage;
    struct tl_findings findings;
    struct tl_history history; /* what the findings borrow from */
    struct tl_loops loops;
    struct tl_chain *chains; /* all that were looked for: the given ones, then the built-in ones */
    size_t n_chains;
};

struct tl_style {
    bool color;
    int columns;    /* text is wrapped to this width; at least 40 */
    bool fit;       /* on a terminal: words and rows longer than a line are broken, too */
    const char *db; /* borrowed: the database that hints name; NULL when none is kept */
};

/* The loops: `scan` and `report`. 0 or TL_ENOMEM. */
int tl_report_write(const struct tl_report *r, enum tl_format format, const struct tl_style *style,
                    struct tl_buf *out);
/* One loop with the evidence it holds: `show LOOP`. */
int tl_report_write_loop(const struct tl_report *r, const struct tl_finding *f, enum tl_format format,
                         const struct tl_style *style, struct tl_buf *out);

/* A loop under other retry settings: `whatif`. */
struct tl_whatif {
    int64_t generated_at_s;
    const struct tl_finding *loop; /* borrowed */
    bool has_attempts;             /* false: nothing attempts anything, no settings apply */
    struct tl_retry_phase replay;
};
int tl_whatif_write(const struct tl_whatif *w, enum tl_format format, const struct tl_style *style,
                    struct tl_buf *out);

enum tl_entry_kind { TL_ENTRY_VERDICT, TL_ENTRY_ATTEMPT, TL_ENTRY_CHANGE, TL_ENTRY_CONTROL };
const char *tl_entry_kind_name(enum tl_entry_kind k); /* static: "verdict" ... */
const char *tl_undo_proof_name(enum tl_undo_proof p); /* static: "named" ... */

/* One event in a resource's history. References are indexes into its entries, TL_NONE for none. */
struct tl_entry {
    enum tl_entry_kind kind;
    bool person, failed;
    bool general;   /* a call that the table of resources does not know */
    bool hidden;    /* by somebody whom --actor leaves out */
    bool test_mode; /* control: an evaluation that AWS Config does not keep */
    struct tl_event_ref event;
    tl_str api; /* service:Action */
    tl_str principal, session, user_agent, error;
    tl_str config_rule;         /* verdict, control; of an attempt, its verdict's */
    tl_str document, execution; /* attempt; control: document; change: the execution whose session made it */
    enum tl_compliance compliance; /* verdict */
    enum tl_link link;             /* attempt; a failed change that names no resource */
    uint32_t answers;              /* attempt: the verdict */
    tl_str detail;                 /* change: what was put or taken away */
    struct tl_undo undo;           /* change */
    int attempts;                  /* control that sets them; else 0 */
    int64_t window_s;
    bool automatic;
    tl_str source;
    uint64_t record, offset;
};

struct tl_history_party { /* by principal */
    tl_str principal, user_agent;
    bool person;
    uint32_t n[TL_ENTRY_CONTROL + 1]; /* events of each kind, failed ones too */
};

struct tl_undoing { /* whose changes who undid */
    tl_str principal, by;
    uint32_t n_changes;
};

struct tl_resource_history {
    struct tl_resource resource;
    tl_str arn;          /* empty when its form is not known */
    const tl_str *names; /* other names that calls use */
    size_t n_names;
    struct tl_entry *entries; /* by time, then event id */
    size_t n_entries;
    uint32_t n[TL_ENTRY_CONTROL + 1], n_failed;
    struct tl_history_party *parties; /* the busiest first */
    size_t n_parties;
    struct tl_undoing *undoings; /* the most frequent first */
    size_t n_undoings;
};

/* What happened to a resource, or to each of those that the name stands for: `history`. */
struct tl_history_report {
    int64_t generated_at_s;
    tl_str given;                      /* as asked for; borrowed */
    tl_str actor;                      /* the same; empty: anybody */
    struct tl_resource_history *items; /* by account, region, type, id */
    size_t n;
    struct tl_history history; /* what the entries borrow from */
    struct tl_arena arena;
};
int tl_history_write(const struct tl_history_report *r, enum tl_format format, const struct tl_style *style,
                     struct tl_buf *out);

/* How a pattern's unit became a chain. */
enum tl_chain_note {
    TL_CHAIN_EXACT,
    TL_CHAIN_DOUBLED, /* a unit of one call: a chain has two steps at least, so the step is written twice */
    TL_CHAIN_CUT,     /* a chain has one verdict and one attempt at most, the attempt right after it */
};

struct tl_pattern_caller { /* by principal */
    tl_str principal, user_agent;
    bool person;
    uint32_t n_calls;
};

/* A unit of calls that comes again and again on one resource. */
struct tl_pattern {
    struct tl_resource resource;
    tl_str arn;   /* empty when its form is not known */
    tl_str *unit; /* service:Action of each call */
    size_t n_unit;
    tl_str chain; /* for --chain; empty where a call's name is none that AWS would give */
    enum tl_chain_note chain_note;
    uint32_t n_copies, n_partial,
        n_foreign;   /* complete copies; ones that lack a call; calls between and inside */
    uint32_t n_runs; /* so many stretches of copies */
    int64_t period_median_s, period_min_s, period_max_s; /* 0: there is no gap between complete copies */
    int64_t max_step_s;                                  /* longest time between two steps of the unit */
    uint32_t regular_percent;                            /* of the gaps are within a quarter of the median */
    uint32_t automated_percent;                          /* of the calls are by no person */
    uint32_t same_percent; /* of the calls have the parameters of the copy before */
    uint64_t score;        /* what it is ranked by */
    int64_t first_s, last_s;
    struct tl_pattern_caller *callers; /* the busiest first */
    size_t n_callers;
    char loop[sizeof((struct tl_finding *)0)->id]; /* of the loop that explains it; empty: none does */
};

/* Less than half of what its copies would be worth if all spoke for them. */
static inline bool tl_pattern_is_weak(const struct tl_pattern *p)
{
    return p->score * 2 < (uint64_t)p->n_copies * 100;
}

/* Repeating patterns: `discover`. */
struct tl_discovery {
    int64_t generated_at_s;
    struct tl_coverage coverage;
    uint32_t min_copies;
    uint64_t n_found;         /* of which items[] are those that rank highest */
    struct tl_pattern *items; /* by rank */
    size_t n;
    struct tl_arena arena;
};
int tl_discovery_write(const struct tl_discovery *d, enum tl_format format, const struct tl_style *style,
                       struct tl_buf *out);

struct tl_stats_damage {
    tl_str path, why;
    struct tl_origin at;
};

/* Coverage, files and damage: `stats`. */
struct tl_stats {
    int64_t generated_at_s;
    struct tl_coverage coverage;
    struct tl_source *sources; /* by path */
    size_t n_sources;
    struct tl_stats_damage *damage; /* by path, record */
    size_t n_damage;
    struct tl_arena arena; /* of the texts */
};
int tl_stats_write(const struct tl_stats *s, enum tl_format format, const struct tl_style *style,
                   struct tl_buf *out);

/* The database itself: `check`. */
struct tl_fault {
    const char *part; /* static: "pages", "schema", "integrity", "references", "counts", "derived" */
    tl_str what;      /* in the arena */
};
struct tl_check {
    int64_t generated_at_s;
    const char *path; /* borrowed */
    struct tl_check_counts counts;
    struct tl_fault *faults;
    size_t n_faults, cap_faults;
    struct tl_arena arena;
};
int tl_check_write(const struct tl_check *c, enum tl_format format, const struct tl_style *style,
                   struct tl_buf *out);

/* Digests against files: `verify`. */
int tl_verify_write(const struct tl_verify *v, enum tl_format format, const struct tl_style *style,
                    struct tl_buf *out);

/* What one run of `ingest` did, and what the database holds since. */
struct tl_run_report {
    int64_t generated_at_s;
    uint64_t n_files_read, n_already_ingested, n_skipped, n_damaged_files, n_unreadable;
    uint64_t n_records_read, n_records_new, n_records_duplicate, n_records_damaged, n_records_unused;
    struct tl_coverage coverage;
};
int tl_run_write(const struct tl_run_report *r, enum tl_format format, const struct tl_style *style,
                 struct tl_buf *out);

/* Rules: the built-in chains and then the given ones, by name: `rules list`. */
int tl_rules_write_list(const struct tl_rules *s, enum tl_format format, const struct tl_style *style,
                        struct tl_buf *out);
/* One rule and its chain, built in or not: `rules show`. In JSON it is a rule file of its own. */
int tl_rules_write_rule(const struct tl_rule *r, const struct tl_chain *c, enum tl_format format,
                        const struct tl_style *style, struct tl_buf *out);
/* The given rules and their samples, all of which gave what they should: `rules check`. */
int tl_rules_write_check(const struct tl_rules *s, enum tl_format format, const struct tl_style *style,
                         struct tl_buf *out);

/* Untrusted text for a terminal: control characters, bidi controls, invisible format characters,
 * non-characters and invalid UTF-8 are shown as \xNN or \u{NNNN}; tab and line feed too. 0 or TL_ENOMEM. */
int tl_escape_terminal(struct tl_buf *out, tl_str s);
/* A JSON string literal with its quotes: always valid UTF-8 (a bad byte becomes U+FFFD), the characters above
 * as \uNNNN. */
int tl_escape_json(struct tl_buf *out, tl_str s);

#endif
