/* log_writes: loaded with LD_PRELOAD, writes down in the file $LOG_WRITES what the program does to files
 * whose path starts with $LOG_PREFIX: what it writes where, how it cuts them, when it waits for the disk,
 * what it makes and takes away. power_cut plays it back up to a moment of its choice. One record: a head
 * (struct log_head), the path on opening and unlinking, the bytes of a write. */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "log_writes.h"

#define EXPORT __attribute__((visibility("default")))
#define REAL(name) ((__typeof__(&name))(uintptr_t)dlsym(RTLD_NEXT, #name))

enum { FDS = 1024, PATHS = 64 };

static const char *prefix;
static int log_fd = -1;
static int path_of[FDS]; /* 1 + the path's number; 0: none of ours */
static char *paths[PATHS];
static int n_paths;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static ssize_t (*real_write)(int, const void *, size_t);

static void put(const void *p, size_t n)
{
    if (real_write(log_fd, p, n) != (ssize_t)n)
        _exit(99);
}

static void note(enum log_op op, int path, uint64_t at, const void *bytes, uint64_t n)
{
    if (log_fd < 0)
        return;
    struct log_head head = {(uint32_t)op, (uint32_t)path, at, n};
    pthread_mutex_lock(&lock);
    put(&head, sizeof head);
    if (bytes && n)
        put(bytes, n);
    pthread_mutex_unlock(&lock);
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("LOG_WRITES");
    prefix = getenv("LOG_PREFIX");
    real_write = REAL(write);
    if (path && prefix)
        log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    note(LOG_BEGIN, 0, 0, NULL, 0);
}

__attribute__((destructor)) static void end(void)
{
    note(LOG_END, 0, 0, NULL, 0);
}

/* The number of a path of ours, -1 for others. */
static int number_of(const char *path)
{
    if (log_fd < 0 || strncmp(path, prefix, strlen(prefix)) != 0)
        return -1;
    for (int i = 0; i < n_paths; i++)
        if (strcmp(paths[i], path) == 0)
            return i;
    if (n_paths == PATHS)
        _exit(99);
    paths[n_paths] = strdup(path);
    return n_paths++;
}

static int opened(int fd, const char *path)
{
    int number = fd >= 0 && fd < FDS ? number_of(path) : -1;
    if (fd >= 0 && fd < FDS)
        path_of[fd] = number + 1;
    if (number >= 0)
        note(LOG_OPEN, number, 0, path, strlen(path));
    return fd;
}

EXPORT int open64(const char *path, int flags, ...)
{
    static __typeof__(&open64) real;
    mode_t mode = 0;
    if (!real)
        real = REAL(open64);
    if (flags & O_CREAT) {
        va_list ap;
        va_start(ap, flags);
        mode = va_arg(ap, mode_t);
        va_end(ap);
    }
    return opened(real(path, flags, mode), path);
}

EXPORT int close(int fd)
{
    static __typeof__(&close) real;
    if (!real)
        real = REAL(close);
    if (fd >= 0 && fd < FDS)
        path_of[fd] = 0;
    return real(fd);
}

static int ours(int fd)
{
    return fd >= 0 && fd < FDS ? path_of[fd] - 1 : -1;
}

EXPORT ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at)
{
    static __typeof__(&pwrite64) real;
    if (!real)
        real = REAL(pwrite64);
    ssize_t done = real(fd, p, n, at);
    if (done > 0 && ours(fd) >= 0)
        note(LOG_WRITE, ours(fd), (uint64_t)at, p, (uint64_t)done);
    return done;
}

EXPORT int ftruncate64(int fd, off64_t n)
{
    static __typeof__(&ftruncate64) real;
    if (!real)
        real = REAL(ftruncate64);
    int r = real(fd, n);
    if (r == 0 && ours(fd) >= 0)
        note(LOG_TRUNCATE, ours(fd), (uint64_t)n, NULL, 0);
    return r;
}

static int synced(int fd, int r)
{
    if (r == 0 && ours(fd) >= 0)
        note(LOG_SYNC, ours(fd), 0, NULL, 0);
    return r;
}

EXPORT int fsync(int fd)
{
    static __typeof__(&fsync) real;
    if (!real)
        real = REAL(fsync);
    return synced(fd, real(fd));
}

EXPORT int fdatasync(int fd)
{
    static __typeof__(&fdatasync) real;
    if (!real)
        real = REAL(fdatasync);
    return synced(fd, real(fd));
}

EXPORT int unlink(const char *path)
{
    static __typeof__(&unlink) real;
    if (!real)
        real = REAL(unlink);
    int r = real(path), number = number_of(path);
    if (r == 0 && number >= 0)
        note(LOG_UNLINK, number, 0, NULL, 0);
    return r;
}
