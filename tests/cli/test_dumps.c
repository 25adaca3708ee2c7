/* The same loop, however its records are delivered: twice, late, in any file order, split, container,
 * compression, time zone or locale; and what is left of it when files are cut. And the real captures, which
 * hold no loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "scan.h"

#define RULE "lambda-no-public-access"
#define RUNBOOK "fix-public-access"
#define START_S 1709000000

enum { CYCLES = 40 };

/* A long loop with noise around it; every third cycle has steps that share a second. */
static struct tlh *make(void)
{
    struct tlh *h = tlh_new(21);
    tlh_put_remediation(h, START_S - 60, RULE, "AWS::Lambda::Function", RUNBOOK, 10, 600);
    for (int i = 0; i < CYCLES; i++) {
        int64_t t = START_S + i * 150;
        tlh_verdict(h, t, RULE, "AWS::Lambda::Function", "f", "NON_COMPLIANT");
        tlh_attempt(h, t + (i % 3 ? 4 : 0), RUNBOOK, NULL, NULL);
        tlh_remove_permission(h, t + 30, &tlh_modify_function, "f", "s");
        tlh_add_permission(h, t + (i % 3 ? 31 : 30), &tlh_modify_function, "f", "s");
    }
    tlh_noise_between(h, START_S - 3600, START_S + CYCLES * 150, 20, 70);
    tlh_sort(h);
    return h;
}

static void dump_text(const json_t *value, char **out)
{
    *out = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);
    assert_non_null(*out);
}

/* Both reports say the same of the loops. */
static void assert_same_loops(const json_t *a, const json_t *b, const char *what)
{
    char *x, *y;
    dump_text(scan_get(a, "loops"), &x);
    dump_text(scan_get(b, "loops"), &y);
    if (strcmp(x, y) != 0)
        fail_msg("%s: other loops:\n%s\n%s", what, x, y);
    free(x);
    free(y);
}

static json_t *reference(void) /* as a single plain file, in order */
{
    char dir[TLH_PATH_BYTES], path[TLH_PATH_BYTES + 16];
    struct tlh *h = make();
    tlh_temp_make(dir);
    snprintf(path, sizeof(path), "%s/one.json", dir);
    tlh_write(h, path, TLH_RECORDS, 0);
    json_t *report = scan_path(path);
    assert_int_equal(scan_n_loops(report), 1);
    assert_int_equal(scan_int(report, "loops.0.cycles"), CYCLES);
    assert_int_equal(scan_int(report, "coverage.records.read"), h->n);
    scan_forget_files(report);
    tlh_temp_remove(dir);
    tlh_free(h);
    return report;
}

static void every_delivery_gives_the_same_loops(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct tlh_delivery how;
    } rows[] = {
        {"five-minute files", {0}},
        {"gzip", {.gzip = true}},
        {"shuffled inside", {.shuffled = true, .seed = 1}},
        {"one minute a file", {.every_s = 60, .shuffled = true, .seed = 2}},
        {"one file", {.every_s = 86400, .shuffled = true, .seed = 3}},
        {"21 % twice", {.gzip = true, .twice_percent = 21, .seed = 4}},
        {"all twice", {.twice_percent = 100, .shuffled = true, .seed = 5}},
        {"files 40 minutes late", {.late_percent = 30, .late_s = 2400, .seed = 6}},
        {"late and twice",
         {.gzip = true,
          .shuffled = true,
          .late_percent = 30,
          .late_s = 2400,
          .twice_percent = 21,
          .seed = 7}},
    };
    json_t *want = reference();
    struct tlh *h = make();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char dir[TLH_PATH_BYTES];
        tlh_temp_make(dir);
        size_t n = tlh_deliver(h, dir, &rows[i].how);
        json_t *report = scan_path(dir);
        assert_int_equal(scan_int(report, "coverage.records.read"), n);
        assert_int_equal(scan_int(report, "coverage.records.damaged"), 0);
        assert_int_equal(scan_int(report, "coverage.records.read"),
                         scan_int(report, "coverage.records.kept") +
                             scan_int(report, "coverage.records.duplicates") +
                             scan_int(report, "coverage.records.unused"));
        scan_forget_files(report);
        assert_same_loops(want, report, rows[i].what);
        json_decref(report);
        tlh_temp_remove(dir);
    }
    json_decref(want);
    tlh_free(h);
}

static void every_container_gives_the_same_loops(void **state)
{
    (void)state;
    char dir[TLH_PATH_BYTES], path[TLH_PATH_BYTES + 16];
    json_t *want = reference();
    struct tlh *h = make();
    tlh_temp_make(dir);
    snprintf(path, sizeof(path), "%s/dump", dir);
    for (int form = 0; form < TLH_FORMS; form++) {
        for (int members = 0; members < 3; members++) {
            tlh_write(h, path, (enum tlh_form)form, members);
            json_t *report = scan_path(dir);
            if (scan_int(report, "coverage.records.read") != (json_int_t)h->n)
                fail_msg("%s: %lld of %zu records read", tlh_form_name((enum tlh_form)form),
                         (long long)scan_int(report, "coverage.records.read"), h->n);
            scan_forget_files(report);
            assert_same_loops(want, report, tlh_form_name((enum tlh_form)form));
            json_decref(report);
        }
    }
    tlh_temp_remove(dir);
    json_decref(want);
    tlh_free(h);
}

/* ---- the same bytes -------------------------------------------------------------------------- */

enum { PARTS = 4 };

/* A dump in four directories, each the records of every fourth five-minute file; some records in two of them.
 */
static void make_parts(const char *dir, char parts[PARTS][TLH_PATH_BYTES + 16])
{
    struct tlh *all = make();
    for (int p = 0; p < PARTS; p++) {
        struct tlh part = *all;
        part.events = calloc(all->n, sizeof(part.events[0]));
        part.n = 0;
        assert_non_null(part.events);
        for (size_t i = 0; i < all->n; i++)
            if (all->events[i].time_s / 300 % PARTS == p || i % 7 == (size_t)p)
                part.events[part.n++] = all->events[i];
        snprintf(parts[p], TLH_PATH_BYTES + 16, "%s/part%d", dir, p);
        tlh_deliver(&part, parts[p],
                    &(struct tlh_delivery){.gzip = p % 2, .shuffled = true, .seed = (uint64_t)p});
        free(part.events);
    }
    tlh_free(all);
}

static const char *const formats[] = {"text", "json", "ndjson", "csv", "markdown", "html", "prometheus"};
enum { N_FORMATS = sizeof formats / sizeof *formats };

/* How the same parts are given to the same program. */
static const struct given {
    int order[PARTS];
    const char *jobs, *locale, *zone;
} givens[] = {
    {{0, 1, 2, 3}, "1", "LC_ALL=C", "TZ=UTC"},
    {{3, 2, 1, 0}, "1", "LC_ALL=C", "TZ=UTC"},
    {{2, 0, 3, 1}, "2", "LC_ALL=C.UTF-8", "TZ=Asia/Tokyo"},
    {{1, 3, 0, 2}, "4", "LC_ALL=de_DE.UTF-8", "TZ=America/Lima"},
    {{0, 1, 2, 3}, "8", "LC_ALL=tr_TR.UTF-8", "TZ=:bad"},
};

/* Runs it and compares what it prints with *first, which the first call fills. */
static void assert_same_output(const struct given *g, const char *const *argv, char **first)
{
    const char *env[] = {g->locale, g->zone, "SOURCE_DATE_EPOCH=1709251200", NULL};
    struct tlh_run r;
    tlh_run(&r, argv, env, NULL);
    assert_int_equal(r.exit, 0);
    assert_true(r.n_out > 100);
    if (*first)
        assert_string_equal(r.out, *first);
    else
        *first = strdup(r.out);
    tlh_run_fini(&r);
}

static void the_report_is_the_same_bytes_for_any_order_locale_time_zone_and_number_of_jobs(void **state)
{
    (void)state;
    char dir[TLH_PATH_BYTES], parts[PARTS][TLH_PATH_BYTES + 16];
    tlh_temp_make(dir);
    make_parts(dir, parts);
    for (int f = 0; f < N_FORMATS; f++) {
        char *first = NULL;
        for (size_t i = 0; i < sizeof(givens) / sizeof(givens[0]); i++) {
            const struct given *g = &givens[i];
            const char *argv[] = {scan_exe(),
                                  "scan",
                                  "--format",
                                  formats[f],
                                  "--jobs",
                                  g->jobs,
                                  parts[g->order[0]],
                                  parts[g->order[1]],
                                  parts[g->order[2]],
                                  parts[g->order[3]],
                                  NULL};
            assert_same_output(g, argv, &first);
        }
        free(first);
    }
    tlh_temp_remove(dir);
}

/* What the commands are asked of a database. */
static const struct {
    const char *command, *operands[5];
    int n_formats; /* the first of `formats` */
} asked[] = {
    {"report", {NULL}, N_FORMATS},
    {"stats", {NULL}, N_FORMATS},
    {"history", {"f"}, N_FORMATS - 1},
    {"discover", {NULL}, N_FORMATS - 1},
    {"show", {"LOOP"}, N_FORMATS - 1},
    {"whatif", {"LOOP", "--attempts", "3", "--window", "600"}, N_FORMATS - 1},
};
enum { N_ASKED = sizeof asked / sizeof *asked };

static void ask(const struct given *g, const char *db, const char *loop, int what, int f, char **first)
{
    const char *argv[16] = {scan_exe(), asked[what].command, "--db", db, "--format", formats[f]};
    for (size_t i = 0; i < 5 && asked[what].operands[i]; i++)
        argv[6 + i] = strcmp(asked[what].operands[i], "LOOP") == 0 ? loop : asked[what].operands[i];
    assert_same_output(g, argv, first);
}

static void every_command_prints_the_same_bytes_whatever_the_order_of_ingest(void **state)
{
    (void)state;
    char dir[TLH_PATH_BYTES], parts[PARTS][TLH_PATH_BYTES + 16], db[TLH_PATH_BYTES + 16], loop[16] = "";
    char *first[N_ASKED][N_FORMATS] = {{NULL}};
    tlh_temp_make(dir);
    make_parts(dir, parts);
    snprintf(db, sizeof db, "%s/a.db", dir);
    for (size_t i = 0; i < sizeof(givens) / sizeof(givens[0]); i += 2) {
        const struct given *g = &givens[i];
        for (int p = 0; p < PARTS; p++)
            free(scan_text(0, (const char *[]){"ingest", "--quiet", "--jobs", g->jobs, "--db", db,
                                               parts[g->order[p]], NULL}));
        json_t *report = scan_json(0, (const char *[]){"report", "--format", "json", "--db", db, NULL});
        snprintf(loop, sizeof loop, "%s", scan_word(report, "loops.0.id"));
        json_decref(report);
        for (int a = 0; a < N_ASKED; a++)
            for (int f = 0; f < asked[a].n_formats; f++)
                ask(g, db, loop, a, f, &first[a][f]);
        assert_int_equal(remove(db), 0);
    }
    for (int a = 0; a < N_ASKED; a++)
        for (int f = 0; f < N_FORMATS; f++)
            free(first[a][f]);
    tlh_temp_remove(dir);
}

static void parts_ingested_one_by_one_in_any_order_and_again_give_the_same_report(void **state)
{
    (void)state;
    static const int orders[][PARTS] = {{0, 1, 2, 3}, {3, 1, 0, 2}, {2, 3, 1, 0}};
    char dir[TLH_PATH_BYTES], parts[PARTS][TLH_PATH_BYTES + 16], db[TLH_PATH_BYTES + 16];
    tlh_temp_make(dir);
    make_parts(dir, parts);
    char *first = NULL;
    for (size_t i = 0; i < 3; i++) {
        snprintf(db, sizeof(db), "%s/%zu.db", dir, i);
        for (int again = 0; again < 2; again++)
            for (int p = 0; p < PARTS; p++)
                free(scan_text(
                    0, (const char *const[]){"ingest", "--quiet", "--db", db, parts[orders[i][p]], NULL}));
        char *text = scan_text(0, (const char *const[]){"report", "--db", db, "--format", "json", NULL});
        if (first)
            assert_string_equal(text, first);
        else
            first = strdup(text);
        free(text);
    }
    json_t *report = json_loads(first, 0, NULL);
    assert_int_equal(scan_int(report, "loops.0.cycles"), CYCLES);
    json_decref(report);
    free(first);
    tlh_temp_remove(dir);
}

/* ---- damage ---------------------------------------------------------------------------------- */

static void a_cut_gzip_file_is_told_and_not_done_and_exact_once_it_is_whole(void **state)
{
    (void)state;
    char dir[TLH_PATH_BYTES], dump[TLH_PATH_BYTES + 16], path[TLH_PATH_BYTES + 32], db[TLH_PATH_BYTES + 16];
    struct tlh *h = make();
    tlh_temp_make(dir);
    snprintf(dump, sizeof(dump), "%s/dump", dir);
    snprintf(path, sizeof(path), "%s/dump.json.gz", dump);
    tlh_write(h, path, TLH_RECORDS, 1);
    size_t whole = tlh_file_bytes(path);
    const size_t cuts[] = {1, 10, 18, whole / 3, whole / 2, whole - 9, whole - 8, whole - 1};
    for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
        snprintf(db, sizeof(db), "%s/%zu.db", dir, i);
        tlh_write(h, path, TLH_RECORDS, 1);
        tlh_file_cut(path, cuts[i]);
        free(scan_text(3, (const char *const[]){"ingest", "--quiet", "--db", db, dump, NULL}));
        json_t *report = scan_json(0, (const char *const[]){"report", "--db", db, "--format", "json", NULL});
        assert_int_equal(scan_int(report, "coverage.files.damaged"), 1);
        assert_int_equal(scan_int(report, "coverage.records.kept"), 0);
        json_decref(report);
        tlh_write(h, path, TLH_RECORDS, 1);
        free(scan_text(0, (const char *const[]){"ingest", "--quiet", "--db", db, dump, NULL}));
        report = scan_json(0, (const char *const[]){"report", "--db", db, "--format", "json", NULL});
        assert_int_equal(scan_int(report, "coverage.files.damaged"), 0);
        assert_int_equal(scan_int(report, "coverage.records.kept"), h->n);
        assert_int_equal(scan_int(report, "loops.0.cycles"), CYCLES);
        json_decref(report);
    }
    tlh_temp_remove(dir);
    tlh_free(h);
}

static void a_flipped_bit_keeps_no_wrong_record_and_stops_no_other_file(void **state)
{
    (void)state;
    char dir[TLH_PATH_BYTES], bad[TLH_PATH_BYTES + 16], good[TLH_PATH_BYTES + 16];
    struct tlh *h = make(), *other = tlh_new(5);
    for (uint32_t i = 0; i < 20; i++)
        tlh_noise(other, START_S + i, i);
    tlh_temp_make(dir);
    snprintf(bad, sizeof(bad), "%s/a.json.gz", dir);
    snprintf(good, sizeof(good), "%s/b.json.gz", dir);
    tlh_write(other, bad, TLH_RECORDS, 1);
    tlh_write(h, good, TLH_RECORDS, 1);
    size_t n = tlh_file_bytes(bad);
    for (size_t byte = 10; byte < n; byte += n / 23) {
        tlh_write(other, bad, TLH_RECORDS, 1);
        tlh_file_flip(bad, byte, (int)(byte % 8));
        json_t *report =
            scan_json(3, (const char *const[]){"scan", "--quiet", "--format", "json", dir, NULL});
        assert_int_equal(scan_int(report, "coverage.files.damaged"), 1);
        assert_int_equal(scan_int(report, "loops.0.cycles"), CYCLES);
        json_decref(report);
    }
    tlh_temp_remove(dir);
    tlh_free(h);
    tlh_free(other);
}

/* ---- real captures --------------------------------------------------------------------------- */

static void real_captures_are_read_whole_and_hold_no_loop(void **state)
{
    (void)state;
    static const struct {
        const char *dir;
        int records;
    } rows[] = {
        {"invictus-ir+aws_dataset", 2900},
        {"DataDog+stratus-red-team", 310},
        {"adanalvarez+TrailDiscover", 562},
    };
    const char *shared = getenv("TRAILLOOP_SHARED");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char path[TLH_PATH_BYTES];
        struct stat st;
        snprintf(path, sizeof(path), "%s/data/%s", shared ? shared : "", rows[i].dir);
        if (!shared || stat(path, &st) != 0) {
            print_message("no real capture at '%s': passed over\n", path);
            skip();
        }
        json_t *report = scan_path(path);
        assert_int_equal(scan_int(report, "coverage.records.read"), rows[i].records);
        assert_int_equal(scan_int(report, "coverage.records.damaged"), 0);
        assert_int_equal(scan_int(report, "coverage.files.damaged"), 0);
        assert_int_equal(scan_n_loops(report), 0);
        json_decref(report);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_delivery_gives_the_same_loops),
        cmocka_unit_test(every_container_gives_the_same_loops),
        cmocka_unit_test(the_report_is_the_same_bytes_for_any_order_locale_time_zone_and_number_of_jobs),
        cmocka_unit_test(every_command_prints_the_same_bytes_whatever_the_order_of_ingest),
        cmocka_unit_test(parts_ingested_one_by_one_in_any_order_and_again_give_the_same_report),
        cmocka_unit_test(a_cut_gzip_file_is_told_and_not_done_and_exact_once_it_is_whole),
        cmocka_unit_test(a_flipped_bit_keeps_no_wrong_record_and_stops_no_other_file),
        cmocka_unit_test(real_captures_are_read_whole_and_hold_no_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
