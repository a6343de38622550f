-- Appends (or, with LPUSH, puts in front) ids to lists of accounts, and gives an account that had none a turn in the ring.
-- KEYS: ring, wake. ARGV: list prefix, RPUSH or LPUSH, then for each list: account, priority, count, ids.
local ring, wake, lists, command = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
local at, pushed = 3, 0
while at <= #ARGV do
    local account, priority, count = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
    local base = lists .. account .. ':'
    local had = redis.call('EXISTS', base .. '0', base .. '1', base .. '2')
    local first, last = at + 3, at + 2 + count
    -- Lua cannot unpack more than some 8,000 values at once.
    for from = first, last, 1000 do
        redis.call(command, base .. priority, unpack(ARGV, from, math.min(from + 999, last)))
    end
    if had == 0 then
        redis.call('RPUSH', ring, account)
    end
    at, pushed = last + 1, pushed + count
end
-- A token wakes one idle worker. More than a few are of no use: a woken worker takes all that it has room for.
for _ = 1, math.min(pushed, 16) do
    redis.call('RPUSH', wake, '1')
end
redis.call('LTRIM', wake, -64, -1)
return pushed
