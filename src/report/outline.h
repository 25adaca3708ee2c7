/* Documents that are told in facts and lists alone: what they say is written once (outline_*.c), how that
 * looks once a format (text, Markdown, a page). The sentence being made is `say`; the functions below show
 * and clear it, and do nothing where it is empty. */
#ifndef TRAILLOOP_REPORT_OUTLINE_H
#define TRAILLOOP_REPORT_OUTLINE_H

#include "prose.h"
#include "text.h"

struct tl_outline {
    struct tl_prose *say;
    const struct tl_outline_form *form;
    size_t list_max; /* rows of one list: what one likes to look through; whoever tells counts the rest */
};

struct tl_outline_form {
    void (*title)(struct tl_outline *o, enum tl_text_look look);
    void (*heading)(struct tl_outline *o);
    void (*fact)(struct tl_outline *o, const char *label);
    void (*item)(struct tl_outline *o);
    void (*entry)(struct tl_outline *o);
    void (*paragraph)(struct tl_outline *o);
    void (*line)(struct tl_outline *o);
};

/* The answer: the first thing, once. */
void tl_outline_title(struct tl_outline *o, enum tl_text_look look);
void tl_outline_heading(struct tl_outline *o);
/* NULL: more about the last one. */
void tl_outline_fact(struct tl_outline *o, const char *label);
void tl_outline_item(struct tl_outline *o);  /* of a list below the last fact */
void tl_outline_entry(struct tl_outline *o); /* of a list below a heading */
void tl_outline_paragraph(struct tl_outline *o);
void tl_outline_line(struct tl_outline *o); /* unbroken, to be copied */

/* A document to be told. */
struct tl_telling {
    const char *name; /* of the page; ours */
    void (*tell)(struct tl_outline *o, const void *document);
    const void *document;
    int64_t generated_at_s; /* INT64_MIN: it is of no time */
};
int tl_outline_write_text(const struct tl_telling *d, const struct tl_style *style, struct tl_buf *out);
int tl_outline_write_markdown(const struct tl_telling *d, const struct tl_style *style, struct tl_buf *out);
int tl_outline_write_html(const struct tl_telling *d, const struct tl_style *style, struct tl_buf *out);

/* Each with the document that its name says. */
void tl_outline_whatif(struct tl_outline *o, const void *whatif);
void tl_outline_verify(struct tl_outline *o, const void *verify);
void tl_outline_check(struct tl_outline *o, const void *check);
void tl_outline_rule_list(struct tl_outline *o, const void *rules);
void tl_outline_rule(struct tl_outline *o, const void *shown_rule);
void tl_outline_rule_check(struct tl_outline *o, const void *rules);
struct tl_shown_rule {
    const struct tl_rule *rule;
    const struct tl_chain *chain;
};

#endif
