-- Removes a row, its entries in the indexes, and the path if no host has it any more.
local row, index, due, gone, paths, segments = unpack(KEYS, 5)
local host, path, id, stale_ms = unpack(ARGV)

full_too()
local owner = claim(host, id, stale_ms)
if owner then return {'taken', owner} end

redis.call('ZREM', due, host)
if redis.call('DEL', row) + redis.call('ZREM', index, host) > 0 then bury(segments, gone, path, host) end
if redis.call('EXISTS', index) == 0 then redis.call('SREM', paths, path) end
return {'deleted'}
