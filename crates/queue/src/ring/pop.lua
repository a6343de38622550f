-- Takes up to n ids, turn by turn from each account of the ring.
-- KEYS: ring. ARGV: list prefix, n, milliseconds by which priority 1 and 2 stand behind priority 0.
-- Returns account, id, account, id, ….
local ring, lists, left = KEYS[1], ARGV[1], tonumber(ARGV[2])
local behind = { 0, tonumber(ARGV[3]), tonumber(ARGV[4]) }
local out = {}

-- An id is a UUIDv7: its first six bytes are the milliseconds at which the job was made.
local function age_key(id, priority)
    local high, low = struct.unpack('>I2I4', id)
    return high * 4294967296 + low + behind[priority]
end

local function take(account, share)
    local base, filled, only = lists .. account .. ':', 0, nil
    for priority = 0, 2 do
        if redis.call('EXISTS', base .. priority) == 1 then
            filled, only = filled + 1, priority
        end
    end
    if filled == 1 then
        local ids = redis.call('LPOP', base .. only, share)
        for _, id in ipairs(ids) do
            out[#out + 1] = account
            out[#out + 1] = id
        end
        return #ids, redis.call('EXISTS', base .. only) == 1
    end
    local taken = 0
    while taken < share do
        local best, best_key = nil, nil
        for priority = 0, 2 do
            local id = redis.call('LINDEX', base .. priority, 0)
            if id then
                local key = age_key(id, priority + 1)
                if not best_key or key < best_key then
                    best, best_key = priority, key
                end
            end
        end
        if not best then
            return taken, false
        end
        out[#out + 1] = account
        out[#out + 1] = redis.call('LPOP', base .. best)
        taken = taken + 1
    end
    return taken, redis.call('EXISTS', base .. '0', base .. '1', base .. '2') > 0
end

while left > 0 do
    local accounts = redis.call('LLEN', ring)
    if accounts == 0 then
        break
    end
    local account = redis.call('LPOP', ring)
    local taken, more = take(account, math.max(1, math.floor(left / accounts)))
    if more then
        redis.call('RPUSH', ring, account)
    end
    left = left - taken
end
return out
