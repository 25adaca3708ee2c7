/* What the manifest says of the paths that an ingest was given: every entry that the walk finds below them
 * ends as a current row. So when there are as many rows as entries and none is marked as gone, nothing has
 * vanished or come back, and no file is looked at for it; and a row that says "unreadable" of an entry that
 * can be read by now goes even where that entry is a directory, which gets no row of its own then.
 */
#include "roots.h"

#include "notice.h"
#include "trailloop/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The real path that an entry had whose directory is still there. NULL where there is none, or errno ENOMEM.
 */
static char *real_of_missing(const char *path)
{
    struct tl_buf b = {0};
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    size_t base = n;
    while (base > 0 && path[base - 1] != '/')
        base--;
    char *real = NULL;
    int r = base ? tl_buf_printf(&b, "%.*s", (int)base, path) : tl_buf_printf(&b, ".");
    char *dir = r ? NULL : realpath(b.p, NULL);
    bool gone = !r && !dir && errno != ENOMEM;
    b.n = 0;
    if (dir && tl_buf_printf(&b, "%s/%.*s", strcmp(dir, "/") ? dir : "", (int)(n - base), path + base) == 0)
        real = strdup(b.p);
    free(dir);
    tl_buf_fini(&b);
    errno = gone ? ENOENT : ENOMEM;
    return real;
}

/* A directory comes right before what lies in it. */
static int by_place(const void *a, const void *b)
{
    const struct tl_root *x = a, *y = b;
    if (!x->real || !y->real)
        return (x->real != NULL) - (y->real != NULL);
    const unsigned char *p = (const unsigned char *)x->real, *q = (const unsigned char *)y->real;
    while (*p && *p == *q)
        p++, q++;
    int c = *p == '/' ? 1 : *p ? *p + 1 : 0, d = *q == '/' ? 1 : *q ? *q + 1 : 0;
    return c != d ? c - d : strcmp(x->typed, y->typed);
}

int tl_roots_init(struct tl_roots *r, const char *const *paths, size_t n_paths, struct tl_err *err)
{
    *r = (struct tl_roots){.items = calloc(n_paths + 1, sizeof *r->items)};
    if (!r->items)
        return tl_err_nomem(err);
    for (size_t i = 0; i < n_paths; i++) {
        if (strcmp(paths[i], "-") == 0)
            continue;
        struct tl_root *root = &r->items[r->n++];
        *root = (struct tl_root){.typed = paths[i], .real = realpath(paths[i], NULL)};
        if (!root->real && errno == ENOENT)
            root->real = real_of_missing(paths[i]);
        if (!root->real && errno == ENOMEM)
            return tl_err_nomem(err);
    }
    qsort(r->items, r->n, sizeof *r->items, by_place);
    return 0;
}

void tl_roots_fini(struct tl_roots *r)
{
    for (size_t i = 0; i < r->n; i++)
        free(r->items[i].real);
    free(r->items);
    *r = (struct tl_roots){0};
}

int tl_roots_forget_unreadable(const struct tl_roots *r, struct tl_store *s, struct tl_err *err)
{
    int code = 0;
    for (size_t i = 0; i < r->n && code == 0; i++) {
        tl_str typed = tl_str_from(r->items[i].typed);
        const char *real = r->items[i].real;
        code = tl_store_forget_unreadable(s, typed, real ? tl_str_from(real) : typed, err);
    }
    return code;
}

/* ---- what is gone ------------------------------------------------------------------------------ */

/* What the locations of a root begin with. Of one whose directory is missing too only what was typed is
 * known, which is one if it was typed in full. */
static const char *place_of(const struct tl_root *root)
{
    return root->real ? root->real : root->typed;
}

static bool is_missing(const char *path)
{
    struct stat st;
    return lstat(path, &st) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

int tl_roots_remember(const struct tl_roots *r, struct tl_store *s, tl_str typed, bool *known,
                      struct tl_err *err)
{
    size_t i = 0;
    uint64_t n = 0;
    while (i < r->n && !tl_str_eq(tl_str_from(r->items[i].typed), typed))
        i++;
    const char *path = i == r->n ? NULL : place_of(&r->items[i]);
    int code = path && is_missing(path) ? tl_store_count_under(s, tl_str_from(path), &n, err) : 0;
    *known = n > 0;
    return code;
}

struct gone {
    const struct tl_ingest_options *o;
    struct tl_store *store;
    const struct tl_root *root;
    struct tl_buf path, text;
    uint64_t n;
    struct tl_err *err;
};

/* By the name that the user gave to its root. */
static int tell(struct gone *g, const struct tl_source *src)
{
    size_t n = strlen(g->root->typed), place = strlen(place_of(g->root));
    while (n > 0 && g->root->typed[n - 1] == '/')
        n--;
    g->path.n = 0;
    if (tl_buf_add(&g->path, g->root->typed, n) ||
        tl_buf_add_str(&g->path, tl_str_sub(src->location, place == 1 ? 0 : place, src->location.n)) ||
        tl_notice_gone(g->o, &g->text, tl_buf_str(&g->path), src->n_read))
        return tl_err_nomem(g->err);
    return 0;
}

static int look_for(void *ctx, const struct tl_source *src)
{
    struct gone *g = ctx;
    g->path.n = 0;
    if (src->outcome == TL_OUTCOME_UNREADABLE)
        return 0;
    if (tl_buf_add_str(&g->path, src->location) || tl_buf_add(&g->path, "", 1))
        return tl_err_nomem(g->err);
    bool gone = is_missing(g->path.p);
    int r = gone != src->gone ? tl_store_mark_gone(g->store, src->location, gone, g->err) : 0;
    return r == 0 && gone && g->n++ < TL_NOTICES_PER_FILE ? tell(g, src) : r;
}

static bool lies_in(const char *real, const char *dir)
{
    size_t n = strcmp(dir, "/") == 0 ? 0 : strlen(dir);
    return strncmp(real, dir, n) == 0 && (real[n] == '/' || !real[n]);
}

static int look(const struct tl_roots *r, struct gone *g)
{
    int code = tl_store_begin(g->store, g->err);
    for (size_t i = 0; i < r->n && code == 0; i++) {
        const struct tl_root *root = &r->items[i];
        if (g->root && lies_in(place_of(root), place_of(g->root)))
            continue;
        g->root = root;
        code = tl_store_each_under(g->store, tl_str_from(place_of(root)), look_for, g, g->err);
    }
    if (code == 0 && tl_notice_more_gone(g->o, &g->text, g->n))
        code = tl_err_nomem(g->err);
    return code ? code : tl_store_commit(g->store, g->err);
}

int tl_roots_find_gone(const struct tl_roots *r, struct tl_store *s, const struct tl_ingest_options *o,
                       uint64_t n_found, struct tl_err *err)
{
    struct gone g = {.o = o, .store = s, .err = err};
    uint64_t n_known = 0;
    bool any = false;
    int code = 0;
    for (size_t i = 0; i < r->n && code == 0; i++) {
        tl_str place = tl_str_from(place_of(&r->items[i]));
        uint64_t n = 0;
        code = tl_store_count_under(s, place, &n, err);
        n_known += n;
        if (code == 0 && !any)
            code = tl_store_any_gone_under(s, place, &any, err);
    }
    if (code == 0 && (any || n_known != n_found))
        code = look(r, &g);
    tl_buf_fini(&g.path);
    tl_buf_fini(&g.text);
    return code;
}
