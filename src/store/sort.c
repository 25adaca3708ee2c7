/* Sorting many numbers, each with a place: by radix, in the room of one array. */
#include "private.h"

int sorting_make_room(struct sorting *o, size_t n, struct tl_err *err)
{
    o->n = n;
    return tl_grow(&o->items, &o->cap, 2 * n, sizeof *o->items) ? tl_err_nomem(err) : 0;
}

/* A byte at a time from the lowest: linear, and equal ones stay in the order in which they came. Bytes that
 * are the same in all keys cost one look. */
void sorting_sort(struct sorting *o)
{
    const size_t n = o->n;
    struct sort_item *a = o->items, *b = a + n;
    for (unsigned shift = 0; shift < 64; shift += 8) {
        size_t at[257] = {0};
        for (size_t i = 0; i < n; i++)
            at[(a[i].key >> shift & 0xff) + 1]++;
        if (n && at[(a[0].key >> shift & 0xff) + 1] == n)
            continue;
        for (size_t i = 0; i < 256; i++)
            at[i + 1] += at[i];
        for (size_t i = 0; i < n; i++)
            b[at[a[i].key >> shift & 0xff]++] = a[i];
        struct sort_item *t = a;
        a = b;
        b = t;
    }
    o->sorted = a;
}
