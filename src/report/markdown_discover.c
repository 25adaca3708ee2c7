/* Repeating patterns as Markdown: all of them in a table, then each in full. */
#include "explain.h"
#include "mdw.h"
#include "writer.h"

static void end_cell(struct tl_mdw *m)
{
    tl_mdw_say(m);
    tl_mdw_put(m, " | ");
}

static void row(struct tl_mdw *m, const struct tl_pattern *p, size_t rank)
{
    tl_mdw_put(m, "| ");
    tl_prose_number(&m->say, rank);
    end_cell(m);
    tl_explain_resource(&m->say, &p->resource);
    end_cell(m);
    tl_explain_chain(&m->say, p);
    end_cell(m);
    tl_prose_number(&m->say, p->n_copies);
    end_cell(m);
    if (p->period_median_s)
        tl_prose_duration(&m->say, p->period_median_s);
    end_cell(m);
    tl_prose_time(&m->say, p->first_s);
    end_cell(m);
    tl_prose_time(&m->say, p->last_s);
    end_cell(m);
    tl_explain_callers(&m->say, p);
    end_cell(m);
    tl_explain_standing(&m->say, p);
    tl_mdw_say(m);
    tl_mdw_put(m, " |\n");
}

static void pattern(struct tl_mdw *m, const struct tl_pattern *p, size_t rank)
{
    tl_mdw_put(m, "\n## ");
    tl_prose_add(&m->say, "Pattern %zu: ", rank);
    tl_explain_resource(&m->say, &p->resource);
    tl_mdw_paragraph(m);
    tl_mdw_put(m, "| | |\n| --- | --- |\n");
    tl_explain_chain(&m->say, p);
    tl_mdw_fact(m, "Chain");
    tl_explain_chain_note(&m->say, p);
    tl_mdw_fact(m, p->chain.n ? "Note" : "Chain");
    tl_explain_repetitions(&m->say, p);
    tl_mdw_fact(m, "How often");
    tl_prose_span(&m->say, p->first_s, p->last_s);
    tl_mdw_fact(m, "Seen");
    for (size_t i = 0; i < p->n_callers; i++) {
        tl_explain_caller(&m->say, &p->callers[i]);
        tl_mdw_fact(m, "By");
    }
    tl_explain_score(&m->say, p);
    tl_mdw_fact(m, "Score");
    tl_explain_explained(&m->say, p);
    tl_mdw_fact(m, "Explained by");
}

int tl_markdown_write_discovery(const struct tl_discovery *d, const struct tl_style *style,
                                struct tl_buf *out)
{
    (void)style;
    struct tl_mdw m = {.out = out};
    tl_mdw_put(&m, "# Repeating patterns\n\n");
    tl_explain_discovery(&m.say, d);
    tl_mdw_paragraph(&m);
    tl_explain_coverage(&m.say, &d->coverage);
    tl_mdw_paragraph(&m);
    tl_explain_damage(&m.say, &d->coverage);
    tl_mdw_paragraph(&m);
    if (d->n)
        tl_mdw_put(&m, "| # | Resource | Chain | Times | Every | First | Last | By | Remark |\n"
                       "| ---: | --- | --- | ---: | --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < d->n; i++)
        row(&m, &d->items[i], i + 1);
    for (size_t i = 0; i < d->n; i++)
        pattern(&m, &d->items[i], i + 1);
    return tl_mdw_end(&m);
}
