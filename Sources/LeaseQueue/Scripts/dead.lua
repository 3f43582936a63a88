-- The dead letters of a queue, the oldest first.
--
-- KEYS  1 dead   2 jobs   3 errors
-- ARGV  1 how many to skip   2 how many at most
-- Reply for each dead letter: id, when it died in milliseconds since 1970, record, history

local first = tonumber(ARGV[1])
local dead = call('ZRANGE', KEYS[1], first, first + tonumber(ARGV[2]) - 1, 'WITHSCORES')
local reply = {}
for i = 1, #dead, 2 do
    reply[#reply + 1] = dead[i]
    reply[#reply + 1] = dead[i + 1]
    reply[#reply + 1] = call('HGET', KEYS[2], dead[i]) or ''
    reply[#reply + 1] = call('HGET', KEYS[3], dead[i]) or ''
end
return reply
