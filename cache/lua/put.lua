-- Stores a row, or renews it if its content is there already. Without the last five arguments it
-- answers "send" where it would need them.
local row, index, paths, hosts, ids, writes, born = unpack(KEYS)
local host, path, id, stale_ms, keep_ms, boot, seq, sha256, notice, stat = unpack(ARGV, 1, 10)

-- Decimal numbers as text: a uint64 does not fit into Lua's.
local function less(a, b)
	if #a ~= #b then return #a < #b end
	return a < b
end

local owner = claim(hosts, ids, host, id, stale_ms)
if owner then return {'taken', owner} end

local old = redis.call('HMGET', row, 'id', 'boot', 'seq', 'sha256', 'notice')
if old[1] == id then
	if less(boot, old[2]) or boot == old[2] and less(seq, old[3]) then return {'older'} end
	if sha256 == old[4] and notice == old[5] then
		redis.call('HSET', row, 'stat', stat, 'boot', boot, 'seq', seq)
		redis.call('PEXPIRE', row, keep_ms)
		return {'same'}
	end
end
if #ARGV == 10 then return {'send'} end

local c, enc, md5, wc, changed = unpack(ARGV, 11, 15)
local write = redis.call('INCR', writes)
redis.call('SET', born, digits(now_ms()), 'NX')
redis.call('DEL', row)
redis.call('HSET', row, 'c', c, 'enc', enc, 'md5', md5, 'sha256', sha256, 'stat', stat, 'wc', wc,
	'changed', changed, 'notice', notice, 'id', id, 'boot', boot, 'seq', seq, 'write', write)
redis.call('PEXPIRE', row, keep_ms)
redis.call('ZADD', index, write, host)
redis.call('SADD', paths, path)
return {'written'}
