-- What people ask (docs/DATABASE.md): part of what is derived, and made anew with it. No statement of ours reads them.
DROP VIEW IF EXISTS event_named;
DROP VIEW IF EXISTS events;
DROP VIEW IF EXISTS verdicts;
DROP VIEW IF EXISTS attempts;
DROP VIEW IF EXISTS attempt_values;
DROP VIEW IF EXISTS changes;
DROP VIEW IF EXISTS controls;
DROP VIEW IF EXISTS loops;
DROP VIEW IF EXISTS cycles;
DROP VIEW IF EXISTS sources;
DROP VIEW IF EXISTS damage;
DROP VIEW IF EXISTS resources;
DROP VIEW IF EXISTS aliases;
DROP VIEW IF EXISTS scopes;

-- What the views below share: an event with its time and id as people write them.
CREATE VIEW event_named AS
SELECT e.key, e.id, s.api, s.scope, s.caller, e.session, s.error, s.kind, s.flags, e.source, e.record, e.offset,
       e.length, s.flags & 2 <> 0 AS failed,
       strftime('%Y-%m-%dT%H:%M:%SZ', e.key >> 25, 'unixepoch') AS time,
       CASE WHEN s.flags & 16 THEN (SELECT x.text FROM event_text x WHERE x.id = e.id)
            ELSE lower(substr(hex(e.id), 1, 8) || '-' || substr(hex(e.id), 9, 4) || '-' || substr(hex(e.id), 13, 4)
                 || '-' || substr(hex(e.id), 17, 4) || '-' || substr(hex(e.id), 21)) END AS event_id
FROM event e JOIN shape s ON s.id = e.shape;

CREATE VIEW events AS
SELECT e.time, e.event_id,
       a.service || ':' || a.action AS api,
       a.source AS event_source, a.name AS event_name,
       p.account, p.region,
       c.principal, c.identity_type, n.text AS session, c.user_agent, c.invoked_by, c.person,
       nullif(r.text, '') AS error_code,
       CASE e.kind WHEN 0 THEN 'other' WHEN 1 THEN 'change' WHEN 2 THEN 'verdict' WHEN 3 THEN 'attempt'
                   WHEN 4 THEN 'control' END AS kind,
       e.flags & 1 <> 0 AS read_only, e.failed, e.flags & 4 <> 0 AS withheld,
       e.flags & 8 <> 0 AS recovered, e.flags & 32 <> 0 AS data_event, e.flags & 256 <> 0 AS general,
       s.path AS source, s.location, e.record, e.offset, e.length
FROM event_named e
JOIN api a ON a.id = e.api
JOIN scope p ON p.id = e.scope
JOIN caller c ON c.id = e.caller
JOIN text n ON n.id = e.session
JOIN text r ON r.id = e.error
JOIN source s ON s.id = e.source;

CREATE VIEW verdicts AS
SELECT e.time, e.event_id,
       CASE v.compliance WHEN 0 THEN 'COMPLIANT' WHEN 1 THEN 'NON_COMPLIANT' WHEN 2 THEN 'NOT_APPLICABLE'
                         WHEN 3 THEN 'INSUFFICIENT_DATA' ELSE 'UNKNOWN' END AS compliance,
       t.text AS config_rule,
       r.type AS resource_type, r.rid AS resource_id, r.account AS resource_account, r.region AS resource_region,
       v.seq AS evaluation, c.principal, e.failed
FROM verdict v
JOIN event_named e ON e.key = v.event
JOIN resource r ON r.id = v.resource
JOIN text t ON t.id = v.rule
JOIN caller c ON c.id = e.caller;

CREATE VIEW attempts AS
SELECT e.time, e.event_id,
       d.text AS document, nullif(x.text, '') AS execution_id, nullif(y.text, '') AS parent_execution_id, a.by_config,
       p.account, p.region, c.principal, nullif(r.text, '') AS error_code
FROM attempt a
JOIN event_named e ON e.key = a.event
JOIN text d ON d.id = a.document
JOIN text x ON x.id = a.execution
JOIN text y ON y.id = a.parent
JOIN scope p ON p.id = e.scope
JOIN caller c ON c.id = e.caller
JOIN text r ON r.id = e.error;

CREATE VIEW attempt_values AS
SELECT e.time, e.event_id,
       t.text AS value
FROM attempt_value v
JOIN event_named e ON e.key = v.event
JOIN text t ON t.id = v.value;

CREATE VIEW changes AS
SELECT e.time, e.event_id,
       a.service || ':' || a.action AS api,
       r.type AS resource_type, r.rid AS resource_id, r.account AS resource_account, r.region AS resource_region,
       nullif(d.text, '') AS detail, c.principal, c.user_agent, c.person,
       nullif(x.text, '') AS execution_id, e.failed, e.flags & 256 <> 0 AS general, p.account, p.region
FROM change h
JOIN event_named e ON e.key = h.event
JOIN api a ON a.id = e.api
LEFT JOIN resource r ON r.id = h.resource
JOIN text d ON d.id = h.detail
JOIN text x ON x.id = h.execution
JOIN caller c ON c.id = e.caller
JOIN scope p ON p.id = e.scope;

CREATE VIEW controls AS
SELECT e.time, e.event_id,
       CASE k.action WHEN 0 THEN 'PutRemediationConfigurations' WHEN 1 THEN 'DeleteRemediationConfiguration'
                     WHEN 2 THEN 'PutRemediationExceptions' WHEN 3 THEN 'DeleteRemediationExceptions'
                     WHEN 4 THEN 'PutConfigRule' WHEN 5 THEN 'DeleteConfigRule'
                     WHEN 6 THEN 'StartRemediationExecution' WHEN 7 THEN 'StartConfigRulesEvaluation'
                     WHEN 8 THEN 'PutEvaluations in test mode' END AS action,
       t.text AS config_rule, nullif(d.text, '') AS document, k.automatic, k.attempts, k.window_s,
       r.type AS resource_type, r.rid AS resource_id, p.account, p.region, c.principal
FROM control k
JOIN event_named e ON e.key = k.event
JOIN text t ON t.id = k.rule
JOIN text d ON d.id = k.document
LEFT JOIN resource r ON r.id = k.resource
JOIN scope p ON p.id = e.scope
JOIN caller c ON c.id = e.caller;

CREATE VIEW loops AS
SELECT id, chain, kind, status, type AS resource_type, rid AS resource_id, account, region,
       nullif(config_rule, '') AS config_rule, nullif(document, '') AS document, confidence,
       n_cycles AS cycles, n_partial AS partial_cycles,
       strftime('%Y-%m-%dT%H:%M:%SZ', first_s, 'unixepoch') AS first,
       strftime('%Y-%m-%dT%H:%M:%SZ', last_s, 'unixepoch') AS last,
       period_s
FROM loop;

CREATE VIEW cycles AS
SELECT l.id AS loop, c.n AS cycle,
       strftime('%Y-%m-%dT%H:%M:%SZ', c.first_s, 'unixepoch') AS first,
       strftime('%Y-%m-%dT%H:%M:%SZ', c.last_s, 'unixepoch') AS last,
       c.last_s - c.first_s AS seconds
FROM cycle c JOIN loop l ON l.n = c.loop;

CREATE VIEW sources AS
SELECT path, location, current, gone,
       CASE outcome WHEN 0 THEN 'done' WHEN 1 THEN 'skipped' WHEN 2 THEN 'cut' WHEN 3 THEN 'corrupt'
                    WHEN 4 THEN 'unreadable' END AS outcome,
       nullif(reason, '') AS reason, size_bytes,
       strftime('%Y-%m-%dT%H:%M:%SZ', mtime_ns / 1000000000, 'unixepoch') AS mtime,
       lower(hex(sha256)) AS sha256,
       CASE container WHEN 0 THEN 'empty' WHEN 1 THEN 'not-json' WHEN 2 THEN 'records' WHEN 3 THEN 'array'
                      WHEN 4 THEN 'lines' WHEN 5 THEN 'lookup-events' WHEN 6 THEN 'eventbridge'
                      WHEN 7 THEN 'cloudwatch-logs' WHEN 8 THEN 'digest' WHEN 9 THEN 'foreign' END AS container,
       n_members AS members, trailing_bytes, inflated_bytes,
       n_read AS records_read, n_kept AS kept, n_duplicates AS duplicates, n_damaged AS damaged, n_unused AS unused,
       n_foreign AS foreign_records, n_withheld AS withheld
FROM source;

CREATE VIEW damage AS
SELECT s.path AS source, s.location, d.record, d.offset, d.length, t.text AS why
FROM damaged d JOIN source s ON s.id = d.source JOIN text t ON t.id = d.why;

CREATE VIEW resources AS
SELECT type AS resource_type, rid AS resource_id, account AS resource_account, region AS resource_region, partition
FROM resource r
WHERE EXISTS (SELECT 1 FROM verdict v WHERE v.resource = r.id)
   OR EXISTS (SELECT 1 FROM change h WHERE h.resource = r.id)
   OR EXISTS (SELECT 1 FROM alias a WHERE a.resource = r.id);

CREATE VIEW aliases AS
SELECT r.type AS resource_type, r.rid AS resource_id, n.rid AS other_id, r.account AS resource_account,
       r.region AS resource_region
FROM alias a JOIN resource r ON r.id = a.resource JOIN resource n ON n.id = a.name;

CREATE VIEW scopes AS
SELECT p.account, p.region,
       strftime('%Y-%m-%dT%H:%M:%SZ', min(c.last_s, max(c.first_s, d.facts_from_s)), 'unixepoch') AS first_event,
       strftime('%Y-%m-%dT%H:%M:%SZ', c.last_s, 'unixepoch') AS last_event,
       c.n_kept + c.n_unused AS records
FROM coverage c JOIN scope p ON p.id = c.scope CROSS JOIN pruned d;
