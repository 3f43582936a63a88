-- Reads a page of the leases of a queue, the first to expire first.
--
-- KEYS  1 leases   2 held
-- ARGV  1 how many to skip   2 how many at most
-- Reply 1 the server's time in microseconds, then for each lease: id, when it expires in milliseconds, holder's record

local LEASES, HELD = KEYS[1], KEYS[2]
local first = tonumber(ARGV[1])
local leases = call('ZRANGE', LEASES, first, first + tonumber(ARGV[2]) - 1, 'WITHSCORES')
local reply = { string.format('%.0f', micros) }
for i = 1, #leases, 2 do
    reply[#reply + 1] = leases[i]
    reply[#reply + 1] = leases[i + 1]
    reply[#reply + 1] = call('HGET', HELD, leases[i]) or ''
end
return reply
