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
            ev->principal = tl_arena_printf(&w->x->arena, "arn:%.*s:iam::%.*s:role/%.*s", TL_FMT(a.partition),
                                            TL_FMT(a.account), TL_FMT(role));
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

static void use(const struct known_caller *k, struct tl_event *ev)
{
    ev->user_agent = k->agent;
    ev->identity_type = k->identity_type;
    ev->principal = k->principal;
    ev->session = k->session;
    ev->execution_id = k->execution_id;
    ev->invoked_by = k->invoked_by;
    ev->partition = k->partition;
    ev->flags |= k->flags;
}

static int remember(struct work *w)
{
    struct tl_extractor *x = w->x;
    const struct tl_event *ev = w->ev;
    struct known_caller k = {.region = ev->region,
                             .from_console = work_is_true(w->f.v[F_FROM_CONSOLE]),
                             .agent = ev->user_agent,
                             .identity_type = ev->identity_type,
                             .principal = ev->principal,
                             .session = ev->session,
                             .execution_id = ev->execution_id,
                             .invoked_by = ev->invoked_by,
                             .partition = ev->partition,
                             .flags = ev->flags & TL_EVENT_PERSON};
    if (tl_arena_copy(&x->arena, w->f.v[F_IDENTITY].raw, &k.identity) ||
        tl_arena_copy(&x->arena, w->f.v[F_USER_AGENT].raw, &k.user_agent))
        return TL_ENOMEM;
    if (x->n_callers == KNOWN_CALLERS)
        x->n_callers = 0;
    x->callers[x->n_callers++] = k;
    return 0;
}

int identity_read(struct work *w)
{
    struct tl_extractor *x = w->x;
    bool usual = w->f.v[F_IDENTITY].type == JS_OBJECT && w->f.v[F_USER_AGENT].type == JS_STRING;
    for (size_t i = usual ? x->n_callers : 0; i-- > 0;)
        if (is_same(&x->callers[i], w)) {
            use(&x->callers[i], w->ev);
            return 0;
        }
    int r = work_out(w);
    return r || !usual ? r : remember(w);
}
