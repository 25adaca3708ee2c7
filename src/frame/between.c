/* Between: lists, what stands between their elements, and elements that are no records.
 *
 * A value that is no object is damage in a list of records. A bare array is such a list only if a record is
 * in it, and so is a file of one object a line, in which an object that is no JSON is damage: what comes
 * before the first record waits (a few are remembered one by one), for in a file of anything else it is no
 * damage at all. */
#include "state.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

void frame_set_shape(struct tl_frame *f, enum tl_container shape)
{
    if (f->shape == TL_CONTAINER_EMPTY || f->shape == TL_CONTAINER_NOT_JSON ||
        f->shape == TL_CONTAINER_FOREIGN)
        f->shape = shape;
}

int frame_tell_foreign(struct tl_frame *f, tl_str json, uint64_t from, uint64_t to, struct tl_record *rec)
{
    *rec = (struct tl_record){.json = json, .number = f->number, .offset = from, .length = to - from};
    f->n_foreign++;
    f->told = false;
    frame_set_shape(f, TL_CONTAINER_FOREIGN);
    return TL_FRAME_FOREIGN;
}

int frame_tell_stray(struct tl_frame *f, bool records_follow, struct tl_record *rec, struct tl_damage *damage)
{
    struct span s = f->strays[0];
    for (size_t i = 1; i < f->n_strays; i++)
        f->strays[i - 1] = f->strays[i];
    f->n_strays--;
    if (!records_follow)
        return frame_tell_foreign(f, TL_STR_NONE, s.from, s.to, rec);
    *damage = (struct tl_damage){
        .number = f->number++, .offset = s.from, .length = s.to - s.from, .why = "not a record"};
    f->n_damaged++;
    return TL_FRAME_DAMAGE;
}

int frame_stray(struct tl_frame *f, uint64_t from, uint64_t to, const char *why, struct tl_record *rec,
                struct tl_damage *damage)
{
    const struct level *l = f->n_levels ? &f->levels[f->n_levels - 1] : NULL;
    f->told = false;
    if (l && l->in_object && !l->of_records)
        return frame_tell_foreign(f, TL_STR_NONE, from, to, rec);
    if ((!l || !l->in_object) && f->n_records + f->n_damaged == 0) {
        if (f->n_strays < STRAYS_MAX)
            f->strays[f->n_strays++] = (struct span){from, to};
        else
            f->strays[STRAYS_MAX - 1].to = to;
        return STEP_ON;
    }
    frame_note_damage(f, from, why);
    int r = frame_tell_damage(f, to, damage);
    f->told = false; /* it was whole: what follows it is not its fault */
    return r;
}

/* Most elements are records as CloudTrail writes them, whole in the block: such a one is proved valid at
 * once, which finds its end too. Any other is scanned. STEP_ON or TL_ENOMEM. */
static int try_proof(struct tl_frame *f)
{
    int r = 0;
    tl_str w = tl_str_sub(frame_window(f, f->scan.start), 0, TL_RECORD_MAX_BYTES);
    if (!tl_str_starts(w, TL_STR("{\"eventVersion\":")) || !js_index_build(&f->index, w, &r))
        return r ? r : STEP_ON;
    scan_proved(&f->scan, &f->index);
    f->at = f->scan.start + f->index.n_bytes;
    f->proved = true;
    f->state = STATE_CLOSED;
    return STEP_ON;
}

static int begin_element(struct tl_frame *f, char opener)
{
    scan_begin(&f->scan, f->at, opener);
    f->scan.enter_lists = opener == '{' && f->n_levels < LEVELS_MAX;
    f->held = true;
    f->proved = f->wrapper = false;
    f->state = STATE_ELEMENT;
    f->at++;
    return opener == '{' ? try_proof(f) : STEP_ON;
}

static int begin_array(struct tl_frame *f)
{
    if (f->n_levels > 0)
        return begin_element(f, '[');
    f->levels[f->n_levels++] = (struct level){.start = f->at};
    frame_set_shape(f, TL_CONTAINER_ARRAY);
    f->at++;
    return STEP_ON;
}

/* A closing square bracket between elements. */
static int end_list(struct tl_frame *f, struct tl_record *rec, struct tl_damage *damage)
{
    if (f->n_levels == 0 && !f->lost)
        return frame_garbage(f, f->at, "a bracket that closes nothing");
    if (f->n_levels == 1 && f->n_strays > 0)
        return frame_tell_stray(f, false, rec, damage);
    f->at++;
    if (f->n_levels == 0)
        return STEP_ON;
    const struct level *l = &f->levels[--f->n_levels];
    if (l->in_object) {
        scan_resume(&f->scan, l->start);
        f->held = false;
        f->wrapper = true;
        f->state = STATE_ELEMENT;
    }
    return STEP_ON;
}

static int begin_value(struct tl_frame *f, char c)
{
    f->value_start = f->at;
    f->held = false; /* no mark of a record can be in what follows */
    if (f->n_levels > 0 && (is_digit(c) || c == '-' || (c >= 'a' && c <= 'z')))
        f->state = STATE_SCALAR;
    else if (f->n_levels == 0 && is_digit(c))
        f->state = STATE_PREFIX;
    else
        return frame_garbage(f, f->at, "bytes that are no JSON between records");
    return STEP_ON;
}

int frame_step_between(struct tl_frame *f, struct tl_record *rec, struct tl_damage *damage)
{
    tl_str w = frame_window(f, f->at);
    size_t i = 0;
    while (i < w.n && (is_space(w.p[i]) || (w.p[i] == ',' && f->begun)))
        i++;
    f->at += i;
    if (i == w.n)
        return STEP_ON;
    char c = w.p[i];
    bool top = f->n_levels == 0;
    if (top && (c == '\xef' || c == '\xbb' || c == '\xbf')) { /* a UTF-8 BOM; between joined files too */
        f->at++;
        return STEP_ON;
    }
    if (!f->begun && c != '{' && c != '[' && !is_digit(c))
        frame_set_shape(f, TL_CONTAINER_NOT_JSON);
    f->begun = true;
    if (c == '{')
        return begin_element(f, c);
    if (c == '[')
        return begin_array(f);
    if (c == ']')
        return end_list(f, rec, damage);
    if (c == '"' && !top)
        return begin_element(f, c);
    if (c == '}' && f->lost) { /* of an object whose beginning was lost */
        f->at++;
        return STEP_ON;
    }
    return begin_value(f, c);
}

/* Whether `c` may be byte `k` of a timestamp, and of the blanks behind it, as CloudWatch Logs puts before
 * each line of an export. */
static bool is_prefix(size_t k, char c)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd";
    if (k < PREFIX_MIN_BYTES)
        return form[k] == 'd' ? is_digit(c) : c == form[k];
    return k < PREFIX_MAX_BYTES &&
           (is_digit(c) || c == '.' || c == 'Z' || c == '+' || c == '-' || c == ':' || c == ' ' || c == '\t');
}

int frame_step_prefix(struct tl_frame *f)
{
    tl_str w = frame_window(f, f->at);
    for (size_t i = 0; i < w.n; i++, f->at++) {
        size_t k = (size_t)(f->at - f->value_start);
        if (is_prefix(k, w.p[i]))
            continue;
        if (k < PREFIX_MIN_BYTES || w.p[i] != '{')
            return frame_garbage(f, f->value_start, "bytes that are no JSON between records");
        frame_set_shape(f, TL_CONTAINER_CLOUDWATCH_LOGS);
        f->state = STATE_BETWEEN;
        return STEP_ON;
    }
    return STEP_ON;
}

int frame_step_scalar(struct tl_frame *f)
{
    tl_str w = frame_window(f, f->at);
    for (size_t i = 0; i < w.n; i++, f->at++) {
        char c = w.p[i];
        if (is_digit(c) || (c >= 'a' && c <= 'z') || c == 'E' || c == '+' || c == '-' || c == '.')
            continue;
        f->value_end = f->at;
        f->state = STATE_AFTER;
        return STEP_ON;
    }
    return STEP_ON;
}

bool frame_value_is_held(const struct tl_frame *f)
{
    return f->held && f->at - f->value_start <= TL_RECORD_MAX_BYTES;
}

int frame_step_after(struct tl_frame *f, struct tl_record *rec, struct tl_damage *damage)
{
    tl_str w = frame_window(f, f->at);
    size_t i = 0;
    f->has_damage = false; /* noted for the case that a record was found inside */
    while (i < w.n && is_space(w.p[i]))
        i++;
    f->at += i;
    if (i == w.n)
        return STEP_ON;
    if (w.p[i] != ',' && w.p[i] != ']') {
        int r = frame_garbage(f, f->value_start, "bytes that are no JSON between records");
        if (frame_value_is_held(f)) /* a quote or bracket too many: it may have swallowed others */
            frame_search(f, f->value_start + 1, UINT64_MAX, STATE_SEARCH);
        return r;
    }
    f->state = STATE_BETWEEN;
    return frame_stray(f, f->value_start, f->value_end, "not a JSON object", rec, damage);
}
