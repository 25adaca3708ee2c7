/* Loops to findings: each loop is given the part of the history that is its own, and every question is asked
 * of that. */
#include "internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One evaluation (first 100,000 of a region and month), one configuration item (continuous recording), one
 * automation step: list prices, docs/ARCHITECTURE.md, "Cost". */
const struct tl_rates tl_rates_default = {
    .per_verdict = 0.001, .per_item = 0.003, .per_automation_step = 0.002};

/* ---- what all loops share -------------------------------------------------------------------- */

static int lists_make(struct field *f)
{
    const struct tl_history *h = f->h;
    uint32_t *owner = malloc((h->n_steps + 1) * sizeof *owner);
    if (!owner)
        return TL_ENOMEM;
    for (size_t i = 0; i < h->n_steps; i++)
        owner[i] = h->steps[i].kind == TL_STEP_ATTEMPT ? TL_NONE : h->steps[i].resource;
    int r = tl_lists_make(&f->by_resource, (uint32_t)h->n_resources, (uint32_t)h->n_steps, owner);
    for (size_t i = 0; i < h->n_steps; i++)
        owner[i] = TL_NONE;
    for (size_t i = 0; i < f->loops->n_failed; i++)
        owner[f->loops->failed[i].step] = f->loops->failed[i].resource;
    if (r == 0)
        r = tl_lists_make(&f->loose, (uint32_t)h->n_resources, (uint32_t)h->n_steps, owner);
    free(owner);
    return r;
}

static int control_order(const struct tl_control_step *a, uint32_t scope, uint32_t rule)
{
    if (a->scope != scope)
        return a->scope < scope ? -1 : 1;
    return (a->rule > rule) - (a->rule < rule);
}

static int by_rule(const void *a, const void *b)
{
    const struct tl_control_step *x = *(const struct tl_control_step *const *)a,
                                 *y = *(const struct tl_control_step *const *)b;
    int c = control_order(x, y->scope, y->rule);
    return c ? c : (x > y) - (x < y); /* controls are in time order */
}

static int controls_make(struct field *f)
{
    const struct tl_history *h = f->h;
    f->controls = malloc((h->n_controls + 1) * sizeof(struct tl_control_step *));
    if (!f->controls)
        return TL_ENOMEM;
    for (size_t i = 0; i < h->n_controls; i++)
        f->controls[i] = &h->controls[i];
    qsort(f->controls, h->n_controls, sizeof(struct tl_control_step *), by_rule);
    return 0;
}

/* Those of the loop's rule; none where the verdicts do not name it. */
static void subject_controls(struct subject *s)
{
    const struct field *f = s->f;
    size_t lo = 0, hi = s->loop->rule ? f->h->n_controls : 0, end = hi;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (control_order(f->controls[mid], s->loop->scope, s->loop->rule) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    s->controls = f->controls + lo;
    while (lo + s->n_controls < end &&
           control_order(f->controls[lo + s->n_controls], s->loop->scope, s->loop->rule) == 0)
        s->n_controls++;
}

static int loop_order(const struct tl_loop *a, const struct tl_loop *b)
{
    if (a->resource != b->resource)
        return a->resource < b->resource ? -1 : 1;
    if (a->rule != b->rule)
        return a->rule < b->rule ? -1 : 1;
    return (a->scope > b->scope) - (a->scope < b->scope);
}

static int by_stream(const void *a, const void *b)
{
    const struct tl_loop *x = *(const struct tl_loop *const *)a, *y = *(const struct tl_loop *const *)b;
    int c = loop_order(x, y);
    return c ? c : (x > y) - (x < y); /* loops are in time order */
}

/* A loop's span ends where the next one on the same resource and rule begins. */
static int spans_make(struct field *f)
{
    const struct tl_loops *l = f->loops;
    const struct tl_loop **sorted = malloc((l->n + 1) * sizeof(struct tl_loop *));
    f->span_end_s = malloc((l->n + 1) * sizeof *f->span_end_s);
    if (!sorted || !f->span_end_s) {
        free(sorted);
        return TL_ENOMEM;
    }
    for (size_t i = 0; i < l->n; i++)
        sorted[i] = &l->items[i];
    qsort(sorted, l->n, sizeof(struct tl_loop *), by_stream);
    for (size_t i = 0; i < l->n; i++) {
        bool last = i + 1 == l->n || loop_order(sorted[i], sorted[i + 1]) != 0;
        f->span_end_s[sorted[i] - l->items] =
            last ? INT64_MAX : l->cycles[sorted[i + 1]->first_cycle].first_s - 1;
    }
    free(sorted);
    return 0;
}

/* To be ended with field_fini, whatever comes of it. 0 or TL_ENOMEM. */
static int field_make(struct field *f)
{
    int r = lists_make(f);
    if (r == 0)
        r = spans_make(f);
    if (r == 0)
        r = controls_make(f);
    if (r == 0)
        r = gaps_make(f);
    return r ? r : failures_lists_make(f);
}

static void field_fini(struct field *f)
{
    tl_lists_fini(&f->by_resource);
    tl_lists_fini(&f->loose);
    tl_lists_fini(&f->idle_of);
    tl_lists_fini(&f->stray);
    tl_lists_fini(&f->loops_of);
    free(f->span_end_s);
    free(f->silences);
    free(f->quiet);
    free(f->controls);
    free(f->remedy);
}

static bool is_judged(const struct subject *s)
{
    const struct tl_chain *chain = subject_chain(s);
    return chain->form == TL_CHAIN_STEPS && chain->steps[0].kind == TL_CHAIN_VERDICT;
}

static int verdicts_make(struct subject *s)
{
    const struct tl_history *h = s->f->h;
    const struct tl_lists *l = &s->f->by_resource;
    uint32_t from = l->start[s->loop->resource], to = l->start[s->loop->resource + 1];
    s->verdicts = malloc((to - from + 1) * sizeof *s->verdicts);
    if (!s->verdicts)
        return TL_ENOMEM;
    for (uint32_t i = from; i < to && is_judged(s); i++) {
        const struct tl_step *v = &h->steps[l->at[i]];
        if (v->kind == TL_STEP_VERDICT && v->subject == s->loop->rule && v->scope == s->loop->scope &&
            v->time_s >= s->from_s && v->time_s <= s->to_s)
            s->verdicts[s->n_verdicts++] = l->at[i];
    }
    return 0;
}

static int subject_make(struct subject *s, int64_t to_s)
{
    const struct tl_loops *l = s->f->loops;
    const struct tl_history *h = s->f->h;
    s->from_s = subject_cycle(s, 0)->first_s;
    s->to_s = to_s;
    s->is_followed = to_s != INT64_MAX;
    s->coverage_end_s = h->scopes[s->loop->scope].last_s;
    if (s->coverage_end_s > s->to_s) /* after that it is the next loop's story */
        s->coverage_end_s = s->to_s;
    if (s->loop->n_answers)
        s->answers = l->answers + s->loop->first_answer;
    for (size_t i = 0; i < s->loop->n_answers; i++) {
        int64_t t = h->steps[l->answers[s->loop->first_answer + i].attempt].time_s;
        if (t < s->from_s)
            s->answers++;
        else if (t <= s->to_s)
            s->n_answers++;
    }
    subject_controls(s);
    return verdicts_make(s);
}

/* ---- facts ----------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* A regular period close to one of AWS Config's evaluation frequencies: the median within a twentieth of it,
 * and four of five gaps within a tenth. An evaluation starts some minutes early or late, and one that
 * somebody asks for comes in between. Where nothing is evaluated, nothing is on schedule. */
static int64_t schedule_of(const struct tl_finding *f, const int64_t *gaps, size_t n)
{
    static const int64_t hours[] = {1, 3, 6, 12, 24};
    for (size_t i = 0; i < sizeof hours / sizeof *hours && !f->without_config; i++) {
        int64_t t = hours[i] * 3600;
        size_t near = 0;
        for (size_t k = 0; k < n; k++)
            near += llabs(gaps[k] - t) * 10 <= t;
        if (llabs(f->period_median_s - t) * 20 <= t && near * 5 >= n * 4)
            return t;
    }
    return 0;
}

static int period_make(const struct subject *s, struct tl_finding *f)
{
    size_t n = 0, n_cycles = s->loop->n_cycles;
    int64_t *gaps = malloc((n_cycles + 1) * sizeof *gaps);
    f->cycle_starts_s = tl_arena_calloc(s->arena, n_cycles, sizeof *f->cycle_starts_s);
    f->cycle_ends_s = tl_arena_calloc(s->arena, n_cycles, sizeof *f->cycle_ends_s);
    if (!gaps || !f->cycle_starts_s || !f->cycle_ends_s) {
        free(gaps);
        return TL_ENOMEM;
    }
    for (size_t i = 0; i < n_cycles; i++) {
        f->cycle_starts_s[i] = subject_cycle(s, i)->first_s;
        f->cycle_ends_s[i] = subject_cycle(s, i)->last_s;
        if (is_period(s, i))
            gaps[n++] = subject_cycle(s, i)->first_s - subject_cycle(s, i - 1)->first_s;
    }
    for (size_t i = 1; n == 0 && i < n_cycles;
         i++) /* a partial cycle in every gap: better too long than nothing */
        gaps[0] = subject_cycle(s, i)->first_s - subject_cycle(s, i - 1)->first_s, n = 1;
    qsort(gaps, n, sizeof *gaps, by_value);
    if (n) {
        f->period_min_s = gaps[0];
        f->period_max_s = gaps[n - 1];
        f->period_median_s = (gaps[(n - 1) / 2] + gaps[n / 2]) / 2;
    }
    f->schedule_s = schedule_of(f, gaps, n);
    free(gaps);
    bool tail = false;
    for (size_t i = 1; i < n_cycles; i++) {
        tail |= subject_cycle(s, i)->episode_start;
        f->n_tail_cycles += tail;
    }
    return 0;
}

/* Whether the last complete cycle has that call by that caller among its changes. */
static bool is_call_of_loop(const struct subject *s, const struct tl_step *change)
{
    const struct tl_cycle *c = subject_cycle(s, s->loop->n_cycles - 1);
    for (uint32_t k = c->first_step; k < c->first_step + c->n_steps; k++) {
        const struct tl_step *own = subject_step(s, s->f->loops->steps[k].step);
        if (own->kind == TL_STEP_CHANGE && own->subject == change->subject && own->caller == change->caller)
            return true;
    }
    return false;
}

/* When the cycle under way, which an attempt or a verdict opened at `from_s`, was last seen to go on. */
static int64_t open_cycle_last_s(const struct subject *s, int64_t from_s)
{
    const struct tl_lists *l = &s->f->by_resource;
    uint32_t resource = s->loop->resource;
    int64_t last = from_s;
    for (uint32_t i = tl_lists_at(l, s->f->h, resource, from_s); i < l->start[resource + 1]; i++) {
        const struct tl_step *c = subject_step(s, l->at[i]);
        if (c->time_s > s->to_s || c->time_s - last > s->f->loops->params.max_step_s)
            break;
        if (c->kind == TL_STEP_CHANGE && !(c->flags & TL_STEP_FAILED) && is_call_of_loop(s, c))
            last = c->time_s;
    }
    return last;
}

/* The last sign of the loop: a step of a cycle, the one under way too, an attempt, a verdict under its rule.
 */
static int64_t last_sign_s(const struct subject *s)
{
    int64_t last = subject_cycle(s, s->loop->n_cycles - 1)->last_s;
    const struct tl_step *v = s->n_verdicts ? subject_step(s, s->verdicts[s->n_verdicts - 1]) : NULL,
                         *a = s->n_answers ? subject_step(s, s->answers[s->n_answers - 1].attempt) : NULL,
                         *opener = a                                        ? a
                                   : v && v->compliance == TL_NON_COMPLIANT ? v
                                                                            : NULL;
    int64_t open_s = opener && opener->time_s > last ? open_cycle_last_s(s, opener->time_s) : last;
    if (v && v->time_s > last)
        last = v->time_s;
    return open_s > last ? open_s : last;
}

static int by_text(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The document that most attempts ran, of those that answer a verdict: what else ran may be a runbook of a
 * runbook. */
static int document_make(struct subject *s, struct tl_finding *f)
{
    uint32_t *all = malloc((s->n_answers + 1) * sizeof *all);
    if (!all)
        return TL_ENOMEM;
    size_t n = 0, most = 0;
    for (size_t i = 0; i < s->n_answers; i++)
        if (s->answers[i].verdict != TL_NONE)
            all[n++] = subject_step(s, s->answers[i].attempt)->subject;
    qsort(all, n, sizeof *all, by_text);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && all[end] == all[i]; end++)
            ;
        if (all[i] && end - i > most) {
            most = end - i;
            s->document = all[i];
            f->document = s->f->h->texts[all[i]];
        }
    }
    free(all);
    return 0;
}

/* FNV-1a over the fields with a separator that none of them starts: names, not secrets. */
static void id_make(const struct subject *s, struct tl_finding *f)
{
    char day[TL_TIME_MAX_BYTES];
    tl_time_format(f->first_s, day);
    const tl_str parts[] = {f->resource.partition, f->resource.account,
                            f->resource.region,    f->resource.type,
                            f->resource.id,        f->rule,
                            f->config_rule,        s->f->h->scopes[s->loop->scope].region,
                            (tl_str){day, 10}};
    uint64_t id = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        id = (id ^ tl_str_hash(parts[i])) * 1099511628211u;
    snprintf(f->id, sizeof f->id, "%012" PRIx64, id >> 16);
}

static uint32_t count_compliant(const struct subject *s, int64_t to_s)
{
    uint32_t n = 0;
    for (size_t i = 0; i < s->n_verdicts; i++) {
        const struct tl_step *v = subject_step(s, s->verdicts[i]);
        n += v->compliance == TL_COMPLIANT && v->time_s <= to_s;
    }
    return n;
}

/* A verdict that opened a cycle which the end of the log cut off. */
static bool is_open(const struct subject *s)
{
    const struct tl_cycle *c = subject_cycle(s, s->loop->n_cycles - 1);
    const struct tl_step *v = s->n_verdicts ? subject_step(s, s->verdicts[s->n_verdicts - 1]) : NULL;
    return v && v->compliance == TL_NON_COMPLIANT && v->time_s >= c->last_s &&
           s->verdicts[s->n_verdicts - 1] != s->f->loops->steps[c->first_step].step;
}

/* ---- cost ------------------------------------------------------------------------------------ */

static void cost_make(const struct subject *s, const struct tl_rates *rates, struct tl_finding *f)
{
    const struct tl_history *h = s->f->h;
    const struct tl_lists *l = &s->f->by_resource;
    uint8_t before = TL_NON_COMPLIANT;
    for (size_t i = 0; i < s->n_verdicts; i++) {
        uint8_t now = subject_step(s, s->verdicts[i])->compliance;
        f->cost.n_verdicts += now != TL_NOT_APPLICABLE;
        f->cost.n_items += now != before; /* each turn of the verdict is recorded as an item too */
        before = now;
    }
    for (uint32_t i = l->start[s->loop->resource]; i < l->start[s->loop->resource + 1]; i++) {
        const struct tl_step *c = &h->steps[l->at[i]];
        f->cost.n_items += c->kind == TL_STEP_CHANGE && !(c->flags & TL_STEP_FAILED) &&
                           c->time_s >= s->from_s && c->time_s <= f->last_s;
    }
    /* at least one step each; the log does not say how many */
    f->cost.n_automation_steps = s->n_answers + s->n_stray;
    f->cost.so_far_usd = (double)f->cost.n_verdicts * rates->per_verdict +
                         (double)f->cost.n_items * rates->per_item +
                         (double)f->cost.n_automation_steps * rates->per_automation_step;
    if (f->period_median_s > 0)
        f->cost.per_30_days_usd =
            f->cost.so_far_usd / f->n_cycles * (30.0 * 86400 / (double)f->period_median_s);
}

/* ---- one finding ----------------------------------------------------------------------------- */

static int also_make(const struct subject *s, struct tl_finding *f)
{
    uint64_t mask = s->loop->also_mask;
    f->also = tl_arena_calloc(s->arena, (size_t)__builtin_popcountll(mask) + 1, sizeof *f->also);
    if (!f->also)
        return TL_ENOMEM;
    for (; mask; mask &= mask - 1)
        f->also[f->n_also++] = s->f->chains[__builtin_ctzll(mask)].name;
    return 0;
}

static int arn_make(const struct subject *s, struct tl_finding *f)
{
    struct tl_buf arn = {0};
    int r = tl_resource_arn(&f->resource, &arn);
    if (r == 0)
        r = tl_arena_copy(s->arena, tl_buf_str(&arn), &f->arn);
    tl_buf_fini(&arn);
    return r < 0 ? r : 0;
}

static int finding_make(struct subject *s, const struct tl_rates *rates, bool all_evidence,
                        struct tl_finding *f)
{
    const struct tl_loop *loop = s->loop;
    const struct tl_history *h = s->f->h;
    *f = (struct tl_finding){.rule = subject_chain(s)->name,
                             .without_config = !is_judged(s),
                             .resource = h->resources[loop->resource],
                             .config_rule = h->texts[loop->rule],
                             .scope_region = h->scopes[loop->scope].region,
                             .n_cycles = loop->n_cycles,
                             .n_partial = loop->n_partial,
                             .first_s = s->from_s,
                             .last_s = last_sign_s(s),
                             .order_assumed = loop->order_assumed,
                             .confidence = loop->confidence,
                             .status = TL_RUNNING};
    id_make(s, f);
    f->n_compliant_between = count_compliant(s, subject_cycle(s, loop->n_cycles - 1)->last_s);
    int r = also_make(s, f);
    if (r == 0)
        r = arn_make(s, f);
    if (r == 0)
        r = period_make(s, f);
    if (r == 0)
        r = document_make(s, f);
    if (r == 0)
        r = parties_diagnose(s, f);
    if (r == 0)
        r = proof_diagnose(s, f);
    if (r == 0)
        r = retry_diagnose(s, f);
    if (r == 0)
        r = moments_diagnose(s, f);
    if (r == 0)
        r = failures_diagnose(s, f);
    if (r == 0)
        r = evidence_make(s, all_evidence, f);
    if (r)
        return r;
    status_diagnose(s, f);
    f->open_cycle = f->status == TL_RUNNING && is_open(s);
    cost_make(s, rates, f);
    return gaps_diagnose(s, f);
}

static int by_weight(const void *a, const void *b)
{
    const struct tl_finding *x = a, *y = b;
    if (x->status != y->status)
        return x->status < y->status ? -1 : 1;
    if (x->n_cycles != y->n_cycles)
        return x->n_cycles > y->n_cycles ? -1 : 1;
    if (x->first_s != y->first_s)
        return x->first_s < y->first_s ? -1 : 1;
    return strcmp(x->id, y->id);
}

static int by_id(const void *a, const void *b)
{
    const struct tl_finding *x = a, *y = b;
    int c = strcmp(x->id, y->id);
    return c ? c : (x->first_s > y->first_s) - (x->first_s < y->first_s);
}

/* Episodes that start on one day have the same id: the later ones get a number. */
static void ids_make_distinct(struct tl_findings *out)
{
    qsort(out->items, out->n, sizeof *out->items, by_id);
    for (size_t i = 0, end; i < out->n; i = end) {
        size_t length = strlen(out->items[i].id);
        for (end = i + 1; end < out->n && strcmp(out->items[i].id, out->items[end].id) == 0; end++)
            snprintf(out->items[end].id + length, sizeof out->items[end].id - length, "-%zu", end - i + 1);
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* Which changes are remediation's own work: the first of each cycle, and those that carry its execution. */
static int remedies_make(struct field *f)
{
    const struct tl_loops *l = f->loops;
    f->remedy = calloc(f->h->n_steps + 1, sizeof *f->remedy);
    if (!f->remedy)
        return TL_ENOMEM;
    for (size_t i = 0; i < l->n; i++)
        for (uint32_t c = l->items[i].first_cycle; c < l->items[i].first_cycle + l->items[i].n_cycles; c++) {
            const struct tl_step *attempt = NULL;
            bool first = true;
            for (uint32_t k = l->cycles[c].first_step; k < l->cycles[c].first_step + l->cycles[c].n_steps;
                 k++) {
                const struct tl_step *s = &f->h->steps[l->steps[k].step];
                if (s->kind == TL_STEP_ATTEMPT)
                    attempt = s;
                if (s->kind != TL_STEP_CHANGE)
                    continue;
                if (attempt && (first || (s->execution && s->execution == attempt->execution)))
                    f->remedy[l->steps[k].step] = attempt->subject;
                first = false;
            }
        }
    return 0;
}

/* What the loops and the wide runs are told with, in their order. */
static int findings_make(struct field *field, const struct tl_rates *rates, bool all_evidence,
                         struct tl_findings *out)
{
    const struct tl_loops *l = field->loops;
    int r = 0;
    out->items = tl_arena_calloc(&out->arena, l->n + l->n_wide + 1, sizeof *out->items);
    if (!out->items)
        return TL_ENOMEM;
    for (size_t i = 0; r == 0 && i < l->n + l->n_wide; i++) {
        struct subject s = {.f = field, .arena = &out->arena};
        s.loop = i < l->n ? &l->items[i] : &l->wide[i - l->n];
        r = subject_make(&s, i < l->n ? field->span_end_s[i] : INT64_MAX);
        if (r == 0)
            r = finding_make(&s, rates, all_evidence, &out->items[out->n++]);
        out->items[i].loop = (uint32_t)i;
        free(s.verdicts);
        free(s.failed);
    }
    return r;
}

int tl_diagnose(const struct tl_history *h, const struct tl_chain *chains, const struct tl_loops *loops,
                const struct tl_rates *rates, bool all_evidence, struct tl_findings *out, struct tl_err *err)
{
    struct field field = {.h = h, .chains = chains, .loops = loops};
    *out = (struct tl_findings){0};
    int r = field_make(&field);
    if (r == 0)
        r = remedies_make(&field);
    if (r == 0)
        r = findings_make(&field, rates, all_evidence, out);
    if (r == 0)
        r = without_effect_make(&field, out);
    field_fini(&field);
    if (r == 0)
        r = drift_part(out, loops->n_wide);
    if (r) {
        tl_findings_fini(out);
        return tl_err_nomem(err);
    }
    ids_make_distinct(out);
    qsort(out->items, out->n, sizeof *out->items, by_weight);
    return 0;
}

int tl_whatif(const struct tl_history *h, const struct tl_chain *chains, const struct tl_loops *loops,
              uint32_t loop, int attempts, int64_t window_s, struct tl_retry_phase *out, struct tl_err *err)
{
    struct field field = {.h = h, .chains = chains, .loops = loops};
    struct subject s = {.f = &field};
    int r = field_make(&field);
    if (r == 0) {
        s.loop = &loops->items[loop];
        r = subject_make(&s, field.span_end_s[loop]);
    }
    if (r == 0) {
        *out = (struct tl_retry_phase){
            .attempts = attempts, .window_s = window_s, .from_s = s.from_s, .to_s = last_sign_s(&s) + 1};
        retry_replay(&s, out);
        r = s.n_answers ? 0 : TL_WHATIF_NO_ATTEMPTS;
    }
    free(s.verdicts);
    field_fini(&field);
    return r < 0 ? tl_err_nomem(err) : r;
}

void tl_findings_fini(struct tl_findings *f)
{
    tl_arena_fini(&f->arena);
    *f = (struct tl_findings){0};
}
