/* Times and durations as people and records write them. What must hold: what is read is written, and then
 * read again as the same; nothing but the outcome is touched where it is refused; a day's end is not before
 * its start. */
#include "fuzz.h"

#include <string.h>

#include "cli/options.h"
#include "trailloop/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    tl_str text = {(const char *)data, n};
    int64_t t_s = 42, again_s = 0, end_s = 42, d_s = 42;
    char out[TL_TIME_MAX_BYTES];
    /* A zone may lead out of the years that can be written. */
    const int64_t first_s = -62135596800,
                  last_s = 253402300799; /* 0001-01-01T00:00:00Z, 9999-12-31T23:59:59Z */
    if (tl_time_parse(text, &t_s) && (t_s < first_s || t_s > last_s)) {
        HOLDS(t_s > first_s - 86400 && t_s < last_s + 86400);
    } else if (t_s != 42) {
        tl_time_format(t_s, out);
        HOLDS(tl_time_parse(tl_str_from(out), &again_s) && again_s == t_s);
    }
    if (tl_duration_parse(text, &d_s))
        HOLDS(d_s >= 1 && *tl_duration_format(d_s, out));
    char *terminated = malloc(n + 1);
    HOLDS(terminated);
    memcpy(terminated, data, n);
    terminated[n] = '\0';
    t_s = 42;
    const int64_t now_s = 1709020674; /* 2024-02-27T07:57:54Z */
    bool start = cli_time_parse(terminated, now_s, false, &t_s),
         end = cli_time_parse(terminated, now_s, true, &end_s);
    HOLDS(start == end && (!start || end_s >= t_s));
    free(terminated);
    return 0;
}
