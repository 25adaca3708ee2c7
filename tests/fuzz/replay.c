/* replay DIR [CHANGES]: plays every file of the corpus to the fuzz target it is linked with: as it is, cut at
 * some places, and changed in so many ways (200): bits turned, parts taken out, doubled, put in from a list
 * of what JSON, gzip and CloudTrail are sensitive to. Files in the order of their names, changes from a fixed
 * generator: the same every time. A property that does not hold ends it by a signal; the file and the number
 * of the change are told first. */
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "change.h"

enum { CHANGES = 200, FILE_MOST_BYTES = 1 << 20 };

static char where[600];

static const char *failing; /* what is being played, to be seen by who looks into the file FUZZ_FAILING */
static size_t n_failing;

static void on_abort(int number)
{
    const char *path = getenv("FUZZ_FAILING");
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666) : -1;
    if (fd >= 0 && write(fd, failing, n_failing) < 0)
        _exit(99);
    if (write(STDERR_FILENO, where, strlen(where)) < 0)
        _exit(99);
    signal(number, SIG_DFL);
    raise(number);
}

static void play(const char *p, size_t n)
{
    /* Of its own size, so that a read past it shows under a sanitizer. */
    uint8_t *copy = malloc(n ? n : 1);
    HOLDS(copy);
    failing = p;
    n_failing = n;
    memcpy(copy, p, n);
    LLVMFuzzerTestOneInput(copy, n);
    free(copy);
}

static void play_file(const char *name, const struct tl_buf *file, unsigned n_changes)
{
    struct tl_buf b = {0};
    uint64_t state = tl_str_hash(tl_buf_str(file));
    snprintf(where, sizeof where, "replay: %s, as it is\n", name);
    play(file->p, file->n);
    for (size_t cut = 0; cut < file->n; cut += file->n / 16 + 1) {
        snprintf(where, sizeof where, "replay: %s, cut at byte %zu\n", name, cut);
        play(file->p, cut);
    }
    for (unsigned i = 0; i < n_changes; i++) {
        snprintf(where, sizeof where, "replay: %s, change %u\n", name, i);
        b.n = 0;
        HOLDS(tl_buf_add(&b, file->p, file->n) == 0);
        HOLDS(fuzz_change(&b, &state) == 0);
        play(b.p, b.n);
    }
    tl_buf_fini(&b);
}

static void read_file(const char *path, struct tl_buf *b)
{
    FILE *f = fopen(path, "rb");
    HOLDS(f && tl_buf_reserve(b, FILE_MOST_BYTES) == 0);
    b->n = fread(b->p, 1, FILE_MOST_BYTES, f);
    fclose(f);
}

static int no_dots(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

int main(int argc, char **argv)
{
    struct dirent **names;
    struct tl_buf file = {0};
    int n = argc > 1 ? scandir(argv[1], &names, no_dots, alphasort) : -1;
    unsigned n_changes = argc > 2 ? (unsigned)atoi(argv[2]) : CHANGES;
    if (n <= 0) {
        fprintf(stderr, "usage: replay DIR [CHANGES], with files in DIR\n");
        return 2;
    }
    signal(SIGABRT, on_abort);
    signal(SIGSEGV, on_abort);
    for (int i = 0; i < n; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", argv[1], names[i]->d_name);
        read_file(path, &file);
        play_file(names[i]->d_name, &file, n_changes);
        free(names[i]);
    }
    free(names);
    tl_buf_fini(&file);
    printf("%d files, %u changes of each\n", n, n_changes);
    return 0;
}
