-- Makes dead letters ready again, at the back of their priority, with a fresh attempt count. Their history stays.
--
-- KEYS  1 jobs   2 dead   3 errors   4 wake   5…14 ready:9 … ready:0
-- ARGV  ids
-- Reply how many were dead letters

local JOBS, DEAD, ERRORS, WAKE = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local READY = 5 -- the number of ready:9
local count = 0
for i = 1, #ARGV do
    local id = ARGV[i]
    local record = call('HGET', JOBS, id)
    if record and call('ZREM', DEAD, id) == 1 then
        local priority, releases = priorityOf(record), string.sub(record, 6, 7)
        local history = call('HEXISTS', ERRORS, id) == 1
        call('HSET', JOBS, id, headByte(priority, history) .. '\0\0\0\0' .. releases .. string.sub(record, 8))
        call('RPUSH', readyKey(READY, priority), id)
        count = count + 1
    end
end
if count > 0 then wake(WAKE) end
return count
