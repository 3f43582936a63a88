-- Counts the jobs ahead of a ready one.
--
-- KEYS  1 jobs   2…11 ready:9 … ready:0
-- ARGV  1 id     2 how far to search its list
-- Reply how many, or -1 if it is not ready or further back

local JOBS, id = KEYS[1], ARGV[1]
local READY = 2 -- the number of ready:9
local record = call('HGET', JOBS, id)
if not record then return -1 end
local priority = priorityOf(record)
local ahead = call('LPOS', readyKey(READY, priority), id, 'MAXLEN', ARGV[2])
if not ahead then return -1 end
for higher = priority + 1, 9 do ahead = ahead + call('LLEN', readyKey(READY, higher)) end
return ahead
