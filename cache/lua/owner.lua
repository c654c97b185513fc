-- Put in front of the scripts that write. The server's clock is the only one that is compared.

local function now_ms()
	local t = redis.call('TIME')
	return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end

local function digits(n) return string.format('%.0f', n) end

-- claim marks the host as seen now and returns nothing, or returns the id that owns its name: one
-- that was seen less than stale_ms ago.
local function claim(hosts, ids, host, id, stale_ms)
	local now = now_ms()
	local owner = redis.call('HGET', ids, host)
	if owner and owner ~= id then
		local seen = redis.call('ZSCORE', hosts, host)
		if seen and now - tonumber(seen) < tonumber(stale_ms) then return owner end
	end
	redis.call('HSET', ids, host, id)
	redis.call('ZADD', hosts, digits(now), host)
end
