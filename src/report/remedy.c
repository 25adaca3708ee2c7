/* Commands of the AWS command line interface. The configuration is JSON in one word for the shell: JSON
 * escapes what could hide or act, the quotes keep the rest.
 * https://docs.aws.amazon.com/cli/latest/reference/configservice/put-remediation-configurations.html */
#include "remedy.h"

#include "escape.h"
#include "jsonw.h"

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

static int configuration(const struct tl_finding *f, const struct tl_retry_pair *pair, struct tl_buf *json)
{
    struct tl_jsonw w = {.out = json, .flat = 1};
    tl_jsonw_open(&w, NULL, '[', true);
    tl_jsonw_open(&w, NULL, '{', true);
    tl_jsonw_str(&w, "ConfigRuleName", known(f->config_rule, "CONFIG-RULE"));
    tl_jsonw_text(&w, "TargetType", "SSM_DOCUMENT");
    tl_jsonw_str(&w, "TargetId", known(f->document, "DOCUMENT"));
    tl_jsonw_bool(&w, "Automatic", true);
    tl_jsonw_int(&w, "MaximumAutomaticAttempts", pair->attempts);
    tl_jsonw_int(&w, "RetryAttemptSeconds", pair->window_s);
    tl_jsonw_close(&w, '}');
    tl_jsonw_close(&w, ']');
    return w.rc;
}

static int command(const struct tl_finding *f, const char *action, const char *option, tl_str value,
                   struct tl_buf *out)
{
    int r = tl_buf_printf(out, "aws configservice %s --region ", action);
    if (r == 0)
        r = tl_escape_shell(out, known(f->scope_region, "REGION"));
    if (r == 0)
        r = tl_buf_printf(out, " \\\n  %s ", option);
    return r ? r : tl_escape_shell(out, value);
}

int tl_remedy_command(const struct tl_finding *f, const struct tl_retry_pair *pair, struct tl_buf *out)
{
    struct tl_buf json = {0};
    int r = configuration(f, pair, &json);
    if (r == 0)
        r = command(f, "put-remediation-configurations", "--remediation-configurations", tl_buf_str(&json),
                    out);
    tl_buf_fini(&json);
    return r;
}

int tl_remedy_look(const struct tl_finding *f, struct tl_buf *out)
{
    return command(f, "describe-remediation-configurations", "--config-rule-names",
                   known(f->config_rule, "CONFIG-RULE"), out);
}
