/* The words of the JSON report. They are a promise to whoever reads it by program. */
#include "trailloop/diagnose.h"

const char *tl_kind_name(enum tl_kind k)
{
    static const char *const names[] = {"self-sustaining", "tug-of-war"};
    return names[k];
}

const char *tl_status_name(enum tl_status s)
{
    static const char *const names[] = {"running", "stopped"};
    return names[s];
}

const char *tl_cause_name(enum tl_cause c)
{
    static const char *const names[] = {"settings-changed", "exception", "remediation-deleted",
                                        "rule-deleted",     "compliant", "resource-deleted",
                                        "attempts-failing", "unknown"};
    return names[c];
}

const char *tl_news_name(enum tl_news n)
{
    static const char *const names[TL_N_NEWS] = {NULL, "new", "grown", "stopped", "resumed"};
    return names[n];
}

const char *tl_role_name(enum tl_role r)
{
    static const char *const names[] = {"evaluator", "remediator", "changer", "opponent"};
    return names[r];
}
