/* Damage: what was lost, and where the next record is.
 *
 * A damage reaches from the first byte of the record it would have been to the next one found, so all that
 * lies between is one damage, not many. */
#include "state.h"

#include <string.h>

/* Rescanning on credit: every byte that is new earns CREDIT_PER_BYTE, and there is some to start with. So all
 * the scanning of a stream stays under a fixed multiple of its bytes, wherever its blocks end. Clean streams
 * spend nothing; rejecting every record spends 1 a byte. */
#define CREDIT_BYTES ((uint64_t)4 << 20)
#define CREDIT_PER_BYTE 2

void frame_note_damage(struct tl_frame *f, uint64_t offset, const char *why)
{
    if (f->has_damage)
        return;
    f->damage = (struct tl_damage){.offset = offset, .why = why};
    f->has_damage = true;
}

int frame_tell_damage(struct tl_frame *f, uint64_t end, struct tl_damage *out)
{
    *out = f->damage;
    out->number = f->number++;
    out->length = end - out->offset;
    f->has_damage = false;
    f->told = true;
    f->n_damaged++;
    return TL_FRAME_DAMAGE;
}

static bool spend(struct tl_frame *f, uint64_t from, uint64_t to)
{
    if (to > f->furthest)
        f->furthest = to;
    uint64_t bytes = to - from;
    if (f->spent + bytes > CREDIT_BYTES + f->furthest * CREDIT_PER_BYTE)
        return false;
    f->spent += bytes;
    return true;
}

void frame_search(struct tl_frame *f, uint64_t from, uint64_t limit, enum state after)
{
    if (f->at > f->reach)
        f->reach = f->at;
    if (spend(f, from, f->at))
        f->at = from;
    f->search_limit = limit;
    f->after_search = after;
    f->search_previous = '\0';
    f->state = STATE_SEARCH;
}

int frame_garbage(struct tl_frame *f, uint64_t from, const char *why)
{
    if (!f->told && f->at >= f->reach)
        frame_note_damage(f, from, why);
    frame_search(f, f->at, UINT64_MAX, STATE_SEARCH);
    return STEP_ON;
}

void frame_learn_first_name(struct tl_frame *f)
{
    if (f->scan.n_first_name == 0)
        return;
    memcpy(f->first_name, f->scan.first_name, f->scan.n_first_name);
    f->n_first_name = f->scan.n_first_name;
}

/* The last bytes of an element that is not held, which are: where the scanner sees that it is damaged, it has
 * passed what may have been the mark of a record. */
static uint64_t tail(const struct tl_frame *f)
{
    uint64_t there = f->carry.n > 0 ? f->carry_at : f->block_at;
    uint64_t from = f->at > SEARCH_MAX_BYTES ? f->at - SEARCH_MAX_BYTES : 0;
    from = from > f->scan.start ? from : f->scan.start + 1;
    return from > there ? from : there;
}

uint64_t frame_needed(const struct tl_frame *f)
{
    enum state next = f->state == STATE_SEARCH ? f->after_search : f->state;
    if (f->state == STATE_ELEMENT && f->held)
        return f->scan.start;
    if (next == STATE_AFTER &&
        frame_value_is_held(f)) /* it is searched once more when it proves to be none */
        return f->value_start;
    return next == STATE_ELEMENT ? tail(f) : f->at;
}

int frame_damaged_element(struct tl_frame *f)
{
    f->signs |= (f->scan.seen & KEYS_REQUIRED) != 0;
    if (f->n_records == 0) /* nothing better is known yet */
        frame_learn_first_name(f);
    if (!f->wrapper) {
        frame_note_damage(f, f->scan.start, f->scan.why);
        frame_search(f, f->held ? f->scan.start + 1 : tail(f), UINT64_MAX, STATE_SEARCH);
        return STEP_ON;
    }
    /* The rest of an object whose list was closed: by damage, where records were lost before, and that was
     * told. */
    if (!f->lost)
        frame_note_damage(f, f->at, f->scan.why);
    frame_search(f, f->at, UINT64_MAX, STATE_SEARCH);
    return STEP_ON;
}

int frame_too_long(struct tl_frame *f)
{
    f->held = false;
    if (f->scan.opener == '{' && !(f->scan.seen & KEYS_REQUIRED))
        return STEP_ON; /* whether it is foreign, or holds a list of records, is told by what comes */
    f->signs |= f->scan.opener == '{';
    frame_note_damage(f, f->scan.start, "record longer than 1 MiB");
    frame_search(f, f->scan.start + 1, f->at, STATE_ELEMENT);
    return STEP_ON;
}

void tl_frame_reject(struct tl_frame *f)
{
    f->told = true;
    f->n_damaged++;
    f->n_records--;
    if (f->last_from < f->last_to)
        frame_search(f, f->last_from, f->last_to, STATE_BETWEEN);
}

/* A mark may have begun at `place`, and the bytes there end before it can be told. */
static int wait_for_mark(struct tl_frame *f, uint64_t place)
{
    uint64_t block_end = f->block_at + f->block.n, want = place + SEARCH_MAX_BYTES;
    f->at = place;
    if (f->carry.n == 0 || f->carry_at + f->carry.n == block_end)
        return frame_starve(f, frame_needed(f));
    int r = frame_carry(f, frame_needed(f), want < block_end ? want : block_end);
    return r ? r : STEP_ON;
}

int frame_step_search(struct tl_frame *f, struct tl_damage *damage)
{
    tl_str w = frame_window(f, f->at), first = {f->first_name, f->n_first_name};
    if (first.n == 0)
        first = TL_STR("awsRegion"); /* the first key of most records whose keys were sorted */
    bool limited = w.n >= f->search_limit - f->at;
    if (limited)
        w.n = (size_t)(f->search_limit - f->at);
    size_t i = 0;
    enum match m = w.n ? search_record(w.p, w.n, f->search_previous, first, &i) : MATCH_NO;
    uint64_t place = f->at + i;
    if (i > 0)
        f->search_previous = w.p[i - 1];
    if (m == MATCH_MORE && !limited && !f->finished)
        return wait_for_mark(f, place);
    if (m == MATCH_YES) {
        f->at = place;
        f->lost = true;
        f->state = STATE_BETWEEN;
        return f->has_damage ? frame_tell_damage(f, place, damage) : STEP_ON;
    }
    f->at += w.n;
    if (f->at == f->search_limit)
        f->state = f->after_search;
    return STEP_ON;
}
