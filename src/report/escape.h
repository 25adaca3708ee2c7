/* How each format writes text that is not ours. What tl_escape_terminal hides is hidden in all of them, in
 * the same words (\u{202E}, \x1B), so that a name reads the same everywhere. Each returns 0 or TL_ENOMEM. */
#ifndef TRAILLOOP_REPORT_ESCAPE_H
#define TRAILLOOP_REPORT_ESCAPE_H

#include "trailloop/report.h"

/* HTML, between tags and inside attribute values in double quotes: & < > " ' as character references. */
int tl_escape_html(struct tl_buf *out, tl_str s);
/* Markdown, in running text and in cells of tables: every ASCII punctuation mark that means something to
 * CommonMark or to GitHub (links without brackets among them) behind a backslash; & < > as references. */
int tl_escape_markdown(struct tl_buf *out, tl_str s);
/* Markdown, as code with its backticks; `|` too is safe, also in a table. A name stays good for copying. */
int tl_escape_markdown_code(struct tl_buf *out, tl_str s);
/* One cell of CSV (RFC 4180), in quotes where it needs them. What a spreadsheet would take for a formula gets
 * an apostrophe in front. */
int tl_escape_csv(struct tl_buf *out, tl_str s);
/* The value of a Prometheus label with its quotes. */
int tl_escape_prometheus(struct tl_buf *out, tl_str s);
/* One word for a POSIX shell, in single quotes. */
int tl_escape_shell(struct tl_buf *out, tl_str s);

#endif
