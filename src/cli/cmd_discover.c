/* discover: repeating patterns that no rule names. */
#include "command.h"

static int print(struct cli *c, const struct tl_discovery *d)
{
    struct tl_style style = cli_style(c);
    struct tl_buf b = {0};
    int r = tl_discovery_write(d, c->o.format, &style, &b);
    int code = r ? cli_fail(c, tl_err_nomem(&c->err)) : cli_print(c, tl_buf_str(&b));
    tl_buf_fini(&b);
    return code;
}

static int discover(struct cli *c, struct tl_store *s)
{
    struct tl_analyse_options o;
    struct tl_discovery d;
    cli_analyse_options(c, &o);
    int r = tl_discover(s, &o, c->o.top ? c->o.top : TL_DISCOVER_PATTERNS_DEFAULT, &d, &c->err);
    if (r)
        return cli_fail(c, r);
    d.generated_at_s = c->o.now_s;
    int code = print(c, &d);
    tl_discovery_fini(&d);
    return code;
}

static int run(struct cli *c)
{
    struct tl_store *s = NULL;
    if (!c->o.db)
        return cli_usage(c, &cli_discover, "no database named: give --db FILE");
    if (c->o.n_operands)
        return cli_usage(c, &cli_discover, "unexpected argument '%s'", c->o.operands[0]);
    int r = cli_open_to_read(c, &s);
    int code = r ? cli_fail(c, r) : discover(c, s);
    tl_store_close(s);
    return code;
}

const struct cli_command cli_discover = {
    "discover",
    CLI_DISCOVER,
    "",
    "show repeating patterns that no rule names",
    "Looks at the calls on each resource for whatever comes again and again: units of 1 to 16 calls, with "
    "one "
    "foreign call or one missing call now and then. Ranked by how often, how regularly, how automated, and "
    "whether the parameters come back too; each is printed as a chain for --chain. What a loop explains "
    "already is marked with the loop's id.",
    run,
    TL_DOCUMENT_DISCOVER,
    {{"What repeats that no rule names?", "trailloop discover --db trail.db"}},
};
