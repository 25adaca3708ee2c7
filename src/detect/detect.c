/* The whole of detection, in order: verdicts to streams; per chain, attempts to streams, steps to cycles,
 * cycles to episodes, episodes to loops; then one loop for what several chains explain. Every list is an
 * array of step indices grouped by owner, so each part is linear in the steps but for sorting. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- the world ------------------------------------------------------------------------------- */

struct keyed {
    struct stream key;
    uint32_t step;
};

static int stream_order(const struct stream *a, const struct stream *b)
{
    if (a->resource != b->resource)
        return a->resource < b->resource ? -1 : 1;
    if (a->rule != b->rule)
        return a->rule < b->rule ? -1 : 1;
    return (a->scope > b->scope) - (a->scope < b->scope);
}

static int by_stream(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    int c = stream_order(&x->key, &y->key);
    return c ? c : (x->step > y->step) - (x->step < y->step);
}

static int by_mapping(const void *a, const void *b)
{
    const struct tl_control_step *x = *(const struct tl_control_step *const *)a,
                                 *y = *(const struct tl_control_step *const *)b;
    if (x->scope != y->scope)
        return x->scope < y->scope ? -1 : 1;
    if (x->rule != y->rule)
        return x->rule < y->rule ? -1 : 1;
    return (x > y) - (x < y); /* controls are in time order */
}

static int mappings_make(struct world *w)
{
    w->mappings = malloc((w->h->n_controls + 1) * sizeof(struct tl_control_step *));
    if (!w->mappings)
        return TL_ENOMEM;
    for (size_t i = 0; i < w->h->n_controls; i++) {
        const struct tl_control_step *c = &w->h->controls[i];
        if (c->action == TL_PUT_REMEDIATION_CONFIGURATION && c->document)
            w->mappings[w->n_mappings++] = c;
    }
    qsort(w->mappings, w->n_mappings, sizeof(struct tl_control_step *), by_mapping);
    return 0;
}

static int streams_make(struct world *w)
{
    const struct tl_history *h = w->h;
    struct keyed *keyed = malloc((h->n_steps + 1) * sizeof *keyed);
    w->streams = malloc((h->n_steps + 1) * sizeof *w->streams);
    w->stream_of = malloc((h->n_steps + 1) * sizeof *w->stream_of);
    w->judged = malloc((h->n_resources + 1) * sizeof *w->judged);
    if (!keyed || !w->streams || !w->stream_of || !w->judged) {
        free(keyed);
        return TL_ENOMEM;
    }
    size_t n = 0;
    for (uint32_t i = 0; i < h->n_steps; i++) {
        const struct tl_step *s = &h->steps[i];
        w->stream_of[i] = TL_NONE;
        if (s->kind == TL_STEP_VERDICT && s->compliance == TL_NON_COMPLIANT)
            keyed[n++] = (struct keyed){{s->resource, s->subject, s->scope}, i};
    }
    qsort(keyed, n, sizeof *keyed, by_stream);
    for (size_t r = 0; r < h->n_resources; r++)
        w->judged[r] = TL_NONE;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || stream_order(&keyed[i].key, &keyed[i - 1].key)) {
            if (w->judged[keyed[i].key.resource] == TL_NONE)
                w->judged[keyed[i].key.resource] = w->n_streams;
            w->streams[w->n_streams++] = keyed[i].key;
        }
        w->stream_of[keyed[i].step] = w->n_streams - 1;
    }
    free(keyed);
    return tl_lists_make(&w->verdicts, w->n_streams, (uint32_t)h->n_steps, w->stream_of);
}

static void world_fini(struct world *w)
{
    free(w->streams);
    free(w->stream_of);
    free(w->judged);
    free(w->mappings);
    tl_lists_fini(&w->verdicts);
}

struct collector {
    struct tl_loops *out;
    uint32_t *streams; /* of each loop */
    size_t cap, cap_streams, cap_cycles, cap_steps, cap_answers;
    struct stream_cycles cycles, spare;
    uint32_t *ends;
    int64_t *gaps;
    size_t cap_ends, cap_gaps;
};

/* ---- one chain ------------------------------------------------------------------------------- */

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
        r = tl_buf_printf(&name, "%.*s:%.*s", TL_FMT(h->apis[i].service), TL_FMT(h->apis[i].action));
        for (size_t k = 0; r == 0 && k < p->chain->n_steps; k++)
            if (p->chain->steps[k].kind == TL_CHAIN_CHANGE &&
                tl_str_glob(p->chain->steps[k].api, tl_buf_str(&name)))
                p->api_mask[i] |= 1u << k;
    }
    tl_buf_fini(&name);
    return r;
}

static int changes_make(struct pass *p, uint32_t *scratch)
{
    const struct tl_history *h = p->w->h;
    for (size_t i = 0; i < h->n_steps; i++) {
        const struct tl_step *s = &h->steps[i];
        scratch[i] = change_mask(p, s) && p->w->judged[s->resource] != TL_NONE ? s->resource : TL_NONE;
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
        bool untied =
            s->kind == TL_STEP_ATTEMPT && !(s->flags & TL_STEP_FAILED) && p->link[i] >= TL_LINK_RULE;
        scope[i] = untied ? s->scope : TL_NONE;
    }
    tl_lists_fini(&p->attempts);
    tl_lists_fini(&p->untied);
    int r = tl_lists_make(&p->attempts, p->w->n_streams, (uint32_t)h->n_steps, p->owner);
    if (r == 0)
        r = tl_lists_make(&p->untied, (uint32_t)h->n_scopes, (uint32_t)h->n_steps, scope);
    free(scope);
    return r;
}

/* Gives the attempts to streams, from nothing, with what `ignored` says. */
static int pass_link(struct pass *p, struct collector *c)
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
    for (uint32_t s = 0; r == 0 && p->has_attempt && s < p->w->n_streams; s++)
        r = match_due(p, s, &c->cycles, &c->spare);
    if (r == 0)
        r = link_attempts(p);
    return r ? r : attempts_make(p);
}

/* How many complete cycles the links give; *unanswered is set when there are passes that no attempt answers:
 * then their changes are marked as ignored. */
static int pass_count(struct pass *p, struct collector *c, size_t *n_cycles, bool *unanswered)
{
    const struct world *w = p->w;
    int r = 0;
    *n_cycles = 0;
    for (uint32_t s = 0; r == 0 && s < w->n_streams; s++) {
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
static int pass_link_best(struct pass *p, struct collector *c)
{
    size_t n_first, n_second;
    bool unanswered = false;
    int r = pass_link(p, c);
    if (r || !p->has_attempt)
        return r;
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

static int pass_make(struct pass *p, struct collector *c)
{
    size_t n = p->w->h->n_steps + 1;
    for (size_t k = 0; k < p->chain->n_steps; k++)
        p->has_attempt |= p->chain->steps[k].kind == TL_CHAIN_ATTEMPT;
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
    return r ? r : pass_link_best(p, c);
}

static void pass_fini(struct pass *p)
{
    free(p->api_mask);
    free(p->due_s);
    free(p->end_s);
    free(p->owner);
    free(p->answers);
    free(p->link);
    free(p->answered);
    free(p->ignored);
    free(p->used);
    tl_lists_fini(&p->changes);
    tl_lists_fini(&p->attempts);
    tl_lists_fini(&p->untied);
}

/* ---- loops ----------------------------------------------------------------------------------- */

static bool shares_second(const struct tl_history *h, uint32_t a, uint32_t b)
{
    return h->steps[a].time_s == h->steps[b].time_s;
}

/* Copies cycles [from, to) of the stream into the loop, as one of its episodes. */
static int add_episode(struct collector *c, struct pass *p, uint32_t stream, struct tl_loop *loop,
                       size_t from, size_t to)
{
    struct tl_loops *out = c->out;
    const struct tl_history *h = p->w->h;
    for (size_t i = from; i < to; i++) {
        const struct tl_cycle *cycle = &c->cycles.items[i];
        const struct tl_cycle_step *steps = c->cycles.steps + cycle->first_step;
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
            uint32_t n = match_partials(p, stream, &c->cycles, i - 1);
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
static int begin_loop(struct collector *c, struct pass *p, uint32_t chain, uint32_t stream, size_t from,
                      size_t to)
{
    struct tl_loops *out = c->out;
    const struct stream *s = &p->w->streams[stream];
    int r = tl_grow(&out->items, &c->cap, out->n + 1, sizeof *out->items);
    if (r == 0)
        r = tl_grow(&c->streams, &c->cap_streams, out->n + 1, sizeof *c->streams);
    if (r)
        return r;
    c->streams[out->n] = stream;
    struct tl_loop *loop = &out->items[out->n++];
    *loop = (struct tl_loop){.chain = chain,
                             .resource = s->resource,
                             .rule = s->rule,
                             .scope = s->scope,
                             .first_cycle = (uint32_t)out->n_cycles};
    r = add_episode(c, p, stream, loop, from, to);
    return r ? r : add_answers(c, p, stream, loop);
}

/* A short episode follows a loop as its tail when it starts within --max-gap of what went before. */
static int stream_loops(struct collector *c, struct pass *p, uint32_t chain, uint32_t stream)
{
    const struct tl_detect_params *params = p->w->params;
    int r = match_stream(p, stream, &c->cycles, &c->spare);
    size_t n = c->cycles.n;
    if (r || n < params->min_cycles)
        return r;
    r = tl_grow(&c->ends, &c->cap_ends, n, sizeof *c->ends);
    if (r == 0)
        r = tl_grow(&c->gaps, &c->cap_gaps, n, sizeof *c->gaps);
    if (r)
        return r;
    size_t n_episodes = episodes_cut(c->cycles.items, n, params->max_gap_s, c->ends, c->gaps);
    struct tl_loop *open = NULL;
    for (size_t e = 0, from = 0; r == 0 && e < n_episodes; from = c->ends[e++]) {
        size_t to = c->ends[e];
        if (open && c->cycles.items[from].first_s - c->cycles.items[from - 1].first_s > params->max_gap_s)
            open = NULL;
        if (to - from >= params->min_cycles) {
            r = begin_loop(c, p, chain, stream, from, to);
            open = r ? NULL : &c->out->items[c->out->n - 1];
        } else if (open) {
            r = add_episode(c, p, stream, open, from, to);
        }
    }
    return r;
}

static int chain_loops(struct collector *c, const struct world *w, const struct tl_chain *chain,
                       uint32_t index)
{
    struct pass p = {.w = w, .chain = chain};
    size_t first = c->out->n;
    int r = pass_make(&p, c);
    for (uint32_t s = 0; r == 0 && s < w->n_streams; s++)
        if (w->verdicts.start[s + 1] - w->verdicts.start[s] >= w->params->min_cycles)
            r = stream_loops(c, &p, index, s);
    for (size_t i = first; r == 0 && i < c->out->n; i++)
        c->out->items[i].confidence = most_frequent_link(c->out, &c->out->items[i]);
    pass_fini(&p);
    return r;
}

/* ---- one loop for the same cycles ------------------------------------------------------------ */

static int64_t loop_first_s(const struct tl_loops *l, const struct tl_loop *loop)
{
    return l->cycles[loop->first_cycle].first_s;
}

static int64_t loop_last_s(const struct tl_loops *l, const struct tl_loop *loop)
{
    return l->cycles[loop->first_cycle + loop->n_cycles - 1].last_s;
}

struct candidate {
    uint32_t loop, stream;
    int64_t first_s;
};

static int by_candidate(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->stream != y->stream)
        return x->stream < y->stream ? -1 : 1;
    return (x->loop > y->loop) - (x->loop < y->loop); /* chain, then time */
}

/* Within one stream, a loop that overlaps one of a more specific chain is the same one, unless the specific
 * chain explains less than four fifths of its cycles: then the general one stands. Dropped loops get no
 * cycles. */
static void merge_stream(struct tl_loops *l, const struct candidate *c, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct tl_loop *a = &l->items[c[i].loop];
        for (size_t k = i + 1; k < n && a->n_cycles; k++) {
            struct tl_loop *b = &l->items[c[k].loop];
            if (b->n_cycles == 0 || b->chain == a->chain || loop_first_s(l, a) > loop_last_s(l, b) ||
                loop_first_s(l, b) > loop_last_s(l, a))
                continue;
            bool specific_stands = (uint64_t)a->n_cycles * 5 >= (uint64_t)b->n_cycles * 4;
            struct tl_loop *stays = specific_stands ? a : b, *goes = specific_stands ? b : a;
            stays->also_mask |= goes->also_mask | UINT64_C(1) << goes->chain;
            goes->n_cycles = 0;
        }
    }
}

static int by_time(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->first_s != y->first_s)
        return x->first_s < y->first_s ? -1 : 1;
    if (x->stream != y->stream)
        return x->stream < y->stream ? -1 : 1;
    return (x->loop > y->loop) - (x->loop < y->loop);
}

static int merge(struct collector *c)
{
    struct tl_loops *l = c->out;
    struct candidate *all = malloc((l->n + 1) * sizeof *all);
    struct tl_loop *kept = malloc((l->n + 1) * sizeof *kept);
    if (!all || !kept) {
        free(all);
        free(kept);
        return TL_ENOMEM;
    }
    for (uint32_t i = 0; i < l->n; i++)
        all[i] = (struct candidate){i, c->streams[i], loop_first_s(l, &l->items[i])};
    qsort(all, l->n, sizeof *all, by_candidate);
    for (size_t i = 0, end; i < l->n; i = end) {
        for (end = i; end < l->n && all[end].stream == all[i].stream; end++)
            ;
        merge_stream(l, all + i, end - i);
    }
    qsort(all, l->n, sizeof *all, by_time);
    size_t n = 0;
    for (size_t i = 0; i < l->n; i++)
        if (l->items[all[i].loop].n_cycles)
            kept[n++] = l->items[all[i].loop];
    free(all);
    free(l->items);
    l->items = kept;
    l->n = n;
    return 0;
}

int tl_detect(const struct tl_history *h, const struct tl_chain *chains, size_t n_chains,
              const struct tl_detect_params *params, struct tl_loops *out, struct tl_err *err)
{
    struct world w = {.h = h, .params = params};
    struct collector c = {.out = out};
    *out = (struct tl_loops){.params = *params};
    int r = mappings_make(&w);
    if (r == 0)
        r = streams_make(&w);
    for (uint32_t i = 0; r == 0 && i < n_chains; i++)
        r = chain_loops(&c, &w, &chains[i], i);
    if (r == 0)
        r = merge(&c);
    world_fini(&w);
    free(c.cycles.items);
    free(c.cycles.steps);
    free(c.spare.items);
    free(c.spare.steps);
    free(c.ends);
    free(c.gaps);
    free(c.streams);
    if (r) {
        tl_loops_fini(out);
        return r == TL_ENOMEM ? tl_err_nomem(err) : r;
    }
    return 0;
}

int tl_detect_attempts(const struct tl_history *h, struct tl_tied_attempt **out, size_t *n,
                       struct tl_err *err)
{
    const struct tl_detect_params params = TL_DETECT_PARAMS_DEFAULT;
    const struct tl_chain *any = &tl_chains[TL_N_CHAINS - 1]; /* verdict > attempt > any change */
    struct world w = {.h = h, .params = &params};
    struct pass p = {.w = &w, .chain = any};
    struct collector c = {0};
    int r = mappings_make(&w);
    if (r == 0)
        r = streams_make(&w);
    if (r == 0)
        r = pass_make(&p, &c);
    *n = 0;
    *out = r ? NULL : malloc((h->n_steps + 1) * sizeof **out);
    for (uint32_t i = 0; *out && i < h->n_steps; i++)
        if (p.owner[i] != TL_NONE)
            (*out)[(*n)++] = (struct tl_tied_attempt){.attempt = i,
                                                      .resource = w.streams[p.owner[i]].resource,
                                                      .verdict = p.answers[i],
                                                      .link = (enum tl_link)p.link[i]};
    r = *out ? 0 : TL_ENOMEM;
    pass_fini(&p);
    world_fini(&w);
    free(c.cycles.items);
    free(c.cycles.steps);
    free(c.spare.items);
    free(c.spare.steps);
    return r ? tl_err_nomem(err) : 0;
}

void tl_loops_fini(struct tl_loops *l)
{
    free(l->items);
    free(l->cycles);
    free(l->steps);
    free(l->answers);
    *l = (struct tl_loops){0};
}
