/* Outlines as text, as Markdown and as a page: see outline.h. */
#include "outline.h"

#include "html.h"
#include "mdw.h"

enum { LIST_MAX_TEXT = 40, LIST_MAX_PAGE = 500 }; /* a screen; a page that opens at once */

void tl_outline_title(struct tl_outline *o, enum tl_text_look look)
{
    o->form->title(o, look);
}

void tl_outline_heading(struct tl_outline *o)
{
    o->form->heading(o);
}

void tl_outline_fact(struct tl_outline *o, const char *label)
{
    if (o->say->b.n)
        o->form->fact(o, label);
}

void tl_outline_item(struct tl_outline *o)
{
    if (o->say->b.n)
        o->form->item(o);
}

void tl_outline_entry(struct tl_outline *o)
{
    if (o->say->b.n)
        o->form->entry(o);
}

void tl_outline_paragraph(struct tl_outline *o)
{
    if (o->say->b.n)
        o->form->paragraph(o);
}

void tl_outline_line(struct tl_outline *o)
{
    o->form->line(o);
}

/* ---- text -------------------------------------------------------------------------------------------- */

struct text_outline {
    struct tl_outline o; /* first: what is given an outline of text is given this */
    struct tl_text t;
};

static struct tl_text *text(struct tl_outline *o)
{
    return &((struct text_outline *)o)->t;
}

static void text_title(struct tl_outline *o, enum tl_text_look look)
{
    tl_text_row(text(o), look);
}

static void text_heading(struct tl_outline *o)
{
    tl_text_blank(text(o));
    tl_text_row(text(o), TL_TEXT_BOLD);
}

static void text_fact(struct tl_outline *o, const char *label)
{
    tl_text_labelled(text(o), label);
}

static void text_item(struct tl_outline *o)
{
    tl_text_item(text(o));
}

static void text_entry(struct tl_outline *o)
{
    tl_text_paragraph(text(o), 2, 4);
}

static void text_paragraph(struct tl_outline *o)
{
    tl_text_paragraph(text(o), 2, 2);
}

static void text_line(struct tl_outline *o)
{
    tl_text_line(text(o));
}

int tl_outline_write_text(const struct tl_telling *d, const struct tl_style *style, struct tl_buf *out)
{
    static const struct tl_outline_form form = {text_title, text_heading,   text_fact, text_item,
                                                text_entry, text_paragraph, text_line};
    struct text_outline x;
    tl_text_init(&x.t, style, out);
    x.o = (struct tl_outline){&x.t.say, &form, LIST_MAX_TEXT};
    d->tell(&x.o, d->document);
    return tl_text_fini(&x.t);
}

/* ---- Markdown and pages: which list is open ---------------------------------------------------------- */

enum open { OPEN_NOTHING, OPEN_FACTS, OPEN_ENTRIES };

struct markdown_outline {
    struct tl_outline o;
    struct tl_mdw m;
    enum open open;
};

static struct tl_mdw *markdown(struct tl_outline *o, enum open open)
{
    struct markdown_outline *x = (struct markdown_outline *)o;
    if (x->open != open) {
        if (x->open != OPEN_NOTHING)
            tl_mdw_put(&x->m, "\n");
        if (open == OPEN_FACTS)
            tl_mdw_put(&x->m, "| | |\n| --- | --- |\n");
        x->open = open;
    }
    return &x->m;
}

static void markdown_title(struct tl_outline *o, enum tl_text_look look)
{
    (void)look;
    tl_mdw_put(markdown(o, OPEN_NOTHING), "# ");
    tl_mdw_paragraph(markdown(o, OPEN_NOTHING));
}

static void markdown_heading(struct tl_outline *o)
{
    tl_mdw_put(markdown(o, OPEN_NOTHING), "## ");
    tl_mdw_paragraph(markdown(o, OPEN_NOTHING));
}

static void markdown_fact(struct tl_outline *o, const char *label)
{
    tl_mdw_fact(markdown(o, OPEN_FACTS), label ? label : "");
}

static void markdown_item(struct tl_outline *o)
{
    markdown_fact(o, NULL);
}

static void markdown_entry(struct tl_outline *o)
{
    tl_mdw_bullet(markdown(o, OPEN_ENTRIES), "- ");
}

static void markdown_paragraph(struct tl_outline *o)
{
    tl_mdw_paragraph(markdown(o, OPEN_NOTHING));
}

int tl_outline_write_markdown(const struct tl_telling *d, const struct tl_style *style, struct tl_buf *out)
{
    static const struct tl_outline_form form = {markdown_title,    markdown_heading, markdown_fact,
                                                markdown_item,     markdown_entry,   markdown_paragraph,
                                                markdown_paragraph};
    (void)style;
    struct markdown_outline x = {.m = {.out = out}};
    x.o = (struct tl_outline){&x.m.say, &form, LIST_MAX_PAGE};
    d->tell(&x.o, d->document);
    return tl_mdw_end(&x.m);
}

struct html_outline {
    struct tl_outline o;
    struct tl_html h;
    enum open open;
    bool term; /* a term of OPEN_FACTS is open: there may be more to it */
};

static void end_term(struct html_outline *x)
{
    tl_html_put(&x->h, x->term ? "</div>\n" : "");
    x->term = false;
}

static struct tl_html *html(struct tl_outline *o, enum open open)
{
    static const char *const begin[] = {"", "<dl class=\"terms\">\n", "<ul>\n"}, *const end[] = {"",
                                                                                                 "</dl>\n",
                                                                                                 "</ul>\n"};
    struct html_outline *x = (struct html_outline *)o;
    if (x->open != open) {
        end_term(x);
        tl_html_put(&x->h, end[x->open]);
        tl_html_put(&x->h, begin[open]);
        x->open = open;
    }
    return &x->h;
}

static void html_title(struct tl_outline *o, enum tl_text_look look)
{
    struct tl_html *h = html(o, OPEN_NOTHING);
    tl_html_element(h, look == TL_TEXT_ALARM  ? "h1 class=\"running\""
                       : look == TL_TEXT_CALM ? "h1 class=\"stopped\""
                                              : "h1");
    tl_html_put(h, "</header>\n<main id=\"main\">\n");
}

static void html_heading(struct tl_outline *o)
{
    tl_html_element(html(o, OPEN_NOTHING), "h2");
}

static void html_fact(struct tl_outline *o, const char *label)
{
    struct html_outline *x = (struct html_outline *)o;
    struct tl_html *h = html(o, OPEN_FACTS);
    if (label) {
        end_term(x);
        tl_html_putf(h, "<div><dt>%s</dt>", label);
        x->term = true;
    }
    tl_html_element(h, "dd");
}

static void html_item(struct tl_outline *o)
{
    html_fact(o, NULL);
}

static void html_entry(struct tl_outline *o)
{
    tl_html_element(html(o, OPEN_ENTRIES), "li");
}

static void html_paragraph(struct tl_outline *o)
{
    tl_html_element(html(o, OPEN_NOTHING), "p");
}

int tl_outline_write_html(const struct tl_telling *d, const struct tl_style *style, struct tl_buf *out)
{
    static const struct tl_outline_form form = {html_title, html_heading,   html_fact,     html_item,
                                                html_entry, html_paragraph, html_paragraph};
    (void)style;
    struct html_outline x = {.h = {.out = out}};
    x.o = (struct tl_outline){&x.h.say, &form, LIST_MAX_PAGE};
    tl_html_page_begin(&x.h, d->name);
    tl_html_putf(&x.h, "<header>\n<p class=\"kind\">%s</p>\n", d->name);
    d->tell(&x.o, d->document);
    html(&x.o, OPEN_NOTHING);
    tl_html_put(&x.h, "</main>\n");
    tl_html_page_end(&x.h, d->generated_at_s);
    return tl_html_fini(&x.h);
}
