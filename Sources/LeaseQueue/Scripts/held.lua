-- A page of the leases of a queue, the first to run out first.
--
-- KEYS  1 leases   2 held
-- ARGV  1 how many to skip   2 how many at most
-- Reply 1 the server's time in microseconds, then for each lease: id, when it runs out in milliseconds, holder's record

local first = tonumber(ARGV[1])
local leases = call('ZRANGE', KEYS[1], first, first + tonumber(ARGV[2]) - 1, 'WITHSCORES')
local reply = { string.format('%.0f', micros) }
for i = 1, #leases, 2 do
    reply[#reply + 1] = leases[i]
    reply[#reply + 1] = leases[i + 1]
    reply[#reply + 1] = call('HGET', KEYS[2], leases[i]) or ''
end
return reply
