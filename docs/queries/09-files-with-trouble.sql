-- Which files were not read whole, or held damaged records, second copies or older versions?
SELECT substr(path, -21) AS path, outcome, reason, current, records_read, kept, duplicates, damaged
FROM sources WHERE outcome NOT IN ('done', 'skipped') OR damaged OR duplicates OR NOT current
ORDER BY path LIMIT 5;
