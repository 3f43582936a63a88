-- Extends leases: the heartbeat of a consumer, for any number of its leases in one queue.
--
-- KEYS  1 control   2 held   3 leases   4 consumers
-- ARGV  1 queue     2 consumer   3 `1` to record that the consumer is active
--       4 lease time in milliseconds, from now on   5 number n of leases
--       then n ids, then n tokens of 16 digits, then n notes of at most 999 bytes or none at all; an empty one
--       leaves the note unchanged
-- Reply 1 control state   2 a character per lease: 1 it holds, 0 it is lost

local CONTROL, HELD, LEASES, CONSUMERS = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local count = tonumber(ARGV[5])
-- Where parts of ARGV begin.
local IDS, TOKENS, NOTES = 6, 6 + count, 6 + 2 * count

writeAnyway(LEASES)
local settings = call(
    'HMGET', CONTROL, 'state:' .. ARGV[1], 'budget:' .. ARGV[1], 'calls', 'gaps', 'gaps:' .. ARGV[1])
local writes = {}
bridgeGaps(LEASES, ARGV[1], settings[3], settings[4], settings[5], writes)
if #writes > 0 then call('HSET', CONTROL, unpack(writes)) end
local held = call('HMGET', HELD, unpack(ARGV, IDS, TOKENS - 1))
local holds, expiries, noted, expiry = {}, {}, {}, now + tonumber(ARGV[4])
for i = 1, count do
    local id = ARGV[IDS + i - 1]
    local valid = held[i] and string.sub(held[i], 1, 16) == ARGV[TOKENS + i - 1]
    holds[i] = valid and '1' or '0'
    if valid then
        expiries[#expiries + 1] = expiry
        expiries[#expiries + 1] = id
        local note = ARGV[NOTES + i - 1]
        if note and note ~= '' then
            noted[#noted + 1] = id
            noted[#noted + 1] = string.sub(held[i], 1, 16) .. string.sub(held[i], 17, 17) % 2 + 2
                .. string.format('%03d', #note) .. note .. holderName(held[i])
        end
    end
end
if #expiries > 0 then call('ZADD', LEASES, unpack(expiries)) end
if #noted > 0 then call('HSET', HELD, unpack(noted)) end
if ARGV[3] == '1' then recordPresence(CONSUMERS, ARGV[2]) end
return { effective(settings[1], settings[2] and tonumber(settings[2])), table.concat(holds) }
