-- Precedes the scripts whose requests may be sent again after their reply was lost.
--
-- Every request has a unique number, and says which attempt it is. The leases of a request are recorded next to the
-- tokens that the consumer finished, as `g REQUEST FIRST-TOKEN COUNT EXPIRY`: a later attempt gets the same leases
-- instead of others. An earlier attempt may arrive after a later one if the server had stalled. It then finds the fence
-- `REQUEST ATTEMPT SECOND` that the later one left in `control`, and leases nothing, because its reply is not read.
-- Fences are as rare as lost replies: the 32 newest of the last ten minutes are kept, in one field.

-- A function that creates two functions, because creating functions takes time, and few calls need these.
local function idempotency()
    -- Returns whether a later attempt of the request came first; and the fences to write if they change, empty for
    -- none.
    local function fence(fences, request, attempt)
        fences = fences or '\n'
        local second = now / 1000
        local latest = tonumber(string.match(fences, '\n' .. request .. ' (%d+) ') or 1)
        if attempt < latest then return true end
        local kept, all = {}, 0
        if attempt > latest then kept[1] = string.format('%s %d %.0f', request, attempt, second) end
        for other, otherAttempt, since in string.gmatch(fences, '(%d+) (%d+) (%d+)') do
            all = all + 1
            if second - since < 600 and #kept < 32 and not (other == request and attempt > latest) then
                kept[#kept + 1] = other .. ' ' .. otherAttempt .. ' ' .. since
            end
        end
        if attempt == latest and #kept == all then return false end
        return false, #kept > 0 and '\n' .. table.concat(kept, '\n') .. '\n' or ''
    end

    -- Returns the first token, the number and the expiry of the leases of an earlier attempt; nothing if it never
    -- arrived or found no job.
    local function grantOf(log, request)
        for i = #log, 1, -1 do
            local other, first, granted, expiry = string.match(log[i], '^g (%d+) (%d+) (%d+) (%d+)$')
            if other == request then return tonumber(first), tonumber(granted), tonumber(expiry) end
        end
    end

    return fence, grantOf
end
