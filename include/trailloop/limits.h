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
 * enough that all workers' buffers stay in the second-level cache. A file that one read takes, and of which
 * not more than TL_WHOLE_BYTES come, is inflated at once: one block. */
#define TL_READ_BYTES ((size_t)1 << 16)
#define TL_INFLATE_BYTES ((size_t)1 << 18)
#define TL_WHOLE_BYTES ((size_t)1 << 19)

/* What a worker may have on the way to the store, in pieces of one file: so many events, so many bytes of
 * records, so many scopes (account and region, in 64 minutes) of events that were not needed. */
#define TL_BATCH_EVENTS 512
#define TL_BATCH_BYTES ((size_t)1 << 19)
#define TL_BATCH_SCOPES 64

/* So many pieces a worker may have on the way in all, while they hold no more events than four full ones:
 * most files are small, and each has a piece of its own. With events of about 1.4 KB that is 4 MB a worker.
 * Reading 7,554 files of 40 records on average makes 4,300 calls to wait or to wake with 8, 1,800 with 16 and
 * 1,000 with 32; 32 take 7 MB more. */
#define TL_BATCHES_PER_WORKER 16
#define TL_EVENTS_PER_WORKER (4 * TL_BATCH_EVENTS)

/* The writer is woken for that many events, or that many batches: to wake it for each small file costs more
 * than to write it. It is woken too when a worker has nothing to do. */
#define TL_WAKE_EVENTS (TL_BATCH_EVENTS / 2)
#define TL_WAKE_BATCHES 16

/* A transaction holds several files, since a commit waits for the disk: until that many events were put, or
 * that much time has gone by (which is then what a kill can cost). Each one more copies to the journal, and
 * writes again, most pages of the hours that the files share. */
#define TL_COMMIT_EVENTS 400000
#define TL_COMMIT_S 2

/* Damaged records of one file that are named one by one; a line counts the rest. */
#define TL_NOTICES_PER_FILE 5

/* How often a caller is told about progress, at most: ten times a second. */
#define TL_PROGRESS_NS 100000000

/* The longest chain. The longest real one known has 6 steps. */
#define TL_CHAIN_MAX_STEPS 16

/* The longest unit of a repeating pattern that discovery looks for: that of the longest chain. */
#define TL_DISCOVER_UNIT_MAX TL_CHAIN_MAX_STEPS

/* Chains looked for at once, the built-in ones included: a bit each in a mask. */
#define TL_CHAINS_MAX 64

/* A rule file. Rules are short; it is their samples that take room, at about 1.4 KB a record. */
#define TL_RULES_MAX_BYTES ((size_t)4 << 20)

/* Detection defaults: docs/ARCHITECTURE.md, "Detection". */
#define TL_MIN_CYCLES_DEFAULT 3
#define TL_MAX_STEP_DEFAULT_S (15 * 60)
#define TL_MAX_GAP_DEFAULT_S (26 * 3600) /* so that a rule evaluated once a day is seen */

/* Remediation without an automation answers a verdict within seconds (an event rule and a function); what
 * comes later is more likely the next deployment. */
#define TL_DIRECT_S (5 * 60)

/* One call repeated so often is a loop: retries and the parts of a deployment end sooner. */
#define TL_REPEAT_CALLS 10
/* More than five in a minute, of which half the gaps at least are as long as the lower median: that is less
 * than 24 s, and no gap of an episode is longer than four times as much. */
#define TL_REPEAT_GAP_S (4 * 23)

/* What one party does and undoes comes again within minutes, as no deployment does. */
#define TL_TUG_ONE_GAP_S (5 * 60)

/* How far the part of a loop reaches that restless.c looks for: three passes of a tug by one party, which are
 * two gaps, and --max-step more. */
#define TL_RESTLESS_S (2 * TL_TUG_ONE_GAP_S + TL_MAX_STEP_DEFAULT_S)

/* Changes of one resource that are looked at together when it was never judged: about 8 MB; a loop that
 * lies across the border of two parts is seen in both. */
#define TL_SIEVE_STEPS ((size_t)1 << 16)

/* Of these, those that are looked at together before: is there anything at all? 1 MB. */
#define TL_WATCH_CALLS ((size_t)1 << 15)

/* People break what is repaired at intervals of days: a weekend, and a day on either side. */
#define TL_DRIFT_GAP_S (4 * 24 * 3600)

/* AWS Config starts a remediation within seconds of the verdict: where several verdicts wait for an attempt
 * and are due in the same second, those not older than this come first. */
#define TL_ANSWER_S 60

/* A second verdict of one resource and rule within this time, with nothing changed between, is the first one
 * once more: evaluations triggered by one change come together. */
#define TL_REPEAT_S 5

/* How often the parts of a stream are cut again by their own gaps: each level is one more pass over them. */
#define TL_EPISODE_LEVELS_MAX 24

/* Discovery: copies of a unit further apart are none of each other's: a week and a day, so that what comes
 * weekly is seen. Patterns shown, and the most that may be asked for (each takes about 1 KB). */
#define TL_DISCOVER_GAP_S (8 * 24 * 3600)
#define TL_DISCOVER_PATTERNS_DEFAULT 20
#define TL_DISCOVER_PATTERNS_MAX 10000

/* Resources whose histories are shown at once: more are rather counted than printed. */
#define TL_HISTORY_RESOURCES_MAX 100

/* AWS Config's remediation settings (PutRemediationConfigurations, config 2014-11-12): allowed ranges
 * and what applies when a configuration does not say. */
#define TL_ATTEMPTS_MAX 25
#define TL_ATTEMPTS_DEFAULT 5
#define TL_WINDOW_MAX_S 2678000
#define TL_WINDOW_DEFAULT_S 60

/* CloudTrail delivers within about 15 minutes: a loop whose last sign is that near to the end of the log
 * may still be running. */
#define TL_DELIVERY_S (15 * 60)

/* Stretches without a record that are looked at, whole minutes: a gap is told from five minutes on
 * (CloudTrail delivers a file about every five minutes, so that a file that is missing leaves as much), and
 * judged by how rare stretches of half its length are. */
#define TL_SILENCE_S 60
#define TL_GAP_S (5 * 60)

/* The largest digest file that is read: it names the log files of an hour in some 400 bytes each, so that
 * this is 40,000 of them. It is held whole while it is read. */
#define TL_DIGEST_MAX_BYTES ((size_t)16 << 20)

/* Problems that `verify` names one by one; the rest is counted. A name and a reason are some 500 bytes. */
#define TL_VERIFY_PROBLEMS_MAX 10000

/* What one list of `verify` holds in memory before it goes to a temporary file. */
#define TL_SORT_BYTES ((size_t)4 << 20)

/* A digest is made every hour and delivered within another: for a log file delivered longer than that after
 * the last digest's end one is missing. */
#define TL_DIGEST_LATE_S (2 * 3600)

#endif
