/* An external merge sort. In memory are the lines of one run (TL_SORT_BYTES) while they are added, and later
 * a window on each run. */
#include "sorter.h"

#include "trailloop/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A read from each run: 1,000 runs, which are 4 GB of lines, take 8 MB. */
#define WINDOW_BYTES ((size_t)8 << 10)

struct sorter_run {
    int64_t at, end; /* of what is not read yet, in the file */
    struct tl_buf window;
    size_t used; /* bytes of the window */
    tl_str line; /* in the window */
};

void sorter_init(struct sorter *s)
{
    *s = (struct sorter){.fd = -1};
}

void sorter_fini(struct sorter *s)
{
    for (size_t i = 0; i < s->n_runs; i++)
        tl_buf_fini(&s->runs[i].window);
    free(s->runs);
    free(s->lines);
    tl_buf_fini(&s->text);
    if (s->fd >= 0)
        close(s->fd);
    sorter_init(s);
}

static int failed(struct tl_err *err, int why)
{
    return tl_err_set(err, TL_EIO, "cannot use a temporary file: %s", strerrordesc_np(why));
}

/* An unnamed file in $TMPDIR, or /tmp. */
static int open_file(struct sorter *s, struct tl_err *err)
{
    const char *dir = getenv("TMPDIR");
    dir = dir && *dir ? dir : "/tmp";
    s->fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (s->fd >= 0)
        return 0;
    char name[4096];
    if (snprintf(name, sizeof name, "%s/trailloop-XXXXXX", dir) >= (int)sizeof name)
        return failed(err, ENAMETOOLONG);
    s->fd = mkostemp(name, O_CLOEXEC);
    if (s->fd < 0)
        return failed(err, errno);
    unlink(name);
    return 0;
}

static int write_all(struct sorter *s, const char *p, size_t n, struct tl_err *err)
{
    while (n > 0) {
        ssize_t done = write(s->fd, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return failed(err, done < 0 ? errno : ENOSPC);
        p += done;
        n -= (size_t)done;
        s->n_written += done;
    }
    return 0;
}

static int by_bytes(const void *a, const void *b, void *ctx)
{
    const struct sorter_line *x = a, *y = b;
    const struct sorter *s = ctx;
    return tl_str_cmp((tl_str){s->text.p + x->at, x->n}, (tl_str){s->text.p + y->at, y->n});
}

static void sort_lines(struct sorter *s)
{
    if (s->n_lines > 1)
        qsort_r(s->lines, s->n_lines, sizeof *s->lines, by_bytes, s);
}

/* The lines in memory become a run: each with its length before it. */
static int write_run(struct sorter *s, struct tl_err *err)
{
    struct tl_buf out = {0};
    int r = s->fd < 0 ? open_file(s, err) : 0;
    if (r == 0 && tl_grow(&s->runs, &s->cap_runs, s->n_runs + 1, sizeof *s->runs))
        r = tl_err_nomem(err);
    if (r)
        return r;
    struct sorter_run run = {.at = s->n_written};
    sort_lines(s);
    for (size_t i = 0; i < s->n_lines && r == 0; i++) {
        uint32_t n = (uint32_t)s->lines[i].n;
        if (tl_buf_add(&out, &n, sizeof n) || tl_buf_add(&out, s->text.p + s->lines[i].at, n))
            r = tl_err_nomem(err);
        if (r == 0 && (out.n >= TL_READ_BYTES || i + 1 == s->n_lines)) {
            r = write_all(s, out.p, out.n, err);
            out.n = 0;
        }
    }
    tl_buf_fini(&out);
    run.end = s->n_written;
    s->runs[s->n_runs++] = run;
    s->text.n = s->n_lines = 0;
    return r;
}

int sorter_add(struct sorter *s, tl_str line, struct tl_err *err)
{
    if (s->n_lines && s->text.n + line.n > TL_SORT_BYTES) {
        int r = write_run(s, err);
        if (r)
            return r;
    }
    if (tl_grow(&s->lines, &s->cap_lines, s->n_lines + 1, sizeof *s->lines))
        return tl_err_nomem(err);
    s->lines[s->n_lines++] = (struct sorter_line){s->text.n, line.n};
    return tl_buf_add_str(&s->text, line) ? tl_err_nomem(err) : 0;
}

/* Makes at least `need` bytes of the run stand in its window. */
static int fill(struct sorter *s, struct sorter_run *run, size_t need, struct tl_err *err)
{
    size_t have = run->window.n - run->used;
    if (have >= need)
        return 0;
    if (have)
        memmove(run->window.p, run->window.p + run->used, have);
    run->used = 0;
    run->window.n = have;
    size_t room = need > WINDOW_BYTES ? need : WINDOW_BYTES;
    if (tl_buf_reserve(&run->window, room))
        return tl_err_nomem(err);
    while (run->window.n < need) {
        int64_t left = run->end - run->at;
        size_t want = room - run->window.n;
        want = (int64_t)want > left ? (size_t)left : want;
        ssize_t got = pread(s->fd, run->window.p + run->window.n, want, run->at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return failed(err, got < 0 ? errno : EIO);
        run->at += got;
        run->window.n += (size_t)got;
    }
    return 0;
}

/* 1 with the run's next line, 0 at its end, or a failure. */
static int run_next(struct sorter *s, struct sorter_run *run, struct tl_err *err)
{
    uint32_t n;
    if (run->at == run->end && run->used == run->window.n)
        return 0;
    int r = fill(s, run, sizeof n, err);
    if (r)
        return r;
    memcpy(&n, run->window.p + run->used, sizeof n);
    r = fill(s, run, sizeof n + n, err);
    if (r)
        return r;
    run->line = (tl_str){run->window.p + run->used + sizeof n, n};
    run->used += sizeof n + n;
    return 1;
}

/* Lets the run at `i` sink to its place in the heap. */
static void sink(struct sorter *s, size_t i)
{
    for (;;) {
        size_t least = i;
        for (size_t k = 2 * i + 1; k <= 2 * i + 2 && k < s->n_runs; k++)
            if (tl_str_cmp(s->runs[k].line, s->runs[least].line) < 0)
                least = k;
        if (least == i)
            return;
        struct sorter_run swap = s->runs[i];
        s->runs[i] = s->runs[least];
        s->runs[least] = swap;
        i = least;
    }
}

int sorter_start(struct sorter *s, struct tl_err *err)
{
    s->next = 0;
    if (s->n_runs == 0) {
        sort_lines(s);
        return 0;
    }
    int r = s->n_lines ? write_run(s, err) : 0;
    tl_buf_fini(&s->text);
    for (size_t i = 0; i < s->n_runs && r >= 0; i++)
        r = run_next(s, &s->runs[i], err);
    if (r < 0)
        return r;
    for (size_t i = s->n_runs / 2; i-- > 0;)
        sink(s, i);
    return 0;
}

int sorter_next(struct sorter *s, tl_str *line, struct tl_err *err)
{
    if (s->fd < 0) {
        if (s->next == s->n_lines)
            return 0;
        *line = (tl_str){s->text.p + s->lines[s->next].at, s->lines[s->next].n};
        s->next++;
        return 1;
    }
    if (s->given && s->n_runs) { /* only now may the last line go */
        int r = run_next(s, &s->runs[0], err);
        if (r < 0)
            return r;
        if (r == 0) {
            tl_buf_fini(&s->runs[0].window);
            s->runs[0] = s->runs[--s->n_runs];
        }
        sink(s, 0);
    }
    s->given = true;
    if (s->n_runs == 0)
        return 0;
    *line = s->runs[0].line;
    return 1;
}
