/* Repeating patterns in sentences: how many there are, how often each came, by whom, what it is worth. */
#include "escape.h"
#include "explain.h"

void tl_explain_discovery(struct tl_prose *p, const struct tl_discovery *d)
{
    size_t n_explained = 0, n_weak = 0;
    for (size_t i = 0; i < d->n; i++) {
        n_explained += d->items[i].loop[0] != '\0';
        n_weak += tl_pattern_is_weak(&d->items[i]);
    }
    if (d->n_found == 0) {
        tl_prose_add(p, "No repeating pattern found: no unit of calls came %u times on one resource.",
                     (unsigned)d->min_copies);
        return;
    }
    tl_prose_count(p, d->n_found, "repeating pattern", NULL);
    tl_prose_add(p, " found");
    if (d->n < d->n_found)
        tl_prose_add(p, "; these %zu rank highest", d->n);
    if (n_explained)
        tl_prose_add(p, "; %zu of them %s explained by a loop", n_explained, n_explained == 1 ? "is" : "are");
    if (n_weak)
        tl_prose_add(p, "; %zu %s weak", n_weak, n_weak == 1 ? "is" : "are");
    tl_prose_add(p, ".");
}

void tl_explain_chain(struct tl_prose *p, const struct tl_pattern *x)
{
    struct tl_prose line = {0};
    int64_t max_gap_s = x->period_max_s * (x->chain_note == TL_CHAIN_DOUBLED ? 2 : 1);
    if (x->chain.n == 0)
        return;
    tl_prose_add(&line, "--chain ");
    if (!line.rc)
        line.rc = tl_escape_shell(&line.b, x->chain);
    if (x->max_step_s > TL_MAX_STEP_DEFAULT_S)
        tl_prose_add(&line, " --max-step %lld", (long long)x->max_step_s);
    if (max_gap_s > TL_MAX_GAP_DEFAULT_S)
        tl_prose_add(&line, " --max-gap %lld", (long long)max_gap_s);
    tl_prose_str(p, tl_buf_str(&line.b));
    p->rc = p->rc ? p->rc : line.rc;
    tl_prose_fini(&line);
}

void tl_explain_chain_note(struct tl_prose *p, const struct tl_pattern *x)
{
    if (x->chain.n == 0)
        tl_prose_add(p, "none: the calls have names that AWS does not give, and that no command should hold");
    else if (x->chain_note == TL_CHAIN_DOUBLED)
        tl_prose_add(p, "one call, written twice: a chain has two steps at least");
    else if (x->chain_note == TL_CHAIN_CUT)
        tl_prose_add(p, "cut to one verdict and one attempt right after it: a chain has no more");
}

void tl_explain_repetitions(struct tl_prose *p, const struct tl_pattern *x)
{
    tl_prose_count(p, x->n_copies, "time", NULL);
    if (x->period_median_s) {
        tl_prose_add(p, ", every ");
        tl_prose_duration(p, x->period_median_s);
        if (x->period_min_s != x->period_max_s) {
            tl_prose_add(p, " (median; from ");
            tl_prose_duration(p, x->period_min_s);
            tl_prose_add(p, " to ");
            tl_prose_duration(p, x->period_max_s);
            tl_prose_add(p, ")");
        }
    }
    if (x->n_runs > 1)
        tl_prose_add(p, ", in %u stretches", (unsigned)x->n_runs);
    if (x->n_partial) {
        tl_prose_add(p, ", and ");
        tl_prose_count(p, x->n_partial, "time", NULL);
        tl_prose_add(p, " with one call missing");
    }
    if (x->n_foreign) {
        tl_prose_add(p, ", ");
        tl_prose_count(p, x->n_foreign, "foreign call", NULL);
        tl_prose_add(p, " between");
    }
}

void tl_explain_caller(struct tl_prose *p, const struct tl_pattern_caller *caller)
{
    tl_prose_str(p, caller->principal);
    tl_prose_add(p, " (%s", caller->person ? "person" : "automation");
    tl_explain_through(p, caller->user_agent);
    tl_prose_add(p, "): ");
    tl_prose_count(p, caller->n_calls, "call", NULL);
}

void tl_explain_callers(struct tl_prose *p, const struct tl_pattern *x)
{
    enum { NAMED_MAX = 3 };
    for (size_t i = 0; i < x->n_callers && i < NAMED_MAX; i++) {
        tl_prose_add(p, i ? ", " : "");
        tl_prose_str(p, tl_explain_short_principal(x->callers[i].principal));
    }
    if (x->n_callers > NAMED_MAX)
        tl_prose_add(p, " and %zu more", x->n_callers - NAMED_MAX);
}

void tl_explain_score(struct tl_prose *p, const struct tl_pattern *x)
{
    tl_prose_add(
        p,
        "%llu%s: %u %% of the gaps are near the median, %u %% of the calls automated, %u %% with the "
        "parameters of the time before",
        (unsigned long long)x->score, tl_pattern_is_weak(x) ? ", weak" : "", (unsigned)x->regular_percent,
        (unsigned)x->automated_percent, (unsigned)x->same_percent);
}

void tl_explain_explained(struct tl_prose *p, const struct tl_pattern *x)
{
    if (x->loop[0])
        tl_prose_add(p, "loop %s", x->loop);
}

void tl_explain_standing(struct tl_prose *p, const struct tl_pattern *x)
{
    if (x->loop[0])
        tl_prose_add(p, "explained by ");
    tl_explain_explained(p, x);
    if (tl_pattern_is_weak(x))
        tl_prose_add(p, x->loop[0] ? ", weak" : "weak");
}
