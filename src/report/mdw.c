/* Markdown out: see mdw.h. */
#include "mdw.h"

#include "escape.h"

void tl_mdw_put(struct tl_mdw *m, const char *markup)
{
    if (!m->rc)
        m->rc = tl_buf_add_str(m->out, tl_str_from(markup));
}

static void part(struct tl_mdw *m, tl_str s, bool name)
{
    if (!m->rc)
        m->rc = name ? tl_escape_markdown_code(m->out, s) : tl_escape_markdown(m->out, s);
}

void tl_mdw_say(struct tl_mdw *m)
{
    tl_str s = tl_buf_str(&m->say.b);
    size_t at = 0;
    for (size_t i = 0; i < m->say.n_names; i++) {
        part(m, tl_str_sub(s, at, m->say.names[i].from), false);
        part(m, tl_str_sub(s, m->say.names[i].from, m->say.names[i].to), true);
        at = m->say.names[i].to;
    }
    part(m, tl_str_sub(s, at, s.n), false);
    tl_prose_clear(&m->say);
}

void tl_mdw_code(struct tl_mdw *m, tl_str s)
{
    part(m, s, true);
}

void tl_mdw_paragraph(struct tl_mdw *m)
{
    if (m->say.b.n == 0)
        return;
    tl_mdw_say(m);
    tl_mdw_put(m, "\n\n");
}

void tl_mdw_bullet(struct tl_mdw *m, const char *mark)
{
    if (m->say.b.n == 0)
        return;
    tl_mdw_put(m, mark);
    tl_mdw_say(m);
    tl_mdw_put(m, "\n");
}

void tl_mdw_fact(struct tl_mdw *m, const char *label)
{
    if (m->say.b.n == 0)
        return;
    tl_mdw_put(m, "| ");
    tl_mdw_put(m, label);
    tl_mdw_put(m, " | ");
    tl_mdw_say(m);
    tl_mdw_put(m, " |\n");
}

int tl_mdw_end(struct tl_mdw *m)
{
    int r = m->rc ? m->rc : m->say.rc;
    tl_prose_fini(&m->say);
    return r;
}
