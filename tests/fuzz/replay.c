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

#include "trailloop/base.h"

enum { CHANGES = 200, FILE_MOST_BYTES = 1 << 20 };

static char where[600];
static uint64_t state;

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

static uint64_t draw(uint64_t below) /* splitmix64 */
{
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) % below;
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

static void put_in(struct tl_buf *b, size_t at, const char *p, size_t n)
{
    HOLDS(tl_buf_reserve(b, n) == 0);
    memmove(b->p + at + n, b->p + at, b->n - at);
    memcpy(b->p + at, p, n);
    b->n += n;
}

static void take_out(struct tl_buf *b, size_t at, size_t n)
{
    memmove(b->p + at, b->p + at + n, b->n - at - n);
    b->n -= n;
}

static void put_word(struct tl_buf *b, size_t at)
{
    static const char *const words[] = {"\"",
                                        "\\",
                                        "{",
                                        "}",
                                        "[",
                                        "]",
                                        ",",
                                        ":",
                                        "\n",
                                        "\x80",
                                        "\xed\xa0\x80",
                                        "\\ud800",
                                        "null",
                                        "1e999",
                                        "9223372036854775808",
                                        "{\"eventVersion\":",
                                        "\"Records\":[",
                                        "{}",
                                        "[[[[[[[[",
                                        "\\u0000",
                                        "\"eventID\":\"\",",
                                        "-",
                                        "0",
                                        "\x1f\x8b\x08",
                                        "\xff",
                                        " > ",
                                        "*",
                                        "config:PutEvaluations",
                                        "days ago",
                                        "\"Events\":[{\"CloudTrailEvent\":\""};
    const char *w = words[draw(sizeof words / sizeof *words)];
    put_in(b, at, w, strlen(w));
}

static void change(struct tl_buf *b)
{
    size_t at = draw(b->n + 1), n = draw(64) + 1;
    char part[64];
    if (at == b->n) {
        put_word(b, at);
        return;
    }
    n = n < b->n - at ? n : b->n - at;
    switch (draw(6)) {
    case 0:
        b->p[at] = (char)(b->p[at] ^ (1 << draw(8)));
        break;
    case 1:
        b->p[at] = (char)draw(256);
        break;
    case 2:
        take_out(b, at, n);
        break;
    case 3:
        memcpy(part, b->p + at, n);
        put_in(b, draw(b->n + 1), part, n);
        break;
    case 4:
        b->p[at] = '\0';
        break;
    default:
        put_word(b, at);
    }
}

static void play_file(const char *name, const struct tl_buf *file, unsigned n_changes)
{
    struct tl_buf b = {0};
    state = tl_str_hash(tl_buf_str(file));
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
        for (uint64_t k = 1 + draw(3); k > 0; k--)
            change(&b);
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
