/* Has it stopped, when, why, and what proves it. A stop without a known cause is said to be one: silence in a
 * log is no cause. */
#include "explain.h"

static void by_event(struct tl_prose *p, const struct tl_finding *f, const char *call)
{
    if (!f->stopped.has_event)
        return;
    tl_prose_add(p, " (%s, event ", call);
    tl_prose_str(p, f->stopped.event.text);
    tl_prose_add(p, ")");
}

static void cause(struct tl_prose *p, const struct tl_finding *f)
{
    const struct tl_retry *r = &f->retry;
    switch (f->stopped.cause) {
    case TL_CAUSE_SETTINGS_CHANGED:
        tl_prose_add(p, "the retry settings were changed");
        if (f->has_retry && r->settings_known) {
            tl_prose_add(p, " to ");
            tl_prose_count(p, (uint64_t)r->attempts, "attempt", NULL);
            tl_prose_add(p, " within ");
            tl_prose_seconds(p, r->window_s);
        }
        by_event(p, f, "PutRemediationConfigurations");
        break;
    case TL_CAUSE_EXCEPTION:
        tl_prose_add(p, "AWS Config remediates it no more: a remediation exception was put");
        by_event(p, f, "PutRemediationExceptions");
        break;
    case TL_CAUSE_REMEDIATION_DELETED:
        tl_prose_add(p, "the remediation was taken off the rule");
        by_event(p, f, "DeleteRemediationConfiguration");
        break;
    case TL_CAUSE_RULE_DELETED:
        tl_prose_add(p, "the rule was deleted");
        by_event(p, f, "DeleteConfigRule");
        break;
    case TL_CAUSE_COMPLIANT:
        tl_prose_add(p, "the resource became COMPLIANT");
        by_event(p, f, "PutEvaluations");
        break;
    case TL_CAUSE_RESOURCE_DELETED:
        tl_prose_add(p, "the resource was deleted");
        by_event(p, f, "the deleting call");
        break;
    case TL_CAUSE_ATTEMPTS_FAILING:
        tl_prose_add(p, "the runbook can no longer be started, or its changes fail");
        by_event(p, f, "the first failure");
        break;
    case TL_CAUSE_UNKNOWN:
        tl_prose_add(p, "the log does not show why");
        break;
    }
}

/* Where the log that can speak for the resource ends. */
static int64_t end_of_log(const struct tl_finding *f, const struct tl_coverage *c)
{
    tl_str region = f->scope_region.n ? f->scope_region : f->resource.region;
    for (size_t i = 0; i < c->n_scopes; i++)
        if (tl_str_eq(c->scopes[i].account, f->resource.account) && tl_str_eq(c->scopes[i].region, region))
            return c->scopes[i].last_s;
    return c->last_s;
}

void tl_explain_status(struct tl_prose *p, const struct tl_finding *f, const struct tl_coverage *c)
{
    if (f->status == TL_STOPPED) {
        tl_prose_add(p, "Yes, at ");
        tl_prose_time(p, f->stopped.at_s);
        tl_prose_add(p, ": ");
        cause(p, f);
        tl_prose_add(p, f->stopped.predicted
                            ? ". (Predicted from the settings in force: an exception that AWS Config puts "
                              "itself is not in CloudTrail.)"
                            : ".");
        if (!f->stopped.has_last_verdict && f->stopped.silence_s > 0) { /* else the proof tells */
            tl_prose_add(p, " The log goes on for ");
            tl_prose_duration(p, f->stopped.silence_s);
            tl_prose_add(p, " without another cycle.");
        }
        return;
    }
    tl_prose_add(p, "No. Its last sign, ");
    tl_prose_time(p, f->last_s);
    int64_t rest_s = end_of_log(f, c) - f->last_s;
    if (rest_s > 0) {
        tl_prose_add(p, ", is ");
        tl_prose_duration(p, rest_s);
        tl_prose_add(p, " before the end of the log: too short a silence to say that it has ended.");
    } else {
        tl_prose_add(p, ", is at the end of the log.");
    }
}

void tl_explain_proof(struct tl_prose *p, const struct tl_finding *f)
{
    if (f->status != TL_STOPPED || !f->stopped.has_last_verdict)
        return;
    bool bad = f->stopped.last_compliance == TL_NON_COMPLIANT;
    tl_prose_add(p, "Proof: the last verdict, ");
    tl_prose_time(p, f->stopped.last_verdict.time_s);
    tl_prose_add(p, " (event ");
    tl_prose_str(p, f->stopped.last_verdict.text);
    tl_prose_add(p, "), was %s%s", bad ? "still " : "", tl_compliance_name(f->stopped.last_compliance));
    if (!bad)
        tl_prose_add(p, "; the log goes on for ");
    else if (f->stopped.last_answered)
        tl_prose_add(p, " and an attempt answered it; after that the log goes on for ");
    else if (f->has_retry)
        tl_prose_add(p, ", and no attempt answered it in the ");
    else
        tl_prose_add(p, ", and no change answered it in the ");
    tl_prose_duration(p, f->stopped.silence_s);
    tl_prose_add(p, bad && !f->stopped.last_answered ? " of log that follow." : " without another cycle.");
}
