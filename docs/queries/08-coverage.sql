-- What can the log speak for?
SELECT account, region, first_event, last_event, records FROM scopes ORDER BY account, region;
