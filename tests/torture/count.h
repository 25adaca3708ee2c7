/* What a library that is loaded before reports at the end: one line, into the file $FAIL_REPORT, which is
 * opened at the start, since by the end the program has given up opening files. */
#ifndef TRAILLOOP_TORTURE_COUNT_H
#define TRAILLOOP_TORTURE_COUNT_H

#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* -1 where nobody wants to know. By the call itself: the functions of libc may be those that are made to
 * fail. */
static inline int count_open(void)
{
    const char *path = getenv("FAIL_REPORT");
    return path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)
                : -1;
}

static inline void count_write(int fd, const char *line, int n)
{
    if (fd >= 0 && syscall(SYS_write, fd, line, (size_t)n) != n)
        _exit(99);
}

#endif
