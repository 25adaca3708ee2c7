/* What loops, on what, since when, by whom, at what cost: one function a sentence. They promise words that
 * someone who knows AWS Config but not this program understands, with the numbers of this very loop. */
#include "explain.h"

#include "figures.h"

/* ` Since the last report: 1 new, 2 grown.` Nothing where the report is not of news. */
static void all_news(struct tl_prose *p, const struct tl_findings *f)
{
    size_t n[TL_N_NEWS] = {0};
    const char *between = " Since the last report: ";
    for (size_t i = 0; i < f->n; i++)
        n[f->items[i].news]++;
    for (int k = TL_NEWS_NEW; k < TL_N_NEWS; k++) {
        if (n[k] == 0)
            continue;
        tl_prose_add(p, "%s%zu %s", between, n[k], tl_news_name((enum tl_news)k));
        between = ", ";
    }
    if (n[TL_NEWS_NONE] < f->n)
        tl_prose_add(p, ".");
}

void tl_explain_verdict(struct tl_prose *p, const struct tl_findings *f)
{
    size_t running = 0;
    for (size_t i = 0; i < f->n; i++)
        running += f->items[i].status == TL_RUNNING;
    if (f->n == 0) {
        tl_prose_add(p, "No remediation loop found.");
        return;
    }
    tl_prose_count(p, f->n, "remediation loop", NULL);
    if (running == 0)
        tl_prose_add(p, " found: %sstopped.", f->n > 1 ? "all " : "");
    else if (running == f->n)
        tl_prose_add(p, " found: %sstill running.", f->n > 1 ? "all " : "");
    else
        tl_prose_add(p, " found: %zu still running, %zu stopped.", running, f->n - running);
    all_news(p, f);
}

void tl_explain_news(struct tl_prose *p, const struct tl_finding *f)
{
    switch (f->news) {
    case TL_NEWS_NONE:
    case TL_N_NEWS:
        return;
    case TL_NEWS_NEW:
        tl_prose_add(p, "new");
        break;
    case TL_NEWS_GROWN:
        tl_prose_count(p, f->n_cycles - f->n_cycles_told, "more cycle", NULL);
        break;
    case TL_NEWS_STOPPED:
        tl_prose_add(p, "stopped");
        break;
    case TL_NEWS_RESUMED:
        tl_prose_add(p, "running again");
        break;
    }
    tl_prose_add(p, " since the last report");
}

/* Accounts and regions by name while they are few. */
static void scopes(struct tl_prose *p, const struct tl_coverage *c)
{
    const size_t few = 3;
    if (c->n_scopes > few) {
        size_t accounts = 0;
        for (size_t i = 0; i < c->n_scopes; i++)
            accounts += i == 0 || !tl_str_eq(c->scopes[i].account, c->scopes[i - 1].account);
        tl_prose_count(p, accounts, "account", NULL);
        tl_prose_add(p, " (%zu pairs of account and region)", c->n_scopes);
        return;
    }
    for (size_t i = 0; i < c->n_scopes; i++) {
        if (i == 0 || !tl_str_eq(c->scopes[i].account, c->scopes[i - 1].account)) {
            tl_prose_add(p, i ? "; account " : "account ");
            tl_prose_str(p, c->scopes[i].account);
            tl_prose_add(p, " in ");
        } else {
            tl_prose_add(p, ", ");
        }
        tl_prose_str(p, c->scopes[i].region);
    }
}

void tl_explain_coverage(struct tl_prose *p, const struct tl_coverage *c)
{
    tl_prose_add(p, "Read ");
    tl_prose_count(p, c->records.n_read, "CloudTrail record", NULL);
    tl_prose_add(p, " in ");
    tl_prose_count(p, c->files.n_read, "file", NULL);
    if (c->any) {
        tl_prose_add(p, ": ");
        tl_prose_span(p, c->first_s, c->last_s);
        if (c->n_scopes) {
            tl_prose_add(p, ", ");
            scopes(p, c);
        }
    }
    tl_prose_add(p, ".");
    if (c->pruned) {
        tl_prose_add(p, " Older records were removed: from ");
        tl_prose_time(p, c->facts_from_s);
        tl_prose_add(p, " on what belongs to remediation is kept, and from ");
        tl_prose_time(p, c->pruned_before_s);
        tl_prose_add(p, " on everything.");
    }
}

void tl_explain_nothing(struct tl_prose *p, const struct tl_report *r)
{
    const struct tl_history *h = &r->history;
    uint64_t bad = 0, attempts = 0;
    for (size_t i = 0; i < h->n_steps; i++) {
        bad += h->steps[i].kind == TL_STEP_VERDICT && h->steps[i].compliance == TL_NON_COMPLIANT;
        attempts += h->steps[i].kind == TL_STEP_ATTEMPT;
    }
    tl_prose_add(p, "The log holds ");
    tl_prose_count(p, bad, "NON_COMPLIANT verdict", NULL);
    tl_prose_add(p, " of AWS Config rules and ");
    tl_prose_count(p, attempts, "start", NULL);
    tl_prose_add(p, " of an automation runbook");
    if (r->filtered)
        tl_prose_add(p, "; only the account, region or resource asked for was looked at.");
    else
        tl_prose_add(p, bad && attempts ? "; they do not repeat on one resource as a loop does." : ".");
}

void tl_explain_damage(struct tl_prose *p, const struct tl_coverage *c)
{
    const struct {
        uint64_t n;
        const char *one, *many;
    } rows[] = {
        {c->files.n_damaged, "file was damaged or unreadable", "files were damaged or unreadable"},
        {c->records.n_damaged, "record was damaged and left out", "records were damaged and left out"},
        {c->records.n_withheld, "record had its parameters withheld by AWS",
         "records had their parameters withheld by AWS"},
    };
    bool any = false;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].n == 0)
            continue;
        if (any)
            tl_prose_add(p, "; ");
        tl_prose_count(p, rows[i].n, rows[i].one, rows[i].many);
        any = true;
    }
    if (any)
        tl_prose_add(p, c->files.n_damaged || c->records.n_damaged ? ": counts above may be too low." : ".");
}

/* Calls alone: what is done is undone, or done again. */
static void calls_alone(struct tl_prose *p, const struct tl_finding *f, bool first)
{
    if (tl_str_eq(f->rule, TL_STR("self-trigger")))
        tl_prose_add(
            p,
            "%sne automated caller makes the same call with the same parameters again and again; most "
            "likely its own call triggers it.",
            first ? "O" : "o");
    else if (f->kind == TL_TUG_OF_WAR)
        tl_prose_add(p, "%swo automated parties undo each other's work, over and over (tug of war).",
                     first ? "T" : "t");
    else
        tl_prose_add(p, "%sn automated caller does and undoes the same, over and over.", first ? "A" : "a");
    if (f->document.n == 0) /* whose start an automation would be is another question */
        tl_prose_add(p, " AWS Config has no part in it.");
}

/* `first`: it starts the sentence. */
static void cause(struct tl_prose *p, const struct tl_finding *f, bool first)
{
    if (f->without_config) {
        calls_alone(p, f, first);
        return;
    }
    if (f->has_retry)
        tl_prose_add(p,
                     "AWS Config finds the resource NON_COMPLIANT, remediation runs and succeeds, and it is "
                     "NON_COMPLIANT again, over and over.");
    else
        tl_prose_add(p,
                     "%she resource is found NON_COMPLIANT, it is changed in answer, and it is "
                     "NON_COMPLIANT again, over and over.",
                     first ? "T" : "t");
    if (f->kind == TL_TUG_OF_WAR)
        tl_prose_add(p, " Another automated party undoes each repair (tug of war).");
    else if (f->n_opposed == 0)
        tl_prose_add(p,
                     " Nobody else changes it in between: the remediation itself brings the next verdict.");
    else
        tl_prose_add(p,
                     " Somebody else changed it in between in %u of %u cycles; the others went on without.",
                     f->n_opposed, f->n_cycles);
}

void tl_explain_what(struct tl_prose *p, const struct tl_finding *f)
{
    tl_prose_add(p, f->status == TL_RUNNING ? "Yes: " : "It was: ");
    cause(p, f, false);
}

void tl_explain_cause(struct tl_prose *p, const struct tl_finding *f)
{
    cause(p, f, true);
}

void tl_explain_resource(struct tl_prose *p, const struct tl_resource *r)
{
    tl_prose_str(p, r->type);
    tl_prose_add(p, " ");
    tl_prose_str(p, r->id);
    tl_prose_add(p, ", ");
    tl_prose_str(p, r->account);
    tl_prose_add(p, " ");
    tl_prose_str(p, r->region);
}

void tl_explain_steps(struct tl_prose *p, const struct tl_finding *f)
{
    const size_t most = 8; /* a cycle with many changes is told in `show` */
    if (f->n_evidence == 0)
        return;
    const struct tl_evidence *e = &f->evidence[0];
    size_t n = 0;
    for (size_t i = 0; i < e->n_steps; i++) {
        tl_str api = e->steps[i].api; /* the resource's type tells the service */
        size_t colon = tl_str_find(api, TL_STR(":"));
        if (e->steps[i].failed || n++ >= most)
            continue;
        tl_prose_add(p, n > 1 ? " > " : "");
        tl_prose_str(p, colon == SIZE_MAX ? api : tl_str_sub(api, colon + 1, api.n));
    }
    tl_prose_add(p, n > most ? " > ..." : "");
}

void tl_explain_when(struct tl_prose *p, const struct tl_finding *f)
{
    tl_prose_span(p, f->first_s, f->last_s);
    tl_prose_add(p, " (");
    tl_prose_duration(p, f->last_s - f->first_s);
    tl_prose_add(p, "), ");
    tl_prose_count(p, f->n_cycles, "cycle", NULL);
    if (f->n_tail_cycles == 1)
        tl_prose_add(p, ", the last after a pause");
    else if (f->n_tail_cycles)
        tl_prose_add(p, ", the last %u after a pause", (unsigned)f->n_tail_cycles);
    if (f->n_partial) {
        tl_prose_add(p, ", ");
        tl_prose_count(p, f->n_partial, "more with a step missing from the log", NULL);
    }
    if (f->open_cycle)
        tl_prose_add(p, ", one more under way when the log ends");
}

void tl_explain_period(struct tl_prose *p, const struct tl_finding *f)
{
    if (f->period_median_s == 0 && f->period_max_s == 0) {
        tl_prose_add(p, "unknown: no two complete cycles follow each other");
        return;
    }
    tl_prose_add(p, "a new cycle every ");
    tl_prose_duration(p, f->period_median_s);
    if (f->period_min_s != f->period_max_s) {
        tl_prose_add(p, " (median; from ");
        tl_prose_duration(p, f->period_min_s);
        tl_prose_add(p, " to ");
        tl_prose_duration(p, f->period_max_s);
        tl_prose_add(p, ")");
    }
    if (f->schedule_s)
        tl_prose_add(p, "; as regular as a rule that AWS Config evaluates every %lld h",
                     (long long)(f->schedule_s / 3600));
}

void tl_explain_calls(struct tl_prose *p, const struct tl_party *party)
{
    const size_t few = 3;
    for (size_t i = 0; i < party->n_calls && i < few; i++) {
        tl_prose_add(p, i ? ", " : "");
        tl_prose_str(p, party->calls[i].api);
    }
    if (party->n_calls > few) {
        tl_prose_add(p, " and ");
        tl_prose_count(p, party->n_calls - few, "other call", NULL);
    }
}

void tl_explain_party(struct tl_prose *p, const struct tl_party *party)
{
    static const char *const one[] = {"verdict", "start", "change", "change"};
    tl_prose_str(p, party->principal);
    if (party->document.n) {
        tl_prose_add(p, " in runbook ");
        tl_prose_str(p, party->document);
        tl_prose_add(p, ", another rule's remediation");
    }
    tl_prose_add(p, " (");
    tl_prose_count(p, party->n_events, one[party->role], NULL);
    if (party->role == TL_OPPONENT) { /* the others' calls are the cycle's steps */
        tl_prose_add(p, ": ");
        tl_explain_calls(p, party);
    }
    tl_explain_through(p, party->user_agent);
    tl_prose_add(p, ")");
}

void tl_explain_broken_by(struct tl_prose *p, const struct tl_drift *d)
{
    const size_t few = 3;
    size_t n = 0;
    for (size_t i = 0; i < d->n_parties; i++) {
        if (d->parties[i].role != TL_OPPONENT || n++ >= few)
            continue;
        tl_prose_add(p, n > 1 ? ", " : ", broken by ");
        tl_prose_str(p, d->parties[i].principal);
    }
    if (n > few) {
        tl_prose_add(p, " and ");
        tl_prose_count(p, n - few, "other", NULL);
    }
}

void tl_explain_through(struct tl_prose *p, tl_str user_agent)
{
    /* a service as user agent tells no more than the principal does */
    if (user_agent.n == 0 || tl_str_ends(user_agent, TL_STR(".amazonaws.com")))
        return;
    tl_prose_add(p, ", through ");
    tl_prose_str(p, tl_explain_product(user_agent));
}

/* AWS's partners begin with what tells nothing: `APN/1.0 HashiCorp/1.0 Terraform/1.9.5 ...`. */
tl_str tl_explain_product(tl_str user_agent)
{
    static const char *const prefixes[] = {"APN/", "HashiCorp/"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t space = tl_str_find(user_agent, TL_STR(" "));
        if (space != SIZE_MAX && tl_str_starts(user_agent, tl_str_from(prefixes[i])))
            user_agent = tl_str_sub(user_agent, space + 1, user_agent.n);
    }
    return tl_str_sub(user_agent, 0, tl_str_find(user_agent, TL_STR(" ")));
}

void tl_explain_cost(struct tl_prose *p, const struct tl_finding *f, const struct tl_rates *rates)
{
    const struct {
        uint64_t n;
        const char *one;
        double rate;
    } rows[] = {
        {f->cost.n_verdicts, "evaluation", rates->per_verdict},
        {f->cost.n_items, "configuration item", rates->per_item},
        {f->cost.n_automation_steps, "automation step", rates->per_automation_step},
    };
    char usd[TL_FIGURE_MAX_BYTES];
    tl_prose_add(p, "%s USD so far (", tl_figure_usd_short(f->cost.so_far_usd, usd));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tl_prose_add(p, i ? " + " : "");
        tl_prose_count(p, rows[i].n, rows[i].one, NULL);
        tl_prose_add(p, " x %s", tl_figure_usd(rows[i].rate, usd));
    }
    tl_prose_add(p, "), %s USD per 30 days %s", tl_figure_usd_short(f->cost.per_30_days_usd, usd),
                 f->status == TL_RUNNING ? "if left running" : "had it gone on");
}

const char *tl_explain_link(enum tl_link l, bool without_config)
{
    if (without_config && l == TL_LINK_PARAMETER)
        return "the calls name the resource themselves";
    switch (l) {
    case TL_LINK_SESSION:
        return "the changes' sessions are named after the automation execution";
    case TL_LINK_PARAMETER:
        return "the automation's parameters name the resource";
    case TL_LINK_RULE:
        return "the rule's remediation configuration names the runbook";
    case TL_LINK_SEQUENCE:
        return "joined by account, region and the order of events; no record names both";
    case TL_LINK_NONE:
        break;
    }
    return "it is the resource itself";
}

void tl_explain_certainty(struct tl_prose *p, const struct tl_finding *f)
{
    const char *name = tl_link_name(f->confidence);
    tl_prose_add(p, "%s: %s", name ? name : "none", tl_explain_link(f->confidence, f->without_config));
    if (f->order_assumed)
        tl_prose_add(p, ". Some steps share a second: CloudTrail has no finer time, their order is assumed");
    for (size_t i = 0; i < f->n_evidence; i++)
        for (size_t k = 0; k < f->evidence[i].n_steps; k++)
            if (f->evidence[i].steps[k].general && !f->evidence[i].steps[k].failed) {
                tl_prose_add(p, ". Of ");
                tl_prose_str(p, f->evidence[i].steps[k].api);
                tl_prose_add(p, ": " TL_EXPLAIN_GENERAL);
                return;
            }
}

void tl_explain_failures(struct tl_prose *p, const struct tl_finding *f)
{
    if (f->n_failed_attempts) {
        tl_prose_count(p, f->n_failed_attempts, "start", NULL);
        tl_prose_add(p, " of the runbook failed");
    }
    if (f->n_failed_changes) {
        tl_prose_add(p, f->n_failed_attempts ? ", and " : "");
        tl_prose_count(p, f->n_failed_changes, "change", NULL);
        tl_prose_add(p, " failed");
    }
    if (f->n_failed_attempts || f->n_failed_changes)
        tl_prose_add(p, " with an error; failed calls complete no cycle and are not counted above.");
}

void tl_explain_again(struct tl_prose *p, const struct tl_finding *f)
{
    if (!f->has_proof)
        return;
    if (f->proof.undoes.n == 0) {
        tl_prose_add(p, "the values from before: ");
        tl_prose_str(p, f->proof.does);
        tl_prose_add(p, " put them back ");
        tl_prose_count(p, f->proof.n_times, "time", NULL);
        return;
    }
    if (f->proof.what.n)
        tl_prose_str(p, f->proof.what);
    else
        tl_prose_add(p, "the same setting");
    tl_prose_add(p, ": ");
    tl_prose_str(p, f->proof.does);
    tl_prose_add(p, " and ");
    tl_prose_str(p, f->proof.undoes);
    tl_prose_add(p, ", ");
    tl_prose_count(p, f->proof.n_times, "time each", "times each");
}

void tl_explain_gaps(struct tl_prose *p, const struct tl_finding *f)
{
    const size_t few = 3;
    bool inside = false;
    if (f->n_gaps == 0)
        return;
    tl_prose_add(p, "the log may be incomplete. It holds not one record of ");
    for (size_t i = 0; i < f->n_gaps; i++) {
        inside |= f->gaps[i].place == TL_GAP_INSIDE;
        if (i >= few)
            continue;
        tl_prose_add(p, i ? ", nor of " : "");
        tl_prose_str(p, f->gaps[i].account);
        tl_prose_add(p, " ");
        tl_prose_str(p, f->gaps[i].region);
        tl_prose_add(p, " from ");
        tl_prose_span(p, f->gaps[i].from_s, f->gaps[i].to_s);
        tl_prose_add(p, " (");
        tl_prose_duration(p, f->gaps[i].to_s - f->gaps[i].from_s);
        tl_prose_add(p, ")");
    }
    if (f->n_gaps > few) {
        tl_prose_add(p, ", and in ");
        tl_prose_count(p, f->n_gaps - few, "more such gap", NULL);
    }
    tl_prose_add(p, ": rare there, and a new cycle was due. The number of cycles is a lower bound%s.",
                 inside ? "" : "; the loop may have gone on in it");
}

void tl_explain_oddities(struct tl_prose *p, const struct tl_finding *f)
{
    const struct {
        uint32_t n;
        const char *one, *many;
    } rows[] = {
        {f->n_fired_on_compliant, "attempt started while the last verdict was COMPLIANT",
         "attempts started while the last verdict was COMPLIANT"},
        {f->n_fired_twice, "attempt was a second one for its verdict",
         "attempts were second ones for their verdicts"},
        {f->n_withheld, "of its records had parameters withheld by AWS, so ties may be missing",
         "of its records had parameters withheld by AWS, so ties may be missing"},
    };
    bool any = false;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].n == 0)
            continue;
        tl_prose_add(p, any ? "; " : "");
        tl_prose_count(p, rows[i].n, rows[i].one, rows[i].many);
        any = true;
    }
    tl_prose_add(p, any ? "." : "");
}
