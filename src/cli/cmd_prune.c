/* prune: keeps a database small that cron adds to every day. Old records go; what running loops and settings
 * in force rest on stays, and so does the list of files, so that none is read again. */
#include "command.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static int size_of(const char *path, int64_t *out, struct tl_err *err)
{
    struct stat st;
    if (stat(path, &st))
        return tl_err_set(err, TL_EIO, "cannot look at '%s': %s", path, strerrordesc_np(errno));
    *out = (int64_t)st.st_size;
    return 0;
}

/* Kilobytes, rounded up, as `ls -sh` would. */
static const char *kilobytes(int64_t n_bytes, char out[TL_COUNT_MAX_BYTES])
{
    return tl_count_format(((uint64_t)n_bytes + 999) / 1000, out);
}

static int summarise(struct cli *c, const struct tl_prune *p, int64_t size_before, int64_t size)
{
    char removed[TL_COUNT_MAX_BYTES], kept[TL_COUNT_MAX_BYTES], before[TL_TIME_MAX_BYTES],
        from[TL_TIME_MAX_BYTES], was[TL_COUNT_MAX_BYTES], is[TL_COUNT_MAX_BYTES];
    struct tl_buf b = {0};
    int r = tl_buf_printf(&b, "Removed %s record%s from before %s.\n", tl_count_format(p->n_removed, removed),
                          p->n_removed == 1 ? "" : "s", tl_time_format(p->before_s, before));
    if (r == 0 && p->n_kept)
        r = tl_buf_printf(&b,
                          "Kept %s older one%s: settings in force, and what loops rest on that were not\n"
                          "over by then (facts of remediation from %s on).\n",
                          tl_count_format(p->n_kept, kept), p->n_kept == 1 ? "" : "s",
                          tl_time_format(p->facts_from_s, from));
    if (r == 0)
        r = tl_buf_printf(&b, "The file takes %s KB, %s KB before.\n", kilobytes(size, is),
                          kilobytes(size_before, was));
    int code = r ? cli_fail(c, tl_err_nomem(&c->err)) : cli_print(c, tl_buf_str(&b));
    tl_buf_fini(&b);
    return code;
}

static int run(struct cli *c)
{
    struct tl_store *s = NULL;
    struct tl_prune p;
    if (!c->o.db)
        return cli_usage(c, &cli_prune, "no database named: give --db FILE");
    if (c->o.before_s == INT64_MIN)
        return cli_usage(c, &cli_prune, "nothing to remove: give --before TIME");
    if (c->o.n_operands)
        return cli_usage(c, &cli_prune, "unexpected argument '%s'", c->o.operands[0]);
    int64_t size_before = 0, size = 0;
    int r = tl_store_open(&s, c->o.db, TL_STORE_CHANGE, &c->err);
    if (r == 0)
        r = size_of(c->o.db, &size_before, &c->err);
    if (r == 0)
        r = tl_prune(s, c->o.before_s, &p, &c->err);
    if (r == 0)
        r = tl_store_shrink(s, &c->err);
    if (r == 0)
        r = size_of(c->o.db, &size, &c->err);
    int code = r ? cli_fail(c, r) : c->o.quiet ? CLI_DONE : summarise(c, &p, size_before, size);
    tl_store_close(s);
    return code;
}

const struct cli_command cli_prune = {
    "prune",
    CLI_PRUNE,
    "",
    "remove old records from a database",
    "Removes records from before TIME from the database and gives their room back. What stays: records of "
    "loops "
    "that were not over by TIME, settings of remediation in force, and the list of files, so that none is "
    "read "
    "again. Reports then say from when on the records are kept. All is done, or nothing.",
    run,
    TL_DOCUMENT_NONE,
    {{"Keep a quarter of a year, and what running loops need:",
      "trailloop prune --db trail.db --before '90 days ago'"}},
};
