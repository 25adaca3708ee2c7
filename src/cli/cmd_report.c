/* report: the loops of a database, in any format. Reads only. */
#include "command.h"

static int run(struct cli *c)
{
    struct tl_store *s = NULL;
    struct tl_report report;
    if (!c->o.db)
        return cli_usage(c, &cli_report, "no database named: give --db FILE");
    if (c->o.n_operands)
        return cli_usage(c, &cli_report, "unexpected argument '%s'", c->o.operands[0]);
    int r = cli_check_output(c);
    if (r == 0)
        r = tl_store_open(&s, c->o.db, TL_STORE_READ, &c->err);
    if (r == 0)
        r = cli_analyse(c, s, c->o.all_evidence, &report);
    int code = r ? cli_fail(c, r) : cli_print_report(c, &report);
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
    "it.",
    run,
    TL_DOCUMENT_REPORT,
};
