-- Everything that is to be known of a queue as a whole, at no cost that grows with it.
--
-- KEYS  1 control   2 jobs   3 leases   4 delayed   5 dead   6 rates   7 consumers   8…17 ready:9 … ready:0
-- ARGV  1 queue     2 how many consumers at most
-- Reply 1 the server's time in microseconds   2 what was set for its consumers, empty for nothing   3 budget, empty for none
--       4 ready   5 delayed   6 leased   7 dead
--       8 when the oldest of the next ready jobs of each priority was enqueued, in microseconds, empty when there is none
--       9 totals   10 rates, as totals.lua describes them   11 how many jobs the queue may hold, empty for any number
--       then for each consumer, whoever was seen last first: name, when in milliseconds

local settings = call('HMGET', KEYS[1], 'state:' .. ARGV[1], 'budget:' .. ARGV[1], 'totals:' .. ARGV[1], 'limit:' .. ARGV[1])
local ready, oldest = 0, nil
for list = 8, 17 do
    ready = ready + call('LLEN', KEYS[list])
    local first = call('LINDEX', KEYS[list], 0)
    local record = first and call('HGET', KEYS[2], first)
    if record then oldest = math.min(oldest or math.huge, (struct.unpack('>I7', record, 8))) end
end
local reply = {
    string.format('%.0f', micros), settings[1] or '', settings[2] or '', ready,
    call('ZCARD', KEYS[4]), call('ZCARD', KEYS[3]), call('ZCARD', KEYS[5]),
    oldest and string.format('%.0f', oldest) or '', settings[3] or '', call('GET', KEYS[6]) or '',
    settings[4] or '',
}
local seen = call('ZREVRANGE', KEYS[7], 0, tonumber(ARGV[2]) - 1, 'WITHSCORES')
for i = 1, #seen do reply[#reply + 1] = seen[i] end
return reply
