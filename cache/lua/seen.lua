-- Marks a host as seen and answers the server's generation.
local born = KEYS[5]
local host, id, stale_ms = unpack(ARGV)

full_too()
local owner = claim(host, id, stale_ms)
if owner then return {'taken', owner} end

redis.call('SET', born, digits(now_ms()), 'NX')
return {'seen', redis.call('GET', born), redis.call('GET', writes) or '0'}
