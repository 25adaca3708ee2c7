/* What the parts of detect share: streams, and the lists each part walks. */
#ifndef TRAILLOOP_DETECT_INTERNAL_H
#define TRAILLOOP_DETECT_INTERNAL_H

#include "trailloop/detect.h"

/* One resource judged NON_COMPLIANT under one rule, by verdicts recorded in one account and region. */
struct stream {
    uint32_t resource, rule, scope;
};

/* What holds for a whole history, whatever the chain. */
struct world {
    const struct tl_history *h;
    const struct tl_detect_params *params;
    struct stream *streams; /* by resource, rule, scope */
    uint32_t n_streams;
    uint32_t *stream_of;      /* per step: of a NON_COMPLIANT verdict; else TL_NONE */
    struct tl_lists verdicts; /* per stream */
    uint32_t *judged;         /* per resource: its first stream, or TL_NONE; its streams follow one another */
    const struct tl_control_step *
        *mappings; /* remediation configurations with a document, by scope, rule, time */
    uint32_t n_mappings;
};

/* What holds for one chain. */
struct pass {
    const struct world *w;
    const struct tl_chain *chain;
    bool has_attempt;
    uint32_t *api_mask;      /* per api: bit per chain position that it matches */
    struct tl_lists changes; /* per resource: successful changes that match some position */
    int64_t *due_s, *end_s; /* per step: of a verdict that verdicts and changes alone make a pass of: when its
                               first and last change were made; INT64_MAX and INT64_MIN for others */
    uint32_t *owner;        /* per step: the stream that an attempt was given to, or TL_NONE */
    uint32_t *answers;      /* per step: the verdict that an attempt answers, or TL_NONE */
    uint8_t *answered;      /* per step: a verdict that an attempt answers */
    uint8_t *ignored;       /* per step: a change that match_due leaves out */
    uint8_t *link;          /* per step: an attempt's strongest tie */
    struct tl_lists attempts; /* per stream: those given to it */
    struct tl_lists untied;   /* per scope: successful attempts that nothing ties to a resource */
    uint32_t *used;           /* per step: 1 + the stream that consumed it last, 0 for none */
};

struct stream_cycles { /* of one stream; its memory is reused from stream to stream */
    struct tl_cycle *items;
    size_t n, cap;
    struct tl_cycle_step *steps;
    size_t n_steps, cap_steps;
};

/* The positions in the chain that a step can take as a change: a bit each. */
static inline uint32_t change_mask(const struct pass *p, const struct tl_step *s)
{
    return s->kind == TL_STEP_CHANGE && !(s->flags & TL_STEP_FAILED) ? p->api_mask[s->subject] : 0;
}

/* match.c: marks the changes of the stream's passes of verdict and changes whose verdict no attempt answers
 * as ignored, and sets *found if there are any. 0 or TL_ENOMEM. */
int match_ignore_unanswered(struct pass *p, uint32_t stream, struct stream_cycles *out,
                            struct stream_cycles *spare, bool *found);
/* match.c: fills due_s and end_s for one stream. 0 or TL_ENOMEM. */
int match_due(struct pass *p, uint32_t stream, struct stream_cycles *out, struct stream_cycles *spare);

/* link.c: fills owner, answers and link of the pass. 0 or TL_ENOMEM. */
int link_attempts(struct pass *p);

/* match.c: the complete cycles of one stream, in order; `spare` is scratch. 0 or TL_ENOMEM. */
int match_stream(struct pass *p, uint32_t stream, struct stream_cycles *out, struct stream_cycles *spare);
/* match.c: how many passes that lack one step lie after cycle `i` and before the next. Takes a loose attempt
 * of the scope where the verdict is what was lost. */
uint32_t match_partials(struct pass *p, uint32_t stream, const struct stream_cycles *c, size_t i);

/* episode.c: cuts a stream's cycles into episodes; ends[k] is the index after the k-th one's last. Returns
 * how many; `ends` and `gaps` have room for one entry a cycle. */
size_t episodes_cut(const struct tl_cycle *cycles, size_t n, int64_t max_gap_s, uint32_t *ends,
                    int64_t *gaps);

#endif
