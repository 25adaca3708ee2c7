/* What the parts of detect share: streams, passes, and the lists each part walks. */
#ifndef TRAILLOOP_DETECT_INTERNAL_H
#define TRAILLOOP_DETECT_INTERNAL_H

#include "trailloop/detect.h"

/* One resource judged NON_COMPLIANT under one rule, by verdicts recorded in one account and region; or, for a
 * chain without verdicts, the resource alone (rule 0). */
struct stream {
    uint32_t resource, rule, scope;
};

/* What holds for a whole history, whatever the chain. */
struct world {
    const struct tl_history *h;
    const struct tl_detect_params *params;
    struct stream *streams; /* by resource, rule, scope */
    uint32_t n_streams;
    uint32_t *stream_of;       /* per step: of a NON_COMPLIANT verdict; else TL_NONE */
    struct tl_lists verdicts;  /* per stream: NON_COMPLIANT */
    struct tl_lists compliant; /* per stream: COMPLIANT */
    struct tl_lists changes;   /* per resource that was judged: successful ones of any kind */
    uint32_t *judged; /* per resource: its first stream, or TL_NONE; its streams follow one another */
    const struct tl_control_step *
        *mappings; /* remediation configurations with a document, by scope, rule, time */
    uint32_t n_mappings;
    uint8_t *robot;      /* per caller: is_robot */
    uint8_t *deploys;    /* per caller: says of itself that it deploys: Terraform, a pipeline ... */
    uint32_t *principal; /* per caller: the first caller of the same principal */
    uint8_t *mark;       /* per caller: scratch, all 0 between uses */
    /* Per step, by any chain looked at so far: a verdict that an attempt answers; a change that is a step of
     * such a cycle. */
    uint8_t *answered, *claimed;
    uint32_t *owner; /* per step: by the same chains: whose attempt it is, a resource; else TL_NONE */
};

struct stream_cycles { /* of one stream; its memory is reused from stream to stream */
    struct tl_cycle *items;
    size_t n, cap;
    struct tl_cycle_step *steps;
    size_t n_steps, cap_steps;
};

struct scratch {
    struct stream_cycles cycles, spare;
    uint32_t *ends;
    int64_t *gaps;
    size_t cap_ends, cap_gaps;
};

struct habit {                         /* a document that answers verdicts of a rule, in one scope */
    uint32_t scope, rule, document, n; /* n times */
    bool stands;                       /* neither is for another one */
};

/* What holds for one chain of steps. */
struct pass {
    const struct world *w;
    const struct tl_chain *chain;
    struct tl_detect_params limits; /* the chain's own where it has any */
    bool has_verdict, has_attempt;
    size_t lead; /* the position of the first step that follows what opens a cycle */
    const struct stream *streams;
    uint32_t n_streams;
    struct stream *own_streams; /* without a verdict; then stream_of is per resource */
    uint32_t *stream_of;
    uint32_t *api_mask;      /* per api: bit per chain position that it matches */
    struct tl_lists changes; /* per resource: successful changes that match some position */
    int64_t *due_s, *end_s; /* per step: of a verdict that verdicts and changes alone make a pass of: when its
                               first and last change were made; INT64_MAX and INT64_MIN for others */
    uint32_t *owner;        /* per step: the stream that an attempt was given to, or TL_NONE */
    uint32_t *answers;      /* per step: the verdict that an attempt answers, or TL_NONE; without verdicts the
                               attempt itself */
    uint8_t *answered;      /* per step: a verdict that an attempt answers */
    uint8_t *ignored;       /* per step: a change that match_due leaves out */
    uint8_t *link;          /* per step: an attempt's strongest tie */
    struct habit *habits;   /* by scope, rule; at most one for each */
    size_t n_habits;
    struct tl_lists attempts; /* per stream: those given to it */
    struct tl_lists untied;   /* per scope: successful attempts that nothing ties to a resource */
    uint32_t *used;           /* per step: 1 + the stream that consumed it last, 0 for none */
};

/* An attempt, by itself and not as part of another one, that may be for a resource of the history. */
static inline bool is_attempt(const struct tl_step *s)
{
    return s->kind == TL_STEP_ATTEMPT && !(s->flags & (TL_STEP_CHILD | TL_STEP_ELSEWHERE));
}

static inline bool is_started(const struct tl_step *s)
{
    return is_attempt(s) && !(s->flags & TL_STEP_FAILED);
}

/* The positions in the chain that a step can take as a change: a bit each. */
static inline uint32_t change_mask(const struct pass *p, const struct tl_step *s)
{
    if (s->kind != TL_STEP_CHANGE || s->flags & TL_STEP_FAILED || s->resource == TL_NONE)
        return 0;
    if (!p->chain->people && p->w->h->callers[s->caller].person)
        return 0;
    if (p->chain->direct && (s->execution || !p->w->robot[s->caller] || p->w->claimed[s - p->w->h->steps]))
        return 0;
    return p->api_mask[s->subject];
}

/* Whether its resource is judged under several rules. */
static inline bool is_shared(const struct pass *p, uint32_t stream)
{
    const struct stream *s = &p->streams[stream];
    return (stream > 0 && s[-1].resource == s->resource) ||
           (stream + 1 < p->n_streams && s[1].resource == s->resource);
}

static inline bool same_stream(const struct stream *a, const struct stream *b)
{
    return a->resource == b->resource && a->rule == b->rule && a->scope == b->scope;
}

/* world.c. 0 or TL_ENOMEM; to be ended in both cases. */
int world_make(struct world *w);
/* world.c: where the scope's mappings begin. */
uint32_t mappings_from(const struct world *w, uint32_t scope);
void world_fini(struct world *w);
/* Neither a person nor an autoscaler, whose work it is to go up and down. */
bool is_robot(const struct tl_caller *c);

/* pass.c: the chain's own limits, where it has any, before those that were given for all. */
struct tl_detect_params chain_limits(const struct tl_chain *chain, const struct tl_detect_params *params);
/* pass.c: the pass of a chain of steps; every attempt then has its stream. 0 or TL_ENOMEM; to be ended in
 * both cases. */
int pass_make(struct pass *p, struct scratch *c);
void pass_fini(struct pass *p);

void scratch_fini(struct scratch *s); /* detect.c */

/* match.c: marks the changes of the stream's passes of verdict and changes whose verdict no attempt answers
 * as ignored, and sets *found if there are any. 0 or TL_ENOMEM. */
int match_ignore_unanswered(struct pass *p, uint32_t stream, struct stream_cycles *out,
                            struct stream_cycles *spare, bool *found);
/* match.c: fills due_s and end_s for one stream. 0 or TL_ENOMEM. */
int match_due(struct pass *p, uint32_t stream, struct stream_cycles *out, struct stream_cycles *spare);

/* habits.c: from the attempts as they were given, which are to be given once more where some went *against
 * the habits that were found. 0 or TL_ENOMEM. */
int habits_find(struct pass *p, bool *against);
/* habits.c: the document by which the stream's rule is answered; 0: none is known. */
uint32_t habit_of(const struct pass *p, const struct stream *s);

/* link.c: fills owner, answers and link of the pass. 0 or TL_ENOMEM. */
int link_attempts(struct pass *p);
/* link_calls.c: the same for a chain that starts with the attempt. 0 or TL_ENOMEM. */
int link_attempts_to_changes(struct pass *p);
/* link.c: the documents that an attempt for a verdict of the stream at `t_s` may run: the one configured then
 * and the one configured next; and any that no rule claims (0), where nothing was configured by then. Returns
 * how many. */
int documents_at(const struct world *w, const struct stream *s, int64_t t_s, uint32_t out[2]);

/* match.c: the complete cycles of one stream, in order; `spare` is scratch. 0 or TL_ENOMEM. */
int match_stream(struct pass *p, uint32_t stream, struct stream_cycles *out, struct stream_cycles *spare);
/* match.c: one more cycle at the end of `out`, without its steps; and one more step of it. 0 or TL_ENOMEM. */
int cycles_add(struct stream_cycles *out, int64_t first_s, int64_t last_s);
int cycles_add_step(struct stream_cycles *out, uint32_t step, size_t position, enum tl_link link);

/* partial.c: how many passes that lack one step lie after cycle `i` and before the next. Takes a loose
 * attempt of the scope where the verdict is what was lost. */
uint32_t match_partials(struct pass *p, uint32_t stream, const struct stream_cycles *c, size_t i);

/* episode.c: cuts a stream's cycles into episodes; ends[k] is the index after the k-th one's last. Returns
 * how many; `ends` and `gaps` have room for one entry a cycle. */
size_t episodes_cut(const struct tl_cycle *cycles, size_t n, int64_t max_gap_s, uint32_t *ends,
                    int64_t *gaps);
/* episode.c: the lower median of the gaps between these cycles; 0 where there is none. */
int64_t episode_gap(const struct tl_cycle *cycles, size_t n, int64_t *gaps);

/* Of a chain of calls alone: whether a pass that the log has lost a step of lies between two neighbours. A
 * call was left over there, and there is room for a pass: a retry is left over too, but close to its pass. */
static inline bool lacks_pass(const struct tl_cycle *a, const struct tl_cycle *b, int64_t usual_gap_s)
{
    return b->after_partial && (b->first_s - a->first_s) * 2 > usual_gap_s * 3;
}

/* direct.c: whether cycles [from, to) of a chain verdict > change are remediation, and no deployment that
 * happens to follow verdicts. */
bool direct_stands(const struct pass *p, uint32_t stream, const struct stream_cycles *c, size_t from,
                   size_t to);

/* direct.c: whether cycles [from, to) of a chain with an attempt are that attempt's work, where nothing but
 * the sequence ties it to the resource. */
bool sequence_stands(const struct pass *p, uint32_t stream, const struct stream_cycles *c, size_t from,
                     size_t to);

/* ---- loops ----------------------------------------------------------------------------------- */

struct collector {
    struct tl_loops *out;
    size_t cap, cap_wide, cap_cycles, cap_steps, cap_answers, cap_idle;
    struct scratch scratch;
};

struct origin;
typedef bool stands_fn(const struct origin *o, const struct stream_cycles *c, size_t from, size_t to);

/* Where the cycles in the collector's scratch come from. */
struct origin {
    uint32_t chain;
    struct stream key;
    const struct tl_detect_params *limits;
    struct pass *pass; /* NULL for chains of calls alone: no partial cycles, no attempts */
    uint32_t stream;   /* of the pass */
    /* Whether an episode that is long enough is one. */
    stands_fn *stands;
    const void *ctx;
};

/* loops.c: cuts the cycles into episodes, and adds those that are loops. 0 or TL_ENOMEM. */
int loops_add(struct collector *c, const struct origin *o);
/* calls.c: the loops of the chains TL_CHAIN_TUG and TL_CHAIN_REPEAT. 0 or TL_ENOMEM. */
int calls_loops(struct collector *c, const struct world *w, const struct tl_chain *chain, uint32_t index);
/* effect.c: attempts that failed, or that no change followed, as the pass gives them to streams. 0 or
 * TL_ENOMEM. */
int effects_find(struct collector *c, struct pass *p);
/* tied.c: the changes that failed and name no resource, each with the one it belongs to, as the pass gives
 * attempts to streams. *out is the caller's to free. 0 or TL_ENOMEM. */
int tied_failed_changes(const struct pass *p, struct tl_tied_step **out, size_t *n);
/* merge.c: of what several chains explain one loop stays; by time. 0 or TL_ENOMEM. */
int loops_merge(struct tl_loops *l, const struct tl_chain *chains);

#endif
