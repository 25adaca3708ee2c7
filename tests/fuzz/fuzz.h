/* A fuzz target: one function that takes any bytes, does with them what the program would, and ends the
 * process (abort) where a property does not hold. The same object is linked with libFuzzer (tests/fuzz/run)
 * and with replay.c, which plays the corpus and changes to it in the normal suite. */
#ifndef TRAILLOOP_FUZZ_H
#define TRAILLOOP_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What must hold. */
#define HOLDS(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);                   \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

#endif
