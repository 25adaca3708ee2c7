/* Standard error: one line a message, `trailloop: ` in front so that it can be told from what others say
 * there. Names from the disk and texts from logs are escaped here. A message that cannot be written is lost:
 * there is nowhere left to say so. */
#include "console.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void cli_console_init(struct cli_console *c)
{
    *c = (struct cli_console){.terminal = isatty(STDERR_FILENO) == 1};
}

/* All of it, in one write where possible, so that lines of several processes do not mix. */
static void put(const char *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(STDERR_FILENO, p, n);
        if (done <= 0)
            return;
        p += done;
        n -= (size_t)done;
    }
}

static void message(struct cli_console *c, const char *kind, const char *fmt, va_list ap)
{
    static const char no_memory[] = "trailloop: out of memory\n";
    struct tl_buf b = {0};
    char *text = NULL;
    cli_progress_end(c);
    int n = vasprintf(&text, fmt, ap);
    if (n >= 0 && tl_buf_printf(&b, "trailloop: %s", kind) == 0 &&
        tl_escape_terminal(&b, (tl_str){text, (size_t)n}) == 0 && tl_buf_add(&b, "\n", 1) == 0)
        put(b.p, b.n);
    else
        put(no_memory, sizeof no_memory - 1);
    if (n >= 0)
        free(text);
    tl_buf_fini(&b);
}

void cli_error(struct cli_console *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    message(c, "", fmt, ap);
    va_end(ap);
}

void cli_warning(struct cli_console *c, const char *fmt, ...)
{
    if (c->quiet)
        return;
    va_list ap;
    va_start(ap, fmt);
    message(c, "warning: ", fmt, ap);
    va_end(ap);
}

void cli_progress(struct cli_console *c, const struct tl_progress *p)
{
    char line[160];
    if (c->quiet || !c->terminal || p->n_bytes_read == 0)
        return;
    int n = snprintf(line, sizeof line, "\r\x1b[K%llu files, %llu.%llu MB, %llu records",
                     (unsigned long long)p->n_files, (unsigned long long)(p->n_bytes_read / 1000000),
                     (unsigned long long)(p->n_bytes_read / 100000 % 10), (unsigned long long)p->n_records);
    put(line, (size_t)n);
    c->bar = true;
}

void cli_progress_end(struct cli_console *c)
{
    if (c->bar)
        put("\r\x1b[K", 4);
    c->bar = false;
}
