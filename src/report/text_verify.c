/* Digests against files: first the answer, then what it rests on, then every file that is not right. */
#include "text.h"

enum { LIST_MAX = 40 }; /* rows of one list: a screen; the rest is counted */

static void answer(struct tl_text *t, const struct tl_verify *v)
{
    enum tl_text_look look = TL_TEXT_CALM;
    if (!tl_verify_is_clean(v)) {
        look = TL_TEXT_ALARM;
        tl_prose_add(&t->say, "NOT as CloudTrail delivered it: ");
        tl_prose_count(&t->say, v->n_problems + v->n_problems_left_out, "problem", NULL);
    } else if (tl_verify_is_proved(v)) {
        tl_prose_add(&t->say, "Proved: every file is as CloudTrail delivered it");
    } else if (v->has_keys) {
        tl_prose_add(&t->say, "Nothing is altered or missing; all is proved but what the newest digests say");
    } else {
        look = TL_TEXT_BOLD;
        tl_prose_add(&t->say, "Nothing is altered or missing, if the digests are CloudTrail's");
    }
    tl_text_row(t, look);
}

/* `, 3 altered`, where there are any. */
static void part(struct tl_text *t, uint64_t n, const char *what)
{
    if (n == 0)
        return;
    tl_prose_add(&t->say, ", ");
    tl_prose_count(&t->say, n, what, what);
}

static void digests(struct tl_text *t, const struct tl_verify *v)
{
    tl_prose_count(&t->say, v->digests.n_read, "read", "read");
    tl_prose_add(&t->say, ": ");
    tl_prose_count(&t->say, v->digests.n_intact, "intact", "intact");
    part(t, v->digests.n_altered, "altered");
    part(t, v->digests.n_unverifiable, "not verifiable");
    if (v->digests.n_missing) {
        tl_prose_add(&t->say, "; ");
        tl_prose_count(&t->say, v->digests.n_missing, "missing", "missing");
    }
    if (v->digests.n_backfill) {
        tl_prose_add(&t->say, "; ");
        tl_prose_count(&t->say, v->digests.n_backfill, "of them backfill (for files that were late)",
                       "of them backfill (for files that were late)");
    }
    tl_text_labelled(t, "Digests");
}

static void logs(struct tl_text *t, const struct tl_verify *v)
{
    tl_prose_count(&t->say, v->logs.n_read, "read", "read");
    tl_prose_add(&t->say, ": ");
    tl_prose_count(&t->say, v->logs.n_intact, "intact", "intact");
    part(t, v->logs.n_altered, "altered");
    part(t, v->logs.n_extra, "extra");
    part(t, v->logs.n_unverifiable, "not verifiable");
    part(t, v->logs.n_too_new, "newer than the last digest (not yet named by one)");
    part(t, v->logs.n_too_old, "older than the first digest (never named by one)");
    if (v->logs.n_missing) {
        tl_prose_add(&t->say, "; ");
        tl_prose_count(&t->say, v->logs.n_missing, "missing", "missing");
    }
    tl_text_labelled(t, "Log files");
    if (v->n_other) {
        tl_prose_count(&t->say, v->n_other, "other file, with no CloudTrail records",
                       "other files, with no CloudTrail records");
        tl_text_labelled(t, NULL);
    }
}

static size_t n_unsigned(const struct tl_verify *v)
{
    size_t n = 0;
    for (size_t i = 0; i < v->n_chains; i++)
        n += !v->chains[i].newest_signed;
    return n;
}

static void signatures(struct tl_text *t, const struct tl_verify *v)
{
    if (!v->has_keys) {
        tl_prose_add(&t->say,
                     "not checked: without --public-key whoever could write all of these files could have "
                     "made digests that fit");
    } else {
        tl_prose_count(&t->say, v->digests.n_signed, "proved", "proved");
        size_t n = n_unsigned(v);
        if (n) {
            tl_prose_add(&t->say, "; not that of the newest digest of ");
            tl_prose_count(&t->say, n, "chain", NULL);
            tl_prose_add(&t->say, ", which only its S3 object's metadata holds (x-amz-meta-signature: give "
                                  "it with --signature)");
        }
    }
    tl_text_labelled(t, "Signatures");
}

static void chain(struct tl_text *t, const struct tl_verify_chain *c, bool has_keys, bool first)
{
    tl_prose_str(&t->say, c->account);
    tl_prose_add(&t->say, " ");
    tl_prose_str(&t->say, c->region);
    tl_prose_add(&t->say, " ");
    tl_prose_str(&t->say, c->trail);
    tl_prose_add(&t->say, "%s: ", c->backfill ? " (backfill)" : "");
    tl_prose_count(&t->say, c->n_digests, "digest", NULL);
    tl_prose_add(&t->say, ", ");
    tl_prose_span(&t->say, c->first_s, c->last_s);
    tl_text_labelled(t, first ? "Chains" : NULL);
    if (!c->starts_here) {
        tl_prose_add(&t->say, "earlier digests are not here: the first one names ");
        tl_prose_str(&t->say, c->before);
        tl_text_item(t);
    }
    if (has_keys && !c->newest_signed) {
        tl_prose_add(&t->say, "newest, not proved: ");
        tl_prose_str(&t->say, c->newest);
        tl_text_item(t);
    }
}

static void chains(struct tl_text *t, const struct tl_verify *v)
{
    for (size_t i = 0; i < v->n_chains && i < LIST_MAX; i++)
        chain(t, &v->chains[i], v->has_keys, i == 0);
    if (v->n_chains > LIST_MAX)
        tl_prose_add(&t->say, "and %zu more; --format json lists all", v->n_chains - LIST_MAX);
    tl_text_labelled(t, NULL);
}

static void problem(struct tl_text *t, const struct tl_verify_problem *p)
{
    tl_prose_add(&t->say, "%s%s ", tl_verify_kind_name(p->kind),
                 p->kind == TL_VERIFY_GAP ? " in the chain,"
                 : p->digest              ? " digest"
                                          : " log file");
    if (p->kind == TL_VERIFY_GAP) {
        tl_prose_span(&t->say, p->from_s < p->to_s ? p->from_s : p->to_s,
                      p->from_s < p->to_s ? p->to_s : p->from_s);
        tl_prose_add(&t->say, ", before ");
    }
    tl_prose_str(&t->say, p->file.n ? p->file : p->object);
    tl_prose_add(&t->say, "%s", p->file.n || p->object.n ? ": " : "");
    tl_prose_str(&t->say, p->why);
    tl_text_paragraph(t, 2, 4);
}

static void problems(struct tl_text *t, const struct tl_verify *v)
{
    uint64_t n = v->n_problems + v->n_problems_left_out;
    if (n == 0)
        return;
    tl_text_blank(t);
    tl_prose_add(&t->say, "What is not right");
    tl_text_row(t, TL_TEXT_BOLD);
    for (size_t i = 0; i < v->n_problems && i < LIST_MAX; i++)
        problem(t, &v->problems[i]);
    if (n > LIST_MAX)
        tl_prose_add(&t->say, "and %llu more; --format json lists them", (unsigned long long)(n - LIST_MAX));
    tl_text_paragraph(t, 2, 4);
}

int tl_text_write_verify(const struct tl_verify *v, const struct tl_style *style, struct tl_buf *out)
{
    struct tl_text t;
    tl_text_init(&t, style, out);
    answer(&t, v);
    digests(&t, v);
    logs(&t, v);
    signatures(&t, v);
    chains(&t, v);
    problems(&t, v);
    return tl_text_fini(&t);
}
