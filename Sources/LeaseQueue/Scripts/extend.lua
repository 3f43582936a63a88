-- Extends leases: the heartbeat of a consumer for any number of its leases in one queue.
--
-- KEYS  1 control   2 held   3 leases
-- ARGV  1 queue     2 lease time in milliseconds, from now on     3 number n of leases
--       then n ids, then n tokens of 16 digits
-- Reply 1 control state   2 a character per lease: 1 it holds, 0 it is lost

writeAnyway(KEYS[3])
local count = tonumber(ARGV[3])
local settings = call('HMGET', KEYS[1], 'state:' .. ARGV[1], 'budget:' .. ARGV[1])
local held = call('HMGET', KEYS[2], unpack(ARGV, 4, 3 + count))
local holds, expiries, expiry = {}, {}, now + tonumber(ARGV[2])
for i = 1, count do
    local valid = held[i] and string.sub(held[i], 1, 16) == ARGV[3 + count + i]
    holds[i] = valid and '1' or '0'
    if valid then
        expiries[#expiries + 1] = expiry
        expiries[#expiries + 1] = ARGV[3 + i]
    end
end
if #expiries > 0 then call('ZADD', KEYS[3], unpack(expiries)) end
return { effective(settings[1], settings[2] and tonumber(settings[2])), table.concat(holds) }
