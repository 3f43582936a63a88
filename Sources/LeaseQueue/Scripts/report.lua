-- Summarises a queue, at a cost that does not grow with it.
--
-- KEYS  1 control   2 jobs   3 leases   4 delayed   5 dead   6 rates   7 consumers   8…17 ready:9 … ready:0
-- ARGV  1 queue     2 how many consumers at most
-- Reply 1 the server's time in microseconds   2 the control state that was set, or empty   3 budget, or empty
--       4 ready   5 delayed   6 leased   7 dead
--       8 when the oldest of the next ready jobs of each priority was enqueued, in microseconds, or empty
--       9 totals   10 rates, as totals.lua describes them   11 limit for the jobs in the queue, or empty
--       then for each consumer, the last one to be active first: name, when in milliseconds

local CONTROL, JOBS, LEASES, DELAYED, DEAD, RATES = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local CONSUMERS, READY, queue = KEYS[7], 8, ARGV[1] -- READY is the number of ready:9
local settings = call('HMGET', CONTROL, 'state:' .. queue, 'budget:' .. queue, 'totals:' .. queue, 'limit:' .. queue)
local ready, oldest = 0, nil
for list = READY, READY + 9 do
    ready = ready + call('LLEN', KEYS[list])
    local first = call('LINDEX', KEYS[list], 0)
    local record = first and call('HGET', JOBS, first)
    if record then oldest = math.min(oldest or math.huge, (struct.unpack('>I7', record, 8))) end
end
local reply = {
    string.format('%.0f', micros), settings[1] or '', settings[2] or '', ready,
    call('ZCARD', DELAYED), call('ZCARD', LEASES), call('ZCARD', DEAD),
    oldest and string.format('%.0f', oldest) or '', settings[3] or '', call('GET', RATES) or '',
    settings[4] or '',
}
local active = call('ZREVRANGE', CONSUMERS, 0, tonumber(ARGV[2]) - 1, 'WITHSCORES')
for i = 1, #active do reply[#reply + 1] = active[i] end
return reply
