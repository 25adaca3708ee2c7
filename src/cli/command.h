/* A subcommand, and what all of them share. */
#ifndef TRAILLOOP_CLI_COMMAND_H
#define TRAILLOOP_CLI_COMMAND_H

#include "console.h"
#include "options.h"
#include "trailloop/pipeline.h"

/* Exit codes; of several the worst counts, in the order failed, usage, damaged, found. */
enum {
    CLI_DONE = 0,
    CLI_FOUND = 1, /* --fail-on */
    CLI_USAGE = 2,
    CLI_DAMAGED = 3, /* done, but some input was damaged or unreadable */
    CLI_FAILED = 4,
    CLI_SIGNALLED = 128 /* and the signal's number */
};

struct cli {
    struct cli_options o;
    struct cli_console console;
    struct tl_err err;
    struct tl_rules rules; /* --chain and --rules */
};

struct cli_exit_code {
    int code;
    const char *meaning;
};
extern const struct cli_exit_code cli_exit_codes[];
extern const size_t cli_n_exit_codes;

/* For the manual. A test runs each in a directory with the incident's AWSLogs, the commands in their order.
 */
struct cli_example {
    const char *text, *command;
};
enum { CLI_EXAMPLES_MAX = 4 };

struct cli_command {
    const char *name;
    unsigned bit;
    const char *operands;                          /* as --help shows them */
    const char *summary;                           /* one line */
    const char *text;                              /* what --help says further */
    int (*run)(struct cli *c);                     /* an exit code */
    enum tl_document document;                     /* what it prints, where --format says how */
    struct cli_example examples[CLI_EXAMPLES_MAX]; /* at least one; those after the last are NULL */
};

extern const struct cli_command cli_scan, cli_ingest, cli_report, cli_show, cli_stats, cli_discover,
    cli_history, cli_whatif, cli_verify, cli_check, cli_rules, cli_prune, cli_help;
extern const struct cli_command *const cli_commands[];
extern const size_t cli_n_commands;
const struct cli_command *cli_command_find(const char *name); /* NULL: there is none */

/* Says what c->err holds, and gives the exit code for it. */
int cli_fail(struct cli *c, int code);
/* A usage error of `cmd`, told in one line that ends with where the help is. Returns CLI_USAGE. */
int cli_usage(struct cli *c, const struct cli_command *cmd, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int cli_worst(int a, int b);

/* Help: 0 or TL_ENOMEM. */
int cli_help_all(struct tl_buf *out);
int cli_help_command(const struct cli_command *cmd, struct tl_buf *out);
/* Prints it; NULL: of all. These three return an exit code. */
int cli_print_help(struct cli *c, const struct cli_command *cmd);
int cli_print_version(struct cli *c);
int cli_help_usage(struct cli *c); /* what there is, to those who named no command */
int cli_unknown_command(struct cli *c, const char *name);

/* Reads --chain and --rules, and runs the samples, before anything else is done. What is wrong is told. An
 * exit code. */
int cli_rules_load(struct cli *c);
int cli_rule_file(struct cli *c, const char *path); /* the same for one file */

/* Steps of the commands; each returns 0 or a negative TL_E* with c->err set. */
int cli_check_output(struct cli *c); /* that --output can be written, before any work */
/* Opens the database, which is only read then: what that does not need is given up (confine.h). --output is
 * looked at first. */
int cli_open_to_read(struct cli *c, struct tl_store **s);
int cli_read_input(struct cli *c, struct tl_store *s, bool keep, struct tl_ingest_result *r);
void cli_analyse_options(const struct cli *c, struct tl_analyse_options *o); /* as the command line says */
int cli_analyse(struct cli *c, struct tl_store *s, bool all_evidence, struct tl_report *out);
/* The one loop whose id is `id` or starts so. CLI_DONE, CLI_USAGE (told), or CLI_NOT_FOUND. */
enum { CLI_NOT_FOUND = -1 };
int cli_pick_loop(struct cli *c, const struct cli_command *cmd, struct tl_report *r, const char *id,
                  struct tl_finding **out);
struct tl_style cli_style(const struct cli *c);
/* Writes the result. An exit code. */
int cli_print(struct cli *c, tl_str bytes);
/* Writes the report and tells the exit code: of writing, and of --fail-on. */
int cli_print_report(struct cli *c, const struct tl_report *r);
int cli_exit_of_input(const struct tl_ingest_result *r);

#endif
