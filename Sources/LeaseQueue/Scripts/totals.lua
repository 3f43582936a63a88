-- Precedes the scripts that count what happens in a queue.
--
-- The totals of a queue are the second in which they last changed (since 1970) and seven numbers that only grow: jobs
-- that were added, leased, completed, failed, crashed, released, and that became dead letters. They are a field of
-- `control`, which is read and written anyway. `rates` is a string of 60 slots for seconds and 60 for minutes. A slot
-- has the totals before the first change in that second or minute: the rate over the last minute or hour is the
-- difference between the totals and the first slot in that time. A second without a change has no slot, so a slot also
-- contains its second.

-- Returns the totals after the events of this call.
--   packed  the totals before, or false      rates  the key of the slots
local function counted(packed, rates, arrived, leased, completed, failed, crashed, released, died)
    local layout, width = '>I5I6I6I6I6I6I6I6', 47
    local last, a, l, c, f, k, r, d = 0, 0, 0, 0, 0, 0, 0, 0
    if packed and #packed == width then last, a, l, c, f, k, r, d = struct.unpack(layout, packed) end
    local second = math.floor(now / 1000)
    if second ~= last then
        local minute, before = math.floor(second / 60), struct.pack(layout, second, a, l, c, f, k, r, d)
        call('SETRANGE', rates, second % 60 * width, before)
        if minute ~= math.floor(last / 60) then call('SETRANGE', rates, (60 + minute % 60) * width, before) end
    end
    return struct.pack(
        layout, second, a + arrived, l + leased, c + completed, f + failed, k + crashed, r + released, d + died)
end
