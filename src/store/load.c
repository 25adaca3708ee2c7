/* The history: the rows that detection needs, from the database into dense arrays.
 *
 * What is read: verdicts, attempts and control events by their time, and the changes on judged resources,
 * each resource by itself. Nothing walks the events. Database ids differ from one order of ingestion to
 * another, so every index is given out only in the end, by the order of what it stands for: equal content
 * gives an equal history.
 */
#include "load.h"

#include <stdlib.h>
#include <string.h>

static int id_of(struct loader *l, struct idset *set, int64_t id, uint32_t *index)
{
    int r = idset_add(set, id, index, l->err);
    return r < 0 ? r : 0;
}

/* The index of the resource that `id` is, or is another form of. */
static int resource_of(struct loader *l, int64_t id, int64_t *real, uint32_t *index)
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
    return index ? id_of(l, &l->resources, *real, index) : 0;
}

int loader_set_real(struct loader *l, int64_t id, int64_t real)
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

static struct tl_step *new_step(struct loader *l, enum tl_step_kind kind)
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

static uint8_t step_flags(int64_t event_flags)
{
    return (uint8_t)((event_flags & TL_EVENT_FAILED ? TL_STEP_FAILED : 0) |
                     (event_flags & TL_EVENT_PERSON ? TL_STEP_PERSON : 0));
}

/* What every step's row starts with: time, event, scope; and the caller at `caller`, the flags at `flags`. */
static int read_step(struct loader *l, struct query *q, struct tl_step *st, int caller, int flags)
{
    int r = column_event_id(q, 1, &st->event, l->err);
    st->time_s = event_key_time_s(column_int(q, 0));
    st->flags = step_flags(column_int(q, flags));
    if (r == 0)
        r = id_of(l, &l->scopes, column_int(q, 2), &st->scope);
    return r ? r : id_of(l, &l->callers, column_int(q, caller), &st->caller);
}

/* ---- rows by their time -------------------------------------------------------------------- */

static int read_verdict(struct loader *l, struct query *q)
{
    int64_t real;
    int compliance = TL_COMPLIANCE_UNKNOWN;
    struct tl_step *st = new_step(l, TL_STEP_VERDICT);
    int r = st ? read_step(l, q, st, 5, 6) : TL_ENOMEM;
    if (r == 0)
        r = resource_of(l, column_int(q, 3), &real, &st->resource);
    if (r == 0)
        r = id_of(l, &l->texts, column_int(q, 4), &st->subject);
    if (r == 0)
        r = column_word(q, 7, TL_COMPLIANCE_UNKNOWN + 1, &compliance, l->err);
    if (r == 0)
        st->compliance = (uint8_t)compliance;
    return r;
}

static int read_attempt(struct loader *l, struct query *q)
{
    struct tl_step *st = new_step(l, TL_STEP_ATTEMPT);
    int r = st ? read_step(l, q, st, 4, 6) : TL_ENOMEM;
    if (r == 0)
        r = id_of(l, &l->texts, column_int(q, 3), &st->subject);
    if (r == 0)
        r = id_of(l, &l->texts, column_int(q, 5), &st->execution);
    if (r == 0) {
        st->resource = TL_NONE;
        st->flags |= column_int(q, 7) ? TL_STEP_BY_CONFIG : 0;
    }
    return r;
}

static int read_change(struct loader *l, struct query *q, int64_t resource)
{
    struct tl_step *st = new_step(l, TL_STEP_CHANGE);
    int r = st ? read_step(l, q, st, 4, 6) : TL_ENOMEM;
    if (r == 0)
        r = id_of(l, &l->resources, resource, &st->resource);
    if (r == 0)
        r = id_of(l, &l->apis, column_int(q, 3), &st->subject);
    if (r == 0)
        r = id_of(l, &l->texts, column_int(q, 7), &st->detail);
    if (r == 0)
        r = id_of(l, &l->texts, column_int(q, 5), &st->execution);
    if (r == 0)
        st->fingerprint = (uint64_t)column_int(q, 8);
    return r;
}

static int read_control(struct loader *l, struct query *q)
{
    struct tl_history *h = l->h;
    int64_t real;
    int action = 0;
    if (tl_grow(&h->controls, &h->cap_controls, h->n_controls + 1, sizeof *h->controls))
        return tl_err_nomem(l->err);
    struct tl_control_step *c = &h->controls[h->n_controls++];
    *c = (struct tl_control_step){.time_s = event_key_time_s(column_int(q, 0)),
                                  .automatic = column_int(q, 7) != 0,
                                  .resource = TL_NONE,
                                  .attempts = (int)column_int(q, 8),
                                  .window_s = column_int(q, 9)};
    int r = column_event_id(q, 1, &c->event, l->err);
    if (r == 0)
        r = column_word(q, 3, TL_N_CONTROL_ACTIONS, &action, l->err);
    c->action = (enum tl_control_action)action;
    if (r == 0)
        r = id_of(l, &l->scopes, column_int(q, 2), &c->scope);
    if (r == 0)
        r = id_of(l, &l->texts, column_int(q, 4), &c->rule);
    if (r == 0)
        r = id_of(l, &l->texts, column_int(q, 6), &c->document);
    if (r == 0 && sqlite3_column_type(q->st, 5) != SQLITE_NULL)
        r = resource_of(l, column_int(q, 5), &real, &c->resource);
    return r;
}

static int read_value(struct loader *l, struct query *q)
{
    if (tl_grow(&l->values, &l->cap_values, l->n_values + 1, sizeof *l->values))
        return tl_err_nomem(l->err);
    struct loose_value *v = &l->values[l->n_values++];
    v->time_s = event_key_time_s(column_int(q, 0));
    int r = column_event_id(q, 1, &v->event, l->err);
    return r ? r : id_of(l, &l->texts, column_int(q, 2), &v->text);
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
    if ((r = read_rows(l, &q, read_attempt)))
        return r;
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
        if ((r = resource_of(l, column_int(&q, 0), &real, NULL)) || (r = id_of(l, &l->judged, real, &i)))
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
    while ((r = query_row(&q, l->err)) > 0 && (r = read_change(l, &q, resource)) == 0)
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
    int r = read_changes_named(l, judged, judged);
    if (r == 0)
        r = sessions_learn(l, judged, &names);
    if (r == 0)
        r = alias_names(l->s, judged, &names, l->err);
    for (size_t k = 0; k < names.n && r == 0; k++)
        r = read_changes_named(l, names.ids[k], judged);
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
        r = id_of(l, &l->judged, l->also[i], &index);
    for (size_t i = 0; i < l->judged.n && r == 0; i++)
        r = read_changes_of(l, l->judged.ids[i]);
    return r ? r : sessions_resolve(l);
}

/* ---- what the ids stand for -------------------------------------------------------------------- */

static int fetch_texts(struct loader *l)
{
    struct tl_history *h = l->h;
    h->n_texts = l->texts.n;
    if (tl_grow(&h->texts, &h->cap_texts, h->n_texts, sizeof *h->texts))
        return tl_err_nomem(l->err);
    for (size_t i = 0; i < h->n_texts; i++) {
        struct query q = query(l->s, SQL_GET_TEXT);
        bind_int(&q, GET_TEXT_ID, l->texts.ids[i]);
        int r = query_row(&q, l->err);
        if (r <= 0)
            return r < 0 ? r : store_fail(l->s, SQLITE_CORRUPT, "read", l->err);
        r = column_text_copy(&q, 0, &h->arena, &h->texts[i]);
        query_end(&q);
        if (r)
            return tl_err_nomem(l->err);
    }
    return 0;
}

/* One row of a small table: its first columns, which are texts, into `to`. */
static int fetch(struct loader *l, enum sql_id id, int param, int64_t key, tl_str *const *to, int n,
                 int64_t *number)
{
    struct query q = query(l->s, id);
    bind_int(&q, param, key);
    int r = query_row(&q, l->err);
    if (r <= 0)
        return r < 0 ? r : store_fail(l->s, SQLITE_CORRUPT, "read", l->err);
    r = 0;
    for (int i = 0; i < n && r == 0; i++)
        r = column_text_copy(&q, i, &l->h->arena, to[i]);
    if (number)
        *number = column_int(&q, n);
    query_end(&q);
    return r ? tl_err_nomem(l->err) : 0;
}

static int fetch_rest(struct loader *l)
{
    struct tl_history *h = l->h;
    int r = 0;
    if (tl_grow(&h->apis, &h->cap_apis, l->apis.n, sizeof *h->apis) ||
        tl_grow(&h->callers, &h->cap_callers, l->callers.n, sizeof *h->callers) ||
        tl_grow(&h->resources, &h->cap_resources, l->resources.n, sizeof *h->resources) ||
        tl_grow(&h->names, &h->cap_names, l->n_names, sizeof *h->names))
        return tl_err_nomem(l->err);
    for (; h->n_apis < l->apis.n && r == 0; h->n_apis++) {
        struct tl_api *a = &h->apis[h->n_apis];
        tl_str *const to[] = {&a->service, &a->action};
        r = fetch(l, SQL_GET_API, GET_API_ID, l->apis.ids[h->n_apis], to, 2, NULL);
    }
    for (; h->n_callers < l->callers.n && r == 0; h->n_callers++) {
        struct tl_caller *c = &h->callers[h->n_callers];
        tl_str *const to[] = {&c->principal, &c->user_agent, &c->identity_type};
        int64_t person = 0;
        r = fetch(l, SQL_GET_CALLER, GET_CALLER_ID, l->callers.ids[h->n_callers], to, 3, &person);
        c->person = person != 0;
    }
    for (; h->n_resources < l->resources.n && r == 0; h->n_resources++) {
        struct tl_resource *x = &h->resources[h->n_resources];
        tl_str *const to[] = {&x->partition, &x->account, &x->region, &x->type, &x->id};
        r = fetch(l, SQL_GET_RESOURCE, GET_RESOURCE_ID, l->resources.ids[h->n_resources], to, 5, NULL);
    }
    for (; h->n_names < l->n_names && r == 0; h->n_names++) {
        struct tl_other_name *o = &h->names[h->n_names];
        struct tl_resource x;
        tl_str *const to[] = {&x.partition, &x.account, &x.region, &x.type, &o->name};
        o->resource = l->names[h->n_names].resource;
        r = fetch(l, SQL_GET_RESOURCE, GET_RESOURCE_ID, l->names[h->n_names].name, to, 5, NULL);
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
        *sc = (struct tl_scope){.first_s = column_int(&q, 3),
                                .last_s = column_int(&q, 4),
                                .n_records = (uint64_t)column_int(&q, 5)};
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
    int r = id_of(l, &l->texts, 0, &none); /* the empty text, always there */
    if (r == 0)
        r = read_judgements(l);
    if (r == 0)
        r = read_changes(l);
    if (r == 0)
        r = fetch_texts(l);
    if (r == 0)
        r = fetch_rest(l);
    if (r == 0)
        r = fetch_scopes(l);
    return r ? r : loader_order(l);
}

int tl_store_load(struct tl_store *s, int64_t since_s, int64_t until_s, struct tl_history *out,
                  struct tl_err *err)
{
    return tl_store_load_also(s, since_s, until_s, NULL, 0, out, err);
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
    int r = tl_store_read_begin(s, err);
    if (r == 0)
        r = tl_store_read_end(s, load(&l), err);
    struct idset *const sets[] = {&l.texts,  &l.apis,   &l.callers, &l.resources,
                                  &l.scopes, &l.judged, &l.given};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        idset_fini(sets[i]);
    free(l.real);
    free(l.values);
    free(l.learned);
    free(l.names);
    free(l.scope_order);
    return r;
}
