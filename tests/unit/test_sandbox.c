/* The sandbox bites where the kernel has it: each attempt is made in a process of its own that has entered
 * it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "../support/dump.h"
#include "../support/run.h"
#include "trailloop/sandbox.h"

static char dir[TLH_PATH_BYTES];

static const char *in(const char *name)
{
    static char paths[8][TLH_PATH_BYTES + 64];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", dir, name);
    return path;
}

static int setup(void **state)
{
    (void)state;
    tlh_temp_make(dir);
    tlh_write_bytes(in("dump/deep/log.json"), "{}", 2, 0);
    tlh_write_bytes(in("one.json"), "{}", 2, 0);
    tlh_write_bytes(in("outside/secret"), "secret", 6, 0);
    tlh_write_bytes(in("db/db"), "db", 2, 0);
    tlh_write_bytes(in("db/neighbour"), "mine", 4, 0);
    tlh_write_bytes(in("temp/x"), "x", 1, 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tlh_temp_remove(dir);
    return 0;
}

/* There in a build that measures coverage: writes the counters, which _exit does not. */
extern void __gcov_dump(void) __attribute__((weak));

/* What an attempt comes to in the sandbox: 0 or an errno. */
static int attempt(int (*try)(const char *path), const char *path)
{
    const struct tl_sandbox_rule rules[] = {
        {in("dump"), TL_SANDBOX_READ},   {in("one.json"), TL_SANDBOX_READ},
        {in("db/db"), TL_SANDBOX_WRITE}, {in("db"), TL_SANDBOX_MAKE},
        {in("temp"), TL_SANDBOX_WRITE},  {in("is/not/here"), TL_SANDBOX_READ},
    };
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        tl_sandbox_enter(rules, sizeof rules / sizeof *rules);
        int result = try(path) ? errno : 0;
        if (__gcov_dump)
            __gcov_dump();
        _exit(result);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int try_read(const char *path)
{
    return open(path, O_RDONLY) < 0;
}

static int try_write(const char *path)
{
    return open(path, O_WRONLY) < 0;
}

static int try_make(const char *path)
{
    return open(path, O_RDWR | O_CREAT | O_EXCL, 0600) < 0;
}

static int try_truncate(const char *path)
{
    return truncate(path, 0);
}

static int try_remove(const char *path)
{
    return unlink(path);
}

static int try_link(const char *path)
{
    return symlink("/etc/passwd", path);
}

static int try_socket(const char *path)
{
    (void)path;
    return socket(AF_INET, SOCK_DGRAM, 0) < 0;
}

static int try_program(const char *path)
{
    char *const argv[] = {(char *)(uintptr_t)path, NULL};
    return execv(path, argv);
}

static int try_trace(const char *path)
{
    (void)path;
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0;
}

static int try_mode(const char *path)
{
    return chmod(path, 0777);
}

static int try_times(const char *path)
{
    return utimensat(AT_FDCWD, path, NULL, 0);
}

static int try_owner(const char *path)
{
    return chown(path, getuid(), getgid());
}

static int try_attribute(const char *path)
{
    return setxattr(path, "user.x", "y", 1, 0);
}

/* By what is open for reading. */
static int try_mode_of_open(const char *path)
{
    int fd = open(path, O_RDONLY);
    return fd < 0 || fchmod(fd, 0777) != 0;
}

static int try_typing(const char *path)
{
    (void)path;
    return ioctl(-1, TIOCSTI, "x"); /* EBADF where it may be tried */
}

static int try_size_of_terminal(const char *path)
{
    struct winsize size;
    (void)path;
    return ioctl(-1, TIOCGWINSZ, &size);
}

static void *in_thread(void *path)
{
    return open(path, O_RDONLY) < 0 ? (void *)(intptr_t)errno : NULL;
}

static int try_in_thread(const char *path)
{
    pthread_t t;
    void *result;
    if (pthread_create(&t, NULL, in_thread, (void *)(uintptr_t)path) || pthread_join(t, &result))
        return -1;
    errno = (int)(intptr_t)result;
    return errno != 0;
}

static bool lacks_landlock(void)
{
    if (tl_sandbox_power().landlock_abi)
        return false;
    print_message("skipped: no Landlock in this kernel, or a build that does without\n");
    return true;
}

static void what_is_needed_goes_on(void **state)
{
    (void)state;
    assert_int_equal(attempt(try_read, in("dump/deep/log.json")), 0);
    assert_int_equal(attempt(try_read, in("dump/deep")), 0);
    assert_int_equal(attempt(try_read, in("one.json")), 0);
    assert_int_equal(attempt(try_in_thread, in("one.json")), 0);
    assert_int_equal(attempt(try_write, in("db/db")), 0);
    assert_int_equal(attempt(try_read, in("db")), 0); /* it is flushed so */
    assert_int_equal(attempt(try_make, in("temp/new")), 0);
    assert_int_equal(attempt(try_remove, in("temp/new")), 0);
}

static void nothing_else_is_read(void **state)
{
    (void)state;
    if (lacks_landlock())
        return;
    assert_int_equal(attempt(try_read, in("outside/secret")), EACCES);
    assert_int_equal(attempt(try_read, in("dump/../outside/secret")), EACCES);
    assert_int_equal(attempt(try_read, in("db/neighbour")), EACCES);
    assert_int_equal(attempt(try_read, "/etc/passwd"), EACCES);
    assert_int_equal(attempt(try_in_thread, in("outside/secret")), EACCES);
}

static void nothing_else_is_written(void **state)
{
    (void)state;
    if (lacks_landlock())
        return;
    assert_int_equal(attempt(try_write, in("dump/deep/log.json")), EACCES);
    assert_int_equal(attempt(try_write, in("one.json")), EACCES);
    assert_int_equal(attempt(try_make, in("dump/new")), EACCES);
    assert_int_equal(attempt(try_make, in("outside/new")), EACCES);
    assert_int_equal(attempt(try_remove, in("dump/deep/log.json")), EACCES);
    assert_int_equal(attempt(try_link, in("db/link")), EACCES);
    assert_int_equal(attempt(try_write, in("db/neighbour")), EACCES);
    if (tl_sandbox_power().landlock_abi >= 3)
        assert_int_equal(attempt(try_truncate, in("one.json")), EACCES);
}

static bool lacks_seccomp(void)
{
    if (tl_sandbox_power().seccomp)
        return false;
    print_message("skipped: no seccomp in this kernel, or a build that does without\n");
    return true;
}

/* Landlock knows nothing of a file's mode, owner, times and attributes. */
static void no_file_is_touched_that_is_only_read(void **state)
{
    (void)state;
    int (*const all[])(const char *) = {try_mode, try_times, try_owner, try_attribute, try_mode_of_open};
    if (lacks_seccomp())
        return;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        assert_int_equal(attempt(all[i], in("dump/deep/log.json")), EPERM);
        assert_int_equal(attempt(all[i], in("db/db")), EPERM);
    }
    assert_int_equal(attempt(try_mode, in("outside/secret")), EPERM);
}

static void nothing_is_typed_into_the_terminal(void **state)
{
    (void)state;
    if (lacks_seccomp())
        return;
    assert_int_equal(attempt(try_typing, NULL), EPERM);
    assert_int_equal(attempt(try_size_of_terminal, NULL), EBADF);
}

static void no_network_no_programs(void **state)
{
    (void)state;
    if (lacks_seccomp())
        return;
    assert_int_equal(attempt(try_socket, NULL), EPERM);
    assert_int_equal(attempt(try_program, "/bin/true"), EPERM);
    assert_int_equal(attempt(try_trace, NULL), EPERM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_needed_goes_on),
        cmocka_unit_test(nothing_else_is_read),
        cmocka_unit_test(nothing_else_is_written),
        cmocka_unit_test(no_file_is_touched_that_is_only_read),
        cmocka_unit_test(nothing_is_typed_into_the_terminal),
        cmocka_unit_test(no_network_no_programs),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
