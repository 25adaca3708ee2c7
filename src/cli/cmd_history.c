/* history: everything that happened to a resource, by whom, and what undid what. */
#include "command.h"

enum { NAMED_MOST = 3 }; /* of too many resources, so many are named */

static int too_many(struct cli *c, const struct tl_history_report *r)
{
    struct tl_buf b = {0};
    int e = 0;
    for (size_t i = 0; i < NAMED_MOST && i < r->n && e == 0; i++)
        e = tl_buf_printf(&b, "%s%.*s %.*s", i ? ", " : "", TL_FMT(r->items[i].resource.type),
                          TL_FMT(r->items[i].resource.id));
    int code =
        e ? cli_fail(c, tl_err_nomem(&c->err))
          : cli_usage(c, &cli_history,
                      "'%s' stands for %zu resources (%.*s ...), and at most %d are shown: give more of "
                      "the name, --account or --region",
                      c->o.operands[0], r->n, TL_FMT(tl_buf_str(&b)), TL_HISTORY_RESOURCES_MAX);
    tl_buf_fini(&b);
    return code;
}

static int print(struct cli *c, const struct tl_history_report *r)
{
    struct tl_style style = cli_style(c);
    struct tl_buf b = {0};
    int e = tl_history_write(r, c->o.format, &style, &b);
    int code = e ? cli_fail(c, tl_err_nomem(&c->err)) : cli_print(c, tl_buf_str(&b));
    tl_buf_fini(&b);
    return code;
}

static int history(struct cli *c, struct tl_store *s)
{
    const struct tl_history_options o = {.name = tl_str_from(c->o.operands[0]),
                                         .since_s = c->o.since_s,
                                         .until_s = c->o.until_s,
                                         .account = tl_str_from(c->o.account),
                                         .region = tl_str_from(c->o.region),
                                         .actor = tl_str_from(c->o.actor)};
    struct tl_history_report report;
    int r = tl_history_load(s, &o, &report, &c->err), code;
    report.generated_at_s = c->o.now_s;
    if (r < 0)
        code = cli_fail(c, r);
    else if (r == TL_HISTORY_NONE)
        code = cli_usage(c, &cli_history, "nothing is known of a resource '%s' in '%s'%s", c->o.operands[0],
                         c->o.db,
                         c->o.actor || c->o.account || c->o.region || c->o.since_s != INT64_MIN ||
                                 c->o.until_s != INT64_MAX
                             ? " within what was asked for"
                             : "");
    else
        code = r == TL_HISTORY_MANY ? too_many(c, &report) : print(c, &report);
    tl_history_report_fini(&report);
    return code;
}

static int run(struct cli *c)
{
    struct tl_store *s = NULL;
    if (!c->o.db)
        return cli_usage(c, &cli_history, "no database named: give --db FILE");
    if (c->o.n_operands != 1 || !c->o.operands[0][0])
        return cli_usage(c, &cli_history, "expected one resource: its id, name, ARN or alias");
    int r = cli_open_to_read(c, &s);
    int code = r ? cli_fail(c, r) : history(c, s);
    tl_store_close(s);
    return code;
}

const struct cli_command cli_history = {
    "history",
    CLI_HISTORY,
    "RESOURCE",
    "show who changed a resource, when, and what undid it",
    "Shows every change of the resource, failed ones too, every verdict on it, every attempt that belongs to "
    "it "
    "and every control event of the rules that judged it, in time order: who, through what, which record, "
    "and "
    "for each change the later one that takes it back. RESOURCE is its id, name, ARN or alias; * stands for "
    "anything. Where the name stands for several resources, each is shown.",
    run,
    TL_DOCUMENT_HISTORY,
    {{"Who changed this function, and what undid what?",
      "trailloop history --db trail.db awsConfigTestLambdaFunction"}},
};
