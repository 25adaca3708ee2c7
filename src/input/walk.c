/* The walk: which files there are, in an order that depends on their names alone.
 *
 * Promises: every entry below a named directory comes out exactly once, as a file, as skipped or as
 * unreadable, sorted by bytes; nothing outside the tree is looked into. Symbolic links in a tree are never
 * followed: what lies inside the tree is read under its own name anyway, and what lies outside is none of
 * ours; so a loop of links is none either. A path that was named may itself be a link: it was the user who
 * said so.
 *
 * Memory: names are held per level of directories, and of each directory only a batch (NAMES_BATCH_BYTES):
 * the smallest names after the last one given. A directory of a million files is read again for each batch,
 * which costs less than holding it. Levels hold a descriptor each, so that a directory which is moved while
 * it is walked does not lead elsewhere. */
#include "trailloop/input.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Some 40,000 names as AWS gives them. */
#define NAMES_BATCH_BYTES ((size_t)4 << 20)
/* A descriptor each: a process may usually have 1,024. */
#define LEVELS_MAX 256

struct level {
    DIR *dir;
    size_t path_n, source_n; /* length of the walk's two paths up to and with this directory */
    char **names;            /* owned, sorted */
    size_t n, cap, next;
    size_t bytes;   /* that the names take */
    char *after;    /* the last name of the batch before; NULL in the first batch */
    bool bounded;   /* names were left out of this batch: there is another one */
    int list_error; /* the errno of a listing that failed, not told yet */
};

struct tl_walk {
    const char *const *paths;
    size_t n_paths, next_path;
    struct level *levels;
    size_t n_levels, cap_levels;
    struct tl_buf path, source; /* of what is looked at */
    struct tl_buf shown;        /* of the same, for people */
    tl_str typed;               /* the path being walked, without trailing slashes */
    char *root;                 /* real path of the root being walked; owned */
};

int tl_walk_new(struct tl_walk **out, const char *const *paths, size_t n_paths, struct tl_err *err)
{
    struct tl_walk *w = calloc(1, sizeof *w);
    if (!w)
        return tl_err_nomem(err);
    w->paths = paths;
    w->n_paths = n_paths;
    *out = w;
    return 0;
}

static void names_free(struct level *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->names[i]);
    l->n = l->next = l->bytes = 0;
}

static void level_pop(struct tl_walk *w)
{
    struct level *l = &w->levels[--w->n_levels];
    names_free(l);
    free(l->names);
    free(l->after);
    closedir(l->dir);
}

void tl_walk_free(struct tl_walk *w)
{
    if (!w)
        return;
    while (w->n_levels > 0)
        level_pop(w);
    free(w->levels);
    free(w->root);
    tl_buf_fini(&w->path);
    tl_buf_fini(&w->source);
    tl_buf_fini(&w->shown);
    free(w);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What a name costs: its bytes, its pointer, and what malloc adds. */
static size_t name_bytes(const char *name)
{
    return strlen(name) + 1 + sizeof(char *) + 16;
}

/* Keeps the smallest names that fit into a batch. */
static void names_bound(struct level *l)
{
    if (l->n > 1)
        qsort(l->names, l->n, sizeof *l->names, by_bytes);
    size_t keep = 0, bytes = 0;
    while (keep < l->n && (keep == 0 || bytes + name_bytes(l->names[keep]) <= NAMES_BATCH_BYTES))
        bytes += name_bytes(l->names[keep++]);
    l->bounded |= keep < l->n;
    for (size_t i = keep; i < l->n; i++)
        free(l->names[i]);
    l->n = keep;
    l->bytes = bytes;
}

/* Takes a name into the batch; once names were left out, `last` is the largest that may belong to it. */
static int name_add(struct level *l, const char *name, const char *last)
{
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return 0;
    if ((l->after && strcmp(name, l->after) <= 0) || (last && strcmp(name, last) > 0))
        return 0;
    int r = tl_grow(&l->names, &l->cap, l->n + 1, sizeof *l->names);
    char *copy = r ? NULL : strdup(name);
    if (!copy)
        return TL_ENOMEM;
    l->names[l->n++] = copy;
    l->bytes += name_bytes(copy);
    return 0;
}

/* Reads the directory's next batch of names. A listing that fails half-way keeps what it gave. */
static int level_list(struct level *l)
{
    names_free(l);
    l->bounded = false;
    char *last = NULL; /* a copy: the name it stands for may be dropped by a later bounding */
    int r = 0;
    rewinddir(l->dir);
    for (;;) {
        errno = 0;
        const struct dirent *e = readdir(l->dir);
        if (!e) {
            l->list_error = errno;
            break;
        }
        r = name_add(l, e->d_name, last);
        if (r)
            break;
        if (l->bytes > 2 * NAMES_BATCH_BYTES) {
            names_bound(l);
            free(last);
            last = strdup(l->names[l->n - 1]);
            r = last ? 0 : TL_ENOMEM;
            if (r)
                break;
        }
    }
    free(last);
    names_bound(l);
    return r;
}

/* Enters a directory given by its descriptor, which becomes the level's own. */
static int level_push(struct tl_walk *w, int fd)
{
    int r = tl_grow(&w->levels, &w->cap_levels, w->n_levels + 1, sizeof *w->levels);
    DIR *dir = r ? NULL : fdopendir(fd);
    if (!dir) {
        close(fd);
        return TL_ENOMEM;
    }
    struct level *l = &w->levels[w->n_levels++];
    *l = (struct level){.dir = dir, .path_n = w->path.n, .source_n = w->source.n};
    return level_list(l);
}

static int result(struct tl_walk *w, struct tl_file *out, int outcome, const char *reason)
{
    bool below = w->n_levels > 0 && w->source.n > 0 && !tl_str_eq(tl_buf_str(&w->source), w->typed);
    bool at_root = tl_str_eq(w->typed, TL_STR("/"));
    w->shown.n = 0;
    if (tl_buf_add_str(&w->shown, w->typed) || (below && !at_root && tl_buf_add(&w->shown, "/", 1)) ||
        (below && tl_buf_add_str(&w->shown, tl_buf_str(&w->source))))
        return TL_ENOMEM;
    out->shown = tl_buf_str(&w->shown);
    out->location = tl_buf_str(&w->path);
    out->source = tl_buf_str(&w->source);
    out->reason = tl_str_from(reason);
    return outcome;
}

static const char *kind_reason(mode_t mode)
{
    return S_ISFIFO(mode)                   ? "a FIFO"
           : S_ISSOCK(mode)                 ? "a socket"
           : S_ISCHR(mode) || S_ISBLK(mode) ? "a device"
                                            : "not a regular file";
}

static void fill_stat(struct tl_file *out, const struct stat *st)
{
    out->size_bytes = st->st_size;
    out->mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

static int set_text(struct tl_buf *b, tl_str s)
{
    b->n = 0;
    return tl_buf_add_str(b, s);
}

/* What a link in the tree is called: where it leads decides. */
static const char *link_reason(const struct tl_walk *w, const char *path)
{
    char *target = realpath(path, NULL);
    if (!target)
        return errno == ELOOP ? "a link that leads to itself" : "a link to nothing that can be reached";
    size_t n = strcmp(w->root, "/") == 0 ? 0 : strlen(w->root);
    bool inside = strncmp(target, w->root, n) == 0 && (target[n] == '/' || target[n] == '\0');
    free(target);
    return inside ? "a link to what is read under its own name" : "a link out of the tree";
}

/* Enters a directory found in `parent`. */
static int enter(struct tl_walk *w, int parent, const char *name, struct tl_file *out, bool *entered)
{
    *entered = false;
    if (w->n_levels == LEVELS_MAX)
        return result(w, out, TL_WALK_UNREADABLE, "directories nested deeper than 256 levels");
    int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
    int fd = openat(parent, name, flags | O_NOATIME);
    if (fd < 0 && errno == EPERM)
        fd = openat(parent, name, flags);
    if (fd < 0)
        return result(w, out, TL_WALK_UNREADABLE, strerrordesc_np(errno));
    *entered = true;
    return level_push(w, fd);
}

/* The entry `name` of the deepest level. *more is set when there is nothing to say about it itself. */
static int visit(struct tl_walk *w, const char *name, struct tl_file *out, bool *more)
{
    const struct level *l = &w->levels[w->n_levels - 1];
    w->path.n = l->path_n;
    w->source.n = l->source_n;
    bool at_root = l->path_n == 1; /* "/" itself ends with the separator */
    if ((!at_root && tl_buf_add(&w->path, "/", 1)) || tl_buf_add_str(&w->path, tl_str_from(name)) ||
        (l->source_n > 0 && tl_buf_add(&w->source, "/", 1)) ||
        tl_buf_add_str(&w->source, tl_str_from(name)) || tl_buf_reserve(&w->path, 1))
        return TL_ENOMEM;
    w->path.p[w->path.n] = '\0'; /* for realpath; not counted */
    struct stat st;
    if (fstatat(dirfd(l->dir), name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return result(w, out, TL_WALK_UNREADABLE, strerrordesc_np(errno));
    if (S_ISLNK(st.st_mode))
        return result(w, out, TL_WALK_SKIPPED, link_reason(w, w->path.p));
    if (S_ISDIR(st.st_mode))
        return enter(w, dirfd(l->dir), name, out, more);
    if (!S_ISREG(st.st_mode))
        return result(w, out, TL_WALK_SKIPPED, kind_reason(st.st_mode));
    fill_stat(out, &st);
    return result(w, out, 0, NULL);
}

static tl_str without_slashes(const char *path)
{
    tl_str s = tl_str_from(path);
    while (s.n > 1 && s.p[s.n - 1] == '/')
        s.n--;
    return s;
}

static tl_str last_component(tl_str s)
{
    size_t slash = tl_str_rfind_char(s, '/');
    return slash == SIZE_MAX || s.n == 1 ? s : tl_str_sub(s, slash + 1, s.n);
}

static int named_unreadable(struct tl_walk *w, const char *path, int why, struct tl_file *out)
{
    if (why == ENOMEM || set_text(&w->path, tl_str_from(path)) || set_text(&w->source, tl_str_from(path)))
        return TL_ENOMEM; /* shown as it was typed: there is nothing to be relative to */
    return result(w, out, TL_WALK_UNREADABLE, strerrordesc_np(why));
}

/* A path that was named on the command line. */
static int visit_named(struct tl_walk *w, const char *path, struct tl_file *out, bool *more)
{
    out->named = true;
    w->typed = without_slashes(path);
    tl_str shown = strcmp(path, "-") == 0 ? TL_STR("-") : last_component(w->typed);
    if (set_text(&w->source, shown))
        return TL_ENOMEM;
    if (strcmp(path, "-") == 0)
        return set_text(&w->path, shown) ? TL_ENOMEM : result(w, out, 0, NULL);
    free(w->root);
    w->root = realpath(path, NULL);
    struct stat st;
    if (!w->root || lstat(w->root, &st) != 0)
        return named_unreadable(w, path, errno, out);
    if (set_text(&w->path, tl_str_from(w->root)))
        return TL_ENOMEM;
    if (S_ISDIR(st.st_mode)) {
        int r = enter(w, AT_FDCWD, w->root, out, more);
        if (*more && !r)
            w->levels[0].source_n = 0; /* what it holds is shown relative to it */
        return r;
    }
    if (!S_ISREG(st.st_mode))
        return result(w, out, TL_WALK_SKIPPED, kind_reason(st.st_mode));
    fill_stat(out, &st);
    return result(w, out, 0, NULL);
}

/* Moves the deepest level on: the next batch of its names, or out of it. */
static int level_advance(struct tl_walk *w)
{
    struct level *l = &w->levels[w->n_levels - 1];
    if (!l->bounded || l->n == 0) {
        level_pop(w);
        return 0;
    }
    free(l->after);
    l->after = l->names[--l->n];
    return level_list(l);
}

static int walk_step(struct tl_walk *w, struct tl_file *out, bool *more)
{
    if (w->n_levels == 0)
        return w->next_path < w->n_paths ? visit_named(w, w->paths[w->next_path++], out, more) : TL_WALK_END;
    struct level *l = &w->levels[w->n_levels - 1];
    if (l->list_error) {
        const char *why = strerrordesc_np(l->list_error);
        l->list_error = 0;
        w->path.n = l->path_n;
        w->source.n = l->source_n;
        bool itself = w->source.n == 0; /* the named directory */
        if (itself && set_text(&w->source, w->typed))
            return TL_ENOMEM;
        return result(w, out, TL_WALK_UNREADABLE, why);
    }
    if (l->next < l->n)
        return visit(w, l->names[l->next++], out, more);
    *more = true;
    return level_advance(w);
}

int tl_walk_next(struct tl_walk *w, struct tl_file *out, struct tl_err *err)
{
    for (;;) {
        bool more = false;
        *out = (struct tl_file){0};
        int r = walk_step(w, out, &more);
        if (r < 0)
            return tl_err_nomem(err);
        if (!more)
            return r;
    }
}
