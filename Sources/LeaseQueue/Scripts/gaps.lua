-- Precedes the scripts that lease jobs or extend leases: the time in which no client could call.
--
-- Three fields of `control` are for this. `calls` is when a client last leased or extended, to the second, and how much
-- time had passed since the call before, both in milliseconds: `TIME INTERVAL`. `gaps` is the sum of all gaps so far: a
-- gap is at least two seconds without a call, and more than twice as long as the interval before, because the server
-- was stopped, moved, or out of reach. `gaps:QUEUE` is the part of `gaps` by which the leases of that queue were moved.

-- Moves the ends of a queue's leases by the gaps since its last call, because their holders could not extend them.
-- Appends the fields and values that have changed to `writes`.
--   leases, queue          the queue's key and name
--   calls, gaps, applied   the three fields
local function bridgeGaps(leases, queue, calls, gaps, applied, writes)
    local last = calls and tonumber(string.sub(calls, 1, 13))
    local interval = last and now - last or 0
    if last and interval >= 0 and interval < 1000 and gaps == applied then return end
    if interval < 0 or interval >= 1000 or not last then
        local before = math.max(calls and tonumber(string.sub(calls, 15)) or 0, 1000)
        writes[#writes + 1] = 'calls'
        writes[#writes + 1] = string.format('%013.0f %.0f', now, math.max(interval, 0))
        if interval > 2 * before then
            gaps = string.format('%.0f', (tonumber(gaps or 0) or 0) + interval)
            writes[#writes + 1] = 'gaps'
            writes[#writes + 1] = gaps
        end
    end
    if gaps == applied then return end
    local shift = tonumber(gaps or 0) - (tonumber(applied or 0) or 0)
    writes[#writes + 1] = 'gaps:' .. queue
    writes[#writes + 1] = gaps
    local all = call('ZRANGE', leases, 0, -1, 'WITHSCORES')
    for first = 1, #all, 4000 do
        local moved = {}
        for i = first, math.min(first + 3999, #all), 2 do
            moved[#moved + 1] = string.format('%.0f', all[i + 1] + shift)
            moved[#moved + 1] = all[i]
        end
        call('ZADD', leases, unpack(moved))
    end
end
