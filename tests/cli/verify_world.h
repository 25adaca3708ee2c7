/* What the tests of `verify` share: a trail with its digests and its key, and what is said of it. */
#ifndef TRAILLOOP_TEST_VERIFY_WORLD_H
#define TRAILLOOP_TEST_VERIFY_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "digests.h"
#include "scan.h"

#define START_S 1709020800 /* 2024-02-27T08:00:00Z */
enum { HOURS = 6, LOGS = 4 };

struct world {
    char dir[TLH_PATH_BYTES], key[TLH_PATH_BYTES + 16], signature[TLH_PATH_BYTES + 16],
        tree[TLH_PATH_BYTES + 16];
    struct tlh_key *pair;
    struct tlh_trail trail;
    char digest[HOURS][TLH_NAME_BYTES * 2];
};

static inline void open_world(struct world *w, bool plain)
{
    memset(w, 0, sizeof *w);
    tlh_temp_make(w->dir);
    snprintf(w->key, sizeof w->key, "%s/key", w->dir);
    snprintf(w->signature, sizeof w->signature, "%s/signature", w->dir);
    snprintf(w->tree, sizeof w->tree, "%s/dump", w->dir);
    w->pair = tlh_key_new();
    tlh_key_write(w->pair, w->key, TLH_KEY_LIST);
    w->trail = (struct tlh_trail){.dir = w->tree,
                                  .account = "123456789012",
                                  .region = "eu-central-1",
                                  .name = "main",
                                  .key = w->pair,
                                  .plain = plain};
}

static inline void add_hours(struct world *w)
{
    for (int i = 0; i < HOURS; i++) {
        tlh_trail_hour(&w->trail, START_S + i * 3600, i == 2 ? 0 : LOGS); /* one empty hour */
        memcpy(w->digest[i], w->trail.path, sizeof w->digest[i]);
    }
    tlh_write_bytes(w->signature, w->trail.signature, strlen(w->trail.signature), 0);
}

static inline void close_world(struct world *w)
{
    free(w->trail.signature);
    tlh_key_free(w->pair);
    tlh_temp_remove(w->dir);
}

static inline json_t *verify(const struct world *w, int exit, bool with_signature)
{
    return scan_json(exit,
                     (const char *const[]){"verify", "--format", "json", "--public-key", w->key, w->tree,
                                           with_signature ? "--signature" : NULL, w->signature, NULL});
}

static inline const json_t *problem(const json_t *v, const char *kind, const char *of, const char *part)
{
    const json_t *list = scan_get(v, "problems");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *p = json_array_get(list, i);
        const char *file = json_string_value(json_object_get(p, "file"));
        const char *object = json_string_value(json_object_get(p, "s3_object"));
        if (strcmp(scan_word(p, "kind"), kind) == 0 && strcmp(scan_word(p, "of"), of) == 0 &&
            ((file && strstr(file, part)) || (object && strstr(object, part))))
            return p;
    }
    char *text = json_dumps(v, JSON_INDENT(1));
    fail_msg("no %s %s with '%s' in %s", kind, of, part, text);
    return NULL;
}

static inline void assert_n_problems(const json_t *v, size_t n)
{
    if (json_array_size(scan_get(v, "problems")) != n)
        fail_msg("not %zu problems: %s", n, json_dumps(v, JSON_INDENT(1)));
}

static inline void log_path(const struct world *w, int hour, int i, char out[TLH_NAME_BYTES * 2])
{
    tlh_trail_log(&w->trail, START_S + hour * 3600, i, out);
}

static inline const char *base(const char *path)
{
    return strrchr(path, '/') + 1;
}

#endif
