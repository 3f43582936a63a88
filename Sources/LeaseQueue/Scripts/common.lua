-- Stands before every script: the server's time, the wake list and the control state.
--
-- Time is the server's alone. `micros` is microseconds since 1970, `now` milliseconds; both are whole numbers far below
-- 2^53, so that Lua's numbers hold them exactly. `unpack` has room for about 8000 values: longer lists go in pieces.

local KEYS, ARGV, call = KEYS, ARGV, redis.call
local time = call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)

-- Lets one waiting consumer know of work. The list never holds more than one element.
local function wake(key)
    if call('LLEN', key) == 0 then call('RPUSH', key, 1) end
end

-- Lets the script write even when the server is out of memory: work that was begun goes on and ends, which frees memory.
-- The server refuses nothing but a script's first write for want of memory, and only if it may take memory. This one never
-- does, and changes nothing: none of these keys has a time to live.
local function writeAnyway(key) call('PERSIST', key) end

-- The control state that a consumer is told: what was set, or `drain` when the queue's budget is used up.
local function effective(state, budget)
    state = state or 'run'
    if budget and budget <= 0 and state ~= 'stop' then return 'drain' end
    return state
end

-- The holder's name in a record of who holds a job: 16 digits of token; a digit that is odd where the job has a history,
-- and 2 or 3 where a note stands before the name, which begins with its own length in 3 digits.
local function holderName(held)
    if string.sub(held, 17, 17) < '2' then return string.sub(held, 18) end
    return string.sub(held, 21 + tonumber(string.sub(held, 18, 20)))
end

-- Notes that a consumer was here; of very many, those that were here last are known.
local function noteSeen(key, consumer)
    call('ZADD', key, now, consumer)
    call('ZREMRANGEBYRANK', key, 0, -1001)
end
