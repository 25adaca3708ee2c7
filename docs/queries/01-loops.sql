-- Which loops are there, the ones still running first?
SELECT status, resource_id, config_rule, document, cycles, period_s, first, last
FROM loops ORDER BY status, cycles DESC;
