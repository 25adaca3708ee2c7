/* Names in order: what digests say of a name (lines "a", with the hash and the hash of the digest that says
 * it), then the files of that name (lines "f"). A file is right when some digest that is right says its hash.
 * What no digest names is extra where digests cover its time. */
#include "internal.h"

#include "trailloop/limits.h"

#include <stdio.h>
#include <stdlib.h>

enum { N_NAME, N_WHAT, N_SHA256 };
enum { A_OBJECT = 3, A_DIGEST, A_FIELDS };
enum { F_SHOWN = 3, F_CLASS, F_WHY, F_FIELDS };

/* Different hashes that digests say of one name: honest ones say one. */
#define SAID_MAX 16

struct said {
    tl_str sha256;
    bool by_void; /* only by digests that are not right */
};

struct name_walk {
    struct work *w;
    struct tl_arena arena; /* of the name under way */
    tl_str name, object;
    struct said said[SAID_MAX];
    size_t n_said;
    bool named, found; /* by a digest; a file */
};

static int report(struct name_walk *n, enum tl_verify_kind kind, tl_str file, tl_str object, tl_str why)
{
    const struct tl_verify_problem p = {.kind = kind, .file = file, .object = object, .why = why};
    return add_problem(n->w, &p);
}

static int by_bytes(const void *a, const void *b)
{
    return tl_str_cmp(*(const tl_str *)a, *(const tl_str *)b);
}

static bool is_void(const struct work *w, tl_str digest)
{
    return w->n_void &&
           bsearch(&digest, w->void_digests, w->n_void, sizeof *w->void_digests, by_bytes) != NULL;
}

/* ---- what no digest names ----------------------------------------------------------------------- */

struct cover { /* what the ranges of one account and region say of a time */
    bool any, covered;
    int64_t first_s, last_s;
    bool starts; /* the first range does */
};

static int by_scope(const struct range *r, tl_str account, tl_str region)
{
    int c = tl_str_cmp(r->account, account);
    return c ? c : tl_str_cmp(r->region, region);
}

static struct cover cover_of(const struct work *w, tl_str account, tl_str region, int64_t time_s)
{
    struct cover c = {0};
    size_t lo = 0, hi = w->n_ranges;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (by_scope(&w->ranges[mid], account, region) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (; lo < w->n_ranges && by_scope(&w->ranges[lo], account, region) == 0; lo++) {
        const struct range *r = &w->ranges[lo];
        if (!c.any) {
            c.first_s = r->start_s;
            c.starts = r->starts;
        }
        c.last_s = !c.any || r->end_s > c.last_s ? r->end_s : c.last_s;
        c.any = true;
        /* Delivered some time after the minute in its name. */
        c.covered = c.covered || (r->start_s <= time_s && time_s + TL_DELIVERY_S <= r->end_s);
    }
    return c;
}

static int unnamed_log(struct name_walk *n, const tl_str *f)
{
    struct tl_verify *v = n->w->v;
    tl_str account, region, why;
    int64_t time_s = 0;
    v->logs.n_read++;
    if (!log_name_of(f[N_NAME], &account, &region, &time_s)) {
        v->logs.n_extra++;
        return report(n, TL_VERIFY_EXTRA, f[F_SHOWN], TL_STR_NONE,
                      TL_STR("it holds CloudTrail records, but no digest names it"));
    }
    struct cover c = cover_of(n->w, account, region, time_s);
    if (c.covered) {
        v->logs.n_extra++;
        return report(n, TL_VERIFY_EXTRA, f[F_SHOWN], TL_STR_NONE,
                      TL_STR("no digest names it, though digests cover the time in its name"));
    }
    if (!c.any)
        why = TL_STR("no digest of its account and region is here");
    else if (time_s + TL_DELIVERY_S > c.last_s && time_s <= c.last_s + TL_DIGEST_LATE_S) {
        v->logs.n_too_new++;
        return 0;
    } else if (time_s > c.last_s)
        why = TL_STR("the digest that names it is not here: it is later than the last one");
    else if (time_s < c.first_s && c.starts) {
        v->logs.n_too_old++;
        return 0;
    } else if (time_s < c.first_s)
        why = TL_STR("the digest that names it is not here: it is earlier than the first one");
    else
        why = TL_STR("the digest that names it is not here: its time is in a gap");
    v->logs.n_unverifiable++;
    if (v->n_chains == 0)
        return 0; /* said once of all */
    return report(n, TL_VERIFY_UNVERIFIABLE, f[F_SHOWN], TL_STR_NONE, why);
}

static int unnamed_file(struct name_walk *n, const tl_str *f)
{
    struct tl_verify *v = n->w->v;
    if (tl_str_eq(f[F_CLASS], TL_STR("digest"))) {
        const struct tl_verify_problem p = {
            .kind = TL_VERIFY_UNVERIFIABLE, .digest = true, .file = f[F_SHOWN], .why = f[F_WHY]};
        v->digests.n_read++;
        v->digests.n_unverifiable++;
        return add_problem(n->w, &p);
    }
    if (tl_str_eq(f[F_CLASS], TL_STR("unreadable"))) {
        v->logs.n_read++;
        v->logs.n_unverifiable++;
        return report(n, TL_VERIFY_UNVERIFIABLE, f[F_SHOWN], TL_STR_NONE, f[F_WHY]);
    }
    if (tl_str_eq(f[F_CLASS], TL_STR("other"))) {
        v->n_other++;
        return 0;
    }
    return unnamed_log(n, f);
}

/* ---- what digests name -------------------------------------------------------------------------- */

static int named_file(struct name_walk *n, const tl_str *f)
{
    struct tl_verify *v = n->w->v;
    bool by_void = false, known = false;
    v->logs.n_read++;
    for (size_t i = 0; i < n->n_said; i++) {
        bool same = f[N_SHA256].n && tl_str_eq(n->said[i].sha256, f[N_SHA256]);
        if (same && !n->said[i].by_void && f[F_WHY].n) {
            v->logs.n_altered++;
            return report(n, TL_VERIFY_ALTERED, f[F_SHOWN], n->object, f[F_WHY]);
        }
        if (same && !n->said[i].by_void) {
            v->logs.n_intact++;
            return 0;
        }
        by_void = by_void || same;
        known = known || n->said[i].sha256.n;
    }
    if (by_void || !known) {
        v->logs.n_unverifiable++;
        return report(n, TL_VERIFY_UNVERIFIABLE, f[F_SHOWN], n->object,
                      by_void ? TL_STR("the digest that names it is not right itself")
                              : TL_STR("the digest that names it says no SHA-256 of it"));
    }
    if (tl_str_eq(f[F_CLASS], TL_STR("unreadable"))) {
        v->logs.n_unverifiable++;
        return report(n, TL_VERIFY_UNVERIFIABLE, f[F_SHOWN], n->object, f[F_WHY]);
    }
    v->logs.n_altered++;
    return report(n, TL_VERIFY_ALTERED, f[F_SHOWN], n->object,
                  f[F_WHY].n ? f[F_WHY] : TL_STR("its content is not what the digest says"));
}

static int end_name(struct name_walk *n)
{
    if (!n->named || n->found)
        return 0;
    n->w->v->logs.n_missing++;
    return report(n, TL_VERIFY_MISSING, TL_STR_NONE, n->object, TL_STR("a digest names it"));
}

static int start_name(struct name_walk *n, tl_str name)
{
    int r = end_name(n);
    tl_arena_reset(&n->arena);
    n->named = n->found = false;
    n->n_said = 0;
    n->object = TL_STR_NONE;
    return r || tl_arena_copy(&n->arena, name, &n->name) == 0 ? r : tl_err_nomem(n->w->err);
}

static int take_said(struct name_walk *n, const tl_str *f)
{
    bool by_void = is_void(n->w, f[A_DIGEST]);
    tl_str sha256;
    if (!n->named && tl_arena_copy(&n->arena, f[A_OBJECT], &n->object))
        return tl_err_nomem(n->w->err);
    n->named = true;
    for (size_t i = 0; i < n->n_said; i++)
        if (tl_str_eq(n->said[i].sha256, f[N_SHA256])) {
            n->said[i].by_void = n->said[i].by_void && by_void;
            return 0;
        }
    if (n->n_said == SAID_MAX)
        return 0; /* a file with that content is altered, then */
    if (tl_arena_copy(&n->arena, f[N_SHA256], &sha256))
        return tl_err_nomem(n->w->err);
    n->said[n->n_said++] = (struct said){sha256, by_void};
    return 0;
}

static int take_line(struct name_walk *n, tl_str line)
{
    tl_str f[F_FIELDS];
    line_split(line, f, F_FIELDS);
    int r = tl_str_eq(f[N_NAME], n->name) ? 0 : start_name(n, f[N_NAME]);
    if (r)
        return r;
    if (tl_str_eq(f[N_WHAT], TL_STR("a")))
        return take_said(n, f);
    n->found = true;
    return n->named ? named_file(n, f) : unnamed_file(n, f);
}

int walk_names(struct work *w)
{
    struct name_walk n = {.w = w};
    tl_str line;
    int r = sorter_start(&w->names, w->err), more = 0;
    while (r == 0 && (more = sorter_next(&w->names, &line, w->err)) > 0)
        r = take_line(&n, line);
    r = r ? r : more;
    if (r == 0)
        r = end_name(&n);
    tl_arena_fini(&n.arena);
    return r;
}
