-- Which retry settings were in force from when on?
SELECT time, action, config_rule, document, automatic, attempts, window_s FROM controls ORDER BY time;
