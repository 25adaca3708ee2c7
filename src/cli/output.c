/* Results out. Standard output is written, closed and checked: a full disk often shows only then. A file gets
 * its new content by a rename of a temporary one beside it, so that a reader sees the old report or the new
 * one and never half of one; what is no regular file (a device, a FIFO) is written as it is. */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int failed(const char *path, int code, struct tl_err *err)
{
    return tl_err_set(err, code, "cannot write '%s': %s", path, strerrordesc_np(errno));
}

/* 0, or -1 with errno. */
static int write_all(int fd, tl_str s)
{
    while (s.n > 0) {
        ssize_t n = write(fd, s.p, s.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        s = tl_str_sub(s, (size_t)n, s.n);
    }
    return 0;
}

/* What will be replaced: where a link leads to, if `path` is one. False with errno when it cannot be. */
static bool target(const char *path, char out[PATH_MAX], bool *regular)
{
    struct stat st;
    *regular = true;
    if (stat(path, &st) == 0) {
        if (S_ISDIR(st.st_mode)) {
            errno = EISDIR;
            return false;
        }
        *regular = S_ISREG(st.st_mode);
        return realpath(path, out) && access(out, W_OK) == 0;
    }
    if (errno != ENOENT)
        return false;
    size_t n_bytes = strlen(path) + 1;
    if (n_bytes > PATH_MAX) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(out, path, n_bytes);
    return true;
}

/* Makes a new file beside `path`, its mode by the umask. A descriptor, or -1 with errno. */
static int open_beside(const char *path, char name[PATH_MAX])
{
    int n = snprintf(name, PATH_MAX, "%s.%ld.tmp", path, (long)getpid());
    if (n < 0 || n >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
}

static bool same_file(const char *a, const char *b)
{
    struct stat sa, sb;
    return stat(a, &sa) == 0 && stat(b, &sb) == 0 && sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

int cli_output_check(const char *path, const char *const *others, size_t n_others, struct tl_err *err)
{
    char to[PATH_MAX], name[PATH_MAX];
    bool regular;
    if (!path)
        return 0;
    if (!target(path, to, &regular))
        return failed(path, TL_EUSAGE, err);
    for (size_t i = 0; i < n_others; i++)
        if (others[i] && same_file(path, others[i]))
            return tl_err_set(err, TL_EUSAGE, "cannot write '%s': it is read in the same run", path);
    if (!regular)
        return 0;
    int fd = open_beside(to, name); /* tried and taken away: nothing is left if the run is killed */
    if (fd < 0)
        return failed(path, TL_EUSAGE, err);
    close(fd);
    unlink(name);
    return 0;
}

static int write_stdout(tl_str bytes, struct tl_err *err)
{
    int r = write_all(STDOUT_FILENO, bytes);
    if (r == 0)
        r = close(STDOUT_FILENO);
    if (r && errno == EPIPE)
        return CLI_OUTPUT_CLOSED;
    return r ? tl_err_set(err, TL_EIO, "cannot write to standard output: %s", strerrordesc_np(errno)) : 0;
}

static int write_special(const char *path, tl_str bytes, struct tl_err *err)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return failed(path, TL_EIO, err);
    int r = write_all(fd, bytes) ? failed(path, TL_EIO, err) : 0;
    if (close(fd) && r == 0)
        r = failed(path, TL_EIO, err);
    return r;
}

int cli_output_write(const char *path, tl_str bytes, struct tl_err *err)
{
    char to[PATH_MAX], name[PATH_MAX];
    bool regular;
    if (!path)
        return write_stdout(bytes, err);
    if (!target(path, to, &regular))
        return failed(path, TL_EIO, err);
    if (!regular)
        return write_special(to, bytes, err);
    int fd = open_beside(to, name);
    if (fd < 0)
        return failed(path, TL_EIO, err);
    int r = write_all(fd, bytes) || fsync(fd) ? failed(path, TL_EIO, err) : 0;
    if (close(fd) && r == 0)
        r = failed(path, TL_EIO, err);
    if (r == 0 && rename(name, to))
        r = failed(path, TL_EIO, err);
    if (r)
        unlink(name);
    return r;
}
