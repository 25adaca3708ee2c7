/* The proof of a loop that undoes its own work, or another's: the same statement id, rule or policy is put
 * and taken away again and again. Of all pairs of a call and the one that undoes it, made on the resource
 * while the loop ran, the one that came back most often. */
#include "internal.h"

#include <stdlib.h>

struct act { /* a successful change */
    uint32_t detail, api;
    uint32_t n; /* how often it was made, after counting */
};

static int by_detail(const void *a, const void *b)
{
    const struct act *x = a, *y = b;
    if (x->detail != y->detail)
        return x->detail < y->detail ? -1 : 1;
    return (x->api > y->api) - (x->api < y->api);
}

static size_t acts_find(const struct subject *s, int64_t to_s, struct act *out)
{
    const struct tl_lists *l = &s->f->by_resource;
    size_t n = 0, n_distinct = 0;
    for (uint32_t i = tl_lists_at(l, s->f->h, s->loop->resource, s->from_s);
         i < l->start[s->loop->resource + 1]; i++) {
        const struct tl_step *c = subject_step(s, l->at[i]);
        if (c->time_s > to_s)
            break;
        if (c->kind == TL_STEP_CHANGE && !(c->flags & TL_STEP_FAILED))
            out[n++] = (struct act){c->detail, c->subject, 1};
    }
    if (n)
        qsort(out, n, sizeof *out, by_detail);
    for (size_t i = 0; i < n; i++)
        if (n_distinct && by_detail(&out[n_distinct - 1], &out[i]) == 0)
            out[n_distinct - 1].n++;
        else
            out[n_distinct++] = out[i];
    return n_distinct;
}

static int api_text(const struct subject *s, uint32_t api, tl_str *out)
{
    const struct tl_api *a = &s->f->h->apis[api];
    *out = tl_arena_join(s->arena, a->service, ':', a->action);
    return out->p ? 0 : TL_ENOMEM;
}

int proof_diagnose(const struct subject *s, struct tl_finding *f)
{
    const struct tl_lists *l = &s->f->by_resource;
    size_t most = l->start[s->loop->resource + 1] - l->start[s->loop->resource];
    struct act *acts = malloc((most + 1) * sizeof *acts);
    const struct act *does = NULL, *undoes = NULL;
    if (!acts)
        return TL_ENOMEM;
    size_t n = acts_find(s, f->last_s, acts);
    for (size_t i = 0; i < n; i++)
        for (size_t k = i + 1; k < n && acts[k].detail == acts[i].detail; k++) {
            uint32_t times = acts[i].n < acts[k].n ? acts[i].n : acts[k].n;
            if (times < 2 || !tl_calls_are_inverse(&s->f->h->apis[acts[i].api], &s->f->h->apis[acts[k].api]))
                continue;
            /* one that is named tells more than one that is not */
            if (times > f->proof.n_times || (times == f->proof.n_times && !does->detail)) {
                does = &acts[i];
                undoes = &acts[k];
                f->proof.n_times = times;
            }
        }
    int r = 0;
    f->has_proof = does != NULL;
    if (does) {
        f->proof.what = s->f->h->texts[does->detail];
        r = api_text(s, does->api, &f->proof.does);
        if (r == 0)
            r = api_text(s, undoes->api, &f->proof.undoes);
    }
    free(acts);
    return r;
}
