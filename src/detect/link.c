/* Who belongs to whom: every successful attempt is given to at most one stream (a resource under a rule), as
 * the answer to one of its verdicts.
 *
 * The ties, the strongest first: the attempt's own session changed the resource; the attempt names it; the
 * rule's remediation names the attempt's document; nothing but the sequence. Where nothing names the
 * resource, an attempt goes to the open verdict whose change is due first (earliest deadline): many resources
 * may be looping at once through one runbook, and both "the nearest verdict" and "first in, first out" would
 * mix them up. When a verdict's change is due was found before, from verdicts and changes alone (match_due),
 * so that a second's changes are not claimed by two cycles. An attempt that a stronger tie binds elsewhere is
 * never used, and so the log is walked twice: first for the attempts that are tied, then for the rest. A
 * second is unordered: its verdicts are opened before its attempts are given.
 *
 * Open verdicts wait in one heap per scope and document (or none), so that the cost is linear but for the
 * heap's logarithm. */
#include "internal.h"

#include <stdlib.h>

#define FAR INT64_MAX
#define FIRST_CHANGE (1u << 2) /* a chain with attempts is verdict, attempt, change ... */
#define EQUALS_MAX 8           /* verdicts due in the same second that are weighed against each other */

struct waiting {   /* an open verdict in a heap */
    int64_t due_s; /* when the change that it waits for was made; FAR when none is known */
    bool ends;     /* the pass that goes on with that change ends */
    uint32_t stream, verdict;
};

struct heap {
    struct waiting *items;
    size_t n, cap;
};

struct line { /* one scope's queue for one document (0: verdicts under rules whose document the log does not
                 name, and that have no habit) */
    uint32_t scope, document;
    bool habit; /* no configuration names it */
    struct heap heap;
    uint32_t last_stream, last_attempt; /* what was given last; TL_NONE */
};

struct open {             /* per stream */
    uint32_t from, seen;  /* in its verdict list: the first that may wait; how far the walk has come */
    uint32_t next_change; /* index into the pass's change list of the resource; moves forward only */
    uint32_t last_document;
};

enum phase { TIED, UNTIED };

struct linker {
    struct pass *p;
    const struct tl_history *h;
    struct open *open;
    struct line *lines; /* by scope, document */
    size_t n_lines;
    uint32_t *session_change; /* changes made by automations' sessions, sorted by execution */
    size_t n_session_changes;
    size_t next_tie; /* into h->ties; moves forward with the attempts */
};

static int64_t time_of(const struct linker *l, uint32_t step)
{
    return l->h->steps[step].time_s;
}

static uint32_t verdict_at(const struct linker *l, uint32_t i)
{
    return l->p->w->verdicts.at[i];
}

/* ---- what waits ------------------------------------------------------------------------------ */

/* When the stream's resource is next changed at `now_s` or later; FAR if never. */
static int64_t next_change_s(struct linker *l, uint32_t stream, int64_t now_s)
{
    const struct tl_lists *c = &l->p->changes;
    uint32_t *i = &l->open[stream].next_change, end = c->start[l->p->w->streams[stream].resource + 1];
    while (*i < end &&
           (time_of(l, c->at[*i]) < now_s || !(change_mask(l->p, &l->h->steps[c->at[*i]]) & FIRST_CHANGE)))
        (*i)++;
    return *i == end ? FAR : time_of(l, c->at[*i]);
}

/* What a verdict waits for, seen from `now_s`: the change of its own pass, or, if that was made without an
 * answer (somebody else's), the next one before the pass ends; else whatever comes. */
static struct waiting waiting_for(struct linker *l, uint32_t stream, uint32_t verdict, int64_t now_s)
{
    struct waiting w = {.stream = stream, .verdict = verdict, .due_s = l->p->due_s[verdict], .ends = true};
    if (w.due_s < now_s)
        w.due_s = next_change_s(l, stream, now_s);
    if (w.due_s == FAR || w.due_s > l->p->end_s[verdict]) {
        w.ends = false;
        w.due_s = FAR;
    }
    return w;
}

/* An open verdict is still waiting unless it was answered, is too old, or, where no pass of its own is known,
 * a newer one of a later second has come. */
static bool is_waiting(const struct linker *l, uint32_t stream, uint32_t verdict, bool ends, int64_t now_s)
{
    const struct open *o = &l->open[stream];
    if (l->p->answered[verdict] || now_s - time_of(l, verdict) > l->p->limits.max_step_s)
        return false;
    return ends || time_of(l, verdict_at(l, o->seen - 1)) == time_of(l, verdict);
}

/* The verdict of the stream that an attempt tied to it answers: of those whose pass ends, the first due; else
 * the newest. TL_NONE when none waits. */
static uint32_t next_to_answer(struct linker *l, uint32_t stream, int64_t now_s)
{
    struct open *o = &l->open[stream];
    uint32_t best = TL_NONE;
    int64_t best_s = FAR;
    while (o->from < o->seen && (l->p->answered[verdict_at(l, o->from)] ||
                                 now_s - time_of(l, verdict_at(l, o->from)) > l->p->limits.max_step_s))
        o->from++;
    for (uint32_t i = o->from; i < o->seen; i++) {
        uint32_t v = verdict_at(l, i);
        struct waiting w = waiting_for(l, stream, v, now_s);
        if (is_waiting(l, stream, v, w.ends, now_s) && (best == TL_NONE || (w.ends && w.due_s < best_s))) {
            best = v;
            best_s = w.due_s;
        }
    }
    return best;
}

/* ---- heaps ----------------------------------------------------------------------------------- */

static bool before(const struct linker *l, const struct waiting *a, const struct waiting *b)
{
    if (a->ends != b->ends)
        return a->ends;
    if (a->due_s != b->due_s)
        return a->due_s < b->due_s;
    int64_t ta = time_of(l, a->verdict), tb = time_of(l, b->verdict);
    return ta != tb ? ta < tb : a->stream != b->stream ? a->stream < b->stream : a->verdict < b->verdict;
}

static void sift_down(const struct linker *l, struct heap *q)
{
    for (size_t i = 0;;) {
        size_t least = i;
        for (size_t k = 2 * i + 1; k <= 2 * i + 2 && k < q->n; k++)
            if (before(l, &q->items[k], &q->items[least]))
                least = k;
        if (least == i)
            return;
        struct waiting t = q->items[i];
        q->items[i] = q->items[least];
        q->items[least] = t;
        i = least;
    }
}

static int heap_push(const struct linker *l, struct heap *q, struct waiting w)
{
    int r = tl_grow(&q->items, &q->cap, q->n + 1, sizeof *q->items);
    if (r)
        return r;
    size_t i = q->n++;
    for (; i > 0 && before(l, &w, &q->items[(i - 1) / 2]); i = (i - 1) / 2)
        q->items[i] = q->items[(i - 1) / 2];
    q->items[i] = w;
    return 0;
}

static void heap_pop(const struct linker *l, struct heap *q)
{
    q->items[0] = q->items[--q->n];
    sift_down(l, q);
}

/* The line's first waiting verdict at `now_s`, on top of its heap; NULL when there is none. */
static const struct waiting *line_top(struct linker *l, struct line *line, int64_t now_s)
{
    struct heap *q = &line->heap;
    while (q->n) {
        struct waiting *top = &q->items[0];
        if (!is_waiting(l, top->stream, top->verdict, top->ends, now_s)) {
            heap_pop(l, q);
        } else if (top->due_s >= now_s) {
            return top;
        } else {
            *top = waiting_for(l, top->stream, top->verdict, now_s);
            sift_down(l, q);
        }
    }
    return NULL;
}

static bool is_fresh(const struct linker *l, const struct waiting *w, int64_t now_s)
{
    return now_s - time_of(l, w->verdict) <= TL_ANSWER_S;
}

/* AWS Config starts a remediation within seconds of the verdict: one that is older comes after, and of those
 * the newest. */
static bool answers_better(const struct linker *l, const struct waiting *a, const struct waiting *b,
                           int64_t now_s)
{
    int64_t ta = time_of(l, a->verdict), tb = time_of(l, b->verdict);
    bool fresh_a = is_fresh(l, a, now_s), fresh_b = is_fresh(l, b, now_s);
    if (fresh_a != fresh_b)
        return fresh_a;
    return fresh_a ? ta < tb : ta > tb;
}

/* Of the verdicts that are due first, the one an attempt at `now_s` answers best. 0 with *out->verdict
 * TL_NONE when none waits, or TL_ENOMEM. */
static int line_choose(struct linker *l, struct line *line, int64_t now_s, struct waiting *out)
{
    struct waiting equals[EQUALS_MAX];
    size_t n = 0, best = 0;
    const struct waiting *top;
    while (n < EQUALS_MAX && (top = line_top(l, line, now_s)) != NULL &&
           (n == 0 || (top->ends == equals[0].ends && top->due_s == equals[0].due_s))) {
        equals[n] = *top;
        if (answers_better(l, &equals[n], &equals[best], now_s))
            best = n;
        n++;
        heap_pop(l, &line->heap);
        if (is_fresh(l, &equals[0], now_s)) /* the oldest of them: no other one can be better */
            break;
    }
    *out = n ? equals[best] : (struct waiting){.verdict = TL_NONE};
    for (size_t i = 0; i < n; i++) {
        int r = i == best ? 0 : heap_push(l, &line->heap, equals[i]);
        if (r)
            return r;
    }
    return 0;
}

/* ---- rules and documents --------------------------------------------------------------------- */

static int line_order(const struct line *a, uint32_t scope, uint32_t document)
{
    if (a->scope != scope)
        return a->scope < scope ? -1 : 1;
    return (a->document > document) - (a->document < document);
}

static struct line *line_find(struct linker *l, uint32_t scope, uint32_t document)
{
    size_t lo = 0, hi = l->n_lines;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        int c = line_order(&l->lines[mid], scope, document);
        if (c == 0)
            return &l->lines[mid];
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

static int by_line(const void *a, const void *b)
{
    const struct line *y = b;
    return line_order(a, y->scope, y->document);
}

/* One line for each document that a remediation configuration names in a scope or that is a rule's habit, and
 * one for the rest. */
static int lines_make(struct linker *l)
{
    const struct world *w = l->p->w;
    size_t most = w->n_mappings + l->p->n_habits + l->h->n_scopes, n = 0;
    l->lines = calloc(most ? most : 1, sizeof *l->lines);
    if (!l->lines)
        return TL_ENOMEM;
    for (uint32_t i = 0; i < w->n_mappings; i++)
        l->lines[n++] = (struct line){.scope = w->mappings[i]->scope, .document = w->mappings[i]->document};
    for (size_t i = 0; i < l->p->n_habits; i++)
        l->lines[n++] = (struct line){
            .scope = l->p->habits[i].scope, .document = l->p->habits[i].document, .habit = true};
    for (uint32_t i = 0; i < l->h->n_scopes; i++)
        l->lines[n++] = (struct line){.scope = i};
    qsort(l->lines, n, sizeof *l->lines, by_line);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || by_line(&l->lines[i], &l->lines[l->n_lines - 1])) {
            l->lines[l->n_lines] = l->lines[i];
            l->lines[l->n_lines++].last_stream = TL_NONE;
        }
    return 0;
}

/* The first configuration of the stream's rule later than `t_s`, as an index; `*first` is the rule's first
 * one. */
static uint32_t mapping_after(const struct world *w, const struct stream *s, int64_t t_s, uint32_t *first)
{
    uint32_t found[2];
    const int64_t after_s[2] = {INT64_MIN, t_s};
    for (int i = 0; i < 2; i++) {
        uint32_t lo = 0, hi = w->n_mappings;
        while (lo < hi) {
            uint32_t mid = lo + (hi - lo) / 2;
            const struct tl_control_step *c = w->mappings[mid];
            bool earlier = c->scope != s->scope ? c->scope < s->scope
                           : c->rule != s->rule ? c->rule < s->rule
                                                : c->time_s <= after_s[i];
            if (earlier)
                lo = mid + 1;
            else
                hi = mid;
        }
        found[i] = lo;
    }
    *first = found[0];
    return found[1];
}

/* The documents that an attempt for a verdict at `t_s` may run: the one configured then and the one
 * configured next; and any that no rule claims (0), where nothing was configured by then. Returns how many.
 */
int documents_at(const struct world *w, const struct stream *s, int64_t t_s, uint32_t out[2])
{
    uint32_t first, next = mapping_after(w, s, t_s, &first);
    bool more =
        next < w->n_mappings && w->mappings[next]->scope == s->scope && w->mappings[next]->rule == s->rule;
    out[0] = next > first ? w->mappings[next - 1]->document : 0;
    out[1] = more ? w->mappings[next]->document : out[0];
    return out[0] == out[1] ? 1 : 2;
}

static bool rule_names_document(const struct linker *l, uint32_t stream, uint32_t attempt)
{
    const struct tl_step *a = &l->h->steps[attempt];
    uint32_t documents[2];
    int n = documents_at(l->p->w, &l->p->w->streams[stream], a->time_s, documents);
    return a->subject && (a->subject == documents[0] || (n > 1 && a->subject == documents[1]));
}

/* ---- giving ---------------------------------------------------------------------------------- */

static void give(struct linker *l, uint32_t attempt, uint32_t stream, uint32_t verdict, enum tl_link link)
{
    l->p->owner[attempt] = stream;
    l->p->answers[attempt] = verdict;
    l->p->link[attempt] = (uint8_t)link;
    l->open[stream].last_document = l->h->steps[attempt].subject;
    if (verdict != TL_NONE)
        l->p->answered[verdict] = 1;
}

struct choice { /* of a stream for a tied attempt */
    uint32_t stream, verdict;
    int64_t score, due_s, time_s;
};

/* Weighs the streams of a judged resource that an attempt is tied to: whose rule names the document; that has
 * a waiting verdict; that used this document before; of its scope; whose change is due first; with the oldest
 * verdict. */
static void weigh_streams(struct linker *l, uint32_t attempt, uint32_t resource, struct choice *best)
{
    const struct world *w = l->p->w;
    const struct tl_step *a = &l->h->steps[attempt];
    for (uint32_t s = w->judged[resource]; s < w->n_streams && w->streams[s].resource == resource; s++) {
        struct choice c = {
            .stream = s, .verdict = next_to_answer(l, s, a->time_s), .due_s = FAR, .time_s = FAR};
        c.score = (rule_names_document(l, s, attempt) ? 8 : 0) + (c.verdict != TL_NONE ? 4 : 0) +
                  (l->open[s].last_document == a->subject ? 2 : 0) +
                  (w->streams[s].scope == a->scope ? 1 : 0);
        if (c.verdict != TL_NONE) {
            c.time_s = time_of(l, c.verdict);
            c.due_s = waiting_for(l, s, c.verdict, a->time_s).due_s;
        }
        bool better = c.score != best->score   ? c.score > best->score
                      : c.due_s != best->due_s ? c.due_s < best->due_s
                                               : c.time_s < best->time_s;
        if (better)
            *best = c;
    }
}

static const struct choice no_choice = {.stream = TL_NONE, .verdict = TL_NONE, .score = -1};

/* The attempt's own session changed a judged resource: the first one it changed by a call of the chain; else
 * the first, and then the chain's calls are not the session's. */
static bool give_by_session(struct linker *l, uint32_t attempt)
{
    uint32_t execution = l->h->steps[attempt].execution;
    size_t lo = 0, hi = l->n_session_changes;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (l->h->steps[l->session_change[mid]].execution < execution)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (!execution || lo == l->n_session_changes || l->h->steps[l->session_change[lo]].execution != execution)
        return false;
    const struct tl_step *change = &l->h->steps[l->session_change[lo]];
    struct choice best = no_choice;
    weigh_streams(l, attempt, change->resource, &best);
    give(l, attempt, best.stream, best.verdict,
         change_mask(l->p, change) ? TL_LINK_SESSION : TL_LINK_PARAMETER);
    return true;
}

/* One value may name several resources: a table and a function of the same name. */
static void give_by_parameter(struct linker *l, uint32_t attempt)
{
    const struct tl_history *h = l->h;
    struct choice best = no_choice;
    while (l->next_tie < h->n_ties && h->ties[l->next_tie].step < attempt)
        l->next_tie++;
    for (size_t i = l->next_tie; i < h->n_ties && h->ties[i].step == attempt; i++)
        if (l->p->w->judged[h->ties[i].resource] != TL_NONE)
            weigh_streams(l, attempt, h->ties[i].resource, &best);
    if (best.stream != TL_NONE)
        give(l, attempt, best.stream, best.verdict, TL_LINK_PARAMETER);
}

/* One more attempt for the verdict that the line answered last: nothing has changed the resource since. */
static void give_again(struct linker *l, struct line *line, uint32_t attempt, enum tl_link link)
{
    if (line->last_stream == TL_NONE)
        return;
    int64_t then_s = time_of(l, line->last_attempt), now_s = time_of(l, attempt);
    const struct tl_lists *c = &l->p->changes;
    uint32_t resource = l->p->w->streams[line->last_stream].resource;
    uint32_t i = tl_lists_at(c, l->h, resource, then_s);
    bool changed = i < c->start[resource + 1] && time_of(l, c->at[i]) < now_s;
    if (now_s - then_s <= TL_ANSWER_S && !changed &&
        l->h->steps[line->last_attempt].subject == l->h->steps[attempt].subject)
        give(l, attempt, line->last_stream, TL_NONE, link);
}

/* By the rule's document, else by the sequence alone. 0 or TL_ENOMEM. */
static int give_by_deadline(struct linker *l, uint32_t attempt)
{
    const struct tl_step *a = &l->h->steps[attempt];
    struct line *line = a->subject ? line_find(l, a->scope, a->subject) : NULL,
                *rest = line_find(l, a->scope, 0);
    enum tl_link link = line && !line->habit ? TL_LINK_RULE : TL_LINK_SEQUENCE;
    struct waiting w = {.verdict = TL_NONE};
    int r = line ? line_choose(l, line, a->time_s, &w) : 0;
    if (r == 0 && w.verdict == TL_NONE && rest) {
        const struct waiting *top = line_top(l, rest, a->time_s);
        /* Where a rule claims the document, only a verdict that does not name its rule may be answered all
         * the same. */
        if (!line || (top && l->p->w->streams[top->stream].rule == 0)) {
            link = TL_LINK_SEQUENCE;
            line = rest;
            r = line_choose(l, line, a->time_s, &w);
        }
    }
    if (r || !line)
        return r;
    if (w.verdict == TL_NONE) {
        give_again(l, line, attempt, link);
        return 0;
    }
    give(l, attempt, w.stream, w.verdict, link);
    line->last_stream = w.stream;
    line->last_attempt = attempt;
    return 0;
}

/* ---- the walk -------------------------------------------------------------------------------- */

/* A rule's documents matter from its first configuration on; before it, any document that no rule claims may
 * be its own. */
static int open_verdict(struct linker *l, uint32_t verdict, enum phase phase)
{
    uint32_t stream = l->p->w->stream_of[verdict], documents[2];
    const struct stream *s = &l->p->w->streams[stream];
    l->open[stream].seen++;
    if (phase == TIED || l->p->answered[verdict])
        return 0;
    struct waiting waiting = waiting_for(l, stream, verdict, time_of(l, verdict));
    int n = documents_at(l->p->w, s, time_of(l, verdict), documents), r = 0;
    if (n == 1 && documents[0] == 0)
        documents[0] = habit_of(l->p, s);
    for (int i = 0; r == 0 && i < n; i++) {
        struct line *line = line_find(l, s->scope, documents[i]); /* lines_make made one for each */
        r = line ? heap_push(l, &line->heap, waiting) : 0;
    }
    return r;
}

static int give_attempt(struct linker *l, uint32_t attempt, enum phase phase)
{
    const struct tl_step *s = &l->h->steps[attempt];
    if (!is_started(s) || l->p->owner[attempt] != TL_NONE)
        return 0;
    if (phase == UNTIED)
        return give_by_deadline(l, attempt);
    if (!give_by_session(l, attempt))
        give_by_parameter(l, attempt);
    return 0;
}

static int walk(struct linker *l, enum phase phase)
{
    const struct world *w = l->p->w;
    const struct tl_history *h = l->h;
    for (uint32_t s = 0; s < w->n_streams; s++)
        l->open[s] = (struct open){.from = w->verdicts.start[s],
                                   .seen = w->verdicts.start[s],
                                   .next_change = l->p->changes.start[w->streams[s].resource],
                                   .last_document = TL_NONE};
    for (uint32_t i = 0, end; i < h->n_steps; i = end) {
        int r = 0;
        for (end = i; r == 0 && end < h->n_steps && h->steps[end].time_s == h->steps[i].time_s; end++)
            r = w->stream_of[end] == TL_NONE ? 0 : open_verdict(l, end, phase);
        for (uint32_t k = i; r == 0 && k < end; k++)
            r = give_attempt(l, k, phase);
        if (r)
            return r;
    }
    return 0;
}

struct by_execution_item {
    uint32_t execution, step;
    bool other; /* no call of the chain */
};

static int by_execution(const void *a, const void *b)
{
    const struct by_execution_item *x = a, *y = b;
    if (x->execution != y->execution)
        return x->execution < y->execution ? -1 : 1;
    if (x->other != y->other)
        return x->other ? 1 : -1;
    return (x->step > y->step) - (x->step < y->step);
}

static int session_changes_make(struct linker *l)
{
    const struct tl_history *h = l->h;
    struct by_execution_item *items = malloc((h->n_steps + 1) * sizeof *items);
    l->session_change = malloc((h->n_steps + 1) * sizeof *l->session_change);
    if (!items || !l->session_change) {
        free(items);
        return TL_ENOMEM;
    }
    size_t n = 0;
    for (uint32_t i = 0; i < h->n_steps; i++) {
        const struct tl_step *s = &h->steps[i];
        if (s->kind == TL_STEP_CHANGE && !(s->flags & TL_STEP_FAILED) && s->execution &&
            s->resource != TL_NONE && l->p->w->judged[s->resource] != TL_NONE)
            items[n++] = (struct by_execution_item){s->execution, i, !change_mask(l->p, s)};
    }
    qsort(items, n, sizeof *items, by_execution);
    for (size_t i = 0; i < n; i++)
        l->session_change[i] = items[i].step;
    l->n_session_changes = n;
    free(items);
    return 0;
}

int link_attempts(struct pass *p)
{
    struct linker l = {.p = p, .h = p->w->h};
    l.open = malloc((p->w->n_streams + 1) * sizeof *l.open);
    int r = l.open ? lines_make(&l) : TL_ENOMEM;
    if (r == 0)
        r = session_changes_make(&l);
    if (r == 0)
        r = walk(&l, TIED);
    if (r == 0)
        r = walk(&l, UNTIED);
    for (size_t i = 0; i < l.n_lines; i++)
        free(l.lines[i].heap.items);
    free(l.lines);
    free(l.session_change);
    free(l.open);
    return r;
}
