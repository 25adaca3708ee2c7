/* What to do about a loop, in AWS's own terms. Printed, never run. */
#ifndef TRAILLOOP_REPORT_REMEDY_H
#define TRAILLOOP_REPORT_REMEDY_H

#include "trailloop/report.h"

/* The pair to set: what is in force where that has stopped the loop, else the smallest window that would
 * have. False where AWS Config accepts none. */
bool tl_remedy_pair(const struct tl_finding *f, struct tl_retry_pair *out);
/* The command that shows the settings in force, and the one that sets the pair and leaves all else in the
 * rule's configuration as it is, for a POSIX shell: appended to `out`, without a line end. Names of the log
 * stand in them in single quotes, so that nothing in those reaches the shell. What the log does not name is a
 * word in capitals. 0 or TL_ENOMEM. */
int tl_remedy_look(const struct tl_finding *f, struct tl_buf *out);
int tl_remedy_command(const struct tl_finding *f, const struct tl_retry_pair *pair, struct tl_buf *out);

#endif
