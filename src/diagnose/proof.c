/* The proof of a loop that undoes its own work, or another's: the same statement id, rule or policy is put
 * and taken away again and again. Of all pairs of a call and the one that undoes it, made on the resource
 * while the loop ran, the one that came back most often. Where there is none, the call that most often put
 * back the values that held before. */
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

/* Counts the acts, which need no order; *n is how many distinct ones are left. */
static void acts_count(struct act *acts, size_t *n)
{
    size_t n_distinct = 0;
    if (*n)
        qsort(acts, *n, sizeof *acts, by_detail);
    for (size_t i = 0; i < *n; i++)
        if (n_distinct && by_detail(&acts[n_distinct - 1], &acts[i]) == 0)
            acts[n_distinct - 1].n++;
        else
            acts[n_distinct++] = acts[i];
    *n = n_distinct;
}

/* The successful changes of the resource while the loop ran, by time. */
static size_t changes_find(const struct subject *s, int64_t to_s, uint32_t *out)
{
    const struct tl_lists *l = &s->f->by_resource;
    size_t n = 0;
    for (uint32_t i = tl_lists_at(l, s->f->h, s->loop->resource, s->from_s);
         i < l->start[s->loop->resource + 1]; i++) {
        const struct tl_step *c = subject_step(s, l->at[i]);
        if (c->time_s > to_s)
            break;
        if (c->kind == TL_STEP_CHANGE && !(c->flags & TL_STEP_FAILED))
            out[n++] = l->at[i];
    }
    return n;
}

static void find_inverse(const struct subject *s, struct tl_finding *f, const struct act *acts, size_t n,
                         const struct act **does, const struct act **undoes)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = i + 1; k < n && acts[k].detail == acts[i].detail; k++) {
            uint32_t times = acts[i].n < acts[k].n ? acts[i].n : acts[k].n;
            if (times < 2 || !tl_calls_are_inverse(&s->f->h->apis[acts[i].api], &s->f->h->apis[acts[k].api]))
                continue;
            /* one that is named tells more than one that is not */
            if (times > f->proof.n_times || (times == f->proof.n_times && !(*does)->detail)) {
                *does = &acts[i];
                *undoes = &acts[k];
                f->proof.n_times = times;
            }
        }
}

/* The call that most often put back the values from before. Leaves in `acts` what it counted. 0 or TL_ENOMEM.
 */
static int find_values(const struct subject *s, struct tl_finding *f, const uint32_t *changes, size_t n,
                       struct act *acts, const struct act **does)
{
    struct tl_undo *undone = malloc((n + 1) * sizeof *undone);
    size_t n_acts = 0;
    int r = undone ? tl_undo_find(s->f->h, changes, n, undone) : TL_ENOMEM;
    for (size_t i = 0; r == 0 && i < n; i++)
        if (undone[i].by != TL_NONE && undone[i].proof == TL_UNDO_VALUE)
            acts[n_acts++] = (struct act){0, subject_step(s, changes[i])->subject, 1};
    acts_count(acts, &n_acts);
    for (size_t i = 0; i < n_acts; i++)
        if (acts[i].n > 1 && acts[i].n > f->proof.n_times) {
            *does = &acts[i];
            f->proof.n_times = acts[i].n;
        }
    free(undone);
    return r;
}

int proof_diagnose(const struct subject *s, struct tl_finding *f)
{
    const struct tl_lists *l = &s->f->by_resource;
    size_t most = l->start[s->loop->resource + 1] - l->start[s->loop->resource], n;
    struct act *acts = malloc((most + 1) * sizeof *acts);
    uint32_t *changes = malloc((most + 1) * sizeof *changes);
    const struct act *does = NULL, *undoes = NULL;
    int r = acts && changes ? 0 : TL_ENOMEM;
    if (r == 0) {
        size_t n_acts = n = changes_find(s, f->last_s, changes);
        for (size_t i = 0; i < n; i++) {
            const struct tl_step *c = subject_step(s, changes[i]);
            acts[i] = (struct act){c->detail, c->subject, 1};
        }
        acts_count(acts, &n_acts);
        find_inverse(s, f, acts, n_acts, &does, &undoes);
        if (!does)
            r = find_values(s, f, changes, n, acts, &does);
    }
    f->has_proof = does != NULL;
    if (r == 0 && does) {
        f->proof.what = s->f->h->texts[does->detail];
        r = subject_api(s, does->api, &f->proof.does);
    }
    if (r == 0 && undoes)
        r = subject_api(s, undoes->api, &f->proof.undoes);
    free(acts);
    free(changes);
    return r;
}
