/* One step: `service:Action` in IAM's notation, where `*` stands for any letters. A step that takes every
 * call makes no chain, and a name that AWS does not write so finds nothing, silently: both are refused. */
#include "internal.h"

#include "trailloop/event.h"

enum { MEANT_MAX = 256 }; /* bytes of a step that is quoted as it was meant; longer ones are cut */

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_name_char(char c)
{
    return is_lower(c) || is_upper(c) || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' ||
           c == '*';
}

/* All of it wildcards. */
static bool is_any(tl_str pattern)
{
    for (size_t i = 0; i < pattern.n; i++)
        if (pattern.p[i] != '*')
            return false;
    return pattern.n > 0;
}

static bool has_wildcard(tl_str pattern)
{
    return tl_str_find(pattern, TL_STR("*")) != SIZE_MAX;
}

static int takes_all(tl_str text, struct tl_rule_fault *f)
{
    return fault_set(f, "step '%.*s' takes every call: name a service or an action", TL_FMT(text));
}

static int split(tl_str text, tl_str *service, tl_str *action, size_t *at, struct tl_rule_fault *f)
{
    size_t colon = tl_str_find(text, TL_STR(":"));
    *at = 0;
    if (text.n == 0)
        return fault_set(f, "a step is empty");
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == ':' ? i == colon : is_name_char(text.p[i]))
            continue;
        *at = i;
        if (text.p[i] == ' ' || text.p[i] == '\t')
            return fault_set(f, "step '%.*s' has a space in it: a step is service:Action", TL_FMT(text));
        return fault_set(f,
                         "step '%.*s': a step is service:Action, of letters, digits, '.', '_', '-' and '*'",
                         TL_FMT(text));
    }
    *service = tl_str_sub(text, 0, colon);
    *action = colon == SIZE_MAX ? TL_STR_NONE : tl_str_sub(text, colon + 1, text.n);
    if (colon == SIZE_MAX && is_any(*service))
        return takes_all(text, f);
    if (colon == SIZE_MAX || service->n == 0)
        return fault_set(f,
                         "step '%.*s' names no service: a step is service:Action, as in lambda:AddPermission",
                         TL_FMT(text));
    *at = text.n;
    if (action->n == 0)
        return fault_set(f,
                         "step '%.*s' names no action: a step is service:Action, as in lambda:AddPermission",
                         TL_FMT(text));
    return 0;
}

/* AWS writes services in small letters and actions with a capital, and each action in letters of its own. */
static int check_letters(tl_str text, size_t colon, size_t *at, struct tl_rule_fault *f)
{
    char meant[MEANT_MAX];
    size_t n = text.n < sizeof meant ? text.n : sizeof meant, wrong = 0;
    for (size_t i = 0; i < n; i++) {
        char c = text.p[i];
        bool flip = i < colon ? is_upper(c) : i == colon + 1 && is_lower(c);
        meant[i] = flip ? (char)(c ^ 0x20) : c;
    }
    tl_str all = {meant, n},
           known = tl_api_spelling(tl_api_service(tl_str_sub(all, 0, colon)), tl_str_sub(all, colon + 1, n));
    for (size_t i = 0; i < known.n; i++)
        meant[colon + 1 + i] = known.p[i];
    while (wrong < n && meant[wrong] == text.p[wrong])
        wrong++;
    if (wrong == n)
        return 0;
    *at = wrong;
    size_t end = colon + 1 + known.n; /* how AWS writes what follows is known where a new word begins */
    bool cut = known.n && end < n && is_lower(meant[end]);
    return fault_set(f, "step '%.*s': AWS writes '%.*s%s', and capitals count", TL_FMT(text),
                     (int)(cut ? end : n), meant, cut ? "..." : "");
}

/* Whether an action with wildcards says more of the call's name than its verb: `PutEval*`, not `Put*`. */
static bool says_more_than_verb(tl_str action, tl_str call)
{
    size_t n_letters = 0, verb = 1;
    for (size_t i = 0; i < action.n; i++)
        n_letters += action.p[i] != '*';
    while (verb < call.n && is_lower(call.p[verb]))
        verb++;
    return n_letters > verb;
}

/* The verdict and the attempt are no changes: a wildcard that aims at one of them would find nothing, as
 * would a call that never is one. `service` and `action` are the step's normal form, `text` is what was
 * written. */
static int check_kind(tl_str text, tl_str service, tl_str action, struct tl_rule_fault *f)
{
    static const char *const apis[] = {"config:PutEvaluations", "ssm:StartAutomationExecution"};
    for (size_t i = 0; i < sizeof apis / sizeof *apis; i++) {
        tl_str api = tl_str_from(apis[i]), own = tl_str_sub(api, 0, tl_str_find(api, TL_STR(":")));
        tl_str call = tl_str_sub(api, own.n + 1, api.n);
        bool aimed = has_wildcard(service) ? says_more_than_verb(action, call)
                                           : tl_str_eq(service, own) && !is_any(action);
        bool wild = has_wildcard(service) || has_wildcard(action);
        if (wild && aimed && tl_str_glob(service, own) && tl_str_glob(action, call))
            return fault_set(f, "step '%.*s' takes in %s, which is a step of its own kind: write it out",
                             TL_FMT(text), apis[i]);
    }
    if (tl_api_can_change(service, action))
        return 0;
    return fault_set(f, "step '%.*s' would find nothing: such a call is no change of a resource",
                     TL_FMT(text));
}

int step_read(struct tl_arena *arena, tl_str text, tl_str *out, size_t *at, struct tl_rule_fault *f)
{
    tl_str service, action;
    size_t n = 0;
    int r = split(text, &service, &action, at, f);
    if (r == 0)
        r = check_letters(text, service.n, at, f);
    if (r)
        return r;
    *at = 0;
    while (tl_api_service(service).n < service.n) /* until its normal form is its own */
        service = tl_api_service(service);
    while (tl_api_action(action).n < action.n)
        action = tl_api_action(action);
    if (is_any(service) && is_any(action)) /* also what a version's digits stood behind */
        return takes_all(text, f);
    r = check_kind(text, service, action, f);
    if (r)
        return r;
    char *p = tl_arena_alloc(arena, service.n + action.n + 1);
    if (!p)
        return TL_ENOMEM;
    for (size_t i = 0; i < service.n + 1 + action.n; i++) {
        char c = i < service.n ? service.p[i] : i == service.n ? ':' : action.p[i - service.n - 1];
        if (c != '*' || n == 0 || p[n - 1] != '*')
            p[n++] = c;
    }
    *out = (tl_str){p, n};
    return 0;
}
