/* The built-in chains, as data. The most specific comes first: it is the one reported when several explain
 * the same cycles. */
#include "trailloop/detect.h"

#define TEXT(literal)                                                                                        \
    {                                                                                                        \
        (literal), sizeof(literal) - 1                                                                       \
    }

const struct tl_chain tl_chains[TL_N_CHAINS] = {
    {.name = TEXT("lambda-permission"),
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
};

const char *tl_link_name(enum tl_link l)
{
    static const char *const names[] = {"session", "parameter", "rule", "sequence", NULL};
    return names[l];
}
