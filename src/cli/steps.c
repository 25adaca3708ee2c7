/* The steps that commands are made of. Each command is a short list of these. */
#include "command.h"
#include "confine.h"
#include "output.h"
#include "signals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS_PLAIN = 100, COLUMNS_LEAST = 40, COLUMNS_MOST = 120, JOBS_MOST = 64 };

int cli_worst(int a, int b)
{
    static const int order[] = {
        [CLI_DONE] = 0, [CLI_FOUND] = 1, [CLI_DAMAGED] = 2, [CLI_USAGE] = 3, [CLI_FAILED] = 4};
    if (a > CLI_FAILED || b > CLI_FAILED) /* a signal */
        return a > b ? a : b;
    return order[a] > order[b] ? a : b;
}

int cli_fail(struct cli *c, int code)
{
    cli_progress_end(&c->console);
    if (code == TL_ESIGNAL && cli_signal())
        return CLI_SIGNALLED + cli_signal();
    cli_error(&c->console, "%s", c->err.code ? c->err.msg : "failed");
    return code == TL_EUSAGE ? CLI_USAGE : CLI_FAILED;
}

int cli_usage(struct cli *c, const struct cli_command *cmd, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    cli_error(&c->console, "%s (see 'trailloop %s --help')", text, cmd->name);
    return CLI_USAGE;
}

int cli_check_output(struct cli *c)
{
    int r = cli_output_check(c->o.output, &c->o.db, 1, &c->err);
    return r ? r : cli_output_check(c->o.output, c->o.operands, c->o.n_operands, &c->err);
}

static void on_notice(void *ctx, const char *message)
{
    struct cli *c = ctx;
    cli_warning(&c->console, "%s", message);
}

static bool on_progress(void *ctx, const struct tl_progress *p)
{
    struct cli *c = ctx;
    cli_progress(&c->console, p);
    return cli_signal() == 0;
}

static int default_jobs(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > JOBS_MOST ? JOBS_MOST : (int)n;
}

/* Unless that was to be expected: what cannot be read was named before. */
static void warn_of_nothing(struct cli *c, const struct tl_ingest_result *r)
{
    if (r->n_records_read || r->n_already_ingested || r->n_unreadable || r->n_damaged_files)
        return;
    if (c->o.n_operands == 1)
        cli_warning(&c->console, "no CloudTrail records found in '%s'", c->o.operands[0]);
    else
        cli_warning(&c->console, "no CloudTrail records found in any of the %zu paths", c->o.n_operands);
}

int cli_open_to_read(struct cli *c, struct tl_store **s)
{
    int r = cli_check_output(c);
    cli_confine_begin();
    if (r == 0)
        r = tl_store_open(s, c->o.db, TL_STORE_READ, &c->err);
    if (r == 0)
        cli_confine_reader(c);
    return r;
}

int cli_read_input(struct cli *c, struct tl_store *s, bool keep, struct tl_ingest_result *r)
{
    struct tl_ingest_options o = {
        .paths = c->o.operands,
        .n_paths = c->o.n_operands,
        .jobs = c->o.jobs ? c->o.jobs : default_jobs(),
        .keep_all = keep,
        .hash = keep,
        .measure = cli_shows_progress(&c->console),
        .notice = on_notice,
        .progress = on_progress,
        .ctx = c,
    };
    *r = (struct tl_ingest_result){0};
    int rc = cli_confine(c);
    if (rc == 0)
        rc = tl_ingest(s, &o, r, &c->err);
    cli_progress_end(&c->console);
    if (rc == 0 && cli_signal())
        rc = TL_ESIGNAL;
    if (rc == 0)
        warn_of_nothing(c, r);
    return rc;
}

int cli_exit_of_input(const struct tl_ingest_result *r)
{
    return r->n_damaged_files || r->n_unreadable || r->n_records_damaged ? CLI_DAMAGED : CLI_DONE;
}

void cli_analyse_options(const struct cli *c, struct tl_analyse_options *o)
{
    tl_analyse_defaults(o);
    o->detect = (struct tl_detect_params){c->o.max_step_s ? c->o.max_step_s : o->detect.max_step_s,
                                          c->o.max_gap_s ? c->o.max_gap_s : o->detect.max_gap_s,
                                          c->o.min_cycles ? c->o.min_cycles : o->detect.min_cycles};
    o->chains = c->rules.chains;
    o->n_chains = c->rules.n;
    o->since_s = c->o.since_s;
    o->until_s = c->o.until_s;
    o->account = tl_str_from(c->o.account);
    o->region = tl_str_from(c->o.region);
    o->resource = tl_str_from(c->o.resource);
    o->actor = tl_str_from(c->o.actor);
    o->config_rule = tl_str_from(c->o.config_rule);
}

int cli_analyse(struct cli *c, struct tl_store *s, bool all_evidence, struct tl_report *out)
{
    struct tl_analyse_options o;
    cli_analyse_options(c, &o);
    o.all_evidence = all_evidence;
    o.rates = c->o.rates;
    int r = tl_analyse(s, &o, out, &c->err);
    if (r == 0 && cli_signal()) {
        tl_report_fini(out);
        r = TL_ESIGNAL;
    }
    if (r == 0) {
        out->rates = o.rates;
        out->filtered = o.account.n || o.region.n || o.resource.n || o.actor.n || o.config_rule.n;
        out->generated_at_s = c->o.now_s;
    }
    return r;
}

int cli_pick_loop(struct cli *c, const struct cli_command *cmd, struct tl_report *r, const char *id,
                  struct tl_finding **out)
{
    size_t n = strlen(id), hits = 0;
    for (size_t i = 0; i < r->findings.n; i++) {
        struct tl_finding *f = &r->findings.items[i];
        if (strncmp(f->id, id, n) != 0)
            continue;
        *out = f;
        if (f->id[n] == '\0')
            return CLI_DONE;
        hits++;
    }
    if (hits > 1)
        return cli_usage(c, cmd, "'%s' is the start of the ids of %zu loops: give more of it", id, hits);
    return hits ? CLI_DONE : CLI_NOT_FOUND;
}

struct tl_style cli_style(const struct cli *c)
{
    struct tl_style style = {.columns = COLUMNS_PLAIN, .db = c->o.db};
    struct winsize size;
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    bool terminal = !c->o.output && isatty(STDOUT_FILENO) == 1;
    style.fit = terminal;
    if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
        style.columns = size.ws_col < COLUMNS_LEAST  ? COLUMNS_LEAST
                        : size.ws_col > COLUMNS_MOST ? COLUMNS_MOST
                                                     : size.ws_col;
    bool dumb = term && tl_str_eq(tl_str_from(term), TL_STR("dumb"));
    style.color = c->o.color == CLI_COLOR_ALWAYS ||
                  (c->o.color == CLI_COLOR_AUTO && terminal && !dumb && !(no_color && *no_color));
    return style;
}

int cli_print(struct cli *c, tl_str bytes)
{
    cli_progress_end(&c->console);
    int r = cli_output_write(c->o.output, bytes, &c->err);
    if (r == CLI_OUTPUT_CLOSED) /* the reader has what it wanted, as in `| head`: not worth a word */
        return CLI_FAILED;
    if (r == 0)
        return CLI_DONE;
    cli_fail(c, r);
    return CLI_FAILED;
}

static int exit_of_findings(const struct cli *c, const struct tl_findings *f)
{
    size_t running = 0;
    for (size_t i = 0; i < f->n; i++)
        running += f->items[i].status == TL_RUNNING;
    if ((c->o.fail_on == CLI_FAIL_ON_LOOPS && f->n) || (c->o.fail_on == CLI_FAIL_ON_RUNNING && running))
        return CLI_FOUND;
    return CLI_DONE;
}

int cli_print_report(struct cli *c, const struct tl_report *r)
{
    struct tl_style style = cli_style(c);
    struct tl_buf b = {0};
    int rc = tl_report_write(r, c->o.format, &style, &b);
    int code = rc ? cli_fail(c, tl_err_nomem(&c->err)) : cli_print(c, tl_buf_str(&b));
    tl_buf_fini(&b);
    return cli_worst(code, exit_of_findings(c, &r->findings));
}
