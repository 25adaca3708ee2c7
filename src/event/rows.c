/* The rows of the table of resources made ready once for each extractor, and told apart once for each API:
 * what is left to do for a record is to look where its ids are. */
#include "resources.h"
#include "work.h"

#include <stdlib.h>

static tl_str first_key(tl_str path)
{
    return tl_str_sub(path, 0, tl_str_find(path, TL_STR(".")));
}

static struct ready_row ready(const struct resource_row *row)
{
    tl_str path = tl_str_from(row->path);
    size_t space = tl_str_find(path, TL_STR(" "));
    struct ready_row r = {.row = row, .type = tl_str_from(row->type), .path = path, .key = UINT64_MAX};
    if (tl_str_eq(path, TL_STR(PATH_ACCOUNT))) {
        r.form = ROW_ACCOUNT;
    } else if (tl_str_eq(path, TL_STR(PATH_ACCOUNT_EVERYWHERE))) {
        r.form = ROW_ACCOUNT_EVERYWHERE;
    } else if (tl_str_starts(path, TL_STR("<"))) {
        r.form = ROW_RESPONSE;
        r.path = tl_str_sub(path, 1, path.n);
    } else if (space != SIZE_MAX) { /* the first part may be left to its default */
        r.form = ROW_JOINED;
        r.key = key_bit(first_key(tl_str_sub(path, space + 1, path.n)));
    } else {
        r.form = ROW_REQUEST;
        r.key = key_bit(first_key(path));
    }
    return r;
}

struct ready_row *rows_make(void)
{
    struct ready_row *rows = calloc(n_resource_rows + n_general_rows, sizeof *rows);
    for (size_t i = 0; rows && i < n_resource_rows + n_general_rows; i++)
        rows[i] = ready(i < n_resource_rows ? &resource_rows[i] : &general_rows[i - n_resource_rows]);
    return rows;
}

const struct ready_row *rows_general(const struct tl_extractor *x)
{
    return x->rows + n_resource_rows;
}

/* The first row whose service is not before `service` in the order of bytes. */
static size_t first_row(tl_str service)
{
    size_t lo = 0, hi = n_resource_rows;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (tl_str_cmp(tl_str_from(resource_rows[mid].service), service) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Whether one of the patterns, separated by spaces, is the action. */
static bool matches(const char *actions, tl_str action)
{
    for (const char *p = actions; *p;) {
        size_t n = 0;
        while (p[n] && p[n] != ' ')
            n++;
        if ((*p == '*' || (action.n && *p == action.p[0])) && tl_str_glob((tl_str){p, n}, action))
            return true;
        p += n + (p[n] == ' ');
    }
    return false;
}

void rows_find(struct known_api *api, tl_str service, tl_str action)
{
    size_t i = api->first_row = first_row(service);
    for (; i < n_resource_rows && tl_str_eq(tl_str_from(resource_rows[i].service), service); i++)
        if (i - api->first_row < KNOWN_ROWS && matches(resource_rows[i].actions, action))
            api->rows |= UINT64_C(1) << (i - api->first_row);
    for (i = 0; i < n_general_rows && i < KNOWN_ROWS; i++)
        if (tl_str_glob(tl_str_from(general_rows[i].service), service))
            api->general |= UINT64_C(1) << i;
    api->has_rows = true;
}
