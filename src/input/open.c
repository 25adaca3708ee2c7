/* Opening what a walk found, so that nothing but that very place is read.
 *
 * A location is a real path: no part of it was a symbolic link when it was found. It is opened with every
 * link refused, so a part that was swapped for one since then cannot lead out of the tree. Descriptors are
 * read-only and close-on-exec; a FIFO put in a file's place does not hang the opening (O_NONBLOCK) and is
 * then refused, as everything that is no regular file is. */
#include "trailloop/input.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FILE_FLAGS (O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)

/* The way without openat2: one directory after the other, none of them a link. Also for paths that are longer
 * than the kernel takes at once. `path` is cut after each part on the way, and whole again afterwards.
 * Returns a descriptor, or -1 with errno. */
static int open_by_parts(char *path, int flags)
{
    int dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    char *part = path + strspn(path, "/");
    while (dir >= 0) {
        char *end = part + strcspn(part, "/"), *rest = end + strspn(end, "/");
        bool last = *rest == '\0';
        char cut = *end;
        *end = '\0';
        int next = openat(dir, part, last ? flags : O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int why = errno;
        *end = cut;
        close(dir);
        errno = why;
        if (last)
            return next;
        dir = next;
        part = rest;
    }
    return -1;
}

static int open_without_links(char *path, int flags)
{
    struct open_how how = {.flags = (uint64_t)flags, .resolve = RESOLVE_NO_SYMLINKS};
    long fd = syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
    if (fd >= 0 || (errno != ENOSYS && errno != EPERM && errno != ENAMETOOLONG))
        return (int)fd;
    return open_by_parts(path, flags);
}

static int refuse(int fd, const struct tl_file *f, const char *why, struct tl_err *err)
{
    if (fd >= 0)
        close(fd);
    return tl_err_set(err, TL_EIO, "cannot open '%.*s': %s", TL_FMT(f->source), why);
}

/* A descriptor, or -1 with errno. */
static int open_path(char *path)
{
    int fd = open_without_links(path, FILE_FLAGS | O_NOATIME);
    if (fd < 0 && errno == EPERM) /* the access time is the owner's to keep */
        fd = open_without_links(path, FILE_FLAGS);
    return fd;
}

int tl_file_open(const struct tl_file *f, int *fd, struct stat *st, struct tl_err *err)
{
    bool is_stdin = tl_str_eq(f->location, TL_STR("-"));
    char *path = strndup(f->location.p, f->location.n);
    if (!path)
        return tl_err_nomem(err);
    int got = is_stdin ? fcntl(0, F_DUPFD_CLOEXEC, 3) : open_path(path);
    int why = errno;
    free(path);
    if (got < 0) /* also where the kernel has no memory for it: the next file may open */
        return refuse(-1, f, strerrordesc_np(why), err);
    if (fstat(got, st) != 0)
        return refuse(got, f, strerrordesc_np(errno), err);
    if (!S_ISREG(st->st_mode) && !is_stdin)
        return refuse(got, f, "not a regular file", err);
    *fd = got;
    return 0;
}
