-- Statements of `check`: they walk whole tables. See embed.c for the form.

-- name: check_integrity
PRAGMA integrity_check;

-- name: check_free_list
PRAGMA freelist_count;

-- Numbers that stand for a row that is not there: the column, and how many.
-- name: check_references
SELECT 'event.shape', count(*) FROM event e WHERE NOT EXISTS (SELECT 1 FROM shape s WHERE s.id = e.shape)
UNION ALL SELECT 'event.session', count(*) FROM event e WHERE NOT EXISTS (SELECT 1 FROM text t WHERE t.id = e.session)
UNION ALL SELECT 'event.source', count(*) FROM event e WHERE NOT EXISTS (SELECT 1 FROM source s WHERE s.id = e.source)
UNION ALL SELECT 'shape.api', count(*) FROM shape h WHERE NOT EXISTS (SELECT 1 FROM api a WHERE a.id = h.api)
UNION ALL SELECT 'shape.scope', count(*) FROM shape h WHERE NOT EXISTS (SELECT 1 FROM scope p WHERE p.id = h.scope)
UNION ALL SELECT 'shape.caller', count(*) FROM shape h WHERE NOT EXISTS (SELECT 1 FROM caller c WHERE c.id = h.caller)
UNION ALL SELECT 'shape.error', count(*) FROM shape h WHERE NOT EXISTS (SELECT 1 FROM text t WHERE t.id = h.error)
UNION ALL SELECT 'verdict.event', count(*) FROM verdict v WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.key = v.event)
UNION ALL SELECT 'verdict.resource', count(*) FROM verdict v WHERE NOT EXISTS (SELECT 1 FROM resource r WHERE r.id = v.resource)
UNION ALL SELECT 'verdict.rule', count(*) FROM verdict v WHERE NOT EXISTS (SELECT 1 FROM text t WHERE t.id = v.rule)
UNION ALL SELECT 'attempt.event', count(*) FROM attempt a WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.key = a.event)
UNION ALL SELECT 'attempt.document', count(*) FROM attempt a WHERE NOT EXISTS (SELECT 1 FROM text t WHERE t.id = a.document)
UNION ALL SELECT 'attempt.execution', count(*) FROM attempt a WHERE NOT EXISTS (SELECT 1 FROM text t WHERE t.id = a.execution)
UNION ALL SELECT 'attempt.parent', count(*) FROM attempt a WHERE NOT EXISTS (SELECT 1 FROM text t WHERE t.id = a.parent)
UNION ALL SELECT 'attempt_value.event', count(*) FROM attempt_value v WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.key = v.event)
UNION ALL SELECT 'attempt_value.value', count(*) FROM attempt_value v WHERE NOT EXISTS (SELECT 1 FROM text t WHERE t.id = v.value)
UNION ALL SELECT 'change.event', count(*) FROM change c WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.key = c.event)
UNION ALL SELECT 'change.shape', count(*) FROM change c WHERE EXISTS (SELECT 1 FROM event e WHERE e.key = c.event AND e.shape <> c.shape)
UNION ALL SELECT 'change.resource', count(*) FROM change c WHERE c.resource <> 0 AND NOT EXISTS (SELECT 1 FROM resource r WHERE r.id = c.resource)
UNION ALL SELECT 'watched.resource', count(*) FROM watched w WHERE NOT EXISTS (SELECT 1 FROM resource r WHERE r.id = w.resource)
UNION ALL SELECT 'change.execution', count(*) FROM change c WHERE NOT EXISTS (SELECT 1 FROM text t WHERE t.id = c.execution)
UNION ALL SELECT 'change.detail', count(*) FROM change c WHERE NOT EXISTS (SELECT 1 FROM text t WHERE t.id = c.detail)
UNION ALL SELECT 'control.event', count(*) FROM control k WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.key = k.event)
UNION ALL SELECT 'control.resource', count(*) FROM control k WHERE k.resource IS NOT NULL AND NOT EXISTS (SELECT 1 FROM resource r WHERE r.id = k.resource)
UNION ALL SELECT 'alias.resource', count(*) FROM alias a WHERE NOT EXISTS (SELECT 1 FROM resource r WHERE r.id = a.resource)
UNION ALL SELECT 'alias.name', count(*) FROM alias a WHERE NOT EXISTS (SELECT 1 FROM resource r WHERE r.id = a.name)
UNION ALL SELECT 'damaged.source', count(*) FROM damaged d WHERE NOT EXISTS (SELECT 1 FROM source s WHERE s.id = d.source)
UNION ALL SELECT 'damaged.why', count(*) FROM damaged d WHERE NOT EXISTS (SELECT 1 FROM text t WHERE t.id = d.why)
UNION ALL SELECT 'unused.source', count(*) FROM unused u WHERE NOT EXISTS (SELECT 1 FROM source s WHERE s.id = u.source)
UNION ALL SELECT 'coverage.scope', count(*) FROM coverage c WHERE NOT EXISTS (SELECT 1 FROM scope p WHERE p.id = c.scope)
UNION ALL SELECT 'presence.scope', count(*) FROM presence m WHERE NOT EXISTS (SELECT 1 FROM scope p WHERE p.id = m.scope);

-- Files whose counts are not what the tables hold.
-- name: check_sources
SELECT s.path, s.n_read, s.n_kept, s.n_duplicates, s.n_damaged, s.n_unused, coalesce(k.n, 0)
FROM source s LEFT JOIN (SELECT source, count(*) AS n FROM event GROUP BY source) k ON k.source = s.id
WHERE s.n_read <> s.n_kept + s.n_duplicates + s.n_damaged + s.n_unused OR s.n_kept <> coalesce(k.n, 0)
ORDER BY s.path, s.location, s.id;

-- The same of accounts and regions.
-- name: check_coverage
SELECT p.account, p.region, c.n_kept, coalesce(k.n, 0)
FROM coverage c JOIN scope p ON p.id = c.scope
LEFT JOIN (SELECT h.scope, count(*) AS n FROM event e JOIN shape h ON h.id = e.shape GROUP BY h.scope) k ON k.scope = c.scope
WHERE c.n_kept <> coalesce(k.n, 0)
ORDER BY p.account, p.region;

-- name: check_counts
SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM source);

-- name: each_loop
SELECT id, chain, kind, status, config_rule, document, confidence, partition, account, region, type, rid, n_cycles, n_partial,
       first_s, last_s, period_s, n
FROM loop ORDER BY n;

-- name: each_cycle
SELECT loop, n, first_s, last_s FROM cycle ORDER BY loop, n;
