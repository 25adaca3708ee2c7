/* Stories to histories: see story.h. The same story gives the same bytes. Whatever the story leaves out is as
 * it usually is; whatever it says wrongly ends the test program, since a scenario that was misread would show
 * nothing. */
#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trailloop/base.h"

struct place { /* of a repetition */
    json_int_t i, k;
};

struct teller {
    const char *path;
    struct tlh *h;
    const json_t *story, *parties;
    int64_t start_s;
    char execution[TLH_ID_BYTES]; /* of the last attempt */
};

static void wrong(const struct teller *t, const char *what)
{
    fprintf(stderr, "%s: %s\n", t->path, what);
    abort();
}

static const char *text_of(const json_t *object, const char *key, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : otherwise;
}

static json_int_t number_of(const json_t *object, const char *key, json_int_t otherwise)
{
    const json_t *n = json_object_get(object, key);
    return json_is_integer(n) ? json_integer_value(n) : otherwise;
}

static const char *need_text(const struct teller *t, const json_t *object, const char *key)
{
    const char *text = text_of(object, key, NULL);
    if (!text)
        wrong(t, key);
    return text;
}

/* ---- {i} and {k} ------------------------------------------------------------------------------- */

static json_t *fill_text(const char *text, const struct place *p)
{
    struct tl_buf b = {0};
    for (; *text; text++) {
        bool place = text[0] == '{' && (text[1] == 'i' || text[1] == 'k') && text[2] == '}';
        int r = place ? tl_buf_printf(&b, "%03" JSON_INTEGER_FORMAT, text[1] == 'i' ? p->i : p->k)
                      : tl_buf_add(&b, text, 1);
        if (r < 0)
            abort();
        text += place ? 2 : 0;
    }
    json_t *filled = json_stringn(b.n ? b.p : "", b.n);
    tl_buf_fini(&b);
    return filled;
}

/* A copy with every place filled in. */
static json_t *fill(const json_t *value, const struct place *p)
{
    const char *key;
    json_t *child, *out;
    size_t i;
    if (json_is_string(value))
        return fill_text(json_string_value(value), p);
    if (json_is_array(value)) {
        out = json_array();
        json_array_foreach((json_t *)(uintptr_t)value, i, child) json_array_append_new(out, fill(child, p));
        return out;
    }
    if (json_is_object(value)) {
        out = json_object();
        json_object_foreach((json_t *)(uintptr_t)value, key, child)
            json_object_set_new(out, key, fill(child, p));
        return out;
    }
    return json_deep_copy(value);
}

/* ---- who --------------------------------------------------------------------------------------- */

static struct tlh_actor automation(struct teller *t, const json_t *event, char session[64])
{
    if (!t->execution[0])
        wrong(t, "an automation acts before any attempt");
    snprintf(session, 64, "Automation-%s", t->execution);
    return (struct tlh_actor){.role = text_of(event, "role", "AutomationServiceRole"),
                              .session = session,
                              .ip = "ssm.amazonaws.com",
                              .agent = "ssm.amazonaws.com",
                              .invoked_by = "ssm.amazonaws.com"};
}

/* `session` is room for an automation's. */
static struct tlh_actor actor_of(struct teller *t, const json_t *event, const char *otherwise,
                                 char session[64])
{
    static const struct {
        const char *name;
        const struct tlh_actor *actor;
    } known[] = {{"config-evaluator", &tlh_config_evaluator},
                 {"config-remediation", &tlh_config_remediation},
                 {"engineer", &tlh_engineer},
                 {"pipeline", &tlh_pipeline}};
    const char *name = text_of(event, "by", otherwise);
    const json_t *told = name ? json_object_get(t->parties, name) : NULL;
    if (told)
        return (struct tlh_actor){.role = text_of(told, "role", NULL),
                                  .session = text_of(told, "session", NULL),
                                  .user = text_of(told, "user", NULL),
                                  .ip = need_text(t, told, "ip"),
                                  .agent = need_text(t, told, "agent"),
                                  .invoked_by = text_of(told, "invoked_by", NULL)};
    for (size_t i = 0; name && i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(known[i].name, name) == 0)
            return *known[i].actor;
    if (!name || strcmp(name, "automation") != 0)
        wrong(t, name ? name : "a call by nobody");
    return automation(t, event, session);
}

/* ---- what -------------------------------------------------------------------------------------- */

static void add_evaluations(json_t *list, const json_t *one, const char *when)
{
    struct place p = {0};
    for (json_int_t n = number_of(one, "times", 1); p.k < n; p.k++) {
        json_t *id = fill_text(text_of(one, "id", ""), &p);
        json_array_append_new(list, json_pack("{s:s,s:o,s:s,s:s}", "complianceResourceType",
                                              text_of(one, "type", ""), "complianceResourceId", id,
                                              "complianceType", text_of(one, "verdict", ""),
                                              "orderingTimestamp", when));
    }
}

static void tell_verdict(struct teller *t, const json_t *event, int64_t now_s)
{
    char when[TL_TIME_MAX_BYTES], session[64];
    const json_t *many = json_object_get(event, "evaluations");
    json_t *evaluations = json_array(), *one;
    size_t i;
    bool periodic = json_is_true(json_object_get(event, "schedule"));
    struct tlh_actor who = actor_of(t, event, "config-evaluator", session);
    tl_time_format(now_s - 20, when);
    json_array_foreach((json_t *)(uintptr_t)many, i, one) add_evaluations(evaluations, one, when);
    if (!many)
        add_evaluations(evaluations, event, when);
    json_t *additional = json_pack(
        "{s:s,s:o,s:s,s:s}", "configRuleName", need_text(t, event, "rule"), "configRuleArn",
        json_sprintf("arn:aws:config:%s:%s:config-rule/config-rule-%06x", t->h->region, t->h->account,
                     (unsigned)(tl_str_hash(tl_str_from(text_of(event, "rule", ""))) & 0xffffff)),
        "configRuleInputParameters", "{}", "notificationJobType",
        periodic ? "SCHEDULED_NOTIFICATION" : "CONFIGURATION_ITEM_CHANGE_NOTIFICATION");
    json_t *request =
        json_pack("{s:o,s:s,s:b}", "evaluations", evaluations, "resultToken", "eyJlbmNyeXB0ZWREYXRhIjpbLTEy",
                  "testMode", json_is_true(json_object_get(event, "test_mode")));
    tlh_record(t->h, now_s, "config", "PutEvaluations", &who, request, NULL, additional);
}

static void tell_attempt(struct teller *t, const json_t *event, int64_t now_s)
{
    char session[64];
    struct tlh_actor who = actor_of(t, event, "config-remediation", session);
    json_t *parameters = json_pack("{s:[o]}", "AutomationAssumeRole",
                                   json_sprintf("arn:aws:iam::%s:role/AutomationServiceRole", t->h->account));
    if (json_object_get(event, "parameters"))
        json_object_update(parameters, json_object_get(event, "parameters"));
    snprintf(t->execution, sizeof(t->execution), "%08x-%04x-4%03x-a%03x-%012x",
             tlh_random(t->h, 0, 0x7fffffff), tlh_random(t->h, 0, 0xffff), tlh_random(t->h, 0, 0xfff),
             tlh_random(t->h, 0, 0xfff), tlh_random(t->h, 0, 0x7fffffff));
    tlh_record(t->h, now_s, "ssm", "StartAutomationExecution", &who,
               json_pack("{s:s,s:s,s:o,s:s}", "documentName", text_of(event, "attempt", ""),
                         "documentVersion", "1", "parameters", parameters, "mode", "Auto"),
               json_pack("{s:s}", "automationExecutionId", t->execution), NULL);
}

static void tell_call(struct teller *t, const json_t *event, int64_t now_s)
{
    char session[64], service[32];
    const char *call = need_text(t, event, "call"), *colon = strchr(call, ':');
    struct tlh_actor who = actor_of(t, event, NULL, session);
    if (!colon)
        wrong(t, call);
    snprintf(service, sizeof(service), "%.*s", (int)(colon - call), call);
    tlh_record(t->h, now_s, service, colon + 1, &who, json_deep_copy(json_object_get(event, "request")),
               json_deep_copy(json_object_get(event, "response")), NULL);
}

/* ---- how it is recorded ------------------------------------------------------------------------ */

/* Puts `key` into the newest record. */
static void set_in_record(struct teller *t, const char *key, json_t *value)
{
    struct tlh_event *e = &t->h->events[t->h->n - 1];
    json_t *record = json_loads(e->text, 0, NULL);
    if (!record || json_object_set_new(record, key, value))
        abort();
    free(e->text);
    e->text = json_dumps(record, JSON_COMPACT);
    json_decref(record);
    if (!e->text)
        abort();
}

static void add_second_copy(struct teller *t)
{
    struct tlh *h = t->h;
    if (tl_grow(&h->events, &h->cap, h->n + 1, sizeof(*h->events)) < 0)
        abort();
    h->events[h->n] = h->events[h->n - 1];
    h->events[h->n].text = strdup(h->events[h->n - 1].text);
    h->n++;
}

static void tell_event(struct teller *t, const json_t *told, const struct place *p, int64_t from_s)
{
    json_t *event = fill(told, p);
    int64_t now_s = from_s + number_of(event, "after", 0);
    const char *error = text_of(event, "error", NULL);
    bool keep = json_is_true(json_object_get(event, "keep"));
    tlh_place(t->h, text_of(event, "account", text_of(t->story, "account", "111122223333")),
              text_of(event, "region", text_of(t->story, "region", "ap-northeast-1")));
    if (error && !keep)
        tlh_fail_next(t->h, error);
    if (json_object_get(event, "verdict") || json_object_get(event, "evaluations"))
        tell_verdict(t, event, now_s);
    else if (json_object_get(event, "attempt"))
        tell_attempt(t, event, now_s);
    else
        tell_call(t, event, now_s);
    if (error && keep) {
        set_in_record(t, "errorCode", json_string(error));
        set_in_record(t, "responseElements", json_null());
    }
    if (json_object_get(event, "resources"))
        set_in_record(t, "resources", json_deep_copy(json_object_get(event, "resources")));
    if (json_is_true(json_object_get(event, "same")))
        add_second_copy(t);
    json_decref(event);
}

static void tell_part(struct teller *t, const json_t *part)
{
    const json_t *noise = json_object_get(part, "noise"), *events = json_object_get(part, "events");
    int64_t at_s = t->start_s + number_of(part, "at", 0);
    json_t *event;
    size_t e;
    if (noise) {
        tlh_place(t->h, text_of(t->story, "account", "111122223333"),
                  text_of(t->story, "region", "ap-northeast-1"));
        tlh_noise_between(t->h, at_s, t->start_s + number_of(part, "until", 0),
                          (uint32_t)json_integer_value(json_array_get(noise, 0)),
                          (uint32_t)json_integer_value(json_array_get(noise, 1)));
        return;
    }
    if (!json_array_size(events))
        wrong(t, "a part without events");
    struct place p = {0};
    for (json_int_t n = number_of(part, "repeat", 1); p.i < n; p.i++) {
        json_array_foreach((json_t *)(uintptr_t)events, e, event) if (p.i % number_of(event, "only", 1) == 0)
            tell_event(t, event, &p, at_s);
        at_s += number_of(part, "every", 0) + tlh_random(t->h, 0, (uint32_t)number_of(part, "jitter", 0));
    }
}

struct tlh *tlh_story(const char *path)
{
    json_error_t why;
    json_t *story = json_load_file(path, JSON_REJECT_DUPLICATES, &why), *part;
    size_t i;
    struct teller t = {.path = path, .story = story};
    if (!story) {
        fprintf(stderr, "%s: line %d: %s\n", path, why.line, why.text);
        abort();
    }
    t.parties = json_object_get(story, "parties");
    if (!tl_time_parse(tl_str_from(text_of(story, "start", "")), &t.start_s))
        wrong(&t, "start");
    t.h = tlh_new(tl_str_hash(tl_str_from(text_of(story, "start", ""))));
    json_array_foreach(json_object_get(story, "story"), i, part) tell_part(&t, part);
    tlh_sort(t.h);
    json_decref(story);
    return t.h;
}
