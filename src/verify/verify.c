/* The order of the work: keys, files, chains, names; and what its parts share. */
#include "internal.h"

#include "trailloop/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

const char *tl_verify_kind_name(enum tl_verify_kind k)
{
    static const char *const names[] = {"missing", "altered", "extra", "unverifiable", "gap"};
    return names[k];
}

/* ---- lines -------------------------------------------------------------------------------------- */

int line_add(struct sorter *s, const tl_str *fields, size_t n, struct tl_err *err)
{
    struct tl_buf line = {0};
    int r = 0;
    for (size_t i = 0; i < n && r == 0; i++)
        if ((i && tl_buf_add(&line, "", 1)) || tl_buf_add_str(&line, fields[i]))
            r = tl_err_nomem(err);
    if (r == 0)
        r = sorter_add(s, tl_buf_str(&line), err);
    tl_buf_fini(&line);
    return r;
}

void line_split(tl_str line, tl_str *fields, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t end = tl_str_find(line, TL_STR("\0"));
        fields[i] = tl_str_sub(line, 0, end);
        line = end == SIZE_MAX ? TL_STR_NONE : tl_str_sub(line, end + 1, line.n);
    }
}

tl_str time_key(int64_t t_s, char out[TIME_KEY_BYTES])
{
    snprintf(out, TIME_KEY_BYTES, "%016" PRIx64, (uint64_t)t_s ^ (uint64_t)INT64_MIN);
    return (tl_str){out, TIME_KEY_BYTES - 1};
}

int64_t time_of_key(tl_str key)
{
    uint64_t t = 0;
    for (size_t i = 0; i < key.n; i++)
        t = t << 4 | (uint64_t)(key.p[i] <= '9' ? key.p[i] - '0' : key.p[i] - 'a' + 10);
    return (int64_t)(t ^ (uint64_t)INT64_MIN);
}

/* ---- problems ----------------------------------------------------------------------------------- */

int add_problem(struct work *w, const struct tl_verify_problem *p)
{
    struct tl_verify *v = w->v;
    if (v->n_problems == TL_VERIFY_PROBLEMS_MAX) {
        v->n_problems_left_out++;
        return 0;
    }
    if (tl_grow(&v->problems, &w->cap_problems, v->n_problems + 1, sizeof *v->problems))
        return tl_err_nomem(w->err);
    struct tl_verify_problem *to = &v->problems[v->n_problems];
    *to = *p;
    if (tl_arena_copy(&v->arena, p->file, &to->file) || tl_arena_copy(&v->arena, p->object, &to->object) ||
        tl_arena_copy(&v->arena, p->why, &to->why))
        return tl_err_nomem(w->err);
    v->n_problems++;
    return 0;
}

bool tl_verify_is_clean(const struct tl_verify *v)
{
    return v->n_problems == 0;
}

bool tl_verify_is_proved(const struct tl_verify *v)
{
    return tl_verify_is_clean(v) && v->digests.n_read > 0 && v->digests.n_signed == v->digests.n_read;
}

/* ---- the work ----------------------------------------------------------------------------------- */

/* Without any digest nothing can be said of the files, and that is no good end. */
static int no_digest(struct work *w)
{
    const struct tl_verify_problem p = {
        .kind = TL_VERIFY_MISSING,
        .digest = true,
        .why = TL_STR("no digest file is here: nothing can be verified (CloudTrail keeps them under "
                      "CloudTrail-Digest/, where log file validation is on)")};
    return w->v->n_chains ? 0 : add_problem(w, &p);
}

static int work(struct work *w)
{
    int r = keys_load(&w->keys, w->o->keys, w->o->n_keys, w->err);
    if (r == 0 && w->o->n_signatures) {
        w->signatures = calloc(w->o->n_signatures, sizeof *w->signatures);
        r = w->signatures
                ? signatures_load(w->signatures, w->o->signatures, w->o->n_signatures, &w->v->arena, w->err)
                : tl_err_nomem(w->err);
    }
    w->v->has_keys = w->keys.n > 0;
    if (r == 0)
        r = read_files(w);
    if (r == 0)
        r = walk_chains(w);
    if (r == 0)
        r = walk_names(w);
    return r ? r : no_digest(w);
}

int tl_verify(const struct tl_verify_options *o, struct tl_verify *out, struct tl_err *err)
{
    *out = (struct tl_verify){0};
    struct work w = {.o = o, .v = out, .err = err};
    sorter_init(&w.digests);
    sorter_init(&w.names);
    int r = work(&w);
    sorter_fini(&w.digests);
    sorter_fini(&w.names);
    keys_fini(&w.keys);
    free(w.signatures);
    free(w.ranges);
    free(w.void_digests);
    return r;
}

void tl_verify_fini(struct tl_verify *v)
{
    free(v->chains);
    free(v->problems);
    tl_arena_fini(&v->arena);
    *v = (struct tl_verify){0};
}
