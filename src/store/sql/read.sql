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

-- What was pruned is not covered: the log can speak for what came later.
-- name: scopes
SELECT p.id, p.account, p.region, min(c.last_s, max(c.first_s, d.facts_from_s)), c.last_s, c.n_kept + c.n_unused
FROM coverage c JOIN scope p ON p.id = c.scope CROSS JOIN pruned d
ORDER BY p.account, p.region;

-- name: presence
SELECT p.block, p.minutes FROM scope c CROSS JOIN presence p ON p.scope = c.id
WHERE c.account = :account AND c.region = :region AND p.block BETWEEN :first AND :last
ORDER BY p.block;

-- name: each_source
SELECT location, path, current, size_bytes, mtime_ns, sha256, container, outcome, reason, n_members, trailing_bytes,
       inflated_bytes, n_read, n_kept, n_duplicates, n_damaged, n_unused, n_foreign, gone
FROM source ORDER BY path, location, current, id;

-- At or under a path: '0' follows '/'. Only "/" itself ends with a slash.
-- name: count_under
SELECT (SELECT count(*) FROM source WHERE current = 1 AND location = :root) +
       (SELECT count(*) FROM source INDEXED BY source_current
        WHERE current = 1 AND location >= rtrim(:root, '/') || '/' AND location < rtrim(:root, '/') || '0');

-- name: any_gone_under
SELECT EXISTS (SELECT 1 FROM source WHERE gone = 1 AND location = :root)
    OR EXISTS (SELECT 1 FROM source WHERE gone = 1 AND location >= rtrim(:root, '/') || '/' AND location < rtrim(:root, '/') || '0');

-- name: each_under
SELECT location, path, current, size_bytes, mtime_ns, sha256, container, outcome, reason, n_members, trailing_bytes,
       inflated_bytes, n_read, n_kept, n_duplicates, n_damaged, n_unused, n_foreign, gone
FROM source WHERE current = 1 AND location = :root
UNION ALL
SELECT location, path, current, size_bytes, mtime_ns, sha256, container, outcome, reason, n_members, trailing_bytes,
       inflated_bytes, n_read, n_kept, n_duplicates, n_damaged, n_unused, n_foreign, gone
FROM source INDEXED BY source_current
WHERE current = 1 AND location >= rtrim(:root, '/') || '/' AND location < rtrim(:root, '/') || '0'
ORDER BY location;

-- name: each_damage
SELECT s.path, d.record, d.offset, d.length, t.text
FROM damaged d JOIN source s ON s.id = d.source JOIN text t ON t.id = d.why
ORDER BY s.path, s.location, d.record, d.seq;

-- name: get_pruned
SELECT before_s, facts_from_s FROM pruned;

-- name: get_seed
SELECT n FROM seed;

-- CROSS JOIN keeps the order: the planner, which knows no sizes, would walk the events of the span and look for attempts.
-- name: load_verdicts
SELECT v.event, e.id, s.scope, v.resource, v.rule, s.caller, s.flags, v.compliance
FROM verdict v CROSS JOIN event e ON e.key = v.event CROSS JOIN shape s ON s.id = e.shape
WHERE v.event BETWEEN :since AND :until;

-- name: load_attempts
SELECT a.event, e.id, s.scope, a.document, s.caller, a.execution, s.flags, a.by_config, a.parent
FROM attempt a CROSS JOIN event e ON e.key = a.event CROSS JOIN shape s ON s.id = e.shape
WHERE a.event BETWEEN :since AND :until;

-- name: load_values
SELECT v.event, e.id, v.value FROM attempt_value v CROSS JOIN event e ON e.key = v.event
WHERE v.event BETWEEN :since AND :until;

-- name: load_controls
SELECT k.event, e.id, s.scope, k.action, k.rule, k.resource, k.document, k.automatic, k.attempts, k.window_s
FROM control k CROSS JOIN event e ON e.key = k.event CROSS JOIN shape s ON s.id = e.shape
WHERE k.event <= :until
ORDER BY k.event >> 25, e.id, k.seq;

-- Jumps from one judged resource to the next in the index: the cost is that of the resources, not of the verdicts.
-- name: load_judged
WITH RECURSIVE judged(id) AS (
  SELECT min(resource) FROM verdict
  UNION ALL
  SELECT (SELECT min(v.resource) FROM verdict v WHERE v.resource > judged.id) FROM judged WHERE judged.id IS NOT NULL
)
SELECT id FROM judged WHERE id IS NOT NULL;

-- name: load_changes
SELECT h.event, e.id, s.scope, s.api, s.caller, h.execution, s.flags, h.detail, h.fingerprint
FROM change h CROSS JOIN event e ON e.key = h.event CROSS JOIN shape s ON s.id = h.shape
WHERE h.resource = :resource AND h.event BETWEEN :since AND :until;

-- See parked.c: what was put aside; and whose changes are asked for: of all that has two names, of what stands in a region and in
-- none, of what attempts name, of what automations changed.
-- name: each_parked
SELECT resource, changes FROM parked ORDER BY resource, part;

-- name: parked_of
SELECT changes FROM parked WHERE resource = :resource ORDER BY part;

-- name: each_alias
SELECT resource FROM alias UNION ALL SELECT name FROM alias;

-- name: each_twin
SELECT g.id
FROM resource g JOIN resource r ON r.rid = g.rid AND r.type = g.type AND r.account = g.account AND r.partition = g.partition
WHERE g.region = 'global' AND r.region <> 'global';

-- name: named_by_attempts
SELECT r.id FROM (SELECT DISTINCT value FROM attempt_value) v CROSS JOIN text t ON t.id = v.value CROSS JOIN resource r ON r.rid = t.text;

-- name: changed_by_automations
SELECT resource FROM change WHERE execution <> 0;

-- name: changes_of
SELECT event, shape, detail, fingerprint FROM change WHERE resource = :resource;

-- What failed in that automation's session, and names no resource.
-- name: load_failed_of
SELECT h.event, e.id, s.scope, s.api, s.caller, h.execution, s.flags, h.detail, h.fingerprint
FROM change h INDEXED BY change_execution CROSS JOIN event e ON e.key = h.event CROSS JOIN shape s ON s.id = h.shape
WHERE h.execution = :execution AND h.execution <> 0 AND h.resource = 0 AND h.event BETWEEN :since AND :until;

-- See elsewhere.c: what an automation's session changed; what a text names; and what of it was changed then.
-- name: session_resources
WITH RECURSIVE changed(resource) AS (
  SELECT min(c.resource) FROM change c INDEXED BY change_execution
  WHERE c.execution = :execution AND c.execution <> 0 AND c.resource > 0
  UNION ALL
  SELECT (SELECT min(c.resource) FROM change c INDEXED BY change_execution
          WHERE c.execution = :execution AND c.execution <> 0 AND c.resource > changed.resource)
  FROM changed WHERE changed.resource IS NOT NULL
  LIMIT :most
)
SELECT resource FROM changed WHERE resource IS NOT NULL;

-- name: named_resources
SELECT r.id FROM text t CROSS JOIN resource r ON r.rid = t.text WHERE t.id = :text AND t.id <> 0 LIMIT :most;

-- name: named_changed
SELECT c.resource FROM text t CROSS JOIN resource r ON r.rid = t.text CROSS JOIN change c ON c.resource = r.id
WHERE t.id = :text AND c.event BETWEEN :since AND :until LIMIT 1;

-- The whole of the change table, in the order of its key and without a look at any event: what repeats is told from it.
-- name: change_rows
SELECT resource, event, shape, execution, detail, fingerprint FROM change
WHERE resource > 0 AND event BETWEEN :since AND :until
ORDER BY resource, event;

-- Of the watched resources only.
-- name: watched_rows
SELECT c.resource, c.event, c.shape, c.execution, c.detail, c.fingerprint
FROM watched w CROSS JOIN change c ON c.resource = w.resource
WHERE c.event BETWEEN :since AND :until
ORDER BY w.resource, c.event;

-- name: is_looked
SELECT 1 FROM looked WHERE version = :version LIMIT 1;

-- name: is_watched
SELECT 1 FROM watched WHERE resource = :resource;

-- name: change_ids
SELECT e.id FROM change h CROSS JOIN event e ON e.key = h.event
WHERE h.resource = :resource AND h.event BETWEEN :since AND :until
ORDER BY h.event;

-- name: is_derived
SELECT 1 FROM derived WHERE version = :version LIMIT 1;

-- name: other_names
SELECT name FROM alias WHERE resource = :resource;

-- name: real_names
SELECT resource FROM alias WHERE name = :name LIMIT :most;

-- What a service that knows no regions did to the account holds in each of them.
-- name: everywhere
SELECT g.id FROM resource r JOIN resource g
  ON g.rid = r.rid AND g.type = r.type AND g.account = r.account AND g.region = 'global' AND g.partition = r.partition
WHERE r.id = :resource AND r.region <> 'global';

-- See sessions.c. Of each type: how AWS Config's own ids look, which no name does. However many attempts an execution has, and
-- however many changes its session made, it is looked at once, and of its changes the first of each resource is found; of those of
-- the resource that it names, one of the first must have been made.
-- name: session_names
WITH RECURSIVE form(type, own) AS (VALUES ('AWS::IAM::Role', 'AROA*'), ('AWS::IAM::User', 'AIDA*'), ('AWS::IAM::Group', 'AGPA*'),
  ('AWS::IAM::Policy', 'ANPA*'), ('AWS::RDS::DBInstance', 'db-[0-9A-Z]*'), ('AWS::RDS::DBCluster', 'cluster-[0-9A-Z]*')),
judged AS MATERIALIZED (
  SELECT j.*, f.own FROM resource j CROSS JOIN form f ON f.type = j.type AND j.rid GLOB f.own WHERE j.id = :resource
),
told(execution) AS MATERIALIZED (
  SELECT DISTINCT a.execution
  FROM judged j CROSS JOIN text t ON t.text = j.rid CROSS JOIN attempt_value v ON v.value = t.id
  CROSS JOIN attempt a ON a.event = v.event AND a.execution <> 0
  WHERE NOT EXISTS (SELECT 1 FROM attempt_value u JOIN text z ON z.id = u.value
                    WHERE u.event = v.event AND z.text GLOB j.own AND z.id <> t.id)
),
changed(execution, resource, n) AS (
  SELECT execution, (SELECT min(c.resource) FROM change c INDEXED BY change_execution
                     WHERE c.execution = told.execution AND c.execution <> 0 AND c.resource > 0), 1
  FROM told
  UNION ALL
  SELECT execution, (SELECT min(c.resource) FROM change c INDEXED BY change_execution
                     WHERE c.execution = changed.execution AND c.execution <> 0 AND c.resource > changed.resource), n + 1
  FROM changed WHERE resource IS NOT NULL AND n <= :most
),
alone(execution, resource) AS MATERIALIZED (
  SELECT k.execution, max(y.id)
  FROM changed k LEFT JOIN resource y ON y.id = k.resource AND y.type = (SELECT type FROM judged)
  GROUP BY k.execution HAVING count(y.id) = 1 AND count(k.resource) <= :most
)
SELECT DISTINCT x.id
FROM judged j CROSS JOIN alone k
CROSS JOIN resource x ON x.id = k.resource AND x.account = j.account AND x.region = j.region AND x.partition = j.partition
WHERE x.rid NOT GLOB j.own
  AND EXISTS (SELECT 1 FROM (SELECT c.shape FROM change c INDEXED BY change_execution
                             WHERE c.execution = k.execution AND c.execution <> 0 AND c.resource = x.id ORDER BY c.event LIMIT :tries) c
              JOIN shape h ON h.id = c.shape WHERE h.flags & 2 = 0)
  AND NOT EXISTS (SELECT 1 FROM verdict w WHERE w.resource = x.id)
  AND NOT EXISTS (SELECT 1 FROM alias n WHERE n.name = x.id);

-- A name may be a pattern: there is no other way than to look at all of them.
-- name: each_resource
SELECT id, partition, account, region, type, rid FROM resource;

-- name: get_text
SELECT text FROM text WHERE id = :id;

-- name: get_api
SELECT service, action FROM api WHERE id = :id;

-- name: get_shape
SELECT scope, api, caller, flags FROM shape WHERE id = :id;

-- name: get_caller
SELECT principal, user_agent, identity_type, person FROM caller WHERE id = :id;

-- name: get_resource
SELECT partition, account, region, type, rid FROM resource WHERE id = :id;

-- name: get_told
SELECT n_cycles, running FROM told WHERE name = :name AND loop = :loop;

-- name: get_id
SELECT id FROM event WHERE key = :key;

-- name: get_event
SELECT e.key, e.id, h.flags, s.location, s.path, r.text, a.service, a.action, c.principal, c.user_agent, n.text,
       e.record, e.offset, e.length, s.sha256, s.size_bytes, s.mtime_ns
FROM event e JOIN shape h ON h.id = e.shape JOIN source s ON s.id = e.source JOIN text r ON r.id = h.error
JOIN api a ON a.id = h.api JOIN caller c ON c.id = h.caller JOIN text n ON n.id = e.session
WHERE e.key = :key;

-- The one statement that walks all events: nobody knows an event's time from its id alone.
-- name: find_event
SELECT key FROM event WHERE id = :id ORDER BY key LIMIT 1;

-- name: get_event_text
SELECT text FROM event_text WHERE id = :id;

-- name: find_event_text
SELECT id FROM event_text WHERE text = :text;
