-- Forgets the hosts that were not seen for keep_ms: all their rows have expired before.
local long_ago = digits(now_ms() - tonumber(ARGV[1]))
for _, host in ipairs(redis.call('ZRANGEBYSCORE', hosts, '-inf', long_ago, 'LIMIT', 0, 1000)) do
	redis.call('ZREM', hosts, host)
	redis.call('HDEL', ids, host)
	redis.call('ZREM', moved, host)
end
return {'forgotten'}
