/* Names learned: whatever in a record shows that two ids are one resource. Each pair is AWS Config's own id
 * and another name of the same resource; which of a resource's many names a verdict, an attempt or a call
 * will use is not known here, so every pair is told. What is learned does not depend on which record told it.
 */
#include "arn.h"
#include "path.h"
#include "resources.h"

#include <string.h>

int names_add(struct tl_extractor *x, const struct tl_resource *r, tl_str name)
{
    if (name.n == 0 || r->id.n == 0 || r->type.n == 0 || tl_str_eq(name, r->id))
        return 0;
    const struct tl_alias *last = x->n_names ? &x->names[x->n_names - 1] : NULL;
    if (last && tl_str_eq(last->name, name) && tl_str_eq(last->resource.id, r->id))
        return 0; /* an ARN that was found by the name it holds */
    if (tl_grow(&x->names, &x->cap_names, x->n_names + 1, sizeof *x->names))
        return TL_ENOMEM;
    x->names[x->n_names++] = (struct tl_alias){*r, name};
    return 0;
}

int names_add_own(struct tl_extractor *x, const struct tl_resource *r)
{
    return names_add(x, r, tl_resource_name(r->type, r->id));
}

int names_keep(struct work *w)
{
    struct tl_extractor *x = w->x;
    if (x->n_names == 0)
        return 0;
    struct tl_alias *kept = tl_arena_calloc(&x->arena, x->n_names, sizeof *kept);
    if (!kept)
        return TL_ENOMEM;
    memcpy(kept, x->names, x->n_names * sizeof *kept);
    w->ev->aliases = kept;
    w->ev->n_aliases = x->n_names;
    return 0;
}

/* ---- who acts ---------------------------------------------------------------------------------------- */

static uint64_t add_to_hash(uint64_t h, tl_str s)
{
    uint64_t v;
    for (h ^= s.n; s.n >= sizeof v; s = tl_str_sub(s, sizeof v, s.n)) {
        memcpy(&v, s.p, sizeof v);
        h = (h ^ v) * 0x9e3779b97f4a7c15u;
        h ^= h >> 29;
    }
    v = 0;
    if (s.n)
        memcpy(&v, s.p, s.n);
    h = (h ^ v) * 0x9e3779b97f4a7c15u;
    return h ^ h >> 32;
}

/* AROA... of a role, AIDA... of a user, without the session behind it. */
static tl_str unique_id(struct js_value principal_id)
{
    tl_str id = principal_id.type == JS_STRING ? principal_id.raw : TL_STR_NONE;
    if (!tl_str_starts(id, TL_STR("AROA")) && !tl_str_starts(id, TL_STR("AIDA")))
        return TL_STR_NONE;
    return tl_str_sub(id, 0, tl_str_find(id, TL_STR(":")));
}

/* Whether a caller of these very bytes was met; most are, and need not be read. It is now. */
static bool is_met(struct tl_extractor *x, tl_str identity)
{
    for (size_t i = 0; i < MET_CALLERS; i++)
        if (x->met[i].n == identity.n && memcmp(x->met[i].bytes, identity.p, identity.n) == 0)
            return true;
    if (identity.n > MET_MAX_BYTES)
        return false;
    struct met_caller *to = &x->met[x->n_met++ % MET_CALLERS];
    to->n = identity.n;
    memcpy(to->bytes, identity.p, identity.n);
    return false;
}

bool names_of_caller_are_new(struct work *w)
{
    if (w->f.v[F_IDENTITY].type != JS_OBJECT || is_met(w->x, w->f.v[F_IDENTITY].raw))
        return false;
    fields_read_identity(&w->f);
    struct js_value issuer = w->f.v[F_ISSUER_ARN];
    tl_str id = unique_id(w->f.v[F_USER_PRINCIPAL_ID]),
           name = issuer.type == JS_STRING ? issuer.raw : w->f.v[F_USER_ARN].raw;
    if (id.n == 0 || name.n == 0)
        return false;
    uint64_t h = add_to_hash(add_to_hash(1, id), name);
    uint64_t *told = &w->x->told[h % (sizeof w->x->told / sizeof *w->x->told)];
    bool is_new = *told != h;
    *told = h;
    return is_new;
}

int names_of_caller(struct work *w)
{
    tl_str id;
    struct arn a;
    struct tl_resource r;
    if (!arn_parse(w->ev->principal, &a))
        return 0;
    tl_str type = arn_type(&a);
    bool is_role = tl_str_eq(type, TL_STR("AWS::IAM::Role"));
    if (!is_role && !tl_str_eq(type, TL_STR("AWS::IAM::User")))
        return 0;
    if (!tl_str_starts(unique_id(w->f.v[F_USER_PRINCIPAL_ID]), is_role ? TL_STR("AROA") : TL_STR("AIDA")))
        return 0;
    int failed = work_text(w->x, w->f.v[F_USER_PRINCIPAL_ID], &id);
    if (!failed)
        failed = resource_make(&w->x->arena, w->ev, type, w->ev->principal, &r);
    if (failed)
        return failed;
    tl_str name = r.id;
    r.id = tl_str_sub(id, 0, tl_str_find(id, TL_STR(":")));
    return names_add(w->x, &r, name);
}

/* ---- answers that list both -------------------------------------------------------------------------- */

static int read_pair(struct work *w, const struct pair_row *row, struct js_value object)
{
    tl_str type = tl_str_from(row->type), id, name;
    struct tl_resource r, other;
    int failed = work_text(w->x, js_get(object, tl_str_from(row->id)), &id);
    if (!failed)
        failed = work_text(w->x, js_get(object, tl_str_from(row->name)), &name);
    if (!failed && !row->type)
        failed = work_text(w->x, js_get(object, TL_STR("resourceType")), &type);
    if (failed || id.n == 0 || name.n == 0 || type.n == 0)
        return failed;
    failed = resource_make(&w->x->arena, w->ev, type, id, &r);
    if (!failed)
        failed = resource_make(&w->x->arena, w->ev, type, name, &other);
    return failed ? failed : names_add(w->x, &r, other.id);
}

static int read_pairs(struct work *w, const struct pair_row *row, struct js_value list)
{
    struct js_value element;
    bool first = true;
    int r = 0;
    if (list.type != JS_ARRAY)
        return read_pair(w, row, list);
    struct js j = js_inside(list);
    js_open(&j);
    while (!r && js_next_element(&j, &first) && js_read_value(&j, 1, &element))
        r = read_pair(w, row, element);
    return r;
}

bool names_may_be_listed(const struct work *w)
{
    /* CloudTrail keeps the answers of very few calls that only read. */
    return w->f.v[F_RESPONSE].type == JS_OBJECT && (w->ev->flags & TL_EVENT_READ_ONLY);
}

int names_listed(struct work *w)
{
    int r = 0;
    for (size_t i = 0; !r && i < n_pair_rows; i++)
        if (tl_str_eq(w->ev->service, tl_str_from(pair_rows[i].service)) &&
            tl_str_glob(tl_str_from(pair_rows[i].actions), w->ev->action))
            r = read_pairs(w, &pair_rows[i], js_get(w->f.v[F_RESPONSE], tl_str_from(pair_rows[i].list)));
    return r;
}
