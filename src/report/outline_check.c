/* The database itself: is it as it was written, what does it hold, what is not right. */
#include "outline.h"

static void pages(struct tl_outline *o, const struct tl_check_counts *n)
{
    tl_prose_count(o->say, n->n_pages, "page", NULL);
    if (n->n_pages) {
        tl_prose_add(o->say, " of ");
        tl_prose_count(o->say, n->page_bytes, "byte", NULL);
    } else {
        tl_prose_add(o->say, ": the file is empty, as a new database");
    }
    if (n->n_pages && n->n_summed == 0)
        tl_prose_add(o->say,
                     ", without checksums: this database was made before there were any, so that changed "
                     "bytes are found only where they break something (a new one, read from the same "
                     "files, has them)");
    if (n->n_free_pages) {
        tl_prose_add(o->say, ", ");
        tl_prose_count(o->say, n->n_free_pages, "free", "free");
    }
    if (n->n_unused) {
        tl_prose_add(o->say, "; ");
        tl_prose_count(o->say, n->n_unused, "free page was changed, which harms nothing",
                       "free pages were changed, which harms nothing");
    }
    tl_outline_fact(o, "Pages");
}

void tl_outline_check(struct tl_outline *o, const void *check)
{
    const struct tl_check *c = check;
    if (c->n_faults) {
        tl_prose_add(o->say, "DAMAGED: ");
        tl_prose_count(o->say, c->n_faults, "fault", NULL);
        tl_outline_title(o, TL_TEXT_ALARM);
    } else {
        tl_prose_add(o->say, "The database is as it was written");
        tl_outline_title(o, TL_TEXT_CALM);
    }
    tl_prose_str(o->say, tl_str_from(c->path));
    tl_outline_fact(o, "Database");
    pages(o, &c->counts);
    tl_prose_count(o->say, c->counts.n_events, "event", NULL);
    tl_prose_add(o->say, " of ");
    tl_prose_count(o->say, c->counts.n_sources, "file", NULL);
    tl_outline_fact(o, "Holds");
    if (c->n_faults == 0) {
        tl_prose_add(o->say, "%s", c->counts.n_summed ? "checksums of all pages, " : "");
        tl_prose_add(o->say, "schema, trees and indexes, references, counts; loops and cycles equal a fresh "
                             "detection");
        tl_outline_fact(o, "Checked");
        return;
    }
    tl_prose_add(o->say,
                 "keep this file, and read the log files into a new database: what it holds came from them");
    tl_outline_fact(o, "What to do");
    tl_prose_add(o->say, "What is not right");
    tl_outline_heading(o);
    for (size_t i = 0; i < c->n_faults && i < o->list_max; i++) {
        tl_prose_add(o->say, "%s: ", c->faults[i].part);
        tl_prose_text(o->say, c->faults[i].what);
        tl_outline_entry(o);
    }
    if (c->n_faults > o->list_max)
        tl_prose_add(o->say, "and %zu more; --format json lists all", c->n_faults - o->list_max);
    tl_outline_entry(o);
}
