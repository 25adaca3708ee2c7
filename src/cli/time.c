/* Points of time as people write them, in a log's terms: everything is UTC unless a zone is given, and a day
 * is a day of UTC. Pure: of the text and of what time it is now.
 *
 * ISO 8601 comes first (calendar dates, extended and basic form, with or without a zone), then words relative
 * to now, in the meaning that `date -d` and git give them: `2 days ago` is 48 hours before now, not a day's
 * beginning; `yesterday` is a day, and so are the names of weekdays. What is longer than a point (a month, a
 * day, a minute) is its first second, or its last one where the end is asked for. Nothing is guessed: what is
 * not read whole is not read. */
#include "options.h"

#include <stdio.h>
#include <string.h>

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400, WEEK_S = 7 * DAY_S };
enum { TEXT_MAX_BYTES = 64 };
#define EARLIEST_S (-62135596800) /* 0001-01-01T00:00:00Z */
#define LATEST_S 253402300799     /* 9999-12-31T23:59:59Z */

struct reader {
    const char *p;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int n_digits(const char *p)
{
    int n = 0;
    while (is_digit(p[n]))
        n++;
    return n;
}

static bool take_char(struct reader *r, const char *one_of)
{
    if (!*r->p || !strchr(one_of, *r->p))
        return false;
    r->p++;
    return true;
}

/* Exactly `n` digits. */
static bool take_digits(struct reader *r, int n, int *out)
{
    int v = 0;
    for (int i = 0; i < n; i++) {
        if (!is_digit(r->p[i]))
            return false;
        v = v * 10 + (r->p[i] - '0');
    }
    r->p += n;
    *out = v;
    return true;
}

/* ---- the calendar: tl_time_parse knows it ------------------------------------------------------ */

static bool day_start(int y, int m, int d, int64_t *out_s)
{
    char iso[TL_TIME_MAX_BYTES];
    snprintf(iso, sizeof iso, "%04d-%02d-%02dT00:00:00Z", y, m, d);
    return tl_time_parse(tl_str_from(iso), out_s);
}

static int64_t start_of_day(int64_t t_s)
{
    int64_t in_day = t_s % DAY_S;
    return t_s - (in_day < 0 ? in_day + DAY_S : in_day);
}

/* The same day and time of day `n` months before; the month's last day where it has no such day. */
static bool months_before(int64_t t_s, int64_t n, int64_t *out_s)
{
    char iso[TL_TIME_MAX_BYTES];
    struct reader r = {tl_time_format(t_s, iso)};
    int y = 0, m = 0, d = 0;
    int64_t day_s = 0;
    if (!take_digits(&r, 4, &y) || !take_char(&r, "-") || !take_digits(&r, 2, &m) || !take_char(&r, "-") ||
        !take_digits(&r, 2, &d))
        return false;
    int64_t month = (int64_t)y * 12 + m - 1 - n;
    if (month < 12)
        return false;
    while (d > 28 && !day_start((int)(month / 12), (int)(month % 12) + 1, d, &day_s))
        d--;
    if (!day_start((int)(month / 12), (int)(month % 12) + 1, d, &day_s))
        return false;
    *out_s = day_s + (t_s - start_of_day(t_s));
    return true;
}

/* ---- time of day and zone ---------------------------------------------------------------------- */

/* `z`, ` utc`, `+09:00`, `+0900`, `-05`, or nothing: UTC. To the end of the text. */
static bool take_zone(struct reader *r, int64_t *offset_s)
{
    int h = 0, m = 0;
    *offset_s = 0;
    if (*r->p == '\0')
        return true;
    r->p += *r->p == ' ';
    if (strcmp(r->p, "z") == 0 || strcmp(r->p, "utc") == 0)
        return true;
    bool minus = *r->p == '-';
    if (!take_char(r, "+-") || !take_digits(r, 2, &h))
        return false;
    bool colon = take_char(r, ":");
    if ((colon || *r->p) && !take_digits(r, 2, &m))
        return false;
    *offset_s = (int64_t)(h * HOUR_S + m * MINUTE_S) * (minus ? -1 : 1);
    return *r->p == '\0' && h <= 14 && m < 60;
}

/* `07:57`, `07:57:54`, `07:57:54.123`, `0757`, `075754` and a zone. What is left out is the first or last
 * second. */
static bool take_clock(struct reader *r, bool end, int64_t *in_day_s)
{
    int h = 0, m = 0, s = end ? 59 : 0;
    int64_t offset_s = 0;
    bool basic = n_digits(r->p) >= 4;
    if (!take_digits(r, 2, &h) || (!basic && !take_char(r, ":")) || !take_digits(r, 2, &m))
        return false;
    bool has_seconds = basic ? is_digit(*r->p) : take_char(r, ":");
    if (has_seconds && !take_digits(r, 2, &s))
        return false;
    if (has_seconds && take_char(r, ".,")) { /* a fraction */
        int n = n_digits(r->p);
        if (n == 0)
            return false;
        r->p += n;
    }
    if (h > 23 || m > 59 || s > 60 || !take_zone(r, &offset_s)) /* 60: a leap second, as UTC has them */
        return false;
    *in_day_s = h * HOUR_S + m * MINUTE_S + s - offset_s;
    return true;
}

/* What follows a day: nothing, or a time of day in it. */
static bool take_rest_of_day(struct reader *r, int64_t day_s, const char *between, bool end, int64_t *out_s)
{
    int64_t in_day_s = end ? DAY_S - 1 : 0;
    if (*r->p && (!take_char(r, between) || !take_clock(r, end, &in_day_s)))
        return false;
    *out_s = day_s + in_day_s;
    return true;
}

/* ---- ISO 8601 ---------------------------------------------------------------------------------- */

static bool parse_iso(const char *s, bool end, int64_t *out_s)
{
    struct reader r = {s};
    int y = 0, m = 0, d = 0;
    int64_t day_s = 0;
    bool basic = n_digits(s) == 8;
    if (!take_digits(&r, 4, &y) || (!basic && !take_char(&r, "-")) || !take_digits(&r, 2, &m))
        return false;
    if (!basic && *r.p == '\0') { /* a month */
        int64_t next_s = 0;
        if (!day_start(y, m, 1, &day_s) || !months_before(day_s, -1, &next_s))
            return false;
        *out_s = end ? next_s - 1 : day_s;
        return true;
    }
    if ((!basic && !take_char(&r, "-")) || !take_digits(&r, 2, &d) || !day_start(y, m, d, &day_s))
        return false;
    return take_rest_of_day(&r, day_s, "t ", end, out_s);
}

/* Seconds since 1970, as `date +%s` prints them: `@1709020674`. */
static bool parse_epoch(const char *s, int64_t *out_s)
{
    int n = s[0] == '@' ? n_digits(s + 1) : 0;
    if (n == 0 || n > 12 || s[1 + n])
        return false;
    *out_s = 0;
    for (const char *p = s + 1; *p; p++)
        *out_s = *out_s * 10 + (*p - '0');
    return true;
}

/* ---- words ------------------------------------------------------------------------------------- */

static const struct {
    const char *word; /* also with an s */
    int64_t size_s;   /* 0: months */
    int months;
} units[] = {{"second", 1, 0},
             {"sec", 1, 0},
             {"s", 1, 0},
             {"minute", MINUTE_S, 0},
             {"min", MINUTE_S, 0},
             {"m", MINUTE_S, 0},
             {"hour", HOUR_S, 0},
             {"h", HOUR_S, 0},
             {"day", DAY_S, 0},
             {"d", DAY_S, 0},
             {"week", WEEK_S, 0},
             {"w", WEEK_S, 0},
             {"fortnight", 2 * WEEK_S, 0},
             {"month", 0, 1},
             {"year", 0, 12}};

static const char *const weekdays[] = {"thursday", "friday",  "saturday", "sunday",
                                       "monday",   "tuesday", "wednesday"}; /* 1970-01-01 was the first */

/* The next word of letters, and the spaces after it. */
static size_t take_word(struct reader *r, char word[TEXT_MAX_BYTES])
{
    size_t n = 0;
    while (r->p[n] >= 'a' && r->p[n] <= 'z' && n + 1 < TEXT_MAX_BYTES) {
        word[n] = r->p[n];
        n++;
    }
    word[n] = '\0';
    r->p += n;
    while (*r->p == ' ')
        r->p++;
    return n;
}

static bool move_back(int64_t *t_s, int64_t n, const char *unit)
{
    size_t len = strlen(unit);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t w = strlen(units[i].word);
        if (strncmp(unit, units[i].word, w) != 0 || !(len == w || (w > 1 && len == w + 1 && unit[w] == 's')))
            continue;
        if (units[i].size_s)
            *t_s -= n * units[i].size_s;
        else if (!months_before(*t_s, n * units[i].months, t_s))
            return false;
        return *t_s >= EARLIEST_S;
    }
    return false;
}

/* `2 days ago`, `1 hour 30 minutes ago`, `a week ago`, `2d ago`. */
static bool parse_ago(const char *s, int64_t now_s, int64_t *out_s)
{
    struct reader r = {s};
    char word[TEXT_MAX_BYTES];
    int64_t t_s = now_s;
    for (bool any = false;; any = true) {
        int n = 0, len = n_digits(r.p);
        if (len > 6 || (len && !take_digits(&r, len, &n)))
            return false;
        while (*r.p == ' ')
            r.p++;
        if (take_word(&r, word) == 0)
            return false;
        if (len == 0 && any && strcmp(word, "ago") == 0) {
            *out_s = t_s;
            return *r.p == '\0';
        }
        if (len == 0 && (strcmp(word, "a") == 0 || strcmp(word, "an") == 0 || strcmp(word, "one") == 0))
            n = take_word(&r, word) ? 1 : 0;
        else if (len == 0)
            return false;
        if (!move_back(&t_s, n, word))
            return false;
    }
}

/* `last week`: one week ago; `last friday`: the last one before today. */
static bool parse_last(const char *s, int64_t now_s, int64_t *day_s, int64_t *t_s)
{
    for (int i = 0; i < 7; i++)
        if (strcmp(s, weekdays[i]) == 0) {
            int64_t today = start_of_day(now_s), days = today / DAY_S;
            int64_t since = ((days - i) % 7 + 7) % 7;
            *day_s = today - (since ? since : 7) * DAY_S;
            return true;
        }
    *t_s = now_s;
    return move_back(t_s, 1, s);
}

static bool parse_words(const char *s, int64_t now_s, bool end, int64_t *out_s)
{
    struct reader r = {s};
    char word[TEXT_MAX_BYTES];
    int64_t day_s = INT64_MIN;
    size_t n = take_word(&r, word);
    if (strcmp(s, "now") == 0) {
        *out_s = now_s;
        return true;
    }
    if (n && strcmp(word, "last") == 0 && take_word(&r, word)) {
        if (!parse_last(word, now_s, &day_s, out_s))
            return false;
        if (day_s == INT64_MIN)
            return *r.p == '\0';
    } else if (strcmp(word, "today") == 0) {
        day_s = start_of_day(now_s);
    } else if (strcmp(word, "yesterday") == 0) {
        day_s = start_of_day(now_s) - DAY_S;
    } else {
        return parse_ago(s, now_s, out_s);
    }
    struct reader rest = {r.p > s && r.p[-1] == ' ' ? r.p - 1 : r.p};
    return take_rest_of_day(&rest, day_s, " ", end, out_s);
}

/* ---- all of it --------------------------------------------------------------------------------- */

/* In small letters, with single spaces and none at the ends. False when it is too long to be a time. */
static bool normalise(const char *s, char out[TEXT_MAX_BYTES])
{
    size_t n = 0;
    for (; *s; s++) {
        char c = *s >= 'A' && *s <= 'Z' ? (char)(*s + ('a' - 'A')) : *s;
        if (c == ' ' && (n == 0 || out[n - 1] == ' '))
            continue;
        if (n + 1 >= TEXT_MAX_BYTES)
            return false;
        out[n++] = c;
    }
    n -= n > 0 && out[n - 1] == ' ';
    out[n] = '\0';
    return n > 0;
}

bool cli_time_parse(const char *s, int64_t now_s, bool end, int64_t *out_s)
{
    char words[TEXT_MAX_BYTES];
    int64_t t_s = 0;
    if (now_s < EARLIEST_S || now_s > LATEST_S || !normalise(s, words))
        return false;
    if (!parse_iso(words, end, &t_s) && !parse_epoch(words, &t_s) && !parse_words(words, now_s, end, &t_s))
        return false;
    if (t_s < EARLIEST_S || t_s > LATEST_S)
        return false;
    *out_s = t_s;
    return true;
}
