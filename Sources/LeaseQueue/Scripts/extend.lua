-- Extends leases: the heartbeat of a consumer for any number of its leases in one queue.
--
-- KEYS  1 control   2 held   3 leases   4 consumers
-- ARGV  1 queue     2 consumer   3 `1` to note that the consumer was seen
--       4 lease time in milliseconds, from now on   5 number n of leases
--       then n ids, then n tokens of 16 digits, then n notes of at most 999 bytes or none at all; an empty one
--       leaves the note that there is
-- Reply 1 control state   2 a character per lease: 1 it holds, 0 it is lost

writeAnyway(KEYS[3])
local count = tonumber(ARGV[5])
local settings = call('HMGET', KEYS[1], 'state:' .. ARGV[1], 'budget:' .. ARGV[1])
local held = call('HMGET', KEYS[2], unpack(ARGV, 6, 5 + count))
local holds, expiries, noted, expiry = {}, {}, {}, now + tonumber(ARGV[4])
for i = 1, count do
    local valid = held[i] and string.sub(held[i], 1, 16) == ARGV[5 + count + i]
    holds[i] = valid and '1' or '0'
    if valid then
        expiries[#expiries + 1] = expiry
        expiries[#expiries + 1] = ARGV[5 + i]
        local note = ARGV[5 + 2 * count + i]
        if note and note ~= '' then
            noted[#noted + 1] = ARGV[5 + i]
            noted[#noted + 1] = string.sub(held[i], 1, 16) .. string.sub(held[i], 17, 17) % 2 + 2
                .. string.format('%03d', #note) .. note .. holderName(held[i])
        end
    end
end
if #expiries > 0 then call('ZADD', KEYS[3], unpack(expiries)) end
if #noted > 0 then call('HSET', KEYS[2], unpack(noted)) end
if ARGV[3] == '1' then noteSeen(KEYS[4], ARGV[2]) end
return { effective(settings[1], settings[2] and tonumber(settings[2])), table.concat(holds) }
