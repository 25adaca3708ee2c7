-- Each rule's last verdict on a resource, and how many attempts started after it: 0 after NON_COMPLIANT is the proof of a stop.
SELECT resource_id, config_rule, max(time) AS last_verdict, compliance,
       (SELECT count(*) FROM attempts a WHERE a.time >= v.time) AS attempts_after
FROM verdicts v GROUP BY resource_type, resource_id, resource_account, resource_region, config_rule
ORDER BY last_verdict DESC LIMIT 10;
