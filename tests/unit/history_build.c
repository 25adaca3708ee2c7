#include "history_build.h"

#include <stdlib.h>
#include <string.h>

#define PUSH(array, n, cap, value)                                                                           \
    do {                                                                                                     \
        if (tl_grow(&(array), &(cap), (n) + 1, sizeof *(array)))                                             \
            abort();                                                                                         \
        (array)[(n)++] = (value);                                                                            \
    } while (0)

uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state * 2685821657736338717u >> 16;
}

void build_init(struct build *b, uint32_t n_resources)
{
    static const char *const apis[] = {"RemovePermission", "AddPermission", "UpdateFunctionConfiguration"};
    *b = (struct build){0};
    struct tl_history *h = &b->h;
    build_text(b, "");
    for (uint32_t i = 0; i < n_resources; i++) {
        struct tl_resource r = {.partition = TL_STR("aws"),
                                .account = TL_STR("111122223333"),
                                .region = TL_STR("eu-west-1"),
                                .type = TL_STR("AWS::Lambda::Function"),
                                .id = tl_arena_printf(&h->arena, "function-%u", i)};
        PUSH(h->resources, h->n_resources, h->cap_resources, r);
    }
    struct tl_scope scope = {.account = TL_STR("111122223333"),
                             .region = TL_STR("eu-west-1"),
                             .first_s = INT64_MAX,
                             .last_s = INT64_MIN};
    PUSH(h->scopes, h->n_scopes, h->cap_scopes, scope);
    for (size_t i = 0; i < sizeof apis / sizeof *apis; i++) {
        struct tl_api api = {TL_STR("lambda"), tl_str_from(apis[i])};
        PUSH(h->apis, h->n_apis, h->cap_apis, api);
    }
    struct tl_caller robot = {.principal = TL_STR("arn:aws:iam::111122223333:role/robot")};
    struct tl_caller person = {.principal = TL_STR("arn:aws:iam::111122223333:user/ann"), .person = true};
    PUSH(h->callers, h->n_callers, h->cap_callers, robot);
    PUSH(h->callers, h->n_callers, h->cap_callers, person);
}

void build_init_robots(struct build *b, uint32_t n_resources)
{
    build_init(b, n_resources);
    struct tl_history *h = &b->h;
    struct tl_caller robot_b = {.principal = TL_STR("arn:aws:iam::111122223333:role/robot-b")};
    PUSH(h->callers, h->n_callers, h->cap_callers, robot_b);
}

void build_fini(struct build *b)
{
    tl_history_fini(&b->h);
}

uint32_t build_text(struct build *b, const char *text)
{
    struct tl_history *h = &b->h;
    tl_str s = tl_str_from(text ? text : ""), copy;
    for (uint32_t i = 0; i < h->n_texts; i++)
        if (tl_str_eq(h->texts[i], s))
            return i;
    if (tl_arena_copy(&h->arena, s, &copy))
        abort();
    PUSH(h->texts, h->n_texts, h->cap_texts, copy);
    return (uint32_t)h->n_texts - 1;
}

static uint32_t add(struct build *b, struct tl_step s)
{
    struct tl_history *h = &b->h;
    uint32_t n = ++b->n_events;
    memcpy(s.event.b + 8, &n, sizeof n);
    if (s.time_s < h->scopes[0].first_s)
        h->scopes[0].first_s = s.time_s;
    if (s.time_s > h->scopes[0].last_s)
        h->scopes[0].last_s = s.time_s;
    PUSH(h->steps, h->n_steps, h->cap_steps, s);
    return (uint32_t)h->n_steps - 1;
}

uint32_t build_verdict(struct build *b, int64_t t_s, uint32_t resource, const char *rule,
                       enum tl_compliance c)
{
    return add(b, (struct tl_step){.time_s = t_s,
                                   .kind = TL_STEP_VERDICT,
                                   .resource = resource,
                                   .subject = build_text(b, rule),
                                   .compliance = (uint8_t)c});
}

uint32_t build_attempt(struct build *b, int64_t t_s, const char *document, const char *execution)
{
    return add(b, (struct tl_step){.time_s = t_s,
                                   .kind = TL_STEP_ATTEMPT,
                                   .resource = TL_NONE,
                                   .subject = build_text(b, document),
                                   .execution = build_text(b, execution)});
}

uint32_t build_change(struct build *b, int64_t t_s, uint32_t resource, uint32_t api, const char *execution)
{
    return add(b, (struct tl_step){.time_s = t_s,
                                   .kind = TL_STEP_CHANGE,
                                   .resource = resource,
                                   .subject = api,
                                   .execution = build_text(b, execution)});
}

struct tl_step *build_change_by(struct build *b, int64_t t_s, uint32_t resource, uint32_t api,
                                uint32_t caller)
{
    uint32_t at = build_change(b, t_s, resource, api, NULL); /* which may move the steps */
    struct tl_step *s = &b->h.steps[at];
    s->caller = caller;
    s->flags = caller == PERSON ? TL_STEP_PERSON : 0;
    return s;
}

void build_settings(struct build *b, int64_t t_s, const char *rule, const char *document, int attempts,
                    int64_t window_s)
{
    struct tl_history *h = &b->h;
    struct tl_control_step c = {.time_s = t_s,
                                .action = TL_PUT_REMEDIATION_CONFIGURATION,
                                .automatic = true,
                                .rule = build_text(b, rule),
                                .resource = TL_NONE,
                                .document = build_text(b, document),
                                .attempts = attempts,
                                .window_s = window_s};
    uint32_t n = ++b->n_events;
    memcpy(c.event.b + 8, &n, sizeof n);
    PUSH(h->controls, h->n_controls, h->cap_controls, c);
}

static int by_order(const void *a, const void *b)
{
    const struct tl_step *x = a, *y = b;
    if (x->time_s != y->time_s)
        return x->time_s < y->time_s ? -1 : 1;
    return memcmp(&x->event, &y->event, sizeof x->event);
}

void build_sort(struct build *b, uint64_t salt)
{
    struct tl_history *h = &b->h;
    for (size_t i = 0; i < h->n_steps; i++) {
        uint64_t mixed;
        memcpy(&mixed, h->steps[i].event.b + 8, sizeof mixed);
        mixed = (mixed + 1) * 0x9e3779b97f4a7c15u ^ salt;
        for (int k = 0; k < 3; k++)
            random_next(&mixed);
        memcpy(h->steps[i].event.b, &mixed, sizeof mixed);
    }
    if (h->n_steps)
        qsort(h->steps, h->n_steps, sizeof *h->steps, by_order);
}
