/* pipeline: the only place where stages meet. Knows no user: what there is to say goes through callbacks. */
#ifndef TRAILLOOP_PIPELINE_H
#define TRAILLOOP_PIPELINE_H

#include "trailloop/report.h"
#include "trailloop/rules.h"
#include "trailloop/store.h"

struct tl_progress {
    uint64_t n_files, n_bytes_read, n_records;
    uint64_t n_bytes_done;                 /* read, or in files that were known or passed over */
    uint64_t n_files_total, n_bytes_total; /* 0 where nobody measured, or standard input is read */
};

struct tl_ingest_options {
    const char *const *paths; /* borrowed */
    size_t n_paths;
    int jobs;      /* workers, 1 or more */
    bool keep_all; /* false: store only what detection needs; the rest is counted as unused */
    bool hash;     /* compute each file's SHA-256 */
    bool measure;  /* walk the input once before, so that progress can tell how much there is */
    /* One line about a file or record that is damaged, skipped or odd, without "warning:" and line end; it
     * may hold untrusted text. Called from one thread. May be NULL. */
    void (*notice)(void *ctx, const char *message);
    /* Now and then, from one thread. Returning false asks to stop (TL_ESIGNAL). May be NULL. */
    bool (*progress)(void *ctx, const struct tl_progress *p);
    void *ctx;
};

/* Of this run; each file counts in one of the first five, n_files_read are the whole ones. */
struct tl_ingest_result {
    uint64_t n_files_read, n_already_ingested, n_skipped, n_damaged_files, n_unreadable;
    uint64_t n_records_read, n_records_new, n_records_duplicate, n_records_damaged, n_records_unused;
};

/* Reads every file under the paths into the store, which must be open for writing. Files known and unchanged
 * are passed over. Damage is an outcome, not a failure. After a failure or a stop (TL_ESIGNAL) what was
 * committed stays, every thread has ended, and the rest of the transaction goes with tl_store_close. */
int tl_ingest(struct tl_store *s, const struct tl_ingest_options *o, struct tl_ingest_result *r,
              struct tl_err *err);

struct tl_analyse_options {
    struct tl_detect_params detect;
    int64_t since_s, until_s; /* INT64_MIN, INT64_MAX for no limit */
    tl_str account, region;   /* of the resource or of the verdicts; empty: any */
    tl_str resource;          /* id, name or ARN; may hold `*`; empty: any */
    tl_str actor;             /* of some party: its principal; may hold `*`; empty: any */
    tl_str config_rule;       /* may hold `*`; empty: any */
    bool all_evidence;
    struct tl_rates rates;
    /* Looked for before the built-in ones, in this order; borrowed until tl_report_fini. At most
     * TL_CHAINS_MAX less TL_N_CHAINS. */
    const struct tl_chain *chains;
    size_t n_chains;
};
void tl_analyse_defaults(struct tl_analyse_options *o);
/* Loads, detects, diagnoses. `out` is then to be ended with tl_report_fini. generated_at_s is left 0. */
int tl_analyse(struct tl_store *s, const struct tl_analyse_options *o, struct tl_report *out,
               struct tl_err *err);
void tl_report_fini(struct tl_report *r); /* {0} is an empty one */
/* The `most` (at least 1) patterns that rank highest among all that repeat on a resource;
 * o->detect.min_cycles is how often, o->actor whom some call must be by. `out` is then to be ended with
 * tl_discovery_fini. generated_at_s is left 0. */
int tl_discover(struct tl_store *s, const struct tl_analyse_options *o, size_t most, struct tl_discovery *out,
                struct tl_err *err);
void tl_discovery_fini(struct tl_discovery *d);

struct tl_history_options {
    tl_str name; /* id, name, ARN or alias; may hold `*` */
    int64_t since_s, until_s;
    tl_str account, region; /* empty: any */
    tl_str actor;           /* principals shown, may hold `*`; empty: all */
};
enum {
    TL_HISTORY_NONE = 1, /* no resource has that name (and, where asked for, an event in that span) */
    TL_HISTORY_MANY, /* more than TL_HISTORY_RESOURCES_MAX have it: items[] names them and holds no more */
};
/* 0 or an outcome above; `out` is in all cases to be ended with tl_history_report_fini. generated_at_s is
 * left 0. */
int tl_history_load(struct tl_store *s, const struct tl_history_options *o, struct tl_history_report *out,
                    struct tl_err *err);
void tl_history_report_fini(struct tl_history_report *r);
/* A loop of this report, replayed under other settings. `out` borrows from `r`. */
int tl_whatif_load(struct tl_store *s, struct tl_report *r, struct tl_finding *f, int attempts,
                   int64_t window_s, struct tl_whatif *out, struct tl_err *err);
/* `report --new`: leaves in the report the loops that are new, have grown, stopped or resumed since the last
 * one to `name`, each marked. What was told is noted only when it was: by the second call, after the report
 * was written. The store must be open for writing, so that nothing changes in between. */
int tl_news_keep(struct tl_store *s, tl_str name, struct tl_report *report, struct tl_err *err);
int tl_news_told(struct tl_store *s, tl_str name, const struct tl_report *report, struct tl_err *err);
/* Looks at the whole database, and compares its derived tables with a fresh detection. 0 whatever it found;
 * to be ended with tl_check_fini, also on failure. */
int tl_check(struct tl_store *s, struct tl_check *out, struct tl_err *err);
void tl_check_fini(struct tl_check *c);
/* Takes records from before `before_s` out of the store, but for what loops that were not over by then rest
 * on, and settings. All or nothing; nothing where these loops would be found otherwise afterwards (TL_EDB).
 */
int tl_prune(struct tl_store *s, int64_t before_s, struct tl_prune *out, struct tl_err *err);
/* Rewrites the derived tables from a detection with the defaults, unless they are what that would give. */
int tl_derive(struct tl_store *s, struct tl_err *err);

/* Adds every rule of the file at `path`, or none. 0; TL_RULES_BAD where it cannot be read, too, or is too
 * large; or TL_ENOMEM. */
int tl_rules_read(struct tl_rules *s, const char *path, struct tl_rule_fault *f, struct tl_err *err);
/* Runs a sample of a rule: its records go through extraction, a store of their own and detection by that rule
 * alone, where one cycle is enough. 0; TL_RULES_BAD when it finds not as many cycles as the sample says, or a
 * record is none; or a failure. */
int tl_rules_run(const struct tl_rules *s, size_t rule, size_t sample, struct tl_rule_fault *f,
                 struct tl_err *err);

/* The raw record of an event, byte for byte, read again from its file. 0; or one of: */
enum {
    TL_RAW_CHANGED = 1, /* the file is there but not the one that was read */
    TL_RAW_GONE,        /* the file is not there */
};
int tl_raw_record(const struct tl_event_origin *o, struct tl_buf *out, struct tl_err *err);
/* The same for n (1 or more) of one file, by offset: it is read once. out[n] and what they hold lie in
 * `arena`. An outcome holds for all of them. */
int tl_raw_records(const struct tl_event_origin *const *o, size_t n, struct tl_arena *arena, tl_str *out,
                   struct tl_err *err);
/* The raw records of a finding's evidence, each file read once: `raw`, or `raw_missing`, of every step. Texts
 * live in `arena`. */
int tl_raw_evidence(struct tl_store *s, struct tl_finding *f, struct tl_arena *arena, struct tl_err *err);

/* Files and damage for `stats`; ended with tl_stats_fini. */
int tl_stats_load(struct tl_store *s, struct tl_stats *out, struct tl_err *err);
void tl_stats_fini(struct tl_stats *s);

#endif
