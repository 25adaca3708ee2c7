/* Frame: a stream of bytes in, records out, whatever the container and however the bytes are cut into blocks.
 *
 * Promises: every element of the stream comes out once, as a record, as damage or as foreign; what it says
 * does not depend on how the stream was cut; what it holds is at most one record (TL_RECORD_MAX_BYTES) and
 * the block that the caller lends it; its time is linear in the bytes. A record inside one block is given
 * without a copy.
 *
 * How: places are offsets in the stream. The bytes that are still needed lie in `carry` (from before the
 * block) and in the block, one behind the other, and `at` moves over both. Nothing is decided by where a
 * block ends: limits are measured from an element's start.
 *
 * Damage: the scanner stops at a byte that cannot be. Then the next mark of a record is searched (damage.c,
 * search.c), from right behind the damaged element's first byte, as that element may have swallowed others.
 * So bytes may be scanned again, but only on credit (damage.c): a hostile file of a million nested marks
 * costs no more time a byte than any other, it only loses what lay inside the damaged stretches. */
#include "state.h"

#include <stdlib.h>

int tl_frame_new(struct tl_frame **out, struct tl_err *err)
{
    struct tl_frame *f = calloc(1, sizeof *f);
    if (!f)
        return tl_err_nomem(err);
    *out = f;
    return 0;
}

void tl_frame_free(struct tl_frame *f)
{
    if (!f)
        return;
    tl_buf_fini(&f->carry);
    tl_buf_fini(&f->text);
    js_index_fini(&f->index);
    free(f);
}

void tl_frame_reset(struct tl_frame *f)
{
    struct tl_buf carry = f->carry, text = f->text;
    struct js_index index = f->index;
    carry.n = text.n = 0;
    *f = (struct tl_frame){.carry = carry, .text = text, .index = index};
}

void tl_frame_push(struct tl_frame *f, tl_str block)
{
    f->block_at += f->block.n;
    f->block = block;
}

void tl_frame_finish(struct tl_frame *f, bool whole)
{
    tl_frame_push(f, TL_STR_NONE);
    f->finished = true;
    f->whole = whole;
}

enum tl_container tl_frame_container(const struct tl_frame *f)
{
    bool no_record = f->n_foreign > 0 && f->n_records + f->n_damaged == 0;
    if (no_record && f->shape != TL_CONTAINER_DIGEST)
        return TL_CONTAINER_FOREIGN;
    return f->shape == TL_CONTAINER_EMPTY && f->begun ? TL_CONTAINER_LINES : f->shape;
}

const char *tl_container_name(enum tl_container c)
{
    static const char *const names[] = {"empty",  "not-json",      "records",     "array",
                                        "lines",  "lookup-events", "eventbridge", "cloudwatch-logs",
                                        "digest", "foreign"};
    return names[c];
}

/* ---- whole elements -------------------------------------------------------------------------- */

/* Gives the record `json`, which lies from `from` to `to`, or came as the string there. 0 or TL_ENOMEM. */
static int give(struct tl_frame *f, tl_str json, uint64_t from, uint64_t to, struct tl_record *rec)
{
    int r = 0;
    if (!f->proved || f->index.text != json.p)
        f->proved = js_index_build(&f->index, json, &r) && f->index.n_bytes == json.n;
    if (r)
        return r;
    *rec = (struct tl_record){json, f->proved ? &f->index : NULL, f->number++, from, to - from, f->lost};
    f->n_records++;
    f->told = false;
    f->last_from = from + 1;
    f->last_to = f->at;
    frame_learn_first_name(f);
    f->state = STATE_BETWEEN;
    frame_set_shape(f, TL_CONTAINER_LINES);
    return 0;
}

static int tell_lost(struct tl_frame *f, const char *why, struct tl_damage *damage)
{
    frame_note_damage(f, f->scan.start, why);
    int r = frame_tell_damage(f, f->at, damage);
    f->told = false; /* the element itself was whole */
    return r;
}

/* A record that came as the string literal which is the value of `k`. What a log line holds that is no JSON
 * object is foreign; CloudTrailEvent can hold nothing else. */
static int give_string(struct tl_frame *f, tl_str text, enum key k, struct tl_record *rec,
                       struct tl_damage *damage)
{
    tl_str literal = scan_value(&f->scan, text, k), json;
    bool log_line = k == KEY_MESSAGE;
    f->text.n = 0;
    int r = tl_json_unescape(literal, &f->text);
    if (r < 0)
        return r;
    enum element_class c = r ? CLASS_FOREIGN : classify_text(tl_buf_str(&f->text), &json);
    if (c != CLASS_FOREIGN) {
        frame_set_shape(f, log_line ? TL_CONTAINER_CLOUDWATCH_LOGS : TL_CONTAINER_LOOKUP_EVENTS);
        uint64_t from = f->scan.value[k].from;
        r = give(f, json, from, f->scan.value[k].to, rec);
        f->last_from = f->last_to; /* no mark can be in a string */
        return r;
    }
    if (r && (!log_line || tl_str_find(literal, TL_STR("eventVersion")) != SIZE_MAX))
        return tell_lost(f, "its text is no valid JSON string", damage);
    if (!log_line && json.n > 0 && json.p[0] != '{')
        return tell_lost(f, "not a JSON object", damage);
    return frame_tell_foreign(f, text, f->scan.start, f->at, rec);
}

static int give_detail(struct tl_frame *f, tl_str text, struct tl_record *rec)
{
    tl_str json;
    if (classify_text(scan_value(&f->scan, text, KEY_DETAIL), &json) != CLASS_RECORD)
        return frame_tell_foreign(f, text, f->scan.start, f->at, rec);
    frame_set_shape(f, TL_CONTAINER_EVENTBRIDGE);
    return give(f, json, f->scan.value[KEY_DETAIL].from, f->scan.value[KEY_DETAIL].to, rec);
}

static bool is_json(tl_str text)
{
    struct js j = {.p = text.p, .end = text.p + text.n};
    struct js_value v;
    return js_read_value(&j, 0, &v) && js_read_end(&j);
}

/* An object of which nothing is known. In no list it is of another log, and foreign, if it is JSON at all. */
static int step_stray(struct tl_frame *f, tl_str text, struct tl_record *rec, struct tl_damage *damage)
{
    uint64_t start = f->scan.start;
    if (f->n_levels > 0)
        return frame_stray(f, start, f->at, "no key of a CloudTrail record", rec, damage);
    if (is_json(text))
        return frame_tell_foreign(f, TL_STR_NONE, start, f->at, rec);
    return frame_stray(f, start, f->at, "not valid JSON", rec, damage);
}

/* An object that is whole and held. */
static int step_object(struct tl_frame *f, struct tl_record *rec, struct tl_damage *damage)
{
    tl_str text;
    uint64_t start = f->scan.start;
    int r = frame_slice(f, start, f->at, &text);
    if (r)
        return r;
    enum element_class c = classify(&f->scan, text);
    bool of_records = f->n_levels > 0 && f->levels[f->n_levels - 1].of_records;
    bool may_be_record = c != CLASS_FOREIGN && c != CLASS_DIGEST && c != CLASS_STRAY;
    if (f->n_strays > 0 && may_be_record)
        return frame_tell_stray(f, true, rec, damage); /* and then this one again */
    f->state = STATE_BETWEEN;
    if (c == CLASS_RECORD || (c == CLASS_STRAY && of_records))
        return give(f, text, start, f->at, rec);
    if (c == CLASS_ENVELOPE)
        return give_detail(f, text, rec);
    if (c == CLASS_LOOKUP || c == CLASS_MESSAGE)
        return give_string(f, text, c == CLASS_LOOKUP ? KEY_CLOUDTRAIL_EVENT : KEY_MESSAGE, rec, damage);
    if (c == CLASS_STRAY)
        return step_stray(f, text, rec, damage);
    if (c == CLASS_DIGEST)
        frame_set_shape(f, TL_CONTAINER_DIGEST);
    return frame_tell_foreign(f, text, start, f->at, rec);
}

static int step_closed(struct tl_frame *f, struct tl_record *rec, struct tl_damage *damage)
{
    if (f->held && !f->wrapper && f->scan.opener == '{')
        return step_object(f, rec, damage);
    f->state = STATE_BETWEEN;
    if (f->wrapper)
        return STEP_ON;
    if (f->has_damage) /* it was too long */
        return frame_tell_damage(f, f->at, damage);
    if (!f->held && f->n_levels > 0)
        return tell_lost(f, "record longer than 1 MiB", damage);
    if (!f->held) {
        if ((f->scan.seen & KEYS_DIGEST) == KEYS_DIGEST)
            frame_set_shape(f, TL_CONTAINER_DIGEST);
        return frame_tell_foreign(f, TL_STR_NONE, f->scan.start, f->at, rec);
    }
    f->value_start = f->scan.start;
    f->value_end = f->at;
    f->state = STATE_AFTER;
    if (f->scan.opener == '[') { /* in a list where none belongs: a bracket too many may have made it one */
        frame_note_damage(f, f->value_start, "not a JSON object");
        frame_search(f, f->value_start + 1, f->at, STATE_AFTER);
    }
    return STEP_ON;
}

/* ---- the machine ----------------------------------------------------------------------------- */

/* The scanner came to a list of elements in the object: each of them is an element of its own now. */
static int enter_list(struct tl_frame *f)
{
    static const enum tl_container shapes[] = {TL_CONTAINER_RECORDS, TL_CONTAINER_LOOKUP_EVENTS,
                                               TL_CONTAINER_CLOUDWATCH_LOGS, TL_CONTAINER_CLOUDWATCH_LOGS};
    f->levels[f->n_levels++] =
        (struct level){.start = f->scan.start, .in_object = true, .of_records = f->scan.key == KEY_RECORDS};
    frame_set_shape(f, shapes[f->scan.key - KEY_RECORDS]);
    f->state = STATE_BETWEEN;
    return STEP_ON;
}

static int step_element(struct tl_frame *f)
{
    tl_str w = frame_window(f, f->at);
    uint64_t room = f->scan.start + TL_RECORD_MAX_BYTES - f->at; /* not used unless held */
    size_t used = 0;
    enum scan_end end = scan_run(&f->scan, w.p, f->held && w.n > room ? (size_t)room : w.n, f->at, &used);
    f->at += used;
    switch (end) {
    case SCAN_CLOSED:
        f->state = STATE_CLOSED;
        return STEP_ON;
    case SCAN_LIST:
        return enter_list(f);
    case SCAN_BAD:
        return frame_damaged_element(f);
    case SCAN_MORE:
        break;
    }
    return f->held && f->at - f->scan.start == TL_RECORD_MAX_BYTES ? frame_too_long(f) : STEP_ON;
}

/* Whether anything says that this stream is meant to hold records. */
static bool is_known(const struct tl_frame *f)
{
    return f->signs || f->n_records + f->n_damaged > 0 ||
           (f->shape != TL_CONTAINER_EMPTY && f->shape != TL_CONTAINER_NOT_JSON &&
            f->shape != TL_CONTAINER_ARRAY && f->shape != TL_CONTAINER_FOREIGN);
}

/* Damage that is the stream's early end, and not a bad record's. */
static void note_cut(struct tl_frame *f, uint64_t offset, const char *why)
{
    frame_note_damage(f, offset, why);
    f->damage.cut = true;
}

/* The stream ends inside an element. It may have swallowed others, which are searched where it is still
 * there. */
static int end_unfinished(struct tl_frame *f)
{
    bool element = f->state == STATE_ELEMENT;
    uint64_t start = element ? f->scan.start : f->value_start;
    bool held = element ? f->held : f->state == STATE_AFTER && frame_value_is_held(f);
    f->state = STATE_END;
    if (f->whole) {
        f->signs = true;
        note_cut(f, element && f->wrapper ? f->at : start, "ends inside a record or list");
        f->n_levels = 0; /* that lists are open is the same damage */
    }
    if (held)
        frame_search(f, start + 1, f->at, STATE_END);
    return STEP_ON;
}

/* The stream's end: what is not finished, then what was put off, one at a call. */
static int step_end(struct tl_frame *f, struct tl_record *rec, struct tl_damage *damage)
{
    if (f->state == STATE_ELEMENT || f->state == STATE_SCALAR || f->state == STATE_AFTER)
        return end_unfinished(f);
    if (f->state == STATE_PREFIX)
        frame_garbage(f, f->value_start, "bytes that are no JSON between records");
    if (f->state == STATE_SEARCH) /* what closes the lists is in the damage, or would be */
        f->n_levels = 0;
    f->state = STATE_END;
    if (f->has_damage && !is_known(f)) { /* it never was a log */
        f->has_damage = false;
        f->n_strays = 0;
        if (f->n_foreign == 0)
            f->shape = TL_CONTAINER_NOT_JSON;
    }
    if (f->has_damage)
        return frame_tell_damage(f, f->at, damage);
    if (f->n_strays > 0)
        return frame_tell_stray(f, false, rec, damage);
    if (f->n_levels > 0 && f->whole && !f->lost) {
        note_cut(f, f->at, "ends before its list of records does");
        f->n_levels = 0;
        return frame_tell_damage(f, f->at, damage);
    }
    return TL_FRAME_END;
}

/* No byte is left: asks for more, keeping what is open. */
static int step_starved(struct tl_frame *f)
{
    return frame_starve(f, frame_needed(f));
}

static int step(struct tl_frame *f, struct tl_record *rec, struct tl_damage *damage)
{
    bool at_limit = f->state == STATE_SEARCH && f->at == f->search_limit;
    if (f->state != STATE_CLOSED && !at_limit && frame_window(f, f->at).n == 0)
        return f->finished ? step_end(f, rec, damage) : step_starved(f);
    switch (f->state) {
    case STATE_BETWEEN:
        return frame_step_between(f, rec, damage);
    case STATE_PREFIX:
        return frame_step_prefix(f);
    case STATE_ELEMENT:
        return step_element(f);
    case STATE_CLOSED:
        return step_closed(f, rec, damage);
    case STATE_SCALAR:
        return frame_step_scalar(f);
    case STATE_AFTER:
        return frame_step_after(f, rec, damage);
    case STATE_SEARCH:
        return frame_step_search(f, damage);
    case STATE_END:
        break;
    }
    return step_end(f, rec, damage);
}

int tl_frame_next(struct tl_frame *f, struct tl_record *rec, struct tl_damage *damage, struct tl_err *err)
{
    int r;
    do
        r = step(f, rec, damage);
    while (r == STEP_ON);
    return r < 0 ? tl_err_nomem(err) : r;
}
