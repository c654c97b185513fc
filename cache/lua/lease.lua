-- Prolongs a lease by as much as is given, or ends it with 0, if the token is its holder's.
local lease = KEYS[1]
local token, for_ms = unpack(ARGV)

if redis.call('GET', lease) ~= token then return 0 end
if for_ms == '0' then return redis.call('DEL', lease) end
return redis.call('PEXPIRE', lease, for_ms)
