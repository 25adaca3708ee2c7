/* Why the retry settings did not stop it, and which would have. People misread what the pair means (it is
 * not "retry for S seconds, at most N times"), so the rule is told first and then done with this loop's
 * numbers. */
#include "explain.h"
#include "timeline.h"

void tl_explain_pair(struct tl_prose *p, int attempts, int64_t window_s)
{
    tl_prose_count(p, attempts > 0 ? (uint64_t)attempts : 0, "attempt", NULL);
    tl_prose_add(p, " within ");
    tl_prose_seconds(p, window_s);
}

void tl_explain_rule_of_retry(struct tl_prose *p, const struct tl_retry *r)
{
    tl_prose_add(p, "The retry settings are no time limit: AWS Config gives up (puts a remediation "
                    "exception) only when all "
                    "its attempts fell inside the window before a NON_COMPLIANT verdict. A slower loop goes "
                    "on for ever.");
    if (!r->settings_known) {
        tl_prose_add(p,
                     " The settings are not in the log (no PutRemediationConfigurations); AWS's default, ");
        tl_explain_pair(p, r->attempts, r->window_s);
        tl_prose_add(p, ", is assumed.");
    }
}

size_t tl_explain_n_phases(const struct tl_retry *r)
{
    return r->n_phases ? r->n_phases : 1;
}

/* What the window held at most, against what it would have to hold. */
static void arithmetic(struct tl_prose *p, const struct tl_finding *f, const struct tl_retry_phase *s)
{
    if (s->trips) {
        tl_prose_add(
            p, "at a verdict %d stood inside %lld s, and %d %s enough: AWS Config puts an exception.",
            s->most_attempts_in_window, (long long)s->window_s, s->attempts, s->attempts == 1 ? "is" : "are");
        return;
    }
    tl_prose_add(p, "%d would have to fit inside %lld s; ", s->attempts, (long long)s->window_s);
    if (f->period_median_s) {
        tl_prose_add(p, "at one every ");
        tl_prose_duration(p, f->period_median_s);
        tl_prose_add(p, " ");
    }
    if (s->most_attempts_in_window > 0)
        tl_prose_add(p, "at most %d ever did", s->most_attempts_in_window);
    else
        tl_prose_add(p, "none ever did");
    tl_prose_add(p, ", so AWS Config never put an exception.");
}

void tl_explain_phase(struct tl_prose *p, const struct tl_finding *f, size_t phase)
{
    struct tl_retry_phase s = tl_phase_of(f, phase);
    tl_explain_pair(p, s.attempts, s.window_s);
    if (!s.known)
        tl_prose_add(p, " (default)");
    tl_prose_add(p, ", ");
    if (f->retry.n_phases > 1) {
        tl_prose_span(p, s.from_s, s.to_s);
        tl_prose_add(p, ", ");
    }
    if (s.n_attempts <= 0 && !s.trips) {
        tl_prose_add(p, "nothing tried: no attempt started under these settings.");
        return;
    }
    tl_prose_add(p, "%d tried: ", s.n_attempts);
    arithmetic(p, f, &s);
}

static void compliant_between(struct tl_prose *p, const struct tl_finding *f)
{
    tl_prose_count(p, f->n_compliant_between, "COMPLIANT verdict", NULL);
    tl_prose_add(p,
                 " came in between: AWS's documents disagree on whether attempts that succeeded count then.");
}

void tl_explain_retry_doubt(struct tl_prose *p, const struct tl_finding *f)
{
    const struct tl_retry *r = &f->retry;
    if (r->trips && f->status == TL_RUNNING)
        tl_prose_add(
            p,
            "Under the settings in force an exception was due after %d attempt%s, yet the loop goes on: look "
            "for exceptions that expire or are deleted, and for remediation started by hand or by another "
            "rule.",
            r->trips_after, r->trips_after == 1 ? "" : "s");
    if (f->n_compliant_between) {
        if (r->trips && f->status == TL_RUNNING)
            tl_prose_add(p, " ");
        compliant_between(p, f);
    }
}

void tl_explain_would_stop(struct tl_prose *p, const struct tl_retry *r)
{
    if (r->n_would_stop == 0) {
        tl_prose_add(p, "No setting that AWS Config accepts: the loop is slower than its longest window. "
                        "Remove the cause.");
        return;
    }
    bool extrapolated = false;
    for (size_t i = 0; i < r->n_would_stop; i++) {
        tl_prose_add(p, i == 0 ? "" : i + 1 == r->n_would_stop ? ", or " : ", ");
        tl_explain_pair(p, r->would_stop[i].attempts, r->would_stop[i].window_s);
        tl_prose_add(p, r->would_stop[i].extrapolated ? " (*)" : "");
        extrapolated |= r->would_stop[i].extrapolated;
    }
    tl_prose_add(p, ", or longer windows (slowest pass seen plus 25 %%)");
    if (extrapolated)
        tl_prose_add(p, "; (*) extrapolated, so many in a row were not seen");
}

void tl_explain_whatif(struct tl_prose *p, const struct tl_whatif *w)
{
    const struct tl_retry_phase *s = &w->replay;
    if (!w->has_attempts) {
        tl_prose_add(p, "No: no attempt belongs to this loop, so that no retry settings apply to it.");
        return;
    }
    if (s->trips) {
        tl_prose_add(p, "Yes, after %d of the ", s->trips_after);
        tl_prose_count(p, (uint64_t)s->n_attempts, "attempt", NULL);
        tl_prose_add(p, " seen: at the verdict of ");
        tl_prose_time(p, s->trips_at.time_s);
        tl_prose_add(p, " (event ");
        tl_prose_str(p, s->trips_at.text);
        tl_prose_add(p, ") %d had started within the ", s->attempts);
        tl_prose_seconds(p, s->window_s);
        tl_prose_add(p, " before it. AWS Config puts an exception, and no attempt follows.");
        return;
    }
    tl_prose_add(p, "No: %d would have to fit inside ", s->attempts);
    tl_prose_seconds(p, s->window_s);
    tl_prose_add(p, "; ");
    if (w->loop->period_median_s) {
        tl_prose_add(p, "at one every ");
        tl_prose_duration(p, w->loop->period_median_s);
        tl_prose_add(p, " ");
    }
    if (s->most_attempts_in_window > 0) {
        tl_prose_add(p, "at most %d ever did (before the verdict of ", s->most_attempts_in_window);
        tl_prose_time(p, s->most_at.time_s);
        tl_prose_add(p, ", event ");
        tl_prose_str(p, s->most_at.text);
        tl_prose_add(p, ")");
    } else {
        tl_prose_add(p, "none ever did");
    }
    tl_prose_add(p, ", so that AWS Config never puts an exception.");
}

void tl_explain_model(struct tl_prose *p, const struct tl_finding *f)
{
    tl_prose_add(p,
                 "The verdicts and attempts that were observed, replayed: at each NON_COMPLIANT verdict the "
                 "attempts before it that started inside the window are counted; at as many as the setting "
                 "allows it stops.");
    if (f->n_compliant_between) {
        tl_prose_add(p, " ");
        compliant_between(p, f);
    }
}
