/* Looks up where events lie: the history that detection walks holds only their times and keys. */
#include "locate.h"

int locate(struct tl_store *s, struct tl_arena *arena, struct tl_event_ref *ref, struct tl_event_origin *o,
           struct tl_err *err)
{
    int r = tl_store_origin(s, ref->time_s, &ref->id, arena, o, err);
    if (r > 0)
        return tl_err_set(err, TL_EDB, "the database changed while it was read: an event is gone");
    if (r == 0)
        ref->text = o->id_text;
    return r;
}

static int locate_evidence(struct tl_store *s, struct tl_arena *arena, struct tl_evidence *e,
                           struct tl_err *err)
{
    for (size_t i = 0; i < e->n_steps; i++) {
        struct tl_event_origin o;
        int r = locate(s, arena, &e->steps[i].event, &o, err);
        if (r)
            return r;
        e->steps[i].source = o.path;
        e->steps[i].error = o.error_code;
        e->steps[i].general = o.general;
        e->steps[i].record = o.at.record;
        e->steps[i].offset = o.at.offset;
    }
    return 0;
}

int locate_finding(struct tl_store *s, struct tl_arena *arena, struct tl_finding *f, struct tl_err *err)
{
    struct tl_event_origin o;
    int r = 0;
    if (f->has_retry && f->retry.settings_known)
        r = locate(s, arena, &f->retry.settings_event, &o, err);
    if (r == 0 && f->status == TL_STOPPED && f->stopped.has_event)
        r = locate(s, arena, &f->stopped.event, &o, err);
    if (r == 0 && f->status == TL_STOPPED && f->stopped.has_last_verdict)
        r = locate(s, arena, &f->stopped.last_verdict, &o, err);
    for (size_t i = 0; r == 0 && i < f->n_controls; i++)
        r = locate(s, arena, &f->controls[i].event, &o, err);
    for (size_t i = 0; r == 0 && i < f->n_evidence; i++)
        r = locate_evidence(s, arena, &f->evidence[i], err);
    return r;
}

int locate_failure(struct tl_store *s, struct tl_arena *arena, struct tl_without_effect *e,
                   struct tl_err *err)
{
    struct tl_event_origin o;
    int r = e->has_failure ? locate(s, arena, &e->failure, &o, err) : 0;
    if (r == 0 && e->has_failure)
        e->error = o.error_code;
    return r;
}

int locate_phase(struct tl_store *s, struct tl_arena *arena, struct tl_retry_phase *p, struct tl_err *err)
{
    struct tl_event_origin o;
    int r = p->trips ? locate(s, arena, &p->trips_at, &o, err) : 0;
    if (r == 0 && p->most_attempts_in_window > 0)
        r = locate(s, arena, &p->most_at, &o, err);
    return r;
}
