-- Precedes every script: the server's time, the wake list and the control state.
--
-- Only the server's time is used. `micros` is in microseconds since 1970, `now` in milliseconds; both are whole numbers
-- far below 2^53, which Lua's numbers represent exactly. `unpack` accepts about 8000 values: longer lists are split.

local KEYS, ARGV, call = KEYS, ARGV, redis.call
local time = call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)

-- Notifies one waiting consumer of work. The list never has more than one element.
local function wake(key)
    if call('LLEN', key) == 0 then call('RPUSH', key, 1) end
end

-- Lets the script write even if the server is out of memory: work that was begun can then end, which frees memory.
-- For lack of memory, the server refuses only a script's first write, and only if that command may use memory. PERSIST
-- never does, and changes nothing: none of these keys has a time to live.
local function writeAnyway(key) call('PERSIST', key) end

-- The control state that a consumer gets: the one that was set, or `drain` if the queue's budget is used up.
local function effective(state, budget)
    state = state or 'run'
    if budget and budget <= 0 and state ~= 'stop' then return 'drain' end
    return state
end

-- The consumer's name in the record of a holder: 16 digits of token; a digit, which is odd if the job has a history,
-- and 2 or 3 if a note precedes the name; then the note's length in 3 digits and the note, if there is one; then the
-- name.
local function holderName(held)
    if string.sub(held, 17, 17) < '2' then return string.sub(held, 18) end
    return string.sub(held, 21 + tonumber(string.sub(held, 18, 20)))
end

-- Records that a consumer was active. Of many consumers, the thousand that were active last are kept.
local function recordPresence(key, consumer)
    call('ZADD', key, now, consumer)
    call('ZREMRANGEBYRANK', key, 0, -1001)
end
