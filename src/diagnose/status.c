/* Is it still running, and if not, what stopped it and how does one know.
 *
 * A cause that the log shows beats the clock. The first cause after the last attempt wins. Where the log
 * shows none, the retry model is asked: if the settings in force predict an exception at the last verdict,
 * and no attempt answered it, that was the stop: by settings that were changed while the loop ran, or by AWS
 * Config's own exception, which CloudTrail probably never shows and which is therefore marked as predicted.
 */
#include "internal.h"

#include <strings.h>

struct cause {
    enum tl_cause cause;
    int64_t at_s;
    bool has_event;
    struct tl_event_ref event;
    bool predicted;
};

static struct cause by_event(enum tl_cause cause, int64_t event_s, const struct tl_event_id *id)
{
    return (struct cause){
        .cause = cause, .at_s = event_s, .has_event = true, .event = {.time_s = event_s, .id = *id}};
}

/* Keeps the earlier of two. */
static void offer(struct cause *best, struct cause c)
{
    if (best->cause == TL_CAUSE_UNKNOWN || c.at_s < best->at_s)
        *best = c;
}

static size_t first_verdict_at(const struct subject *s, int64_t t_s)
{
    size_t lo = 0, hi = s->n_verdicts;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (subject_step(s, s->verdicts[mid])->time_s < t_s)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Whether the model puts an exception at the first NON_COMPLIANT verdict at or after t_s, under `c`. */
static bool predicts_stop_after(const struct subject *s, const struct tl_control_step *c, int64_t t_s)
{
    if (!c->automatic)
        return true;
    for (size_t i = first_verdict_at(s, t_s); i < s->n_verdicts; i++) {
        const struct tl_step *v = subject_step(s, s->verdicts[i]);
        if (v->compliance == TL_NON_COMPLIANT)
            return retry_attempts_before(s, v->time_s, c->window_s) >= c->attempts;
    }
    return false;
}

static void causes_by_control(const struct subject *s, int64_t after_s, struct cause *best)
{
    for (size_t i = 0; i < s->n_controls; i++) {
        const struct tl_control_step *c = s->controls[i];
        if (c->time_s < after_s || c->time_s > s->to_s)
            continue;
        struct cause found = by_event(TL_CAUSE_UNKNOWN, c->time_s, &c->event);
        if (c->action == TL_DELETE_REMEDIATION_CONFIGURATION)
            found.cause = TL_CAUSE_REMEDIATION_DELETED;
        else if (c->action == TL_DELETE_CONFIG_RULE)
            found.cause = TL_CAUSE_RULE_DELETED;
        else if (c->action == TL_PUT_REMEDIATION_EXCEPTION && c->resource == s->loop->resource)
            found.cause = TL_CAUSE_EXCEPTION;
        else if (c->action == TL_PUT_REMEDIATION_CONFIGURATION && predicts_stop_after(s, c, c->time_s))
            found.cause = TL_CAUSE_SETTINGS_CHANGED;
        if (found.cause != TL_CAUSE_UNKNOWN) {
            offer(best, found);
            return; /* they are in time order: the first one wins */
        }
    }
}

/* DeleteFunction deletes an AWS::Lambda::Function, unless it says which version of it; DeleteVpc an
 * AWS::EC2::VPC; some calls have names of their own. */
static bool deletes(tl_str action, tl_str detail, tl_str type)
{
    static const struct {
        const char *action, *type;
    } others[] = {
        {"TerminateInstances", "Instance"},      {"ReleaseAddress", "EIP"},
        {"ScheduleKeyDeletion", "Key"},          {"DeregisterImage", "Image"},
        {"DeleteFlowLogs", "FlowLog"},           {"DeregisterTaskDefinition", "TaskDefinition"},
        {"DeleteElasticsearchDomain", "Domain"},
    };
    size_t colon = tl_str_rfind_char(type, ':');
    tl_str last = colon == SIZE_MAX ? type : tl_str_sub(type, colon + 1, type.n);
    if (tl_str_eq(type, TL_STR("AWS::Lambda::Function")) && detail.n)
        return false;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (tl_str_eq(action, tl_str_from(others[i].action)))
            return tl_str_eq(last, tl_str_from(others[i].type));
    return last.n && tl_str_starts(action, TL_STR("Delete")) && action.n == 6 + last.n &&
           strncasecmp(action.p + 6, last.p, last.n) == 0;
}

/* Whether the resource was still there: it was made anew, or what was deleted was not all of it. */
static bool is_judged_after(const struct subject *s, int64_t t_s)
{
    const struct tl_step *v = s->n_verdicts ? subject_step(s, s->verdicts[s->n_verdicts - 1]) : NULL;
    return v && v->time_s > t_s && (v->compliance == TL_NON_COMPLIANT || v->compliance == TL_COMPLIANT);
}

/* The first one at `after_s` or later. Where the resource was made anew after most cycles (a remediation that
 * deletes what somebody always puts back), one more deletion is a cause only when the clock agrees. */
static void cause_by_deletion(const struct subject *s, int64_t after_s, bool silent, struct cause *best)
{
    const struct tl_history *h = s->f->h;
    const struct tl_lists *l = &s->f->by_resource;
    tl_str type = h->resources[s->loop->resource].type;
    uint64_t n_before = 0;
    for (uint32_t i = l->start[s->loop->resource]; i < l->start[s->loop->resource + 1]; i++) {
        const struct tl_step *c = &h->steps[l->at[i]];
        if (c->kind != TL_STEP_CHANGE || c->flags & TL_STEP_FAILED || c->time_s > s->to_s ||
            !deletes(h->apis[c->subject].action, h->texts[c->detail], type))
            continue;
        if (c->time_s < after_s) {
            n_before += c->time_s >= s->from_s;
        } else if (!is_judged_after(s, c->time_s)) {
            if (silent || n_before * 2 < s->loop->n_cycles)
                offer(best, by_event(TL_CAUSE_RESOURCE_DELETED, c->time_s, &c->event));
            return;
        }
    }
}

/* The first failed attempt that follows the last one that started, answering the loop's last verdict; or the
 * last one started, and what it wanted to change failed. */
static void cause_by_failing(const struct subject *s, int64_t after_s, const struct tl_step *last_verdict,
                             struct cause *best)
{
    if (!last_verdict || last_verdict->compliance != TL_NON_COMPLIANT)
        return;
    int64_t from_s = last_verdict->time_s > after_s ? last_verdict->time_s : after_s + 1;
    const struct tl_step *failed =
        failures_first_attempt(s, from_s, last_verdict->time_s + s->f->loops->params.max_step_s);
    if (!failed && s->n_answers)
        failed = failures_last_change(s, after_s);
    if (failed)
        offer(best, by_event(TL_CAUSE_ATTEMPTS_FAILING, failed->time_s, &failed->event));
}

/* The first one; `last`: only where the last verdict is COMPLIANT, too. */
static void cause_by_compliance(const struct subject *s, int64_t after_s, bool last, struct cause *best)
{
    if (last && subject_step(s, s->verdicts[s->n_verdicts - 1])->compliance == TL_NON_COMPLIANT)
        return;
    for (size_t i = first_verdict_at(s, after_s); i < s->n_verdicts; i++) {
        const struct tl_step *v = subject_step(s, s->verdicts[i]);
        if (v->compliance == TL_COMPLIANT) {
            offer(best, by_event(TL_CAUSE_COMPLIANT, v->time_s, &v->event));
            return;
        }
    }
}

static bool is_answered(const struct subject *s, uint32_t verdict)
{
    for (size_t i = s->n_answers; i-- > 0;)
        if (s->answers[i].verdict == verdict)
            return true;
    return false;
}

/* Whether the same settings should have stopped it at an earlier verdict, and an attempt followed all the
 * same. */
static bool model_failed_before(const struct subject *s, int64_t t_s, int attempts, int64_t window_s)
{
    const struct tl_control_step *c = retry_settings_at(s, t_s);
    for (size_t i = 0; i < s->n_answers; i++) {
        if (s->answers[i].verdict == TL_NONE)
            continue;
        int64_t verdict_s = subject_step(s, s->answers[i].verdict)->time_s;
        if ((!c || verdict_s >= c->time_s) && retry_attempts_before(s, verdict_s, window_s) >= attempts)
            return true;
    }
    return false;
}

/* What the model says of the last verdict, which nobody answered. */
static void cause_by_model(const struct subject *s, const struct tl_step *v, struct cause *best)
{
    const struct tl_control_step *c = retry_settings_at(s, v->time_s),
                                 *before = retry_settings_at(s, s->from_s);
    int attempts = c ? c->attempts : TL_ATTEMPTS_DEFAULT;
    int64_t window_s = c ? c->window_s : TL_WINDOW_DEFAULT_S;
    if (retry_attempts_before(s, v->time_s, window_s) < attempts)
        return;
    bool changed =
        c && c != before && (!before || before->attempts != attempts || before->window_s != window_s);
    if (changed) {
        *best = by_event(TL_CAUSE_SETTINGS_CHANGED, c->time_s, &c->event);
        best->at_s = v->time_s;
    } else if (!model_failed_before(s, v->time_s, attempts, window_s)) {
        *best = (struct cause){.cause = TL_CAUSE_EXCEPTION, .at_s = v->time_s, .predicted = true};
    }
}

/* A COMPLIANT verdict alone does not say that a tug of war with COMPLIANT verdicts in between has ended, and
 * one that was undone once more does not at all. */
static bool compliant_is_usual(const struct subject *s, const struct tl_finding *f)
{
    return f->n_compliant_between * 2 >= s->loop->n_cycles;
}

void status_diagnose(const struct subject *s, struct tl_finding *f)
{
    uint32_t last = s->n_verdicts ? s->verdicts[s->n_verdicts - 1] : TL_NONE;
    const struct tl_step *v = last == TL_NONE ? NULL : subject_step(s, last);
    bool answered = v && is_answered(s, last);
    int64_t after_s = s->n_answers ? subject_step(s, s->answers[s->n_answers - 1].attempt)->time_s
                                   : subject_cycle(s, s->loop->n_cycles - 1)->last_s;
    bool silent = s->is_followed || s->coverage_end_s - f->last_s > 2 * f->period_median_s + TL_DELIVERY_S;
    struct cause c = {.cause = TL_CAUSE_UNKNOWN, .at_s = f->last_s};
    causes_by_control(s, after_s, &c);
    cause_by_deletion(s, after_s, silent, &c);
    cause_by_failing(s, after_s, v, &c);
    if (v && (silent || !compliant_is_usual(s, f)))
        cause_by_compliance(s, after_s, compliant_is_usual(s, f), &c);
    if (c.cause == TL_CAUSE_UNKNOWN && v && v->compliance == TL_NON_COMPLIANT && !answered)
        cause_by_model(s, v, &c);
    if (c.cause == TL_CAUSE_UNKNOWN && !silent)
        return;
    f->status = TL_STOPPED;
    f->stopped.cause = c.cause;
    f->stopped.at_s = c.at_s;
    f->stopped.predicted = c.predicted;
    f->stopped.has_event = c.has_event;
    f->stopped.event = c.event;
    f->stopped.silence_s = s->coverage_end_s > f->last_s ? s->coverage_end_s - f->last_s : 0;
    if (v) {
        f->stopped.has_last_verdict = true;
        f->stopped.last_verdict = (struct tl_event_ref){.time_s = v->time_s, .id = v->event};
        f->stopped.last_compliance = (enum tl_compliance)v->compliance;
        f->stopped.last_answered = answered;
    }
}
