/* Search: the start of the next record in bytes that nothing is known about. See scan.h for why its marks
 * prove one. Each byte is looked at once, most of them by memchr. */
#include "scan.h"

#include <string.h>

/* Whether p[0..n) starts with `{`, white space, and `name` as a string. */
static enum match starts_with_key(const char *p, size_t n, tl_str name)
{
    size_t i = 1;
    while (i < n && i < SEARCH_MAX_BYTES / 2 && is_space(p[i]))
        i++;
    if (i == n)
        return MATCH_MORE;
    if (p[i++] != '"' || name.n == 0)
        return MATCH_NO;
    size_t there = n - i < name.n ? n - i : name.n;
    if (memcmp(p + i, name.p, there) != 0)
        return MATCH_NO;
    if (n - i <= name.n)
        return MATCH_MORE;
    return p[i + name.n] == '"' ? MATCH_YES : MATCH_NO;
}

enum match search_record(const char *p, size_t n, char previous, tl_str first_name, size_t *at)
{
    for (size_t i = 0; i < n; i++) {
        const char *brace = memchr(p + i, '{', n - i);
        if (!brace)
            break;
        i = (size_t)(brace - p);
        *at = i;
        if ((i > 0 ? p[i - 1] : previous) == '\n')
            return MATCH_YES;
        enum match m = starts_with_key(brace, n - i, TL_STR("eventVersion"));
        if (m == MATCH_NO)
            m = starts_with_key(brace, n - i, first_name);
        if (m != MATCH_NO)
            return m;
    }
    *at = n;
    return MATCH_NO;
}
