-- Which cycles took longest, from verdict to the last change?
SELECT loop, cycle, first, seconds FROM cycles ORDER BY seconds DESC, first LIMIT 5;
