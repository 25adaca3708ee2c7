/* Standard error: one line a message, `trailloop: ` in front so that it can be told from what others say
 * there. Names from the disk and texts from logs are escaped here. A message that cannot be written is lost:
 * there is nowhere left to say so. */
#include "console.h"
#include "progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { COLUMNS_USUAL = 80 };

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void cli_console_init(struct cli_console *c)
{
    const char *term = getenv("TERM");
    bool dumb = term && strcmp(term, "dumb") == 0; /* it knows no way back to the line's start */
    *c = (struct cli_console){.terminal = isatty(STDERR_FILENO) == 1 && !dumb, .started_ms = now_ms()};
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

void cli_point(struct cli_console *c, const char *line, size_t column)
{
    struct tl_buf b = {0};
    tl_str text = tl_str_from(line);
    cli_progress_end(c);
    int r = tl_buf_printf(&b, "  ");
    if (r == 0)
        r = tl_escape_terminal(&b, text);
    if (r == 0 && tl_buf_printf(&b, "\n%*s^\n", (int)column + 1, "") == 0)
        put(b.p, b.n);
    tl_buf_fini(&b);
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
    char text[CLI_PROGRESS_MAX_BYTES], line[CLI_PROGRESS_MAX_BYTES + 8];
    struct winsize size;
    if (!cli_shows_progress(c) || p->n_bytes_done == 0)
        return;
    int columns = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : COLUMNS_USUAL;
    cli_progress_line(p, now_ms() - c->started_ms, columns, text);
    int n = snprintf(line, sizeof line, "\r\x1b[K%s", text);
    put(line, (size_t)n);
    c->bar = true;
}

bool cli_shows_progress(const struct cli_console *c)
{
    return c->terminal && !c->quiet;
}

void cli_progress_end(struct cli_console *c)
{
    if (c->bar)
        put("\r\x1b[K", 4);
    c->bar = false;
}
