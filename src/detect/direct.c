/* Remediation without an automation: a rule's verdict reaches a function (EventBridge, SNS), which changes
 * the resource. Nothing but the sequence ties the two, and a pipeline that deploys to a resource that stays
 * NON_COMPLIANT changes it after verdicts too. So an episode stands only where
 *
 * - at least four of five of its verdicts are answered: a pipeline does not wait for verdicts;
 * - at least four of five changes that the answering callers make in it are answers: a deployment's first
 * calls come before the verdict that they bring about, and only its last ones after it;
 * - at least half of the answers are one call with equal parameters: a remediation does the same thing again.
 *
 * With an automation that nothing but the sequence ties to the resource it is much the same: the attempt may
 * be anybody's. There more than two of three changes that the callers make must be steps of some cycle.
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

static void mark_answerers(const struct pass *p, const struct stream_cycles *c, size_t from, size_t to,
                           uint8_t mark)
{
    for (size_t i = from; i < to; i++)
        p->w->mark[answer_of(p, c, i)->caller] = mark;
}

struct tally {
    uint64_t all, own, some; /* changes; those that are steps of the stream's cycles; of any stream's */
};

/* Of the changes that answering callers made while the episode ran. */
static struct tally tally_changes(const struct pass *p, uint32_t stream, const struct stream_cycles *c,
                                  size_t from, size_t to)
{
    const struct tl_lists *l = &p->changes;
    uint32_t resource = p->streams[stream].resource;
    struct tally n = {0};
    mark_answerers(p, c, from, to, 1);
    for (uint32_t i = tl_lists_at(l, p->w->h, resource, c->items[from].first_s); i < l->start[resource + 1];
         i++) {
        const struct tl_step *s = &p->w->h->steps[l->at[i]];
        if (s->time_s > c->items[to - 1].last_s)
            break;
        n.all += p->w->mark[s->caller];
        n.own += p->w->mark[s->caller] && p->used[l->at[i]] == stream + 1;
        n.some += p->w->mark[s->caller] && p->used[l->at[i]];
    }
    mark_answerers(p, c, from, to, 0);
    return n;
}

static bool is_same_call(const struct tl_step *a, const struct tl_step *b)
{
    return a->subject == b->subject && a->fingerprint == b->fingerprint;
}

/* Whether one call makes half of the answers at least. Told by votes: whatever makes more than a third of
 * them is one of the two that are left (Misra and Gries, "Finding repeated elements"). */
static bool answers_repeat(const struct pass *p, const struct stream_cycles *c, size_t from, size_t to)
{
    const struct tl_step *best[2] = {NULL};
    size_t votes[2] = {0}, n[2] = {0};
    for (size_t i = from; i < to; i++) {
        const struct tl_step *s = answer_of(p, c, i);
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
            n[k] += best[k] && is_same_call(best[k], answer_of(p, c, i));
    return n[0] * 2 >= to - from || n[1] * 2 >= to - from;
}

bool direct_stands(const struct pass *p, uint32_t stream, const struct stream_cycles *c, size_t from,
                   size_t to)
{
    int64_t first_s = c->items[from].first_s, last_s = c->items[to - 1].first_s;
    if (!most(to - from, count_verdicts(p, stream, first_s, last_s)))
        return false;
    struct tally n = tally_changes(p, stream, c, from, to);
    return most(n.own, n.all) && answers_repeat(p, c, from, to);
}

bool sequence_stands(const struct pass *p, uint32_t stream, const struct stream_cycles *c, size_t from,
                     size_t to)
{
    uint64_t n_loose = 0;
    for (size_t i = from; i < to; i++)
        n_loose += change_of(p, c, i)->link == TL_LINK_SEQUENCE;
    if (n_loose * 2 <= to - from)
        return true;
    struct tally n = tally_changes(p, stream, c, from, to);
    return n.some * 3 > n.all * 2;
}
