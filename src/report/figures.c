/* Figures: done with integers, because printf's decimal point and grouping belong to the locale. */
#include "figures.h"

#include <stdio.h>
#include <string.h>

const char *tl_figure_count(uint64_t n, char out[TL_FIGURE_MAX_BYTES])
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
    size_t to = 0;
    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            out[to++] = ',';
        out[to++] = digits[i];
    }
    out[to] = '\0';
    return out;
}

/* Millionths of a dollar. A sum that no account could owe (or no number) is shown as the largest that can be
 * written. */
static uint64_t micro_usd(double usd)
{
    const double most = 9e12;
    if (!(usd > 0))
        return 0;
    return (uint64_t)((usd < most ? usd : most) * 1e6 + 0.5);
}

const char *tl_figure_usd(double usd, char out[TL_FIGURE_MAX_BYTES])
{
    uint64_t u = micro_usd(usd);
    int len = snprintf(out, TL_FIGURE_MAX_BYTES, "%llu.%06llu", (unsigned long long)(u / 1000000),
                       (unsigned long long)(u % 1000000));
    while (len > 0 && out[len - 1] == '0')
        out[--len] = '\0';
    if (len > 0 && out[len - 1] == '.')
        out[--len] = '\0';
    return out;
}

const char *tl_figure_usd_short(double usd, char out[TL_FIGURE_MAX_BYTES])
{
    uint64_t u = micro_usd(usd);
    if (u == 0)
        return memcpy(out, "0.00", sizeof("0.00"));
    if (u < 100000)
        return tl_figure_usd(usd, out);
    char whole[TL_FIGURE_MAX_BYTES];
    uint64_t cents = (u + 5000) / 10000;
    snprintf(out, TL_FIGURE_MAX_BYTES, "%.*s.%02u", 40, tl_figure_count(cents / 100, whole),
             (unsigned)(cents % 100));
    return out;
}
