/* sandbox: gives up, for the rest of the process, what reading a dump does not need, so that a mistake in the
 * code that reads hostile bytes is worth less to whoever wrote them. By the kernel's Landlock (files,
 * network) and seccomp (other system calls), each where the kernel has it; where it has not, nothing is given
 * up and nothing fails.
 */
#ifndef TRAILLOOP_SANDBOX_H
#define TRAILLOOP_SANDBOX_H

#include "trailloop/base.h"

struct tl_sandbox_power {
    int landlock_abi; /* 0: the kernel has no Landlock */
    bool seccomp;
};
struct tl_sandbox_power tl_sandbox_power(void);

enum tl_sandbox_right {
    TL_SANDBOX_READ,  /* the file, or the directory with all below it */
    TL_SANDBOX_WRITE, /* and write: the same */
    TL_SANDBOX_MAKE,  /* make and remove files in the directory, and list it; not open those that are there */
    TL_SANDBOX_REMOVE, /* remove empty directories below it */
};

struct tl_sandbox_rule {
    const char *path; /* borrowed during the call; what does not exist is passed over */
    enum tl_sandbox_right right;
};

/* From here on, for this thread and those it starts: files are opened by these rules only (what is open stays
 * open); no sockets, no other programs, no look into other processes. To be called before threads are
 * started. Whatever the kernel refuses to give up stays allowed. */
void tl_sandbox_enter(const struct tl_sandbox_rule *rules, size_t n);

#endif
