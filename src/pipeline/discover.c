/* Repeating patterns that no rule names: first the loops are found as ever, so that what they explain can be
 * marked; then each resource's calls are looked through on their own. Judged resources come from the history
 * that detection walks (their verdicts and attempts are calls too); all others pass by one at a time, as the
 * store's sieve hands them out, and nothing of them is kept but the patterns that rank highest. */
#include "named.h"
#include "patterns.h"
#include "ties.h"
#include "trailloop/pipeline.h"

#include <stdlib.h>
#include <string.h>

struct known_loop { /* what is left of a finding */
    char id[sizeof((struct tl_finding *)0)->id];
    struct tl_resource resource;
    int64_t first_s, last_s;
};

struct known_attempt { /* that a session may be named after */
    tl_str execution;
    int64_t time_s;
    struct tl_event_id event;
    struct tl_caller caller;
    uint32_t seen_in; /* the last part that it was found to belong to */
};

struct search {
    const struct tl_analyse_options *o;
    size_t most; /* patterns to keep */
    struct tl_discovery *out;
    struct known_loop *loops;
    size_t n_loops;
    struct known_attempt *attempts; /* by execution */
    size_t n_attempts;
    uint32_t n_parts;
    struct tl_arena arena; /* of the loops and attempts */
    struct patterns patterns;
    struct tl_resource resource; /* whose patterns these are; its texts in `names` */
    struct tl_arena names;
    bool any;
    size_t n_copied; /* patterns copied to the report's arena since it was made anew */
    struct pattern_call *calls;
    size_t n_calls, cap_calls;
    struct tl_err *err;
};

/* ---- loops that explain ---------------------------------------------------------------------- */

static int copy_resource(struct tl_arena *a, const struct tl_resource *from, struct tl_resource *to)
{
    const tl_str *const texts[] = {&from->partition, &from->account, &from->region, &from->type, &from->id};
    tl_str *const copies[] = {&to->partition, &to->account, &to->region, &to->type, &to->id};
    for (int i = 0; i < 5; i++)
        if (tl_arena_copy(a, *texts[i], copies[i]))
            return TL_ENOMEM;
    return 0;
}

static bool same_resource(const struct tl_resource *a, const struct tl_resource *b)
{
    return tl_str_eq(a->id, b->id) && tl_str_eq(a->type, b->type) && tl_str_eq(a->account, b->account) &&
           tl_str_eq(a->region, b->region) && tl_str_eq(a->partition, b->partition);
}

static int by_execution(const void *a, const void *b)
{
    const struct known_attempt *x = a, *y = b;
    int c = tl_str_cmp(x->execution, y->execution);
    c = c ? c : (x->time_s > y->time_s) - (x->time_s < y->time_s);
    return c ? c : memcmp(x->event.b, y->event.b, sizeof x->event.b);
}

/* Resources that were never judged have attempts too: those whose sessions changed them. */
static int copy_attempts(struct search *x, const struct tl_history *h)
{
    x->attempts = malloc((h->n_steps + 1) * sizeof *x->attempts);
    int r = x->attempts ? 0 : TL_ENOMEM;
    for (size_t i = 0; r == 0 && i < h->n_steps; i++) {
        const struct tl_step *s = &h->steps[i];
        const struct tl_caller *c = &h->callers[s->caller];
        if (s->kind != TL_STEP_ATTEMPT || !s->execution)
            continue;
        struct known_attempt *to = &x->attempts[x->n_attempts++];
        *to = (struct known_attempt){.time_s = s->time_s, .event = s->event, .caller = {.person = c->person}};
        uint32_t own = s->flags & TL_STEP_CHILD ? s->detail : s->execution;
        r = tl_arena_copy(&x->arena, h->texts[own], &to->execution);
        if (r == 0)
            r = tl_arena_copy(&x->arena, c->principal, &to->caller.principal);
        if (r == 0)
            r = tl_arena_copy(&x->arena, c->user_agent, &to->caller.user_agent);
    }
    if (r == 0)
        qsort(x->attempts, x->n_attempts, sizeof *x->attempts, by_execution);
    return r;
}

static int find_loops(struct tl_store *s, struct search *x)
{
    struct tl_report report;
    struct tl_analyse_options all = *x->o;
    all.resource = all.actor = all.config_rule = TL_STR_NONE;
    int r = tl_analyse(s, &all, &report, x->err);
    if (r)
        return r;
    x->loops = malloc((report.findings.n + 1) * sizeof *x->loops);
    r = x->loops ? 0 : TL_ENOMEM;
    for (size_t i = 0; r == 0 && i < report.findings.n; i++) {
        const struct tl_finding *f = &report.findings.items[i];
        struct known_loop *l = &x->loops[x->n_loops++];
        *l = (struct known_loop){.first_s = f->first_s, .last_s = f->last_s + f->period_median_s};
        memcpy(l->id, f->id, sizeof l->id);
        r = copy_resource(&x->arena, &f->resource, &l->resource);
    }
    if (r == 0)
        r = copy_attempts(x, &report.history);
    tl_report_fini(&report);
    return r ? tl_err_nomem(x->err) : 0;
}

/* The loop on the resource that covers most of the pattern, if it covers half of it. */
static void explain(const struct search *x, struct tl_pattern *p)
{
    int64_t most = -1, span_s = p->last_s - p->first_s;
    for (size_t i = 0; i < x->n_loops; i++) {
        const struct known_loop *l = &x->loops[i];
        if (!same_resource(&l->resource, &x->resource))
            continue;
        int64_t from = l->first_s > p->first_s ? l->first_s : p->first_s;
        int64_t to = l->last_s < p->last_s ? l->last_s : p->last_s;
        if (to >= from && 2 * (to - from) >= span_s && to - from > most) {
            most = to - from;
            memcpy(p->loop, l->id, sizeof p->loop);
        }
    }
}

/* ---- the ones that rank highest -------------------------------------------------------------- */

static int compare_units(const struct tl_pattern *a, const struct tl_pattern *b)
{
    int c = 0;
    for (size_t i = 0; c == 0 && i < a->n_unit && i < b->n_unit; i++)
        c = tl_str_cmp(a->unit[i], b->unit[i]);
    return c ? c : (a->n_unit > b->n_unit) - (a->n_unit < b->n_unit);
}

static int by_rank(const void *a, const void *b)
{
    const struct tl_pattern *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    if (x->n_copies != y->n_copies)
        return x->n_copies > y->n_copies ? -1 : 1;
    if (x->first_s != y->first_s)
        return x->first_s < y->first_s ? -1 : 1;
    int c = tl_str_cmp(x->resource.account, y->resource.account);
    c = c ? c : tl_str_cmp(x->resource.region, y->resource.region);
    c = c ? c : tl_str_cmp(x->resource.type, y->resource.type);
    c = c ? c : tl_str_cmp(x->resource.id, y->resource.id);
    return c ? c : compare_units(x, y);
}

static int copy_pattern(struct tl_arena *a, struct tl_pattern *p)
{
    tl_str *unit = tl_arena_calloc(a, p->n_unit, sizeof *unit);
    struct tl_pattern_caller *callers = tl_arena_calloc(a, p->n_callers + 1, sizeof *callers);
    int r = unit && callers ? copy_resource(a, &p->resource, &p->resource) : TL_ENOMEM;
    for (size_t i = 0; r == 0 && i < p->n_unit; i++)
        r = tl_arena_copy(a, p->unit[i], &unit[i]);
    for (size_t i = 0; r == 0 && i < p->n_callers; i++) {
        callers[i] = p->callers[i];
        r = tl_arena_copy(a, p->callers[i].principal, &callers[i].principal);
        if (r == 0)
            r = tl_arena_copy(a, p->callers[i].user_agent, &callers[i].user_agent);
    }
    if (r == 0)
        r = tl_arena_copy(a, p->chain, &p->chain);
    if (r == 0)
        r = tl_arena_copy(a, p->arn, &p->arn);
    p->unit = unit;
    p->callers = callers;
    return r;
}

/* Most of what the arena holds belongs to patterns that have lost their rank: the others move on to a new
 * one. */
static int compact(struct search *x)
{
    struct tl_discovery *d = x->out;
    struct tl_arena fresh = {0};
    int r = 0;
    for (size_t i = 0; r == 0 && i < d->n; i++)
        r = copy_pattern(&fresh, &d->items[i]);
    if (r) {
        tl_arena_fini(&fresh);
        return r;
    }
    tl_arena_fini(&d->arena);
    d->arena = fresh;
    x->n_copied = d->n;
    return 0;
}

static int arn_of(struct tl_arena *a, const struct tl_resource *r, tl_str *out)
{
    struct tl_buf arn = {0};
    int e = tl_resource_arn(r, &arn);
    if (e == 0)
        e = tl_arena_copy(a, tl_buf_str(&arn), out);
    tl_buf_fini(&arn);
    return e < 0 ? e : 0;
}

static bool has_actor(const struct tl_pattern *p, tl_str actor)
{
    bool any = actor.n == 0;
    for (size_t i = 0; !any && i < p->n_callers; i++)
        any = tl_str_glob(actor, p->callers[i].principal);
    return any;
}

/* Puts group i among the kept ones, if it ranks high enough. */
static int keep(struct search *x, size_t i)
{
    struct tl_discovery *d = x->out;
    struct tl_pattern p;
    int r = patterns_get(&x->patterns, i, NULL, &p);
    if (r || !has_actor(&p, x->o->actor))
        return r;
    p.resource = x->resource;
    d->n_found++;
    if ((d->n == x->most && by_rank(&p, &d->items[d->n - 1]) > 0))
        return 0;
    if (x->n_copied >= 4 * x->most + 64 && (r = compact(x)))
        return r;
    r = patterns_get(&x->patterns, i, &d->arena, &p);
    if (r == 0)
        r = copy_resource(&d->arena, &x->resource, &p.resource);
    if (r == 0)
        r = arn_of(&d->arena, &p.resource, &p.arn);
    if (r)
        return r;
    explain(x, &p);
    x->n_copied++;
    size_t at = d->n < x->most ? d->n++ : d->n - 1;
    for (; at > 0 && by_rank(&p, &d->items[at - 1]) < 0; at--)
        d->items[at] = d->items[at - 1];
    d->items[at] = p;
    return 0;
}

/* The resource at hand has no more calls. */
static int end_resource(struct search *x)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < x->patterns.n; i++)
        r = keep(x, i);
    x->out->n_found += x->patterns.n_left_out;
    patterns_clear(&x->patterns);
    tl_arena_fini(&x->names);
    x->any = false;
    return r;
}

/* ---- one resource's calls -------------------------------------------------------------------- */

struct name { /* of a call, and the number it had */
    tl_str text;
    uint32_t number;
};

static int by_name(const void *a, const void *b)
{
    return tl_str_cmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

/* service:Action of every API, then the verdict and the attempt; sorted, and in `rank` where each went. */
static int names_make(const struct tl_history *h, struct tl_arena *a, tl_str **names, uint32_t **rank)
{
    size_t n = h->n_apis + 2;
    struct name *all = tl_arena_calloc(a, n, sizeof *all);
    *names = tl_arena_calloc(a, n, sizeof **names);
    *rank = tl_arena_calloc(a, n, sizeof **rank);
    if (!all || !*names || !*rank)
        return TL_ENOMEM;
    for (uint32_t i = 0; i < n; i++) {
        all[i].number = i;
        all[i].text = i < h->n_apis    ? tl_arena_join(a, h->apis[i].service, ':', h->apis[i].action)
                      : i == h->n_apis ? TL_STR("config:PutEvaluations")
                                       : TL_STR("ssm:StartAutomationExecution");
        if (!all[i].text.p)
            return TL_ENOMEM;
    }
    qsort(all, n, sizeof *all, by_name);
    for (uint32_t i = 0; i < n; i++) {
        (*names)[i] = all[i].text;
        (*rank)[all[i].number] =
            i && tl_str_eq(all[i].text, all[i - 1].text) ? (*rank)[all[i - 1].number] : i;
    }
    return 0;
}

static int add_call(struct search *x, const struct tl_step *s, uint32_t number)
{
    if (tl_grow(&x->calls, &x->cap_calls, x->n_calls + 1, sizeof *x->calls))
        return TL_ENOMEM;
    x->calls[x->n_calls++] =
        (struct pattern_call){.time_s = s->time_s,
                              .call = number,
                              .caller = s->caller,
                              .fingerprint = s->kind == TL_STEP_CHANGE ? s->fingerprint : 0};
    return 0;
}

static bool is_wanted(const struct search *x, const struct tl_resource *r)
{
    struct tl_buf arn = {0};
    const struct tl_analyse_options *o = x->o;
    if ((o->account.n && !tl_str_eq(o->account, r->account)) ||
        (o->region.n && !tl_str_eq(o->region, r->region) && !tl_str_eq(r->region, TL_STR("global"))))
        return false;
    if (o->resource.n == 0)
        return true;
    bool has_arn = tl_resource_arn(r, &arn) == 0;
    bool wanted = resource_is_named(o->resource, r, has_arn ? tl_buf_str(&arn) : TL_STR_NONE);
    tl_buf_fini(&arn);
    return wanted;
}

/* What two calls of one second have in common is all that matters of them: the order is the same whichever
 * record was read first, and takes no look at the events. */
static int by_time(const void *a, const void *b, void *ctx)
{
    const struct pattern_call *x = a, *y = b;
    const struct tl_caller *callers = ctx, *p = &callers[x->caller], *q = &callers[y->caller];
    if (x->time_s != y->time_s)
        return x->time_s < y->time_s ? -1 : 1;
    if (x->call != y->call)
        return x->call < y->call ? -1 : 1;
    int c = tl_str_cmp(p->principal, q->principal);
    c = c ? c : tl_str_cmp(p->user_agent, q->user_agent);
    return c ? c : (x->fingerprint > y->fingerprint) - (x->fingerprint < y->fingerprint);
}

/* The calls gathered are of this resource; more of them may come. */
static int add_calls(struct search *x, const struct tl_caller *callers, const struct tl_resource *resource,
                     const tl_str *names)
{
    const struct pattern_part part = {x->calls, x->n_calls, names, callers};
    int r = 0;
    qsort_r(x->calls, x->n_calls, sizeof *x->calls, by_time, (void *)(uintptr_t)callers);
    if (x->any && !same_resource(&x->resource, resource))
        r = end_resource(x);
    if (r == 0 && !x->any)
        r = copy_resource(&x->names, resource, &x->resource);
    x->any = true;
    if (r == 0)
        r = patterns_add(&x->patterns, &part, x->out->min_copies);
    x->n_calls = 0;
    return r;
}

/* ---- resources that were never judged -------------------------------------------------------- */

static struct known_attempt *attempt_of(const struct search *x, tl_str execution)
{
    size_t lo = 0, hi = x->n_attempts;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (tl_str_cmp(x->attempts[mid].execution, execution) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < x->n_attempts && tl_str_eq(x->attempts[lo].execution, execution) ? &x->attempts[lo] : NULL;
}

/* Adds each attempt whose session made a change of this part; its caller behind those of the part. */
static int add_attempts(struct search *x, const struct tl_history *h, struct tl_arena *a, uint32_t number,
                        struct tl_caller **callers)
{
    uint32_t n = (uint32_t)h->n_callers;
    size_t n_changes = x->n_calls;
    if (!(*callers = tl_arena_calloc(a, h->n_callers + n_changes + 1, sizeof **callers)))
        return TL_ENOMEM;
    if (h->n_callers)
        memcpy(*callers, h->callers, h->n_callers * sizeof **callers);
    x->n_parts++;
    for (size_t i = 0; i < h->n_steps; i++) {
        struct known_attempt *k =
            h->steps[i].execution ? attempt_of(x, h->texts[h->steps[i].execution]) : NULL;
        if (!k || k->seen_in == x->n_parts || h->steps[i].flags & TL_STEP_FAILED)
            continue;
        k->seen_in = x->n_parts;
        if (tl_grow(&x->calls, &x->cap_calls, x->n_calls + 1, sizeof *x->calls))
            return TL_ENOMEM;
        x->calls[x->n_calls++] = (struct pattern_call){.time_s = k->time_s, .call = number, .caller = n};
        (*callers)[n++] = k->caller;
    }
    return 0;
}

static int pass_by(void *ctx, const struct tl_history *h, uint8_t *kept, struct tl_err *err)
{
    struct search *x = ctx;
    struct tl_arena arena = {0};
    struct tl_caller *callers;
    tl_str *names;
    uint32_t *rank;
    (void)kept; /* nothing is to be loaded */
    if (!is_wanted(x, &h->resources[0]))
        return 0;
    int r = names_make(h, &arena, &names, &rank);
    x->n_calls = 0;
    for (size_t i = 0; r == 0 && i < h->n_steps; i++)
        if (h->steps[i].kind == TL_STEP_CHANGE && !(h->steps[i].flags & TL_STEP_FAILED))
            r = add_call(x, &h->steps[i], rank[h->steps[i].subject]);
    if (r == 0)
        r = add_attempts(x, h, &arena, rank[h->n_apis + 1], &callers);
    if (r == 0 && x->n_calls)
        r = add_calls(x, callers, &h->resources[0], names);
    tl_arena_fini(&arena);
    return r ? tl_err_nomem(err) : 0;
}

/* ---- judged ones ----------------------------------------------------------------------------- */

/* A second verdict of one rule in a row, so soon, is the first one once more. */
static bool is_repeated(const struct tl_history *h, const struct tl_step *s, const struct tl_step *last)
{
    (void)h;
    return last && last->subject == s->subject && last->scope == s->scope &&
           s->time_s - last->time_s <= TL_REPEAT_S;
}

static int judged_calls(struct search *x, const struct tl_history *h, const struct tl_lists *l,
                        uint32_t resource, const uint32_t *rank)
{
    const struct tl_step *last = NULL; /* the call before, where it was a verdict */
    int r = 0;
    x->n_calls = 0;
    for (uint32_t i = l->start[resource]; r == 0 && i < l->start[resource + 1]; i++) {
        const struct tl_step *s = &h->steps[l->at[i]];
        bool verdict = s->kind == TL_STEP_VERDICT;
        if (s->flags & TL_STEP_FAILED || (verdict && s->compliance != TL_NON_COMPLIANT) ||
            (verdict && is_repeated(h, s, last)))
            continue;
        r = add_call(x, s,
                     verdict                      ? rank[h->n_apis]
                     : s->kind == TL_STEP_ATTEMPT ? rank[h->n_apis + 1]
                                                  : rank[s->subject]);
        last = verdict ? s : NULL;
    }
    return r;
}

static int judged_lists(struct search *x, const struct tl_history *h, struct tl_lists *out)
{
    struct tl_tied_steps tied = {0};
    uint32_t *owner = malloc((h->n_steps + 1) * sizeof *owner);
    int r = owner ? tl_detect_tied(h, &tied, x->err) : TL_ENOMEM;
    for (size_t i = 0; r == 0 && i < h->n_steps; i++)
        owner[i] = h->steps[i].kind == TL_STEP_ATTEMPT ? TL_NONE : h->steps[i].resource;
    for (size_t i = 0; r == 0 && i < tied.n_attempts; i++)
        owner[tied.attempts[i].step] = tied.attempts[i].resource;
    if (r == 0)
        r = tl_lists_make(out, (uint32_t)h->n_resources, (uint32_t)h->n_steps, owner);
    tl_tied_steps_fini(&tied);
    free(owner);
    return r;
}

static int look_at_judged(struct search *x, const struct tl_history *h)
{
    struct tl_lists l = {0};
    struct tl_arena arena = {0};
    tl_str *names = NULL;
    uint32_t *rank = NULL;
    int r = judged_lists(x, h, &l);
    if (r == 0)
        r = names_make(h, &arena, &names, &rank);
    for (uint32_t i = 0; r == 0 && i < h->n_resources; i++) {
        if (!is_wanted(x, &h->resources[i]))
            continue;
        r = judged_calls(x, h, &l, i, rank);
        if (r == 0 && x->n_calls)
            r = add_calls(x, h->callers, &h->resources[i], names);
    }
    if (r == 0 && x->any)
        r = end_resource(x);
    tl_lists_fini(&l);
    tl_arena_fini(&arena);
    return r;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static int look(struct tl_store *s, struct search *x)
{
    const struct tl_sieve sieve = {.least_changes = x->out->min_copies, .keep = pass_by, .ctx = x};
    struct tl_history h = {0};
    int r = tl_store_coverage(s, &x->out->coverage, x->err);
    if (r == 0)
        r = find_loops(s, x);
    if (r == 0)
        r = tl_store_load(s, x->o->since_s, x->o->until_s, &sieve, &h, x->err);
    if (r == 0 && x->any && end_resource(x))
        r = tl_err_nomem(x->err);
    if (r == 0 && (tl_tie_attempts(&h) || look_at_judged(x, &h)))
        r = tl_err_nomem(x->err);
    tl_history_fini(&h);
    return r;
}

int tl_discover(struct tl_store *s, const struct tl_analyse_options *o, size_t most, struct tl_discovery *out,
                struct tl_err *err)
{
    struct search x = {.o = o, .most = most, .out = out, .err = err};
    *out = (struct tl_discovery){.min_copies = o->detect.min_cycles < 2 ? 2 : o->detect.min_cycles,
                                 .items = malloc((most + 1) * sizeof *out->items)};
    int r = out->items ? tl_store_read_begin(s, err) : tl_err_nomem(err);
    if (r == 0)
        r = tl_store_read_end(s, look(s, &x), err);
    patterns_clear(&x.patterns);
    tl_arena_fini(&x.arena);
    tl_arena_fini(&x.names);
    free(x.loops);
    free(x.attempts);
    free(x.calls);
    if (r)
        tl_discovery_fini(out);
    return r;
}

void tl_discovery_fini(struct tl_discovery *d)
{
    tl_coverage_fini(&d->coverage);
    tl_arena_fini(&d->arena);
    free(d->items);
    *d = (struct tl_discovery){0};
}
