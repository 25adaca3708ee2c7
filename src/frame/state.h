/* state: what the parts of the framer share. See frame.c for how they work together. */
#ifndef TRAILLOOP_FRAME_STATE_H
#define TRAILLOOP_FRAME_STATE_H

#include "trailloop/frame.h"
#include "scan.h"
#include "trailloop/json.h"

/* Objects within lists within objects: real nesting is 1, 2 where pages were joined into an array. */
#define LEVELS_MAX 8
/* Elements at the start of a bare array that are nothing known, remembered one by one; more are counted with
 * the last. */
#define STRAYS_MAX 16
/* A timestamp before a record (CloudWatch Logs export): `2024-02-27T07:57:24` and up to
 * `2024-02-27T07:57:24.123456789+00:00`. */
#define PREFIX_MIN_BYTES 19
#define PREFIX_MAX_BYTES 40

enum state {
    STATE_BETWEEN, /* between elements */
    STATE_PREFIX,  /* in a timestamp before a record */
    STATE_ELEMENT,
    STATE_CLOSED, /* the element is whole: what is it? */
    STATE_SCALAR, /* in a number or word where an object should be */
    STATE_AFTER,  /* behind a value that is no object: only a comma or the list's end proves it was one */
    STATE_SEARCH,
    STATE_END,
};

enum { STEP_ON = 100 }; /* inside this stage: nothing to say yet, go on */

struct level {      /* a list of elements that is open */
    uint64_t start; /* of the object it is in; of itself when it is a bare array */
    bool in_object;
    bool of_records; /* "Records" */
};

struct tl_frame {
    enum state state;
    uint64_t at, furthest, spent;
    struct tl_buf carry;
    uint64_t carry_at;
    tl_str block;
    uint64_t block_at;
    bool finished, whole;

    struct scan scan;
    struct js_index index; /* of the element or of the record in it, if `proved` */
    bool proved;
    bool held;    /* the element's bytes are kept: it may be a record */
    bool wrapper; /* the element is an object whose list was entered: nothing of it is given */
    uint64_t value_start, value_end; /* STATE_SCALAR, STATE_AFTER */
    struct level levels[LEVELS_MAX];
    size_t n_levels;

    uint64_t search_limit; /* STATE_SEARCH: UINT64_MAX, or where to stop and be in `after_search` */
    enum state after_search;
    char search_previous;
    bool lost;      /* a record was found by searching: brackets between elements can no longer be trusted */
    uint64_t reach; /* a damage that was found came so far: garbage before it is part of that */
    bool told;      /* garbage that follows belongs to a damage that was told */
    bool has_damage;
    struct tl_damage damage; /* that is known but not told: its length is not */

    struct span strays[STRAYS_MAX];
    size_t n_strays;

    uint64_t number, n_records, n_foreign, n_damaged;
    uint64_t last_from, last_to; /* the record given last: from behind its first byte to its element's end */
    bool begun, signs;           /* a byte that is not white space; a key of CloudTrail's */
    enum tl_container shape;     /* TL_CONTAINER_EMPTY: not known yet */
    struct tl_buf text;          /* of a record that came as a string */
    char first_name[NAME_MAX_BYTES];
    size_t n_first_name;
};

/* ---- bytes.c: the bytes that are there, by their offsets ---- */

/* What is there from `at` on, in one piece: what is left of the carry, or of the block. */
tl_str frame_window(const struct tl_frame *f, uint64_t at);
/* Makes the bytes from `from` to `to` lie in one piece in the carry. 0 or TL_ENOMEM. */
int frame_carry(struct tl_frame *f, uint64_t from, uint64_t to);
/* The bytes from `from` to `to`, all of which are there. 0 or TL_ENOMEM. */
int frame_slice(struct tl_frame *f, uint64_t from, uint64_t to, tl_str *out);
/* The block is used up: keeps what is still needed of it, from `from` on. TL_FRAME_MORE or TL_ENOMEM. */
int frame_starve(struct tl_frame *f, uint64_t from);

/* ---- damage.c ---- */

/* The first byte that may be looked at again. */
uint64_t frame_needed(const struct tl_frame *f);
/* Remembers a damage until its length is known; one that is remembered already stays. */
void frame_note_damage(struct tl_frame *f, uint64_t offset, const char *why);
/* Tells the remembered damage, which ends at `end`. */
int frame_tell_damage(struct tl_frame *f, uint64_t end, struct tl_damage *out);
/* Looks for the next record from `from` on (or from f->at, where rescanning is not affordable) up to `limit`;
 * where there is none goes on in the state `after`. */
void frame_search(struct tl_frame *f, uint64_t from, uint64_t limit, enum state after);
/* Bytes from `from` on are nothing that can stand between elements. STEP_ON. */
int frame_garbage(struct tl_frame *f, uint64_t from, const char *why);
int frame_step_search(struct tl_frame *f, struct tl_damage *damage);
/* Records of this stream start with the key that the element starts with. */
void frame_learn_first_name(struct tl_frame *f);
/* The scanner stopped at f->at. STEP_ON. */
int frame_damaged_element(struct tl_frame *f);
/* The element is as long as a record may be, and goes on. STEP_ON. */
int frame_too_long(struct tl_frame *f);

/* ---- between.c: lists, and what in them is no object ---- */

void frame_set_shape(struct tl_frame *f, enum tl_container shape);
int frame_tell_foreign(struct tl_frame *f, tl_str json, uint64_t from, uint64_t to, struct tl_record *rec);
/* Something whole from `from` to `to` that is no record and nothing known: damage among records, foreign
 * elsewhere. */
int frame_stray(struct tl_frame *f, uint64_t from, uint64_t to, const char *why, struct tl_record *rec,
                struct tl_damage *damage);
/* The strays at the start of a bare array, one at a call, once it is known that records follow or that none
 * do. */
int frame_tell_stray(struct tl_frame *f, bool records_follow, struct tl_record *rec,
                     struct tl_damage *damage);
int frame_step_between(struct tl_frame *f, struct tl_record *rec, struct tl_damage *damage);
int frame_step_prefix(struct tl_frame *f);
int frame_step_scalar(struct tl_frame *f);
/* Whether the value that has just ended is still there, to be searched. */
bool frame_value_is_held(const struct tl_frame *f);
int frame_step_after(struct tl_frame *f, struct tl_record *rec, struct tl_damage *damage);

#endif
