-- Removes jobs that are not leased. A ready job has to be searched for in its list, so one call searches no more than
-- about a million entries, and returns how many ids it handled.
--
-- KEYS  1 jobs   2 held   3 delayed   4 dead   5 errors   6…15 ready:9 … ready:0
-- ARGV  1 `dead` to remove dead letters only, otherwise `any`    2… ids
-- Reply 1 how many of the ids were handled   2 how many jobs were removed

local JOBS, HELD, DELAYED, DEAD, ERRORS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local READY = 6 -- the number of ready:9
local searched, handled, removed = 0, 0, 0

local function take(id)
    if call('ZREM', DEAD, id) == 1 then return true end
    if ARGV[1] == 'dead' or call('HEXISTS', HELD, id) == 1 then return false end
    if call('ZREM', DELAYED, id) == 1 then return true end
    local record = call('HGET', JOBS, id)
    if not record then return false end
    local list = readyKey(READY, priorityOf(record))
    searched = searched + call('LLEN', list)
    return call('LREM', list, 1, id) == 1
end

for i = 2, #ARGV do
    if take(ARGV[i]) then
        call('HDEL', JOBS, ARGV[i])
        call('HDEL', ERRORS, ARGV[i])
        removed = removed + 1
    end
    handled = handled + 1
    if searched > 1000000 then break end
end
return { handled, removed }
