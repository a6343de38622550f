-- Generic cell rate algorithm. KEYS: the subject's cell. ARGV: microseconds between requests, burst.
-- Returns allowed, remaining, microseconds to wait, microseconds until the burst is whole again.
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local after = full_at + interval
local allowed_from = after - interval * burst
if allowed_from > now then
    return { 0, 0, math.ceil(allowed_from - now), math.ceil(full_at - now) }
end
redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000) + 1)
return { 1, math.floor((now - allowed_from) / interval), 0, math.ceil(after - now) }
