/* frame: bytes in, record slices out. No I/O, no DOM; any chunking of the input gives the same records.
 *
 * Containers: {"Records":[...]}, a bare array, one record per line, concatenated objects, `aws cloudtrail
 * lookup-events` output (Events[].CloudTrailEvent, a JSON string), EventBridge envelopes (`detail`),
 * CloudWatch Logs (logEvents[].message of subscriptions, events[].message of filter-log-events), in any
 * nesting that occurs: each element of an array or of a sequence is classified by its own keys.
 *
 * After damage it finds the next record: the bytes {"eventVersion": cannot occur inside a JSON string (nor
 * can { and any other key, or a line end and {, which serve where records start so). What it yields from
 * there on is marked recovered. A damaged record costs itself only. A file in which nothing is known from
 * CloudTrail has no damage: it is foreign, or not JSON; unless it is cut.
 */
#ifndef TRAILLOOP_FRAME_H
#define TRAILLOOP_FRAME_H

#include "trailloop/base.h"

struct js_index;

struct tl_record {
    tl_str json; /* its own text, unescaped where it came as a JSON string; borrowed until the next call */
    const struct js_index *index; /* of `json`, where that is proved valid; else NULL. Borrowed likewise */
    uint64_t number;              /* among the records of this stream, from 0; damaged ones count too */
    uint64_t offset; /* in the inflated stream (of the string literal's quote, where it came as one) */
    uint64_t length; /* bytes in the inflated stream */
    bool recovered;  /* found again after damage */
};

/* A place where something is wrong. */
struct tl_damage {
    uint64_t number, offset, length; /* of the record it would have been */
    const char *why;                 /* static text: "record longer than 1 MiB", "not a JSON object", ... */
    bool cut;                        /* the stream ended inside a record, or before its list of them did */
};

/* What the stream turned out to be, in its first document. The store keeps these numbers. */
enum tl_container {
    TL_CONTAINER_EMPTY,    /* no byte but white space */
    TL_CONTAINER_NOT_JSON, /* its first byte but white space (or a UTF-8 BOM) is not { or [ */
    TL_CONTAINER_RECORDS,  /* {"Records":[...]} of CloudTrail */
    TL_CONTAINER_ARRAY,
    TL_CONTAINER_LINES, /* records one after another, with or without line ends */
    TL_CONTAINER_LOOKUP_EVENTS,
    TL_CONTAINER_EVENTBRIDGE,
    TL_CONTAINER_CLOUDWATCH_LOGS,
    TL_CONTAINER_DIGEST,  /* a CloudTrail digest file: holds no records */
    TL_CONTAINER_FOREIGN, /* JSON without CloudTrail records: S3 notifications, anything else */
};

/* Outcomes of tl_frame_next. */
enum {
    TL_FRAME_MORE = 1, /* push the next block, or finish */
    TL_FRAME_DAMAGE,   /* a record was lost; `damage` says where. Go on calling */
    TL_FRAME_FOREIGN,  /* `rec` is valid but no CloudTrail record (S3 notification, CONTROL_MESSAGE ...) */
    TL_FRAME_END,      /* after tl_frame_finish: nothing is left */
};

struct tl_frame;
int tl_frame_new(struct tl_frame **out, struct tl_err *err);
void tl_frame_free(struct tl_frame *f);
void tl_frame_reset(struct tl_frame *f); /* for the next stream; keeps its memory */

/* Gives it the next bytes, borrowed until tl_frame_next said TL_FRAME_MORE: call it only then. */
void tl_frame_push(struct tl_frame *f, tl_str block);
/* No more bytes will come. `whole` is false when the stream was cut or corrupt: an unfinished record at its
 * end is then no damage of its own. */
void tl_frame_finish(struct tl_frame *f, bool whole);

/* 0 with a record, an outcome above, or TL_ENOMEM. */
int tl_frame_next(struct tl_frame *f, struct tl_record *rec, struct tl_damage *damage, struct tl_err *err);

/* The record that tl_frame_next has just given is no valid JSON: looks for the start of another one inside it
 * (its number stays taken). To be called before the next tl_frame_next. */
void tl_frame_reject(struct tl_frame *f);

enum tl_container tl_frame_container(const struct tl_frame *f);
const char *tl_container_name(enum tl_container c); /* static: "records", "lookup-events", ... */

/* The text of a JSON string literal (quotes included) without its escapes, appended to `out`: the same that
 * tl_frame_next does for records that come as strings, for whoever reads one again by its offset. 0,
 * TL_ENOMEM, or 1 when it is no valid literal. */
int tl_json_unescape(tl_str literal, struct tl_buf *out);

#endif
