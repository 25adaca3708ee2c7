/* The answer to all questions at once, for the top of a page: what, how often, since when, and whether it has
 * stopped, in two or three sentences. */
#include "explain.h"

#include "figures.h"

static void end_of(struct tl_prose *p, const struct tl_finding *f)
{
    static const char *const why[] = {
        [TL_CAUSE_SETTINGS_CHANGED] = "after its retry settings were changed",
        [TL_CAUSE_EXCEPTION] = "by a remediation exception",
        [TL_CAUSE_REMEDIATION_DELETED] = "after the remediation was taken off the rule",
        [TL_CAUSE_RULE_DELETED] = "after the rule was deleted",
        [TL_CAUSE_COMPLIANT] = "when the resource became COMPLIANT",
        [TL_CAUSE_RESOURCE_DELETED] = "when the resource was deleted",
        [TL_CAUSE_ATTEMPTS_FAILING] = "when remediation began to fail",
        [TL_CAUSE_UNKNOWN] = "for a reason that the log does not show",
    };
    if (f->status == TL_RUNNING) {
        tl_prose_add(p, " It is still running.");
        return;
    }
    tl_prose_add(p, " It stopped at ");
    tl_prose_time(p, f->stopped.at_s);
    tl_prose_add(p, " %s%s", why[f->stopped.cause], f->stopped.predicted ? " (predicted)" : "");
    if (f->stopped.has_last_verdict && f->stopped.last_compliance == TL_NON_COMPLIANT)
        tl_prose_add(p, "; the last verdict is still NON_COMPLIANT.");
    else
        tl_prose_add(p, ".");
}

/* The opponent by name: the party to talk to. */
static void driven_by(struct tl_prose *p, const struct tl_finding *f)
{
    size_t i = 0;
    while (i < f->n_parties && f->parties[i].role != TL_OPPONENT)
        i++;
    if (f->kind == TL_TUG_OF_WAR && i < f->n_parties) {
        tl_prose_add(p, ", because ");
        tl_prose_str(p, f->parties[i].principal);
        tl_prose_add(p, " undoes each %s.", f->without_config ? "change" : "repair");
    } else {
        tl_prose_add(p, f->kind == TL_TUG_OF_WAR ? ", because another automated party undoes each change."
                        : f->n_opposed           ? "."
                                                 : ", each brought about by the one before.");
    }
}

static void owners(struct tl_prose *p, const struct tl_finding *f, enum tl_role role)
{
    const char *between = " ";
    for (size_t i = 0; i < f->n_parties; i++) {
        if (f->parties[i].role != role)
            continue;
        tl_prose_add(p, "%s", between);
        tl_prose_str(p, f->parties[i].principal);
        tl_str runbook = role == TL_CHANGER ? f->document : f->parties[i].document;
        if (runbook.n) { /* two remediations may share a role */
            tl_prose_add(p, " (runbook ");
            tl_prose_str(p, runbook);
            tl_prose_add(p, ")");
        }
        between = ", ";
    }
}

void tl_explain_fix(struct tl_prose *p, const struct tl_finding *f)
{
    if (f->kind == TL_TUG_OF_WAR) {
        tl_prose_add(p, "Agree which state is wanted, among the owners of");
        owners(p, f, TL_CHANGER);
        tl_prose_add(p, " and");
        owners(p, f, TL_OPPONENT);
    } else if (f->without_config) {
        tl_prose_add(p, "Keep the caller from bringing about its own next call:");
        owners(p, f, TL_CHANGER);
    } else if (f->document.n) {
        tl_prose_add(p, "Make the runbook ");
        tl_prose_str(p, f->document);
        tl_prose_add(p, " leave the resource COMPLIANT: its runs succeed, and the next verdict is "
                        "NON_COMPLIANT all the same.");
    } else {
        tl_prose_add(p, "Make the remediation leave the resource COMPLIANT:");
        owners(p, f, TL_CHANGER);
    }
}

void tl_explain_answer(struct tl_prose *p, const struct tl_finding *f)
{
    char usd[TL_FIGURE_MAX_BYTES];
    tl_prose_str(p, f->resource.id);
    tl_prose_add(p, " in ");
    tl_prose_str(p, f->resource.account);
    tl_prose_add(p, " ");
    tl_prose_str(p, f->resource.region);
    tl_prose_add(p, f->status == TL_RUNNING ? " is being" : " was");
    tl_prose_add(p, f->without_config ? " changed in circles: " : " remediated in circles: ");
    tl_prose_count(p, f->n_cycles, "cycle", NULL);
    tl_prose_add(p, " in ");
    tl_prose_duration(p, f->last_s - f->first_s);
    if (f->period_median_s) {
        tl_prose_add(p, ", one every ");
        tl_prose_duration(p, f->period_median_s);
    }
    driven_by(p, f);
    end_of(p, f);
    tl_prose_add(p, " It cost about %s USD.", tl_figure_usd_short(f->cost.so_far_usd, usd));
}
