-- Removes a row, its entry in the index, and the path if no host has it any more.
local row, index, paths, hosts, ids = unpack(KEYS)
local host, path, id, stale_ms = unpack(ARGV)

local owner = claim(hosts, ids, host, id, stale_ms)
if owner then return {'taken', owner} end

redis.call('DEL', row)
redis.call('ZREM', index, host)
if redis.call('EXISTS', index) == 0 then redis.call('SREM', paths, path) end
return {'deleted'}
