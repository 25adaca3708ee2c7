/* Remediation without an automation: a rule's verdict reaches a function (EventBridge, SNS), which changes
 * the resource. Nothing but the sequence ties the two, and a pipeline that deploys to a resource that stays
 * NON_COMPLIANT changes it after verdicts too. So an episode stands only where
 *
 * - at least four of five of its verdicts are answered: a pipeline does not wait for verdicts;
 * - at least four of five changes that the answering callers make in it are answers: a deployment's first
 * calls come before the verdict that they bring about, and only its last ones after it. The same work without
 * any verdict near counts apart, up to half as often: the log may have lost its verdict;
 * - at least half of the answers are one call with equal parameters: a remediation does the same thing again;
 * - the answering callers set to work when there was a verdict to answer: a deployment does before the
 * verdict that it brings about, though most of its calls may follow it, and when is up to nobody's verdict.
 *
 * An automation that nothing but the sequence ties to the resource may be anybody's, too, and the changes
 * after it a deployment's. There the last of these holds.
 */
#include "internal.h"

#include <stdlib.h>

static bool most(uint64_t n, uint64_t of)
{
    return n * 5 >= of * 4;
}

/* Verdicts of the stream in [from_s, to_s] that no attempt answers; one that comes again at once is one. */
static uint64_t count_verdicts(const struct pass *p, uint32_t stream, int64_t from_s, int64_t to_s)
{
    const struct tl_lists *l = &p->w->verdicts;
    uint64_t n = 0;
    int64_t last_s = INT64_MIN;
    for (uint32_t i = tl_lists_at(l, p->w->h, stream, from_s); i < l->start[stream + 1]; i++) {
        int64_t t = p->w->h->steps[l->at[i]].time_s;
        if (t > to_s)
            break;
        if (p->w->answered[l->at[i]] || (last_s != INT64_MIN && t - last_s <= TL_REPEAT_S))
            continue;
        n++;
        last_s = t;
    }
    return n;
}

/* The first change of a cycle. */
static const struct tl_cycle_step *change_of(const struct pass *p, const struct stream_cycles *c,
                                             size_t cycle)
{
    return &c->steps[c->items[cycle].first_step + p->lead];
}

static const struct tl_step *answer_of(const struct pass *p, const struct stream_cycles *c, size_t cycle)
{
    return &p->w->h->steps[change_of(p, c, cycle)->step];
}

static bool is_same_call(const struct tl_step *a, const struct tl_step *b)
{
    return a->subject == b->subject && a->fingerprint == b->fingerprint;
}

/* What stands for a cycle's answer: of the calls of its second, which are in no order, always the same. */
static const struct tl_step *call_of(const struct pass *p, const struct stream_cycles *c, size_t cycle)
{
    const struct tl_cycle *own = &c->items[cycle];
    const struct tl_step *best = answer_of(p, c, cycle);
    int64_t now_s = best->time_s;
    for (uint32_t k = (uint32_t)p->lead + 1; k < own->n_steps; k++) {
        const struct tl_step *s = &p->w->h->steps[c->steps[own->first_step + k].step];
        if (s->time_s != now_s)
            break;
        if (s->subject < best->subject || (s->subject == best->subject && s->fingerprint < best->fingerprint))
            best = s;
    }
    return best;
}

/* What answering callers changed while an episode ran. */
struct tally {
    uint64_t own;   /* steps of the stream's cycles */
    uint64_t again; /* work like an answer that no verdict is near: its own is lost */
    uint64_t other;
};

/* Calls of answering callers in a row that are no steps of a cycle. */
struct work {
    uint64_t n;
    int64_t first_s, last_s;
    bool is_answer; /* it begins as the answer of the cycle before does */
};

/* A deployment's first calls bring a verdict about soon, which its last ones then seem to answer. */
static void add_work(const struct pass *p, uint32_t stream, struct work *w, struct tally *n)
{
    const struct tl_lists *l = &p->w->verdicts;
    if (w->n == 0)
        return;
    uint32_t next = tl_lists_at(l, p->w->h, stream, w->last_s);
    bool alone =
        next == l->start[stream + 1] || p->w->h->steps[l->at[next]].time_s - w->last_s > p->limits.max_step_s;
    *(w->is_answer && alone ? &n->again : &n->other) += w->n;
    *w = (struct work){0};
}

/* Who answers at most a quarter as often as the one who does most is none: a call of somebody else's came
 * between a verdict and its answer. */
static struct tally tally_changes(const struct pass *p, uint32_t stream, const struct stream_cycles *c,
                                  size_t from, size_t to)
{
    const struct tl_lists *l = &p->changes;
    uint32_t resource = p->streams[stream].resource;
    uint8_t *n_answers = p->w->mark, most_answers = 0; /* as far as a byte counts */
    struct tally n = {0};
    struct work work = {0};
    size_t at = from; /* the cycle before */
    const struct tl_step *answer = call_of(p, c, from);
    for (size_t i = from; i < to; i++) {
        uint8_t *own = &n_answers[answer_of(p, c, i)->caller];
        *own += *own < UINT8_MAX;
        most_answers = *own > most_answers ? *own : most_answers;
    }
    for (uint32_t i = tl_lists_at(l, p->w->h, resource, c->items[from].first_s); i < l->start[resource + 1];
         i++) {
        const struct tl_step *s = &p->w->h->steps[l->at[i]];
        if (s->time_s > c->items[to - 1].last_s)
            break;
        if (!n_answers[s->caller] || n_answers[s->caller] * 4 <= most_answers)
            continue;
        bool own = p->used[l->at[i]] == stream + 1;
        while (at + 1 < to && c->items[at + 1].first_s <= s->time_s)
            answer = call_of(p, c, ++at);
        if (own || s->time_s - work.last_s > p->limits.max_step_s)
            add_work(p, stream, &work, &n);
        n.own += own;
        if (own)
            continue;
        if (work.n++ == 0)
            work.first_s = s->time_s;
        work.last_s = s->time_s;
        work.is_answer |= s->time_s == work.first_s && is_same_call(s, answer);
    }
    add_work(p, stream, &work, &n);
    for (size_t i = from; i < to; i++)
        n_answers[answer_of(p, c, i)->caller] = 0;
    return n;
}

/* Whether one call makes half of the answers at least. Told by votes: whatever makes more than a third of
 * them is one of the two that are left (Misra and Gries, "Finding repeated elements"). */
static bool answers_repeat(const struct pass *p, const struct stream_cycles *c, size_t from, size_t to)
{
    const struct tl_step *best[2] = {NULL};
    size_t votes[2] = {0}, n[2] = {0};
    for (size_t i = from; i < to; i++) {
        const struct tl_step *s = call_of(p, c, i);
        int at = votes[0] && is_same_call(best[0], s) ? 0 : votes[1] && is_same_call(best[1], s) ? 1 : -1;
        if (at < 0 && (votes[0] == 0 || votes[1] == 0))
            best[at = votes[0] == 0 ? 0 : 1] = s;
        if (at >= 0) {
            votes[at]++;
        } else {
            votes[0]--;
            votes[1]--;
        }
    }
    for (size_t i = from; i < to; i++)
        for (int k = 0; k < 2; k++)
            n[k] += best[k] && is_same_call(best[k], call_of(p, c, i));
    return n[0] * 2 >= to - from || n[1] * 2 >= to - from;
}

/* Whether what an answering caller set to work with before the verdict of cycle `i` is the remediation's own
 * all the same: its call once more (run by hand, or for a verdict that was lost), or what it takes back (two
 * hands under one role). */
static bool is_of_remediation(const struct pass *p, const struct stream_cycles *c, size_t i,
                              const struct tl_step *s)
{
    const struct tl_step *answer = answer_of(p, c, i);
    const struct tl_api *apis = p->w->h->apis;
    return c->items[i].first_s - s->time_s <= p->w->params->max_step_s &&
           (is_same_call(s, answer) || tl_calls_are_inverse(&apis[s->subject], &apis[answer->subject]));
}

/* Where the answering caller's work set in anew between one answer and the next: after its longest pause. */
struct onset {
    int64_t pause_s, lag_s; /* how long it had paused; from the onset to the verdict */
    uint64_t calls;         /* stands for its calls from the onset to the answer, with their parameters */
    bool is_before;         /* the verdict, and no part of any remediation */
};

/* The onset before the answer of cycle `i`, of the caller's work since `last_s`: a walk over the resource's
 * changes from `*at`, which is left behind the answer's second. */
static struct onset onset_of(const struct pass *p, const struct stream_cycles *c, size_t i, int64_t last_s,
                             uint32_t *at, uint32_t end)
{
    const struct tl_step *answer = answer_of(p, c, i);
    struct onset o = {0};
    for (; *at < end; ++*at) {
        const struct tl_step *s = &p->w->h->steps[p->w->changes.at[*at]];
        if (s->time_s > answer->time_s)
            break;
        if (s->caller != answer->caller)
            continue;
        int64_t pause_s = s->time_s - last_s, lag_s = c->items[i].first_s - s->time_s;
        if (pause_s > o.pause_s || (lag_s <= 0 && pause_s == o.pause_s))
            o = (struct onset){
                .pause_s = pause_s, .lag_s = lag_s, .is_before = lag_s > 0 && !is_of_remediation(p, c, i, s)};
        o.calls += s->fingerprint * (2 * (uint64_t)s->subject + 1); /* in any order */
        last_s = s->time_s;
    }
    return o;
}

/* Whether work set in before the first verdict of an episode, after the cycle before it, and no longer ago
 * than a step may take. */
static bool begins_before(const struct pass *p, uint32_t stream, const struct stream_cycles *c, size_t from)
{
    uint32_t resource = p->streams[stream].resource, end = p->w->changes.start[resource + 1];
    int64_t since_s = c->items[from].first_s - p->w->params->max_step_s;
    if (from > 0 && since_s <= c->items[from - 1].last_s)
        since_s = c->items[from - 1].last_s + 1;
    uint32_t at = tl_lists_at(&p->w->changes, p->w->h, resource, since_s);
    return onset_of(p, c, from, since_s, &at, end).is_before;
}

/* Whether those who answer set to work in cycles at least half of the times that they did while the episode
 * ran, each looked at up to the answer that is its own. They set to work anew where they rested for longer
 * than a step may take: whatever came before the rest, no cycle goes on over it. Where the answers `repeat`,
 * work that ended longer than that before the verdict, and so did not bring it about, says nothing. */
static bool work_begins_in_cycles(const struct pass *p, uint32_t stream, const struct stream_cycles *c,
                                  size_t from, size_t to, bool repeat)
{
    const struct tl_lists *l = &p->w->changes;
    uint32_t resource = p->streams[stream].resource;
    int64_t last_s = answer_of(p, c, from)->time_s;
    uint64_t n_first = begins_before(p, stream, c, from);
    uint64_t n_before = 0, n_own = !n_first; /* times that work began before the verdict; in a cycle */
    bool is_before = false;                  /* as it seems, what is under way */
    size_t next = from;                      /* the first cycle whose answer is still to come */
    for (uint32_t i = tl_lists_at(l, p->w->h, resource, last_s); i < l->start[resource + 1]; i++) {
        const struct tl_step *s = &p->w->h->steps[l->at[i]];
        while (next < to && answer_of(p, c, next)->time_s < s->time_s)
            next++;
        if (next == to)
            break;
        if (s->caller != answer_of(p, c, next)->caller)
            continue;
        int64_t verdict_s = c->items[next].first_s;
        if (s->time_s - last_s > p->w->params->max_step_s) {
            bool own = s->time_s >= verdict_s || p->used[l->at[i]] || is_of_remediation(p, c, next, s);
            n_own += own;
            is_before = !own;
        }
        if (is_before && (!repeat || verdict_s - s->time_s <= p->w->params->max_step_s)) {
            n_before++;
            is_before = false;
        }
        last_s = s->time_s;
    }
    if (n_own + n_before == 0) /* they never rested: what came before may be the rest of a pass */
        return true;
    return n_own >= n_before + n_first;
}

/* Whether work set in before the verdict with nothing to prompt it, as two onsets show: other calls, after
 * another pause, and the verdict follows as soon. What a remediation does late in its cycle does the same
 * again, or as long after what it did first. */
static bool is_unprompted(const struct onset *o, const struct onset *last)
{
    int64_t by_s = llabs(o->pause_s - last->pause_s), lag_by_s = llabs(o->lag_s - last->lag_s);
    return o->is_before && last->is_before && o->calls != last->calls && by_s > 4 * lag_by_s &&
           by_s * 16 > last->pause_s;
}

/* Whether most verdicts are brought about by work that nothing prompted. It tells deployments that follow one
 * another sooner than a step may take, whose order is that of a runbook with a slow step. */
static bool verdicts_follow_work(const struct pass *p, uint32_t stream, const struct stream_cycles *c,
                                 size_t from, size_t to)
{
    const struct tl_lists *l = &p->w->changes;
    uint32_t resource = p->streams[stream].resource,
             at = tl_lists_at(l, p->w->h, resource, answer_of(p, c, from)->time_s);
    uint64_t n = 0;
    struct onset last = {0};
    for (size_t i = from + 1; i < to; i++) {
        struct onset o = onset_of(p, c, i, answer_of(p, c, i - 1)->time_s, &at, l->start[resource + 1]);
        n += is_unprompted(&o, &last);
        if (o.is_before)
            last = o;
    }
    return n > 1 && n * 2 >= to - from - 2; /* of the onsets that have one before them */
}

/* Whether the verdicts prompt the work that follows them; of a resource that is judged under several rules,
 * another one's may prompt what comes before. */
static bool verdicts_prompt_work(const struct pass *p, uint32_t stream, const struct stream_cycles *c,
                                 size_t from, size_t to, bool repeat)
{
    return work_begins_in_cycles(p, stream, c, from, to, repeat) &&
           (is_shared(p, stream) || !verdicts_follow_work(p, stream, c, from, to));
}

/* Whether most answers are by what says of itself that it deploys. */
static bool is_deployed(const struct pass *p, const struct stream_cycles *c, size_t from, size_t to)
{
    uint64_t n = 0;
    for (size_t i = from; i < to; i++)
        n += p->w->deploys[answer_of(p, c, i)->caller];
    return n * 2 > to - from;
}

/* How long after its verdict the answer comes. */
static int64_t delay_of(const struct pass *p, const struct stream_cycles *c, size_t cycle)
{
    return answer_of(p, c, cycle)->time_s - c->items[cycle].first_s;
}

/* Whether half of the answers come soon after their verdict, or as long after it as the answer before: what
 * only happens to follow verdicts and attempts does so now sooner, now later. */
static bool answers_are_prompt(const struct pass *p, const struct stream_cycles *c, size_t from, size_t to)
{
    int64_t last_s = delay_of(p, c, from + 1 < to ? from + 1 : from);
    uint64_t n = 0;
    for (size_t i = from; i < to; i++) {
        int64_t own_s = delay_of(p, c, i);
        n += own_s <= TL_DIRECT_S || llabs(own_s - last_s) * 8 <= last_s;
        last_s = own_s;
    }
    return n * 2 >= to - from;
}

bool direct_stands(const struct pass *p, uint32_t stream, const struct stream_cycles *c, size_t from,
                   size_t to)
{
    int64_t first_s = c->items[from].first_s, last_s = c->items[to - 1].first_s;
    if (!most(to - from, count_verdicts(p, stream, first_s, last_s)) || is_deployed(p, c, from, to))
        return false;
    struct tally n = tally_changes(p, stream, c, from, to);
    return most(n.own, n.own + n.other) && n.again * 2 <= n.own && answers_repeat(p, c, from, to) &&
           (is_shared(p, stream) || verdicts_prompt_work(p, stream, c, from, to, true));
}

bool sequence_stands(const struct pass *p, uint32_t stream, const struct stream_cycles *c, size_t from,
                     size_t to)
{
    uint64_t n_loose = 0;
    for (size_t i = from; i < to; i++)
        n_loose += change_of(p, c, i)->link == TL_LINK_SEQUENCE;
    if (n_loose * 2 <= to - from)
        return true;
    return !is_deployed(p, c, from, to) && answers_are_prompt(p, c, from, to) &&
           verdicts_prompt_work(p, stream, c, from, to, answers_repeat(p, c, from, to));
}
