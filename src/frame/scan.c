/* Scan: one element's end, by brackets and strings alone.
 *
 * It is no validator. It looks at quotes and brackets only, which is what lets it run at memory speed, and
 * checks what these few bytes can prove at once: a bracket closes its own kind, and a string or bracket opens
 * only where JSON lets one (after { [ , or :). The second check is what finds a string that was never closed:
 * from there on inside and outside change places, and the next "opening" quote follows a letter. So damage
 * shows where it is, and not a megabyte later. */
#include "scan.h"

#include <string.h>

/* Outside a string these four and the quote count; inside, the quote and the backslash. Kept apart, so that a
 * faster way to find them has one place to go. */
static size_t skip_plain(const char *p, size_t i, size_t n)
{
    while (i < n && p[i] != '"' && (p[i] | 0x20) != '{' && (p[i] | 0x20) != '}') /* [ and ] are 0x20 below */
        i++;
    return i;
}

static size_t skip_string(const char *p, size_t i, size_t n)
{
    while (i < n && p[i] != '"' && p[i] != '\\')
        i++;
    return i;
}

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

static enum key key_of(const char *name, size_t n)
{
    static const struct {
        tl_str name;
        enum key key;
    } names[] = {
        {{"eventVersion", 12}, KEY_EVENT_VERSION},
        {{"eventTime", 9}, KEY_EVENT_TIME},
        {{"eventSource", 11}, KEY_EVENT_SOURCE},
        {{"eventName", 9}, KEY_EVENT_NAME},
        {{"awsRegion", 9}, KEY_AWS_REGION},
        {{"eventID", 7}, KEY_EVENT_ID},
        {{"eventType", 9}, KEY_EVENT_TYPE},
        {{"insightDetails", 14}, KEY_INSIGHT_DETAILS},
        {{"detail", 6}, KEY_DETAIL},
        {{"detail-type", 11}, KEY_DETAIL_TYPE},
        {{"source", 6}, KEY_SOURCE},
        {{"CloudTrailEvent", 15}, KEY_CLOUDTRAIL_EVENT},
        {{"message", 7}, KEY_MESSAGE},
        {{"Sns", 3}, KEY_SNS},
        {{"digestStartTime", 15}, KEY_DIGEST_START_TIME},
        {{"logFiles", 8}, KEY_LOG_FILES},
        {{"Records", 7}, KEY_RECORDS},
        {{"Events", 6}, KEY_LOOKUP_EVENTS},
        {{"logEvents", 9}, KEY_LOG_EVENTS},
        {{"events", 6}, KEY_EVENTS},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].name.n == n && memcmp(names[i].name.p, name, n) == 0)
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

/* A string of the first level ended; its text in this window is p[from..to), its end at offset `end`. */
static void string_end(struct scan *s, const char *p, size_t from, size_t to, uint64_t end)
{
    if (!s->is_name) {
        value_end(s, end);
        return;
    }
    name_add(s, p + from, to - from);
    s->is_name = false;
    s->key = s->n_name <= NAME_MAX_BYTES ? key_of(s->name, s->n_name) : KEY_OTHER;
    if (!s->seen && s->n_first_name == 0 && s->n_name <= NAME_MAX_BYTES) {
        memcpy(s->first_name, s->name, s->n_name);
        s->n_first_name = s->n_name;
    }
    s->seen |= KEY_BIT(s->key);
}

static bool string_open(struct scan *s, char before, uint64_t at)
{
    bool object = in_object(s), name = object && before != ':';
    if (object ? !(before == ':' || before == ',' || before == '{') : !(before == ',' || before == '[')) {
        s->why = "a string that does not end, or no comma or colon before one";
        return false;
    }
    s->in_string = true;
    if (s->depth == 1) {
        s->is_name = name;
        s->n_name = 0;
        s->value_at = at;
    }
    return true;
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

/* One token outside a string, at p[*i]. */
static enum scan_end token(struct scan *s, const char *p, size_t *i, uint64_t at)
{
    char c = p[*i];
    enum scan_end end;
    if (c == '"')
        end = string_open(s, byte_before(s, p, *i), at + *i) ? SCAN_MORE : SCAN_BAD;
    else if (c == '{' || c == '[')
        end = bracket_open(s, c, byte_before(s, p, *i), at + *i);
    else
        end = bracket_close(s, c, at + *i);
    *i += end != SCAN_BAD;
    return end;
}

enum scan_end scan_run(struct scan *s, const char *p, size_t n, uint64_t at, size_t *used)
{
    size_t i = 0, name_from = 0; /* where the open key's text starts in this window */
    enum scan_end end = SCAN_MORE;
    if (s->escaped && n > 0) {
        s->escaped = false;
        i++;
    }
    while (i < n && end == SCAN_MORE) {
        if (!s->in_string) {
            i = skip_plain(p, i, n);
            if (i < n)
                end = token(s, p, &i, at);
            name_from = i;
            continue;
        }
        i = skip_string(p, i, n);
        if (i == n)
            break;
        if (p[i] == '\\') {
            s->escaped = i + 1 == n;
            i += s->escaped ? 1 : 2;
            continue;
        }
        s->in_string = false;
        if (s->depth <= 1)
            string_end(s, p, name_from, i, at + i + 1);
        i++;
        if (s->depth == 0)
            end = SCAN_CLOSED;
    }
    if (s->in_string && s->is_name)
        name_add(s, p + name_from, i - name_from);
    if (!s->in_string)
        s->before = byte_before(s, p, i);
    *used = i;
    return end;
}
