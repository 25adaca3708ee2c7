/* Time: seconds in UTC and their ISO 8601 text, by arithmetic alone: no time zone, no locale, no libc
 * calendar. Days are counted with the civil-from-days method (years that start in March, eras of 400). */
#include "trailloop/base.h"

#include <stdio.h>

static int64_t days_from_civil(int64_t y, unsigned m, unsigned d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    unsigned yoe = (unsigned)(y - era * 400);
    unsigned doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
    unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + (int64_t)doe - 719468; /* 719468 days from 0000-03-01 to 1970-01-01 */
}

static void civil_from_days(int64_t z, int64_t *y, unsigned *m, unsigned *d)
{
    z += 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    unsigned doe = (unsigned)(z - era * 146097);
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    unsigned mp = (5 * doy + 2) / 153;
    *d = doy - (153 * mp + 2) / 5 + 1;
    *m = mp < 10 ? mp + 3 : mp - 9;
    *y = (int64_t)yoe + era * 400 + (*m <= 2);
}

/* Two digits as a number, over 99 where they are none. */
static inline unsigned two(const char *p)
{
    unsigned tens = (unsigned char)p[0] - '0', ones = (unsigned char)p[1] - '0';
    return tens > 9 || ones > 9 ? 100 : tens * 10 + ones;
}

/* `Z`, `+09:00` or `-05:00`, to the end of the text. */
static bool zone(const char *p, const char *end, int64_t *offset_s)
{
    *offset_s = 0;
    if (end - p == 1 && *p == 'Z')
        return true;
    if (end - p != 6 || (p[0] != '+' && p[0] != '-') || p[3] != ':')
        return false;
    unsigned h = two(p + 1), m = two(p + 4);
    *offset_s = (int64_t)(h * 60 + m) * (p[0] == '-' ? -60 : 60);
    return h <= 14 && m <= 59;
}

static unsigned days_in_month(unsigned y, unsigned m)
{
    static const unsigned char n[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    return m == 2 && leap ? 29 : n[m - 1];
}

bool tl_time_parse(tl_str s, int64_t *out_s)
{
    const char *p = s.p, *end = s.p + s.n;
    const size_t seconds_end = sizeof "2023-07-10T12:25:40" - 1;
    int64_t offset_s;
    if (s.n <= seconds_end || p[4] != '-' || p[7] != '-' || p[10] != 'T' || p[13] != ':' || p[16] != ':')
        return false;
    unsigned century = two(p), y = two(p + 2), mo = two(p + 5), d = two(p + 8), h = two(p + 11),
             mi = two(p + 14), sec = two(p + 17);
    if (century > 99 || y > 99 || mo < 1 || mo > 12 || h > 23 || mi > 59 || sec > 60)
        return false;
    y += century * 100;
    if (y < 1 || d < 1 || d > days_in_month(y, mo))
        return false;
    p += seconds_end;
    if (*p == '.') {
        const char *from = ++p;
        while (p < end && *p >= '0' && *p <= '9')
            p++;
        if (p == from)
            return false;
    }
    if (!zone(p, end, &offset_s))
        return false;
    *out_s = days_from_civil(y, mo, d) * 86400 + h * 3600 + mi * 60 + sec - offset_s;
    return true;
}

const char *tl_time_format(int64_t t_s, char out[TL_TIME_MAX_BYTES])
{
    const int64_t first = -62167219200, last = 253402300799; /* 0000-01-01T00:00:00Z, 9999-12-31T23:59:59Z */
    t_s = t_s < first ? first : t_s > last ? last : t_s;
    int64_t days = (t_s >= 0 ? t_s : t_s - 86399) / 86400, y;
    unsigned m, d, in_day = (unsigned)(t_s - days * 86400);
    civil_from_days(days, &y, &m, &d);
    snprintf(out, TL_TIME_MAX_BYTES, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)y % 10000, m % 100, d % 100,
             in_day / 3600, in_day / 60 % 60, in_day % 60);
    return out;
}

const char *tl_duration_format(int64_t d_s, char out[TL_TIME_MAX_BYTES])
{
    static const struct {
        int64_t size_s, part_s;
        const char *unit, *part;
    } scale[] = {{86400, 3600, "d", "h"}, {3600, 60, "h", "min"}, {60, 1, "min", "s"}};
    if (d_s < 0)
        d_s = 0;
    for (size_t i = 0; i < sizeof scale / sizeof *scale; i++) {
        if (d_s < scale[i].size_s)
            continue;
        long long whole = d_s / scale[i].size_s, rest = d_s % scale[i].size_s / scale[i].part_s;
        if (rest)
            snprintf(out, TL_TIME_MAX_BYTES, "%lld %s %lld %s", whole, scale[i].unit, rest, scale[i].part);
        else
            snprintf(out, TL_TIME_MAX_BYTES, "%lld %s", whole, scale[i].unit);
        return out;
    }
    snprintf(out, TL_TIME_MAX_BYTES, "%lld s", (long long)d_s);
    return out;
}

bool tl_duration_parse(tl_str s, int64_t *out_s)
{
    int64_t v = 0, unit = 1;
    size_t i = 0;
    for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++) {
        v = v * 10 + (s.p[i] - '0');
        if (v > 366 * 86400)
            return false;
    }
    if (i == 0 || s.n - i > 1)
        return false;
    if (i < s.n) {
        switch (s.p[i]) {
        case 's':
            unit = 1;
            break;
        case 'm':
            unit = 60;
            break;
        case 'h':
            unit = 3600;
            break;
        case 'd':
            unit = 86400;
            break;
        default:
            return false;
        }
    }
    if (v < 1 || v * unit > 366 * 86400)
        return false;
    *out_s = v * unit;
    return true;
}
