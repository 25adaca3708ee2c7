/* What changed since the last report to a name. A loop is known by its id; one that was never told is new,
 * one that has more cycles has grown, and a change of its status says more than its growth. What was told and
 * has gone (pruned, or left out by a filter) is no news. */
#include "trailloop/pipeline.h"

static enum tl_news news_of(const struct tl_finding *f, const struct tl_told *told)
{
    bool running = f->status == TL_RUNNING;
    if (running != told->running)
        return running ? TL_NEWS_RESUMED : TL_NEWS_STOPPED;
    return f->n_cycles > told->n_cycles ? TL_NEWS_GROWN : TL_NEWS_NONE;
}

int tl_news_keep(struct tl_store *s, tl_str name, struct tl_report *report, struct tl_err *err)
{
    struct tl_findings *all = &report->findings;
    size_t n = 0;
    for (size_t i = 0; i < all->n; i++) {
        struct tl_finding *f = &all->items[i];
        struct tl_told told = {0};
        int r = tl_store_told(s, name, tl_str_from(f->id), &told, err);
        if (r < 0)
            return r;
        f->news = r == TL_STORE_NONE ? TL_NEWS_NEW : news_of(f, &told);
        f->n_cycles_told = told.n_cycles;
        if (f->news != TL_NEWS_NONE)
            all->items[n++] = *f;
    }
    all->n = n;
    all->n_drift = all->n_without_effect = 0; /* they are no loops */
    return 0;
}

int tl_news_told(struct tl_store *s, tl_str name, const struct tl_report *report, struct tl_err *err)
{
    int r = tl_store_begin(s, err);
    for (size_t i = 0; r == 0 && i < report->findings.n; i++) {
        const struct tl_finding *f = &report->findings.items[i];
        struct tl_told told = {.n_cycles = f->n_cycles, .running = f->status == TL_RUNNING};
        r = tl_store_tell(s, name, tl_str_from(f->id), &told, err);
    }
    return r ? r : tl_store_commit(s, err);
}
