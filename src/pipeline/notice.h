/* notice: what is said about a file or record, one line each. */
#ifndef TRAILLOOP_PIPELINE_NOTICE_H
#define TRAILLOOP_PIPELINE_NOTICE_H

#include "batch.h"
#include "trailloop/input.h"
#include "trailloop/pipeline.h"

/* All return 0 or TL_ENOMEM; `text` is room to make the line in. Without a callback nothing is made. */

/* An entry of the walk that was not read; `walk` is its outcome. */
int tl_notice_entry(const struct tl_ingest_options *o, struct tl_buf *text, const struct tl_file *f,
                    int walk);
int tl_notice_damage(const struct tl_ingest_options *o, struct tl_buf *text, tl_str path,
                     const struct tl_batch_damage *d);
/* How a file ended, if there is anything to say; of its damaged records `n_damage` were met. */
int tl_notice_end(const struct tl_ingest_options *o, struct tl_buf *text, tl_str path,
                  const struct tl_batch_end *end, uint64_t n_damage);

/* A file that the manifest has, with so many records, is not there any more. */
int tl_notice_gone(const struct tl_ingest_options *o, struct tl_buf *text, tl_str path, uint64_t n_records);
/* After the last of them, `n` in all: how many were not named. */
int tl_notice_more_gone(const struct tl_ingest_options *o, struct tl_buf *text, uint64_t n);

#endif
