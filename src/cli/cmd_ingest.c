/* ingest: new files into a database, for cron: files known and unchanged are passed over, so that the same
 * command can be run again and again on a growing dump. */
#include "command.h"
#include "confine.h"

static int summarise(struct cli *c, struct tl_store *s, const struct tl_ingest_result *in)
{
    struct tl_run_report run = {
        .generated_at_s = c->o.now_s,
        .n_files_read = in->n_files_read,
        .n_already_ingested = in->n_already_ingested,
        .n_skipped = in->n_skipped,
        .n_damaged_files = in->n_damaged_files,
        .n_unreadable = in->n_unreadable,
        .n_records_read = in->n_records_read,
        .n_records_new = in->n_records_new,
        .n_records_duplicate = in->n_records_duplicate,
        .n_records_damaged = in->n_records_damaged,
        .n_records_unused = in->n_records_unused,
    };
    struct tl_style style = cli_style(c);
    struct tl_buf b = {0};
    int r = tl_store_coverage(s, &run.coverage, &c->err);
    if (r)
        return cli_fail(c, r);
    run.coverage.files.n_already_ingested = in->n_already_ingested;
    r = tl_run_write(&run, c->o.format, &style, &b);
    int code = r ? cli_fail(c, tl_err_nomem(&c->err)) : cli_print(c, tl_buf_str(&b));
    tl_buf_fini(&b);
    tl_coverage_fini(&run.coverage);
    return code;
}

static int run(struct cli *c)
{
    struct tl_store *s = NULL;
    struct tl_ingest_result in;
    bool silent = c->o.quiet && !c->o.output && c->o.format == TL_FORMAT_TEXT;
    if (!c->o.db)
        return cli_usage(c, &cli_ingest, "no database named: give --db FILE");
    if (c->o.n_operands == 0)
        return cli_usage(c, &cli_ingest,
                         "nothing to read: name files or directories, or - for standard input");
    int r = cli_check_output(c);
    cli_confine_begin();
    if (r == 0)
        r = tl_store_open(&s, c->o.db, TL_STORE_WRITE, &c->err);
    if (r == 0)
        r = cli_read_input(c, s, true, &in);
    if (r == 0)
        r = tl_derive(s, &c->err);
    int code = r ? cli_fail(c, r) : silent ? CLI_DONE : summarise(c, s, &in);
    tl_store_close(s);
    cli_confine_end();
    return r ? code : cli_worst(code, cli_exit_of_input(&in));
}

const struct cli_command cli_ingest = {
    "ingest",
    CLI_INGEST,
    "PATH...",
    "read new CloudTrail logs into a database",
    "Reads the CloudTrail logs under each PATH into the database and says what was new. Files that it knows "
    "and that have not changed are passed over; a file that was cut short or unreadable is tried again when "
    "it changes. The same records in any order, any number of times, give the same content. With --quiet "
    "nothing is printed unless it fails.",
    run,
    TL_DOCUMENT_RUN,
    {{"Read a dump into a database, and later what has come since:",
      "trailloop ingest --db trail.db AWSLogs/"},
     {"The same from cron, where only trouble is worth a mail:",
      "trailloop ingest --quiet --db trail.db AWSLogs/"}},
};
