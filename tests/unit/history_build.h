/* Histories made by hand: one call a step, then sorted as the store sorts them. For tests only: memory that
 * runs out ends the test. */
#ifndef TRAILLOOP_TESTS_HISTORY_BUILD_H
#define TRAILLOOP_TESTS_HISTORY_BUILD_H

#include "trailloop/detect.h"

struct build {
    struct tl_history h;
    uint32_t n_events;
};

enum { API_REMOVE, API_ADD, API_OTHER };

void build_init(struct build *b,
                uint32_t n_resources); /* in one account and region; two callers, the second a person */
/* The same with a third caller: two robots, and a person between them. */
enum { ROBOT_A, PERSON, ROBOT_B };
void build_init_robots(struct build *b, uint32_t n_resources);
void build_fini(struct build *b);
uint32_t build_text(struct build *b, const char *text);
/* Each returns the index before build_sort. */
uint32_t build_verdict(struct build *b, int64_t t_s, uint32_t resource, const char *rule,
                       enum tl_compliance c);
uint32_t build_attempt(struct build *b, int64_t t_s, const char *document, const char *execution);
uint32_t build_change(struct build *b, int64_t t_s, uint32_t resource, uint32_t api, const char *execution);
/* By one of those three. The step moves when the next one is made. */
struct tl_step *build_change_by(struct build *b, int64_t t_s, uint32_t resource, uint32_t api,
                                uint32_t caller);
void build_settings(struct build *b, int64_t t_s, const char *rule, const char *document, int attempts,
                    int64_t window_s);
/* By time, then by an id made from `salt`: another salt is another order inside each second. */
void build_sort(struct build *b, uint64_t salt);

uint64_t random_next(uint64_t *state); /* xorshift: the same numbers everywhere */

#endif
