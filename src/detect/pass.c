/* What holds for one chain: which calls are its steps, whose verdict each attempt answers. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

static int api_masks_make(struct pass *p)
{
    const struct tl_history *h = p->w->h;
    struct tl_buf name = {0};
    int r = 0;
    p->api_mask = calloc(h->n_apis + 1, sizeof *p->api_mask);
    if (!p->api_mask)
        return TL_ENOMEM;
    for (size_t i = 0; r == 0 && i < h->n_apis; i++) {
        name.n = 0;
        r = tl_buf_add_str(&name, h->apis[i].service);
        if (r == 0)
            r = tl_buf_add(&name, ":", 1);
        if (r == 0)
            r = tl_buf_add_str(&name, h->apis[i].action);
        for (size_t k = 0; r == 0 && k < p->chain->n_steps; k++)
            if (p->chain->steps[k].kind == TL_CHAIN_CHANGE &&
                tl_str_glob(p->chain->steps[k].api, tl_buf_str(&name)))
                p->api_mask[i] |= 1u << k;
    }
    tl_buf_fini(&name);
    return r;
}

/* Without a verdict, the stream is the resource alone: every one that has as many changes as the least loop
 * needs. */
static int own_streams_make(struct pass *p)
{
    const struct tl_history *h = p->w->h;
    size_t n_changes = 0;
    for (size_t k = 0; k < p->chain->n_steps; k++)
        n_changes += p->chain->steps[k].kind == TL_CHAIN_CHANGE;
    p->own_streams = malloc((h->n_resources + 1) * sizeof *p->own_streams);
    p->stream_of = malloc((h->n_resources + 1) * sizeof *p->stream_of);
    if (!p->own_streams || !p->stream_of)
        return TL_ENOMEM;
    for (uint32_t i = 0; i < h->n_resources; i++) {
        uint32_t from = p->changes.start[i], n = p->changes.start[i + 1] - from;
        p->stream_of[i] = TL_NONE;
        if (n == 0 || n < n_changes * (uint64_t)p->limits.min_cycles)
            continue;
        p->stream_of[i] = p->n_streams;
        p->own_streams[p->n_streams++] =
            (struct stream){.resource = i, .scope = h->steps[p->changes.at[from]].scope};
    }
    p->streams = p->own_streams;
    return 0;
}

static int changes_make(struct pass *p, uint32_t *scratch)
{
    const struct tl_history *h = p->w->h;
    for (size_t i = 0; i < h->n_steps; i++) {
        const struct tl_step *s = &h->steps[i];
        bool wanted = change_mask(p, s) && (!p->has_verdict || p->w->judged[s->resource] != TL_NONE);
        scratch[i] = wanted ? s->resource : TL_NONE;
    }
    return tl_lists_make(&p->changes, (uint32_t)h->n_resources, (uint32_t)h->n_steps, scratch);
}

static int attempts_make(struct pass *p)
{
    const struct tl_history *h = p->w->h;
    uint32_t *scope = malloc((h->n_steps + 1) * sizeof *scope);
    if (!scope)
        return TL_ENOMEM;
    for (size_t i = 0; i < h->n_steps; i++) {
        const struct tl_step *s = &h->steps[i];
        bool untied = is_started(s) && p->link[i] >= TL_LINK_RULE;
        scope[i] = untied ? s->scope : TL_NONE;
    }
    tl_lists_fini(&p->attempts);
    tl_lists_fini(&p->untied);
    int r = tl_lists_make(&p->attempts, p->n_streams, (uint32_t)h->n_steps, p->owner);
    if (r == 0)
        r = tl_lists_make(&p->untied, (uint32_t)h->n_scopes, (uint32_t)h->n_steps, scope);
    free(scope);
    return r;
}

/* Gives the attempts to streams, from nothing, with what `ignored` says. */
static int pass_link(struct pass *p, struct scratch *c)
{
    size_t n = p->w->h->n_steps + 1;
    int r = 0;
    for (size_t i = 0; i < n; i++) {
        p->due_s[i] = INT64_MAX;
        p->end_s[i] = INT64_MIN;
        p->owner[i] = p->answers[i] = TL_NONE;
        p->link[i] = TL_LINK_NONE;
        p->answered[i] = 0;
        p->used[i] = 0;
    }
    for (uint32_t s = 0; r == 0 && p->has_attempt && p->has_verdict && s < p->n_streams; s++)
        r = match_due(p, s, &c->cycles, &c->spare);
    if (r == 0 && p->has_attempt)
        r = p->has_verdict ? link_attempts(p) : link_attempts_to_changes(p);
    return r ? r : attempts_make(p);
}

/* How many complete cycles the links give; *unanswered is set when there are passes that no attempt answers:
 * then their changes are marked as ignored. */
static int pass_count(struct pass *p, struct scratch *c, size_t *n_cycles, bool *unanswered)
{
    int r = 0;
    *n_cycles = 0;
    for (uint32_t s = 0; r == 0 && s < p->n_streams; s++) {
        r = match_stream(p, s, &c->cycles, &c->spare);
        *n_cycles += c->cycles.n;
        if (r == 0 && unanswered)
            r = match_ignore_unanswered(p, s, &c->cycles, &c->spare, unanswered);
    }
    return r;
}

/* A pass of verdict and changes that no attempt answers (somebody changed the resource by hand, or the
 * attempt was lost) may have kept its verdict from the attempt that did: the log is read once more without
 * those changes, and the reading with more cycles stands. */
static int pass_link_best(struct pass *p, struct scratch *c)
{
    size_t n_first, n_second;
    bool unanswered = false, against = false;
    int r = pass_link(p, c);
    if (r || !p->has_attempt || !p->has_verdict)
        return r;
    r = habits_find(p, &against);
    if (r == 0 && against)
        r = pass_link(p, c);
    if (r == 0)
        r = pass_count(p, c, &n_first, &unanswered);
    if (r || !unanswered)
        return r;
    r = pass_link(p, c);
    if (r == 0)
        r = pass_count(p, c, &n_second, NULL);
    if (r == 0 && n_second <= n_first) {
        memset(p->ignored, 0, p->w->h->n_steps + 1);
        r = pass_link(p, c);
    }
    return r;
}

struct tl_detect_params chain_limits(const struct tl_chain *chain, const struct tl_detect_params *params)
{
    struct tl_detect_params own = *params;
    if (chain->min_cycles)
        own.min_cycles = chain->min_cycles;
    if (chain->max_step_s)
        own.max_step_s = chain->max_step_s;
    if (chain->max_gap_s)
        own.max_gap_s = chain->max_gap_s;
    return own;
}

int pass_make(struct pass *p, struct scratch *c)
{
    size_t n = p->w->h->n_steps + 1;
    for (size_t k = 0; k < p->chain->n_steps; k++) {
        p->has_attempt |= p->chain->steps[k].kind == TL_CHAIN_ATTEMPT;
        p->has_verdict |= p->chain->steps[k].kind == TL_CHAIN_VERDICT;
    }
    p->lead = p->has_attempt && p->has_verdict ? 2 : 1;
    p->limits = chain_limits(p->chain, p->w->params);
    p->due_s = malloc(n * sizeof *p->due_s);
    p->end_s = malloc(n * sizeof *p->end_s);
    p->owner = malloc(n * sizeof *p->owner);
    p->answers = malloc(n * sizeof *p->answers);
    p->link = malloc(n);
    p->answered = malloc(n);
    p->ignored = calloc(n, 1);
    p->used = malloc(n * sizeof *p->used);
    bool whole =
        p->due_s && p->end_s && p->owner && p->answers && p->link && p->answered && p->ignored && p->used;
    int r = whole ? api_masks_make(p) : TL_ENOMEM;
    if (r == 0)
        r = changes_make(p, p->owner);
    if (r == 0 && p->has_verdict) {
        p->streams = p->w->streams;
        p->n_streams = p->w->n_streams;
    } else if (r == 0) {
        r = own_streams_make(p);
    }
    return r ? r : pass_link_best(p, c);
}

void pass_fini(struct pass *p)
{
    free(p->own_streams);
    free(p->stream_of);
    free(p->api_mask);
    free(p->due_s);
    free(p->end_s);
    free(p->owner);
    free(p->answers);
    free(p->link);
    free(p->answered);
    free(p->ignored);
    free(p->used);
    free(p->habits);
    tl_lists_fini(&p->changes);
    tl_lists_fini(&p->attempts);
    tl_lists_fini(&p->untied);
}
