/* diagnose: the three rows of the incident's table, the retry arithmetic, status with each cause. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "history_build.h"
#include "trailloop/diagnose.h"

struct found {
    struct build b;
    struct tl_loops loops;
    struct tl_findings findings;
};

static const struct tl_finding *diagnose(struct found *f, uint64_t salt)
{
    struct tl_detect_params p = TL_DETECT_PARAMS_DEFAULT;
    build_sort(&f->b, salt);
    assert_int_equal(tl_detect(&f->b.h, tl_chains, TL_N_CHAINS, &p, &f->loops, NULL), 0);
    assert_int_equal(tl_diagnose(&f->b.h, tl_chains, &f->loops, &tl_rates_default, false, &f->findings, NULL),
                     0);
    assert_int_equal(f->findings.n, 1);
    return &f->findings.items[0];
}

static void found_fini(struct found *f)
{
    tl_findings_fini(&f->findings);
    tl_loops_fini(&f->loops);
    build_fini(&f->b);
}

/* `n` cycles from t_s, a period apart; returns when the next verdict would come. */
static int64_t loop_for(struct build *b, int64_t t_s, int n, int64_t period_s)
{
    for (int i = 0; i < n; i++, t_s += period_s) {
        build_verdict(b, t_s, 0, "rule", TL_NON_COMPLIANT);
        build_attempt(b, t_s + 5, "runbook", NULL);
        build_change(b, t_s + 10, 0, API_REMOVE, NULL);
        build_change(b, t_s + 11, 0, API_ADD, NULL);
    }
    return t_s;
}

/* The log goes on to this time. */
static void log_ends(struct build *b, int64_t t_s)
{
    b->h.scopes[0].last_s = t_s;
}

static void ten_in_600_never_fit(void **state)
{
    (void)state;
    struct found f = {0};
    build_init(&f.b, 1);
    build_settings(&f.b, 500, "rule", "runbook", 10, 600);
    log_ends(&f.b, loop_for(&f.b, 1000, 40, 150));
    const struct tl_finding *x = diagnose(&f, 1);
    assert_int_equal(x->status, TL_RUNNING);
    assert_int_equal(x->kind, TL_SELF_SUSTAINING);
    assert_int_equal(x->confidence, TL_LINK_RULE);
    assert_true(x->has_retry && x->retry.settings_known);
    assert_int_equal(x->retry.attempts, 10);
    assert_int_equal(x->retry.window_s, 600);
    assert_false(x->retry.trips);
    assert_int_equal(x->retry.most_attempts_in_window,
                     4); /* one each 150 s, less the answer to the verdict itself */
    assert_int_equal(x->retry.n_would_stop, 3);
    /* 1, 5 and 10 passes of 150 s, plus a quarter, up to a minute */
    static const int64_t windows[] = {240, 960, 1920};
    static const int attempts[] = {1, 5, 10};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(x->retry.would_stop[i].attempts, attempts[i]);
        assert_int_equal(x->retry.would_stop[i].window_s, windows[i]);
        assert_false(x->retry.would_stop[i].extrapolated);
    }
    assert_int_equal(x->period_median_s, 150);
    assert_int_equal(x->n_cycles, 40);
    found_fini(&f);
}

static void one_in_60_never_fits(void **state)
{
    (void)state;
    struct found f = {0};
    build_init(&f.b, 1);
    build_settings(&f.b, 500, "rule", "runbook", 1, 60);
    log_ends(&f.b, loop_for(&f.b, 1000, 20, 150));
    const struct tl_finding *x = diagnose(&f, 2);
    assert_int_equal(x->status, TL_RUNNING);
    assert_false(x->retry.trips);
    assert_int_equal(x->retry.most_attempts_in_window, 0);
    assert_int_equal(x->retry.n_would_stop, 2); /* 1 and 5: 1 is configured too */
    found_fini(&f);
}

static void one_in_600_stops_it(void **state)
{
    (void)state;
    struct found f = {0};
    build_init(&f.b, 1);
    build_settings(&f.b, 500, "rule", "runbook", 10, 600);
    int64_t t = loop_for(&f.b, 1000, 40, 150);
    build_settings(&f.b, t - 60, "rule", "runbook", 1, 60);
    t = loop_for(&f.b, t, 20, 150);
    build_settings(&f.b, t - 60, "rule", "runbook", 1, 600);
    build_verdict(&f.b, t, 0, "rule", TL_NON_COMPLIANT); /* not answered */
    int64_t proof = t + 1200;
    build_change(&f.b, proof - 31, 0, API_REMOVE, NULL); /* by hand */
    build_change(&f.b, proof - 30, 0, API_ADD, NULL);
    loop_for(&f.b, proof, 1, 150);
    build_verdict(&f.b, proof + 41, 0, "rule", TL_NON_COMPLIANT);
    log_ends(&f.b, proof + 41 + 11520);
    const struct tl_finding *x = diagnose(&f, 3);
    assert_int_equal(x->n_cycles, 61);
    assert_int_equal(x->n_tail_cycles, 1);
    assert_int_equal(x->n_partial, 0);
    assert_int_equal(x->status, TL_STOPPED);
    assert_int_equal(x->stopped.cause, TL_CAUSE_SETTINGS_CHANGED);
    assert_false(x->stopped.predicted);
    assert_true(x->stopped.has_event);
    assert_int_equal(x->stopped.silence_s, 11520);
    assert_int_equal(x->stopped.last_compliance, TL_NON_COMPLIANT);
    assert_false(x->stopped.last_answered);
    assert_int_equal(x->stopped.at_s, proof + 41);
    assert_false(x->open_cycle);
    assert_int_equal(x->retry.n_phases, 3);
    assert_false(x->retry.phases[0].trips);
    assert_false(x->retry.phases[1].trips);
    assert_true(x->retry.phases[2].trips);
    assert_true(x->retry.trips);
    assert_int_equal(x->retry.trips_after, 1);
    assert_int_equal(x->period_max_s, 150);
    assert_int_equal(x->last_s, proof + 41);
    found_fini(&f);
}

static void settings_that_were_there_all_along_predict_an_exception(void **state)
{
    (void)state;
    struct found f = {0};
    build_init(&f.b, 1);
    build_settings(&f.b, 500, "rule", "runbook", 3, 600);
    int64_t t = loop_for(&f.b, 1000, 3, 150);
    build_verdict(&f.b, t, 0, "rule", TL_NON_COMPLIANT);
    log_ends(&f.b, t + 60);
    const struct tl_finding *x = diagnose(&f, 4);
    assert_int_equal(x->status, TL_STOPPED); /* a cause beats the clock */
    assert_int_equal(x->stopped.cause, TL_CAUSE_EXCEPTION);
    assert_true(x->stopped.predicted);
    assert_false(x->stopped.has_event);
    assert_int_equal(x->retry.trips_after, 3);
    found_fini(&f);
}

/* A control event after the loop. */
static void control(struct build *b, int64_t t_s, enum tl_control_action action, uint32_t resource)
{
    build_settings(b, t_s, "rule", "", 5, 60);
    struct tl_control_step *c = &b->h.controls[b->h.n_controls - 1];
    c->action = action;
    c->resource = resource;
    c->document = 0;
}

static void each_cause_is_told(void **state)
{
    (void)state;
    for (int row = 0; row < 6; row++) {
        struct found f = {0};
        build_init(&f.b, 1);
        int64_t t = loop_for(&f.b, 1000, 10, 150);
        enum tl_cause cause = TL_CAUSE_UNKNOWN;
        switch (row) {
        case 0:
            control(&f.b, t, TL_DELETE_REMEDIATION_CONFIGURATION, TL_NONE);
            cause = TL_CAUSE_REMEDIATION_DELETED;
            break;
        case 1:
            control(&f.b, t, TL_DELETE_CONFIG_RULE, TL_NONE);
            cause = TL_CAUSE_RULE_DELETED;
            break;
        case 2:
            control(&f.b, t, TL_PUT_REMEDIATION_EXCEPTION, 0);
            cause = TL_CAUSE_EXCEPTION;
            break;
        case 3:
            build_verdict(&f.b, t, 0, "rule", TL_COMPLIANT);
            cause = TL_CAUSE_COMPLIANT;
            break;
        case 4: {
            build_verdict(&f.b, t, 0, "rule", TL_NON_COMPLIANT);
            uint32_t a = build_attempt(&f.b, t + 5, "", NULL);
            f.b.h.steps[a].flags = TL_STEP_FAILED;
            cause = TL_CAUSE_ATTEMPTS_FAILING;
            break;
        }
        default:
            break;
        }
        log_ends(&f.b, t + 7200);
        const struct tl_finding *x = diagnose(&f, (uint64_t)row);
        assert_int_equal(x->status, TL_STOPPED);
        assert_int_equal(x->stopped.cause, cause);
        assert_false(x->stopped.predicted);
        assert_int_equal(x->n_failed_attempts, row == 4);
        found_fini(&f);
    }
}

static void the_clock_decides_without_a_cause(void **state)
{
    (void)state;
    for (int64_t silence = 1200; silence <= 1201; silence++) { /* two periods of 150 s and 15 minutes */
        struct found f = {0};
        build_init(&f.b, 1);
        int64_t t = loop_for(&f.b, 1000, 10, 150);
        log_ends(&f.b, t - 150 + 11 + silence);
        const struct tl_finding *x = diagnose(&f, 1);
        assert_int_equal(x->status, silence == 1200 ? TL_RUNNING : TL_STOPPED);
        found_fini(&f);
    }
}

static void a_loop_that_another_one_follows_has_ended(void **state)
{
    (void)state;
    struct found f = {0};
    struct tl_detect_params p = TL_DETECT_PARAMS_DEFAULT;
    build_init(&f.b, 1);
    int64_t t = loop_for(&f.b, 1000, 6, 150);
    log_ends(&f.b, loop_for(&f.b, t + 460, 6, 150)); /* the pause is within two periods and 15 minutes */
    build_sort(&f.b, 1);
    assert_int_equal(tl_detect(&f.b.h, tl_chains, TL_N_CHAINS, &p, &f.loops, NULL), 0);
    assert_int_equal(tl_diagnose(&f.b.h, tl_chains, &f.loops, &tl_rates_default, false, &f.findings, NULL),
                     0);
    assert_int_equal(f.findings.n, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct tl_finding *x = &f.findings.items[i];
        assert_int_equal(x->status, x->first_s == 1000 ? TL_STOPPED : TL_RUNNING);
    }
    found_fini(&f);
}

static void another_automation_makes_it_a_tug_of_war(void **state)
{
    (void)state;
    struct found f = {0};
    build_init(&f.b, 1);
    for (int i = 0; i < 10; i++) {
        int64_t t = 1000 + i * 600;
        build_verdict(&f.b, t, 0, "rule", TL_NON_COMPLIANT);
        build_attempt(&f.b, t + 5, "runbook", NULL);
        build_change(&f.b, t + 10, 0, API_REMOVE, NULL);
        build_verdict(&f.b, t + 40, 0, "rule", TL_COMPLIANT);
        uint32_t undo = build_change(&f.b, t + 500, 0, API_ADD, NULL);
        f.b.h.steps[undo].caller = 1;
    }
    f.b.h.callers[1].person = false;
    const struct tl_finding *x = diagnose(&f, 1);
    assert_int_equal(x->kind, TL_TUG_OF_WAR);
    assert_int_equal(x->n_compliant_between, 10);
    const struct tl_party *last = &x->parties[x->n_parties - 1];
    assert_int_equal(last->role, TL_OPPONENT);
    assert_true(tl_str_eq(last->principal, TL_STR("arn:aws:iam::111122223333:user/ann")));
    found_fini(&f);
}

/* `n` cycles of an hour that end in a COMPLIANT verdict; another automation undoes those of the mask. Returns
 * when the next one would begin. */
static int64_t undone_by_another(struct build *b, int n, unsigned mask)
{
    for (int i = 0; i < n; i++) {
        int64_t t = 10000 + i * 3600;
        build_verdict(b, t, 0, "rule", TL_NON_COMPLIANT);
        build_attempt(b, t + 5, "runbook", NULL);
        build_change(b, t + 10, 0, API_REMOVE, NULL);
        build_verdict(b, t + 40, 0, "rule", TL_COMPLIANT);
        if (mask >> i & 1) {
            size_t step = build_change(b, t + 3000, 0, API_ADD, NULL); /* which may move the steps */
            b->h.steps[step].caller = 1;
        }
    }
    b->h.callers[1].person = false;
    return 10000 + n * 3600;
}

/* Of the times between cycles: after the last one there may be none left. */
static void who_undoes_most_times_is_the_opponent(void **state)
{
    (void)state;
    static const struct {
        int n;
        unsigned mask;
        enum tl_kind kind;
    } rows[] = {{4, 3, TL_TUG_OF_WAR},
                {4, 5, TL_TUG_OF_WAR},
                {4, 1, TL_SELF_SUSTAINING},
                {6, 021, TL_SELF_SUSTAINING},
                {6, 025, TL_TUG_OF_WAR}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct found f = {0};
        build_init(&f.b, 1);
        log_ends(&f.b, undone_by_another(&f.b, rows[i].n, rows[i].mask));
        const struct tl_finding *x = diagnose(&f, i);
        if (x->kind != rows[i].kind)
            fail_msg("row %zu: kind %d", i, (int)x->kind);
        found_fini(&f);
    }
}

/* In one cycle the log has lost the remediation's change, so that the opponent's is the first; or, by the
 * sequence alone, an attempt of another runbook is taken for the answer; or the remediation has a new role:
 * the opponent is who it was. */
static void one_odd_cycle_makes_no_opponent_of_the_remediation(void **state)
{
    (void)state;
    for (int row = 0; row < 3; row++) {
        bool lost = row == 1;
        struct found f = {0};
        build_init_robots(&f.b, 1);
        for (int i = 0; i < 6; i++) {
            int64_t t = 10000 + i * 3600;
            build_verdict(&f.b, t, 0, "rule", TL_NON_COMPLIANT);
            build_attempt(&f.b, t + 5, i == 2 && row == 0 ? "another" : "runbook", NULL);
            if (i != 2 || !lost)
                build_change_by(&f.b, t + 10, 0, API_ADD, i > 3 && row == 2 ? ROBOT_B : ROBOT_A);
            size_t step = build_change(&f.b, t + 600, 0, API_REMOVE, NULL); /* which may move the steps */
            f.b.h.steps[step].caller = 1;
        }
        f.b.h.callers[1].person = false;
        const struct tl_finding *x = diagnose(&f, (uint64_t)row);
        assert_int_equal(x->kind, TL_TUG_OF_WAR);
        for (size_t i = 0; i < x->n_parties; i++) {
            bool other = tl_str_eq(x->parties[i].principal, f.b.h.callers[1].principal);
            if (x->parties[i].role == TL_OPPONENT || other)
                assert_true(x->parties[i].role == TL_OPPONENT && other);
        }
        found_fini(&f);
    }
}

/* Where each cycle has a COMPLIANT verdict, the last one of them is no cause if the resource was
 * NON_COMPLIANT once more and nobody answered. */
static void a_compliant_verdict_that_was_undone_stopped_nothing(void **state)
{
    (void)state;
    for (int known = 0; known < 2; known++) {
        struct found f = {0};
        build_init(&f.b, 1);
        if (known)
            build_settings(&f.b, 500, "rule", "runbook", 5, 20000);
        int64_t t = undone_by_another(&f.b, 5, 037);
        build_verdict(&f.b, t, 0, "rule", TL_NON_COMPLIANT);
        log_ends(&f.b, t + 36000);
        const struct tl_finding *x = diagnose(&f, (uint64_t)known);
        assert_int_equal(x->status, TL_STOPPED);
        assert_int_equal(x->stopped.cause, known ? TL_CAUSE_EXCEPTION : TL_CAUSE_UNKNOWN);
        assert_true(x->stopped.predicted == (known == 1));
        found_fini(&f);
    }
}

static void a_person_who_breaks_what_was_repaired_is_drift(void **state)
{
    (void)state;
    struct found f = {0};
    struct tl_detect_params p = TL_DETECT_PARAMS_DEFAULT;
    build_init(&f.b, 1);
    for (int i = 0; i < 10; i++) {
        int64_t t = 1000 + i * 600;
        build_verdict(&f.b, t, 0, "rule", TL_NON_COMPLIANT);
        build_attempt(&f.b, t + 5, "runbook", NULL);
        build_change(&f.b, t + 10, 0, API_REMOVE, NULL);
        build_verdict(&f.b, t + 40, 0, "rule", TL_COMPLIANT);
        size_t step = build_change(&f.b, t + 500, 0, API_ADD, NULL); /* which may move the steps */
        f.b.h.steps[step].caller = 1;
    }
    build_sort(&f.b, 1);
    assert_int_equal(tl_detect(&f.b.h, tl_chains, TL_N_CHAINS, &p, &f.loops, NULL), 0);
    assert_int_equal(tl_diagnose(&f.b.h, tl_chains, &f.loops, &tl_rates_default, false, &f.findings, NULL),
                     0);
    assert_int_equal(f.findings.n, 0);
    assert_int_equal(f.findings.n_drift, 1);
    assert_int_equal(f.findings.drift[0].n_cycles, 10);
    assert_int_equal(f.findings.drift[0].parties[f.findings.drift[0].n_parties - 1].role, TL_OPPONENT);
    found_fini(&f);
}

/* Denied or throttled, with the parameters still in the record: it names the function. */
static void failed_change(struct build *b, int64_t t_s, uint32_t api, uint32_t caller)
{
    uint32_t at = build_change(b, t_s, 0, api, NULL);
    b->h.steps[at].caller = caller;
    b->h.steps[at].flags |= TL_STEP_FAILED;
}

static void a_failed_change_is_tied_as_its_caller_s_others_are(void **state)
{
    (void)state;
    const struct tl_detect_params defaults = TL_DETECT_PARAMS_DEFAULT;
    const int64_t max_step_s = defaults.max_step_s;
    enum { CYCLES = 3, API_TAG = 3 };
    enum tl_link links[2 * CYCLES];
    size_t n = 0;
    struct found f = {0};
    build_init(&f.b, 1);
    struct tl_history *h = &f.b.h;
    assert_int_equal(tl_grow(&h->apis, &h->cap_apis, API_TAG + 1, sizeof *h->apis), 0);
    h->apis[h->n_apis++] = (struct tl_api){TL_STR("tagging"), TL_STR("TagResources")};
    build_settings(&f.b, 500, "rule", "runbook", 10, 600);
    int64_t period_s = 3 * max_step_s, t = 1000;
    loop_for(&f.b, t, CYCLES, period_s);
    failed_change(&f.b, t + 12, API_ADD, 0); /* by the runbook's role, which the rule's document ties */
    failed_change(&f.b, t + 13, API_ADD, 1); /* by a person */
    t += period_s;
    failed_change(&f.b, t + 12, API_TAG, 0); /* of another service */
    failed_change(&f.b, t + 2 * max_step_s, API_OTHER, 0);
    failed_change(&f.b, t + 2 * max_step_s + 1, API_OTHER, 0); /* long after the cycle */
    t += period_s;
    failed_change(&f.b, t + 12, API_REMOVE, 0);
    log_ends(&f.b, t + 60);
    const struct tl_finding *x = diagnose(&f, 5);
    assert_int_equal(x->n_cycles, CYCLES);
    assert_int_equal(x->n_failed_changes, 6);
    for (size_t i = 0; i < x->n_evidence; i++)
        for (size_t k = 0; k < x->evidence[i].n_steps; k++)
            if (x->evidence[i].steps[k].failed)
                links[n++] = x->evidence[i].steps[k].link;
    assert_int_equal(n, 6);
    static const enum tl_link expected[] = {TL_LINK_RULE, TL_LINK_SEQUENCE, TL_LINK_SEQUENCE,
                                            TL_LINK_RULE, TL_LINK_SEQUENCE, TL_LINK_RULE};
    for (size_t i = 0; i < n; i++)
        assert_int_equal(links[i], expected[i]);
    found_fini(&f);
}

static void silence_ends_where_the_next_loop_begins(void **state)
{
    (void)state;
    struct found f = {0};
    struct tl_detect_params p = TL_DETECT_PARAMS_DEFAULT;
    build_init(&f.b, 1);
    int64_t t = loop_for(&f.b, 1000, 10, 150);
    loop_for(&f.b, t + 7200, 10, 150);
    log_ends(&f.b, t + 100000);
    build_sort(&f.b, 1);
    assert_int_equal(tl_detect(&f.b.h, tl_chains, TL_N_CHAINS, &p, &f.loops, NULL), 0);
    assert_int_equal(tl_diagnose(&f.b.h, tl_chains, &f.loops, &tl_rates_default, false, &f.findings, NULL),
                     0);
    assert_int_equal(f.findings.n, 2);
    assert_int_equal(f.findings.items[0].status, TL_STOPPED);
    assert_true(f.findings.items[0].stopped.silence_s < 7400);
    assert_true(f.findings.items[1].stopped.silence_s > 90000);
    found_fini(&f);
}

static void an_exception_is_not_predicted_where_the_model_failed_before(void **state)
{
    (void)state;
    struct found f = {0};
    build_init(&f.b, 1);
    build_settings(&f.b, 500, "rule", "runbook", 3, 600);
    int64_t t = loop_for(&f.b, 1000, 20, 150); /* the fourth verdict should have been the last */
    build_verdict(&f.b, t, 0, "rule", TL_NON_COMPLIANT);
    log_ends(&f.b, t + 7200);
    const struct tl_finding *x = diagnose(&f, 4);
    assert_int_equal(x->stopped.cause, TL_CAUSE_UNKNOWN);
    assert_true(x->retry.trips);
    found_fini(&f);
}

static void a_second_attempt_for_a_verdict_counts(void **state)
{
    (void)state;
    struct found f = {0};
    build_init(&f.b, 1);
    build_settings(&f.b, 500, "rule", "runbook", 8, 600);
    int64_t t = loop_for(&f.b, 1000, 10, 150);
    for (int i = 0; i < 10; i++)
        build_attempt(&f.b, 1006 + i * 150, "runbook", NULL);
    log_ends(&f.b, t);
    const struct tl_finding *x = diagnose(&f, 4);
    assert_int_equal(x->n_cycles, 10);
    assert_int_equal(x->retry.most_attempts_in_window, 8);
    assert_true(x->retry.trips);
    assert_int_equal(x->parties[1].role, TL_REMEDIATOR);
    assert_int_equal(x->parties[1].n_events, 20);
    found_fini(&f);
}

static void too_many_attempts_are_extrapolated_and_too_long_windows_left_out(void **state)
{
    (void)state;
    struct found f = {0};
    build_init(&f.b, 1);
    build_settings(&f.b, 500, "rule", "runbook", 25, 60);
    loop_for(&f.b, 1000, 4, 80000);
    const struct tl_finding *x = diagnose(&f, 1);
    assert_int_equal(x->retry.n_would_stop, 3);
    assert_false(x->retry.would_stop[0].extrapolated);
    assert_true(x->retry.would_stop[1].extrapolated);
    assert_int_equal(x->retry.would_stop[2].window_s, 2500020); /* 25 times 80,000 s and a quarter */
    assert_int_equal(x->schedule_s, 0);
    found_fini(&f);
    f = (struct found){0};
    build_init(&f.b, 1);
    build_settings(&f.b, 500, "rule", "runbook", 25, 60);
    loop_for(&f.b, 1000, 4, 86400); /* 25 of them, plus a quarter, pass 2,678,000 s */
    x = diagnose(&f, 1);
    assert_int_equal(x->schedule_s, 86400);
    assert_int_equal(x->retry.n_would_stop, 2);
    found_fini(&f);
}

static struct tl_retry_phase whatif(const struct found *f, int attempts, int64_t window_s)
{
    struct tl_retry_phase p;
    assert_int_equal(
        tl_whatif(&f->b.h, tl_chains, &f->loops, f->findings.items[0].loop, attempts, window_s, &p, NULL), 0);
    assert_int_equal(p.attempts, attempts);
    assert_int_equal(p.window_s, window_s);
    return p;
}

static void any_pair_can_be_tried(void **state)
{
    (void)state;
    struct found f = {0};
    build_init(&f.b, 1);
    build_settings(&f.b, 500, "rule", "runbook", 10, 600);
    loop_for(&f.b, 1000, 40, 150); /* attempts at 1005, 1155 ...; verdicts at 1000, 1150 ... */
    diagnose(&f, 1);
    struct tl_retry_phase p = whatif(&f, 1, 145);
    assert_false(p.trips); /* the attempt is 145 s old at the next verdict: the window is open at that end */
    assert_int_equal(p.most_attempts_in_window, 0);
    assert_int_equal(p.n_attempts, 40);
    p = whatif(&f, 1, 146);
    assert_true(p.trips);
    assert_int_equal(p.trips_after, 1);
    assert_int_equal(p.trips_at.time_s, 1150);
    p = whatif(&f, 25, 3746); /* the verdict after 25 attempts is 25 * 150 s after the first */
    assert_true(p.trips);
    assert_int_equal(p.trips_after, 25);
    assert_int_equal(p.trips_at.time_s, 1000 + 25 * 150);
    p = whatif(&f, 25, 3745);
    assert_false(p.trips);
    assert_int_equal(p.most_attempts_in_window, 24);
    assert_int_equal(p.most_at.time_s, 1000 + 24 * 150);
    found_fini(&f);
}

/* The model of SCENARIO.md word by word, over random loops: every pair gives the same. */
static void replay_equals_the_model_done_by_hand(void **state)
{
    (void)state;
    uint64_t seed = 77;
    for (int round = 0; round < 60; round++) {
        struct found f = {0};
        int64_t t[64], n = 4 + (int64_t)(random_next(&seed) % 40);
        build_init(&f.b, 1);
        for (int64_t i = 0, at = 1000; i < n; i++, at += 30 + (int64_t)(random_next(&seed) % 60)) {
            t[i] = at;
            loop_for(&f.b, at, 1, 0);
        }
        diagnose(&f, (uint64_t)round);
        for (int k = 0; k < 40; k++) {
            int attempts = 1 + (int)(random_next(&seed) % 25), after = 0;
            int64_t window_s = 1 + (int64_t)(random_next(&seed) % 2000), at_s = 0;
            for (int64_t i = 0; i < n && !after; i++) { /* the attempt of cycle j starts at t[j] + 5 */
                int inside = 0;
                for (int64_t j = 0; j < n; j++)
                    inside += t[j] + 5 < t[i] && t[j] + 5 > t[i] - window_s;
                if (inside >= attempts) {
                    after = (int)i;
                    at_s = t[i];
                }
            }
            struct tl_retry_phase p = whatif(&f, attempts, window_s);
            assert_int_equal(p.trips, after > 0);
            assert_int_equal(p.trips_after, after);
            assert_int_equal(p.trips ? p.trips_at.time_s : 0, at_s);
        }
        found_fini(&f);
    }
}

static void no_attempts_no_settings_to_try(void **state)
{
    (void)state;
    static const struct tl_chain direct = {.name = {"direct", 6},
                                           .steps = {{TL_CHAIN_VERDICT}, {TL_CHAIN_CHANGE, {"*", 1}, true}},
                                           .n_steps = 2};
    struct tl_detect_params params = TL_DETECT_PARAMS_DEFAULT;
    struct tl_retry_phase p;
    struct found f = {0};
    build_init(&f.b, 1);
    for (int64_t t = 1000; t < 2000; t += 100) {
        build_verdict(&f.b, t, 0, "rule", TL_NON_COMPLIANT);
        build_change(&f.b, t + 10, 0, API_ADD, NULL);
    }
    build_sort(&f.b, 1);
    assert_int_equal(tl_detect(&f.b.h, &direct, 1, &params, &f.loops, NULL), 0);
    assert_int_equal(f.loops.n, 1);
    assert_int_equal(tl_whatif(&f.b.h, &direct, &f.loops, 0, 5, 60, &p, NULL), TL_WHATIF_NO_ATTEMPTS);
    found_fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_in_600_never_fit),
        cmocka_unit_test(one_in_60_never_fits),
        cmocka_unit_test(one_in_600_stops_it),
        cmocka_unit_test(settings_that_were_there_all_along_predict_an_exception),
        cmocka_unit_test(each_cause_is_told),
        cmocka_unit_test(the_clock_decides_without_a_cause),
        cmocka_unit_test(a_loop_that_another_one_follows_has_ended),
        cmocka_unit_test(another_automation_makes_it_a_tug_of_war),
        cmocka_unit_test(who_undoes_most_times_is_the_opponent),
        cmocka_unit_test(one_odd_cycle_makes_no_opponent_of_the_remediation),
        cmocka_unit_test(a_compliant_verdict_that_was_undone_stopped_nothing),
        cmocka_unit_test(a_person_who_breaks_what_was_repaired_is_drift),
        cmocka_unit_test(a_failed_change_is_tied_as_its_caller_s_others_are),
        cmocka_unit_test(silence_ends_where_the_next_loop_begins),
        cmocka_unit_test(an_exception_is_not_predicted_where_the_model_failed_before),
        cmocka_unit_test(a_second_attempt_for_a_verdict_counts),
        cmocka_unit_test(too_many_attempts_are_extrapolated_and_too_long_windows_left_out),
        cmocka_unit_test(any_pair_can_be_tried),
        cmocka_unit_test(replay_equals_the_model_done_by_hand),
        cmocka_unit_test(no_attempts_no_settings_to_try),
    };
    return cmocka_run_group_tests_name("diagnose", tests, NULL, NULL);
}
