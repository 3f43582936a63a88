-- A page of ready jobs, in the order in which they are leased.
--
-- KEYS  1 jobs   2 errors   3…12 ready:9 … ready:0
-- ARGV  1 how many to pass over   2 how many
-- Reply three for each: id, record, the length of its history

local offset, rest, ids = tonumber(ARGV[1]), tonumber(ARGV[2]), {}
for list = 3, 12 do
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

local reply, records = {}, call('HMGET', KEYS[1], unpack(ids))
for i = 1, #ids do
    if records[i] then
        reply[#reply + 1] = ids[i]
        reply[#reply + 1] = records[i]
        reply[#reply + 1] = hasHistory(records[i]) and call('HSTRLEN', KEYS[2], ids[i]) or 0
    end
end
return reply
