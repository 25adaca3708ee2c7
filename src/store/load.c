/* The history: the rows that detection needs, from the database into dense arrays.
 *
 * What is read: verdicts, attempts and control events by their time, and the changes on judged resources,
 * each resource by itself. Nothing walks the events. Database ids differ from one order of ingestion to
 * another, so every index is given out only in the end, by the order of what it stands for: equal content
 * gives an equal history.
 */
#include "load.h"
#include "trailloop/limits.h"

#include <stdlib.h>
#include <string.h>

int loader_id(struct loader *l, struct idset *set, int64_t id, uint32_t *index)
{
    int r = idset_add(set, id, index, l->err);
    return r < 0 ? r : 0;
}

/* The index of the resource that `id` is, or is another form of. */
int loader_resource(struct loader *l, int64_t id, int64_t *real, uint32_t *index)
{
    uint32_t i;
    int r = idset_add(&l->given, id, &i, l->err);
    if (r < 0)
        return r;
    if (r > 0) {
        if (tl_grow(&l->real, &l->cap_real, l->given.n, sizeof *l->real))
            return tl_err_nomem(l->err);
        if ((r = alias_resolve(l->s, id, &l->real[i], l->err)))
            return r;
    }
    *real = l->real[i];
    return index ? loader_id(l, &l->resources, *real, index) : 0;
}

int loader_is_judged(struct loader *l, int64_t id, bool *judged)
{
    uint32_t i;
    int64_t real = 0;
    *judged = idset_find(&l->judged, id, &i) || idset_find(&l->judged_names, id, &i);
    if (*judged)
        return 0;
    int r = loader_resource(l, id, &real, NULL);
    *judged = r == 0 && idset_find(&l->judged, real, &i);
    return r;
}

/* From now on `id` is another form of `real`. */
static int set_real(struct loader *l, int64_t id, int64_t real)
{
    uint32_t i;
    int r = idset_add(&l->given, id, &i, l->err);
    if (r < 0)
        return r;
    if (tl_grow(&l->real, &l->cap_real, l->given.n, sizeof *l->real))
        return tl_err_nomem(l->err);
    l->real[i] = real;
    return 0;
}

struct tl_step *loader_new_step(struct loader *l, enum tl_step_kind kind)
{
    struct tl_history *h = l->h;
    if (h->n_steps >= TL_NONE - 1 || tl_grow(&h->steps, &h->cap_steps, h->n_steps + 1, sizeof *h->steps)) {
        tl_err_nomem(l->err);
        return NULL;
    }
    struct tl_step *st = &h->steps[h->n_steps++];
    memset(st, 0, sizeof *st);
    st->kind = (uint8_t)kind;
    return st;
}

uint8_t loader_step_flags(int64_t event_flags)
{
    return (uint8_t)((event_flags & TL_EVENT_FAILED ? TL_STEP_FAILED : 0) |
                     (event_flags & TL_EVENT_PERSON ? TL_STEP_PERSON : 0) |
                     (event_flags & TL_EVENT_WITHHELD ? TL_STEP_WITHHELD : 0));
}

/* What every step's row starts with: time, event, scope; and the caller at `caller`, the flags at `flags`. */
static int read_step(struct loader *l, struct query *q, struct tl_step *st, int caller, int flags)
{
    int r = column_event_id(q, 1, &st->event, l->err);
    st->time_s = event_key_time_s(column_int(q, 0));
    st->flags = loader_step_flags(column_int(q, flags));
    if (r == 0)
        r = loader_id(l, &l->scopes, column_int(q, 2), &st->scope);
    return r ? r : loader_id(l, &l->callers, column_int(q, caller), &st->caller);
}

/* ---- rows by their time -------------------------------------------------------------------- */

static int read_verdict(struct loader *l, struct query *q)
{
    int64_t real;
    int compliance = TL_COMPLIANCE_UNKNOWN;
    struct tl_step *st = loader_new_step(l, TL_STEP_VERDICT);
    int r = st ? read_step(l, q, st, 5, 6) : TL_ENOMEM;
    if (r == 0)
        r = loader_resource(l, column_int(q, 3), &real, &st->resource);
    if (r == 0)
        r = loader_id(l, &l->texts, column_int(q, 4), &st->subject);
    if (r == 0)
        r = column_word(q, 7, TL_COMPLIANCE_UNKNOWN + 1, &compliance, l->err);
    if (r == 0)
        st->compliance = (uint8_t)compliance;
    return r;
}

static int read_attempt(struct loader *l, struct query *q)
{
    struct tl_step *st = loader_new_step(l, TL_STEP_ATTEMPT);
    int r = st ? read_step(l, q, st, 4, 6) : TL_ENOMEM;
    if (r == 0)
        r = loader_id(l, &l->texts, column_int(q, 3), &st->subject);
    if (r == 0)
        r = loader_id(l, &l->texts, column_int(q, 5), &st->execution);
    if (r == 0)
        r = loader_id(l, &l->texts, column_int(q, 8), &st->detail);
    if (r == 0) {
        st->resource = TL_NONE;
        st->flags |= column_int(q, 7) ? TL_STEP_BY_CONFIG : 0;
    }
    return r;
}

int loader_change(struct loader *l, struct query *q, int64_t resource)
{
    struct tl_step *st = loader_new_step(l, TL_STEP_CHANGE);
    int r = st ? read_step(l, q, st, 4, 6) : TL_ENOMEM;
    if (r == 0 && resource)
        r = loader_id(l, &l->resources, resource, &st->resource);
    else if (r == 0)
        st->resource = TL_NONE;
    if (r == 0)
        r = loader_id(l, &l->apis, column_int(q, 3), &st->subject);
    if (r == 0)
        r = loader_id(l, &l->texts, column_int(q, 7), &st->detail);
    if (r == 0)
        r = loader_id(l, &l->texts, column_int(q, 5), &st->execution);
    if (r == 0)
        st->fingerprint = (uint64_t)column_int(q, 8);
    return r;
}

static int read_control(struct loader *l, struct query *q)
{
    struct tl_history *h = l->h;
    int64_t real, attempts = 0;
    int action = 0;
    if (tl_grow(&h->controls, &h->cap_controls, h->n_controls + 1, sizeof *h->controls))
        return tl_err_nomem(l->err);
    struct tl_control_step *c = &h->controls[h->n_controls++];
    *c = (struct tl_control_step){.time_s = event_key_time_s(column_int(q, 0)),
                                  .automatic = column_int(q, 7) != 0,
                                  .resource = TL_NONE};
    int r = column_event_id(q, 1, &c->event, l->err);
    if (r == 0)
        r = column_word(q, 3, TL_N_CONTROL_ACTIONS, &action, l->err);
    if (r == 0)
        r = column_count(q, 8, TL_ATTEMPTS_MAX, &attempts, l->err);
    if (r == 0)
        r = column_count(q, 9, TL_WINDOW_MAX_S, &c->window_s, l->err);
    c->action = (enum tl_control_action)action;
    c->attempts = (int)attempts;
    if (r == 0)
        r = loader_id(l, &l->scopes, column_int(q, 2), &c->scope);
    if (r == 0)
        r = loader_id(l, &l->texts, column_int(q, 4), &c->rule);
    if (r == 0)
        r = loader_id(l, &l->texts, column_int(q, 6), &c->document);
    if (r == 0 && sqlite3_column_type(q->st, 5) != SQLITE_NULL)
        r = loader_resource(l, column_int(q, 5), &real, &c->resource);
    return r;
}

static int read_value(struct loader *l, struct query *q)
{
    if (tl_grow(&l->values, &l->cap_values, l->n_values + 1, sizeof *l->values))
        return tl_err_nomem(l->err);
    struct loose_value *v = &l->values[l->n_values++];
    v->time_s = event_key_time_s(column_int(q, 0));
    int r = column_event_id(q, 1, &v->event, l->err);
    return r ? r : loader_id(l, &l->texts, column_int(q, 2), &v->text);
}

static int read_rows(struct loader *l, struct query *q, int (*read)(struct loader *l, struct query *q))
{
    int r;
    while ((r = query_row(q, l->err)) > 0 && (r = read(l, q)) == 0)
        ;
    query_end(q);
    return r;
}

static int read_judgements(struct loader *l)
{
    struct query q = query(l->s, SQL_LOAD_VERDICTS);
    bind_int(&q, LOAD_VERDICTS_SINCE, event_key_first(l->since_s));
    bind_int(&q, LOAD_VERDICTS_UNTIL, event_key_last(l->until_s));
    int r = read_rows(l, &q, read_verdict);
    if (r)
        return r;
    q = query(l->s, SQL_LOAD_ATTEMPTS);
    bind_int(&q, LOAD_ATTEMPTS_SINCE, event_key_first(l->since_s));
    bind_int(&q, LOAD_ATTEMPTS_UNTIL, event_key_last(l->until_s));
    l->first_attempt = l->h->n_steps;
    if ((r = read_rows(l, &q, read_attempt)))
        return r;
    l->end_attempts = l->h->n_steps;
    q = query(l->s, SQL_LOAD_VALUES);
    bind_int(&q, LOAD_VALUES_SINCE, event_key_first(l->since_s));
    bind_int(&q, LOAD_VALUES_UNTIL, event_key_last(l->until_s));
    if ((r = read_rows(l, &q, read_value)))
        return r;
    q = query(l->s, SQL_LOAD_CONTROLS);
    bind_int(&q, LOAD_CONTROLS_UNTIL, event_key_last(l->until_s));
    return read_rows(l, &q, read_control);
}

/* ---- changes ----------------------------------------------------------------------------------- */

static int read_judged(struct loader *l)
{
    struct query q = query(l->s, SQL_LOAD_JUDGED);
    uint32_t i;
    int64_t real;
    int r;
    while ((r = query_row(&q, l->err)) > 0) {
        if ((r = loader_resource(l, column_int(&q, 0), &real, NULL)) ||
            (r = loader_id(l, &l->judged, real, &i)))
            break;
    }
    query_end(&q);
    return r;
}

static int read_changes_named(struct loader *l, int64_t name, int64_t resource)
{
    struct query q = query(l->s, SQL_LOAD_CHANGES);
    bind_int(&q, LOAD_CHANGES_RESOURCE, name);
    bind_int(&q, LOAD_CHANGES_SINCE, event_key_first(l->since_s));
    bind_int(&q, LOAD_CHANGES_UNTIL, event_key_last(l->until_s));
    int r;
    while ((r = query_row(&q, l->err)) > 0 && (r = loader_change(l, &q, resource)) == 0)
        ;
    query_end(&q);
    return r;
}

static int note_names(struct loader *l, int64_t judged, const struct idset *names)
{
    uint32_t resource;
    if (!idset_find(&l->resources, judged, &resource)) /* nothing of it is in the span */
        return 0;
    if (tl_grow(&l->names, &l->cap_names, l->n_names + names->n, sizeof *l->names))
        return tl_err_nomem(l->err);
    for (size_t k = 0; k < names->n; k++)
        l->names[l->n_names++] = (struct loose_name){resource, names->ids[k]};
    return 0;
}

static int read_changes_of(struct loader *l, int64_t judged)
{
    struct idset names = {0};
    uint32_t index;
    int r = read_changes_named(l, judged, judged);
    if (r == 0)
        r = sessions_learn(l->s, &l->learned, judged, &names, l->err);
    if (r == 0)
        r = alias_names(l->s, judged, &names, l->err);
    for (size_t k = 0; k < names.n && r == 0; k++) {
        r = loader_id(l, &l->judged_names, names.ids[k], &index);
        if (r == 0)
            r = read_changes_named(l, names.ids[k], judged);
    }
    if (r == 0)
        r = note_names(l, judged, &names);
    idset_fini(&names);
    return r;
}

static int read_changes(struct loader *l)
{
    uint32_t index;
    int r = read_judged(l);
    for (size_t i = 0; i < l->n_also && r == 0; i++)
        r = loader_id(l, &l->judged, l->also[i], &index);
    for (size_t i = 0; i < l->judged.n && r == 0; i++)
        r = read_changes_of(l, l->judged.ids[i]);
    sessions_resolve(&l->learned);
    for (size_t i = 0; i < l->learned.n && r == 0; i++)
        r = set_real(l, l->learned.items[i].name, l->learned.items[i].resource);
    return r ? r : load_failed(l);
}

/* ---- what the ids stand for -------------------------------------------------------------------- */

static int fetch_all(struct loader *l)
{
    struct tl_history *h = l->h;
    int r = 0;
    if (tl_grow(&h->texts, &h->cap_texts, l->texts.n, sizeof *h->texts) ||
        tl_grow(&h->apis, &h->cap_apis, l->apis.n, sizeof *h->apis) ||
        tl_grow(&h->callers, &h->cap_callers, l->callers.n, sizeof *h->callers) ||
        tl_grow(&h->resources, &h->cap_resources, l->resources.n, sizeof *h->resources) ||
        tl_grow(&h->names, &h->cap_names, l->n_names, sizeof *h->names))
        return tl_err_nomem(l->err);
    for (; h->n_texts < l->texts.n && r == 0; h->n_texts++)
        r = fetch_text(l->s, l->texts.ids[h->n_texts], &h->arena, &h->texts[h->n_texts], l->err);
    for (; h->n_apis < l->apis.n && r == 0; h->n_apis++)
        r = fetch_api(l->s, l->apis.ids[h->n_apis], &h->arena, &h->apis[h->n_apis], l->err);
    for (; h->n_callers < l->callers.n && r == 0; h->n_callers++)
        r = fetch_caller(l->s, l->callers.ids[h->n_callers], &h->arena, &h->callers[h->n_callers], l->err);
    for (; h->n_resources < l->resources.n && r == 0; h->n_resources++)
        r = fetch_resource(l->s, l->resources.ids[h->n_resources], &h->arena, &h->resources[h->n_resources],
                           l->err);
    for (; h->n_names < l->n_names && r == 0; h->n_names++) {
        const struct loose_name *from = &l->names[h->n_names];
        struct tl_resource x;
        r = fetch_resource(l->s, from->name, &h->arena, &x, l->err);
        h->names[h->n_names] = (struct tl_other_name){.resource = from->resource, .name = x.id};
    }
    return r;
}

/* Coverage of a scope inside the span asked for. */
static void clip(const struct loader *l, struct tl_scope *sc)
{
    if (sc->first_s > l->until_s || sc->last_s < l->since_s) {
        sc->first_s = sc->last_s = sc->first_s > l->until_s ? l->until_s : l->since_s;
        sc->n_records = 0;
    }
    sc->first_s = sc->first_s < l->since_s ? l->since_s : sc->first_s;
    sc->last_s = sc->last_s > l->until_s ? l->until_s : sc->last_s;
}

/* All scopes there are, in the order in which the database gives them (sorted). */
static int fetch_scopes(struct loader *l)
{
    struct tl_history *h = l->h;
    struct query q = query(l->s, SQL_SCOPES);
    uint32_t i;
    size_t n_met = 0;
    int r;
    if (!(l->scope_order = calloc(l->scopes.n + 1, sizeof *l->scope_order)))
        return tl_err_nomem(l->err);
    while ((r = query_row(&q, l->err)) > 0) {
        if (tl_grow(&h->scopes, &h->cap_scopes, h->n_scopes + 1, sizeof *h->scopes)) {
            r = tl_err_nomem(l->err);
            break;
        }
        struct tl_scope *sc = &h->scopes[h->n_scopes];
        *sc = (struct tl_scope){.n_records = (uint64_t)column_int(&q, 5)};
        if ((r = column_time(&q, 3, &sc->first_s, l->err)) || (r = column_time(&q, 4, &sc->last_s, l->err)))
            break;
        if (column_text_copy(&q, 1, &h->arena, &sc->account) ||
            column_text_copy(&q, 2, &h->arena, &sc->region)) {
            r = tl_err_nomem(l->err);
            break;
        }
        clip(l, sc);
        if (idset_find(&l->scopes, column_int(&q, 0), &i)) {
            l->scope_order[i] = (uint32_t)h->n_scopes;
            n_met++;
        }
        h->n_scopes++;
    }
    query_end(&q);
    return r || n_met == l->scopes.n ? r : store_fail(l->s, SQLITE_CORRUPT, "read", l->err);
}

/* ---- the whole --------------------------------------------------------------------------------- */

static int load(struct loader *l)
{
    uint32_t none;
    int r = park_settle(l);
    if (r == 0)
        r = loader_id(l, &l->texts, 0, &none); /* the empty text, always there */
    if (r == 0)
        r = read_judgements(l);
    if (r == 0)
        r = read_changes(l);
    if (r == 0)
        r = load_elsewhere(l);
    if (r == 0 && l->sieve)
        r = load_calls(l);
    if (r == 0)
        r = fetch_all(l);
    if (r == 0)
        r = fetch_scopes(l);
    return r ? r : loader_order(l);
}

static int load_all(struct loader *l)
{
    int r = tl_store_read_begin(l->s, l->err);
    if (r == 0)
        r = tl_store_read_end(l->s, load(l), l->err);
    struct idset *const sets[] = {&l->texts,  &l->apis,         &l->callers, &l->resources, &l->scopes,
                                  &l->judged, &l->judged_names, &l->quiet,   &l->given};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        idset_fini(sets[i]);
    free(l->real);
    free(l->values);
    sessions_fini(&l->learned);
    free(l->names);
    free(l->scope_order);
    return r;
}

int tl_store_load(struct tl_store *s, int64_t since_s, int64_t until_s, const struct tl_sieve *sieve,
                  struct tl_history *out, struct tl_err *err)
{
    struct loader l = {.s = s, .h = out, .err = err, .since_s = since_s, .until_s = until_s, .sieve = sieve};
    return load_all(&l);
}

int tl_store_load_also(struct tl_store *s, int64_t since_s, int64_t until_s, const int64_t *resources,
                       size_t n_resources, struct tl_history *out, struct tl_err *err)
{
    struct loader l = {.s = s,
                       .h = out,
                       .err = err,
                       .since_s = since_s,
                       .until_s = until_s,
                       .also = resources,
                       .n_also = n_resources};
    return load_all(&l);
}
