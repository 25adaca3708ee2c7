-- What was taken away and put back most often? The same statement id or rule again and again is a loop's footprint.
SELECT resource_id, detail, count(DISTINCT api) AS calls, count(*) AS times, min(time) AS first, max(time) AS last
FROM changes WHERE detail IS NOT NULL AND NOT failed
GROUP BY resource_type, resource_id, resource_account, resource_region, detail
HAVING times > 2 ORDER BY times DESC LIMIT 10;
