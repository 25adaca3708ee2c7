/* Writes the dumps of fixtures/scenarios: `make_incident incident DIR`, `make_incident quiet DIR`.
 *
 * The committed fixtures are what this program makes, byte for byte; a test holds them to it. So whoever
 * wants to know why a record is there finds the reason here. All times are of 27 February 2024, UTC (Tokyo is
 * nine hours ahead).
 */
#include <stdio.h>
#include <string.h>

#include "dump.h"

#define RULE "lambda-function-pubilc-access-prohibited-001" /* spelt so by those who made it */
#define RUNBOOK "awsConfigTestRunbook001"
#define FUNCTION "awsConfigTestLambdaFunction"
#define STATEMENT "FunctionURLAllowPublicAccess"
#define TYPE "AWS::Lambda::Function"

#define DAY_S 1708992000 /* 2024-02-27T00:00:00Z */
#define AT(hour, minute, second) (DAY_S + (hour)*3600 + (minute)*60 + (second))

enum { LONG_CYCLES = 40, SHORT_CYCLES = 20, SILENCE_S = 3 * 3600 + 12 * 60 };

/* The runbook's work on a verdict at t: an attempt a few seconds later; then the second function removes the
 * statement and, a second later, adds it again. Returns when it added it. */
static int64_t remediate(struct tlh *h, int64_t t)
{
    int64_t attempt_s = t + tlh_random(h, 2, 6);
    int64_t remove_s = attempt_s + tlh_random(h, 3, 24);
    tlh_attempt(h, attempt_s, RUNBOOK, NULL, NULL);
    tlh_remove_permission(h, remove_s, &tlh_modify_function, FUNCTION, STATEMENT);
    tlh_add_permission(h, remove_s + 1, &tlh_modify_function, FUNCTION, STATEMENT);
    return remove_s + 1;
}

/* `n` cycles from a verdict at t on, one every 130 to 180 seconds; in every seventh the attempt has the
 * verdict's own second. Returns when the next verdict is due. */
static int64_t go_round(struct tlh *h, int64_t t, int n)
{
    for (int i = 0; i < n; i++) {
        tlh_verdict(h, t, RULE, TYPE, FUNCTION, "NON_COMPLIANT");
        if (i % 7 == 3) {
            int64_t remove_s = t + tlh_random(h, 12, 30);
            tlh_attempt(h, t, RUNBOOK, NULL, NULL);
            tlh_remove_permission(h, remove_s, &tlh_modify_function, FUNCTION, STATEMENT);
            tlh_add_permission(h, remove_s + 1, &tlh_modify_function, FUNCTION, STATEMENT);
        } else {
            remediate(h, t);
        }
        t += tlh_random(h, 130, 180);
    }
    return t;
}

static void make_incident(struct tlh *h)
{
    /* 10 attempts within 600 seconds: they never fit, and nothing stops it. */
    tlh_noise_between(h, AT(4, 30, 0), AT(4, 58, 0), 60, 240);
    tlh_put_remediation(h, AT(5, 2, 7), RULE, TYPE, RUNBOOK, 10, 600);
    int64_t t = go_round(h, AT(5, 4, 30), LONG_CYCLES);
    /* 1 attempt within 60 seconds: the attempt before is always older than that. */
    tlh_put_remediation(h, t - 40, RULE, TYPE, RUNBOOK, 1, 60);
    t = go_round(h, t, SHORT_CYCLES);
    /* 1 within 600: the next verdict finds an attempt in the window and is not answered. */
    tlh_put_remediation(h, t - 35, RULE, TYPE, RUNBOOK, 1, 600);
    tlh_verdict(h, t, RULE, TYPE, FUNCTION, "NON_COMPLIANT");
    tlh_noise_between(h, AT(5, 0, 0), t, 100, 330);
    tlh_noise_between(h, t + 30, AT(7, 57, 0), 60, 240);
    /* The proof: somebody runs the second function by hand from the console. One attempt answers, no second
     * one does. */
    tlh_remove_permission(h, AT(7, 57, 24), &tlh_modify_function, FUNCTION, STATEMENT);
    tlh_add_permission(h, AT(7, 57, 25), &tlh_modify_function, FUNCTION, STATEMENT);
    tlh_verdict(h, AT(7, 57, 54), RULE, TYPE, FUNCTION, "NON_COMPLIANT");
    int64_t last = remediate(h, AT(7, 57, 54)) + 29;
    tlh_verdict(h, last, RULE, TYPE, FUNCTION, "NON_COMPLIANT");
    tlh_noise_between(h, last + 20, last + SILENCE_S, 60, 240);
    tlh_noise(h, last + SILENCE_S, 0);
}

/* A working day without a loop: the same rule and runbook act twice, which is no loop yet, and end COMPLIANT.
 */
static void make_quiet(struct tlh *h)
{
    tlh_put_remediation(h, AT(1, 2, 3), RULE, TYPE, RUNBOOK, 5, 60);
    tlh_noise_between(h, AT(0, 5, 0), AT(6, 0, 0), 120, 480);
    int64_t t = go_round(h, AT(2, 10, 0), 2);
    tlh_verdict(h, t, RULE, TYPE, FUNCTION, "COMPLIANT");
}

int main(int argc, char **argv)
{
    if (argc != 3 || (strcmp(argv[1], "incident") != 0 && strcmp(argv[1], "quiet") != 0)) {
        fprintf(stderr, "usage: make_incident incident|quiet DIR\n");
        return 2;
    }
    bool incident = strcmp(argv[1], "incident") == 0;
    struct tlh *h = tlh_new(20240227);
    tlh_place(h, "123456789012", "ap-northeast-1");
    if (incident)
        make_incident(h);
    else
        make_quiet(h);
    tlh_sort(h);
    struct tlh_delivery how = {.readable = true, .every_s = 1800, .twice_percent = 4, .seed = 27};
    printf("%zu records, %zu delivered\n", h->n, tlh_deliver(h, argv[2], &how));
    tlh_free(h);
    return 0;
}
