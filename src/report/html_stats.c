/* What the log can speak for, and what was wrong with it, as a page and as a part of others. Lists are cut
 * where a page would no longer open at once; the JSON form has them whole. */
#include "explain.h"
#include "html.h"
#include "writer.h"

enum { ROWS_MAX = 500 };

static void more(struct tl_html *h, size_t n)
{
    if (n > ROWS_MAX)
        tl_html_putf(h, "<p>and %zu more; the JSON form has all.</p>\n", n - ROWS_MAX);
}

static void counts(struct tl_html *h, const struct tl_coverage *c)
{
    const struct {
        const char *what, *note;
        uint64_t n;
    } rows[] = {
        {"Files read", "whole", c->files.n_read},
        {"Files skipped", "hold no events: digests, other JSON, empty ones", c->files.n_skipped},
        {"Files damaged", "cut, corrupt or unreadable", c->files.n_damaged},
        {"Records read", "the sum of the next four", c->records.n_read},
        {"Records kept", "distinct events", c->records.n_kept},
        {"Second copies", "CloudTrail delivers at least once", c->records.n_duplicates},
        {"Records damaged", "left out", c->records.n_damaged},
        {"Records not needed", "read, counted, not kept", c->records.n_unused},
        {"Records withheld", "of those kept: AWS hid or left out parameters", c->records.n_withheld},
    };
    tl_html_table_begin(h, "Files and records", "What|#Number|Which");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tl_html_putf(h, "<tr><th scope=\"row\">%s</th>", rows[i].what);
        tl_prose_number(&h->say, rows[i].n);
        tl_html_cell_number(h);
        tl_html_putf(h, "<td>%s</td></tr>\n", rows[i].note);
    }
    tl_html_table_end(h);
}

void tl_html_coverage(struct tl_html *h, const struct tl_coverage *c)
{
    counts(h, c);
    if (c->n_scopes == 0)
        return;
    tl_html_table_begin(h, "Accounts and regions",
                        "Account|Region|First event (UTC)|Last event (UTC)|#Records");
    for (size_t i = 0; i < c->n_scopes && i < ROWS_MAX; i++) {
        const struct tl_scope *s = &c->scopes[i];
        tl_html_put(h, "<tr>");
        tl_prose_str(&h->say, s->account);
        tl_html_row_head(h);
        tl_prose_str(&h->say, s->region);
        tl_html_cell(h);
        tl_html_put(h, "<td>");
        tl_html_time(h, s->first_s);
        tl_html_put(h, "</td><td>");
        tl_html_time(h, s->last_s);
        tl_html_put(h, "</td>");
        tl_prose_number(&h->say, s->n_records);
        tl_html_cell_number(h);
        tl_html_put(h, "</tr>\n");
    }
    tl_html_table_end(h);
    more(h, c->n_scopes);
}

static void files(struct tl_html *h, const struct tl_stats *s)
{
    tl_html_put(h, "<h2>Files</h2>\n");
    tl_html_table_begin(h, "Files", "File|Outcome|#Records|#Damaged|Note");
    for (size_t i = 0; i < s->n_sources && i < ROWS_MAX; i++) {
        const struct tl_source *f = &s->sources[i];
        tl_html_put(h, "<tr>");
        tl_prose_str(&h->say, f->path);
        tl_html_row_head(h);
        tl_prose_add(&h->say, "%s%s", tl_outcome_name(f->outcome),
                     f->superseded ? ", superseded"
                     : f->gone     ? ", gone"
                                   : "");
        tl_html_cell(h);
        tl_prose_number(&h->say, f->n_read);
        tl_html_cell_number(h);
        tl_prose_number(&h->say, f->n_damaged);
        tl_html_cell_number(h);
        tl_prose_str(&h->say, f->reason);
        if (f->n_members > 1 || f->trailing_bytes)
            tl_prose_add(&h->say, " %llu gzip members, %llu bytes after the last one",
                         (unsigned long long)f->n_members, (unsigned long long)f->trailing_bytes);
        tl_html_cell(h);
        tl_html_put(h, "</tr>\n");
    }
    tl_html_table_end(h);
    more(h, s->n_sources);
}

static void damage(struct tl_html *h, const struct tl_stats *s)
{
    if (s->n_damage == 0)
        return;
    tl_html_put(h, "<h2>Damaged records</h2>\n");
    tl_html_table_begin(h, "Damaged records, left out", "File|#Record|#Byte|#Bytes|Why");
    for (size_t i = 0; i < s->n_damage && i < ROWS_MAX; i++) {
        const struct tl_stats_damage *d = &s->damage[i];
        tl_html_put(h, "<tr>");
        tl_prose_str(&h->say, d->path);
        tl_html_row_head(h);
        tl_html_putf(h, "<td class=\"n\">%llu</td><td class=\"n\">%llu</td><td class=\"n\">%llu</td>",
                     (unsigned long long)d->at.record, (unsigned long long)d->at.offset,
                     (unsigned long long)d->at.length);
        tl_prose_str(&h->say, d->why);
        tl_html_cell(h);
        tl_html_put(h, "</tr>\n");
    }
    tl_html_table_end(h);
    more(h, s->n_damage);
}

int tl_html_write_stats(const struct tl_stats *s, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    struct tl_html h = {.out = out};
    tl_html_page_begin(&h, "What the log can speak for");
    tl_html_put(&h, "<header>\n<p class=\"kind\">CloudTrail logs, as read by trailloop</p>\n"
                    "<h1>What the log can speak for</h1>\n");
    tl_explain_coverage(&h.say, &s->coverage);
    tl_html_element(&h, "p");
    tl_explain_damage(&h.say, &s->coverage);
    tl_html_element(&h, "p class=\"warning\"");
    tl_html_put(&h, "</header>\n<main id=\"main\">\n<h2>Coverage</h2>\n");
    tl_html_coverage(&h, &s->coverage);
    files(&h, s);
    damage(&h, s);
    tl_html_put(&h, "</main>\n");
    tl_html_page_end(&h, s->generated_at_s);
    return tl_html_fini(&h);
}
