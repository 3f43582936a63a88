-- Ends leases, forwards their follow-up jobs, takes up what has fallen due, and leases the next jobs: one atomic step.
--
-- KEYS  1 control        2 what this consumer finished and was granted          3 consumers
--       4 jobs           5 wake            6 rates           7 held            8 leases
--       9 delayed       10 dead           11 errors         12…21 ready:9 … ready:0
--       22… keys of other queues, referred to by number
-- ARGV  1 queue          2 consumer        3 how many to lease               4 lease time in milliseconds
--       5 failures that make a dead letter                   6 crashes that make a dead letter
--       7 number of the request            8 how manieth try of it           9 `1` to note that the consumer was seen
--       10 number n of outcomes            11 their kinds, a character each: c complete, f fail, r release
--       12 number m of other queues that jobs may go to
--       13 `1` when the first of them is told of dead letters; behind its keys comes its `ready:5`
--       then for each of those queues two: its name, number of its key `jobs` (its `wake` and `rates` follow)
--       then n ids, then n tokens of 16 digits
--       then for each outcome of kind f: delay in milliseconds, error
--       then for each forwarded job seven: number of its outcome, which of the other queues it goes to (0: this one),
--            and the five that insert.lua describes
-- Reply 1 control state  2 milliseconds until a delayed job or a lease falls due, -1 when there is none
--       3 a character per outcome: d done, x done and now a dead letter, a done before by this very token, s stale
--       4 token of the first job leased, when the following jobs have the following tokens; else all, with commas
--       then for each job leased: id, record

local CONTROL, FINISHED, JOBS, WAKE, RATES = KEYS[1], KEYS[2], KEYS[4], KEYS[5], KEYS[6]
local HELD, LEASES, DELAYED, DEAD, ERRORS = KEYS[7], KEYS[8], KEYS[9], KEYS[10], KEYS[11]
local queue, consumer, count, leaseTime = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local request, try, outcomes, others = ARGV[7], tonumber(ARGV[8]), tonumber(ARGV[10]), tonumber(ARGV[12])
local base = 13 + 2 * others

writeAnyway(LEASES)
local fields = { 'token', 'state:' .. queue, 'budget:' .. queue, 'fences', 'totals:' .. queue }
for other = 1, others do fields[5 + other] = 'totals:' .. ARGV[12 + 2 * other] end
local settings = call('HMGET', CONTROL, unpack(fields))
local budget = settings[3] and tonumber(settings[3])
-- What is to be written into `control` at the end: fields and values in turn.
local writes = {}
-- What is to be remembered of this call for this consumer.
local log = {}
-- What happened: jobs that came into this queue and into the others, …
local arrived, arrivals = 0, {}
local leased, completions, failed, crashed, releases, died = 0, 0, 0, 0, 0, 0

local function readyList(priority) return KEYS[21 - priority] end

-- The keys of the queue that a forwarded job goes to.
local function keysOf(other)
    local first = other == 0 and 4 or tonumber(ARGV[13 + 2 * other])
    return KEYS[first], KEYS[first + 1], KEYS[first + 2], KEYS[first + 3]
end

-- Makes a job that used up its chances a dead letter, and tells the queue that wants to know.
local function bury(id, record, token)
    died = died + 1
    call('ZADD', DEAD, now, id)
    if ARGV[13] ~= '1' then return end
    local jobs, wakeList, _, ready = keysOf(1)
    local name = id .. '#dead#' .. token
    local told = headByte(5, false) .. stamp(tonumber(token)) .. string.sub(record, 22)
    if call('HSETNX', jobs, name, told) == 1 then
        call('RPUSH', ready, name)
        wake(wakeList)
        arrivals[1] = (arrivals[1] or 0) + 1
    end
end

-- Counts a failure, a crash or a release on a job and returns its record and its counts.
local function tally(id, record, moreFailures, moreCrashes, moreReleases)
    local head, failures, crashes, released = struct.unpack('>BI2I2I2', record)
    local priority = head % 16
    if moreFailures + moreCrashes > 0 then head = priority + 16 end
    failures = math.min(failures + moreFailures, 65535)
    crashes = math.min(crashes + moreCrashes, 65535)
    released = math.min(released + moreReleases, 65535)
    record = struct.pack('>BI2I2I2', head, failures, crashes, released) .. string.sub(record, 8)
    call('HSET', JOBS, id, record)
    return record, priority, failures, crashes
end

-- Adds to the history of a job: how the attempt ended (f failed, c crashed), its token, when, who held it, the error.
-- The oldest entries go once there are more than 64 KiB of them.
local function remember(id, kind, token, holder, text)
    local line = string.format('%s %s %.0f %d %d\n', kind, token, now, #holder, #text)
    local history = (call('HGET', ERRORS, id) or '') .. line .. holder .. text
    while #history > 65536 do
        local head, holderLength, textLength = string.match(history, '^(%a %d+ %d+ (%d+) (%d+)\n)')
        history = string.sub(history, #head + holderLength + textLength + 1)
    end
    call('HSET', ERRORS, id, history)
end

-- 1. The outcomes. Only the holder of the newest token moves anything.
local results = {}
local at = base + 1 + 2 * outcomes
if outcomes > 0 then
    local held = call('HMGET', HELD, unpack(ARGV, base + 1, base + outcomes))
    local kinds, ids, completed, withHistory, released = ARGV[11], {}, {}, {}, {}
    local claimed, finished = {}, nil
    for i = 1, outcomes do
        local id, token, kind = ARGV[base + i], ARGV[base + outcomes + i], string.sub(kinds, i, i)
        local delay, text
        if kind == 'f' then
            delay, text = tonumber(ARGV[at]), ARGV[at + 1]
            at = at + 2
        end
        if held[i] and string.sub(held[i], 1, 16) == token and not claimed[id] then
            claimed[id] = token
            ids[#ids + 1] = id
            log[#log + 1] = token
            results[i] = 'd'
            if kind == 'c' then
                completed[#completed + 1] = id
                if string.sub(held[i], 17, 17) % 2 == 1 then withHistory[#withHistory + 1] = id end
            elseif kind == 'r' then
                released[#released + 1] = id
            else
                local record = call('HGET', JOBS, id)
                failed = failed + 1
                if record then
                    local _, failures
                    record, _, failures = tally(id, record, 1, 0, 0)
                    remember(id, 'f', token, holderName(held[i]), text)
                    if failures >= tonumber(ARGV[5]) then
                        results[i] = 'x'
                        bury(id, record, token)
                    else
                        call('ZADD', DELAYED, now + delay, id)
                    end
                end
            end
        else
            if not finished then
                finished = {}
                for _, old in ipairs(call('LRANGE', FINISHED, 0, -1)) do finished[old] = true end
            end
            results[i] = (finished[token] or claimed[id] == token) and 'a' or 's'
        end
    end
    if #ids > 0 then
        call('ZREM', LEASES, unpack(ids))
        call('HDEL', HELD, unpack(ids))
    end
    if #completed > 0 then
        completions = #completed
        call('HDEL', JOBS, unpack(completed))
        if #withHistory > 0 then call('HDEL', ERRORS, unpack(withHistory)) end
    end
    releases = #released
    -- Backwards, so that what was leased first is at the very front again.
    for i = #released, 1, -1 do
        local record = call('HGET', JOBS, released[i])
        if record then
            local _, priority = tally(released[i], record, 0, 0, 1)
            call('LPUSH', readyList(priority), released[i])
        end
    end
end

-- 2. The follow-up jobs of the outcomes that counted, queue by queue. They always land: only new work is held back by the
--    limit of a queue, never what is under way.
if at <= #ARGV then
    local groups, stamps = {}, {}
    for row = at, #ARGV, 7 do
        local outcome = tonumber(ARGV[row])
        if results[outcome] == 'd' or results[outcome] == 'x' then
            stamps[outcome] = stamps[outcome] or stamp(tonumber(ARGV[base + outcomes + outcome]))
            local other = tonumber(ARGV[row + 1])
            local group = groups[other]
            if not group then
                group = { rows = {}, stamps = {} }
                groups[other] = group
            end
            group.rows[#group.rows + 1] = row + 2
            group.stamps[#group.stamps + 1] = stamps[outcome]
        end
    end
    for other, group in pairs(groups) do
        local jobs, wakeList = keysOf(other)
        local _, inserted = insert(jobs, wakeList, group.rows, group.stamps, math.huge)
        if other == 0 then arrived = inserted else arrivals[other] = (arrivals[other] or 0) + inserted end
    end
end

-- 3. Leases that ran out: a crash is counted; the job goes to the front again, or to the dead letters.
local function firstScore(key)
    local first = call('ZRANGE', key, 0, 0, 'WITHSCORES')
    return first[2] and tonumber(first[2])
end

local nextLease = firstScore(LEASES)
if nextLease and nextLease <= now then
    local ids = call('ZRANGEBYSCORE', LEASES, '-inf', now, 'LIMIT', 0, 100)
    local held, records = call('HMGET', HELD, unpack(ids)), call('HMGET', JOBS, unpack(ids))
    for i = #ids, 1, -1 do
        if held[i] and records[i] then
            local id, token, holder = ids[i], string.sub(held[i], 1, 16), holderName(held[i])
            local record, priority, _, crashes = tally(id, records[i], 0, 1, 0)
            crashed = crashed + 1
            remember(id, 'c', token, holder, 'The lease ran out: the consumer vanished, stalled or lost its connection.')
            if crashes >= tonumber(ARGV[6]) then
                bury(id, record, token)
            else
                call('LPUSH', readyList(priority), id)
            end
        end
    end
    call('ZREM', LEASES, unpack(ids))
    call('HDEL', HELD, unpack(ids))
    nextLease = firstScore(LEASES)
end

-- 4. Delayed jobs that are due go to the back of their ready list.
local nextDue = firstScore(DELAYED)
if nextDue and nextDue <= now then
    local ids = call('ZRANGEBYSCORE', DELAYED, '-inf', now, 'LIMIT', 0, 100)
    local records = call('HMGET', JOBS, unpack(ids))
    for i = 1, #ids do
        if records[i] then call('RPUSH', readyList(priorityOf(records[i])), ids[i]) end
    end
    call('ZREM', DELAYED, unpack(ids))
    nextDue = firstScore(DELAYED)
end

-- 5. The next jobs, as far as control state and budget allow; for a request that was here before, the same as then.
if budget and completions + died > 0 then
    budget = math.max(budget - completions - died, 0)
    writes = { 'budget:' .. queue, string.format('%.0f', budget) }
end
local state = effective(settings[2], budget)
local allowed = 0
if state == 'run' then allowed = budget and budget - call('ZCARD', LEASES) or math.huge end
local want = math.max(math.min(count, allowed), 0)
local reply = { state, -1, table.concat(results), '' }
local again = false

if try > 1 or settings[4] then
    local fence, grantOf = repeats()
    local late, fences = fence(settings[4], request, try)
    if late then want = 0 end
    if fences == '' then
        call('HDEL', CONTROL, 'fences')
    elseif fences then
        writes[#writes + 1] = 'fences'
        writes[#writes + 1] = fences
    end
    local first, granted, expiry
    if try > 1 and not late then first, granted, expiry = grantOf(call('LRANGE', FINISHED, 0, -1), request) end
    local ids = first and call('ZRANGEBYSCORE', LEASES, expiry, expiry, 'LIMIT', 0, 4000) or {}
    if #ids > 0 then
        -- What is still held of it is leased once more, from now on.
        local held, records, mine, tokens = call('HMGET', HELD, unpack(ids)), call('HMGET', JOBS, unpack(ids)), {}, {}
        for i = 1, #ids do
            local token = held[i] and records[i] and tonumber(string.sub(held[i], 1, 16))
            if token and token >= first and token < first + granted then mine[#mine + 1] = { i, token } end
        end
        table.sort(mine, function(one, other) return one[2] < other[2] end)
        expiry = now + leaseTime
        for i = 1, #mine do
            local id = ids[mine[i][1]]
            tokens[i] = string.format('%.0f', mine[i][2])
            reply[3 + 2 * i] = id
            reply[4 + 2 * i] = records[mine[i][1]]
            call('ZADD', LEASES, expiry, id)
        end
        if #mine > 0 then
            again, want = true, 0
            reply[4] = table.concat(tokens, ',')
            log[#log + 1] = string.format('g %s %.0f %d %.0f', request, first, granted, expiry)
            nextLease = math.min(nextLease or expiry, expiry)
        end
    end
end

local ids = {}

local function take(list)
    local missing = want - #ids
    if missing == 1 then
        ids[#ids + 1] = call('LPOP', list) or nil
    elseif missing > 1 then
        local got = call('LRANGE', list, 0, missing - 1)
        if #got > 0 then call('LTRIM', list, #got, -1) end
        for i = 1, #got do ids[#ids + 1] = got[i] end
    end
end

if want > 0 then
    -- Nearly every job has priority 5: one command tells that the lists above, or below, are all empty.
    if call('EXISTS', unpack(KEYS, 12, 15)) > 0 then
        for list = 12, 15 do take(KEYS[list]) end
    end
    take(KEYS[16])
    if #ids < want and call('EXISTS', unpack(KEYS, 17, 21)) > 0 then
        for list = 17, 21 do take(KEYS[list]) end
    end
end

if #ids > 0 then
    local first = math.max((tonumber(settings[1] or 0)) + 1, micros)
    local records, holders, expiries = call('HMGET', JOBS, unpack(ids)), {}, {}
    local expiry = now + leaseTime
    for i = 1, #ids do
        local id, record = ids[i], records[i]
        if record then
            -- Whether there is a history to delete at the end.
            local history = hasHistory(record) and '1' or '0'
            holders[2 * leased + 1] = id
            holders[2 * leased + 2] = string.format('%016.0f', first + leased) .. history .. consumer
            expiries[2 * leased + 1] = expiry
            expiries[2 * leased + 2] = id
            leased = leased + 1
            reply[3 + 2 * leased] = id
            reply[4 + 2 * leased] = record
        end
    end
    if leased > 0 then
        call('HSET', HELD, unpack(holders))
        call('ZADD', LEASES, unpack(expiries))
        writes[#writes + 1] = 'token'
        writes[#writes + 1] = string.format('%.0f', first + leased - 1)
        reply[4] = string.format('%.0f', first)
        log[#log + 1] = 'g ' .. request .. ' ' .. reply[4] .. string.format(' %d %.0f', leased, expiry)
        nextLease = math.min(nextLease or expiry, expiry)
    end
end

-- 6. What is remembered: of this call for this consumer, of the consumer, and the totals.
if #log > 0 then
    local length = call('RPUSH', FINISHED, unpack(log))
    if length == #log or length > 4096 then
        call('LTRIM', FINISHED, -2048, -1)
        call('PEXPIRE', FINISHED, 86400000)
    end
end
if ARGV[9] == '1' then noteSeen(KEYS[3], consumer) end
if arrived + leased + completions + failed + crashed + releases > 0 then
    writes[#writes + 1] = fields[5]
    writes[#writes + 1] =
        counted(settings[5], RATES, arrived, leased, completions, failed, crashed, releases, died)
end
for other, jobs in pairs(arrivals) do
    local _, _, rates = keysOf(other)
    writes[#writes + 1] = fields[5 + other]
    writes[#writes + 1] = counted(settings[5 + other], rates, jobs, 0, 0, 0, 0, 0, 0)
end
if #writes > 0 then call('HSET', CONTROL, unpack(writes)) end

-- 7. The baton: who leaves ready jobs behind that may be leased wakes the next consumer.
if not again and #ids == want and allowed > #ids and call('LLEN', WAKE) == 0 and call('EXISTS', unpack(KEYS, 12, 21)) > 0
then
    call('RPUSH', WAKE, 1)
end

local nextEvent = math.min(nextLease or math.huge, nextDue or math.huge)
if nextEvent < math.huge then reply[2] = math.max(nextEvent - now, 0) end
return reply
