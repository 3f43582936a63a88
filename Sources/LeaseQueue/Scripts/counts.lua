-- Counts the jobs in each state, of any number of queues at one instant.
--
-- KEYS  for each queue thirteen: delayed, leases, dead, ready:9 … ready:0
-- ARGV  none
-- Reply for each queue four: ready, delayed, leased, dead

local KEYS_PER_QUEUE, READY = 13, 3 -- offset of ready:9 among the keys of a queue
local counts = {}
for first = 1, #KEYS, KEYS_PER_QUEUE do
    local ready = 0
    for list = first + READY, first + READY + 9 do ready = ready + call('LLEN', KEYS[list]) end
    counts[#counts + 1] = ready
    for set = first, first + READY - 1 do counts[#counts + 1] = call('ZCARD', KEYS[set]) end
end
return counts
