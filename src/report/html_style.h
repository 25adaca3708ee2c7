/* The style sheet of every page, html_style.css, as the build puts it into the program. */
#ifndef TRAILLOOP_REPORT_HTML_STYLE_H
#define TRAILLOOP_REPORT_HTML_STYLE_H

extern const char tl_html_style[];

#endif
