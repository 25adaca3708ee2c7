/* A batch bounds what one worker can have in memory for one part of a file: so many events, so many bytes of
 * records, so many scopes; whoever fills it asks tl_batch_full and hands it over. What the writer would
 * otherwise have to do is done here, on the worker's time: events that detection does not need are dropped
 * with a note of when and where they were. */
#include "batch.h"

#include <stdlib.h>
#include <string.h>

int tl_batch_init(struct tl_batch *b, struct tl_err *err)
{
    *b = (struct tl_batch){0};
    b->items = malloc(TL_BATCH_EVENTS * sizeof *b->items);
    b->damage = malloc(TL_BATCH_EVENTS * sizeof *b->damage);
    b->unused = malloc(TL_BATCH_SCOPES * sizeof *b->unused);
    if (!b->items || !b->damage || !b->unused)
        return tl_err_nomem(err);
    return 0;
}

void tl_batch_fini(struct tl_batch *b)
{
    tl_arena_fini(&b->arena);
    free(b->items);
    free(b->damage);
    free(b->unused);
    *b = (struct tl_batch){0};
}

void tl_batch_reset(struct tl_batch *b)
{
    tl_arena_reset(&b->arena);
    b->n_items = b->n_damage = b->n_unused = b->n_bytes = 0;
    b->n_read = 0;
    b->last = false;
}

bool tl_batch_full(const struct tl_batch *b)
{
    return b->n_items == TL_BATCH_EVENTS || b->n_damage == TL_BATCH_EVENTS ||
           b->n_unused == TL_BATCH_SCOPES || b->n_bytes >= TL_BATCH_BYTES;
}

static int note_unused(struct tl_batch *b, const struct tl_event *ev)
{
    const int64_t block = tl_seen_block(ev->time_s);
    for (size_t i = b->n_unused; i-- > 0;) { /* neighbours mostly share their scope, and it is the last one */
        struct tl_seen *s = &b->unused[i];
        if (s->block != block || !tl_str_eq(s->region, ev->region) || !tl_str_eq(s->account, ev->account))
            continue;
        if (ev->time_s < s->first_s)
            s->first_s = ev->time_s;
        if (ev->time_s > s->last_s)
            s->last_s = ev->time_s;
        s->minutes |= tl_seen_minute(ev->time_s, block);
        s->n_records++;
        return 0;
    }
    struct tl_seen *s = &b->unused[b->n_unused];
    *s = (struct tl_seen){.block = block,
                          .first_s = ev->time_s,
                          .last_s = ev->time_s,
                          .minutes = tl_seen_minute(ev->time_s, block),
                          .n_records = 1};
    if (tl_arena_copy(&b->arena, ev->account, &s->account) ||
        tl_arena_copy(&b->arena, ev->region, &s->region))
        return TL_ENOMEM;
    b->n_unused++;
    return 0;
}

int tl_batch_record(struct tl_batch *b, struct tl_extractor *x, bool needed_only, const struct tl_record *rec,
                    const char **why, struct tl_err *err)
{
    struct tl_batch_item *item = &b->items[b->n_items];
    size_t at_byte; /* counts from the record's start, unescaped: the record's own place says enough */
    int r = tl_extract(x, rec->json, rec->index, needed_only, &item->event, why, &at_byte, err);
    if (r == TL_EXTRACT_UNUSED)
        return note_unused(b, &item->event) ? tl_err_nomem(err) : r;
    b->n_bytes += rec->json.n; /* of a damaged one, too, something may have been kept */
    if (r)
        return r;
    if (rec->recovered) {
        item->event.flags |= TL_EVENT_RECOVERED;
        item->event.shape = 0; /* which was told without that flag */
    }
    item->at = (struct tl_origin){.record = rec->number, .offset = rec->offset, .length = rec->length};
    b->n_items++;
    return 0;
}

void tl_batch_note_damage(struct tl_batch *b, const struct tl_origin *at, const char *why)
{
    b->damage[b->n_damage++] = (struct tl_batch_damage){*at, why};
}
