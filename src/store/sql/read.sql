-- Statements that only read: prepared in every mode. See embed.c for the form.

-- name: begin_read
BEGIN;

-- name: commit
COMMIT;

-- name: rollback
ROLLBACK;

-- name: seen
SELECT outcome FROM source
WHERE location = :location AND current = 1 AND size_bytes = :size_bytes AND mtime_ns = :mtime_ns;

-- name: tally
SELECT outcome, count(*), sum(n_read), sum(n_kept), sum(n_duplicates), sum(n_damaged), sum(n_unused), sum(n_withheld),
       current
FROM source GROUP BY current, outcome;

-- name: scopes
SELECT p.id, p.account, p.region, c.first_s, c.last_s, c.n_kept + c.n_unused
FROM coverage c JOIN scope p ON p.id = c.scope
ORDER BY p.account, p.region;

-- name: each_source
SELECT location, path, current, size_bytes, mtime_ns, sha256, container, outcome, reason, n_members, trailing_bytes,
       inflated_bytes, n_read, n_kept, n_duplicates, n_damaged, n_unused, n_foreign
FROM source ORDER BY path, location, current, id;

-- name: each_damage
SELECT s.path, d.record, d.offset, d.length, t.text
FROM damaged d JOIN source s ON s.id = d.source JOIN text t ON t.id = d.why
ORDER BY s.path, s.location, d.record, d.seq;

-- CROSS JOIN keeps the order: the planner, which knows no sizes, would walk the events of the span and look for attempts.
-- name: load_verdicts
SELECT v.time_s, v.event, e.scope, v.resource, v.rule, e.caller, e.flags, v.compliance
FROM verdict v CROSS JOIN event e ON e.time_s = v.time_s AND e.id = v.event
WHERE v.time_s BETWEEN :since_s AND :until_s;

-- name: load_attempts
SELECT a.time_s, a.event, e.scope, a.document, e.caller, a.execution, e.flags, a.by_config
FROM attempt a CROSS JOIN event e ON e.time_s = a.time_s AND e.id = a.event
WHERE a.time_s BETWEEN :since_s AND :until_s;

-- name: load_values
SELECT v.time_s, v.event, v.value FROM attempt_value v
WHERE v.time_s BETWEEN :since_s AND :until_s
ORDER BY v.time_s, v.event, v.seq;

-- name: load_controls
SELECT k.time_s, k.event, e.scope, k.action, k.rule, k.resource, k.document, k.automatic, k.attempts, k.window_s
FROM control k CROSS JOIN event e ON e.time_s = k.time_s AND e.id = k.event
WHERE k.time_s <= :until_s
ORDER BY k.time_s, k.event, k.seq;

-- Jumps from one judged resource to the next in the index: the cost is that of the resources, not of the verdicts.
-- name: load_judged
WITH RECURSIVE judged(id) AS (
  SELECT min(resource) FROM verdict
  UNION ALL
  SELECT (SELECT min(v.resource) FROM verdict v WHERE v.resource > judged.id) FROM judged WHERE judged.id IS NOT NULL
)
SELECT id FROM judged WHERE id IS NOT NULL;

-- name: load_changes
SELECT time_s, event, scope, api, caller, execution, flags FROM change
WHERE resource = :resource AND time_s BETWEEN :since_s AND :until_s;

-- name: other_names
SELECT name FROM alias WHERE resource = :resource;

-- name: real_names
SELECT resource FROM alias WHERE name = :name LIMIT 2;

-- name: get_text
SELECT text FROM text WHERE id = :id;

-- name: get_api
SELECT service, action FROM api WHERE id = :id;

-- name: get_caller
SELECT principal, user_agent, identity_type, person FROM caller WHERE id = :id;

-- name: get_resource
SELECT partition, account, region, type, rid FROM resource WHERE id = :id;

-- name: get_event
SELECT e.time_s, e.id, e.flags, s.location, s.path, r.text, a.service, a.action, c.principal, e.record, e.offset,
       e.length, s.sha256, s.size_bytes, s.mtime_ns
FROM event e JOIN source s ON s.id = e.source JOIN text r ON r.id = e.error JOIN api a ON a.id = e.api
JOIN caller c ON c.id = e.caller
WHERE e.time_s = :time_s AND e.id = :id;

-- The one statement that walks all events: nobody knows an event's time from its id alone.
-- name: find_event
SELECT time_s FROM event WHERE id = :id ORDER BY time_s LIMIT 1;

-- name: get_event_text
SELECT text FROM event_text WHERE id = :id;

-- name: find_event_text
SELECT id FROM event_text WHERE text = :text;
