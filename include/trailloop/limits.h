/* limits: every number that bounds what the program accepts or holds, with its reason. */
#ifndef TRAILLOOP_LIMITS_H
#define TRAILLOOP_LIMITS_H

/* The longest record that is read. CloudTrail delivers at most 256 KiB an event (CloudTrail user guide,
 * "Quotas"); four times that leaves room for pretty-printed copies. A DOM takes up to 77 times its text
 * (measured with jansson 2.14), so this also bounds the memory of the rare records that need one. */
#define TL_RECORD_MAX_BYTES ((size_t)1 << 20)

/* How deep JSON may nest. Real records stay under 16; each level costs stack in a reader. */
#define TL_JSON_DEPTH_MAX 512

/* One read from a file, and one block of inflated bytes: large enough that calls do not count, small
 * enough that all workers' buffers stay in the second-level cache. */
#define TL_READ_BYTES ((size_t)1 << 16)
#define TL_INFLATE_BYTES ((size_t)1 << 18)

/* Evaluations in one PutEvaluations call: 100 by the API model (config 2014-11-12). More are read, up to
 * what fits in a record; this is only the size hint for arrays. */
#define TL_EVALUATIONS_HINT 100

/* The longest chain. The longest real one known has 6 steps. */
#define TL_CHAIN_MAX_STEPS 16

/* Detection defaults: DESIGN words in docs/ARCHITECTURE.md, "Detection". */
#define TL_MIN_CYCLES_DEFAULT 3
#define TL_MAX_STEP_DEFAULT_S (15 * 60)
#define TL_MAX_GAP_DEFAULT_S (26 * 3600) /* so that a rule evaluated once a day is seen */

/* AWS Config's remediation settings (PutRemediationConfigurations, config 2014-11-12): allowed ranges
 * and what applies when a configuration does not say. */
#define TL_ATTEMPTS_MAX 25
#define TL_ATTEMPTS_DEFAULT 5
#define TL_WINDOW_MAX_S 2678000
#define TL_WINDOW_DEFAULT_S 60

/* CloudTrail delivers within about 15 minutes: a loop whose last sign is that near to the end of the log
 * may still be running. */
#define TL_DELIVERY_S (15 * 60)

#endif
