/* A resource's history as CSV: a row an event. */
#include "csvw.h"
#include "writer.h"

static const char columns[] =
    "resource_type,resource_id,account,region,n,kind,time,api,event_id,principal,session,user_agent,"
    "person,failed,error,compliance,config_rule,document,execution,link,answers,detail,"
    "undone_by,undone_by_event_id,undone_after,attempts,window,automatic,source,record,offset,general";

static void number_or_blank(struct tl_csvw *c, uint32_t index)
{
    if (index == TL_NONE)
        tl_csvw_blank(c, 1);
    else
        tl_csvw_count(c, (uint64_t)index + 1);
}

static void what_and_who(struct tl_csvw *c, const struct tl_entry *e)
{
    tl_csvw_text(c, tl_entry_kind_name(e->kind));
    tl_csvw_time(c, e->event.time_s);
    tl_csvw_str(c, e->api);
    tl_csvw_str(c, e->event.text);
    tl_csvw_str(c, e->principal);
    tl_csvw_str(c, e->session);
    tl_csvw_str(c, e->user_agent);
    tl_csvw_bool(c, e->person);
    tl_csvw_bool(c, e->failed);
    tl_csvw_str(c, e->error);
}

static void of_kind(struct tl_csvw *c, const struct tl_resource_history *x, const struct tl_entry *e)
{
    bool attempt = e->kind == TL_ENTRY_ATTEMPT, change = e->kind == TL_ENTRY_CHANGE;
    tl_csvw_text(c, e->kind == TL_ENTRY_VERDICT ? tl_compliance_name(e->compliance) : NULL);
    tl_csvw_str(c, e->config_rule);
    tl_csvw_str(c, e->document);
    tl_csvw_str(c, e->execution);
    tl_csvw_text(c, attempt || change ? tl_link_name(e->link) : NULL);
    number_or_blank(c, attempt ? e->answers : TL_NONE);
    tl_csvw_str(c, e->detail);
    number_or_blank(c, change ? e->undo.by : TL_NONE);
    if (change && e->undo.by != TL_NONE) {
        tl_csvw_str(c, x->entries[e->undo.by].event.text);
        tl_csvw_int(c, x->entries[e->undo.by].event.time_s - e->event.time_s);
    } else {
        tl_csvw_blank(c, 2);
    }
    if (e->kind == TL_ENTRY_CONTROL && e->attempts) {
        tl_csvw_int(c, e->attempts);
        tl_csvw_int(c, e->window_s);
        tl_csvw_bool(c, e->automatic);
    } else {
        tl_csvw_blank(c, 3);
    }
}

int tl_csv_write_history(const struct tl_history_report *r, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    struct tl_csvw c = {.out = out};
    tl_csvw_header(&c, columns);
    for (size_t i = 0; i < r->n; i++) {
        const struct tl_resource_history *x = &r->items[i];
        for (size_t k = 0; k < x->n_entries; k++) {
            const struct tl_entry *e = &x->entries[k];
            if (e->hidden)
                continue;
            tl_csvw_str(&c, x->resource.type);
            tl_csvw_str(&c, x->resource.id);
            tl_csvw_str(&c, x->resource.account);
            tl_csvw_str(&c, x->resource.region);
            tl_csvw_count(&c, k + 1);
            what_and_who(&c, e);
            of_kind(&c, x, e);
            tl_csvw_str(&c, e->source);
            tl_csvw_count(&c, e->record);
            tl_csvw_count(&c, e->offset);
            tl_csvw_bool(&c, e->general);
            tl_csvw_end_row(&c);
        }
    }
    return c.rc;
}
