-- Looks closely at jobs that may be nowhere, or in the lists of ready jobs twice: through the lists as a whole.
--
-- KEYS  1 jobs   2 leases   3 delayed   4 dead   5 held   6…15 ready:9 … ready:0
-- ARGV  1 `1` to mend   2… ids
-- Reply for each problem three: which, id, `1` when it is mended

local mend, reply = ARGV[1] == '1', {}

local function found(problem, id)
    reply[#reply + 1] = problem
    reply[#reply + 1] = id
    reply[#reply + 1] = mend and '1' or '0'
end

for i = 2, #ARGV do
    local id = ARGV[i]
    local record = call('HGET', KEYS[1], id)
    local elsewhere = call('HEXISTS', KEYS[5], id) == 1
    for key = 2, 4 do elsewhere = elsewhere or call('ZSCORE', KEYS[key], id) end
    local places, all = {}, 0
    for key = 6, 15 do
        places[key] = #call('LPOS', KEYS[key], id, 'COUNT', 0)
        all = all + places[key]
    end
    if record and not elsewhere and all == 0 then
        found('lost', id)
        if mend then call('RPUSH', KEYS[15 - priorityOf(record)], id) end
    elseif record and not elsewhere and all > 1 then
        found('doubled', id)
        -- The one that is leased first stays.
        local stays = 1
        for key = 6, 15 do
            if mend and places[key] > stays then call('LREM', KEYS[key], stays - places[key], id) end
            if places[key] > 0 then stays = 0 end
        end
    end
end
return reply
