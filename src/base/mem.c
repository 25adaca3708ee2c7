/* Memory: a growing buffer, a growing array, and an arena. Every size is checked before it is added to,
 * every failure is TL_ENOMEM (or NULL), and nothing is lost when one happens. */
#include "trailloop/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A build for tests/torture, in which each piece is asked for by itself, so that each may be refused. */
#ifdef TL_TIGHT_MEMORY
#define SPARE(n) (0 * (n))
#define BLOCK_BYTES ((size_t)1)
#else
#define SPARE(n) (n)
#define BLOCK_BYTES ((size_t)1 << 16)
#endif

int tl_grow(void *p, size_t *cap, size_t need, size_t size)
{
    if (need <= *cap)
        return 0;
    size_t want = SPARE(*cap < 8 ? 8 : *cap * 2);
    if (want < need)
        want = need;
    if (want > SIZE_MAX / 2 / size)
        return TL_ENOMEM;
    void *old, *grown;
    memcpy(&old, p, sizeof old); /* *p has some pointer type of the caller's */
    grown = realloc(old, want * size);
    if (!grown)
        return TL_ENOMEM;
    memcpy(p, &grown, sizeof grown);
    *cap = want;
    return 0;
}

void tl_buf_fini(struct tl_buf *b)
{
    free(b->p);
    *b = (struct tl_buf){0};
}

int tl_buf_reserve(struct tl_buf *b, size_t more_bytes)
{
    if (more_bytes > SIZE_MAX - b->n)
        return TL_ENOMEM;
    return tl_grow(&b->p, &b->cap, b->n + more_bytes, 1);
}

int tl_buf_add(struct tl_buf *b, const void *p, size_t n)
{
    if (n == 0)
        return 0;
    int r = tl_buf_reserve(b, n);
    if (r)
        return r;
    memcpy(b->p + b->n, p, n);
    b->n += n;
    return 0;
}

int tl_buf_add_str(struct tl_buf *b, tl_str s)
{
    return tl_buf_add(b, s.p, s.n);
}

int tl_buf_vprintf(struct tl_buf *b, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    int r = n < 0 ? TL_ENOMEM : tl_buf_reserve(b, (size_t)n + 1);
    if (r == 0) {
        vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
        b->n += (size_t)n;
    }
    va_end(again);
    return r;
}

int tl_buf_printf(struct tl_buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int r = tl_buf_vprintf(b, fmt, ap);
    va_end(ap);
    return r;
}

tl_str tl_buf_str(const struct tl_buf *b)
{
    return (tl_str){b->p, b->n};
}

#define ALIGN _Alignof(max_align_t)

struct tl_arena_block {
    struct tl_arena_block *next;
    size_t size; /* of data */
    _Alignas(max_align_t) char data[];
};

void tl_arena_fini(struct tl_arena *a)
{
    for (struct tl_arena_block *b = a->first, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    *a = (struct tl_arena){0};
}

void tl_arena_reset(struct tl_arena *a)
{
    a->now = a->first;
    a->used = 0;
}

void tl_arena_back(struct tl_arena *a, const struct tl_arena *mark)
{
    a->now = mark->now;
    a->used = mark->used;
}

/* Moves on to a block with room for `n`: the next kept one, or a new one in its place where that is too
 * small: one before it would let the list grow from reset to reset. */
static int arena_advance(struct tl_arena *a, size_t n)
{
    struct tl_arena_block **link = a->now ? &a->now->next : &a->first;
    if (!*link || (*link)->size < n) {
        size_t size = n > BLOCK_BYTES ? n : BLOCK_BYTES;
        struct tl_arena_block *b = size > SIZE_MAX - sizeof *b ? NULL : malloc(sizeof *b + size);
        if (!b)
            return TL_ENOMEM;
        b->size = size;
        b->next = *link ? (*link)->next : NULL;
        free(*link);
        *link = b;
    }
    a->now = *link;
    a->used = 0;
    return 0;
}

void *tl_arena_alloc(struct tl_arena *a, size_t n_bytes)
{
    if (n_bytes > SIZE_MAX - ALIGN)
        return NULL;
    n_bytes = (n_bytes + ALIGN - 1) & ~(ALIGN - 1);
    if (!a->now || n_bytes > a->now->size - a->used)
        if (arena_advance(a, n_bytes))
            return NULL;
    void *p = a->now->data + a->used;
    a->used += n_bytes;
    return p;
}

void *tl_arena_calloc(struct tl_arena *a, size_t n, size_t size)
{
    if (size && n > SIZE_MAX / size)
        return NULL;
    void *p = tl_arena_alloc(a, n * size);
    return p ? memset(p, 0, n * size) : NULL;
}

int tl_arena_copy(struct tl_arena *a, tl_str s, tl_str *out)
{
    if (s.n == 0) {
        *out = TL_STR_NONE;
        return 0;
    }
    char *p = tl_arena_alloc(a, s.n);
    if (!p)
        return TL_ENOMEM;
    *out = (tl_str){memcpy(p, s.p, s.n), s.n};
    return 0;
}

tl_str tl_arena_printf(struct tl_arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *p = n < 0 ? NULL : tl_arena_alloc(a, (size_t)n + 1);
    if (!p)
        return TL_STR_NONE;
    va_start(ap, fmt);
    vsnprintf(p, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return (tl_str){p, (size_t)n};
}

tl_str tl_arena_concat(struct tl_arena *a, const tl_str *parts, size_t n)
{
    size_t n_bytes = 0, at = 0;
    for (size_t i = 0; i < n; i++)
        n_bytes += parts[i].n;
    char *p = tl_arena_alloc(a, n_bytes);
    if (!p)
        return TL_STR_NONE;
    for (size_t i = 0; i < n; at += parts[i++].n)
        if (parts[i].n)
            memcpy(p + at, parts[i].p, parts[i].n);
    return (tl_str){p, n_bytes};
}

tl_str tl_arena_join(struct tl_arena *a, tl_str first, char between, tl_str second)
{
    return tl_arena_concat(a, (tl_str[]){first, {&between, 1}, second}, 3);
}
