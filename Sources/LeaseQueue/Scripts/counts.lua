-- How many jobs are in each state, of any number of queues at one instant.
--
-- KEYS  for each queue thirteen: delayed, leases, dead, ready:9 … ready:0
-- Reply for each queue four: ready, delayed, leased, dead

local counts = {}
for key = 1, #KEYS, 13 do
    local ready = 0
    for list = key + 3, key + 12 do ready = ready + call('LLEN', KEYS[list]) end
    counts[#counts + 1] = ready
    for set = key, key + 2 do counts[#counts + 1] = call('ZCARD', KEYS[set]) end
end
return counts
