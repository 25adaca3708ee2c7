/* whatif: other retry settings, tried on what was observed of one loop. */
#include "command.h"

static int print(struct cli *c, struct tl_store *s, struct tl_report *report, struct tl_finding *f)
{
    struct tl_whatif what;
    struct tl_style style = cli_style(c);
    struct tl_buf b = {0};
    int r = tl_whatif_load(s, report, f, c->o.attempts, c->o.window_s, &what, &c->err);
    if (r)
        return cli_fail(c, r);
    r = tl_whatif_write(&what, c->o.format, &style, &b);
    int code = r ? cli_fail(c, tl_err_nomem(&c->err)) : cli_print(c, tl_buf_str(&b));
    tl_buf_fini(&b);
    return code;
}

static int whatif(struct cli *c, struct tl_store *s)
{
    struct tl_report report;
    struct tl_finding *f;
    int r = cli_analyse(c, s, false, &report);
    if (r)
        return cli_fail(c, r);
    int code = cli_pick_loop(c, &cli_whatif, &report, c->o.operands[0], &f);
    if (code == CLI_NOT_FOUND)
        code = cli_usage(c, &cli_whatif, "no loop '%s' in '%s'", c->o.operands[0], c->o.db);
    else if (code == CLI_DONE)
        code = print(c, s, &report, f);
    tl_report_fini(&report);
    return code;
}

static int run(struct cli *c)
{
    struct tl_store *s = NULL;
    if (!c->o.db)
        return cli_usage(c, &cli_whatif, "no database named: give --db FILE");
    if (c->o.n_operands != 1 || !c->o.operands[0][0])
        return cli_usage(c, &cli_whatif, "expected one id of a loop");
    if (!c->o.attempts || !c->o.window_s)
        return cli_usage(c, &cli_whatif, "no settings to try: give --attempts N and --window TIME");
    int r = cli_open_to_read(c, &s);
    int code = r ? cli_fail(c, r) : whatif(c, s);
    tl_store_close(s);
    return code;
}

const struct cli_command cli_whatif = {
    "whatif",
    CLI_WHATIF,
    "LOOP",
    "try other retry settings on what was observed of a loop",
    "Would these settings of the remediation have stopped the loop? Replays its verdicts and attempts under "
    "'until N attempts, within TIME': says at which attempt AWS Config gives up and when, or how many "
    "attempts ever fell inside the window at most. LOOP is the id of a loop in the report (its first "
    "characters are enough). Give the same options that the report was made with.",
    run,
    TL_DOCUMENT_WHATIF,
    {{"Would one attempt within ten minutes have stopped it?",
      "trailloop whatif --db trail.db c25caa99a5ea --attempts 1 --window 10m"}},
};
