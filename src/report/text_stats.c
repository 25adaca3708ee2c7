/* What the log can speak for and what was wrong with it (`stats`), and what one run read (`ingest`).
 * Everything that was not read as a matter of course is named with its place; long lists are cut here, and
 * whole in the JSON form. */
#include "explain.h"
#include "text.h"

enum { LIST_MAX = 40 }; /* rows of one list: a screen; the rest is counted */

static void counts_of_records(struct tl_text *t, const struct tl_coverage *c)
{
    tl_prose_count(&t->say, c->records.n_read, "record", NULL);
    tl_prose_add(&t->say, " read = ");
    tl_prose_count(&t->say, c->records.n_kept, "kept", "kept");
    tl_prose_add(&t->say, " + ");
    tl_prose_count(&t->say, c->records.n_duplicates, "second copy (delivered twice)",
                   "second copies (delivered twice)");
    tl_prose_add(&t->say, " + ");
    tl_prose_count(&t->say, c->records.n_damaged, "damaged", "damaged");
    if (c->records.n_unused) {
        tl_prose_add(&t->say, " + ");
        tl_prose_count(&t->say, c->records.n_unused, "not needed", "not needed");
    }
    tl_text_labelled(t, "Records");
    if (c->records.n_withheld) {
        tl_prose_count(&t->say, c->records.n_withheld, "record has its parameters withheld by AWS",
                       "records have their parameters withheld by AWS");
        tl_text_labelled(t, NULL);
    }
}

static void coverage(struct tl_text *t, const struct tl_coverage *c)
{
    counts_of_records(t, c);
    if (c->any)
        tl_prose_span(&t->say, c->first_s, c->last_s);
    else
        tl_prose_add(&t->say, "no CloudTrail record yet");
    tl_text_labelled(t, "Time");
    if (c->pruned) {
        tl_prose_add(&t->say, "what belongs to remediation from ");
        tl_prose_time(&t->say, c->facts_from_s);
        tl_prose_add(&t->say, " on, all other records from ");
        tl_prose_time(&t->say, c->pruned_before_s);
        tl_prose_add(&t->say, " on; older ones were removed");
        tl_text_labelled(t, "Kept");
    }
    for (size_t i = 0; i < c->n_scopes; i++) {
        const struct tl_scope *s = &c->scopes[i];
        if (i == LIST_MAX) {
            tl_prose_add(&t->say, "and %zu more pairs of account and region", c->n_scopes - i);
            tl_text_labelled(t, NULL);
            break;
        }
        tl_prose_str(&t->say, s->account);
        tl_prose_add(&t->say, " ");
        tl_prose_str(&t->say, s->region);
        tl_prose_add(&t->say, ": ");
        tl_prose_count(&t->say, s->n_records, "record", NULL);
        tl_prose_add(&t->say, ", ");
        tl_prose_span(&t->say, s->first_s, s->last_s);
        tl_text_labelled(t, i == 0 ? "Speaks for" : NULL);
    }
}

static void outcomes(struct tl_text *t, const struct tl_stats *s)
{
    size_t n[TL_OUTCOME_UNREADABLE + 1] = {0};
    const char *between = ": ";
    size_t n_files = 0, n_gone = 0;
    for (size_t i = 0; i < s->n_sources; i++) {
        if (s->sources[i].superseded) /* an older version is no file of its own */
            continue;
        n[s->sources[i].outcome]++;
        n_files++;
        n_gone += s->sources[i].gone;
    }
    tl_prose_count(&t->say, n_files, "file", NULL);
    for (int o = 0; o <= TL_OUTCOME_UNREADABLE; o++) {
        if (n[o] == 0)
            continue;
        tl_prose_add(&t->say, "%s%zu %s", between, n[o], tl_outcome_name((enum tl_outcome)o));
        between = ", ";
    }
    if (n_gone)
        tl_prose_add(&t->say, "; %zu of them not there any more", n_gone);
    tl_text_labelled(t, "Files");
}

static void more(struct tl_text *t, size_t n_shown, size_t n)
{
    if (n > n_shown)
        tl_prose_add(&t->say, "and %zu more; --format json lists all", n - n_shown);
    tl_text_paragraph(t, 2, 4);
}

/* Files that are not simply done. */
static void not_done(struct tl_text *t, const struct tl_stats *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_sources; i++) {
        const struct tl_source *f = &s->sources[i];
        if (f->outcome == TL_OUTCOME_DONE || f->superseded || n++ >= LIST_MAX)
            continue;
        if (n == 1) {
            tl_text_blank(t);
            tl_prose_add(&t->say, "Files without records, or not read to their end");
            tl_text_row(t, TL_TEXT_BOLD);
        }
        tl_prose_str(&t->say, f->path);
        tl_prose_add(&t->say, ": %s", tl_outcome_name(f->outcome));
        if (f->outcome == TL_OUTCOME_SKIPPED &&
            f->container != TL_CONTAINER_EMPTY) /* else the reason says it */
            tl_prose_add(&t->say, " (%s)", tl_container_name(f->container));
        if (f->reason.n) {
            tl_prose_add(&t->say, ", ");
            tl_prose_str(&t->say, f->reason);
        }
        tl_text_paragraph(t, 2, 4);
    }
    more(t, LIST_MAX, n);
}

/* What an ingest looked for and did not find. */
static void gone(struct tl_text *t, const struct tl_stats *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_sources; i++) {
        const struct tl_source *f = &s->sources[i];
        if (!f->gone || n++ >= LIST_MAX)
            continue;
        if (n == 1) {
            tl_text_blank(t);
            tl_prose_add(&t->say, "Files that are gone (their records stay)");
            tl_text_row(t, TL_TEXT_BOLD);
        }
        tl_prose_str(&t->say, f->path);
        tl_prose_add(&t->say, ": ");
        tl_prose_count(&t->say, f->n_read, "record", NULL);
        tl_text_paragraph(t, 2, 4);
    }
    more(t, LIST_MAX, n);
}

static void damage(struct tl_text *t, const struct tl_stats *s)
{
    if (s->n_damage == 0)
        return;
    tl_text_blank(t);
    tl_prose_add(&t->say, "Damaged records (left out)");
    tl_text_row(t, TL_TEXT_BOLD);
    for (size_t i = 0; i < s->n_damage && i < LIST_MAX; i++) {
        tl_prose_str(&t->say, s->damage[i].path);
        tl_prose_add(&t->say, ":%llu, byte %llu, ", (unsigned long long)s->damage[i].at.record,
                     (unsigned long long)s->damage[i].at.offset);
        tl_prose_count(&t->say, s->damage[i].at.length, "byte", NULL);
        tl_prose_add(&t->say, ": ");
        tl_prose_str(&t->say, s->damage[i].why);
        tl_text_paragraph(t, 2, 4);
    }
    more(t, LIST_MAX, s->n_damage);
}

/* Whole files with something AWS does not write. */
static void odd(struct tl_text *t, const struct tl_stats *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_sources; i++) {
        const struct tl_source *f = &s->sources[i];
        if (f->n_members <= 1 && f->trailing_bytes == 0)
            continue;
        if (n++ >= LIST_MAX)
            continue;
        if (n == 1) {
            tl_text_blank(t);
            tl_prose_add(&t->say, "Odd files (AWS writes one gzip member and nothing after it)");
            tl_text_row(t, TL_TEXT_BOLD);
        }
        tl_prose_str(&t->say, f->path);
        tl_prose_add(&t->say, ": ");
        tl_prose_count(&t->say, f->n_members, "gzip member", NULL);
        if (f->trailing_bytes) {
            tl_prose_add(&t->say, ", ");
            tl_prose_count(&t->say, f->trailing_bytes, "byte", NULL);
            tl_prose_add(&t->say, " after the last one");
        }
        tl_text_paragraph(t, 2, 4);
    }
    more(t, LIST_MAX, n);
}

int tl_text_write_stats(const struct tl_stats *s, const struct tl_style *style, struct tl_buf *out)
{
    struct tl_text t;
    tl_text_init(&t, style, out);
    tl_prose_add(&t.say, "What the database holds");
    tl_text_row(&t, TL_TEXT_BOLD);
    outcomes(&t, s);
    coverage(&t, &s->coverage);
    not_done(&t, s);
    gone(&t, s);
    damage(&t, s);
    odd(&t, s);
    return tl_text_fini(&t);
}

int tl_text_write_run(const struct tl_run_report *r, const struct tl_style *style, struct tl_buf *out)
{
    struct tl_text t;
    tl_text_init(&t, style, out);
    tl_prose_add(&t.say, "This run");
    tl_text_row(&t, TL_TEXT_BOLD);
    tl_prose_count(&t.say, r->n_files_read, "read", "read");
    tl_prose_add(&t.say, ", ");
    tl_prose_count(&t.say, r->n_already_ingested, "known from before", "known from before");
    tl_prose_add(&t.say, ", ");
    tl_prose_count(&t.say, r->n_skipped, "skipped (no log)", "skipped (no logs)");
    tl_prose_add(&t.say, ", ");
    tl_prose_count(&t.say, r->n_damaged_files, "damaged", "damaged");
    tl_prose_add(&t.say, ", ");
    tl_prose_count(&t.say, r->n_unreadable, "unreadable", "unreadable");
    tl_text_labelled(&t, "Files");
    tl_prose_count(&t.say, r->n_records_read, "read", "read");
    tl_prose_add(&t.say, " = ");
    tl_prose_count(&t.say, r->n_records_new, "new", "new");
    tl_prose_add(&t.say, " + ");
    tl_prose_count(&t.say, r->n_records_duplicate, "known", "known");
    tl_prose_add(&t.say, " + ");
    tl_prose_count(&t.say, r->n_records_damaged, "damaged", "damaged");
    if (r->n_records_unused) {
        tl_prose_add(&t.say, " + ");
        tl_prose_count(&t.say, r->n_records_unused, "not needed", "not needed");
    }
    tl_text_labelled(&t, "Records");
    tl_text_blank(&t);
    tl_prose_add(&t.say, "The database now");
    tl_text_row(&t, TL_TEXT_BOLD);
    tl_prose_count(&t.say, r->coverage.files.n_read, "read", "read");
    tl_text_labelled(&t, "Files");
    coverage(&t, &r->coverage);
    return tl_text_fini(&t);
}
