-- Reads a page of the ready jobs, in the order in which they are leased.
--
-- KEYS  1 jobs   2 errors   3…12 ready:9 … ready:0
-- ARGV  1 how many to skip   2 how many at most
-- Reply three for each: id, record, the length of its history

local JOBS, ERRORS = KEYS[1], KEYS[2]
local READY = 3 -- the number of ready:9
local offset, rest, ids = tonumber(ARGV[1]), tonumber(ARGV[2]), {}
for list = READY, READY + 9 do
    if rest <= 0 then break end
    local length = call('LLEN', KEYS[list])
    if offset < length then
        local page = call('LRANGE', KEYS[list], offset, offset + rest - 1)
        for i = 1, #page do ids[#ids + 1] = page[i] end
        rest = rest - #page
    end
    offset = math.max(offset - length, 0)
end
if #ids == 0 then return {} end

local reply, records = {}, call('HMGET', JOBS, unpack(ids))
for i = 1, #ids do
    if records[i] then
        reply[#reply + 1] = ids[i]
        reply[#reply + 1] = records[i]
        reply[#reply + 1] = hasHistory(records[i]) and call('HSTRLEN', ERRORS, ids[i]) or 0
    end
end
return reply
