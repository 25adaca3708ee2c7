/* Cycles over time as a line of bars, for the text report. */
#ifndef TRAILLOOP_REPORT_SPARK_H
#define TRAILLOOP_REPORT_SPARK_H

#include "prose.h"
#include "trailloop/diagnose.h"

/* At most `columns` bars, from the loop's start to its end and a little of the silence after it, a dot where
 * no cycle started; and what a bar stands for. */
void tl_spark(struct tl_prose *p, const struct tl_finding *f, int columns);

#endif
