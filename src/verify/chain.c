/* The digests of each chain, from the oldest to the newest: each says of the one before it what its hash and
 * its signature are. A line of the list holds the fields below; sorted, copies of one digest come together,
 * and digests in the order of their time.
 *
 * Of several files that claim to be one digest, the next digest's word decides which is it. One of which none
 * speaks, though others come after it, proves nothing: the one that does is missing, or somebody has put it
 * in between. What is not right is remembered by its hash: what such a digest says of log files counts for
 * nothing.
 */
#include "internal.h"

#include <stdlib.h>

enum {
    D_CHAIN,
    D_END,
    D_OBJECT,
    D_SHA256,
    D_START,
    D_END_TEXT,
    D_BUCKET,
    D_FINGERPRINT,
    D_PREVIOUS,
    D_PREVIOUS_SHA256,
    D_PREVIOUS_SIGNATURE,
    D_ACCOUNT,
    D_SHOWN,
    D_FIELDS
};

/* Files that claim to be one digest and differ; more are counted as altered without a look. */
#define RIVALS_MAX 16

/* How far back the digest that one names as the one before it is looked for, where others stand in between.
 */
#define SEEN_MAX 1024

struct member { /* the files of one digest */
    struct tl_arena arena;
    tl_str f[RIVALS_MAX][D_FIELDS];
    size_t n;
};

/* A digest of which no other speaks in its own chain: the newest of the chain; or one that names a digest
 * before it which its chain does not hold. Copied to `ends`. */
struct end {
    tl_str f[D_FIELDS];
    size_t chain; /* in the result */
};
struct ends {
    struct end *items;
    size_t n, cap;
};

struct walk {
    struct work *w;
    struct tl_verify_chain *chain; /* the one being walked, or NULL */
    struct member *now, *before;   /* before: n is 0 when there is none */
    tl_str chain_key;              /* in keep */
    struct ends unlinked, newest;
    char (*seen)[HEX_BYTES]; /* hashes of this chain's last digests: a ring of SEEN_MAX */
    size_t n_seen;
    struct tl_arena keep, scratch, ends;
};

static int report(struct walk *c, enum tl_verify_kind kind, const tl_str *f, tl_str object, const char *why)
{
    const struct tl_verify_problem p = {.kind = kind,
                                        .digest = true,
                                        .file = f ? f[D_SHOWN] : TL_STR_NONE,
                                        .object = object,
                                        .why = tl_str_from(why)};
    return add_problem(c->w, &p);
}

static int gap(struct walk *c, int64_t from_s, int64_t to_s, const tl_str *after, const char *why)
{
    const struct tl_verify_problem p = {.kind = TL_VERIFY_GAP,
                                        .digest = true,
                                        .file = after[D_SHOWN],
                                        .object = after[D_OBJECT],
                                        .why = tl_str_from(why),
                                        .from_s = from_s,
                                        .to_s = to_s};
    c->w->v->digests.n_gaps++;
    return add_problem(c->w, &p);
}

static int make_void(struct walk *c, tl_str sha256)
{
    struct work *w = c->w;
    tl_str copy;
    if (tl_grow(&w->void_digests, &w->cap_void, w->n_void + 1, sizeof *w->void_digests) ||
        tl_arena_copy(&w->v->arena, sha256, &copy))
        return tl_err_nomem(w->err);
    w->void_digests[w->n_void++] = copy;
    return 0;
}

static int altered(struct walk *c, const tl_str *f, const char *why)
{
    c->w->v->digests.n_altered++;
    int r = make_void(c, f[D_SHA256]);
    return r ? r : report(c, TL_VERIFY_ALTERED, f, f[D_OBJECT], why);
}

static int unverifiable(struct walk *c, const tl_str *f, const char *why)
{
    c->w->v->digests.n_unverifiable++;
    int r = make_void(c, f[D_SHA256]);
    return r ? r : report(c, TL_VERIFY_UNVERIFIABLE, f, f[D_OBJECT], why);
}

/* ---- signatures --------------------------------------------------------------------------------- */

enum { UNKNOWN_KEY = 10 };

/* What CloudTrail signs of a digest. */
static int signed_text(struct walk *c, const tl_str *f, struct tl_buf *out)
{
    tl_str before = f[D_PREVIOUS_SIGNATURE].n ? f[D_PREVIOUS_SIGNATURE] : TL_STR("null");
    int r = tl_buf_printf(out, "%.*s\n%.*s/%.*s\n%.*s\n%.*s", TL_FMT(f[D_END_TEXT]), TL_FMT(f[D_BUCKET]),
                          TL_FMT(f[D_OBJECT]), TL_FMT(f[D_SHA256]), TL_FMT(before));
    return r ? tl_err_nomem(c->w->err) : 0;
}

/* 0 when the signature is right, TL_RSA_WRONG, UNKNOWN_KEY, or a failure. */
static int prove(struct walk *c, const tl_str *f, tl_str signature)
{
    const struct keys *keys = &c->w->keys;
    struct tl_buf text = {0};
    int r = signed_text(c, f, &text), found = UNKNOWN_KEY;
    for (size_t i = 0; i < keys->n && r == 0 && found; i++) {
        if (!tl_str_eq(tl_rsa_fingerprint(keys->items[i]), f[D_FINGERPRINT]))
            continue;
        r = tl_rsa_prove(keys->items[i], tl_buf_str(&text), signature, c->w->err);
        found = r > 0 ? r : r == 0 ? 0 : found;
        r = r > 0 ? 0 : r;
    }
    tl_buf_fini(&text);
    return r ? r : found;
}

/* The digest `f` is whole; `hex` is what the next one says its signature is. */
static int judge_signature(struct walk *c, const tl_str *f, tl_str hex)
{
    tl_arena_reset(&c->scratch);
    tl_str signature;
    if (bytes_of_hex(hex, &c->scratch, &signature))
        return tl_err_nomem(c->w->err);
    int r = c->w->keys.n ? prove(c, f, signature) : TL_RSA_NO_KEY;
    if (r < 0)
        return r;
    if (r == TL_RSA_WRONG)
        return altered(c, f, "its signature, which the next digest holds, is not right");
    if (r == UNKNOWN_KEY)
        return unverifiable(c, f, "none of the given keys has the fingerprint that it names");
    c->w->v->digests.n_intact++;
    c->w->v->digests.n_signed += r == 0;
    return 0;
}

/* The newest digest of a chain, or the last one before it started anew: its signature is in no file, but may
 * have been given. */
static int judge_newest(struct walk *c, const tl_str *f, struct tl_verify_chain *chain)
{
    struct work *w = c->w;
    for (size_t i = 0; i < w->o->n_signatures; i++) {
        int r = prove(c, f, w->signatures[i].bytes);
        if (r < 0)
            return r;
        if (r == 0) {
            w->signatures[i].fits = true;
            chain->newest_signed |= tl_str_eq(f[D_OBJECT], chain->newest);
            w->v->digests.n_signed++;
            break;
        }
    }
    w->v->digests.n_intact++;
    return 0;
}

/* ---- one after another -------------------------------------------------------------------------- */

/* Of chain c->chain. */
static int add_end(struct walk *c, struct ends *to, const tl_str *f)
{
    if (tl_grow(&to->items, &to->cap, to->n + 1, sizeof *to->items))
        return tl_err_nomem(c->w->err);
    struct end *e = &to->items[to->n++];
    e->chain = (size_t)(c->chain - c->w->v->chains);
    for (size_t i = 0; i < D_FIELDS; i++)
        if (tl_arena_copy(&c->ends, f[i], &e->f[i]))
            return tl_err_nomem(c->w->err);
    return 0;
}

/* `next` says that it comes after the digest `f`. */
static int judge_by_next(struct walk *c, const tl_str *f, const tl_str *next)
{
    if (tl_str_eq(f[D_SHA256], next[D_PREVIOUS_SHA256]))
        return judge_signature(c, f, next[D_PREVIOUS_SIGNATURE]);
    return altered(c, f, "its content is not what the next digest says");
}

enum unnamed { IS_NEWEST, NEXT_IS_MISSING, IS_PUT_BETWEEN };

/* `next`, or NULL when there is none that names it, which is why then, decides which of the files is the
 * digest before it. */
static int settle(struct walk *c, const tl_str *next, enum unnamed why)
{
    struct member *m = c->before;
    int r = 0;
    for (size_t i = 0; i < m->n && r == 0; i++) {
        if (next) {
            r = judge_by_next(c, m->f[i], next);
        } else if (m->n > 1) {
            r = unverifiable(c, m->f[i], "another file that differs claims to be the same digest");
        } else if (why == IS_NEWEST) {
            r = add_end(c, &c->newest, m->f[i]);
        } else if (why == IS_PUT_BETWEEN) {
            r = unverifiable(c, m->f[i], "the digest after it names another one, which is here");
        } else if (c->w->keys.n) {
            r = unverifiable(c, m->f[i], "the next digest, which holds its signature, is not here");
        } else {
            c->w->v->digests.n_intact++;
        }
    }
    m->n = 0;
    return r;
}

static int add_range(struct walk *c, const tl_str *f)
{
    struct work *w = c->w;
    int64_t start_s = time_of_key(f[D_START]), end_s = time_of_key(f[D_END]);
    struct range *last = w->n_ranges ? &w->ranges[w->n_ranges - 1] : NULL;
    if (c->chain->backfill)
        return 0;
    if (last && last->account.p == c->chain->account.p && start_s <= last->end_s) { /* the same chain's */
        last->end_s = end_s > last->end_s ? end_s : last->end_s;
        return 0;
    }
    if (tl_grow(&w->ranges, &w->cap_ranges, w->n_ranges + 1, sizeof *w->ranges))
        return tl_err_nomem(w->err);
    w->ranges[w->n_ranges++] =
        (struct range){c->chain->account, c->chain->region, start_s, end_s, f[D_PREVIOUS].n == 0};
    return 0;
}

static void remember(struct walk *c, const tl_str *f)
{
    memcpy(c->seen[c->n_seen++ % SEEN_MAX], f[D_SHA256].p, HEX_BYTES);
}

static bool was_seen(const struct walk *c, tl_str sha256)
{
    for (size_t i = 0; i < c->n_seen && i < SEEN_MAX; i++)
        if (tl_str_eq(sha256, (tl_str){c->seen[i], HEX_BYTES}))
            return true;
    return false;
}

/* What lies between the digest before and this one. */
static int judge_link(struct walk *c, const tl_str *f)
{
    const tl_str *before = c->before->f[0];
    int64_t from_s = time_of_key(before[D_END]), to_s = time_of_key(f[D_START]);
    bool linked = tl_str_eq(f[D_PREVIOUS], before[D_OBJECT]);
    int r = 0;
    if (!linked && was_seen(c, f[D_PREVIOUS_SHA256]))
        return settle(c, NULL, IS_PUT_BETWEEN);
    if (f[D_PREVIOUS].n == 0 && !c->chain->backfill)
        r = gap(c, from_s, to_s, f, "the chain starts anew: for the time before it nothing was signed");
    else if (f[D_PREVIOUS].n && !linked) {
        c->w->v->digests.n_missing++;
        r = report(c, TL_VERIFY_MISSING, NULL, f[D_PREVIOUS], "the next digest names it");
        if (r == 0 && !c->chain->backfill && to_s > from_s)
            r = gap(c, from_s, to_s, f, "digests are missing before it");
        if (r == 0)
            r = add_end(c, &c->unlinked, f);
    } else if (linked && from_s != to_s && !c->chain->backfill)
        r = gap(c, from_s, to_s, f, "it does not start where the one before it ends");
    return r ? r : settle(c, linked ? f : NULL, f[D_PREVIOUS].n ? NEXT_IS_MISSING : IS_NEWEST);
}

static int start_chain(struct walk *c, const tl_str *f)
{
    struct work *w = c->w;
    struct digest_name name = digest_name_of(f[D_OBJECT]);
    if (tl_grow(&w->v->chains, &w->cap_chains, w->v->n_chains + 1, sizeof *w->v->chains))
        return tl_err_nomem(w->err);
    c->chain = &w->v->chains[w->v->n_chains++];
    *c->chain = (struct tl_verify_chain){
        .backfill = name.backfill, .first_s = time_of_key(f[D_START]), .starts_here = f[D_PREVIOUS].n == 0};
    tl_arena_reset(&c->keep);
    c->n_seen = 0;
    struct tl_arena *a = &w->v->arena;
    if (tl_arena_copy(a, f[D_ACCOUNT], &c->chain->account) ||
        tl_arena_copy(a, name.region, &c->chain->region) || tl_arena_copy(a, name.trail, &c->chain->trail) ||
        tl_arena_copy(a, f[D_BUCKET], &c->chain->bucket) ||
        tl_arena_copy(a, f[D_PREVIOUS], &c->chain->before) ||
        tl_arena_copy(&c->keep, f[D_CHAIN], &c->chain_key))
        return tl_err_nomem(w->err);
    return f[D_PREVIOUS].n ? add_end(c, &c->unlinked, f) : 0;
}

static int end_chain(struct walk *c)
{
    if (!c->chain)
        return 0;
    const tl_str *newest = c->before->f[0];
    if (tl_arena_copy(&c->w->v->arena, newest[D_OBJECT], &c->chain->newest))
        return tl_err_nomem(c->w->err);
    int r = settle(c, NULL, IS_NEWEST);
    c->chain = NULL;
    return r;
}

/* All files of one digest are together. */
static int take_member(struct walk *c)
{
    const tl_str *f = c->now->f[0];
    struct tl_verify *v = c->w->v;
    int r = 0;
    if (c->now->n == 0)
        return 0;
    if (c->chain && !tl_str_eq(f[D_CHAIN], c->chain_key))
        r = end_chain(c);
    if (r == 0)
        r = c->chain ? judge_link(c, f) : start_chain(c, f);
    if (r == 0)
        r = add_range(c, f);
    if (r)
        return r;
    for (size_t i = 0; i < c->now->n; i++)
        remember(c, c->now->f[i]);
    c->chain->n_digests++;
    c->chain->last_s = time_of_key(f[D_END]);
    v->digests.n_read += c->now->n;
    v->digests.n_backfill += c->chain->backfill ? c->now->n : 0;
    struct member *swap = c->before;
    c->before = c->now;
    c->now = swap;
    c->now->n = 0;
    tl_arena_reset(&c->now->arena);
    return 0;
}

static bool is_copy(const struct member *m, const tl_str *f)
{
    for (size_t i = 0; i < m->n; i++)
        if (tl_str_eq(m->f[i][D_SHA256], f[D_SHA256]))
            return true;
    return false;
}

static int take_line(struct walk *c, tl_str line)
{
    tl_str f[D_FIELDS], copy;
    line_split(line, f, D_FIELDS);
    struct member *m = c->now;
    if (m->n && !(tl_str_eq(f[D_CHAIN], m->f[0][D_CHAIN]) && tl_str_eq(f[D_OBJECT], m->f[0][D_OBJECT]) &&
                  tl_str_eq(f[D_END], m->f[0][D_END]))) {
        int r = take_member(c);
        if (r)
            return r;
        m = c->now;
    }
    if (is_copy(m, f))
        return 0;
    if (m->n == RIVALS_MAX) {
        c->w->v->digests.n_read++;
        return altered(c, f, "too many other files claim to be the same digest");
    }
    if (tl_arena_copy(&m->arena, line, &copy))
        return tl_err_nomem(c->w->err);
    line_split(copy, m->f[m->n++], D_FIELDS);
    return 0;
}

/* ---- the newest of each chain ------------------------------------------------------------------- */

static int by_previous(const void *a, const void *b)
{
    const struct end *x = a, *y = b;
    int c = tl_str_cmp(file_key(x->f[D_PREVIOUS]), file_key(y->f[D_PREVIOUS]));
    return c ? c : tl_str_cmp(x->f[D_PREVIOUS_SHA256], y->f[D_PREVIOUS_SHA256]);
}

/* The digest that names, as the one before it, a file of this name; or NULL. */
static const tl_str *next_of(const struct ends *unlinked, tl_str name)
{
    size_t lo = 0, hi = unlinked->n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (tl_str_cmp(file_key(unlinked->items[mid].f[D_PREVIOUS]), name) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    bool is = lo < unlinked->n && tl_str_eq(file_key(unlinked->items[lo].f[D_PREVIOUS]), name);
    return is ? unlinked->items[lo].f : NULL;
}

/* A digest whose own bucket or key was altered looks like the newest of another chain; and a trail may have
 * moved to another bucket. Either way the next digest knows it, by the name that it still has. */
static int judge_all_newest(struct walk *c)
{
    int r = 0;
    if (c->unlinked.n)
        qsort(c->unlinked.items, c->unlinked.n, sizeof *c->unlinked.items, by_previous);
    for (size_t i = 0; i < c->newest.n && r == 0; i++) {
        const struct end *e = &c->newest.items[i];
        const tl_str *next = next_of(&c->unlinked, file_key(e->f[D_OBJECT]));
        if (!next)
            next = next_of(&c->unlinked, file_key(e->f[D_SHOWN]));
        r = next ? judge_by_next(c, e->f, next) : judge_newest(c, e->f, &c->w->v->chains[e->chain]);
    }
    return r;
}

/* ---- all of them -------------------------------------------------------------------------------- */

static int by_bytes(const void *a, const void *b)
{
    return tl_str_cmp(*(const tl_str *)a, *(const tl_str *)b);
}

static int by_scope(const void *a, const void *b)
{
    const struct range *x = a, *y = b;
    int c = tl_str_cmp(x->account, y->account);
    c = c ? c : tl_str_cmp(x->region, y->region);
    return c ? c : (x->start_s > y->start_s) - (x->start_s < y->start_s);
}

static int unused_signatures(struct work *w)
{
    for (size_t i = 0; i < w->o->n_signatures; i++) {
        const struct tl_verify_problem p = {
            .kind = TL_VERIFY_UNVERIFIABLE,
            .digest = true,
            .file = tl_str_from(w->signatures[i].path),
            .why = TL_STR("this signature is not that of any chain's newest digest, by the given keys")};
        int r = w->signatures[i].fits ? 0 : add_problem(w, &p);
        if (r)
            return r;
    }
    return 0;
}

int walk_chains(struct work *w)
{
    struct member *members = calloc(2, sizeof *members);
    struct walk c = {.w = w, .seen = calloc(SEEN_MAX, HEX_BYTES)};
    tl_str line;
    if (!members || !c.seen) {
        free(members);
        free(c.seen);
        return tl_err_nomem(w->err);
    }
    c.now = &members[0];
    c.before = &members[1];
    int r = sorter_start(&w->digests, w->err), more = 0;
    while (r == 0 && (more = sorter_next(&w->digests, &line, w->err)) > 0)
        r = take_line(&c, line);
    r = r ? r : more;
    if (r == 0)
        r = take_member(&c);
    if (r == 0)
        r = end_chain(&c);
    if (r == 0)
        r = judge_all_newest(&c);
    if (r == 0)
        r = unused_signatures(w);
    if (w->n_void)
        qsort(w->void_digests, w->n_void, sizeof *w->void_digests, by_bytes);
    if (w->n_ranges)
        qsort(w->ranges, w->n_ranges, sizeof *w->ranges, by_scope);
    tl_arena_fini(&members[0].arena);
    tl_arena_fini(&members[1].arena);
    tl_arena_fini(&c.keep);
    tl_arena_fini(&c.scratch);
    tl_arena_fini(&c.ends);
    free(c.unlinked.items);
    free(c.newest.items);
    free(c.seen);
    free(members);
    return r;
}
