/* fail_alloc: loaded with LD_PRELOAD, lets the allocation number $FAIL_AT fail, counted over all threads and
 * libraries from 1; with $FAIL_ON set, every one from there on. At exit the file $FAIL_REPORT gets one line:
 * how many allocations there were, and how many blocks were never freed. glibc's own names for its allocator
 * are used, so that nothing has to be looked up while memory is out.
 *
 * With $FAIL_SITES set, that file gets a line for each allocation: its number, and two names of the place
 * that asked for it, made of the program's own frames on the stack (a library is asked by some place of the
 * program): the innermost two, and all. */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
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
static FILE *sites;
static const void *program; /* where it was loaded */
static _Thread_local bool naming;

/* NULL where it is of no loaded file. */
static const void *loaded_at(void *address)
{
    struct dl_find_object found;
    return _dl_find_object(address, &found) == 0 ? found.dlfo_map_start : NULL;
}

static void name_site(unsigned long n)
{
    void *frames[64];
    uint64_t inner = 0, all = 0;
    int n_own = 0;
    naming = true; /* what allocates in here is not counted */
    int n_frames = backtrace(frames, 64);
    for (int i = 0; i < n_frames; i++) {
        if (loaded_at(frames[i]) != program)
            continue;
        all = (all ^ (uint64_t)((char *)frames[i] - (const char *)program)) * 0x9E3779B97F4A7C15u;
        inner = n_own++ < 2 ? all : inner;
    }
    fprintf(sites, "%lu %016lx %016lx\n", n, (unsigned long)inner, (unsigned long)all);
    naming = false;
}

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("FAIL_AT");
    fail_at = at ? strtoul(at, NULL, 10) : 0;
    from_then_on = getenv("FAIL_ON") != NULL;
    report_fd = count_open();
    if (getenv("FAIL_SITES")) {
        sites = fopen(getenv("FAIL_SITES"), "w");
        program = loaded_at((void *)getauxval(AT_ENTRY));
        void *frames[2];
        backtrace(frames, 2); /* loads what it needs */
    }
    counting = true;
}

__attribute__((destructor)) static void end(void)
{
    char line[64];
    counting = false;
    int n = snprintf(line, sizeof line, "%lu %ld\n", atomic_load(&n_calls), atomic_load(&n_live));
    count_write(report_fd, line, n);
    if (sites)
        fclose(sites);
}

static bool fails(void)
{
    if (!counting || naming)
        return false;
    unsigned long n = atomic_fetch_add(&n_calls, 1) + 1;
    if (sites)
        name_site(n);
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
