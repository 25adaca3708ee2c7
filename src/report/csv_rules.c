/* What is looked for, as CSV: a row a rule. */
#include "csvw.h"
#include "writer.h"

static void row(struct tl_csvw *c, const struct tl_rule *r, const struct tl_chain *chain)
{
    struct tl_buf line = {0};
    int e = tl_chain_line(chain, &line);
    c->rc = e < 0 ? e : c->rc;
    tl_csvw_str(c, chain->name);
    tl_csvw_str(c, r->title);
    tl_csvw_str(c, e ? TL_STR_NONE : tl_buf_str(&line));
    tl_csvw_str(c, tl_buf_str(&line));
    tl_csvw_bool(c, r->source.n == 0);
    tl_csvw_str(c, r->source);
    if (r->line)
        tl_csvw_count(c, r->line);
    else
        tl_csvw_blank(c, 1);
    tl_csvw_end_row(c);
    tl_buf_fini(&line);
}

int tl_csv_write_rule_list(const struct tl_rules *s, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    struct tl_csvw c = {.out = out};
    tl_csvw_header(&c, "name,title,chain,steps,built_in,source,line");
    for (size_t i = 0; i < TL_N_CHAINS; i++)
        row(&c, tl_rules_built_in(i), &tl_chains[i]);
    for (size_t i = 0; i < s->n; i++)
        row(&c, &s->items[i], &s->chains[i]);
    return c.rc;
}
