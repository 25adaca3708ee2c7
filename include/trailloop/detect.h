/* detect: steps to chains to cycles to loops. A pure function: no database, no clock, no locale.
 *
 * What a cycle is, how ties inside one second are read, who belongs to whom and how cycles become loops is
 * told in docs/ARCHITECTURE.md, "Detection".
 */
#ifndef TRAILLOOP_DETECT_H
#define TRAILLOOP_DETECT_H

#include "trailloop/history.h"
#include "trailloop/limits.h"

enum tl_chain_step_kind { TL_CHAIN_VERDICT, TL_CHAIN_ATTEMPT, TL_CHAIN_CHANGE };

struct tl_chain_step {
    enum tl_chain_step_kind kind;
    tl_str api;    /* change: `service:Action`, may hold `*` */
    bool repeated; /* the last step only: takes every further one up to the next cycle too */
};

enum tl_chain_form {
    TL_CHAIN_STEPS,  /* `steps`, one after the other, on one resource */
    TL_CHAIN_TUG,    /* calls that undo each other on one resource; no steps of its own */
    TL_CHAIN_REPEAT, /* one caller's one call with equal parameters on one resource; no steps of its own */
};

/* A chain of steps holds a verdict at most, and then as its first step; an attempt at most, and then right
 * after the verdict, or first where there is none. With a verdict its stream is a resource under a rule, else
 * the resource alone. */
struct tl_chain {
    tl_str name;
    enum tl_chain_form form;
    struct tl_chain_step steps[TL_CHAIN_MAX_STEPS];
    size_t n_steps;
    /* Limits of its own; 0: those of the tl_detect_params. */
    uint32_t min_cycles;
    int64_t max_step_s, max_gap_s;
    bool people; /* a change that a person made may be one of its steps */
    bool direct; /* verdict > change without an automation: see direct.c */
};

/* A chain from its steps as `service:Action` texts, in the order in which they were written: a verdict
 * (config:PutEvaluations), an attempt (ssm:StartAutomationExecution) or a change. A loop has no beginning, so
 * a chain that holds a verdict is turned until it starts with it. Changes by people count. The texts are
 * borrowed for as long as the chain lives. 0, or 1 when they make no chain: *why is then static text and
 * *at_step the place. */
int tl_chain_make(struct tl_chain *out, tl_str name, const tl_str *apis, size_t n_apis, const char **why,
                  size_t *at_step);

/* The built-in chains, the most specific first. */
#define TL_N_CHAINS 5
#define TL_CHAIN_ANY_CHANGE 1 /* config-remediation: verdict > attempt > any change */
extern const struct tl_chain tl_chains[TL_N_CHAINS];

struct tl_detect_params {
    int64_t max_step_s, max_gap_s;
    uint32_t min_cycles;
};

#define TL_DETECT_PARAMS_DEFAULT                                                                             \
    ((struct tl_detect_params){TL_MAX_STEP_DEFAULT_S, TL_MAX_GAP_DEFAULT_S, TL_MIN_CYCLES_DEFAULT})

/* What ties a step of a cycle to the resource, the strongest first (TL_LINK_NONE: needs no tie). */
enum tl_link { TL_LINK_SESSION, TL_LINK_PARAMETER, TL_LINK_RULE, TL_LINK_SEQUENCE, TL_LINK_NONE };
const char *tl_link_name(enum tl_link l); /* static: "session" ...; NULL for TL_LINK_NONE */

struct tl_cycle_step {
    uint32_t step;    /* index into history.steps */
    uint8_t position; /* in the chain */
    uint8_t link;
};

struct tl_cycle {
    uint32_t first_step, n_steps; /* in loops.steps */
    int64_t first_s, last_s;
    bool episode_start; /* the gap before it is no period: a new episode (a tail) or the loop's first cycle */
    bool after_partial; /* a partial cycle lies in the gap before it */
};

/* An attempt that was found to answer a verdict of a loop's resource and rule, in a cycle or not. */
struct tl_answer {
    uint32_t attempt, verdict; /* steps; verdict is TL_NONE when the attempt's verdict is in no log */
    enum tl_link link;
};

struct tl_loop {
    uint32_t chain;                 /* index into the chains given */
    uint64_t also_mask;             /* bit per chain that explains the same cycles */
    uint32_t resource, rule, scope; /* rule: a text; scope: of the verdicts */
    uint32_t first_cycle, n_cycles; /* complete cycles, tails included, in loops.cycles */
    uint32_t n_partial;
    uint32_t first_answer, n_answers; /* in loops.answers: every one on this resource and rule, by time */
    bool order_assumed;
    enum tl_link confidence;
};

/* An attempt that failed, that no successful change of its resource followed, or that answers nothing. */
struct tl_idle_attempt {
    uint32_t attempt;               /* a step */
    uint32_t resource, rule, scope; /* resource TL_NONE: nothing ties it to any */
    uint32_t document;              /* a text; of the rule's configuration where the record does not say it */
    enum tl_link link;              /* of a failed one: what ties it to the resource */
    bool failed;
    bool resumed; /* an attempt with an effect came since the one before on this resource and rule */
};

/* A step that names no resource, and the one it was found to belong to, whether it is part of a loop or not.
 */
struct tl_tied_step {
    uint32_t step, resource;
    uint32_t verdict; /* of an attempt that started: the step that it answers; TL_NONE: it is in no log */
    enum tl_link link;
};

struct tl_loops {
    struct tl_detect_params params; /* they were found with */
    const struct tl_history *h;     /* borrowed: where they were found */
    struct tl_loop *items;          /* by first step's time, then resource, rule */
    size_t n;
    /* Runs of cycles with gaps up to TL_DRIFT_GAP_S that are not just one loop: what people break and
     * remediation repairs may be among them. By first verdict's time, then resource, rule. */
    struct tl_loop *wide;
    size_t n_wide;
    struct tl_cycle *cycles;
    size_t n_cycles;
    struct tl_cycle_step *steps;
    size_t n_steps;
    struct tl_answer *answers;
    size_t n_answers;
    struct tl_idle_attempt *idle; /* by time */
    size_t n_idle;
    struct tl_tied_step *failed; /* changes that failed and name no resource; in the order of the steps */
    size_t n_failed;
};

/* `chains` are in order of preference, the first the most specific: where several explain the same cycles,
 * the first is the loop's and the others are in also_mask. At most TL_CHAINS_MAX. 0 or TL_ENOMEM. On success
 * the caller owns what *out holds. */
int tl_detect(const struct tl_history *h, const struct tl_chain *chains, size_t n_chains,
              const struct tl_detect_params *params, struct tl_loops *out, struct tl_err *err);
void tl_loops_fini(struct tl_loops *l);

/* ---- restless.c: where there may be a loop ----------------------------------------------------- */

/* Whether the calls on one resource may hold a loop of the built-in chains that need no verdict, with the
 * default limits or stricter ones. Said of any part of them that reaches TL_RESTLESS_S beyond what is asked
 * about: where it is said of no part, there is no loop. */
struct tl_restless;
struct tl_restless *tl_restless_new(void); /* NULL: no memory */
void tl_restless_free(struct tl_restless *r);
/* A kind of calls, which may have several numbers. The texts are borrowed for the call. 0 or TL_ENOMEM. */
int tl_restless_kind(struct tl_restless *r, const struct tl_api *api, const struct tl_caller *caller,
                     bool failed, uint32_t *kind);
/* Calls in time order. */
bool tl_restless_look(struct tl_restless *r, const struct tl_call *calls, size_t n);

/* ---- whose attempts -------------------------------------------------------------------------- */

struct tl_tied_steps { /* in the order of the steps; owned */
    struct tl_tied_step *attempts;
    size_t n_attempts;
    struct tl_tied_step *failed; /* attempts that did not start, and changes whose parameters are not there */
    size_t n_failed, cap_failed;
};
/* 0 or TL_ENOMEM. To be ended in both cases. */
int tl_detect_tied(const struct tl_history *h, struct tl_tied_steps *out, struct tl_err *err);
void tl_tied_steps_fini(struct tl_tied_steps *t);

/* ---- what undid what ------------------------------------------------------------------------- */

/* Whether each takes back what the other does: inverse verbs (Authorize and Revoke, Put and Delete ...) of
 * one service on the same thing. What they name (a statement id, a rule) is not looked at. */
bool tl_calls_are_inverse(const struct tl_api *a, const struct tl_api *b);

enum tl_undo_proof {
    TL_UNDO_NAMED, /* inverse calls that name the same: statement id, rule, policy ... */
    TL_UNDO_WHOLE, /* inverse calls that name nothing but the resource */
    TL_UNDO_VALUE, /* the same call with the parameters that held before */
};
struct tl_undo {
    uint32_t by; /* index into the changes given; TL_NONE: nothing undid it */
    enum tl_undo_proof proof;
};
/* For each of the changes of one resource (steps, in time order; failed ones undo nothing and are undone by
 * nothing) the first later one that takes it back, into out[n]. In one second the order is what fits. 0 or
 * TL_ENOMEM. */
int tl_undo_find(const struct tl_history *h, const uint32_t *steps, size_t n, struct tl_undo *out);

#endif
