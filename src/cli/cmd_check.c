/* check: is the database as it was written? Reads only, repairs nothing. */
#include "command.h"

static int print(struct cli *c, struct tl_check *check)
{
    struct tl_style style = cli_style(c);
    struct tl_buf b = {0};
    check->generated_at_s = c->o.now_s;
    check->path = c->o.db;
    int r = tl_check_write(check, c->o.format, &style, &b);
    int code = r ? cli_fail(c, tl_err_nomem(&c->err)) : cli_print(c, tl_buf_str(&b));
    tl_buf_fini(&b);
    return cli_worst(code, check->n_faults ? CLI_FAILED : CLI_DONE);
}

static int run(struct cli *c)
{
    struct tl_store *s = NULL;
    struct tl_check check = {0};
    if (!c->o.db)
        return cli_usage(c, &cli_check, "no database named: give --db FILE");
    if (c->o.n_operands)
        return cli_usage(c, &cli_check, "unexpected argument '%s'", c->o.operands[0]);
    int r = cli_open_to_read(c, &s);
    if (r == 0)
        r = tl_check(s, &check, &c->err);
    int code = r ? cli_fail(c, r) : print(c, &check);
    tl_check_fini(&check);
    tl_store_close(s);
    return code;
}

const struct cli_command cli_check = {
    "check",
    CLI_CHECK,
    "",
    "check that a database is whole and unaltered",
    "Is the database as it was written? Compares every page with its checksum, lets SQLite prove its trees "
    "and "
    "indexes, looks for tables, views and triggers that are not ours, for rows that refer to nothing, for "
    "counts "
    "that do not agree, and for loops that a fresh detection does not find. Repairs nothing. The exit status "
    "is 4 "
    "when anything is wrong.",
    run,
    TL_DOCUMENT_CHECK,
    {{"Is the database as it was written?", "trailloop check --db trail.db"}},
};
