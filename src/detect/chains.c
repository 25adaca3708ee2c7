/* The built-in chains, as data. The most specific comes first: it is the one reported when several explain
 * the same cycles. */
#include "trailloop/detect.h"

#define TEXT(literal)                                                                                        \
    {                                                                                                        \
        (literal), sizeof(literal) - 1                                                                       \
    }

const struct tl_chain tl_chains[TL_N_CHAINS] = {
    {.name = TEXT("lambda-permission"),
     .form = TL_CHAIN_STEPS,
     .n_steps = 4,
     .steps = {{.kind = TL_CHAIN_VERDICT},
               {.kind = TL_CHAIN_ATTEMPT},
               {.kind = TL_CHAIN_CHANGE, .api = TEXT("lambda:RemovePermission")},
               {.kind = TL_CHAIN_CHANGE, .api = TEXT("lambda:AddPermission")}}},
    {.name = TEXT("config-remediation"),
     .n_steps = 3,
     .steps = {{.kind = TL_CHAIN_VERDICT},
               {.kind = TL_CHAIN_ATTEMPT},
               {.kind = TL_CHAIN_CHANGE, .api = TEXT("*"), .repeated = true}}},
    {.name = TEXT("direct-remediation"),
     .direct = true,
     .max_step_s = TL_DIRECT_S,
     .n_steps = 2,
     .steps = {{.kind = TL_CHAIN_VERDICT}, {.kind = TL_CHAIN_CHANGE, .api = TEXT("*"), .repeated = true}}},
    {.name = TEXT("tug"), .form = TL_CHAIN_TUG},
    {.name = TEXT("self-trigger"), .form = TL_CHAIN_REPEAT, .min_cycles = TL_REPEAT_CALLS},
};

static enum tl_chain_step_kind kind_of(tl_str api)
{
    if (tl_str_eq(api, TL_STR("config:PutEvaluations")))
        return TL_CHAIN_VERDICT;
    return tl_str_eq(api, TL_STR("ssm:StartAutomationExecution")) ? TL_CHAIN_ATTEMPT : TL_CHAIN_CHANGE;
}

/* Turned until its verdict, or else its attempt, comes first. */
static void turn(struct tl_chain *chain, size_t first)
{
    struct tl_chain_step steps[TL_CHAIN_MAX_STEPS];
    for (size_t i = 0; i < chain->n_steps; i++)
        steps[i] = chain->steps[(first + i) % chain->n_steps];
    for (size_t i = 0; i < chain->n_steps; i++)
        chain->steps[i] = steps[i];
}

int tl_chain_make(struct tl_chain *out, tl_str name, const tl_str *apis, size_t n_apis, const char **why,
                  size_t *at_step)
{
    size_t at[3], count[3] = {0};
    *out = (struct tl_chain){.name = name, .people = true};
    *why = NULL;
    for (size_t i = 0; i < n_apis && !*why; i++) {
        enum tl_chain_step_kind kind = kind_of(apis[i]);
        *at_step = i;
        if (i == TL_CHAIN_MAX_STEPS)
            *why = "a chain has at most 16 steps";
        else if (count[kind]++ && kind != TL_CHAIN_CHANGE)
            *why = kind == TL_CHAIN_VERDICT ? "a chain has one verdict at most"
                                            : "a chain has one attempt at most";
        else
            out->steps[out->n_steps++] = (struct tl_chain_step){.kind = kind, .api = apis[i]};
        at[kind] = i;
    }
    if (!*why && n_apis < 2) {
        *at_step = 0;
        *why = "a chain has two steps at least";
    }
    if (!*why && !count[TL_CHAIN_CHANGE])
        *why = "a chain has a change at least";
    if (*why)
        return 1;
    bool verdict = count[TL_CHAIN_VERDICT], attempt = count[TL_CHAIN_ATTEMPT];
    if (verdict && attempt && at[TL_CHAIN_ATTEMPT] != (at[TL_CHAIN_VERDICT] + 1) % n_apis) {
        *at_step = at[TL_CHAIN_ATTEMPT];
        *why = "an attempt answers the verdict: it comes right after it";
        return 1;
    }
    if (verdict || attempt)
        turn(out, at[verdict ? TL_CHAIN_VERDICT : TL_CHAIN_ATTEMPT]);
    return 0;
}

const char *tl_link_name(enum tl_link l)
{
    static const char *const names[] = {"session", "parameter", "rule", "sequence", NULL};
    return names[l];
}
