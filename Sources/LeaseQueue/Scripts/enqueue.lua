-- Enqueues jobs into one queue.
--
-- KEYS  1 control   2 jobs   3 wake   4 rates
--       5… the ready lists and the sorted set of delayed jobs that rows refer to by number
-- ARGV  1 queue     2 the producer's limit for the jobs in the queue, in all states; -1 for none
--       (the field `limit:QUEUE` of `control` is a limit, too)
--       then for each job five: number of the key it goes to, priority, delay in milliseconds, id, payload
-- Reply a string with a character per job: 1 it is new, 0 the queue already has its id, f the queue is full

local CONTROL, JOBS, WAKE, RATES = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local rows, stamps, new = {}, {}, stamp(0)
for row = 3, #ARGV, 5 do
    rows[#rows + 1] = row
    stamps[#stamps + 1] = new
end
local totals = 'totals:' .. ARGV[1]
local settings = call('HMGET', CONTROL, 'limit:' .. ARGV[1], totals)
local limit, room = tonumber(ARGV[2]), math.huge
if limit < 0 then limit = math.huge end
limit = math.min(limit, settings[1] and tonumber(settings[1]) or math.huge)
if limit < math.huge then room = limit - call('HLEN', JOBS) end
local results, inserted = insert(JOBS, WAKE, rows, stamps, room)
if inserted > 0 then
    call('HSET', CONTROL, totals, counted(settings[2], RATES, inserted, 0, 0, 0, 0, 0, 0))
end
return table.concat(results)
