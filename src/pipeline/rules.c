/* Rule files from the disk, and their samples through the real line: extraction, the store, detection. A
 * sample is there to show what its rule finds, so one cycle is enough for it, and no other chain takes part.
 */
#include "ties.h"
#include "trailloop/pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- files -------------------------------------------------------------------------------------------- */

static int refuse(struct tl_rule_fault *f, const char *why)
{
    *f = (struct tl_rule_fault){0};
    snprintf(f->why, sizeof f->why, "%s", why);
    return TL_RULES_BAD;
}

/* What `fd` has, up to one byte more than a rule file may. 0, TL_ENOMEM, or TL_EIO with errno. */
static int read_all(int fd, struct tl_buf *out)
{
    while (out->n <= TL_RULES_MAX_BYTES) {
        if (tl_buf_reserve(out, TL_READ_BYTES))
            return TL_ENOMEM;
        ssize_t n = read(fd, out->p + out->n, TL_READ_BYTES);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? TL_EIO : 0;
        out->n += (size_t)n;
    }
    return 0;
}

/* A regular file, or a pipe, as a shell's <(command) is: a FIFO without a writer does not hang, and is empty.
 */
static int open_rules(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &st) != 0)
        return fd;
    int why = S_ISDIR(st.st_mode) ? EISDIR : !S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode) ? EINVAL : 0;
    if (why == 0 && fcntl(fd, F_SETFL, 0) == 0)
        return fd;
    close(fd);
    errno = why ? why : errno;
    return -1;
}

int tl_rules_read(struct tl_rules *s, const char *path, struct tl_rule_fault *f, struct tl_err *err)
{
    struct tl_buf bytes = {0};
    int fd = open_rules(path);
    if (fd < 0)
        return refuse(f, errno == EINVAL ? "not a regular file" : strerrordesc_np(errno));
    int r = read_all(fd, &bytes);
    if (r == TL_EIO)
        r = refuse(f, strerrordesc_np(errno));
    close(fd);
    if (r == 0 && bytes.n > TL_RULES_MAX_BYTES)
        r = refuse(f, "too large: a rule file has 4 MiB at most");
    if (r == 0)
        r = tl_rules_add_file(s, tl_str_from(path), tl_buf_str(&bytes), f);
    tl_buf_fini(&bytes);
    return r < 0 ? tl_err_nomem(err) : r;
}

_Static_assert(TL_RULES_MAX_BYTES == (size_t)4 << 20, "the message above names the limit");

/* ---- samples ------------------------------------------------------------------------------------------ */

struct run {
    const struct tl_rule_sample *sample;
    struct tl_extractor *extractor;
    struct tl_store *store;
    uint64_t n_steps[3]; /* that the records are, by tl_step_kind */
    struct tl_rule_fault *f;
    struct tl_err *err;
};

static int put_record(struct run *run, size_t i)
{
    struct tl_event event;
    const char *why;
    size_t at_byte;
    int r =
        tl_extract(run->extractor, run->sample->records[i], NULL, false, &event, &why, &at_byte, run->err);
    if (r == TL_EXTRACT_FOREIGN)
        why = "no CloudTrail API event";
    if (r <= 0) {
        struct tl_origin at = {.record = i};
        return r ? r : tl_store_put(run->store, &event, &at, run->err);
    }
    refuse(run->f, "");
    run->f->line = run->sample->lines[i];
    snprintf(run->f->why, sizeof run->f->why, "record %zu of the sample: %s", i + 1, why);
    return TL_RULES_BAD;
}

static int put_records(struct run *run)
{
    struct tl_source source = {
        .location = TL_STR("sample"), .path = TL_STR("sample"), .n_read = run->sample->n_records};
    int r = tl_store_begin(run->store, run->err);
    if (r == 0)
        r = tl_store_file_begin(run->store, source.location, source.path, run->err);
    for (size_t i = 0; r == 0 && i < run->sample->n_records; i++)
        r = put_record(run, i);
    if (r == 0)
        r = tl_store_file_end(run->store, &source, false, run->err);
    return r ? r : tl_store_commit(run->store, run->err);
}

/* Records of one eventID are one: that is how copies are told, in a log too. */
static int check_copies(struct run *run)
{
    uint64_t n_new, n_copies;
    tl_store_put_counts(run->store, &n_new, &n_copies);
    if (n_copies == 0)
        return 0;
    refuse(run->f, "records of the sample have the same eventID: each must have its own");
    run->f->line = run->sample->line;
    return TL_RULES_BAD;
}

/* A sample is small: nothing of it is left out. */
static int keep_all(void *ctx, const struct tl_history *h, uint8_t *keep, struct tl_err *err)
{
    (void)ctx, (void)err;
    memset(keep, 1, h->n_steps);
    return 0;
}

static int detect(struct run *run, const struct tl_chain *rule, uint64_t *n_cycles)
{
    struct tl_history history = {0};
    struct tl_loops loops;
    struct tl_detect_params params = TL_DETECT_PARAMS_DEFAULT;
    struct tl_chain chain = *rule;
    const struct tl_sieve all = {.least_changes = 1, .keep = keep_all};
    params.min_cycles = 1;
    chain.min_cycles = 0; /* those of the params */
    int r = tl_store_load(run->store, INT64_MIN, INT64_MAX, &all, &history, run->err);
    if (r == 0 && tl_tie_attempts(&history))
        r = tl_err_nomem(run->err);
    if (r == 0)
        r = tl_detect(&history, &chain, 1, &params, &loops, run->err);
    for (size_t i = 0; r == 0 && i < history.n_steps; i++)
        run->n_steps[history.steps[i].kind] += !(history.steps[i].flags & TL_STEP_FAILED);
    *n_cycles = 0;
    for (size_t i = 0; r == 0 && i < loops.n; i++)
        *n_cycles += loops.items[i].n_cycles;
    if (r == 0)
        tl_loops_fini(&loops);
    tl_history_fini(&history);
    return r;
}

/* With what was read of it: that is where the reason is to be looked for. */
static int wrong_cycles(const struct run *run, tl_str name, size_t sample, uint64_t n_cycles)
{
    const uint64_t n[] = {n_cycles, run->sample->n_cycles, run->n_steps[TL_STEP_VERDICT],
                          run->n_steps[TL_STEP_ATTEMPT], run->n_steps[TL_STEP_CHANGE]};
    static const char *const words[] = {"cycle", "cycle", "verdict", "attempt", "change"};
    char text[5][48];
    for (size_t i = 0; i < 5; i++)
        snprintf(text[i], sizeof text[i], "%llu %s%s", (unsigned long long)n[i], words[i],
                 n[i] == 1 ? "" : "s");
    *run->f = (struct tl_rule_fault){.line = run->sample->line};
    snprintf(run->f->why, sizeof run->f->why,
             "sample %zu of '%.*s' gave %s, and should give %s (read of it: %s, %s, %s)", sample + 1,
             TL_FMT(name), text[0], text[1], text[2], text[3], text[4]);
    return TL_RULES_BAD;
}

int tl_rules_run(const struct tl_rules *s, size_t rule, size_t sample, struct tl_rule_fault *f,
                 struct tl_err *err)
{
    uint64_t n_cycles = 0;
    struct run run = {.sample = &s->items[rule].samples[sample], .f = f, .err = err};
    int r = tl_extractor_new(&run.extractor, err);
    if (r == 0)
        r = tl_store_open(&run.store, NULL, TL_STORE_TEMPORARY, err);
    if (r == 0)
        r = put_records(&run);
    if (r == 0)
        r = check_copies(&run);
    if (r == 0)
        r = detect(&run, &s->chains[rule], &n_cycles);
    tl_store_close(run.store);
    tl_extractor_free(run.extractor);
    if (r || n_cycles == run.sample->n_cycles)
        return r;
    return wrong_cycles(&run, s->chains[rule].name, sample, n_cycles);
}
