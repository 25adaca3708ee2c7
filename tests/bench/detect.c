/* detect: what detection alone costs on histories in memory. Prints a row each: many steps on one resource,
 * many resources with a few steps, everything in one second. Processor time, of tl_detect only. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../unit/history_build.h"

struct shape {
    uint32_t n_resources, n_cycles;
    int64_t period_s;
};

static void measure(const struct shape *shape)
{
    struct build b;
    struct tl_loops loops;
    const struct tl_detect_params params = TL_DETECT_PARAMS_DEFAULT;
    int64_t late_s = shape->period_s ? 5 : 0;
    build_init(&b, shape->n_resources);
    for (uint32_t i = 0; i < shape->n_cycles; i++)
        for (uint32_t r = 0; r < shape->n_resources; r++) {
            int64_t t = i * shape->period_s + (shape->period_s ? r % 100 : 0);
            build_verdict(&b, t, r, "rule", TL_NON_COMPLIANT);
            build_attempt(&b, t + late_s, "runbook", NULL);
            build_change(&b, t + 2 * late_s, r, API_REMOVE, NULL);
            build_change(&b, t + 2 * late_s, r, API_ADD, NULL);
        }
    build_sort(&b, 1);
    clock_t from = clock();
    if (tl_detect(&b.h, tl_chains, TL_N_CHAINS, &params, &loops, NULL))
        abort();
    double s = (double)(clock() - from) / CLOCKS_PER_SEC;
    printf("%9zu steps on %6u resources, a cycle every %3lld s: %6zu loops, %.2f s\n", b.h.n_steps,
           shape->n_resources, (long long)shape->period_s, loops.n, s);
    tl_loops_fini(&loops);
    build_fini(&b);
}

int main(void)
{
    static const struct shape shapes[] = {{1, 250000, 150}, {100000, 3, 150}, {50, 5000, 150}, {1, 40000, 0}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        measure(&shapes[i]);
    return 0;
}
