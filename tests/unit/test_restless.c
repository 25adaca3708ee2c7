/* detect: what tl_restless_look says no to holds no loop without a verdict, on thousands of random small
 * histories: asked of the whole, and of what came in parts, each with what lies around it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "history_build.h"

enum { SCALER = ROBOT_B + 1, N_CALLERS };
enum { TUG = 3, SELF_TRIGGER = 4 }; /* in tl_chains */
enum { CALLS_MAX = 256 };

static void init(struct build *b)
{
    build_init_robots(b, 1);
    struct tl_history *h = &b->h;
    assert_int_equal(tl_grow(&h->callers, &h->cap_callers, h->n_callers + 1, sizeof *h->callers), 0);
    h->callers[h->n_callers++] =
        (struct tl_caller){.principal = TL_STR("arn:aws:iam::111122223333:role/autoscaling")};
}

/* Calls of a few kinds, with pauses of a scale of their own, near the edges at which something is close. */
static void make(struct build *b, uint64_t *seed)
{
    static const int64_t edges[] = {0,    1, 20, TL_REPEAT_GAP_S, TL_TUG_ONE_GAP_S, TL_MAX_STEP_DEFAULT_S,
                                    20000};
    int64_t t = 1000, edge_s = edges[random_next(seed) % 7];
    uint64_t n_apis = 1 + random_next(seed) % 3, n_values = random_next(seed) % 3,
             spread = 1 + random_next(seed) % 8;
    uint64_t strays = random_next(seed) % 2 ? 8 : 200, n = 5 + random_next(seed) % 40;
    bool turns = random_next(seed) % 2, two = random_next(seed) % 2;
    for (uint64_t i = 0; i < n; i++) {
        uint32_t api = (uint32_t)(turns ? i % 2 : API_OTHER - random_next(seed) % n_apis);
        uint32_t at = build_change(b, t, 0, api, NULL);
        struct tl_step *s = &b->h.steps[at];
        s->caller = two && api == API_ADD ? ROBOT_B : ROBOT_A;
        s->fingerprint =
            n_values ? (uint64_t)1 << TL_FINGERPRINT_KEYS_SHIFT | random_next(seed) % n_values : 0;
        if (random_next(seed) % strays == 0)
            s->caller = (uint32_t)(random_next(seed) % N_CALLERS);
        if (random_next(seed) % strays == 0)
            s->flags |= TL_STEP_FAILED;
        if (s->caller == PERSON)
            s->flags |= TL_STEP_PERSON;
        t += random_next(seed) % spread ? edge_s + (int64_t)(random_next(seed) % 3) - (edge_s > 0) : 0;
    }
}

static size_t n_loops(const struct build *b)
{
    const struct tl_detect_params p = TL_DETECT_PARAMS_DEFAULT;
    struct tl_loops l = {0};
    assert_int_equal(tl_detect(&b->h, tl_chains + TUG, 2, &p, &l, NULL), 0);
    size_t n = l.n;
    tl_loops_fini(&l);
    return n;
}

static bool look(const struct build *b, size_t from, size_t to)
{
    struct tl_call calls[CALLS_MAX];
    struct tl_restless *r = tl_restless_new();
    const struct tl_history *h = &b->h;
    assert_non_null(r);
    for (size_t i = from; i < to; i++) {
        const struct tl_step *s = &h->steps[i];
        calls[i - from] =
            (struct tl_call){.time_s = s->time_s, .fingerprint = s->fingerprint, .detail = s->detail};
        assert_int_equal(tl_restless_kind(r, &h->apis[s->subject], &h->callers[s->caller],
                                          s->flags & TL_STEP_FAILED, &calls[i - from].kind),
                         0);
    }
    bool is = tl_restless_look(r, calls, to - from);
    tl_restless_free(r);
    return is;
}

/* Steps [from, to) are new: with what lies around them. */
static bool look_around(const struct build *b, size_t from, size_t to)
{
    const struct tl_step *s = b->h.steps;
    int64_t since_s = s[from].time_s - TL_RESTLESS_S, until_s = s[to - 1].time_s + TL_RESTLESS_S;
    while (from > 0 && s[from - 1].time_s >= since_s)
        from--;
    while (to < b->h.n_steps && s[to].time_s <= until_s)
        to++;
    return look(b, from, to);
}

static void no_loop_is_where_nothing_is_restless(void **state)
{
    uint64_t seed = 31;
    int n_looping = 0, n_quiet = 0;
    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct build b;
        init(&b);
        make(&b, &seed);
        build_sort(&b, (uint64_t)round);
        bool loops = n_loops(&b), restless = look(&b, 0, b.h.n_steps), part = false;
        for (size_t from = 0, to; from < b.h.n_steps; from = to) {
            to = from + 1 + random_next(&seed) % (b.h.n_steps - from);
            part |= look_around(&b, from, to);
        }
        if (loops && !restless)
            fail_msg("round %d: a loop where nothing is restless", round);
        if (restless != part)
            fail_msg("round %d: restless as a whole %d, in parts %d", round, restless, part);
        n_looping += loops;
        n_quiet += !restless;
        build_fini(&b);
    }
    assert_true(n_looping > 2000);
    assert_true(n_quiet > 2000);
}

/* So many things at once cannot be told apart in bounded memory: they count as restless. */
static void too_many_kinds_of_things_are_restless(void **state)
{
    enum { N = 40000 };
    struct build b;
    struct tl_restless *r = tl_restless_new();
    struct tl_call *calls = calloc(N, sizeof *calls);
    (void)state;
    init(&b);
    assert_true(r && calls);
    assert_int_equal(tl_restless_kind(r, &b.h.apis[API_OTHER], &b.h.callers[ROBOT_A], false, &calls[0].kind),
                     0);
    for (int i = 0; i < N; i++) {
        calls[i] = (struct tl_call){.time_s = i, .kind = calls[0].kind, .detail = (uint64_t)i};
        calls[i].fingerprint = (uint64_t)i + 1;
    }
    assert_false(tl_restless_look(r, calls, 1000));
    assert_true(tl_restless_look(r, calls, N));
    assert_false(tl_restless_look(r, calls, 1000));
    free(calls);
    tl_restless_free(r);
    build_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_loop_is_where_nothing_is_restless),
        cmocka_unit_test(too_many_kinds_of_things_are_restless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
