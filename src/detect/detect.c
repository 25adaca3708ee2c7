/* The whole of detection, in order: verdicts to streams; per chain, attempts to streams, steps to cycles,
 * cycles to episodes, episodes to loops; then one loop for what several chains explain. Every list is an
 * array of step indices grouped by owner, so each part is linear in the steps but for sorting. */
#include "internal.h"

#include <stdlib.h>

static bool direct_origin_stands(const struct origin *o, const struct stream_cycles *c, size_t from,
                                 size_t to)
{
    return direct_stands(o->pass, o->stream, c, from, to);
}

static bool sequence_origin_stands(const struct origin *o, const struct stream_cycles *c, size_t from,
                                   size_t to)
{
    return sequence_stands(o->pass, o->stream, c, from, to);
}

/* Whose the changes are, of resources that are judged under several rules. */
static int match_shared(struct collector *c, struct pass *p)
{
    int r = 0;
    for (uint32_t s = 0; r == 0 && s < p->n_streams; s++)
        if (is_shared(p, s))
            r = match_stream(p, s, &c->scratch.cycles, &c->scratch.spare);
    return r;
}

/* What is asked of an episode that is long enough; NULL: nothing. Of a resource that is judged under several
 * rules, only the chain of any change knows whose the other changes are; what a user's chain asks for is
 * found as it was asked for. */
static stands_fn *stands_of(const struct pass *p, uint32_t stream, bool any_change)
{
    if (p->chain->direct)
        return direct_origin_stands;
    bool sequence = p->has_attempt && p->has_verdict && !p->chain->people;
    return sequence && (any_change || !is_shared(p, stream)) ? sequence_origin_stands : NULL;
}

/* Whether the stream has as many openers as the least loop needs. */
static bool may_loop(const struct pass *p, uint32_t stream)
{
    const struct tl_lists *l = p->has_attempt ? &p->attempts : &p->w->verdicts;
    if (!p->has_attempt && !p->has_verdict)
        return true; /* its streams are made so */
    return l->start[stream + 1] - l->start[stream] >= p->limits.min_cycles;
}

/* What of remediation is in no cycle: attempts without effect, and what failed. */
static int remediation_find(struct collector *c, struct pass *p)
{
    int r = effects_find(c, p);
    free(c->out->failed); /* of another chain of any change */
    c->out->failed = NULL;
    return r ? r : tied_failed_changes(p, &c->out->failed, &c->out->n_failed);
}

static int chain_loops(struct collector *c, struct world *w, const struct tl_chain *chain, uint32_t index)
{
    struct pass p = {.w = w, .chain = chain};
    int r = pass_make(&p, &c->scratch);
    bool any_change = p.has_attempt && p.has_verdict && chain->steps[chain->n_steps - 1].repeated;
    if (r == 0 && any_change)
        r = remediation_find(c, &p);
    if (r == 0 && any_change)
        r = match_shared(c, &p);
    for (uint32_t s = 0; r == 0 && s < p.n_streams; s++) {
        struct origin o = {.chain = index,
                           .key = p.streams[s],
                           .limits = &p.limits,
                           .pass = &p,
                           .stream = s,
                           .stands = stands_of(&p, s, any_change)};
        if (!may_loop(&p, s))
            continue;
        r = match_stream(&p, s, &c->scratch.cycles, &c->scratch.spare);
        if (r == 0)
            r = loops_add(c, &o);
    }
    for (size_t i = 0; r == 0 && p.has_attempt && p.has_verdict && i < w->h->n_steps; i++) {
        w->answered[i] |= p.answered[i];
        w->claimed[i] |= p.used[i] != 0;
        if (p.owner[i] != TL_NONE)
            w->owner[i] = p.streams[p.owner[i]].resource;
    }
    pass_fini(&p);
    return r;
}

void scratch_fini(struct scratch *s)
{
    free(s->cycles.items);
    free(s->cycles.steps);
    free(s->spare.items);
    free(s->spare.steps);
    free(s->ends);
    free(s->gaps);
}

int tl_detect(const struct tl_history *h, const struct tl_chain *chains, size_t n_chains,
              const struct tl_detect_params *params, struct tl_loops *out, struct tl_err *err)
{
    struct world w = {.h = h, .params = params};
    struct collector c = {.out = out};
    *out = (struct tl_loops){.params = *params, .h = h};
    int r = world_make(&w);
    for (uint32_t i = 0; r == 0 && i < n_chains; i++)
        r = chains[i].form == TL_CHAIN_STEPS ? chain_loops(&c, &w, &chains[i], i)
                                             : calls_loops(&c, &w, &chains[i], i);
    if (r == 0)
        r = loops_merge(out, chains);
    world_fini(&w);
    scratch_fini(&c.scratch);
    if (r) {
        tl_loops_fini(out);
        return r == TL_ENOMEM ? tl_err_nomem(err) : r;
    }
    return 0;
}

void tl_loops_fini(struct tl_loops *l)
{
    free(l->items);
    free(l->wide);
    free(l->cycles);
    free(l->steps);
    free(l->answers);
    free(l->idle);
    free(l->failed);
    *l = (struct tl_loops){0};
}
