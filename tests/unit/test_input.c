/* The walk and the opening: a stable order, nothing outside the tree, no trap that hangs, every entry said
 * once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "trailloop/input.h"

static char base[256]; /* a directory of our own, the working directory of each test */

/* By descriptors: some trees of ours are deeper than a path can say. */
static void remove_tree(int parent, const char *name)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    for (struct dirent *e; d && (e = readdir(d));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && unlinkat(fd, e->d_name, 0) != 0)
            remove_tree(fd, e->d_name);
    if (d)
        closedir(d);
    unlinkat(parent, name, AT_REMOVEDIR);
}

static int setup(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    snprintf(base, sizeof base, "%s/trailloop-input-XXXXXX", tmp ? tmp : "/tmp");
    return mkdtemp(base) && chdir(base) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    if (chdir("/") != 0)
        return -1;
    remove_tree(AT_FDCWD, base);
    return access(base, F_OK) == 0 ? -1 : 0;
}

static void make_dir(const char *path)
{
    assert_int_equal(mkdir(path, 0755), 0);
}

static void make_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static const char *outcome(int r)
{
    return r == 0 ? "file" : r == TL_WALK_SKIPPED ? "skipped" : r == TL_WALK_UNREADABLE ? "unreadable" : "?";
}

/* Walks and writes a line for each thing said: what, source, reason. */
static struct tl_buf walk(const char *const *paths, size_t n)
{
    struct tl_walk *w;
    struct tl_file f;
    struct tl_buf b = {0};
    int r;
    assert_int_equal(tl_walk_new(&w, paths, n, NULL), 0);
    while ((r = tl_walk_next(w, &f, NULL)) != TL_WALK_END) {
        assert_int_equal(tl_buf_printf(&b, "%s %.*s%s%.*s%s\n", outcome(r), TL_FMT(f.source),
                                       f.reason.n ? ": " : "", TL_FMT(f.reason), f.named ? " (named)" : ""),
                         0);
        if (r == 0 && !tl_str_eq(f.location, TL_STR("-"))) {
            assert_int_equal(f.location.p[0], '/');
            assert_true(tl_str_ends(f.location, f.source) || f.named);
        }
    }
    assert_int_equal(tl_walk_next(w, &f, NULL), TL_WALK_END);
    tl_walk_free(w);
    return b;
}

#define assert_walk(expected, ...)                                                                           \
    do {                                                                                                     \
        const char *const paths_[] = {__VA_ARGS__};                                                          \
        struct tl_buf b_ = walk(paths_, sizeof paths_ / sizeof *paths_);                                     \
        if (!tl_str_eq(tl_buf_str(&b_), tl_str_from(expected)))                                              \
            fail_msg("walked:\n%.*sexpected:\n%s", TL_FMT(tl_buf_str(&b_)), expected);                       \
        tl_buf_fini(&b_);                                                                                    \
    } while (0)

static void a_tree_comes_in_the_order_of_its_names(void **state)
{
    (void)state;
    make_dir("d");
    make_dir("d/b");
    make_dir("d/empty");
    make_file("d/c.json", "x");
    make_file("d/b/z", "x");
    make_file("d/b/A", "x");
    make_file("d/b/\xff", "x");
    make_file("d/.hidden", "x");
    make_file("d/b-", "x");
    assert_walk("file .hidden\nfile b/A\nfile b/z\nfile b/\xff\nfile b-\nfile c.json\n", "d");
    assert_walk("file .hidden\nfile b/A\nfile b/z\nfile b/\xff\nfile b-\nfile c.json\n", "./d//");
    assert_walk("file A\nfile z\nfile \xff\nfile z (named)\nfile A\nfile z\nfile \xff\n", "d/b", "d/b/z",
                "d/b");
    assert_walk("", "d/empty");
    assert_int_equal(chdir("d/b"), 0);
    assert_walk("file A\nfile z\nfile \xff\nfile c.json (named)\n", ".", "../c.json");
}

static void a_file_is_told_with_size_time_and_real_path(void **state)
{
    (void)state;
    struct tl_walk *w;
    struct tl_file f;
    char real[4096];
    make_dir("d");
    make_file("d/f", "12345");
    assert_int_equal(symlink("d/f", "link"), 0);
    struct timespec times[2] = {{.tv_sec = 7}, {.tv_sec = 1709020644, .tv_nsec = 123456789}};
    assert_int_equal(utimensat(AT_FDCWD, "d/f", times, 0), 0);
    assert_non_null(realpath("d/f", real));
    const char *const paths[] = {"d", "link"};
    assert_int_equal(tl_walk_new(&w, paths, 2, NULL), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(tl_walk_next(w, &f, NULL), 0);
        assert_int_equal(f.size_bytes, 5);
        assert_true(f.mtime_ns == INT64_C(1709020644123456789));
        assert_true(tl_str_eq(f.location, tl_str_from(real)));
        assert_true(tl_str_eq(f.source, i ? TL_STR("link") : TL_STR("f")));
        assert_int_equal(f.named, i == 1);
    }
    tl_walk_free(w);
}

static void standard_input_is_a_file(void **state)
{
    (void)state;
    assert_walk("file - (named)\n", "-");
    assert_walk("unreadable ./-: No such file or directory (named)\n", "./-");
}

static void what_is_not_there_is_said_in_plain_words(void **state)
{
    (void)state;
    make_file("f", "");
    assert_walk("unreadable no/gone: No such file or directory (named)\nfile f (named)\n"
                "unreadable f/x: Not a directory (named)\n",
                "no/gone", "f", "f/x");
}

static void traps_are_skipped_by_name(void **state)
{
    (void)state;
    make_dir("d");
    make_dir("d/sub");
    make_dir("outside");
    make_file("outside/f", "secret");
    make_file("d/f", "x");
    assert_int_equal(mkfifo("d/fifo", 0600), 0);
    assert_int_equal(symlink("../outside", "d/l-dir-out"), 0);
    assert_int_equal(symlink("../outside/f", "d/l-file-out"), 0);
    assert_int_equal(symlink("f", "d/l-file-in"), 0);
    assert_int_equal(symlink("..", "d/sub/l-up"), 0);
    assert_int_equal(symlink("l-self", "d/l-self"), 0);
    assert_int_equal(symlink("nowhere", "d/l-dangling"), 0);
    assert_int_equal(symlink("/dev/zero", "d/l-device"), 0);
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un addr = {.sun_family = AF_UNIX, .sun_path = "d/sock"};
    assert_int_equal(bind(s, (struct sockaddr *)&addr, sizeof addr), 0);
    close(s);
    assert_walk("file f\n"
                "skipped fifo: a FIFO\n"
                "skipped l-dangling: a link to nothing that can be reached\n"
                "skipped l-device: a link out of the tree\n"
                "skipped l-dir-out: a link out of the tree\n"
                "skipped l-file-in: a link to what is read under its own name\n"
                "skipped l-file-out: a link out of the tree\n"
                "skipped l-self: a link that leads to itself\n"
                "skipped sock: a socket\n"
                "skipped sub/l-up: a link to what is read under its own name\n",
                "d");
    assert_walk("skipped fifo: a FIFO (named)\nskipped null: a device (named)\nfile l-file-out (named)\n",
                "d/fifo", "/dev/null", "d/l-file-out");
    assert_walk("file f\n", "d/l-dir-out"); /* who names a link means what it leads to */
}

/* A sibling whose name starts like the root's is outside of it. */
static void a_root_ends_where_its_name_ends(void **state)
{
    (void)state;
    make_dir("d");
    make_dir("d2");
    make_file("d2/f", "x");
    assert_int_equal(symlink("../d2/f", "d/l"), 0);
    assert_walk("skipped l: a link out of the tree\n", "d");
}

static void a_directory_that_may_not_be_listed_is_said(void **state)
{
    (void)state;
    if (geteuid() == 0) {
        print_message("skipped: root may read everything\n");
        skip();
    }
    make_dir("d");
    make_dir("d/no");
    make_file("d/z", "x");
    assert_int_equal(chmod("d/no", 0), 0);
    assert_walk("unreadable no: Permission denied\nfile z\n", "d");
    assert_int_equal(chmod("d/no", 0700), 0);
}

static void deep_trees_end_with_a_reason(void **state)
{
    (void)state;
    int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < 300; i++) {
        assert_int_equal(mkdirat(fd, "d", 0755), 0);
        int next = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        close(fd);
        fd = next;
    }
    close(fd);
    const char *const paths[] = {"d"};
    struct tl_buf b = walk(paths, 1);
    assert_true(tl_str_starts(tl_buf_str(&b), TL_STR("unreadable d/d/d/")));
    assert_true(tl_str_ends(tl_buf_str(&b), TL_STR("directories nested deeper than 256 levels\n")));
    tl_buf_fini(&b);
}

/* More names than one batch holds: the order is the same, and none is lost or said twice. */
static void a_large_directory_comes_in_batches(void **state)
{
    (void)state;
    enum { N = 32000 };
    char name[256], last[256] = "";
    make_dir("d");
    for (int i = 0; i < N; i++) { /* 250 bytes a name: 9 MB with what they cost; made in no order */
        snprintf(name, sizeof name, "d/%0250d", (int)((unsigned)i * 48271u % 60013u));
        make_file(name, "");
    }
    struct tl_walk *w;
    struct tl_file f;
    const char *const paths[] = {"d"};
    int n = 0;
    assert_int_equal(tl_walk_new(&w, paths, 1, NULL), 0);
    while (tl_walk_next(w, &f, NULL) == 0) {
        snprintf(name, sizeof name, "%.*s", TL_FMT(f.source));
        assert_true(strcmp(last, name) < 0);
        memcpy(last, name, sizeof last);
        n++;
    }
    assert_int_equal(n, N);
    tl_walk_free(w);
}

/* ---- opening --------------------------------------------------------------------------------- */

static int open_at(const char *location, int *fd, struct tl_err *err)
{
    struct tl_file f = {.location = tl_str_from(location), .source = TL_STR("shown")};
    struct stat st;
    *fd = -1;
    return tl_file_open(&f, fd, &st, err);
}

static void a_file_opens_for_reading_only(void **state)
{
    (void)state;
    char path[512], c;
    int fd;
    make_dir("d");
    make_file("d/f", "x");
    snprintf(path, sizeof path, "%s/d/f", base);
    assert_int_equal(open_at(path, &fd, NULL), 0);
    assert_int_equal(read(fd, &c, 1), 1);
    assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    close(fd);
}

static void nothing_but_the_file_itself_is_opened(void **state)
{
    (void)state;
    make_dir("d");
    make_file("d/f", "x");
    assert_int_equal(symlink("f", "d/l"), 0);
    assert_int_equal(symlink("d", "swapped"), 0); /* as if a directory had been swapped for a link */
    assert_int_equal(mkfifo("d/fifo", 0600), 0);
    static const struct {
        const char *rest, *why;
    } rows[] = {
        {"d/l", "cannot open 'shown': Too many levels of symbolic links"},
        {"swapped/f", "cannot open 'shown': Too many levels of symbolic links"},
        {"d/fifo", "cannot open 'shown': not a regular file"},
        {"d", "cannot open 'shown': not a regular file"},
        {"d/gone", "cannot open 'shown': No such file or directory"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char path[512];
        struct tl_err err = {0};
        int fd;
        snprintf(path, sizeof path, "%s/%s", base, rows[i].rest);
        assert_int_equal(open_at(path, &fd, &err), TL_EIO);
        assert_string_equal(err.msg, rows[i].why);
        assert_int_equal(fd, -1);
    }
}

/* Longer than the kernel takes as one path. */
static void a_path_beyond_the_kernels_limit_opens_by_its_parts(void **state)
{
    (void)state;
    char name[201];
    memset(name, 'n', 200);
    name[200] = '\0';
    int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < 30; i++) {
        assert_int_equal(mkdirat(fd, name, 0755), 0);
        int next = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        close(fd);
        fd = next;
    }
    int made = openat(fd, "f", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    assert_true(made >= 0);
    close(made);
    close(fd);
    struct tl_walk *w;
    struct tl_file f;
    const char *const paths[] = {"."};
    assert_int_equal(tl_walk_new(&w, paths, 1, NULL), 0);
    assert_int_equal(tl_walk_next(w, &f, NULL), 0);
    assert_true(f.location.n > 6000);
    struct stat st;
    assert_int_equal(tl_file_open(&f, &fd, &st, NULL), 0);
    close(fd);
    tl_walk_free(w);
}

static void standard_input_is_duplicated(void **state)
{
    (void)state;
    int fd;
    assert_int_equal(open_at("-", &fd, NULL), 0);
    assert_true(fd > 2);
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    close(fd);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_tree_comes_in_the_order_of_its_names),
        TEST(a_file_is_told_with_size_time_and_real_path),
        TEST(standard_input_is_a_file),
        TEST(what_is_not_there_is_said_in_plain_words),
        TEST(traps_are_skipped_by_name),
        TEST(a_root_ends_where_its_name_ends),
        TEST(a_directory_that_may_not_be_listed_is_said),
        TEST(deep_trees_end_with_a_reason),
        TEST(a_large_directory_comes_in_batches),
        TEST(a_file_opens_for_reading_only),
        TEST(nothing_but_the_file_itself_is_opened),
        TEST(a_path_beyond_the_kernels_limit_opens_by_its_parts),
        TEST(standard_input_is_duplicated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
