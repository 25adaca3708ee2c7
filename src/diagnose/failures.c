/* What failed, and what fired where nothing was due: attempts that were denied or throttled, changes that
 * were, attempts on a COMPLIANT resource, attempts that came twice. And the attempts that never had an
 * effect, on resources that are in no loop. A denied call often has no parameters: it then belongs to the
 * loop by the session that made it, or by its caller and its time. */
#include "internal.h"

#include <stdlib.h>

static const struct tl_idle_attempt *idle_at(const struct field *f, uint32_t i)
{
    return &f->loops->idle[i];
}

static int64_t idle_s(const struct field *f, uint32_t i)
{
    return f->h->steps[idle_at(f, i)->attempt].time_s;
}

/* The first of the owner's at t_s or later, as a place in the list. */
static uint32_t idle_from(const struct field *f, const struct tl_lists *l, uint32_t owner, int64_t t_s)
{
    uint32_t lo = l->start[owner], hi = l->start[owner + 1];
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (idle_s(f, l->at[mid]) < t_s)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static bool is_of(const struct tl_idle_attempt *a, const struct tl_loop *loop)
{
    return a->failed && a->resource == loop->resource && a->rule == loop->rule && a->scope == loop->scope;
}

const struct tl_step *failures_first_attempt(const struct subject *s, int64_t from_s, int64_t to_s)
{
    const struct tl_lists *l = &s->f->idle_of;
    for (uint32_t i = idle_from(s->f, l, s->loop->resource, from_s); i < l->start[s->loop->resource + 1];
         i++) {
        if (idle_s(s->f, l->at[i]) > to_s)
            break;
        if (is_of(idle_at(s->f, l->at[i]), s->loop))
            return subject_step(s, idle_at(s->f, l->at[i])->attempt);
    }
    return NULL;
}

static int add_failed(struct subject *s, uint32_t step, enum tl_link link)
{
    if (tl_grow(&s->failed, &s->cap_failed, s->n_failed + 1, sizeof *s->failed))
        return TL_ENOMEM;
    s->failed[s->n_failed++] = (struct failed_call){step, link};
    return 0;
}

static int collect_attempts(struct subject *s, struct tl_finding *f)
{
    const struct tl_lists *l = &s->f->idle_of;
    for (uint32_t i = idle_from(s->f, l, s->loop->resource, s->from_s); i < l->start[s->loop->resource + 1];
         i++) {
        if (idle_s(s->f, l->at[i]) > s->to_s)
            break;
        const struct tl_idle_attempt *a = idle_at(s->f, l->at[i]);
        if (!is_of(a, s->loop))
            continue;
        if (add_failed(s, a->attempt, a->link))
            return TL_ENOMEM;
        f->n_failed_attempts++;
    }
    return 0;
}

/* ---- changes --------------------------------------------------------------------------------- */

/* The first answer later than t_s, as an index. */
static size_t answer_after(const struct subject *s, int64_t t_s)
{
    size_t lo = 0, hi = s->n_answers;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (subject_step(s, s->answers[mid].attempt)->time_s <= t_s)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static bool is_own_session(const struct subject *s, const struct tl_step *c)
{
    int64_t least_s = c->time_s - s->f->loops->params.max_step_s;
    for (size_t i = answer_after(s, c->time_s); i-- > 0;) {
        const struct tl_step *a = subject_step(s, s->answers[i].attempt);
        if (a->time_s < least_s)
            break;
        if (a->execution == c->execution)
            return true;
    }
    return false;
}

/* The step of the cycle under way at that time by which the caller makes the same service's changes in it;
 * NULL: it makes none. */
static const struct tl_cycle_step *own_caller(const struct subject *s, const struct tl_step *c)
{
    const struct tl_history *h = s->f->h;
    const struct tl_loops *l = s->f->loops;
    size_t lo = 0, hi = s->loop->n_cycles;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (subject_cycle(s, mid)->first_s <= c->time_s)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == 0 || c->time_s - subject_cycle(s, lo - 1)->first_s > 2 * l->params.max_step_s)
        return NULL;
    const struct tl_cycle *cycle = subject_cycle(s, lo - 1);
    for (uint32_t k = cycle->first_step; k < cycle->first_step + cycle->n_steps; k++) {
        const struct tl_step *own = subject_step(s, l->steps[k].step);
        if (own->kind == TL_STEP_CHANGE && own->caller == c->caller &&
            tl_str_eq(h->apis[own->subject].service, h->apis[c->subject].service))
            return &l->steps[k];
    }
    return NULL;
}

static bool is_failed_change(const struct tl_step *c)
{
    return c->kind == TL_STEP_CHANGE && c->flags & TL_STEP_FAILED;
}

static int by_tied_step(const void *a, const void *b)
{
    const struct tl_tied_step *x = a, *y = b;
    return (x->step > y->step) - (x->step < y->step);
}

/* What ties a failed change to the loop's resource: where it names it, what ties those of its caller's that
 * succeeded in the cycle under way. */
static enum tl_link link_of(const struct subject *s, uint32_t step)
{
    const struct tl_loops *l = s->f->loops;
    const struct tl_step *c = subject_step(s, step);
    if (c->resource == TL_NONE) {
        const struct tl_tied_step key = {.step = step};
        const struct tl_tied_step *tied =
            l->n_failed ? bsearch(&key, l->failed, l->n_failed, sizeof key, by_tied_step) : NULL;
        return tied ? tied->link : TL_LINK_SEQUENCE;
    }
    if (c->execution && is_own_session(s, c))
        return TL_LINK_SESSION;
    const struct tl_cycle_step *own = own_caller(s, c);
    return own ? (enum tl_link)own->link : TL_LINK_SEQUENCE;
}

/* The last cycle may end in one that failed. */
static int collect_changes(struct subject *s, struct tl_finding *f)
{
    const struct tl_lists *const lists[] = {&s->f->by_resource, &s->f->loose};
    uint32_t resource = s->loop->resource;
    int64_t to_s = f->last_s + s->f->loops->params.max_step_s;
    to_s = to_s < s->to_s ? to_s : s->to_s;
    for (int k = 0; k < 2; k++) {
        const struct tl_lists *l = lists[k];
        for (uint32_t i = tl_lists_at(l, s->f->h, resource, s->from_s); i < l->start[resource + 1]; i++) {
            const struct tl_step *c = subject_step(s, l->at[i]);
            if (c->time_s > to_s)
                break;
            if (!is_failed_change(c))
                continue;
            if (add_failed(s, l->at[i], link_of(s, l->at[i])))
                return TL_ENOMEM;
            f->n_failed_changes++;
        }
    }
    return 0;
}

const struct tl_step *failures_last_change(const struct subject *s, int64_t after_s)
{
    const struct tl_lists *const lists[] = {&s->f->by_resource, &s->f->loose};
    const struct tl_step *found = NULL;
    uint32_t resource = s->loop->resource;
    for (int k = 0; k < 2; k++) {
        const struct tl_lists *l = lists[k];
        for (uint32_t i = tl_lists_at(l, s->f->h, resource, after_s); i < l->start[resource + 1]; i++) {
            const struct tl_step *c = subject_step(s, l->at[i]);
            if (c->time_s > s->to_s)
                break;
            if (c->kind == TL_STEP_CHANGE && !(c->flags & TL_STEP_FAILED))
                return NULL;
            if (!found && is_failed_change(c))
                found = c;
        }
    }
    return found;
}

/* ---- fired where none was due ---------------------------------------------------------------- */

/* Whether the last word before t_s was COMPLIANT; in a second that also says NON_COMPLIANT it was not. */
static bool is_compliant_at(const struct subject *s, int64_t t_s)
{
    size_t lo = 0, hi = s->n_verdicts;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (subject_step(s, s->verdicts[mid])->time_s <= t_s)
            lo = mid + 1;
        else
            hi = mid;
    }
    bool compliant = false;
    int64_t last_s = lo ? subject_step(s, s->verdicts[lo - 1])->time_s : 0;
    for (size_t i = lo; i-- > 0 && subject_step(s, s->verdicts[i])->time_s == last_s;) {
        if (subject_step(s, s->verdicts[i])->compliance == TL_NON_COMPLIANT)
            return false;
        compliant |= subject_step(s, s->verdicts[i])->compliance == TL_COMPLIANT;
    }
    return compliant;
}

static void count_fired(struct subject *s, struct tl_finding *f)
{
    const struct tl_lists *l = &s->f->stray;
    for (size_t i = 0; i < s->n_answers; i++) {
        const struct tl_answer *a = &s->answers[i];
        bool again = i > 0 && a->verdict != TL_NONE && a->verdict == s->answers[i - 1].verdict;
        if (a->verdict == TL_NONE && is_compliant_at(s, subject_step(s, a->attempt)->time_s))
            f->n_fired_on_compliant++;
        else if (again || (a->verdict == TL_NONE && i > 0))
            f->n_fired_twice++;
        f->n_withheld += (subject_step(s, a->attempt)->flags & TL_STEP_WITHHELD) != 0;
    }
    /* Attempts that name nothing and answer nothing: of this runbook, while it has just been COMPLIANT. */
    for (uint32_t i = idle_from(s->f, l, s->loop->scope, s->from_s); i < l->start[s->loop->scope + 1]; i++) {
        const struct tl_step *a = subject_step(s, idle_at(s->f, l->at[i])->attempt);
        if (a->time_s > f->last_s)
            break;
        s->n_stray += s->document && a->subject == s->document && is_compliant_at(s, a->time_s);
    }
    f->n_fired_on_compliant += s->n_stray;
}

static void count_withheld(const struct subject *s, struct tl_finding *f)
{
    for (size_t i = 0; i < s->loop->n_cycles; i++) {
        const struct tl_cycle *c = subject_cycle(s, i);
        for (uint32_t k = c->first_step; k < c->first_step + c->n_steps; k++) {
            const struct tl_step *step = subject_step(s, s->f->loops->steps[k].step);
            f->n_withheld += step->kind != TL_STEP_ATTEMPT && step->flags & TL_STEP_WITHHELD;
        }
    }
}

static int by_step(const void *a, const void *b)
{
    const struct failed_call *x = a, *y = b;
    return (x->step > y->step) - (x->step < y->step); /* steps are in time order */
}

int failures_diagnose(struct subject *s, struct tl_finding *f)
{
    int r = collect_attempts(s, f);
    if (r == 0)
        r = collect_changes(s, f);
    if (s->n_failed)
        qsort(s->failed, s->n_failed, sizeof *s->failed, by_step);
    count_fired(s, f);
    count_withheld(s, f);
    return r;
}

/* ---- attempts without effect ----------------------------------------------------------------- */

int failures_lists_make(struct field *f)
{
    const struct tl_loops *l = f->loops;
    size_t most = l->n_idle > l->n ? l->n_idle : l->n;
    uint32_t *owner = malloc((most + 1) * sizeof *owner);
    if (!owner)
        return TL_ENOMEM;
    for (size_t i = 0; i < l->n_idle; i++)
        owner[i] = l->idle[i].resource;
    int r = tl_lists_make(&f->idle_of, (uint32_t)f->h->n_resources, (uint32_t)l->n_idle, owner);
    for (size_t i = 0; i < l->n_idle; i++)
        owner[i] = l->idle[i].resource == TL_NONE && !l->idle[i].failed ? l->idle[i].scope : TL_NONE;
    if (r == 0)
        r = tl_lists_make(&f->stray, (uint32_t)f->h->n_scopes, (uint32_t)l->n_idle, owner);
    for (size_t i = 0; i < l->n; i++)
        owner[i] = l->items[i].resource;
    if (r == 0)
        r = tl_lists_make(&f->loops_of, (uint32_t)f->h->n_resources, (uint32_t)l->n, owner);
    free(owner);
    return r;
}

static int by_group(const void *a, const void *b)
{
    const struct tl_idle_attempt *x = a, *y = b;
    if (x->resource != y->resource)
        return x->resource < y->resource ? -1 : 1;
    if (x->document != y->document)
        return x->document < y->document ? -1 : 1;
    if (x->rule != y->rule)
        return x->rule < y->rule ? -1 : 1;
    if (x->scope != y->scope)
        return x->scope < y->scope ? -1 : 1;
    return (x->attempt > y->attempt) - (x->attempt < y->attempt);
}

static bool same_group(const struct tl_idle_attempt *x, const struct tl_idle_attempt *y)
{
    return x->resource == y->resource && x->document == y->document && x->rule == y->rule &&
           x->scope == y->scope;
}

/* What lies inside a loop is told there. */
static bool is_in_loop(const struct field *f, const struct tl_idle_attempt *a)
{
    const struct tl_loops *l = f->loops;
    int64_t t_s = f->h->steps[a->attempt].time_s;
    if (a->resource == TL_NONE)
        return false;
    for (uint32_t i = f->loops_of.start[a->resource]; i < f->loops_of.start[a->resource + 1]; i++) {
        const struct tl_loop *loop = &l->items[f->loops_of.at[i]];
        if (loop->rule == a->rule && loop->scope == a->scope && t_s >= l->cycles[loop->first_cycle].first_s &&
            t_s <= l->cycles[loop->first_cycle + loop->n_cycles - 1].last_s)
            return true;
    }
    return false;
}

/* An event that shows why: the last failed attempt, else a failed change of the resource. */
static void failure_find(const struct field *f, const struct tl_idle_attempt *a, size_t n,
                         struct tl_without_effect *e)
{
    const struct tl_step *found = NULL;
    for (size_t i = 0; i < n; i++)
        if (a[i].failed)
            found = &f->h->steps[a[i].attempt];
    const struct tl_lists *const lists[] = {&f->by_resource, &f->loose};
    for (int k = 0; k < 2 && !found && a->resource != TL_NONE; k++) {
        const struct tl_lists *l = lists[k];
        uint32_t i = tl_lists_at(l, f->h, a->resource, e->first_s);
        for (; !found && i < l->start[a->resource + 1]; i++) {
            const struct tl_step *c = &f->h->steps[l->at[i]];
            if (c->time_s > e->last_s + f->loops->params.max_step_s)
                break;
            found = is_failed_change(c) ? c : NULL;
        }
    }
    e->has_failure = found != NULL;
    if (found)
        e->failure = (struct tl_event_ref){.time_s = found->time_s, .id = found->event};
}

/* Again and again: as many in a row as the least loop has cycles. */
static void group_make(const struct field *f, const struct tl_idle_attempt *a, size_t n,
                       struct tl_findings *out)
{
    size_t run = 0, longest = 0, n_kept = 0;
    struct tl_without_effect e = {0};
    for (size_t i = 0; i < n; i++) {
        if (is_in_loop(f, &a[i])) {
            run = 0;
            continue;
        }
        run = a[i].resumed ? 1 : run + 1;
        longest = run > longest ? run : longest;
        int64_t t_s = f->h->steps[a[i].attempt].time_s;
        e.first_s = n_kept++ ? e.first_s : t_s;
        e.last_s = t_s;
    }
    if (longest < f->loops->params.min_cycles)
        return;
    e.has_resource = a->resource != TL_NONE;
    if (e.has_resource)
        e.resource = f->h->resources[a->resource];
    e.document = f->h->texts[a->document];
    e.n_attempts = (uint32_t)n_kept;
    failure_find(f, a, n, &e);
    out->without_effect[out->n_without_effect++] = e;
}

int without_effect_make(const struct field *f, struct tl_findings *out)
{
    const struct tl_loops *l = f->loops;
    struct tl_idle_attempt *idle = malloc((l->n_idle + 1) * sizeof *idle);
    size_t n = 0;
    out->without_effect = tl_arena_calloc(&out->arena, l->n_idle + 1, sizeof *out->without_effect);
    if (!idle || !out->without_effect) {
        free(idle);
        return TL_ENOMEM;
    }
    for (size_t i = 0; i < l->n_idle; i++)
        if (l->idle[i].resource != TL_NONE || l->idle[i].failed)
            idle[n++] = l->idle[i];
    if (n)
        qsort(idle, n, sizeof *idle, by_group);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && same_group(&idle[i], &idle[end]); end++)
            ;
        group_make(f, idle + i, end - i, out);
    }
    free(idle);
    return 0;
}
