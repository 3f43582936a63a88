-- Whether the numbers of a queue's jobs add up, at one instant.
--
-- KEYS  1 jobs   2 held   3 leases   4 delayed   5 dead   6…15 ready:9 … ready:0
-- Reply 1 the server's time in microseconds   2 jobs that are somewhere   3 records   4 leases   5 holders

local places = call('ZCARD', KEYS[3]) + call('ZCARD', KEYS[4]) + call('ZCARD', KEYS[5])
for key = 6, 15 do places = places + call('LLEN', KEYS[key]) end
return { string.format('%.0f', micros), places, call('HLEN', KEYS[1]), call('ZCARD', KEYS[3]), call('HLEN', KEYS[2]) }
