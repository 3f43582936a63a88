-- Removes jobs that nobody holds. A ready one has to be looked for in its list, so one call looks through no more than
-- about a million entries, and says how far it came.
--
-- KEYS  1 jobs   2 held   3 delayed   4 dead   5 errors   6…15 ready:9 … ready:0
-- ARGV  1 `dead` when only dead letters are meant, otherwise `any`    2… ids
-- Reply 1 how many of the ids were dealt with   2 how many jobs were removed

local JOBS, HELD, DELAYED, DEAD, ERRORS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local looked, dealt, removed = 0, 0, 0

local function take(id)
    if call('ZREM', DEAD, id) == 1 then return true end
    if ARGV[1] == 'dead' or call('HEXISTS', HELD, id) == 1 then return false end
    if call('ZREM', DELAYED, id) == 1 then return true end
    local record = call('HGET', JOBS, id)
    if not record then return false end
    local list = KEYS[15 - priorityOf(record)]
    looked = looked + call('LLEN', list)
    return call('LREM', list, 1, id) == 1
end

for i = 2, #ARGV do
    if take(ARGV[i]) then
        call('HDEL', JOBS, ARGV[i])
        call('HDEL', ERRORS, ARGV[i])
        removed = removed + 1
    end
    dealt = dealt + 1
    if looked > 1000000 then break end
end
return { dealt, removed }
