/* What happened when: everything on the loop's resource that a timeline shows, from the loop's first verdict
 * to where its story ends, in time order, and the control events of its rule. */
#include "internal.h"

#include <stdlib.h>

/* The principals that make the remediation's own changes, sorted, so that each change is told from other
 * people's in a step or two however many parties there are. */
struct hands {
    tl_str *names;
    size_t n;
};

static int by_text(const void *a, const void *b)
{
    return tl_str_cmp(*(const tl_str *)a, *(const tl_str *)b);
}

static int hands_make(const struct tl_finding *f, struct hands *h)
{
    h->names = malloc((f->n_parties + 1) * sizeof *h->names);
    if (!h->names)
        return TL_ENOMEM;
    for (size_t i = 0; i < f->n_parties; i++)
        if (f->parties[i].role == TL_CHANGER)
            h->names[h->n++] = f->parties[i].principal;
    qsort(h->names, h->n, sizeof *h->names, by_text);
    return 0;
}

struct merge { /* three lists, each in time order, to be one */
    const struct subject *s;
    struct hands hands;
    size_t verdict, answer;
    uint32_t change, change_end; /* in the resource's list */
};

static bool is_shown_change(const struct subject *s, const struct tl_step *c)
{
    return c->kind == TL_STEP_CHANGE && !(c->flags & TL_STEP_FAILED) && c->time_s >= s->from_s &&
           c->time_s <= s->to_s;
}

static const struct tl_step *next_change(struct merge *m)
{
    const struct subject *s = m->s;
    for (; m->change < m->change_end; m->change++) {
        const struct tl_step *c = subject_step(s, s->f->by_resource.at[m->change]);
        if (is_shown_change(s, c))
            return c;
    }
    return NULL;
}

/* The earliest of the three heads; in one second, in the order of a cycle. False at the end. */
static bool next_moment(struct merge *m, struct tl_moment *out)
{
    const struct subject *s = m->s;
    const struct tl_step *v = m->verdict < s->n_verdicts ? subject_step(s, s->verdicts[m->verdict]) : NULL;
    const struct tl_step *a =
        m->answer < s->n_answers ? subject_step(s, s->answers[m->answer].attempt) : NULL;
    const struct tl_step *c = next_change(m);
    if (v && (!a || v->time_s <= a->time_s) && (!c || v->time_s <= c->time_s)) {
        m->verdict++;
        *out = (struct tl_moment){v->time_s, TL_MOMENT_VERDICT, (enum tl_compliance)v->compliance};
    } else if (a && (!c || a->time_s <= c->time_s)) {
        m->answer++;
        *out = (struct tl_moment){.time_s = a->time_s, .kind = TL_MOMENT_ATTEMPT};
    } else if (c) {
        tl_str who = s->f->h->callers[c->caller].principal;
        bool own = bsearch(&who, m->hands.names, m->hands.n, sizeof who, by_text) != NULL;
        m->change++;
        *out =
            (struct tl_moment){.time_s = c->time_s, .kind = own ? TL_MOMENT_CHANGE : TL_MOMENT_OTHER_CHANGE};
    } else {
        return false;
    }
    return true;
}

static int moments_make(const struct subject *s, struct tl_finding *f)
{
    const struct tl_lists *l = &s->f->by_resource;
    struct merge m = {
        .s = s, .change = l->start[s->loop->resource], .change_end = l->start[s->loop->resource + 1]};
    size_t n = s->n_verdicts + s->n_answers;
    for (uint32_t i = m.change; i < m.change_end; i++)
        n += is_shown_change(s, subject_step(s, l->at[i]));
    f->moments = tl_arena_calloc(s->arena, n + 1, sizeof *f->moments);
    if (!f->moments || hands_make(f, &m.hands))
        return TL_ENOMEM;
    while (f->n_moments < n && next_moment(&m, &f->moments[f->n_moments]))
        f->n_moments++;
    free(m.hands.names);
    return 0;
}

/* Exceptions and manual starts name a resource: only the loop's own are of interest. What was tried in test
 * mode did nothing to the rule. */
static bool is_of_loop(const struct subject *s, const struct tl_control_step *c)
{
    bool names_one = c->action == TL_PUT_REMEDIATION_EXCEPTION ||
                     c->action == TL_DELETE_REMEDIATION_EXCEPTION ||
                     c->action == TL_START_REMEDIATION_EXECUTION;
    if (c->action == TL_EVALUATE_IN_TEST_MODE)
        return false;
    return c->time_s >= s->from_s && c->time_s <= s->to_s && (!names_one || c->resource == s->loop->resource);
}

static int controls_make(const struct subject *s, struct tl_finding *f)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_controls; i++)
        n += is_of_loop(s, s->controls[i]);
    f->controls = tl_arena_calloc(s->arena, n + 1, sizeof *f->controls);
    if (!f->controls)
        return TL_ENOMEM;
    for (size_t i = 0; i < s->n_controls; i++) {
        const struct tl_control_step *c = s->controls[i];
        if (is_of_loop(s, c))
            f->controls[f->n_controls++] =
                (struct tl_control_event){.event = {.time_s = c->time_s, .id = c->event},
                                          .action = c->action,
                                          .automatic = c->automatic,
                                          .attempts = c->attempts,
                                          .window_s = c->window_s};
    }
    return 0;
}

int moments_diagnose(const struct subject *s, struct tl_finding *f)
{
    int r = moments_make(s, f);
    return r ? r : controls_make(s, f);
}
