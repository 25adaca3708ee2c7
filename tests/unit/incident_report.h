/* The report of the incident, made by hand, for tests of what the writers say of it. */
#ifndef TRAILLOOP_TEST_INCIDENT_REPORT_H
#define TRAILLOOP_TEST_INCIDENT_REPORT_H

#include "trailloop/report.h"

/* The incident: three settings one after another, the last of which stopped it. */
enum { N_CYCLES = 61 };

struct incident {
    int64_t starts_s[N_CYCLES];
    struct tl_party parties[3];
    struct tl_retry_phase phases[3];
    struct tl_evidence_step steps[4];
    struct tl_evidence evidence[1];
    struct tl_finding finding;
    struct tl_scope scope;
    struct tl_report report;
};

void make_incident(struct incident *in);
/* The time that the text says. */
int64_t at(const char *iso);

#endif
