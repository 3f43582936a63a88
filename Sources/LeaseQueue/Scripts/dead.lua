-- Reads dead letters of a queue, the oldest first, or a single one.
--
-- KEYS  1 dead   2 jobs   3 errors
-- ARGV  1 how many to skip   2 how many at most   3 the id, to read a single one
-- Reply 1 the server's time in milliseconds since 1970, then for each dead letter:
--       id, when it died in milliseconds since 1970, record, history

local DEAD, JOBS, ERRORS = KEYS[1], KEYS[2], KEYS[3]
local first = tonumber(ARGV[1])
local dead
if ARGV[3] then
    local died = call('ZSCORE', DEAD, ARGV[3])
    dead = died and { ARGV[3], died } or {}
else
    dead = call('ZRANGE', DEAD, first, first + tonumber(ARGV[2]) - 1, 'WITHSCORES')
end
local reply = { now }
for i = 1, #dead, 2 do
    reply[#reply + 1] = dead[i]
    reply[#reply + 1] = dead[i + 1]
    reply[#reply + 1] = call('HGET', JOBS, dead[i]) or ''
    reply[#reply + 1] = call('HGET', ERRORS, dead[i]) or ''
end
return reply
