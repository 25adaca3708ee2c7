/* Calls: what an API asks for, worked out once for each and then known by its two names. A log has a few
 * hundred APIs, and every record is one of them. */
#include "work.h"

#include <string.h>

static enum call call_of(tl_str service, tl_str action, enum tl_control_action *control)
{
    if (tl_str_eq(service, TL_STR("config")) &&
        (tl_str_eq(action, TL_STR("PutEvaluations")) || tl_str_eq(action, TL_STR("PutExternalEvaluation"))))
        return CALL_VERDICTS;
    if (tl_str_eq(service, TL_STR("ssm")) && tl_str_eq(action, TL_STR("StartAutomationExecution")))
        return CALL_ATTEMPT;
    if (api_is_control(service, action, control))
        return CALL_CONTROL;
    return change_is_possible(service, action) ? CALL_CHANGE : CALL_OTHER;
}

static bool is_api(const struct known_api *api, tl_str source, tl_str name)
{
    return api->n_source == source.n && api->n_name == name.n && tl_bytes_eq(api->text, source.p, source.n) &&
           tl_bytes_eq(api->text + source.n, name.p, name.n);
}

/* By the ends of both names, which are seldom all the same. */
static size_t slot_of(tl_str source, tl_str name)
{
    uint64_t a = 0, b = 0;
    if (name.n >= sizeof a) {
        memcpy(&a, name.p, sizeof a);
        memcpy(&b, name.p + name.n - sizeof b, sizeof b);
    } else if (name.n) {
        memcpy(&a, name.p, name.n);
    }
    uint64_t h = (a ^ (b << 7 | b >> 57)) + source.n * 31 + (source.n ? (unsigned char)source.p[0] : 0);
    return h * UINT64_C(0x9e3779b97f4a7c15) >> 54; /* the golden ratio's bits */
}
_Static_assert(KNOWN_APIS == 1 << (64 - 54), "one slot a hash");

/* The slot that has it, or else the one to put it in: a free one, or its first. */
static struct known_api *find_slot(struct tl_extractor *x, tl_str source, tl_str name)
{
    size_t first = slot_of(source, name);
    for (size_t i = 0; i < KNOWN_PROBES; i++) {
        struct known_api *api = &x->apis[(first + i) % KNOWN_APIS];
        if (api->n_source == 0 || is_api(api, source, name))
            return api;
    }
    return &x->apis[first];
}

struct known_api *api_known(struct tl_extractor *x, tl_str source, tl_str name)
{
    bool keep = source.n && name.n && source.n + name.n <= sizeof x->apis->text;
    struct known_api *api = keep ? find_slot(x, source, name) : &x->long_api;
    if (keep && is_api(api, source, name))
        return api;
    tl_str service = tl_api_service(source), action = tl_api_action(name);
    *api = (struct known_api){
        .n_service = service.n, .n_action = action.n, .reads_only = api_reads_only(action)};
    api->call = call_of(service, action, &api->control);
    if (keep) {
        api->number = ++x->n_apis;
        api->n_source = source.n;
        api->n_name = name.n;
        memcpy(api->text, source.p, source.n);
        memcpy(api->text + source.n, name.p, name.n);
    }
    return api;
}
