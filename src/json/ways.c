/* The choice, at run time, among the ways in which index.c was compiled. */
#include "index.h"

#include <stdlib.h>
#include <string.h>

extern const struct js_way js_way_avx2, js_way_sse2, js_way_neon, js_way_portable;

const struct js_way *js_way(unsigned rank)
{
    const struct js_way *ways[4] = {0};
    unsigned n = 0;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
        __builtin_cpu_supports("pclmul"))
        ways[n++] = &js_way_avx2;
    ways[n++] = &js_way_sse2;
#elif defined(__aarch64__) && defined(__ARM_NEON)
    ways[n++] = &js_way_neon;
#endif
    ways[n++] = &js_way_portable;
    return rank < n ? ways[rank] : NULL;
}

tl_bits_fn *tl_bits_way(unsigned rank)
{
    const struct js_way *way = js_way(rank);
    return way ? way->maps : NULL;
}

void tl_bits_tail(tl_bits_fn *way, const char *p, size_t n, struct tl_bits *out)
{
    char text[TL_BITS_BYTES];
    memset(text, ' ', sizeof text); /* which has no bit in any map */
    if (n)
        memcpy(text, p, n);
    way(text, out);
}

bool js_index_build(struct js_index *x, tl_str text, int *r)
{
    return js_way(0)->build(x, text, r);
}

void js_index_fini(struct js_index *x)
{
    free(x->words);
    free(x->members);
    *x = (struct js_index){0};
}

const char *js_index_container_end(const struct js_index *x, const char *bracket)
{
    size_t at = (size_t)(bracket - x->text), i = at / TL_BITS_BYTES;
    uint64_t from = UINT64_MAX << at % TL_BITS_BYTES;
    for (size_t depth = 0;; i++, from = UINT64_MAX) {
        const struct js_index_word *w = &x->words[i];
        for (uint64_t left = (w->open | w->close) & from; left; left &= left - 1) {
            depth += w->open & left & -left ? 1 : SIZE_MAX;
            if (depth == 0)
                return x->text + i * TL_BITS_BYTES + __builtin_ctzll(left);
        }
    }
}
