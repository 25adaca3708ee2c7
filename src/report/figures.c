/* Figures. Sums of money are done with integers, because printf's decimal point and grouping belong to the
 * locale. */
#include "figures.h"

#include "trailloop/base.h"

#include <stdio.h>
#include <string.h>

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
    char whole[TL_COUNT_MAX_BYTES];
    uint64_t cents = (u + 5000) / 10000;
    snprintf(out, TL_FIGURE_MAX_BYTES, "%s.%02u", tl_count_format(cents / 100, whole),
             (unsigned)(cents % 100));
    return out;
}

const char *tl_figure_sha256(const uint8_t sha256[32], char out[TL_SHA256_HEX_BYTES])
{
    for (size_t i = 0; i < 32; i++) {
        out[2 * i] = "0123456789abcdef"[sha256[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[sha256[i] & 15];
    }
    out[TL_SHA256_HEX_BYTES - 1] = '\0';
    return out;
}
