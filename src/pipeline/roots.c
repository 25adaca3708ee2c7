/* What the manifest says of the paths that an ingest was given: every entry that the walk finds below them
 * ends as a current row. So when there are as many rows as entries, nothing has vanished, and no file is
 * looked at for it; and a row that says "unreadable" of an entry that can be read by now goes even where that
 * entry is a directory, which gets no row of its own then.
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

int tl_roots_remember(const struct tl_roots *r, struct tl_store *s, tl_str typed, bool *known,
                      struct tl_err *err)
{
    size_t i = 0;
    uint64_t n = 0;
    struct stat st;
    while (i < r->n && !tl_str_eq(tl_str_from(r->items[i].typed), typed))
        i++;
    const char *path = i == r->n ? NULL : r->items[i].real ? r->items[i].real : r->items[i].typed;
    bool missing = path && lstat(path, &st) != 0 && (errno == ENOENT || errno == ENOTDIR);
    int code = missing ? tl_store_count_under(s, tl_str_from(path), &n, err) : 0;
    *known = n > 0;
    return code;
}

struct gone {
    const struct tl_ingest_options *o;
    const struct tl_root *root;
    struct tl_buf path, text;
    uint64_t n;
};

static int tell_if_gone(void *ctx, const struct tl_source *src)
{
    struct gone *g = ctx;
    struct stat st;
    g->path.n = 0;
    if (src->outcome == TL_OUTCOME_UNREADABLE)
        return 0;
    if (tl_buf_add_str(&g->path, src->location) || tl_buf_add(&g->path, "", 1))
        return TL_ENOMEM;
    if (lstat(g->path.p, &st) == 0 || (errno != ENOENT && errno != ENOTDIR) || g->n++ >= TL_NOTICES_PER_FILE)
        return 0;
    size_t n = strlen(g->root->typed), root = strlen(g->root->real);
    while (n > 0 && g->root->typed[n - 1] == '/')
        n--;
    g->path.n = 0;
    if (tl_buf_add(&g->path, g->root->typed, n) ||
        tl_buf_add_str(&g->path, tl_str_sub(src->location, root == 1 ? 0 : root, src->location.n)))
        return TL_ENOMEM;
    return tl_notice_gone(g->o, &g->text, tl_buf_str(&g->path), src->n_read);
}

static bool lies_in(const char *real, const char *dir)
{
    size_t n = strcmp(dir, "/") == 0 ? 0 : strlen(dir);
    return strncmp(real, dir, n) == 0 && (real[n] == '/' || !real[n]);
}

static int look(const struct tl_roots *r, struct tl_store *s, struct gone *g, struct tl_err *err)
{
    int code = 0;
    for (size_t i = 0; i < r->n && code == 0; i++) {
        const struct tl_root *root = &r->items[i];
        if (!root->real || (g->root && lies_in(root->real, g->root->real)))
            continue;
        g->root = root;
        code = tl_store_each_under(s, tl_str_from(root->real), tell_if_gone, g, err);
    }
    if (code == 0)
        code = tl_notice_more_gone(g->o, &g->text, g->n);
    return code == TL_ENOMEM ? tl_err_nomem(err) : code;
}

int tl_roots_tell_gone(const struct tl_roots *r, struct tl_store *s, const struct tl_ingest_options *o,
                       uint64_t n_found, struct tl_err *err)
{
    struct gone g = {.o = o};
    uint64_t n_known = 0;
    int code = 0;
    if (!o->notice)
        return 0;
    for (size_t i = 0; i < r->n && code == 0; i++) {
        uint64_t n = 0;
        if (r->items[i].real)
            code = tl_store_count_under(s, tl_str_from(r->items[i].real), &n, err);
        n_known += n;
    }
    if (code == 0 && n_known != n_found)
        code = look(r, s, &g, err);
    tl_buf_fini(&g.path);
    tl_buf_fini(&g.text);
    return code;
}
