/* What undid what: for each change of one resource, the later change that takes it back.
 *
 * Two changes undo each other when their calls are inverse (Add and Remove, Attach and Detach ...) on the
 * same noun of one service and carry the same name (statement id, rule, policy), or none; either may come
 * first: a permission that is taken away can be put back. The other way is by values: the same call, with the
 * parameters that held before the change. A second is unordered: inside one, changes are read in the order in
 * which they undo each other, if there is one.
 *
 * Linear but for sorting: each change waits in the list of its verb until an inverse one takes all of them.
 */
#include "trailloop/detect.h"

#include <stdlib.h>
#include <string.h>

#define V(text)                                                                                              \
    {                                                                                                        \
        text, sizeof(text) - 1                                                                               \
    }

/* Verbs as AWS uses them; pairs[] says which are inverse, in both directions. */
enum verb {
    ACTIVATE,
    ADD,
    ALLOCATE,
    ASSIGN,
    ASSOCIATE,
    ATTACH,
    AUTHORIZE,
    CANCEL,
    CREATE,
    DEACTIVATE,
    DELETE,
    DEREGISTER,
    DETACH,
    DISABLE,
    DISASSOCIATE,
    ENABLE,
    ENTER,
    EXIT,
    IMPORT,
    MONITOR,
    PUT,
    REGISTER,
    RELEASE,
    REMOVE,
    RESTORE,
    RESUME,
    RETIRE,
    REVOKE,
    RUN,
    SCHEDULE,
    SET,
    START,
    STOP,
    SUBSCRIBE,
    SUSPEND,
    TAG,
    TERMINATE,
    UNASSIGN,
    UNMONITOR,
    UNSUBSCRIBE,
    UNTAG,
    UPLOAD,
    N_VERBS,
    NO_VERB = N_VERBS
};

static const tl_str verbs[N_VERBS] = {
    V("Activate"),  V("Add"),      V("Allocate"),     V("Assign"),      V("Associate"), V("Attach"),
    V("Authorize"), V("Cancel"),   V("Create"),       V("Deactivate"),  V("Delete"),    V("Deregister"),
    V("Detach"),    V("Disable"),  V("Disassociate"), V("Enable"),      V("Enter"),     V("Exit"),
    V("Import"),    V("Monitor"),  V("Put"),          V("Register"),    V("Release"),   V("Remove"),
    V("Restore"),   V("Resume"),   V("Retire"),       V("Revoke"),      V("Run"),       V("Schedule"),
    V("Set"),       V("Start"),    V("Stop"),         V("Subscribe"),   V("Suspend"),   V("Tag"),
    V("Terminate"), V("Unassign"), V("Unmonitor"),    V("Unsubscribe"), V("Untag"),     V("Upload")};

static const uint8_t pairs[][2] = {{ACTIVATE, DEACTIVATE}, {ADD, REMOVE},
                                   {ADD, DELETE},          {ALLOCATE, RELEASE},
                                   {ASSIGN, UNASSIGN},     {ASSOCIATE, DISASSOCIATE},
                                   {ATTACH, DETACH},       {AUTHORIZE, REVOKE},
                                   {CREATE, DELETE},       {CREATE, REVOKE},
                                   {CREATE, RETIRE},       {CREATE, CANCEL},
                                   {ENABLE, DISABLE},      {ENTER, EXIT},
                                   {IMPORT, DELETE},       {MONITOR, UNMONITOR},
                                   {PUT, DELETE},          {PUT, REMOVE},
                                   {REGISTER, DEREGISTER}, {RESTORE, DELETE},
                                   {RUN, TERMINATE},       {SCHEDULE, CANCEL},
                                   {SET, REMOVE},          {SET, DELETE},
                                   {START, STOP},          {SUBSCRIBE, UNSUBSCRIBE},
                                   {SUSPEND, RESUME},      {TAG, UNTAG},
                                   {UPLOAD, DELETE}};

/* The longest verb that the action starts with, as a word of its own. */
static enum verb verb_of(tl_str action)
{
    enum verb best = NO_VERB;
    for (int v = 0; v < N_VERBS; v++) {
        bool word = tl_str_starts(action, verbs[v]) &&
                    (action.n == verbs[v].n || action.p[verbs[v].n] < 'a' || action.p[verbs[v].n] > 'z');
        if (word && (best == NO_VERB || verbs[v].n > verbs[best].n))
            best = (enum verb)v;
    }
    return best;
}

static bool inverse_verbs(enum verb a, enum verb b)
{
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if ((pairs[i][0] == a && pairs[i][1] == b) || (pairs[i][0] == b && pairs[i][1] == a))
            return true;
    return false;
}

/* What the action acts on, for comparing: `AddRoleToInstanceProfile` and `RemoveRoleFromInstanceProfile` act
 * on the same, and so the words that go with the direction are skipped. */
static tl_str after_word(tl_str s, tl_str word)
{
    return tl_str_starts(s, word) && (s.n == word.n || s.p[word.n] < 'a' || s.p[word.n] > 'z')
               ? tl_str_sub(s, word.n, s.n)
               : s;
}

static tl_str skip_direction(tl_str s)
{
    static const tl_str words[] = {V("To"), V("From"), V("With")};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        tl_str rest = after_word(s, words[i]);
        if (rest.n < s.n)
            return rest;
    }
    return s;
}

static int compare_nouns(tl_str a, tl_str b)
{
    while (a.n && b.n) {
        tl_str x = skip_direction(a), y = skip_direction(b);
        if (x.n < a.n || y.n < b.n) {
            a = x;
            b = y;
            continue;
        }
        if (*a.p != *b.p)
            return (unsigned char)*a.p < (unsigned char)*b.p ? -1 : 1;
        a = tl_str_sub(a, 1, a.n);
        b = tl_str_sub(b, 1, b.n);
    }
    return (a.n > 0) - (b.n > 0);
}

static tl_str noun_of(tl_str action, enum verb v)
{
    return v == NO_VERB ? action : tl_str_sub(action, verbs[v].n, action.n);
}

bool tl_calls_are_inverse(const struct tl_api *a, const struct tl_api *b)
{
    enum verb va = verb_of(a->action), vb = verb_of(b->action);
    return tl_str_eq(a->service, b->service) && va != NO_VERB && vb != NO_VERB && inverse_verbs(va, vb) &&
           compare_nouns(noun_of(a->action, va), noun_of(b->action, vb)) == 0;
}

/* ---- pairs in time --------------------------------------------------------------------------- */

struct item { /* one successful change */
    uint32_t group, detail;
    uint32_t at;   /* index into the steps given, which is the order in time */
    uint64_t keys; /* of its fingerprint: which parameters it has */
    uint8_t verb;
};

struct finder {
    const struct tl_history *h;
    const uint32_t *steps;
    struct tl_undo *out;
    uint32_t *group;         /* per api: equal for the same noun of one service */
    uint8_t *verb;           /* per api */
    uint32_t *next;          /* per change: the one that waits behind it */
    uint32_t first[N_VERBS]; /* waiting, per verb; TL_NONE */
};

/* Orders apis by service and noun. */
static int by_noun(const void *a, const void *b, void *ctx)
{
    const struct finder *f = ctx;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    const struct tl_api *p = &f->h->apis[x], *q = &f->h->apis[y];
    int c = tl_str_cmp(p->service, q->service);
    return c ? c
             : compare_nouns(noun_of(p->action, (enum verb)f->verb[x]),
                             noun_of(q->action, (enum verb)f->verb[y]));
}

static int groups_make(struct finder *f)
{
    size_t n = f->h->n_apis;
    uint32_t *order = malloc((n + 1) * sizeof *order);
    f->group = malloc((n + 1) * sizeof *f->group);
    f->verb = malloc(n + 1);
    if (!order || !f->group || !f->verb) {
        free(order);
        return TL_ENOMEM;
    }
    for (uint32_t i = 0; i < n; i++) {
        f->verb[i] = (uint8_t)verb_of(f->h->apis[i].action);
        order[i] = i;
    }
    qsort_r(order, n, sizeof *order, by_noun, f);
    for (uint32_t i = 0; i < n; i++)
        f->group[order[i]] =
            i && by_noun(&order[i - 1], &order[i], f) == 0 ? f->group[order[i - 1]] : order[i];
    free(order);
    return 0;
}

static int compare_items(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (x->detail != y->detail)
        return x->detail < y->detail ? -1 : 1;
    if (x->keys != y->keys)
        return x->keys < y->keys ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static bool same_group(const struct item *a, const struct item *b)
{
    return a->group == b->group && a->detail == b->detail && a->keys == b->keys;
}

static void wait_behind(struct finder *f, uint32_t *first, uint32_t at)
{
    f->next[at] = *first;
    *first = at;
}

/* Whoever waits in the list is undone by `by`, unless something undid it before. */
static void take(struct finder *f, uint32_t *first, uint32_t by, enum tl_undo_proof proof)
{
    for (uint32_t at = *first; at != TL_NONE; at = f->next[at])
        if (f->out[at].by > by)
            f->out[at] = (struct tl_undo){by, proof};
    *first = TL_NONE;
}

/* ---- inverse calls --------------------------------------------------------------------------- */

static bool has_inverse_waiting(const struct finder *f, uint8_t verb)
{
    for (int v = 0; v < N_VERBS; v++)
        if (f->first[v] != TL_NONE && inverse_verbs((enum verb)v, (enum verb)verb))
            return true;
    return false;
}

static void inverse_step(struct finder *f, const struct item *i)
{
    for (int v = 0; v < N_VERBS; v++)
        if (f->first[v] != TL_NONE && inverse_verbs((enum verb)v, (enum verb)i->verb))
            take(f, &f->first[v], i->at, i->detail ? TL_UNDO_NAMED : TL_UNDO_WHOLE);
    wait_behind(f, &f->first[i->verb], i->at);
}

enum { SECOND_MAX = 16 }; /* more changes of one thing in one second are read as they come */

/* The items of one second: those that undo something come first, as long as there are any. */
static void inverse_second(struct finder *f, struct item *items, size_t n)
{
    for (size_t done = 0; done < n; done++) {
        size_t next = done;
        while (n <= SECOND_MAX && next < n && !has_inverse_waiting(f, items[next].verb))
            next++;
        struct item chosen = items[next == n ? done : next];
        if (next != n)
            memmove(&items[done + 1], &items[done], (next - done) * sizeof *items);
        items[done] = chosen;
        inverse_step(f, &chosen);
    }
}

static void inverse_group(struct finder *f, struct item *items, size_t n)
{
    for (int v = 0; v < N_VERBS; v++)
        f->first[v] = TL_NONE;
    for (size_t i = 0, end; i < n; i = end) {
        int64_t t_s = f->h->steps[f->steps[items[i].at]].time_s;
        for (end = i; end < n && f->h->steps[f->steps[items[end].at]].time_s == t_s; end++)
            ;
        inverse_second(f, items + i, end - i);
    }
}

/* ---- values that come back ------------------------------------------------------------------- */

static void value_group(struct finder *f, struct item *items, size_t n)
{
    uint64_t before = 0, now = 0;
    uint32_t run = TL_NONE; /* the changes that put `now` */
    for (size_t i = 0; i < n; i++) {
        uint64_t value = f->h->steps[f->steps[items[i].at]].fingerprint;
        if (value != now && value == before)
            take(f, &run, items[i].at, TL_UNDO_VALUE);
        if (value != now) {
            before = now;
            now = value;
            run = TL_NONE;
        }
        wait_behind(f, &run, items[i].at);
    }
}

static bool sets_a_value(uint8_t verb)
{
    return verb == NO_VERB || verb == PUT || verb == SET;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void each_group(struct finder *f, struct item *items, size_t n,
                       void (*group)(struct finder *f, struct item *items, size_t n))
{
    qsort(items, n, sizeof *items, compare_items);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && same_group(&items[i], &items[end]); end++)
            ;
        group(f, items + i, end - i);
    }
}

static void find(struct finder *f, struct item *items, size_t n_steps)
{
    size_t n = 0;
    for (uint32_t i = 0; i < n_steps; i++) {
        const struct tl_step *s = &f->h->steps[f->steps[i]];
        bool good = s->kind == TL_STEP_CHANGE && !(s->flags & TL_STEP_FAILED);
        f->out[i] = (struct tl_undo){.by = TL_NONE};
        if (good && f->verb[s->subject] != NO_VERB)
            items[n++] = (struct item){
                .group = f->group[s->subject], .detail = s->detail, .at = i, .verb = f->verb[s->subject]};
    }
    each_group(f, items, n, inverse_group);
    n = 0;
    for (uint32_t i = 0; i < n_steps; i++) {
        const struct tl_step *s = &f->h->steps[f->steps[i]];
        bool good = s->kind == TL_STEP_CHANGE && !(s->flags & TL_STEP_FAILED);
        if (good && s->fingerprint && sets_a_value(f->verb[s->subject]))
            items[n++] = (struct item){.group = s->subject,
                                       .detail = s->detail,
                                       .at = i,
                                       .keys = s->fingerprint >> TL_FINGERPRINT_KEYS_SHIFT};
    }
    each_group(f, items, n, value_group);
}

int tl_undo_find(const struct tl_history *h, const uint32_t *steps, size_t n, struct tl_undo *out)
{
    struct finder f = {.h = h, .steps = steps, .out = out};
    struct item *items = malloc((n + 1) * sizeof *items);
    f.next = malloc((n + 1) * sizeof *f.next);
    int r = items && f.next ? groups_make(&f) : TL_ENOMEM;
    if (r == 0)
        find(&f, items, n);
    free(items);
    free(f.next);
    free(f.group);
    free(f.verb);
    return r;
}
