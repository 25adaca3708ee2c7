/* `trailloop.verify/1`: digests against files. */
#include "json.h"

static void digests(struct tl_jsonw *w, const struct tl_verify *v)
{
    tl_jsonw_open(w, "digests", '{', true);
    tl_jsonw_count(w, "read", v->digests.n_read);
    tl_jsonw_count(w, "intact", v->digests.n_intact);
    tl_jsonw_count(w, "signed", v->digests.n_signed);
    tl_jsonw_count(w, "altered", v->digests.n_altered);
    tl_jsonw_count(w, "unverifiable", v->digests.n_unverifiable);
    tl_jsonw_count(w, "missing", v->digests.n_missing);
    tl_jsonw_count(w, "gaps", v->digests.n_gaps);
    tl_jsonw_count(w, "backfill", v->digests.n_backfill);
    tl_jsonw_close(w, '}');
}

static void logs(struct tl_jsonw *w, const struct tl_verify *v)
{
    tl_jsonw_open(w, "log_files", '{', true);
    tl_jsonw_count(w, "read", v->logs.n_read);
    tl_jsonw_count(w, "intact", v->logs.n_intact);
    tl_jsonw_count(w, "altered", v->logs.n_altered);
    tl_jsonw_count(w, "extra", v->logs.n_extra);
    tl_jsonw_count(w, "unverifiable", v->logs.n_unverifiable);
    tl_jsonw_count(w, "after_last_digest", v->logs.n_too_new);
    tl_jsonw_count(w, "before_first_digest", v->logs.n_too_old);
    tl_jsonw_count(w, "missing", v->logs.n_missing);
    tl_jsonw_close(w, '}');
}

static void chain(struct tl_jsonw *w, const struct tl_verify_chain *c)
{
    tl_jsonw_open(w, NULL, '{', false);
    tl_jsonw_str(w, "account", c->account);
    tl_jsonw_str(w, "region", c->region);
    tl_jsonw_str(w, "trail", c->trail);
    tl_jsonw_str(w, "bucket", c->bucket);
    tl_jsonw_bool(w, "backfill", c->backfill);
    tl_jsonw_time(w, "first", c->first_s);
    tl_jsonw_time(w, "last", c->last_s);
    tl_jsonw_count(w, "digests", c->n_digests);
    tl_jsonw_bool(w, "starts_here", c->starts_here);
    tl_jsonw_str_or_null(w, "before", c->before);
    tl_jsonw_str(w, "newest", c->newest);
    tl_jsonw_bool(w, "newest_signed", c->newest_signed);
    tl_jsonw_close(w, '}');
}

void tl_json_problem(struct tl_jsonw *w, const struct tl_verify_problem *p)
{
    tl_jsonw_open(w, NULL, '{', false);
    tl_jsonw_text(w, "kind", tl_verify_kind_name(p->kind));
    tl_jsonw_text(w, "of", p->digest ? "digest" : "log-file");
    tl_jsonw_str_or_null(w, "file", p->file);
    tl_jsonw_str_or_null(w, "s3_object", p->object);
    tl_jsonw_str(w, "why", p->why);
    if (p->kind == TL_VERIFY_GAP) {
        tl_jsonw_time(w, "from", p->from_s);
        tl_jsonw_time(w, "to", p->to_s);
    }
    tl_jsonw_close(w, '}');
}

int tl_json_write_verify(const struct tl_verify *v, const struct tl_style *style, struct tl_buf *out)
{
    (void)style;
    struct tl_jsonw w = {.out = out};
    tl_jsonw_open(&w, NULL, '{', false);
    tl_jsonw_text(&w, "schema", "trailloop.verify/1");
    tl_jsonw_time(&w, "generated_at", v->generated_at_s);
    tl_jsonw_bool(&w, "clean", tl_verify_is_clean(v));
    tl_jsonw_bool(&w, "proved", tl_verify_is_proved(v));
    tl_jsonw_bool(&w, "signatures_checked", v->has_keys);
    digests(&w, v);
    logs(&w, v);
    tl_jsonw_count(&w, "other_files", v->n_other);
    tl_jsonw_open(&w, "chains", '[', false);
    for (size_t i = 0; i < v->n_chains; i++)
        chain(&w, &v->chains[i]);
    tl_jsonw_close(&w, ']');
    tl_jsonw_open(&w, "problems", '[', false);
    for (size_t i = 0; i < v->n_problems; i++)
        tl_json_problem(&w, &v->problems[i]);
    tl_jsonw_close(&w, ']');
    tl_jsonw_count(&w, "problems_left_out", v->n_problems_left_out);
    tl_jsonw_close(&w, '}');
    return tl_json_end(&w);
}
