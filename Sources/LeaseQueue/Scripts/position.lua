-- How many jobs are ahead of a ready one.
--
-- KEYS  1 jobs   2…11 ready:9 … ready:0
-- ARGV  1 id     2 how far to look in its list
-- Reply how many, or -1 when it is not ready or further back

local record = call('HGET', KEYS[1], ARGV[1])
if not record then return -1 end
local list = 11 - priorityOf(record)
local ahead = call('LPOS', KEYS[list], ARGV[1], 'MAXLEN', ARGV[2])
if not ahead then return -1 end
for higher = 2, list - 1 do ahead = ahead + call('LLEN', KEYS[higher]) end
return ahead
