/* Each scenario in fixtures/scenarios: the JSON report of its dump, or of the dump that its story makes, has
 * every field that its expected.json has. What expected.json leaves out is free; a list must have the same
 * length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scan.h"
#include "story.h"

/* True when `is` has all that `want` has; else says where not. */
static bool holds(const json_t *want, const json_t *is, const char *where)
{
    char place[256];
    if (json_is_object(want)) {
        const char *key;
        json_t *value;
        bool all = json_is_object(is);
        json_object_foreach((json_t *)(uintptr_t)want, key, value)
        {
            snprintf(place, sizeof(place), "%s.%s", where, key);
            all &= holds(value, json_object_get(is, key), place);
        }
        return all;
    }
    if (json_is_array(want)) {
        bool all = json_is_array(is) && json_array_size(is) == json_array_size(want);
        if (!all)
            print_error("%s: %zu elements, expected %zu\n", where, json_array_size(is),
                        json_array_size(want));
        for (size_t i = 0; i < json_array_size(want); i++) {
            snprintf(place, sizeof(place), "%s[%zu]", where, i);
            all &= holds(json_array_get(want, i), json_array_get(is, i), place);
        }
        return all;
    }
    if (json_equal(want, is))
        return true;
    char *a = json_dumps(want, JSON_ENCODE_ANY), *b = is ? json_dumps(is, JSON_ENCODE_ANY) : NULL;
    print_error("%s: is %s, expected %s\n", where, b ? b : "not there", a);
    free(a);
    free(b);
    return false;
}

/* The dump that is there, or the one that its story makes, in two deliveries whose reports must be equal. */
static json_t *scan_scenario(const char *root, const char *name)
{
    static const struct tlh_delivery orderly = {.every_s = 600}, other = {.gzip = true,
                                                                          .shuffled = true,
                                                                          .twice_percent = 5,
                                                                          .late_percent = 20,
                                                                          .late_s = 900,
                                                                          .seed = 5};
    char path[TLH_PATH_BYTES];
    snprintf(path, sizeof(path), "%s/scenarios/%s/story.json", root, name);
    if (access(path, R_OK) != 0) {
        snprintf(path, sizeof(path), "%s/scenarios/%s/dump", root, name);
        return scan_path(path);
    }
    struct tlh *h = tlh_story(path);
    json_t *report = scan_history(h, &orderly), *again = scan_history(h, &other);
    tlh_free(h);
    json_object_del(again, "coverage"); /* it counts the copies */
    scan_forget_files(again);
    json_t *first = json_deep_copy(report);
    json_object_del(first, "coverage");
    scan_forget_files(first);
    if (!json_equal(first, again))
        fail_msg("%s: the report depends on how the records are delivered", name);
    json_decref(first);
    json_decref(again);
    return report;
}

static bool check_scenario(const char *root, const char *name)
{
    char path[TLH_PATH_BYTES];
    json_error_t why;
    snprintf(path, sizeof(path), "%s/scenarios/%s/expected.json", root, name);
    json_t *want = json_load_file(path, 0, &why);
    if (!want)
        fail_msg("%s: line %d: %s", path, why.line, why.text);
    json_t *report = scan_scenario(root, name);
    bool right = holds(want, report, name);
    json_decref(want);
    json_decref(report);
    return right;
}

static void each_scenario_is_reported_as_expected(void **state)
{
    (void)state;
    const char *root = getenv("TRAILLOOP_FIXTURES");
    assert_non_null(root);
    char path[TLH_PATH_BYTES];
    snprintf(path, sizeof(path), "%s/scenarios", root);
    DIR *dir = opendir(path);
    assert_non_null(dir);
    size_t n = 0, n_right = 0;
    for (struct dirent *e; (e = readdir(dir));) {
        if (e->d_name[0] == '.')
            continue;
        n++;
        n_right += check_scenario(root, e->d_name);
    }
    closedir(dir);
    assert_true(n >= 2);
    assert_int_equal(n_right, n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_scenario_is_reported_as_expected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
