/* Whether the calls on one resource come so close together that a loop which needs no verdict (calls.c) may
 * be among them. What this says no to holds no such loop, so that whoever has very many resources need not
 * look at them again; what it says yes to mostly holds none either.
 *
 * What is looked for is a part of every such loop that lies within TL_RESTLESS_S: of a tug by two parties one
 * pass, two calls of one key by different callers within --max-step; of a tug by one party three of its
 * steady passes; of one call that is repeated half of the least number, in seconds of their own and no
 * further apart than so fast a loop can have them. It asks for no more than calls.c does with the default
 * limits: stricter ones find less. So it can be asked of a part of the history alone: what is new, and what
 * lies around it. */
#include "internal.h"
#include "verbs.h"

#include <stdlib.h>

enum {
    REPEAT_SECONDS = (TL_REPEAT_CALLS + 1) / 2, /* of repeat_stands */
    GROUPS_MAX = 1 << 12, /* so that memory is bounded (2 MB): more are too many to tell */
    RUNS_MAX = 1 << 14
};
#define NEVER_S (-((int64_t)1 << 60)) /* before every time there is */

struct kind { /* of calls */
    struct verbs verbs;
    uint64_t api;
    uint32_t principal;
    bool counts; /* successful, by an automation */
};

/* When somebody was last seen, and when anybody else. */
struct recent {
    uint64_t who[2];
    int64_t at_s[2];
};

struct group { /* of calls that may undo each other */
    uint64_t key;
    uint32_t stamp;
    struct recent sides, principals, paces; /* paces: sides at the pace of one party's tug */
};

struct run { /* of calls that are the same, each soon after the one before */
    uint64_t key;
    uint32_t stamp, n_seconds;
    int64_t last_s;
};

struct tl_restless {
    struct kind *kinds;
    size_t n_kinds, cap_kinds;
    struct tl_arena arena; /* of principals */
    tl_str *principals;
    size_t n_principals, cap_principals;
    uint32_t *slots; /* principal + 1, by hash */
    size_t n_slots;
    struct group *groups; /* hash tables; what has another stamp is free */
    struct run *runs;
    size_t n_groups, n_runs;
    uint32_t stamp;
};

struct tl_restless *tl_restless_new(void)
{
    struct tl_restless *r = calloc(1, sizeof *r);
    if (r && (!(r->groups = calloc((size_t)2 * GROUPS_MAX, sizeof *r->groups)) ||
              !(r->runs = calloc((size_t)2 * RUNS_MAX, sizeof *r->runs)))) {
        tl_restless_free(r);
        return NULL;
    }
    return r;
}

void tl_restless_free(struct tl_restless *r)
{
    if (!r)
        return;
    tl_arena_fini(&r->arena);
    free(r->kinds);
    free(r->principals);
    free(r->slots);
    free(r->groups);
    free(r->runs);
    free(r);
}

/* ---- kinds of calls ---------------------------------------------------------------------------- */

static uint64_t mix(uint64_t a, uint64_t b)
{
    uint64_t h = (a ^ b * 0x9e3779b97f4a7c15u) * 0x9e3779b97f4a7c15u; /* 2^64 / golden ratio */
    return h ^ h >> 29;
}

static size_t probe(const struct tl_restless *r, tl_str principal)
{
    size_t i = tl_str_hash(principal) & (r->n_slots - 1);
    while (r->slots[i] && !tl_str_eq(r->principals[r->slots[i] - 1], principal))
        i = (i + 1) & (r->n_slots - 1);
    return i;
}

static int widen(struct tl_restless *r)
{
    size_t n = r->n_slots ? 2 * r->n_slots : 64;
    uint32_t *slots = calloc(n, sizeof *slots);
    if (!slots)
        return TL_ENOMEM;
    free(r->slots);
    r->slots = slots;
    r->n_slots = n;
    for (size_t i = 0; i < r->n_principals; i++)
        slots[probe(r, r->principals[i])] = (uint32_t)i + 1;
    return 0;
}

static int principal_of(struct tl_restless *r, tl_str principal, uint32_t *out)
{
    if (2 * r->n_principals >= r->n_slots && widen(r))
        return TL_ENOMEM;
    uint32_t *slot = &r->slots[probe(r, principal)];
    if (!*slot) {
        if (tl_grow(&r->principals, &r->cap_principals, r->n_principals + 1, sizeof *r->principals) ||
            tl_arena_copy(&r->arena, principal, &r->principals[r->n_principals]))
            return TL_ENOMEM;
        *slot = (uint32_t)++r->n_principals;
    }
    *out = *slot - 1;
    return 0;
}

int tl_restless_kind(struct tl_restless *r, const struct tl_api *api, const struct tl_caller *caller,
                     bool failed, uint32_t *kind)
{
    if (tl_grow(&r->kinds, &r->cap_kinds, r->n_kinds + 1, sizeof *r->kinds))
        return TL_ENOMEM;
    struct kind *k = &r->kinds[r->n_kinds];
    *k = (struct kind){.verbs = verbs_of(api->service, api->action),
                       .api = mix(tl_str_hash(api->service), tl_str_hash(api->action)),
                       .counts = !failed && is_robot(caller)};
    *kind = (uint32_t)r->n_kinds;
    if (principal_of(r, caller->principal, &k->principal))
        return TL_ENOMEM;
    r->n_kinds++;
    return 0;
}

/* ---- who was there lately ---------------------------------------------------------------------- */

static void recent_add(struct recent *x, uint64_t who, int64_t t_s)
{
    if (x->who[0] != who || x->at_s[0] == NEVER_S) {
        x->who[1] = x->who[0];
        x->at_s[1] = x->at_s[0];
        x->who[0] = who;
    }
    x->at_s[0] = t_s;
}

/* Whether anybody else was seen within --max-step. */
static bool other_lately(const struct recent *x, uint64_t who, int64_t t_s)
{
    return t_s - x->at_s[x->who[0] == who] <= TL_MAX_STEP_DEFAULT_S;
}

static struct group *group_of(struct tl_restless *r, uint64_t key)
{
    static const struct recent nobody = {{0, 0}, {NEVER_S, NEVER_S}};
    size_t mask = (size_t)2 * GROUPS_MAX - 1, i = mix(key, 1) & mask;
    while (r->groups[i].stamp == r->stamp && r->groups[i].key != key)
        i = (i + 1) & mask;
    struct group *g = &r->groups[i];
    if (g->stamp != r->stamp) {
        *g = (struct group){
            .key = key, .stamp = r->stamp, .sides = nobody, .principals = nobody, .paces = nobody};
        r->n_groups++;
    }
    return g;
}

/* In how many different seconds such calls have come by now, none further from the one before than gap_s. */
static uint32_t run_add(struct tl_restless *r, uint64_t key, int64_t t_s, int64_t gap_s)
{
    size_t mask = (size_t)2 * RUNS_MAX - 1, i = mix(key, 2) & mask;
    while (r->runs[i].stamp == r->stamp && r->runs[i].key != key)
        i = (i + 1) & mask;
    struct run *run = &r->runs[i];
    if (run->stamp != r->stamp) {
        *run = (struct run){.key = key, .stamp = r->stamp, .last_s = NEVER_S};
        r->n_runs++;
    }
    if (run->last_s != t_s)
        run->n_seconds = t_s - run->last_s <= gap_s ? run->n_seconds + 1 : 1;
    run->last_s = t_s;
    return run->n_seconds;
}

/* ---- one call after the other ------------------------------------------------------------------ */

/* A call that does (one side) what another one undoes (another side). `works`: by one caller it does not
 * count. */
static bool touch(struct tl_restless *r, uint64_t key, uint64_t side, uint32_t principal, bool works,
                  int64_t t_s)
{
    struct group *g = group_of(r, key);
    bool undoes = other_lately(&g->sides, side, t_s);
    bool close = undoes && other_lately(&g->principals, principal, t_s);
    if (!works && run_add(r, mix(key, side), t_s, TL_TUG_ONE_GAP_S) >= TL_MIN_CYCLES_DEFAULT) {
        close |= undoes;
        recent_add(&g->paces, side, t_s);
    }
    close |= !works && other_lately(&g->paces, side, t_s);
    recent_add(&g->sides, side, t_s);
    recent_add(&g->principals, principal, t_s);
    return close;
}

static bool call_is_close(struct tl_restless *r, const struct tl_call *c)
{
    const struct kind *k = &r->kinds[c->kind];
    const struct verbs *v = &k->verbs;
    bool close = false;
    if (!k->counts)
        return false;
    if (v->key)
        close = touch(r, v->key, v->side, k->principal, v->works, c->time_s);
    if (v->replaces && c->fingerprint)
        close |= touch(r, mix(mix(k->api, c->fingerprint >> TL_FINGERPRINT_KEYS_SHIFT), c->detail),
                       c->fingerprint, k->principal, false, c->time_s);
    if (v->sets && c->fingerprint)
        close |= run_add(r, mix(mix(k->api, c->fingerprint), k->principal), c->time_s, TL_REPEAT_GAP_S) >=
                 REPEAT_SECONDS;
    return close;
}

bool tl_restless_look(struct tl_restless *r, const struct tl_call *calls, size_t n)
{
    r->n_groups = r->n_runs = 0;
    if (++r->stamp == 0) { /* it went round */
        memset(r->groups, 0, (size_t)2 * GROUPS_MAX * sizeof *r->groups);
        memset(r->runs, 0, (size_t)2 * RUNS_MAX * sizeof *r->runs);
        r->stamp = 1;
    }
    for (size_t i = 0; i < n; i++)
        if (call_is_close(r, &calls[i]) || r->n_groups + 2 > GROUPS_MAX || r->n_runs + 3 > RUNS_MAX)
            return true;
    return false;
}
