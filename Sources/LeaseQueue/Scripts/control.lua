-- Sets or removes settings of queues in one step, and wakes a consumer of each, for it may allow work again.
--
-- KEYS  1 control   2… wake of each queue
-- ARGV  for each queue two: field, value; empty removes the field
-- Reply 1

for key = 2, #KEYS do
    local field, value = ARGV[2 * key - 3], ARGV[2 * key - 2]
    if value == '' then
        call('HDEL', KEYS[1], field)
    else
        call('HSET', KEYS[1], field, value)
    end
    wake(KEYS[key])
end
return 1
