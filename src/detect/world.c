/* What holds for the whole history, whatever the chain: who was judged under which rule, which documents the
 * rules name, and who is paid to move things up and down. */
#include "internal.h"

#include <stdlib.h>

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

uint32_t mappings_from(const struct world *w, uint32_t scope)
{
    uint32_t lo = 0, hi = w->n_mappings;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (w->mappings[mid]->scope < scope)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* The stream of a verdict's resource, rule and scope; TL_NONE if it was never NON_COMPLIANT. */
static uint32_t find_stream(const struct world *w, const struct tl_step *verdict)
{
    const struct stream key = {verdict->resource, verdict->subject, verdict->scope};
    uint32_t lo = 0, hi = w->n_streams;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        int c = stream_order(&w->streams[mid], &key);
        if (c == 0)
            return mid;
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return TL_NONE;
}

/* The stream whose COMPLIANT verdict it is. */
static uint32_t compliant_of(const struct world *w, const struct tl_step *s)
{
    return s->kind == TL_STEP_VERDICT && s->compliance == TL_COMPLIANT ? find_stream(w, s) : TL_NONE;
}

/* The judged resource that it changed. */
static uint32_t changed_by(const struct world *w, const struct tl_step *s)
{
    bool counts = s->kind == TL_STEP_CHANGE && !(s->flags & TL_STEP_FAILED) && s->resource != TL_NONE &&
                  w->judged[s->resource] != TL_NONE;
    return counts ? s->resource : TL_NONE;
}

/* The steps by owner, each as `owner_of` tells it; TL_NONE: in no list. */
static int lists_make(struct tl_lists *l, const struct world *w, uint32_t n_owners,
                      uint32_t (*owner_of)(const struct world *, const struct tl_step *))
{
    const struct tl_history *h = w->h;
    uint32_t *owner = malloc((h->n_steps + 1) * sizeof *owner);
    if (!owner)
        return TL_ENOMEM;
    for (uint32_t i = 0; i < h->n_steps; i++)
        owner[i] = owner_of(w, &h->steps[i]);
    int r = tl_lists_make(l, n_owners, (uint32_t)h->n_steps, owner);
    free(owner);
    return r;
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
    int r = tl_lists_make(&w->verdicts, w->n_streams, (uint32_t)h->n_steps, w->stream_of);
    return r ? r : lists_make(&w->compliant, w, w->n_streams, compliant_of);
}

/* Whether a caller's principal or user agent holds the word, in any case and whatever dashes stand in it. */
static bool says(const struct tl_caller *c, const char *word)
{
    const tl_str texts[] = {c->principal, c->user_agent};
    for (size_t t = 0; t < 2; t++)
        for (size_t i = 0, k = 0; i < texts[t].n; i++) {
            char letter =
                texts[t].p[i] >= 'A' && texts[t].p[i] <= 'Z' ? (char)(texts[t].p[i] + 32) : texts[t].p[i];
            if (letter == '-' || letter == '_')
                continue;
            k = letter == word[k] ? k + 1 : letter == word[0];
            if (word[k] == '\0')
                return true;
        }
    return false;
}

/* "AWSServiceRoleForApplicationAutoScaling_ECSService", "cluster-autoscaler". */
static bool is_scaler(const struct tl_caller *c)
{
    return says(c, "autoscal");
}

bool is_robot(const struct tl_caller *c)
{
    return !c->person && !is_scaler(c);
}

static bool is_deployer(const struct tl_caller *c)
{
    static const char *const words[] = {"terraform", "cloudformation", "pulumi",  "codebuild", "pipeline",
                                        "github",    "gitlab",         "jenkins", "buildkite", "deploy"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (says(c, words[i]))
            return true;
    return false;
}

static int by_principal(const void *a, const void *b, void *history)
{
    const struct tl_history *h = history;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    int c = tl_str_cmp(h->callers[x].principal, h->callers[y].principal);
    return c ? c : (x > y) - (x < y);
}

static int callers_make(struct world *w)
{
    size_t n = w->h->n_callers;
    uint32_t *order = malloc((n + 1) * sizeof *order);
    w->robot = malloc(n + 1);
    w->deploys = malloc(n + 1);
    w->mark = calloc(n + 1, 1);
    w->principal = malloc((n + 1) * sizeof *w->principal);
    if (!order || !w->robot || !w->deploys || !w->mark || !w->principal) {
        free(order);
        return TL_ENOMEM;
    }
    for (uint32_t i = 0; i < n; i++) {
        order[i] = i;
        w->robot[i] = is_robot(&w->h->callers[i]);
        w->deploys[i] = is_deployer(&w->h->callers[i]);
    }
    qsort_r(order, n, sizeof *order, by_principal, (void *)(uintptr_t)w->h);
    for (size_t i = 0; i < n; i++) {
        bool same = i && tl_str_eq(w->h->callers[order[i]].principal, w->h->callers[order[i - 1]].principal);
        w->principal[order[i]] = same ? w->principal[order[i - 1]] : order[i];
    }
    free(order);
    return 0;
}

int world_make(struct world *w)
{
    w->answered = calloc(w->h->n_steps + 1, 1);
    w->claimed = calloc(w->h->n_steps + 1, 1);
    w->owner = malloc((w->h->n_steps + 1) * sizeof *w->owner);
    int r = w->answered && w->claimed && w->owner ? mappings_make(w) : TL_ENOMEM;
    for (size_t i = 0; r == 0 && i < w->h->n_steps; i++)
        w->owner[i] = TL_NONE;
    if (r == 0)
        r = callers_make(w);
    if (r == 0)
        r = streams_make(w);
    return r ? r : lists_make(&w->changes, w, (uint32_t)w->h->n_resources, changed_by);
}

void world_fini(struct world *w)
{
    free(w->streams);
    free(w->stream_of);
    free(w->judged);
    free(w->mappings);
    free(w->answered);
    free(w->claimed);
    free(w->owner);
    free(w->robot);
    free(w->deploys);
    free(w->principal);
    free(w->mark);
    tl_lists_fini(&w->verdicts);
    tl_lists_fini(&w->compliant);
    tl_lists_fini(&w->changes);
}
