/* The lines an ingest says. A file that is whole and holds what is expected says nothing. What is damaged is
 * named with its place; what is merely odd (a second gzip member, bytes after the last one: AWS writes
 * neither) is told too. The texts hold names from the disk as they are: who prints them escapes them. */
#include "notice.h"

#include <inttypes.h>

/* Gives the line to the caller; `r` is how making it went. */
static int say(const struct tl_ingest_options *o, struct tl_buf *text, int r)
{
    if (r == 0)
        o->notice(o->ctx, text->p);
    text->n = 0;
    return r;
}

int tl_notice_entry(const struct tl_ingest_options *o, struct tl_buf *text, const struct tl_file *f, int walk)
{
    if (!o->notice)
        return 0;
    const char *what = walk == TL_WALK_SKIPPED ? "skipped" : "cannot read";
    return say(o, text, tl_buf_printf(text, "%s '%.*s': %.*s", what, TL_FMT(f->shown), TL_FMT(f->reason)));
}

int tl_notice_damage(const struct tl_ingest_options *o, struct tl_buf *text, tl_str path,
                     const struct tl_batch_damage *d)
{
    if (!o->notice)
        return 0;
    return say(o, text,
               tl_buf_printf(text, "damaged record %" PRIu64 " at byte %" PRIu64 " of '%.*s': %s",
                             d->at.record, d->at.offset, TL_FMT(path), d->why));
}

/* What keeps the file from being done. */
static int say_outcome(const struct tl_ingest_options *o, struct tl_buf *text, tl_str path,
                       const struct tl_batch_end *end)
{
    const struct tl_source *s = &end->source;
    const char *what = s->outcome == TL_OUTCOME_SKIPPED ? "skipped"
                       : end->inflating                 ? "cannot inflate"
                       : end->keep                      ? "cannot read all of"
                                                        : "cannot read";
    return say(o, text, tl_buf_printf(text, "%s '%.*s': %.*s", what, TL_FMT(path), TL_FMT(s->reason)));
}

static int say_oddities(const struct tl_ingest_options *o, struct tl_buf *text, tl_str path,
                        const struct tl_source *s)
{
    char n[TL_COUNT_MAX_BYTES];
    int r = 0;
    if (s->n_members > 1)
        r = say(o, text,
                tl_buf_printf(text, "'%.*s' has %s gzip members where AWS writes one: all were read",
                              TL_FMT(path), tl_count_format(s->n_members, n)));
    if (r == 0 && s->trailing_bytes)
        r = say(o, text,
                tl_buf_printf(text, "'%.*s' has %s bytes after its last gzip member: they were not read",
                              TL_FMT(path), tl_count_format(s->trailing_bytes, n)));
    if (r == 0 && s->n_foreign && s->outcome == TL_OUTCOME_DONE)
        r = say(o, text,
                tl_buf_printf(
                    text,
                    s->n_foreign == 1
                        ? "'%.*s' holds %s element that is no CloudTrail record: it was passed over"
                        : "'%.*s' holds %s elements that are no CloudTrail records: they were passed over",
                    TL_FMT(path), tl_count_format(s->n_foreign, n)));
    return r;
}

int tl_notice_end(const struct tl_ingest_options *o, struct tl_buf *text, tl_str path,
                  const struct tl_batch_end *end, uint64_t n_damage)
{
    char n[TL_COUNT_MAX_BYTES];
    int r = 0;
    if (!o->notice)
        return 0;
    if (n_damage > TL_NOTICES_PER_FILE)
        r = say(o, text,
                tl_buf_printf(text, "... and %s more damaged records in '%.*s'",
                              tl_count_format(n_damage - TL_NOTICES_PER_FILE, n), TL_FMT(path)));
    if (r == 0 && end->source.outcome != TL_OUTCOME_DONE)
        r = say_outcome(o, text, path, end);
    return r ? r : say_oddities(o, text, path, &end->source);
}

int tl_notice_gone(const struct tl_ingest_options *o, struct tl_buf *text, tl_str path, uint64_t n_records)
{
    if (!o->notice)
        return 0;
    return say(o, text,
               tl_buf_printf(text, "'%.*s' was read before and is gone%s", TL_FMT(path),
                             n_records ? "; its records stay" : ""));
}

int tl_notice_more_gone(const struct tl_ingest_options *o, struct tl_buf *text, uint64_t n)
{
    char count[TL_COUNT_MAX_BYTES];
    if (!o->notice || n <= TL_NOTICES_PER_FILE)
        return 0;
    return say(o, text,
               tl_buf_printf(text, "... and %s more that were read before are gone",
                             tl_count_format(n - TL_NOTICES_PER_FILE, count)));
}
