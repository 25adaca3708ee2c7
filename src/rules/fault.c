/* Faults: why something is no rule, and where. */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>

int fault_set(struct tl_rule_fault *f, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(f->why, sizeof f->why, fmt, ap);
    va_end(ap);
    return TL_RULES_BAD;
}

/* A byte that goes on with a character of UTF-8 is in no column of its own. */
void fault_place(struct tl_rule_fault *f, tl_str text, size_t at)
{
    f->line = f->column = 1;
    for (size_t i = 0; i < at && i < text.n; i++) {
        if (text.p[i] == '\n') {
            f->line++;
            f->column = 1;
        } else if ((text.p[i] & 0xC0) != 0x80) {
            f->column++;
        }
    }
}
