/* Repeating patterns as text: first how many there are, then each with its chain, ready for the command line,
 * on a line of its own. */
#include "explain.h"
#include "text.h"

static void summary(struct tl_text *t, const struct tl_discovery *d)
{
    size_t n_explained = 0, n_weak = 0;
    for (size_t i = 0; i < d->n; i++) {
        n_explained += d->items[i].loop[0] != '\0';
        n_weak += tl_pattern_is_weak(&d->items[i]);
    }
    if (d->n_found == 0) {
        tl_prose_add(&t->say, "No repeating pattern found: no unit of calls came %u times on one resource.",
                     (unsigned)d->min_copies);
    } else {
        tl_prose_count(&t->say, d->n_found, "repeating pattern", NULL);
        tl_prose_add(&t->say, " found");
        if (d->n < d->n_found)
            tl_prose_add(&t->say, "; these %zu rank highest", d->n);
        if (n_explained)
            tl_prose_add(&t->say, "; %zu of them %s explained by a loop", n_explained,
                         n_explained == 1 ? "is" : "are");
        if (n_weak)
            tl_prose_add(&t->say, "; %zu %s weak", n_weak, n_weak == 1 ? "is" : "are");
        tl_prose_add(&t->say, ".");
    }
    tl_text_paragraph(t, 0, 0);
    tl_explain_coverage(&t->say, &d->coverage);
    tl_text_paragraph(t, 0, 0);
}

static void command(struct tl_text *t, const struct tl_pattern *p)
{
    if (p->chain.n == 0) {
        tl_prose_add(&t->say,
                     "none: the calls have names that AWS does not give, and that no command should hold");
        tl_text_labelled(t, "Chain");
        return;
    }
    tl_prose_add(&t->say, "  --chain '");
    tl_prose_str(&t->say, p->chain);
    tl_prose_add(&t->say, "'");
    if (p->max_step_s > TL_MAX_STEP_DEFAULT_S)
        tl_prose_add(&t->say, " --max-step %lld", (long long)p->max_step_s);
    if (p->period_max_s > TL_MAX_GAP_DEFAULT_S)
        tl_prose_add(&t->say, " --max-gap %lld", (long long)p->period_max_s);
    tl_text_row(t, TL_TEXT_BOLD);
    if (p->chain_note == TL_CHAIN_DOUBLED)
        tl_prose_add(&t->say, "one call, written twice: a chain has two steps at least");
    if (p->chain_note == TL_CHAIN_CUT)
        tl_prose_add(&t->say, "cut to one verdict and one attempt right after it: a chain has no more");
    tl_text_labelled(t, "Note");
}

static void often(struct tl_text *t, const struct tl_pattern *p)
{
    tl_prose_count(&t->say, p->n_copies, "time", NULL);
    if (p->period_median_s) {
        tl_prose_add(&t->say, ", every ");
        tl_prose_duration(&t->say, p->period_median_s);
        if (p->period_min_s != p->period_max_s) {
            tl_prose_add(&t->say, " (median; from ");
            tl_prose_duration(&t->say, p->period_min_s);
            tl_prose_add(&t->say, " to ");
            tl_prose_duration(&t->say, p->period_max_s);
            tl_prose_add(&t->say, ")");
        }
    }
    if (p->n_runs > 1)
        tl_prose_add(&t->say, ", in %u stretches", (unsigned)p->n_runs);
    if (p->n_partial) {
        tl_prose_add(&t->say, ", and ");
        tl_prose_count(&t->say, p->n_partial, "time", NULL);
        tl_prose_add(&t->say, " with one call missing");
    }
    if (p->n_foreign) {
        tl_prose_add(&t->say, ", ");
        tl_prose_count(&t->say, p->n_foreign, "foreign call", NULL);
        tl_prose_add(&t->say, " between");
    }
    tl_text_labelled(t, "How often");
    tl_prose_span(&t->say, p->first_s, p->last_s);
    tl_text_labelled(t, "Seen");
}

static void pattern(struct tl_text *t, const struct tl_pattern *p, size_t rank)
{
    tl_text_blank(t);
    tl_prose_add(&t->say, "Pattern %zu: ", rank);
    tl_explain_resource(&t->say, &p->resource);
    tl_text_row(t, TL_TEXT_BOLD);
    command(t, p);
    often(t, p);
    for (size_t i = 0; i < p->n_callers; i++) {
        tl_prose_str(&t->say, p->callers[i].principal);
        tl_prose_add(&t->say, " (%s", p->callers[i].person ? "person" : "automation");
        tl_explain_through(&t->say, p->callers[i].user_agent);
        tl_prose_add(&t->say, "): ");
        tl_prose_count(&t->say, p->callers[i].n_calls, "call", NULL);
        tl_text_labelled(t, i ? NULL : "By");
    }
    tl_prose_add(
        &t->say,
        "%llu%s: %u %% of the gaps are near the median, %u %% of the calls automated, %u %% with the "
        "parameters of the time before",
        (unsigned long long)p->score, tl_pattern_is_weak(p) ? ", weak" : "", (unsigned)p->regular_percent,
        (unsigned)p->automated_percent, (unsigned)p->same_percent);
    tl_text_labelled(t, "Score");
    if (p->loop[0])
        tl_prose_add(&t->say, "loop %s", p->loop);
    tl_text_labelled(t, "Explained by");
}

int tl_text_write_discovery(const struct tl_discovery *d, const struct tl_style *style, struct tl_buf *out)
{
    struct tl_text t;
    tl_text_init(&t, style, out);
    summary(&t, d);
    for (size_t i = 0; i < d->n; i++)
        pattern(&t, &d->items[i], i + 1);
    return tl_text_fini(&t);
}
