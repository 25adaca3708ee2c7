/* See report_build.h. */
#include "report_build.h"

#include <string.h>

enum { START_S = 1709000000, PERIOD_S = 150 };

static void moments_make(struct built *b)
{
    size_t n = 0;
    for (int i = 0; i < BUILD_CYCLES; i++) {
        int64_t t = START_S + i * PERIOD_S;
        b->starts_s[i] = t;
        b->ends_s[i] = t + 31;
        b->moments[n++] = (struct tl_moment){t, TL_MOMENT_VERDICT, i == 5 ? TL_COMPLIANT : TL_NON_COMPLIANT};
        b->moments[n++] = (struct tl_moment){.time_s = t + 4, .kind = TL_MOMENT_ATTEMPT};
        b->moments[n++] = (struct tl_moment){.time_s = t + 30, .kind = TL_MOMENT_CHANGE};
        b->moments[n++] = (struct tl_moment){.time_s = t + 31, .kind = TL_MOMENT_OTHER_CHANGE};
    }
    b->moments[n] =
        (struct tl_moment){START_S + BUILD_CYCLES * PERIOD_S, TL_MOMENT_VERDICT, TL_NON_COMPLIANT};
}

static void evidence_make(struct built *b, tl_str text)
{
    for (int i = 0; i < BUILD_CYCLES; i++) {
        for (int k = 0; k < BUILD_STEPS; k++)
            b->steps[i][k] =
                (struct tl_evidence_step){.event = {.time_s = START_S + i * PERIOD_S + k * 10, .text = text},
                                          .api = text,
                                          .link = (enum tl_link)((k + TL_LINK_NONE) % (TL_LINK_NONE + 1)),
                                          .source = text,
                                          .error = k == 3 ? text : TL_STR_NONE,
                                          .record = (uint64_t)(i * BUILD_STEPS + k),
                                          .offset = (uint64_t)(i * 4000 + k * 1000)};
        b->evidence[i] = (struct tl_evidence){(uint32_t)i + 1, b->steps[i], BUILD_STEPS};
    }
}

static void retry_make(struct built *b, struct tl_retry *r, tl_str text)
{
    int64_t end_s = START_S + BUILD_CYCLES * PERIOD_S;
    b->phases[0] = (struct tl_retry_phase){.attempts = 10,
                                           .window_s = 600,
                                           .from_s = START_S,
                                           .to_s = START_S + 900,
                                           .n_attempts = 6,
                                           .most_attempts_in_window = 4};
    b->phases[1] = (struct tl_retry_phase){.attempts = 1,
                                           .window_s = 60,
                                           .known = true,
                                           .from_s = START_S + 900,
                                           .to_s = START_S + 1650,
                                           .n_attempts = 5};
    b->phases[2] = (struct tl_retry_phase){.attempts = 1,
                                           .window_s = 600,
                                           .known = true,
                                           .trips = true,
                                           .from_s = START_S + 1650,
                                           .to_s = end_s + 1,
                                           .n_attempts = 1,
                                           .most_attempts_in_window = 4,
                                           .trips_after = 1};
    *r = (struct tl_retry){.settings_known = true,
                           .attempts = 1,
                           .window_s = 600,
                           .settings_event = {.time_s = START_S + 1650, .text = text},
                           .trips = true,
                           .trips_after = 1,
                           .most_attempts_in_window = 4,
                           .would_stop = {{1, 240, false}, {5, 960, false}, {10, 1980, true}},
                           .n_would_stop = 3,
                           .phases = b->phases,
                           .n_phases = 3};
}

static void loops_make(struct built *b, tl_str text)
{
    int64_t end_s = START_S + BUILD_CYCLES * PERIOD_S;
    struct tl_resource resource = {text, text, text, text, text};
    b->also = text;
    for (int i = 0; i < 4; i++)
        b->parties[i] = (struct tl_party){(enum tl_role)i, text, text, (uint64_t)i + 12};
    for (int i = 0; i < 3; i++)
        b->controls[i] = (struct tl_control_event){.event = {.time_s = START_S + 900 + i * 375, .text = text},
                                                   .action = (enum tl_control_action)(i * 2),
                                                   .automatic = i != 1,
                                                   .attempts = 1,
                                                   .window_s = 60};
    b->loops[0] = (struct tl_finding){.id = "0123456789ab",
                                      .rule = text,
                                      .also = &b->also,
                                      .n_also = 1,
                                      .resource = resource,
                                      .arn = text,
                                      .config_rule = text,
                                      .document = text,
                                      .scope_region = text,
                                      .n_cycles = BUILD_CYCLES,
                                      .n_partial = 1,
                                      .first_s = START_S,
                                      .last_s = end_s,
                                      .period_median_s = PERIOD_S,
                                      .period_min_s = PERIOD_S - 10,
                                      .period_max_s = PERIOD_S + 10,
                                      .order_assumed = true,
                                      .confidence = TL_LINK_SEQUENCE,
                                      .status = TL_STOPPED,
                                      .parties = b->parties,
                                      .n_parties = 3,
                                      .has_retry = true,
                                      .n_failed_attempts = 2,
                                      .n_failed_changes = 1,
                                      .n_compliant_between = 1,
                                      .n_tail_cycles = 1,
                                      .cost = {13, 25, 12, 0.112, 21.5},
                                      .evidence = b->evidence,
                                      .n_evidence = 6,
                                      .cycle_starts_s = b->starts_s,
                                      .cycle_ends_s = b->ends_s,
                                      .moments = b->moments,
                                      .n_moments = sizeof b->moments / sizeof *b->moments,
                                      .controls = b->controls,
                                      .n_controls = 3};
    struct tl_finding *f = &b->loops[0];
    retry_make(b, &f->retry, text);
    f->stopped.at_s = f->stopped.last_verdict.time_s = end_s;
    f->stopped.silence_s = 11520;
    f->stopped.cause = TL_CAUSE_SETTINGS_CHANGED;
    f->stopped.has_event = f->stopped.has_last_verdict = true;
    f->stopped.event = f->retry.settings_event;
    f->stopped.last_verdict.text = text;
    f->stopped.last_compliance = TL_NON_COMPLIANT;
    b->loops[1] = *f;
    b->loops[1].kind = TL_TUG_OF_WAR;
    b->loops[1].status = TL_RUNNING;
    b->loops[1].open_cycle = true;
    b->loops[1].schedule_s = 86400;
    b->loops[1].n_opposed = 11;
    b->loops[1].n_parties = 4;
    memcpy(b->loops[1].id, "123456789abc", 13);
    b->loops[2] = *f;
    b->loops[2].has_retry = false;
    b->loops[2].config_rule = b->loops[2].document = b->loops[2].arn = TL_STR_NONE;
    b->loops[2].stopped.has_event = b->loops[2].stopped.has_last_verdict = false;
    b->loops[2].stopped.cause = TL_CAUSE_UNKNOWN;
    b->loops[2].n_controls = 0;
    memcpy(b->loops[2].id, "23456789abcd", 13);
}

static void coverage_make(struct built *b, struct tl_coverage *c, tl_str text)
{
    for (int i = 0; i < 2; i++)
        b->scopes[i] = (struct tl_scope){text, text, START_S - 600, START_S + 20000, 500};
    *c = (struct tl_coverage){.any = true, .first_s = START_S - 600, .last_s = START_S + 20000};
    c->files.n_read = 14;
    c->files.n_skipped = 2;
    c->files.n_damaged = 1;
    c->records.n_read = 1004;
    c->records.n_kept = 1000;
    c->records.n_duplicates = 3;
    c->records.n_damaged = 1;
    c->records.n_withheld = 2;
    c->scopes = b->scopes;
    c->n_scopes = 2;
}

static void files_make(struct built *b, tl_str text)
{
    static const enum tl_outcome outcomes[] = {TL_OUTCOME_DONE, TL_OUTCOME_CORRUPT, TL_OUTCOME_SKIPPED};
    for (int i = 0; i < 3; i++)
        b->sources[i] = (struct tl_source){.location = text,
                                           .path = text,
                                           .size_bytes = 1000,
                                           .has_sha256 = i == 0,
                                           .outcome = outcomes[i],
                                           .superseded = i == 1,
                                           .reason = i ? text : TL_STR_NONE,
                                           .n_members = (uint64_t)i + 1,
                                           .trailing_bytes = (uint64_t)i,
                                           .n_read = 10};
    for (int i = 0; i < 2; i++)
        b->damage[i] = (struct tl_stats_damage){text, text, {7, 4096, 12}};
}

static void history_make(struct built *b, tl_str text)
{
    static const enum tl_entry_kind kinds[] = {TL_ENTRY_CONTROL, TL_ENTRY_VERDICT, TL_ENTRY_ATTEMPT,
                                               TL_ENTRY_CHANGE,  TL_ENTRY_CHANGE,  TL_ENTRY_CHANGE};
    for (uint32_t i = 0; i < 6; i++)
        b->entries[i] = (struct tl_entry){.kind = kinds[i],
                                          .person = i == 0,
                                          .failed = i == 5,
                                          .event = {.time_s = START_S + (int64_t)i * 10, .text = text},
                                          .api = text,
                                          .principal = text,
                                          .session = text,
                                          .user_agent = text,
                                          .error = i == 5 ? text : TL_STR_NONE,
                                          .config_rule = text,
                                          .document = text,
                                          .compliance = TL_NON_COMPLIANT,
                                          .link = TL_LINK_RULE,
                                          .answers = 1,
                                          .detail = text,
                                          .undo = {.by = i == 3 ? 4 : TL_NONE},
                                          .attempts = i == 0 ? 5 : 0,
                                          .window_s = 60,
                                          .source = text};
    for (int i = 0; i < 2; i++)
        b->history_parties[i] = (struct tl_history_party){text, text, i == 0, {1, 1, 2, 1}};
    b->undoing = (struct tl_undoing){.principal = text, .by = text, .n_changes = 1};
    b->resource_history = (struct tl_resource_history){.resource = {text, text, text, text, text},
                                                       .arn = text,
                                                       .names = &b->also,
                                                       .n_names = 1,
                                                       .entries = b->entries,
                                                       .n_entries = 6,
                                                       .n = {1, 1, 3, 1},
                                                       .n_failed = 1,
                                                       .parties = b->history_parties,
                                                       .n_parties = 2,
                                                       .undoings = &b->undoing,
                                                       .n_undoings = 1};
    b->history = (struct tl_history_report){.given = text, .items = &b->resource_history, .n = 1};
}

static void discovery_make(struct built *b, tl_str text)
{
    for (int i = 0; i < 5; i++)
        b->callers[i] =
            (struct tl_pattern_caller){.principal = text, .user_agent = text, .person = i == 1, .n_calls = 9};
    b->patterns[0] = (struct tl_pattern){.resource = {text, text, text, text, text},
                                         .arn = text,
                                         .unit = &b->also,
                                         .n_unit = 1,
                                         .chain = text,
                                         .chain_note = TL_CHAIN_DOUBLED,
                                         .n_copies = 9,
                                         .n_partial = 1,
                                         .n_foreign = 2,
                                         .n_runs = 2,
                                         .period_median_s = 150,
                                         .period_min_s = 140,
                                         .period_max_s = TL_MAX_GAP_DEFAULT_S + 1,
                                         .max_step_s = TL_MAX_STEP_DEFAULT_S + 1,
                                         .score = 900,
                                         .first_s = START_S,
                                         .last_s = START_S + 1500,
                                         .callers = b->callers,
                                         .n_callers = 5,
                                         .loop = "0123456789ab"};
    b->patterns[1] = (struct tl_pattern){.resource = {text, text, text, text, text},
                                         .unit = &b->also,
                                         .n_unit = 1,
                                         .n_copies = 3,
                                         .n_runs = 1,
                                         .first_s = START_S,
                                         .last_s = START_S + 1500,
                                         .callers = b->callers,
                                         .n_callers = 1};
    b->discovery =
        (struct tl_discovery){.generated_at_s = START_S, .n_found = 3, .items = b->patterns, .n = 2};
    coverage_make(b, &b->discovery.coverage, text);
}

static void checks_make(struct built *b, tl_str text)
{
    for (int k = 0; k < TL_VERIFY_N_KINDS; k++)
        b->problems[k] = (struct tl_verify_problem){.kind = (enum tl_verify_kind)k,
                                                    .digest = k % 2,
                                                    .file = text,
                                                    .object = text,
                                                    .why = text,
                                                    .from_s = START_S,
                                                    .to_s = START_S + 3600};
    b->digest_chain = (struct tl_verify_chain){.account = text,
                                               .region = text,
                                               .trail = text,
                                               .bucket = text,
                                               .first_s = START_S,
                                               .last_s = START_S + 3600,
                                               .n_digests = 2,
                                               .before = text,
                                               .newest = text};
    b->verify = (struct tl_verify){.generated_at_s = START_S,
                                   .has_keys = true,
                                   .chains = &b->digest_chain,
                                   .n_chains = 1,
                                   .problems = b->problems,
                                   .n_problems = TL_VERIFY_N_KINDS};
    b->fault = (struct tl_fault){"pages", text};
    b->check = (struct tl_check){
        .generated_at_s = START_S, .path = "a.db", .faults = &b->fault, .n_faults = 1, .counts.n_pages = 2};
}

static void rules_make(struct built *b, tl_str text)
{
    static tl_str record = {"{}", 2};
    static size_t line = 3;
    b->sample = (struct tl_rule_sample){
        .title = text, .n_cycles = 1, .records = &record, .lines = &line, .n_records = 1, .line = 2};
    b->rule = (struct tl_rule){text, text, text, 1, &b->sample, 1};
    b->chain = tl_chains[0];
    b->chain.name = text;
    b->rules = (struct tl_rules){.items = &b->rule, .chains = &b->chain, .n = 1};
}

void built_make(struct built *b, tl_str text)
{
    struct tl_resource resource = {text, text, text, text, text};
    memset(b, 0, sizeof *b);
    moments_make(b);
    evidence_make(b, text);
    loops_make(b, text);
    files_make(b, text);
    history_make(b, text);
    discovery_make(b, text);
    checks_make(b, text);
    rules_make(b, text);
    b->drift = (struct tl_drift){resource, 5, START_S, START_S + 90000, b->parties, 4};
    b->without_effect[0] = (struct tl_without_effect){true, resource, text, text, 9, START_S, START_S + 900};
    b->without_effect[1] = (struct tl_without_effect){
        .document = text, .n_attempts = 3, .first_s = START_S, .last_s = START_S + 900};
    b->report = (struct tl_report){.generated_at_s = START_S + 86400, .rates = tl_rates_default};
    coverage_make(b, &b->report.coverage, text);
    b->report.findings = (struct tl_findings){.items = b->loops,
                                              .n = BUILD_LOOPS,
                                              .drift = &b->drift,
                                              .n_drift = 1,
                                              .without_effect = b->without_effect,
                                              .n_without_effect = 2};
    b->stats = (struct tl_stats){.generated_at_s = START_S + 86400,
                                 .sources = b->sources,
                                 .n_sources = 3,
                                 .damage = b->damage,
                                 .n_damage = 2};
    coverage_make(b, &b->stats.coverage, text);
    b->run =
        (struct tl_run_report){.generated_at_s = START_S + 86400, .n_files_read = 14, .n_records_read = 1004};
    coverage_make(b, &b->run.coverage, text);
}

int built_write(const struct built *b, enum tl_document document, enum tl_format format, struct tl_buf *out)
{
    static const struct tl_style style = {.columns = 100, .db = "a.db"};
    struct tl_whatif whatif = {b->report.generated_at_s, &b->loops[0], true, b->phases[1]};
    if (!tl_format_has(format, document))
        return 1;
    switch (document) {
    case TL_DOCUMENT_REPORT:
        return tl_report_write(&b->report, format, &style, out);
    case TL_DOCUMENT_LOOP:
        return tl_report_write_loop(&b->report, &b->loops[0], format, &style, out);
    case TL_DOCUMENT_WHATIF:
        return tl_whatif_write(&whatif, format, &style, out);
    case TL_DOCUMENT_HISTORY:
        return tl_history_write(&b->history, format, &style, out);
    case TL_DOCUMENT_DISCOVER:
        return tl_discovery_write(&b->discovery, format, &style, out);
    case TL_DOCUMENT_STATS:
        return tl_stats_write(&b->stats, format, &style, out);
    case TL_DOCUMENT_RUN:
        return tl_run_write(&b->run, format, &style, out);
    case TL_DOCUMENT_VERIFY:
        return tl_verify_write(&b->verify, format, &style, out);
    case TL_DOCUMENT_CHECK:
        return tl_check_write(&b->check, format, &style, out);
    case TL_DOCUMENT_RULE_LIST:
        return tl_rules_write_list(&b->rules, format, &style, out);
    case TL_DOCUMENT_RULE:
        return tl_rules_write_rule(&b->rule, &b->chain, format, &style, out);
    case TL_DOCUMENT_RULE_CHECK:
        return tl_rules_write_check(&b->rules, format, &style, out);
    case TL_DOCUMENT_NONE:
        break;
    }
    return 1;
}
