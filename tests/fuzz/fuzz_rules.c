/* Rules: a chain in one line, or a rule file where the bytes start as one. What must hold:
 * - a refusal says why, and points into the text; nothing was added then;
 * - what is accepted keeps to the limits, and printed as a line and read again it is the same chain. */
#include "fuzz.h"

#include <string.h>

#include "trailloop/event.h"
#include "trailloop/rules.h"

/* A name with two versions behind it loses one each time it is read; AWS has none. */
static bool has_version(const struct tl_chain *c)
{
    for (size_t i = 0; i < c->n_steps; i++)
        if (tl_api_action(c->steps[i].api).n != c->steps[i].api.n)
            return true;
    return false;
}

static void stays_the_same(const struct tl_chain *c)
{
    if (has_version(c))
        return;
    struct tl_rules again = {0};
    struct tl_rule_fault fault;
    struct tl_buf first = {0}, second = {0};
    HOLDS(tl_chain_line(c, &first) == 0);
    HOLDS(tl_rules_add_line(&again, tl_buf_str(&first), &fault) == 0 && again.n == 1);
    HOLDS(tl_chain_line(&again.chains[0], &second) == 0);
    HOLDS(tl_str_eq(tl_buf_str(&first), tl_buf_str(&second)));
    HOLDS(again.chains[0].n_steps == c->n_steps);
    tl_buf_fini(&first);
    tl_buf_fini(&second);
    tl_rules_fini(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    tl_str text = {(const char *)data, n};
    struct tl_rules rules = {0};
    struct tl_rule_fault fault = {0};
    bool is_file = n && memchr("{[ \n\t", data[0], 5);
    int r = is_file ? tl_rules_add_file(&rules, TL_STR("fuzz.json"), text, &fault)
                    : tl_rules_add_line(&rules, text, &fault);
    HOLDS(r == 0 || r == TL_RULES_BAD);
    if (r == TL_RULES_BAD)
        HOLDS(rules.n == 0 && fault.why[0] && fault.line <= n + 1 && fault.column <= n + 1);
    for (size_t i = 0; r == 0 && i < rules.n; i++) {
        HOLDS(rules.chains[i].n_steps >= 2 && rules.chains[i].n_steps <= TL_CHAIN_MAX_STEPS);
        HOLDS(tl_rules_find(&rules, rules.chains[i].name) == i);
        stays_the_same(&rules.chains[i]);
    }
    tl_rules_fini(&rules);
    return 0;
}
