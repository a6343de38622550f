-- Closes a service until a time from now; one that is closed for longer stays so. KEYS: its cell. ARGV: microseconds.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local cell = redis.call('HMGET', KEYS[1], 'full_at', 'closed_until')
local closed_until = math.max(tonumber(cell[2] or 0), now + tonumber(ARGV[1]))
redis.call('HSET', KEYS[1], 'closed_until', string.format('%.0f', closed_until))
local last = math.max(closed_until, tonumber(cell[1] or 0))
redis.call('PEXPIRE', KEYS[1], math.ceil((last - now) / 1000) + 1)
return 1
