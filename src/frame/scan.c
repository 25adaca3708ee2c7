/* Scan: one element's end, by brackets and strings alone.
 *
 * It is no validator. It looks at quotes and brackets only, 64 bytes at a time (bits.h): below the first
 * level at brackets alone, at the first level also at the quotes of keys and values. What these few bytes can
 * prove at once is checked: a bracket closes its own kind, brackets and strings open only where JSON lets one
 * (after { [ , or :), no backslash is outside a string. The check of strings is what finds one that was never
 * closed: from there on inside and outside change places, and the next "opening" quote follows a letter. So
 * damage shows where it is, and not a megabyte later. */
#include "scan.h"

#include "trailloop/bits.h"
#include "trailloop/json.h"

#include <string.h>

/* The last byte of p[0..i) that is not white space, or what was before p. */
static char byte_before(const struct scan *s, const char *p, size_t i)
{
    while (i > 0 && is_space(p[i - 1]))
        i--;
    return i > 0 ? p[i - 1] : s->before;
}

static bool in_object(const struct scan *s)
{
    return s->depth > 0 && (s->is_object[(s->depth - 1) / 64] >> ((s->depth - 1) % 64) & 1);
}

static void open_bracket(struct scan *s, char c)
{
    uint64_t bit = (uint64_t)1 << (s->depth % 64), *word = &s->is_object[s->depth / 64];
    *word = c == '{' ? *word | bit : *word & ~bit;
    s->depth++;
}

void scan_begin(struct scan *s, uint64_t start, char opener)
{
    s->start = start;
    s->opener = opener;
    s->enter_lists = false;
    s->in_string = opener == '"';
    s->escaped = s->is_name = false;
    s->before = opener;
    s->depth = 0;
    s->key = KEY_OTHER;
    s->seen = s->valued = 0;
    s->n_name = s->n_first_name = 0;
    s->why = NULL;
    if (opener != '"')
        open_bracket(s, opener);
}

void scan_resume(struct scan *s, uint64_t start)
{
    scan_begin(s, start, '{');
    s->before = ']';
    s->enter_lists = true;
}

/* The names of one length are few: what a key is not is told by its length and first byte. */
static enum key key_of(const char *name, size_t n)
{
    static const struct {
        tl_str name;
        enum key key;
    } names[] = {
        {{"Sns", 3}, KEY_SNS},
        {{"detail", 6}, KEY_DETAIL},
        {{"source", 6}, KEY_SOURCE},
        {{"Events", 6}, KEY_LOOKUP_EVENTS},
        {{"events", 6}, KEY_EVENTS},
        {{"eventID", 7}, KEY_EVENT_ID},
        {{"message", 7}, KEY_MESSAGE},
        {{"Records", 7}, KEY_RECORDS},
        {{"logFiles", 8}, KEY_LOG_FILES},
        {{"eventTime", 9}, KEY_EVENT_TIME},
        {{"eventName", 9}, KEY_EVENT_NAME},
        {{"awsRegion", 9}, KEY_AWS_REGION},
        {{"eventType", 9}, KEY_EVENT_TYPE},
        {{"logEvents", 9}, KEY_LOG_EVENTS},
        {{"eventSource", 11}, KEY_EVENT_SOURCE},
        {{"detail-type", 11}, KEY_DETAIL_TYPE},
        {{"eventVersion", 12}, KEY_EVENT_VERSION},
        {{"insightDetails", 14}, KEY_INSIGHT_DETAILS},
        {{"CloudTrailEvent", 15}, KEY_CLOUDTRAIL_EVENT},
        {{"digestStartTime", 15}, KEY_DIGEST_START_TIME},
    };
    /* Where the names of n bytes start in the table, which is in the order of their lengths. */
    static const uint8_t from[] = {0, 0, 0, 0, 1, 1, 1, 5, 8, 9, 14, 14, 16, 17, 17, 18, 20};
    if (n + 1 >= sizeof from)
        return KEY_OTHER;
    for (size_t i = from[n]; i < from[n + 1]; i++)
        if (tl_bytes_eq(names[i].name.p, name, n))
            return names[i].key;
    return KEY_OTHER;
}

/* Keeps the part of a key that lies in this window. */
static void name_add(struct scan *s, const char *p, size_t n)
{
    if (s->n_name < NAME_MAX_BYTES) {
        size_t room = NAME_MAX_BYTES - s->n_name;
        memcpy(s->name + s->n_name, p, n < room ? n : room);
    }
    s->n_name += n;
}

static void value_end(struct scan *s, uint64_t end)
{
    if (s->key == KEY_OTHER)
        return;
    s->value[s->key] = (struct span){s->value_at, end};
    s->valued |= KEY_BIT(s->key);
}

/* The window that is scanned, and the place in it where the text of an open key starts. */
struct window {
    const char *p;
    size_t n;
    uint64_t at; /* of p[0] in the stream */
    size_t name_from;
};

static bool may_open_string(char before)
{
    return before == '{' || before == '[' || before == ',' || before == ':';
}

static void name_end(struct scan *s, const char *p, size_t n)
{
    if (s->n_name > 0) { /* it began in an earlier window */
        name_add(s, p, n);
        p = s->name;
        n = s->n_name;
    }
    s->is_name = false;
    s->key = key_of(p, n);
    if (!s->seen && s->n_first_name == 0 && n <= NAME_MAX_BYTES) {
        memcpy(s->first_name, p, n);
        s->n_first_name = n;
    }
    s->seen |= KEY_BIT(s->key);
}

/* A quote at the first level, or the one that ends an element which is a string. */
static enum scan_end quote(struct scan *s, struct window *w, size_t i, bool opens)
{
    if (opens) {
        s->is_name = in_object(s) && byte_before(s, w->p, i) != ':';
        s->n_name = 0;
        s->value_at = w->at + i;
        w->name_from = i + 1;
        return SCAN_MORE;
    }
    if (s->depth == 0)
        return SCAN_CLOSED;
    if (s->is_name)
        name_end(s, w->p + w->name_from, i - w->name_from);
    else
        value_end(s, w->at + i + 1);
    return SCAN_MORE;
}

/* An opening bracket. SCAN_MORE: go on behind it. */
static enum scan_end bracket_open(struct scan *s, char c, char before, uint64_t at)
{
    if (in_object(s) ? before != ':' : !(before == ',' || before == '[')) {
        s->why = "a bracket where none can be";
        return SCAN_BAD;
    }
    if (s->depth == TL_JSON_DEPTH_MAX) {
        s->why = "nested deeper than 512 levels";
        return SCAN_BAD;
    }
    if (s->depth == 1) {
        s->value_at = at;
        if (s->enter_lists && c == '[' && (KEY_BIT(s->key) & KEYS_LISTS) && !(s->seen & KEYS_REQUIRED))
            return SCAN_LIST;
    }
    open_bracket(s, c);
    return SCAN_MORE;
}

static enum scan_end bracket_close(struct scan *s, char c, uint64_t at)
{
    if ((c == '}') != in_object(s)) {
        s->why = "brackets that do not match";
        return SCAN_BAD;
    }
    if (--s->depth == 0)
        return SCAN_CLOSED;
    if (s->depth == 1)
        value_end(s, at + 1);
    return SCAN_MORE;
}

static enum scan_end token(struct scan *s, struct window *w, size_t i, bool opens_string)
{
    char c = w->p[i];
    if (c == '"')
        return quote(s, w, i, opens_string);
    if (c == '{' || c == '[')
        return bracket_open(s, c, byte_before(s, w->p, i), w->at + i);
    return bracket_close(s, c, w->at + i);
}

/* What counts in up to 64 bytes, once it is known which of them are in strings. */
struct marks {
    uint64_t quotes, brackets;
    uint64_t within;  /* strings, from the opening quote to before the closing one */
    uint64_t escaped; /* the bytes behind a backslash that counts */
    bool carry;       /* the same for the byte behind all of these */
    uint64_t good;    /* the bytes before the first one that cannot stand where it does */
};

/* The marks of p[i..i+n). What is allowed before an opening quote stands right before it, or white space is
 * between: the former is seen for all of them at once. */
static struct marks marks_of(const struct scan *s, const struct tl_bits *b, const char *p, size_t i)
{
    struct marks m = {.carry = s->escaped};
    m.escaped = tl_bits_escaped(b->slash, &m.carry);
    m.quotes = b->quote & ~m.escaped;
    m.within = tl_bits_parity(m.quotes) ^ (s->in_string ? UINT64_MAX : 0);
    m.brackets = (b->open | b->close) & ~m.within;
    uint64_t allow = (b->open | b->comma | b->colon) & ~m.within;
    char before = i > 0 ? p[i - 1] : s->before;
    uint64_t doubtful = m.quotes & m.within & ~(allow << 1 | may_open_string(before));
    uint64_t bad = b->slash & ~m.within;
    for (; doubtful; doubtful &= doubtful - 1)
        if (!may_open_string(byte_before(s, p, i + (size_t)__builtin_ctzll(doubtful))))
            bad |= doubtful & -doubtful;
    m.good = bad ? (bad & -bad) - 1 : UINT64_MAX;
    return m;
}

/* Walks the marks of the 64 bytes at p[i]. *used is set unless all of them are passed. */
static enum scan_end walk(struct scan *s, struct window *w, size_t i, const struct marks *m, size_t *used)
{
    for (uint64_t left = m->good;;) {
        uint64_t next = (m->brackets | (s->depth <= 1 ? m->quotes : 0)) & left;
        if (!next)
            break;
        unsigned k = (unsigned)__builtin_ctzll(next);
        enum scan_end end = token(s, w, i + k, m->within >> k & 1);
        if (end != SCAN_MORE) {
            *used = i + k + (end != SCAN_BAD);
            return end;
        }
        left &= ~UINT64_C(1) << k;
    }
    if (m->good == UINT64_MAX)
        return SCAN_MORE;
    *used = i + (size_t)__builtin_popcountll(m->good);
    s->why = w->p[*used] == '\\' ? "a backslash outside a string"
                                 : "a string that does not end, or no comma or colon before one";
    return SCAN_BAD;
}

enum scan_end scan_run(struct scan *s, const char *p, size_t n, uint64_t at, size_t *used)
{
    struct window w = {p, n, at, 0};
    tl_bits_fn *way = tl_bits_way(0);
    for (size_t i = 0; i < n; i += TL_BITS_BYTES) {
        struct tl_bits b;
        if (n - i >= TL_BITS_BYTES)
            way(p + i, &b);
        else
            tl_bits_tail(way, p + i, n - i, &b);
        struct marks m = marks_of(s, &b, p, i);
        enum scan_end end = walk(s, &w, i, &m, used);
        if (end != SCAN_MORE)
            return end;
        s->in_string = m.within >> 63;
        s->escaped = n - i < TL_BITS_BYTES ? m.escaped >> (n - i) & 1 : m.carry;
    }
    if (s->in_string && s->is_name)
        name_add(s, p + w.name_from, n - w.name_from);
    if (!s->in_string)
        s->before = byte_before(s, p, n);
    *used = n;
    return SCAN_MORE;
}

static bool is_name(const char *key, size_t left, tl_str name)
{
    return left > name.n && key[name.n] == '"' && tl_bytes_eq(key, name.p, name.n);
}

/* The key at `key`, behind its quote, if it is one by which classify tells that an element is no record. What
 * most keys are not is told by one byte that is not in them. */
static enum key telling_key(const char *key, size_t left)
{
    switch (key[0]) {
    case 'e':
        if (left < 6 || (key[5] != 'S' && key[5] != 'T'))
            return KEY_OTHER;
        return is_name(key, left, TL_STR("eventSource")) ? KEY_EVENT_SOURCE
               : is_name(key, left, TL_STR("eventType")) ? KEY_EVENT_TYPE
                                                         : KEY_OTHER;
    case 'i':
        return is_name(key, left, TL_STR("insightDetails")) ? KEY_INSIGHT_DETAILS : KEY_OTHER;
    case 'C':
        return is_name(key, left, TL_STR("CloudTrailEvent")) ? KEY_CLOUDTRAIL_EVENT : KEY_OTHER;
    case 'S':
        return is_name(key, left, TL_STR("Sns")) ? KEY_SNS : KEY_OTHER;
    default:
        return KEY_OTHER;
    }
}

void scan_proved(struct scan *s, const struct js_index *x)
{
    static const char first[] = "eventVersion";
    s->seen = KEY_BIT(KEY_EVENT_VERSION);
    s->n_first_name = sizeof first - 1;
    memcpy(s->first_name, first, sizeof first - 1);
    for (size_t i = 1; i < x->n_members; i++) {
        const char *key = x->text + x->members[i] + 1, *value = key;
        s->key = telling_key(key, x->n_bytes - x->members[i] - 1);
        if (s->key == KEY_OTHER)
            continue;
        size_t end = i + 1 < x->n_members ? x->members[i + 1] - 1 : x->n_bytes - 1;
        while (*value++ != ':') /* none of these keys has one */
            ;
        s->seen |= KEY_BIT(s->key);
        s->value_at = s->start + (uint64_t)(value - x->text);
        if (*value == '"' || *value == '{' || *value == '[')
            value_end(s, s->start + end);
    }
}
