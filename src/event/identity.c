/* Who called: one principal for all sessions of a role, the session apart, the automation execution behind
 * it, and whether it was a person. Every field of userIdentity may be missing or of another type: what is
 * there is used in falling strength, and nothing is refused. */
#include "arn.h"
#include "work.h"

#include <string.h>

struct caller { /* userIdentity as text */
    tl_str type, principal_id, arn, name, issuer_arn, issuer_name;
};

static int caller_read(struct work *w, struct caller *c)
{
    const struct {
        enum field field;
        tl_str *to;
    } wanted[] = {
        {F_USER_TYPE, &c->type},
        {F_USER_PRINCIPAL_ID, &c->principal_id},
        {F_USER_ARN, &c->arn},
        {F_USER_NAME, &c->name},
        {F_ISSUER_ARN, &c->issuer_arn},
        {F_ISSUER_NAME, &c->issuer_name},
        {F_USER_AGENT, &w->ev->user_agent},
        {F_USER_INVOKED_BY, &w->ev->invoked_by},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        int r = work_text(w->x, w->f.v[wanted[i].field], wanted[i].to);
        if (r)
            return r;
    }
    w->ev->identity_type = c->type;
    return 0;
}

/* `assumed-role/ROLE/SESSION` or `federated-user/NAME` of an sts ARN. */
static bool session_parts(tl_str resource, tl_str prefix, tl_str *role, tl_str *session)
{
    if (!tl_str_starts(resource, prefix))
        return false;
    tl_str rest = tl_str_sub(resource, prefix.n, resource.n);
    size_t slash = tl_str_find(rest, TL_STR("/"));
    *role = tl_str_sub(rest, 0, slash);
    *session = slash == SIZE_MAX ? TL_STR_NONE : tl_str_sub(rest, slash + 1, rest.n);
    return true;
}

/* The part of AROA...:session behind the colon. */
static tl_str session_of_principal_id(tl_str id)
{
    size_t colon = tl_str_find(id, TL_STR(":"));
    return colon == SIZE_MAX ? TL_STR_NONE : tl_str_sub(id, colon + 1, id.n);
}

static tl_str first_of(const tl_str *candidates, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (candidates[i].n)
            return candidates[i];
    return TL_STR_NONE;
}

static int find_principal(struct work *w, const struct caller *c)
{
    struct tl_event *ev = w->ev;
    struct arn a;
    tl_str role = TL_STR_NONE;
    bool is_arn = arn_parse(c->arn, &a);
    if (is_arn && session_parts(a.resource, TL_STR("assumed-role/"), &role, &ev->session)) {
        ev->principal = c->issuer_arn;
        if (ev->principal.n == 0) {
            const tl_str parts[] = {TL_STR("arn:"), a.partition,      TL_STR(":iam::"),
                                    a.account,      TL_STR(":role/"), role};
            ev->principal = tl_arena_concat(&w->x->arena, parts, sizeof parts / sizeof *parts);
            return ev->principal.p ? 0 : TL_ENOMEM;
        }
        return 0;
    }
    if (is_arn && session_parts(a.resource, TL_STR("federated-user/"), &ev->session, &role)) {
        ev->principal = c->issuer_arn.n ? c->issuer_arn : c->arn;
        return 0;
    }
    if (c->arn.n == 0 && tl_str_eq(c->type, TL_STR("AssumedRole")))
        ev->session = session_of_principal_id(c->principal_id);
    ev->principal =
        first_of((tl_str[]){c->arn, c->issuer_arn, ev->invoked_by, c->principal_id, c->name, c->type}, 6);
    return 0;
}

static bool is_uuid(tl_str s)
{
    if (s.n != 36)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? s.p[i] != '-' : !strchr("0123456789abcdefABCDEF", s.p[i]) || !s.p[i])
            return false;
    }
    return true;
}

/* Automation names the sessions of its steps `Automation-<execution id>`; before 2022 it was the bare id. The
 * id only ever counts where an attempt carries the same one, so that a UUID of somebody else's making does no
 * harm. */
static tl_str execution_of(tl_str session)
{
    tl_str prefix = TL_STR("Automation-");
    if (tl_str_starts(session, prefix))
        return tl_str_sub(session, prefix.n, session.n);
    return is_uuid(session) ? session : TL_STR_NONE;
}

static bool has(tl_str text, const char *part)
{
    return tl_str_find(text, tl_str_from(part)) != SIZE_MAX;
}

static bool any_of(tl_str text, const char *const *parts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (has(text, parts[i]))
            return true;
    return false;
}

/* A browser or a console: the credentials are a console's. Records older than version 1.08 do not say so in a
 * field of their own (sessionCredentialFromConsole). */
static bool is_console_agent(tl_str agent)
{
    static const char *const consoles[] = {"Mozilla/", "console.amazonaws.com", "signin.amazonaws.com",
                                           "S3Console/", "CloudShell"};
    return any_of(agent, consoles, sizeof consoles / sizeof *consoles);
}

/* Whether a program of its own chose to make this call. The AWS CLI speaks for the person before it, though
 * it carries an SDK's name too. */
static bool is_automation_agent(tl_str agent)
{
    static const char *const people[] = {"aws-cli/", "AWS Internal", "aws-internal/", "AWSPowerShell"};
    static const char *const programs[] = {
        "Terraform",      "terraform", "Pulumi",     "pulumi",   "Ansible",   "ansible",
        "Boto3/",         "boto3",     "Botocore",   "botocore", "aws-sdk-",  "exec-env/",
        ".amazonaws.com", "c7n",       "crossplane", "aws-cdk",  "kubernetes"};
    if (has(agent, "exec-env/"))
        return true; /* the CLI in a build or a function is no person */
    return !any_of(agent, people, sizeof people / sizeof *people) &&
           any_of(agent, programs, sizeof programs / sizeof *programs);
}

static bool is_person(const struct work *w, const struct caller *c)
{
    const struct tl_event *ev = w->ev;
    if (ev->invoked_by.n && !tl_str_eq(ev->invoked_by, TL_STR("AWS Internal")))
        return false; /* a service on somebody's behalf */
    if (work_is_true(w->f.v[F_FROM_CONSOLE]) || is_console_agent(ev->user_agent))
        return true;
    if (has(ev->principal, "/AWSReservedSSO_") || tl_str_starts(c->issuer_name, TL_STR("AWSReservedSSO_")))
        return true;
    bool user = tl_str_eq(c->type, TL_STR("IAMUser")) || tl_str_eq(c->type, TL_STR("Root"));
    return user && !is_automation_agent(ev->user_agent);
}

/* Where the account and its names live; region names say it where the caller has no ARN. */
static tl_str partition_of(const struct tl_event *ev)
{
    static const struct {
        const char *prefix, *partition;
    } by_region[] = {{"cn-", "aws-cn"},         {"us-gov-", "aws-us-gov"}, {"us-iso-", "aws-iso"},
                     {"us-isob-", "aws-iso-b"}, {"eu-isoe-", "aws-iso-e"}, {"us-isof-", "aws-iso-f"}};
    struct arn a;
    if (arn_parse(ev->principal, &a) && tl_str_starts(a.partition, TL_STR("aws")))
        return a.partition;
    for (size_t i = 0; i < sizeof by_region / sizeof *by_region; i++)
        if (tl_str_starts(ev->region, tl_str_from(by_region[i].prefix)))
            return tl_str_from(by_region[i].partition);
    return TL_STR("aws");
}

static int work_out(struct work *w)
{
    struct caller c = {0};
    fields_read_identity(&w->f);
    int r = caller_read(w, &c);
    if (!r)
        r = find_principal(w, &c);
    if (r)
        return r;
    w->ev->execution_id = execution_of(w->ev->session);
    w->ev->partition = partition_of(w->ev);
    if (is_person(w, &c))
        w->ev->flags |= TL_EVENT_PERSON;
    return 0;
}

/* ---- callers that were seen before ------------------------------------------------------------------ */

static bool is_same(const struct known_caller *k, const struct work *w)
{
    const struct js_value *identity = &w->f.v[F_IDENTITY], *agent = &w->f.v[F_USER_AGENT];
    return k->identity.n == identity->raw.n && k->user_agent.n == agent->raw.n &&
           k->from_console == work_is_true(w->f.v[F_FROM_CONSOLE]) && tl_str_eq(k->region, w->ev->region) &&
           memcmp(k->identity.p, identity->raw.p, identity->raw.n) == 0 &&
           (agent->raw.n == 0 || memcmp(k->user_agent.p, agent->raw.p, agent->raw.n) == 0);
}

/* The first place of callers with these bytes: by some of them, in which callers mostly differ. */
static size_t place_of(tl_str identity, tl_str agent)
{
    uint64_t v[4] = {0};
    if (identity.n >= 128) {
        memcpy(&v[0], identity.p + 48, sizeof v[0]);
        memcpy(&v[1], identity.p + identity.n / 2, sizeof v[1]);
        memcpy(&v[2], identity.p + identity.n - 48, sizeof v[2]);
    }
    if (agent.n >= 8)
        memcpy(&v[3], agent.p + agent.n - 8, sizeof v[3]);
    uint64_t h = v[0] ^ (v[1] << 21 | v[1] >> 43) ^ (v[2] << 42 | v[2] >> 22) ^ (v[3] << 11 | v[3] >> 53);
    return (h + identity.n + agent.n) * UINT64_C(0x9e3779b97f4a7c15) >> 48; /* 2^64 / golden ratio */
}

static struct known_caller *find_known(struct work *w)
{
    size_t first = place_of(w->f.v[F_IDENTITY].raw, w->f.v[F_USER_AGENT].raw);
    for (size_t i = 0; i < KNOWN_CALLER_PROBES; i++)
        if (is_same(&w->x->callers[(first + i) % KNOWN_CALLERS], w))
            return &w->x->callers[(first + i) % KNOWN_CALLERS];
    return NULL;
}

/* Where an event keeps what is worked out. */
static void texts_of(struct tl_event *ev, tl_str *out[CALLER_TEXTS])
{
    tl_str *const all[CALLER_TEXTS] = {&ev->user_agent,   &ev->identity_type, &ev->principal, &ev->session,
                                       &ev->execution_id, &ev->invoked_by,    &ev->partition};
    memcpy(out, all, sizeof all);
}

static int use(struct work *w, struct known_caller *k)
{
    tl_str *to[CALLER_TEXTS], copy;
    if (k->reset != w->x->n_resets) {
        if (tl_arena_copy(&w->x->arena, k->worked_out, &copy))
            return TL_ENOMEM;
        k->copy = copy.p;
        k->reset = w->x->n_resets;
        w->x->copied = k;
    }
    texts_of(w->ev, to);
    for (size_t i = 0; i < CALLER_TEXTS; i++)
        *to[i] = k->texts[i].n ? (tl_str){k->copy + (k->texts[i].p - k->worked_out.p), k->texts[i].n}
                               : TL_STR_NONE;
    w->ev->flags |= k->flags;
    return 0;
}

/* The next `n` bytes at *p, which moves behind them. */
static tl_str take(const char **p, size_t n)
{
    tl_str s = {*p, n};
    *p += n;
    return s;
}

static int remember(struct work *w)
{
    struct tl_extractor *x = w->x;
    tl_str identity = w->f.v[F_IDENTITY].raw, agent = w->f.v[F_USER_AGENT].raw, *texts[CALLER_TEXTS];
    if (identity.n + agent.n > KNOWN_CALLER_MAX_BYTES)
        return 0;
    size_t place = place_of(identity, agent) + x->n_callers % KNOWN_CALLER_PROBES;
    struct known_caller *k = &x->callers[place % KNOWN_CALLERS];
    k->identity = TL_STR_NONE;
    k->bytes.n = k->reset = 0;
    texts_of(w->ev, texts);
    int r = tl_buf_add_str(&k->bytes, identity) || tl_buf_add_str(&k->bytes, agent) ||
            tl_buf_add_str(&k->bytes, w->ev->region);
    for (size_t i = 0; i < CALLER_TEXTS; i++)
        r |= tl_buf_add_str(&k->bytes, *texts[i]) != 0;
    if (r)
        return TL_ENOMEM;
    const char *p = k->bytes.p;
    k->identity = take(&p, identity.n);
    k->user_agent = take(&p, agent.n);
    k->region = take(&p, w->ev->region.n);
    k->worked_out = (tl_str){p, k->bytes.n - (size_t)(p - k->bytes.p)};
    for (size_t i = 0; i < CALLER_TEXTS; i++)
        k->texts[i] = take(&p, texts[i]->n);
    k->from_console = work_is_true(w->f.v[F_FROM_CONSOLE]);
    k->flags = w->ev->flags & TL_EVENT_PERSON;
    k->number = ++x->n_callers;
    x->caller = k;
    return 0;
}

int identity_read(struct work *w)
{
    bool usual = w->f.v[F_IDENTITY].type == JS_OBJECT && w->f.v[F_USER_AGENT].type == JS_STRING;
    struct known_caller *known = usual ? find_known(w) : NULL;
    w->x->caller = known;
    if (known)
        return use(w, known);
    int r = work_out(w);
    return r || !usual ? r : remember(w);
}
