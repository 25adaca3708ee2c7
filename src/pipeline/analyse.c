/* From the store to a report: load the relevant history, tie attempts to the resources they name, detect,
 * diagnose, keep what was asked for, and look up where each piece of evidence lies. */
#include "analyse.h"
#include "locate.h"
#include "named.h"
#include "ties.h"

#include <stdlib.h>

void tl_analyse_defaults(struct tl_analyse_options *o)
{
    *o = (struct tl_analyse_options){.detect = TL_DETECT_PARAMS_DEFAULT,
                                     .since_s = INT64_MIN,
                                     .until_s = INT64_MAX,
                                     .rates = tl_rates_default};
}

void tl_report_fini(struct tl_report *r)
{
    tl_coverage_fini(&r->coverage);
    tl_findings_fini(&r->findings);
    tl_loops_fini(&r->loops);
    tl_history_fini(&r->history);
    free(r->chains);
    r->chains = NULL;
}

/* ---- what was asked for ---------------------------------------------------------------------- */

static bool has_party(const struct tl_finding *f, tl_str actor)
{
    for (size_t i = 0; i < f->n_parties; i++)
        if (tl_str_glob(actor, f->parties[i].principal))
            return true;
    return false;
}

static bool is_wanted(const struct tl_analyse_options *o, const struct tl_finding *f)
{
    if (o->account.n && !tl_str_eq(o->account, f->resource.account))
        return false;
    if (o->region.n && !tl_str_eq(o->region, f->resource.region) &&
        !tl_str_eq(f->resource.region, TL_STR("global")))
        return false;
    if (o->config_rule.n && !tl_str_glob(o->config_rule, f->config_rule))
        return false;
    if (o->actor.n && !has_party(f, o->actor))
        return false;
    return true;
}

/* Marks the resources of which one of the other names, those that calls use, is the one given. */
static uint8_t *mark_named(const struct tl_history *h, tl_str given)
{
    uint8_t *marks = calloc(h->n_resources + 1, 1);
    for (size_t i = 0; marks && given.n && i < h->n_names; i++) {
        struct tl_resource r = h->resources[h->names[i].resource];
        r.id = h->names[i].name;
        marks[h->names[i].resource] |= resource_is_named(given, &r, TL_STR_NONE);
    }
    return marks;
}

static int keep_wanted(const struct tl_analyse_options *o, const struct tl_history *h,
                       const struct tl_loops *l, struct tl_findings *found, struct tl_err *err)
{
    uint8_t *named = mark_named(h, o->resource);
    size_t n = 0;
    if (!named)
        return tl_err_nomem(err);
    for (size_t i = 0; i < found->n; i++) {
        const struct tl_finding *f = &found->items[i];
        const struct tl_loop *loop = f->loop < l->n ? &l->items[f->loop] : &l->wide[f->loop - l->n];
        bool is_named =
            !o->resource.n || named[loop->resource] || resource_is_named(o->resource, &f->resource, f->arn);
        if (is_named && is_wanted(o, f))
            found->items[n++] = *f;
    }
    found->n = n;
    free(named);
    return 0;
}

/* The given chains, then the built-in ones: that is their order of preference. */
static int chains_make(const struct tl_analyse_options *o, struct tl_report *out)
{
    out->n_chains = o->n_chains + TL_N_CHAINS;
    out->chains = malloc(out->n_chains * sizeof *out->chains);
    if (!out->chains)
        return TL_ENOMEM;
    for (size_t i = 0; i < o->n_chains; i++)
        out->chains[i] = o->chains[i];
    memcpy(out->chains + o->n_chains, tl_chains, sizeof tl_chains);
    return 0;
}

/* Where the log is silent, in the accounts and regions of loops. */
static int load_silences(struct tl_store *s, struct tl_history *h, const struct tl_loops *l,
                         struct tl_err *err)
{
    uint8_t *wanted = calloc(h->n_scopes + 1, 1);
    int r = wanted ? 0 : tl_err_nomem(err);
    for (size_t i = 0; i < l->n && r == 0; i++) {
        const struct tl_cycle *c = &l->cycles[l->items[i].first_cycle];
        wanted[l->items[i].scope] = 1;
        for (uint32_t k = c->first_step; k < c->first_step + c->n_steps; k++)
            wanted[h->steps[l->steps[k].step].scope] = 1;
    }
    for (uint32_t i = 0; i < h->n_scopes && r == 0; i++)
        if (wanted[i])
            r = tl_store_silences(s, h, i, err);
    free(wanted);
    return r;
}

static int analyse(struct tl_store *s, const struct tl_analyse_options *o, struct tl_report *out,
                   struct tl_err *err)
{
    struct sieve sieve = {0};
    int r = 0;
    if (chains_make(o, out) || sieve_make(&sieve, out->chains, out->n_chains, &o->detect))
        r = tl_err_nomem(err);
    if (r == 0)
        r = tl_store_load(s, o->since_s, o->until_s, &sieve.store, &out->history, err);
    sieve_fini(&sieve);
    if (r == 0)
        r = tl_store_coverage(s, &out->coverage, err);
    if (r == 0 && tl_tie_attempts(&out->history))
        r = tl_err_nomem(err);
    if (r == 0)
        r = tl_detect(&out->history, out->chains, out->n_chains, &o->detect, &out->loops, err);
    if (r == 0)
        r = load_silences(s, &out->history, &out->loops, err);
    if (r == 0)
        r = tl_diagnose(&out->history, out->chains, &out->loops, &o->rates, o->all_evidence, &out->findings,
                        err);
    return r ? r : keep_wanted(o, &out->history, &out->loops, &out->findings, err);
}

static int locate_all(struct tl_store *s, struct tl_findings *f, struct tl_err *err)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < f->n; i++)
        r = locate_finding(s, &f->arena, &f->items[i], err);
    for (size_t i = 0; r == 0 && i < f->n_without_effect; i++)
        r = locate_failure(s, &f->arena, &f->without_effect[i], err);
    return r;
}

/* From one state of the database; with `places` where each piece of evidence lies, else nothing of that. */
static int analyse_once(struct tl_store *s, const struct tl_analyse_options *o, bool places,
                        struct tl_report *out, struct tl_err *err)
{
    *out = (struct tl_report){0};
    int r = tl_store_read_begin(s, err);
    if (r)
        return r;
    r = analyse(s, o, out, err);
    if (r == 0 && places)
        r = locate_all(s, &out->findings, err);
    r = tl_store_read_end(s, r, err);
    if (r)
        tl_report_fini(out);
    return r;
}

int tl_analyse(struct tl_store *s, const struct tl_analyse_options *o, struct tl_report *out,
               struct tl_err *err)
{
    return analyse_once(s, o, true, out, err);
}

/* ---- derived tables -------------------------------------------------------------------------- */

static void derived_row(const struct tl_finding *f, struct tl_store_loop *row)
{
    *row = (struct tl_store_loop){.id = tl_str_from(f->id),
                                  .chain = f->rule,
                                  .kind = tl_str_from(tl_kind_name(f->kind)),
                                  .status = tl_str_from(tl_status_name(f->status)),
                                  .config_rule = f->config_rule,
                                  .document = f->document,
                                  .confidence = tl_str_from(tl_link_name(f->confidence)),
                                  .resource = f->resource,
                                  .n_cycles = f->n_cycles,
                                  .n_partial = f->n_partial,
                                  .first_s = f->first_s,
                                  .last_s = f->last_s,
                                  .period_median_s = f->period_median_s,
                                  .cycle_first_s = f->cycle_starts_s,
                                  .cycle_last_s = f->cycle_ends_s};
}

/* The rows of the loops that a detection with the defaults finds, which borrow from `report`. */
static int derive_rows(struct tl_store *s, struct tl_report *report, struct tl_store_loop **rows,
                       struct tl_err *err)
{
    struct tl_analyse_options o;
    tl_analyse_defaults(&o);
    *rows = NULL;
    int r = analyse_once(s, &o, false, report, err);
    if (r)
        return r;
    *rows = malloc((report->findings.n + 1) * sizeof **rows);
    if (!*rows) {
        tl_report_fini(report);
        return tl_err_nomem(err);
    }
    for (size_t i = 0; i < report->findings.n; i++)
        derived_row(&report->findings.items[i], &(*rows)[i]);
    return 0;
}

/* What tells restless resources, as the built-in chains need it. 0 or a failure; to be ended in both cases.
 */
static int watch_make(struct sieve *sieve, struct tl_err *err)
{
    const struct tl_detect_params detect = TL_DETECT_PARAMS_DEFAULT;
    return sieve_make(sieve, tl_chains, TL_N_CHAINS, &detect) ? tl_err_nomem(err) : 0;
}

int derive_in_batch(struct tl_store *s, struct tl_err *err)
{
    struct tl_report report;
    struct tl_store_loop *rows;
    struct sieve sieve;
    int r = watch_make(&sieve, err);
    if (r == 0)
        r = tl_store_watch(s, &sieve.watch, err);
    sieve_fini(&sieve);
    if (r == 0)
        r = derive_rows(s, &report, &rows, err);
    if (r)
        return r;
    r = tl_store_write_loops(s, rows, report.findings.n, err);
    free(rows);
    tl_report_fini(&report);
    return r;
}

int tl_derive(struct tl_store *s, struct tl_err *err)
{
    bool current;
    int r = tl_store_loops_are_current(s, &current, err);
    if (r || current)
        return r;
    r = tl_store_begin(s, err);
    if (r == 0)
        r = derive_in_batch(s, err);
    return r ? r : tl_store_commit(s, err);
}

static int add_fault(void *ctx, const char *part, tl_str what)
{
    struct tl_check *c = ctx;
    if (tl_grow(&c->faults, &c->cap_faults, c->n_faults + 1, sizeof *c->faults))
        return TL_ENOMEM;
    c->faults[c->n_faults] = (struct tl_fault){.part = part};
    if (tl_arena_copy(&c->arena, what, &c->faults[c->n_faults].what))
        return TL_ENOMEM;
    c->n_faults++;
    return 0;
}

static int check_derived(struct tl_store *s, struct tl_check *out, struct tl_err *err)
{
    struct tl_report report;
    struct tl_store_loop *rows;
    struct tl_err why = {0};
    int r = derive_rows(s, &report, &rows, &why);
    if (r == TL_EDB) /* too damaged to be read */
        return add_fault(out, "derived", tl_str_from(why.msg));
    if (r)
        return tl_err_set(err, r, "%s", why.msg);
    r = tl_store_check_loops(s, rows, report.findings.n, add_fault, out, err);
    free(rows);
    tl_report_fini(&report);
    return r;
}

static int check_watch(struct tl_store *s, struct tl_check *out, struct tl_err *err)
{
    struct sieve sieve;
    int r = watch_make(&sieve, err);
    if (r == 0)
        r = tl_store_check_watch(s, &sieve.watch, add_fault, out, err);
    sieve_fini(&sieve);
    return r;
}

int tl_check(struct tl_store *s, struct tl_check *out, struct tl_err *err)
{
    struct tl_err why = {0};
    *out = (struct tl_check){0};
    int r = tl_store_read_begin(s, &why);
    if (r == 0) {
        r = tl_store_check(s, add_fault, out, &out->counts, &why);
        if (r == 0)
            r = check_watch(s, out, &why);
        if (r == 0)
            r = check_derived(s, out, &why);
        r = tl_store_read_end(s, r, &why);
    }
    if (r == TL_EDB) /* too damaged to be read to the end */
        r = add_fault(out, "integrity", tl_str_from(why.msg));
    return r ? tl_err_set(err, r, "%s", why.code ? why.msg : "out of memory") : 0;
}

void tl_check_fini(struct tl_check *c)
{
    free(c->faults);
    tl_arena_fini(&c->arena);
    *c = (struct tl_check){0};
}
