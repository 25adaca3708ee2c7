/* power_cut LOG DIR SEED: makes in DIR the files as a disk may hold them when the power fails at some moment
 * of what LOG tells (see log_writes), and prints how many runs had ended by then: what they reported as done
 * must be there.
 *
 * What was synced is on the disk. Of what was written since, each sector of 512 bytes is there or not, a cut
 * length likewise, in any combination, as a disk that reorders leaves it. A file that was never synced may
 * not be there at all; one that was taken away may still be. The moment and the choices are drawn from SEED.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log_writes.h"
#include "trailloop/base.h"

enum { SECTOR = 512, FILES = 64 };

struct op {
    struct log_head head;
    const char *bytes;
};

struct file {
    char name[256]; /* the last component */
    struct tl_buf durable;
    bool exists;        /* durably */
    struct op *waiting; /* since it was synced last */
    size_t n, cap;
};

static struct file files[FILES];
static int n_files;
static uint64_t state;

static uint64_t draw(void) /* splitmix64 */
{
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void die(const char *what)
{
    fprintf(stderr, "power_cut: %s\n", what);
    exit(2);
}

static void resize(struct tl_buf *b, uint64_t n)
{
    if (n > b->n) {
        if (tl_buf_reserve(b, n - b->n))
            die("no memory");
        memset(b->p + b->n, 0, n - b->n);
    }
    b->n = n;
}

static void apply_bytes(struct file *f, uint64_t at, const char *p, uint64_t n)
{
    if (at + n > f->durable.n)
        resize(&f->durable, at + n);
    memcpy(f->durable.p + at, p, n);
}

static void apply(struct file *f, const struct op *o)
{
    if (o->head.op == LOG_WRITE)
        apply_bytes(f, o->head.at, o->bytes, o->head.n_bytes);
    else if (o->head.op == LOG_TRUNCATE)
        resize(&f->durable, o->head.at);
    f->exists = o->head.op != LOG_UNLINK;
}

/* What waits when the power fails: each sector by itself. */
static void apply_some(struct file *f, const struct op *o)
{
    if (o->head.op != LOG_WRITE) {
        if (draw() % 2)
            apply(f, o);
        return;
    }
    for (uint64_t i = 0, end; i < o->head.n_bytes; i = end) {
        end = (o->head.at + i) / SECTOR * SECTOR + SECTOR - o->head.at;
        end = end < o->head.n_bytes ? end : o->head.n_bytes;
        if (draw() % 2) {
            apply_bytes(f, o->head.at + i, o->bytes + i, end - i);
            f->exists = true;
        }
    }
}

static struct file *file_of(const char *path, size_t n)
{
    const char *slash = memrchr(path, '/', n);
    size_t from = slash ? (size_t)(slash - path) + 1 : 0;
    char name[256];
    if (n - from >= sizeof name || n_files == FILES)
        die("too many files");
    memcpy(name, path + from, n - from);
    name[n - from] = 0;
    for (int i = 0; i < n_files; i++)
        if (strcmp(files[i].name, name) == 0)
            return &files[i];
    memcpy(files[n_files].name, name, sizeof name);
    return &files[n_files++];
}

static void wait_for_sync(struct file *f, const struct op *o)
{
    if (tl_grow(&f->waiting, &f->cap, f->n + 1, sizeof *f->waiting))
        die("no memory");
    f->waiting[f->n++] = *o;
}

/* Plays the log up to before the operation `until`, and returns how many runs have ended. */
static int play(const struct tl_buf *log, uint64_t until, uint64_t *n_ops)
{
    struct file *numbered[FILES] = {0};
    int n_ended = 0;
    uint64_t n = 0;
    for (size_t at = 0; at + sizeof(struct log_head) <= log->n && n < until; n++) {
        struct op o;
        memcpy(&o.head, log->p + at, sizeof o.head);
        o.bytes = log->p + at + sizeof o.head;
        at += sizeof o.head + o.head.n_bytes;
        if (o.head.path >= FILES || at > log->n)
            die("the log is broken");
        struct file *f = numbered[o.head.path];
        if (o.head.op == LOG_END) {
            n_ended++;
        } else if (o.head.op == LOG_OPEN) {
            numbered[o.head.path] = file_of(o.bytes, o.head.n_bytes);
        } else if (f && o.head.op == LOG_SYNC) {
            for (size_t i = 0; i < f->n; i++)
                apply(f, &f->waiting[i]);
            f->n = 0;
            f->exists = true;
        } else if (f) {
            wait_for_sync(f, &o);
        }
    }
    *n_ops = n;
    return n_ended;
}

static void leave(const struct file *f, const char *dir)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, f->name);
    FILE *out = f->exists ? fopen(path, "wb") : NULL;
    if (!f->exists)
        return;
    if (!out || fwrite(f->durable.p, 1, f->durable.n, out) != f->durable.n || fclose(out))
        die("cannot write");
}

static struct tl_buf read_file(const char *path)
{
    struct tl_buf b = {0};
    FILE *f = fopen(path, "rb");
    if (!f)
        die("cannot read the log");
    for (size_t n = 1; n;) {
        if (tl_buf_reserve(&b, 1 << 20))
            die("no memory");
        n = fread(b.p + b.n, 1, 1 << 20, f);
        b.n += n;
    }
    fclose(f);
    return b;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        die("usage: power_cut LOG DIR SEED");
    struct tl_buf log = read_file(argv[1]);
    uint64_t n_ops;
    state = strtoull(argv[3], NULL, 10);
    play(&log, UINT64_MAX, &n_ops);
    uint64_t until = draw() % (n_ops + 1);
    for (int i = 0; i < n_files; i++) {
        tl_buf_fini(&files[i].durable);
        free(files[i].waiting);
    }
    memset(files, 0, sizeof files);
    n_files = 0;
    int n_ended = play(&log, until, &n_ops);
    for (int i = 0; i < n_files; i++) {
        for (size_t k = 0; k < files[i].n; k++)
            apply_some(&files[i], &files[i].waiting[k]);
        leave(&files[i], argv[2]);
        tl_buf_fini(&files[i].durable);
        free(files[i].waiting);
    }
    tl_buf_fini(&log);
    printf("%d\n", n_ended);
    return 0;
}
