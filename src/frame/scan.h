/* scan: where one element (an object, an array or a string) ends, and what its own keys say it is. */
#ifndef TRAILLOOP_FRAME_SCAN_H
#define TRAILLOOP_FRAME_SCAN_H

#include "trailloop/base.h"
#include "trailloop/limits.h"

/* White space as JSON has it (RFC 8259, section 2). */
static inline bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* The keys at the first level of an element that tell what it is. */
enum key {
    KEY_OTHER,
    /* the six without which a record is not whole */
    KEY_EVENT_VERSION,
    KEY_EVENT_TIME,
    KEY_EVENT_SOURCE,
    KEY_EVENT_NAME,
    KEY_AWS_REGION,
    KEY_EVENT_ID,
    /* Insights */
    KEY_EVENT_TYPE,
    KEY_INSIGHT_DETAILS,
    /* EventBridge */
    KEY_DETAIL,
    KEY_DETAIL_TYPE,
    KEY_SOURCE,
    /* lookup-events, CloudWatch Logs, SNS */
    KEY_CLOUDTRAIL_EVENT,
    KEY_MESSAGE,
    KEY_SNS,
    /* digest files */
    KEY_DIGEST_START_TIME,
    KEY_LOG_FILES,
    /* lists whose elements are looked at one by one */
    KEY_RECORDS,       /* log files */
    KEY_LOOKUP_EVENTS, /* "Events" */
    KEY_LOG_EVENTS,    /* CloudWatch Logs subscriptions */
    KEY_EVENTS,        /* filter-log-events, get-log-events */
    N_KEYS
};

#define KEY_BIT(k) ((uint32_t)1 << (k))
#define KEYS_REQUIRED (KEY_BIT(KEY_EVENT_ID + 1) - KEY_BIT(KEY_EVENT_VERSION))
#define KEYS_LISTS (KEY_BIT(KEY_EVENTS + 1) - KEY_BIT(KEY_RECORDS))
#define KEYS_DIGEST (KEY_BIT(KEY_DIGEST_START_TIME) | KEY_BIT(KEY_LOG_FILES))

/* Longer names are of no interest: the longest of the above has 16 bytes. */
#define NAME_MAX_BYTES 32

struct span {
    uint64_t from, to; /* offsets in the stream */
};

struct scan {
    uint64_t start;   /* offset of the element's first byte */
    char opener;      /* that byte: { [ or " */
    bool enter_lists; /* stop at the [ of a list of elements */
    bool in_string, escaped;
    bool is_name; /* the string that is open, at the first level, is a key */
    char before;  /* the last byte before the window that is not white space */
    unsigned depth;
    enum key key;              /* whose value comes or came last at the first level */
    uint64_t value_at;         /* where that value starts */
    uint32_t seen, valued;     /* keys, and those of them with a string, object or array for a value */
    struct span value[N_KEYS]; /* of those in `valued` */
    char name[NAME_MAX_BYTES], first_name[NAME_MAX_BYTES]; /* the key being read; the element's first key */
    size_t n_name, n_first_name; /* n_name may say more than fits: then it is too long to be of interest */
    uint64_t is_object[TL_JSON_DEPTH_MAX / 64 + 1]; /* a bit per open bracket: { rather than [ */
    const char *why;                                /* static text for SCAN_BAD */
};

enum scan_end {
    SCAN_MORE,   /* the window ended first */
    SCAN_CLOSED, /* the byte before the new position is the element's last */
    SCAN_LIST,   /* the byte before the new position opened the list of s->key */
    SCAN_BAD,    /* the byte at the new position cannot stand there: see why */
};

/* An element whose first byte `opener` is at `start`. Scanning goes on after that byte. */
void scan_begin(struct scan *s, uint64_t start, char opener);
/* An object that was left for one of its lists, which has just ended: the rest of it. */
void scan_resume(struct scan *s, uint64_t start);
/* Scans p[0..n), which starts at offset `at` of the stream. *used says how far it came. */
enum scan_end scan_run(struct scan *s, const char *p, size_t n, uint64_t at, size_t *used);

/* An element that starts with the key eventVersion and is proved valid: what the keys of it say that classify
 * asks for. */
struct js_index;
void scan_proved(struct scan *s, const struct js_index *x);

enum element_class {
    CLASS_RECORD,
    CLASS_ENVELOPE, /* EventBridge: the record is in `detail` */
    CLASS_LOOKUP,   /* the record is the string CloudTrailEvent */
    CLASS_MESSAGE,  /* what is in `message` decides */
    CLASS_FOREIGN,  /* known not to be a CloudTrail record */
    CLASS_DIGEST,
    CLASS_STRAY, /* nothing known */
};

/* What a whole element is. `text` is all of it. */
enum element_class classify(const struct scan *s, tl_str text);
/* The text of the value of `k`, which is in s->valued. */
tl_str scan_value(const struct scan *s, tl_str text, enum key k);

/* What a text is that came inside another element: CLASS_RECORD, CLASS_ENVELOPE with *record as its detail,
 * or CLASS_FOREIGN. A text that is broken but has a record's keys is a record: its reader will say what is
 * wrong. */
enum element_class classify_text(tl_str text, tl_str *record);

/* ---- search: the start of the next record in bytes that are damaged ---- */

enum match { MATCH_NO, MATCH_YES, MATCH_MORE /* the text ends too early to tell */ };

/* Where in p[0..n) an object starts that can only be a record: `{"eventVersion"`, or `{` and the key that
 * records of this stream start with, or `{` at the start of a line. None of these can be inside a JSON
 * string, which holds no bare quote and no line end. *at is the place, or where the text ends too early to
 * tell, or n. `previous` is the byte before p. */
enum match search_record(const char *p, size_t n, char previous, tl_str first_name, size_t *at);
/* The most bytes after a `{` that must be there to tell. */
#define SEARCH_MAX_BYTES 128

#endif
