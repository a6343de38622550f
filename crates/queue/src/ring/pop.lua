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
    local base = lists .. account .. ':'
    local high, normal, low = base .. '0', base .. '1', base .. '2'
    -- Nearly every account has jobs of one priority only, the normal one: calls are what this script costs.
    if redis.call('EXISTS', high, normal, low) == 1 then
        for _, list in ipairs({ normal, high, low }) do
            local ids = redis.call('LPOP', list, share)
            if ids then
                for _, id in ipairs(ids) do
                    out[#out + 1] = account
                    out[#out + 1] = id
                end
                return #ids, #ids == share and redis.call('EXISTS', list) == 1
            end
        end
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
    return taken, redis.call('EXISTS', high, normal, low) > 0
end

while left > 0 do
    local accounts = redis.call('LLEN', ring)
    if accounts == 0 then
        break
    end
    -- First to the end of the ring: a full Redis refuses that, and then nothing has been taken yet.
    local account = redis.call('LMOVE', ring, ring, 'LEFT', 'RIGHT')
    local taken, more = take(account, math.max(1, math.floor(left / accounts)))
    if not more then
        redis.call('RPOP', ring)
    end
    left = left - taken
end
return out
