-- Which files were not read whole, or have damaged records or older versions?
SELECT path, outcome, reason, current, records_read, kept, damaged
FROM sources WHERE outcome NOT IN ('done', 'skipped') OR damaged > 0 OR NOT current ORDER BY path;
