-- Ends leases, forwards their follow-up jobs, takes up what has fallen due, and leases the next jobs: one atomic step.
--
-- KEYS  1 control        2 finished tokens of this consumer
--       3 jobs           4 held            5 leases          6 delayed
--       7 dead           8 errors          9 wake            10…19 ready:9 … ready:0
--       20… keys of other queues, referred to by number
-- ARGV  1 queue          2 consumer        3 how many to lease               4 lease time in milliseconds
--       5 failures that make a dead letter                   6 crashes that make a dead letter
--       7 number of the key `jobs` of the queue that is told of dead letters (its `wake` and `ready:5` follow), or 0
--       8 number n of outcomes             9 their kinds, a character each: c complete, f fail, r release
--       then n ids, then n tokens of 16 digits
--       then for each outcome of kind f: delay in milliseconds, error
--       then for each forwarded job eight: number of its outcome, numbers of its queue's keys `jobs` and `wake`,
--            and the five that insert.lua describes
-- Reply 1 control state  2 milliseconds until a delayed job or a lease falls due, -1 when there is none
--       3 a character per outcome: d done, x done and now a dead letter, a done before by this very token, s stale
--       4 token of the first job leased; the following jobs have the following tokens
--       then for each job leased: id, record

local CONTROL, FINISHED, JOBS, HELD, LEASES = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local DELAYED, DEAD, ERRORS, WAKE = KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local queue, consumer, count, leaseTime = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local notice, outcomes = tonumber(ARGV[7]), tonumber(ARGV[8])

local settings = call('HMGET', CONTROL, 'token', 'state:' .. queue, 'budget:' .. queue)
local budget = settings[3] and tonumber(settings[3])
local ended = 0

local function readyList(priority) return KEYS[19 - priority] end

-- Makes a job that used up its chances a dead letter, and tells the queue that wants to know.
local function bury(id, record, token)
    ended = ended + 1
    call('ZADD', DEAD, now, id)
    if notice == 0 then return end
    local name = id .. '#dead#' .. token
    local told = string.char(5) .. stamp(tonumber(token)) .. string.sub(record, 22)
    if call('HSETNX', KEYS[notice], name, told) == 1 then
        call('RPUSH', KEYS[notice + 2], name)
        wake(KEYS[notice + 1])
    end
end

-- Counts a failure, a crash or a release on a job and returns its record and its counts.
local function tally(id, record, failed, crashed, released)
    local head, failures, crashes, releases = struct.unpack('>BI2I2I2', record)
    local priority = head % 16
    if failed + crashed > 0 then head = priority + 16 end
    failures = math.min(failures + failed, 65535)
    crashes = math.min(crashes + crashed, 65535)
    releases = math.min(releases + released, 65535)
    record = struct.pack('>BI2I2I2', head, failures, crashes, releases) .. string.sub(record, 8)
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
local at = 10 + 2 * outcomes
if outcomes > 0 then
    local held = call('HMGET', HELD, unpack(ARGV, 10, 9 + outcomes))
    local kinds, ids, tokens, completed, withHistory, released = ARGV[9], {}, {}, {}, {}, {}
    local claimed, finished = {}, nil
    for i = 1, outcomes do
        local id, token, kind = ARGV[9 + i], ARGV[9 + outcomes + i], string.sub(kinds, i, i)
        local delay, text
        if kind == 'f' then
            delay, text = tonumber(ARGV[at]), ARGV[at + 1]
            at = at + 2
        end
        if held[i] and string.sub(held[i], 1, 16) == token and not claimed[id] then
            claimed[id] = token
            ids[#ids + 1] = id
            tokens[#tokens + 1] = token
            results[i] = 'd'
            if kind == 'c' then
                completed[#completed + 1] = id
                if string.sub(held[i], 17, 17) == '1' then withHistory[#withHistory + 1] = id end
            elseif kind == 'r' then
                released[#released + 1] = id
            else
                local record = call('HGET', JOBS, id)
                if record then
                    local _, failures
                    record, _, failures = tally(id, record, 1, 0, 0)
                    remember(id, 'f', token, string.sub(held[i], 18), text)
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
        -- Remembered a while, so that an outcome whose reply was lost can be told apart from a stale one.
        local length = call('RPUSH', FINISHED, unpack(tokens))
        if length == #tokens or length > 2048 then
            call('LTRIM', FINISHED, -1024, -1)
            call('PEXPIRE', FINISHED, 86400000)
        end
    end
    if #completed > 0 then
        ended = ended + #completed
        call('HDEL', JOBS, unpack(completed))
        if #withHistory > 0 then call('HDEL', ERRORS, unpack(withHistory)) end
    end
    -- Backwards, so that what was leased first is at the very front again.
    for i = #released, 1, -1 do
        local record = call('HGET', JOBS, released[i])
        if record then
            local _, priority = tally(released[i], record, 0, 0, 1)
            call('LPUSH', readyList(priority), released[i])
        end
    end
end

-- 2. The follow-up jobs of the outcomes that counted, queue by queue.
if at <= #ARGV then
    local groups, stamps = {}, {}
    for row = at, #ARGV, 8 do
        local outcome = tonumber(ARGV[row])
        if results[outcome] == 'd' or results[outcome] == 'x' then
            stamps[outcome] = stamps[outcome] or stamp(tonumber(ARGV[9 + outcomes + outcome]))
            local jobs = ARGV[row + 1]
            local group = groups[jobs]
            if not group then
                group = { wake = ARGV[row + 2], rows = {}, stamps = {} }
                groups[jobs] = group
            end
            group.rows[#group.rows + 1] = row + 3
            group.stamps[#group.stamps + 1] = stamps[outcome]
        end
    end
    for jobs, group in pairs(groups) do
        insert(KEYS[tonumber(jobs)], KEYS[tonumber(group.wake)], group.rows, group.stamps)
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
            local id, token, holder = ids[i], string.sub(held[i], 1, 16), string.sub(held[i], 18)
            local record, priority, _, crashes = tally(id, records[i], 0, 1, 0)
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

-- 5. The next jobs, as far as control state and budget allow.
if budget and ended > 0 then
    budget = math.max(budget - ended, 0)
    call('HSET', CONTROL, 'budget:' .. queue, string.format('%.0f', budget))
end
local state = effective(settings[2], budget)
local allowed = 0
if state == 'run' then allowed = budget and budget - call('ZCARD', LEASES) or math.huge end
local want = math.max(math.min(count, allowed), 0)
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
    if call('EXISTS', unpack(KEYS, 10, 13)) > 0 then
        for list = 10, 13 do take(KEYS[list]) end
    end
    take(KEYS[14])
    if #ids < want and call('EXISTS', unpack(KEYS, 15, 19)) > 0 then
        for list = 15, 19 do take(KEYS[list]) end
    end
end

local reply = { state, -1, table.concat(results), '' }
local granted = 0
if #ids > 0 then
    local first = math.max((tonumber(settings[1] or 0)) + 1, micros)
    local records, holders, expiries = call('HMGET', JOBS, unpack(ids)), {}, {}
    local expiry = now + leaseTime
    for i = 1, #ids do
        local id, record = ids[i], records[i]
        if record then
            -- Whether there is a history to delete at the end.
            local history = hasHistory(record) and '1' or '0'
            holders[2 * granted + 1] = id
            holders[2 * granted + 2] = string.format('%016.0f', first + granted) .. history .. consumer
            expiries[2 * granted + 1] = expiry
            expiries[2 * granted + 2] = id
            granted = granted + 1
            reply[3 + 2 * granted] = id
            reply[4 + 2 * granted] = record
        end
    end
    if granted > 0 then
        call('HSET', HELD, unpack(holders))
        call('ZADD', LEASES, unpack(expiries))
        call('HSET', CONTROL, 'token', string.format('%.0f', first + granted - 1))
        reply[4] = string.format('%.0f', first)
        nextLease = math.min(nextLease or expiry, expiry)
    end
end

-- 6. The baton: who leaves ready jobs behind that may be leased wakes the next consumer.
if #ids == want and allowed > #ids and call('LLEN', WAKE) == 0 and call('EXISTS', unpack(KEYS, 10, 19)) > 0 then
    call('RPUSH', WAKE, 1)
end

local nextEvent = math.min(nextLease or math.huge, nextDue or math.huge)
if nextEvent < math.huge then reply[2] = math.max(nextEvent - now, 0) end
return reply
