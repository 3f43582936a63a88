-- Ends leases, forwards their follow-up jobs, takes back expired leases, and leases the next jobs: one atomic step.
--
-- KEYS  1 control        2 tokens that this consumer finished, and its grants   3 consumers
--       4 jobs           5 wake            6 rates           7 held            8 leases
--       9 delayed       10 dead           11 errors         12…21 ready:9 … ready:0
--       22… keys of other queues, referred to by number
-- ARGV  1 queue          2 consumer        3 how many jobs to lease            4 lease time in milliseconds
--       5 failures that make a dead letter                   6 crashes that make a dead letter
--       7 number of the request            8 its attempt, from 1               9 `1` to record the consumer's presence
--       10 number n of outcomes            11 their kinds, a character each: c complete, f fail, g give up, r release
--       12 number m of other queues that jobs may go to
--       13 `1` if the first of them gets notices of dead letters; its `ready:5` then follows its other keys
--       then for each of those queues two: its name, number of its key `jobs` (its `wake` and `rates` follow)
--       then n ids, then n tokens of 16 digits
--       then for each outcome of kind f or g: delay in milliseconds, error
--       then for each forwarded job seven: number of its outcome, which of the other queues it goes to (0: this one),
--            and the five that insert.lua describes
-- Reply 1 control state  2 milliseconds until a delayed job is due or a lease expires, -1 if there is neither
--       3 a character per outcome: d done, x done and now a dead letter, a done before by this very token, s stale
--       4 token of the first job leased, if the following jobs have the following tokens; else all, with commas
--       then for each job leased: id, record

local CONTROL, FINISHED, CONSUMERS, JOBS, WAKE, RATES = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local HELD, LEASES, DELAYED, DEAD, ERRORS = KEYS[7], KEYS[8], KEYS[9], KEYS[10], KEYS[11]
local READY = 12 -- the number of ready:9; ready:0 is READY + 9
local queue, consumer, count, leaseTime = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local request, attempt, outcomes, others = ARGV[7], tonumber(ARGV[8]), tonumber(ARGV[10]), tonumber(ARGV[12])
-- Where parts of ARGV begin: the ids, the tokens, and what follows them.
local IDS = 14 + 2 * others
local TOKENS, DETAILS = IDS + outcomes, IDS + 2 * outcomes

writeAnyway(LEASES)
local fields = { 'token', 'state:' .. queue, 'budget:' .. queue, 'fences', 'totals:' .. queue }
for other = 1, others do fields[5 + other] = 'totals:' .. ARGV[12 + 2 * other] end
local settings = call('HMGET', CONTROL, unpack(fields))
local budget = settings[3] and tonumber(settings[3])

-- Fields and values, in turn, to write into `control` at the end.
local writes = {}
-- Entries to append to the list of this consumer's finished tokens and grants.
local log = {}
-- The events of this call: jobs that were added to this queue and to the other ones, …
local arrived, arrivals = 0, {}
local leased, completions, failed, crashed, releases, died = 0, 0, 0, 0, 0, 0

-- The keys jobs, wake, rates and ready:5 of a queue that a forwarded job or a notice goes to; 0 is this queue.
local function keysOf(other)
    local first = other == 0 and 4 or tonumber(ARGV[13 + 2 * other])
    return KEYS[first], KEYS[first + 1], KEYS[first + 2], KEYS[first + 3]
end

-- The steps that few calls need. They are created on demand, because creating functions takes time.
local function createRareSteps()
    -- Makes a job a dead letter, and sends a notice to another queue if one is configured.
    local function bury(id, record, token)
        died = died + 1
        call('ZADD', DEAD, now, id)
        if ARGV[13] ~= '1' then return end
        local jobs, wakeList, _, ready = keysOf(1)
        local name = id .. '#dead#' .. token
        local notice = headByte(5, false) .. stamp(tonumber(token)) .. string.sub(record, 22)
        if call('HSETNX', jobs, name, notice) == 1 then
            call('RPUSH', ready, name)
            wake(wakeList)
            arrivals[1] = (arrivals[1] or 0) + 1
        end
    end

    -- Adds failures, crashes and releases to a job's record. Returns the record, priority, failures and crashes.
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

    -- Appends to the history of a job: how the attempt ended (f failed, c crashed), token, time, holder, error. Removes
    -- the oldest entries if the history exceeds 64 KiB.
    local function appendHistory(id, kind, token, holder, text)
        local line = string.format('%s %s %.0f %d %d\n', kind, token, now, #holder, #text)
        local history = (call('HGET', ERRORS, id) or '') .. line .. holder .. text
        while #history > 65536 do
            local head, holderLength, textLength = string.match(history, '^(%a %d+ %d+ (%d+) (%d+)\n)')
            history = string.sub(history, #head + holderLength + textLength + 1)
        end
        call('HSET', ERRORS, id, history)
    end

    -- Puts the follow-up jobs of the outcomes that counted into their queues. They are always accepted: the limit of a
    -- queue holds back new work only, never work that has begun.
    local function forward(results, at)
        local groups, stamps = {}, {}
        for row = at, #ARGV, 7 do
            local outcome = tonumber(ARGV[row])
            if results[outcome] == 'd' or results[outcome] == 'x' then
                stamps[outcome] = stamps[outcome] or stamp(tonumber(ARGV[TOKENS + outcome - 1]))
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

    -- Takes back expired leases: counts a crash, and puts the job to the front of its list, or to the dead letters.
    local function reclaim()
        local ids = call('ZRANGEBYSCORE', LEASES, '-inf', now, 'LIMIT', 0, 100)
        local held, records = call('HMGET', HELD, unpack(ids)), call('HMGET', JOBS, unpack(ids))
        for i = #ids, 1, -1 do
            if held[i] and records[i] then
                local id, token, holder = ids[i], string.sub(held[i], 1, 16), holderName(held[i])
                local record, priority, _, crashes = tally(id, records[i], 0, 1, 0)
                crashed = crashed + 1
                local reason = 'the lease expired: the consumer died, stalled or lost its connection'
                appendHistory(id, 'c', token, holder, reason)
                if crashes >= tonumber(ARGV[6]) then
                    bury(id, record, token)
                else
                    call('LPUSH', readyKey(READY, priority), id)
                end
            end
        end
        call('ZREM', LEASES, unpack(ids))
        call('HDEL', HELD, unpack(ids))
    end

    -- Puts delayed jobs that are due to the back of their ready lists.
    local function promoteDue()
        local ids = call('ZRANGEBYSCORE', DELAYED, '-inf', now, 'LIMIT', 0, 100)
        local records = call('HMGET', JOBS, unpack(ids))
        for i = 1, #ids do
            if records[i] then call('RPUSH', readyKey(READY, priorityOf(records[i])), ids[i]) end
        end
        call('ZREM', DELAYED, unpack(ids))
    end

    -- Handles a request that was, or may have been, sent before: adds the leases of the earlier attempt to the reply,
    -- and extends them. Returns whether the request may lease other jobs, and until when the repeated leases hold.
    local function repeatGrant(reply)
        local fence, grantOf = idempotency()
        local late, fences = fence(settings[4], request, attempt)
        if fences == '' then
            call('HDEL', CONTROL, 'fences')
        elseif fences then
            writes[#writes + 1] = 'fences'
            writes[#writes + 1] = fences
        end
        if late then return false end
        if attempt == 1 then return true end
        local first, granted, expiry = grantOf(call('LRANGE', FINISHED, 0, -1), request)
        local ids = first and call('ZRANGEBYSCORE', LEASES, expiry, expiry, 'LIMIT', 0, 4000) or {}
        if #ids == 0 then return true end
        local held, records, mine, tokens = call('HMGET', HELD, unpack(ids)), call('HMGET', JOBS, unpack(ids)), {}, {}
        for i = 1, #ids do
            local token = held[i] and records[i] and tonumber(string.sub(held[i], 1, 16))
            if token and token >= first and token < first + granted then mine[#mine + 1] = { i, token } end
        end
        if #mine == 0 then return true end
        table.sort(mine, function(one, other) return one[2] < other[2] end)
        expiry = now + leaseTime
        for i = 1, #mine do
            local id = ids[mine[i][1]]
            tokens[i] = string.format('%.0f', mine[i][2])
            reply[3 + 2 * i] = id
            reply[4 + 2 * i] = records[mine[i][1]]
            call('ZADD', LEASES, expiry, id)
        end
        reply[4] = table.concat(tokens, ',')
        log[#log + 1] = string.format('g %s %.0f %d %.0f', request, first, granted, expiry)
        return false, expiry
    end

    return {
        bury = bury, tally = tally, appendHistory = appendHistory, forward = forward, reclaim = reclaim,
        promoteDue = promoteDue, repeatGrant = repeatGrant,
    }
end

local rare -- the result of createRareSteps, if this call needs it

-- Takes up to `want` jobs from the front of the ready lists, the highest priority first. Returns their ids.
local function takeReady(want)
    local ids = {}
    local function takeFrom(list)
        local missing = want - #ids
        if missing == 1 then
            ids[#ids + 1] = call('LPOP', list) or nil
        elseif missing > 1 then
            local got = call('LRANGE', list, 0, missing - 1)
            if #got > 0 then call('LTRIM', list, #got, -1) end
            for i = 1, #got do ids[#ids + 1] = got[i] end
        end
    end
    -- Nearly every job has priority 5: one command shows that all lists above it, or below it, are empty.
    if call('EXISTS', unpack(KEYS, READY, READY + 3)) > 0 then
        for list = READY, READY + 3 do takeFrom(KEYS[list]) end
    end
    takeFrom(KEYS[READY + 4])
    if #ids < want and call('EXISTS', unpack(KEYS, READY + 5, READY + 9)) > 0 then
        for list = READY + 5, READY + 9 do takeFrom(KEYS[list]) end
    end
    return ids
end

-- Leases jobs to the consumer, and adds them to the reply. Returns until when the leases hold.
local function leaseNext(ids, reply)
    local first = math.max((tonumber(settings[1] or 0)) + 1, micros)
    local records, holders, expiries = call('HMGET', JOBS, unpack(ids)), {}, {}
    local expiry = now + leaseTime
    for i = 1, #ids do
        local id, record = ids[i], records[i]
        if record then
            -- Whether there is a history to delete when the job is completed.
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
    if leased == 0 then return nil end
    call('HSET', HELD, unpack(holders))
    call('ZADD', LEASES, unpack(expiries))
    writes[#writes + 1] = 'token'
    writes[#writes + 1] = string.format('%.0f', first + leased - 1)
    reply[4] = string.format('%.0f', first)
    log[#log + 1] = 'g ' .. request .. ' ' .. reply[4] .. string.format(' %d %.0f', leased, expiry)
    return expiry
end

-- End the leases of the outcomes. An outcome counts only if its token is the newest of its job. This is not a function,
-- because capturing their many variables would cost some per cent of every call.
local results, at = {}, DETAILS
if outcomes > 0 then
    local held = call('HMGET', HELD, unpack(ARGV, IDS, TOKENS - 1))
    local kinds, ids, completed, withHistory, released = ARGV[11], {}, {}, {}, {}
    local claimed, finished = {}, nil
    for i = 1, outcomes do
        local id, token, kind = ARGV[IDS + i - 1], ARGV[TOKENS + i - 1], string.sub(kinds, i, i)
        local delay, text
        if kind == 'f' or kind == 'g' then
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
                    rare = rare or createRareSteps()
                    local _, failures
                    record, _, failures = rare.tally(id, record, 1, 0, 0)
                    rare.appendHistory(id, 'f', token, holderName(held[i]), text)
                    if kind == 'g' or failures >= tonumber(ARGV[5]) then
                        results[i] = 'x'
                        rare.bury(id, record, token)
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
    -- In reverse, so that the job that was leased first is at the very front again.
    for i = #released, 1, -1 do
        local record = call('HGET', JOBS, released[i])
        if record then
            rare = rare or createRareSteps()
            local _, priority = rare.tally(released[i], record, 0, 0, 1)
            call('LPUSH', readyKey(READY, priority), released[i])
        end
    end
end
if at <= #ARGV then
    rare = rare or createRareSteps()
    rare.forward(results, at)
end

-- The time of the first entry of a sorted set, in milliseconds; nil if the set is empty.
local function firstTime(key)
    local first = call('ZRANGE', key, 0, 0, 'WITHSCORES')
    return first[2] and tonumber(first[2])
end

local nextLease = firstTime(LEASES)
if nextLease and nextLease <= now then
    rare = rare or createRareSteps()
    rare.reclaim()
    nextLease = firstTime(LEASES)
end
local nextDue = firstTime(DELAYED)
if nextDue and nextDue <= now then
    rare = rare or createRareSteps()
    rare.promoteDue()
    nextDue = firstTime(DELAYED)
end

if budget and completions + died > 0 then
    budget = math.max(budget - completions - died, 0)
    writes = { 'budget:' .. queue, string.format('%.0f', budget) }
end
local state = effective(settings[2], budget)
local allowed = 0
if state == 'run' then allowed = budget and budget - call('ZCARD', LEASES) or math.huge end
local want = math.max(math.min(count, allowed), 0)
local reply = { state, -1, table.concat(results), '' }

local mayLease, expiry = true, nil
if attempt > 1 or settings[4] then
    rare = rare or createRareSteps()
    mayLease, expiry = rare.repeatGrant(reply)
end
local isRepeated = expiry ~= nil
if not mayLease then want = 0 end
local ids = want > 0 and takeReady(want) or {}
if #ids > 0 then expiry = leaseNext(ids, reply) end
if expiry then nextLease = math.min(nextLease or expiry, expiry) end

-- Writes the consumer's finished tokens and grants, its presence, the totals and the settings.
if #log > 0 then
    local length = call('RPUSH', FINISHED, unpack(log))
    if length == #log or length > 4096 then
        call('LTRIM', FINISHED, -2048, -1)
        call('PEXPIRE', FINISHED, 86400000)
    end
end
if ARGV[9] == '1' then recordPresence(CONSUMERS, consumer) end
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

-- A consumer that leaves ready jobs behind wakes the next one, if those jobs may be leased.
if not isRepeated and #ids == want and allowed > #ids and call('LLEN', WAKE) == 0
    and call('EXISTS', unpack(KEYS, READY, READY + 9)) > 0
then
    call('RPUSH', WAKE, 1)
end

local nextEvent = math.min(nextLease or math.huge, nextDue or math.huge)
if nextEvent < math.huge then reply[2] = math.max(nextEvent - now, 0) end
return reply
