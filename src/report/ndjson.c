/* JSON, one line an object: for jq, log shippers and whoever reads a stream. The objects are those of the
 * JSON documents, with the same promise; what surrounds them there (coverage, the lists beside the loops) is
 * left out. */
#include "json.h"
#include "writer.h"

static struct tl_jsonw line_begin(struct tl_buf *out)
{
    return (struct tl_jsonw){.out = out, .flat = 1}; /* flat from the first level on */
}

static int line_end(const struct tl_jsonw *w)
{
    return w->rc ? w->rc : tl_buf_add(w->out, "\n", 1);
}

static int ndjson_loop(const struct tl_report *r, const struct tl_finding *f, const struct tl_style *style,
                       struct tl_buf *out)
{
    (void)r, (void)style;
    struct tl_jsonw w = line_begin(out);
    tl_json_loop(&w, f);
    return line_end(&w);
}

static int ndjson_report(const struct tl_report *r, const struct tl_style *style, struct tl_buf *out)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < r->findings.n; i++)
        rc = ndjson_loop(r, &r->findings.items[i], style, out);
    return rc;
}

static int ndjson_stats(const struct tl_stats *s, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < s->n_sources; i++) {
        struct tl_jsonw w = line_begin(out);
        tl_json_source(&w, &s->sources[i]);
        rc = line_end(&w);
    }
    return rc;
}

static int ndjson_history(const struct tl_history_report *r, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    int rc = 0;
    for (size_t i = 0; i < r->n; i++) {
        for (size_t k = 0; rc == 0 && k < r->items[i].n_entries; k++) {
            if (r->items[i].entries[k].hidden)
                continue;
            struct tl_jsonw w = line_begin(out);
            tl_json_entry(&w, &r->items[i], k, true);
            rc = line_end(&w);
        }
    }
    return rc;
}

static int ndjson_discovery(const struct tl_discovery *d, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < d->n; i++) {
        struct tl_jsonw w = line_begin(out);
        tl_json_pattern(&w, &d->items[i]);
        rc = line_end(&w);
    }
    return rc;
}

static int ndjson_whatif(const struct tl_whatif *what, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    struct tl_jsonw w = line_begin(out);
    tl_json_whatif(&w, what);
    return line_end(&w);
}

static int ndjson_verify(const struct tl_verify *v, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < v->n_problems; i++) {
        struct tl_jsonw w = line_begin(out);
        tl_json_problem(&w, &v->problems[i]);
        rc = line_end(&w);
    }
    return rc;
}

static int ndjson_check(const struct tl_check *c, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < c->n_faults; i++) {
        struct tl_jsonw w = line_begin(out);
        tl_json_fault(&w, &c->faults[i]);
        rc = line_end(&w);
    }
    return rc;
}

static int ndjson_rule_list(const struct tl_rules *s, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < TL_N_CHAINS + s->n; i++) {
        struct tl_jsonw w = line_begin(out);
        bool built_in = i < TL_N_CHAINS;
        tl_json_rule(&w, built_in ? tl_rules_built_in(i) : &s->items[i - TL_N_CHAINS],
                     built_in ? &tl_chains[i] : &s->chains[i - TL_N_CHAINS]);
        rc = line_end(&w);
    }
    return rc;
}

const struct tl_writer tl_writer_ndjson = {.name = "ndjson",
                                           .report = ndjson_report,
                                           .loop = ndjson_loop,
                                           .stats = ndjson_stats,
                                           .history = ndjson_history,
                                           .discover = ndjson_discovery,
                                           .whatif = ndjson_whatif,
                                           .verify = ndjson_verify,
                                           .check = ndjson_check,
                                           .rule_list = ndjson_rule_list};
