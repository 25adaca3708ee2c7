/* What an API does to another one's work, told from its name: by the tugs (calls.c) and by undo.c. */
#ifndef TRAILLOOP_DETECT_VERBS_H
#define TRAILLOOP_DETECT_VERBS_H

#include "trailloop/base.h"

/* No verb that has an inverse. Verbs are numbered below it. */
enum { NO_VERB = 64 };

struct verbs {
    uint64_t noun; /* of the service and what is acted on: the same for calls that undo each other */
    uint64_t key;  /* the same for a call and the one that mostly undoes it; 0: it has no such partner */
    uint8_t verb;  /* or NO_VERB */
    uint8_t side;  /* 0: does; 1: undoes */
    bool works;    /* starts, stops, moves things in use: one caller does both all day */
    bool sets;     /* sets something: to do it again changes nothing */
    bool replaces; /* puts a value in the place of another */
    bool scales;   /* the value may be capacity: its fingerprint tells */
    bool restores; /* called again with the values from before, it takes back what was called in between */
};
struct verbs verbs_of(tl_str service, tl_str action);

/* Whether the verbs undo each other on the same noun, in either order. */
bool verbs_inverse(uint8_t a, uint8_t b);

#endif
