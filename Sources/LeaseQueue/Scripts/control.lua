-- Sets or removes settings of queues in one step, and wakes a consumer of each queue, which may be allowed to work
-- again.
--
-- KEYS  1 control   2… wake of each queue
-- ARGV  for each queue two: field, value; an empty value removes the field
-- Reply 1

local CONTROL = KEYS[1]
for key = 2, #KEYS do
    local field, value = ARGV[2 * key - 3], ARGV[2 * key - 2]
    if value == '' then
        call('HDEL', CONTROL, field)
    else
        call('HSET', CONTROL, field, value)
    end
    wake(KEYS[key])
end
return 1
