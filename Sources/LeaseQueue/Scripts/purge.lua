-- Removes all jobs of a queue, in any state, in two steps. The first step counts them and creates a token, which is
-- valid for ten minutes. The second step, with the token, removes them, unless there are more by then. The token is in
-- the field `purge:QUEUE` of `control`, followed by the end of its validity, in milliseconds since 1970.
--
-- KEYS  1 control   2 leases   3 delayed   4 dead   5…14 ready:9 … ready:0   15… all other keys that hold jobs
-- ARGV  1 queue     2 the token, empty to create one   3 a unique suffix for a new token
-- Reply 1 the token   2 ready   3 delayed   4 leased   5 dead; the token is empty if the given one is invalid

local CONTROL, LEASES, DELAYED, DEAD = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local READY = 5 -- the number of ready:9
local field, given = 'purge:' .. ARGV[1], ARGV[2]
local ready = 0
for list = READY, READY + 9 do ready = ready + call('LLEN', KEYS[list]) end
local reply = { '', ready, call('ZCARD', DELAYED), call('ZCARD', LEASES), call('ZCARD', DEAD) }
if given == '' then
    reply[1] = string.format('%s-%d-%d-%d-%d-%s', ARGV[1], reply[2], reply[3], reply[4], reply[5], ARGV[3])
    call('HSET', CONTROL, field, string.format('%s %.0f', reply[1], now + 600000))
    return reply
end

local known, validUntil = string.match(call('HGET', CONTROL, field) or '', '^(%S+) (%d+)$')
if known ~= given or tonumber(validUntil) < now then return reply end
local before = 0
for count in string.gmatch(string.sub(given, #ARGV[1] + 2), '(%d+)-') do before = before + count end
if reply[2] + reply[3] + reply[4] + reply[5] > before then return reply end
reply[1] = given
call('HDEL', CONTROL, field)
call('UNLINK', unpack(KEYS, 2))
return reply
