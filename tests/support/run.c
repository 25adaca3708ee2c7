/* A directory of the test's own, and the program run in it: see run.h. Output goes through unnamed files, not
 * pipes: no amount of it can block the program. */
#include "run.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    abort();
}

void tlh_temp_make(char path[TLH_PATH_BYTES])
{
    const char *base = getenv("TMPDIR");
    snprintf(path, TLH_PATH_BYTES, "%s/trailloop-test-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(path))
        die(path);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

void tlh_temp_remove(const char *path)
{
    if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
        die(path);
}

static char *read_back(FILE *f, size_t *n)
{
    long size = fseek(f, 0, SEEK_END) == 0 ? ftell(f) : -1;
    char *text = size < 0 ? NULL : malloc((size_t)size + 1);
    if (!text || fseek(f, 0, SEEK_SET) != 0 || fread(text, 1, (size_t)size, f) != (size_t)size)
        die("read back what the program wrote");
    text[size] = 0;
    *n = (size_t)size;
    fclose(f);
    return text;
}

static void become(const char *const *argv, const char *const *env, int in, int out, int err)
{
    for (size_t i = 0; env && env[i]; i++)
        putenv((char *)(size_t)env[i]);
    if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
        _exit(126);
    execv(argv[0], (char *const *)(size_t)argv);
    _exit(127);
}

void tlh_run(struct tlh_run *r, const char *const *argv, const char *const *env, const char *in)
{
    FILE *out = tmpfile(), *err = tmpfile();
    int fd = open(in ? in : "/dev/null", O_RDONLY | O_CLOEXEC);
    if (!out || !err || fd < 0)
        die("open the program's input and outputs");
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0)
        die("fork");
    if (pid == 0)
        become(argv, env, fd, fileno(out), fileno(err));
    int status;
    if (waitpid(pid, &status, 0) != pid)
        die("wait for the program");
    close(fd);
    r->exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    r->out = read_back(out, &r->n_out);
    r->err = read_back(err, &r->n_err);
}

void tlh_run_fini(struct tlh_run *r)
{
    free(r->out);
    free(r->err);
}
