/* What is said about the built-in chains, which stand in src/detect/chains.c: a test sees that none is left
 * out. */
#include "internal.h"

#define TEXT(literal)                                                                                        \
    {                                                                                                        \
        (literal), sizeof(literal) - 1                                                                       \
    }

static const struct {
    tl_str name;
    struct tl_rule about;
} built_in[] = {
    {TEXT("lambda-permission"),
     {.title = TEXT("A Lambda function's permission is taken away and put back by its own remediation"),
      .meaning = TEXT(
          "AWS Config finds the function NON_COMPLIANT and starts a runbook, which removes a statement from "
          "the "
          "function's resource policy and adds one that the rule judges the same. Correct what the runbook "
          "adds, or set retry settings that stop it.")}},
    {TEXT("config-remediation"),
     {.title = TEXT("A remediation changes a resource, and it is NON_COMPLIANT again"),
      .meaning = TEXT(
          "AWS Config finds the resource NON_COMPLIANT and starts a runbook, and the resource is changed, by "
          "whatever calls, without becoming COMPLIANT for good. Who changes it after the runbook, if "
          "anybody, is the opponent.")}},
    {TEXT("direct-remediation"),
     {.title = TEXT("A remediation without a runbook changes a resource, and it is NON_COMPLIANT again"),
      .meaning = TEXT(
          "AWS Config finds the resource NON_COMPLIANT, and it is changed without SSM Automation, as when "
          "EventBridge calls a Lambda function. Counted only where at least 4 of 5 verdicts are answered "
          "by a change, so that deployments to a resource that stays NON_COMPLIANT are none.")}},
    {TEXT("tug"),
     {.title = TEXT("Calls on one resource undo each other, over and over, without AWS Config"),
      .meaning = TEXT("One automated party puts there what another takes away (Authorize and Revoke, Put and "
                      "Delete, Attach "
                      "and Detach, Enable and Disable), or one party does both. One of them has to stop.")}},
    {TEXT("self-trigger"),
     {.title = TEXT("One automated caller repeats one call on one resource, with equal parameters"),
      .meaning = TEXT("More than 5 times within a minute, and at least 10 times: what the call causes brings "
                      "about the next "
                      "one, as when a Lambda function is started by the event of its own call.")}},
};

size_t built_in_find(tl_str name)
{
    for (size_t i = 0; i < TL_N_CHAINS; i++)
        if (tl_str_eq(tl_chains[i].name, name))
            return i;
    return SIZE_MAX;
}

const struct tl_rule *tl_rules_built_in(size_t i)
{
    static const struct tl_rule none;
    for (size_t k = 0; k < sizeof built_in / sizeof *built_in; k++)
        if (tl_str_eq(built_in[k].name, tl_chains[i].name))
            return &built_in[k].about;
    return &none;
}

tl_str tl_chain_step_text(const struct tl_chain_step *s)
{
    switch (s->kind) {
    case TL_CHAIN_VERDICT:
        return TL_STR("config:PutEvaluations");
    case TL_CHAIN_ATTEMPT:
        return TL_STR("ssm:StartAutomationExecution");
    default:
        return s->api;
    }
}

int tl_chain_line(const struct tl_chain *c, struct tl_buf *out)
{
    static const char *const words[] = {
        [TL_CHAIN_TUG] = "calls that undo each other", [TL_CHAIN_REPEAT] = "one call, again and again"};
    int r = 0;
    bool in_words = c->form != TL_CHAIN_STEPS;
    if (in_words)
        r = tl_buf_printf(out, "%s", words[c->form]);
    for (size_t i = 0; r == 0 && i < c->n_steps; i++) {
        bool any = tl_str_eq(tl_chain_step_text(&c->steps[i]), TL_STR("*"));
        in_words |= any;
        r = tl_buf_printf(out, "%s%.*s", i ? " > " : "",
                          TL_FMT(any ? TL_STR("any change") : tl_chain_step_text(&c->steps[i])));
    }
    return r ? r : in_words;
}
