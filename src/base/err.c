/* Errors: a message is set once, where the cause is known, and only forwarded from there. */
#include "trailloop/base.h"

#include <stdio.h>

int tl_err_set(struct tl_err *err, int code, const char *fmt, ...)
{
    if (!err || err->code)
        return code;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(err->msg, sizeof err->msg, fmt, ap);
    va_end(ap);
    err->code = code;
    return code;
}

int tl_err_nomem(struct tl_err *err)
{
    return tl_err_set(err, TL_ENOMEM, "out of memory");
}
