/* The user's rules, read and proved before anything else is done: a rule that is not what its samples say
 * would find the wrong thing, or nothing, without a word. */
#include "command.h"
#include "confine.h"

static int say_fault(struct cli *c, const char *path, const struct tl_rule_fault *f)
{
    if (f->column)
        cli_error(&c->console, "cannot use rule file '%s': line %zu, column %zu: %s", path, f->line,
                  f->column, f->why);
    else if (f->line)
        cli_error(&c->console, "cannot use rule file '%s': line %zu: %s", path, f->line, f->why);
    else
        cli_error(&c->console, "cannot use rule file '%s': %s", path, f->why);
    return CLI_USAGE;
}

static int add_chain(struct cli *c, const char *line)
{
    struct tl_rule_fault f;
    int r = tl_rules_add_line(&c->rules, tl_str_from(line), &f);
    if (r == 0)
        return CLI_DONE;
    if (r < 0)
        return cli_fail(c, tl_err_nomem(&c->err));
    cli_error(&c->console, "cannot use --chain: column %zu: %s", f.column, f.why);
    cli_point(&c->console, line, f.column);
    return CLI_USAGE;
}

/* Of all rules from this one on; each sample that is wrong is told of. */
static int run_samples(struct cli *c, const char *path, size_t first)
{
    struct tl_rule_fault f;
    int code = CLI_DONE;
    cli_confine_begin(); /* SQLite remembers where temporary files go from its first use on: theirs */
    for (size_t i = first; i < c->rules.n; i++)
        for (size_t k = 0; k < c->rules.items[i].n_samples; k++) {
            int r = tl_rules_run(&c->rules, i, k, &f, &c->err);
            if (r < 0)
                return cli_fail(c, r);
            if (r)
                code = say_fault(c, path, &f);
        }
    return code;
}

int cli_rule_file(struct cli *c, const char *path)
{
    struct tl_rule_fault f;
    size_t first = c->rules.n;
    int r = tl_rules_read(&c->rules, path, &f, &c->err);
    if (r < 0)
        return cli_fail(c, r);
    return r ? say_fault(c, path, &f) : run_samples(c, path, first);
}

/* What is asked for on the command line holds for every chain. */
static void set_limits(struct cli *c)
{
    for (size_t i = 0; i < c->rules.n; i++) {
        struct tl_chain *chain = &c->rules.chains[i];
        chain->min_cycles = c->o.min_cycles ? 0 : chain->min_cycles;
        chain->max_step_s = c->o.max_step_s ? 0 : chain->max_step_s;
        chain->max_gap_s = c->o.max_gap_s ? 0 : chain->max_gap_s;
    }
}

int cli_rules_load(struct cli *c)
{
    int code = CLI_DONE;
    for (size_t i = 0; code == CLI_DONE && i < c->o.n_rules; i++)
        code =
            c->o.rules[i].is_file ? cli_rule_file(c, c->o.rules[i].value) : add_chain(c, c->o.rules[i].value);
    set_limits(c);
    return code;
}
