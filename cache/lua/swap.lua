-- Points a path at other segments, for the holder of the lease who knows what it points at now. KEYS go
-- on with the keys of segments: the first made of them are new and have to be complete and stay, the
-- others are no longer used and go after the grace. No pointer at all means that the path is not indexed.
local lease, segments, gone = unpack(KEYS, 1, 3)
local token, path, old, new, covered, grace_ms, made = unpack(ARGV)
made = tonumber(made)

if redis.call('GET', lease) ~= token then return 'lost' end
if (redis.call('HGET', segments, path) or '') ~= old then return 'changed' end
for i = 4, 3 + made, 2 do -- packs; an index may be empty
	if redis.call('HEXISTS', KEYS[i], 'meta') == 0 or redis.call('HEXISTS', KEYS[i], 'hosts') == 0 then return 'missing' end
end
for i = 4, #KEYS do
	if i <= 3 + made then redis.call('PERSIST', KEYS[i]) else redis.call('PEXPIRE', KEYS[i], grace_ms) end
end
local now = redis.call('TIME')
for i = 4, 3 + made, 2 do redis.call('HSET', KEYS[i], 'made', now[1]) end
if new == '' then
	redis.call('HDEL', segments, path)
	redis.call('DEL', gone)
	return 'swapped'
end
redis.call('HSET', segments, path, new)
redis.call('ZREMRANGEBYSCORE', gone, '-inf', covered)
return 'swapped'
