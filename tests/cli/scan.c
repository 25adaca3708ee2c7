/* The built program run on a dump, its JSON report read back: see scan.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *scan_exe(void)
{
    const char *exe = getenv("TRAILLOOP_EXE");
    if (!exe)
        fail_msg("TRAILLOOP_EXE does not name the program under test");
    return exe;
}

char *scan_text(int exit, const char *const *arguments)
{
    static const char *const env[] = {"LC_ALL=C",
                                      "TZ=UTC",
                                      "SOURCE_DATE_EPOCH=1709251200",
                                      "NO_COLOR=1",
                                      "MALLOC_PERTURB_=85", /* what was freed does not stay as it was */
                                      NULL};
    const char *argv[256] = {scan_exe()};
    for (size_t i = 0; arguments[i]; i++) {
        assert_true(i + 2 < sizeof(argv) / sizeof(argv[0]));
        argv[i + 1] = arguments[i];
    }
    struct tlh_run r;
    tlh_run(&r, argv, env, NULL);
    if (r.exit != exit)
        fail_msg("trailloop %s ended with %d, not %d: %s", argv[1], r.exit, exit, r.err);
    char *out = r.out;
    free(r.err);
    return out;
}

json_t *scan_json(int exit, const char *const *arguments)
{
    char *text = scan_text(exit, arguments);
    json_error_t why;
    json_t *report = json_loads(text, JSON_REJECT_DUPLICATES, &why);
    if (!report)
        fail_msg("the report is not JSON: line %d: %s", why.line, why.text);
    free(text);
    return report;
}

json_t *scan_path(const char *path)
{
    return scan_json(0, (const char *const[]){"scan", "--format", "json", path, NULL});
}

json_t *scan_history(struct tlh *h, const struct tlh_delivery *how)
{
    static const struct tlh_delivery usual = {.gzip = true, .shuffled = true, .seed = 11};
    char dir[TLH_PATH_BYTES];
    tlh_temp_make(dir);
    tlh_sort(h);
    tlh_deliver(h, dir, how ? how : &usual);
    json_t *report = scan_path(dir);
    tlh_temp_remove(dir);
    return report;
}

size_t scan_n_loops(const json_t *report)
{
    return json_array_size(scan_get(report, "loops"));
}

json_t *scan_loops_of(struct tlh *h, size_t n_loops)
{
    json_t *report = scan_history(h, NULL);
    tlh_free(h);
    if (scan_n_loops(report) != n_loops) {
        char *text = json_dumps(report, JSON_INDENT(1));
        print_error("%s\n", text);
        free(text);
    }
    assert_int_equal(scan_n_loops(report), n_loops);
    return report;
}

static bool is_word(const json_t *object, const char *key, const char *word)
{
    const char *is = json_string_value(json_object_get(object, key));
    return !word || (is && strcmp(is, word) == 0);
}

const json_t *scan_loop(const json_t *report, const char *id, const char *account, const char *region)
{
    const json_t *found = NULL, *loops = scan_get(report, "loops");
    for (size_t i = 0; i < json_array_size(loops); i++) {
        const json_t *loop = json_array_get(loops, i), *resource = scan_get(loop, "resource");
        if (!is_word(resource, "id", id) || !is_word(resource, "account", account) ||
            !is_word(resource, "region", region))
            continue;
        if (found)
            fail_msg("two loops on '%s'", id);
        found = loop;
    }
    return found;
}

const json_t *scan_get(const json_t *value, const char *path)
{
    const json_t *at = value;
    for (const char *p = path; at && *p;) {
        char key[64];
        size_t n = strcspn(p, ".");
        assert_true(n < sizeof(key));
        memcpy(key, p, n);
        key[n] = 0;
        at = json_is_array(at) ? json_array_get(at, strtoul(key, NULL, 10)) : json_object_get(at, key);
        p += n + (p[n] == '.');
    }
    if (!at)
        fail_msg("the report has no '%s'", path);
    return at;
}

json_int_t scan_int(const json_t *value, const char *path)
{
    const json_t *v = scan_get(value, path);
    if (!json_is_integer(v))
        fail_msg("'%s' is no whole number", path);
    return json_integer_value(v);
}

const char *scan_word(const json_t *value, const char *path)
{
    const json_t *v = scan_get(value, path);
    if (!json_is_string(v))
        fail_msg("'%s' is no text", path);
    return json_string_value(v);
}

bool scan_bool(const json_t *value, const char *path)
{
    const json_t *v = scan_get(value, path);
    if (!json_is_boolean(v))
        fail_msg("'%s' is neither true nor false", path);
    return json_is_true(v);
}

void scan_forget_files(json_t *report)
{
    size_t i, k, m;
    json_t *loop, *cycle, *step;
    json_object_del(json_object_get(report, "coverage"), "files");
    json_array_foreach(json_object_get(report, "loops"), i, loop)
    {
        json_array_foreach(json_object_get(loop, "evidence"), k, cycle)
        {
            json_array_foreach(json_object_get(cycle, "steps"), m, step)
            {
                json_object_del(step, "source");
                json_object_del(step, "record");
                json_object_del(step, "offset");
            }
        }
    }
}
