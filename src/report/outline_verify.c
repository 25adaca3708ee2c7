/* Digests against files: first the answer, then what it rests on, then every file that is not right. */
#include "outline.h"

static void answer(struct tl_outline *o, const struct tl_verify *v)
{
    enum tl_text_look look = TL_TEXT_CALM;
    if (!tl_verify_is_clean(v)) {
        look = TL_TEXT_ALARM;
        tl_prose_add(o->say, "NOT as CloudTrail delivered it: ");
        tl_prose_count(o->say, v->n_problems + v->n_problems_left_out, "problem", NULL);
    } else if (tl_verify_is_proved(v)) {
        tl_prose_add(o->say, "Proved: every file is as CloudTrail delivered it");
    } else if (v->has_keys) {
        tl_prose_add(o->say, "Nothing is altered or missing; all is proved but what the newest digests say");
    } else {
        look = TL_TEXT_BOLD;
        tl_prose_add(o->say, "Nothing is altered or missing, if the digests are CloudTrail's");
    }
    tl_outline_title(o, look);
}

/* `, 3 altered`, where there are any. */
static void part(struct tl_outline *o, uint64_t n, const char *what)
{
    if (n == 0)
        return;
    tl_prose_add(o->say, ", ");
    tl_prose_count(o->say, n, what, what);
}

static void digests(struct tl_outline *o, const struct tl_verify *v)
{
    tl_prose_count(o->say, v->digests.n_read, "read", "read");
    tl_prose_add(o->say, ": ");
    tl_prose_count(o->say, v->digests.n_intact, "intact", "intact");
    part(o, v->digests.n_altered, "altered");
    part(o, v->digests.n_unverifiable, "not verifiable");
    if (v->digests.n_missing) {
        tl_prose_add(o->say, "; ");
        tl_prose_count(o->say, v->digests.n_missing, "missing", "missing");
    }
    if (v->digests.n_backfill) {
        tl_prose_add(o->say, "; ");
        tl_prose_count(o->say, v->digests.n_backfill, "of them backfill (for files that were late)",
                       "of them backfill (for files that were late)");
    }
    tl_outline_fact(o, "Digests");
}

static void logs(struct tl_outline *o, const struct tl_verify *v)
{
    tl_prose_count(o->say, v->logs.n_read, "read", "read");
    tl_prose_add(o->say, ": ");
    tl_prose_count(o->say, v->logs.n_intact, "intact", "intact");
    part(o, v->logs.n_altered, "altered");
    part(o, v->logs.n_extra, "extra");
    part(o, v->logs.n_unverifiable, "not verifiable");
    part(o, v->logs.n_too_new, "newer than the last digest (not yet named by one)");
    part(o, v->logs.n_too_old, "older than the first digest (never named by one)");
    if (v->logs.n_missing) {
        tl_prose_add(o->say, "; ");
        tl_prose_count(o->say, v->logs.n_missing, "missing", "missing");
    }
    tl_outline_fact(o, "Log files");
    if (v->n_other) {
        tl_prose_count(o->say, v->n_other, "other file, with no CloudTrail records",
                       "other files, with no CloudTrail records");
        tl_outline_fact(o, NULL);
    }
}

static size_t n_unsigned(const struct tl_verify *v)
{
    size_t n = 0;
    for (size_t i = 0; i < v->n_chains; i++)
        n += !v->chains[i].newest_signed;
    return n;
}

static void signatures(struct tl_outline *o, const struct tl_verify *v)
{
    if (!v->has_keys) {
        tl_prose_add(o->say,
                     "not checked: without --public-key whoever could write all of these files could have "
                     "made digests that fit");
    } else {
        tl_prose_count(o->say, v->digests.n_signed, "proved", "proved");
        size_t n = n_unsigned(v);
        if (n) {
            tl_prose_add(o->say, "; not that of the newest digest of ");
            tl_prose_count(o->say, n, "chain", NULL);
            tl_prose_add(o->say, ", which only its S3 object's metadata holds (x-amz-meta-signature: give "
                                 "it with --signature)");
        }
    }
    tl_outline_fact(o, "Signatures");
}

static void chain(struct tl_outline *o, const struct tl_verify_chain *c, bool has_keys, bool first)
{
    tl_prose_str(o->say, c->account);
    tl_prose_add(o->say, " ");
    tl_prose_str(o->say, c->region);
    tl_prose_add(o->say, " ");
    tl_prose_str(o->say, c->trail);
    tl_prose_add(o->say, "%s: ", c->backfill ? " (backfill)" : "");
    tl_prose_count(o->say, c->n_digests, "digest", NULL);
    tl_prose_add(o->say, ", ");
    tl_prose_span(o->say, c->first_s, c->last_s);
    tl_outline_fact(o, first ? "Chains" : NULL);
    if (!c->starts_here) {
        tl_prose_add(o->say, "earlier digests are not here: the first one names ");
        tl_prose_str(o->say, c->before);
        tl_outline_item(o);
    }
    if (has_keys && !c->newest_signed) {
        tl_prose_add(o->say, "newest, not proved: ");
        tl_prose_str(o->say, c->newest);
        tl_outline_item(o);
    }
}

static void chains(struct tl_outline *o, const struct tl_verify *v)
{
    for (size_t i = 0; i < v->n_chains && i < o->list_max; i++)
        chain(o, &v->chains[i], v->has_keys, i == 0);
    if (v->n_chains > o->list_max)
        tl_prose_add(o->say, "and %zu more; --format json lists all", v->n_chains - o->list_max);
    tl_outline_fact(o, NULL);
}

static void problem(struct tl_outline *o, const struct tl_verify_problem *p)
{
    tl_prose_add(o->say, "%s%s ", tl_verify_kind_name(p->kind),
                 p->kind == TL_VERIFY_GAP ? " in the chain,"
                 : p->digest              ? " digest"
                                          : " log file");
    if (p->kind == TL_VERIFY_GAP) {
        tl_prose_span(o->say, p->from_s < p->to_s ? p->from_s : p->to_s,
                      p->from_s < p->to_s ? p->to_s : p->from_s);
        tl_prose_add(o->say, ", before ");
    }
    tl_prose_str(o->say, p->file.n ? p->file : p->object);
    tl_prose_add(o->say, "%s", p->file.n || p->object.n ? ": " : "");
    tl_prose_text(o->say, p->why);
    tl_outline_entry(o);
}

static void problems(struct tl_outline *o, const struct tl_verify *v)
{
    uint64_t n = v->n_problems + v->n_problems_left_out;
    if (n == 0)
        return;
    tl_prose_add(o->say, "What is not right");
    tl_outline_heading(o);
    for (size_t i = 0; i < v->n_problems && i < o->list_max; i++)
        problem(o, &v->problems[i]);
    if (n > o->list_max)
        tl_prose_add(o->say, "and %llu more; --format json lists them",
                     (unsigned long long)(n - o->list_max));
    tl_outline_entry(o);
}

void tl_outline_verify(struct tl_outline *o, const void *verify)
{
    const struct tl_verify *v = verify;
    answer(o, v);
    digests(o, v);
    logs(o, v);
    signatures(o, v);
    chains(o, v);
    problems(o, v);
}
