/* The command line's options: one table, from which parsing and --help come. */
#ifndef TRAILLOOP_CLI_OPTIONS_H
#define TRAILLOOP_CLI_OPTIONS_H

#include "trailloop/limits.h"
#include "trailloop/report.h"

/* Where an option may stand: a bit per command. */
enum {
    CLI_TOP = 1 << 0, /* before any command */
    CLI_SCAN = 1 << 1,
    CLI_INGEST = 1 << 2,
    CLI_REPORT = 1 << 3,
    CLI_SHOW = 1 << 4,
    CLI_STATS = 1 << 5,
    CLI_HELP = 1 << 6,
    CLI_HISTORY = 1 << 9,
    CLI_DISCOVER = 1 << 10,
    CLI_WHATIF = 1 << 7,
    CLI_RULES = 1 << 8,
    CLI_VERIFY = 1 << 11,
    CLI_CHECK = 1 << 12,
    CLI_PRUNE = 1 << 13,
};

enum cli_color { CLI_COLOR_AUTO, CLI_COLOR_ALWAYS, CLI_COLOR_NEVER };
enum cli_fail_on { CLI_FAIL_ON_NOTHING, CLI_FAIL_ON_LOOPS, CLI_FAIL_ON_RUNNING };

/* A rule of the user's: a chain in one line, or the name of a rule file. */
struct cli_rule {
    const char *value;
    bool is_file;
};

/* What an option was given as, which may stand several times. */
enum { CLI_LIST_MAX = 64 };
struct cli_list {
    const char *items[CLI_LIST_MAX];
    size_t n;
};

struct cli_options { /* texts are borrowed from argv */
    int64_t now_s;   /* the clock when the program started, or SOURCE_DATE_EPOCH */
    const char *db, *output;
    enum tl_format format;
    struct tl_rates rates;
    int64_t since_s, until_s; /* INT64_MIN, INT64_MAX: no limit */
    int64_t before_s;         /* INT64_MIN: not given */
    const char *account, *region, *resource, *actor, *config_rule;
    uint32_t min_cycles;                  /* 0: not given */
    int64_t max_step_s, max_gap_s;        /* 0: not given */
    struct cli_rule rules[TL_CHAINS_MAX]; /* in the order given: the first is preferred */
    size_t n_rules;
    uint32_t top;     /* 0: not given */
    int attempts;     /* 0: not given */
    int64_t window_s; /* 0: not given */
    int jobs;         /* 0: as many as there are processors */
    struct cli_list public_keys, signatures;
    bool only_news;
    const char *reader; /* whose news; NULL where not given */
    bool raw, all_evidence, quiet, help, version, verbose;
    enum cli_color color;
    enum cli_fail_on fail_on;
    const char *const *operands; /* what is no option, in order */
    size_t n_operands;
};

/* Groups of --help, in its order. */
enum cli_group {
    CLI_GROUP_DATA,
    CLI_GROUP_RETRY,
    CLI_GROUP_SELECT,
    CLI_GROUP_DETECT,
    CLI_GROUP_OUTPUT,
    CLI_GROUP_OTHER,
    CLI_N_GROUPS
};
extern const char *const cli_group_titles[CLI_N_GROUPS];

struct cli_option {
    const char *name; /* without the dashes */
    char letter;      /* 0: none */
    const char *arg;  /* what it takes, as --help shows it; NULL: nothing */
    unsigned commands;
    enum cli_group group;
    const char *help;
    /* Takes the value (NULL where it takes none). 0, or 1 when the value cannot be read. */
    int (*set)(struct cli_options *o, const char *value);
    const char *expected; /* told when it cannot be read; NULL: `arg` */
};

extern const struct cli_option cli_option_table[];
extern const size_t cli_n_options;

void cli_options_init(struct cli_options *o, int64_t now_s);

/* Reads the arguments after the command's name; `argv` is put in order so that its front holds the operands.
 * 0, or TL_EUSAGE with a message that names what is wrong. */
int cli_options_parse(struct cli_options *o, unsigned command, int argc, char **argv, struct tl_err *err);

/* A point of time: `2024-02-27`, `2024-02-27T07:57+09:00`, `20240227T0757Z`, `@1709020674`, `yesterday`,
 * `today 14:00`, `last friday`, `2 days ago`; without a zone UTC. What is longer than a second is its first
 * one, or its last one where `end`. False when it is none of these: *out_s is then untouched. Pure. */
bool cli_time_parse(const char *s, int64_t now_s, bool end, int64_t *out_s);

#endif
