/* verify: are the files as CloudTrail delivered them? Reads only, and keeps nothing. */
#include "command.h"
#include "confine.h"
#include "output.h"
#include "signals.h"

static bool go_on(void *ctx)
{
    (void)ctx;
    return cli_signal() == 0;
}

static int print(struct cli *c, struct tl_verify *v)
{
    struct tl_style style = cli_style(c);
    struct tl_buf b = {0};
    v->generated_at_s = c->o.now_s;
    int r = tl_verify_write(v, c->o.format, &style, &b);
    int code = r ? cli_fail(c, tl_err_nomem(&c->err)) : cli_print(c, tl_buf_str(&b));
    tl_buf_fini(&b);
    return cli_worst(code, tl_verify_is_clean(v) ? CLI_DONE : CLI_DAMAGED);
}

/* The result must not take the place of a key or a signature. */
static int check_output(struct cli *c)
{
    int r = cli_check_output(c);
    if (r == 0)
        r = cli_output_check(c->o.output, c->o.public_keys.items, c->o.public_keys.n, &c->err);
    return r ? r : cli_output_check(c->o.output, c->o.signatures.items, c->o.signatures.n, &c->err);
}

static int run(struct cli *c)
{
    struct tl_verify v = {0};
    struct tl_verify_options o = {
        .paths = c->o.operands,
        .n_paths = c->o.n_operands,
        .keys = c->o.public_keys.items,
        .n_keys = c->o.public_keys.n,
        .signatures = c->o.signatures.items,
        .n_signatures = c->o.signatures.n,
        .go_on = go_on,
    };
    if (c->o.n_operands == 0)
        return cli_usage(c, &cli_verify, "nothing to verify: name files or directories");
    if (c->o.signatures.n && !c->o.public_keys.n)
        return cli_usage(c, &cli_verify, "--signature needs the key to check it with: give --public-key");
    int r = check_output(c);
    cli_confine_begin();
    if (r == 0)
        r = cli_confine(c);
    if (r == 0)
        r = tl_verify(&o, &v, &c->err);
    int code = r ? cli_fail(c, r) : print(c, &v);
    tl_verify_fini(&v);
    cli_confine_end();
    return code;
}

const struct cli_command cli_verify = {
    "verify",
    CLI_VERIFY,
    "PATH...",
    "check log files against CloudTrail's signed digests",
    "Are the files under each PATH those that CloudTrail delivered? Reads the digest files among them "
    "(CloudTrail-Digest/), checks the SHA-256 of every log file they name, whether each digest is the one "
    "that "
    "the next one names, and, with --public-key, the signatures. Says which files are missing, altered, "
    "extra "
    "or cannot be verified, and where a chain of digests has a gap; each of these makes the exit status 3. "
    "What "
    "was delivered after the last digest is told but is none of them, nor is it that the newest digest's "
    "signature is in no file.",
    run,
    TL_DOCUMENT_VERIFY,
    {{"Are these the log files that CloudTrail delivered, all of them?", "trailloop verify AWSLogs/"}},
};
