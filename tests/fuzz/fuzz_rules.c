/* Rules: a chain in one line, or a rule file where the bytes start as one. What must hold:
 * - a refusal says why, and points into the text; nothing was added then;
 * - what is accepted keeps to the limits, and printed as a line and read again it is the same chain;
 * - printed as a rule file it reads back as one rule, which prints the same. */
#include "fuzz.h"

#include <string.h>

#include "trailloop/report.h"

static void stays_the_same(const struct tl_chain *c)
{
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

static void print(const struct tl_rules *s, size_t i, struct tl_buf *out)
{
    struct tl_style style = {.columns = 100};
    HOLDS(tl_rules_write_rule(&s->items[i], &s->chains[i], TL_FORMAT_JSON, &style, out) == 0);
}

/* A chain in one line has no title or name that a file could have. */
static void is_the_same(const struct tl_rule *r, const struct tl_chain *c, const struct tl_rule *r2,
                        const struct tl_chain *c2)
{
    HOLDS(c2->n_steps == c->n_steps && c2->min_cycles == c->min_cycles);
    HOLDS(c2->max_step_s == c->max_step_s && c2->max_gap_s == c->max_gap_s);
    HOLDS(r->line == 0 || (tl_str_eq(c2->name, c->name) && tl_str_eq(r2->title, r->title)));
    HOLDS(tl_str_eq(r2->meaning, r->meaning) && r2->n_samples == r->n_samples);
    for (size_t i = 0; i < r->n_samples; i++)
        HOLDS(r2->samples[i].n_cycles == r->samples[i].n_cycles &&
              r2->samples[i].n_records == r->samples[i].n_records);
}

static void prints_the_same(const struct tl_rules *s, size_t i)
{
    struct tl_buf first = {0}, second = {0};
    struct tl_rules again = {0};
    struct tl_rule_fault fault;
    print(s, i, &first);
    HOLDS(tl_rules_add_file(&again, TL_STR("again"), tl_buf_str(&first), &fault) == 0);
    HOLDS(again.n == 1);
    is_the_same(&s->items[i], &s->chains[i], &again.items[0], &again.chains[0]);
    print(&again, 0, &second);
    HOLDS(tl_str_eq(tl_buf_str(&first), tl_buf_str(&second)));
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
        prints_the_same(&rules, i);
    }
    tl_rules_fini(&rules);
    return 0;
}
