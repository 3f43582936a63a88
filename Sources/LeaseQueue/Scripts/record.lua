-- Precedes the scripts that read or change job records.
--
-- A job record is a head of 21 bytes and the payload:
--   1      priority, 0 to 9; plus 16 if the job has a history
--   2-3    failures        4-5  crashes        6-7  releases
--   8-14   when it was enqueued, in microseconds since 1970
--   15-21  the token of the lease that forwarded it, 0 if it was enqueued directly

local function priorityOf(record) return string.byte(record) % 16 end

local function hasHistory(record) return string.byte(record) >= 16 end

local function headByte(priority, history) return string.char(history and priority + 16 or priority) end

-- The list of ready jobs of a priority. The ten lists are adjacent in KEYS: `first` is the number of ready:9.
local function readyKey(first, priority) return KEYS[first + 9 - priority] end
