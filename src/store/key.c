/* The key of an event: its time, and under it 25 bits of a hash of its id. One number that is compared as
 * fast as a number, sorts by time, and takes nine bytes in the event and in each row that refers to it.
 *
 * Two ids of one second may have the same bits: the second one takes the next number that is free, and to
 * tell whether an id is known its whole text is compared. A search ends at the first gap; pruning leaves the
 * events between such an id and its own place. The hash starts from a random number of the database's own, so
 * that nobody can write ids which meet on purpose and make every search long.
 */
#include "private.h"

#include <string.h>

#define HASH_BITS 25
#define HASH_MASK (((int64_t)1 << HASH_BITS) - 1)
_Static_assert(HASH_BITS == 25 && HASH_BITS + TL_EVENT_TIME_BITS == 63, "event.key, spelt out in the views");

bool event_time_has_key(int64_t time_s)
{
    const int64_t limit = (int64_t)1 << TL_EVENT_TIME_BITS;
    return time_s >= -limit && time_s < limit;
}

int64_t event_key(const struct tl_store *s, int64_t time_s, const struct tl_event_id *id)
{
    const uint64_t k = 0x9e3779b97f4a7c15u; /* 2^64 / golden ratio */
    uint64_t half[2];
    memcpy(half, id->b, sizeof half);
    uint64_t h = (half[0] ^ s->seed) * k;
    h = ((h ^ h >> 32) + half[1]) * (s->seed | 1);
    h = (h ^ h >> 32) * k;
    return time_s * (HASH_MASK + 1) + (int64_t)(h >> (64 - HASH_BITS));
}

int64_t event_key_time_s(int64_t key)
{
    return key >> HASH_BITS;
}

int64_t event_key_first(int64_t since_s)
{
    if (event_time_has_key(since_s))
        return since_s * (HASH_MASK + 1);
    return since_s < 0 ? INT64_MIN : INT64_MAX;
}

int64_t event_key_last(int64_t until_s)
{
    if (event_time_has_key(until_s))
        return until_s * (HASH_MASK + 1) + HASH_MASK;
    return until_s < 0 ? INT64_MIN : INT64_MAX;
}

int event_key_find(struct tl_store *s, int64_t time_s, const struct tl_event_id *id, int64_t *key,
                   struct tl_err *err)
{
    struct tl_event_id have;
    if (!event_time_has_key(time_s))
        return 1;
    for (*key = event_key(s, time_s, id);; ++*key) {
        struct query q = query(s, SQL_GET_ID);
        bind_int(&q, GET_ID_KEY, *key);
        int r = query_row(&q, err);
        if (r <= 0)
            return r < 0 ? r : 1;
        if ((r = column_event_id(&q, 0, &have, err)))
            return r;
        query_end(&q);
        if (memcmp(have.b, id->b, sizeof have.b) == 0)
            return 0;
    }
}
