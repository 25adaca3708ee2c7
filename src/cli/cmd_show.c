/* show: proof. A loop's id gives every cycle with its events; an event's id gives the raw record, read again
 * from the dump and only if the file is still the one that was read. A loop's id may be cut short while it
 * stays unambiguous. */
#include "command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A record is printed as it is; only on a terminal what could act on it is shown instead, line by line. */
static int print_record(struct cli *c, const struct tl_buf *raw)
{
    struct tl_buf safe = {0};
    tl_str all = tl_buf_str(raw);
    int r = 0;
    if (c->o.output || isatty(STDOUT_FILENO) != 1)
        return cli_print(c, all);
    while (r == 0 && all.n) {
        size_t end = tl_str_find(all, TL_STR("\n"));
        r = tl_escape_terminal(&safe, tl_str_sub(all, 0, end));
        if (r == 0)
            r = tl_buf_add(&safe, "\n", 1);
        all = tl_str_sub(all, end == SIZE_MAX ? all.n : end + 1, all.n);
    }
    int code = r ? cli_fail(c, tl_err_nomem(&c->err)) : cli_print(c, tl_buf_str(&safe));
    tl_buf_fini(&safe);
    return code;
}

static int print_origin(struct cli *c, const struct tl_event_origin *at)
{
    struct tl_buf raw = {0};
    int code = CLI_FAILED, r = tl_raw_record(at, &raw, &c->err);
    if (r == TL_RAW_CHANGED)
        cli_error(&c->console, "cannot show '%s': its file '%.*s' is not the one that was read",
                  c->o.operands[0], TL_FMT(at->location));
    else if (r == TL_RAW_GONE)
        cli_error(&c->console, "cannot show '%s': its file '%.*s' is gone", c->o.operands[0],
                  TL_FMT(at->location));
    else
        code = r ? cli_fail(c, r) : print_record(c, &raw);
    tl_buf_fini(&raw);
    return code;
}

/* An exit code, or CLI_NOT_FOUND. */
static int show_event(struct cli *c, struct tl_store *s)
{
    struct tl_arena arena = {0};
    struct tl_event_origin at;
    int r = tl_store_find_event(s, tl_str_from(c->o.operands[0]), &arena, &at, &c->err);
    int code = r == TL_STORE_NONE ? CLI_NOT_FOUND : r ? cli_fail(c, r) : print_origin(c, &at);
    tl_arena_fini(&arena);
    return code;
}

static int print_loop(struct cli *c, const struct tl_report *report, const struct tl_finding *f)
{
    struct tl_style style = cli_style(c);
    struct tl_buf b = {0};
    int r = tl_report_write_loop(report, f, c->o.format, &style, &b);
    int code = r ? cli_fail(c, tl_err_nomem(&c->err)) : cli_print(c, tl_buf_str(&b));
    tl_buf_fini(&b);
    return code;
}

static int show_loop(struct cli *c, struct tl_store *s)
{
    struct tl_report report;
    struct tl_finding *f;
    const char *id = c->o.operands[0];
    if (strlen(id) >= sizeof f->id)
        return CLI_NOT_FOUND; /* too long for a loop's */
    int r = cli_analyse(c, s, true, &report);
    if (r)
        return cli_fail(c, r);
    int code = cli_pick_loop(c, &cli_show, &report, id, &f);
    if (code == CLI_DONE && c->o.raw && (r = tl_raw_evidence(s, f, &report.findings.arena, &c->err)))
        code = cli_fail(c, r);
    if (code == CLI_DONE)
        code = print_loop(c, &report, f);
    tl_report_fini(&report);
    return code;
}

static int show(struct cli *c, struct tl_store *s)
{
    int code = show_loop(c, s);
    if (code == CLI_NOT_FOUND)
        code = show_event(c, s);
    if (code == CLI_NOT_FOUND)
        return cli_usage(c, &cli_show, "no loop and no event '%s' in '%s'", c->o.operands[0], c->o.db);
    return code;
}

static int run(struct cli *c)
{
    struct tl_store *s = NULL;
    if (!c->o.db)
        return cli_usage(c, &cli_show, "no database named: give --db FILE");
    if (c->o.n_operands != 1 || !c->o.operands[0][0])
        return cli_usage(c, &cli_show, "expected one id, of a loop or of an event");
    int r = cli_open_to_read(c, &s);
    int code = r ? cli_fail(c, r) : show(c, s);
    tl_store_close(s);
    return code;
}

const struct cli_command cli_show = {
    "show",
    CLI_SHOW,
    "LOOP|EVENT-ID",
    "show every cycle of a loop, or the raw record of an event",
    "LOOP is the id of a loop in the report (its first characters are enough): shows every cycle, each step "
    "with its time, event id, file and record. Give the same options that the report was made with. With "
    "--raw "
    "each step is followed by its record, byte for byte, from the log file where it was read. EVENT-ID "
    "is the eventID of a record: prints it byte for byte from the log file where it was read, if that file "
    "has not changed since.",
    run,
    TL_DOCUMENT_LOOP,
    {{"Every cycle of a loop, whose id is in the report:", "trailloop show --db trail.db c25caa99a5ea"},
     {"The record that proves that it stopped:",
      "trailloop show --db trail.db ecd84af8-2ed0-4a4c-aa18-5b09c9faba0f"}},
};
