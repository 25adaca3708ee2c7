/* frame_run: one stream framed, with all that the framer said, for its tests. */
#ifndef TRAILLOOP_TESTS_FRAME_RUN_H
#define TRAILLOOP_TESTS_FRAME_RUN_H

#include "trailloop/frame.h"
#include "trailloop/limits.h"

#define FIELDS(id)                                                                                           \
    "\"eventVersion\":\"1.08\",\"userIdentity\":{\"type\":\"AssumedRole\",\"arn\":\"a{b}[c]\\\\\\\"}\"},"    \
    "\"eventTime\":\"2024-02-27T07:57:24Z\",\"eventSource\":\"config.amazonaws.com\","                       \
    "\"eventName\":\"PutEvaluations\",\"awsRegion\":\"ap-northeast-1\",\"eventID\":\"" id "\""
#define REC(id) "{" FIELDS(id) "}"

struct story {
    struct tl_buf text; /* a line for each outcome */
    unsigned n_records, n_damaged, n_foreign, n_recovered, n_rejected;
    enum tl_container container;
    struct tl_buf ids; /* the eventIDs of the records that were good, a blank after each */
};

void story_fini(struct story *s);
/* Frames `bytes` in blocks of `block` bytes; 0: of changing sizes. With `judge` each record is read as strict
 * JSON, and rejected where it is none. */
struct story frame(struct tl_frame *f, tl_str bytes, size_t block, bool judge, bool whole);
struct story frame_whole(tl_str bytes, bool judge);
/* The same in several cuts, which must say the same. */
struct story frame_all_ways(tl_str bytes, bool judge);

#endif
