-- Takes the hosts whose rows have expired out of a path's index, and the path if none is left.
-- KEYS are the index, paths, and the rows of the hosts that follow the path in ARGV.
local index, paths, path = KEYS[1], KEYS[2], ARGV[1]
local gone = 0
for i = 2, #ARGV do
	if redis.call('EXISTS', KEYS[i + 1]) == 0 then gone = gone + redis.call('ZREM', index, ARGV[i]) end
end
if redis.call('EXISTS', index) == 0 then redis.call('SREM', paths, path) end
return gone
