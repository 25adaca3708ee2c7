/* Cycles to loops: episodes that are long enough, with their tails, copied into the result. */
#include "internal.h"

static bool shares_second(const struct tl_history *h, uint32_t a, uint32_t b)
{
    return h->steps[a].time_s == h->steps[b].time_s;
}

/* Copies cycles [from, to) into the loop, as one of its episodes. */
static int add_episode(struct collector *c, const struct origin *o, struct tl_loop *loop, size_t from,
                       size_t to)
{
    struct tl_loops *out = c->out;
    struct stream_cycles *all = &c->scratch.cycles;
    const struct tl_history *h = out->h;
    int64_t usual_s = o->pass ? 0 : episode_gap(all->items + from, to - from, c->scratch.gaps);
    for (size_t i = from; i < to; i++) {
        const struct tl_cycle *cycle = &all->items[i];
        const struct tl_cycle_step *steps = all->steps + cycle->first_step;
        int r = tl_grow(&out->cycles, &c->cap_cycles, out->n_cycles + 1, sizeof *out->cycles);
        if (r == 0)
            r = tl_grow(&out->steps, &c->cap_steps, out->n_steps + cycle->n_steps, sizeof *out->steps);
        if (r)
            return r;
        struct tl_cycle *to_cycle = &out->cycles[out->n_cycles++];
        *to_cycle = *cycle;
        to_cycle->first_step = (uint32_t)out->n_steps;
        to_cycle->episode_start = i == from;
        if (i > from) {
            uint32_t n = o->pass ? match_partials(o->pass, o->stream, all, i - 1)
                                 : lacks_pass(&all->items[i - 1], cycle, usual_s);
            loop->n_partial += n;
            to_cycle->after_partial = n > 0;
            loop->order_assumed |= shares_second(h, out->steps[out->n_steps - 1].step, steps[0].step);
        }
        for (uint32_t k = 0; k < cycle->n_steps; k++) {
            if (k)
                loop->order_assumed |= shares_second(h, steps[k - 1].step, steps[k].step);
            out->steps[out->n_steps++] = steps[k];
        }
        loop->n_cycles++;
    }
    return 0;
}

static enum tl_link most_frequent_link(const struct tl_loops *out, const struct tl_loop *loop)
{
    uint32_t count[TL_LINK_NONE + 1] = {0};
    const struct tl_cycle *first = &out->cycles[loop->first_cycle], *last = first + loop->n_cycles - 1;
    for (uint32_t i = first->first_step; i < last->first_step + last->n_steps; i++)
        count[out->steps[i].link]++;
    enum tl_link best = TL_LINK_SESSION;
    for (int l = TL_LINK_SESSION; l < TL_LINK_NONE; l++)
        if (count[l] > count[best])
            best = (enum tl_link)l;
    return count[best] ? best : TL_LINK_SEQUENCE;
}

static int add_answers(struct collector *c, const struct pass *p, uint32_t stream, struct tl_loop *loop)
{
    struct tl_loops *out = c->out;
    if (!p || !p->has_attempt)
        return 0;
    uint32_t from = p->attempts.start[stream], to = p->attempts.start[stream + 1];
    int r = tl_grow(&out->answers, &c->cap_answers, out->n_answers + (to - from), sizeof *out->answers);
    if (r)
        return r;
    loop->first_answer = (uint32_t)out->n_answers;
    loop->n_answers = to - from;
    for (uint32_t i = from; i < to; i++) {
        uint32_t a = p->attempts.at[i];
        out->answers[out->n_answers++] = (struct tl_answer){a, p->answers[a], (enum tl_link)p->link[a]};
    }
    return 0;
}

/* Begins a loop with the full episode [from, to). */
static int begin_loop(struct collector *c, const struct origin *o, size_t from, size_t to, bool wide)
{
    struct tl_loops *out = c->out;
    struct tl_loop **items = wide ? &out->wide : &out->items;
    size_t *n = wide ? &out->n_wide : &out->n;
    int r = tl_grow(items, wide ? &c->cap_wide : &c->cap, *n + 1, sizeof **items);
    if (r)
        return r;
    struct tl_loop *loop = &(*items)[(*n)++];
    *loop = (struct tl_loop){.chain = o->chain,
                             .resource = o->key.resource,
                             .rule = o->key.rule,
                             .scope = o->key.scope,
                             .first_cycle = (uint32_t)out->n_cycles};
    r = add_episode(c, o, loop, from, to);
    return r ? r : add_answers(c, o->pass, o->stream, loop);
}

/* What people break may be repaired at any interval up to a long weekend: such runs of cycles are handed on
 * beside the loops, for whoever can tell drift. One that is just one loop is not told twice. */
static int add_wide(struct collector *c, const struct origin *o, size_t first_loop)
{
    const struct tl_cycle *cycles = c->scratch.cycles.items;
    size_t n = c->scratch.cycles.n;
    int r = 0;
    for (size_t from = 0, to; r == 0 && from < n; from = to) {
        for (to = from + 1; to < n && cycles[to].first_s - cycles[to - 1].first_s <= TL_DRIFT_GAP_S; to++)
            ;
        bool told = false;
        for (size_t i = first_loop; i < c->out->n && !told; i++)
            told = c->out->items[i].n_cycles == to - from &&
                   c->out->cycles[c->out->items[i].first_cycle].first_s == cycles[from].first_s;
        if (to - from >= o->limits->min_cycles && !told)
            r = begin_loop(c, o, from, to, true);
    }
    return r;
}

/* A short episode follows a loop as its tail when it starts within --max-gap of what went before. */
int loops_add(struct collector *c, const struct origin *o)
{
    struct scratch *s = &c->scratch;
    size_t n = s->cycles.n, first_loop = c->out->n;
    if (n < o->limits->min_cycles)
        return 0;
    int r = tl_grow(&s->ends, &s->cap_ends, n, sizeof *s->ends);
    if (r == 0)
        r = tl_grow(&s->gaps, &s->cap_gaps, n, sizeof *s->gaps);
    if (r)
        return r;
    size_t n_episodes = episodes_cut(s->cycles.items, n, o->limits->max_gap_s, s->ends, s->gaps);
    struct tl_loop *open = NULL;
    for (size_t e = 0, from = 0; r == 0 && e < n_episodes; from = s->ends[e++]) {
        size_t to = s->ends[e];
        if (open && s->cycles.items[from].first_s - s->cycles.items[from - 1].first_s > o->limits->max_gap_s)
            open = NULL;
        if (to - from >= o->limits->min_cycles) {
            open = NULL;
            if (o->stands && !o->stands(o, &s->cycles, from, to))
                continue;
            r = begin_loop(c, o, from, to, false);
            open = r ? NULL : &c->out->items[c->out->n - 1];
        } else if (open) {
            r = add_episode(c, o, open, from, to);
        }
    }
    if (r == 0 && o->pass && o->pass->has_verdict)
        r = add_wide(c, o, first_loop);
    for (size_t i = first_loop; r == 0 && i < c->out->n; i++)
        c->out->items[i].confidence = most_frequent_link(c->out, &c->out->items[i]);
    return r;
}
