-- Gives accounts a turn whose lists hold ids and that are missing in the ring.
-- KEYS: ring, wake. ARGV: list prefix, then accounts. Returns how many were missing.
local ring, wake, lists, mended = KEYS[1], KEYS[2], ARGV[1], 0
for at = 2, #ARGV do
    local base = lists .. ARGV[at] .. ':'
    if redis.call('EXISTS', base .. '0', base .. '1', base .. '2') > 0 and not redis.call('LPOS', ring, ARGV[at]) then
        redis.call('RPUSH', ring, ARGV[at])
        redis.call('RPUSH', wake, '1')
        mended = mended + 1
    end
end
redis.call('LTRIM', wake, -64, -1)
return mended
