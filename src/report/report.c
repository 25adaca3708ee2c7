/* The formats by name, and the way from a format to its writer. Each writer walks the findings in the order
 * they have: the order is diagnose's, so that every format tells the same story. */
#include "outline.h"
#include "writer.h"

static const struct tl_writer *const writers[TL_N_FORMATS] = {
    [TL_FORMAT_TEXT] = &tl_writer_text,
    [TL_FORMAT_JSON] = &tl_writer_json,
    [TL_FORMAT_NDJSON] = &tl_writer_ndjson,
    [TL_FORMAT_CSV] = &tl_writer_csv,
    [TL_FORMAT_MARKDOWN] = &tl_writer_markdown,
    [TL_FORMAT_HTML] = &tl_writer_html,
    [TL_FORMAT_PROMETHEUS] = &tl_writer_prometheus,
};

const char *tl_format_name(enum tl_format f)
{
    return writers[f]->name;
}

bool tl_format_has(enum tl_format f, enum tl_document d)
{
    const struct tl_writer *w = writers[f];
    switch (d) {
    case TL_DOCUMENT_NONE:
        return f == TL_FORMAT_TEXT;
    case TL_DOCUMENT_REPORT:
        return w->report;
    case TL_DOCUMENT_LOOP:
        return w->loop;
    case TL_DOCUMENT_DISCOVER:
        return w->discover;
    case TL_DOCUMENT_HISTORY:
        return w->history;
    case TL_DOCUMENT_WHATIF:
        return w->whatif || w->outline;
    case TL_DOCUMENT_VERIFY:
        return w->verify || w->outline;
    case TL_DOCUMENT_CHECK:
        return w->check || w->outline;
    case TL_DOCUMENT_STATS:
        return w->stats;
    case TL_DOCUMENT_RUN:
        return w->run;
    case TL_DOCUMENT_RULE_LIST:
        return w->rule_list || w->outline;
    case TL_DOCUMENT_RULE:
        return w->rule || w->outline;
    case TL_DOCUMENT_RULE_CHECK:
        return w->rule_check || w->outline;
    }
    return false;
}

const char *tl_entry_kind_name(enum tl_entry_kind k)
{
    static const char *const names[] = {"verdict", "attempt", "change", "control"};
    return names[k];
}

const char *tl_undo_proof_name(enum tl_undo_proof p)
{
    static const char *const names[] = {"named", "whole", "value"};
    return names[p];
}

int tl_report_write(const struct tl_report *r, enum tl_format format, const struct tl_style *style,
                    struct tl_buf *out)
{
    return writers[format]->report(r, style, out);
}

int tl_report_write_loop(const struct tl_report *r, const struct tl_finding *f, enum tl_format format,
                         const struct tl_style *style, struct tl_buf *out)
{
    return writers[format]->loop(r, f, style, out);
}

int tl_verify_write(const struct tl_verify *v, enum tl_format format, const struct tl_style *style,
                    struct tl_buf *out)
{
    const struct tl_telling d = {"Digests against files", tl_outline_verify, v, v->generated_at_s};
    const struct tl_writer *f = writers[format];
    return f->verify ? f->verify(v, style, out) : f->outline(&d, style, out);
}

int tl_check_write(const struct tl_check *c, enum tl_format format, const struct tl_style *style,
                   struct tl_buf *out)
{
    const struct tl_telling d = {"The database itself", tl_outline_check, c, c->generated_at_s};
    const struct tl_writer *f = writers[format];
    return f->check ? f->check(c, style, out) : f->outline(&d, style, out);
}

int tl_stats_write(const struct tl_stats *s, enum tl_format format, const struct tl_style *style,
                   struct tl_buf *out)
{
    return writers[format]->stats(s, style, out);
}

int tl_discovery_write(const struct tl_discovery *d, enum tl_format format, const struct tl_style *style,
                       struct tl_buf *out)
{
    return writers[format]->discover(d, style, out);
}

int tl_history_write(const struct tl_history_report *r, enum tl_format format, const struct tl_style *style,
                     struct tl_buf *out)
{
    return writers[format]->history(r, style, out);
}

int tl_whatif_write(const struct tl_whatif *w, enum tl_format format, const struct tl_style *style,
                    struct tl_buf *out)
{
    const struct tl_telling d = {"Other retry settings", tl_outline_whatif, w, w->generated_at_s};
    const struct tl_writer *f = writers[format];
    return f->whatif ? f->whatif(w, style, out) : f->outline(&d, style, out);
}

int tl_run_write(const struct tl_run_report *r, enum tl_format format, const struct tl_style *style,
                 struct tl_buf *out)
{
    return writers[format]->run(r, style, out);
}

int tl_rules_write_list(const struct tl_rules *s, enum tl_format format, const struct tl_style *style,
                        struct tl_buf *out)
{
    const struct tl_telling d = {"What is looked for", tl_outline_rule_list, s, INT64_MIN};
    const struct tl_writer *f = writers[format];
    return f->rule_list ? f->rule_list(s, style, out) : f->outline(&d, style, out);
}

int tl_rules_write_rule(const struct tl_rule *r, const struct tl_chain *c, enum tl_format format,
                        const struct tl_style *style, struct tl_buf *out)
{
    const struct tl_shown_rule shown = {r, c};
    const struct tl_telling d = {"A rule", tl_outline_rule, &shown, INT64_MIN};
    const struct tl_writer *f = writers[format];
    return f->rule ? f->rule(r, c, style, out) : f->outline(&d, style, out);
}

int tl_rules_write_check(const struct tl_rules *s, enum tl_format format, const struct tl_style *style,
                         struct tl_buf *out)
{
    const struct tl_telling d = {"Rules and their samples", tl_outline_rule_check, s, INT64_MIN};
    const struct tl_writer *f = writers[format];
    return f->rule_check ? f->rule_check(s, style, out) : f->outline(&d, style, out);
}
