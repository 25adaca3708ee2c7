/* scan: the main job, from paths to a report in one go. Without --db it keeps nothing and stores only what
 * detection needs; with it, it is `ingest` and `report` in one. */
#include "command.h"
#include "confine.h"

static int analyse_and_print(struct cli *c, struct tl_store *s, const struct tl_ingest_result *in)
{
    struct tl_report report;
    int r = cli_analyse(c, s, c->o.all_evidence, &report);
    if (r)
        return cli_fail(c, r);
    report.coverage.files.n_already_ingested = in->n_already_ingested;
    int code = cli_print_report(c, &report);
    tl_report_fini(&report);
    return cli_worst(code, cli_exit_of_input(in));
}

static int run(struct cli *c)
{
    struct tl_store *s = NULL;
    struct tl_ingest_result in;
    int code;
    if (c->o.n_operands == 0)
        return cli_usage(c, &cli_scan, "nothing to scan: name files or directories, or - for standard input");
    int r = cli_check_output(c);
    cli_confine_begin();
    if (r == 0)
        r = tl_store_open(&s, c->o.db, c->o.db ? TL_STORE_WRITE : TL_STORE_SCAN, &c->err);
    if (r == 0)
        r = cli_read_input(c, s, c->o.db != NULL, &in);
    if (r == 0 && c->o.db)
        r = tl_derive(s, &c->err);
    code = r ? cli_fail(c, r) : analyse_and_print(c, s, &in);
    tl_store_close(s);
    cli_confine_end();
    return code;
}

const struct cli_command cli_scan = {
    "scan",
    CLI_SCAN,
    "PATH...",
    "read CloudTrail logs and report remediation loops",
    "Reads the CloudTrail logs under each PATH (files, directories with all below them, or - for standard "
    "input; gzip or plain, in any of the forms in which AWS delivers them) and reports which resources are "
    "remediated in circles, why that does not stop, which retry settings would stop it, and what it costs.",
    run,
    TL_DOCUMENT_REPORT,
    {{"Is anything here looping?", "trailloop scan AWSLogs/"},
     {"What went on in one region since a day, for a program to read:",
      "trailloop scan --since 2024-02-27 --region ap-northeast-1 --format json AWSLogs/"},
     {"Logs that come from another command; the exit status says whether a loop still runs:",
      "find AWSLogs -name '*.json' -exec cat {} + | trailloop scan --fail-on running -"}},
};
