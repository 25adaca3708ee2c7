/* One event into the database, once.
 *
 * CloudTrail delivers at least once. Of several copies of an event the one in the smallest place (location,
 * then record number) is its origin, and everything that is kept of the event is what that copy says: then
 * the content of the database does not depend on the order in which files are read. A copy in an older
 * version of a file (not current) gives way to any other. The rows that hang on an event (verdicts, changes,
 * ...) are made again when another copy takes over. What ids and aliases were seen in is not kept, so those
 * are the union over all copies, which has no order either.
 */
#include "private.h"

/* Our own flag, beside the event's: some table has rows of this event. */
#define HAS_ROWS ((int64_t)1 << 16)

struct row {
    const struct tl_event *ev;
    const struct tl_origin *at;
    int64_t api, scope, caller, session, error, flags;
};

struct known { /* the copy that the database has */
    int64_t source, record, scope, flags;
    bool current;
    int order; /* of its location against the open file's, as tl_str_cmp */
};

static int make_row(struct tl_store *s, const struct tl_event *ev, const struct tl_origin *at,
                    struct row *row, struct tl_err *err)
{
    bool has_rows = ev->n_resources || ev->n_verdicts || ev->attempt || ev->n_controls;
    *row = (struct row){.ev = ev, .at = at, .flags = (int64_t)ev->flags | (has_rows ? HAS_ROWS : 0)};
    int r = intern_api(s, ev, &row->api, err);
    if (r == 0)
        r = intern_scope(s, ev->account, ev->region, &row->scope, err);
    if (r == 0)
        r = intern_caller(s, ev, &row->caller, err);
    if (r == 0)
        r = intern_text(s, ev->session, &row->session, err);
    if (r == 0)
        r = intern_text(s, ev->error_code, &row->error, err);
    return r;
}

static int insert_event(struct tl_store *s, const struct row *row, struct tl_err *err)
{
    struct query q = query(s, SQL_PUT_EVENT);
    bind_int(&q, PUT_EVENT_TIME_S, row->ev->time_s);
    bind_blob(&q, PUT_EVENT_ID, row->ev->id.b, sizeof row->ev->id.b);
    bind_int(&q, PUT_EVENT_API, row->api);
    bind_int(&q, PUT_EVENT_SCOPE, row->scope);
    bind_int(&q, PUT_EVENT_CALLER, row->caller);
    bind_int(&q, PUT_EVENT_SESSION, row->session);
    bind_int(&q, PUT_EVENT_ERROR, row->error);
    bind_int(&q, PUT_EVENT_KIND, row->ev->kind);
    bind_int(&q, PUT_EVENT_FLAGS, row->flags);
    bind_int(&q, PUT_EVENT_SOURCE, s->file.source);
    bind_int(&q, PUT_EVENT_RECORD, (int64_t)row->at->record);
    bind_int(&q, PUT_EVENT_OFFSET, (int64_t)row->at->offset);
    bind_int(&q, PUT_EVENT_LENGTH, (int64_t)row->at->length);
    return query_run(&q, err);
}

static int replace_event(struct tl_store *s, const struct row *row, struct tl_err *err)
{
    struct query q = query(s, SQL_REPLACE_EVENT);
    bind_int(&q, REPLACE_EVENT_TIME_S, row->ev->time_s);
    bind_blob(&q, REPLACE_EVENT_ID, row->ev->id.b, sizeof row->ev->id.b);
    bind_int(&q, REPLACE_EVENT_API, row->api);
    bind_int(&q, REPLACE_EVENT_SCOPE, row->scope);
    bind_int(&q, REPLACE_EVENT_CALLER, row->caller);
    bind_int(&q, REPLACE_EVENT_SESSION, row->session);
    bind_int(&q, REPLACE_EVENT_ERROR, row->error);
    bind_int(&q, REPLACE_EVENT_KIND, row->ev->kind);
    bind_int(&q, REPLACE_EVENT_FLAGS, row->flags);
    bind_int(&q, REPLACE_EVENT_SOURCE, s->file.source);
    bind_int(&q, REPLACE_EVENT_RECORD, (int64_t)row->at->record);
    bind_int(&q, REPLACE_EVENT_OFFSET, (int64_t)row->at->offset);
    bind_int(&q, REPLACE_EVENT_LENGTH, (int64_t)row->at->length);
    return query_run(&q, err);
}

/* ---- what hangs on an event -------------------------------------------------------------------- */

static int put_verdicts(struct tl_store *s, const struct row *row, struct tl_err *err)
{
    int r = 0;
    for (size_t i = 0; i < row->ev->n_verdicts && r == 0; i++) {
        const struct tl_verdict *v = &row->ev->verdicts[i];
        int64_t resource = 0, rule = 0;
        if ((r = intern_resource(s, &v->resource, &resource, err)) ||
            (r = intern_text(s, v->rule, &rule, err)))
            return r;
        struct query q = query(s, SQL_PUT_VERDICT);
        bind_int(&q, PUT_VERDICT_TIME_S, row->ev->time_s);
        bind_blob(&q, PUT_VERDICT_EVENT, row->ev->id.b, sizeof row->ev->id.b);
        bind_int(&q, PUT_VERDICT_SEQ, (int64_t)i);
        bind_int(&q, PUT_VERDICT_RESOURCE, resource);
        bind_int(&q, PUT_VERDICT_RULE, rule);
        bind_int(&q, PUT_VERDICT_COMPLIANCE, v->compliance);
        r = query_run(&q, err);
    }
    return r;
}

static int put_attempt(struct tl_store *s, const struct row *row, struct tl_err *err)
{
    const struct tl_attempt *a = row->ev->attempt;
    int64_t document = 0, execution = 0, value = 0;
    int r;
    if ((r = intern_text(s, a->document, &document, err)) ||
        (r = intern_text(s, a->execution_id, &execution, err)))
        return r;
    struct query q = query(s, SQL_PUT_ATTEMPT);
    bind_int(&q, PUT_ATTEMPT_TIME_S, row->ev->time_s);
    bind_blob(&q, PUT_ATTEMPT_EVENT, row->ev->id.b, sizeof row->ev->id.b);
    bind_int(&q, PUT_ATTEMPT_DOCUMENT, document);
    bind_int(&q, PUT_ATTEMPT_EXECUTION, execution);
    bind_int(&q, PUT_ATTEMPT_BY_CONFIG, a->by_config);
    r = query_run(&q, err);
    for (size_t i = 0; i < a->n_values && r == 0; i++) {
        if ((r = intern_text(s, a->values[i], &value, err)))
            return r;
        q = query(s, SQL_PUT_VALUE);
        bind_int(&q, PUT_VALUE_TIME_S, row->ev->time_s);
        bind_blob(&q, PUT_VALUE_EVENT, row->ev->id.b, sizeof row->ev->id.b);
        bind_int(&q, PUT_VALUE_SEQ, (int64_t)i);
        bind_int(&q, PUT_VALUE_VALUE, value);
        r = query_run(&q, err);
    }
    return r;
}

static int put_changes(struct tl_store *s, const struct row *row, struct tl_err *err)
{
    int64_t detail = 0, execution = 0, resource = 0;
    int r;
    if ((r = intern_text(s, row->ev->detail, &detail, err)) ||
        (r = intern_text(s, row->ev->execution_id, &execution, err)))
        return r;
    for (size_t i = 0; i < row->ev->n_resources && r == 0; i++) {
        if ((r = intern_resource(s, &row->ev->resources[i], &resource, err)))
            return r;
        struct query q = query(s, SQL_PUT_CHANGE);
        bind_int(&q, PUT_CHANGE_RESOURCE, resource);
        bind_int(&q, PUT_CHANGE_TIME_S, row->ev->time_s);
        bind_blob(&q, PUT_CHANGE_EVENT, row->ev->id.b, sizeof row->ev->id.b);
        bind_int(&q, PUT_CHANGE_API, row->api);
        bind_int(&q, PUT_CHANGE_SCOPE, row->scope);
        bind_int(&q, PUT_CHANGE_CALLER, row->caller);
        bind_int(&q, PUT_CHANGE_EXECUTION, execution);
        bind_int(&q, PUT_CHANGE_FLAGS, row->flags);
        bind_int(&q, PUT_CHANGE_DETAIL, detail);
        r = query_run(&q, err);
    }
    return r;
}

static int put_control(struct tl_store *s, const struct row *row, size_t i, struct tl_err *err)
{
    const struct tl_control *c = &row->ev->controls[i];
    int64_t rule = 0, document = 0, resource = 0;
    int r;
    if ((r = intern_text(s, c->rule, &rule, err)) || (r = intern_text(s, c->document, &document, err)))
        return r;
    struct query q = query(s, SQL_PUT_CONTROL);
    if (c->resource.id.n) {
        if ((r = intern_resource(s, &c->resource, &resource, err)))
            return r;
        bind_int(&q, PUT_CONTROL_RESOURCE, resource);
    } else {
        sqlite3_bind_null(q.st, PUT_CONTROL_RESOURCE);
    }
    bind_int(&q, PUT_CONTROL_TIME_S, row->ev->time_s);
    bind_blob(&q, PUT_CONTROL_EVENT, row->ev->id.b, sizeof row->ev->id.b);
    bind_int(&q, PUT_CONTROL_SEQ, (int64_t)i);
    bind_int(&q, PUT_CONTROL_ACTION, c->action);
    bind_int(&q, PUT_CONTROL_RULE, rule);
    bind_int(&q, PUT_CONTROL_DOCUMENT, document);
    bind_int(&q, PUT_CONTROL_AUTOMATIC, c->automatic);
    bind_int(&q, PUT_CONTROL_ATTEMPTS, c->attempts);
    bind_int(&q, PUT_CONTROL_WINDOW_S, c->window_s);
    return query_run(&q, err);
}

static int put_rows(struct tl_store *s, const struct row *row, struct tl_err *err)
{
    int r = 0;
    if (!(row->flags & HAS_ROWS))
        return 0;
    if (row->ev->n_verdicts)
        r = put_verdicts(s, row, err);
    if (r == 0 && row->ev->attempt)
        r = put_attempt(s, row, err);
    if (r == 0 && row->ev->n_resources)
        r = put_changes(s, row, err);
    for (size_t i = 0; i < row->ev->n_controls && r == 0; i++)
        r = put_control(s, row, i, err);
    return r;
}

static int drop_rows(struct tl_store *s, const struct row *row, struct tl_err *err)
{
    static const struct {
        enum sql_id id;
        int time_s, event;
    } drops[] = {
        {SQL_DROP_VERDICTS, DROP_VERDICTS_TIME_S, DROP_VERDICTS_EVENT},
        {SQL_DROP_ATTEMPT, DROP_ATTEMPT_TIME_S, DROP_ATTEMPT_EVENT},
        {SQL_DROP_VALUES, DROP_VALUES_TIME_S, DROP_VALUES_EVENT},
        {SQL_DROP_CHANGES, DROP_CHANGES_TIME_S, DROP_CHANGES_EVENT},
        {SQL_DROP_CONTROLS, DROP_CONTROLS_TIME_S, DROP_CONTROLS_EVENT},
    };
    int r = 0;
    for (size_t i = 0; i < sizeof drops / sizeof *drops && r == 0; i++) {
        struct query q = query(s, drops[i].id);
        bind_int(&q, drops[i].time_s, row->ev->time_s);
        bind_blob(&q, drops[i].event, row->ev->id.b, sizeof row->ev->id.b);
        r = query_run(&q, err);
    }
    return r;
}

/* ---- copies ------------------------------------------------------------------------------------ */

static int look_up(struct tl_store *s, const struct tl_event *ev, struct known *k, struct tl_err *err)
{
    struct query q = query(s, SQL_KNOWN_EVENT);
    bind_int(&q, KNOWN_EVENT_TIME_S, ev->time_s);
    bind_blob(&q, KNOWN_EVENT_ID, ev->id.b, sizeof ev->id.b);
    int r = query_row(&q, err);
    if (r <= 0)
        return r < 0 ? r : store_fail(s, SQLITE_CORRUPT, "write", err);
    *k = (struct known){.source = column_int(&q, 0),
                        .record = column_int(&q, 1),
                        .scope = column_int(&q, 2),
                        .flags = column_int(&q, 3),
                        .current = column_int(&q, 5) != 0,
                        .order = tl_str_cmp(column_text(&q, 4), tl_buf_str(&s->file.location))};
    query_end(&q);
    return 0;
}

/* The event moves from its old origin to the open file. */
static int take_from(struct tl_store *s, const struct known *k, struct tl_err *err)
{
    bool withheld = k->flags & TL_EVENT_WITHHELD;
    if (k->source == s->file.source) {
        s->file.n_kept--;
        s->file.n_withheld -= withheld;
        return 0;
    }
    struct query q = query(s, SQL_SOURCE_LOSES_EVENT);
    bind_int(&q, SOURCE_LOSES_EVENT_ID, k->source);
    bind_int(&q, SOURCE_LOSES_EVENT_WITHHELD, withheld);
    int r = query_run(&q, err);
    if (r || k->current)
        return r;
    q = query(s, SQL_DROP_SPENT_SOURCE);
    bind_int(&q, DROP_SPENT_SOURCE_ID, k->source);
    return query_run(&q, err);
}

static int put_new(struct tl_store *s, const struct row *row, struct tl_err *err)
{
    s->file.n_new++;
    s->file.n_kept++;
    s->file.n_withheld += (row->flags & TL_EVENT_WITHHELD) != 0;
    int r = put_rows(s, row, err);
    return r ? r : span_add(s, row->scope, row->ev->time_s, row->ev->time_s, 1, 0, err);
}

static int put_copy(struct tl_store *s, const struct row *row, struct tl_err *err)
{
    struct known k = {0};
    int64_t t = row->ev->time_s;
    int r = look_up(s, row->ev, &k, err);
    if (r)
        return r;
    bool wins = k.source == s->file.source ? (int64_t)row->at->record < k.record : !k.current || k.order > 0;
    if (!wins)
        return span_add(s, row->scope, t, t, 0, 0, err);
    if ((r = take_from(s, &k, err)) || (r = replace_event(s, row, err)))
        return r;
    s->file.n_kept++;
    s->file.n_withheld += (row->flags & TL_EVENT_WITHHELD) != 0;
    if ((k.flags & HAS_ROWS) && (r = drop_rows(s, row, err)))
        return r;
    if ((r = put_rows(s, row, err)) || (r = span_add(s, k.scope, t, t, -1, 0, err)))
        return r;
    return span_add(s, row->scope, t, t, 1, 0, err);
}

static int put_id_text(struct tl_store *s, const struct tl_event *ev, struct tl_err *err)
{
    struct query q = query(s, SQL_PUT_EVENT_TEXT);
    bind_blob(&q, PUT_EVENT_TEXT_ID, ev->id.b, sizeof ev->id.b);
    bind_text(&q, PUT_EVENT_TEXT_TEXT, ev->id_text);
    return query_run(&q, err);
}

int tl_store_put(struct tl_store *s, const struct tl_event *ev, const struct tl_origin *at,
                 struct tl_err *err)
{
    struct row row;
    if (!s->in_file)
        return tl_err_set(err, TL_EUSAGE, "cannot store a record: no file is open");
    int r = make_row(s, ev, at, &row, err);
    if (r || (r = insert_event(s, &row, err)))
        return batch_result(s, r);
    bool is_new = sqlite3_changes(s->db) > 0;
    s->file.n_put++;
    r = is_new ? put_new(s, &row, err) : put_copy(s, &row, err);
    if (r == 0 && (ev->flags & TL_EVENT_TEXT_ID))
        r = put_id_text(s, ev, err);
    for (size_t i = 0; i < ev->n_aliases && r == 0; i++)
        r = intern_alias(s, &ev->aliases[i], err);
    return r ? batch_result(s, r) : is_new ? 0 : TL_STORE_DUPLICATE;
}
