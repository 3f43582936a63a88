-- Leases one given job, if it is ready.
--
-- KEYS  1 control   2 jobs   3 held   4 leases   5 rates   6 consumers   7…16 ready:9 … ready:0
-- ARGV  1 queue     2 consumer        3 lease time in milliseconds       4 id
--       5 number of the request       6 its attempt, from 1              7 how far to search its list
-- Reply like that of finish_and_lease.lua: 1 control state   2 -1   3 ''   4 its token, or ''
--       then, if it was leased: id, record

local CONTROL, JOBS, HELD, LEASES, RATES, CONSUMERS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local READY = 7 -- the number of ready:9
local queue, consumer, id, request, attempt = ARGV[1], ARGV[2], ARGV[4], ARGV[5], tonumber(ARGV[6])

writeAnyway(LEASES)
recordPresence(CONSUMERS, consumer)
local settings = call(
    'HMGET', CONTROL, 'token', 'state:' .. queue, 'budget:' .. queue, 'fences', 'totals:' .. queue, 'calls', 'gaps',
    'gaps:' .. queue)
local writes = {}
bridgeGaps(LEASES, queue, settings[6], settings[7], settings[8], writes)
if #writes > 0 then call('HSET', CONTROL, unpack(writes)) end
local budget = settings[3] and tonumber(settings[3])
local reply = { effective(settings[2], budget), -1, '', '' }

if attempt > 1 or settings[4] then
    local late, fences = idempotency()(settings[4], request, attempt)
    if fences == '' then
        call('HDEL', CONTROL, 'fences')
    elseif fences then
        call('HSET', CONTROL, 'fences', fences)
    end
    if late then return reply end
end

local record, held = call('HGET', JOBS, id), call('HGET', HELD, id)
local expiry = now + ARGV[3]

local function grant(token)
    call('ZADD', LEASES, expiry, id)
    reply[4], reply[5], reply[6] = token, id, record
    return reply
end

if not record then return reply end
-- The reply to an earlier attempt was lost: the consumer gets the same lease, extended.
if held and attempt > 1 and holderName(held) == consumer then
    return grant(string.format('%.0f', tonumber(string.sub(held, 1, 16))))
end
if held or reply[1] ~= 'run' or budget and budget <= call('ZCARD', LEASES) then return reply end

local list = readyKey(READY, priorityOf(record))
if not call('LPOS', list, id, 'MAXLEN', ARGV[7]) then return reply end
call('LREM', list, 1, id)
local token = string.format('%.0f', math.max(tonumber(settings[1] or 0) + 1, micros))
call('HSET', HELD, id, string.format('%016.0f', tonumber(token)) .. (hasHistory(record) and '1' or '0') .. consumer)
call('HSET', CONTROL, 'token', token, 'totals:' .. queue, counted(settings[5], RATES, 0, 1, 0, 0, 0, 0, 0))
return grant(token)
