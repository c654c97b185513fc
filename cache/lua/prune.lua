-- Takes the hosts whose rows have expired out of a path's indexes, and the path if none is left. The
-- last KEYS are the rows of the hosts that follow the path in ARGV.
local index, due, gone, paths, segments = unpack(KEYS, 5, 9)
local path = ARGV[1]
local pruned = 0
for i = 2, #ARGV do
	local host = ARGV[i]
	if redis.call('EXISTS', KEYS[i + 8]) == 0 and redis.call('ZREM', index, host) == 1 then
		redis.call('ZREM', due, host)
		bury(segments, gone, path, host)
		pruned = pruned + 1
	end
end
if redis.call('EXISTS', index) == 0 then redis.call('SREM', paths, path) end
return pruned
