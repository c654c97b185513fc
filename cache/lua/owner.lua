-- Put in front of the scripts that write. The server's clock is the only one that is compared.
local hosts, ids, writes, moved = unpack(KEYS, 1, 4)

local function now_ms()
	local t = redis.call('TIME')
	return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end

local function digits(n) return string.format('%.0f', n) end

-- imported is the id of each host for which another writes.
local imported = 'imported:'

-- claim marks the host as seen now, or silent_ms ago if another writes for it, and returns nothing; or it
-- returns the id that owns its name. An owner that was seen less than stale_ms ago keeps the name, but
-- for the imported one, which gives it to any host and takes it from none. That a name changes hands is a
-- change of all its rows.
local function claim(host, id, stale_ms, silent_ms)
	local now = now_ms()
	local owner = redis.call('HGET', ids, host)
	if owner and owner ~= id then
		if id == imported then return owner end
		local seen = redis.call('ZSCORE', hosts, host)
		if owner ~= imported and seen and now - tonumber(seen) < tonumber(stale_ms) then return owner end
		redis.call('ZADD', moved, redis.call('INCR', writes), host)
	end
	redis.call('HSET', ids, host, id)
	if id == imported then -- rows come in any order: the one that was written last says when
		redis.call('ZADD', hosts, 'GT', digits(now - tonumber(silent_ms or 0)), host)
	else
		redis.call('ZADD', hosts, digits(now), host)
	end
end

-- full_too lets what follows pass on a server whose memory is full: Redis refuses only the first write of
-- a script, if that may need memory. For scripts that free memory, or write what is there already anew.
local function full_too() redis.call('HDEL', ids, '') end

-- bury notes that what the host had at path is gone, for readers of segments that still have it. When
-- nobody takes up what is noted, the segments are invalid rather than the notes without end.
local function bury(segments, gone, path, host)
	local write = redis.call('INCR', writes)
	local pointer = redis.call('HGET', segments, path)
	if not pointer then return end
	redis.call('ZADD', gone, write, host)
	if redis.call('ZCARD', gone) <= 131072 then return end
	redis.call('DEL', gone)
	if string.sub(pointer, 1, 1) ~= '0' then redis.call('HSET', segments, path, '0' .. pointer) end
end
