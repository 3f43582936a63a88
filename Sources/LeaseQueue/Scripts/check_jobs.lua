-- Examines jobs that may be in no place, or in the ready lists twice: searches the whole lists.
--
-- KEYS  1 jobs   2 leases   3 delayed   4 dead   5 held   6…15 ready:9 … ready:0
-- ARGV  1 `1` to repair   2… ids
-- Reply for each problem three: which, id, `1` if it is repaired

local JOBS, LEASES, DELAYED, DEAD, HELD = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local READY = 6 -- the number of ready:9
local repair, reply = ARGV[1] == '1', {}

local function found(problem, id)
    reply[#reply + 1] = problem
    reply[#reply + 1] = id
    reply[#reply + 1] = repair and '1' or '0'
end

for i = 2, #ARGV do
    local id = ARGV[i]
    local record = call('HGET', JOBS, id)
    local elsewhere = call('HEXISTS', HELD, id) == 1
    for _, set in ipairs({ LEASES, DELAYED, DEAD }) do elsewhere = elsewhere or call('ZSCORE', set, id) end
    local places, all = {}, 0
    for list = READY, READY + 9 do
        places[list] = #call('LPOS', KEYS[list], id, 'COUNT', 0)
        all = all + places[list]
    end
    if record and not elsewhere and all == 0 then
        found('lost', id)
        if repair then call('RPUSH', readyKey(READY, priorityOf(record)), id) end
    elseif record and not elsewhere and all > 1 then
        found('doubled', id)
        -- The entry that would be leased first stays.
        local stays = 1
        for list = READY, READY + 9 do
            if repair and places[list] > stays then call('LREM', KEYS[list], stays - places[list], id) end
            if places[list] > 0 then stays = 0 end
        end
    end
end
return reply
