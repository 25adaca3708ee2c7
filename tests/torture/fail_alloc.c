/* fail_alloc: loaded with LD_PRELOAD, lets the allocation number $FAIL_AT fail, counted over all threads and
 * libraries from 1; with $FAIL_ON set, every one from there on. At exit the file $FAIL_REPORT gets one line:
 * how many allocations there were, and how many blocks were never freed. glibc's own names for its allocator
 * are used, so that nothing has to be looked up while memory is out. */
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "count.h"

#define EXPORT __attribute__((visibility("default")))

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);
extern void *__libc_memalign(size_t align, size_t n);
extern void __libc_free(void *p);

static atomic_ulong n_calls;
static atomic_long n_live;
static unsigned long fail_at;
static bool from_then_on, counting;
static int report_fd;

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("FAIL_AT");
    fail_at = at ? strtoul(at, NULL, 10) : 0;
    from_then_on = getenv("FAIL_ON") != NULL;
    report_fd = count_open();
    counting = true;
}

__attribute__((destructor)) static void end(void)
{
    char line[64];
    counting = false;
    int n = snprintf(line, sizeof line, "%lu %ld\n", atomic_load(&n_calls), atomic_load(&n_live));
    count_write(report_fd, line, n);
}

static bool fails(void)
{
    if (!counting)
        return false;
    unsigned long n = atomic_fetch_add(&n_calls, 1) + 1;
    if (fail_at == 0 || n < fail_at || (n > fail_at && !from_then_on))
        return false;
    errno = ENOMEM;
    return true;
}

static void *counted(void *p)
{
    if (p)
        atomic_fetch_add(&n_live, 1);
    return p;
}

EXPORT void *malloc(size_t n)
{
    return fails() ? NULL : counted(__libc_malloc(n));
}

EXPORT void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : counted(__libc_calloc(n, size));
}

EXPORT void *realloc(void *p, size_t n)
{
    if (fails())
        return NULL;
    return p ? __libc_realloc(p, n) : counted(__libc_malloc(n));
}

EXPORT void *aligned_alloc(size_t align, size_t n)
{
    return fails() ? NULL : counted(__libc_memalign(align, n));
}

EXPORT int posix_memalign(void **out, size_t align, size_t n)
{
    void *p = aligned_alloc(align, n);
    if (p)
        *out = p;
    return p ? 0 : ENOMEM;
}

EXPORT void free(void *p)
{
    if (p)
        atomic_fetch_sub(&n_live, 1);
    __libc_free(p);
}
