-- How many attempts started in each hour, by runbook?
SELECT substr(time, 1, 13) AS hour, document, count(*) AS attempts, sum(error_code IS NOT NULL) AS failed
FROM attempts GROUP BY 1, 2 ORDER BY 1, 2;
