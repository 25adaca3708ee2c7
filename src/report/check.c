/* The database itself, as text and as `trailloop.check/1`. */
#include "json.h"
#include "text.h"

enum { LIST_MAX = 40 }; /* rows of a list: a screen; the rest is counted */

static void pages(struct tl_text *t, const struct tl_check_counts *n)
{
    tl_prose_count(&t->say, n->n_pages, "page", NULL);
    tl_prose_add(&t->say, " of ");
    tl_prose_count(&t->say, n->page_bytes, "byte", NULL);
    if (n->n_summed == 0)
        tl_prose_add(&t->say,
                     ", without checksums: this database was made before there were any, so that changed "
                     "bytes are found only where they break something (a new one, read from the same "
                     "files, has them)");
    if (n->n_free_pages) {
        tl_prose_add(&t->say, ", ");
        tl_prose_count(&t->say, n->n_free_pages, "free", "free");
    }
    if (n->n_unused) {
        tl_prose_add(&t->say, "; ");
        tl_prose_count(&t->say, n->n_unused, "free page was changed, which harms nothing",
                       "free pages were changed, which harms nothing");
    }
    tl_text_labelled(t, "Pages");
}

int tl_text_write_check(const struct tl_check *c, const struct tl_style *style, struct tl_buf *out)
{
    struct tl_text t;
    tl_text_init(&t, style, out);
    if (c->n_faults) {
        tl_prose_add(&t.say, "DAMAGED: ");
        tl_prose_count(&t.say, c->n_faults, "fault", NULL);
        tl_text_row(&t, TL_TEXT_ALARM);
    } else {
        tl_prose_add(&t.say, "The database is as it was written");
        tl_text_row(&t, TL_TEXT_CALM);
    }
    tl_prose_str(&t.say, tl_str_from(c->path));
    tl_text_labelled(&t, "Database");
    pages(&t, &c->counts);
    tl_prose_count(&t.say, c->counts.n_events, "event", NULL);
    tl_prose_add(&t.say, " of ");
    tl_prose_count(&t.say, c->counts.n_sources, "file", NULL);
    tl_text_labelled(&t, "Holds");
    if (c->n_faults == 0) {
        tl_prose_add(&t.say, "%s", c->counts.n_summed ? "checksums of all pages, " : "");
        tl_prose_add(&t.say, "schema, trees and indexes, references, counts; loops and cycles equal a fresh "
                             "detection");
        tl_text_labelled(&t, "Checked");
        return tl_text_fini(&t);
    }
    tl_prose_add(&t.say,
                 "keep this file, and read the log files into a new database: what it holds came from them");
    tl_text_labelled(&t, "What to do");
    tl_text_blank(&t);
    tl_prose_add(&t.say, "What is not right");
    tl_text_row(&t, TL_TEXT_BOLD);
    for (size_t i = 0; i < c->n_faults && i < LIST_MAX; i++) {
        tl_prose_add(&t.say, "%s: ", c->faults[i].part);
        tl_prose_str(&t.say, c->faults[i].what);
        tl_text_paragraph(&t, 2, 4);
    }
    if (c->n_faults > LIST_MAX)
        tl_prose_add(&t.say, "and %zu more; --format json lists all", c->n_faults - LIST_MAX);
    tl_text_paragraph(&t, 2, 4);
    return tl_text_fini(&t);
}

int tl_json_write_check(const struct tl_check *c, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    struct tl_jsonw w = {.out = out};
    tl_jsonw_open(&w, NULL, '{', false);
    tl_jsonw_text(&w, "schema", "trailloop.check/1");
    tl_jsonw_time(&w, "generated_at", c->generated_at_s);
    tl_jsonw_str(&w, "database", tl_str_from(c->path));
    tl_jsonw_bool(&w, "good", c->n_faults == 0);
    tl_jsonw_open(&w, "pages", '{', true);
    tl_jsonw_count(&w, "all", c->counts.n_pages);
    tl_jsonw_count(&w, "bytes_each", c->counts.page_bytes);
    tl_jsonw_count(&w, "summed", c->counts.n_summed);
    tl_jsonw_count(&w, "free", c->counts.n_free_pages);
    tl_jsonw_count(&w, "free_and_changed", c->counts.n_unused);
    tl_jsonw_close(&w, '}');
    tl_jsonw_count(&w, "events", c->counts.n_events);
    tl_jsonw_count(&w, "files", c->counts.n_sources);
    tl_jsonw_open(&w, "faults", '[', false);
    for (size_t i = 0; i < c->n_faults; i++) {
        tl_jsonw_open(&w, NULL, '{', true);
        tl_jsonw_text(&w, "part", c->faults[i].part);
        tl_jsonw_str(&w, "what", c->faults[i].what);
        tl_jsonw_close(&w, '}');
    }
    tl_jsonw_close(&w, ']');
    tl_jsonw_close(&w, '}');
    return tl_json_end(&w);
}
