-- Generic cell rate algorithm with reservations: who may come within his patience has his turn from now on, and waits for it.
-- KEYS: the service's cell. ARGV: microseconds between requests, burst, requests, patience in microseconds.
-- Returns granted, microseconds to wait. No request at all only asks whether the service is open.
local interval, burst, wanted, patience = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local cell = redis.call('HMGET', KEYS[1], 'full_at', 'closed_until')
local closed_until = tonumber(cell[2] or 0)
local full_at = math.max(tonumber(cell[1] or 0), closed_until, now)
local after = full_at + interval * wanted
local start = math.max(closed_until, now)
if wanted > 0 then
    start = math.max(start, after - interval * burst)
end
local wait = math.ceil(start - now)
if wait > patience then
    return { 0, wait }
end
if wanted > 0 then
    redis.call('HSET', KEYS[1], 'full_at', string.format('%.0f', after))
    redis.call('PEXPIRE', KEYS[1], math.ceil((after - now) / 1000) + 1)
end
return { 1, wait }
