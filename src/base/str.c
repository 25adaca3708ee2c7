/* Text slices: borrowed bytes with a length. Nothing here allocates or depends on the locale. */
#include "trailloop/base.h"

#include <stdio.h>
#include <string.h>

int tl_str_cmp(tl_str a, tl_str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

/* Sixteen bytes, in whatever way the machine has them. */
typedef unsigned char lanes __attribute__((vector_size(16)));
typedef unsigned long long lane_halves __attribute__((vector_size(16)));

static bool is_at(const char *p, tl_str needle)
{
    return *p == *needle.p && tl_bytes_eq(p, needle.p, needle.n);
}

/* Where a needle of 2 to 32 bytes may start: two of its bytes are looked for in sixteen places at once.
 * memmem makes a table of 256 bytes for every search, which costs more than the search in texts as short as
 * ours. */
static size_t find_short(tl_str s, tl_str needle)
{
    size_t second = needle.p[needle.n - 1] == needle.p[0] ? 1 : needle.n - 1, i = 0;
    size_t reach = sizeof(lanes) + needle.n - 1; /* of one step */
    lanes a, b, first = (lanes){0} + (unsigned char)needle.p[0],
                other = (lanes){0} + (unsigned char)needle.p[second];
    while (s.n >= reach && i + needle.n <= s.n) {
        if (i + reach > s.n)
            i = s.n - reach; /* the last step, over some places again */
        memcpy(&a, s.p + i, sizeof a);
        memcpy(&b, s.p + i + second, sizeof b);
        lane_halves hit = (lane_halves)((a == first) & (b == other));
        for (size_t k = i; hit[0] | hit[1] && k < i + sizeof(lanes); k++)
            if (is_at(s.p + k, needle))
                return k;
        i += sizeof(lanes);
    }
    for (; i + needle.n <= s.n; i++)
        if (is_at(s.p + i, needle))
            return i;
    return SIZE_MAX;
}

size_t tl_str_find(tl_str s, tl_str needle)
{
    if (needle.n == 0)
        return 0;
    if (needle.n >= 2 && needle.n <= 32)
        return find_short(s, needle);
    const char *hit = s.n ? memmem(s.p, s.n, needle.p, needle.n) : NULL;
    return hit ? (size_t)(hit - s.p) : SIZE_MAX;
}

size_t tl_str_rfind_char(tl_str s, char c)
{
    const char *hit = s.n ? memrchr(s.p, c, s.n) : NULL;
    return hit ? (size_t)(hit - s.p) : SIZE_MAX;
}

bool tl_str_glob(tl_str pattern, tl_str s)
{
    size_t p = 0, i = 0, star = SIZE_MAX, retry = 0;
    while (i < s.n) {
        if (p < pattern.n && pattern.p[p] == '*') {
            star = p++;
            retry = i;
        } else if (p < pattern.n && pattern.p[p] == s.p[i]) {
            p++, i++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            i = ++retry;
        } else {
            return false;
        }
    }
    while (p < pattern.n && pattern.p[p] == '*')
        p++;
    return p == pattern.n;
}

const char *tl_count_format(uint64_t n, char out[TL_COUNT_MAX_BYTES])
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

uint64_t tl_str_hash(tl_str s)
{
    uint64_t h = 14695981039346656037u; /* FNV-1a, offset basis and prime of the 64-bit form */
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
    return h;
}

/* The value of a hexadecimal digit in lower case plus one; 0 for any other byte. */
static const uint8_t hex_values[256] = {
    ['0'] = 1, ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9, ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
};

bool tl_uuid_parse(tl_str s, uint8_t out[16])
{
    static const uint8_t places[16] = {0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};
    if (s.n != 36 || s.p[8] != '-' || s.p[13] != '-' || s.p[18] != '-' || s.p[23] != '-')
        return false;
    bool good = true;
    for (size_t i = 0; i < 16; i++) {
        unsigned high = hex_values[(unsigned char)s.p[places[i]]];
        unsigned low = hex_values[(unsigned char)s.p[places[i] + 1]];
        good &= high && low;
        out[i] = (uint8_t)((high - 1) << 4 | ((low - 1) & 0xf));
    }
    return good;
}
