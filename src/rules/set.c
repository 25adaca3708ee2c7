/* The set of rules, and chains in one line. A line's name is the line itself, in its normal form: so it says
 * in every report what was looked for, and the ids of loops do not hang on the order of options. */
#include "internal.h"

#include <stdlib.h>

void tl_rules_fini(struct tl_rules *s)
{
    free(s->items);
    free(s->chains);
    tl_arena_fini(&s->arena);
    *s = (struct tl_rules){0};
}

size_t tl_rules_find(const struct tl_rules *s, tl_str name)
{
    for (size_t i = 0; i < s->n; i++)
        if (tl_str_eq(s->chains[i].name, name))
            return i;
    return SIZE_MAX;
}

int rules_check_name(const struct tl_rules *s, tl_str name, struct tl_rule_fault *f)
{
    size_t other = tl_rules_find(s, name), most = TL_CHAINS_MAX - TL_N_CHAINS;
    if (built_in_find(name) != SIZE_MAX)
        return fault_set(f, "'%.*s' is the name of a built-in chain: give the rule another", TL_FMT(name));
    if (other != SIZE_MAX && s->items[other].line)
        return fault_set(f, "there is a rule '%.*s' already, in '%.*s', line %zu", TL_FMT(name),
                         TL_FMT(s->items[other].source), s->items[other].line);
    if (other != SIZE_MAX)
        return fault_set(f, "the chain is given twice");
    if (s->n >= most)
        return fault_set(f, "there are more than %zu rules", most);
    return 0;
}

int rules_add(struct tl_rules *s, const struct tl_rule *rule, const struct tl_chain *chain)
{
    if (tl_grow(&s->items, &s->cap_items, s->n + 1, sizeof *s->items) ||
        tl_grow(&s->chains, &s->cap_chains, s->n + 1, sizeof *s->chains))
        return TL_ENOMEM;
    s->items[s->n] = *rule;
    s->chains[s->n++] = *chain;
    return 0;
}

/* ---- a line ---------------------------------------------------------------------------------------- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

/* The text between two `>`, without the space around it. */
static tl_str trimmed(tl_str s)
{
    while (s.n && is_space(s.p[0]))
        s = tl_str_sub(s, 1, s.n);
    while (s.n && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

struct line {
    tl_str text;
    tl_str steps[TL_CHAIN_MAX_STEPS + 1]; /* in their normal form */
    size_t at[TL_CHAIN_MAX_STEPS + 1];    /* where each starts */
    size_t n;
};

/* One step more than a chain may have is read, so that whoever makes the chain says so. */
static int read_steps(struct tl_arena *arena, struct line *l, struct tl_rule_fault *f)
{
    size_t from = 0, at = 0;
    while (l->n <= TL_CHAIN_MAX_STEPS && from <= l->text.n) {
        tl_str rest = tl_str_sub(l->text, from, l->text.n);
        size_t end = tl_str_find(rest, TL_STR(">"));
        tl_str step = trimmed(tl_str_sub(rest, 0, end));
        l->at[l->n] = step.n ? (size_t)(step.p - l->text.p) : from;
        int r = step_read(arena, step, &l->steps[l->n], &at, f);
        if (r == TL_RULES_BAD)
            fault_place(f, l->text, l->at[l->n] + at);
        if (r)
            return r;
        l->n++;
        from = end == SIZE_MAX ? l->text.n + 1 : from + end + 1;
    }
    return 0;
}

/* The chain's own line is its name: so it does not hang on where the writer began. */
static int name_chain(struct tl_arena *arena, struct tl_chain *chain)
{
    struct tl_buf b = {0};
    int r = tl_chain_line(chain, &b);
    if (r == 0)
        r = tl_arena_copy(arena, tl_buf_str(&b), &chain->name);
    tl_buf_fini(&b);
    return r;
}

int tl_rules_add_line(struct tl_rules *s, tl_str text, struct tl_rule_fault *f)
{
    struct line l = {.text = text};
    struct tl_rule rule = {.source = TL_STR(TL_RULES_LINE_SOURCE)};
    struct tl_chain chain;
    const char *why;
    size_t wrong;
    int r = read_steps(&s->arena, &l, f);
    if (r)
        return r;
    if (tl_chain_make(&chain, TL_STR_NONE, l.steps, l.n, &why, &wrong)) {
        fault_place(f, text, l.at[wrong]);
        return fault_set(f, "%s", why);
    }
    if (name_chain(&s->arena, &chain))
        return TL_ENOMEM;
    fault_place(f, text, 0);
    r = rules_check_name(s, chain.name, f);
    return r ? r : rules_add(s, &rule, &chain);
}
