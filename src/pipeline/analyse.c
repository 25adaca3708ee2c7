/* From the store to a report: load the relevant history, tie attempts to the resources they name, detect,
 * diagnose, keep what was asked for, and look up where each piece of evidence lies. */
#include "locate.h"

#include <stdlib.h>
#include <string.h>

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

/* ---- ties ------------------------------------------------------------------------------------ */

struct names { /* the resources of a history, sorted by id, then account */
    const struct tl_history *h;
    uint32_t *by_id;
};

static int compare_names(const struct tl_resource *r, tl_str id, tl_str account)
{
    int c = tl_str_cmp(r->id, id);
    return c ? c : tl_str_cmp(r->account, account);
}

static int by_name(const void *a, const void *b, void *history)
{
    const struct tl_history *h = history;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    int c = compare_names(&h->resources[x], h->resources[y].id, h->resources[y].account);
    return c ? c : (x > y) - (x < y);
}

static size_t first_named(const struct names *n, tl_str id, tl_str account)
{
    size_t lo = 0, hi = n->h->n_resources;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (compare_names(&n->h->resources[n->by_id[mid]], id, account) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* The part of an ARN with this number, from 0: 3 is the region, 4 the account. Empty when `value` is no ARN
 * or has none there (S3). */
static tl_str arn_part(tl_str value, int number)
{
    if (!tl_str_starts(value, TL_STR("arn:")))
        return TL_STR_NONE;
    for (; number > 0 && value.n; number--)
        value = tl_str_sub(value, tl_str_find(value, TL_STR(":")) + 1, value.n);
    return tl_str_sub(value, 0, tl_str_find(value, TL_STR(":")));
}

/* Adds a tie for every resource of the attempt's account and region that is known as `id` and that `value`
 * names. */
static int tie_id(struct tl_history *h, const struct names *n, uint32_t step, tl_str value, tl_str id)
{
    const struct tl_scope *scope = &h->scopes[h->steps[step].scope];
    tl_str account = arn_part(value, 4);
    if (account.n && !tl_str_eq(account, scope->account))
        return 0;
    for (size_t i = first_named(n, id, scope->account); i < h->n_resources; i++) {
        const struct tl_resource *r = &h->resources[n->by_id[i]];
        if (compare_names(r, id, scope->account) != 0)
            break;
        bool here = (tl_str_eq(r->region, scope->region) || tl_str_eq(r->region, TL_STR("global")));
        if (!here || !tl_str_eq(tl_resource_normal_id(r->type, value), r->id))
            continue;
        int e = tl_grow(&h->ties, &h->cap_ties, h->n_ties + 1, sizeof *h->ties);
        if (e)
            return e;
        h->ties[h->n_ties++] = (struct tl_tie){step, n->by_id[i]};
    }
    return 0;
}

/* A value may be the id itself, or an ARN whose id depends on the type: what follows the last ':' or '/', or,
 * for a qualified function, the part before that. */
static int tie_value(struct tl_history *h, const struct names *n, uint32_t step, tl_str value)
{
    int r = tie_id(h, n, step, value, value);
    size_t colon = tl_str_rfind_char(value, ':'), slash = tl_str_rfind_char(value, '/');
    size_t cut = slash != SIZE_MAX && (colon == SIZE_MAX || slash > colon) ? slash : colon;
    if (r || cut == SIZE_MAX)
        return r;
    r = tie_id(h, n, step, value, tl_str_sub(value, cut + 1, value.n));
    tl_str function = tl_resource_normal_id(TL_STR("AWS::Lambda::Function"), value);
    if (r == 0 && !tl_str_eq(function, tl_str_sub(value, cut + 1, value.n)))
        r = tie_id(h, n, step, value, function);
    return r;
}

static int by_step_and_resource(const void *a, const void *b)
{
    const struct tl_tie *x = a, *y = b;
    if (x->step != y->step)
        return x->step < y->step ? -1 : 1;
    return (x->resource > y->resource) - (x->resource < y->resource);
}

static int tie_attempts(struct tl_history *h)
{
    struct names n = {.h = h, .by_id = malloc((h->n_resources + 1) * sizeof *n.by_id)};
    if (!n.by_id)
        return TL_ENOMEM;
    for (uint32_t i = 0; i < h->n_resources; i++)
        n.by_id[i] = i;
    qsort_r(n.by_id, h->n_resources, sizeof *n.by_id, by_name, h);
    int r = 0;
    for (size_t i = 0; r == 0 && i < h->n_values; i++)
        r = tie_value(h, &n, h->values[i].step, h->texts[h->values[i].text]);
    if (h->n_ties)
        qsort(h->ties, h->n_ties, sizeof *h->ties, by_step_and_resource);
    free(n.by_id);
    return r;
}

/* ---- what was asked for ---------------------------------------------------------------------- */

/* Whether `given`, an id, a name or an ARN that may hold `*`, names the resource. What it says of account and
 * region must fit too. */
static bool is_named(tl_str given, const struct tl_finding *f)
{
    const struct tl_resource *r = &f->resource;
    if (tl_str_glob(given, r->id) || tl_str_glob(given, f->arn))
        return true;
    if (!tl_str_eq(tl_resource_normal_id(r->type, given), r->id))
        return false;
    tl_str account = arn_part(given, 4), region = arn_part(given, 3);
    if (!tl_str_starts(given, TL_STR("arn:")) && tl_str_find(given, TL_STR(":function:")) == 12)
        account = tl_str_sub(given, 0, 12); /* a partial ARN */
    return (!account.n || tl_str_eq(account, r->account)) &&
           (!region.n || tl_str_eq(region, r->region) || tl_str_eq(r->region, TL_STR("global")));
}

static bool is_wanted(const struct tl_analyse_options *o, const struct tl_finding *f)
{
    if (o->account.n && !tl_str_eq(o->account, f->resource.account))
        return false;
    if (o->region.n && !tl_str_eq(o->region, f->resource.region) &&
        !tl_str_eq(f->resource.region, TL_STR("global")))
        return false;
    return !o->resource.n || is_named(o->resource, f);
}

static void keep_wanted(const struct tl_analyse_options *o, struct tl_findings *f)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++)
        if (is_wanted(o, &f->items[i]))
            f->items[n++] = f->items[i];
    f->n = n;
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

static int analyse(struct tl_store *s, const struct tl_analyse_options *o, struct tl_report *out,
                   struct tl_err *err)
{
    int r = tl_store_coverage(s, &out->coverage, err);
    if (r == 0)
        r = tl_store_load(s, o->since_s, o->until_s, &out->history, err);
    if (r == 0 && (tie_attempts(&out->history) || chains_make(o, out)))
        r = tl_err_nomem(err);
    if (r == 0)
        r = tl_detect(&out->history, out->chains, out->n_chains, &o->detect, &out->loops, err);
    if (r == 0)
        r = tl_diagnose(&out->history, out->chains, &out->loops, &o->rates, o->all_evidence, &out->findings,
                        err);
    if (r == 0) {
        keep_wanted(o, &out->findings);
        for (size_t i = 0; r == 0 && i < out->findings.n; i++)
            r = locate_finding(s, &out->findings.arena, &out->findings.items[i], err);
    }
    return r;
}

int tl_analyse(struct tl_store *s, const struct tl_analyse_options *o, struct tl_report *out,
               struct tl_err *err)
{
    *out = (struct tl_report){0};
    int r = tl_store_read_begin(s, err);
    if (r == 0)
        r = tl_store_read_end(s, analyse(s, o, out, err), err);
    if (r)
        tl_report_fini(out);
    return r;
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

int tl_derive(struct tl_store *s, struct tl_err *err)
{
    struct tl_analyse_options o;
    struct tl_report report;
    tl_analyse_defaults(&o);
    int r = tl_analyse(s, &o, &report, err);
    if (r)
        return r;
    struct tl_store_loop *rows = malloc((report.findings.n + 1) * sizeof *rows);
    if (rows) {
        for (size_t i = 0; i < report.findings.n; i++)
            derived_row(&report.findings.items[i], &rows[i]);
        r = tl_store_write_loops(s, rows, report.findings.n, err);
    } else {
        r = tl_err_nomem(err);
    }
    free(rows);
    tl_report_fini(&report);
    return r;
}
