/* Cycles to episodes. A gap (first verdict to first verdict) longer than --max-gap cuts, and so does one
 * longer than four times the lower median of its episode's gaps; after a cut the parts are looked at again
 * with their own medians. The lower median, so that three cycles (two gaps) can be cut at all. Real
 * logs need a level or two; hostile ones get TL_EPISODE_LEVELS_MAX. */
#include "internal.h"

#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int64_t episode_gap(const struct tl_cycle *cycles, size_t n, int64_t *gaps)
{
    if (n < 2)
        return 0;
    for (size_t i = 0; i + 1 < n; i++)
        gaps[i] = cycles[i + 1].first_s - cycles[i].first_s;
    qsort(gaps, n - 1, sizeof *gaps, by_value);
    return gaps[(n - 2) / 2];
}

/* Whether some gap of these three or more cycles is too long for the rest; then *limit_s is what is allowed.
 */
static bool has_break(const struct tl_cycle *cycles, size_t n, int64_t *gaps, int64_t *limit_s)
{
    int64_t usual_s = episode_gap(cycles, n, gaps);
    *limit_s = 4 * (usual_s > 0 ? usual_s : 1);
    return gaps[n - 2] > *limit_s;
}

/* Cuts cycles[from, to) at every gap above `limit_s`, and each part again at its own; appends to ends. */
static size_t cut(const struct tl_cycle *cycles, size_t from, size_t to, int64_t limit_s, int level,
                  uint32_t *ends, size_t n_ends, int64_t *gaps)
{
    for (size_t start = from, i = from; i < to; i++) {
        if (i + 1 < to && cycles[i + 1].first_s - cycles[i].first_s <= limit_s)
            continue;
        int64_t own_s;
        if (level < TL_EPISODE_LEVELS_MAX && i + 1 - start > 2 &&
            has_break(cycles + start, i + 1 - start, gaps, &own_s))
            n_ends = cut(cycles, start, i + 1, own_s, level + 1, ends, n_ends, gaps);
        else
            ends[n_ends++] = (uint32_t)(i + 1);
        start = i + 1;
    }
    return n_ends;
}

size_t episodes_cut(const struct tl_cycle *cycles, size_t n, int64_t max_gap_s, uint32_t *ends, int64_t *gaps)
{
    return cut(cycles, 0, n, max_gap_s, 0, ends, 0, gaps);
}
