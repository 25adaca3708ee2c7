/* Repeating patterns as text: first how many there are, then each with its chain, ready for the command line,
 * on a line of its own. */
#include "explain.h"
#include "text.h"

static void summary(struct tl_text *t, const struct tl_discovery *d)
{
    tl_explain_discovery(&t->say, d);
    tl_text_paragraph(t, 0, 0);
    tl_explain_coverage(&t->say, &d->coverage);
    tl_text_paragraph(t, 0, 0);
}

static void command(struct tl_text *t, const struct tl_pattern *p)
{
    if (p->chain.n) {
        tl_prose_add(&t->say, "  ");
        tl_explain_chain(&t->say, p);
        tl_text_row(t, TL_TEXT_BOLD);
    }
    tl_explain_chain_note(&t->say, p);
    tl_text_labelled(t, p->chain.n ? "Note" : "Chain");
}

static void pattern(struct tl_text *t, const struct tl_pattern *p, size_t rank)
{
    tl_text_blank(t);
    tl_prose_add(&t->say, "Pattern %zu: ", rank);
    tl_explain_resource(&t->say, &p->resource);
    tl_text_row(t, TL_TEXT_BOLD);
    command(t, p);
    tl_explain_repetitions(&t->say, p);
    tl_text_labelled(t, "How often");
    tl_prose_span(&t->say, p->first_s, p->last_s);
    tl_text_labelled(t, "Seen");
    for (size_t i = 0; i < p->n_callers; i++) {
        tl_explain_caller(&t->say, &p->callers[i]);
        tl_text_labelled(t, i ? NULL : "By");
    }
    tl_explain_score(&t->say, p);
    tl_text_labelled(t, "Score");
    tl_explain_explained(&t->say, p);
    tl_text_labelled(t, "Explained by");
}

int tl_text_write_discovery(const struct tl_discovery *d, const struct tl_style *style, struct tl_buf *out)
{
    struct tl_text t;
    tl_text_init(&t, style, out);
    summary(&t, d);
    for (size_t i = 0; i < d->n; i++)
        pattern(&t, &d->items[i], i + 1);
    return tl_text_fini(&t);
}
