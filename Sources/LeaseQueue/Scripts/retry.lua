-- Makes dead letters ready again, at the back of their priority, with all their attempts before them. Their history stays.
--
-- KEYS  1 jobs   2 dead   3 errors   4 wake   5…14 ready:9 … ready:0
-- ARGV  ids
-- Reply how many were dead letters

local count = 0
for i = 1, #ARGV do
    local id = ARGV[i]
    local record = call('HGET', KEYS[1], id)
    if record and call('ZREM', KEYS[2], id) == 1 then
        local priority, releases = priorityOf(record), string.sub(record, 6, 7)
        local history = call('HEXISTS', KEYS[3], id) == 1
        call('HSET', KEYS[1], id, headByte(priority, history) .. '\0\0\0\0' .. releases .. string.sub(record, 8))
        call('RPUSH', KEYS[14 - priority], id)
        count = count + 1
    end
end
if count > 0 then wake(KEYS[4]) end
return count
