/* fail_call: loaded with LD_PRELOAD, lets the call number $FAIL_AT of the functions $FAIL_CALL (names, with
 * spaces between them), counted over all threads from 1, fail with the errno whose number is $FAIL_ERRNO;
 * with $FAIL_ON set, every one from there on. Instead of an error number, `short` makes a read or write do
 * one byte only, and `kill` ends the process by SIGKILL before the call is made. At exit $FAIL_REPORT gets
 * the number of calls that were made. What the loader and libc itself call does not come here: only what the
 * program and its libraries ask for. */
/* With it the headers define some of these functions themselves. */
#undef _FORTIFY_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "count.h"

#define EXPORT __attribute__((visibility("default")))

static atomic_ulong n_calls;
static unsigned long fail_at;
static const char *fail_call = "";
static int fail_errno, report_fd;
static bool from_then_on, is_short, is_kill;

__attribute__((constructor)) static void begin(void)
{
    report_fd = count_open();
    const char *at = getenv("FAIL_AT"), *call = getenv("FAIL_CALL"), *number = getenv("FAIL_ERRNO");
    fail_at = at ? strtoul(at, NULL, 10) : 0;
    fail_call = call ? call : "";
    is_short = number && strcmp(number, "short") == 0;
    is_kill = number && strcmp(number, "kill") == 0;
    fail_errno = number && !is_short && !is_kill ? atoi(number) : EIO;
    from_then_on = getenv("FAIL_ON") != NULL;
}

__attribute__((destructor)) static void end(void)
{
    char line[32];
    fail_call = "";
    int n = snprintf(line, sizeof line, "%lu\n", atomic_load(&n_calls));
    count_write(report_fd, line, n);
}

static bool is_counted(const char *name)
{
    size_t n = strlen(name);
    for (const char *p = fail_call; (p = strstr(p, name)) != NULL; p += n)
        if ((p == fail_call || p[-1] == ' ') && (p[n] == 0 || p[n] == ' '))
            return true;
    return false;
}

/* Whether this call of `name` is the one. */
static bool chosen(const char *name)
{
    if (!is_counted(name))
        return false;
    unsigned long n = atomic_fetch_add(&n_calls, 1) + 1;
    bool is_one = fail_at && (n == fail_at || (n > fail_at && from_then_on));
    if (is_one && is_kill)
        raise(SIGKILL);
    return is_one;
}

static bool fails(const char *name)
{
    if (!chosen(name) || is_short)
        return false;
    errno = fail_errno;
    return true;
}

/* How much of n bytes this call may do; SIZE_MAX for "fail". */
static size_t allowed(const char *name, size_t n)
{
    if (!chosen(name))
        return n;
    if (is_short)
        return n ? 1 : 0;
    errno = fail_errno;
    return SIZE_MAX;
}

#define REAL(name) ((__typeof__(&name))(uintptr_t)dlsym(RTLD_NEXT, #name))

/* name64 is another name of the same function; both count as one. */
#define TRANSFER(family, name, parameters, arguments)                                                        \
    EXPORT ssize_t name parameters                                                                           \
    {                                                                                                        \
        static __typeof__(&name) real;                                                                       \
        if (!real)                                                                                           \
            real = REAL(name);                                                                               \
        n = allowed(family, n);                                                                              \
        return n == SIZE_MAX ? -1 : real arguments;                                                          \
    }

#define SIMPLE(family, result, failed, name, parameters, arguments)                                          \
    EXPORT result name parameters                                                                            \
    {                                                                                                        \
        static __typeof__(&name) real;                                                                       \
        if (!real)                                                                                           \
            real = REAL(name);                                                                               \
        return fails(family) ? (failed) : real arguments;                                                    \
    }

TRANSFER("read", read, (int fd, void *p, size_t n), (fd, p, n))
TRANSFER("write", write, (int fd, const void *p, size_t n), (fd, p, n))
TRANSFER("pread", pread64, (int fd, void *p, size_t n, off64_t at), (fd, p, n, at))
TRANSFER("pwrite", pwrite64, (int fd, const void *p, size_t n, off64_t at), (fd, p, n, at))
SIMPLE("fsync", int, -1, fsync, (int fd), (fd))
SIMPLE("fsync", int, -1, fdatasync, (int fd), (fd))
SIMPLE("truncate", int, -1, ftruncate64, (int fd, off64_t n), (fd, n))
SIMPLE("stat", int, -1, fstat64, (int fd, struct stat64 *st), (fd, st))
SIMPLE("stat", int, -1, stat64, (const char *path, struct stat64 *st), (path, st))
SIMPLE("stat", int, -1, lstat64, (const char *path, struct stat64 *st), (path, st))
SIMPLE("stat", int, -1, fstatat64, (int dir, const char *path, struct stat64 *st, int flags),
       (dir, path, st, flags))
SIMPLE("close", int, -1, close, (int fd), (fd))
SIMPLE("unlink", int, -1, unlink, (const char *path), (path))
SIMPLE("rename", int, -1, rename, (const char *from, const char *to), (from, to))
SIMPLE("opendir", DIR *, NULL, opendir, (const char *path), (path))
SIMPLE("opendir", DIR *, NULL, fdopendir, (int fd), (fd))
SIMPLE("readdir", struct dirent64 *, NULL, readdir64, (DIR * d), (d))
SIMPLE("mmap", void *, MAP_FAILED, mmap64, (void *p, size_t n, int prot, int flags, int fd, off64_t at),
       (p, n, prot, flags, fd, at))

EXPORT int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                          void *ctx)
{
    static __typeof__(&pthread_create) real;
    if (!real)
        real = REAL(pthread_create);
    return fails("thread") ? EAGAIN : real(thread, attributes, start, ctx);
}

/* What libc has no function for is called by its number: of these only openat2 counts. */
EXPORT long syscall(long number, ...)
{
    static __typeof__(&syscall) real;
    long v[6];
    va_list ap;
    va_start(ap, number);
    for (size_t i = 0; i < sizeof v / sizeof *v; i++)
        v[i] = va_arg(ap, long);
    va_end(ap);
    if (!real)
        real = REAL(syscall);
    if (number == SYS_openat2 && fails("openat2"))
        return -1;
    return real(number, v[0], v[1], v[2], v[3], v[4], v[5]);
}

/* The mode is there only when a file may be made. */
#define OPENING(family, name, parameters, last, with, without)                                               \
    EXPORT int name parameters                                                                               \
    {                                                                                                        \
        static __typeof__(&name) real;                                                                       \
        mode_t mode = 0;                                                                                     \
        if (!real)                                                                                           \
            real = REAL(name);                                                                               \
        if (fails(family))                                                                                   \
            return -1;                                                                                       \
        if ((last) & (O_CREAT | O_TMPFILE)) {                                                                \
            va_list ap;                                                                                      \
            va_start(ap, last);                                                                              \
            mode = va_arg(ap, mode_t);                                                                       \
            va_end(ap);                                                                                      \
            return real with;                                                                                \
        }                                                                                                    \
        return real without;                                                                                 \
    }

OPENING("open", open64, (const char *path, int flags, ...), flags, (path, flags, mode), (path, flags))
OPENING("openat", openat64, (int dir, const char *path, int flags, ...), flags, (dir, path, flags, mode),
        (dir, path, flags))
