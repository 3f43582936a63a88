-- Counts the jobs of a queue by records and by places, at one instant, to see whether the numbers agree.
--
-- KEYS  1 jobs   2 held   3 leases   4 delayed   5 dead   6…15 ready:9 … ready:0
-- ARGV  none
-- Reply 1 the server's time in microseconds   2 jobs in all places   3 records   4 leases   5 holders

local JOBS, HELD, LEASES, DELAYED, DEAD = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local READY = 6 -- the number of ready:9
local places = call('ZCARD', LEASES) + call('ZCARD', DELAYED) + call('ZCARD', DEAD)
for list = READY, READY + 9 do places = places + call('LLEN', KEYS[list]) end
return { string.format('%.0f', micros), places, call('HLEN', JOBS), call('ZCARD', LEASES), call('HLEN', HELD) }
