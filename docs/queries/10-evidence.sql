-- Where are the raw records of one loop's first cycle? `trailloop show` prints them.
SELECT e.time, e.api, e.event_id, substr(e.source, -20) AS source, e.record, e.offset, e.length
FROM events e, (SELECT first, last FROM cycles ORDER BY first LIMIT 1) c
WHERE e.time BETWEEN c.first AND c.last AND e.kind IN ('verdict', 'attempt', 'change')
ORDER BY e.time, e.event_id;
