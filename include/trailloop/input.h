/* input: which files there are, in a stable order, and how they are opened safely.
 *
 * A walk yields one file at a time: the paths in the order given, each directory depth first with its
 * entries sorted by bytes. It holds a batch of one directory's names per level, never the whole list.
 * Symbolic links found in a directory are skipped: what they lead to is read under its own name if it lies
 * inside the root that was named, and not at all if it lies outside. A named path may itself be a link.
 * FIFOs, sockets and devices are skipped. The same place comes twice if it was named twice. What a file holds
 * is not looked at here.
 */
#ifndef TRAILLOOP_INPUT_H
#define TRAILLOOP_INPUT_H

#include "trailloop/base.h"

struct tl_file {
    /* The file's identity: its absolute path (realpath of the named root, plus the rest), or "-". */
    tl_str location;
    /* Relative to the path given on the command line (its last component if that is a file), or "-"; as given
     * where there is nothing at that path. */
    tl_str source;
    tl_str shown;                 /* for people: as it was typed, and what lies below that */
    int64_t size_bytes, mtime_ns; /* 0 for standard input */
    bool named;                   /* given on the command line itself, not found in a directory */
    tl_str reason;                /* why it was skipped or cannot be read; empty otherwise */
};

/* Outcomes of tl_walk_next. */
enum {
    TL_WALK_END = 1,    /* no more */
    TL_WALK_SKIPPED,    /* not a file one reads (link out of the tree, FIFO, device ...): see reason */
    TL_WALK_UNREADABLE, /* missing, not permitted, a directory that cannot be listed ...: see reason */
};

struct tl_walk;

/* `paths` are borrowed until tl_walk_free. "-" is standard input. */
int tl_walk_new(struct tl_walk **out, const char *const *paths, size_t n_paths, struct tl_err *err);
void tl_walk_free(struct tl_walk *w);

/* 0 with the next file, or an outcome above. The texts in `out` are borrowed until the next call. */
int tl_walk_next(struct tl_walk *w, struct tl_file *out, struct tl_err *err);

/* Opens for reading only, close-on-exec, without following a last link or waiting for a FIFO's writer, and
 * without touching the access time where that is allowed. For "-" a duplicate of descriptor 0. The caller
 * owns *fd; `st` says what the file is now. 0, TL_EIO (not a regular file, and a kernel that is out of
 * memory, included) or TL_ENOMEM. */
struct stat;
int tl_file_open(const struct tl_file *f, int *fd, struct stat *st, struct tl_err *err);

#endif
