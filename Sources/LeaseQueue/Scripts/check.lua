-- One step of the search for damage that no operation could have left. It repairs the damage on request. Each step is
-- atomic and examines one page only, so that consumers can work between the steps.
--
-- KEYS  1 control   2 jobs   3 held   4 leases   5 delayed   6 dead   7 errors   8 wake   9…18 ready:9 … ready:0
-- ARGV  1 section: keys, settings, leases, delayed, dead, held, errors, jobs, or a priority for that list of ready jobs
--       2 cursor, 0 to begin   3 about how many   4 `1` to repair   5 queue
--       6 begin of the search, in microseconds since 1970
-- Reply 1 cursor of the next step, 0 at the end of the section
--       2 number n of problems, then three for each: which, id, `1` if it is repaired
--       then ids: of a ready list all of them, of jobs those that are neither leased, delayed nor dead and were
--       enqueued before the begin of the search

local CONTROL, JOBS, HELD, LEASES, DELAYED, DEAD = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local ERRORS, WAKE = KEYS[7], KEYS[8]
local READY = 9 -- the number of ready:9
local section, cursor, count, repair, queue = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4] == '1', ARGV[5]
local reply, ids = { '0', 0 }, {}

local function found(problem, id, remedy)
    if repair and remedy then remedy() end
    reply[2] = reply[2] + 1
    reply[#reply + 1] = problem
    reply[#reply + 1] = id
    reply[#reply + 1] = repair and remedy and '1' or '0'
end

local function readable(record) return #record >= 21 and priorityOf(record) <= 9 end

-- Removes a job, except for its entries in the ready lists, which are removed when those are searched.
local function forget(id)
    for _, key in ipairs({ LEASES, DELAYED, DEAD }) do call('ZREM', key, id) end
    for _, key in ipairs({ JOBS, HELD, ERRORS }) do call('HDEL', key, id) end
end

local function checkKeys()
    local kinds = { 'hash', 'hash', 'hash', 'zset', 'zset', 'zset', 'hash', 'list' }
    for key = 1, #KEYS do
        local kind = call('TYPE', KEYS[key]).ok
        if kind ~= 'none' and kind ~= (kinds[key] or 'list') then found('wrongType', KEYS[key]) end
    end
end

local function checkSettings()
    if call('LLEN', WAKE) > 1 then found('wakeList', WAKE, function() call('LTRIM', WAKE, 0, 0) end) end
    local function check(field, isRight)
        local value = call('HGET', CONTROL, field)
        if value and not isRight(value) then
            found('setting', field, function() call('HDEL', CONTROL, field) end)
        end
    end
    local states = { run = true, pause = true, drain = true, stop = true }
    check('state:' .. queue, function(value) return states[value] end)
    check('totals:' .. queue, function(value) return #value == 47 end)
    check('limit:' .. queue, function(value) return string.match(value, '^%d+$') end)
    check('calls', function(value) return string.match(value, '^%d%d%d%d%d%d%d%d%d%d%d%d%d %d+$') end)
    for _, name in ipairs({ 'gaps', 'gaps:' .. queue }) do
        check(name, function(value) return string.match(value, '^%d+$') end)
    end
    check('token', function(value) return string.match(value, '^%d+$') end)
    local field = 'budget:' .. queue
    local budget = call('HGET', CONTROL, field)
    if budget and not string.match(budget, '^%d+$') then
        -- Zero, so that no job runs until an operator sets the budget again.
        found('setting', field, function() call('HSET', CONTROL, field, 0) end)
    end
end

-- Checks the leased, the delayed or the dead jobs. A job in several places belongs to the first of these.
local function checkSet(key)
    local page = call('ZSCAN', key, cursor, 'COUNT', count)
    reply[1] = page[1]
    for i = 1, #page[2], 2 do
        local id = page[2][i]
        local record, holder = call('HGET', JOBS, id), call('HGET', HELD, id)
        if not record then
            found('ghost', id, function() forget(id) end)
        elseif not readable(record) then
            found('unreadable', id, function() forget(id) end)
        elseif key == LEASES and not holder then
            found('leaseWithoutHolder', id, function()
                call('ZREM', LEASES, id)
                if not call('ZSCORE', DELAYED, id) and not call('ZSCORE', DEAD, id) then
                    call('LPUSH', readyKey(READY, priorityOf(record)), id)
                end
            end)
        elseif key ~= LEASES and call('ZSCORE', LEASES, id) or key == DELAYED and call('ZSCORE', DEAD, id) then
            found('doubled', id, function() call('ZREM', key, id) end)
        end
    end
end

local function checkHeld()
    local page = call('HSCAN', HELD, cursor, 'COUNT', count)
    reply[1] = page[1]
    for i = 1, #page[2], 2 do
        local id = page[2][i]
        if not call('ZSCORE', LEASES, id) then
            found('holderWithoutLease', id, function()
                local record = call('HGET', JOBS, id)
                local elsewhere = not record or call('ZSCORE', DELAYED, id) or call('ZSCORE', DEAD, id)
                    or call('LPOS', readyKey(READY, priorityOf(record)), id)
                if elsewhere then
                    call('HDEL', HELD, id)
                else
                    -- The holder may still be working; if not, the lease expires in half a minute.
                    call('ZADD', LEASES, now + 30000, id)
                end
            end)
        end
    end
end

local function checkErrors()
    local page = call('HSCAN', ERRORS, cursor, 'COUNT', count)
    reply[1] = page[1]
    for i = 1, #page[2], 2 do
        local id = page[2][i]
        local record = call('HGET', JOBS, id)
        if not record then
            found('historyWithoutJob', id, function() call('HDEL', ERRORS, id) end)
        elseif readable(record) and not hasHistory(record) then
            found('historyNotNoted', id, function()
                call('HSET', JOBS, id, headByte(priorityOf(record), true) .. string.sub(record, 2))
            end)
        end
    end
end

local function checkJobs()
    local page = call('HSCAN', JOBS, cursor, 'COUNT', count)
    reply[1] = page[1]
    for i = 1, #page[2], 2 do
        local id, record = page[2][i], page[2][i + 1]
        if not readable(record) then
            found('unreadable', id, function() forget(id) end)
        else
            local enqueued = struct.unpack('>I7', record, 8)
            -- A time in the future means that the server's clock was set back.
            local isOld = enqueued < tonumber(ARGV[6]) or enqueued > micros
            if isOld and not call('ZSCORE', LEASES, id) and not call('ZSCORE', DELAYED, id)
                and not call('ZSCORE', DEAD, id)
            then
                ids[#ids + 1] = id
            end
        end
    end
end

-- Starts at the end of the list, because jobs are taken from its beginning: no job that stays is skipped.
local function checkReady(priority)
    local key, offset = readyKey(READY, priority), tonumber(cursor)
    local page = call('LRANGE', key, -offset - count, -offset - 1)
    if #page == count then reply[1] = string.format('%d', offset + count) end
    for i = 1, #page do
        local id = page[i]
        local function remove() call('LREM', key, -1, id) end
        local record = call('HGET', JOBS, id)
        if not record then
            found('ghost', id, remove)
        elseif not readable(record) then
            found('unreadable', id, function()
                remove()
                forget(id)
            end)
        elseif call('ZSCORE', LEASES, id) or call('ZSCORE', DELAYED, id) or call('ZSCORE', DEAD, id) then
            found('doubled', id, remove)
        elseif priorityOf(record) ~= priority then
            found('wrongPriority', id, function()
                remove()
                local right = readyKey(READY, priorityOf(record))
                if not call('LPOS', right, id) then call('RPUSH', right, id) end
            end)
        end
        ids[#ids + 1] = id
    end
end

local checks = {
    keys = checkKeys, settings = checkSettings, held = checkHeld, errors = checkErrors, jobs = checkJobs,
    leases = function() checkSet(LEASES) end, delayed = function() checkSet(DELAYED) end,
    dead = function() checkSet(DEAD) end,
}
if checks[section] then checks[section]() else checkReady(tonumber(section)) end
for i = 1, #ids do reply[#reply + 1] = ids[i] end
return reply
