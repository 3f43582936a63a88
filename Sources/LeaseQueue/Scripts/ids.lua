-- Reads a page of the ids of all jobs of a queue, unordered.
--
-- KEYS  1 jobs
-- ARGV  1 cursor, 0 to begin   2 about how many
-- Reply 1 cursor of the next page, 0 after the last one, then ids

local page = call('HSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])
local reply = { page[1] }
for i = 1, #page[2], 2 do reply[#reply + 1] = page[2][i] end
return reply
