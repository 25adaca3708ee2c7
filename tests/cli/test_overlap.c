/* Several explanations of the same calls, and more patterns than are kept: which one stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scan.h"

#define TYPE "AWS::Lambda::Function"
#define START_S 1709000000
#define PERIOD_S 150
#define CYCLES 10

static void limit(struct tlh *h, int64_t t)
{
    tlh_record(h, t, "lambda", "PutFunctionConcurrency20171031", &tlh_modify_function,
               json_pack("{s:s, s:i}", "functionName", "f", "reservedConcurrentExecutions", 0), NULL, NULL);
}

/* Verdicts of two rules, of which one or the other is missing now and then, and answers without automation.
 * The rule that `a` names lacks `n_lacking_a` of its verdicts. */
static struct tlh *two_rules(const char *a, int n_lacking_a, const char *b, int n_lacking_b)
{
    struct tlh *h = tlh_new(1);
    for (int i = 0; i < CYCLES; i++) {
        int64_t t = START_S + i * PERIOD_S;
        if (i < CYCLES - n_lacking_a)
            tlh_verdict(h, t, a, TYPE, "f", "NON_COMPLIANT");
        if (i >= n_lacking_b)
            tlh_verdict(h, t + 3, b, TYPE, "f", "NON_COMPLIANT");
        limit(h, t + 9);
    }
    return h;
}

/* The rule under which the answers explain more has the loop; the other one looked on. */
static void two_rules_that_see_the_same_answers_have_one_loop(void **state)
{
    (void)state;
    static const struct {
        int n_lacking_a, n_lacking_b;
        const char *rule;
        int cycles;
    } rows[] = {{0, 2, "a", CYCLES}, {2, 0, "b", CYCLES}, {1, 3, "a", CYCLES - 1}, {3, 1, "b", CYCLES - 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int turned = 0; turned < 2; turned++) { /* whichever comes first */
            struct tlh *h = turned ? two_rules("b", rows[i].n_lacking_b, "a", rows[i].n_lacking_a)
                                   : two_rules("a", rows[i].n_lacking_a, "b", rows[i].n_lacking_b);
            json_t *report = scan_loops_of(h, 1);
            assert_string_equal(scan_word(report, "loops.0.rule"), "direct-remediation");
            assert_string_equal(scan_word(report, "loops.0.config_rule"), rows[i].rule);
            assert_int_equal(scan_int(report, "loops.0.cycles"), rows[i].cycles);
            json_decref(report);
        }
}

/* Answers of their own are loops of their own. */
static void two_rules_with_an_answer_each_have_two(void **state)
{
    (void)state;
    struct tlh *h = tlh_new(1);
    for (int i = 0; i < CYCLES; i++) {
        int64_t t = START_S + i * 2 * PERIOD_S;
        tlh_verdict(h, t, "a", TYPE, "f", "NON_COMPLIANT");
        limit(h, t + 9);
        tlh_verdict(h, t + PERIOD_S, "b", TYPE, "f", "NON_COMPLIANT");
        limit(h, t + PERIOD_S + 9);
    }
    json_decref(scan_loops_of(h, 2));
}

/* ---- discover ------------------------------------------------------------------------------------ */

enum { QUEUES = 160 };

/* The queue that ranks so high, 0 the highest. The two best come first, then each is better than the one
 * before; or the other way round. */
static int queue_of_rank(int rank, bool turned)
{
    int q = rank < 2 ? rank : QUEUES + 1 - rank;
    return turned ? QUEUES - 1 - q : q;
}

/* On each queue a pair of calls comes again, the more often the higher its rank. */
static struct tlh *ever_better(bool turned)
{
    struct tlh *h = tlh_new(1);
    for (int rank = 0; rank < QUEUES; rank++) {
        char url[96];
        int q = queue_of_rank(rank, turned);
        snprintf(url, sizeof url, "https://sqs.ap-northeast-1.amazonaws.com/111122223333/queue-%03d", q);
        for (int i = 0; i < 2 + QUEUES - rank; i++)
            for (int k = 0; k < 2; k++)
                tlh_record(h, START_S + q + i * 600 + k * 20, "sqs", k ? "UntagQueue" : "TagQueue",
                           &tlh_modify_function, json_pack("{s:s}", "queueUrl", url), NULL, NULL);
    }
    return h;
}

/* The best of many, whichever way round they come: what lost its rank leaves nothing behind, and what keeps
 * it keeps its texts. */
static void the_best_of_many_patterns_stay_whole(void **state)
{
    (void)state;
    static const char *const tops[] = {"1", "3", "200"};
    for (int turned = 0; turned < 2; turned++) {
        struct tlh *h = ever_better(turned);
        char dir[TLH_PATH_BYTES], db[TLH_PATH_BYTES + 8], dump[TLH_PATH_BYTES + 8];
        tlh_temp_make(dir);
        snprintf(db, sizeof db, "%s/db", dir);
        snprintf(dump, sizeof dump, "%s/dump", dir);
        tlh_sort(h);
        tlh_deliver(h, dump, &(const struct tlh_delivery){.every_s = 3600});
        free(scan_text(0, (const char *const[]){"ingest", "-q", "--db", db, dump, NULL}));
        for (size_t i = 0; i < sizeof tops / sizeof *tops; i++) {
            json_t *found = scan_json(
                0, (const char *const[]){"discover", "--format", "json", "--db", db, "--top", tops[i], NULL});
            size_t n = json_array_size(scan_get(found, "patterns")), want = (size_t)atoi(tops[i]);
            assert_int_equal(n, want < QUEUES ? want : QUEUES);
            for (size_t k = 0; k < n; k++) {
                const json_t *p = json_array_get(scan_get(found, "patterns"), k);
                char id[96];
                snprintf(id, sizeof id, "https://sqs.ap-northeast-1.amazonaws.com/111122223333/queue-%03d",
                         queue_of_rank((int)k, turned));
                assert_string_equal(scan_word(p, "resource.id"), id);
                assert_string_equal(scan_word(p, "chain"), "sqs:TagQueue > sqs:UntagQueue");
                assert_non_null(strstr(scan_word(p, "resource.arn"), id + strlen(id) - 9));
                assert_non_null(strstr(scan_word(p, "callers.0.principal"), tlh_modify_function.role));
            }
            json_decref(found);
        }
        tlh_free(h);
        tlh_temp_remove(dir);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_rules_that_see_the_same_answers_have_one_loop),
        cmocka_unit_test(two_rules_with_an_answer_each_have_two),
        cmocka_unit_test(the_best_of_many_patterns_stay_whole),
    };
    return cmocka_run_group_tests_name("overlap", tests, NULL, NULL);
}
