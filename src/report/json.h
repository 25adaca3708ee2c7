/* Objects of the JSON documents that other formats write too. */
#ifndef TRAILLOOP_REPORT_JSON_H
#define TRAILLOOP_REPORT_JSON_H

#include "jsonw.h"
#include "trailloop/report.h"

void tl_json_loop(struct tl_jsonw *w, const struct tl_finding *f);
void tl_json_source(struct tl_jsonw *w, const struct tl_source *s);

#endif
