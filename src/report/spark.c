/* A bar for each equal span of time, as high as the number of cycles that started in it, so that one sees at
 * a glance whether a loop is steady, slows down, pauses or ends. Spans are round (10 min, 6 h), start at
 * round times, and are the shortest with which all of the loop fits. */
#include "spark.h"

enum { HEIGHTS = 8 };

struct spans {
    int64_t from_s, span_s;
    int n;
    uint32_t most; /* cycles in one span */
};

static int64_t round_down(int64_t t_s, int64_t span_s)
{
    int64_t rest = t_s % span_s;
    return t_s - (rest < 0 ? rest + span_s : rest);
}

/* A stopped loop is followed by silence: as much of it is shown as one sees that it is silence. */
static int64_t shown_to(const struct tl_finding *f)
{
    int64_t some_s = (f->last_s - f->first_s) / 4;
    if (f->status == TL_RUNNING)
        return f->last_s;
    return f->last_s + (f->stopped.silence_s < some_s ? f->stopped.silence_s : some_s);
}

/* Cycles that start in span i; *next moves over them. */
static uint32_t count(const struct tl_finding *f, const struct spans *s, int i, uint32_t *next)
{
    uint32_t n = 0;
    int64_t end_s = s->from_s + (i + 1) * s->span_s;
    for (; *next < f->n_cycles && f->cycle_starts_s[*next] < end_s; ++*next)
        n++;
    return n;
}

static struct spans spans_of(const struct tl_finding *f, int columns)
{
    static const int64_t sizes_s[] = {60,        2 * 60,    5 * 60,     10 * 60,    15 * 60,    30 * 60,
                                      3600,      2 * 3600,  3 * 3600,   6 * 3600,   12 * 3600,  86400,
                                      2 * 86400, 7 * 86400, 14 * 86400, 28 * 86400, 91 * 86400, 364 * 86400};
    const size_t n_sizes = sizeof sizes_s / sizeof *sizes_s;
    struct spans s = {0};
    for (size_t i = 0; i < n_sizes; i++) {
        s.span_s = sizes_s[i];
        s.from_s = round_down(f->first_s, s.span_s);
        int64_t n = (shown_to(f) - s.from_s) / s.span_s + 1;
        s.n = n < columns ? (int)n : columns;
        if (n <= columns)
            break;
    }
    uint32_t next = 0;
    for (int i = 0; i < s.n; i++) {
        uint32_t n = count(f, &s, i, &next);
        s.most = n > s.most ? n : s.most;
    }
    return s;
}

void tl_spark(struct tl_prose *p, const struct tl_finding *f, int columns)
{
    static const char *const bars[HEIGHTS] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    struct spans s = spans_of(f, columns);
    uint32_t next = 0;
    for (int i = 0; i < s.n; i++) {
        uint32_t n = count(f, &s, i, &next);
        tl_prose_add(p, "%s", n ? bars[((uint64_t)n * HEIGHTS - 1) / s.most] : ".");
    }
    tl_prose_add(p, " one bar is ");
    tl_prose_duration(p, s.span_s);
    tl_prose_add(p, ", the highest ");
    tl_prose_count(p, s.most, "cycle", NULL);
}
