/* One event, made ready: everything interned, so that what waits for its tables (stage.c) is numbers. */
#include "private.h"

static int put_verdicts(struct tl_store *s, const struct tl_event *ev, struct tl_err *err)
{
    int r = 0;
    for (size_t i = 0; i < ev->n_verdicts && r == 0; i++) {
        const struct tl_verdict *v = &ev->verdicts[i];
        int64_t resource = 0, rule = 0;
        if ((r = intern_resource(s, &v->resource, &resource, err)) ||
            (r = intern_text(s, v->rule, &rule, err)))
            return r;
        r = stage_row(s, STAGE_VERDICT, (const int64_t[]){(int64_t)i, resource, rule, v->compliance}, 4, err);
    }
    return r;
}

static int put_attempt(struct tl_store *s, const struct tl_event *ev, struct tl_err *err)
{
    const struct tl_attempt *a = ev->attempt;
    int64_t document = 0, execution = 0, parent = 0, value = 0;
    int r;
    if ((r = intern_text(s, a->document, &document, err)) ||
        (r = intern_text(s, a->execution_id, &execution, err)) ||
        (r = intern_text(s, ev->execution_id, &parent, err)))
        return r;
    r = stage_row(s, STAGE_ATTEMPT, (const int64_t[]){document, execution, parent, a->by_config}, 4, err);
    for (size_t i = 0; i < a->n_values && r == 0; i++) {
        if ((r = intern_text(s, a->values[i], &value, err)))
            return r;
        r = stage_row(s, STAGE_VALUE, (const int64_t[]){(int64_t)i, value}, 2, err);
    }
    return r;
}

static int put_changes(struct tl_store *s, const struct tl_event *ev, int64_t shape, struct tl_err *err)
{
    int64_t detail = 0, execution = 0, resource = 0;
    int r;
    if ((r = intern_text(s, ev->detail, &detail, err)) ||
        (r = intern_text(s, ev->execution_id, &execution, err)))
        return r;
    const int64_t fingerprint = (int64_t)ev->fingerprint;
    if (ev->n_resources == 0) /* it failed, and its parameters name none */
        return stage_row(s, STAGE_CHANGE, (const int64_t[]){0, shape, execution, detail, fingerprint}, 5,
                         err);
    for (size_t i = 0; i < ev->n_resources && r == 0; i++) {
        if ((r = intern_resource(s, &ev->resources[i], &resource, err)))
            return r;
        r = stage_row(s, STAGE_CHANGE, (const int64_t[]){resource, shape, execution, detail, fingerprint}, 5,
                      err);
    }
    return r;
}

static int put_control(struct tl_store *s, const struct tl_control *c, int64_t seq, struct tl_err *err)
{
    int64_t rule = 0, document = 0, resource = STAGE_NULL;
    int r;
    if ((r = intern_text(s, c->rule, &rule, err)) || (r = intern_text(s, c->document, &document, err)))
        return r;
    if (c->resource.id.n && (r = intern_resource(s, &c->resource, &resource, err)))
        return r;
    const int64_t v[] = {seq, c->action, rule, resource, document, c->automatic, c->attempts, c->window_s};
    return stage_row(s, STAGE_CONTROL, v, sizeof v / sizeof *v, err);
}

static int put_aliases(struct tl_store *s, const struct tl_event *ev, struct tl_err *err)
{
    for (size_t i = 0; i < ev->n_aliases; i++) {
        int64_t v[2];
        int r = intern_alias(s, &ev->aliases[i], &v[0], &v[1], err);
        if (r == 0)
            r = stage_row(s, STAGE_ALIAS, v, 2, err);
        if (r < 0)
            return r;
    }
    return 0;
}

static int put_rows(struct tl_store *s, const struct tl_event *ev, int64_t shape, struct tl_err *err)
{
    int r = 0;
    if (ev->n_verdicts)
        r = put_verdicts(s, ev, err);
    if (r == 0 && ev->attempt)
        r = put_attempt(s, ev, err);
    if (r == 0 && ev->kind == TL_EVENT_IS_CHANGE)
        r = put_changes(s, ev, shape, err);
    for (size_t i = 0; i < ev->n_controls && r == 0; i++)
        r = put_control(s, &ev->controls[i], (int64_t)i, err);
    if (r == 0 && ev->n_aliases)
        r = put_aliases(s, ev, err);
    if (r == 0 && (ev->flags & TL_EVENT_TEXT_ID))
        r = stage_id_text(s, ev->id_text, err);
    return r;
}

/* It would have been pruned: it was read, and is not kept. */
static int refuse(struct tl_store *s, const struct tl_event *ev, struct tl_err *err)
{
    int64_t scope = 0;
    int r = intern_scope(s, ev->account, ev->region, &scope, err);
    if (r == 0)
        r = file_span_add(s, span_of(scope, ev->time_s, 0, 1), err);
    s->file.n_refused++;
    return batch_result(s, r);
}

/* What it has in common with others, which may have been put before. */
static int intern_alike(struct tl_store *s, const struct tl_event *ev, struct staged_event *to,
                        struct tl_err *err)
{
    struct tl_alike own = {0}, *a = ev->alike ? ev->alike : &own;
    int r = 0;
    if (!a->shape || a->age != s->intern.age) {
        r = intern_shape(s, ev, to->flags, &a->shape, &a->scope, err);
        if (r == 0)
            r = intern_text(s, ev->session, &a->session, err);
        a->age = s->intern.age;
    }
    to->shape = a->shape;
    to->scope = a->scope;
    to->session = a->session;
    return r;
}

int tl_store_put(struct tl_store *s, const struct tl_event *ev, const struct tl_origin *at,
                 struct tl_err *err)
{
    bool has_rows = ev->kind == TL_EVENT_IS_CHANGE || ev->n_verdicts || ev->attempt || ev->n_controls;
    struct staged_event to = {.id = ev->id,
                              .flags = (int64_t)ev->flags | (has_rows ? STAGE_HAS_ROWS : 0),
                              .source = s->file.source,
                              .record = (int64_t)at->record,
                              .offset = (int64_t)at->offset,
                              .length = (int64_t)at->length};
    if (!s->in_file || !event_time_has_key(ev->time_s))
        return tl_err_set(err, TL_EUSAGE, "cannot store a record: no file is open, or its time has no key");
    if (prune_refuses(s, ev))
        return refuse(s, ev, err);
    int r = stage_make_room(s, err);
    to.key = event_key(s, ev->time_s, &ev->id);
    if (r == 0)
        r = intern_alike(s, ev, &to, err);
    if (r == 0)
        r = stage_event(s, &to, err);
    if (r == 0)
        r = put_rows(s, ev, to.shape, err);
    if (r == 0)
        r = file_span_add(s, span_of(to.scope, ev->time_s, 1, 0), err);
    s->file.n_put++;
    s->file.n_withheld += (ev->flags & TL_EVENT_WITHHELD) != 0;
    return batch_result(s, r);
}
