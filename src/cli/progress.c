/* How far the reading is. The time left is what is left divided by the mean rate so far: a rate of the last
 * second would jump with every large file. Nothing is said about it before there is something to go by. */
#include "progress.h"

#include <stdio.h>
#include <string.h>

enum { BAR_MOST = 30, BAR_LEAST = 5, SURE_AFTER_MS = 1000 };

static void append(char out[CLI_PROGRESS_MAX_BYTES], const char *more)
{
    size_t n = strlen(out);
    snprintf(out + n, CLI_PROGRESS_MAX_BYTES - n, "%s", more);
}

/* `123.4`: millions with one decimal. */
static const char *mega(uint64_t n, char out[TL_COUNT_MAX_BYTES])
{
    snprintf(out, TL_COUNT_MAX_BYTES, "%llu.%llu", (unsigned long long)(n / 1000000),
             (unsigned long long)(n / 100000 % 10));
    return out;
}

static void counts(const struct tl_progress *p, char out[CLI_PROGRESS_MAX_BYTES])
{
    char done[TL_COUNT_MAX_BYTES], total[TL_COUNT_MAX_BYTES], part[2 * TL_COUNT_MAX_BYTES + 16];
    if (p->n_bytes_total)
        snprintf(part, sizeof part, "%s of %s MB, ", mega(p->n_bytes_done, done),
                 mega(p->n_bytes_total, total));
    else
        snprintf(part, sizeof part, "%s MB, ", mega(p->n_bytes_done, done));
    append(out, part);
    if (p->n_bytes_total)
        snprintf(part, sizeof part, "%s of %s files", tl_count_format(p->n_files, done),
                 tl_count_format(p->n_files_total, total));
    else
        snprintf(part, sizeof part, "%s file%s", tl_count_format(p->n_files, done),
                 p->n_files == 1 ? "" : "s");
    append(out, part);
}

static void rate(const struct tl_progress *p, int64_t elapsed_ms, char out[CLI_PROGRESS_MAX_BYTES])
{
    char text[TL_TIME_MAX_BYTES], part[TL_TIME_MAX_BYTES + 16];
    if (elapsed_ms <= 0 || p->n_bytes_read == 0)
        return;
    uint64_t each_s = (uint64_t)((double)p->n_bytes_read * 1000 / (double)elapsed_ms);
    snprintf(part, sizeof part, ", %s MB/s", mega(each_s, text));
    append(out, part);
    if (p->n_bytes_total < p->n_bytes_done || each_s == 0 || elapsed_ms < SURE_AFTER_MS || !p->n_bytes_total)
        return;
    int64_t left_s = (int64_t)((p->n_bytes_total - p->n_bytes_done) / each_s);
    snprintf(part, sizeof part, ", %s left", tl_duration_format(left_s, text));
    append(out, part);
}

static void bar(unsigned percent, int width, char out[CLI_PROGRESS_MAX_BYTES])
{
    char text[BAR_MOST + 8];
    int filled = (int)(percent * (unsigned)width / 100), n = snprintf(text, sizeof text, " [");
    memset(text + n, '#', (size_t)filled);
    memset(text + n + filled, '.', (size_t)(width - filled));
    snprintf(text + n + width, sizeof text - (size_t)(n + width), "]");
    append(out, text);
}

const char *cli_progress_line(const struct tl_progress *p, int64_t elapsed_ms, int columns,
                              char out[CLI_PROGRESS_MAX_BYTES])
{
    char tail[CLI_PROGRESS_MAX_BYTES] = "";
    out[0] = '\0';
    counts(p, tail);
    rate(p, elapsed_ms, tail);
    if (p->n_bytes_total) {
        unsigned percent = p->n_bytes_done >= p->n_bytes_total
                               ? 100
                               : (unsigned)((double)p->n_bytes_done * 100 / (double)p->n_bytes_total);
        snprintf(out, CLI_PROGRESS_MAX_BYTES, "%3u %%", percent);
        int room = columns - (int)strlen(out) - (int)sizeof(" [] ") - (int)strlen(tail);
        if (room >= BAR_LEAST)
            bar(percent, room < BAR_MOST ? room : BAR_MOST, out);
        append(out, " ");
    }
    append(out, tail);
    if (columns > 0 && columns < CLI_PROGRESS_MAX_BYTES && strlen(out) >= (size_t)columns)
        out[columns - 1] = '\0'; /* the last column would wrap on some terminals */
    return out;
}
