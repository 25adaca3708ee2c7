/* pipeline_run: one tl_ingest with all that it said and left, for tests of the pipeline. */
#ifndef TRAILLOOP_TEST_PIPELINE_RUN_H
#define TRAILLOOP_TEST_PIPELINE_RUN_H

#include "../support/dump.h"
#include "../support/run.h"
#include "trailloop/pipeline.h"

struct ingest_run {
    /* set before */
    int jobs;
    bool keep_all;
    uint64_t stop_after; /* calls of progress; 0: never */
    const char *db;      /* NULL: a temporary store */
    /* made by it */
    struct tl_store *store;
    struct tl_ingest_result r;
    struct tl_err err;
    struct tl_buf notices; /* a line each, without the directory that was walked; terminated */
    const char *const *paths;
    uint64_t n_progress;
    int code;
};

/* Ingests paths (NULL at the end) into run->store, which is opened if it is NULL. */
void ingest_paths(struct ingest_run *run, const char *const *paths);
void ingest_path(struct ingest_run *run, const char *path);
void ingest_fini(struct ingest_run *run);

/* What the store says it holds, as text: coverage, and every step and control of the history. Owned. */
char *ingest_content(struct tl_store *store);

/* dir/name, in one of 32 buffers that take turns. */
const char *in_dir(const char *dir, const char *name);

/* The same history for every test: a loop on one function, its settings, and ordinary traffic in two
 * accounts. */
struct tlh *sample_history(void);
/* Some records of `h` as one file. */
void write_part(const struct tlh *h, size_t from, size_t to, const char *path, enum tlh_form form,
                int members);

struct pipeline_fixture {
    char dir[TLH_PATH_BYTES];
    struct tlh *h;
};
int pipeline_setup(void **state);
int pipeline_teardown(void **state);
#define PIPELINE_TEST(name) cmocka_unit_test_setup_teardown(name, pipeline_setup, pipeline_teardown)

/* Splits the history over n files: dir/part-000.json and so on. */
void write_parts(const struct pipeline_fixture *f, const char *dir, size_t n, bool gzip);
/* Many copies of the history on one line, ids made anew, so that the file is handed over in many parts.
 * Returns how many records it has. */
size_t write_large(const struct pipeline_fixture *f, const char *path, size_t n_bytes, int members);

/* The run ended well, and the counters balance, its own and those of every file. */
void assert_balanced(const struct ingest_run *run);
void assert_notice(const struct ingest_run *run, const char *text);

#endif
