/* dump: histories written as the files people have: trees as CloudTrail delivers them, exports of other
 * tools, plain or gzip, and then cut or damaged. Nothing binary needs to be kept in the project: tests make
 * it when they run. A failure ends the test program.
 */
#ifndef TRAILLOOP_TEST_DUMP_H
#define TRAILLOOP_TEST_DUMP_H

#include "history.h"

/* How CloudTrail delivers. {0} is: plain files of five minutes, each record once, in order of time. */
struct tlh_delivery {
    bool gzip, readable;           /* readable: one record a line */
    bool shuffled;                 /* inside each file, those of one second too */
    int every_s;                   /* 0: 300 */
    uint32_t twice_percent;        /* of the records come a second time, in another file */
    uint32_t late_percent, late_s; /* of the files come so much later, with a later name */
    uint64_t seed;                 /* draws which ones */
};
/* Writes dir/AWSLogs/<account>/CloudTrail/<region>/YYYY/MM/DD/<account>_CloudTrail_<region>_<time>_<16
 * letters>.json[.gz]. Returns how many records were written, second copies included. */
size_t tlh_deliver(const struct tlh *h, const char *dir, const struct tlh_delivery *how);

enum tlh_form {
    TLH_RECORDS,          /* {"Records":[...]} on one line */
    TLH_RECORDS_INDENTED, /* the same, pretty-printed */
    TLH_ARRAY,
    TLH_LINES,
    TLH_CONCATENATED, /* objects without anything between */
    TLH_LOOKUP_EVENTS,
    TLH_EVENTBRIDGE,
    TLH_CLOUDWATCH_SUBSCRIPTION,
    TLH_CLOUDWATCH_FILTER,
    TLH_FORMS
};
const char *tlh_form_name(enum tlh_form form);
/* The whole history in one file. members: 0 plain, else a gzip file of so many members. */
void tlh_write(const struct tlh *h, const char *path, enum tlh_form form, int members);

/* Any bytes, with the directories above. */
void tlh_write_bytes(const char *path, const void *p, size_t n, int members);
size_t tlh_file_bytes(const char *path);
void tlh_file_cut(const char *path, size_t n_bytes);
void tlh_file_flip(const char *path, size_t byte, int bit);

#endif
