/* base: what every stage shares and no stage owns: text slices, memory, errors, time.
 *
 * Conventions of the whole program:
 *   - A function returns 0 for success and a negative TL_E* for a failure, which its caller only
 *     forwards. A positive return is a documented outcome of that one function.
 *   - Text is a slice: pointer and length, may hold any byte, is not terminated.
 *   - `_init/_fini` for objects the caller holds, `_new/_free` for objects we hold; `_free(NULL)` is fine.
 *   - Times are seconds since 1970 in UTC (int64_t, suffix _s); sizes end in _bytes, counts start with n_.
 */
#ifndef TRAILLOOP_BASE_H
#define TRAILLOOP_BASE_H

#include <endian.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* ---- errors ---------------------------------------------------------------------------------- */

enum {
    TL_ENOMEM = -1, /* an allocation failed */
    TL_EIO = -2,    /* a file, pipe or disk failed */
    TL_EDB = -3,    /* the database failed, is foreign, newer, damaged or full */
    TL_EBUSY = -4,  /* another process is writing to the database */
    TL_EUSAGE = -5, /* the caller asked for something that does not exist */
    TL_ESIGNAL = -6 /* a signal asked us to stop; what was committed stays */
};

#define TL_ERR_MAX_BYTES 1024

/* Where a failure says what went wrong. Owned by the caller; the first writer wins. The message is lower
 * case, says what could not be done, the thing in single quotes, then why. It may hold untrusted text:
 * whoever prints it escapes it. */
struct tl_err {
    int code; /* 0 while nothing was set */
    char msg[TL_ERR_MAX_BYTES];
};

/* Sets `err` unless it is NULL or already set, and returns `code`. A message too long is cut. */
int tl_err_set(struct tl_err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same for memory, which every stage needs. Returns TL_ENOMEM. */
int tl_err_nomem(struct tl_err *err);

/* ---- text ------------------------------------------------------------------------------------ */

struct tl_str {
    const char *p; /* borrowed; NULL only when n is 0 */
    size_t n;      /* bytes */
};
typedef struct tl_str tl_str;

#define TL_STR(literal) ((tl_str){(literal), sizeof(literal) - 1})
#define TL_STR_NONE ((tl_str){NULL, 0})
/* For printf("%.*s"): for texts shorter than INT_MAX, as all of ours are (TL_RECORD_MAX_BYTES). */
#define TL_FMT(s) (int)(s).n, ((s).p ? (s).p : "")

/* Whether n bytes are equal. Names are short, and a call of memcmp costs more than comparing them. */
static inline bool tl_bytes_eq(const char *a, const char *b, size_t n)
{
    uint64_t x, y;
    if (n < 8) {
        while (n > 0 && a[n - 1] == b[n - 1])
            n--;
        return n == 0;
    }
    for (size_t i = 0; i + 8 < n; i += 8) {
        memcpy(&x, a + i, 8);
        memcpy(&y, b + i, 8);
        if (x != y)
            return false;
    }
    memcpy(&x, a + n - 8, 8);
    memcpy(&y, b + n - 8, 8);
    return x == y;
}
/* NULL gives the empty slice. Here, as the four that follow, because a call costs more than the work. */
static inline tl_str tl_str_from(const char *terminated)
{
    return terminated ? (tl_str){terminated, strlen(terminated)} : TL_STR_NONE;
}
static inline bool tl_str_eq(tl_str a, tl_str b)
{
    return a.n == b.n && tl_bytes_eq(a.p, b.p, a.n);
}
static inline bool tl_str_starts(tl_str s, tl_str prefix)
{
    return s.n >= prefix.n && tl_bytes_eq(s.p, prefix.p, prefix.n);
}
static inline bool tl_str_ends(tl_str s, tl_str suffix)
{
    return suffix.n == 0 || (s.n >= suffix.n && tl_bytes_eq(s.p + (s.n - suffix.n), suffix.p, suffix.n));
}
/* The part of `s` from `from` to before `to`; both are clamped to the length. */
static inline tl_str tl_str_sub(tl_str s, size_t from, size_t to)
{
    if (to > s.n)
        to = s.n;
    return from < to ? (tl_str){s.p + from, to - from} : TL_STR_NONE;
}
int tl_str_cmp(tl_str a, tl_str b); /* by bytes, as memcmp; a prefix sorts first */
/* Where `needle` first stands in `s`, or SIZE_MAX. */
size_t tl_str_find(tl_str s, tl_str needle);
/* Where byte `c` last stands in `s`, or SIZE_MAX. */
size_t tl_str_rfind_char(tl_str s, char c);
/* `pattern` may hold `*` (any bytes, none too); everything else stands for itself. */
bool tl_str_glob(tl_str pattern, tl_str s);
/* The nearest to `given` of `n` words, or NULL when none is near enough to be meant. */
const char *tl_nearest(const char *given, const char *const *words, size_t n);
#define TL_COUNT_MAX_BYTES 32
/* A number for people: 1234567 as `1,234,567`, whatever the locale. Returns `out`. */
const char *tl_count_format(uint64_t n, char out[TL_COUNT_MAX_BYTES]);
/* 64-bit FNV-1a, of short texts. */
uint64_t tl_str_hash(tl_str s);
/* One more text into the hash `h`, eight bytes at a step; the same on every machine. All its bits are good.
 */
static inline uint64_t tl_str_mix(uint64_t h, tl_str s)
{
    const uint64_t k = 0x9e3779b97f4a7c15u; /* 2^64 / golden ratio */
    uint64_t v;
    for (h ^= s.n * k; s.n >= sizeof v; s.p += sizeof v, s.n -= sizeof v) {
        memcpy(&v, s.p, sizeof v);
        h = (h ^ le64toh(v)) * k;
        h ^= h >> 32;
    }
    v = 0;
    if (s.n)
        memcpy(&v, s.p, s.n);
    h = (h ^ le64toh(v)) * k;
    return h ^ h >> 29;
}
/* The bytes of a UUID in its usual form (RFC 9562, section 4); false for any other text, and `out` then holds
 * nothing of use. Lower case only: an id in another form must stay apart from it, or two texts would be one
 * id. */
bool tl_uuid_parse(tl_str s, uint8_t out[16]);

/* ---- memory ---------------------------------------------------------------------------------- */

/* A growing byte buffer. {0} is an empty one. */
struct tl_buf {
    char *p; /* owned */
    size_t n, cap;
};
void tl_buf_fini(struct tl_buf *b);
int tl_buf_reserve(struct tl_buf *b, size_t more_bytes); /* 0 or TL_ENOMEM */
int tl_buf_add(struct tl_buf *b, const void *p, size_t n);
int tl_buf_add_str(struct tl_buf *b, tl_str s);
int tl_buf_printf(struct tl_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int tl_buf_vprintf(struct tl_buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
tl_str tl_buf_str(const struct tl_buf *b); /* borrowed until the buffer changes */

/* Makes room for `need` elements of `size` bytes in the array at *p (owned by the caller, free() it).
 * *cap counts elements and at least doubles. 0 or TL_ENOMEM. */
int tl_grow(void *p, size_t *cap, size_t need, size_t size);

/* Many small pieces that live and die together: one arena per file or batch, reset, not freed. {0} is an
 * empty one. A reset keeps the memory for the next round. */
struct tl_arena_block;
struct tl_arena {
    struct tl_arena_block *first, *now;
    size_t used; /* bytes used in `now` */
};
void tl_arena_fini(struct tl_arena *a);
void tl_arena_reset(struct tl_arena *a);
/* Forgets what was allocated since *a was copied to `mark`. */
void tl_arena_back(struct tl_arena *a, const struct tl_arena *mark);
/* Aligned for any type, not cleared; NULL when memory is out. Lives until reset or fini. */
void *tl_arena_alloc(struct tl_arena *a, size_t n_bytes);
void *tl_arena_calloc(struct tl_arena *a, size_t n, size_t size);
/* A copy of `s` in the arena. 0 or TL_ENOMEM. */
int tl_arena_copy(struct tl_arena *a, tl_str s, tl_str *out);
/* A formatted copy; {NULL,0} when memory is out. A text of a log does not belong here: it would end at its
 * first NUL. */
tl_str tl_arena_printf(struct tl_arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The parts one after another, whatever bytes they hold; {NULL,0} when memory is out. */
tl_str tl_arena_concat(struct tl_arena *a, const tl_str *parts, size_t n);
/* The same of `first` and `second` with `between` between them. */
tl_str tl_arena_join(struct tl_arena *a, tl_str first, char between, tl_str second);

/* ---- time ------------------------------------------------------------------------------------ */

#define TL_TIME_MAX_BYTES 64

/* ISO 8601 as CloudTrail writes it (`2024-02-27T07:57:24Z`), also with a fraction (dropped) and with an
 * offset (`+09:00`). False when `s` is anything else; *out_s is then untouched. Years 0001 to 9999. */
bool tl_time_parse(tl_str s, int64_t *out_s);
/* `2024-02-27T07:57:24Z`; outside the years 0000 to 9999 the nearest that can be written. Returns `out`. */
const char *tl_time_format(int64_t t_s, char out[TL_TIME_MAX_BYTES]);
/* A length of time for people: `45 s`, `2 min 30 s`, `3 h 12 min`, `12 d 4 h`. Two units at most. Returns
 * `out`. */
const char *tl_duration_format(int64_t d_s, char out[TL_TIME_MAX_BYTES]);
/* `900`, `900s`, `15m`, `26h`, `4d`: a whole number of seconds from 1 to a year. False when it is not. */
bool tl_duration_parse(tl_str s, int64_t *out_s);

#endif
