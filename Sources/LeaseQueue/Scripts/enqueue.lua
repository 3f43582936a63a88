-- Enqueues jobs into one queue.
--
-- KEYS  1 jobs   2 wake   3… the ready lists and the sorted set of the delayed that rows refer to by number
-- ARGV  for each job five: number of the key it goes to, priority, delay in milliseconds, id, payload
-- Reply a string with a character per job: 1 it is new, 0 the queue has its id already

local rows, stamps, new = {}, {}, stamp(0)
for row = 1, #ARGV, 5 do
    rows[#rows + 1] = row
    stamps[#stamps + 1] = new
end
local fresh = insert(KEYS[1], KEYS[2], rows, stamps)
for i = 1, #fresh do fresh[i] = fresh[i] and '1' or '0' end
return table.concat(fresh)
