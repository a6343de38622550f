-- KEYS: the version of the topic. ARGV: a fresh version, its life in milliseconds, what the entry's key begins with.
-- Returns the version and the entry, if there is one. A version that is gone is made anew and never comes again, so that no
-- entry of an earlier one is found.
local version = redis.call('GET', KEYS[1])
if not version then
    version = ARGV[1]
    redis.call('SET', KEYS[1], version, 'PX', ARGV[2])
end
return { version, redis.call('GET', ARGV[3] .. version) }
