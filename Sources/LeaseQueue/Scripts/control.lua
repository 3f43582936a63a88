-- Sets or removes one setting of a queue, and wakes a consumer, for it may allow work again.
--
-- KEYS  1 control   2 wake
-- ARGV  1 field     2 value; empty removes the field
-- Reply 1

if ARGV[2] == '' then
    call('HDEL', KEYS[1], ARGV[1])
else
    call('HSET', KEYS[1], ARGV[1], ARGV[2])
end
wake(KEYS[2])
return 1
