/* Attempts without effect: those that failed, and those that no successful change of their resource followed.
 * They make no cycle, but somebody pays for them. A failed attempt rarely says what it was for: it is given
 * to the resource that it names, else to the newest verdict of its account and region that waits for an
 * answer. */
#include "internal.h"

#include <stdlib.h>

struct effects {
    struct collector *c;
    struct pass *p;
    uint32_t
        *waits; /* per scope: the newest NON_COMPLIANT verdict that no attempt has answered yet; TL_NONE */
    uint32_t *next;    /* per step: of an attempt that was given to a stream, the stream's next one */
    uint8_t *effected; /* per stream: an attempt with an effect was seen since the last one without */
    size_t next_tie;
};

static const struct tl_step *step_of(const struct effects *e, uint32_t step)
{
    return &e->p->w->h->steps[step];
}

static int add(struct effects *e, struct tl_idle_attempt idle)
{
    struct tl_loops *out = e->c->out;
    int r = tl_grow(&out->idle, &e->c->cap_idle, out->n_idle + 1, sizeof *out->idle);
    if (r == 0)
        out->idle[out->n_idle++] = idle;
    return r;
}

/* Whether the resource was changed after the attempt, before the next one and within --max-step. */
static bool has_effect(const struct effects *e, uint32_t attempt)
{
    const struct pass *p = e->p;
    const struct tl_history *h = p->w->h;
    uint32_t resource = p->streams[p->owner[attempt]].resource, next = e->next[attempt];
    int64_t from_s = h->steps[attempt].time_s, to_s = from_s + p->limits.max_step_s;
    if (p->link[attempt] == TL_LINK_SESSION)
        return true;
    if (next != TL_NONE && h->steps[next].time_s < to_s)
        to_s = h->steps[next].time_s;
    uint32_t i = tl_lists_at(&p->changes, h, resource, from_s);
    return i < p->changes.start[resource + 1] && h->steps[p->changes.at[i]].time_s <= to_s;
}

/* The stream of the resource that a failed attempt names; TL_NONE. */
static uint32_t named_stream(struct effects *e, uint32_t attempt)
{
    const struct tl_history *h = e->p->w->h;
    while (e->next_tie < h->n_ties && h->ties[e->next_tie].step < attempt)
        e->next_tie++;
    for (size_t i = e->next_tie; i < h->n_ties && h->ties[i].step == attempt; i++)
        if (e->p->w->judged[h->ties[i].resource] != TL_NONE)
            return e->p->w->judged[h->ties[i].resource];
    return TL_NONE;
}

static uint32_t stream_of_failed(struct effects *e, uint32_t attempt)
{
    const struct tl_step *a = step_of(e, attempt);
    uint32_t verdict = e->waits[a->scope], stream = named_stream(e, attempt);
    if (stream != TL_NONE)
        return stream;
    bool waits = verdict != TL_NONE && a->time_s - step_of(e, verdict)->time_s <= e->p->limits.max_step_s;
    return waits ? e->p->w->stream_of[verdict] : TL_NONE;
}

/* What ties a failed attempt to the stream that it was given to. */
static enum tl_link failed_link(struct effects *e, uint32_t attempt, const struct stream *s)
{
    const struct tl_step *a = step_of(e, attempt);
    uint32_t documents[2];
    if (named_stream(e, attempt) != TL_NONE)
        return TL_LINK_PARAMETER;
    size_t n = a->subject ? documents_at(e->p->w, s, a->time_s, documents) : 0;
    for (size_t i = 0; i < n; i++)
        if (documents[i] == a->subject)
            return TL_LINK_RULE;
    return TL_LINK_SEQUENCE;
}

static int see_attempt(struct effects *e, uint32_t attempt)
{
    const struct tl_step *a = step_of(e, attempt);
    bool failed = a->flags & TL_STEP_FAILED;
    uint32_t stream = failed ? stream_of_failed(e, attempt) : e->p->owner[attempt], documents[2];
    if (!failed && e->p->answers[attempt] == e->waits[a->scope])
        e->waits[a->scope] = TL_NONE;
    struct tl_idle_attempt idle = {.attempt = attempt,
                                   .resource = TL_NONE,
                                   .scope = a->scope,
                                   .document = a->subject,
                                   .link = TL_LINK_NONE,
                                   .failed = failed};
    if (stream == TL_NONE)
        return add(e, idle);
    const struct stream *s = &e->p->streams[stream];
    if (!failed && e->p->answers[attempt] == e->waits[a->scope])
        e->waits[a->scope] = TL_NONE;
    if (!failed && has_effect(e, attempt)) {
        e->effected[stream] = 1;
        return 0;
    }
    if (failed)
        idle.link = failed_link(e, attempt, s);
    if (!idle.document && documents_at(e->p->w, s, a->time_s, documents))
        idle.document = documents[0];
    idle.resource = s->resource;
    idle.rule = s->rule;
    idle.scope = s->scope;
    idle.resumed = e->effected[stream];
    e->effected[stream] = 0;
    return add(e, idle);
}

static void see_verdict(struct effects *e, uint32_t verdict)
{
    const struct tl_step *v = step_of(e, verdict);
    if (v->kind == TL_STEP_VERDICT && v->compliance == TL_NON_COMPLIANT)
        e->waits[v->scope] = verdict;
}

/* A second is unordered: its verdicts are seen before its attempts. */
static int walk(struct effects *e)
{
    const struct tl_history *h = e->p->w->h;
    int r = 0;
    for (uint32_t i = 0, end; r == 0 && i < h->n_steps; i = end) {
        for (end = i; end < h->n_steps && h->steps[end].time_s == h->steps[i].time_s; end++)
            see_verdict(e, end);
        for (uint32_t k = i; r == 0 && k < end; k++)
            if (is_attempt(&h->steps[k]))
                r = see_attempt(e, k);
    }
    return r;
}

int effects_find(struct collector *c, struct pass *p)
{
    const struct tl_history *h = p->w->h;
    struct effects e = {.c = c, .p = p};
    e.waits = malloc((h->n_scopes + 1) * sizeof *e.waits);
    e.next = malloc((h->n_steps + 1) * sizeof *e.next);
    e.effected = calloc((size_t)p->n_streams + 1, 1);
    int r = e.waits && e.next && e.effected ? 0 : TL_ENOMEM;
    for (size_t i = 0; r == 0 && i < h->n_scopes; i++)
        e.waits[i] = TL_NONE;
    for (size_t i = 0; r == 0 && i < h->n_steps; i++)
        e.next[i] = TL_NONE;
    for (uint32_t s = 0; r == 0 && s < p->n_streams; s++)
        for (uint32_t i = p->attempts.start[s]; i + 1 < p->attempts.start[s + 1]; i++)
            e.next[p->attempts.at[i]] = p->attempts.at[i + 1];
    if (r == 0)
        r = walk(&e);
    free(e.waits);
    free(e.next);
    free(e.effected);
    return r;
}
