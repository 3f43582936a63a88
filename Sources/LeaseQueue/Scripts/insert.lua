-- Precedes the scripts that put new jobs into queues.

-- The bytes of a new job's record after its priority.
local function stamp(origin)
    return '\0\0\0\0\0\0' .. struct.pack('>I7I7', micros, origin)
end

-- Puts jobs into one queue, except those whose id the queue already has in any state, and those beyond its limit.
--   jobs, wakeList  that queue's keys
--   rows            for each job where its row starts in ARGV:
--                   number of the key it goes to, priority, delay in milliseconds, id, payload
--                   (with a delay of 0 the key is a ready list, otherwise the sorted set of delayed jobs)
--   stamps          for each job the bytes after its priority
--   room            how many more jobs the queue may have
-- Returns for each row 1 it is new, 0 the queue already has its id, f the queue is full; and the number of new jobs.
local function insert(jobs, wakeList, rows, stamps, room)
    local results, inserted = {}, 0
    for first = 1, #rows, 1000 do
        local last = math.min(first + 999, #rows)
        local ids, known, records, ready, delayed, due = {}, {}, {}, {}, {}, nil
        for i = first, last do ids[#ids + 1] = ARGV[rows[i] + 3] end
        local present = call('HMGET', jobs, unpack(ids))
        for i = first, last do
            local row, id = rows[i], ids[i - first + 1]
            if present[i - first + 1] or known[id] then
                results[i] = '0'
            elseif inserted >= room then
                results[i] = 'f'
            else
                results[i] = '1'
                inserted = inserted + 1
                known[id] = true
                records[#records + 1] = id
                records[#records + 1] = string.char(ARGV[row + 1]) .. stamps[i] .. ARGV[row + 4]
                local place, delay = KEYS[tonumber(ARGV[row])], tonumber(ARGV[row + 2])
                if delay > 0 then
                    due = place
                    delayed[#delayed + 1] = now + delay
                    delayed[#delayed + 1] = id
                else
                    local list = ready[place]
                    if not list then
                        list = {}
                        ready[place] = list
                    end
                    list[#list + 1] = id
                end
            end
        end
        if #records > 0 then
            call('HSET', jobs, unpack(records))
            if due then call('ZADD', due, unpack(delayed)) end
            for place, list in pairs(ready) do call('RPUSH', place, unpack(list)) end
        end
    end
    -- Also for delayed jobs alone: a waiting consumer has to learn when the next one is due.
    if inserted > 0 then wake(wakeList) end
    return results, inserted
end
