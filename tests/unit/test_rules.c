/* Rules: what is a chain in one line, what is a rule file, and what is said, where, of everything else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "trailloop/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- one line ---------------------------------------------------------------------------------------- */

static void a_line_is_put_into_its_normal_form(void **state)
{
    (void)state;
    static const struct {
        const char *line, *name;
    } rows[] = {
        {"config:PutEvaluations > ssm:StartAutomationExecution > ec2:Revoke* > ec2:Authorize*",
         "config:PutEvaluations > ssm:StartAutomationExecution > ec2:Revoke* > ec2:Authorize*"},
        {"  lambda:RemovePermission>\tlambda:AddPermission ",
         "lambda:RemovePermission > lambda:AddPermission"},
        {"lambda:RemovePermission20150331v2 > lambda.amazonaws.com:AddPermission20150331",
         "lambda:RemovePermission > lambda:AddPermission"},
        {"a.amazonaws.com.amazonaws.com:A2015033120150331v2 > b:B", "a:A > b:B"},
        {"cloudfront:UpdateDistribution2020_05_31 > *:Put*", "cloudfront:UpdateDistribution > *:Put*"},
        {"s3:***Bucket** > s3:*", "s3:*Bucket* > s3:*"},
        {"ssm:* > config:*", "ssm:* > config:*"},
        {"*:Put* > *:Start*", "*:Put* > *:Start*"}, /* a change by any of these */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tl_rules s = {0};
        struct tl_rule_fault f;
        if (tl_rules_add_line(&s, tl_str_from(rows[i].line), &f))
            fail_msg("'%s': %zu: %s", rows[i].line, f.column, f.why);
        assert_int_equal(s.n, 1);
        assert_int_equal(s.chains[0].name.n, strlen(rows[i].name));
        assert_memory_equal(s.chains[0].name.p, rows[i].name, s.chains[0].name.n);
        assert_string_equal(s.items[0].source.p, "--chain");
        tl_rules_fini(&s);
    }
}

static void steps_are_of_three_kinds(void **state)
{
    (void)state;
    struct tl_rules s = {0};
    struct tl_rule_fault f;
    struct tl_buf line = {0};
    /* turned until the verdict is first: a loop has no beginning */
    tl_str text =
        TL_STR("ec2:Authorize* > config:PutEvaluations > ssm:StartAutomationExecution > ec2:Revoke*");
    assert_int_equal(tl_rules_add_line(&s, text, &f), 0);
    const struct tl_chain *c = &s.chains[0];
    assert_int_equal(c->n_steps, 4);
    assert_int_equal(c->steps[0].kind, TL_CHAIN_VERDICT);
    assert_int_equal(c->steps[1].kind, TL_CHAIN_ATTEMPT);
    assert_int_equal(c->steps[2].kind, TL_CHAIN_CHANGE);
    assert_true(tl_str_eq(c->steps[3].api, TL_STR("ec2:Authorize*")));
    assert_int_equal(tl_chain_line(c, &line), 0);
    assert_true(tl_str_eq(
        tl_buf_str(&line),
        TL_STR("config:PutEvaluations > ssm:StartAutomationExecution > ec2:Revoke* > ec2:Authorize*")));
    assert_true(tl_str_eq(c->name, tl_buf_str(&line)));
    tl_buf_fini(&line);
    tl_rules_fini(&s);
}

static void a_bad_line_is_told_with_its_column(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        size_t column;
        const char *why;
    } rows[] = {
        {"", 1, "a step is empty"},
        {"lambda:AddPermission", 1, "a chain has two steps at least"},
        {"lambda:AddPermission >", 23, "a step is empty"},
        {"> lambda:AddPermission", 1, "a step is empty"},
        {"lambda:AddPermission > > s3:PutBucketAcl", 23, "a step is empty"},
        {"lambda:AddPermission -> s3:PutBucketAcl", 21,
         "step 'lambda:AddPermission -' has a space in it: a step is service:Action"},
        {"lambda:AddPermission, s3:PutBucketAcl", 21,
         "step 'lambda:AddPermission, s3:PutBucketAcl': a step is service:Action, of letters, digits, '.', "
         "'_', "
         "'-' and '*'"},
        {"lambda:Add:Permission > s3:PutBucketAcl", 11,
         "step 'lambda:Add:Permission': a step is service:Action, of letters, digits, '.', '_', '-' and '*'"},
        {"lambda:AddPermission > s\xC3\xA9:Put", 25,
         "step 's\xC3\xA9:Put': a step is service:Action, of letters, digits, '.', '_', '-' and '*'"},
        {"lambda:AddPermission > PutBucketAcl", 24,
         "step 'PutBucketAcl' names no service: a step is service:Action, as in lambda:AddPermission"},
        {"lambda:AddPermission > :PutBucketAcl", 24,
         "step ':PutBucketAcl' names no service: a step is service:Action, as in lambda:AddPermission"},
        {"lambda:AddPermission > s3:", 27,
         "step 's3:' names no action: a step is service:Action, as in lambda:AddPermission"},
        {"lambda:AddPermission > *", 24, "step '*' takes every call: name a service or an action"},
        {"lambda:AddPermission > ***", 24, "step '***' takes every call: name a service or an action"},
        {"*:* > lambda:AddPermission", 1, "step '*:*' takes every call: name a service or an action"},
        {"**:*** > lambda:AddPermission", 1, "step '**:***' takes every call: name a service or an action"},
        {"*:*2020_05_31 > lambda:AddPermission", 1,
         "step '*:*2020_05_31' takes every call: name a service or an action"},
        {"Lambda:AddPermission > s3:PutBucketAcl", 1,
         "step 'Lambda:AddPermission': AWS writes 'lambda:AddPermission', and capitals count"},
        {"lambda:addPermission > s3:PutBucketAcl", 8,
         "step 'lambda:addPermission': AWS writes 'lambda:AddPermission', and capitals count"},
        {"ec2:RevokeSecuritygroupIngress > s3:PutBucketAcl", 19,
         "step 'ec2:RevokeSecuritygroupIngress': AWS writes 'ec2:RevokeSecurityGroupIngress', and capitals "
         "count"},
        {"ec2:revokesecurity* > s3:PutBucketAcl", 5,
         "step 'ec2:revokesecurity*': AWS writes 'ec2:RevokeSecurity*', and capitals count"},
        {"s3:putbucketpolicy > s3:PutBucketAcl", 4,
         "step 's3:putbucketpolicy': AWS writes 's3:PutBucket...', and capitals count"},
        {"s3:PutBucketAcl > config:putevaluations", 26,
         "step 'config:putevaluations': AWS writes 'config:PutEvaluations', and capitals count"},
        {"rds:ModifyDbInstance > s3:PutBucketAcl", 12,
         "step 'rds:ModifyDbInstance': AWS writes 'rds:ModifyDBInstance', and capitals count"},
        {"s3:PutBucketAcl > ec2:Describe*", 19,
         "step 'ec2:Describe*' would find nothing: such a call is no change of a resource"},
        {"s3:PutBucketAcl > config:PutConfigRule", 19,
         "step 'config:PutConfigRule' would find nothing: such a call is no change of a resource"},
        {"s3:PutBucketAcl > sts:AssumeRole", 19,
         "step 'sts:AssumeRole' would find nothing: such a call is no change of a resource"},
        {"config:PutEvaluations > ssm:StartAutomationExecution", 25, "a chain has a change at least"},
        {"config:PutEval* > s3:PutBucketAcl", 1,
         "step 'config:PutEval*' takes in config:PutEvaluations, which is a step of its own kind: write it "
         "out"},
        {"ssm:*on20150331 > s3:PutBucketAcl", 1, /* without the version it aims at the attempt */
         "step 'ssm:*on20150331' takes in ssm:StartAutomationExecution, which is a step of its own kind: "
         "write "
         "it out"},
        {"*:StartAutomationExecution > s3:PutBucketAcl", 1,
         "step '*:StartAutomationExecution' takes in ssm:StartAutomationExecution, which is a step of its "
         "own "
         "kind: write it out"},
        {"s3:PutBucketAcl > *:PutEval*", 19,
         "step '*:PutEval*' takes in config:PutEvaluations, which is a step of its own kind: write it out"},
        {"s3:PutBucketAcl > c*:*Evaluations", 19,
         "step 'c*:*Evaluations' takes in config:PutEvaluations, which is a step of its own kind: write it "
         "out"},
        {"a:A > a:A > a:A > a:A > a:A > a:A > a:A > a:A > a:A > a:A > a:A > a:A > a:A > a:A > a:A > a:A > "
         "a:A > a:A",
         97, "a chain has at most 16 steps"},
        {"config:PutEvaluations > s3:PutBucketAcl > config:PutEvaluations", 43,
         "a chain has one verdict at most"},
        {"config:PutEvaluations > s3:PutBucketAcl > ssm:StartAutomationExecution", 43,
         "an attempt answers the verdict: it comes right after it"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tl_rules s = {0};
        struct tl_rule_fault f = {0};
        assert_int_equal(tl_rules_add_line(&s, tl_str_from(rows[i].line), &f), TL_RULES_BAD);
        if (f.column != rows[i].column || strcmp(f.why, rows[i].why) != 0)
            fail_msg("'%s':\nexpected %zu: %s\n     got %zu: %s", rows[i].line, rows[i].column, rows[i].why,
                     f.column, f.why);
        assert_int_equal(f.line, 1);
        assert_int_equal(s.n, 0);
        tl_rules_fini(&s);
    }
}

static void a_chain_is_given_once(void **state)
{
    (void)state;
    struct tl_rules s = {0};
    struct tl_rule_fault f;
    assert_int_equal(tl_rules_add_line(&s, TL_STR("a:A > b:B"), &f), 0);
    assert_int_equal(tl_rules_add_line(&s, TL_STR("b:B > a:A"), &f), 0);
    assert_int_equal(tl_rules_add_line(&s, TL_STR("a:A>b:B"), &f), TL_RULES_BAD);
    assert_string_equal(f.why, "the chain is given twice");
    tl_rules_fini(&s);
}

static void there_are_as_many_chains_as_have_a_bit(void **state)
{
    (void)state;
    struct tl_rules s = {0};
    struct tl_rule_fault f;
    char line[32];
    int r = 0;
    for (int i = 0; r == 0; i++) {
        snprintf(line, sizeof line, "a:A%d > b:B", i);
        r = tl_rules_add_line(&s, tl_str_from(line), &f);
    }
    assert_int_equal(r, TL_RULES_BAD);
    assert_int_equal(s.n, TL_CHAINS_MAX - TL_N_CHAINS);
    assert_non_null(strstr(f.why, "there are more than"));
    tl_rules_fini(&s);
}

/* ---- files ------------------------------------------------------------------------------------------- */

#define FILE_OF(rules) "{\"schema\": \"trailloop.rules/1\",\n \"rules\": [" rules "]}"
#define RULE_OF(more) "{\"name\": \"x\", \"title\": \"X\",\n  \"steps\": [\"a:A\", \"b:B\"]" more "}"
#define RULE_WITH(member) FILE_OF(RULE_OF(",\n  " member))

static int add(struct tl_rules *s, const char *source, const char *text, struct tl_rule_fault *f)
{
    /* of exactly its size, so that a read behind its end is seen by a sanitizer */
    size_t n = strlen(text);
    char *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memcpy(copy, text, n);
    int r = tl_rules_add_file(s, tl_str_from(source), (tl_str){copy, n}, f);
    free(copy);
    return r;
}

static void every_field_arrives(void **state)
{
    (void)state;
    struct tl_rules s = {0};
    struct tl_rule_fault f;
    static const char text[] = FILE_OF(
        "\n{\"name\": \"one\", \"title\": \"T \\u00e9\", \"meaning\": \"M\","
        "\"steps\": [\"config:PutEvaluations\", \"\\u0073s\\u006d:StartAutomationExecution\", "
        "\"ec2:Revoke*\"],"
        "\"limits\": {\"min_cycles\": 2, \"max_step\": \"2h\", \"max_gap\": 90},"
        "\"samples\": [{\"title\": \"S\", \"cycles\": 1,\n \"records\": [{\"a\": 1},\n{}]}, {\"cycles\": 0, "
        "\"records\": [{}]}]},"
        "\n{\"name\": \"two\", \"title\": \"U\", \"steps\": [\"a:A\", \"b:B\"]}");
    if (add(&s, "f.json", text, &f))
        fail_msg("%zu:%zu: %s", f.line, f.column, f.why);
    assert_int_equal(s.n, 2);
    const struct tl_rule *r = &s.items[0];
    const struct tl_chain *c = &s.chains[0];
    assert_true(tl_str_eq(c->name, TL_STR("one")));
    assert_true(tl_str_eq(r->title, TL_STR("T \xC3\xA9")));
    assert_true(tl_str_eq(r->meaning, TL_STR("M")));
    assert_true(tl_str_eq(r->source, TL_STR("f.json")));
    assert_int_equal(r->line, 3);
    assert_int_equal(c->n_steps, 3);
    assert_int_equal(c->steps[1].kind, TL_CHAIN_ATTEMPT);
    assert_int_equal(c->min_cycles, 2);
    assert_int_equal(c->max_step_s, 7200);
    assert_int_equal(c->max_gap_s, 90);
    assert_int_equal(r->n_samples, 2);
    assert_int_equal(r->samples[0].n_cycles, 1);
    assert_int_equal(r->samples[0].n_records, 2);
    assert_true(tl_str_eq(r->samples[0].records[0], TL_STR("{\"a\": 1}")));
    assert_int_equal(r->samples[0].lines[1], 5);
    assert_int_equal(r->samples[1].n_cycles, 0);
    assert_int_equal(s.items[1].line, 6);
    assert_int_equal(s.chains[1].min_cycles, 0);
    assert_int_equal(tl_rules_find(&s, TL_STR("two")), 1);
    assert_int_equal(tl_rules_find(&s, TL_STR("three")), SIZE_MAX);
    tl_rules_fini(&s);
}

static void a_bad_file_is_told_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t line, column;
        const char *why;
    } rows[] = {
        {"", 1, 1, "not JSON: ends where a value is due"},
        {"{\n  \"schema\": \"trailloop.rules/1\",\n  \"rules\": [}", 3, 13, "not JSON: not a JSON value"},
        {"{\n  \"schema\": \"trailloop.rules/1\"\n  \"rules\": []}", 3, 3,
         "not JSON: no comma or closing brace"},
        {"{\"schema\": 'x'}", 1, 12, "not JSON: not a JSON value"},
        {FILE_OF("") "\n x", 3, 2, "not JSON: something follows the value"},
        {"\xEF\xBB\xBF{}", 1, 1, "a byte order mark: save the file as UTF-8 without one"},
        {"{\n\"schema\": \"\xE9\"}", 2, 1, "a line that is not valid UTF-8"},
        {"[]", 1, 1, "a rule file must be an object, and is a list"},
        {"{}", 1, 1, "field 'schema' is missing in the file"},
        {"{\"schema\": \"trailloop.rules/1\"}", 1, 1, "field 'rules' is missing in the file"},
        {"{\"schema\": \"trailloop.rules/2\", \"rules\": []}", 1, 12,
         "the schema is 'trailloop.rules/2': this program reads 'trailloop.rules/1'"},
        {"{\"schema\": 1, \"rules\": []}", 1, 12, "field 'schema' must be a text, and is a number"},
        {FILE_OF(""), 2, 11, "there is no rule in the file"},
        {FILE_OF("1"), 2, 12, "a rule must be an object, and is a number"},
        {FILE_OF("{}"), 2, 12, "field 'name' is missing in the rule"},
        {FILE_OF("{\"name\": \"x\",\n\"steps\": []}"), 2, 12, "field 'title' is missing in the rule"},
        {FILE_OF("{\"name\": \"x\", \"title\": \"X\"}"), 2, 12, "field 'steps' is missing in the rule"},
        {FILE_OF("{\"name\": \"x\", \"title\": \"\", \"steps\": []}"), 2, 35,
         "the title is empty: say in one line what happens"},
        {FILE_OF("{\"name\": \"x\",\n \"titel\": \"X\"}"), 3, 2,
         "unknown field 'titel' in the rule: did you mean 'title'?"},
        {RULE_WITH("\"chain\": \"a > b\""), 4, 3,
         "unknown field 'chain' in the rule, which may have: name, title, meaning, steps, limits, samples, "
         "built_in"},
        {RULE_WITH("\"\": 1"), 4, 3,
         "unknown field '' in the rule, which may have: name, title, meaning, steps, limits, samples, "
         "built_in"},
        {RULE_WITH("\"name\": \"y\""), 4, 3, "field 'name' is given twice in the rule"},
        {FILE_OF("{\"name\": \"\", \"title\": \"X\"}"), 2, 21,
         "the name '': a name is of letters, digits, '-', '_' and '.', 64 at most"},
        {FILE_OF("{\"name\": \"a b\", \"title\": \"X\"}"), 2, 21,
         "the name 'a b': a name is of letters, digits, '-', '_' and '.', 64 at most"},
        {FILE_OF("{\"name\": \"-x\", \"title\": \"X\"}"), 2, 21,
         "the name '-x': a name is of letters, digits, '-', '_' and '.', 64 at most"},
        {FILE_OF("{\"name\": \"config-remediation\", \"title\": \"X\", \"steps\": [\"a:A\", \"b:B\"]}"), 2,
         21, "'config-remediation' is the name of a built-in chain: give the rule another"},
        {FILE_OF(RULE_OF("") ",\n" RULE_OF("")), 4, 10, "there is a rule 'x' already, in 'f.json', line 2"},
        {RULE_WITH("\"meaning\": null"), 4, 14, "field 'meaning' must be a text, and is null"},
        {FILE_OF("{\"name\": \"x\", \"title\": \"X\", \"steps\": \"a:A > b:B\"}"), 2, 49,
         "field 'steps' must be a list, and is a text"},
        {FILE_OF("{\"name\": \"x\", \"title\": \"X\", \"steps\": []}"), 2, 49,
         "a chain has two steps at least"},
        {FILE_OF("{\"name\": \"x\", \"title\": \"X\", \"steps\": [\"a:A\"]}"), 2, 50,
         "a chain has two steps at least"},
        {FILE_OF("{\"name\": \"x\", \"title\": \"X\", \"steps\": [\"a:A\",\n  7]}"), 3, 3,
         "a step must be a text, and is a number"},
        {FILE_OF("{\"name\": \"x\", \"title\": \"X\", \"steps\": [\"a:A\",\n  \"\"]}"), 3, 4,
         "a step is empty"},
        {FILE_OF("{\"name\": \"x\", \"title\": \"X\", \"steps\": [\"a:A\",\n  \"ec2:revoke*\"]}"), 3, 8,
         "step 'ec2:revoke*': AWS writes 'ec2:Revoke*', and capitals count"},
        {FILE_OF("{\"name\": \"x\", \"title\": \"X\", \"steps\": [\"a:A\",\n  \"\\u002a\"]}"), 3, 3,
         "step '*' takes every call: name a service or an action"},
        {FILE_OF("{\"name\": \"x\", \"title\": \"X\", \"steps\": [\"a:A\",\n  \" b:B\"]}"), 3, 4,
         "step ' b:B' has a space in it: a step is service:Action"},
        {RULE_WITH("\"limits\": []"), 4, 13, "field 'limits' must be an object, and is a list"},
        {RULE_WITH("\"limits\": {\"min_cycle\": 2}"), 4, 14,
         "unknown field 'min_cycle' in the limits: did you mean 'min_cycles'?"},
        {RULE_WITH("\"limits\": {\"min_cycles\": \"2\"}"), 4, 28,
         "field 'min_cycles' must be a number, and is a text"},
        {RULE_WITH("\"limits\": {\"min_cycles\": 0}"), 4, 28,
         "min_cycles is 0: it must be a whole number from 1 to 1000000"},
        {RULE_WITH("\"limits\": {\"min_cycles\": 2.5}"), 4, 28,
         "min_cycles is 2.5: it must be a whole number from 1 to 1000000"},
        {RULE_WITH("\"limits\": {\"min_cycles\": 1e400}"), 4, 28,
         "min_cycles is 1e400: it must be a whole number from 1 to 1000000"},
        {RULE_WITH("\"limits\": {\"min_cycles\": 99999999999999999999}"), 4, 28,
         "min_cycles is 99999999999999999999: it must be a whole number from 1 to 1000000"},
        {RULE_WITH("\"limits\": {\"max_step\": \"15 min\"}"), 4, 26,
         "max_step is '15 min': it must be a time, as 900, \"15m\", \"26h\" or \"4d\", a year at most"},
        {RULE_WITH("\"limits\": {\"max_gap\": -1}"), 4, 25,
         "max_gap is '-1': it must be a time, as 900, \"15m\", \"26h\" or \"4d\", a year at most"},
        {RULE_WITH("\"samples\": {}"), 4, 14, "field 'samples' must be a list, and is an object"},
        {RULE_WITH("\"samples\": [1]"), 4, 15, "a sample must be an object, and is a number"},
        {RULE_WITH("\"samples\": [{\"records\": [{}]}]"), 4, 15, "field 'cycles' is missing in the sample"},
        {RULE_WITH("\"samples\": [{\"cycles\": 1}]"), 4, 15, "field 'records' is missing in the sample"},
        {RULE_WITH("\"samples\": [{\"cycles\": -1, \"records\": [{}]}]"), 4, 26,
         "cycles is -1: it must be a whole number from 0 to 1000000"},
        {RULE_WITH("\"samples\": [{\"cycles\": 1, \"records\": []}]"), 4, 40, "a sample has no records"},
        {RULE_WITH("\"samples\": [{\"cycles\": 1, \"records\": [{},\n3]}]"), 5, 1,
         "a record must be an object, and is a number"},
        {RULE_WITH("\"built_in\": false"), 4, 15, "field 'built_in' must be true, and is false"},
        {RULE_WITH("\"built_in\": true"), 2, 12, "there is no built-in chain 'x'"},
        {FILE_OF("{\"name\": \"lambda-permission\", \"title\": \"Mine\", \"built_in\": true}"), 2, 12,
         "'lambda-permission' is built in and cannot be changed: give the rule a name of its own, without "
         "'built_in'"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tl_rules s = {0};
        struct tl_rule_fault f = {0};
        int r = add(&s, "f.json", rows[i].text, &f);
        if (r != TL_RULES_BAD || f.line != rows[i].line || f.column != rows[i].column ||
            strcmp(f.why, rows[i].why) != 0)
            fail_msg("%s\nexpected %zu:%zu: %s\n     got %zu:%zu: %s", rows[i].text, rows[i].line,
                     rows[i].column, rows[i].why, f.line, f.column, f.why);
        assert_int_equal(s.n, 0); /* all of a file or nothing */
        tl_rules_fini(&s);
    }
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    struct tl_rules s = {0};
    struct tl_rule_fault f;
    static char deep[200001];
    memset(deep, '[', sizeof deep - 1);
    assert_int_equal(add(&s, "f", deep, &f), TL_RULES_BAD);
    assert_string_equal(f.why, "not JSON: nested deeper than 512 levels");
    assert_int_equal(f.column, 513);
    tl_rules_fini(&s);
}

static void names_are_told_apart_over_files(void **state)
{
    (void)state;
    struct tl_rules s = {0};
    struct tl_rule_fault f;
    assert_int_equal(add(&s, "a.json", FILE_OF(RULE_OF("")), &f), 0);
    assert_int_equal(add(&s, "b.json", FILE_OF("\n" RULE_OF("")), &f), TL_RULES_BAD);
    assert_string_equal(f.why, "there is a rule 'x' already, in 'a.json', line 2");
    assert_int_equal(s.n, 1);
    tl_rules_fini(&s);
}

static void every_built_in_chain_is_told_of(void **state)
{
    (void)state;
    for (size_t i = 0; i < TL_N_CHAINS; i++) {
        struct tl_buf line = {0};
        assert_true(tl_rules_built_in(i)->title.n > 0);
        assert_true(tl_rules_built_in(i)->meaning.n > 0);
        int r = tl_chain_line(&tl_chains[i], &line);
        assert_true(r == 0 || r == 1);
        assert_true(line.n > 0);
        if (r == 0) { /* a line that can be given */
            struct tl_rules s = {0};
            struct tl_rule_fault f;
            assert_int_equal(tl_rules_add_line(&s, tl_buf_str(&line), &f), 0);
            tl_rules_fini(&s);
        }
        tl_buf_fini(&line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_put_into_its_normal_form),
        cmocka_unit_test(steps_are_of_three_kinds),
        cmocka_unit_test(a_bad_line_is_told_with_its_column),
        cmocka_unit_test(a_chain_is_given_once),
        cmocka_unit_test(there_are_as_many_chains_as_have_a_bit),
        cmocka_unit_test(every_field_arrives),
        cmocka_unit_test(a_bad_file_is_told_with_its_place),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(names_are_told_apart_over_files),
        cmocka_unit_test(every_built_in_chain_is_told_of),
    };
    return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
