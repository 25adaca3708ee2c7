/* The options: one row each. A new option is one row, and a function where no other reads values like its
 * own. */
#include "options.h"

#include <string.h>

#define ANALYSING (CLI_SCAN | CLI_REPORT | CLI_SHOW | CLI_WHATIF)
#define LOOKING (ANALYSING | CLI_DISCOVER)
#define SELECTING (LOOKING | CLI_HISTORY)
#define COMMANDS (SELECTING | CLI_INGEST | CLI_STATS | CLI_RULES | CLI_VERIFY | CLI_CHECK)

enum { JOBS_MAX = 256, MIN_CYCLES_MAX = 1000000 };

const char *const cli_group_titles[CLI_N_GROUPS] = {"Input and database",
                                                    "Retry settings to try",
                                                    "Which events and resources",
                                                    "What counts as a loop",
                                                    "Output",
                                                    "Other"};

/* The place of `value` in a list of words; -1 when it is not there. */
static int word(const char *value, const char *const *words, int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(value, words[i]) == 0)
            return i;
    return -1;
}

static bool number(const char *s, int64_t least, int64_t most, int64_t *out)
{
    int64_t v = 0;
    if (!*s)
        return false;
    for (; *s; s++) {
        if (*s < '0' || *s > '9')
            return false;
        v = v * 10 + (*s - '0');
        if (v > most)
            return false;
    }
    *out = v;
    return v >= least;
}

static int set_text(const char **to, const char *value)
{
    *to = value;
    return value[0] == '\0';
}

static int set_db(struct cli_options *o, const char *v)
{
    return set_text(&o->db, v);
}

/* One more than fits is an error, too. */
static int add(struct cli_list *list, const char *value)
{
    if (list->n == CLI_LIST_MAX || !value[0])
        return 1;
    list->items[list->n++] = value;
    return 0;
}

static int add_public_key(struct cli_options *o, const char *v)
{
    return add(&o->public_keys, v);
}

static int add_signature(struct cli_options *o, const char *v)
{
    return add(&o->signatures, v);
}

static int set_output(struct cli_options *o, const char *v)
{
    return set_text(&o->output, v);
}

static int set_account(struct cli_options *o, const char *v)
{
    return set_text(&o->account, v);
}

static int set_region(struct cli_options *o, const char *v)
{
    return set_text(&o->region, v);
}

static int set_resource(struct cli_options *o, const char *v)
{
    return set_text(&o->resource, v);
}

static int set_actor(struct cli_options *o, const char *v)
{
    return set_text(&o->actor, v);
}

static int set_config_rule(struct cli_options *o, const char *v)
{
    return set_text(&o->config_rule, v);
}

static int set_top(struct cli_options *o, const char *v)
{
    int64_t n = 0;
    bool good = number(v, 1, TL_DISCOVER_PATTERNS_MAX, &n);
    o->top = (uint32_t)n;
    return !good;
}

static int set_jobs(struct cli_options *o, const char *v)
{
    int64_t n = 0;
    bool good = number(v, 1, JOBS_MAX, &n);
    o->jobs = (int)n;
    return !good;
}

static int set_since(struct cli_options *o, const char *v)
{
    return !cli_time_parse(v, o->now_s, false, &o->since_s);
}

static int set_until(struct cli_options *o, const char *v)
{
    return !cli_time_parse(v, o->now_s, true, &o->until_s);
}

static int set_before(struct cli_options *o, const char *v)
{
    return !cli_time_parse(v, o->now_s, false, &o->before_s);
}

static int set_min_cycles(struct cli_options *o, const char *v)
{
    int64_t n = 0;
    bool good = number(v, 1, MIN_CYCLES_MAX, &n);
    o->min_cycles = (uint32_t)n;
    return !good;
}

static int set_max_step(struct cli_options *o, const char *v)
{
    return !tl_duration_parse(tl_str_from(v), &o->max_step_s);
}

static int set_max_gap(struct cli_options *o, const char *v)
{
    return !tl_duration_parse(tl_str_from(v), &o->max_gap_s);
}

static int set_attempts(struct cli_options *o, const char *v)
{
    int64_t n = 0;
    bool good = number(v, 1, TL_ATTEMPTS_MAX, &n);
    o->attempts = (int)n;
    return !good;
}

static int set_window(struct cli_options *o, const char *v)
{
    return !tl_duration_parse(tl_str_from(v), &o->window_s) || o->window_s > TL_WINDOW_MAX_S;
}

static int add_rule(struct cli_options *o, const char *value, bool is_file)
{
    if (o->n_rules == sizeof o->rules / sizeof *o->rules)
        return 1;
    o->rules[o->n_rules++] = (struct cli_rule){value, is_file};
    return 0;
}

static int add_chain(struct cli_options *o, const char *v)
{
    return add_rule(o, v, false);
}

static int add_rule_file(struct cli_options *o, const char *v)
{
    return add_rule(o, v, true);
}

static int set_format(struct cli_options *o, const char *v)
{
    for (int f = 0; f < TL_N_FORMATS; f++)
        if (strcmp(v, tl_format_name((enum tl_format)f)) == 0) {
            o->format = (enum tl_format)f;
            return 0;
        }
    return 1;
}

static int set_color(struct cli_options *o, const char *v)
{
    static const char *const words[] = {"auto", "always", "never"};
    int i = word(v, words, 3);
    o->color = i < 0 ? CLI_COLOR_AUTO : (enum cli_color)i;
    return i < 0;
}

static int set_fail_on(struct cli_options *o, const char *v)
{
    static const char *const words[] = {"nothing", "loops", "running"};
    int i = word(v, words, 3);
    o->fail_on = i < 0 ? CLI_FAIL_ON_NOTHING : (enum cli_fail_on)i;
    return i < 0;
}

/* Digits with a point among them at most, below a million: a price. */
static bool price(const char *s, const char *end, double *out)
{
    double value = 0, place = 0;
    bool digits = false;
    for (; s < end; s++) {
        if (*s == '.' && place == 0) {
            place = 1;
            continue;
        }
        if (*s < '0' || *s > '9' || value >= 1e6)
            return false;
        digits = true;
        value = value * 10 + (*s - '0');
        place *= 10;
    }
    *out = place > 0 ? value / place : value;
    return digits;
}

static int set_rates(struct cli_options *o, const char *v)
{
    const struct {
        const char *name;
        double *to;
    } rates[] = {{"verdict=", &o->rates.per_verdict},
                 {"item=", &o->rates.per_item},
                 {"step=", &o->rates.per_automation_step}};
    for (bool more = true; more;) {
        const char *end = strchr(v, ',') ? strchr(v, ',') : v + strlen(v);
        bool good = false;
        for (size_t i = 0; i < sizeof rates / sizeof *rates && !good; i++)
            good = strncmp(v, rates[i].name, strlen(rates[i].name)) == 0 &&
                   price(v + strlen(rates[i].name), end, rates[i].to);
        if (!good)
            return 1;
        more = *end == ',';
        v = end + 1;
    }
    return 0;
}

static int set_evidence(struct cli_options *o, const char *v)
{
    static const char *const words[] = {"some", "all"};
    int i = word(v, words, 2);
    o->all_evidence = i == 1;
    return i < 0;
}

static int set_new(struct cli_options *o, const char *v)
{
    (void)v;
    o->only_news = true;
    return 0;
}

static int set_for(struct cli_options *o, const char *v)
{
    return set_text(&o->reader, v);
}

static int set_raw(struct cli_options *o, const char *v)
{
    (void)v;
    o->raw = true;
    return 0;
}

static int set_quiet(struct cli_options *o, const char *v)
{
    (void)v;
    o->quiet = true;
    return 0;
}

static int set_help(struct cli_options *o, const char *v)
{
    (void)v;
    o->help = true;
    return 0;
}

static int set_version(struct cli_options *o, const char *v)
{
    (void)v;
    o->version = true;
    return 0;
}

static int set_verbose(struct cli_options *o, const char *v)
{
    (void)v;
    o->verbose = true;
    return 0;
}

static const char time_expected[] =
    "a time such as 2024-02-27, 2024-02-27T07:57+09:00, yesterday or '2 days ago'";
static const char rules_expected[] = "no more than 64 of --chain and --rules";
static const char number_expected[] = "a whole number from 1 on, not too large";
static const char duration_expected[] = "a length of time such as 900, 15m, 26h or 2d";

const struct cli_option cli_option_table[] = {
    {"db", 'd', "FILE", CLI_SCAN, CLI_GROUP_DATA,
     "keep what is read in the SQLite database FILE, made if missing; without it nothing is kept", set_db},
    {"db", 'd', "FILE", CLI_INGEST, CLI_GROUP_DATA, "the SQLite database to read into, made if missing",
     set_db},
    {"db", 'd', "FILE",
     CLI_REPORT | CLI_SHOW | CLI_STATS | CLI_CHECK | CLI_WHATIF | CLI_HISTORY | CLI_DISCOVER, CLI_GROUP_DATA,
     "the database that 'ingest' or 'scan' made", set_db},
    {"db", 'd', "FILE", CLI_PRUNE, CLI_GROUP_DATA, "the database to remove records from", set_db},
    {"before", 0, "TIME", CLI_PRUNE, CLI_GROUP_DATA,
     "remove records from before TIME: 2024-02-27, '90 days ago', 'last month'; UTC where no zone is given",
     set_before, time_expected},
    {"jobs", 'j', "N", CLI_SCAN | CLI_INGEST, CLI_GROUP_DATA,
     "read N files at a time (as many as there are processors)", set_jobs, number_expected},
    {"public-key", 'k', "FILE", CLI_VERIFY, CLI_GROUP_DATA,
     "a key that CloudTrail signs with: what 'aws cloudtrail list-public-keys' prints, or one RSA key as "
     "DER, "
     "base64 or PEM; may be given several times, each digest names the one it needs",
     add_public_key},
    {"signature", 's', "FILE", CLI_VERIFY, CLI_GROUP_DATA,
     "the signature, in hex, of a chain's newest digest, which only its S3 object's metadata holds "
     "(x-amz-meta-signature); may be given several times",
     add_signature},
    {"since", 0, "TIME", SELECTING, CLI_GROUP_SELECT,
     "only events from TIME on: 2024-02-27, 2024-02-27T07:57, 2024-02-27T07:57:54+09:00, '2 days ago', "
     "yesterday, 'last monday'; UTC where no zone is given",
     set_since, time_expected},
    {"until", 0, "TIME", SELECTING, CLI_GROUP_SELECT,
     "only events up to TIME; a day or minute alone is included to its end", set_until, time_expected},
    {"account", 0, "ID", ANALYSING, CLI_GROUP_SELECT, "only loops in this AWS account", set_account},
    {"region", 0, "NAME", ANALYSING, CLI_GROUP_SELECT, "only loops in this region", set_region},
    {"account", 0, "ID", CLI_HISTORY | CLI_DISCOVER, CLI_GROUP_SELECT, "only resources in this AWS account",
     set_account},
    {"region", 0, "NAME", CLI_HISTORY | CLI_DISCOVER, CLI_GROUP_SELECT, "only resources in this region",
     set_region},
    {"actor", 0, "NAME", CLI_HISTORY, CLI_GROUP_SELECT,
     "only events by this principal: the ARN of a role or user; * stands for anything", set_actor},
    {"actor", 0, "NAME", ANALYSING, CLI_GROUP_SELECT,
     "only loops with this party: the ARN of a role or user; * stands for anything", set_actor},
    {"actor", 0, "NAME", CLI_DISCOVER, CLI_GROUP_SELECT,
     "only patterns with this caller: the ARN of a role or user; * stands for anything", set_actor},
    {"rule", 0, "NAME", ANALYSING, CLI_GROUP_SELECT,
     "only loops under this AWS Config rule; * stands for anything", set_config_rule},
    {"resource", 0, "NAME", CLI_DISCOVER, CLI_GROUP_SELECT,
     "only this resource: its id, name or ARN; * stands for anything", set_resource},
    {"resource", 0, "NAME", ANALYSING, CLI_GROUP_SELECT,
     "only loops on this resource: its id, name or ARN; * stands for anything", set_resource},
    {"attempts", 0, "N", CLI_WHATIF, CLI_GROUP_RETRY, "give up at N attempts: 1 to 25, as AWS Config allows",
     set_attempts, "AWS Config's limits: 1 to 25 attempts"},
    {"window", 0, "TIME", CLI_WHATIF, CLI_GROUP_RETRY,
     "that started within TIME: 600, 10m, 2h; 1 to 2678000 seconds, as AWS Config allows", set_window,
     "AWS Config's limits: 1 to 2678000 seconds, such as 600, 10m or 30d"},
    {"chain", 0, "STEPS", LOOKING | CLI_RULES, CLI_GROUP_DETECT,
     "also look for these steps, service:Action, * stands for any letters: 'config:PutEvaluations > "
     "ssm:StartAutomationExecution > ec2:Revoke* > ec2:Authorize*'; may be given again",
     add_chain, rules_expected},
    {"rules", 0, "FILE", LOOKING | CLI_RULES, CLI_GROUP_DETECT,
     "also look for the chains in this rule file (docs/RULES.md); may be given again", add_rule_file,
     rules_expected},
    {"min-cycles", 0, "N", CLI_DISCOVER, CLI_GROUP_DETECT, "call it a pattern from N times on (3)",
     set_min_cycles, number_expected},
    {"min-cycles", 0, "N", ANALYSING, CLI_GROUP_DETECT, "call it a loop from N complete cycles on (3)",
     set_min_cycles, number_expected},
    {"max-step", 0, "TIME", LOOKING, CLI_GROUP_DETECT,
     "longest time from step to step within a cycle: 900, 15m, 1h (15m)", set_max_step, duration_expected},
    {"max-gap", 0, "TIME", LOOKING, CLI_GROUP_DETECT, "longest time from cycle to cycle: 26h, 2d (26h)",
     set_max_gap, duration_expected},
    {"format", 'f', "text|json|ndjson|csv|markdown|html|prometheus", CLI_SCAN | CLI_REPORT | CLI_STATS,
     CLI_GROUP_OUTPUT, "what to print (text)", set_format},
    {"format", 'f', "text|json|ndjson|csv|markdown|html",
     CLI_SHOW | CLI_HISTORY | CLI_DISCOVER | CLI_WHATIF | CLI_VERIFY | CLI_CHECK | CLI_RULES,
     CLI_GROUP_OUTPUT, "what to print (text)", set_format},
    {"format", 'f', "text|json", CLI_INGEST, CLI_GROUP_OUTPUT, "what to print (text)", set_format},
    {"top", 0, "N", CLI_DISCOVER, CLI_GROUP_OUTPUT, "show the N patterns that rank highest (20)", set_top,
     number_expected},
    {"output", 'o', "FILE", COMMANDS, CLI_GROUP_OUTPUT,
     "print to FILE, which is replaced only when all is written, not to standard output", set_output},
    {"rates", 0, "LIST", CLI_SCAN | CLI_REPORT | CLI_SHOW, CLI_GROUP_OUTPUT,
     "what AWS charges, in USD, for the estimate of cost: verdict=0.001,item=0.003,step=0.002, or some of "
     "them",
     set_rates, "verdict=USD,item=USD,step=USD"},
    {"evidence", 0, "some|all", CLI_SCAN | CLI_REPORT, CLI_GROUP_OUTPUT,
     "how many cycles the JSON report holds with their events: the first 3 and the last 3, or all (some)",
     set_evidence},
    {"new", 0, NULL, CLI_REPORT, CLI_GROUP_OUTPUT,
     "only loops that are new, have grown, stopped or resumed since the last report with --new; where there "
     "is "
     "none, nothing is printed, and a FILE is left as it is",
     set_new},
    {"for", 0, "NAME", CLI_REPORT, CLI_GROUP_OUTPUT,
     "whose last report: each NAME has news of its own (default)", set_for},
    {"raw", 0, NULL, CLI_SHOW, CLI_GROUP_OUTPUT, "with each step of a loop its raw record", set_raw},
    {"fail-on", 0, "loops|running", CLI_SCAN | CLI_REPORT, CLI_GROUP_OUTPUT,
     "exit with 1 when a loop was found, or when one is still running", set_fail_on},
    {"color", 0, "auto|always|never", COMMANDS, CLI_GROUP_OUTPUT,
     "colours in text (auto: on a terminal, unless NO_COLOR is set)", set_color},
    {"quiet", 'q', NULL, COMMANDS | CLI_PRUNE, CLI_GROUP_OUTPUT,
     "no progress and no warnings, only results and errors", set_quiet},
    {"help", 'h', NULL, CLI_TOP | COMMANDS | CLI_PRUNE | CLI_HELP, CLI_GROUP_OTHER, "show this help and exit",
     set_help},
    {"version", 'V', NULL, CLI_TOP | COMMANDS | CLI_PRUNE | CLI_HELP, CLI_GROUP_OTHER,
     "show the version and exit", set_version},
    {"verbose", 0, NULL, CLI_TOP, CLI_GROUP_OTHER,
     "with --version: also what it gives up before it reads a log (Landlock, seccomp)", set_verbose},
};
const size_t cli_n_options = sizeof cli_option_table / sizeof *cli_option_table;

void cli_options_init(struct cli_options *o, int64_t now_s)
{
    *o = (struct cli_options){.rates = tl_rates_default,
                              .now_s = now_s,
                              .since_s = INT64_MIN,
                              .until_s = INT64_MAX,
                              .before_s = INT64_MIN};
}
