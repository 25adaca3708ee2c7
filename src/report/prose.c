/* Sentences: counts with their plural, times and spans in the one form that all formats for people use. */
#include "prose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tl_prose_fini(struct tl_prose *p)
{
    tl_buf_fini(&p->b);
    free(p->names);
}

void tl_prose_clear(struct tl_prose *p)
{
    p->b.n = 0;
    p->n_names = 0;
}

void tl_prose_str(struct tl_prose *p, tl_str s)
{
    if (!p->rc)
        p->rc = tl_grow(&p->names, &p->cap_names, p->n_names + 1, sizeof *p->names);
    if (!p->rc)
        p->names[p->n_names++] = (struct tl_prose_name){p->b.n, p->b.n + s.n};
    if (!p->rc)
        p->rc = tl_buf_add_str(&p->b, s);
}

void tl_prose_text(struct tl_prose *p, tl_str s)
{
    if (!p->rc)
        p->rc = tl_buf_add_str(&p->b, s);
}

void tl_prose_add(struct tl_prose *p, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (!p->rc)
        p->rc = tl_buf_vprintf(&p->b, fmt, ap);
    va_end(ap);
}

void tl_prose_count(struct tl_prose *p, uint64_t n, const char *one, const char *many)
{
    char text[TL_COUNT_MAX_BYTES];
    tl_prose_add(p, "%s %s%s", tl_count_format(n, text), n == 1 || !many ? one : many,
                 n != 1 && !many ? "s" : "");
}

void tl_prose_number(struct tl_prose *p, uint64_t n)
{
    char text[TL_COUNT_MAX_BYTES];
    tl_prose_add(p, "%s", tl_count_format(n, text));
}

void tl_prose_duration(struct tl_prose *p, int64_t d_s)
{
    char text[TL_TIME_MAX_BYTES];
    tl_prose_add(p, "%s", tl_duration_format(d_s, text));
}

void tl_prose_seconds(struct tl_prose *p, int64_t s)
{
    tl_prose_count(p, s > 0 ? (uint64_t)s : 0, "s", "s");
}

/* The day and the time of day of an ISO time, which stand at fixed places. */
static void day_and_clock(int64_t t_s, char day[TL_TIME_MAX_BYTES], char clock[TL_TIME_MAX_BYTES])
{
    char iso[TL_TIME_MAX_BYTES];
    tl_time_format(t_s, iso);
    snprintf(day, TL_TIME_MAX_BYTES, "%.10s", iso);
    snprintf(clock, TL_TIME_MAX_BYTES, "%.8s", iso + 11);
}

void tl_prose_time(struct tl_prose *p, int64_t t_s)
{
    char day[TL_TIME_MAX_BYTES], clock[TL_TIME_MAX_BYTES];
    day_and_clock(t_s, day, clock);
    tl_prose_add(p, "%s %s UTC", day, clock);
}

void tl_prose_span(struct tl_prose *p, int64_t from_s, int64_t to_s)
{
    char day[TL_TIME_MAX_BYTES], clock[TL_TIME_MAX_BYTES], last_day[TL_TIME_MAX_BYTES],
        last_clock[TL_TIME_MAX_BYTES];
    day_and_clock(from_s, day, clock);
    day_and_clock(to_s, last_day, last_clock);
    if (strcmp(day, last_day) == 0)
        tl_prose_add(p, "%s %s to %s UTC", day, clock, last_clock);
    else
        tl_prose_add(p, "%s %s to %s %s UTC", day, clock, last_day, last_clock);
}
