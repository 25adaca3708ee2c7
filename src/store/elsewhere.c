/* Attempts that are other resources' than those of the history: their session changed only resources that
 * were never judged, or they name one that was changed soon after. Nothing of such a resource is loaded, so
 * that detection could not tell, and would take the attempt for an answer to whatever verdict waits. */
#include "load.h"

#include "trailloop/limits.h"

#include <stdlib.h>
#include <string.h>

/* In rising strength: what is found last counts. */
enum whose { NOBODYS, ANOTHERS, OURS };

enum { RESOURCES_MAX = 16 }; /* that are looked at for one session or name */

/* Whether one of the resources that the query gives was judged. 0 with *out, or a failure. */
static int ask(struct loader *l, struct query *q, enum whose *out)
{
    int r;
    while ((r = query_row(q, l->err)) > 0) {
        bool ours;
        if ((r = loader_is_judged(l, column_int(q, 0), &ours)))
            break;
        enum whose is = ours ? OURS : ANOTHERS;
        *out = is > *out ? is : *out;
    }
    query_end(q);
    return r;
}

static int ask_session(struct loader *l, const struct tl_step *attempt, enum whose *out)
{
    struct query q = query(l->s, SQL_SESSION_RESOURCES);
    bind_int(&q, SESSION_RESOURCES_EXECUTION, l->texts.ids[attempt->execution]);
    bind_int(&q, SESSION_RESOURCES_MOST, RESOURCES_MAX);
    return ask(l, &q, out);
}

/* What the text names at all; kept, since most attempts of a runbook name the same. */
static int ask_name(struct loader *l, uint32_t text, uint8_t *known)
{
    enum whose is = NOBODYS;
    if (known[text])
        return 0;
    struct query q = query(l->s, SQL_NAMED_RESOURCES);
    bind_int(&q, NAMED_RESOURCES_TEXT, l->texts.ids[text]);
    bind_int(&q, NAMED_RESOURCES_MOST, RESOURCES_MAX);
    int r = ask(l, &q, &is);
    known[text] = (uint8_t)(is + 1);
    return r;
}

static int ask_value(struct loader *l, const struct loose_value *v, uint8_t *known, enum whose *out)
{
    int r = ask_name(l, v->text, known);
    enum whose is = known[v->text] ? (enum whose)(known[v->text] - 1) : NOBODYS;
    if (r || is != ANOTHERS) {
        *out = is == OURS ? OURS : *out;
        return r;
    }
    struct query q = query(l->s, SQL_NAMED_CHANGED);
    bind_int(&q, NAMED_CHANGED_TEXT, l->texts.ids[v->text]);
    bind_int(&q, NAMED_CHANGED_SINCE, event_key_first(v->time_s));
    bind_int(&q, NAMED_CHANGED_UNTIL, event_key_last(v->time_s + TL_MAX_STEP_DEFAULT_S));
    return ask(l, &q, out);
}

static bool is_of(const struct loose_value *v, const struct tl_step *attempt)
{
    return v->time_s == attempt->time_s && memcmp(v->event.b, attempt->event.b, sizeof v->event.b) == 0;
}

/* Attempts and values come in one order. */
int load_elsewhere(struct loader *l)
{
    uint8_t *known = calloc(l->texts.n + 1, 1);
    size_t value = 0;
    int r = known ? 0 : tl_err_nomem(l->err);
    for (size_t i = l->first_attempt; r == 0 && i < l->end_attempts; i++) {
        struct tl_step *attempt = &l->h->steps[i];
        enum whose is = NOBODYS;
        if (attempt->execution)
            r = ask_session(l, attempt, &is);
        for (; r == 0 && value < l->n_values && is_of(&l->values[value], attempt); value++)
            if (is != OURS)
                r = ask_value(l, &l->values[value], known, &is);
        attempt->flags |= is == ANOTHERS ? TL_STEP_ELSEWHERE : 0;
    }
    free(known);
    return r;
}
