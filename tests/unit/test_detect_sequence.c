/* detect: where nothing but the sequence ties changes to a verdict or an attempt. A remediation stays one
 * whatever else its callers do; a deployment beside verdicts and other people's attempts makes none. And
 * where a session goes against the sequence, in a chain without a verdict. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "history_build.h"

static const struct tl_detect_params defaults = TL_DETECT_PARAMS_DEFAULT;

/* What happens in each pass, so long after its beginning. */
enum what { END, VERDICT, OTHER_VERDICT, ATTEMPT, REMOVE, ADD, UPDATE };
enum { OTHER_ROBOT = 2 }; /* after those of build_init */
enum when { ALWAYS, EVERY_SECOND, EVERY_THIRD, NO_FOURTH, ONCE };
struct moment {
    enum what what;
    int64_t at_s;
    enum when when;
    bool moves; /* its parameters are others every time */
    bool other; /* by another automation */
    bool late;  /* in a pass that takes longer, by so much later */
};
struct story {
    const char *what;
    int64_t period_s;
    int n_passes;
    size_t n_loops;
    uint32_t n_cycles; /* of each loop */
    struct moment moments[10];
    int64_t longer_s; /* so much longer, at most, some passes take */
};

static void tell(struct build *b, const struct moment *m, int64_t t, int pass)
{
    if ((m->when == EVERY_SECOND && pass % 2) || (m->when == EVERY_THIRD && pass % 3) ||
        (m->when == NO_FOURTH && pass % 4 == 3) || (m->when == ONCE && pass != 4))
        return;
    if (m->what == ATTEMPT) {
        build_attempt(b, t, "runbook", NULL);
    } else if (m->what == VERDICT || m->what == OTHER_VERDICT) {
        build_verdict(b, t, 0, m->what == VERDICT ? "rule" : "other", TL_NON_COMPLIANT);
    } else {
        uint32_t step = build_change(b, t, 0, (uint32_t)(m->what - REMOVE), NULL);
        b->h.steps[step].caller = m->other ? OTHER_ROBOT : 0;
        b->h.steps[step].fingerprint = (uint64_t)m->what + (m->moves ? 100 * (uint64_t)(pass + 1) : 0);
    }
}

static void build_story(struct build *b, const struct story *s, uint64_t salt)
{
    static const struct tl_caller other = {.principal = {"arn:aws:iam::111122223333:role/other", 36}};
    struct tl_history *h = &b->h;
    build_init(b, 1);
    assert_int_equal(tl_grow(&h->callers, &h->cap_callers, OTHER_ROBOT + 1, sizeof *h->callers), 0);
    h->callers[h->n_callers++] = other;
    int64_t t = 100000;
    for (int pass = 0; pass < s->n_passes; pass++) {
        int64_t longer_s = s->longer_s * (pass * 3 % 5) / 4;
        for (const struct moment *m = s->moments; m->what != END; m++)
            tell(b, m, t + m->at_s + (m->late ? longer_s : 0), pass);
        t += s->period_s + longer_s;
    }
    build_sort(b, salt);
}

static void check(const struct story *s, size_t n, uint32_t min_cycles)
{
    struct tl_detect_params p = defaults;
    p.min_cycles = min_cycles;
    for (size_t i = 0; i < n; i++) {
        struct build b;
        struct tl_loops l;
        build_story(&b, &s[i], i);
        assert_int_equal(tl_detect(&b.h, tl_chains, TL_N_CHAINS, &p, &l, NULL), 0);
        if (l.n != s[i].n_loops)
            fail_msg("%s: %zu loops", s[i].what, l.n);
        for (size_t k = 0; k < l.n; k++)
            if (l.items[k].n_cycles != s[i].n_cycles)
                fail_msg("%s: %u cycles by chain %u", s[i].what, l.items[k].n_cycles, l.items[k].chain);
        tl_loops_fini(&l);
        build_fini(&b);
    }
}

static void a_remediation_is_one_whatever_else_its_caller_does(void **state)
{
    (void)state;
    static const struct story stories[] = {
        {"a slow runbook, always as slow", 1000, 8, 1, 8, {{VERDICT, 0}, {ATTEMPT, 400}, {REMOVE, 420}}},
        {"a slow last step, right before the next verdict",
         70,
         3,
         1,
         3,
         {{VERDICT, 0}, {ATTEMPT, 4}, {REMOVE, 8}, {ADD, 68}}},
        {"the same with other parameters every time",
         70,
         3,
         1,
         3,
         {{VERDICT, 0}, {ATTEMPT, 4}, {REMOVE, 8}, {UPDATE, 68, .moves = true}}},
        {"a step that takes as long as one may",
         950,
         3,
         1,
         3,
         {{VERDICT, 0}, {ATTEMPT, 4}, {UPDATE, 8, .moves = true}, {UPDATE, 908, .moves = true}}},
        {"an hour to the next verdict", 3600, 3, 1, 3, {{VERDICT, 0}, {ATTEMPT, 4}, {REMOVE, 8}, {ADD, 9}}},
        {"other work between, as often",
         7200,
         6,
         1,
         6,
         {{VERDICT, 0}, {ATTEMPT, 4}, {REMOVE, 8}, {ADD, 9}, {UPDATE, 3600, .moves = true}}},
        {"other work between, three times as often",
         10800,
         6,
         1,
         6,
         {{VERDICT, 0},
          {ATTEMPT, 4},
          {REMOVE, 8},
          {ADD, 9},
          {UPDATE, 3000, .moves = true},
          {UPDATE, 6000, .moves = true},
          {UPDATE, 9000, .moves = true}}},
        {"more of its own before its answer",
         3600,
         3,
         1,
         3,
         {{VERDICT, 0}, {UPDATE, 2, .moves = true}, {ATTEMPT, 4}, {REMOVE, 8}, {ADD, 9}}},
        {"run by hand before each verdict",
         7200,
         3,
         1,
         3,
         {{REMOVE, 0}, {ADD, 1}, {VERDICT, 30}, {ATTEMPT, 34}, {REMOVE, 40}, {ADD, 41}}},
        {"one role that takes back what it did",
         3600,
         4,
         1,
         4,
         {{ADD, 0}, {VERDICT, 60}, {ATTEMPT, 64}, {REMOVE, 70}}},
        {"every second verdict is lost",
         1000,
         5,
         1,
         3,
         {{VERDICT, 0, EVERY_SECOND}, {ATTEMPT, 4}, {REMOVE, 8}, {ADD, 9}}},
        {"without an automation, with a slow step right before the next verdict",
         500,
         4,
         1,
         4,
         {{VERDICT, 0}, {REMOVE, 5}, {ADD, 6}, {REMOVE, 7}, {ADD, 8}, {UPDATE, 480, .moves = true}}},
        {"a step that takes now more, now less",
         120,
         8,
         1,
         8,
         {{VERDICT, 0}, {ATTEMPT, 4}, {REMOVE, 8}, {ADD, 98, .late = true}},
         .longer_s = 200},
        {"work before each verdict that another rule's remediation prompts",
         300,
         8,
         2,
         8,
         {{OTHER_VERDICT, 0},
          {ATTEMPT, 4},
          {UPDATE, 8, .moves = true},
          {VERDICT, 60},
          {ATTEMPT, 64},
          {REMOVE, 70}},
         .longer_s = 400},
        {"other duties of its role, at any time",
         600,
         12,
         1,
         12,
         {{VERDICT, 0},
          {ATTEMPT, 4},
          {REMOVE, 5},
          {ADD, 6},
          {UPDATE, 280, EVERY_SECOND, .moves = true},
          {UPDATE, 330, EVERY_THIRD, .moves = true},
          {UPDATE, 420, .moves = true}}},
        {"without an automation, an hour apart, and each fourth verdict is lost",
         3600,
         13,
         1,
         10,
         {{VERDICT, 0, NO_FOURTH}, {REMOVE, 5}, {ADD, 6}}},
        {"without an automation, three calls in one second",
         300,
         30,
         1,
         30,
         {{VERDICT, 0}, {REMOVE, 5}, {ADD, 5}, {UPDATE, 5}}},
        {"without an automation, a deployment that hit between a verdict and its answer once",
         300,
         12,
         1,
         12,
         {{VERDICT, 0},
          {UPDATE, 2, ONCE, .other = true},
          {REMOVE, 5},
          {UPDATE, 200, EVERY_SECOND, .other = true}}},
        {"an opponent whose work reaches into a cycle now and then",
         3600,
         8,
         1,
         8,
         {{UPDATE, -60, .moves = true, .other = true},
          {VERDICT, 0},
          {ATTEMPT, 5},
          {UPDATE, 8, EVERY_THIRD, .moves = true, .other = true},
          {REMOVE, 12}}},
        {"another rule's remediation brings the verdict about",
         3600,
         4,
         2,
         4,
         {{OTHER_VERDICT, 0},
          {ATTEMPT, 4},
          {UPDATE, 8, .moves = true},
          {VERDICT, 60},
          {ATTEMPT, 64},
          {REMOVE, 70}}},
    };
    check(stories, sizeof stories / sizeof *stories, TL_MIN_CYCLES_DEFAULT);
}

/* Two rules at one function: the chain of permissions does not know whose the other calls are. */
static void the_most_specific_chain_tells_a_loop_beside_another_rules(void **state)
{
    (void)state;
    static const struct story story = {"permissions after another rule's remediation",
                                       3600,
                                       4,
                                       1,
                                       4,
                                       {{OTHER_VERDICT, 0},
                                        {ATTEMPT, 4},
                                        {UPDATE, 8, .moves = true},
                                        {VERDICT, 60},
                                        {ATTEMPT, 64},
                                        {REMOVE, 70},
                                        {ADD, 71}}};
    struct build b;
    struct tl_loops l;
    build_story(&b, &story, 1);
    assert_int_equal(tl_detect(&b.h, tl_chains, TL_N_CHAINS, &defaults, &l, NULL), 0);
    assert_int_equal(l.n, 2); /* of each rule */
    for (size_t i = 0; i < l.n; i++)
        assert_int_equal(l.items[i].chain, 0);
    tl_loops_fini(&l);
    build_fini(&b);
}

static void one_cycle_is_enough_where_one_is_asked_for(void **state)
{
    (void)state;
    static const struct story stories[] = {
        {"by permissions",
         3600,
         1,
         1,
         1,
         {{UPDATE, 0}, {VERDICT, 60}, {ATTEMPT, 64}, {REMOVE, 70}, {ADD, 71}}},
        {"by any change", 3600, 1, 1, 1, {{REMOVE, 0}, {VERDICT, 60}, {ATTEMPT, 64}, {UPDATE, 70}}},
    };
    check(stories, sizeof stories / sizeof *stories, 1);
}

static void a_deployment_is_none(void **state)
{
    (void)state;
    static const struct story stories[] = {
        {"one call before the verdict, one after the attempt",
         1000,
         8,
         0,
         0,
         {{UPDATE, 0, .moves = true}, {VERDICT, 60}, {ATTEMPT, 70}, {REMOVE, 90}}},
        {"many after",
         3600,
         3,
         0,
         0,
         {{UPDATE, 0, .moves = true},
          {VERDICT, 60},
          {ATTEMPT, 70},
          {REMOVE, 90},
          {UPDATE, 92, .moves = true},
          {UPDATE, 93, .moves = true},
          {UPDATE, 94, .moves = true},
          {UPDATE, 95, .moves = true}}},
        {"many after the verdict, and no attempt at all",
         3600,
         8,
         0,
         0,
         {{UPDATE, 0, .moves = true},
          {VERDICT, 60},
          {REMOVE, 90},
          {UPDATE, 92, .moves = true},
          {UPDATE, 93, .moves = true},
          {UPDATE, 94, .moves = true},
          {UPDATE, 95, .moves = true}}},
        {"permissions made anew",
         3600,
         8,
         0,
         0,
         {{UPDATE, 0}, {VERDICT, 60}, {ATTEMPT, 70}, {REMOVE, 90}, {ADD, 92}}},
        {"work that goes on for long until the verdict",
         7200,
         8,
         0,
         0,
         {{UPDATE, -2000, .moves = true},
          {UPDATE, -1200, .moves = true},
          {UPDATE, -400, .moves = true},
          {VERDICT, 0},
          {ATTEMPT, 10},
          {REMOVE, 20}}},
        {"soon after one another, at any time",
         400,
         8,
         0,
         0,
         {{UPDATE, 0, .moves = true}, {VERDICT, 60}, {ATTEMPT, 70}, {REMOVE, 90}, {ADD, 91}},
         .longer_s = 400},
        {"soon after one another, and no attempt at all",
         400,
         8,
         0,
         0,
         {{UPDATE, 0, .moves = true},
          {VERDICT, 60},
          {REMOVE, 90},
          {ADD, 92},
          {REMOVE, 94},
          {ADD, 96},
          {REMOVE, 98}},
         .longer_s = 400},
        {"the same every hour, and a verdict every second hour",
         3600,
         13,
         0,
         0,
         {{VERDICT, 0, EVERY_SECOND}, {REMOVE, 5}, {ADD, 6}}},
        {"the same again, and the verdict that it brings about is sometimes lost",
         3600,
         12,
         0,
         0,
         {{REMOVE, 0}, {ADD, 1}, {VERDICT, 60, NO_FOURTH}, {REMOVE, 90}, {ADD, 91}, {UPDATE, 92}}},
        {"its first call is its last one again",
         7200,
         3,
         0,
         0,
         {{UPDATE, 0}, {VERDICT, 60}, {ATTEMPT, 70, .late = true}, {REMOVE, 90}, {UPDATE, 95}},
         .longer_s = 32},
        {"at any time after attempts that are at any time",
         1000,
         8,
         0,
         0,
         {{VERDICT, 0}, {ATTEMPT, 400, .late = true}, {REMOVE, 420, .late = true}},
         .longer_s = 400},
        {"three for one verdict of a rule that looks on its own",
         1000,
         12,
         0,
         0,
         {{VERDICT, -400, EVERY_THIRD}, {ATTEMPT, -390, EVERY_THIRD}, {UPDATE, 0, .moves = true}}},
    };
    check(stories, sizeof stories / sizeof *stories, TL_MIN_CYCLES_DEFAULT);
}

/* Nothing but the order speaks for it that Terraform answers verdicts; that a rule names the document speaks
 * for the attempts. */
static void who_says_that_it_deploys_does_no_remediation(void **state)
{
    (void)state;
    static const struct {
        const char *principal;
        bool attempts, settings;
        size_t n_loops;
    } rows[] = {
        {"arn:aws:iam::111122223333:role/fixer", true, false, 1},
        {"arn:aws:iam::111122223333:role/fixer", false, false, 1},
        {"arn:aws:iam::111122223333:role/Terraform-apply", true, false, 0},
        {"arn:aws:iam::111122223333:role/Terraform-apply", false, false, 0},
        {"arn:aws:iam::111122223333:role/Terraform-apply", true, true, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct build b;
        struct tl_loops l;
        build_init(&b, 1);
        b.h.callers[0].principal = tl_str_from(rows[i].principal);
        if (rows[i].settings)
            build_settings(&b, 100, "rule", "runbook", 5, 60);
        for (int k = 0; k < 6; k++) {
            int64_t t = 10000 + k * 3600;
            build_verdict(&b, t, 0, "rule", TL_NON_COMPLIANT);
            if (rows[i].attempts)
                build_attempt(&b, t + 5, "runbook", NULL);
            build_change(&b, t + 10, 0, API_OTHER, NULL);
        }
        build_sort(&b, i);
        assert_int_equal(tl_detect(&b.h, tl_chains, TL_N_CHAINS, &defaults, &l, NULL), 0);
        if (l.n != rows[i].n_loops)
            fail_msg("row %zu: %zu loops", i, l.n);
        tl_loops_fini(&l);
        build_fini(&b);
    }
}

/* Two resources under rules of their own, whose runbooks name neither; the log has lost one verdict of the
 * second, whose attempt comes while the first waits. A runbook that both rules share, or that a rule is given
 * later, answers as before. */
static void a_runbook_answers_its_own_rule(void **state)
{
    (void)state;
    static const struct {
        const char *documents[2], *later;
        bool lost;
        uint32_t n_cycles[2];
    } rows[] = {
        {{"first", "second"}, NULL, true, {10, 9}},
        {{"first", "second"}, NULL, false, {10, 10}},
        {{"both", "both"}, NULL, false, {10, 10}},
        {{"first", "second"}, "third", false, {10, 10}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct build b;
        struct tl_loops l;
        build_init(&b, 2);
        for (int k = 0; k < 10; k++) {
            int64_t t = 10000 + k * 200;
            const char *first = rows[i].later && k > 7 ? rows[i].later : rows[i].documents[0];
            build_verdict(&b, t, 0, "rule", TL_NON_COMPLIANT);
            if (k != 5 || !rows[i].lost)
                build_verdict(&b, t + 2, 1, "other", TL_NON_COMPLIANT);
            build_attempt(&b, t + 5, rows[i].documents[1], NULL);
            build_change(&b, t + 7, 1, API_OTHER, NULL);
            build_attempt(&b, t + 9, first, NULL);
            build_change(&b, t + 12, 0, API_OTHER, NULL);
        }
        build_sort(&b, i);
        assert_int_equal(tl_detect(&b.h, tl_chains, TL_N_CHAINS, &defaults, &l, NULL), 0);
        assert_int_equal(l.n, 2);
        for (size_t k = 0; k < l.n; k++) {
            assert_int_equal(l.items[k].n_cycles, rows[i].n_cycles[l.items[k].resource]);
            uint32_t own = build_text(&b, rows[i].documents[l.items[k].resource]);
            for (size_t a = 0; a < l.items[k].n_answers; a++) {
                uint32_t attempt = l.answers[l.items[k].first_answer + a].attempt;
                if (b.h.steps[attempt].subject != own && !rows[i].later)
                    fail_msg("row %zu: another rule's runbook", i);
            }
        }
        tl_loops_fini(&l);
        build_fini(&b);
    }
}

/* Two attempts without parameters, and a chain without a verdict: by their order each would go to what the
 * other one changed. */
static void an_attempt_goes_to_what_its_own_session_changed(void **state)
{
    (void)state;
    static const tl_str calls[] = {{"ssm:StartAutomationExecution", 28}, {"lambda:RemovePermission", 23}};
    struct build b;
    struct tl_chain chain;
    const char *why;
    size_t at;
    build_init(&b, 2);
    assert_int_equal(tl_chain_make(&chain, TL_STR("mine"), calls, 2, &why, &at), 0);
    for (int i = 0; i < 10; i++) {
        char early[40], late[40];
        snprintf(early, sizeof early, "early-%d", i);
        snprintf(late, sizeof late, "late-%d", i);
        int64_t t = 1000 + i * 150;
        build_attempt(&b, t, "runbook", early);
        build_attempt(&b, t + 1, "runbook", late);
        build_change(&b, t + 9, 1, API_OTHER, late); /* no step of the chain */
        build_change(&b, t + 10, 0, API_REMOVE, late);
        build_change(&b, t + 11, 1, API_REMOVE, early);
    }
    build_sort(&b, 1);
    struct tl_loops l;
    assert_int_equal(tl_detect(&b.h, &chain, 1, &defaults, &l, NULL), 0);
    assert_int_equal(l.n, 2);
    for (size_t i = 0; i < l.n; i++) {
        assert_int_equal(l.items[i].n_cycles, 10);
        assert_int_equal(l.items[i].confidence, TL_LINK_SESSION);
        for (size_t k = 0; k < l.items[i].n_cycles; k++) {
            const struct tl_cycle_step *steps = &l.steps[l.cycles[l.items[i].first_cycle + k].first_step];
            assert_int_equal(b.h.steps[steps[0].step].execution, b.h.steps[steps[1].step].execution);
        }
    }
    tl_loops_fini(&l);
    build_fini(&b);
}

static void a_call_is_a_step_by_its_whole_name(void **state)
{
    (void)state;
    static const tl_str calls[] = {{"lambda:RemovePermission", 23}, {"lambda:AddPermission", 20}};
    struct build b;
    struct tl_chain chain;
    struct tl_loops l;
    const char *why;
    size_t at;
    build_init(&b, 1);
    assert_int_equal(tl_chain_make(&chain, TL_STR("mine"), calls, 2, &why, &at), 0);
    b.h.apis[API_REMOVE].action = TL_STR("RemovePermission\0x");
    for (int64_t t = 1000; t < 2000; t += 100) {
        build_change(&b, t, 0, API_REMOVE, NULL);
        build_change(&b, t + 1, 0, API_ADD, NULL);
    }
    build_sort(&b, 1);
    assert_int_equal(tl_detect(&b.h, &chain, 1, &defaults, &l, NULL), 0);
    assert_int_equal(l.n, 0);
    tl_loops_fini(&l);
    build_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_remediation_is_one_whatever_else_its_caller_does),
        cmocka_unit_test(the_most_specific_chain_tells_a_loop_beside_another_rules),
        cmocka_unit_test(one_cycle_is_enough_where_one_is_asked_for),
        cmocka_unit_test(a_deployment_is_none),
        cmocka_unit_test(who_says_that_it_deploys_does_no_remediation),
        cmocka_unit_test(a_runbook_answers_its_own_rule),
        cmocka_unit_test(a_call_is_a_step_by_its_whole_name),
        cmocka_unit_test(an_attempt_goes_to_what_its_own_session_changed),
    };
    return cmocka_run_group_tests_name("detect_sequence", tests, NULL, NULL);
}
