/* What the names of APIs tell those who write them: whether a call of that name can be a change at all, and
 * in which letters AWS writes it. The names are those of the table of resources and of AWS Config's own
 * calls. */
#include "resources.h"
#include "work.h"

#include <string.h>
#include <strings.h>

bool tl_api_can_change(tl_str service, tl_str action)
{
    static const char *const reading[] = {"Describe", "Get", "List", "Head"};
    enum tl_control_action control;
    for (size_t i = 0; i < sizeof reading / sizeof *reading; i++)
        if (tl_str_starts(action, tl_str_from(reading[i])))
            return false;
    return change_is_possible(service, action) && !api_is_control(service, action, &control);
}

/* What stands before the first `*`. */
static tl_str literal(tl_str pattern)
{
    return tl_str_sub(pattern, 0, tl_str_find(pattern, TL_STR("*")));
}

/* The shortest beginning that is compared: `Put` and `Get` say nothing. */
enum { BEGINNING_LEAST = 6 };

struct spelling {
    tl_str action;
    size_t n_same; /* bytes of the longest beginning that is written the same */
    tl_str other;  /* the longest that is the same but for capitals */
};

static void compare(struct spelling *s, tl_str known)
{
    size_t n = s->action.n < known.n ? s->action.n : known.n;
    if (n < BEGINNING_LEAST || strncasecmp(s->action.p, known.p, n) != 0)
        return;
    if (memcmp(s->action.p, known.p, n) == 0)
        s->n_same = n > s->n_same ? n : s->n_same;
    else if (n > s->other.n)
        s->other = tl_str_sub(known, 0, n);
}

static void compare_list(struct spelling *s, const char *actions)
{
    for (const char *p = actions; *p;) {
        size_t n = strcspn(p, " ");
        compare(s, literal((tl_str){p, n}));
        p += n + (p[n] == ' ');
    }
}

tl_str tl_api_spelling(tl_str service, tl_str action)
{
    static const struct {
        const char *service, *actions;
    } own[] = {{"config", "PutEvaluations PutExternalEvaluation"},
               {"ssm", "StartAutomationExecution"},
               {"lambda", "AddPermission RemovePermission"}};
    struct spelling s = {.action = literal(action)};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (tl_str_eq(service, tl_str_from(own[i].service)))
            compare_list(&s, own[i].actions);
    for (size_t i = 0; i < n_resource_rows; i++)
        if (tl_str_eq(service, tl_str_from(resource_rows[i].service)))
            compare_list(&s, resource_rows[i].actions);
    return s.other.n > s.n_same ? s.other : TL_STR_NONE;
}
