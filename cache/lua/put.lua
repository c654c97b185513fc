-- Stores a row, or renews it if its content is there already. Without the arguments from the twelfth
-- on it answers "send" where it would need them, and the dictionary that it wants the content packed
-- with; it answers "lacks" when it has not got the one that was used, which then is to be sent too.
local row, index, due, paths, dicts, born = unpack(KEYS, 5)
local host, path, id, stale_ms, keep_ms, boot, seq, sha256, notice, stat, silent_ms = unpack(ARGV, 1, 11)
local c, enc, crc, md5, wc, changed, dict = unpack(ARGV, 12, 18)

-- Decimal numbers as text: a uint64 does not fit into Lua's.
local function less(a, b)
	if #a ~= #b then return #a < #b end
	return a < b
end

-- named is the name of the dictionary that enc names, or nil: "zstd:NAME" and "lines:NAME" do.
local function named(enc) return string.match(enc, '^%l+:(.*)$') end

-- readable renews the dictionary that enc names, if it names one, and says whether it is there.
local function readable(enc)
	local name = named(enc)
	return not name or redis.call('PEXPIRE', 'dict#' .. name, digits(2 * tonumber(keep_ms))) == 1
end

local function renew()
	redis.call('PEXPIRE', row, keep_ms)
	redis.call('ZADD', due, digits(now_ms() + tonumber(keep_ms)), host)
end

if not c then full_too() end
local owner = claim(host, id, stale_ms, silent_ms)
if owner then return {'taken', owner} end

local want = redis.call('HGET', dicts, path) or ''
local old = redis.call('HMGET', row, 'id', 'boot', 'seq', 'sha256', 'notice', 'enc')
local same = false
if old[1] == id then
	if less(boot, old[2]) or boot == old[2] and less(seq, old[3]) then return {'older'} end
	same = sha256 == old[4] and notice == old[5] and readable(old[6])
end
if same then
	redis.call('HSET', row, 'stat', stat, 'boot', boot, 'seq', seq)
	renew()
	if old[6] == '' or want == '' or named(old[6]) == want then return {'same'} end
end
if not c then return {'send', want} end

if dict then redis.call('SET', 'dict#' .. named(enc), dict, 'PX', digits(2 * tonumber(keep_ms)), 'NX') end
if not readable(enc) then return {'lacks'} end
if same then -- packed in another way, which is no change
	redis.call('HSET', row, 'c', c, 'enc', enc, 'crc', crc)
	return {'same'}
end
local write = redis.call('INCR', writes)
redis.call('SET', born, digits(now_ms()), 'NX')
redis.call('DEL', row)
redis.call('HSET', row, 'c', c, 'enc', enc, 'crc', crc, 'md5', md5, 'sha256', sha256, 'stat', stat, 'wc', wc,
	'changed', changed, 'notice', notice, 'id', id, 'boot', boot, 'seq', seq, 'write', write)
renew()
redis.call('ZADD', index, write, host)
redis.call('SADD', paths, path)
return {'written'}
