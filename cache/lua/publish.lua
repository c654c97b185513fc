-- Stores a dictionary and names it as the one to use for a path, for the holder of the lease only.
local lease, dicts, dict = unpack(KEYS)
local token, path, hash, content, life_ms = unpack(ARGV)

if redis.call('GET', lease) ~= token then return 'lost' end
redis.call('SET', dict, content, 'PX', life_ms, 'NX')
redis.call('PEXPIRE', dict, life_ms)
redis.call('HSET', dicts, path, hash)
return 'published'
