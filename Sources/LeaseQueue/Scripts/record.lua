-- Stands before the scripts that read or change jobs' records.
--
-- A job's record is a head of 21 bytes and the payload:
--   1      priority, 0 to 9; 16 more when the job has a history
--   2-3    failures        4-5  crashes        6-7  releases
--   8-14   when it was enqueued, in microseconds since 1970
--   15-21  the token of the lease that forwarded it, 0 when it was enqueued directly

local function priorityOf(record) return string.byte(record) % 16 end

local function hasHistory(record) return string.byte(record) >= 16 end

local function headByte(priority, history) return string.char(history and priority + 16 or priority) end
