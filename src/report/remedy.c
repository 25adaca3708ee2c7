/* Commands of the AWS command line interface. put-remediation-configurations replaces a rule's whole
 * configuration, so the one in force is fetched, the two fields are changed in it by a JMESPath query, and it
 * is put back: its Parameters, ExecutionControls and all else stay, whether the log shows them or not, and
 * none of it passes through the hands of whoever pastes.
 * https://docs.aws.amazon.com/cli/latest/reference/configservice/put-remediation-configurations.html
 * https://jmespath.org/specification.html#merge */
#include "remedy.h"

#include "escape.h"

static tl_str known(tl_str s, const char *otherwise)
{
    return s.n ? s : tl_str_from(otherwise);
}

bool tl_remedy_pair(const struct tl_finding *f, struct tl_retry_pair *out)
{
    const struct tl_retry *r = &f->retry;
    if (f->has_retry && r->trips && f->status == TL_STOPPED)
        *out = (struct tl_retry_pair){.attempts = r->attempts, .window_s = r->window_s};
    else if (f->has_retry && r->n_would_stop)
        *out = r->would_stop[0];
    else
        return false;
    return true;
}

/* The command, its region and its last option, but for that one's value. */
static int command(const struct tl_finding *f, const char *action, const char *option, struct tl_buf *out)
{
    int r = tl_buf_printf(out, "aws configservice %s --region ", action);
    if (r == 0)
        r = tl_escape_shell(out, known(f->scope_region, "REGION"));
    return r ? r : tl_buf_printf(out, " \\\n  %s ", option);
}

int tl_remedy_look(const struct tl_finding *f, struct tl_buf *out)
{
    int r = command(f, "describe-remediation-configurations", "--config-rule-names", out);
    return r ? r : tl_escape_shell(out, known(f->config_rule, "CONFIG-RULE"));
}

int tl_remedy_command(const struct tl_finding *f, const struct tl_retry_pair *pair, struct tl_buf *out)
{
    int r = tl_buf_printf(out, "new=$(");
    if (r == 0)
        r = tl_remedy_look(f, out);
    if (r == 0)
        r = tl_buf_printf(
            out,
            " \\\n  --query 'RemediationConfigurations[].merge(@, `{\"MaximumAutomaticAttempts\": %d, "
            "\"RetryAttemptSeconds\": %lld}`)' \\\n  --output json) &&\n",
            pair->attempts, (long long)pair->window_s);
    if (r == 0)
        r = command(f, "put-remediation-configurations", "--remediation-configurations", out);
    return r ? r : tl_buf_printf(out, "\"$new\"");
}
