-- Stands before the script whose requests may be sent again after their reply was lost.
--
-- Every request has a number, drawn so that no other has it, and says the how manieth try it is. What a request leased is
-- remembered beside the tokens that the consumer finished, as `g REQUEST FIRST-TOKEN COUNT EXPIRY`: a later try gets the
-- same leases instead of others. An earlier try may still arrive after a later one, when the server had stalled. It finds
-- the fence `REQUEST TRY SECOND` that the later one left in `control` and leases nothing, for nobody reads its answer.
-- Fences are as rare as lost replies: the 32 newest of the last ten minutes are kept, in one field.

-- It is all inside of one function, because making functions costs time, and hardly any call needs these.
local function repeats()
    -- Whether a later try of the request was here before; and the fences to write if they change, empty for none.
    local function fence(fences, request, try)
        fences = fences or '\n'
        local second = now / 1000
        local seen = tonumber(string.match(fences, '\n' .. request .. ' (%d+) ') or 1)
        if try < seen then return true end
        local kept, all = {}, 0
        if try > seen then kept[1] = string.format('%s %d %.0f', request, try, second) end
        for other, tried, since in string.gmatch(fences, '(%d+) (%d+) (%d+)') do
            all = all + 1
            if second - since < 600 and #kept < 32 and not (other == request and try > seen) then
                kept[#kept + 1] = other .. ' ' .. tried .. ' ' .. since
            end
        end
        if try == seen and #kept == all then return false end
        return false, #kept > 0 and '\n' .. table.concat(kept, '\n') .. '\n' or ''
    end

    -- What an earlier try leased: first token, how many, when they run out; nothing when it never arrived or found nothing.
    local function grantOf(log, request)
        for i = #log, 1, -1 do
            local other, first, granted, expiry = string.match(log[i], '^g (%d+) (%d+) (%d+) (%d+)$')
            if other == request then return tonumber(first), tonumber(granted), tonumber(expiry) end
        end
    end

    return fence, grantOf
end
