/* Repeating patterns: what is planted is found, what is random is not, and all of it equals a reference that
 * compares call by call and tries every flaw. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "trailloop/discover.h"

enum { CALLS_MAX = 512, UNIT_MAX = TL_DISCOVER_UNIT_MAX };

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state * 2685821657736338717u >> 16;
}

static size_t below(uint64_t *state, size_t n)
{
    return (size_t)(next_random(state) % n);
}

/* A letter a call. */
static size_t from_text(const char *text, uint32_t calls[CALLS_MAX])
{
    size_t n = 0;
    for (; *text; text++)
        if (*text != ' ')
            calls[n++] = (uint32_t)(unsigned char)*text;
    return n;
}

/* ---- by example ------------------------------------------------------------------------------ */

static void repetitions_are_found_where_they_are(void **state)
{
    (void)state;
    static const struct {
        const char *calls;
        const char *found; /* unit, complete copies, partial ones, foreign calls; `;` between repetitions */
    } rows[] = {
        {"", ""},
        {"abcdefgh", ""},
        {"aa", ""},
        {"aaa", "a 3 0 0"},
        {"abababab", "ab 4 0 0"}, /* and not abab twice */
        {"abcabcabc", "abc 3 0 0"},
        {"xxx"
         "abcabcabc",
         "x 3 0 0;abc 3 0 0"},
        {"pqabcabcabcabrs", "abc 3 0 0"}, /* the first of its rotations that has most copies */
        {"aabaabaab", "aab 3 0 0"},
        {"abcd abxcd abcd abcd", "abcd 4 0 1"}, /* a foreign call inside */
        {"abcd x abcd y abcd", "abcd 3 0 2"},   /* between */
        {"abcd abd abcd abcd", "abcd 3 1 0"},   /* a missing one */
        {"abcd axbcd aybcd abczd abcd", "abcd 5 0 3"},
        {"abcd acd abxcd abcd abcd", "abcd 4 1 1"},
        {"abcd abxd abcd abcd", "abcd 3 1 1"}, /* one in the place of another */
        {"abc xy abc abc", ""},                /* two foreign calls part them, and two copies are too few */
        {"ab ab ab xyz ab ab ab ab", "ab 3 0 0;ab 4 0 0"},
        {"abcdefghijklmnop abcdefghijklmnop abcdefghijklmnop", "abcdefghijklmnop 3 0 0"},
        {"abcdefghijklmnopq abcdefghijklmnopq abcdefghijklmnopq", "abcdefghijklmnop 3 0 2"},
        {"abcdefghijklmnopqr abcdefghijklmnopqr abcdefghijklmnopqr", ""}, /* too long */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t calls[CALLS_MAX];
        struct tl_repetitions found;
        struct tl_buf got = {0};
        size_t n = from_text(rows[i].calls, calls);
        assert_int_equal(tl_repetitions_find(calls, n, 3, &found), 0);
        for (size_t k = 0; k < found.n; k++) {
            const struct tl_repetition *x = &found.items[k];
            assert_int_equal(tl_buf_printf(&got, "%s", k ? ";" : ""), 0);
            for (size_t c = 0; c < x->n_unit; c++)
                assert_int_equal(tl_buf_printf(&got, "%c", (int)calls[x->unit + c]), 0);
            assert_int_equal(
                tl_buf_printf(&got, " %u %u %u", x->n_complete, x->n_copies - x->n_complete, x->n_foreign),
                0);
        }
        if (!tl_str_eq(tl_buf_str(&got), tl_str_from(rows[i].found)))
            fail_msg("%s: %.*s, not %s", rows[i].calls, TL_FMT(tl_buf_str(&got)), rows[i].found);
        tl_buf_fini(&got);
        tl_repetitions_fini(&found);
    }
}

static void rotations_of_a_unit_are_one(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (int round = 0; round < 2000; round++) {
        uint32_t unit[UNIT_MAX], turned[UNIT_MAX];
        size_t n = 1 + below(&seed, UNIT_MAX), by = below(&seed, n);
        for (size_t i = 0; i < n; i++)
            unit[i] = (uint32_t)below(&seed, 3);
        for (size_t i = 0; i < n; i++)
            turned[i] = unit[(i + by) % n];
        size_t a = tl_unit_least_rotation(unit, n), b = tl_unit_least_rotation(turned, n);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(unit[(a + i) % n], turned[(b + i) % n]);
    }
}

/* ---- the reference --------------------------------------------------------------------------- */

struct ref_link {
    int next, n_flawed;
    int flaws[3]; /* 0: a foreign call inside; 1: one missing; 2: one in the place of another */
    bool foreign, reached;
    uint32_t copies; /* from here on */
};

struct ref {
    const uint32_t *calls;
    size_t n;
    struct ref_link links[UNIT_MAX + 1][CALLS_MAX];
};

static bool ref_equal(const uint32_t *a, const uint32_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

static bool ref_primitive(const uint32_t *unit, size_t p)
{
    for (size_t d = 1; d < p; d++) {
        bool power = p % d == 0;
        for (size_t i = d; power && i < p; i++)
            power = unit[i] == unit[i - d];
        if (power)
            return false;
    }
    return true;
}

/* Tries every place where the flaw may be. */
static bool ref_flawed(const struct ref *f, size_t i, size_t j, size_t p, int flaw)
{
    static const int longer[] = {1, -1, 0};
    const uint32_t *unit = f->calls + i, *copy = f->calls + j;
    if (j + p + (size_t)longer[flaw] > f->n || (flaw && p < 3))
        return false;
    if (j + p <= f->n && ref_equal(unit, copy, p))
        return false; /* exact, and a call behind it that belongs to what follows */
    for (size_t at = 0; at < p; at++) {
        bool front = ref_equal(unit, copy, at);
        if (flaw == 0 && at > 0 && front && ref_equal(unit + at, copy + at + 1, p - at))
            return true;
        if (flaw && front && ref_equal(unit + at + 1, copy + at + (flaw == 2), p - at - 1))
            return true;
    }
    return false;
}

static void ref_try(struct ref *f, size_t i, size_t p, size_t at, struct ref_link way, uint32_t copies)
{
    struct ref_link *best = &f->links[p][i];
    if ((way.n_flawed || way.foreign || at == i + p) && at + p <= f->n &&
        ref_equal(f->calls + i, f->calls + at, p) &&
        (best->next < 0 || 1 + copies + f->links[p][at].copies > best->copies)) {
        way.next = (int)at;
        way.copies = 1 + copies + f->links[p][at].copies;
        way.reached = best->reached;
        *best = way;
    }
}

static void ref_flaws(struct ref *f, size_t i, size_t p, size_t at, struct ref_link way, uint32_t copies)
{
    if (way.n_flawed)
        ref_try(f, i, p, at, way, copies);
    for (int flaw = 0; flaw < 3 && way.n_flawed < 3; flaw++) {
        if (!ref_flawed(f, i, at, p, flaw))
            continue;
        struct ref_link more = way;
        more.flaws[more.n_flawed++] = flaw;
        ref_flaws(f, i, p, at + p + (size_t)(flaw == 0) - (size_t)(flaw == 1), more, copies + (flaw == 0));
    }
}

struct ref_candidate {
    size_t p, first;
    int end;
    bool gone;
};

struct ref_pool {
    struct ref_candidate items[UNIT_MAX * CALLS_MAX];
    size_t n; /* the last one comes first among equals */
};

static uint32_t ref_walk(const struct ref *f, const struct ref_candidate *c, size_t *weight, size_t *behind)
{
    uint32_t copies = 0, explained = 0;
    for (int i = (int)c->first; i >= 0 && i != c->end; i = f->links[c->p][i].next) {
        const struct ref_link *l = &f->links[c->p][i];
        copies++;
        explained += (uint32_t)c->p;
        *behind = (size_t)i + c->p;
        if (l->next < 0 || l->next == c->end)
            break;
        for (int k = 0; k < l->n_flawed; k++) {
            copies += l->flaws[k] == 0;
            explained += (uint32_t)c->p - (l->flaws[k] != 0);
        }
    }
    *weight = 2 * explained + copies;
    return copies;
}

static void ref_add(const struct ref *f, struct ref_pool *pool, struct ref_candidate c, uint32_t min_copies)
{
    size_t weight, behind;
    if (ref_walk(f, &c, &weight, &behind) >= min_copies)
        pool->items[pool->n++] = c;
}

static bool ref_free(const bool *taken, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (taken[i])
            return false;
    return true;
}

static void ref_cut(const struct ref *f, struct ref_pool *pool, struct ref_candidate c, const bool *taken,
                    uint32_t min_copies)
{
    int first = -1;
    size_t from = c.first;
    for (int i = (int)c.first; i >= 0 && i != c.end; i = f->links[c.p][i].next) {
        if (first >= 0 && !ref_free(taken, from, (size_t)i + c.p)) {
            ref_add(f, pool, (struct ref_candidate){c.p, (size_t)first, i, false}, min_copies);
            first = -1;
        }
        if (first < 0 && ref_free(taken, (size_t)i, (size_t)i + c.p))
            first = i;
        from = (size_t)i + c.p;
    }
    if (first >= 0)
        ref_add(f, pool, (struct ref_candidate){c.p, (size_t)first, c.end, false}, min_copies);
}

struct ref_found {
    size_t p, first, behind;
    uint32_t copies;
};

static int by_place(const void *a, const void *b)
{
    const struct ref_found *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

static size_t reference(const uint32_t *calls, size_t n, uint32_t min_copies, struct ref_found *out)
{
    static struct ref f;
    static struct ref_pool pool;
    bool taken[CALLS_MAX] = {false};
    size_t n_out = 0;
    f.calls = calls;
    f.n = n;
    pool.n = 0;
    for (size_t p = UNIT_MAX; p > 0; p--) {
        for (size_t i = n; i-- > 0;) {
            f.links[p][i] = (struct ref_link){.next = -1};
            if (i + p > n || !ref_primitive(calls + i, p))
                continue;
            f.links[p][i].copies = 1;
            ref_try(&f, i, p, i + p, (struct ref_link){.next = -1}, 0);
            ref_try(&f, i, p, i + p + 1, (struct ref_link){.next = -1, .foreign = true}, 0);
            ref_flaws(&f, i, p, i + p, (struct ref_link){.next = -1}, 0);
            if (f.links[p][i].next >= 0)
                f.links[p][f.links[p][i].next].reached = true;
        }
        for (size_t i = n; i-- > 0;)
            if (!f.links[p][i].reached)
                ref_add(&f, &pool, (struct ref_candidate){p, i, -1, false}, min_copies);
    }
    for (;;) {
        size_t best = SIZE_MAX, most = 0, weight, behind = 0;
        for (size_t i = pool.n; i-- > 0;) {
            if (pool.items[i].gone)
                continue;
            ref_walk(&f, &pool.items[i], &weight, &behind);
            if (weight > most) {
                most = weight;
                best = i;
            }
        }
        if (best == SIZE_MAX)
            break;
        struct ref_candidate c = pool.items[best];
        pool.items[best].gone = true;
        uint32_t copies = ref_walk(&f, &c, &weight, &behind);
        if (!ref_free(taken, c.first, behind)) {
            ref_cut(&f, &pool, c, taken, min_copies);
            continue;
        }
        out[n_out++] = (struct ref_found){c.p, c.first, behind, copies};
        for (size_t i = c.first; i < behind; i++)
            taken[i] = true;
    }
    qsort(out, n_out, sizeof *out, by_place);
    return n_out;
}

static void compare(const uint32_t *calls, size_t n, uint32_t min_copies)
{
    static struct ref_found want[CALLS_MAX];
    struct tl_repetitions got;
    size_t n_want = reference(calls, n, min_copies, want);
    assert_int_equal(tl_repetitions_find(calls, n, min_copies, &got), 0);
    assert_int_equal(got.n, n_want);
    for (size_t i = 0; i < n_want; i++) {
        const struct tl_repetition *x = &got.items[i];
        const struct tl_copy *last = &got.copies[x->first_copy + x->n_copies - 1];
        assert_int_equal(x->unit, want[i].first);
        assert_int_equal(x->n_unit, want[i].p);
        assert_int_equal(x->n_complete, want[i].copies);
        assert_int_equal(last->first + last->n_calls, want[i].behind);
    }
    tl_repetitions_fini(&got);
}

/* A unit written again and again, with every kind of flaw now and then; noise around it. */
static size_t planted(uint64_t *seed, uint32_t *calls, size_t n_most, size_t n_kinds)
{
    size_t n = 0;
    while (n + 8 * UNIT_MAX < n_most) {
        uint32_t unit[UNIT_MAX];
        size_t p = 1 + below(seed, UNIT_MAX), copies = 1 + below(seed, 7), flaws = below(seed, 4);
        for (size_t i = 0; i < p; i++)
            unit[i] = (uint32_t)below(seed, n_kinds);
        for (size_t i = below(seed, 5); i > 0; i--)
            calls[n++] = (uint32_t)below(seed, n_kinds + 2);
        for (; copies > 0; copies--)
            for (size_t i = 0; i < p && n < n_most; i++) {
                if (below(seed, 2 * p + 2) < flaws)
                    calls[n++] = (uint32_t)below(seed, n_kinds + 2);
                if (below(seed, 4 * p + 2) >= flaws && n < n_most)
                    calls[n++] = unit[i];
            }
    }
    return n;
}

static void equals_the_reference(void **state)
{
    (void)state;
    uint64_t seed = 11;
    uint32_t calls[CALLS_MAX];
    for (int round = 0; round < 1500; round++) {
        size_t kinds = 1 + below(&seed, 6), n = below(&seed, 60);
        for (size_t i = 0; i < n; i++)
            calls[i] = (uint32_t)below(&seed, kinds);
        compare(calls, n, 2 + (uint32_t)below(&seed, 3));
    }
    for (int round = 0; round < 300; round++) {
        size_t n = planted(&seed, calls, 150 + below(&seed, CALLS_MAX - 150), 2 + below(&seed, 12));
        compare(calls, n, 3);
    }
}

/* A unit of distinct calls, repeated with a flaw in every second copy, is found whole. */
static void what_is_planted_is_found(void **state)
{
    (void)state;
    uint64_t seed = 21;
    for (int round = 0; round < 500; round++) {
        uint32_t calls[CALLS_MAX];
        size_t n = 0, p = 2 + below(&seed, 9), copies = 5 + below(&seed, 20), partial = 0;
        for (size_t i = 0; i < 20; i++) /* nothing that comes again */
            calls[n++] = 1000 + (uint32_t)i;
        for (size_t c = 0; c < copies && n < CALLS_MAX - 64; c++) {
            bool flawed = c > 0 && c + 1 < copies && c % 2;
            size_t at = below(&seed, p), lacks = flawed && p > 2 ? below(&seed, 2) : 0;
            partial += lacks;
            for (size_t i = 0; i < p; i++) {
                if (flawed && !lacks && i == at)
                    calls[n++] = 500 + (uint32_t)c;
                if (!(flawed && lacks && i == at))
                    calls[n++] = (uint32_t)i;
            }
        }
        for (size_t i = 0; i < 20; i++)
            calls[n++] = 2000 + (uint32_t)i;
        struct tl_repetitions found;
        assert_int_equal(tl_repetitions_find(calls, n, 3, &found), 0);
        assert_int_equal(found.n, 1);
        assert_int_equal(found.items[0].n_unit, p);
        assert_int_equal(found.items[0].n_complete, copies - partial);
        assert_int_equal(found.items[0].n_copies, copies);
        tl_repetitions_fini(&found);
    }
}

/* As many as one resource may have, in the parts in which they come. */
static void a_million_calls_are_read(void **state)
{
    (void)state;
    enum { N = 1000000, BLOCK = 1 << 16 };
    uint32_t *calls = malloc(BLOCK * sizeof *calls);
    assert_non_null(calls);
    size_t total = 0;
    for (size_t from = 0; from < N; from += BLOCK) {
        struct tl_repetitions found;
        for (size_t i = 0; i < BLOCK; i++)
            calls[i] = (uint32_t)((from + i) % 1000 ? (from + i) % 5 : from + i);
        assert_int_equal(tl_repetitions_find(calls, BLOCK, 3, &found), 0);
        total += found.n_copies;
        tl_repetitions_fini(&found);
    }
    assert_true(total > N / 5 * 9 / 10);
    free(calls);
}

/* ---- seconds --------------------------------------------------------------------------------- */

static void calls_of_one_second_are_put_as_they_come_elsewhere(void **state)
{
    (void)state;
    /* verdict, attempt, remove, add: the last two sometimes share a second, in either order */
    const uint32_t unit[4] = {9, 7, 5, 3};
    uint64_t seed = 31;
    for (int round = 0; round < 200; round++) {
        uint32_t calls[400], order[400];
        int64_t times[400];
        size_t n = 0;
        for (int64_t cycle = 0; cycle < 100; cycle++) {
            bool shared = cycle % 4 && below(&seed, 2), turned = shared && below(&seed, 2);
            for (int i = 0; i < 4; i++) {
                int which = turned && i > 1 ? 5 - i : i;
                calls[n] = unit[which];
                times[n++] = cycle * 100 + (shared && i == 3 ? 20 : i * 10);
            }
        }
        assert_int_equal(tl_calls_order(times, calls, n, order), 0);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(calls[order[i]], unit[i % 4]);
            assert_int_equal(times[order[i]], times[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repetitions_are_found_where_they_are),
        cmocka_unit_test(rotations_of_a_unit_are_one),
        cmocka_unit_test(equals_the_reference),
        cmocka_unit_test(what_is_planted_is_found),
        cmocka_unit_test(a_million_calls_are_read),
        cmocka_unit_test(calls_of_one_second_are_put_as_they_come_elsewhere),
    };
    return cmocka_run_group_tests_name("discover", tests, NULL, NULL);
}
