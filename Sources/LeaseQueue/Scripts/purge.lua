-- Removes all jobs of a queue, whatever their state, in two steps: the first says how many there are and gives a token that
-- is good for ten minutes; the second, with the token, removes them, unless there are more by now. The token lies in the
-- field `purge:QUEUE` of `control`, followed by until when it is good, in milliseconds since 1970.
--
-- KEYS  1 control   2 leases   3 delayed   4 dead   5…14 ready:9 … ready:0   15… all other keys that hold jobs
-- ARGV  1 queue     2 the token, empty to ask for one   3 what makes a new token unlike any other
-- Reply 1 the token   2 ready   3 delayed   4 leased   5 dead; the token is empty when the one given is none

local field, given = 'purge:' .. ARGV[1], ARGV[2]
local ready = 0
for list = 5, 14 do ready = ready + call('LLEN', KEYS[list]) end
local reply = { '', ready, call('ZCARD', KEYS[3]), call('ZCARD', KEYS[2]), call('ZCARD', KEYS[4]) }
if given == '' then
    reply[1] = string.format('%s-%d-%d-%d-%d-%s', ARGV[1], reply[2], reply[3], reply[4], reply[5], ARGV[3])
    call('HSET', KEYS[1], field, string.format('%s %.0f', reply[1], now + 600000))
    return reply
end

local known, good = string.match(call('HGET', KEYS[1], field) or '', '^(%S+) (%d+)$')
if known ~= given or tonumber(good) < now then return reply end
local before = 0
for count in string.gmatch(string.sub(given, #ARGV[1] + 2), '(%d+)-') do before = before + count end
if reply[2] + reply[3] + reply[4] + reply[5] > before then return reply end
reply[1] = given
call('HDEL', KEYS[1], field)
call('UNLINK', unpack(KEYS, 2))
return reply
