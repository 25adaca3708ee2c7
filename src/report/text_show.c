/* One loop with every step of every cycle that it holds: when, what, by which tie, and where the record lies,
 * so that any line can be checked against the log. */
#include "explain.h"
#include "text.h"

enum { WHERE_COLUMN = 23 };

static void step(struct tl_text *t, const struct tl_evidence_step *s, int64_t start_s)
{
    char iso[TL_TIME_MAX_BYTES];
    const char *link = tl_link_name(s->link);
    tl_prose_add(&t->say, "  %.8s %+7lld s  ", tl_time_format(s->event.time_s, iso) + 11,
                 (long long)(s->event.time_s - start_s));
    tl_prose_str(&t->say, s->api);
    if (link)
        tl_prose_add(&t->say, " [%s]", link);
    tl_prose_add(&t->say, s->general ? " [general]" : "");
    if (s->error.n) {
        tl_prose_add(&t->say, " failed: ");
        tl_prose_str(&t->say, s->error);
    }
    tl_text_row(t, TL_TEXT_PLAIN);
    tl_prose_add(&t->say, "%*s", WHERE_COLUMN, "");
    tl_prose_str(&t->say, s->event.text);
    tl_prose_add(&t->say, "  ");
    tl_prose_str(&t->say, s->source);
    tl_prose_add(&t->say, ":%llu", (unsigned long long)s->record);
    tl_text_row_hanging(t, TL_TEXT_PLAIN, WHERE_COLUMN);
}

/* The record as it was delivered. Whoever asks for it into a file gets every byte; a terminal is shown what
 * could act on it. */
static void raw(struct tl_text *t, const struct tl_evidence_step *s)
{
    if (s->raw_missing) {
        tl_prose_add(&t->say, "%*sno raw record: %s", WHERE_COLUMN, "", s->raw_missing);
        tl_text_row_hanging(t, TL_TEXT_PLAIN, WHERE_COLUMN);
    } else if (t->style->fit) {
        tl_prose_str(&t->say, s->raw);
        tl_text_row(t, TL_TEXT_PLAIN);
    } else if (s->raw.n) {
        tl_text_bytes(t, s->raw);
    }
}

/* Which kinds of link the evidence uses, told once. */
static void legend(struct tl_text *t, const struct tl_finding *f)
{
    bool used[TL_LINK_NONE + 1] = {false};
    bool failed = false, general = false;
    for (size_t i = 0; i < f->n_evidence; i++)
        for (size_t k = 0; k < f->evidence[i].n_steps; k++) {
            used[f->evidence[i].steps[k].link] = true;
            failed |= f->evidence[i].steps[k].failed;
            general |= f->evidence[i].steps[k].general;
        }
    tl_prose_add(&t->say,
                 "Each step: time of day (UTC), seconds since the cycle's %s, call, [what ties it to the "
                 "resource]; below it the event id and file:record, records counted from 0.",
                 f->without_config ? "first call" : "verdict");
    if (failed)
        tl_prose_add(&t->say, " What failed stands where it came; it completes no cycle.");
    tl_text_paragraph(t, 0, 0);
    for (int l = 0; l < TL_LINK_NONE; l++) {
        if (!used[l])
            continue;
        tl_prose_add(&t->say, "[%s] %s", tl_link_name((enum tl_link)l),
                     tl_explain_link((enum tl_link)l, f->without_config));
        tl_text_paragraph(t, 2, 4);
    }
    if (general) {
        tl_prose_add(&t->say, "[general] %s", TL_EXPLAIN_GENERAL);
        tl_text_paragraph(t, 2, 4);
    }
}

int tl_text_write_loop(const struct tl_report *r, const struct tl_finding *f, const struct tl_style *style,
                       struct tl_buf *out)
{
    struct tl_text t;
    tl_text_init(&t, style, out);
    tl_text_loop_block(&t, r, f);
    tl_text_blank(&t);
    legend(&t, f);
    for (size_t i = 0; i < f->n_evidence; i++) {
        const struct tl_evidence *e = &f->evidence[i];
        if (e->n_steps == 0)
            continue;
        tl_text_blank(&t);
        tl_prose_add(&t.say, "Cycle %u of %u, ", (unsigned)e->cycle, (unsigned)f->n_cycles);
        tl_prose_time(&t.say, e->steps[0].event.time_s);
        tl_text_row(&t, TL_TEXT_BOLD);
        for (size_t k = 0; k < e->n_steps; k++) {
            step(&t, &e->steps[k], e->steps[0].event.time_s);
            if (e->steps[k].raw.n || e->steps[k].raw_missing)
                raw(&t, &e->steps[k]);
        }
    }
    return tl_text_fini(&t);
}
