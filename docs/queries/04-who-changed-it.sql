-- Who changes the resources that are judged, by which call?
SELECT c.resource_id, c.api, c.principal, count(*) AS changes, sum(c.failed) AS failed
FROM changes c
WHERE EXISTS (SELECT 1 FROM verdicts v WHERE v.resource_type = c.resource_type AND v.resource_id = c.resource_id
                AND v.resource_account = c.resource_account AND v.resource_region = c.resource_region)
GROUP BY 1, 2, 3 ORDER BY changes DESC, 1, 2, 3 LIMIT 10;
