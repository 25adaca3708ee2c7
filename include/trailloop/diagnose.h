/* diagnose: loops to findings: what drives it, why AWS did not stop it, which settings would, whether it has
 * stopped and how one knows, what it costs. Pure, as detect is.
 *
 * The model of AWS Config's retry limit (docs/ARCHITECTURE.md, "Diagnosis"): at every NON_COMPLIANT verdict
 * at time t, the attempts that started in (t - S, t) are counted (one in the verdict's own second is its
 * answer); N or more, and an exception is put; else an attempt starts.
 */
#ifndef TRAILLOOP_DIAGNOSE_H
#define TRAILLOOP_DIAGNOSE_H

#include "trailloop/detect.h"

enum tl_kind { TL_SELF_SUSTAINING, TL_TUG_OF_WAR };
enum tl_status { TL_RUNNING, TL_STOPPED };
enum tl_cause {
    TL_CAUSE_SETTINGS_CHANGED,
    TL_CAUSE_EXCEPTION,
    TL_CAUSE_REMEDIATION_DELETED,
    TL_CAUSE_RULE_DELETED,
    TL_CAUSE_COMPLIANT,
    TL_CAUSE_RESOURCE_DELETED,
    TL_CAUSE_ATTEMPTS_FAILING,
    TL_CAUSE_UNKNOWN
};
/* Since the last report to the same reader; set by the pipeline, for `report --new` only. */
enum tl_news { TL_NEWS_NONE, TL_NEWS_NEW, TL_NEWS_GROWN, TL_NEWS_STOPPED, TL_NEWS_RESUMED, TL_N_NEWS };
enum tl_role { TL_EVALUATOR, TL_REMEDIATOR, TL_CHANGER, TL_OPPONENT };

/* The words of the JSON report; static. */
const char *tl_kind_name(enum tl_kind k);     /* "self-sustaining", "tug-of-war" */
const char *tl_status_name(enum tl_status s); /* "running", "stopped" */
const char *tl_cause_name(enum tl_cause c);   /* "settings-changed" ... */
const char *tl_news_name(enum tl_news n);     /* "new" ...; NULL for none */
const char *tl_role_name(enum tl_role r);     /* "evaluator" ... */

struct tl_party_call {
    tl_str api; /* service:Action */
    uint64_t n_events;
};

struct tl_party {
    enum tl_role role;
    tl_str principal, user_agent; /* user_agent may be empty */
    uint64_t n_events;
    struct tl_party_call *calls; /* what a changer or opponent does, the most frequent first */
    size_t n_calls;
    tl_str document; /* of an opponent that is another rule's remediation: its runbook; else empty */
};

/* What shows that a loop undoes its own work: the same thing is put and taken away again and again. */
struct tl_proof {
    tl_str what; /* statement id, rule, policy ...; empty where the calls name nothing but the resource */
    tl_str does, undoes; /* service:Action; `undoes` is empty where one call puts two values in turn */
    uint32_t n_times;    /* it was done, and undone; or the values from before were put back */
};

/* An event that a finding points at. */
struct tl_event_ref {
    int64_t time_s;
    struct tl_event_id id;
    tl_str text; /* the id as delivered; filled in by the pipeline */
};

struct tl_retry_pair { /* "until N attempts, within S seconds" */
    int attempts;
    int64_t window_s;
    bool extrapolated; /* more attempts than were seen without a break */
};

/* A pair, and what came of replaying the observed verdicts and attempts under it. */
struct tl_retry_phase {
    int attempts;
    int64_t window_s;
    bool known, trips;
    int64_t from_s; /* its PutRemediationConfigurations, or the loop's start */
    int64_t to_s;   /* the next one, or the loop's end */
    int n_attempts; /* that started in it */
    int most_attempts_in_window;
    int trips_after;              /* after that many attempts since from_s; 0 when it does not trip */
    struct tl_event_ref trips_at; /* the verdict at which it trips */
    struct tl_event_ref most_at;  /* the first verdict before which most attempts stood in the window */
};

struct tl_retry {
    bool settings_known; /* false: not in the log; attempts and window_s are then AWS's defaults */
    int attempts;        /* in force at the end of the loop */
    int64_t window_s;
    struct tl_event_ref settings_event; /* when settings_known */
    bool trips;                  /* replayed over what was observed from their time on, they stop the loop */
    int trips_after;             /* after that many attempts since their time; 0 when they do not trip */
    int most_attempts_in_window; /* that ever fell inside window_s before a verdict */
    struct tl_retry_pair would_stop[3];
    size_t n_would_stop;
    /* Every pair that was in force while the loop ran, in order (the default first if none was known). */
    struct tl_retry_phase *phases; /* in the findings' arena */
    size_t n_phases;
};

struct tl_evidence_step {
    struct tl_event_ref event;
    tl_str api; /* service:Action */
    enum tl_link link;
    bool failed;  /* an attempt or a change that belongs to the loop, and completed nothing */
    bool general; /* the call is none of the table of resources; this and the next four are filled in
                     by the pipeline */
    tl_str source, error;
    uint64_t record, offset; /* which record of its source, from 0, and its first byte, inflated */
    tl_str raw;              /* where it was asked for: the record, byte for byte */
    const char *raw_missing; /* static: why it is not there; NULL when it is, or was not asked for */
};

struct tl_evidence {
    uint32_t cycle; /* from 1 */
    struct tl_evidence_step *steps;
    size_t n_steps;
};

/* A stretch without a single record of one account and region, in which a cycle was due and which is rare
 * there: what lies in it may be missing, and counts are then lower bounds. */
enum tl_gap_place { TL_GAP_BEFORE, TL_GAP_INSIDE, TL_GAP_AFTER };
const char *tl_gap_place_name(enum tl_gap_place p); /* static: "before" ... */
struct tl_coverage_gap {
    tl_str account, region;
    int64_t from_s, to_s; /* whole minutes */
    enum tl_gap_place place;
};

/* What a timeline shows. */
enum tl_moment_kind {
    TL_MOMENT_VERDICT,
    TL_MOMENT_ATTEMPT,
    TL_MOMENT_CHANGE,       /* by the remediation's own hand */
    TL_MOMENT_OTHER_CHANGE, /* by anybody else */
};

struct tl_moment {
    int64_t time_s;
    enum tl_moment_kind kind;
    enum tl_compliance compliance; /* of a verdict */
};

struct tl_control_event {
    struct tl_event_ref event;
    enum tl_control_action action;
    bool automatic; /* these three: of PutRemediationConfigurations */
    int attempts;
    int64_t window_s;
};

struct tl_finding {
    char id[24];         /* of resource, chain, rule and the day the episode starts */
    uint32_t loop;       /* index into the loops that were diagnosed */
    tl_str rule;         /* the chain's name */
    bool without_config; /* no verdicts: the chain is one of calls (and attempts) alone */
    tl_str *also;        /* names of chains that explain the same cycles, in their order */
    size_t n_also;
    enum tl_kind kind;
    struct tl_resource resource;
    tl_str arn;                   /* empty when its form is not known */
    tl_str config_rule, document; /* empty when the log does not name them */
    uint32_t n_cycles, n_partial;
    bool open_cycle;
    int64_t first_s, last_s;
    int64_t period_median_s, period_min_s, period_max_s;
    int64_t schedule_s; /* 0, or 1, 3, 6, 12, 24 hours */
    bool order_assumed;
    enum tl_link confidence;
    enum tl_status status;
    struct { /* for TL_STOPPED */
        int64_t at_s, silence_s;
        bool predicted;
        bool has_event;
        struct tl_event_ref event; /* that is the cause */
        enum tl_cause cause;
        bool has_last_verdict;
        struct tl_event_ref last_verdict;
        enum tl_compliance last_compliance;
        bool last_answered;
    } stopped;
    struct tl_party *parties;
    size_t n_parties;
    bool has_retry;
    struct tl_retry retry;
    enum tl_news news;
    uint64_t n_cycles_told; /* as it was told last; 0 for a new one */
    bool is_drift;          /* within diagnose: no loop, to be listed as recurring drift */
    uint32_t n_opposed; /* cycles in which somebody but the remediation changed the resource before the next
                           verdict */
    uint32_t n_failed_attempts, n_failed_changes;
    uint32_t n_compliant_between;  /* COMPLIANT verdicts inside: then AWS's texts disagree on what counts */
    uint32_t n_tail_cycles;        /* of n_cycles, in a short episode after the loop proper */
    uint32_t n_fired_on_compliant; /* attempts that started while the last verdict was COMPLIANT */
    uint32_t n_fired_twice;        /* attempts that followed another one for the same verdict */
    uint32_t n_withheld; /* its records whose parameters were withheld or omitted: ties may be missing */
    struct tl_coverage_gap *gaps; /* by time */
    size_t n_gaps;
    bool has_proof;
    struct tl_proof proof;
    tl_str scope_region; /* where its verdicts (or calls) were recorded: that coverage can speak for it */
    struct {
        uint64_t n_verdicts, n_items, n_automation_steps;
        double so_far_usd, per_30_days_usd;
    } cost;
    struct tl_evidence *evidence; /* first 3 and last 3 cycles, or all */
    size_t n_evidence;
    /* First verdict and last step of every complete cycle, n_cycles of each. */
    int64_t *cycle_starts_s, *cycle_ends_s;
    /* On its resource and under its rule, from its first verdict to where its story ends, by time. */
    struct tl_moment *moments;
    size_t n_moments;
    struct tl_control_event *controls;
    size_t n_controls;
};

struct tl_rates { /* USD */
    double per_verdict, per_item, per_automation_step;
};
extern const struct tl_rates tl_rates_default;

/* Broken by people or changing parties and repaired by remediation, again and again: no loop. */
struct tl_drift { /* people or changing parties break it, remediation repairs it: one for each resource */
    struct tl_resource resource;
    uint32_t n_cycles;
    int64_t first_s, last_s;
    struct tl_party *parties;
    size_t n_parties;
};

/* Attempts that failed, or that no successful change followed; `error` is filled in by the pipeline. */
struct tl_without_effect {
    bool has_resource;
    struct tl_resource resource;
    tl_str document, error;
    uint32_t n_attempts;
    int64_t first_s, last_s;
    struct tl_event_ref failure; /* an event that shows the error; has_failure */
    bool has_failure;
};

struct tl_findings {
    struct tl_arena arena;
    struct tl_finding *items; /* running first, then by cycles, then by first verdict, then id */
    size_t n;
    struct tl_drift *drift;
    size_t n_drift;
    struct tl_without_effect *without_effect;
    size_t n_without_effect;
};

/* 0 or TL_ENOMEM. The findings borrow texts from `h` and `chains`, which must outlive them. */
int tl_diagnose(const struct tl_history *h, const struct tl_chain *chains, const struct tl_loops *loops,
                const struct tl_rates *rates, bool all_evidence, struct tl_findings *out, struct tl_err *err);
void tl_findings_fini(struct tl_findings *f);

/* The observed verdicts and attempts of a loop (index into loops.items), replayed under a pair of settings as
 * if it had been in force from the first verdict on: *out is that one phase; its events' texts are left out.
 * 0, TL_ENOMEM, or 1 where nothing attempts anything in the loop, so that no settings apply. */
enum { TL_WHATIF_NO_ATTEMPTS = 1 };
int tl_whatif(const struct tl_history *h, const struct tl_chain *chains, const struct tl_loops *loops,
              uint32_t loop, int attempts, int64_t window_s, struct tl_retry_phase *out, struct tl_err *err);

#endif
