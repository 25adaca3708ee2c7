/* stats: what the database can speak for, and what was wrong or odd in what was read. Reads only. */
#include "command.h"

static int print(struct cli *c, struct tl_stats *stats)
{
    struct tl_style style = cli_style(c);
    struct tl_buf b = {0};
    stats->generated_at_s = c->o.now_s;
    int r = tl_stats_write(stats, c->o.format, &style, &b);
    int code = r ? cli_fail(c, tl_err_nomem(&c->err)) : cli_print(c, tl_buf_str(&b));
    tl_buf_fini(&b);
    return code;
}

static int run(struct cli *c)
{
    struct tl_store *s = NULL;
    struct tl_stats stats;
    if (!c->o.db)
        return cli_usage(c, &cli_stats, "no database named: give --db FILE");
    if (c->o.n_operands)
        return cli_usage(c, &cli_stats, "unexpected argument '%s'", c->o.operands[0]);
    int r = cli_open_to_read(c, &s);
    if (r == 0)
        r = tl_stats_load(s, &stats, &c->err);
    int code = r ? cli_fail(c, r) : print(c, &stats);
    if (r == 0)
        tl_stats_fini(&stats);
    tl_store_close(s);
    return code;
}

const struct cli_command cli_stats = {
    "stats",
    CLI_STATS,
    "",
    "show what a database covers, and files and records that were damaged",
    "Shows for which accounts, regions and times the database holds records, which files held none or could "
    "not be read whole and why, which records were damaged, and what was odd.",
    run,
    TL_DOCUMENT_STATS,
    {{"What the database can speak for, and what was damaged:", "trailloop stats --db trail.db"}},
};
