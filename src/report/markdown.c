/* Markdown, GitHub's flavour (tables, task lists). Every name stands as code, so that it links nowhere,
 * notifies nobody and can be copied. */
#include "explain.h"
#include "mdw.h"
#include "outline.h"
#include "writer.h"

static void drift(struct tl_mdw *m, const struct tl_findings *f)
{
    if (f->n_drift == 0)
        return;
    tl_mdw_put(m, "## Recurring drift\n\nNo loops: people or changing parties break these, and remediation "
                  "repairs them, "
                  "again and again.\n\n");
    for (size_t i = 0; i < f->n_drift; i++) {
        tl_explain_resource(&m->say, &f->drift[i].resource);
        tl_prose_add(&m->say, ": ");
        tl_prose_count(&m->say, f->drift[i].n_cycles, "time", NULL);
        tl_prose_add(&m->say, ", ");
        tl_prose_span(&m->say, f->drift[i].first_s, f->drift[i].last_s);
        tl_explain_broken_by(&m->say, &f->drift[i]);
        tl_mdw_bullet(m, "- ");
    }
    tl_mdw_put(m, "\n");
}

static void without_effect(struct tl_mdw *m, const struct tl_findings *f)
{
    if (f->n_without_effect == 0)
        return;
    tl_mdw_put(m, "## Attempts without effect\n\nNo loops, but paid for: remediation is started again and "
                  "again, and no "
                  "successful change follows.\n\n");
    for (size_t i = 0; i < f->n_without_effect; i++) {
        const struct tl_without_effect *e = &f->without_effect[i];
        tl_prose_add(&m->say, "Runbook ");
        tl_prose_str(&m->say, e->document);
        if (e->has_resource) {
            tl_prose_add(&m->say, " on ");
            tl_explain_resource(&m->say, &e->resource);
        }
        tl_prose_add(&m->say, ": ");
        tl_prose_count(&m->say, e->n_attempts, "attempt", NULL);
        tl_prose_add(&m->say, ", ");
        tl_prose_span(&m->say, e->first_s, e->last_s);
        if (e->error.n) {
            tl_prose_add(&m->say, ", error ");
            tl_prose_str(&m->say, e->error);
        }
        tl_mdw_bullet(m, "- ");
    }
    tl_mdw_put(m, "\n");
}

static int markdown_report(const struct tl_report *r, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    struct tl_mdw m = {.out = out};
    tl_mdw_put(&m, "# ");
    tl_explain_verdict(&m.say, &r->findings);
    tl_mdw_paragraph(&m);
    tl_explain_coverage(&m.say, &r->coverage);
    tl_mdw_paragraph(&m);
    tl_explain_damage(&m.say, &r->coverage);
    tl_mdw_paragraph(&m);
    if (r->findings.n == 0)
        tl_explain_nothing(&m.say, r);
    tl_mdw_paragraph(&m);
    for (size_t i = 0; i < r->findings.n; i++)
        tl_mdw_loop(&m, r, &r->findings.items[i]);
    drift(&m, &r->findings);
    without_effect(&m, &r->findings);
    return tl_mdw_end(&m);
}

static int markdown_loop(const struct tl_report *r, const struct tl_finding *f, const struct tl_style *style,
                         struct tl_buf *out)
{
    (void)style;
    struct tl_mdw m = {.out = out};
    tl_mdw_loop(&m, r, f);
    return tl_mdw_end(&m);
}

static int markdown_stats(const struct tl_stats *s, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    struct tl_mdw m = {.out = out};
    tl_mdw_put(&m, "# What the log can speak for\n\n");
    tl_explain_coverage(&m.say, &s->coverage);
    tl_mdw_paragraph(&m);
    tl_explain_damage(&m.say, &s->coverage);
    tl_mdw_paragraph(&m);
    tl_mdw_put(&m, "| File | Outcome | Records | Damaged | Why |\n| --- | --- | ---: | ---: | --- |\n");
    for (size_t i = 0; i < s->n_sources; i++) {
        const struct tl_source *f = &s->sources[i];
        tl_mdw_put(&m, "| ");
        tl_mdw_code(&m, f->path);
        tl_mdw_put(&m, " | ");
        tl_mdw_put(&m, tl_outcome_name(f->outcome));
        tl_mdw_put(&m, f->superseded ? ", superseded | " : f->gone ? ", gone | " : " | ");
        tl_prose_number(&m.say, f->n_read);
        tl_mdw_say(&m);
        tl_mdw_put(&m, " | ");
        tl_prose_number(&m.say, f->n_damaged);
        tl_mdw_say(&m);
        tl_mdw_put(&m, " | ");
        tl_mdw_code(&m, f->reason);
        tl_mdw_put(&m, " |\n");
    }
    if (s->n_damage)
        tl_mdw_put(&m, "\n## Damaged records\n\n");
    for (size_t i = 0; i < s->n_damage; i++) {
        tl_prose_str(&m.say, s->damage[i].path);
        tl_prose_add(&m.say, ", record %llu, byte %llu: ", (unsigned long long)s->damage[i].at.record,
                     (unsigned long long)s->damage[i].at.offset);
        tl_prose_str(&m.say, s->damage[i].why);
        tl_mdw_bullet(&m, "- ");
    }
    return tl_mdw_end(&m);
}

const struct tl_writer tl_writer_markdown = {.name = "markdown",
                                             .report = markdown_report,
                                             .loop = markdown_loop,
                                             .stats = markdown_stats,
                                             .discover = tl_markdown_write_discovery,
                                             .history = tl_markdown_write_history,
                                             .outline = tl_outline_write_markdown};
