-- Reads the states of jobs.
--
-- KEYS  1 jobs   2 held   3 leases   4 delayed   5 dead
-- ARGV  ids
-- Reply 1 the server's time in microseconds, then three for each id:
--       '-' unknown, '', ''                           'r' ready, priority, ''
--       'd' delayed, due in milliseconds, ''          'x' a dead letter, when it died in milliseconds, ''
--       'l' leased, when the lease expires in milliseconds, holder's record

local JOBS, HELD, LEASES, DELAYED, DEAD = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local reply = { string.format('%.0f', micros) }

local function add(kind, number, holder)
    reply[#reply + 1] = kind
    reply[#reply + 1] = number
    reply[#reply + 1] = holder
end

local held = call('HMGET', HELD, unpack(ARGV))
for i = 1, #ARGV do
    local id = ARGV[i]
    local due = not held[i] and call('ZSCORE', DELAYED, id)
    local died = not held[i] and not due and call('ZSCORE', DEAD, id)
    if held[i] then
        add('l', call('ZSCORE', LEASES, id) or 0, held[i])
    elseif due then
        add('d', due, '')
    elseif died then
        add('x', died, '')
    else
        local record = call('HGET', JOBS, id)
        if record then add('r', priorityOf(record), '') else add('-', '', '') end
    end
end
return reply
