/* Which runbook answers which rule, where no configuration says it: a document whose attempts mostly answer
 * verdicts of one rule, which in turn is mostly answered by it, is not taken for an answer to a rule that has
 * a document of its own. Otherwise an attempt whose verdict the log has lost goes to whoever waits just then.
 *
 * Told from a first reading of who answers whom, by ties of any kind. A rule that is also answered by a
 * document of no rule (it was given another one), and a document that also answers a rule without one (they
 * share it), have no habit. */
#include "internal.h"

#include <stdlib.h>

static int by_rule(const void *a, const void *b)
{
    const struct habit *x = a, *y = b;
    if (x->scope != y->scope)
        return x->scope < y->scope ? -1 : 1;
    if (x->rule != y->rule)
        return x->rule < y->rule ? -1 : 1;
    return (x->document > y->document) - (x->document < y->document);
}

/* What answers what, and how often: one for each run of a document in a stream, then for each pair. */
static int pairs_make(const struct pass *p, struct habit **out, size_t *n_out)
{
    size_t n = 0, cap = 0;
    for (uint32_t s = 0; s < p->n_streams; s++) {
        struct habit own = {.scope = p->streams[s].scope, .rule = p->streams[s].rule};
        for (uint32_t i = p->attempts.start[s]; i < p->attempts.start[s + 1]; i++) {
            uint32_t attempt = p->attempts.at[i], document = p->w->h->steps[attempt].subject;
            if (!document || p->answers[attempt] == TL_NONE)
                continue;
            if (own.document != document) {
                own.document = document;
                if (tl_grow(out, &cap, n + 1, sizeof **out))
                    return TL_ENOMEM;
                (*out)[n++] = own;
            }
            (*out)[n - 1].n++;
        }
    }
    if (n)
        qsort(*out, n, sizeof **out, by_rule);
    *n_out = 0;
    for (size_t i = 0; i < n; i++) {
        if (i && by_rule(&(*out)[*n_out - 1], &(*out)[i]) == 0)
            (*out)[*n_out - 1].n += (*out)[i].n;
        else
            (*out)[(*n_out)++] = (*out)[i];
    }
    return 0;
}

struct end { /* a rule or a document, in the scope at hand */
    uint32_t n;
    bool habit, shared;
};

struct ends { /* both per text, all 0 between scopes */
    struct end *rules, *documents;
};

static bool is_most(uint32_t n, uint32_t of)
{
    return (uint64_t)n * 5 >= (uint64_t)of * 4;
}

static bool is_kept(const struct ends *x, const struct habit *e)
{
    return !x->rules[e->rule].shared && !x->documents[e->document].shared;
}

/* Marks the habits among the pairs of one scope. Whether some answers go against them. */
static bool scope_judge(const struct pass *p, const struct ends *x, struct habit *e, size_t n)
{
    bool against = false;
    for (size_t i = 0; i < n; i++) {
        x->rules[e[i].rule].n += e[i].n;
        x->documents[e[i].document].n += e[i].n;
    }
    for (size_t i = 0; i < n; i++) {
        struct end *rule = &x->rules[e[i].rule], *document = &x->documents[e[i].document];
        e[i].stands = e[i].rule && e[i].n >= p->limits.min_cycles && is_most(e[i].n, rule->n) &&
                      is_most(e[i].n, document->n);
        rule->habit |= e[i].stands;
        document->habit |= e[i].stands;
    }
    for (size_t i = 0; i < n; i++) {
        struct end *rule = &x->rules[e[i].rule], *document = &x->documents[e[i].document];
        rule->shared |= !e[i].stands && !document->habit;
        document->shared |= !e[i].stands && !rule->habit;
    }
    for (size_t i = 0; i < n; i++) {
        against |= !e[i].stands && is_kept(x, &e[i]);
        e[i].stands &= is_kept(x, &e[i]);
    }
    for (size_t i = 0; i < n; i++) {
        x->rules[e[i].rule] = (struct end){0};
        x->documents[e[i].document] = (struct end){0};
    }
    return against;
}

/* What a configuration says needs no habit. */
static void leave_configured(const struct pass *p, const struct ends *x, uint32_t scope, bool shared)
{
    const struct world *w = p->w;
    for (uint32_t i = mappings_from(w, scope); i < w->n_mappings && w->mappings[i]->scope == scope; i++) {
        x->rules[w->mappings[i]->rule].shared = shared;
        x->documents[w->mappings[i]->document].shared = shared;
    }
}

int habits_find(struct pass *p, bool *against)
{
    size_t n_texts = p->w->h->n_texts + 1, n = 0, kept = 0;
    struct ends x = {calloc(n_texts, sizeof *x.rules), calloc(n_texts, sizeof *x.documents)};
    int r = x.rules && x.documents ? pairs_make(p, &p->habits, &n) : TL_ENOMEM;
    *against = false;
    for (size_t i = 0, end; r == 0 && i < n; i = end) {
        for (end = i; end < n && p->habits[end].scope == p->habits[i].scope; end++)
            ;
        leave_configured(p, &x, p->habits[i].scope, true);
        *against |= scope_judge(p, &x, p->habits + i, end - i);
        leave_configured(p, &x, p->habits[end - 1].scope, false);
    }
    for (size_t i = 0; r == 0 && i < n; i++)
        if (p->habits[i].stands)
            p->habits[kept++] = p->habits[i];
    p->n_habits = kept;
    free(x.rules);
    free(x.documents);
    return r;
}

uint32_t habit_of(const struct pass *p, const struct stream *s)
{
    size_t lo = 0, hi = p->n_habits;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        const struct habit *e = &p->habits[mid];
        if (e->scope < s->scope || (e->scope == s->scope && e->rule < s->rule))
            lo = mid + 1;
        else
            hi = mid;
    }
    bool found = lo < p->n_habits && p->habits[lo].scope == s->scope && p->habits[lo].rule == s->rule;
    return found ? p->habits[lo].document : 0;
}
