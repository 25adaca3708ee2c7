/* --version, and with --verbose what the sandbox is made of here. */
#include "command.h"
#include "trailloop/sandbox.h"

static int sandbox(struct tl_buf *out)
{
    struct tl_sandbox_power p = tl_sandbox_power();
    if (!p.landlock_abi && !p.seccomp)
        return tl_buf_printf(out, "sandbox: none (this kernel or build has neither Landlock nor seccomp)\n");
    int r = tl_buf_printf(out, "sandbox:");
    if (r == 0 && p.landlock_abi)
        r = tl_buf_printf(out, " Landlock (ABI %d) for files%s%s", p.landlock_abi,
                          p.landlock_abi >= 4 ? " and TCP" : "", p.seccomp ? ",\n        " : "");
    if (r == 0 && p.seccomp)
        r = tl_buf_printf(out, " seccomp for sockets, other programs and other processes");
    return r ? r : tl_buf_printf(out, "\n");
}

int cli_print_version(struct cli *c)
{
    struct tl_buf b = {0};
    int r = tl_buf_printf(&b, "trailloop %s\n", TRAILLOOP_VERSION);
    if (r == 0 && c->o.verbose)
        r = sandbox(&b);
    int code = r ? cli_fail(c, tl_err_nomem(&c->err)) : cli_print(c, tl_buf_str(&b));
    tl_buf_fini(&b);
    return code;
}
