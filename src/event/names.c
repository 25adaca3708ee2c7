/* Names learned: whatever in a record shows that two ids are one resource. Each pair is AWS Config's own id
 * and another name of the same resource; which of a resource's many names a verdict, an attempt or a call
 * will use is not known here, so every pair is told. What is learned does not depend on which record told it.
 */
#include "arn.h"
#include "path.h"
#include "resources.h"

#include <string.h>

enum { NAMES_OF_ONE = 4 }; /* that are told of a resource one after the other */

int names_add(struct tl_extractor *x, const struct tl_resource *r, tl_str name)
{
    if (name.n == 0 || r->id.n == 0 || r->type.n == 0 || tl_str_eq(name, r->id))
        return 0;
    for (size_t i = x->n_names; i > 0 && i + NAMES_OF_ONE > x->n_names; i--)
        if (tl_str_eq(x->names[i - 1].name, name) && tl_str_eq(x->names[i - 1].resource.id, r->id))
            return 0; /* an ARN that was found by the name it holds */
    if (tl_grow(&x->names, &x->cap_names, x->n_names + 1, sizeof *x->names))
        return TL_ENOMEM;
    x->names[x->n_names++] = (struct tl_alias){.resource = *r, .name = name};
    return 0;
}

/* Secrets Manager takes the ARN without its `-` and six random characters, too. */
static tl_str partial_arn(const struct tl_resource *r)
{
    tl_str name = tl_resource_name(r->type, r->id);
    bool is_whole =
        name.n && tl_str_eq(r->type, TL_STR("AWS::SecretsManager::Secret")) && !tl_str_ends(r->id, name);
    return is_whole ? tl_str_sub(r->id, 0, (size_t)(name.p - r->id.p) + name.n) : TL_STR_NONE;
}

/* A service or a stage by its name alone, without the cluster or the API; a task definition by its family.
 * Others may be called the same: then the name is nobody's. */
static tl_str bare_name(const struct tl_resource *r)
{
    bool is_task = tl_str_eq(r->type, TL_STR("AWS::ECS::TaskDefinition"));
    if (!is_task && !tl_str_eq(r->type, TL_STR("AWS::ECS::Service")) &&
        !tl_str_eq(r->type, TL_STR("AWS::ApiGateway::Stage")) &&
        !tl_str_eq(r->type, TL_STR("AWS::ApiGatewayV2::Stage")))
        return TL_STR_NONE;
    size_t slash = tl_str_rfind_char(r->id, '/');
    tl_str last = slash == SIZE_MAX ? r->id : tl_str_sub(r->id, slash + 1, r->id.n);
    return is_task ? tl_str_sub(last, 0, tl_str_find(last, TL_STR(":"))) : last;
}

/* The older form of a service's ARN, which does not tell the cluster. */
static int add_old_service_arn(struct tl_extractor *x, const struct tl_resource *r)
{
    struct arn a;
    tl_str prefix = TL_STR("service/"), name = bare_name(r);
    if (!tl_str_eq(r->type, TL_STR("AWS::ECS::Service")) || !arn_parse(r->id, &a) ||
        !tl_str_starts(a.resource, prefix) || a.resource.n == prefix.n + name.n)
        return 0;
    tl_str before = tl_str_sub(r->id, 0, r->id.n - a.resource.n + prefix.n);
    tl_str old = tl_arena_concat(&x->arena, (tl_str[]){before, name}, 2);
    return old.p ? names_add(x, r, old) : TL_ENOMEM;
}

int names_add_own(struct tl_extractor *x, const struct tl_resource *r)
{
    int failed = names_add(x, r, bare_name(r));
    if (!failed)
        failed = names_add(x, r, tl_resource_name(r->type, r->id));
    if (!failed)
        failed = names_add(x, r, partial_arn(r));
    return failed ? failed : add_old_service_arn(x, r);
}

enum { WORD_MAX = 64 };

/* `NotebookInstance` as ARNs may write it: `notebookinstance`, or `notebook-instance`. 0, or 1 where it is
 * too long to be a name. */
static int arn_word(tl_str word, bool dashed, char out[WORD_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < word.n; i++) {
        bool capital = word.p[i] >= 'A' && word.p[i] <= 'Z';
        bool after_small = i && word.p[i - 1] >= 'a' && word.p[i - 1] <= 'z';
        bool before_small = i + 1 < word.n && word.p[i + 1] >= 'a' && word.p[i + 1] <= 'z';
        if (n + 2 >= WORD_MAX)
            return 1;
        if (dashed && i && capital && (after_small || before_small))
            out[n++] = '-';
        out[n++] = capital ? (char)(word.p[i] - 'A' + 'a') : word.p[i];
    }
    out[n] = '\0';
    return 0;
}

static int add_typed(struct tl_extractor *x, const struct tl_resource *r, const char *service,
                     const char *kind)
{
    tl_str type = tl_arena_printf(&x->arena, "%s:%s", service, kind);
    if (!type.p || tl_grow(&x->names, &x->cap_names, x->n_names + 1, sizeof *x->names))
        return TL_ENOMEM;
    x->names[x->n_names++] = (struct tl_alias){.resource = *r, .name = r->id, .name_type = type};
    return 0;
}

int names_add_general(struct tl_extractor *x, const struct tl_resource *r)
{
    char services[2][WORD_MAX], kinds[2][WORD_MAX];
    size_t at = tl_str_find(r->type, TL_STR("::"));
    tl_str rest = at == SIZE_MAX ? TL_STR_NONE : tl_str_sub(r->type, at + 2, r->type.n);
    size_t end = tl_str_find(rest, TL_STR("::"));
    if (r->id.n == 0 || end == SIZE_MAX || end == 0 || arn_form_is_known(r->type))
        return 0;
    for (int i = 0; i < 2; i++)
        if (arn_word(tl_str_sub(rest, 0, end), i, services[i]) ||
            arn_word(tl_str_sub(rest, end + 2, rest.n), i, kinds[i]))
            return 0;
    for (int i = 0; i < 4; i++) { /* where dashes make no difference, once */
        if ((i & 1 && strcmp(kinds[0], kinds[1]) == 0) || (i & 2 && strcmp(services[0], services[1]) == 0))
            continue;
        if (add_typed(x, r, services[i >> 1], kinds[i & 1]))
            return TL_ENOMEM;
    }
    return 0;
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

/* AROA... of a role, AIDA... of a user, without the session behind it. */
static tl_str unique_id(struct js_value principal_id)
{
    tl_str id = principal_id.type == JS_STRING ? principal_id.raw : TL_STR_NONE;
    if (!tl_str_starts(id, TL_STR("AROA")) && !tl_str_starts(id, TL_STR("AIDA")))
        return TL_STR_NONE;
    return tl_str_sub(id, 0, tl_str_find(id, TL_STR(":")));
}

static const struct met_caller *find_met(const struct tl_extractor *x, tl_str identity)
{
    for (size_t i = 0; i < MET_CALLERS; i++)
        if (x->met[i].n == identity.n && memcmp(x->met[i].bytes, identity.p, identity.n) == 0)
            return &x->met[i];
    return NULL;
}

/* A hash of the unique id and the name in userIdentity, which is read for it; 0 where it has not both. */
static uint64_t names_in(struct work *w)
{
    fields_read_identity(&w->f);
    struct js_value issuer = w->f.v[F_ISSUER_ARN];
    tl_str id = unique_id(w->f.v[F_USER_PRINCIPAL_ID]),
           name = issuer.type == JS_STRING ? issuer.raw : w->f.v[F_USER_ARN].raw;
    if (id.n == 0 || name.n == 0)
        return 0;
    uint64_t h = tl_str_mix(tl_str_mix(1, id), name);
    return h ? h : 1;
}

static void note_met(struct tl_extractor *x, tl_str identity, uint64_t names)
{
    if (identity.n > MET_MAX_BYTES)
        return;
    struct met_caller *to = &x->met[x->n_met++ % MET_CALLERS];
    to->n = identity.n;
    to->names = names;
    memcpy(to->bytes, identity.p, identity.n);
}

/* Whether this batch was not told so yet. */
static bool is_new(struct tl_extractor *x, uint64_t names)
{
    /* Two places, so that two callers who meet do not drive each other out at every record. */
    uint64_t *told = &x->told[names % (TOLD_CALLERS / 2) * 2];
    if (told[0] == names || told[1] == names)
        return false;
    told[told[0] != 0] = names;
    return true;
}

bool names_of_caller_are_new(struct work *w)
{
    tl_str identity = w->f.v[F_IDENTITY].raw;
    if (w->f.v[F_IDENTITY].type != JS_OBJECT)
        return false;
    const struct met_caller *met = find_met(w->x, identity); /* most are, and need not be read */
    uint64_t names = met ? met->names : names_in(w);
    if (!met)
        note_met(w->x, identity, names);
    if (names == 0 || !is_new(w->x, names))
        return false;
    if (met)
        fields_read_identity(&w->f);
    return true;
}

/* A role or a user by its ARN, whose unique id AWS Config calls it by. */
static int add_unique(struct work *w, tl_str type, tl_str arn, struct js_value unique)
{
    tl_str id;
    struct tl_resource r;
    int failed = work_text(w->x, unique, &id);
    if (!failed)
        failed = resource_make(&w->x->arena, w->ev, type, arn, &r);
    if (failed)
        return failed;
    tl_str name = r.id;
    r.id = tl_str_sub(id, 0, tl_str_find(id, TL_STR(":")));
    return names_add(w->x, &r, name);
}

int names_of_caller(struct work *w)
{
    struct arn a;
    if (!arn_parse(w->ev->principal, &a))
        return 0;
    tl_str type = arn_type(&a);
    bool is_role = tl_str_eq(type, TL_STR("AWS::IAM::Role"));
    if (!is_role && !tl_str_eq(type, TL_STR("AWS::IAM::User")))
        return 0;
    if (!tl_str_starts(unique_id(w->f.v[F_USER_PRINCIPAL_ID]), is_role ? TL_STR("AROA") : TL_STR("AIDA")))
        return 0;
    return add_unique(w, type, w->ev->principal, w->f.v[F_USER_PRINCIPAL_ID]);
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

int work_listed(struct work *w, tl_str type, tl_str *out)
{
    struct js_value listed = w->f.v[F_RESOURCES], element;
    struct js j = js_inside(listed);
    bool first = true;
    *out = TL_STR_NONE;
    if (listed.type != JS_ARRAY)
        return 0;
    js_open(&j);
    while (js_next_element(&j, &first) && js_read_value(&j, 1, &element)) {
        tl_str text;
        struct arn a;
        int r = work_text(w->x, js_get(element, TL_STR("ARN")), &text);
        if (r)
            return r;
        if (arn_parse(text, &a) && tl_str_eq(arn_type(&a), type)) {
            if (out->n && !tl_str_eq(*out, text)) {
                *out = TL_STR_NONE;
                return 0;
            }
            *out = text;
        }
    }
    return 0;
}

/* A call that gives a key by its alias, and lists the key. */
static bool gives_alias(const struct work *w)
{
    return tl_str_eq(w->ev->service, TL_STR("kms")) && w->f.v[F_RESOURCES].type == JS_ARRAY &&
           tl_str_find(w->f.v[F_REQUEST].raw, TL_STR("alias/")) != SIZE_MAX;
}

bool names_may_be_listed(const struct work *w)
{
    /* CloudTrail keeps the answers of very few calls that only read. */
    return (w->ev->flags & TL_EVENT_READ_ONLY && w->f.v[F_RESPONSE].type == JS_OBJECT) || gives_alias(w);
}

/* The key that the record lists, if it is the only one, and the alias by which the request gives it. */
static int read_alias(struct work *w)
{
    struct js_value request;
    tl_str type = TL_STR("AWS::KMS::Key"), listed, given;
    struct tl_resource r, other;
    int failed = work_object(w->x, w->f.v[F_REQUEST], &request);
    if (!failed)
        failed = work_text(w->x, js_get(request, TL_STR("keyId")), &given);
    if (!failed)
        failed = work_listed(w, type, &listed);
    if (failed || listed.n == 0 || given.n == 0)
        return failed;
    failed = resource_make(&w->x->arena, w->ev, type, listed, &r);
    if (!failed)
        failed = resource_make(&w->x->arena, w->ev, type, given, &other);
    return failed ? failed : names_add(w->x, &r, other.id);
}

/* Whoever takes a role gives its ARN, and is answered with its unique id; once a batch is enough. */
static int read_taken_role(struct work *w)
{
    struct js_value given = js_get(w->f.v[F_REQUEST], TL_STR("roleArn")),
                    taken = js_get(js_get(w->f.v[F_RESPONSE], TL_STR("assumedRoleUser")),
                                   TL_STR("assumedRoleId"));
    tl_str type = TL_STR("AWS::IAM::Role"), id = unique_id(taken), arn;
    struct arn a;
    if (!tl_str_starts(id, TL_STR("AROA")) || given.type != JS_STRING ||
        !is_new(w->x, tl_str_mix(tl_str_mix(2, id), given.raw)))
        return 0;
    int r = work_text(w->x, given, &arn);
    if (r || !arn_parse(arn, &a) || !tl_str_eq(arn_type(&a), type))
        return r;
    return add_unique(w, type, arn, taken);
}

int names_listed(struct work *w)
{
    int r = gives_alias(w) ? read_alias(w) : 0;
    if (!r && tl_str_eq(w->ev->service, TL_STR("sts")) && tl_str_starts(w->ev->action, TL_STR("AssumeRole")))
        r = read_taken_role(w);
    for (size_t i = 0; !r && i < n_pair_rows; i++)
        if (tl_str_eq(w->ev->service, tl_str_from(pair_rows[i].service)) &&
            tl_str_glob(tl_str_from(pair_rows[i].actions), w->ev->action))
            r = read_pairs(w, &pair_rows[i], js_get(w->f.v[F_RESPONSE], tl_str_from(pair_rows[i].list)));
    return r;
}
