-- Statements that write: prepared by a writer only. See embed.c for the form.

-- name: begin_write
BEGIN IMMEDIATE;

-- name: file_savepoint
SAVEPOINT file;

-- name: file_undo
ROLLBACK TO file;

-- name: file_release
RELEASE file;

-- name: put_text
INSERT INTO text(text) VALUES (:text) ON CONFLICT DO NOTHING;

-- name: find_text
SELECT id FROM text WHERE text = :text;

-- name: put_api
INSERT INTO api(source, name, service, action) VALUES (:source, :name, :service, :action) ON CONFLICT DO NOTHING;

-- name: find_api
SELECT id FROM api WHERE source = :source AND name = :name;

-- name: put_scope
INSERT INTO scope(account, region) VALUES (:account, :region) ON CONFLICT DO NOTHING;

-- name: find_scope
SELECT id FROM scope WHERE account = :account AND region = :region;

-- name: put_caller
INSERT INTO caller(principal, user_agent, identity_type, invoked_by, person)
VALUES (:principal, :user_agent, :identity_type, :invoked_by, :person) ON CONFLICT DO NOTHING;

-- name: find_caller
SELECT id FROM caller
WHERE principal = :principal AND user_agent = :user_agent AND identity_type = :identity_type
  AND invoked_by = :invoked_by AND person = :person;

-- name: put_resource
INSERT INTO resource(partition, account, region, type, rid) VALUES (:partition, :account, :region, :type, :rid)
ON CONFLICT DO NOTHING;

-- name: find_resource
SELECT id FROM resource
WHERE rid = :rid AND type = :type AND account = :account AND region = :region AND partition = :partition;

-- name: put_shape
INSERT INTO shape(api, scope, caller, error, kind, flags) VALUES (:api, :scope, :caller, :error, :kind, :flags)
ON CONFLICT DO NOTHING;

-- name: find_shape
SELECT id FROM shape
WHERE api = :api AND scope = :scope AND caller = :caller AND error = :error AND kind = :kind AND flags = :flags;

-- name: put_event
INSERT INTO event(key, id, shape, session, source, record, offset, length)
VALUES (:key, :id, :shape, :session, :source, :record, :offset, :length)
ON CONFLICT DO NOTHING;

-- IGNORE also keeps SQLite from copying each page for the case that the statement fails: then all is rolled back.
-- name: put_staged
INSERT OR IGNORE INTO event(key, id, shape, session, source, record, offset, length)
SELECT key, id, shape, session, source, record, offset, length FROM staged;

-- name: put_staged_changes
INSERT OR IGNORE INTO change(resource, event, shape, execution, detail, fingerprint)
SELECT resource, event, shape, execution, detail, fingerprint FROM staged_change;

-- See parked.c.
-- name: put_parked
INSERT INTO parked(resource, part, changes) VALUES (:resource, :part, :changes);

-- name: drop_parked
DELETE FROM parked WHERE resource = :resource;

-- name: known_event
SELECT e.id, e.source, e.record, h.scope, h.flags, s.current, s.location > n.location
FROM event e JOIN shape h ON h.id = e.shape JOIN source s ON s.id = e.source JOIN source n ON n.id = :source
WHERE e.key = :key;

-- name: replace_event
UPDATE event SET shape = :shape, session = :session, source = :source, record = :record, offset = :offset,
       length = :length
WHERE key = :key;

-- name: put_event_text
INSERT INTO event_text(id, text) VALUES (:id, :text) ON CONFLICT DO NOTHING;

-- name: put_verdict
INSERT INTO verdict(event, seq, resource, rule, compliance) VALUES (:event, :seq, :resource, :rule, :compliance);

-- name: put_attempt
INSERT INTO attempt(event, document, execution, parent, by_config)
VALUES (:event, :document, :execution, :parent, :by_config);

-- name: put_value
INSERT INTO attempt_value(event, seq, value) VALUES (:event, :seq, :value);

-- A call may name one resource twice.
-- name: put_change
INSERT INTO change(resource, event, shape, execution, detail, fingerprint)
VALUES (:resource, :event, :shape, :execution, :detail, :fingerprint)
ON CONFLICT DO NOTHING;

-- name: put_control
INSERT INTO control(event, seq, action, rule, resource, document, automatic, attempts, window_s)
VALUES (:event, :seq, :action, :rule, :resource, :document, :automatic, :attempts, :window_s);

-- name: put_alias
INSERT INTO alias(resource, name) VALUES (:resource, :name) ON CONFLICT DO NOTHING;

-- name: drop_verdicts
DELETE FROM verdict WHERE event = :event;

-- name: drop_attempt
DELETE FROM attempt WHERE event = :event;

-- name: drop_values
DELETE FROM attempt_value WHERE event = :event;

-- name: drop_changes
DELETE FROM change WHERE event = :event;

-- name: drop_controls
DELETE FROM control WHERE event = :event;

-- name: current_source
SELECT id FROM source WHERE location = :location AND current = 1;

-- name: unreadable_under
SELECT id FROM source
WHERE current = 1 AND outcome = 4
  AND (location IN (:typed, :root) OR location >= rtrim(:root, '/') || '/' AND location < rtrim(:root, '/') || '0');

-- name: put_source
INSERT INTO source(location, path, current, size_bytes, mtime_ns, container, outcome, reason, n_members, trailing_bytes,
                   inflated_bytes, n_read, n_kept, n_duplicates, n_damaged, n_unused, n_foreign, n_withheld, gone)
VALUES (:location, :path, 1, 0, 0, 0, 4, '', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

-- name: mark_gone
UPDATE source SET gone = :gone WHERE location = :location AND current = 1 AND gone <> :gone;

-- What it lost already, to be seen in n_kept and n_withheld, is booked.
-- name: finish_source
UPDATE source SET size_bytes = :size_bytes, mtime_ns = :mtime_ns, sha256 = :sha256, container = :container,
       outcome = :outcome, reason = :reason, n_members = :n_members, trailing_bytes = :trailing_bytes,
       inflated_bytes = :inflated_bytes, n_read = :n_read, n_kept = n_kept + :n_kept,
       n_damaged = :n_damaged, n_unused = :n_unused, n_foreign = :n_foreign, n_withheld = n_withheld + :n_withheld
WHERE id = :id;

-- An older version of a file speaks only for the events that still have their origin in it.
-- name: supersede_source
UPDATE source SET current = 0, gone = 0, n_read = n_kept, n_duplicates = 0, n_damaged = 0, n_unused = 0, n_foreign = 0
WHERE id = :id;

-- Events of the source have found another origin: for a current source they are now duplicates.
-- name: source_loses_events
UPDATE source SET n_read = n_read - (1 - current) * :n, n_kept = n_kept - :n, n_duplicates = n_duplicates + current * :n,
       n_withheld = n_withheld - :n_withheld
WHERE id = :id;

-- name: drop_spent_source
DELETE FROM source WHERE id = :id AND current = 0 AND n_kept = 0;

-- name: put_damage
INSERT INTO damaged(source, seq, record, offset, length, why) VALUES (:source, :seq, :record, :offset, :length, :why);

-- name: drop_damage
DELETE FROM damaged WHERE source = :source;

-- name: put_unused
INSERT INTO unused(source, scope, n) VALUES (:source, :scope, :n)
ON CONFLICT DO UPDATE SET n = n + excluded.n;

-- name: forget_unused
UPDATE coverage SET n_unused = n_unused - (SELECT u.n FROM unused u WHERE u.source = :source AND u.scope = coverage.scope)
WHERE scope IN (SELECT scope FROM unused WHERE source = :source);

-- name: drop_unused
DELETE FROM unused WHERE source = :source;

-- name: add_coverage
INSERT INTO coverage(scope, first_s, last_s, n_kept, n_unused) VALUES (:scope, :first_s, :last_s, :n_kept, :n_unused)
ON CONFLICT DO UPDATE SET first_s = min(first_s, excluded.first_s), last_s = max(last_s, excluded.last_s),
       n_kept = n_kept + excluded.n_kept, n_unused = n_unused + excluded.n_unused;

-- name: put_presence
INSERT INTO presence(scope, block, minutes) VALUES (:scope, :block, :minutes)
ON CONFLICT DO UPDATE SET minutes = minutes | excluded.minutes;

-- name: drop_loops
DELETE FROM loop;

-- name: drop_derived
DELETE FROM derived;

-- name: put_derived
INSERT INTO derived(version) VALUES (:version);

-- name: drop_cycles
DELETE FROM cycle;

-- name: put_loop
INSERT INTO loop(n, id, chain, kind, status, config_rule, document, confidence, partition, account, region, type, rid,
                 n_cycles, n_partial, first_s, last_s, period_s)
VALUES (:n, :id, :chain, :kind, :status, :config_rule, :document, :confidence, :partition, :account, :region, :type,
        :rid, :n_cycles, :n_partial, :first_s, :last_s, :period_s);

-- name: put_cycle
INSERT INTO cycle(loop, n, first_s, last_s) VALUES (:loop, :n, :first_s, :last_s);

-- What is new of the watched resources, and what lies around it.
-- name: new_rows
SELECT c.resource, c.event, c.shape, c.execution, c.detail, c.fingerprint
FROM watched w CROSS JOIN change c ON c.resource = w.resource AND c.event BETWEEN w.first - :around AND w.last + :around
WHERE w.last IS NOT NULL
ORDER BY w.resource, c.event;

-- name: watch_new
INSERT INTO watched(resource, first, last, restless) VALUES (:resource, :first, :last, 0)
ON CONFLICT DO UPDATE SET first = min(coalesce(first, excluded.first), excluded.first),
       last = max(coalesce(last, excluded.last), excluded.last);

-- name: watch_restless
INSERT INTO watched(resource, restless) VALUES (:resource, 1) ON CONFLICT DO UPDATE SET restless = 1;

-- name: unwatch_quiet
DELETE FROM watched WHERE restless = 0;

-- name: unwatch_new
UPDATE watched SET first = NULL, last = NULL WHERE last IS NOT NULL;

-- name: drop_watched
DELETE FROM watched;

-- name: drop_looked
DELETE FROM looked;

-- name: put_looked
INSERT INTO looked(version) VALUES (:version);

-- name: put_told
INSERT INTO told(name, loop, n_cycles, running) VALUES (:name, :loop, :n_cycles, :running)
ON CONFLICT DO UPDATE SET n_cycles = excluded.n_cycles, running = excluded.running;

-- Pruning. Latest first: an event that stays holds those before it whose place it took.
-- name: prunable
SELECT e.key, e.id, e.source, h.scope, h.kind, h.flags
FROM event e CROSS JOIN shape h ON h.id = e.shape
WHERE e.key < :before ORDER BY e.key DESC LIMIT :n;

-- Settings are in force until others come: only orders to start something (6, 7) and tests (8) pass.
-- name: has_settings
SELECT 1 FROM control WHERE event = :event AND action NOT IN (6, 7, 8) LIMIT 1;

-- name: drop_event
DELETE FROM event WHERE key = :key;

-- Pruned records are records that were read and are not kept, as unused ones are. An older version of a file speaks only
-- for what it still has.
-- name: source_prunes
UPDATE source SET n_read = n_read - (1 - current) * :n, n_kept = n_kept - :n, n_unused = n_unused + current * :n,
       n_withheld = n_withheld - :n_withheld
WHERE id = :id;

-- name: coverage_prunes
UPDATE coverage SET n_kept = n_kept - :n,
       n_unused = n_unused + :n * (SELECT current FROM source WHERE id = :source)
WHERE scope = :scope;

-- name: put_pruned_unused
INSERT INTO unused(source, scope, n) SELECT id, :scope, :n FROM source WHERE id = :source AND current = 1
ON CONFLICT DO UPDATE SET n = n + excluded.n;

-- name: set_pruned
UPDATE pruned SET before_s = :before_s, facts_from_s = :facts_from_s;

-- name: drop_spent_sources
DELETE FROM source WHERE current = 0 AND n_kept = 0;

-- name: drop_presence
DELETE FROM presence WHERE (block + 1) * 3840 <= :facts_from_s;

-- What nothing refers to any more. Each walks what may refer to it.
-- name: drop_spent_shapes
DELETE FROM shape WHERE id NOT IN (SELECT shape FROM event);

-- name: drop_spent_apis
DELETE FROM api WHERE id NOT IN (SELECT api FROM shape);

-- name: drop_spent_callers
DELETE FROM caller WHERE id NOT IN (SELECT caller FROM shape);

-- name: drop_spent_resources
DELETE FROM resource WHERE id NOT IN (
  SELECT resource FROM verdict UNION SELECT resource FROM change
  UNION SELECT resource FROM control WHERE resource IS NOT NULL
  UNION SELECT resource FROM alias UNION SELECT name FROM alias);

-- name: drop_spent_texts
DELETE FROM text WHERE id <> 0 AND id NOT IN (
  SELECT error FROM shape UNION SELECT session FROM event UNION SELECT why FROM damaged
  UNION SELECT rule FROM verdict UNION SELECT document FROM attempt UNION SELECT execution FROM attempt
  UNION SELECT parent FROM attempt
  UNION SELECT value FROM attempt_value UNION SELECT execution FROM change UNION SELECT detail FROM change
  UNION SELECT rule FROM control UNION SELECT document FROM control);

-- name: drop_spent_event_texts
DELETE FROM event_text WHERE id NOT IN (
  SELECT e.id FROM event e CROSS JOIN shape h ON h.id = e.shape WHERE h.flags & 16);

-- name: count_free_pages
PRAGMA freelist_count;

-- name: vacuum
VACUUM;
