/* `trailloop.check/1`: the database itself. */
#include "json.h"

void tl_json_fault(struct tl_jsonw *w, const struct tl_fault *f)
{
    tl_jsonw_open(w, NULL, '{', true);
    tl_jsonw_text(w, "part", f->part);
    tl_jsonw_str(w, "what", f->what);
    tl_jsonw_close(w, '}');
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
    for (size_t i = 0; i < c->n_faults; i++)
        tl_json_fault(&w, &c->faults[i]);
    tl_jsonw_close(&w, ']');
    tl_jsonw_close(&w, '}');
    return tl_json_end(&w);
}
