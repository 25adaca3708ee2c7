/* Who belongs to whom: every successful attempt is given to at most one stream (a resource under a rule), as
 * the answer to one of its verdicts.
 *
 * The ties, the strongest first: the attempt's own session changed the resource; the attempt names it; the
 * rule's remediation names the attempt's document; nothing but the sequence. Where nothing names the
 * resource, an attempt goes to the open verdict whose next change comes first (earliest deadline): many
 * resources may be looping at once through one runbook, and both "the nearest verdict" and "first in, first
 * out" would mix them up. An attempt that a stronger tie binds elsewhere is never used, and so the log is
 * walked twice: first for the attempts that are tied, then for the rest. A second is unordered: its verdicts
 * are opened before its attempts are given.
 *
 * Where a second holds a newer verdict, an attempt, and a change, and an older verdict waits, the attempt may
 * answer either: then the whole log is read both ways (detect.c), and the reading that gives more cycles
 * stands.
 *
 * Open verdicts wait in one heap per scope and document (or none), so that the cost is linear but for the
 * heap's logarithm. */
#include "internal.h"

#include <stdlib.h>

#define FAR INT64_MAX
#define FIRST_CHANGE (1u << 2) /* a chain with attempts is verdict, attempt, change ... */

struct waiting {        /* an open verdict in a heap; dead once the stream's open verdicts are others */
    int64_t deadline_s; /* of the resource's next change that fits; FAR when none comes */
    bool ends;          /* a pass that goes on with that change can end before the stream's next verdict */
    uint32_t stream, verdict;
};

struct heap {
    struct waiting *items;
    size_t n, cap;
};

struct line { /* one scope's queue for one document (0: verdicts under rules whose document the log does not
                 name) */
    uint32_t scope, document;
    struct heap heap;
};

struct open {             /* per stream: what waits for an answer */
    uint32_t from, to;    /* in the stream's verdict list: those of its newest second */
    uint32_t seen;        /* in the same list: how far the walk has come */
    uint32_t older;       /* a verdict of a second before; TL_NONE but within the newest one's second */
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
    size_t next_tie;   /* into h->ties; moves forward with the attempts */
    uint8_t *answered; /* per step: a verdict that an attempt answers */
};

static int64_t time_of(const struct linker *l, uint32_t step)
{
    return l->h->steps[step].time_s;
}

static uint32_t verdict_at(const struct linker *l, uint32_t i)
{
    return l->p->w->verdicts.at[i];
}

/* The verdict that the stream's next attempt answers, TL_NONE when none waits. */
static uint32_t next_to_answer(const struct linker *l, const struct open *o)
{
    if (o->older != TL_NONE && l->p->reading == OLDER_VERDICT_FIRST)
        return o->older;
    for (uint32_t i = o->from; i < o->to; i++)
        if (!l->answered[verdict_at(l, i)])
            return verdict_at(l, i);
    return o->older;
}

/* ---- heaps ----------------------------------------------------------------------------------- */

static bool before(const struct linker *l, const struct waiting *a, const struct waiting *b)
{
    if (a->ends != b->ends)
        return a->ends;
    if (a->deadline_s != b->deadline_s)
        return a->deadline_s < b->deadline_s;
    int64_t ta = time_of(l, a->verdict), tb = time_of(l, b->verdict);
    return ta != tb ? ta > tb : a->stream < b->stream; /* the newest: what came just before the attempt */
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

/* ---- deadlines ------------------------------------------------------------------------------- */

/* When the stream's resource is next changed at `now_s` or later; FAR if never. */
static int64_t deadline(struct linker *l, uint32_t stream, int64_t now_s)
{
    const struct tl_lists *c = &l->p->changes;
    uint32_t resource = l->p->w->streams[stream].resource;
    uint32_t *i = &l->open[stream].next_change, end = c->start[resource + 1];
    while (*i < end &&
           (time_of(l, c->at[*i]) < now_s || !(change_mask(l->p, &l->h->steps[c->at[*i]]) & FIRST_CHANGE)))
        (*i)++;
    return *i == end ? FAR : time_of(l, c->at[*i]);
}

/* What a verdict waits for, seen from `now_s`. */
static struct waiting waiting_for(struct linker *l, uint32_t stream, uint32_t verdict, int64_t now_s)
{
    const struct open *o = &l->open[stream];
    struct waiting w = {.deadline_s = deadline(l, stream, now_s), .stream = stream, .verdict = verdict};
    uint32_t next = o->seen;
    int64_t next_s = next < l->p->w->verdicts.start[stream + 1] ? time_of(l, verdict_at(l, next)) : FAR;
    w.ends = w.deadline_s != FAR && l->p->finish_s[o->next_change] <= next_s - (next_s == FAR);
    return w;
}

static bool alive(const struct linker *l, const struct waiting *w, int64_t now_s)
{
    const struct open *o = &l->open[w->stream];
    bool open = w->verdict == o->older || (o->from < o->to && w->verdict >= verdict_at(l, o->from) &&
                                           w->verdict <= verdict_at(l, o->to - 1));
    return open && !l->answered[w->verdict] && now_s - time_of(l, w->verdict) <= l->p->w->params->max_step_s;
}

/* The line's best open verdict at `now_s`, on top of its heap; NULL when there is none. A deadline that has
 * passed (somebody else's change) is made anew. */
static const struct waiting *line_top(struct linker *l, struct line *line, int64_t now_s)
{
    struct heap *q = &line->heap;
    while (q->n) {
        struct waiting *top = &q->items[0];
        if (!alive(l, top, now_s)) {
            heap_pop(l, q);
            continue;
        }
        if (top->deadline_s >= now_s)
            return top;
        *top = waiting_for(l, top->stream, top->verdict, now_s);
        sift_down(l, q);
    }
    return NULL;
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

/* One line for each document that a remediation configuration names in a scope, and one for the rest. */
static int lines_make(struct linker *l)
{
    const struct world *w = l->p->w;
    size_t most = w->n_mappings + l->h->n_scopes, n = 0;
    l->lines = calloc(most ? most : 1, sizeof *l->lines);
    if (!l->lines)
        return TL_ENOMEM;
    for (uint32_t i = 0; i < w->n_mappings; i++)
        l->lines[n++] = (struct line){.scope = w->mappings[i]->scope, .document = w->mappings[i]->document};
    for (uint32_t i = 0; i < l->h->n_scopes; i++)
        l->lines[n++] = (struct line){.scope = i};
    qsort(l->lines, n, sizeof *l->lines, by_line);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || by_line(&l->lines[i], &l->lines[l->n_lines - 1]))
            l->lines[l->n_lines++] = l->lines[i];
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
            bool before = c->scope != s->scope ? c->scope < s->scope
                          : c->rule != s->rule ? c->rule < s->rule
                                               : c->time_s <= after_s[i];
            if (before)
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
 * configured next, as lines of the scope; and any that no rule claims (0), where nothing was configured by
 * then. Returns how many. */
static int documents_at(const struct world *w, const struct stream *s, int64_t t_s, uint32_t out[2])
{
    uint32_t first, next = mapping_after(w, s, t_s, &first);
    bool more =
        next < w->n_mappings && w->mappings[next]->scope == s->scope && w->mappings[next]->rule == s->rule;
    out[0] = next > first ? w->mappings[next - 1]->document : 0;
    out[1] = more ? w->mappings[next]->document : out[0];
    return out[0] == out[1] ? 1 : 2;
}

/* A rule's documents matter from its first configuration on; before it, any document that no rule claims may
 * be its own. */
static int open_in_lines(struct linker *l, uint32_t stream, uint32_t verdict)
{
    const struct stream *s = &l->p->w->streams[stream];
    struct waiting waiting = waiting_for(l, stream, verdict, time_of(l, verdict));
    uint32_t documents[2];
    int n = documents_at(l->p->w, s, time_of(l, verdict), documents), r = 0;
    for (int i = 0; r == 0 && i < n; i++) {
        struct line *line = line_find(l, s->scope, documents[i]); /* lines_make made one for each */
        r = line ? heap_push(l, &line->heap, waiting) : 0;
    }
    return r;
}

static bool rule_names_document(const struct linker *l, uint32_t stream, uint32_t attempt)
{
    const struct tl_step *a = &l->h->steps[attempt];
    uint32_t documents[2];
    int n = documents_at(l->p->w, &l->p->w->streams[stream], a->time_s, documents);
    return a->subject && (a->subject == documents[0] || (n > 1 && a->subject == documents[1]));
}

/* ---- giving ---------------------------------------------------------------------------------- */

static void give(struct linker *l, uint32_t attempt, uint32_t stream, enum tl_link link)
{
    struct open *o = &l->open[stream];
    uint32_t verdict = next_to_answer(l, o);
    o->last_document = l->h->steps[attempt].subject;
    if (verdict != TL_NONE && time_of(l, attempt) - time_of(l, verdict) > l->p->w->params->max_step_s) {
        o->from = o->to;
        verdict = TL_NONE;
    }
    l->p->owner[attempt] = stream;
    l->p->answers[attempt] = verdict;
    if (verdict != TL_NONE)
        l->answered[verdict] = 1;
    l->p->link[attempt] = (uint8_t)link;
    if (verdict == o->older)
        o->older = TL_NONE;
    while (o->from < o->to && l->answered[verdict_at(l, o->from)])
        o->from++;
}

/* Among the streams of one judged resource, the one that an attempt tied to this resource answers: its rule
 * names the document; it used this document before; it has an open verdict; the newest. */
static uint32_t best_stream(const struct linker *l, uint32_t resource, uint32_t attempt)
{
    const struct world *w = l->p->w;
    const struct tl_step *a = &l->h->steps[attempt];
    uint32_t best = TL_NONE;
    int64_t best_score = -1, best_time = 0;
    for (uint32_t s = w->judged[resource]; s < w->n_streams && w->streams[s].resource == resource; s++) {
        const struct open *o = &l->open[s];
        uint32_t verdict = next_to_answer(l, o);
        bool open = verdict != TL_NONE && a->time_s - time_of(l, verdict) <= w->params->max_step_s;
        int64_t score = (rule_names_document(l, s, attempt) ? 8 : 0) + (open ? 4 : 0) +
                        (o->last_document == a->subject ? 2 : 0) + (w->streams[s].scope == a->scope ? 1 : 0);
        int64_t t = open ? time_of(l, verdict) : INT64_MIN;
        if (score > best_score || (score == best_score && t > best_time)) {
            best = s;
            best_score = score;
            best_time = t;
        }
    }
    return best;
}

/* The attempt's own session changed a judged resource: the first one it changed. */
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
    give(l, attempt, best_stream(l, l->h->steps[l->session_change[lo]].resource, attempt), TL_LINK_SESSION);
    return true;
}

static void give_by_parameter(struct linker *l, uint32_t attempt)
{
    const struct tl_history *h = l->h;
    while (l->next_tie < h->n_ties && h->ties[l->next_tie].step < attempt)
        l->next_tie++;
    for (size_t i = l->next_tie; i < h->n_ties && h->ties[i].step == attempt; i++) {
        uint32_t resource = h->ties[i].resource;
        if (l->p->w->judged[resource] != TL_NONE) {
            give(l, attempt, best_stream(l, resource, attempt), TL_LINK_PARAMETER);
            return;
        }
    }
}

/* By the rule's document, else by the sequence alone. */
static void give_by_deadline(struct linker *l, uint32_t attempt)
{
    const struct tl_step *a = &l->h->steps[attempt];
    struct line *line = a->subject ? line_find(l, a->scope, a->subject) : NULL;
    enum tl_link link = line ? TL_LINK_RULE : TL_LINK_SEQUENCE;
    if (!line)
        line = line_find(l, a->scope, 0);
    const struct waiting *top = line ? line_top(l, line, a->time_s) : NULL;
    if (!top && link == TL_LINK_RULE) { /* a verdict that does not name its rule may be the document's */
        link = TL_LINK_SEQUENCE;
        line = line_find(l, a->scope, 0);
        top = line ? line_top(l, line, a->time_s) : NULL;
        if (top && l->p->w->streams[top->stream].rule != 0)
            top = NULL;
    }
    if (top)
        give(l, attempt, top->stream, link);
}

/* ---- the walk -------------------------------------------------------------------------------- */

/* Whether an attempt of this second may answer a verdict of an earlier one although a newer verdict shares
 * the second: the rest of that cycle must be in this second too, and the wait must be one that AWS Config
 * makes. */
static bool may_answer_older(struct linker *l, uint32_t stream, uint32_t older, int64_t now_s)
{
    return now_s - time_of(l, older) <= TL_ANSWER_S && deadline(l, stream, now_s) == now_s;
}

static int open_verdict(struct linker *l, uint32_t step, enum phase phase)
{
    uint32_t stream = l->p->w->stream_of[step];
    struct open *o = &l->open[stream];
    int64_t now_s = time_of(l, step);
    uint32_t i = o->seen++;
    if (l->answered[step])
        return 0;
    if (o->from == o->to || time_of(l, verdict_at(l, o->from)) < now_s) {
        uint32_t last = next_to_answer(l, o);
        o->older = last != TL_NONE && may_answer_older(l, stream, last, now_s) ? last : TL_NONE;
        l->p->ambiguous |= o->older != TL_NONE;
        o->from = i;
    }
    o->to = i + 1;
    return phase == UNTIED ? open_in_lines(l, stream, step) : 0;
}

static void give_attempt(struct linker *l, uint32_t attempt, enum phase phase)
{
    const struct tl_step *s = &l->h->steps[attempt];
    if (s->kind != TL_STEP_ATTEMPT || (s->flags & TL_STEP_FAILED) || l->p->owner[attempt] != TL_NONE)
        return;
    if (phase == UNTIED)
        give_by_deadline(l, attempt);
    else if (!give_by_session(l, attempt))
        give_by_parameter(l, attempt);
}

static int walk(struct linker *l, enum phase phase)
{
    const struct world *w = l->p->w;
    for (uint32_t s = 0; s < w->n_streams; s++)
        l->open[s] = (struct open){.seen = w->verdicts.start[s],
                                   .older = TL_NONE,
                                   .next_change = l->p->changes.start[w->streams[s].resource],
                                   .last_document = TL_NONE};
    const struct tl_history *h = l->h;
    for (uint32_t i = 0, end; i < h->n_steps; i = end) {
        for (end = i; end < h->n_steps && h->steps[end].time_s == h->steps[i].time_s; end++) {
            int r = w->stream_of[end] == TL_NONE ? 0 : open_verdict(l, end, phase);
            if (r)
                return r;
        }
        for (uint32_t k = i; k < end; k++)
            give_attempt(l, k, phase);
        for (uint32_t k = i; k < end; k++)
            if (w->stream_of[k] != TL_NONE)
                l->open[w->stream_of[k]].older = TL_NONE;
    }
    return 0;
}

struct by_execution_item {
    uint32_t execution, step;
};

static int by_execution(const void *a, const void *b)
{
    const struct by_execution_item *x = a, *y = b;
    if (x->execution != y->execution)
        return x->execution < y->execution ? -1 : 1;
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
        if (change_mask(l->p, s) && s->execution && l->p->w->judged[s->resource] != TL_NONE)
            items[n++] = (struct by_execution_item){s->execution, i};
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
    l.answered = calloc(l.h->n_steps + 1, 1);
    int r = l.open && l.answered ? lines_make(&l) : TL_ENOMEM;
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
    free(l.answered);
    free(l.open);
    return r;
}
