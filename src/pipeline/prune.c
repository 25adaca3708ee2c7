/* Pruning without breaking what is found. A loop that was not over by the given time stays whole, and so does
 * every loop that overlaps one that stays: facts go only from before a time at which no loop was under way,
 * with the longest gap inside a loop as a margin. Then detection is run again, before the commit: if it does
 * not find each of these loops as it was, facts are left alone, and only other records go. */
#include "analyse.h"

#include <string.h>

/* From when on facts must stay. */
static int64_t facts_needed_from(const struct tl_findings *f, const struct tl_detect_params *detect,
                                 int64_t before_s)
{
    int64_t from_s = before_s;
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < f->n; i++) {
            const struct tl_finding *l = &f->items[i];
            if (l->first_s - detect->max_gap_s >= from_s || (l->status == TL_STOPPED && l->last_s < from_s))
                continue;
            from_s = l->first_s - detect->max_gap_s;
            moved = true;
        }
    }
    return from_s;
}

static bool same_loop(const struct tl_finding *a, const struct tl_finding *b)
{
    return strcmp(a->id, b->id) == 0 && a->status == b->status && a->n_cycles == b->n_cycles &&
           a->n_partial == b->n_partial && a->first_s == b->first_s && a->last_s == b->last_s &&
           a->retry.attempts == b->retry.attempts && a->retry.window_s == b->retry.window_s &&
           a->retry.settings_known == b->retry.settings_known &&
           a->retry.most_attempts_in_window == b->retry.most_attempts_in_window &&
           a->stopped.cause == b->stopped.cause && a->cost.n_verdicts == b->cost.n_verdicts &&
           a->cost.n_items == b->cost.n_items;
}

/* Whether `after` has the loops of `before` that were not over by from_s, and no others. */
static bool same_loops(const struct tl_findings *before, const struct tl_findings *after, int64_t from_s)
{
    size_t n = 0;
    for (size_t i = 0; i < before->n; i++) {
        if (before->items[i].last_s < from_s)
            continue;
        if (n == after->n || !same_loop(&before->items[i], &after->items[n]))
            return false;
        n++;
    }
    return n == after->n;
}

/* Prunes and looks; what was found unharmed is left for the commit, with the derived tables made anew. */
static int try(struct tl_store *s, const struct tl_analyse_options *o, const struct tl_findings *loops,
               int64_t before_s, int64_t facts_from_s, bool *unharmed, struct tl_prune *out,
               struct tl_err *err)
{
    struct tl_report after;
    *unharmed = false;
    int r = tl_store_begin(s, err);
    if (r == 0)
        r = tl_store_prune(s, before_s, facts_from_s, out, err);
    if (r == 0)
        r = tl_analyse(s, o, &after, err);
    if (r)
        return r;
    *unharmed = same_loops(loops, &after.findings, facts_from_s);
    tl_report_fini(&after);
    return *unharmed ? derive_in_batch(s, err) : tl_store_rollback(s, err);
}

int tl_prune(struct tl_store *s, int64_t before_s, struct tl_prune *out, struct tl_err *err)
{
    struct tl_analyse_options o;
    struct tl_report report;
    bool unharmed;
    tl_analyse_defaults(&o);
    int r = tl_analyse(s, &o, &report, err);
    if (r)
        return r;
    int64_t from_s = facts_needed_from(&report.findings, &o.detect, before_s);
    r = try(s, &o, &report.findings, before_s, from_s, &unharmed, out, err);
    if (r == 0 && !unharmed)
        r = try(s, &o, &report.findings, before_s, INT64_MIN, &unharmed, out, err);
    tl_report_fini(&report);
    if (r == 0 && !unharmed)
        r = tl_err_set(err, TL_EDB, "cannot prune: without these records a loop would not be found as it is");
    return r ? r : tl_store_commit(s, err);
}
