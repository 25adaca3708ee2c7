/* What the tests of the pipeline share: see the header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pipeline_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void notice(void *ctx, const char *message)
{
    struct ingest_run *run = ctx;
    const char *quote = strchr(message, '\'');
    for (const char *const *path = run->paths; quote && *path; path++) {
        /* a directory's own path, or the one above a file that was named */
        size_t n = strlen(*path);
        if (strncmp(quote + 1, *path, n) == 0 && quote[1 + n] == '\'')
            n = (size_t)(strrchr(*path, '/') ? strrchr(*path, '/') - *path : 0);
        if (n && strncmp(quote + 1, *path, n) == 0 && quote[1 + n] == '/') {
            assert_int_equal(
                tl_buf_printf(&run->notices, "%.*s'%s\n", (int)(quote - message), message, quote + 2 + n), 0);
            return;
        }
    }
    assert_int_equal(tl_buf_printf(&run->notices, "%s\n", message), 0);
}

static bool progress(void *ctx, const struct tl_progress *p)
{
    struct ingest_run *run = ctx;
    (void)p;
    return ++run->n_progress != run->stop_after;
}

void ingest_paths(struct ingest_run *run, const char *const *paths)
{
    size_t n = 0;
    while (paths[n])
        n++;
    struct tl_ingest_options o = {.paths = paths,
                                  .n_paths = n,
                                  .jobs = run->jobs ? run->jobs : 2,
                                  .keep_all = run->keep_all,
                                  .hash = true,
                                  .notice = notice,
                                  .progress = progress,
                                  .ctx = run};
    if (!run->store) {
        run->code =
            tl_store_open(&run->store, run->db, run->db ? TL_STORE_WRITE : TL_STORE_TEMPORARY, &run->err);
        assert_int_equal(run->code, 0);
    }
    tl_buf_fini(&run->notices);
    assert_int_equal(tl_buf_printf(&run->notices, "%s", ""), 0);
    run->n_progress = 0;
    run->paths = paths;
    run->code = tl_ingest(run->store, &o, &run->r, &run->err);
}

void ingest_path(struct ingest_run *run, const char *path)
{
    ingest_paths(run, (const char *const[]){path, NULL});
}

void ingest_fini(struct ingest_run *run)
{
    tl_store_close(run->store);
    tl_buf_fini(&run->notices);
    run->store = NULL;
}

static void add_coverage(struct tl_buf *b, struct tl_store *store)
{
    struct tl_coverage c;
    struct tl_err err = {0};
    assert_int_equal(tl_store_coverage(store, &c, &err), 0);
    tl_buf_printf(b, "kept %" PRIu64 " from %" PRId64 " to %" PRId64 "\n", c.records.n_kept, c.first_s,
                  c.last_s);
    for (size_t i = 0; i < c.n_scopes; i++)
        tl_buf_printf(b, "scope %.*s %.*s %" PRId64 " %" PRId64 " %" PRIu64 "\n", TL_FMT(c.scopes[i].account),
                      TL_FMT(c.scopes[i].region), c.scopes[i].first_s, c.scopes[i].last_s,
                      c.scopes[i].n_records);
    tl_coverage_fini(&c);
}

static tl_str subject_of(const struct tl_history *h, const struct tl_step *s)
{
    return s->kind == TL_STEP_CHANGE ? h->apis[s->subject].action : h->texts[s->subject];
}

static void add_history(struct tl_buf *b, struct tl_store *store)
{
    struct tl_history h = {0};
    struct tl_err err = {0};
    assert_int_equal(tl_store_load(store, INT64_MIN, INT64_MAX, NULL, &h, &err), 0);
    for (size_t i = 0; i < h.n_steps; i++) {
        const struct tl_step *s = &h.steps[i];
        tl_str id = s->resource == TL_NONE ? TL_STR("-") : h.resources[s->resource].id;
        tl_buf_printf(b, "step %" PRId64 " %02x%02x kind %d flags %d %.*s %.*s %d\n", s->time_s,
                      s->event.b[0], s->event.b[15], s->kind, s->flags, TL_FMT(subject_of(&h, s)), TL_FMT(id),
                      s->compliance);
    }
    for (size_t i = 0; i < h.n_controls; i++)
        tl_buf_printf(b, "control %" PRId64 " %s %d/%" PRId64 "\n", h.controls[i].time_s,
                      tl_control_action_name(h.controls[i].action), h.controls[i].attempts,
                      h.controls[i].window_s);
    tl_history_fini(&h);
}

char *ingest_content(struct tl_store *store)
{
    struct tl_buf b = {0};
    add_coverage(&b, store);
    add_history(&b, store);
    return b.p;
}

#define IN_DIR_TURNS 32

const char *in_dir(const char *dir, const char *name)
{
    static char paths[IN_DIR_TURNS][TLH_PATH_BYTES];
    static unsigned turn;
    char *p = paths[turn++ % IN_DIR_TURNS];
    assert_true(snprintf(p, TLH_PATH_BYTES, "%s/%s", dir, name) < TLH_PATH_BYTES);
    return p;
}

#define START_S 1709020644 /* 2024-02-27T07:57:24Z */

struct tlh *sample_history(void)
{
    struct tlh *h = tlh_new(7);
    tlh_put_remediation(h, START_S - 60, "rule-a", "AWS::Lambda::Function", "Runbook-A", 10, 600);
    for (int i = 0; i < 8; i++) {
        int64_t t = START_S + 150 * i;
        tlh_verdict(h, t, "rule-a", "AWS::Lambda::Function", "fn-a", "NON_COMPLIANT");
        tlh_attempt(h, t + 5, "Runbook-A", "FunctionName", "fn-a");
        tlh_remove_permission(h, t + 20, &tlh_modify_function, "fn-a", "s");
        tlh_add_permission(h, t + 40, &tlh_modify_function, "fn-a", "s");
    }
    tlh_noise_between(h, START_S - 100, START_S + 1400, 5, 20);
    tlh_place(h, "444455556666", "eu-west-1");
    tlh_noise_between(h, START_S, START_S + 1000, 5, 20);
    tlh_sort(h);
    return h;
}

void write_part(const struct tlh *h, size_t from, size_t to, const char *path, enum tlh_form form,
                int members)
{
    struct tlh part = *h;
    part.events += from;
    part.n = to - from;
    tlh_write(&part, path, form, members);
}

int pipeline_setup(void **state)
{
    struct pipeline_fixture *f = calloc(1, sizeof *f);
    if (!f)
        return -1;
    tlh_temp_make(f->dir);
    f->h = sample_history();
    *state = f;
    return 0;
}

int pipeline_teardown(void **state)
{
    struct pipeline_fixture *f = *state;
    tlh_temp_remove(f->dir);
    tlh_free(f->h);
    free(f);
    return 0;
}

void write_parts(const struct pipeline_fixture *f, const char *dir, size_t n, bool gzip)
{
    for (size_t i = 0; i < n; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s/part-%03zu.json%s", dir, i, gzip ? ".gz" : "");
        write_part(f->h, f->h->n * i / n, f->h->n * (i + 1) / n, in_dir(f->dir, name), TLH_RECORDS, gzip);
    }
}

void assert_balanced(const struct ingest_run *run)
{
    const struct tl_ingest_result *r = &run->r;
    struct tl_err err = {0};
    struct tl_stats st;
    assert_int_equal(run->code, 0);
    assert_int_equal(r->n_records_read,
                     r->n_records_new + r->n_records_duplicate + r->n_records_damaged + r->n_records_unused);
    assert_int_equal(tl_stats_load(run->store, &st, &err), 0);
    for (size_t i = 0; i < st.n_sources; i++) {
        const struct tl_source *s = &st.sources[i];
        assert_int_equal(s->n_read, s->n_kept + s->n_duplicates + s->n_damaged + s->n_unused);
    }
    tl_stats_fini(&st);
}

void assert_notice(const struct ingest_run *run, const char *text)
{
    if (!strstr(run->notices.p, text))
        fail_msg("no notice says: %s\nthere are:\n%s", text, run->notices.p);
}

size_t write_large(const struct pipeline_fixture *f, const char *path, size_t n_bytes, int members)
{
    struct tl_buf b = {0};
    size_t n = 0;
    tl_buf_printf(&b, "{\"Records\":[");
    while (b.n < n_bytes) {
        const struct tlh_event *e = &f->h->events[n % f->h->n];
        tl_buf_printf(&b, "%s%s", n ? "," : "", e->text);
        char *id = strstr(b.p + b.n - strlen(e->text), e->id);
        while (id) { /* wherever the record says it */
            char round[9];
            snprintf(round, sizeof round, "%08zx", n);
            memcpy(id, round, 8);
            id = strstr(id, e->id);
        }
        n++;
    }
    tl_buf_printf(&b, "]}");
    tlh_write_bytes(path, b.p, b.n, members);
    tl_buf_fini(&b);
    return n;
}
