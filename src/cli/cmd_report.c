/* report: the loops of a database, in any format. Reads only, but for --new: then what was told is noted,
 * after it was written and only if that went well, so that what never arrived is told again. */
#include "command.h"

static int print_news(struct cli *c, struct tl_store *s, struct tl_report *report)
{
    tl_str reader = c->o.reader ? tl_str_from(c->o.reader) : TL_STR("default");
    int r = tl_news_keep(s, reader, report, &c->err);
    if (r)
        return cli_fail(c, r);
    if (report->findings.n == 0)
        return CLI_DONE;
    int code = cli_print_report(c, report);
    if (code == CLI_FAILED)
        return code;
    r = tl_news_told(s, reader, report, &c->err);
    return r ? cli_fail(c, r) : code;
}

static int run(struct cli *c)
{
    struct tl_store *s = NULL;
    struct tl_report report;
    if (!c->o.db)
        return cli_usage(c, &cli_report, "no database named: give --db FILE");
    if (c->o.n_operands)
        return cli_usage(c, &cli_report, "unexpected argument '%s'", c->o.operands[0]);
    if (c->o.reader && !c->o.only_news)
        return cli_usage(c, &cli_report, "'--for' goes with '--new'");
    int r = c->o.only_news ? cli_check_output(c) : cli_open_to_read(c, &s);
    if (r == 0 && c->o.only_news)
        r = tl_store_open(&s, c->o.db, TL_STORE_CHANGE, &c->err);
    if (r == 0)
        r = cli_analyse(c, s, c->o.all_evidence, &report);
    int code = r ? cli_fail(c, r) : c->o.only_news ? print_news(c, s, &report) : cli_print_report(c, &report);
    if (r == 0)
        tl_report_fini(&report);
    tl_store_close(s);
    return code;
}

const struct cli_command cli_report = {
    "report",
    CLI_REPORT,
    "",
    "report the remediation loops in a database",
    "Reports which resources were remediated in circles, from what the database holds. Nothing is written to "
    "it, unless --new is given: then what was told is noted once it was written.",
    run,
    TL_DOCUMENT_REPORT,
    {{"All loops that the database knows:", "trailloop report --db trail.db"},
     {"Only what has changed since this was last run; silent when nothing has:",
      "trailloop report --db trail.db --new"},
     {"The same for another reader, as a table in a file:",
      "trailloop report --db trail.db --new --for ops --format csv -o loops.csv"}},
};
