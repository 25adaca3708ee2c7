/* story: a history told in JSON, as fixtures/scenarios has them: who does what to which resource, when, and
 * how often. It is short enough to be read; the records are made from it when a test runs.
 *
 * `start`: the time from which `at` counts.
 *
 * `account`, `region`: where everything happens that does not say otherwise.
 *
 * `parties`: who acts, by name: role and session (or user), ip, agent, invoked_by. Known without being told
 * are config-evaluator, config-remediation, engineer, pipeline, and automation: the session of the last
 * attempt (`role` may be given with the call).
 *
 * `story`: a list of parts with at (seconds after start), repeat (times, 1), every (seconds), jitter (seconds
 * more, drawn anew each time) and events; or {at, until, noise: [least, most]}: ordinary traffic.
 *
 * An event happens `after` seconds (0) and is a verdict (COMPLIANT, NON_COMPLIANT ...; rule, type, id; or
 * `evaluations`: a list of type, id, verdict, times; schedule: a periodic rule; test_mode), an attempt (a
 * document; parameters, by) or a call (service:Action; by, request, response, resources).
 *
 * Any of them may have error (an errorCode; the parameters are then withheld, or with `keep` kept), account,
 * region, only (each how many-th time it happens), same (the record comes twice, with one eventID).
 *
 * In every text {i} is the number of the repetition and {k} that of the evaluation, from 0, in three digits.
 */
#ifndef TRAILLOOP_TEST_STORY_H
#define TRAILLOOP_TEST_STORY_H

#include "history.h"

/* The history, sorted; to be freed. A story that cannot be read ends the test program, saying where. */
struct tlh *tlh_story(const char *path);

#endif
